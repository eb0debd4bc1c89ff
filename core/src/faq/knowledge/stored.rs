//! Texts and rules of compiled knowledge, as they are stored.

use serde::{Deserialize, Serialize};

use super::super::answer::{compose, end_of_day, is_blank, spoken, worded};
use super::super::crisis::StoredCrisis;
use super::super::flow::Step;
use super::super::pack::{Entry, EntryMedia, Localized, Location, Pack, RedFlag};
use super::super::red_flag::{Emergency, RedFlags};
use super::phrasings::{primary, recognised};
use crate::order::gathered;
use crate::time::UnixMillis;

/// Texts and rules, as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) languages: Vec<String>,
    pub(super) red_flags: Vec<StoredRedFlag>,
    pub(super) entries: Vec<StoredEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) crisis: Option<StoredCrisis>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredRedFlag {
    pub(super) id: String,
    pub(super) phrases: Localized<Vec<String>>,
    pub(super) except: Localized<Vec<String>>,
    pub(super) answer: Localized<String>,
}

impl StoredRedFlag {
    fn new(rule: &RedFlag) -> Self {
        Self {
            id: rule.id.clone(),
            phrases: rule.phrases.clone(),
            except: rule.except.clone(),
            answer: spoken(&rule.answer),
        }
    }

    /// The rule, with the `number` of each language that has one.
    fn emergency(&self, number: impl Fn(&String) -> Option<u8>) -> Emergency<'_> {
        let spoken = self.phrases.iter().filter_map(|(language, phrases)| Some((number(language)?, phrases)));
        let phrases =
            spoken.flat_map(|(language, phrases)| phrases.iter().map(move |one| (language, one.as_str())));
        Emergency {
            phrases: phrases.collect(),
            look_alikes: self.except.values().flatten().map(String::as_str).collect(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredEntry {
    pub(super) id: String,
    pub(super) title: Localized<String>,
    /// Texts with date and source.
    pub(super) text: Localized<String>,
    pub(super) expired_from: Option<UnixMillis>,
    pub(super) location: Option<Location>,
    pub(super) media: Option<EntryMedia>,
    pub(super) buttons: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) steps: Vec<Step>,
}

impl StoredEntry {
    fn new(entry: &Entry) -> Self {
        let source = entry.source.as_deref().filter(|source| !is_blank(source));
        let text = worded(&entry.answer)
            .map(|(language, answer)| (language.clone(), compose(answer, entry.as_of, source, language)));
        let media = entry.media.clone().map(|media| EntryMedia { caption: spoken(&media.caption), ..media });
        let steps = entry.steps.iter().cloned().map(|step| Step { question: spoken(&step.question), ..step });
        Self {
            id: entry.id.clone(),
            title: gathered(
                worded(&entry.title).map(|(language, title)| (language.clone(), title.to_owned())),
            ),
            text: gathered(text),
            expired_from: entry.expires.map(end_of_day),
            location: entry.location.clone(),
            media,
            buttons: entry.buttons.clone(),
            steps: steps.collect(),
        }
    }

    pub(super) fn is_served(&self, now: UnixMillis) -> bool {
        self.expired_from.is_none_or(|instant| now < instant)
    }
}

impl Content {
    pub(super) fn new(pack: &Pack, crisis: Option<StoredCrisis>) -> Self {
        Self {
            id: pack.id.clone(),
            title: pack.title.clone(),
            languages: pack.languages.clone(),
            red_flags: pack.red_flags.iter().map(StoredRedFlag::new).collect(),
            entries: pack.entries.iter().map(StoredEntry::new).collect(),
            crisis,
        }
    }

    pub(super) fn rules(&self) -> RedFlags {
        let number = |language: &String| {
            let at = self.languages.iter().position(|known| known == language)?;
            Some(recognised(&self.languages, at))
        };
        RedFlags::new(self.red_flags.iter().map(|stored| stored.emergency(number)))
    }

    pub(super) fn title<'a>(&'a self, entry: &'a StoredEntry, language: &str) -> &'a str {
        self.localized(&entry.title, language).map_or(entry.id.as_str(), |(_, title)| title)
    }

    /// The text in `language` (a variety of a language may fall back to it: `de-leicht` to `de`), or else
    /// in the pack's first language that has one.
    pub(super) fn localized<'a>(
        &self,
        texts: &'a Localized<String>,
        language: &str,
    ) -> Option<(&'a str, &'a str)> {
        let languages = [language, primary(language)].into_iter();
        let languages = languages.chain(self.languages.iter().map(String::as_str));
        languages
            .into_iter()
            .find_map(|language| texts.get_key_value(language))
            .map(|(key, text)| (key.as_str(), text.as_str()))
    }
}
