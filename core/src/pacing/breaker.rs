//! The circuit breaker of one account: once it cannot send, it tries with one message at a time and more and
//! more rarely, instead of with everything that waits.
//!
//! Open → half-open (one probe is out) → closed when the probe gets through, else open again for longer.
//! Source of the pattern: M. Nygard, *Release It!*; <https://martinfowler.com/bliki/CircuitBreaker.html>.

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

/// How long a probe has to report: a call has ten seconds, and its object may have to start anew.
pub(super) const PROBE_LIFE_MILLIS: i64 = 30_000;

/// Why an account cannot send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The platform is in trouble or does not answer.
    Trouble,
    /// The platform bars the account for now: spam rating, payment, registration.
    Barred,
    /// The platform refuses the credentials.
    Unauthorized,
}

impl Cause {
    /// The pause before the first probe, and the longest that it grows to, in milliseconds. Trouble passes by
    /// itself; the others need a human, and asking often does an account no good.
    const fn pauses_millis(self) -> (i64, i64) {
        match self {
            Self::Trouble => (2_000, 60_000),
            Self::Barred | Self::Unauthorized => (60_000, 15 * 60_000),
        }
    }
}

/// Names a probe, so that a late word about a lost one is not taken for the present one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProbeId(u64);

/// An account that cannot send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outage {
    pub cause: Cause,
    /// The platform's code for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    pub since: UnixMillis,
    /// How many probes went out.
    pub probes: u64,
    /// When the next one may go.
    pub next_probe_at: UnixMillis,
    /// When the probe that is out left; `None` while none is out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probing_since: Option<UnixMillis>,
}

impl Outage {
    pub const fn new(cause: Cause, code: Option<i64>, now: UnixMillis) -> Self {
        let next_probe_at = now.plus_millis(cause.pauses_millis().0);
        Self { cause, code, since: now, probes: 0, next_probe_at, probing_since: None }
    }

    /// Sends the asker out as the one probe, if one is due; else says when to ask again.
    pub fn probe(&mut self, now: UnixMillis) -> Result<ProbeId, UnixMillis> {
        if let Some(since) = self.probing_since {
            let lost_at = since.plus_millis(PROBE_LIFE_MILLIS);
            if now < lost_at {
                return Err(lost_at);
            }
            // Lost: it says nothing about the account, so the next one goes without a longer pause.
        } else if now < self.next_probe_at {
            return Err(self.next_probe_at);
        }
        self.probes = self.probes.saturating_add(1);
        self.probing_since = Some(now);
        Ok(ProbeId(self.probes))
    }

    /// The probe that is out, if it is this one, was refused.
    pub fn probe_failed(&mut self, probe: ProbeId, now: UnixMillis) {
        if self.probing_since.is_some() && probe.0 == self.probes {
            self.probing_since = None;
            self.next_probe_at = now.plus_millis(self.pause_millis());
        }
    }

    /// The same outage turns out to need a human.
    pub fn worsen(&mut self, cause: Cause, code: Option<i64>, now: UnixMillis) {
        if self.cause == Cause::Trouble {
            self.cause = cause;
            self.code = code;
            self.next_probe_at = self.next_probe_at.max(now.plus_millis(cause.pauses_millis().0));
        }
    }

    /// Follows a clock that was set back.
    pub fn shift(&mut self, millis: i64) {
        self.since = self.since.plus_millis(millis);
        self.next_probe_at = self.next_probe_at.plus_millis(millis);
        self.probing_since = self.probing_since.map(|since| since.plus_millis(millis));
    }

    /// Doubles with every probe.
    fn pause_millis(&self) -> i64 {
        let (first, longest) = self.cause.pauses_millis();
        let doublings = u32::try_from(self.probes.min(20)).unwrap_or(20);
        first.saturating_mul(1 << doublings).min(longest)
    }
}
