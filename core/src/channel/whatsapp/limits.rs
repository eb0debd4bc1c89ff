//! How fast messages may leave.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>; pair rate:
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#pair-rate-limits>.

use crate::pacing::{PairLimit, SendLimits};

/// 80 messages a second for each number, which Meta raises to 1,000 by itself; 20 for a number that is also
/// used in the WhatsApp Business app. Meta counts what comes in as well, which nothing here can hold back: a crowd
/// that writes faster than that shows in throttles, which the pacer heeds. To one person one message in six seconds, of which 45 may be saved up.
pub(super) const SEND_LIMITS: SendLimits = SendLimits {
    messages_per_second: 80,
    most_messages_per_second: 1_000,
    per_person: Some(PairLimit { interval_millis: 6_000, burst: 45 }),
};
