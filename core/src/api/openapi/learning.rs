//! Examples about questions that were not answered well.

use super::super::questions::{EntryReplies, QuestionGroup, QuestionPage, Suggestion};
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
