//! How fast messages may leave.
//!
//! Source: <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>.

use crate::pacing::{PairLimit, SendLimits};

/// About 30 messages a second, up to 1,000 for bots that pay for broadcasts. One message a second in one
/// chat, of which "short bursts" may be more: an answer that is split in two or three is one.
pub(super) const SEND_LIMITS: SendLimits = SendLimits {
    messages_per_second: 30,
    most_messages_per_second: 1_000,
    per_person: Some(PairLimit { interval_millis: 1_000, burst: 3 }),
};
