//! The pacer of one account: what the shared object keeps, as one JSON value.
//!
//! Two clocks share the account's rate: a fifth is the humans' reserve, the rest is common. Humans take
//! whichever comes first. Bots take the common one, and of the reserve only what is to be had at once while
//! it is untouched, so that it is not wasted and a human still finds it at hand. Bulk takes a common slot
//! only when nobody else has one ahead of it or is waiting.
//!
//! Who cannot send at once is told a time. Up to [`HORIZON_MILLIS`] ahead it is a **reservation**: the
//! conversation sends at that time and asks nobody. Beyond that, and while the account is halted, it is an
//! **invitation** to ask again at a time of its own; invitations follow one another at the account's
//! rate, so that however many wait, they come back as fast as they can be served and no faster. Who comes
//! back with an invitation gets the next reservation, before newcomers.

use serde::{Deserialize, Serialize};

use super::breaker::ProbeId;
use super::gate::{Admission, Gate, Halt, ManualPause, Outcome};
use super::gcra::{Clock, micros, millis};
use super::lease::{LEASE_MAX, SLOT_LIFE_MILLIS, Slots};
use super::{Lane, Rate};
use crate::time::UnixMillis;

/// How far ahead a newcomer's reservation may lie, in milliseconds: for so long some may still send after
/// the account was halted.
pub const HORIZON_MILLIS: i64 = 10_000;
/// How long after its time a reservation may be used, in milliseconds: alarms come late.
pub const SLOT_GRACE_MILLIS: i64 = 2_000;
/// How far the reservations may run ahead of what is saved, in milliseconds.
const SAVE_EVERY_MILLIS: i64 = 1_000;

/// A request for slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// How urgently.
    pub lane: Lane,
    /// How many messages, 1 to [`LEASE_MAX`].
    pub count: u32,
    /// Whether the asker was invited, and comes at its time or later.
    pub invited: bool,
}

/// What an asker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Slots of which the first is at most [`SLOT_LIFE_MILLIS`] ahead; at least one.
    Granted {
        /// The slots.
        slots: Slots,
    },
    /// Send one message at once and report what became of it: whether the account works hangs on it.
    Probe {
        /// To be reported.
        probe: ProbeId,
    },
    /// Not yet.
    NotBefore {
        /// When, and whether to ask again then.
        slot: Slot,
    },
    /// The account is halted: ask again at this time.
    Paused {
        /// The asker's own time, so that not everybody comes at once.
        slot: Slot,
        /// Why.
        halt: Halt,
    },
}

/// A time that one message was given; its conversation keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// When.
    pub at: UnixMillis,
    /// For which lane.
    pub lane: Lane,
    /// Whether it is a reservation; else an invitation to ask again.
    pub reserved: bool,
}

/// The pacer of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pacer {
    /// The latest time it has seen.
    seen: UnixMillis,
    reserve: Clock,
    common: Clock,
    /// Per lane, when the next invitation is due.
    invitations: [Clock; Lane::ALL.len()],
    gate: Gate,
}

impl Pacer {
    /// Answers a request for slots.
    pub fn ask(&mut self, ask: Ask, rate: Rate, now: UnixMillis) -> Answer {
        self.notice(now);
        match self.gate.admit(now) {
            Admission::Open => self.grant(ask, rate, now),
            Admission::Probe(probe) => {
                // It leaves at once and is paid for all the same.
                self.common.take(rate.common(), 1, micros(now));
                Answer::Probe { probe }
            }
            Admission::Halted { until, halt } => {
                Answer::Paused { slot: self.invite(ask.lane, until, rate), halt }
            }
        }
    }

    /// Takes in what became of an attempt.
    pub fn report(&mut self, outcome: &Outcome, probe: Option<ProbeId>, now: UnixMillis) {
        self.notice(now);
        self.gate.report(outcome, probe, now);
    }

    /// An operator pauses the account. A second pause replaces the words of the first.
    pub fn pause(&mut self, by: String, reason: String, now: UnixMillis) {
        self.notice(now);
        self.gate.manual = Some(ManualPause { by, reason, since: now });
    }

    /// An operator lets the account send again, whatever held it.
    pub fn resume(&mut self, now: UnixMillis) {
        self.notice(now);
        self.gate.resume();
    }

    /// Whether this must be saved, given what is saved already. The clocks are worth a write only when
    /// reservations lie ahead that a restart would give out a second time.
    #[must_use]
    pub fn must_be_saved(&self, saved: &Self) -> bool {
        let drifted = |clock: Clock, saved: Clock| {
            let is_ahead = clock.due_micros() - micros(self.seen) > SAVE_EVERY_MILLIS * 1_000;
            is_ahead && (clock.due_micros() - saved.due_micros()).abs() > SAVE_EVERY_MILLIS * 1_000
        };
        self.gate.differs(&saved.gate)
            || drifted(self.common, saved.common)
            || drifted(self.reserve, saved.reserve)
    }

    pub(super) const fn gate(&self) -> &Gate {
        &self.gate
    }

    fn grant(&mut self, ask: Ask, rate: Rate, now: UnixMillis) -> Answer {
        let count = ask.count.clamp(1, LEASE_MAX);
        match ask.lane {
            Lane::Human => {
                // On a tie the reserve, so that the common slots are left to those who have no other.
                let at = micros(now);
                let is_reserve = self.reserve.next(rate.reserve(), at) <= self.common.next(rate.common(), at);
                self.grant_from(is_reserve, Ask { count, ..ask }, rate, now)
            }
            Lane::Bot => {
                let at = micros(now);
                let must_wait = self.common.next(rate.common(), at) > at;
                if must_wait && self.reserve.is_idle(at) {
                    return self.grant_from(true, Ask { count: 1, ..ask }, rate, now);
                }
                self.grant_from(false, Ask { count, ..ask }, rate, now)
            }
            Lane::Bulk => self.grant_bulk(rate, now),
        }
    }

    /// As many of the wanted slots as lie within the next moment, or one reservation, or an invitation.
    fn grant_from(&mut self, is_reserve: bool, ask: Ask, rate: Rate, now: UnixMillis) -> Answer {
        let pace = if is_reserve { rate.reserve() } else { rate.common() };
        let clock = if is_reserve { &mut self.reserve } else { &mut self.common };
        let at = micros(now);
        let first = clock.next(pace, at);
        let soon = at.saturating_add(SLOT_LIFE_MILLIS * 1_000);
        let horizon = at.saturating_add(HORIZON_MILLIS * 1_000);
        let is_soon = first <= soon;
        // Others were invited for later: who comes anew goes behind them, unless the slot would be lost.
        let goes_behind = !ask.invited && !is_soon && !self.invitations[ask.lane.index()].is_idle(at);
        if !is_soon && (goes_behind || (!ask.invited && first > horizon)) {
            return Answer::NotBefore { slot: self.invite(ask.lane, millis(first), rate) };
        }
        let count = if is_soon { ask.count.min(clock.available(pace, at, soon)).max(1) } else { 1 };
        let slots = clock.take(pace, count, at);
        self.gate.granted(count, now);
        if is_soon {
            Answer::Granted { slots }
        } else {
            Answer::NotBefore { slot: Slot { at: millis(first), lane: ask.lane, reserved: true } }
        }
    }

    /// One slot, if it is the very next and nobody waits; never a reservation.
    fn grant_bulk(&mut self, rate: Rate, now: UnixMillis) -> Answer {
        let at = micros(now);
        let pace = rate.common().steady();
        let next = self.common.next(pace, at);
        let somebody_waits =
            [Lane::Human, Lane::Bot].iter().any(|lane| !self.invitations[lane.index()].is_idle(at));
        if somebody_waits || next > at.saturating_add(pace.interval_micros()) {
            let earliest = millis(next).max(now.plus_millis(SLOT_LIFE_MILLIS));
            return Answer::NotBefore { slot: self.invite(Lane::Bulk, earliest, rate) };
        }
        let slots = self.common.take(pace, 1, at);
        self.gate.granted(1, now);
        Answer::Granted { slots }
    }

    /// A time to ask again, from `earliest` on, for this asker alone.
    fn invite(&mut self, lane: Lane, earliest: UnixMillis, rate: Rate) -> Slot {
        let slots = self.invitations[lane.index()].take(rate.whole(), 1, micros(earliest));
        Slot { at: slots.first().unwrap_or(earliest), lane, reserved: false }
    }

    /// A clock that was set back must neither stop the account nor open its gates: what lies ahead stays as
    /// far ahead as it was. One that jumps ahead costs at most one burst.
    fn notice(&mut self, now: UnixMillis) {
        let back = now.millis_since(self.seen);
        if back < 0 {
            self.reserve.shift(back);
            self.common.shift(back);
            self.invitations.iter_mut().for_each(|clock| clock.shift(back));
            self.gate.shift(back);
        }
        self.seen = now;
    }
}
