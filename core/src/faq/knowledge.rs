//! Compiled knowledge: everything the answer tier needs at run time, in one value.
//!
//! A [`Pack`] is compiled once, at build time or when a new one is published, and then asked many times.
//! The bytes of compiled knowledge carry texts, rules, classifiers and thresholds, so the worker never
//! sees the TOML.

use serde::{Deserialize, Serialize};

use super::answer::{Answer, AnswerButton, AnswerMedia, compose, end_of_day};
use super::bytes::{BytesError, Reader, Writer, checksum};
use super::calibrate::{Calibration, Logistic, evidence, train_and_simulate};
use super::crisis::StoredCrisis;
use super::flow::{Flow, Step};
use super::matcher::{Matcher, Phrasing, Ranking};
use super::pack::{Entry, EntryMedia, Localized, Location, Pack};
use super::red_flag::{Rule, words};
use super::svm::{step, steps};
use super::{Candidate, Verdict};
use crate::order::gathered;
use crate::time::UnixMillis;

mod crisis;

pub use crisis::CrisisGreeting;

/// What compiled knowledge begins with; the byte after it is [`VERSION`].
const MAGIC: &[u8; 7] = b"lotse-k";
/// Raise it with every change of the binary form.
pub const VERSION: u8 = 5;

/// At most so many buttons stand under an answer or an offer (WhatsApp reply buttons:
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>).
pub const MAX_BUTTONS: usize = 3;

/// A compiled pack.
#[derive(Clone, Debug, PartialEq)]
pub struct Knowledge {
    content: Content,
    rules: Vec<Rule>,
    matcher: Matcher,
    calibration: Calibration,
    /// Whether the crisis switch is on: no part of the bytes.
    is_crisis: bool,
}

/// Texts and rules, as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Content {
    id: String,
    title: String,
    languages: Vec<String>,
    red_flags: Vec<StoredRedFlag>,
    entries: Vec<StoredEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crisis: Option<StoredCrisis>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredRedFlag {
    id: String,
    phrases: Localized<Vec<String>>,
    except: Localized<Vec<String>>,
    answer: Localized<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredEntry {
    id: String,
    title: Localized<String>,
    /// Texts with date and source.
    text: Localized<String>,
    expired_from: Option<UnixMillis>,
    location: Option<Location>,
    media: Option<EntryMedia>,
    buttons: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    steps: Vec<Step>,
}

impl StoredEntry {
    fn new(entry: &Entry) -> Self {
        let text = entry.answer.iter().map(|(language, answer)| {
            (language.clone(), compose(answer, entry.as_of, entry.source.as_deref(), language))
        });
        Self {
            id: entry.id.clone(),
            title: entry.title.clone(),
            text: gathered(text),
            expired_from: entry.expires.map(end_of_day),
            location: entry.location.clone(),
            media: entry.media.clone(),
            buttons: entry.buttons.clone(),
            steps: entry.steps.clone(),
        }
    }

    fn is_served(&self, now: UnixMillis) -> bool {
        self.expired_from.is_none_or(|instant| now < instant)
    }
}

impl Knowledge {
    /// Trains and calibrates on a pack. The same pack always gives the same knowledge.
    #[must_use]
    pub fn compile(pack: &Pack) -> Self {
        let (phrasings, _) = phrasings(pack);
        let entries = pack.entries.len();
        let (matcher, samples) = train_and_simulate(&phrasings, entries);
        let calibration = Calibration::fit(&samples, entries);
        let red_flags = pack.red_flags.iter().map(|rule| StoredRedFlag {
            id: rule.id.clone(),
            phrases: rule.phrases.clone(),
            except: rule.except.clone(),
            answer: rule.answer.clone(),
        });
        let content = Content {
            id: pack.id.clone(),
            title: pack.title.clone(),
            languages: pack.languages.clone(),
            red_flags: red_flags.collect(),
            entries: pack.entries.iter().map(StoredEntry::new).collect(),
            crisis: crisis::stored(pack, &samples),
        };
        Self { rules: content.rules(), content, matcher, calibration, is_crisis: false }
    }

    /// The binary form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Writer::default();
        // Maps with text keys and numbers always serialise.
        body.block(&serde_json::to_vec(&self.content).unwrap_or_default());
        let calibration = &self.calibration;
        let weights = calibration.first.0.iter().chain(&calibration.among_three.0);
        weights.for_each(|weight| body.float(*weight));
        for cut in [calibration.answer_from, calibration.offer_from, calibration.balanced] {
            body.float(cut);
        }
        let step = step(calibration.trust.iter().copied());
        body.float(step);
        calibration.trust.iter().for_each(|offset| body.small(steps(*offset, step)));
        self.matcher.write(&mut body);
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend_from_slice(&checksum(&body.0).to_le_bytes());
        bytes.extend_from_slice(&body.0);
        bytes
    }

    /// Restores compiled knowledge.
    ///
    /// # Errors
    /// When the bytes are not compiled knowledge of this version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BytesError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(BytesError::Magic)?;
        let (found, rest) = rest.split_first().ok_or(BytesError::Magic)?;
        if *found != VERSION {
            return Err(BytesError::Version { found: *found, expected: VERSION });
        }
        let (sum, body) = rest.split_first_chunk().ok_or(BytesError::Checksum)?;
        if u64::from_le_bytes(*sum) != checksum(body) {
            return Err(BytesError::Checksum);
        }
        Self::read(body)
    }

    fn read(body: &[u8]) -> Result<Self, BytesError> {
        let mut reader = Reader(body);
        let content: Content =
            serde_json::from_slice(reader.block()?).map_err(|_| BytesError::Content("texts"))?;
        let mut logistic = || -> Result<Logistic, BytesError> {
            let mut logistic = Logistic([0.0; super::calibrate::EVIDENCE]);
            for weight in &mut logistic.0 {
                *weight = reader.float()?;
            }
            Ok(logistic)
        };
        let (first, among_three) = (logistic()?, logistic()?);
        let (answer_from, offer_from, balanced) = (reader.float()?, reader.float()?, reader.float()?);
        let step = reader.float()?;
        let trust = content.entries.iter().map(|_| Ok(f32::from(reader.small()?) * step));
        let trust = trust.collect::<Result<_, BytesError>>()?;
        let calibration = Calibration { first, trust, among_three, answer_from, offer_from, balanced };
        let matcher = Matcher::read(&mut reader)?;
        if matcher.entries() != content.entries.len() || matcher.languages() > content.languages.len() {
            return Err(BytesError::Content("texts and classifiers do not belong together"));
        }
        Ok(Self { rules: content.rules(), content, matcher, calibration, is_crisis: false })
    }

    /// What to make of a text at `now`: emergency, answer, offer, or a human.
    #[must_use]
    pub fn ask(&self, text: &str, now: UnixMillis) -> Verdict {
        if let Some((rule, language)) = self.red_flag(text) {
            return Verdict::RedFlag { rule: rule.to_owned(), language: language.to_owned() };
        }
        let ranking = self.matcher.rank(text, &|entry| self.content.entries[entry as usize].is_served(now));
        self.judge(&ranking)
    }

    /// The verdict on a ranking, which may come from a matcher that saw a part of the pack.
    pub(super) fn judge(&self, ranking: &Ranking) -> Verdict {
        let mut candidates = self.candidates(ranking);
        let Some(best) = candidates.first() else {
            return Verdict::Unsure { language: None, candidates };
        };
        let (answer_from, offer_from) = self.thresholds();
        if best.confidence >= answer_from {
            return Verdict::Answer(candidates.swap_remove(0));
        }
        if self.calibration.among_three.chance(&evidence(ranking)) >= offer_from {
            let least = best.confidence * LEAST_OFFERED;
            candidates.retain(|candidate| candidate.confidence >= least);
            return Verdict::Offer { candidates };
        }
        let language = ranking.language.and_then(|at| self.content.languages.get(usize::from(at)));
        Verdict::Unsure { language: language.cloned(), candidates }
    }

    /// The first three of a ranking with their chances: the first as calibrated, and what the three have
    /// together beyond it shared among the others by their scores.
    fn candidates(&self, ranking: &Ranking) -> Vec<Candidate> {
        let evidence = evidence(ranking);
        let first = self.calibration.chance_first(ranking);
        let others = (self.calibration.among_three.chance(&evidence) - first).max(0.0);
        let named = &ranking.entries[..ranking.entries.len().min(MAX_BUTTONS)];
        let heft = |score: f32| (3.0 * (score - named[0].score)).exp();
        let total: f32 = named.iter().skip(1).map(|scored| heft(scored.score)).sum();
        let confidence = |place: usize, score: f32| {
            if place == 0 { first } else { (others * heft(score) / total.max(1e-9)).min(first) }
        };
        named
            .iter()
            .enumerate()
            .map(|(place, scored)| Candidate {
                entry: self.content.entries[scored.entry as usize].id.clone(),
                language: self
                    .content
                    .languages
                    .get(usize::from(scored.language))
                    .cloned()
                    .unwrap_or_default(),
                confidence: confidence(place, scored.score),
            })
            .collect()
    }

    /// The emergency rule that a text fires, and the language of the phrase, if any does.
    #[must_use]
    pub fn red_flag(&self, text: &str) -> Option<(&str, &str)> {
        let text = words(text);
        self.rules.iter().zip(&self.content.red_flags).find_map(|(rule, stored)| {
            let language = rule.fires(&text)?;
            Some((stored.id.as_str(), self.content.languages.get(usize::from(language))?.as_str()))
        })
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

    /// The one cut between answering and not at which the balanced figures of an evaluation are taken.
    #[must_use]
    pub const fn balanced_threshold(&self) -> f32 {
        self.calibration.balanced
    }

    /// What is behind a verdict, red flags and expiry aside: the ids of the nearest entries, best first,
    /// the chance that the first is right as far as the text alone tells, whichever entry it is, and the verdict.
    #[must_use]
    pub fn explain(&self, text: &str) -> (Vec<String>, f32, Verdict) {
        let ranking = self.matcher.rank(text, &|_| true);
        let chance = self.calibration.first.chance(&evidence(&ranking));
        let ids = ranking.entries.iter().map(|scored| self.content.entries[scored.entry as usize].id.clone());
        (ids.collect(), chance, self.judge(&ranking))
    }

    /// The nearest entries that are served at `now` with their chances, best first; red flags aside.
    #[must_use]
    pub fn nearest(&self, text: &str, now: UnixMillis) -> Vec<Candidate> {
        self.candidates(
            &self.matcher.rank(text, &|entry| self.content.entries[entry as usize].is_served(now)),
        )
    }

    fn served(&self, entry: &str, now: UnixMillis) -> Option<&StoredEntry> {
        self.content.entries.iter().find(|stored| stored.id == entry).filter(|stored| stored.is_served(now))
    }
}

/// An offered entry has at least this share of the best one's chance.
const LEAST_OFFERED: f32 = 0.1;

impl Content {
    fn rules(&self) -> Vec<Rule> {
        let number = |language: &String| {
            let at = self.languages.iter().position(|known| known == language)?;
            Some(recognised(&self.languages, at))
        };
        self.red_flags
            .iter()
            .map(|stored| {
                let phrases = stored.phrases.iter().flat_map(|(language, phrases)| {
                    let number = number(language);
                    phrases.iter().filter_map(move |phrase| Some((number?, phrase.as_str())))
                });
                Rule::new(phrases, stored.except.values().flatten().map(String::as_str))
            })
            .collect()
    }

    fn title<'a>(&'a self, entry: &'a StoredEntry, language: &str) -> &'a str {
        self.localized(&entry.title, language).map_or(entry.id.as_str(), |(_, title)| title)
    }

    /// The text in `language` (a variety of a language may fall back to it: `de-leicht` to `de`), or else
    /// in the pack's first language that has one.
    fn localized<'a>(&self, texts: &'a Localized<String>, language: &str) -> Option<(&'a str, &'a str)> {
        let languages = [language, primary(language)].into_iter();
        let languages = languages.chain(self.languages.iter().map(String::as_str));
        languages
            .into_iter()
            .find_map(|language| texts.get_key_value(language))
            .map(|(key, text)| (key.as_str(), text.as_str()))
    }
}

/// The number of the language that a phrasing in the language `at` is recognised as. A variety
/// (`de-leicht`) shares its words with the language itself: it is chosen by people, never recognised.
fn recognised(languages: &[String], at: usize) -> u8 {
    let itself = languages.get(at).map(|language| primary(language));
    let at = languages.iter().position(|known| Some(known.as_str()) == itself).unwrap_or(at);
    u8::try_from(at).unwrap_or(u8::MAX)
}

/// The language of a tag without region and variety.
fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// The pack's phrasings, numbered, and their texts. A title is a phrasing too: people say back what they
/// read on a button.
pub(super) fn phrasings(pack: &Pack) -> (Vec<Phrasing>, Vec<String>) {
    let (mut phrasings, mut texts) = (Vec::new(), Vec::new());
    for (number, entry) in (0_u32..).zip(&pack.entries) {
        for (at, spoken) in pack.languages.iter().enumerate() {
            let language = recognised(&pack.languages, at);
            let said = entry.phrasings.get(spoken).into_iter().flatten().chain(entry.title.get(spoken));
            for text in said {
                phrasings.push(Phrasing::new(number, language, text));
                texts.push(text.clone());
            }
        }
    }
    (phrasings, texts)
}

#[cfg(test)]
mod tests;
