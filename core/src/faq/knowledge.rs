//! Compiled knowledge: everything the answer tier needs at run time, in one value.
//!
//! A [`Pack`] is compiled once, at build time or when a new one is published, and then asked many times.
//! The bytes of compiled knowledge carry texts, rules, classifiers and thresholds, so the worker never
//! sees the TOML.

use serde::{Deserialize, Serialize};

use super::answer::{Answer, AnswerButton, AnswerMedia, compose, end_of_day, is_blank, spoken, worded};
use super::bytes::{BytesError, Reader, Writer, checksum};
use super::calibrate::{Calibration, Logistic, evidence, train_and_simulate};
use super::crisis::StoredCrisis;
use super::flow::{Flow, Step};
use super::fold::is_seen_whole;
use super::matcher::{Matcher, Ranking, Scored};
use super::pack::{Entry, EntryMedia, Localized, Location, Pack};
use super::red_flag::{Emergency, RedFlags};
use super::svm::{step, steps};
use super::{Candidate, Verdict};
use crate::order::gathered;
use crate::time::UnixMillis;

mod crisis;
mod phrasings;

pub use crisis::CrisisGreeting;
pub(super) use phrasings::{phrasings, primary};

use phrasings::recognised;

/// What compiled knowledge begins with; the byte after it is [`VERSION`].
const MAGIC: &[u8; 7] = b"lotse-k";
/// Raise it with every change of the binary form, and of what compiling makes of a text.
pub const VERSION: u8 = 6;

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

impl StoredRedFlag {
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
            answer: spoken(&rule.answer),
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
    ///
    /// A text of which the matcher sees only a part is left to a human: the rest may turn the question round. So is one
    /// that is nearest to an entry which is not served any more, since what was said about it would come from a
    /// neighbour.
    #[must_use]
    pub fn ask(&self, text: &str, now: UnixMillis) -> Verdict {
        if let Some((rule, language)) = self.red_flag(text) {
            return Verdict::RedFlag { rule: rule.to_owned(), language: language.to_owned() };
        }
        if !is_seen_whole(text) {
            return Verdict::Unsure { language: None, candidates: Vec::new() };
        }
        let ranking = self.matcher.rank(text);
        self.judge_served(&ranking, &|entry| self.content.entries[entry as usize].is_served(now))
    }

    /// The verdict on a ranking, which may come from a matcher that saw a part of the pack; expiry aside.
    pub(super) fn judge(&self, ranking: &Ranking) -> Verdict {
        self.judge_served(ranking, &|_| true)
    }

    fn judge_served(&self, ranking: &Ranking, is_served: &dyn Fn(u32) -> bool) -> Verdict {
        let mut candidates = self.candidates(ranking, is_served);
        let best = ranking.entries.first().filter(|best| is_served(best.entry)).and(candidates.first());
        let Some(best) = best else { return self.unsure(ranking, candidates) };
        let (answer_from, offer_from) = self.thresholds();
        if best.confidence >= answer_from {
            return Verdict::Answer(candidates.swap_remove(0));
        }
        if self.calibration.among_three.chance(&evidence(ranking)) >= offer_from {
            let least = best.confidence * LEAST_OFFERED;
            candidates.retain(|candidate| candidate.confidence >= least);
            return Verdict::Offer { candidates };
        }
        self.unsure(ranking, candidates)
    }

    fn unsure(&self, ranking: &Ranking, candidates: Vec<Candidate>) -> Verdict {
        let language = ranking.language.and_then(|at| self.content.languages.get(usize::from(at)));
        Verdict::Unsure { language: language.cloned(), candidates }
    }

    /// The first three of a ranking that are served, with their chances: that of the first of all as calibrated, and
    /// what three have together beyond it shared among the others by their scores.
    fn candidates(&self, ranking: &Ranking, is_served: &dyn Fn(u32) -> bool) -> Vec<Candidate> {
        let Some(best) = ranking.entries.first() else { return Vec::new() };
        let first = self.calibration.chance_first(ranking);
        let others = (self.calibration.among_three.chance(&evidence(ranking)) - first).max(0.0);
        let is_best = |scored: &Scored| scored.entry == best.entry;
        let named = || ranking.entries.iter().filter(|scored| is_served(scored.entry)).take(MAX_BUTTONS);
        let heft = |scored: &Scored| (3.0 * (scored.score - best.score)).exp();
        let total: f32 = named().filter(|scored| !is_best(scored)).map(heft).sum();
        let confidence = |scored: &Scored| {
            if is_best(scored) { first } else { (others * heft(scored) / total.max(1e-9)).min(first) }
        };
        let language = |scored: &Scored| self.content.languages.get(usize::from(scored.language)).cloned();
        named()
            .map(|scored| Candidate {
                entry: self.content.entries[scored.entry as usize].id.clone(),
                language: language(scored).unwrap_or_default(),
                confidence: confidence(scored),
            })
            .collect()
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

    /// The one cut between answering and not at which the balanced figures of an evaluation are taken.
    #[must_use]
    pub const fn balanced_threshold(&self) -> f32 {
        self.calibration.balanced
    }

    /// What is behind a verdict, red flags and expiry aside: the ids of the nearest entries, best first,
    /// the chance that the first is right as far as the text alone tells, whichever entry it is, and the verdict.
    #[must_use]
    pub fn explain(&self, text: &str) -> (Vec<String>, f32, Verdict) {
        let ranking = self.matcher.rank(text);
        let chance = self.calibration.first.chance(&evidence(&ranking));
        let ids = ranking.entries.iter().map(|scored| self.content.entries[scored.entry as usize].id.clone());
        (ids.collect(), chance, self.judge(&ranking))
    }

    /// The nearest entries that are served at `now` with their chances, best first; red flags aside.
    #[must_use]
    pub fn nearest(&self, text: &str, now: UnixMillis) -> Vec<Candidate> {
        self.candidates(&self.matcher.rank(text), &|entry| {
            self.content.entries[entry as usize].is_served(now)
        })
    }

    fn served(&self, entry: &str, now: UnixMillis) -> Option<&StoredEntry> {
        self.content.entries.iter().find(|stored| stored.id == entry).filter(|stored| stored.is_served(now))
    }
}

/// An offered entry has at least this share of the best one's chance.
const LEAST_OFFERED: f32 = 0.1;

impl Content {
    fn rules(&self) -> RedFlags {
        let number = |language: &String| {
            let at = self.languages.iter().position(|known| known == language)?;
            Some(recognised(&self.languages, at))
        };
        RedFlags::new(self.red_flags.iter().map(|stored| stored.emergency(number)))
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

#[cfg(test)]
mod tests;
