//! Approved templates: the only words that some platforms take once their window is closed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The longest text of a template, in characters.
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components>
const MAX_TEXT_CHARS: usize = 1024;
/// The longest name. <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
const MAX_NAME_BYTES: usize = 512;

/// The templates of one account, by language of the organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Templates {
    /// Says that an answer to what the person asked is there, and asks them to write so that they get it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reply: BTreeMap<String, Template>,
    /// Says that there is something new, where no message of the person waits for an answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub follow_up: BTreeMap<String, Template>,
}

impl Templates {
    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reply.is_empty() && self.follow_up.is_empty()
    }
}

/// A template as the platform approved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name at the platform.
    pub name: TemplateName,
    /// The platform's code of its language, where that is not the organisation's (`en_GB`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its words, with our names for its numbered places.
    pub text: TemplateText,
}

/// Lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateName(String);

impl TemplateName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Words with places such as `{reference}`. The first name that occurs is the platform's `{{1}}`, the
/// next other one its `{{2}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateText(String);

/// What the places of a template are filled with.
#[derive(Clone, Copy, Debug)]
pub struct TemplateValues<'a> {
    /// `{reference}`: what the person was told, where there is a matter.
    pub reference: Option<&'a str>,
    /// `{organisation}`: its name.
    pub organisation: &'a str,
}

/// A template with its places filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledText {
    /// What the person reads.
    pub body: String,
    /// The values, in the platform's numbering.
    pub parameters: Vec<String>,
}

/// A part of a template's text.
enum Part<'a> {
    Words(&'a str),
    Place(&'a str),
}

impl TemplateText {
    /// The text with its places filled; `None` where there is no value for one of them.
    #[must_use]
    pub fn fill(&self, values: TemplateValues<'_>) -> Option<FilledText> {
        let mut places = Vec::new();
        let mut filled = FilledText { body: String::new(), parameters: Vec::new() };
        for part in parts(&self.0) {
            match part {
                Part::Words(words) => filled.body.push_str(words),
                Part::Place(place) => {
                    let value = values.get(place).filter(|value| !value.is_empty())?;
                    filled.body.push_str(&value);
                    if !places.contains(&place) {
                        places.push(place);
                        filled.parameters.push(value);
                    }
                }
            }
        }
        Some(filled)
    }
}

impl TemplateValues<'_> {
    /// The value of a place on one line: platforms refuse line breaks in it.
    fn get(&self, place: &str) -> Option<String> {
        let value = match place {
            "reference" => self.reference,
            "organisation" => Some(self.organisation),
            _ => None,
        };
        Some(value?.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Words and places in order. A brace that nothing closes is a word.
fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let place = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        if let Some((place, after)) = place {
            rest = after;
            return Some(Part::Place(place));
        }
        let end = rest.char_indices().skip(1).find(|(_, letter)| *letter == '{');
        let (words, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = after;
        Some(Part::Words(words))
    })
}

/// A template that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedTemplate {
    /// Not a name of the platform.
    #[error("{0:?} is no template name; write the one at the platform, such as \"answer_waiting\"")]
    Name(String),
    /// A place that nothing fills.
    #[error("nothing fills {{{0}}}; write {{reference}} or {{organisation}}")]
    Place(String),
    /// No words, or too many.
    #[error("a template has 1 to {MAX_TEXT_CHARS} characters; write its text as it was approved")]
    Length,
}

impl TryFrom<String> for TemplateName {
    type Error = MalformedTemplate;

    fn try_from(name: String) -> Result<Self, MalformedTemplate> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(allowed);
        if fits { Ok(Self(name)) } else { Err(MalformedTemplate::Name(name)) }
    }
}

impl From<TemplateName> for String {
    fn from(name: TemplateName) -> Self {
        name.0
    }
}

impl TryFrom<String> for TemplateText {
    type Error = MalformedTemplate;

    fn try_from(text: String) -> Result<Self, MalformedTemplate> {
        if text.trim().is_empty() || text.chars().nth(MAX_TEXT_CHARS).is_some() {
            return Err(MalformedTemplate::Length);
        }
        let known = |place: &str| matches!(place, "reference" | "organisation");
        let unknown = parts(&text).find_map(|part| match part {
            Part::Place(place) if !known(place) => Some(place.to_owned()),
            Part::Words(_) | Part::Place(_) => None,
        });
        unknown.map_or(Ok(Self(text)), |place| Err(MalformedTemplate::Place(place)))
    }
}

impl From<TemplateText> for String {
    fn from(text: TemplateText) -> Self {
        text.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALUES: TemplateValues<'_> =
        TemplateValues { reference: Some("GA-7Q4K"), organisation: "Amt\nMusterstadt" };

    fn filled(text: &str, values: TemplateValues<'_>) -> Option<(String, Vec<String>)> {
        let text = TemplateText::try_from(text.to_owned()).expect("a text");
        text.fill(values).map(|FilledText { body, parameters }| (body, parameters))
    }

    #[test]
    fn places_are_numbered_by_their_first_occurrence_and_filled_on_one_line() {
        let text = "{organisation}: zu {reference}, noch einmal {organisation} {";
        let body = "Amt Musterstadt: zu GA-7Q4K, noch einmal Amt Musterstadt {";
        let parameters = vec!["Amt Musterstadt".to_owned(), "GA-7Q4K".to_owned()];
        assert_eq!(filled(text, VALUES), Some((body.to_owned(), parameters)));
        assert_eq!(filled("Ohne Stelle", VALUES), Some(("Ohne Stelle".to_owned(), vec![])));
    }

    #[test]
    fn a_template_about_a_matter_needs_one() {
        let values = TemplateValues { reference: None, ..VALUES };
        assert_eq!(filled("Zu {reference}", values), None);
        assert!(filled("Von {organisation}", values).is_some());
    }

    #[test]
    fn what_no_platform_would_take_is_refused() {
        for (name, text, expected) in [
            ("unknown place", "Hallo {name}".to_owned(), MalformedTemplate::Place("name".to_owned())),
            ("numbered place", "Hallo {1}".to_owned(), MalformedTemplate::Place("1".to_owned())),
            ("blank", " \n".to_owned(), MalformedTemplate::Length),
            ("too long", "ä".repeat(1025), MalformedTemplate::Length),
        ] {
            assert_eq!(TemplateText::try_from(text), Err(expected), "{name}");
        }
        assert!(TemplateText::try_from("ä".repeat(1024)).is_ok());
        for name in ["", "Answer", "a-b", "ä"] {
            assert!(TemplateName::try_from(name.to_owned()).is_err(), "{name}");
        }
        assert!(TemplateName::try_from("answer_2".to_owned()).is_ok());
    }

    proptest! {
        #[test]
        fn no_word_of_a_template_is_lost(text in "[ab{} ]{1,40}") {
            let read: String = parts(&text).map(|part| match part {
                Part::Words(words) => words.to_owned(),
                Part::Place(place) => format!("{{{place}}}"),
            }).collect();
            prop_assert_eq!(read, text);
        }
    }
}
