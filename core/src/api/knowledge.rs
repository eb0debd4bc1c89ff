//! What goes over the wire about the approved texts: versions of the pack, drafts, previews, the crisis switch.

use serde::{Deserialize, Serialize};

use crate::faq::knowledge::Knowledge;
use crate::faq::lint::{Finding, Severity};
use crate::time::UnixMillis;

/// The longest note on a version or on the crisis switch, in characters.
pub const NOTE_MAX_CHARACTERS: usize = 200;
/// The longest text that a preview takes, in characters: as much as is ever looked at.
pub const PREVIEW_MAX_CHARACTERS: usize = 2_000;

/// The approved texts that are in effect, and their source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PackInEffect {
    /// Which version it is.
    #[serde(flatten)]
    pub version: PackVersion,
    /// The pack as its author wrote it: TOML.
    pub source: String,
    /// The crisis switch.
    pub crisis: CrisisSwitch,
    /// What the check has to say about it today.
    pub findings: Vec<Finding>,
    /// Whether this state still has to reach the storage that everybody reads; it is repeated until it has.
    pub on_its_way: bool,
}

/// A version of the pack, without its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PackVersion {
    /// Its number; 0 is the pack that came with the program.
    pub version: u64,
    /// Who published it; absent for version 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was published; absent for version 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMillis>,
    /// What changed, in the author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The version whose source it brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brings_back: Option<u64>,
}

impl PackVersion {
    /// The pack that came with the program.
    #[must_use]
    pub const fn bundled() -> Self {
        Self { version: 0, author: None, at: None, note: None, brings_back: None }
    }
}

/// A version of the pack with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PackWithSource {
    /// Which version it is.
    #[serde(flatten)]
    pub version: PackVersion,
    /// The pack as its author wrote it: TOML.
    pub source: String,
}

/// What was published and switched, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PackHistory {
    /// The versions, down to 0.
    pub versions: Vec<PackVersion>,
    /// How the crisis switch was turned.
    pub crisis: Vec<CrisisSwitch>,
}

/// How the crisis switch stands, or stood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct CrisisSwitch {
    /// Whether the pack's `[crisis]` is in effect.
    pub on: bool,
    /// Who turned it; absent where nobody ever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<UnixMillis>,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A pack to check. Nothing is published by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PackDraft {
    /// The pack: TOML.
    pub source: String,
}

/// What the check of a pack has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PackReport {
    /// Whether it could be published: no finding is an error.
    pub publishable: bool,
    /// Everything that was found, in the order of the file.
    pub findings: Vec<Finding>,
}

impl PackReport {
    /// The report on these findings.
    #[must_use]
    pub fn new(findings: Vec<Finding>) -> Self {
        Self { publishable: findings.iter().all(|finding| finding.severity != Severity::Error), findings }
    }
}

/// A text to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PreviewQuestion {
    /// What a person would write, 1 to 2,000 characters.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(min = 1, max = PREVIEW_MAX_CHARACTERS)))]
    pub text: String,
    /// A pack that is not published: what would it answer?
    #[serde(default)]
    pub source: Option<String>,
}

/// What would be answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PreviewAnswer {
    /// As things are.
    pub now: Preview,
    /// With the pack that came along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Preview>,
}

/// What lotse would do about a text, from somebody whom it met before and who waits for nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Preview {
    /// What lotse makes of it.
    pub verdict: PreviewVerdict,
    /// What the person would read, word for word; nothing where the bot would keep silent. References and times
    /// are those of this moment.
    pub reads: Vec<String>,
    /// The choices below it.
    pub choices: Vec<String>,
    /// The language that was recognised, in which it is answered.
    pub language: Option<String>,
    /// The chance that the first entry is right, 0 to 1.
    pub score: f32,
    /// From which chance on the first entry is sent as the answer.
    pub sure_from: f32,
    /// The nearest entries, the best first.
    pub candidates: Vec<PreviewCandidate>,
    /// The emergency rule that fires.
    pub red_flag: Option<String>,
}

/// What lotse makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PreviewVerdict {
    /// An emergency: its text at once.
    RedFlag,
    /// Sure: the answer.
    Answer,
    /// Torn: up to three choices and a human.
    Offer,
    /// A human.
    Human,
    /// Nothing to look up: the bot greets, confirms or keeps silent.
    OwnWords,
}

/// An entry that might be meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PreviewCandidate {
    /// The entry's id.
    pub entry: String,
    /// What stands on its button.
    pub title: String,
    /// The chance that it is right, 0 to 1.
    pub score: f32,
}

/// A pack to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPack {
    /// The pack: TOML.
    pub source: String,
    /// The version that the author changed. If it is no longer in effect, nothing is published.
    pub based_on: u64,
    /// What changed, for colleagues, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(max = NOTE_MAX_CHARACTERS)))]
    pub note: Option<String>,
}

/// A version to bring back, as a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRollback {
    /// The version whose source comes back.
    pub to: u64,
    /// The version that the author saw in effect. If it no longer is, nothing changes.
    pub based_on: u64,
    /// Why, for colleagues, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(max = NOTE_MAX_CHARACTERS)))]
    pub note: Option<String>,
}

/// What came of publishing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct PublishedPack {
    /// The new version.
    #[serde(flatten)]
    pub version: PackVersion,
    /// Whether it still has to reach the storage that everybody reads; it is repeated until it has. Otherwise it
    /// is in effect everywhere within a minute.
    pub on_its_way: bool,
    /// What the check has to say, none of it an error.
    pub findings: Vec<Finding>,
}

/// How the crisis switch is to stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCrisis {
    /// Whether the pack's `[crisis]` takes effect.
    pub on: bool,
    /// Why, for colleagues, at most 200 characters.
    #[serde(default)]
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(max = NOTE_MAX_CHARACTERS)))]
    pub note: Option<String>,
}

/// The crisis switch after it was turned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct TurnedCrisis {
    /// How it stands.
    #[serde(flatten)]
    pub crisis: CrisisSwitch,
    /// Whether this still has to reach the storage that everybody reads; it is repeated until it has.
    pub on_its_way: bool,
}

/// A note as it is kept: trimmed, and absent where it says nothing.
///
/// # Errors
/// What to do about one that is too long.
pub fn kept_note(note: Option<&str>) -> Result<Option<String>, String> {
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    match note {
        Some(note) if note.chars().count() > NOTE_MAX_CHARACTERS => {
            Err(format!("note has at most {NOTE_MAX_CHARACTERS} characters"))
        }
        note => Ok(note.map(str::to_owned)),
    }
}

impl PreviewCandidate {
    /// A candidate with the title that people read.
    #[must_use]
    pub fn new(candidate: &crate::faq::Candidate, knowledge: &Knowledge, now: UnixMillis) -> Self {
        let crate::faq::Candidate { entry, language, confidence } = candidate;
        let title = knowledge.title(entry, language, now).unwrap_or(entry);
        Self { entry: entry.clone(), title: title.to_owned(), score: *confidence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_kept_without_the_air_around_it() {
        let long = "ä".repeat(NOTE_MAX_CHARACTERS);
        let rows = [
            ("none", None, Ok(None)),
            ("blank", Some("  \n"), Ok(None)),
            ("with air", Some(" Maske fällt weg "), Ok(Some("Maske fällt weg".to_owned()))),
            ("as long as may be", Some(long.as_str()), Ok(Some(long.clone()))),
        ];
        for (name, note, expected) in rows {
            assert_eq!(kept_note(note), expected, "{name}");
        }
        assert!(kept_note(Some(&format!("{long}ä"))).is_err());
    }
}
