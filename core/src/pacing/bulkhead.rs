//! How many calls to a platform an isolate has out at once.
//!
//! An isolate that begins calls faster than it gets round to their answers hears of every answer late, takes the
//! platform for silent, and sends again what had arrived: the more it lags, the more it has to do. So only so many
//! calls are out at a time; whoever comes then is told when to look again, one after the other.

use std::collections::BTreeMap;

use crate::time::UnixMillis;

/// How many calls may be out: where a platform answers within a second, this is about as many messages a second as one
/// isolate can handle at all.
pub(super) const CALLS_MAX: usize = 256;
/// After how long a call is taken for over although nobody said so: its object may have died with it.
const FORGOTTEN_AFTER_MILLIS: i64 = 2 * 60_000;
/// Between two looks of those who wait: often enough that room never stays empty, since no isolate handles as many
/// messages, and seldom enough that looking costs next to nothing.
const LOOK_EVERY_MILLIS: i64 = 1;
/// The longest that somebody waits before looking again.
const WAIT_MAX_MILLIS: i64 = 5_000;

/// A call that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(u64);

/// The calls that are out.
#[derive(Clone, Debug, Default)]
pub(super) struct Bulkhead {
    /// When each began, the oldest first.
    out: BTreeMap<CallId, UnixMillis>,
    begun: u64,
    /// The last turn to look that somebody was told.
    last_turn: UnixMillis,
}

impl Bulkhead {
    /// Whether one more call may begin.
    pub fn has_room(&mut self, now: UnixMillis) -> bool {
        if self.out.len() >= CALLS_MAX {
            self.out.retain(|_, began| (0..FORGOTTEN_AFTER_MILLIS).contains(&now.millis_since(*began)));
        }
        self.out.len() < CALLS_MAX
    }

    /// When to look whether there is room.
    pub fn turn(&mut self, now: UnixMillis) -> UnixMillis {
        let next = self.last_turn.max(now).plus_millis(LOOK_EVERY_MILLIS);
        self.last_turn = next.min(now.plus_millis(WAIT_MAX_MILLIS));
        self.last_turn
    }

    /// A call begins.
    pub fn begin(&mut self, now: UnixMillis) -> CallId {
        self.begun += 1;
        let call = CallId(self.begun);
        self.out.insert(call, now);
        call
    }

    /// A call has ended, however it did.
    pub fn end(&mut self, call: CallId) {
        self.out.remove(&call);
    }
}
