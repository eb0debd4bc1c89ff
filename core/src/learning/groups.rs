//! Questions that were not answered well, grouped by likeness, as they come in.
//!
//! A question joins the group whose first example it is most like, or begins one. Work and room are bounded:
//! there are at most [`MOST_GROUPS`] groups with [`MOST_EXAMPLES`] examples each. When there is no more room, the
//! group with the fewest questions goes, of those the one that was asked about longest ago.
//! Must not know how groups are stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::likeness::{ALIKE, Shape};
use super::{Cause, Question, Redacted};
use crate::order::gathered;
use crate::time::UnixMillis;

/// The most groups.
pub const MOST_GROUPS: usize = 2_000;
/// The most examples of a group.
pub const MOST_EXAMPLES: usize = 5;

/// Questions that are alike. Stored: a field may be added with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id, never used again.
    pub id: u64,
    /// A lead does not want to see it.
    #[serde(default)]
    pub is_ignored: bool,
    /// Questions that no entry answers.
    pub unanswered: u64,
    /// Questions of which no offered entry was picked.
    pub torn: u64,
    /// Questions that were answered in vain, by the entry that answered.
    pub not_helped: BTreeMap<String, u64>,
    /// How many in which language, as far as known.
    pub languages: BTreeMap<String, u64>,
    /// When the first came in.
    pub first_at: UnixMillis,
    /// When the last came in.
    pub last_at: UnixMillis,
    /// Different ways to ask, at least one; others are compared with the first.
    pub examples: Vec<Example>,
}

/// How somebody asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The words.
    pub text: Redacted,
    /// When somebody last said so.
    pub at: UnixMillis,
}

/// All groups.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    members: BTreeMap<u64, (Group, Shape)>,
}

/// What has to be stored anew, and what not any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Groups that are new or changed.
    pub changed: Vec<u64>,
    /// Groups that are gone.
    pub gone: Vec<u64>,
}

impl Group {
    /// How many questions are in it.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.unanswered + self.torn + self.not_helped.values().sum::<u64>()
    }

    /// How somebody asked first: what others are compared with.
    #[must_use]
    pub fn text(&self) -> &str {
        self.examples.first().map_or("", |example| example.text.as_str())
    }

    fn new(id: u64, at: UnixMillis) -> Self {
        Self {
            id,
            is_ignored: false,
            unanswered: 0,
            torn: 0,
            not_helped: BTreeMap::new(),
            languages: BTreeMap::new(),
            first_at: at,
            last_at: at,
            examples: Vec::new(),
        }
    }

    fn take(&mut self, question: Question) {
        match question.cause {
            Cause::Unanswered => self.unanswered += 1,
            Cause::Torn => self.torn += 1,
            Cause::NotHelped { entry } => *self.not_helped.entry(entry).or_default() += 1,
        }
        if let Some(language) = question.language {
            *self.languages.entry(language).or_default() += 1;
        }
        self.first_at = self.first_at.min(question.at);
        self.last_at = self.last_at.max(question.at);
        match self.examples.iter_mut().find(|example| example.text == question.text) {
            Some(known) => known.at = known.at.max(question.at),
            None => {
                if self.examples.len() >= MOST_EXAMPLES {
                    self.examples.remove(1);
                }
                self.examples.push(Example { text: question.text, at: question.at });
            }
        }
    }
}

impl Groups {
    /// The groups that were stored.
    #[must_use]
    pub fn restore(groups: impl IntoIterator<Item = Group>) -> Self {
        let shaped = |group: Group| (group.id, (Shape::new(group.text()), group));
        let members = groups.into_iter().map(shaped).map(|(id, (shape, group))| (id, (group, shape)));
        Self { members: gathered(members) }
    }

    /// All groups, in the order in which they began.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.members.values().map(|(group, _)| group)
    }

    /// The group with this id.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&Group> {
        self.members.get(&id).map(|(group, _)| group)
    }

    /// Puts a question into its group. `new_id` is the id of a new group unless it is taken.
    pub fn add(&mut self, question: Question, new_id: u64) -> Change {
        let shape = Shape::new(question.text.as_str());
        let alike = self.members.iter().map(|(id, (_, other))| (shape.likeness(other), *id));
        let nearest = alike.max_by(|left, right| left.0.total_cmp(&right.0));
        if let Some((_, id)) = nearest.filter(|(likeness, _)| *likeness >= ALIKE) {
            if let Some((group, _)) = self.members.get_mut(&id) {
                group.take(question);
            }
            return Change { changed: vec![id], gone: Vec::new() };
        }
        let gone = if self.members.len() >= MOST_GROUPS { self.drop_least() } else { None };
        let after_all = self.members.keys().next_back().map_or(0, |last| last + 1);
        let id = new_id.max(after_all);
        let mut group = Group::new(id, question.at);
        group.take(question);
        self.members.insert(id, (group, shape));
        Change { changed: vec![id], gone: gone.into_iter().collect() }
    }

    fn drop_least(&mut self) -> Option<u64> {
        let least = self.iter().min_by_key(|group| (group.count(), group.last_at)).map(|group| group.id)?;
        self.members.remove(&least).map(|_| least)
    }

    /// Hides a group and whatever is like it from now on. False where there is none.
    pub fn ignore(&mut self, id: u64) -> bool {
        self.members.get_mut(&id).map(|(group, _)| group.is_ignored = true).is_some()
    }

    /// Removes a group that was dealt with: like questions begin a new one. False where there is none.
    pub fn remove(&mut self, id: u64) -> bool {
        self.members.remove(&id).is_some()
    }

    /// Forgets what nobody said since `before`.
    pub fn forget(&mut self, before: UnixMillis) -> Change {
        let mut change = Change::default();
        for (id, (group, shape)) in &mut self.members {
            let known = group.examples.len();
            group.examples.retain(|example| example.at >= before);
            if group.examples.is_empty() {
                change.gone.push(*id);
            } else if group.examples.len() < known {
                *shape = Shape::new(group.text());
                change.changed.push(*id);
            }
        }
        self.members.retain(|_, (group, _)| !group.examples.is_empty());
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, cause: Cause, at: i64) -> Question {
        let text = Redacted::question(text).expect("a question");
        Question { text, language: Some("de".to_owned()), cause, at: UnixMillis(at) }
    }

    fn unanswered(text: &str, at: i64) -> Question {
        asked(text, Cause::Unanswered, at)
    }

    fn texts(groups: &Groups) -> Vec<(String, u64)> {
        groups.iter().map(|group| (group.text().to_owned(), group.count())).collect()
    }

    #[test]
    fn like_questions_meet_and_others_do_not() {
        let mut groups = Groups::default();
        for (at, text) in [
            "Wann kommt die Müllabfuhr?",
            "wann kommt denn heute die muellabfuhr",
            "Kommt die Müllabfuhr heute?",
            "Wo kann ich parken?",
            "Wo kann ich schlafen?",
            "When does the garbage truck come?",
        ]
        .into_iter()
        .enumerate()
        {
            groups.add(unanswered(text, at as i64), 1);
        }
        assert_eq!(
            texts(&groups),
            [
                ("Wann kommt die Müllabfuhr?".to_owned(), 3),
                ("Wo kann ich parken?".to_owned(), 1),
                ("Wo kann ich schlafen?".to_owned(), 1),
                ("When does the garbage truck come?".to_owned(), 1),
            ]
        );
    }

    #[test]
    fn a_group_counts_causes_languages_and_days() {
        let mut groups = Groups::default();
        let not_helped = Cause::NotHelped { entry: "garbage".to_owned() };
        let text = "Wann kommt die Müllabfuhr?";
        for (cause, at) in
            [(Cause::Unanswered, 5), (Cause::Torn, 3), (not_helped.clone(), 9), (not_helped, 8)]
        {
            let change = groups.add(asked(text, cause, at), 7);
            assert_eq!(change, Change { changed: vec![7], gone: vec![] });
        }
        let group = groups.get(7).expect("the group");
        assert_eq!((group.unanswered, group.torn, group.not_helped["garbage"], group.count()), (1, 1, 2, 4));
        assert_eq!((group.languages["de"], group.first_at, group.last_at), (4, UnixMillis(3), UnixMillis(9)));
        let text = Redacted::question(text).expect("a question");
        assert_eq!(group.examples, [Example { text, at: UnixMillis(9) }]);
    }

    #[test]
    fn the_newest_examples_stay_and_the_first_is_what_others_are_compared_with() {
        let mut groups = Groups::default();
        for at in 0..8 {
            groups.add(unanswered(&format!("Wann kommt die Müllabfuhr {}?", "!".repeat(at)), at as i64), 1);
        }
        let group = groups.get(1).expect("the group");
        let days: Vec<i64> = group.examples.iter().map(|example| example.at.0).collect();
        assert_eq!((days, group.count()), (vec![0, 4, 5, 6, 7], 8));
    }

    #[test]
    fn an_ignored_group_takes_what_is_like_it_and_a_removed_one_does_not() {
        let mut groups = Groups::default();
        groups.add(unanswered("Wann kommt die Müllabfuhr?", 1), 1);
        assert!(groups.ignore(1) && !groups.ignore(2));
        groups.add(unanswered("Wann kommt die Müllabfuhr heute?", 2), 2);
        assert_eq!(groups.get(1).map(|group| (group.is_ignored, group.count())), Some((true, 2)));
        assert!(groups.remove(1) && !groups.remove(1));
        groups.add(unanswered("Wann kommt die Müllabfuhr?", 3), 3);
        assert_eq!(groups.get(3).map(|group| (group.is_ignored, group.count())), Some((false, 1)));
    }

    #[test]
    fn what_nobody_said_for_long_is_forgotten() {
        let mut groups = Groups::default();
        groups.add(unanswered("Wann kommt die Müllabfuhr?", 1), 1);
        groups.add(unanswered("Wann kommt die Müllabfuhr heute?", 9), 2);
        groups.add(unanswered("Wo kann ich parken?", 2), 3);
        assert_eq!(groups.forget(UnixMillis(5)), Change { changed: vec![1], gone: vec![3] });
        assert_eq!(texts(&groups), [("Wann kommt die Müllabfuhr heute?".to_owned(), 2)]);
        assert_eq!(groups.forget(UnixMillis(5)), Change::default());
    }

    #[test]
    fn when_there_is_no_room_the_group_with_the_fewest_and_oldest_goes() {
        let mut groups = Groups::default();
        let word = |mut number: usize| -> String {
            let letters = std::iter::repeat_with(|| {
                let letter = char::from(b'a' + (number % 26) as u8);
                number /= 26;
                [letter, letter.to_ascii_uppercase()].into_iter().collect::<String>()
            });
            letters.take(4).collect()
        };
        let distinct: Vec<Group> = (0..MOST_GROUPS)
            .map(|number| {
                let mut group = Group::new(number as u64, UnixMillis(number as i64));
                group.take(unanswered(&word(number), number as i64));
                group
            })
            .collect();
        groups.members = Groups::restore(distinct).members;
        groups.add(unanswered(&word(0), 99_999), 0);
        let change = groups.add(unanswered("Wo kann ich parken?", 100_000), 0);
        assert_eq!(change, Change { changed: vec![MOST_GROUPS as u64], gone: vec![1] });
        assert_eq!(groups.iter().count(), MOST_GROUPS);
    }
}
