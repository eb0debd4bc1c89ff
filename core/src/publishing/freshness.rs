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

/// When to look, given the last look. One that failed counts too: what runs goes on, and the next try is soon enough.
#[must_use]
pub const fn look(last: Option<UnixMillis>, now: UnixMillis) -> Look {
    let Some(last) = last else { return Look::Now };
    match now.millis_since(last) {
        0..FRESH_MILLIS => Look::No,
        FRESH_MILLIS..STALE_MILLIS => Look::Later,
        // Also where the clock was set back.
        _ => Look::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_a_look_the_sooner_the_next() {
        let rows = [
            ("an isolate that begins", None, Look::Now),
            ("this very moment", Some(0), Look::No),
            ("young", Some(14_999), Look::No),
            ("not so young", Some(15_000), Look::Later),
            ("barely young enough", Some(27_999), Look::Later),
            ("old", Some(28_000), Look::Now),
            ("from before the night", Some(36_000_000), Look::Now),
            ("from the future", Some(-1), Look::Now),
        ];
        let now = UnixMillis(1_780_000_000_000);
        for (name, age, expected) in rows {
            assert_eq!(look(age.map(|age| now.plus_millis(-age)), now), expected, "{name}");
        }
    }

    #[test]
    fn whatever_is_used_was_in_effect_within_the_last_minute() {
        let cache = i64::try_from(CACHE_SECS).unwrap_or(i64::MAX) * 1_000;
        let oldest = (0..120_000).rfind(|age| look(Some(UnixMillis(0)), UnixMillis(*age)) != Look::Now);
        // A look begins before its answer comes: as long as it takes, it may be older.
        assert!(oldest.is_some_and(|age| age + LOOK_WITHIN_MILLIS + cache <= 60_000), "{oldest:?}");
    }
}
