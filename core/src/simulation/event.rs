//! What can happen in a world, and what travels in it. `Debug` is made for the eye: it is what a failed world tells.

use std::fmt;

use crate::actor::{Attempt, Outcome, SendReport};
use crate::conversation::{AgentCommand, ThreadSummary};
use crate::message::{ConversationKey, Item, OutgoingContent};
use crate::routing::Parcel;
use crate::time::UnixMillis;

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// A person writes.
    Says { person: usize },
    /// The platform posts a webhook, perhaps not for the first time.
    Posts { post: usize },
    /// The platform hears what became of a webhook, or that nobody answers.
    Answered { post: usize, ok: bool },
    /// The edge tries the next rung for a parcel of a request.
    Rung { request: u64, parcel: usize },
    /// The machine that answers a request dies.
    EdgeCrash { request: u64 },
    /// A call arrives at a conversation's object.
    Call { object: usize, call: ObjectCall, caller: Caller },
    /// What an object said while storing is let out: everything before it is durable now.
    Departs { object: usize, life: u64, output: Output },
    /// A caller hears from an object; nothing where the call failed.
    Replies { caller: Caller, answer: Option<Answer> },
    /// A call arrives at a platform.
    PlatformHears { sending: Box<Sending>, may_answer: bool },
    /// An object hears what became of its call.
    Called { call: OpenCall, outcome: Outcome },
    /// An object's message for the desk is in the queue, or refused.
    Told { object: usize, life: u64, work: u64 },
    /// An object loses its memory, and what is not durable yet.
    Crash { object: usize, life: u64 },
    /// An object's alarm may be due.
    Alarm { object: usize },
    /// An alarm goes off once more than it was set.
    AlarmAgain { object: usize },
    /// A queue looks for messages to deliver.
    Pump { queue: QueueName },
    /// The machine that works on a batch dies.
    ErrandCrash { errand: u64 },
    /// The cron replays sealed keys.
    Cron,
    /// The storm is over.
    Calm,
    /// An agent looks at the desk, or goes on with what they do there.
    Agent { agent: usize },
}

impl Event {
    /// Whether a world is at rest while only such events are planned.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self, Self::Alarm { .. } | Self::Crash { .. })
    }
}

/// A call to a conversation's object, as the edge makes them.
#[derive(Clone)]
pub enum ObjectCall {
    /// Items from the platform.
    Deliver { key: ConversationKey, items: Vec<Item> },
    /// What became of a send.
    Report(SendReport),
    /// An agent's command.
    Agent { name: String, command: AgentCommand, repeat_key: Option<String> },
    /// The transcript.
    Read,
    /// The desk has this version.
    DeskHas { version: u64 },
}

/// What an object answers.
#[derive(Clone)]
pub enum Answer {
    /// It is durable.
    Done,
    /// The command is done; this is how the thread stands.
    Thread(Box<ThreadSummary>),
    /// The command was refused, or there is no thread.
    Refused,
    /// The transcript ends with this line.
    Transcript { last_seq: u64 },
}

/// Who called an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A parcel of a webhook request.
    Request { request: u64, parcel: usize },
    /// A batch of the spill queue, or the cron.
    Errand(u64),
    /// An agent.
    Agent(usize),
    /// Someone who does not listen.
    Nobody,
}

/// What leaves an object once everything before it is durable.
#[derive(Clone)]
pub enum Output {
    /// An answer to a caller.
    Answer { caller: Caller, answer: Answer, evidence: Option<Box<SendReport>> },
    /// A call to the platform.
    Call(Box<Sending>),
    /// A message for the desk.
    Tell { work: u64, thread: Box<ThreadSummary> },
}

/// Who waits for the outcome of a call to a platform.
#[derive(Clone, Copy, Debug)]
pub struct OpenCall {
    /// The object that calls.
    pub object: usize,
    /// Its life.
    pub life: u64,
    /// The work that waits for the outcome.
    pub work: u64,
    /// Which attempt at a send it is; `None` for a signal.
    pub attempt: Option<Attempt>,
}

/// A call to a platform on its way.
#[derive(Clone)]
pub struct Sending {
    /// Who waits for its outcome.
    pub call: OpenCall,
    /// What is sent.
    pub content: OutgoingContent,
    /// The body on the wire.
    pub body: Vec<u8>,
    /// When it left.
    pub departed_at: UnixMillis,
}

impl Sending {
    /// The line of the transcript; `None` for a signal.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.call.attempt.map(|attempt| attempt.line)
    }
}

/// The queues of wrangler.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueName {
    /// How threads stand, for the desk.
    Followups,
    /// Parcels whose conversation could not be reached.
    Spill,
    /// What could not be understood or delivered.
    DeadLetters,
}

/// What lies in a queue or a sealed key.
#[derive(Clone, Debug)]
pub enum Carried {
    /// How a thread stands.
    Update { object: usize, thread: Box<ThreadSummary> },
    /// Something for a conversation.
    Parcel(Parcel),
    /// A dead letter.
    Letter(Letter),
}

/// A dead letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its id.
    pub id: String,
    /// What it holds; `None` for a piece that nobody can read.
    pub parcel: Option<Parcel>,
}

impl fmt::Debug for ObjectCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deliver { items, .. } => {
                let ids: Vec<&str> = items.iter().map(|item| item.event_id.as_str()).collect();
                write!(formatter, "Deliver {ids:?}")
            }
            Self::Report(report) => {
                write!(formatter, "Report line {} {:?}", report.attempt.line, report.state)
            }
            Self::Agent { name, command, .. } => write!(formatter, "{name}: {command:?}"),
            Self::Read => formatter.write_str("Read"),
            Self::DeskHas { version } => write!(formatter, "DeskHas {version}"),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => formatter.write_str("done"),
            Self::Thread(thread) => write!(formatter, "{:?} version {}", thread.state, thread.version),
            Self::Refused => formatter.write_str("refused"),
            Self::Transcript { last_seq } => write!(formatter, "lines up to {last_seq}"),
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { caller, answer, .. } => write!(formatter, "{answer:?} to {caller:?}"),
            Self::Call(sending) => sending.fmt(formatter),
            Self::Tell { thread, .. } => {
                write!(formatter, "for the desk: {:?} version {}", thread.state, thread.version)
            }
        }
    }
}

impl fmt::Debug for Sending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call: OpenCall { object, life, attempt, .. }, content, .. } = self;
        let line = attempt.map(|attempt| attempt.line);
        let content: String = format!("{content:?}").chars().take(60).collect();
        write!(formatter, "object {object} life {life} line {line:?}: {content}")
    }
}
