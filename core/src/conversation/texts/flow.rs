//! What the bot says between the questions of a flow. The words themselves stand with the other words of their
//! language; `{}` are their places, filled in order.

use jiff::civil::Date;

use super::{ar, de, en, plain_german, tr, uk};
use crate::faq::bidi;
use crate::settings::{TextLanguage, english_month};

/// Why an answer was not taken, and so what is expected.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::conversation) enum Complaint {
    PostalCode,
    /// No day, or more than one; an example that would be taken.
    Day(Date),
    TooEarly(Date),
    TooLate(Date),
    Number {
        unit: Option<String>,
    },
    /// Less than this, in plain decimal form.
    TooSmall(String),
    TooLarge(String),
    Choice,
    TooShort(u32),
    TooLong(u32),
    Photo,
    /// Something to look at or listen to, where words are expected: a human will.
    NotText,
    /// Skipped, and it may not be.
    Needed,
}

impl Complaint {
    /// Whether what was said is of the right kind.
    pub(in crate::conversation) const fn is_about_bounds(&self) -> bool {
        matches!(self, Self::TooEarly(_) | Self::TooLate(_) | Self::TooSmall(_) | Self::TooLarge(_))
    }
}

/// The words of one language.
pub(in crate::conversation) struct FlowWords {
    /// The language, as far as how it writes numbers and days.
    pub language: TextLanguage,
    /// Before the first question: what it is about, how many questions come (below), and the ways out.
    pub start: &'static str,
    pub one_question: &'static str,
    /// Their number.
    pub questions: &'static str,
    /// Its place, of how many. The question follows.
    pub question: &'static str,
    /// How to go on without an answer.
    pub skip: &'static str,
    pub postal_code: &'static str,
    /// An example.
    pub day: &'static str,
    /// The first day.
    pub too_early: &'static str,
    /// The last day.
    pub too_late: &'static str,
    /// The unit with a blank before it, or nothing.
    pub number: &'static str,
    /// The least.
    pub too_small: &'static str,
    /// The most.
    pub too_large: &'static str,
    pub choice: &'static str,
    pub in_words: &'static str,
    /// Characters at least.
    pub too_short: &'static str,
    /// Characters at most.
    pub too_long: &'static str,
    pub photo: &'static str,
    pub not_text: &'static str,
    pub needed: &'static str,
    /// Offers a human after a few vain tries.
    pub human: &'static str,
    /// Confirms that the flow is over.
    pub cancelled: &'static str,
}

impl FlowWords {
    /// Before the first question.
    pub(in crate::conversation) fn start(&self, title: &str, questions: usize) -> String {
        let count = match questions {
            1 => self.one_question.to_owned(),
            many => self.fill(self.questions, &[&many.to_string()]),
        };
        self.fill(self.start, &[title, &count])
    }

    /// A question with its place, from 1.
    pub(in crate::conversation) fn question(&self, place: usize, of: usize, question: &str) -> String {
        match of {
            1 => question.to_owned(),
            of => self.fill(self.question, &[&place.to_string(), &of.to_string()]) + question,
        }
    }

    /// What is expected instead.
    pub(in crate::conversation) fn complaint(&self, complaint: &Complaint) -> String {
        let (words, value) = match complaint {
            Complaint::PostalCode => (self.postal_code, String::new()),
            Complaint::Day(example) => (self.day, self.day(*example)),
            Complaint::TooEarly(first) => (self.too_early, self.day(*first)),
            Complaint::TooLate(last) => (self.too_late, self.day(*last)),
            Complaint::Number { unit } => {
                (self.number, unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default())
            }
            Complaint::TooSmall(min) => (self.too_small, self.decimal(min)),
            Complaint::TooLarge(max) => (self.too_large, self.decimal(max)),
            Complaint::Choice => (self.choice, String::new()),
            Complaint::TooShort(1) => (self.in_words, String::new()),
            Complaint::TooShort(min) => (self.too_short, min.to_string()),
            Complaint::TooLong(max) => (self.too_long, max.to_string()),
            Complaint::Photo => (self.photo, String::new()),
            Complaint::NotText => (self.not_text, String::new()),
            Complaint::Needed => (self.needed, String::new()),
        };
        self.fill(words, &[&value])
    }

    /// Puts values into their places.
    fn fill(&self, words: &str, values: &[&str]) -> String {
        let mut values = values.iter();
        let mut text = String::new();
        for (index, part) in words.split("{}").enumerate() {
            if index > 0 {
                text.push_str(values.next().unwrap_or(&""));
            }
            text.push_str(part);
        }
        match self.language {
            TextLanguage::Arabic => bidi::isolated(&text, "ar"),
            _ => text,
        }
    }

    /// A number in plain decimal form as the language writes it.
    fn decimal(&self, plain: &str) -> String {
        plain.replace('.', self.language.decimal_mark())
    }

    /// A day in a form that is also read as an answer.
    pub(in crate::conversation) fn day(&self, day: Date) -> String {
        match self.language {
            TextLanguage::English => format!("{} {} {}", day.day(), english_month(day.month()), day.year()),
            _ => format!("{:02}.{:02}.{}", day.day(), day.month(), day.year()),
        }
    }
}

/// The words in a language.
pub(in crate::conversation) const fn flow_words(language: TextLanguage) -> &'static FlowWords {
    match language {
        TextLanguage::German => &de::FLOW,
        TextLanguage::PlainGerman => &plain_german::FLOW,
        TextLanguage::English => &en::FLOW,
        TextLanguage::Turkish => &tr::FLOW,
        TextLanguage::Ukrainian => &uk::FLOW,
        TextLanguage::Arabic => &ar::FLOW,
    }
}
