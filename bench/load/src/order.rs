//! Orders and reports.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One burst of webhooks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The worker. Addresses off this machine are refused.
    pub worker: SocketAddr,
    /// The simulator, if people are to be known there and replies to be counted.
    pub simulator: Option<SocketAddr>,
    /// What the webhooks say.
    pub load: Load,
    /// Who they come from.
    pub senders: Senders,
    /// How fast they come.
    pub pace: Pace,
    /// How many updates are built at most. Without a simulator they are posted again and again.
    pub most: usize,
    /// How many updates one webhook carries.
    pub batch: usize,
    /// When the burst ends, in milliseconds, if `most` was not reached before.
    pub millis: u64,
    /// Replies that are still due count as missing once none has come for so many milliseconds.
    pub patience_millis: u64,
}

/// What webhooks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Phrasings of the pack, word for word: the bot answers each.
    Questions,
    /// The same, but four of five people ask for the same entry.
    OneTopic,
    /// What the pack does not know: a human has to answer.
    Handovers,
    /// 70 % questions, 25 % hand-overs, 5 % thanks.
    Mix,
    /// Reports (sent, delivered, read) on the replies to the burst before.
    Statuses,
    /// Reports on what another program sent over the same number: signed, and nothing is to be done about them.
    NotOurs,
}

/// Who webhooks come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Senders {
    /// Each from somebody who never wrote before.
    New,
    /// Each in turn from the people of a crowd.
    Crowd {
        /// Which crowd.
        number: u16,
        /// How many people it has, 1000 at most.
        count: usize,
    },
    /// All from one person.
    Person {
        /// The crowd that the person is the first of.
        number: u16,
    },
}

/// How fast webhooks come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// The next one on a connection as soon as the one before was answered.
    Closed {
        /// How many connections.
        connections: usize,
    },
    /// At fixed times, whatever the answers do.
    Open {
        /// How many in a second.
        per_second: f64,
    },
    /// At fixed times that come ever faster: from nothing to a peak, which then stays.
    Ramp {
        /// How many in a second at the peak.
        per_second: f64,
        /// When the peak is reached, in milliseconds.
        peak_millis: u64,
    },
}

impl Pace {
    /// When the n-th webhook is to be posted, counted from the first; `None` once its connection is free.
    #[must_use]
    pub fn due(self, index: usize) -> Option<Duration> {
        let index = index as f64;
        match self {
            Self::Closed { .. } => None,
            Self::Open { per_second } => Some(Duration::from_secs_f64(index / per_second)),
            Self::Ramp { per_second, peak_millis } => {
                let rise = peak_millis as f64 / 1000.0;
                // The area below a line that rises to the peak.
                let risen = per_second * rise / 2.0;
                let seconds = if index < risen {
                    (2.0 * rise * index / per_second).sqrt()
                } else {
                    rise + (index - risen) / per_second
                };
                Some(Duration::from_secs_f64(seconds))
            }
        }
    }
}

/// What became of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// How many webhooks were answered.
    pub answered: usize,
    /// How many updates they carried.
    pub updates: usize,
    /// How many of them with another status than 200.
    pub refused: usize,
    /// When the first webhook was posted, in Unix milliseconds.
    pub began_at: i64,
    /// From the first webhook to the last answer, in milliseconds.
    pub millis: f64,
    /// From a webhook to its answer.
    pub answer: Quantiles,
    /// How many replies had to come.
    pub replies_due: usize,
    /// How many came.
    pub replies: usize,
    /// How many questions that the pack answers were among them.
    pub questions: usize,
    /// How many replies bring the answer of the entry that was asked for.
    pub right: usize,
    /// From the first webhook to the last reply, in milliseconds; 0 without replies.
    pub settled_millis: f64,
    /// From a webhook to the reply's arrival at the platform; of all that came. To the millisecond.
    pub reply: Option<Quantiles>,
}

/// Milliseconds that so many of a hundred or thousand stay within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Half.
    pub p50: f64,
    /// 99 of 100.
    pub p99: f64,
    /// 999 of 1000.
    pub p999: f64,
}

impl Quantiles {
    /// The quantiles of times in microseconds, by nearest rank.
    #[must_use]
    pub fn of_micros(mut micros: Vec<i64>) -> Self {
        micros.sort_unstable();
        let at = |share: f64| {
            let rank = (share * micros.len() as f64).ceil() as usize;
            micros.get(rank.saturating_sub(1)).map_or(0.0, |micros| *micros as f64 / 1000.0)
        };
        Self { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_reaches_its_peak_in_time() {
        let ramp = Pace::Ramp { per_second: 100.0, peak_millis: 1_000 };
        let millis = |index| ramp.due(index).map(|due| due.as_millis());
        assert_eq!(millis(0), Some(0));
        assert_eq!(millis(50), Some(1_000));
        assert_eq!(millis(51), Some(1_010));
        let first_half = (0..50).filter(|index| millis(*index) < Some(500)).count();
        assert_eq!(first_half, 13);
    }

    #[test]
    fn quantiles_are_nearest_ranks() {
        let shuffled = (1..=1000_i64).map(|number| (number * 3) % 1001 * 1000).collect();
        assert_eq!(Quantiles::of_micros(shuffled), Quantiles { p50: 500.0, p99: 990.0, p999: 999.0 });
        assert_eq!(Quantiles::of_micros(vec![2000]), Quantiles { p50: 2.0, p99: 2.0, p999: 2.0 });
        assert_eq!(Quantiles::of_micros(Vec::new()), Quantiles::default());
    }
}
