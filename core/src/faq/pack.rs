//! Knowledge packs: what an organisation writes, as TOML, and its typed form.
//!
//! Reading is strict: an unknown field, a date that is none or a language that the pack does not
//! declare is an error with its line. Whether a well-formed pack is also a *good* one is for
//! [`super::lint`] to say.

mod block;
mod read;

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

pub(super) use block::{Block, integer, number};
pub(super) use read::line_of;
pub use read::parse;

use super::crisis::Crisis;
use super::flow::Step;

/// One value per language, by language tag.
pub type Localized<T> = BTreeMap<String, T>;

/// A knowledge pack. The first language is the default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pack {
    /// The pack's name among packs.
    pub id: String,
    /// The organisation or topic, as people call it.
    pub title: String,
    /// Language tags; the first is the default.
    pub languages: Vec<String>,
    /// Emergencies.
    pub red_flags: Vec<RedFlag>,
    /// Everything that can be answered.
    pub entries: Vec<Entry>,
    /// What changes in a crisis.
    pub crisis: Option<Crisis>,
}

impl Pack {
    /// The language that every text must exist in.
    #[must_use]
    pub fn default_language(&self) -> &str {
        self.languages.first().map_or("", String::as_str)
    }
}

/// An emergency: phrases that fire it, look-alikes that do not, and what is said at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RedFlag {
    /// Line in the file, from 1; 0 when the rule did not come from a file.
    pub line: usize,
    /// The rule's name.
    pub id: String,
    /// Words that fire it, in order.
    pub phrases: Localized<Vec<String>>,
    /// Words that do not, although they resemble a phrase.
    pub except: Localized<Vec<String>>,
    /// The emergency text.
    pub answer: Localized<String>,
}

/// One thing that can be answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Line in the file, from 1; 0 when the entry did not come from a file.
    pub line: usize,
    /// The entry's name.
    pub id: String,
    /// What sort of entry it is.
    pub kind: EntryKind,
    /// Stands on a button.
    pub title: Localized<String>,
    /// Where the answer comes from.
    pub source: Option<String>,
    /// When the answer was checked last.
    pub as_of: Option<AsOf>,
    /// The last day on which it may be served.
    pub expires: Option<Date>,
    /// The approved text.
    pub answer: Localized<String>,
    /// How people ask for it.
    pub phrasings: Localized<Vec<String>>,
    /// A place that belongs to the answer.
    pub location: Option<Location>,
    /// Media that belong to the answer.
    pub media: Option<EntryMedia>,
    /// Entries offered after the answer, by id.
    pub buttons: Vec<String>,
    /// The questions of a flow.
    pub steps: Vec<Step>,
}

/// What sort of entry it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A question with a lasting answer.
    #[default]
    Faq,
    /// The state of things, which ages: needs a date and a source.
    Status,
    /// Where something is.
    Address,
    /// Questions to the person; what they answer goes to a human.
    Flow,
}

/// When an answer was checked: a day, or a minute of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The day.
    pub date: Date,
    /// The time of day, where it matters.
    pub time: Option<Time>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
    /// What is there.
    pub name: String,
    /// Where it is in words.
    pub address: String,
}

/// Media behind a public link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryMedia {
    /// What it is.
    pub kind: EntryMediaKind,
    /// `https` link.
    pub link: String,
    /// The words under it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub caption: Localized<String>,
}

/// Kinds of media that an answer can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryMediaKind {
    /// A picture.
    Image,
    /// A clip.
    Video,
    /// A sound file.
    Audio,
    /// Any other file, such as a leaflet.
    Document,
}

/// Why a file is not a pack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}", entry.as_ref().map(|id| format!(" (\"{id}\")")).unwrap_or_default())]
pub struct PackError {
    /// Line in the file, from 1.
    pub line: usize,
    /// The entry or red flag it concerns, as far as it has a name.
    pub entry: Option<String>,
    /// What is wrong.
    pub reason: PackErrorReason,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackErrorReason {
    /// Not TOML, an unknown or missing field, or a value of the wrong type.
    #[error("{0}")]
    Syntax(String),
    /// Not `2026-11-20`, nor (for `as_of`) `2026-11-20T14:30`.
    #[error("{field} = \"{value}\" is not a date such as 2026-11-20")]
    Date {
        /// The field.
        field: &'static str,
        /// What stands there.
        value: String,
    },
    /// The pack declares no language at all.
    #[error("languages is empty; the first language is the default")]
    NoLanguage,
    /// A text in a language that the pack does not declare.
    #[error("language \"{0}\" is not among the pack's languages")]
    UnknownLanguage(String),
    /// Latitude or longitude out of range.
    #[error("no place on earth has latitude {latitude} and longitude {longitude}")]
    Coordinates {
        /// As written.
        latitude: String,
        /// As written.
        longitude: String,
    },
    /// A step of a flow that makes no sense.
    #[error("step \"{step}\": {detail}")]
    Step {
        /// The step.
        step: String,
        /// What is wrong.
        detail: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACK: &str = r#"[pack]
id = "bad"
title = "Freibad"
languages = ["de", "en"]

[[red_flag]]
id = "drowning"
phrases.de = ["ertrinkt"]
except.de = ["ertrinkt in Arbeit"]
answer.de = "Rufen Sie 112."

[[entry]]
id = "hours"
kind = "status"
title.de = "Öffnungszeiten"
title.en = "Opening hours"
source = "https://bad.example"
as_of = "2026-11-20T14:30"
expires = "2027-01-31"
answer.de = """
Täglich 8 bis 20 Uhr."""
phrasings.de = ["Wann habt ihr offen?"]
phrasings.en = ["When are you open?"]
location = { latitude = 48.1, longitude = 11.5, name = "Freibad", address = "Badstraße 1" }
media = { kind = "image", link = "https://bad.example/plan.png", caption.de = "Plan" }
buttons = ["prices"]
"#;

    #[test]
    fn a_full_pack_is_read_field_by_field() {
        let pack = parse(PACK).expect("the pack is well-formed");
        assert_eq!((pack.id.as_str(), pack.default_language()), ("bad", "de"));
        assert_eq!((pack.red_flags[0].line, pack.entries[0].line), (6, 12));
        let entry = &pack.entries[0];
        assert_eq!(entry.kind, EntryKind::Status);
        assert_eq!(entry.answer["de"], "Täglich 8 bis 20 Uhr.");
        assert_eq!(entry.as_of.map(|at| (at.date.day(), at.time.map(Time::minute))), Some((20, Some(30))));
        assert_eq!(entry.expires, Some(jiff::civil::date(2027, 1, 31)));
        assert_eq!(entry.media.as_ref().map(|media| media.caption["de"].as_str()), Some("Plan"));
        assert_eq!(entry.buttons, ["prices"]);
    }

    #[test]
    fn mistakes_are_named_with_line_and_entry() {
        let rows = [
            ("unknown field", "kind = \"status\"", "kind = \"status\"\ncolour = 1", 15, "unknown field"),
            ("unknown kind", "\"status\"", "\"state\"", 14, "unknown variant"),
            ("no such day", "2027-01-31", "2027-02-31", 19, "expires = \"2027-02-31\""),
            ("time in expires", "2027-01-31", "2027-01-31T10:00", 19, "expires"),
            ("no such time", "T14:30", "T25:00", 18, "as_of"),
            ("undeclared language", "title.en", "title.fr", 12, "\"fr\""),
            ("off the map", "48.1", "98.1", 24, "latitude 98.1"),
            ("number for text", "source = \"https://bad.example\"", "source = 1", 17, "invalid type"),
        ];
        for (name, from, to, line, reason) in rows {
            let failure = parse(&PACK.replacen(from, to, 1)).expect_err(name);
            assert_eq!((failure.line, failure.entry.as_deref()), (line, Some("hours")), "{name}: {failure}");
            assert!(failure.to_string().contains(reason), "{name}: {failure}");
        }
    }

    #[test]
    fn broken_toml_is_named_with_its_line() {
        let failure = parse("[pack]\nid = \"a\"\ntitle = \n").expect_err("not TOML");
        assert_eq!((failure.line, failure.entry), (3, None));
    }

    #[test]
    fn a_pack_without_language_is_refused() {
        let failure = parse(&PACK.replacen(r#"["de", "en"]"#, "[]", 1)).expect_err("no language");
        assert_eq!(failure.reason, PackErrorReason::NoLanguage);
    }
}
