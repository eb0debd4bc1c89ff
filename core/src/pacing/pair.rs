//! How fast one person may be written to: a tiny value that the person's conversation keeps.

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

/// How fast a platform lets an account write to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairLimit {
    /// Milliseconds between two messages in the long run.
    pub interval_millis: u32,
    /// How many may leave at once after a quiet time; at least one.
    pub burst: u32,
}

impl PairLimit {
    const fn interval(self) -> i64 {
        self.interval_millis as i64
    }

    const fn tolerance(self) -> i64 {
        self.interval().saturating_mul(self.burst.saturating_sub(1) as i64)
    }
}

/// How far a conversation has used its person's limit: the time at which the next message would be due
/// without any burst. The default has used nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PairPace {
    due: UnixMillis,
}

impl PairPace {
    /// Whether nothing was ever spent, so that there is nothing to keep.
    #[must_use]
    pub fn is_unused(&self) -> bool {
        *self == Self::default()
    }

    /// The earliest instant, from `now` on, at which a message may leave.
    #[must_use]
    pub fn not_before(&self, limit: PairLimit, now: UnixMillis) -> UnixMillis {
        now.max(self.due(limit, now).plus_millis(-limit.tolerance()))
    }

    /// A message leaves at `now`.
    pub fn spend(&mut self, limit: PairLimit, now: UnixMillis) {
        self.due = self.due(limit, now).max(now).plus_millis(limit.interval());
    }

    /// Spending in time never leads further ahead than one burst. What lies further ahead comes from a clock
    /// that was set back, or from a larger limit of an earlier version, and must not silence the conversation.
    fn due(&self, limit: PairLimit, now: UnixMillis) -> UnixMillis {
        self.due.min(now.plus_millis(limit.tolerance().saturating_add(limit.interval())))
    }
}
