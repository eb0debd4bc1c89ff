//! What a conversation keeps beside its transcript, as one JSON value, written whole with every change.
//!
//! Stored: a field may be added with a default, anything else needs a migration.

use serde::{Deserialize, Serialize};

use super::outbox::Standing;
use super::transfer::Transfer;
use crate::conversation::{ConversationState, Lane, ThreadSummary};
use crate::message::{Content, ConversationKey, OutgoingContent};
use crate::pacing::{PairPace, Slot};
use crate::time::UnixMillis;

/// Everything that has to outlive the object's memory, but for the lines of the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Whose conversation it is.
    pub key: ConversationKey,
    /// The state.
    pub state: ConversationState,
    /// The id of the last send. Ids are never used again, since platforms report about them for days.
    pub last_send: i64,
    /// What still has to leave, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outbox: Vec<Send>,
    /// How the thread stands, until the desk has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk_update: Option<DeskUpdate>,
    /// Changes to messages that have not come in yet, oldest first: platforms promise no order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub early: Vec<EarlyChange>,
    /// What other conversations of the same person have yet to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<Transfer>,
    /// The person's conversation, where it began under another id of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lives_at: Option<ConversationKey>,
    /// How far the limit of messages to this person is used.
    #[serde(default, skip_serializing_if = "PairPace::is_unused")]
    pub pair_pace: PairPace,
    /// When something last came in, for the day on which the conversation is forgotten.
    pub touched_at: UnixMillis,
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Send {
    /// Its id.
    pub id: i64,
    /// What to send, fitted to the platform.
    pub content: OutgoingContent,
    /// The line of the transcript.
    pub line: u64,
    /// The message it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// How urgently it has to leave.
    pub lane: Lane,
    /// How it stands.
    pub standing: Standing,
    /// Whether the evidence about an attempt of an earlier life was given its time anew: reports may have
    /// come while nobody was there to hear them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub graced: bool,
    /// The time that it was given in the pace of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// Why it waits, in words for agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A change that overtook the message which it changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlyChange {
    /// The message.
    pub message_id: String,
    /// What it says now; `None` where the person took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// So many of them are kept: what was erased, or never came in, may be changed too.
const MOST_EARLY: usize = 16;

/// How the thread stands, until the desk has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskUpdate {
    /// The thread.
    pub thread: ThreadSummary,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is to be sent (again).
    pub next_at: UnixMillis,
}

impl Kept {
    /// A new conversation. Send ids and versions start from the clock, so that one that begins anew after
    /// its erasure is not older than what desk and platform remember of it.
    #[must_use]
    pub fn new(key: ConversationKey, now: UnixMillis) -> Self {
        let version = u64::try_from(now.0).unwrap_or_default();
        let state = ConversationState { version, ..ConversationState::default() };
        Self {
            key,
            state,
            last_send: now.0,
            outbox: Vec::new(),
            desk_update: None,
            early: Vec::new(),
            transfers: Vec::new(),
            lives_at: None,
            pair_pace: PairPace::default(),
            touched_at: now,
        }
    }

    /// A message that is to leave, with an id of its own; not in the outbox yet, and quoting nothing.
    pub(super) fn new_send(
        &mut self,
        content: OutgoingContent,
        line: u64,
        lane: Lane,
        standing: Standing,
    ) -> Send {
        self.last_send += 1;
        let id = self.last_send;
        Send { id, content, line, reply_to: None, lane, standing, graced: false, slot: None, note: None }
    }

    /// A message was changed that has not come in yet.
    pub(super) fn changed_early(&mut self, change: EarlyChange) {
        if self.early.len() == MOST_EARLY {
            self.early.remove(0);
        }
        self.early.push(change);
    }

    /// What became of a message before it came in, the last change first: the others are forgotten with it. A message
    /// that was taken back stays so, whatever was changed in it.
    pub(super) fn take_early(&mut self, message_id: &str) -> Option<EarlyChange> {
        if self.early.is_empty() {
            return None;
        }
        let (changes, others) =
            std::mem::take(&mut self.early).into_iter().partition(|change| change.message_id == message_id);
        self.early = others;
        let changes: Vec<EarlyChange> = changes;
        let taken_back = changes.iter().find(|change| change.content.is_none()).cloned();
        taken_back.or_else(|| changes.into_iter().next_back())
    }

    /// When something has to be done next; `None` when nothing is left.
    #[must_use]
    pub fn due(&self) -> Option<UnixMillis> {
        let send = self.outbox.first().map(|send| send.standing.next_at);
        let update = self.desk_update.as_ref().map(|update| update.next_at);
        let transfer = self.transfers.iter().map(|transfer| transfer.next_at).min();
        send.into_iter().chain(update).chain(transfer).min()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}
