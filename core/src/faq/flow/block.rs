//! Steps as they stand in the file: `[[entry.step]]`.

use toml::de::DeValue;

use super::{Day, Step, StepChoice, Takes, USUAL_TEXT};
use crate::calendar::parse_day;
use crate::faq::pack::{Block, PackError, PackErrorReason, integer, number};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    PostalCode,
    Date,
    Number,
    Choice,
    Text,
    Photo,
}

const KINDS: [(&str, Kind); 6] = [
    ("postal_code", Kind::PostalCode),
    ("date", Kind::Date),
    ("number", Kind::Number),
    ("choice", Kind::Choice),
    ("text", Kind::Text),
    ("photo", Kind::Photo),
];

/// Reads a step. It says nothing that its kind does not know.
pub(in crate::faq) fn read(mut block: Block<'_>, languages: &[String]) -> Result<Step, PackError> {
    let id = block.text("id")?;
    let question = block.texts("question")?;
    let label = block.optional_text("label")?;
    let takes = takes(&mut block, &id)?;
    let optional = block.flag("optional")?;
    let choices = if let Takes::Choice { choices } = &takes { choices.as_slice() } else { &[] };
    let used = question.keys().chain(choices.iter().flat_map(|choice| choice.title.keys()));
    block.check_languages(used, languages)?;
    let line = block.line();
    block.finish()?;
    Ok(Step { line, id, label, question, takes, optional })
}

fn takes(block: &mut Block<'_>, step: &str) -> Result<Takes, PackError> {
    let kind = block.one_of("kind", &KINDS)?;
    let (min, max) = (block.value("min"), block.value("max"));
    let unit = block.optional_text("unit")?;
    let choices: Vec<StepChoice> =
        block.blocks("choices")?.into_iter().map(choice).collect::<Result<_, _>>()?;

    let fail = |detail: String| block.error(PackErrorReason::Step { step: step.to_owned(), detail });
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
    Ok(match kind {
        Kind::PostalCode => Takes::PostalCode,
        Kind::Photo => Takes::Photo,
        Kind::Choice => Takes::Choice { choices },
        Kind::Date => {
            Takes::Date { min: bound(min, day).map_err(fail)?, max: bound(max, day).map_err(fail)? }
        }
        Kind::Number => Takes::Number {
            min: bound(min, number).map_err(fail)?,
            max: bound(max, number).map_err(fail)?,
            unit,
        },
        Kind::Text => Takes::Text {
            min: bound(min, length).map_err(fail)?.unwrap_or(1),
            max: bound(max, length).map_err(fail)?.unwrap_or(USUAL_TEXT),
        },
    })
}

fn choice(mut block: Block<'_>) -> Result<StepChoice, PackError> {
    let choice = StepChoice { id: block.text("id")?, title: block.texts("title")? };
    block.finish()?;
    Ok(choice)
}

fn bound<T>(
    value: Option<(DeValue<'_>, &str)>,
    read: fn(&DeValue<'_>) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some((value, written)) = value else { return Ok(None) };
    read(&value).map(Some).ok_or_else(|| {
        format!(
            "{written} is no bound here; write a number, or for dates \"today\", \"today-14\", \"2026-01-01\" or the \
             id of an earlier step"
        )
    })
}

fn length(value: &DeValue<'_>) -> Option<u32> {
    u32::try_from(integer(value)?).ok()
}

fn day(value: &DeValue<'_>) -> Option<Day> {
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
        return parse_day(text).map(Day::On);
    }
    (!text.is_empty()).then(|| Day::Of(text.to_owned()))
}
