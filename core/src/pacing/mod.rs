//! Outbound pacing: when a message may leave an account, so that every platform's limit holds, bulk
//! never delays a person, and one sick account does not burn its messages.
//!
//! | file | purpose |
//! |---|---|
//! | `gcra` | the rate as a clock: one number, whatever waits |
//! | `pacer` | one account: lanes, reservations, invitations; what the shared object keeps |
//! | `gate` | whether the account sends at all: pause by hand, throttle, circuit breaker |
//! | `breaker` | the circuit breaker and its probes |
//! | `lease` | slots that an isolate holds for the next moment |
//! | `isolate` | what an isolate answers without asking |
//! | `bulkhead` | how many calls an isolate has out at once |
//! | `pair` | how fast one person may be written to; kept by the conversation |
//! | `status` | how an account stands, in words for operators |
//!
//! Nothing here knows what is sent or to whom. A pacer keeps no list of those who wait: each waiter is
//! told a time and remembers it, so that a hundred thousand of them cost it nothing.

mod breaker;
mod bulkhead;
mod gate;
mod gcra;
mod isolate;
mod lease;
mod pacer;
mod pair;
mod status;

use serde::{Deserialize, Serialize};

pub use breaker::{Cause, ProbeId};
pub use bulkhead::CallId;
pub use gate::{Halt, ManualPause, Outcome, RECHECK_MILLIS};
pub use isolate::{Decision, Isolate};
pub use lease::{LEASE_MAX, SLOT_LIFE_MILLIS, Slots};
pub use pacer::{Answer, Ask, HORIZON_MILLIS, Pacer, SLOT_GRACE_MILLIS, Slot};
pub use pair::{PairLimit, PairPace};
pub use status::{AccountState, Status};

/// How urgently a send has to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Human replies and emergency texts.
    Human,
    /// Bot replies.
    Bot,
    /// Messages that nobody waits for: notices to many people at once.
    Bulk,
}

impl Lane {
    /// Every lane, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Human, Self::Bot, Self::Bulk];

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// How fast a platform lets one account send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendLimits {
    /// Messages per second of an account about which the settings say nothing.
    pub messages_per_second: u32,
    /// The most that the platform grants any account: the upper end of the setting.
    pub most_messages_per_second: u32,
    /// How fast one person may be written to, where the platform limits that.
    pub per_person: Option<PairLimit>,
}

/// The rate of one account: a platform's default or what the settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate {
    messages_per_second: u32,
}

/// One slot in five is kept for humans.
const HUMAN_PART: u32 = 5;
/// The smallest burst: two slots of the humans' share and four of the common one, with which neither a
/// slot that is lent to a bot nor one that bulk has just taken makes anybody wait.
const BURST_MIN: u32 = 6;

impl Rate {
    /// A rate of at least one message per second.
    #[must_use]
    pub const fn per_second(messages: u32) -> Self {
        Self { messages_per_second: if messages == 0 { 1 } else { messages } }
    }

    /// Messages per second.
    #[must_use]
    pub const fn messages_per_second(self) -> u32 {
        self.messages_per_second
    }

    /// How many messages may leave at once after a quiet moment: a tenth of a second's worth.
    #[must_use]
    pub const fn burst(self) -> u32 {
        let tenth = self.messages_per_second / 10;
        if tenth < BURST_MIN { BURST_MIN } else { tenth }
    }

    /// The whole rate, by which those who wait are spread.
    const fn whole(self) -> gcra::Pace {
        gcra::Pace::new(1, self.messages_per_second, 1)
    }

    /// The part that only humans draw from.
    const fn reserve(self) -> gcra::Pace {
        gcra::Pace::new(HUMAN_PART, self.messages_per_second, self.burst() / 3)
    }

    /// The part that everybody draws from.
    const fn common(self) -> gcra::Pace {
        let burst = self.burst();
        // HUMAN_PART - 1 of HUMAN_PART slots.
        gcra::Pace::new(HUMAN_PART, self.messages_per_second * (HUMAN_PART - 1), burst - burst / 3)
    }
}

#[cfg(test)]
mod tests;
