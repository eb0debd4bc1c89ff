//! One conversation: from its state and an input to the next state and effects.
//!
//! [`step`] is the only way a conversation changes. It is pure: the time, the backlog and random
//! bytes come in with [`Context`]; messages to append, sends and desk updates go out as [`Effect`]s,
//! which the edge writes in one transaction with the new state.

mod agent;
mod citizen;
mod draft;
mod fallback;
mod feedback;
mod flow;
mod item;
mod language;
mod meaning;
mod outgoing;
mod reference;
mod snippet;
mod state;
mod texts;
mod turn;
mod wait;
mod words;

use serde::{Deserialize, Serialize};

pub use agent::MAX_TEXT_CHARS;
pub use draft::{Draft, DraftState};
pub use fallback::{Fallback, Link, MAX_LINKS, Remembered};
pub use feedback::{Asked, Wondered};
pub use flow::{Field, FlowRun, Given, Piece};
pub use outgoing::verdict;
pub use state::{ConversationState, Snippet, Stage, Thread};

use crate::faq::knowledge::Knowledge;
use crate::learning::Lesson;
use crate::message::{Contact, Content, ConversationKey, Item, OutgoingContent};
pub use crate::pacing::Lane;
use crate::policy::Consent;
use crate::settings::Settings;
use crate::time::UnixMillis;
use turn::Turn;

/// Decides what an input means for a conversation. On refusal nothing changes.
///
/// # Errors
/// Only agents' commands are refused, for the reasons in [`Refusal`].
pub fn step(state: &ConversationState, input: Input<'_>, context: &Context<'_>) -> Result<Step, Refusal> {
    let mut turn = Turn::new(state, context);
    match input {
        Input::Item { item, line } => item::item(&mut turn, item, line),
        Input::Agent { name, command } => agent::command(&mut turn, name, command)?,
        Input::DeliveryFailed { line } => item::delivery_failed(&mut turn, line),
        Input::Fallback(message) => fallback::take(&mut turn, message),
        Input::TimePassed => flow::time_passed(&mut turn),
    }
    Ok(turn.finish(state))
}

/// What a step needs to know beside state and input.
pub struct Context<'a> {
    /// Whose conversation it is.
    pub key: &'a ConversationKey,
    /// The approved texts.
    pub knowledge: &'a Knowledge,
    /// The organisation's decisions.
    pub settings: &'a Settings,
    /// How much waits for humans, as far as known.
    pub backlog: Option<Backlog>,
    /// The time.
    pub now: UnixMillis,
    /// Fresh random bytes, for a reference.
    pub random: [u8; 8],
}

/// What a step comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The state from now on.
    pub state: ConversationState,
    /// What to do, in order.
    pub effects: Vec<Effect>,
}

/// Who stands behind a line of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Author {
    /// The person who writes to the organisation.
    Citizen,
    /// The answer tier.
    Bot,
    /// An agent, by the name on their token.
    Agent {
        /// The name.
        name: String,
    },
    /// A human who answered in the platform's own app.
    Elsewhere,
}

/// One line of the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Line {
    /// Position in the conversation, from 1, without gaps.
    pub seq: u64,
    /// When it happened (a person's message: by the platform's clock).
    pub at: UnixMillis,
    /// Who wrote it.
    pub author: Author,
    /// What it is.
    pub body: LineBody,
    /// The provider's id of an inbound message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
}

/// What a line of the transcript holds. There may be more kinds one day; what a client does not know, it skips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LineBody {
    /// Something the person sent.
    Inbound {
        /// The content.
        content: Content,
    },
    /// Something we send to the person.
    Outbound {
        /// The content.
        content: OutgoingContent,
        /// The entry of the pack it comes from, where it is an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<String>,
    },
    /// The person changed what they had written; its line shows what it says now.
    Edited {
        /// The line that changed.
        line: u64,
    },
    /// The person took back what they had written; its line is empty since.
    Revoked {
        /// The line that was taken back.
        line: u64,
    },
    /// An agent's note; never leaves the desk.
    Note {
        /// The text.
        text: String,
    },
    /// A message of ours that failed went out over another channel.
    ForwardedTo {
        /// The line that failed.
        line: u64,
        /// Where it went.
        to: ConversationKey,
    },
    /// What follows failed elsewhere.
    ForwardedFrom {
        /// Where.
        from: ConversationKey,
        /// Its line there.
        line: u64,
    },
}

/// What the edge has to do after a step, all in the transaction that stores the state.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a step has at most one such update, and few effects at all")]
pub enum Effect {
    /// Append a line to the transcript.
    Append(Line),
    /// Replace the content of what the person wrote (an edit), or keep the change until it comes in.
    Replace {
        /// The provider's id of the message.
        provider_id: String,
        /// Its line, if it came in.
        line: Option<u64>,
        /// Its content now.
        content: Content,
    },
    /// Remove the content of what the person wrote (taken back), or keep the change until it comes in.
    Remove {
        /// The provider's id of the message.
        provider_id: String,
        /// Its line, if it came in.
        line: Option<u64>,
    },
    /// Send to the person. Already fitted to the platform: one effect is one message.
    Send {
        /// The transcript line it belongs to; `None` for signals (read tick, press confirmation).
        line: Option<u64>,
        /// What to send.
        content: OutgoingContent,
        /// The provider's id of the message it quotes.
        reply_to: Option<String>,
        /// How urgently.
        lane: Lane,
    },
    /// Hand a message that failed to the conversation of the person's other address, as
    /// [`Input::Fallback`], and repeat that until it has it.
    Fallback {
        /// Whose conversation it is.
        to: ConversationKey,
        /// The message.
        message: Box<Fallback>,
    },
    /// The person writes under another id from now on: what comes in there belongs to this conversation.
    NewAddress(ConversationKey),
    /// Tell those who look after the approved texts. Losing it does no harm.
    Learn(Lesson),
    /// Tell the desk how the thread stands now.
    UpdateDesk(ThreadSummary),
}

/// A thread as the desk lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct ThreadSummary {
    /// Grows with every change of the conversation; the desk keeps the highest.
    pub version: u64,
    /// Whose conversation it is.
    pub key: ConversationKey,
    /// The person.
    pub contact: Contact,
    /// The reference that the person was told, `GA-7Q4K`.
    pub reference: String,
    /// Where it stands.
    pub state: ThreadState,
    /// Why a human is needed.
    pub reason: HandoverReason,
    /// Urgent threads (red flags) come first.
    pub urgent: bool,
    /// The agent who claimed it.
    pub assignee: Option<String>,
    /// The team it waits for.
    pub team: Option<String>,
    /// Since when the earliest unanswered message waits; `None` when nothing does.
    pub waiting_since: Option<UnixMillis>,
    /// When the thread was opened.
    pub opened_at: UnixMillis,
    /// When it last changed.
    pub updated_at: UnixMillis,
    /// The last message, shortened to 120 characters.
    pub snippet: String,
    /// The language of the person, as far as known.
    pub language: Option<String>,
    /// The highest line: what an agent has seen who has just read the transcript.
    pub last_seq: u64,
    /// Until when the platform takes free text; `None` where it always does, or where the person never
    /// wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_text_until: Option<UnixMillis>,
    /// A reply that did not leave: for the composer, with the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
    /// What the person last said about messages from us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Other addresses of the person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What the person gave in answer to the questions of flows, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// Where a thread stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ThreadState {
    /// No human is needed.
    Bot,
    /// Waits for a human.
    Waiting,
    /// An agent has it.
    Claimed,
    /// Done; the next message starts anew with the bot.
    Resolved,
}

/// Why a human is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandoverReason {
    /// The person asked for a human.
    Asked,
    /// No entry answers it.
    NoKnowledge,
    /// An emergency.
    Emergency,
    /// The message came late; old news is not answered by a bot.
    Late,
    /// Something other than text: a picture, a voice message, a place.
    NotText,
    /// An answer could not be delivered.
    DeliveryFailed,
    /// A human answered in the platform's own app.
    Elsewhere,
    /// An agent reopened it.
    Reopened,
    /// The person was told that an answer waits for them.
    AnswerWaits,
    /// The person answered the questions of a flow.
    Flow,
    /// The person answered some questions of a flow and then nothing more.
    FlowAbandoned,
}

/// What an agent does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentCommand {
    /// Take the thread.
    Claim,
    /// Give it back.
    Release,
    /// Take it from whoever has it, so that it waits again. Only for leads: a colleague went home.
    Free,
    /// Write to the person. Claims the thread if nobody has it. A text that may not leave is kept as
    /// the thread's draft; where an approved template tells of it, the person is told.
    Reply {
        /// The text.
        text: String,
        /// The highest line the agent had seen; a reply to a thread that moved on is refused: where the person has written,
        /// changed or taken back something since, or a human elsewhere has written.
        #[serde(default)]
        last_seen_seq: Option<u64>,
    },
    /// Write a note that never leaves.
    Note {
        /// The text.
        text: String,
    },
    /// The thread is done.
    Resolve,
    /// It is not done after all.
    Reopen,
    /// A human opened the thread: what they see counts as read.
    Open,
    /// The draft is not wanted any more.
    DropDraft,
    /// The person said, elsewhere than here, whether they want messages that they did not ask for.
    RecordConsent {
        /// Whether they do.
        given: bool,
        /// How they said so, in the agent's words.
        how: String,
    },
    /// The person agreed to be reached at another address of theirs.
    Link {
        /// The address.
        to: ConversationKey,
        /// When they agreed; now where nothing is said.
        #[serde(default)]
        consented_at: Option<UnixMillis>,
    },
    /// The person is not to be reached there any more.
    Unlink {
        /// The address.
        to: ConversationKey,
    },
}

/// What happens to a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<'a> {
    /// The platform told something; seen for the first time (the edge removes repeats).
    Item {
        /// What.
        item: &'a Item,
        /// The line of the person that it changes; `None` where it changes none, or where that has yet to come in.
        line: Option<u64>,
    },
    /// An agent did something.
    Agent {
        /// The name on the agent's token.
        name: &'a str,
        /// What.
        command: AgentCommand,
    },
    /// A message of ours will not arrive.
    DeliveryFailed {
        /// Its line.
        line: u64,
    },
    /// A message failed in another conversation of the same person. Taken once, whatever the repeats.
    Fallback(&'a Fallback),
    /// Nothing happened; what counts is the time. Asked for by [`ConversationState::looks_at`].
    TimePassed,
}

/// Why an agent's command was refused. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another agent has the thread.
    #[error("{by} has claimed this thread")]
    ClaimedBy {
        /// Who.
        by: String,
    },
    /// The thread moved on since the agent looked.
    #[error("the thread has moved on to line {last_seq}")]
    Stale {
        /// The highest line now.
        last_seq: u64,
    },
    /// The command makes no sense in this state.
    #[error("the thread is {state:?}")]
    WrongState {
        /// The state.
        state: ThreadState,
    },
    /// An empty or far too long text.
    #[error("the text must have 1 to {max} characters")]
    TextLength {
        /// The most characters.
        max: usize,
    },
    /// No such address can be linked.
    #[error("{0}")]
    Address(AddressProblem),
}

/// What is wrong with another address of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AddressProblem {
    /// It is this very conversation.
    #[error("this is the address of the thread itself; name another one")]
    Itself,
    /// We have no such account.
    #[error("there is no such account in lotse.toml")]
    UnknownAccount,
    /// Nobody has such an id.
    #[error("the contact is no id at a platform: 1 to 128 letters, digits, dots, dashes or underscores")]
    Contact,
    /// The person agreed in the future.
    #[error("nobody agreed in the future; leave consented_at out for now")]
    Future,
    /// There are too many.
    #[error("there are {MAX_LINKS} other addresses already; remove one first")]
    TooMany,
}

/// How much waits for humans, as the desk last reported it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// Threads that wait.
    pub waiting: u32,
    /// How many threads humans resolved in the last hour.
    pub resolved_last_hour: u32,
    /// When this was counted.
    pub at: UnixMillis,
}

#[cfg(test)]
mod tests;
