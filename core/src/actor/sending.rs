//! The outbox at work: which call to make next, and what its outcome means.
//!
//! Oldest first, one at a time, each attempt recorded before the call.

use serde::{Deserialize, Serialize};

use super::outbox::{AfterRefusal, Next as Decision, Standing, after_refusal, after_unknown, next};
use super::records::{Delivery, delivery_key};
use super::reports::known_delivery;
use super::{Actor, Calling, Commit, Context, RecordError, Records, Send};
use crate::channel::{Channel, SendError, Sent};
use crate::conversation::Lane;
use crate::message::{Contact, ConversationKey, OutgoingContent};
use crate::pacing::Slot;
use crate::time::UnixMillis;

/// An attempt to send, as it is named to the platform, whose reports name it in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The id of the send.
    pub send: i64,
    /// The line of the transcript.
    pub line: u64,
    /// Which attempt it is, from 1; 0 in reports about what left before attempts had numbers.
    #[serde(default)]
    pub number: u32,
}

/// A call to the platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Whose conversation it is.
    pub key: ConversationKey,
    /// The person.
    pub contact: Contact,
    /// What to send.
    pub content: OutgoingContent,
    /// The message it quotes.
    pub reply_to: Option<String>,
    /// Which attempt at a send it is; `None` for a signal, of which no report is awaited.
    pub attempt: Option<Attempt>,
    /// How urgently it has to leave.
    pub lane: Lane,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The platform took it.
    Sent,
    /// The platform refused it.
    Refused(SendError),
    /// Nobody knows.
    Unknown,
}

impl Outcome {
    /// What the answer of a platform says. A failure of its server without a word about the message may have
    /// come after the message was taken; so may any where the platform never reports what became of one.
    #[must_use]
    pub fn of_answer(channel: &dyn Channel, status: u16, body: &[u8]) -> Self {
        match channel.read_response(status, body) {
            Ok(Sent { .. }) => Self::Sent,
            Err(error) => {
                let is_silent = error.code.is_none() || !channel.gives_send_evidence();
                let is_open = match status {
                    200..300 => error.code.is_none(),
                    500 | 502 | 504 => is_silent,
                    _ => false,
                };
                if is_open { Self::Unknown } else { Self::Refused(error) }
            }
        }
    }
}

/// What to do next about the outbox.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Make this call and tell its outcome with [`Actor::called`].
    Call(Box<Call>),
    /// Ask the pace of the account whether a message may leave, and tell what it says with
    /// [`Actor::slot_granted`] or [`Actor::slot_refused`].
    AskSlot {
        /// How urgently something in this conversation has to leave.
        lane: Lane,
        /// The time that the message was given before.
        held: Option<Slot>,
    },
    /// Nothing for now.
    Rest,
}

impl Actor {
    /// Puts a message into the outbox. The first into an empty one is recorded as attempted right away, where
    /// a slot is at hand, since its call is made as soon as the commit is durable.
    pub(super) fn enqueue(
        &mut self,
        content: OutgoingContent,
        line: u64,
        reply_to: Option<String>,
        lane: Lane,
        context: &Context<'_>,
    ) {
        let now = context.now;
        let standing = Standing { unsettled: false, attempts: 0, first_at: now, next_at: now };
        let mut send = Send { reply_to, ..self.kept.new_send(content, line, lane, standing) };
        let is_first = self.kept.outbox.is_empty() && self.calling == Calling::Nobody;
        if is_first
            && let Decision::Attempt(attempted) = next(standing, self.rules(context.settings), now)
            && self.pair_allows(now) <= now
            && (context.take_slot)(lane)
        {
            send.standing = attempted;
            self.calling = Calling::Recorded(send.id);
            self.has_attempted = true;
            self.spend_pair(now);
        }
        self.kept.outbox.push(send);
    }

    /// From when on the limit of messages to this person allows one.
    fn pair_allows(&self, now: UnixMillis) -> UnixMillis {
        let limit = self.kept.key.channel.channel().send_limits().per_person;
        limit.map_or(now, |limit| self.kept.pair_pace.not_before(limit, now))
    }

    fn spend_pair(&mut self, now: UnixMillis) {
        if let Some(limit) = self.kept.key.channel.channel().send_limits().per_person {
            self.kept.pair_pace.spend(limit, now);
        }
    }

    /// How urgently the outbox has to be emptied: a reply of a human pushes what stands before it.
    fn lane(&self) -> Lane {
        self.kept.outbox.iter().map(|send| send.lane).min().unwrap_or(Lane::Bot)
    }

    /// Decides about the next call. Commit first, then do it.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn next_call(
        &mut self,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<(Commit, Next), RecordError> {
        let mut commit = Commit::default();
        let rules = self.rules(context.settings);
        loop {
            let (recorded, granted) = match self.calling {
                Calling::Send(_) | Calling::Signal | Calling::Asking(_) => return Ok((commit, Next::Rest)),
                Calling::Recorded(id) => (Some(id), None),
                Calling::Granted(id) => (None, Some(id)),
                Calling::Nobody => (None, None),
            };
            self.calling = Calling::Nobody;
            let (lane, pair_allows) = (self.lane(), self.pair_allows(context.now));
            let Some(send) = self.kept.outbox.first_mut() else {
                let signal = self.next_signal();
                return Ok((commit, signal));
            };
            if recorded == Some(send.id) {
                let call = self.call_first();
                return Ok((commit, call));
            }
            if send.standing.unsettled && !send.graced && !self.has_attempted {
                // Left by an object that died: reports may have been on their way to a runtime that was
                // not there, so the evidence gets its time anew.
                send.standing = after_unknown(send.standing, rules, context.now);
                send.graced = true;
                self.keep(&mut commit)?;
                return Ok((commit, Next::Rest));
            }
            match next(send.standing, rules, context.now) {
                Decision::Wait => return Ok((commit, Next::Rest)),
                Decision::GiveUp => {
                    let (id, line) = (send.id, send.line);
                    self.fail(id, line, "nobody knows whether it went out", &mut commit, records, context)?;
                    self.keep(&mut commit)?;
                }
                Decision::Attempt(standing) => {
                    if pair_allows > context.now {
                        send.standing.next_at = pair_allows;
                        self.keep(&mut commit)?;
                        return Ok((commit, Next::Rest));
                    }
                    let at_hand = send.slot.is_none() && (context.take_slot)(lane);
                    if granted != Some(send.id) && !at_hand {
                        self.calling = Calling::Asking(send.id);
                        return Ok((commit, Next::AskSlot { lane, held: send.slot }));
                    }
                    (send.standing, send.graced, send.slot) = (standing, false, None);
                    self.spend_pair(context.now);
                    self.has_attempted = true;
                    self.keep(&mut commit)?;
                    let call = self.call_first();
                    return Ok((commit, call));
                }
            }
        }
    }

    /// The message that was asked for may leave; [`Actor::next_call`] goes on.
    pub fn slot_granted(&mut self) {
        if let Calling::Asking(id) = self.calling {
            self.calling = Calling::Granted(id);
        }
    }

    /// The message that was asked for has to wait until its slot, and perhaps ask again then; `note` says why,
    /// where agents should know.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn slot_refused(&mut self, slot: Slot, note: Option<&str>) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        let Calling::Asking(id) = std::mem::replace(&mut self.calling, Calling::Nobody) else {
            return Ok(commit);
        };
        if let Some(send) = self.kept.outbox.iter_mut().find(|send| send.id == id) {
            send.slot = Some(slot);
            send.standing.next_at = slot.at;
            send.note = note.map(str::to_owned);
            self.keep(&mut commit)?;
        }
        Ok(commit)
    }

    fn call_first(&mut self) -> Next {
        let Some(send) = self.kept.outbox.first() else { return Next::Rest };
        self.calling = Calling::Send(send.id);
        Next::Call(Box::new(Call {
            key: self.kept.key.clone(),
            contact: self.kept.state.contact.clone(),
            content: send.content.clone(),
            reply_to: send.reply_to.clone(),
            attempt: Some(Attempt { send: send.id, line: send.line, number: send.standing.attempts }),
            lane: send.lane,
        }))
    }

    fn next_signal(&mut self) -> Next {
        if self.signals.is_empty() {
            return Next::Rest;
        }
        self.calling = Calling::Signal;
        Next::Call(Box::new(Call {
            key: self.kept.key.clone(),
            contact: self.kept.state.contact.clone(),
            content: self.signals.remove(0),
            reply_to: None,
            attempt: None,
            lane: Lane::Bot,
        }))
    }

    /// Takes in what became of a call that [`Actor::next_call`] asked for: of the one about this send, or of a
    /// signal. The send is named, since the memory of who called is lost where a commit was refused meanwhile,
    /// and what the platform said counts all the same.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn called(
        &mut self,
        send: Option<i64>,
        outcome: &Outcome,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        self.calling = Calling::Nobody;
        // Losing a signal does no harm.
        let Some(id) = send else { return Ok(commit) };
        let rules = self.rules(context.settings);
        // The report of the platform may have settled it while the call was out.
        let Some(send) = self.kept.outbox.iter_mut().find(|send| send.id == id) else { return Ok(commit) };
        let line = send.line;
        match outcome {
            // The report that it failed came before the answer to the call.
            Outcome::Sent | Outcome::Unknown if !send.standing.unsettled => {}
            Outcome::Sent => {
                // An earlier attempt may be reported as failed yet.
                let earlier = send.standing.attempts - 1;
                if earlier > 0 {
                    let known = known_delivery(line, records)?.unwrap_or_default();
                    let superseded = Some((id, earlier));
                    commit.put(delivery_key(line), &Delivery { superseded, ..known })?;
                }
                self.settle(id);
            }
            Outcome::Unknown => {
                send.standing = after_unknown(send.standing, rules, context.now);
                send.note = Some("no answer from the platform".to_owned());
                self.signals.clear();
            }
            Outcome::Refused(error) => {
                match after_refusal(send.standing, error, rules, context.now, context.random[1]) {
                    AfterRefusal::Fail => {
                        self.fail(id, line, &error.detail, &mut commit, records, context)?;
                    }
                    AfterRefusal::Retry { standing, moved_to } => {
                        send.standing = standing;
                        send.note = Some(error.detail.clone());
                        if let Some(contact_id) = moved_to {
                            self.kept.state.contact.id = contact_id;
                        }
                    }
                }
            }
        }
        self.keep(&mut commit)?;
        if self.kept.due().is_none() {
            self.rest(&mut commit, context);
        }
        Ok(commit)
    }
}
