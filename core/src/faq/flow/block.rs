//! Steps as they stand in the file: `[[entry.step]]`.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Value;

use super::{Day, Step, StepChoice, Takes, USUAL_TEXT};
use crate::faq::pack::{Localized, PackErrorReason};

/// A block of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::faq) struct StepBlock {
    id: String,
    kind: Kind,
    question: Localized<String>,
    label: Option<String>,
    #[serde(default)]
    choices: Vec<StepChoice>,
    min: Option<Value>,
    max: Option<Value>,
    unit: Option<String>,
    #[serde(default)]
    optional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    PostalCode,
    Date,
    Number,
    Choice,
    Text,
    Photo,
}

impl StepBlock {
    /// The languages of its texts.
    pub(in crate::faq) fn languages(&self) -> impl Iterator<Item = &String> {
        self.question.keys().chain(self.choices.iter().flat_map(|choice| choice.title.keys()))
    }

    /// The step, if it says nothing that its kind does not know.
    pub(in crate::faq) fn read(self, line: usize) -> Result<Step, PackErrorReason> {
        let Self { id, kind, question, label, choices, min, max, unit, optional } = self;
        let fail = |detail: String| PackErrorReason::Step { step: id.clone(), detail };
        let misplaced = |field: &str, of: &str| fail(format!("{field} belongs to steps of kind {of}"));
        if unit.is_some() && kind != Kind::Number {
            return Err(misplaced("unit", "number"));
        }
        if !choices.is_empty() && kind != Kind::Choice {
            return Err(misplaced("choices", "choice"));
        }
        if (min.is_some() || max.is_some()) && !matches!(kind, Kind::Date | Kind::Number | Kind::Text) {
            return Err(misplaced("min and max", "date, number or text"));
        }
        let takes = match kind {
            Kind::PostalCode => Takes::PostalCode,
            Kind::Photo => Takes::Photo,
            Kind::Choice => Takes::Choice { choices },
            Kind::Date => {
                Takes::Date { min: read(min, day).map_err(fail)?, max: read(max, day).map_err(fail)? }
            }
            Kind::Number => Takes::Number {
                min: read(min, number).map_err(fail)?,
                max: read(max, number).map_err(fail)?,
                unit,
            },
            Kind::Text => Takes::Text {
                min: read(min, length).map_err(fail)?.unwrap_or(1),
                max: read(max, length).map_err(fail)?.unwrap_or(USUAL_TEXT),
            },
        };
        Ok(Step { line, id, label, question, takes, optional })
    }
}

fn read<T>(value: Option<Value>, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
    let refuse = |value: Value| {
        format!(
            "{value} is no bound here; write a number, or for dates \"today\", \"today-14\", \"2026-01-01\" or the id \
             of an earlier step"
        )
    };
    value.map(|value| read(&value).ok_or_else(|| refuse(value))).transpose()
}

fn number(value: &Value) -> Option<f64> {
    match value {
        // Bounds are small numbers that people can check by eye.
        Value::Integer(number) => i32::try_from(*number).ok().map(f64::from),
        Value::Float(number) => number.is_finite().then_some(*number),
        _ => None,
    }
}

fn length(value: &Value) -> Option<u32> {
    u32::try_from(value.as_integer()?).ok()
}

fn day(value: &Value) -> Option<Day> {
    let text = value.as_str()?.trim();
    if let Some(offset) = text.strip_prefix("today") {
        let offset: String = offset.split_whitespace().collect();
        return match offset.as_str() {
            "" => Some(Day::Today(0)),
            signed if signed.starts_with(['+', '-']) => {
                signed.parse().ok().filter(|days: &i32| days.abs() <= 36_600).map(Day::Today)
            }
            _ => None,
        };
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return text.parse::<Date>().ok().filter(|_| text.len() == "2026-11-20".len()).map(Day::On);
    }
    (!text.is_empty()).then(|| Day::Of(text.to_owned()))
}
