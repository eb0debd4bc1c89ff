//! Whether an account sends at all: an operator's pause, the platform's throttle, the circuit breaker.
//!
//! Unlike the rate, this must survive a restart. A pause by hand stands above the rest: no probe goes out
//! while it lasts and only an operator lifts it.

use serde::{Deserialize, Serialize};

use super::breaker::{Cause, Outage, ProbeId};
use crate::channel::SendErrorKind;
use crate::time::UnixMillis;

/// How long those who wait for a halted account wait before they ask again, at most, in milliseconds: how long
/// it takes until everybody learns that an operator has resumed it.
pub const RECHECK_MILLIS: i64 = 15_000;

/// Outcomes are weighed over this time.
const TALLY_MILLIS: i64 = 30_000;
/// So many sends must have come to nothing, and at least half of all, before the breaker opens.
const TROUBLED_MIN: u32 = 10;
/// Two complaints of the platform within this time are about the account and not about one chat: a conversation
/// that was told to wait does not send again so soon.
const STRIKES_WITHIN_MILLIS: i64 = 5_000;
/// A throttle without a time lasts this long and doubles each time it comes back soon.
const THROTTLE_FIRST_MILLIS: i64 = 1_000;
const THROTTLE_GROWN_MAX_MILLIS: i64 = 60_000;
/// Longer than this nothing waits on the platform's word alone.
const THROTTLE_MAX_MILLIS: i64 = 60 * 60_000;
/// A throttle that comes back within this time is the same trouble.
const THROTTLE_MEMORY_MILLIS: i64 = 60_000;

/// What became of an attempt, as far as it tells about the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The account works: the message was taken, or refused for reasons of its own or of its recipient.
    Works,
    /// The platform says that the account sends too fast.
    Throttled {
        /// Seconds to wait, where it says so.
        wait_secs: Option<u32>,
    },
    /// The platform does not let the account send.
    Stopped {
        /// Why.
        cause: Cause,
        /// The platform's code.
        code: Option<i64>,
    },
    /// The platform is in trouble, or nobody knows.
    Troubled,
}

impl Outcome {
    /// What a refusal tells about the account.
    #[must_use]
    pub const fn refused(kind: &SendErrorKind, code: Option<i64>) -> Self {
        match kind {
            SendErrorKind::Transient => Self::Troubled,
            SendErrorKind::Throttled { wait_secs } => Self::Throttled { wait_secs: *wait_secs },
            SendErrorKind::PauseAccount => Self::Stopped { cause: Cause::Barred, code },
            SendErrorKind::Unauthorized => Self::Stopped { cause: Cause::Unauthorized, code },
            SendErrorKind::RecipientThrottled
            | SendErrorKind::WaitADay
            | SendErrorKind::WindowClosed
            | SendErrorKind::Unreachable
            | SendErrorKind::Moved { .. }
            | SendErrorKind::MediaTrouble
            | SendErrorKind::Refused => Self::Works,
        }
    }
}

/// An operator's pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualPause {
    /// The name on the operator's token.
    pub by: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// Since when.
    pub since: UnixMillis,
}

/// Why nothing leaves, for those who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// An operator paused the account.
    ByHand,
    /// The platform asked for a pause.
    Throttled,
    /// The circuit breaker is open.
    Stopped,
}

/// The platform asked for a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Throttle {
    pub since: UnixMillis,
    pub until: UnixMillis,
    /// How often it came back soon after it was over.
    doublings: u32,
}

/// Sends and troubles of the present stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Tally {
    since: UnixMillis,
    granted: u32,
    troubled: u32,
    /// When the platform last complained about the speed.
    struck_at: Option<UnixMillis>,
}

/// Whether somebody who asks may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Open,
    Probe(ProbeId),
    Halted { until: UnixMillis, halt: Halt },
}

/// The gate of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Gate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual: Option<ManualPause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outage: Option<Outage>,
    /// Need not survive a restart.
    tally: Tally,
}

impl Gate {
    /// Decides about somebody who asks now.
    pub fn admit(&mut self, now: UnixMillis) -> Admission {
        let recheck_at = now.plus_millis(RECHECK_MILLIS);
        if self.manual.is_some() {
            return Admission::Halted { until: recheck_at, halt: Halt::ByHand };
        }
        if let Some(until) = self.throttled_until(now) {
            return Admission::Halted { until: until.min(recheck_at), halt: Halt::Throttled };
        }
        match self.outage.as_mut().map(|outage| outage.probe(now)) {
            None => Admission::Open,
            Some(Ok(probe)) => Admission::Probe(probe),
            Some(Err(until)) => Admission::Halted { until: until.min(recheck_at), halt: Halt::Stopped },
        }
    }

    /// The end of the throttle that is on now.
    pub fn throttled_until(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.throttle.map(|throttle| throttle.until).filter(|until| now < *until)
    }

    /// Slots were given out.
    pub fn granted(&mut self, count: u32, now: UnixMillis) {
        let tally = self.tally(now);
        tally.granted = tally.granted.saturating_add(count);
    }

    /// Takes in what became of an attempt; `probe` where it was one.
    pub fn report(&mut self, outcome: &Outcome, probe: Option<ProbeId>, now: UnixMillis) {
        match outcome {
            Outcome::Works => self.works(probe),
            Outcome::Throttled { wait_secs } => self.throttled(*wait_secs, probe.is_some(), now),
            Outcome::Stopped { cause, code } => self.stopped(*cause, *code, now),
            Outcome::Troubled => self.troubled(now),
        }
        // A probe that closed the breaker has left no outage to fail in.
        if let (Some(probe), Some(outage)) = (probe, &mut self.outage) {
            outage.probe_failed(probe, now);
        }
    }

    /// Only a probe closes the breaker: what was on its way when it opened says nothing about now.
    fn works(&mut self, probe: Option<ProbeId>) {
        if probe.is_some() && self.outage.take().is_some() {
            self.tally = Tally::default();
        }
    }

    fn throttled(&mut self, wait_secs: Option<u32>, is_probe: bool, now: UnixMillis) {
        let struck_at = self.tally.struck_at.replace(now);
        let is_second =
            struck_at.is_some_and(|at| (0..=STRIKES_WITHIN_MILLIS).contains(&now.millis_since(at)));
        if !is_second && !is_probe {
            return;
        }
        let last = self.throttle;
        let doublings = match last {
            // What was on its way when it began is the same complaint.
            Some(last) if now < last.until => last.doublings,
            Some(last) if now.millis_since(last.until) < THROTTLE_MEMORY_MILLIS => {
                last.doublings.saturating_add(1)
            }
            _ => 0,
        };
        let grown = THROTTLE_FIRST_MILLIS.saturating_mul(1 << doublings.min(20));
        let wait = wait_secs.map_or_else(
            || grown.min(THROTTLE_GROWN_MAX_MILLIS),
            |secs| (i64::from(secs) * 1_000).min(THROTTLE_MAX_MILLIS),
        );
        let running = last.filter(|last| now < last.until);
        let since = running.map_or(now, |last| last.since);
        let until = running.map_or(now, |last| last.until).max(now.plus_millis(wait));
        self.throttle = Some(Throttle { since, until, doublings });
    }

    fn stopped(&mut self, cause: Cause, code: Option<i64>, now: UnixMillis) {
        match &mut self.outage {
            Some(outage) => outage.worsen(cause, code, now),
            None => self.outage = Some(Outage::new(cause, code, now)),
        }
    }

    fn troubled(&mut self, now: UnixMillis) {
        let tally = self.tally(now);
        tally.troubled = tally.troubled.saturating_add(1);
        let is_half = tally.troubled.saturating_mul(2) >= tally.granted;
        if tally.troubled >= TROUBLED_MIN && is_half && self.outage.is_none() {
            self.outage = Some(Outage::new(Cause::Trouble, None, now));
        }
    }

    fn tally(&mut self, now: UnixMillis) -> &mut Tally {
        if !(0..TALLY_MILLIS).contains(&now.millis_since(self.tally.since)) {
            self.tally = Tally { since: now, struck_at: self.tally.struck_at, ..Tally::default() };
        }
        &mut self.tally
    }

    /// An operator lets the account send again, whatever held it.
    pub fn resume(&mut self) {
        *self = Self::default();
    }

    /// Whether two gates differ in what must survive a restart.
    pub fn differs(&self, other: &Self) -> bool {
        (&self.manual, &self.throttle, &self.outage) != (&other.manual, &other.throttle, &other.outage)
    }

    /// Follows a clock that was set back.
    pub fn shift(&mut self, millis: i64) {
        if let Some(throttle) = &mut self.throttle {
            throttle.since = throttle.since.plus_millis(millis);
            throttle.until = throttle.until.plus_millis(millis);
        }
        if let Some(outage) = &mut self.outage {
            outage.shift(millis);
        }
        self.tally.since = self.tally.since.plus_millis(millis);
        self.tally.struck_at = self.tally.struck_at.map(|at| at.plus_millis(millis));
    }
}
