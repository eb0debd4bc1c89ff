//! What a group of questions might become: another phrasing of an entry, or an entry of its own.

use super::groups::Group;
use crate::faq::Verdict;
use crate::faq::knowledge::Knowledge;
use crate::time::UnixMillis;

/// An entry that is right with at least this chance is suggested.
const SUGGESTED_FROM: f32 = 0.2;

/// What the running texts make of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// The entry that would answer it by now.
    pub answered_by: Option<String>,
    /// The entry to which it may belong, with the chance that it does.
    pub nearest: Option<(String, f32)>,
}

/// Asks the running texts. An entry that answered most of these questions in vain is not suggested.
#[must_use]
pub fn outlook(group: &Group, knowledge: &Knowledge, now: UnixMillis) -> Outlook {
    let (answered_by, candidates) = match knowledge.ask(group.text(), now) {
        Verdict::Answer(candidate) => (Some(candidate.entry.clone()), vec![candidate]),
        Verdict::Offer { candidates } | Verdict::Unsure { candidates, .. } => (None, candidates),
        Verdict::RedFlag { .. } => (None, Vec::new()),
    };
    let in_vain = |entry: &String| group.not_helped.get(entry).is_some_and(|count| count * 2 > group.count());
    let nearest = candidates.into_iter().find(|it| it.confidence >= SUGGESTED_FROM && !in_vain(&it.entry));
    Outlook { answered_by, nearest: nearest.map(|it| (it.entry, it.confidence)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::pack;
    use crate::learning::groups::Groups;
    use crate::learning::{Cause, Question, Redacted};

    fn outlook_of(text: &str, cause: Cause) -> Outlook {
        let pack = pack::parse(include_str!("../conversation/tests/pack.toml")).expect("the pack is valid");
        let mut groups = Groups::default();
        let text = Redacted::question(text).expect("a question");
        groups.add(Question { text, language: None, cause, at: UnixMillis(0) }, 1);
        outlook(groups.get(1).expect("the group"), &Knowledge::compile(&pack), UnixMillis(0))
    }

    #[test]
    fn a_known_question_belongs_to_its_entry_unless_that_was_in_vain() {
        let known = "Wo kann ich mich testen lassen?";
        let unanswered = outlook_of(known, Cause::Unanswered);
        assert_eq!(unanswered.answered_by.as_deref(), Some("test-where"));
        assert_eq!(unanswered.nearest.map(|(entry, _)| entry).as_deref(), Some("test-where"));
        let in_vain = outlook_of(known, Cause::NotHelped { entry: "test-where".to_owned() });
        assert_eq!((in_vain.answered_by.as_deref(), in_vain.nearest), (Some("test-where"), None));
    }

    #[test]
    fn a_question_about_something_else_belongs_to_no_entry() {
        let outlook = outlook_of("Mein Nachbar hat gestern ein rotes Fahrrad gekauft", Cause::Unanswered);
        assert_eq!(outlook, Outlook::default());
    }
}
