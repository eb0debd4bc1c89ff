//! Compiled knowledge: everything the answer tier needs at run time, in one value.
//!
//! A [`Pack`] is compiled once, at build time or when a new one is published, and then asked many times.
//! The bytes of compiled knowledge carry texts, rules, classifiers and thresholds, so the worker never
//! sees the TOML.

use super::Candidate;
use super::answer::{Answer, AnswerButton, AnswerMedia};
use super::calibrate::{Calibration, train_and_simulate};
use super::flow::Flow;
use super::matcher::Matcher;
use super::pack::Pack;
use super::red_flag::RedFlags;
use crate::time::UnixMillis;

mod binary;
mod crisis;
mod judge;
mod phrasings;
mod stored;

pub use binary::VERSION;
pub use crisis::CrisisGreeting;
pub(super) use phrasings::{phrasings, primary};

use stored::{Content, StoredEntry};

/// At most so many buttons stand under an answer or an offer (WhatsApp reply buttons:
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>).
pub const MAX_BUTTONS: usize = 3;

/// A compiled pack.
#[derive(Clone, Debug, PartialEq)]
pub struct Knowledge {
    content: Content,
    rules: RedFlags,
    matcher: Matcher,
    calibration: Calibration,
    /// Whether the crisis switch is on: no part of the bytes.
    is_crisis: bool,
}

impl Knowledge {
    /// Trains and calibrates on a pack. The same pack always gives the same knowledge.
    #[must_use]
    pub fn compile(pack: &Pack) -> Self {
        let (phrasings, _) = phrasings(pack);
        let entries = pack.entries.len();
        let (matcher, samples) = train_and_simulate(&phrasings, entries);
        let calibration = Calibration::fit(&samples, entries);
        let content = Content::new(pack, crisis::stored(pack, &samples));
        Self { rules: content.rules(), content, matcher, calibration, is_crisis: false }
    }

    /// The emergency rule that a text fires, and the language of the phrase, if any does.
    #[must_use]
    pub fn red_flag(&self, text: &str) -> Option<(&str, &str)> {
        let (rule, language) = self.rules.fired(text)?;
        let language = self.content.languages.get(usize::from(language))?;
        Some((self.content.red_flags.get(rule)?.id.as_str(), language))
    }

    /// The emergency text of a rule, in `language` or else the default language.
    #[must_use]
    pub fn red_flag_answer(&self, rule: &str, language: &str) -> Option<&str> {
        let rule = self.content.red_flags.iter().find(|stored| stored.id == rule)?;
        self.content.localized(&rule.answer, language).map(|(_, text)| text)
    }

    /// The answer of an entry, in `language` or else the default language; none when the entry does not
    /// exist, has no text or has expired at `now`.
    #[must_use]
    pub fn answer(&self, entry: &str, language: &str, now: UnixMillis) -> Option<Answer> {
        let stored = self.served(entry, now)?;
        let (language, text) = self.content.localized(&stored.text, language)?;
        let title = |entry: &StoredEntry| self.content.title(entry, language).to_owned();
        let buttons = stored.buttons.iter().filter_map(|id| {
            let follow_up = self.served(id, now)?;
            Some(AnswerButton { entry: id.clone(), title: title(follow_up) })
        });
        let media = stored.media.as_ref().map(|media| AnswerMedia {
            kind: media.kind,
            link: media.link.clone(),
            caption: self.content.localized(&media.caption, language).map(|(_, caption)| caption.to_owned()),
        });
        Some(Answer {
            entry: stored.id.clone(),
            language: language.to_owned(),
            title: title(stored),
            text: text.to_owned(),
            location: stored.location.clone(),
            media,
            buttons: buttons.take(MAX_BUTTONS).collect(),
        })
    }

    /// The flow of an entry; none where the entry is none, does not exist or has expired at `now`.
    #[must_use]
    pub fn flow(&self, entry: &str, now: UnixMillis) -> Option<Flow<'_>> {
        let stored = self.served(entry, now).filter(|stored| !stored.steps.is_empty())?;
        let (steps, title, closing) = (&stored.steps, &stored.title, &stored.text);
        Some(Flow { entry: &stored.id, steps, title, closing, languages: &self.content.languages })
    }

    /// What stands on an entry's button; none when there is no such entry or it has expired at `now`.
    #[must_use]
    pub fn title(&self, entry: &str, language: &str, now: UnixMillis) -> Option<&str> {
        self.served(entry, now).map(|stored| self.content.title(stored, language))
    }

    /// The pack's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.content.id
    }

    /// The pack's title.
    #[must_use]
    pub fn pack_title(&self) -> &str {
        &self.content.title
    }

    /// Language tags; the first is the default.
    #[must_use]
    pub fn languages(&self) -> &[String] {
        &self.content.languages
    }

    /// The ids of all entries that are served at `now`, in the pack's order.
    pub fn entries(&self, now: UnixMillis) -> impl Iterator<Item = &str> {
        self.content.entries.iter().filter(move |entry| entry.is_served(now)).map(|entry| entry.id.as_str())
    }

    /// How many entries are past their expiry at `now` and not served any more.
    #[must_use]
    pub fn expired(&self, now: UnixMillis) -> usize {
        self.content.entries.iter().filter(|entry| !entry.is_served(now)).count()
    }

    fn served(&self, entry: &str, now: UnixMillis) -> Option<&StoredEntry> {
        self.content.entries.iter().find(|stored| stored.id == entry).filter(|stored| stored.is_served(now))
    }
}

#[cfg(test)]
mod tests;
