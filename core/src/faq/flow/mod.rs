//! Flows: entries that ask instead of answering. A flow is a few questions, each with the kind of answer
//! that it takes; what people give ends at a human's desk.
//!
//! Only what a pack says stands here. How answers are read and what is said in between is up to
//! [`crate::conversation`].

mod block;
mod lint;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub(super) use block::read;
pub(super) use lint::lint;

use super::pack::Localized;

/// More questions than people answer on a phone.
pub const MANY_STEPS: usize = 10;
/// The most choices of a step: a list on WhatsApp has ten rows
/// (<https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>).
pub const MAX_CHOICES: usize = 10;
/// The longest free text that a step takes, in characters: threads travel through a queue whose messages hold
/// 128 kB (<https://developers.cloudflare.com/queues/platform/limits/>).
pub const MAX_TEXT: u32 = 500;
/// The longest free text where a step says nothing, in characters.
pub const USUAL_TEXT: u32 = 300;
/// The longest label, in characters.
pub const MAX_LABEL: usize = 60;
/// The longest question, in characters: an explanation and buttons have to fit around it.
pub const MAX_QUESTION: usize = 600;

/// One question of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Line in the file, from 1; 0 when the step did not come from a file.
    #[serde(skip)]
    pub line: usize,
    /// The step's name within its flow.
    pub id: String,
    /// What agents read beside the answer; the question itself where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The question.
    pub question: Localized<String>,
    /// What it takes for an answer.
    pub takes: Takes,
    /// Whether people may go on without an answer.
    #[serde(default)]
    pub optional: bool,
}

/// What a question takes for an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Five digits of a German postal code.
    PostalCode,
    /// A day.
    Date {
        /// Not before.
        min: Option<Day>,
        /// Not after.
        max: Option<Day>,
    },
    /// A number.
    Number {
        /// Not less.
        min: Option<f64>,
        /// Not more.
        max: Option<f64>,
        /// What it counts, such as `kWh`.
        unit: Option<String>,
    },
    /// One of a few.
    Choice {
        /// The choices, in order.
        choices: Vec<StepChoice>,
    },
    /// Words.
    Text {
        /// Characters at least.
        min: u32,
        /// Characters at most.
        max: u32,
    },
    /// A picture or a file.
    Photo,
}

/// One of the choices of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepChoice {
    /// Its name within the step.
    pub id: String,
    /// What people read on the button.
    pub title: Localized<String>,
}

/// A day that bounds an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// So many days from the day on which the answer is given, back if negative: `today`, `today-14`.
    Today(i32),
    /// This day: `2026-01-01`.
    On(#[serde(with = "crate::calendar::written")] Date),
    /// The answer to an earlier question of the flow, by its id.
    Of(String),
}

/// A flow as it is asked for: its questions and texts in the languages of its pack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow<'a> {
    /// The entry.
    pub entry: &'a str,
    /// The questions, in order.
    pub steps: &'a [Step],
    pub(super) title: &'a Localized<String>,
    pub(super) closing: &'a Localized<String>,
    /// The pack's languages; the first is the default.
    pub(super) languages: &'a [String],
}

impl<'a> Flow<'a> {
    /// The question with this id, and its place among all, from 0.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<(usize, &'a Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.id == id)
    }

    /// Whether its words exist in this language.
    #[must_use]
    pub fn is_in(&self, language: &str) -> bool {
        self.title.contains_key(language)
    }

    /// What the flow is called.
    #[must_use]
    pub fn title(&self, language: &str) -> &'a str {
        self.localized(self.title, language).unwrap_or(self.entry)
    }

    /// What the pack says once everything is answered.
    #[must_use]
    pub fn closing(&self, language: &str) -> Option<&'a str> {
        self.localized(self.closing, language)
    }

    /// The words of a question.
    #[must_use]
    pub fn question(&self, step: &'a Step, language: &str) -> &'a str {
        self.localized(&step.question, language).unwrap_or(&step.id)
    }

    /// The words on a choice.
    #[must_use]
    pub fn choice(&self, choice: &'a StepChoice, language: &str) -> &'a str {
        self.localized(&choice.title, language).unwrap_or(&choice.id)
    }

    /// The words on a choice as agents read them: in the pack's first language.
    #[must_use]
    pub fn choice_for_agents(&self, choice: &'a StepChoice) -> &'a str {
        self.choice(choice, self.languages.first().map_or("", String::as_str))
    }

    /// What agents read beside an answer: the label, or else the question in the pack's first language.
    #[must_use]
    pub fn label(&self, step: &'a Step) -> &'a str {
        let question = || self.question(step, self.languages.first().map_or("", String::as_str));
        step.label.as_deref().unwrap_or_else(question)
    }

    fn localized<'t>(&self, texts: &'t Localized<String>, language: &str) -> Option<&'t str> {
        let languages = std::iter::once(language).chain(self.languages.iter().map(String::as_str));
        languages.into_iter().find_map(|language| texts.get(language)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
