//! What an isolate knows of one account: leased slots, its calls that are out, and what it last heard of the pacer.
//!
//! Asked before every send; in the common case it answers from memory. The edge carries out what it
//! decides: waits, asks the pacer, tells it how that went.

use super::bulkhead::{Bulkhead, CallId};
use super::gate::{Halt, RECHECK_MILLIS};
use super::lease::{LeaseBook, SLOT_LIFE_MILLIS};
use super::pacer::{Answer, Ask, SLOT_GRACE_MILLIS, Slot};
use super::{Lane, ProbeId};
use crate::time::UnixMillis;

/// For how long nobody asks again after the pacer did not answer.
const UNREACHABLE_MILLIS: i64 = 5_000;
/// For how long a halt is taken from memory instead of asking the pacer once more.
const HALT_FRESH_MILLIS: i64 = 1_000;
/// For how long a halt is believed when the pacer cannot be reached: longer than anybody waits to ask again.
const HALT_USEFUL_MILLIS: i64 = 4 * RECHECK_MILLIS;
/// A wait up to this long is spent waiting; an alarm costs two writes and comes late.
const WAIT_MAX_MILLIS: i64 = 1_000;

/// What to do about a message that is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send at once; a probe's outcome must be reported.
    Send {
        /// The probe, where it is one.
        probe: Option<ProbeId>,
    },
    /// Wait until then, less than a second or so, and send.
    SendAt(UnixMillis),
    /// Ask the pacer, then hand the outcome to [`Isolate::answered`].
    Ask(Ask),
    /// Come again at this time, and bring the slot along.
    NotBefore(Slot),
    /// The account is halted: come again at this time, and bring the slot along.
    Halted(Slot, Halt),
}

/// What an isolate knows of one account.
#[derive(Clone, Debug, Default)]
pub struct Isolate {
    books: [LeaseBook; Lane::ALL.len()],
    unreachable_until: UnixMillis,
    halted: Option<Heard>,
    calls: Bulkhead,
}

/// The pacer said that the account is halted.
#[derive(Clone, Copy, Debug)]
struct Heard {
    at: UnixMillis,
    halt: Halt,
}

impl Isolate {
    /// Decides about one message. `held` is what it was told before, if it was; `dice` spreads those who
    /// are answered from memory.
    pub fn decide(&mut self, lane: Lane, held: Option<Slot>, now: UnixMillis, dice: u8) -> Decision {
        // A slot of another lane is worth nothing to a message that became more urgent.
        let held = held.filter(|slot| slot.lane <= lane && !is_absurd(*slot, now));
        if let Some(slot) = held.filter(|slot| now < slot.at) {
            return Decision::NotBefore(slot);
        }
        if let Some(heard) = self.heard_within(HALT_FRESH_MILLIS, now) {
            return Decision::Halted(recheck(lane, now, dice), heard.halt);
        }
        let is_reserved =
            held.is_some_and(|slot| slot.reserved && now.millis_since(slot.at) <= SLOT_GRACE_MILLIS);
        if is_reserved && self.heard_within(RECHECK_MILLIS, now).is_none() {
            return Decision::Send { probe: None };
        }
        if now < self.unreachable_until && self.unreachable_until.millis_since(now) <= UNREACHABLE_MILLIS {
            return self.without_pacer(lane, now, dice);
        }
        match self.books[lane.index()].need(now) {
            Ok(at) if at <= now => Decision::Send { probe: None },
            Ok(at) => Decision::SendAt(at),
            Err(count) => Decision::Ask(Ask { lane, count, invited: held.is_some() }),
        }
    }

    /// Takes a slot that is at hand for a message that leaves at once; asks and waits for nothing.
    pub fn take(&mut self, lane: Lane, now: UnixMillis) -> bool {
        self.has_room(lane, now)
            && self.heard_within(HALT_FRESH_MILLIS, now).is_none()
            && self.books[lane.index()].take_at_hand(now)
    }

    /// When to ask whether a call may begin, if so many are out that it may not now. Humans never wait for that.
    pub fn turn(&mut self, lane: Lane, now: UnixMillis) -> Option<UnixMillis> {
        (!self.has_room(lane, now)).then(|| self.calls.turn(now))
    }

    fn has_room(&mut self, lane: Lane, now: UnixMillis) -> bool {
        lane == Lane::Human || self.calls.has_room(now)
    }

    /// A call to the platform begins; tell [`Isolate::end_call`] when it has ended.
    pub fn begin_call(&mut self, now: UnixMillis) -> CallId {
        self.calls.begin(now)
    }

    /// A call has ended, however it did.
    pub fn end_call(&mut self, call: CallId) {
        self.calls.end(call);
    }

    /// The pacer answered; never decides to ask again.
    pub fn answered(&mut self, ask: Ask, answer: Answer, now: UnixMillis) -> Decision {
        let book = &mut self.books[ask.lane.index()];
        if let Answer::Granted { mut slots } = answer {
            self.halted = None;
            // Its own slot is the asker's even if the answer took its time.
            let at = slots.take(now).unwrap_or(now);
            book.answered(ask.count, Some(slots));
            return if at <= now { Decision::Send { probe: None } } else { Decision::SendAt(at) };
        }
        book.answered(ask.count, None);
        match answer {
            Answer::Granted { .. } => Decision::Send { probe: None },
            Answer::Probe { probe } => Decision::Send { probe: Some(probe) },
            Answer::NotBefore { slot } => {
                self.halted = None;
                let is_near = slot.reserved && slot.at.millis_since(now) <= WAIT_MAX_MILLIS;
                if is_near { Decision::SendAt(slot.at) } else { Decision::NotBefore(slot) }
            }
            Answer::Paused { slot, halt } => {
                self.halted = Some(Heard { at: now, halt });
                self.books.iter_mut().for_each(LeaseBook::forget);
                Decision::Halted(slot, halt)
            }
        }
    }

    /// The pacer could not be reached or took too long: the message leaves all the same, unless the account
    /// was halted a moment ago. For a few seconds nobody tries again.
    pub fn not_answered(&mut self, ask: Ask, now: UnixMillis, dice: u8) -> Decision {
        self.books[ask.lane.index()].answered(ask.count, None);
        self.unreachable_until = now.plus_millis(UNREACHABLE_MILLIS);
        self.without_pacer(ask.lane, now, dice)
    }

    fn without_pacer(&self, lane: Lane, now: UnixMillis, dice: u8) -> Decision {
        match self.heard_within(HALT_USEFUL_MILLIS, now) {
            Some(heard) => Decision::Halted(recheck(lane, now, dice), heard.halt),
            None => Decision::Send { probe: None },
        }
    }

    fn heard_within(&self, millis: i64, now: UnixMillis) -> Option<Heard> {
        self.halted.filter(|heard| (0..millis).contains(&now.millis_since(heard.at)))
    }
}

/// When to come again without a time of one's own from the pacer: within one round of rechecks, by lot.
fn recheck(lane: Lane, now: UnixMillis, dice: u8) -> Slot {
    let spread = RECHECK_MILLIS * i64::from(dice) / 256;
    Slot { at: now.plus_millis(RECHECK_MILLIS + spread), lane, reserved: false }
}

/// A reservation further ahead than any is given: the clock was set back.
fn is_absurd(slot: Slot, now: UnixMillis) -> bool {
    const HOUR_MILLIS: i64 = 60 * 60_000;
    slot.at.millis_since(now) > 24 * HOUR_MILLIS
}

/// Slots of a lease never lie further ahead than a message may wait.
const _: () = assert!(SLOT_LIFE_MILLIS <= WAIT_MAX_MILLIS);
