//! From a text to a pack that may be published, or to what is wrong with it.

use crate::faq::answer::day_of;
use crate::faq::lint::{Finding, Severity, lint};
use crate::faq::pack::{Pack, parse};
use crate::time::UnixMillis;

/// What a text came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Everything that was found, in the order of the file.
    pub findings: Vec<Finding>,
    /// The pack, where no finding is an error.
    pub pack: Option<Pack>,
}

/// Reads and checks a pack that is to take the place of the pack `id`: another organisation's file is refused,
/// however sound it is.
#[must_use]
pub fn read(source: &str, id: &str, now: UnixMillis) -> Draft {
    let pack = match parse(source) {
        Ok(pack) => pack,
        Err(error) => {
            let (line, entry, reason) =
                (error.line, error.entry.unwrap_or_default(), error.reason.to_string());
            let finding = Finding { severity: Severity::Error, line, entry, reason };
            return Draft { findings: vec![finding], pack: None };
        }
    };
    let mut findings = lint(&pack, day_of(now));
    if pack.id != id {
        let reason = format!("this is the pack \"{}\", and lotse answers from \"{id}\" here", pack.id);
        findings.insert(0, Finding { severity: Severity::Error, line: 1, entry: String::new(), reason });
    }
    let is_sound = findings.iter().all(|finding| finding.severity != Severity::Error);
    Draft { findings, pack: is_sound.then_some(pack) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_780_000_000_000);
    const HEAD: &str = "[pack]\nid = \"pool\"\ntitle = \"Freibad\"\nlanguages = [\"de\"]\n";
    const ENTRY: &str =
        "[[entry]]\nid = \"hours\"\nkind = \"status\"\ntitle.de = \"Zeiten\"\nanswer.de = \"Ab 8.\"\n";

    #[test]
    fn only_a_pack_without_errors_may_be_published() {
        let dated = format!("{HEAD}{ENTRY}as_of = \"2026-05-01\"\nsource = \"bad.example\"\n");
        let misspelt = format!("{HEAD}{ENTRY}sauce = \"bad.example\"\n");
        let rows = [
            ("sound", dated.clone(), true, 5, "phrasings"),
            (
                "no source",
                format!("{HEAD}{ENTRY}as_of = \"2026-05-01\"\n"),
                false,
                5,
                "needs as_of and source",
            ),
            (
                "no date",
                format!("{HEAD}{ENTRY}source = \"bad.example\"\n"),
                false,
                5,
                "needs as_of and source",
            ),
            ("no pack", "Guten Tag".to_owned(), false, 1, "key"),
            ("an unknown field", misspelt, false, 10, "unknown field"),
            (
                "another organisation",
                dated.replace("\"pool\"", "\"shop\""),
                false,
                1,
                "this is the pack \"shop\"",
            ),
        ];
        for (name, source, is_sound, line, reason) in rows {
            let Draft { findings, pack } = read(&source, "pool", NOW);
            assert_eq!(pack.is_some(), is_sound, "{name}: {findings:?}");
            let hit = |finding: &Finding| finding.line == line && finding.reason.contains(reason);
            assert!(findings.iter().any(hit), "{name}: {findings:?}");
        }
    }

    #[test]
    fn a_mistake_in_the_text_names_its_entry() {
        let finding = read(&format!("{HEAD}{ENTRY}as_of = \"gestern\"\n"), "pool", NOW).findings.remove(0);
        assert_eq!((finding.severity, finding.line, finding.entry.as_str()), (Severity::Error, 10, "hours"));
    }
}
