//! Orders and reports.

use std::net::SocketAddr;

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
    /// How many are built at most. Without a simulator they are posted again and again.
    pub most: usize,
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
    /// What the pack does not know: a human has to answer.
    Handovers,
    /// 70 % questions, 25 % hand-overs, 5 % thanks.
    Mix,
    /// Reports (sent, delivered, read) on the replies to the burst before.
    Statuses,
    /// What the platform says about the account: signed, and nothing is to be done about it.
    Notices,
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
        /// Whether they wrote before, the same kind of message as now.
        returning: bool,
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
}

/// What became of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// How many webhooks were answered.
    pub answered: usize,
    /// How many of them with another status than 200.
    pub refused: usize,
    /// From the first webhook to the last answer, in milliseconds.
    pub millis: f64,
    /// From a webhook to its answer.
    pub answer: Quantiles,
    /// How many replies had to come.
    pub replies_due: usize,
    /// How many came.
    pub replies: usize,
    /// How many people asked something that the pack answers, and got a reply.
    pub questions: usize,
    /// How many of them got an answer of the entry that they asked for.
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
    fn quantiles_are_nearest_ranks() {
        let shuffled = (1..=1000_i64).map(|number| (number * 3) % 1001 * 1000).collect();
        assert_eq!(Quantiles::of_micros(shuffled), Quantiles { p50: 500.0, p99: 990.0, p999: 999.0 });
        assert_eq!(Quantiles::of_micros(vec![2000]), Quantiles { p50: 2.0, p99: 2.0, p999: 2.0 });
        assert_eq!(Quantiles::of_micros(Vec::new()), Quantiles::default());
    }
}
