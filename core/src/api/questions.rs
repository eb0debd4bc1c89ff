//! Questions that were not answered well, as leads see them: groups with what they might become.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::faq::confusion::ConfusionReport;
use crate::faq::edit::NewEntry;
use crate::faq::knowledge::Knowledge;
use crate::learning::book::{Book, Replies};
use crate::learning::groups::Group;
use crate::learning::suggestion::outlook;
use crate::order;
use crate::time::UnixMillis;

const LIMIT_MAX: u32 = 200;
const LIMIT_DEFAULT: u32 = 50;

/// Which groups, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct QuestionQuery {
    /// Only groups with questions of this cause.
    pub cause: Option<QuestionCause>,
    /// Only groups with questions in this language.
    pub language: Option<String>,
    /// Only groups that were asked about at this instant or later.
    pub since: Option<UnixMillis>,
    /// At most this many.
    #[cfg_attr(any(test, feature = "openapi"), schemars(range(min = 1, max = LIMIT_MAX), extend("default" = LIMIT_DEFAULT)))]
    pub limit: u32,
    /// Only those after this cursor, `next` of the page before.
    pub after: Option<String>,
}

/// What went wrong with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QuestionCause {
    /// No entry answers it.
    Unanswered,
    /// A few entries were offered, and none was picked.
    Torn,
    /// It was answered, and the person said that it did not help.
    NotHelped,
}

/// Why a query cannot be read; says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionQueryError {
    /// There is no such parameter.
    #[error("unknown parameter; there are cause, language, since, limit and after")]
    UnknownParameter,
    /// There is no such cause.
    #[error("cause is unanswered, torn or not_helped")]
    Cause,
    /// No instant.
    #[error("since is a number of milliseconds since 1970-01-01T00:00:00Z")]
    Since,
    /// Not a number in range.
    #[error("limit is a number from 1 to {LIMIT_MAX}")]
    Limit,
    /// Not a cursor.
    #[error("after is the `next` of the page before")]
    After,
}

/// Groups, as the object that keeps them gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPage {
    /// The groups.
    pub groups: Vec<Group>,
    /// The cursor of the next page.
    pub next: Option<String>,
    /// How many groups there are, whatever the filter.
    pub total: u64,
    /// How many went because there was no more room.
    pub dropped: u64,
}

/// A page of groups, those with the most questions first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct QuestionPage {
    /// The groups.
    pub groups: Vec<QuestionGroup>,
    /// Hand this back as `after` to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many groups there are, whatever the filter, ignored ones aside.
    pub total: u64,
    /// How many groups, of those with the fewest questions, went because there was no more room.
    pub dropped: u64,
}

/// Questions that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct QuestionGroup {
    /// Its id.
    pub id: String,
    /// How many questions are in it.
    pub count: u64,
    /// How many of them no entry answers.
    pub unanswered: u64,
    /// For how many none of the offered entries was picked.
    pub torn: u64,
    /// How many were answered in vain, by the entry that answered.
    pub not_helped: BTreeMap<String, u64>,
    /// How many in which language, as far as known.
    pub languages: BTreeMap<String, u64>,
    /// When the first came in.
    pub first_at: UnixMillis,
    /// When the last came in.
    pub last_at: UnixMillis,
    /// Up to five ways in which people asked, without personal data as far as rules find it; the first stands for the group.
    pub examples: Vec<String>,
    /// What it might become.
    pub suggestion: Suggestion,
    /// The entry that would answer it by now, if one would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
}

/// What a group might become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Suggestion {
    /// One more phrasing of an entry.
    Phrasing {
        /// The entry.
        entry: String,
        /// The chance that it is the right one, from 0 to 1.
        chance: f32,
    },
    /// An entry of its own: none comes near.
    NewEntry,
}

/// A phrasing to publish for a group of questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PhrasingForQuestions {
    /// The entry.
    pub entry: String,
    /// The language of the phrasing.
    pub language: String,
    /// The phrasing: an example of the group, as a human wants it to stand in the pack, 1 to 200 characters.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(min = 1, max = crate::learning::redact::MAX_CHARACTERS)))]
    pub text: String,
    /// The version of the pack that the lead saw. If it is no longer in effect, nothing is published.
    pub based_on: u64,
}

/// An entry to publish for a group of questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EntryForQuestions {
    /// The entry.
    pub entry: NewEntry,
    /// The version of the pack that the lead saw. If it is no longer in effect, nothing is published.
    pub based_on: u64,
}

/// What people said about the answers of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct EntryReplies {
    /// The entry.
    pub entry: String,
    /// How many said that an answer helped.
    pub helped: u64,
    /// How many said that one did not.
    pub not_helped: u64,
    /// When somebody last said so.
    pub last_at: UnixMillis,
}

impl Default for QuestionQuery {
    fn default() -> Self {
        Self { cause: None, language: None, since: None, limit: LIMIT_DEFAULT, after: None }
    }
}

impl QuestionQuery {
    /// Reads a raw query string.
    ///
    /// # Errors
    /// [`QuestionQueryError`] for the first parameter that cannot be read.
    pub fn parse(query: &str) -> Result<Self, QuestionQueryError> {
        use QuestionQueryError::{After, Cause, Limit, Since, UnknownParameter};
        let mut wanted = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.is_empty() {
                continue;
            }
            match &*name {
                "cause" => {
                    let word = serde_json::Value::from(&*value);
                    wanted.cause = Some(serde_json::from_value(word).map_err(|_| Cause)?);
                }
                "language" => wanted.language = Some(value.into_owned()),
                "since" => wanted.since = Some(UnixMillis(value.parse().map_err(|_| Since)?)),
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
                    wanted.limit = limit.ok_or(Limit)?;
                }
                "after" if cursor(&value).is_none() => return Err(After),
                "after" => wanted.after = Some(value.into_owned()),
                _ => return Err(UnknownParameter),
            }
        }
        Ok(wanted)
    }

    fn wants(&self, group: &Group) -> bool {
        let caused = match self.cause {
            None => true,
            Some(QuestionCause::Unanswered) => group.unanswered > 0,
            Some(QuestionCause::Torn) => group.torn > 0,
            Some(QuestionCause::NotHelped) => !group.not_helped.is_empty(),
        };
        let spoken = self.language.as_ref().is_none_or(|language| group.languages.contains_key(language));
        caused && spoken && self.since.is_none_or(|since| group.last_at >= since)
    }

    /// The page that this asks for.
    #[must_use]
    pub fn page(&self, book: &Book) -> GroupPage {
        let shown = || book.groups().iter().filter(|group| !group.is_ignored);
        let after = self.after.as_deref().and_then(cursor);
        let mut found: Vec<&Group> = shown()
            .filter(|group| self.wants(group))
            .filter(|group| after.is_none_or(|after| place(group) > after))
            .collect();
        order::sort_by_key(&mut found, |group| place(group));
        let has_more = found.len() > self.limit as usize;
        found.truncate(self.limit as usize);
        let next = found.last().filter(|_| has_more).map(|last| format!("{}-{}", last.count(), last.id));
        GroupPage {
            next,
            groups: found.into_iter().cloned().collect(),
            total: shown().count() as u64,
            dropped: book.dropped(),
        }
    }
}

/// The most questions first, of as many the group that began first.
fn place(group: &Group) -> (Reverse<u64>, u64) {
    (Reverse(group.count()), group.id)
}

fn cursor(text: &str) -> Option<(Reverse<u64>, u64)> {
    let (count, id) = text.split_once('-')?;
    Some((Reverse(count.parse().ok()?), id.parse().ok()?))
}

impl QuestionPage {
    /// The groups with what the running texts make of them.
    #[must_use]
    pub fn new(page: GroupPage, knowledge: &Knowledge, now: UnixMillis) -> Self {
        let groups = page.groups.into_iter().map(|group| QuestionGroup::new(group, knowledge, now)).collect();
        Self { groups, next: page.next, total: page.total, dropped: page.dropped }
    }
}

impl QuestionGroup {
    fn new(group: Group, knowledge: &Knowledge, now: UnixMillis) -> Self {
        let outlook = outlook(&group, knowledge, now);
        let suggestion = outlook
            .nearest
            .map_or(Suggestion::NewEntry, |(entry, chance)| Suggestion::Phrasing { entry, chance });
        Self {
            id: group.id.to_string(),
            count: group.count(),
            unanswered: group.unanswered,
            torn: group.torn,
            not_helped: group.not_helped,
            languages: group.languages,
            first_at: group.first_at,
            last_at: group.last_at,
            examples: group.examples.into_iter().map(|example| example.text.as_str().to_owned()).collect(),
            suggestion,
            answered_by: outlook.answered_by,
        }
    }
}

impl EntryReplies {
    /// All of them, those with the most complaints first.
    #[must_use]
    pub fn all(replies: &BTreeMap<String, Replies>) -> Vec<Self> {
        let of = |(entry, replies): (&String, &Replies)| Self {
            entry: entry.clone(),
            helped: replies.helped,
            not_helped: replies.not_helped,
            last_at: replies.last_at,
        };
        let mut all: Vec<Self> = replies.iter().map(of).collect();
        order::sort_by_key(&mut all, |replies| Reverse(replies.not_helped));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::book::Told;
    use crate::learning::{Cause, Lesson, Question, Redacted};

    fn book() -> Book {
        let rows = [
            ("Wann kommt die Müllabfuhr?", Cause::Unanswered, "de", 1),
            ("Wann kommt die Müllabfuhr heute?", Cause::Torn, "de", 2),
            ("Where may I park?", Cause::Torn, "en", 3),
            ("Wo gibt es Wasser?", Cause::NotHelped { entry: "water".to_owned() }, "de", 4),
        ];
        let mut book = Book::default();
        let told = rows.into_iter().enumerate().map(|(index, (text, cause, language, at))| Told {
            id: index.to_string(),
            lesson: Lesson::Question(Question {
                text: Redacted::question(text).expect("a question"),
                language: Some(language.to_owned()),
                cause,
                at: UnixMillis(at),
            }),
        });
        book.take(told.collect(), UnixMillis(10));
        book
    }

    fn texts(page: &GroupPage) -> Vec<&str> {
        page.groups.iter().map(Group::text).collect()
    }

    #[test]
    fn queries_find_groups_by_cause_language_and_time_the_most_asked_first() {
        let (garbage, park, water) =
            ("Wann kommt die Müllabfuhr?", "Where may I park?", "Wo gibt es Wasser?");
        for (query, expected) in [
            ("", vec![garbage, park, water]),
            ("cause=torn", vec![garbage, park]),
            ("cause=unanswered&language=de", vec![garbage]),
            ("cause=not_helped", vec![water]),
            ("language=en", vec![park]),
            ("since=3", vec![park, water]),
            ("limit=1", vec![garbage]),
            ("language=fr", vec![]),
        ] {
            let page = QuestionQuery::parse(query).expect(query).page(&book());
            assert_eq!(texts(&page), expected, "{query}");
            assert_eq!(page.total, 3, "{query}");
        }
    }

    #[test]
    fn pages_follow_one_another() {
        let mut query = QuestionQuery { limit: 2, ..QuestionQuery::default() };
        let first = query.page(&book());
        query.after.clone_from(&first.next);
        let second = query.page(&book());
        assert_eq!((first.groups.len(), second.groups.len(), second.next), (2, 1, None));
    }

    #[test]
    fn ignored_groups_are_not_listed() {
        let mut book = book();
        book.ignore(10).expect("a group");
        let page = QuestionQuery::default().page(&book);
        assert_eq!((page.groups.len(), page.total), (2, 2));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, expected) in [
            ("cause=bad", QuestionQueryError::Cause),
            ("since=today", QuestionQueryError::Since),
            ("limit=0", QuestionQueryError::Limit),
            ("after=x", QuestionQueryError::After),
            ("colour=red", QuestionQueryError::UnknownParameter),
        ] {
            assert_eq!(QuestionQuery::parse(query), Err(expected), "{query}");
        }
    }
}
