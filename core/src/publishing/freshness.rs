//! How old an isolate's look at what is in effect may be.
//!
//! Nobody is to be answered from texts that were replaced more than a minute ago, also not by an isolate that slept.
//! KV may hand out a copy that is [`CACHE_SECS`] old; the rest of the minute is for the isolate's own look. While
//! messages come in, it looks after the work, so that none waits for it.

use crate::time::UnixMillis;

/// For how long KV may hand out a copy of what it read before, in seconds: the least it takes
/// (<https://developers.cloudflare.com/kv/api/read-key-value-pairs/#cachettl-parameter>).
pub const CACHE_SECS: u64 = 30;
/// How long a look may take before the answer no longer waits for it.
pub const LOOK_WITHIN_MILLIS: i64 = 1_000;
/// A look younger than this is used as it is.
const FRESH_MILLIS: i64 = 15_000;
/// As long as one that failed: what it could not take may be there soon.
const FRESH_AFTER_FAILURE_MILLIS: i64 = 2_000;
/// An older one is not used any more.
const STALE_MILLIS: i64 = 28_000;

/// Whether to look at what is in effect, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// There is no need.
    No,
    /// After the work.
    Later,
    /// Before anything is answered.
    Now,
}

/// A look that an isolate took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastLook {
    /// When it began.
    pub at: UnixMillis,
    /// Whether nothing came of it. What runs goes on, and nobody waits for the next try.
    pub failed: bool,
}

/// When to look, given the last look.
#[must_use]
pub const fn look(last: Option<LastLook>, now: UnixMillis) -> Look {
    let Some(LastLook { at, failed }) = last else { return Look::Now };
    let fresh = if failed { FRESH_AFTER_FAILURE_MILLIS } else { FRESH_MILLIS };
    let age = now.millis_since(at);
    if age < 0 || age >= STALE_MILLIS {
        // Also where the clock was set back.
        Look::Now
    } else if age < fresh {
        Look::No
    } else {
        Look::Later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_a_look_the_sooner_the_next() {
        let rows = [
            ("this very moment", 0, false, Look::No),
            ("young", 14_999, false, Look::No),
            ("not so young", 15_000, false, Look::Later),
            ("barely young enough", 27_999, false, Look::Later),
            ("old", 28_000, false, Look::Now),
            ("from before the night", 36_000_000, false, Look::Now),
            ("from the future", -1, false, Look::Now),
            ("failed just now", 1_999, true, Look::No),
            ("failed a moment ago", 2_000, true, Look::Later),
            ("failed before the night", 36_000_000, true, Look::Now),
        ];
        let now = UnixMillis(1_780_000_000_000);
        for (name, age, failed, expected) in rows {
            let last = LastLook { at: now.plus_millis(-age), failed };
            assert_eq!(look(Some(last), now), expected, "{name}");
        }
        assert_eq!(look(None, now), Look::Now, "an isolate that begins");
    }

    #[test]
    fn whatever_is_used_was_in_effect_within_the_last_minute() {
        let cache = i64::try_from(CACHE_SECS).unwrap_or(i64::MAX) * 1_000;
        let last = Some(LastLook { at: UnixMillis(0), failed: false });
        let oldest = (0..120_000).rfind(|age| look(last, UnixMillis(*age)) != Look::Now);
        // A look begins before its answer comes: as long as it takes, it may be older.
        assert!(oldest.is_some_and(|age| age + LOOK_WITHIN_MILLIS + cache <= 60_000), "{oldest:?}");
    }
}
