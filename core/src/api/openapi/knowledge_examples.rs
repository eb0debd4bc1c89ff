//! Examples about the approved texts.

use super::super::knowledge::{
    CrisisSwitch, NewCrisis, NewPack, NewRollback, PackDraft, PackHistory, PackInEffect, PackReport,
    PackVersion, PackWithSource, Preview, PreviewAnswer, PreviewCandidate, PreviewQuestion, PreviewVerdict,
    PublishedPack, TurnedCrisis,
};
use crate::faq::lint::{Finding, Severity};
use crate::time::UnixMillis;

/// 2026-03-02T09:00:00Z.
const PUBLISHED_AT: UnixMillis = UnixMillis(1_772_442_000_000);
const SOURCE: &str = "[pack]\nid = \"gesundheitsamt\"\n…";

fn version() -> PackVersion {
    PackVersion {
        version: 3,
        author: Some("Mia Sommer".to_owned()),
        at: Some(PUBLISHED_AT),
        note: Some("Maskenpflicht endet heute".to_owned()),
        brings_back: None,
    }
}

fn finding() -> Finding {
    let reason = "4 phrasings in \"de\"; 5 or more are found better".to_owned();
    Finding { severity: Severity::Warning, line: 667, entry: "masks".to_owned(), reason }
}

fn crisis() -> CrisisSwitch {
    CrisisSwitch {
        on: true,
        author: Some("Mia Sommer".to_owned()),
        at: Some(PUBLISHED_AT),
        note: Some("Pressekonferenz".to_owned()),
    }
}

/// What is in effect.
pub(super) fn in_effect() -> PackInEffect {
    let findings = vec![finding()];
    PackInEffect {
        version: version(),
        source: SOURCE.to_owned(),
        crisis: crisis(),
        findings,
        on_its_way: false,
    }
}

/// A pack to check.
pub(super) fn draft() -> PackDraft {
    PackDraft { source: SOURCE.to_owned() }
}

/// What was found in it.
pub(super) fn report() -> PackReport {
    PackReport::new(vec![finding()])
}

/// A text to try.
pub(super) fn question() -> PreviewQuestion {
    PreviewQuestion { text: "Muss ich noch Maske tragen?".to_owned(), source: None }
}

/// What would be answered.
pub(super) fn preview() -> PreviewAnswer {
    let title = "Maskenpflicht".to_owned();
    let candidate = PreviewCandidate { entry: "masks".to_owned(), title, score: 0.97 };
    let now = Preview {
        verdict: PreviewVerdict::Answer,
        reads: vec!["Seit heute gilt keine Maskenpflicht mehr.\n\nStand: 02.03.2026".to_owned()],
        choices: Vec::new(),
        language: Some("de".to_owned()),
        score: candidate.score,
        sure_from: 0.8,
        candidates: vec![candidate],
        red_flag: None,
    };
    PreviewAnswer { now, after: None }
}

/// A pack to publish.
pub(super) fn new_pack() -> NewPack {
    NewPack { source: SOURCE.to_owned(), based_on: 2, note: version().note }
}

/// It, once it was published.
pub(super) fn published() -> PublishedPack {
    PublishedPack { version: version(), on_its_way: false, findings: vec![finding()] }
}

/// What was published.
pub(super) fn history() -> PackHistory {
    PackHistory { versions: vec![version(), PackVersion::bundled()], crisis: vec![crisis()] }
}

/// One of them.
pub(super) fn with_source() -> PackWithSource {
    PackWithSource { version: version(), source: SOURCE.to_owned() }
}

/// A version to bring back.
pub(super) fn rollback() -> NewRollback {
    NewRollback { to: 0, based_on: 3, note: Some("Maskenpflicht gilt doch weiter".to_owned()) }
}

/// The switch, to be turned on.
pub(super) fn new_crisis() -> NewCrisis {
    NewCrisis { on: true, note: crisis().note }
}

/// It, once it was turned.
pub(super) fn turned() -> TurnedCrisis {
    TurnedCrisis { crisis: crisis(), on_its_way: false }
}
