//! The generic cell rate algorithm, as virtual scheduling: a rate limit whose whole state is the time at
//! which the next cell is due.
//!
//! A cell conforms when it comes no earlier than its due time less the tolerance; then the due time moves
//! on by one interval. A tolerance of (burst − 1) intervals lets `burst` cells go at once after a quiet
//! time. Over any stretch of time no more than `rate × time + burst` cells pass.
//! Source: ITU-T Recommendation I.371, annex A, <https://www.itu.int/rec/T-REC-I.371>.

use serde::{Deserialize, Serialize};

use super::lease::Slots;
use crate::time::UnixMillis;

const MICROS_PER_SEC: i64 = 1_000_000;
const MICROS_PER_MILLI: i64 = 1_000;

/// Microseconds since the epoch: a thousand messages per second still have whole intervals.
pub(super) const fn micros(instant: UnixMillis) -> i64 {
    instant.0.saturating_mul(MICROS_PER_MILLI)
}

/// The first whole millisecond that is not earlier.
pub(super) const fn millis(micros: i64) -> UnixMillis {
    let whole = micros.div_euclid(MICROS_PER_MILLI);
    UnixMillis(if micros.rem_euclid(MICROS_PER_MILLI) == 0 { whole } else { whole + 1 })
}

/// A rate with its burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    interval_micros: i64,
    burst: i64,
}

impl Pace {
    /// One cell every `seconds / cells`, rounded up so that the rate is never exceeded.
    pub const fn new(seconds: u32, cells: u32, burst: u32) -> Self {
        let span = seconds as i64 * MICROS_PER_SEC;
        let cells = if cells == 0 { 1 } else { cells as i64 };
        let whole = span / cells;
        let interval_micros = if span % cells == 0 { whole } else { whole + 1 };
        Self { interval_micros, burst: if burst == 0 { 1 } else { burst as i64 } }
    }

    /// The same rate, without bursts.
    pub const fn steady(self) -> Self {
        Self { burst: 1, ..self }
    }

    /// The time between two cells.
    pub const fn interval_micros(self) -> i64 {
        self.interval_micros
    }

    const fn tolerance_micros(self) -> i64 {
        (self.burst - 1) * self.interval_micros
    }
}

/// When the next cell is due, in microseconds since the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Clock {
    due_micros: i64,
}

impl Clock {
    /// The earliest instant, from `now` on, at which a cell conforms.
    pub fn next(self, pace: Pace, now_micros: i64) -> i64 {
        now_micros.max(self.due_micros.saturating_sub(pace.tolerance_micros()))
    }

    /// Whether nobody has taken a cell ahead of its time: all that was saved up is there.
    pub const fn is_idle(self, now_micros: i64) -> bool {
        self.due_micros <= now_micros
    }

    /// How far ahead cells are taken.
    pub const fn due_micros(self) -> i64 {
        self.due_micros
    }

    /// Takes the next `count` cells.
    pub fn take(&mut self, pace: Pace, count: u32, now_micros: i64) -> Slots {
        let from = self.due_micros.max(now_micros);
        self.due_micros = from.saturating_add(i64::from(count) * pace.interval_micros);
        Slots::new(now_micros, from.saturating_sub(pace.tolerance_micros()), pace.interval_micros, count)
    }

    /// How many cells conform up to an instant.
    pub fn available(self, pace: Pace, now_micros: i64, until_micros: i64) -> u32 {
        let first = self.due_micros.max(now_micros).saturating_sub(pace.tolerance_micros());
        let room = until_micros.saturating_sub(first);
        if room < 0 { 0 } else { u32::try_from(room / pace.interval_micros + 1).unwrap_or(u32::MAX) }
    }

    /// Follows a clock that was set back: what is ahead stays as far ahead.
    pub const fn shift(&mut self, millis: i64) {
        self.due_micros = self.due_micros.saturating_add(millis.saturating_mul(MICROS_PER_MILLI));
    }
}
