//! Everything that was learnt, as rows: what comes in, what leads decide, and what has to be written for it.
//!
//! A lesson that comes twice, since queues deliver at least once, counts once: the ids of the last
//! [`MOST_TAKEN`] are remembered. Stored: a row may get fields with defaults, anything else needs a migration.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Lesson;
use super::groups::{Change, Group, Groups};
use crate::time::UnixMillis;

/// How many ids of lessons are remembered.
pub const MOST_TAKEN: usize = 4_096;
/// The most entries of which replies are counted; a pack has fewer.
const MOST_ENTRIES: usize = 2_000;

const GROUP: &str = "group/";
const FEEDBACK: &str = "feedback/";
const TAKEN: &str = "taken/";
const DROPPED: &str = "dropped";

/// A lesson on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The same for repetitions of this lesson, and for no other. Names no conversation.
    pub id: String,
    /// The lesson.
    pub lesson: Lesson,
}

/// What people said about the answers of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replies {
    /// How many said that one helped.
    pub helped: u64,
    /// How many said that one did not.
    pub not_helped: u64,
    /// When somebody last said so.
    pub last_at: UnixMillis,
}

/// A row to write, or to delete where it has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
}

/// Everything that was learnt.
#[derive(Clone, Debug, Default)]
pub struct Book {
    groups: Groups,
    replies: BTreeMap<String, Replies>,
    taken: BTreeMap<u64, String>,
    taken_ids: BTreeSet<String>,
    dropped: u64,
}

impl Book {
    /// What was stored. A row that cannot be read is left out: losing it does no harm.
    #[must_use]
    pub fn restore(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut book, mut groups) = (Self::default(), Vec::new());
        for (key, value) in rows {
            if key.starts_with(GROUP) {
                groups.extend(serde_json::from_str::<Group>(&value).ok());
            } else if let Some(entry) = key.strip_prefix(FEEDBACK) {
                book.replies.extend(serde_json::from_str(&value).ok().map(|it| (entry.to_owned(), it)));
            } else if let Some(number) = key.strip_prefix(TAKEN).and_then(|number| number.parse().ok()) {
                book.taken_ids.insert(value.clone());
                book.taken.insert(number, value);
            } else if key == DROPPED {
                book.dropped = value.parse().unwrap_or_default();
            }
        }
        book.groups = Groups::restore(groups);
        book
    }

    /// The groups.
    #[must_use]
    pub const fn groups(&self) -> &Groups {
        &self.groups
    }

    /// What people said about answers, by entry.
    #[must_use]
    pub const fn replies(&self) -> &BTreeMap<String, Replies> {
        &self.replies
    }

    /// How many groups went because there was no more room.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes lessons in, each once.
    pub fn take(&mut self, told: Vec<Told>, now: UnixMillis) -> Vec<RowChange> {
        let mut changes = Changes::default();
        for Told { id, lesson } in told {
            if !self.is_first(id, &mut changes) {
                continue;
            }
            match lesson {
                Lesson::Question(question) => {
                    let new_id = u64::try_from(now.0).unwrap_or_default();
                    let change = self.groups.add(question, new_id);
                    self.dropped += change.gone.len() as u64;
                    if !change.gone.is_empty() {
                        changes.put(DROPPED.to_owned(), Some(self.dropped.to_string()));
                    }
                    self.write_groups(change, &mut changes);
                }
                Lesson::Feedback { entry, helped, at } => self.count(&entry, helped, at, &mut changes),
            }
        }
        changes.into_rows()
    }

    fn is_first(&mut self, id: String, changes: &mut Changes) -> bool {
        if !self.taken_ids.insert(id.clone()) {
            return false;
        }
        let number = self.taken.keys().next_back().map_or(0, |last| last + 1);
        changes.put(taken_key(number), Some(id.clone()));
        self.taken.insert(number, id);
        if self.taken.len() > MOST_TAKEN
            && let Some((oldest, id)) = self.taken.pop_first()
        {
            self.taken_ids.remove(&id);
            changes.put(taken_key(oldest), None);
        }
        true
    }

    fn count(&mut self, entry: &str, helped: bool, at: UnixMillis, changes: &mut Changes) {
        if self.replies.len() >= MOST_ENTRIES && !self.replies.contains_key(entry) {
            return;
        }
        let replies = self.replies.entry(entry.to_owned()).or_default();
        let counter = if helped { &mut replies.helped } else { &mut replies.not_helped };
        *counter += 1;
        replies.last_at = replies.last_at.max(at);
        changes.put(format!("{FEEDBACK}{entry}"), serde_json::to_string(replies).ok());
    }

    /// Hides a group and whatever is like it. `None` where there is no such group to see.
    pub fn ignore(&mut self, id: u64) -> Option<Vec<RowChange>> {
        self.shown(id)?;
        self.groups.ignore(id);
        let mut changes = Changes::default();
        self.write_groups(Change { changed: vec![id], gone: Vec::new() }, &mut changes);
        Some(changes.into_rows())
    }

    /// Removes a group that was dealt with. `None` where there is no such group to see.
    pub fn remove(&mut self, id: u64) -> Option<Vec<RowChange>> {
        self.shown(id)?;
        self.groups.remove(id);
        let mut changes = Changes::default();
        self.write_groups(Change { changed: Vec::new(), gone: vec![id] }, &mut changes);
        Some(changes.into_rows())
    }

    /// The group, unless it is ignored.
    #[must_use]
    pub fn shown(&self, id: u64) -> Option<&Group> {
        self.groups.get(id).filter(|group| !group.is_ignored)
    }

    /// Forgets what nobody said since `before`.
    pub fn forget(&mut self, before: UnixMillis) -> Vec<RowChange> {
        let mut changes = Changes::default();
        let change = self.groups.forget(before);
        self.write_groups(change, &mut changes);
        self.replies.retain(|entry, replies| {
            let stays = replies.last_at >= before;
            if !stays {
                changes.put(format!("{FEEDBACK}{entry}"), None);
            }
            stays
        });
        changes.into_rows()
    }

    fn write_groups(&self, change: Change, changes: &mut Changes) {
        for id in change.gone {
            changes.put(group_key(id), None);
        }
        for id in change.changed {
            let group = self.groups.get(id).and_then(|group| serde_json::to_string(group).ok());
            changes.put(group_key(id), group);
        }
    }
}

fn group_key(id: u64) -> String {
    format!("{GROUP}{id:020}")
}

fn taken_key(number: u64) -> String {
    format!("{TAKEN}{number:020}")
}

/// Rows to write, the last word on each.
#[derive(Default)]
struct Changes(BTreeMap<String, Option<String>>);

impl Changes {
    fn put(&mut self, key: String, value: Option<String>) {
        self.0.insert(key, value);
    }

    fn into_rows(self) -> Vec<RowChange> {
        self.0.into_iter().map(|(key, value)| RowChange { key, value }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::{Cause, Question, Redacted};

    fn question(id: &str, text: &str, at: i64) -> Told {
        let text = Redacted::question(text).expect("a question");
        let question = Question { text, language: None, cause: Cause::Unanswered, at: UnixMillis(at) };
        Told { id: id.to_owned(), lesson: Lesson::Question(question) }
    }

    fn feedback(id: &str, helped: bool, at: i64) -> Told {
        let lesson = Lesson::Feedback { entry: "garbage".to_owned(), helped, at: UnixMillis(at) };
        Told { id: id.to_owned(), lesson }
    }

    /// The rows as they would be stored.
    fn write(stored: &mut BTreeMap<String, String>, changes: Vec<RowChange>) {
        for RowChange { key, value } in changes {
            match value {
                Some(value) => drop(stored.insert(key, value)),
                None => drop(stored.remove(&key)),
            }
        }
    }

    fn count(book: &Book) -> u64 {
        book.groups().iter().map(Group::count).sum()
    }

    #[test]
    fn what_is_written_is_what_is_restored() {
        let (mut book, mut stored) = (Book::default(), BTreeMap::new());
        let told = vec![
            question("1", "Wann kommt die Müllabfuhr?", 10),
            question("2", "Wo kann ich parken?", 11),
            question("3", "wann kommt die müllabfuhr", 12),
            feedback("4", true, 13),
            feedback("5", false, 14),
        ];
        write(&mut stored, book.take(told, UnixMillis(100)));
        for _ in 0..2 {
            assert_eq!(count(&book), 3);
            assert_eq!(book.groups().iter().map(|group| group.id).collect::<Vec<_>>(), [100, 101]);
            let replies = &book.replies()["garbage"];
            assert_eq!((replies.helped, replies.not_helped, replies.last_at), (1, 1, UnixMillis(14)));
            book = Book::restore(stored.clone());
        }
        write(&mut stored, book.ignore(100).expect("a group"));
        write(&mut stored, book.remove(101).expect("a group"));
        let book = Book::restore(stored);
        assert!(
            book.shown(100).is_none() && book.groups().get(100).is_some() && book.groups().get(101).is_none()
        );
    }

    #[test]
    fn what_comes_twice_counts_once_also_after_a_restart() {
        let (mut book, mut stored) = (Book::default(), BTreeMap::new());
        let told = vec![question("1", "Wo kann ich parken?", 1), feedback("2", true, 1)];
        write(&mut stored, book.take(told.clone(), UnixMillis(1)));
        assert!(book.take(told.clone(), UnixMillis(2)).is_empty());
        let mut book = Book::restore(stored);
        assert!(book.take(told, UnixMillis(3)).is_empty());
        assert_eq!((count(&book), book.replies()["garbage"].helped), (1, 1));
    }

    #[test]
    fn the_memory_of_what_came_is_bounded() {
        let (mut book, mut stored) = (Book::default(), BTreeMap::new());
        for number in 0..=MOST_TAKEN {
            let told = vec![feedback(&number.to_string(), true, 1)];
            write(&mut stored, book.take(told, UnixMillis(1)));
        }
        assert_eq!(stored.keys().filter(|key| key.starts_with(TAKEN)).count(), MOST_TAKEN);
        assert!(book.take(vec![feedback("1", true, 1)], UnixMillis(1)).is_empty(), "still remembered");
        assert!(!book.take(vec![feedback("0", true, 1)], UnixMillis(1)).is_empty(), "the oldest is not");
    }

    #[test]
    fn groups_and_replies_are_forgotten_in_time_and_rows_that_cannot_be_read_are_left_out() {
        let (mut book, mut stored) = (Book::default(), BTreeMap::new());
        let told = vec![question("1", "Wo kann ich parken?", 1), feedback("2", true, 1)];
        write(&mut stored, book.take(told, UnixMillis(1)));
        stored.insert(group_key(7), "{}".to_owned());
        stored.insert("other".to_owned(), "?".to_owned());
        let mut book = Book::restore(stored.clone());
        assert_eq!(count(&book), 1);
        write(&mut stored, book.forget(UnixMillis(2)));
        let left: Vec<&str> = stored.keys().map(|key| key.split('/').next().unwrap_or_default()).collect();
        assert_eq!(left, ["group", "other", "taken", "taken"]);
        assert!(book.replies().is_empty() && count(&book) == 0);
    }
}
