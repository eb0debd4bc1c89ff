//! The `[crisis]` of a pack: what changes while a lead has the crisis switch on.
//!
//! Another greeting, the entries that come first, and how sure the bot has to be. Whether the switch is on is no
//! part of a pack.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::answer::is_blank;
use super::bidi::isolated;
use super::knowledge::MAX_BUTTONS;
use super::lint::{Finding, Severity};
use super::pack::{Block, Localized, Pack, PackError};

/// The longest greeting, in characters: who writes here and the links stand below it, and all of it above buttons.
pub const MAX_GREETING: usize = 500;
/// The least and the most that `answers_right` may promise.
pub const ANSWERS_RIGHT: std::ops::RangeInclusive<f32> = 0.5..=0.99;

/// What changes in a crisis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crisis {
    /// Line in the file, from 1; 0 when it did not come from a file.
    pub line: usize,
    /// Answers a bare greeting, above the words that say who writes here.
    pub greeting: Localized<String>,
    /// Entries that come first: as buttons under the greeting, and among choices.
    pub first: Vec<String>,
    /// Of the answers that the bot sends, this share is to be right; the usual promise where it is left out.
    pub answers_right: Option<f32>,
}

/// Reads a `[crisis]`.
pub(super) fn read(mut block: Block<'_>, languages: &[String]) -> Result<Crisis, PackError> {
    let crisis = Crisis {
        line: block.line(),
        greeting: block.texts("greeting")?,
        first: block.list("first")?,
        // A share with two digits.
        #[expect(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
        answers_right: block.number("answers_right")?.map(|share| share as f32),
    };
    block.check_languages(crisis.greeting.keys(), languages)?;
    block.finish()?;
    Ok(crisis)
}

/// A `[crisis]` as it is stored in compiled knowledge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredCrisis {
    pub(super) greeting: Localized<String>,
    pub(super) first: Vec<String>,
    /// From these chances on an answer is sent, and choices are offered.
    pub(super) thresholds: Option<(f32, f32)>,
}

/// What is wrong with a pack's `[crisis]` on the day `today`.
pub(super) fn lint(pack: &Pack, today: Date) -> Vec<Finding> {
    let Some(crisis) = &pack.crisis else { return Vec::new() };
    let mut findings = Vec::new();
    let mut found = |severity, reason: String| {
        findings.push(Finding { severity, line: crisis.line, entry: "crisis".to_owned(), reason });
    };
    for (position, language) in pack.languages.iter().enumerate() {
        if !crisis.greeting.contains_key(language) {
            let severity = if position == 0 { Severity::Error } else { Severity::Warning };
            found(severity, format!("no greeting in \"{language}\""));
        }
    }
    for (language, text) in &crisis.greeting {
        if is_blank(text) {
            found(Severity::Error, format!("greeting.{language} is blank; write it or leave it out"));
        }
        let length = isolated(text.trim(), language).chars().count();
        if length > MAX_GREETING {
            let reason = format!("greeting.{language} has {length} characters, {MAX_GREETING} are allowed");
            found(Severity::Error, reason);
        }
    }
    if crisis.first.len() > MAX_BUTTONS {
        found(Severity::Error, format!("{} entries come first, {MAX_BUTTONS} may", crisis.first.len()));
    }
    let mut seen = BTreeSet::new();
    for id in &crisis.first {
        if !seen.insert(id) {
            found(Severity::Error, format!("\"{id}\" stands twice in first"));
        }
        match pack.entries.iter().find(|entry| entry.id == *id) {
            None => found(Severity::Error, format!("\"{id}\" in first leads to no entry")),
            Some(entry) if entry.expires.is_some_and(|expires| expires < today) => {
                found(Severity::Warning, format!("\"{id}\" in first has expired"));
            }
            Some(_) => {}
        }
    }
    if crisis.answers_right.is_some_and(|share| !ANSWERS_RIGHT.contains(&share)) {
        let (least, most) = (ANSWERS_RIGHT.start(), ANSWERS_RIGHT.end());
        found(Severity::Error, format!("answers_right is a share from {least} to {most}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::pack::{PackErrorReason, parse};
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 22);
    const ENTRY: &str =
        "[[entry]]\nid = \"strike\"\nkind = \"faq\"\ntitle.de = \"Streik\"\nanswer.de = \"Ja.\"\n";

    fn pack(crisis: &str) -> Pack {
        let head = "[pack]\nid = \"kita\"\ntitle = \"Kita\"\nlanguages = [\"de\", \"en\"]\n";
        parse(&format!("{head}[crisis]\n{crisis}\n{ENTRY}expires = \"2026-11-21\"\n")).expect("it is a pack")
    }

    #[test]
    fn a_crisis_is_read_with_its_line() {
        let source = "greeting.de = \"Streik!\"\nfirst = [\"strike\"]\nanswers_right = 0.97";
        let expected = Crisis {
            line: 5,
            greeting: Localized::from([("de".to_owned(), "Streik!".to_owned())]),
            first: vec!["strike".to_owned()],
            answers_right: Some(0.97),
        };
        assert_eq!(pack(source).crisis, Some(expected));
    }

    #[test]
    fn a_greeting_in_a_language_that_the_pack_lacks_is_refused() {
        let source =
            "[pack]\nid = \"k\"\ntitle = \"K\"\nlanguages = [\"de\"]\n[crisis]\ngreeting.fr = \"Bonjour\"";
        let error = parse(source).expect_err("it is refused");
        assert_eq!((error.line, error.reason), (5, PackErrorReason::UnknownLanguage("fr".to_owned())));
    }

    #[test]
    fn each_mistake_is_found_and_named() {
        use Severity::{Error, Warning};
        let long = format!("greeting.de = \"{}\"\ngreeting.en = \"x\"", "ä".repeat(501));
        let rows = [
            ("no greeting", "greeting = {}".to_owned(), Error, "no greeting in \"de\""),
            ("half a greeting", "greeting.de = \"x\"".to_owned(), Warning, "no greeting in \"en\""),
            (
                "blank greeting",
                "greeting.de = \"x\"\ngreeting.en = \" \"".to_owned(),
                Error,
                "greeting.en is blank",
            ),
            ("long greeting", long, Error, "greeting.de has 501 characters, 500 are allowed"),
            (
                "four",
                "greeting.de = \"x\"\nfirst = [\"a\", \"b\", \"c\", \"d\"]".to_owned(),
                Error,
                "4 entries come first",
            ),
            (
                "unknown",
                "greeting.de = \"x\"\nfirst = [\"a\"]".to_owned(),
                Error,
                "\"a\" in first leads to no entry",
            ),
            (
                "twice",
                "greeting.de = \"x\"\nfirst = [\"strike\", \"strike\"]".to_owned(),
                Error,
                "stands twice",
            ),
            ("expired", "greeting.de = \"x\"\nfirst = [\"strike\"]".to_owned(), Warning, "has expired"),
            (
                "certain",
                "greeting.de = \"x\"\nanswers_right = 1.0".to_owned(),
                Error,
                "a share from 0.5 to 0.99",
            ),
        ];
        for (name, source, severity, reason) in rows {
            let findings = lint(&pack(&source), TODAY);
            let hit = |finding: &Finding| finding.severity == severity && finding.reason.contains(reason);
            assert!(findings.iter().any(hit), "{name}: {findings:?}");
            assert!(findings.iter().all(|finding| finding.line == 5), "{name}: {findings:?}");
        }
    }

    #[test]
    fn without_a_crisis_there_is_nothing_to_find() {
        assert_eq!(lint(&Pack::default(), TODAY), []);
    }
}
