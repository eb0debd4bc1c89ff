//! How many calls to a platform an isolate has out at once.
//!
//! An isolate that begins calls faster than it gets round to their answers hears of every answer late, takes the
//! platform for silent, and sends again what had arrived: the more it lags, the more it has to do. So only so many
//! calls are out at a time; whoever comes then is told when a turn is likely, in the order of asking.

use std::collections::BTreeMap;

use super::gcra::{micros, millis};
use crate::time::UnixMillis;

/// How many calls may be out: where a platform answers within a second, this is about as many messages a second as one
/// isolate can handle at all.
pub(super) const CALLS_MAX: usize = 256;
/// After how long a call is taken for over although nobody said so: its object may have died with it.
const FORGOTTEN_AFTER_MILLIS: i64 = 2 * 60_000;
/// The longest that somebody waits before looking again.
const WAIT_MAX_MILLIS: i64 = 5_000;
/// How long a call is taken to last until one has ended.
const TAKES_MILLIS: i64 = 100;

/// A call that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(u64);

/// The calls that are out.
#[derive(Clone, Debug)]
pub(super) struct Bulkhead {
    /// When each began, the oldest first.
    out: BTreeMap<CallId, UnixMillis>,
    begun: u64,
    /// How long the call took that ended last.
    takes_millis: i64,
    /// The last turn that somebody was told, in microseconds since the epoch.
    last_turn_micros: i64,
}

impl Default for Bulkhead {
    fn default() -> Self {
        Self { out: BTreeMap::new(), begun: 0, takes_millis: TAKES_MILLIS, last_turn_micros: 0 }
    }
}

impl Bulkhead {
    /// Whether one more call may begin.
    pub fn has_room(&mut self, now: UnixMillis) -> bool {
        if self.out.len() >= CALLS_MAX {
            self.out.retain(|_, began| (0..FORGOTTEN_AFTER_MILLIS).contains(&now.millis_since(*began)));
        }
        self.out.len() < CALLS_MAX
    }

    /// When there is likely to be room: those that are out make room all together in the time that a call takes.
    pub fn turn(&mut self, now: UnixMillis) -> UnixMillis {
        let (now, latest) = (micros(now), micros(now.plus_millis(WAIT_MAX_MILLIS)));
        let each = micros(UnixMillis(self.takes_millis.max(1))) / CALLS_MAX as i64;
        self.last_turn_micros = self.last_turn_micros.max(now).saturating_add(each).min(latest);
        millis(self.last_turn_micros)
    }

    /// A call begins.
    pub fn begin(&mut self, now: UnixMillis) -> CallId {
        self.begun += 1;
        let call = CallId(self.begun);
        self.out.insert(call, now);
        call
    }

    /// A call has ended, however it did.
    pub fn end(&mut self, call: CallId, now: UnixMillis) {
        if let Some(began) = self.out.remove(&call) {
            self.takes_millis = now.millis_since(began).clamp(1, FORGOTTEN_AFTER_MILLIS);
        }
    }
}
