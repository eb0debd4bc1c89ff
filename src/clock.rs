//! The runtime's clock and its dice: the only places where time and chance come from.

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use lotse_core::time::UnixMillis;

/// Now. Workers freeze the clock between I/O, so that within a step time stands still.
#[must_use]
pub fn now() -> UnixMillis {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 are whole and far below 2^53"
    )]
    UnixMillis(js_sys::Date::now() as i64)
}

/// Waits. The timer is taken back where nobody waits any more.
pub fn sleep(duration: Duration) -> TimeoutFuture {
    TimeoutFuture::new(u32::try_from(duration.as_millis()).unwrap_or(u32::MAX))
}

/// Random bytes for references: unpredictable enough to look at, not for secrets.
#[must_use]
pub fn dice() -> [u8; 8] {
    js_sys::Math::random().to_bits().to_le_bytes().map(|byte| byte ^ 0x5a)
}

/// Random bytes for tokens, keys and nonces.
///
/// # Errors
/// When the runtime has no entropy.
pub fn secure_random<const N: usize>() -> worker::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| worker::Error::RustError(error.to_string()))?;
    Ok(bytes)
}
