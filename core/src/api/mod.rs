//! The agents' API v1: its routes, roles, queries and errors, as data.
//!
//! The edge dispatches by [`routes::find`] and answers errors as [`problem::Problem`]; the OpenAPI
//! document is generated from the same table. Nothing here performs I/O or checks a token.

pub mod knowledge;
#[cfg(any(test, feature = "openapi"))]
pub mod openapi;
pub mod problem;
pub mod query;
pub mod questions;
pub mod routes;

use serde::{Deserialize, Serialize};

use crate::channel::ChannelName;
use crate::conversation::{Line, ThreadState, ThreadSummary};
use crate::message::{ConversationKey, DeliveryState};
use crate::pacing::{AccountState, Rate, Status};
use crate::time::UnixMillis;

/// The longest name of a token, in characters.
pub const NAME_MAX_CHARACTERS: usize = 80;
/// Under which name the first token, which comes from the worker's secrets, claims and writes.
pub const ADMIN_NAME: &str = "admin";
/// The header that makes a command safe to repeat: a client that never heard of its success gives the same key again.
pub const REPEAT_KEY_HEADER: &str = "Idempotency-Key";
/// The longest value of [`REPEAT_KEY_HEADER`], in bytes.
pub const REPEAT_KEY_MAX_BYTES: usize = 200;
/// The longest reason for a pause, in characters.
pub const REASON_MAX_CHARACTERS: usize = 200;

/// What a token allows. Each role may do all that the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and answers threads.
    Agent,
    /// Also looks after dead letters and approved texts, and sees which accounts send.
    Lead,
    /// Also makes and revokes tokens, and pauses and resumes accounts.
    Admin,
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Agent {
    /// The name that colleagues see.
    pub name: String,
    /// What the token allows.
    pub role: Role,
}

/// A thread with the id it is known by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Thread {
    /// 64 hex digits.
    pub id: String,
    /// How it stands.
    #[serde(flatten)]
    pub summary: ThreadSummary,
}

/// A page of threads, the urgent first, then by waiting time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct ThreadPage {
    /// The threads.
    pub threads: Vec<Thread>,
    /// Hand this back as `after` to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// How many threads wait in all, whatever the filter.
    pub waiting: u32,
}

/// A conversation with all its lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Transcript {
    /// How the thread stands; null where none was ever opened.
    pub thread: Option<ThreadSummary>,
    /// The state, also where no thread was ever opened.
    pub state: ThreadState,
    /// All lines, oldest first.
    pub lines: Vec<TranscriptLine>,
}

/// A line with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct TranscriptLine {
    /// The line.
    #[serde(flatten)]
    pub line: Line,
    /// How far a message of ours came; null while it is queued, and for all other lines.
    pub delivery: Option<DeliveryState>,
    /// Why it failed or waits, in words for agents.
    pub delivery_note: Option<String>,
    /// When its author took it back; its content is gone since.
    pub removed_at: Option<UnixMillis>,
}

/// A new token to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Whose it is; colleagues see this name, and claims go by it, so that one valid token has it. 1 to 80 characters.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(min = 1, max = NAME_MAX_CHARACTERS)))]
    pub name: String,
    /// What it allows.
    pub role: Role,
}

/// A token as it is listed: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it was revoked; it opens nothing since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UnixMillis>,
}

/// A token right after it was made: the only time that its value is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct MadeToken {
    /// The token as listed.
    #[serde(flatten)]
    pub token: Token,
    /// The value for the `Authorization: Bearer` header.
    pub value: String,
}

/// An account that lotse sends from, and whether it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct SendingAccount {
    /// The platform.
    pub channel: ChannelName,
    /// The account's name.
    pub account: String,
    /// Whether it sends.
    pub state: AccountState,
    /// How many messages it sends in a second at most.
    pub messages_per_second: u32,
    /// Since when it does not send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<UnixMillis>,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it goes on, or tries again, by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<UnixMillis>,
    /// Who paused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl SendingAccount {
    /// An account as its pacer sees it.
    #[must_use]
    pub fn new(channel: ChannelName, account: String, rate: Rate, status: Status) -> Self {
        let Status { state, since, reason, next_try_at, by } = status;
        let messages_per_second = rate.messages_per_second();
        Self { channel, account, state, messages_per_second, since, reason, next_try_at, by }
    }
}

/// Why an account is paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPause {
    /// The reason, for colleagues, 1 to 200 characters.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(min = 1, max = REASON_MAX_CHARACTERS)))]
    pub reason: String,
}

/// The body of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// What the person gets to read, 1 to 4,096 characters.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(min = 1, max = crate::conversation::MAX_TEXT_CHARS)))]
    pub text: String,
    /// The highest line that the agent had seen. A reply to a thread that moved on is refused with 409: where the person has
    /// written, changed or taken back something since, or a human elsewhere has written.
    #[serde(default)]
    pub last_seen_seq: Option<u64>,
}

/// The body of a note, which never leaves the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// The text, 1 to 4,096 characters.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(min = 1, max = crate::conversation::MAX_TEXT_CHARS)))]
    pub text: String,
}

/// The body that records what a person said about messages from us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentRecord {
    /// Whether they want messages that they did not ask for.
    pub given: bool,
    /// How they said so, 1 to 200 characters.
    #[cfg_attr(any(test, feature = "openapi"), schemars(length(min = 1, max = crate::policy::MAX_HOW_CHARS)))]
    pub how: String,
}

/// The body that names another address of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The address.
    pub to: ConversationKey,
    /// When they agreed to be reached there; now where it is left out.
    #[serde(default)]
    pub consented_at: Option<UnixMillis>,
}

/// The body that names an address to forget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OldLink {
    /// The address.
    pub to: ConversationKey,
}

/// What a dead letter holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterKind {
    /// A piece of a webhook, as the platform sent it.
    Body,
    /// Something that was understood and may not be delivered as it is.
    Parcel,
    /// Something from a queue that nobody could read.
    Queued,
}

/// A dead letter as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct DeadLetterSummary {
    /// Its id.
    pub id: String,
    /// When it was set aside.
    pub at: UnixMillis,
    /// Why.
    pub reason: String,
    /// What it holds.
    pub kind: DeadLetterKind,
    /// Its size in bytes, as stored.
    pub bytes: u64,
}

/// A page of dead letters, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct DeadLetterPage {
    /// The letters.
    pub dead_letters: Vec<DeadLetterSummary>,
    /// How many there are in all.
    pub total: u32,
}

/// A dead letter with its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct DeadLetterView {
    /// Its id.
    pub id: String,
    /// When it was set aside.
    pub at: UnixMillis,
    /// Why, in words without personal data.
    pub reason: String,
    /// What it holds.
    pub kind: DeadLetterKind,
    /// The platform it came from, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelName>,
    /// Our account there, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What to read: the platform's text (bytes that are no UTF-8 are replaced by U+FFFD), or the
    /// parcel as JSON text.
    pub content: String,
}
