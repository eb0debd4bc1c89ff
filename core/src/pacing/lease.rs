//! Slots that an isolate holds for the next moment, so that the hot path seldom calls the pacer.
//!
//! A slot is a time from which one message may leave. It lives for [`SLOT_LIFE_MILLIS`]; what is not used
//! by then expires, and nobody gives anything back. So an isolate that dies or falls silent costs the account
//! a quarter of a second of its slots, once.

use serde::{Deserialize, Serialize};

use super::gcra::{micros, millis};
use crate::time::UnixMillis;

/// How long a slot may be used after its time, in milliseconds; also how far ahead a lease reaches. What leaves
/// within any stretch of time is at most what the rate allows for it and for this much more.
pub const SLOT_LIFE_MILLIS: i64 = 250;
/// The most slots of one lease.
pub const LEASE_MAX: u32 = 32;

/// Consecutive slots of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// No slot is earlier, in microseconds since the epoch.
    from_micros: i64,
    /// The first slot, were it not for `from_micros`.
    base_micros: i64,
    interval_micros: i64,
    count: u32,
}

impl Slots {
    pub(super) const fn new(from_micros: i64, base_micros: i64, interval_micros: i64, count: u32) -> Self {
        Self { from_micros, base_micros, interval_micros, count }
    }

    /// How many are left.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The time of the next slot, whether or not it has come or gone; `None` when none is left.
    #[must_use]
    pub fn first(&self) -> Option<UnixMillis> {
        (self.count > 0).then(|| millis(self.base_micros.max(self.from_micros)))
    }

    /// Takes the next slot that has not expired: its time, which may lie a little ahead.
    pub fn take(&mut self, now: UnixMillis) -> Option<UnixMillis> {
        while let Some(at) = self.first() {
            self.count -= 1;
            self.base_micros = self.base_micros.saturating_add(self.interval_micros);
            if now.millis_since(at) <= SLOT_LIFE_MILLIS {
                return Some(at);
            }
        }
        None
    }

    /// Whether a slot can still be used.
    fn is_spent(&self, now: UnixMillis) -> bool {
        let last = i64::from(self.count).saturating_sub(1).saturating_mul(self.interval_micros);
        let last = self.base_micros.saturating_add(last).max(self.from_micros);
        self.count == 0 || micros(now).saturating_sub(last) > SLOT_LIFE_MILLIS * 1_000
    }
}

/// The slots of one lane in an isolate, and how many it needs at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LeaseBook {
    /// Usually none or one; more when answers to several asks came in together.
    leases: Vec<Slots>,
    /// When the present moment began; a moment is as long as a slot lives.
    moment: UnixMillis,
    /// How many were needed in this moment, and in the one before.
    needed: u32,
    needed_before: u32,
    /// How many slots were asked for whose answer is not there yet.
    asked: u32,
}

impl LeaseBook {
    /// A slot for one message: its time, or else how many slots to ask for.
    ///
    /// # Errors
    /// The number of slots to ask for, to be given back with [`Self::answered`].
    pub fn need(&mut self, now: UnixMillis) -> Result<UnixMillis, u32> {
        self.count_need(now);
        self.leases.retain(|lease| !lease.is_spent(now));
        // A clock that was set back must not make anybody wait for slots that are far ahead.
        self.leases
            .retain(|lease| lease.first().is_some_and(|at| at.millis_since(now) <= 2 * SLOT_LIFE_MILLIS));
        if let Some(at) = self.leases.iter_mut().find_map(|lease| lease.take(now)) {
            return Ok(at);
        }
        let usual = self.needed.max(self.needed_before).min(LEASE_MAX);
        let wanted = usual.saturating_sub(self.asked).max(1);
        self.asked += wanted;
        Err(wanted)
    }

    /// Takes a slot whose time has come, if one is at hand; asks for nothing otherwise.
    pub fn take_at_hand(&mut self, now: UnixMillis) -> bool {
        let is_due = |lease: &Slots| !lease.is_spent(now) && lease.first().is_some_and(|at| at <= now);
        let Some(lease) = self.leases.iter_mut().find(|lease| is_due(lease)) else { return false };
        let taken = lease.take(now).is_some_and(|at| at <= now);
        if taken {
            self.count_need(now);
        }
        taken
    }

    /// An ask for `wanted` slots came to an end; what of it is left goes into the book.
    pub fn answered(&mut self, wanted: u32, rest: Option<Slots>) {
        self.asked = self.asked.saturating_sub(wanted);
        self.leases.extend(rest.filter(|rest| rest.count > 0));
    }

    /// Nothing that was leased may be used any more.
    pub fn forget(&mut self) {
        self.leases.clear();
    }

    fn count_need(&mut self, now: UnixMillis) {
        let passed = now.millis_since(self.moment);
        if !(0..SLOT_LIFE_MILLIS).contains(&passed) {
            let is_next = (SLOT_LIFE_MILLIS..2 * SLOT_LIFE_MILLIS).contains(&passed);
            self.needed_before = if is_next { self.needed } else { 0 };
            self.needed = 0;
            self.moment = now;
        }
        self.needed = self.needed.saturating_add(1);
    }
}
