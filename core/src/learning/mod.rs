//! Learning from questions that were not answered well: what a conversation tells about them, without
//! personal data, and how such questions are grouped by likeness.
//!
//! A conversation yields [`Lesson`]s; only text that went through [`redact`] is in them. [`groups`] gathers
//! them for leads, who decide what becomes of each group. Nothing is learnt by itself: every text that
//! answers somebody was approved by a human. Must not do I/O.

pub mod book;
pub mod groups;
mod likeness;
pub mod redact;
pub mod suggestion;

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;
pub use redact::redact;

/// A question has at least so many letters; less is no question.
const LEAST_LETTERS: usize = 3;

/// What a conversation teaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Lesson {
    /// A question was not answered well.
    Question(Question),
    /// A person said whether an answer helped.
    Feedback {
        /// The entry that answered.
        entry: String,
        /// Whether it did.
        helped: bool,
        /// When they said so.
        at: UnixMillis,
    },
}

/// A question that was not answered well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its words, without personal data.
    pub text: Redacted,
    /// Its language, as far as it was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What went wrong.
    pub cause: Cause,
    /// When.
    pub at: UnixMillis,
}

/// What went wrong with a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Cause {
    /// No entry answers it.
    Unanswered,
    /// A few entries were offered, and none was picked.
    Torn,
    /// It was answered, and the person said that it did not help.
    NotHelped {
        /// The entry that answered.
        entry: String,
    },
}

/// A text without personal data, as far as [`redact`] finds it. Made only there, and read from storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted(String);

impl Redacted {
    /// The words of a message without personal data; `None` where nothing is left that could be a question.
    #[must_use]
    pub fn question(text: &str) -> Option<Self> {
        let redacted = redact(text);
        let letters = redacted.chars().filter(|character| character.is_alphabetic()).count();
        (letters >= LEAST_LETTERS).then_some(Self(redacted))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_letters_is_a_question() {
        for (text, expected) in [
            ("Wo ist das?", Some("Wo ist das?")),
            ("Warum", Some("Warum")),
            ("?", None),
            ("1", None),
            ("0151 23456789", None),
            ("ok", None),
            ("лікар?", Some("лікар?")),
        ] {
            assert_eq!(Redacted::question(text).as_ref().map(Redacted::as_str), expected, "{text}");
        }
    }

    /// Lies in queues and objects: a change needs a migration.
    #[test]
    fn the_stored_form_of_a_lesson_is_pinned() {
        let question = Lesson::Question(Question {
            text: Redacted("Wo ist das?".to_owned()),
            language: Some("de".to_owned()),
            cause: Cause::NotHelped { entry: "test-where".to_owned() },
            at: UnixMillis(7),
        });
        let feedback = Lesson::Feedback { entry: "test-where".to_owned(), helped: false, at: UnixMillis(7) };
        for (lesson, json) in [
            (
                question,
                r#"{"type":"question","text":"Wo ist das?","language":"de","cause":{"type":"not_helped","entry":"test-where"},"at":7}"#,
            ),
            (feedback, r#"{"type":"feedback","entry":"test-where","helped":false,"at":7}"#),
        ] {
            assert_eq!(serde_json::to_string(&lesson).unwrap(), json);
            assert_eq!(serde_json::from_str::<Lesson>(json).unwrap(), lesson);
        }
    }
}
