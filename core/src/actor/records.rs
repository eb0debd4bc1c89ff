//! The rows of a conversation: named texts, and what a change does to them.
//!
//! | key | value |
//! |---|---|
//! | `kept` | [`super::kept::Kept`] as JSON |
//! | `seen/{event id}` | when a delivery took effect, Unix milliseconds |
//! | `line/{sequence number}` | a [`StoredLine`] as JSON; the number has twelve digits, so that keys sort |
//! | `delivery/{sequence number}` | a [`Delivery`] as JSON, once the platform told more than that it took it |
//!
//! Stored: keys may be added, a change of a value needs a migration. Must not know how rows are stored.

use serde::{Deserialize, Serialize};

use super::sending::Attempt;
use super::tally::Tally;
use crate::conversation::{Line, LineBody};
use crate::learning::Lesson;
use crate::message::{DeliveryState, Event};
use crate::time::UnixMillis;

/// The key of [`super::kept::Kept`].
pub const KEPT: &str = "kept";
/// What the keys of deliveries that took effect start with.
pub const SEEN: &str = "seen/";
/// What the keys of lines start with.
pub const LINE: &str = "line/";
/// What the keys of delivery states start with.
pub const DELIVERY: &str = "delivery/";

/// The rows as they are now.
pub trait Records {
    /// The value of a key.
    ///
    /// # Errors
    /// When the storage refuses.
    fn get(&self, key: &str) -> Result<Option<String>, RecordError>;

    /// All rows whose key starts with `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// When the storage refuses.
    fn with_prefix(&self, prefix: &str) -> Result<Vec<Row>, RecordError>;
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// The rows cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The storage refuses.
    #[error("the storage refuses: {0}")]
    Refused(String),
    /// A row is not what its key says: written by another version, or damaged.
    #[error("a row of {kind} cannot be read: {reason}")]
    Unreadable {
        /// What the key starts with.
        kind: &'static str,
        /// What is wrong, without the content.
        reason: String,
    },
}

/// What has to become durable together: all of it holds, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "what is not committed is lost"]
pub struct Commit {
    /// Rows to write, over what was there.
    pub rows: Vec<Row>,
    /// The alarm to set, instead of the one that is set.
    pub alarm: Option<UnixMillis>,
    /// Deliveries recorded before this are forgotten.
    pub forget_seen_before: Option<UnixMillis>,
    /// What is to be counted once it holds.
    pub tally: Tally,
    /// What is to be told to those who look after the approved texts once it holds. Losing it does no harm.
    pub learnt: Vec<Learnt>,
}

/// What a step taught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// The last line of the conversation after that step.
    pub line: u64,
    /// What.
    pub lesson: Lesson,
}

impl Commit {
    /// Whether nothing is to be written; there may be something to count all the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.alarm.is_none() && self.forget_seen_before.is_none()
    }

    pub(super) fn put(&mut self, key: String, value: &impl Serialize) -> Result<(), RecordError> {
        let value = serde_json::to_string(value)
            .map_err(|error| RecordError::Unreadable { kind: "what is written", reason: shape(&error) })?;
        match self.rows.iter_mut().find(|row| row.key == key) {
            Some(row) => row.value = value,
            None => self.rows.push(Row { key, value }),
        }
        Ok(())
    }

    /// The value of a key after this commit, as far as the commit itself decides it.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.rows.iter().find(|row| row.key == key).map(|row| row.value.as_str())
    }
}

/// A line of the transcript as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredLine {
    /// The line.
    pub line: Line,
    /// When its author took it back; its content is gone since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<UnixMillis>,
}

impl StoredLine {
    /// Whether a change of it changes nothing. What was taken back stays so: an edit from before that comes late must
    /// not bring it back. And platforms report edits that are none of its words, such as a link's preview.
    pub fn stays_through(&self, change: &Event) -> bool {
        let says = |content| self.line.body == LineBody::Inbound { content };
        let is_said = matches!(change, Event::Edited { content, .. } if says(content.clone()));
        self.removed_at.is_some() || is_said
    }
}

/// How far a message of ours came. Without such a row the platform took it, or it waits in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How far.
    pub state: DeliveryState,
    /// Why it failed, in words for agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// A send of several attempts, and the one up to which a failure is no news: others followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<(i64, u32)>,
    /// How often it failed after the platform had taken it, and was sent again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returns: u32,
}

impl Delivery {
    /// Whether a send had more attempts than one.
    pub(super) fn has_other_attempts(&self, send: i64) -> bool {
        self.superseded.is_some_and(|(several, _)| several == send)
    }

    /// Whether a failure of this attempt is no news.
    pub(super) fn has_superseded(&self, attempt: Attempt) -> bool {
        self.superseded >= Some((attempt.send, attempt.number))
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self { state: DeliveryState::Sent, note: None, superseded: None, returns: 0 }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

pub(super) fn seen_key(event_id: &str) -> String {
    format!("{SEEN}{event_id}")
}

pub(super) fn line_key(seq: u64) -> String {
    format!("{LINE}{seq:012}")
}

pub(super) fn delivery_key(seq: u64) -> String {
    format!("{DELIVERY}{seq:012}")
}

pub(super) fn read<T: serde::de::DeserializeOwned>(
    kind: &'static str,
    value: &str,
) -> Result<T, RecordError> {
    serde_json::from_str(value).map_err(|error| RecordError::Unreadable { kind, reason: shape(&error) })
}

/// What is wrong and where, but nothing of the content, which serde would quote.
fn shape(error: &serde_json::Error) -> String {
    format!("{:?} error at column {}", error.classify(), error.column())
}
