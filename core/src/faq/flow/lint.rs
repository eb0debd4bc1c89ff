//! Checks a flow beyond its syntax.

use std::collections::BTreeSet;

use super::{Day, MANY_STEPS, MAX_CHOICES, MAX_LABEL, MAX_QUESTION, MAX_TEXT, Step, StepChoice, Takes};
use crate::faq::answer::is_blank;
use crate::faq::bidi::isolated;
use crate::faq::fold::fold;
use crate::faq::lint::{MAX_TITLE, Severity};
use crate::faq::pack::{Entry, EntryKind, Localized, Pack};

/// Longest id of an entry, step and choice together, in bytes: `flow:ENTRY:STEP:CHOICE` comes back in Telegram's
/// `callback_data` of 64 bytes.
const MAX_IDS: usize = 64 - "flow:::".len();

/// What is wrong with the steps of an entry, with the line.
pub(in crate::faq) fn lint(pack: &Pack, entry: &Entry) -> Vec<(Severity, usize, String)> {
    let mut found = Found { findings: Vec::new(), line: entry.line, step: String::new() };
    match (entry.kind, entry.steps.len()) {
        (EntryKind::Flow, 0) => found.error("a flow needs steps: add [[entry.step]]"),
        (EntryKind::Flow, count) if count > MANY_STEPS => {
            found.warning(&format!("{count} steps; few people answer more than {MANY_STEPS} questions"));
        }
        (EntryKind::Flow, _) => {}
        (_, 0) => {}
        _ => found.error("only entries of kind \"flow\" have steps"),
    }
    if entry.kind == EntryKind::Flow
        && (entry.location.is_some() || entry.media.is_some() || !entry.buttons.is_empty())
    {
        found.error("a flow ends at a human: it has no location, media or buttons");
    }
    let mut seen = BTreeSet::new();
    for (place, step) in entry.steps.iter().enumerate() {
        found.line = step.line;
        found.step = format!("step \"{}\": ", step.id);
        if !seen.insert(&step.id) {
            found.error("the id is taken by an earlier step");
        }
        found.ids(entry, step);
        found.texts(pack, step);
        found.bounds(step, &entry.steps[..place]);
        if let Takes::Choice { choices } = &step.takes {
            found.choices(pack, choices);
        }
    }
    found.findings
}

struct Found {
    findings: Vec<(Severity, usize, String)>,
    line: usize,
    step: String,
}

impl Found {
    fn error(&mut self, reason: &str) {
        self.findings.push((Severity::Error, self.line, format!("{}{reason}", self.step)));
    }

    fn warning(&mut self, reason: &str) {
        self.findings.push((Severity::Warning, self.line, format!("{}{reason}", self.step)));
    }

    fn ids(&mut self, entry: &Entry, step: &Step) {
        let choices = match &step.takes {
            Takes::Choice { choices } => choices.as_slice(),
            _ => &[],
        };
        let longest = choices.iter().map(|choice| choice.id.len()).max().unwrap_or(0);
        if !is_id(&step.id) || !choices.iter().all(|choice| is_id(&choice.id)) {
            self.error("an id is letters a–z, digits, hyphens and underscores");
        } else if entry.id.len() + step.id.len() + longest > MAX_IDS {
            self.error(&format!("the ids of entry, step and choice have more than {MAX_IDS} bytes together"));
        }
    }

    fn texts(&mut self, pack: &Pack, step: &Step) {
        let default = pack.default_language();
        self.default_language(pack, "question", &step.question);
        for (language, question) in &step.question {
            let length = isolated(question.trim(), language).chars().count();
            if length > MAX_QUESTION {
                self.error(&format!(
                    "question.{language} has {length} characters, {MAX_QUESTION} are allowed"
                ));
            }
        }
        let missing = pack.languages.iter().filter(|it| *it != default && !step.question.contains_key(*it));
        let missing: Vec<&str> = missing.map(String::as_str).collect();
        if !missing.is_empty() {
            self.warning(&format!(
                "no question in \"{}\": it is asked in \"{default}\"",
                missing.join("\", \"")
            ));
        }
        if step.label.as_ref().is_some_and(|label| label.chars().count() > MAX_LABEL) {
            self.error(&format!("the label has more than {MAX_LABEL} characters"));
        }
    }

    fn default_language(&mut self, pack: &Pack, field: &str, texts: &Localized<String>) {
        let default = pack.default_language();
        for (language, _) in texts.iter().filter(|(_, text)| is_blank(text)) {
            self.error(&format!("the {field} is blank in \"{language}\"; write it or leave it out"));
        }
        if !texts.contains_key(default) {
            self.error(&format!("no {field} in the default language \"{default}\""));
        }
    }

    fn bounds(&mut self, step: &Step, earlier: &[Step]) {
        match &step.takes {
            Takes::Text { min, max } if *min < 1 || min > max || *max > MAX_TEXT => {
                self.error(&format!(
                    "a text has 1 to {MAX_TEXT} characters, at least `min` and at most `max`"
                ));
            }
            Takes::Number { min: Some(min), max: Some(max), .. } if min > max => {
                self.error("min is more than max");
            }
            Takes::Date { min, max } => {
                for day in [min, max].into_iter().flatten() {
                    let Day::Of(id) = day else { continue };
                    let is_date = |step: &Step| step.id == *id && matches!(step.takes, Takes::Date { .. });
                    if !earlier.iter().any(is_date) {
                        self.error(&format!("\"{id}\" is neither a day nor an earlier step of kind date"));
                    }
                }
                match (min, max) {
                    (Some(Day::Today(min)), Some(Day::Today(max))) if min > max => {
                        self.error("min is after max");
                    }
                    (Some(Day::On(min)), Some(Day::On(max))) if min > max => self.error("min is after max"),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn choices(&mut self, pack: &Pack, choices: &[StepChoice]) {
        if !(2..=MAX_CHOICES).contains(&choices.len()) {
            self.error(&format!("{} choices, 2 to {MAX_CHOICES} are allowed", choices.len()));
        }
        let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
        for choice in choices {
            self.default_language(pack, &format!("title of choice \"{}\"", choice.id), &choice.title);
            if !ids.insert(&choice.id) {
                self.error(&format!("choice \"{}\" is there twice", choice.id));
            }
            for (language, title) in &choice.title {
                let length = title.chars().count();
                if length > MAX_TITLE {
                    self.error(&format!("\"{title}\" has {length} characters, {MAX_TITLE} fit on a button"));
                }
                if !titles.insert((language, fold(title))) {
                    self.error(&format!("two choices are called \"{title}\""));
                }
            }
        }
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
}
