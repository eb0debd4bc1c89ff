//! Whether a message answers a question, and with what.

use jiff::civil::Date;

use super::day::{Days, day};
use super::number::number;
use super::postal_code::postal_code;
use super::{Given, MAX_TEXT_CHARS};
use crate::calendar::{days_after, parse_day};
use crate::conversation::Context;
use crate::conversation::texts::flow::Complaint;
use crate::faq::distance::within_distance;
use crate::faq::flow::{Day, Flow, Step, StepChoice, Takes};
use crate::faq::fold::fold;
use crate::message::{Choice, Content, Media, MediaKind};
use crate::settings::TextLanguage;

/// Folded words that turn a title into its opposite: "kein Fieber".
const DENIALS: [&str; 11] =
    ["kein", "keine", "keinen", "keiner", "nicht", "ohne", "weder", "no", "not", "without", "never"];

/// An answer in its plain form, and the photo or file.
pub(super) type Answer = (String, Option<Media>);

/// A question that stands.
pub(super) struct Question<'a> {
    flow: &'a Flow<'a>,
    step: &'a Step,
    given: &'a [Given],
    today: Date,
    language: TextLanguage,
}

/// What a press on a button of ours means.
pub(super) struct Press<'a> {
    pub step: &'a Step,
    pub choice: &'a StepChoice,
}

impl<'a> Question<'a> {
    /// The question, asked in `language` of someone who gave these answers before. `None` at times for which there
    /// is no calendar.
    pub(super) fn new(
        context: &Context<'_>,
        flow: &'a Flow<'a>,
        step: &'a Step,
        given: &'a [Given],
        language: &str,
    ) -> Option<Self> {
        let today = context.settings.day(context.now)?;
        let language = context.settings.text_language(language);
        Some(Self { flow, step, given, today, language })
    }

    /// The answer that a message gives.
    pub(super) fn read(&self, content: &Content) -> Result<Answer, Complaint> {
        match (content, &self.step.takes) {
            (Content::Media(media), Takes::Photo) if is_photo(media) => Ok(photo(media)),
            (Content::Choice { id, title, .. }, takes) => match press(self.flow, id) {
                Some(press) if press.step.id == self.step.id => {
                    Ok((self.flow.choice_for_agents(press.choice).to_owned(), None))
                }
                _ => self.read_text(title, takes),
            },
            (Content::Text { body }, takes) => self.read_text(body, takes),
            (_, Takes::Photo) => Err(Complaint::Photo),
            _ => Err(Complaint::NotText),
        }
    }

    fn read_text(&self, text: &str, takes: &Takes) -> Result<Answer, Complaint> {
        let figures = latin_figures(text);
        let text = if matches!(takes, Takes::Text { .. } | Takes::Photo) { text } else { &figures };
        let value = match takes {
            Takes::PostalCode => postal_code(text).ok_or(Complaint::PostalCode)?,
            Takes::Date { min, max } => self.day(text, min.as_ref(), max.as_ref())?.to_string(),
            Takes::Number { min, max, unit } => self.number(text, *min, *max, unit.as_deref())?,
            Takes::Choice { choices } => {
                let choice = choice(text, choices).ok_or(Complaint::Choice)?;
                self.flow.choice_for_agents(choice).to_owned()
            }
            Takes::Text { min, max } => words(text, *min, *max)?,
            // Words are better than no photo, where it may be left out.
            Takes::Photo if self.step.optional => words(text, 1, crate::faq::flow::MAX_TEXT)?,
            Takes::Photo => return Err(Complaint::Photo),
        };
        Ok((value, None))
    }

    fn day(&self, text: &str, min: Option<&Day>, max: Option<&Day>) -> Result<Date, Complaint> {
        let bound = |bound: Option<&Day>| bound.and_then(|bound| self.bound(bound));
        let days = Days { today: self.today, min: bound(min), max: bound(max) };
        let example = days.min.filter(|min| *min > days.today).or(days.max.filter(|max| *max < days.today));
        let said = day(text, &days).ok_or(Complaint::Day(example.unwrap_or(days.today)))?;
        match (days.min, days.max) {
            (Some(min), _) if said < min => Err(Complaint::TooEarly(min)),
            (_, Some(max)) if said > max => Err(Complaint::TooLate(max)),
            _ => Ok(said),
        }
    }

    fn bound(&self, bound: &Day) -> Option<Date> {
        match bound {
            Day::Today(offset) => days_after(self.today, *offset),
            Day::On(date) => Some(*date),
            Day::Of(step) => {
                let given = self.given.iter().find(|given| given.step == *step)?;
                parse_day(&given.pieces.first()?.value)
            }
        }
    }

    fn number(
        &self,
        text: &str,
        min: Option<f64>,
        max: Option<f64>,
        unit: Option<&str>,
    ) -> Result<String, Complaint> {
        let plain = number(text, unit, self.language)
            .ok_or_else(|| Complaint::Number { unit: unit.map(str::to_owned) })?;
        let value: f64 = plain.parse().map_err(|_| Complaint::Number { unit: unit.map(str::to_owned) })?;
        match (min, max) {
            (Some(min), _) if value < min => Err(Complaint::TooSmall(min.to_string())),
            (_, Some(max)) if value > max => Err(Complaint::TooLarge(max.to_string())),
            _ => Ok(unit.map_or_else(|| plain.clone(), |unit| format!("{plain} {unit}"))),
        }
    }

    /// Whether a text is an answer and nothing else: a number, or the number or title of a choice. A sentence that
    /// mentions a title says more than that.
    pub(super) fn is_answer_alone(&self, text: &str) -> bool {
        match &self.step.takes {
            // It is read only where nothing stands beside it that means something.
            Takes::Number { .. } => self.read_text(text, &self.step.takes).is_ok(),
            Takes::Choice { choices } => named(&fold(&latin_figures(text)), choices).is_some(),
            _ => false,
        }
    }
}

/// The choice whose number or title this is, in any language, or that a sentence mentions; through a typing error
/// where only one is near.
fn choice<'a>(text: &str, choices: &'a [StepChoice]) -> Option<&'a StepChoice> {
    let folded = fold(text);
    if let Some(choice) = named(&folded, choices) {
        return Some(choice);
    }
    if place(&folded).is_some() {
        return None;
    }
    let is_title = |word: &str| titled(choices, |title| title == word).is_some();
    let is_denied = folded.split(' ').any(|word| DENIALS.contains(&word) && !is_title(word));
    let is_plain = !is_denied && !text.contains('?');
    let padded = format!(" {folded} ");
    let letters: Vec<char> = folded.chars().take(MAX_TEXT_CHARS).collect();
    titled(choices, |title| is_plain && padded.contains(&format!(" {title} "))).or_else(|| {
        titled(choices, |title| {
            let title: Vec<char> = title.chars().collect();
            title.len() >= 5 && within_distance(&letters, &title, 1 + usize::from(title.len() >= 9))
        })
    })
}

/// The choice whose title or number a folded text is. A title first: it may be a number itself.
fn named<'a>(folded: &str, choices: &'a [StepChoice]) -> Option<&'a StepChoice> {
    titled(choices, |title| title == folded).or_else(|| choices.get(place(folded)?.checked_sub(1)?))
}

/// The only choice with a folded title that matches.
fn titled(choices: &[StepChoice], matches: impl Fn(&str) -> bool) -> Option<&StepChoice> {
    let mut near = choices.iter().filter(|choice| choice.title.values().any(|title| matches(&fold(title))));
    near.next().filter(|_| near.next().is_none())
}

/// The number that stands for a choice: `2`, `nr 2`.
fn place(folded: &str) -> Option<usize> {
    folded.strip_prefix("nr ").unwrap_or(folded).parse().ok()
}

/// The text with both kinds of Arabic figures as Latin ones.
fn latin_figures(text: &str) -> String {
    let latin = |letter: char| match letter {
        '٠'..='٩' => char::from_digit(letter as u32 - '٠' as u32, 10).unwrap_or(letter),
        '۰'..='۹' => char::from_digit(letter as u32 - '۰' as u32, 10).unwrap_or(letter),
        '٫' => '.',
        letter => letter,
    };
    text.chars().map(latin).collect()
}

fn words(text: &str, min: u32, max: u32) -> Result<String, Complaint> {
    let text = text.trim();
    let length = text.chars().count();
    if fold(text).is_empty() || length < min as usize {
        Err(Complaint::TooShort(min))
    } else if length > max as usize {
        Err(Complaint::TooLong(max))
    } else {
        Ok(text.to_owned())
    }
}

/// Whether it shows something: a picture, or a file, as which cameras' pictures are often sent.
pub(super) const fn is_photo(media: &Media) -> bool {
    matches!(media.kind, MediaKind::Image | MediaKind::Document)
}

/// A photo as an answer: the words below it, shortened.
pub(super) fn photo(media: &Media) -> Answer {
    let caption = media.caption.as_deref().map(str::trim).unwrap_or_default();
    let value = caption.chars().take(MAX_TEXT_CHARS).collect();
    (value, Some(Media { caption: None, ..media.clone() }))
}

/// The button of a choice.
pub(super) fn button(flow: &Flow<'_>, step: &Step, choice: &StepChoice, language: &str) -> Choice {
    let id = format!("flow:{}:{}:{}", flow.entry, step.id, choice.id);
    Choice { id, title: flow.choice(choice, language).to_owned() }
}

/// What a press means, if the button is one of this flow.
pub(super) fn press<'f>(flow: &Flow<'f>, id: &str) -> Option<Press<'f>> {
    let rest = id.strip_prefix("flow:")?.strip_prefix(flow.entry)?.strip_prefix(':')?;
    let (step, choice) = rest.split_once(':')?;
    let (_, step) = flow.step(step)?;
    let Takes::Choice { choices } = &step.takes else { return None };
    Some(Press { step, choice: choices.iter().find(|known| known.id == choice)? })
}
