//! What a conversation remembers between two inputs: one small JSON value per conversation.
//!
//! The transcript is not here; it grows, and the edge keeps it line by line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::fallback::{Link, Remembered};
use super::feedback::{Asked, Wondered};
use super::flow::{self, FlowRun, Given};
use super::outgoing::free_text_until;
use super::{HandoverReason, ThreadState, ThreadSummary};
use crate::message::{Choice, Contact, ConversationKey};
use crate::policy::Consent;
use crate::time::UnixMillis;

/// Everything a conversation remembers. The default is one in which nothing happened yet.
///
/// Its JSON is stored: a field may be added with a default, anything else needs a migration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConversationState {
    /// The person, as last seen.
    pub contact: Contact,
    /// The language that the person last wrote in, or chose, as far as that could be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The variety of a language that the person chose (`de-leicht`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variety: Option<String>,
    /// The highest line of the transcript; 0 before the first.
    pub last_seq: u64,
    /// Grows with every change.
    pub version: u64,
    /// The matter that needs or last needed a human.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<Thread>,
    /// The latest message of the person, by the platform's clock: the reply window counts from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_inbound_at: Option<UnixMillis>,
    /// The highest line that an agent must have seen before they reply: what the person wrote, changed or took
    /// back, or what a human elsewhere wrote.
    pub must_see_seq: u64,
    /// The provider's id of the newest message that was not marked as read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
    /// The last message of the person or of a human to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
    /// The choices below the bot's last message, which may also be picked by number or title.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offer: Vec<Choice>,
    /// Whether the bot said that it is one.
    pub introduced: bool,
    /// When the bot last greeted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeted_at: Option<UnixMillis>,
    /// Until when the bot is silent because a human wrote in the platform's own app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<UnixMillis>,
    /// Whether the person blocked us.
    pub blocked: bool,
    /// When the emergency text of each rule was last sent; old ones are forgotten.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub emergencies: BTreeMap<String, UnixMillis>,
    /// What the person last said about messages from us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// A reply that did not leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
    /// Other addresses of the person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// The last messages that may take another way if they fail; none where there is no such way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remembered: Vec<Remembered>,
    /// The ids of the last messages that came here on their other way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<String>,
    /// The questions that are being asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowRun>,
    /// The last answers below which we asked whether they helped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
    /// The question about which an offer was made, until the person picks from it or goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wondered: Option<Wondered>,
}

/// A matter that needs or needed a human.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The reference that the person is told, `GA-7Q4K`.
    pub reference: String,
    /// Where it stands.
    pub stage: Stage,
    /// Why a human is needed.
    pub reason: HandoverReason,
    /// Whether it comes first.
    pub urgent: bool,
    /// The team it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// When it was opened.
    pub opened_at: UnixMillis,
    /// Since when the earliest unanswered message waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<UnixMillis>,
    /// When the person was last told that a human will answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<UnixMillis>,
    /// Whether it holds messages for a human that no human opened yet.
    pub unseen: bool,
    /// What was given in flows that ended here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Given>,
}

/// Where a thread stands, with the agent exactly where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Waits for a human.
    Waiting,
    /// An agent has it.
    Claimed {
        /// The name of the agent.
        by: String,
    },
    /// Done.
    Resolved,
}

/// A message in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// At most 120 characters.
    pub text: String,
    /// The provider's id of the message it comes from, where the person wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
}

impl Thread {
    /// Whether a human has to do something about it, now or at the latest when the person writes.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Resolved)
    }

    /// The agent who has it.
    #[must_use]
    pub fn assignee(&self) -> Option<&str> {
        match &self.stage {
            Stage::Claimed { by } => Some(by),
            Stage::Waiting | Stage::Resolved => None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> ThreadState {
        match self.stage {
            Stage::Waiting => ThreadState::Waiting,
            Stage::Claimed { .. } => ThreadState::Claimed,
            Stage::Resolved => ThreadState::Resolved,
        }
    }
}

impl ConversationState {
    /// The thread, unless it is done.
    #[must_use]
    pub fn open_thread(&self) -> Option<&Thread> {
        self.thread.as_ref().filter(|thread| thread.is_open())
    }

    /// Where the conversation stands: with the bot as long as there is no thread.
    #[must_use]
    pub fn thread_state(&self) -> ThreadState {
        self.thread.as_ref().map_or(ThreadState::Bot, Thread::state)
    }

    /// When [`super::Input::TimePassed`] is due; `None` where nothing depends on time alone.
    #[must_use]
    pub fn looks_at(&self) -> Option<UnixMillis> {
        self.flow.as_ref()?.abandoned_from
    }

    /// The thread as the desk lists it; `None` as long as no human was ever needed.
    #[must_use]
    pub fn summary(&self, key: &ConversationKey, updated_at: UnixMillis) -> Option<ThreadSummary> {
        let thread = self.thread.as_ref()?;
        Some(ThreadSummary {
            version: self.version,
            key: key.clone(),
            contact: self.contact.clone(),
            reference: thread.reference.clone(),
            state: thread.state(),
            reason: thread.reason,
            urgent: thread.urgent,
            assignee: thread.assignee().map(str::to_owned),
            team: thread.team.clone(),
            waiting_since: thread.waiting_since,
            opened_at: thread.opened_at,
            updated_at,
            snippet: self.snippet.as_ref().map(|snippet| snippet.text.clone()).unwrap_or_default(),
            language: self.language.clone().or_else(|| self.contact.language.clone()),
            last_seq: self.last_seq,
            free_text_until: free_text_until(key, self.last_inbound_at),
            draft: self.draft.clone(),
            consent: self.consent.clone(),
            links: self.links.clone(),
            fields: flow::fields(&thread.fields, self.flow.as_ref().filter(|_| thread.is_open())),
        })
    }
}
