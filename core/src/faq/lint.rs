//! What is wrong with a well-formed pack: mistakes that would reach people, and weak spots.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::answer::{compose, is_blank};
use super::bidi::isolated;
use super::crisis;
use super::flow;
use super::fold::fold;
use super::knowledge::{MAX_BUTTONS, primary};
use super::pack::{Entry, EntryKind, Localized, Pack, RedFlag};
use crate::order;

/// Longest button title (WhatsApp, Messenger), in characters.
pub const MAX_TITLE: usize = 20;
/// Longest text that can stand above buttons anywhere (WhatsApp), in characters.
pub const MAX_ANSWER: usize = 1_024;
/// From here on an answer is hard to read on a phone, in characters.
pub const LONG_ANSWER: usize = 600;
/// Longest entry id, in bytes: ids come back in Telegram's `callback_data` of 64 bytes, with a prefix.
pub const MAX_ID: usize = 48;
/// With fewer phrasings in a language, an entry is hard to find.
pub const FEW_PHRASINGS: usize = 5;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The pack must not be published.
    Error,
    /// The pack could be better.
    Warning,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Line of the entry or rule, from 1.
    pub line: usize,
    /// The entry or rule; empty where it is about none.
    pub entry: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        match self.entry.as_str() {
            "" => write!(formatter, "{severity}: {}", self.reason),
            entry => write!(formatter, "{severity}: \"{entry}\": {}", self.reason),
        }
    }
}

/// What keeps a pack from being published, in the order of the file: the same on every day.
#[must_use]
pub fn errors(pack: &Pack) -> Vec<Finding> {
    let mut findings = lint(pack, Date::default());
    findings.retain(|finding| finding.severity == Severity::Error);
    findings
}

/// Everything that is wrong with a pack on the day `today`, in the order of the file.
#[must_use]
pub fn lint(pack: &Pack, today: Date) -> Vec<Finding> {
    let mut linter = Linter { pack, today, findings: Vec::new() };
    linter.emergencies();
    pack.red_flags.iter().for_each(|rule| linter.red_flag(rule));
    pack.entries.iter().for_each(|entry| linter.entry(entry));
    linter.duplicate_ids();
    linter.duplicate_phrasings();
    linter.duplicate_titles();
    linter.findings.extend(crisis::lint(pack, today));
    order::sort_by_key(&mut linter.findings, |finding| (finding.line, finding.severity));
    linter.findings
}

struct Linter<'a> {
    pack: &'a Pack,
    today: Date,
    findings: Vec<Finding>,
}

impl Linter<'_> {
    fn error(&mut self, line: usize, entry: &str, reason: impl Into<String>) {
        let (entry, reason) = (entry.to_owned(), reason.into());
        self.findings.push(Finding { severity: Severity::Error, line, entry, reason });
    }

    fn warning(&mut self, line: usize, entry: &str, reason: impl Into<String>) {
        let (entry, reason) = (entry.to_owned(), reason.into());
        self.findings.push(Finding { severity: Severity::Warning, line, entry, reason });
    }

    /// A pack that hears no emergency at all, or none in one of its languages.
    fn emergencies(&mut self) {
        if self.pack.red_flags.is_empty() {
            let reason = "no [[red_flag]], so an emergency is answered like any question; add rules as \
                          knowledge/README.md describes";
            self.warning(1, "", reason);
            return;
        }
        for language in &self.pack.languages {
            // A variety has the words of its language.
            let heard = |(spoken, phrases): (&String, &Vec<String>)| {
                primary(spoken) == primary(language) && phrases.iter().any(|phrase| !fold(phrase).is_empty())
            };
            if !self.pack.red_flags.iter().flat_map(|rule| &rule.phrases).any(heard) {
                let reason = format!(
                    "no emergency is recognised in \"{language}\"; add phrases.{language} to every [[red_flag]]"
                );
                self.warning(1, "", reason);
            }
        }
    }

    /// A text that is there and says nothing: a person would be sent it all the same.
    fn blank(&mut self, line: usize, entry: &str, field: &str, texts: &Localized<String>) {
        for (language, _) in texts.iter().filter(|(_, text)| is_blank(text)) {
            self.error(line, entry, format!("{field}.{language} is blank; write it or leave it out"));
        }
    }

    fn red_flag(&mut self, rule: &RedFlag) {
        let default = self.pack.default_language();
        if !rule.answer.contains_key(default) {
            let reason = format!("no emergency text in the default language \"{default}\"");
            self.error(rule.line, &rule.id, reason);
        }
        self.blank(rule.line, &rule.id, "answer", &rule.answer);
        for (language, text) in &rule.answer {
            let length = isolated(text.trim(), language).chars().count();
            if length > MAX_ANSWER {
                self.error(rule.line, &rule.id, too_long("answer", language, length, MAX_ANSWER));
            }
        }
        if rule.phrases.values().flatten().all(|phrase| fold(phrase).is_empty()) {
            self.error(rule.line, &rule.id, "no phrase, so it never fires");
        }
        for phrase in rule.phrases.values().flatten() {
            if !fold(phrase).contains(' ') && fold(phrase).chars().count() < 4 {
                let reason = format!("\"{phrase}\" is very short and will fire on ordinary messages");
                self.warning(rule.line, &rule.id, reason);
            }
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.id(entry);
        self.kind(entry);
        for (severity, line, reason) in flow::lint(self.pack, entry) {
            self.findings.push(Finding { severity, line, entry: entry.id.clone(), reason });
        }
        self.titles(entry);
        self.answers(entry);
        self.buttons(entry);
        self.phrasings(entry);
        if entry.expires.is_some_and(|expires| expires < self.today) {
            self.warning(entry.line, &entry.id, "has expired and is no longer served");
        }
        if entry.as_of.is_some_and(|at| at.date > self.today) {
            self.warning(entry.line, &entry.id, "as_of lies in the future");
        }
        if entry.media.as_ref().is_some_and(|media| !media.link.starts_with("https://")) {
            self.error(entry.line, &entry.id, "platforms fetch media from https links only");
        }
        if entry.location.as_ref().is_some_and(|place| is_blank(&place.name) || is_blank(&place.address)) {
            self.error(entry.line, &entry.id, "a location needs a name and an address");
        }
        if let Some(media) = &entry.media {
            self.blank(entry.line, &entry.id, "caption", &media.caption);
        }
    }

    fn id(&mut self, entry: &Entry) {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if entry.id.is_empty() || entry.id.len() > MAX_ID || !entry.id.chars().all(allowed) {
            let reason = format!("an id is 1 to {MAX_ID} letters a–z, digits, hyphens, underscores or dots");
            self.error(entry.line, &entry.id, reason);
        }
    }

    fn kind(&mut self, entry: &Entry) {
        let has_source = entry.source.as_ref().is_some_and(|source| !is_blank(source));
        if entry.source.is_some() && !has_source {
            self.error(entry.line, &entry.id, "source is blank; write it or leave it out");
        }
        match entry.kind {
            EntryKind::Status if entry.as_of.is_none() || !has_source => {
                self.error(entry.line, &entry.id, "a status ages: it needs as_of and source");
            }
            EntryKind::Status if entry.expires.is_none() => {
                let reason = "a status without expires is given until somebody takes it away";
                self.warning(entry.line, &entry.id, reason);
            }
            EntryKind::Address if entry.location.is_none() => {
                self.warning(entry.line, &entry.id, "an address without location");
            }
            _ => {}
        }
    }

    fn titles(&mut self, entry: &Entry) {
        self.default_language(entry, "title", &entry.title);
        for (language, title) in &entry.title {
            let length = title.chars().count();
            if length > MAX_TITLE {
                self.error(entry.line, &entry.id, too_long("title", language, length, MAX_TITLE));
            }
        }
    }

    fn answers(&mut self, entry: &Entry) {
        // A flow may end without words of its own.
        if entry.kind != EntryKind::Flow || !entry.answer.is_empty() {
            self.default_language(entry, "answer", &entry.answer);
        }
        for (language, answer) in &entry.answer {
            let text = compose(answer, entry.as_of, entry.source.as_deref(), language);
            let length = text.chars().count();
            if length > MAX_ANSWER {
                self.error(entry.line, &entry.id, too_long("answer", language, length, MAX_ANSWER));
            } else if length > LONG_ANSWER {
                self.warning(entry.line, &entry.id, too_long("answer", language, length, LONG_ANSWER));
            }
        }
        if entry.kind == EntryKind::Flow {
            return;
        }
        for language in entry.phrasings.keys().filter(|language| !entry.answer.contains_key(*language)) {
            let reason = format!("has phrasings in \"{language}\" but no answer in it");
            self.warning(entry.line, &entry.id, reason);
        }
    }

    fn default_language(&mut self, entry: &Entry, field: &str, texts: &Localized<String>) {
        let default = self.pack.default_language();
        self.blank(entry.line, &entry.id, field, texts);
        if !texts.contains_key(default) {
            self.error(entry.line, &entry.id, format!("no {field} in the default language \"{default}\""));
        }
    }

    fn buttons(&mut self, entry: &Entry) {
        if entry.buttons.len() > MAX_BUTTONS {
            let reason = format!("{} buttons, {MAX_BUTTONS} are allowed", entry.buttons.len());
            self.error(entry.line, &entry.id, reason);
        }
        for button in &entry.buttons {
            if *button == entry.id {
                self.warning(entry.line, &entry.id, "a button leads back to the same answer");
            } else if !self.pack.entries.iter().any(|other| other.id == *button) {
                self.error(entry.line, &entry.id, format!("button \"{button}\" leads to no entry"));
            }
        }
    }

    fn phrasings(&mut self, entry: &Entry) {
        let default = self.pack.default_language();
        let count = entry.phrasings.get(default).map_or(0, Vec::len);
        if count < FEW_PHRASINGS {
            let reason =
                format!("{count} phrasings in \"{default}\"; {FEW_PHRASINGS} or more are found better");
            self.warning(entry.line, &entry.id, reason);
        }
        for phrasing in entry.phrasings.values().flatten().filter(|phrasing| fold(phrasing).is_empty()) {
            self.warning(entry.line, &entry.id, format!("phrasing \"{phrasing}\" has no words"));
        }
    }

    fn duplicate_ids(&mut self) {
        let mut first_lines = BTreeMap::new();
        let entries = self.pack.entries.iter().map(|entry| ("entry", &entry.id, entry.line));
        let rules = self.pack.red_flags.iter().map(|rule| ("red_flag", &rule.id, rule.line));
        for (block, id, line) in entries.chain(rules) {
            match first_lines.get(&(block, id)) {
                Some(first) => self.error(line, id, format!("the id is taken in line {first}")),
                None => drop(first_lines.insert((block, id), line)),
            }
        }
    }

    /// Two buttons that read alike: nobody can choose between them.
    fn duplicate_titles(&mut self) {
        let mut owners: BTreeMap<(&str, String), &str> = BTreeMap::new();
        for entry in &self.pack.entries {
            for (language, title) in &entry.title {
                let owner = *owners.entry((language, fold(title))).or_insert(&entry.id);
                if owner != entry.id {
                    let reason = format!("title.{language} \"{title}\" also stands in \"{owner}\"");
                    self.warning(entry.line, &entry.id, reason);
                }
            }
        }
    }

    fn duplicate_phrasings(&mut self) {
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        for entry in &self.pack.entries {
            for phrasing in entry.phrasings.values().flatten() {
                let owner = *owners.entry(fold(phrasing)).or_insert(&entry.id);
                if owner != entry.id {
                    let reason = format!("phrasing \"{phrasing}\" also stands in \"{owner}\"");
                    self.error(entry.line, &entry.id, reason);
                }
            }
        }
    }
}

fn too_long(field: &str, language: &str, length: usize, limit: usize) -> String {
    format!(
        "{field}.{language} has {length} characters, {limit} are {}",
        match limit {
            LONG_ANSWER => "comfortable on a phone",
            _ => "allowed",
        }
    )
}

#[cfg(test)]
mod tests;
