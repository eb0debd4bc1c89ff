//! Examples about questions that were not answered well.

use super::super::questions::{
    ConfusionReport, EntryForQuestions, EntryReplies, PhrasingForQuestions, QuestionGroup, QuestionPage,
    Suggestion,
};
use crate::faq::confusion::{AlikePair, ConfusedPhrasing, ConfusionOutcome};
use crate::faq::edit::NewEntry;
use crate::time::UnixMillis;

/// 2026-03-02T09:00:00Z, a Monday morning.
const ASKED_AT: UnixMillis = UnixMillis(1_772_442_000_000);

/// The only page.
pub(super) fn question_page() -> QuestionPage {
    let group = QuestionGroup {
        id: "1772442000000".to_owned(),
        count: 17,
        unanswered: 12,
        torn: 4,
        not_helped: [("test-where".to_owned(), 1)].into(),
        languages: [("de".to_owned(), 16)].into(),
        first_at: ASKED_AT,
        last_at: ASKED_AT.plus_millis(3_600_000),
        examples: vec!["Kann ich mich auch sonntags testen lassen?".to_owned()],
        suggestion: Suggestion::Phrasing { entry: "test-where".to_owned(), chance: 0.5 },
        answered_by: None,
    };
    QuestionPage { groups: vec![group], next: None, total: 1, dropped: 0 }
}

/// What people said about one entry.
pub(super) fn entry_replies() -> EntryReplies {
    EntryReplies { entry: "test-where".to_owned(), helped: 31, not_helped: 4, last_at: ASKED_AT }
}

/// An example of the group, reworded.
pub(super) fn phrasing() -> PhrasingForQuestions {
    PhrasingForQuestions {
        entry: "test-where".to_owned(),
        language: "de".to_owned(),
        text: "Kann ich mich sonntags testen lassen?".to_owned(),
        based_on: 3,
    }
}

/// An entry that was missing.
pub(super) fn entry() -> EntryForQuestions {
    let german = |text: &str| [("de".to_owned(), text.to_owned())].into();
    let entry = NewEntry {
        id: "test-sunday".to_owned(),
        title: german("Testen am Sonntag"),
        answer: german("Sonntags ist das Testzentrum geschlossen."),
        phrasings: [("de".to_owned(), vec![phrasing().text])].into(),
        ..NewEntry::default()
    };
    EntryForQuestions { entry, based_on: 3 }
}

/// One phrasing that is answered wrongly, and the entries behind it.
pub(super) fn confusions() -> ConfusionReport {
    let (sunday, costs) = ("test-where".to_owned(), "test-cost".to_owned());
    let text = "Kostet der Test am Sonntag mehr?".to_owned();
    let confused = ConfusedPhrasing {
        entry: sunday.clone(),
        text: text.clone(),
        taken_for: costs.clone(),
        chance: 0.75,
        outcome: ConfusionOutcome::Answered,
    };
    let pair = AlikePair {
        entries: [sunday, costs],
        crossing: 3,
        of: 40,
        nearest: [text, "Was kostet der Test?".to_owned()],
        similarity: 0.5,
    };
    ConfusionReport { asked: 120, phrasings: vec![confused], pairs: vec![pair] }
}
