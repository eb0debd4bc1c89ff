//! A conversation as an actor: takes one input at a time, says what has to become durable, and what to do next.
//!
//! Around [`crate::conversation::step`], which decides what is said, this room decides what is kept, what is
//! sent when, what the desk is told, and when to look again. Every method changes the actor in memory and
//! returns the [`Commit`] that makes the change durable. Whoever runs it commits before doing anything else, and
//! where that fails throws the actor away and restores it from what is stored: so a crash at any instant leaves
//! either nothing or all of a change.
//!
//! The worker's objects and the deterministic simulation run this same code. Must not do I/O.
//!
//! | file | purpose |
//! |---|---|
//! | `kept`, `records` | what is stored, and as which rows |
//! | `inbox` | what comes in: items and commands |
//! | `reports` | what the platform says became of a send |
//! | `sending` | the outbox at work: the next call, and what its outcome means |
//! | `outbox` | the rules of retries as pure functions |
//! | `desk` | telling the desk until it confirms |
//! | `transfer` | what another conversation of the same person has to be told |
//! | `alarm` | when to look again |
//! | `tally` | what a change came to, for the operators' counters |
//! | `transcript` | the lines as agents read them |

mod alarm;
mod desk;
mod inbox;
mod kept;
mod outbox;
mod records;
mod reports;
mod sending;
mod tally;
mod transcript;
mod transfer;

#[cfg(test)]
mod tests;

pub use alarm::Woken;
pub use kept::{DeskUpdate, EarlyChange, Kept, Send};
pub use outbox::{Rules, Standing};
pub use records::{Commit, Learnt, RecordError, Records, Row, SEEN, StoredLine};
pub use reports::SendReport;
pub use sending::{Attempt, Call, Next, Outcome};
pub use tally::Tally;
pub use transfer::{Errand, Forwarded, Transfer};

use crate::conversation::{Backlog, Effect, Input, Lane, Refusal, Step, ThreadSummary, step};
use crate::faq::knowledge::Knowledge;
use crate::message::{Content, ConversationKey, OutgoingContent};
use crate::settings::Settings;
use crate::time::UnixMillis;
use records::{KEPT, line_key, read};

/// What an actor needs to know beside its own state.
pub struct Context<'a> {
    /// The approved texts.
    pub knowledge: &'a Knowledge,
    /// The organisation's decisions.
    pub settings: &'a Settings,
    /// How much waits for humans, as far as known.
    pub backlog: Option<Backlog>,
    /// The time.
    pub now: UnixMillis,
    /// Fresh random bytes, for references and to spread retries.
    pub random: [u8; 8],
    /// Takes a place in the pace of the sending account, if one is at hand.
    pub take_slot: &'a dyn Fn(Lane) -> bool,
}

/// A conversation in memory: what is kept, and what may be lost with the memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    kept: Kept,
    /// Read ticks and confirmed presses that follow once the outbox is empty. In memory only: losing one
    /// does no harm, while a tick before the answer would claim what is not so.
    signals: Vec<OutgoingContent>,
    calling: Calling,
    /// Whether this life made a call, or gave one that an earlier life left open its time.
    has_attempted: bool,
    /// When the alarm goes off, as far as this life knows.
    alarm_at: Option<UnixMillis>,
}

/// Whether a call to the platform is out: there is at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calling {
    Nobody,
    /// This send was recorded as attempted in the commit that brought it; its call has yet to be made.
    Recorded(i64),
    /// The pace of the account is being asked about this send.
    Asking(i64),
    /// This send may leave, says the pace of the account.
    Granted(i64),
    /// The call about this send is out.
    Send(i64),
    /// A signal is out.
    Signal,
}

impl Actor {
    /// A conversation that begins.
    #[must_use]
    pub fn new(key: ConversationKey, now: UnixMillis) -> Self {
        Self::with(Kept::new(key, now))
    }

    /// The conversation as it was kept; `None` where none began.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn restore(records: &dyn Records) -> Result<Option<Self>, RecordError> {
        let Some(json) = records.get(KEPT)? else { return Ok(None) };
        Ok(Some(Self::with(read("kept", &json)?)))
    }

    const fn with(kept: Kept) -> Self {
        Self { kept, signals: Vec::new(), calling: Calling::Nobody, has_attempted: false, alarm_at: None }
    }

    /// What is kept.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The thread as the desk lists it; `None` as long as no human was ever needed.
    #[must_use]
    pub fn thread(&self, now: UnixMillis) -> Option<ThreadSummary> {
        self.kept.state.summary(&self.kept.key, now)
    }

    /// What the settings and the platform say about sends of this conversation.
    fn rules(&self, settings: &Settings) -> Rules {
        Rules::new(&settings.sending, self.kept.key.channel.channel().gives_send_evidence())
    }

    /// Takes a step and writes down its consequences.
    fn step(
        &mut self,
        input: Input<'_>,
        commit: &mut Commit,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<Result<(), Refusal>, RecordError> {
        let within = crate::conversation::Context {
            key: &self.kept.key,
            knowledge: context.knowledge,
            settings: context.settings,
            backlog: context.backlog,
            now: context.now,
            random: context.random,
        };
        let Step { state, effects } = match step(&self.kept.state, input, &within) {
            Ok(step) => step,
            Err(refusal) => return Ok(Err(refusal)),
        };
        commit.tally.step(&self.kept.state, &state, &effects);
        self.kept.state = state;
        for effect in effects {
            self.apply(effect, commit, records, context)?;
        }
        Ok(Ok(()))
    }

    fn apply(
        &mut self,
        effect: Effect,
        commit: &mut Commit,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<(), RecordError> {
        match effect {
            Effect::Append(line) => {
                let key = line_key(line.seq);
                commit.put(key, &StoredLine { line, removed_at: None })?;
            }
            Effect::Replace { line: Some(line), content, .. } => {
                transcript::rewrite(line, content, None, commit, records)?;
            }
            Effect::Remove { line: Some(line), .. } => {
                let nothing = Content::Unsupported { kind: "removed".to_owned(), words: None };
                transcript::rewrite(line, nothing, Some(context.now), commit, records)?;
            }
            Effect::Replace { provider_id, line: None, content } => {
                self.kept.changed_early(EarlyChange { message_id: provider_id, content: Some(content) });
            }
            Effect::Remove { provider_id, line: None } => {
                self.kept.changed_early(EarlyChange { message_id: provider_id, content: None });
            }
            Effect::Send { line: None, content, .. } => self.signals.push(content),
            Effect::Send { line: Some(line), content, reply_to, lane } => {
                self.enqueue(content, line, reply_to, lane, context);
            }
            Effect::Fallback { to, message } => {
                self.start_transfer(to, Errand::Message(message), context.now);
            }
            Effect::NewAddress(to) => {
                self.start_transfer(to, Errand::LivesAt(self.kept.key.clone()), context.now);
            }
            Effect::Learn(lesson) => {
                commit.learnt.push(Learnt { line: self.kept.state.last_seq, lesson });
            }
            Effect::UpdateDesk(thread) => {
                self.kept.desk_update = Some(DeskUpdate { thread, attempts: 0, next_at: context.now });
            }
        }
        Ok(())
    }

    /// Ends a change: what is kept goes into the commit.
    fn keep(&self, commit: &mut Commit) -> Result<(), RecordError> {
        commit.put(KEPT.to_owned(), &self.kept)
    }
}
