//! What happened on the wire, for the phone and its inspector: a short, bounded log that pages
//! follow by long polling.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use serde::{Serialize, Serializer};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::Channel;
use crate::received::{Entry, State};
use crate::world::lock;

/// How many events are kept.
const CAPACITY: usize = 2_000;
/// How much of a body the inspector shows, in bytes.
const SHOWN_BYTES: usize = 16 * 1024;

/// Bytes that are shown as text, and cut when long.
#[derive(Clone, Debug)]
pub(crate) struct Shown(pub(crate) Bytes);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cut = &self.0[..self.0.len().min(SHOWN_BYTES)];
        serializer.serialize_str(&String::from_utf8_lossy(cut))
    }
}

/// A request and its answer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exchange {
    pub(crate) channel: Channel,
    pub(crate) account: String,
    /// Method and path, without credentials.
    pub(crate) what: String,
    pub(crate) request: Shown,
    /// `None` if there was no answer.
    pub(crate) status: Option<u16>,
    pub(crate) response: Shown,
    pub(crate) millis: f64,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A platform told lotse something.
    Webhook(Exchange),
    /// lotse called a platform's API.
    Api(Exchange),
    /// A person wrote.
    Said {
        channel: Channel,
        account: String,
        /// The person's stable id.
        user_id: String,
        /// As named in the call.
        from: String,
        name: String,
        message_ids: Vec<String>,
        /// The content fields of the call.
        content: Value,
        /// When, by the person's clock.
        at: i64,
    },
    /// A person got something.
    Received(Arc<Entry>),
    /// A message came further.
    State { channel: Channel, account: String, message_id: String, state: State },
    /// lotse marked a person's message as read.
    Ticked { channel: Channel, account: String, message_id: String },
    /// Everything was forgotten.
    Cleared,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Numbered {
    pub(crate) seq: u64,
    #[serde(flatten)]
    pub(crate) event: Event,
}

/// The bounded log.
#[derive(Default)]
pub(crate) struct EventLog {
    log: Mutex<Log>,
    changed: Notify,
}

#[derive(Default)]
struct Log {
    events: VecDeque<Numbered>,
    next: u64,
}

impl EventLog {
    /// Adds an event, in place of the oldest when the log is full.
    pub(crate) fn push(&self, event: Event) {
        {
            let mut log = lock(&self.log);
            if log.events.len() >= CAPACITY {
                log.events.pop_front();
            }
            log.next += 1;
            let seq = log.next;
            log.events.push_back(Numbered { seq, event });
        }
        self.changed.notify_waiters();
    }

    /// The events after a number; waits for one if there is none yet.
    pub(crate) async fn after(&self, seq: u64, wait: Duration) -> Vec<Numbered> {
        let deadline = Instant::now() + wait;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let events = self.since(seq);
            if !events.is_empty() || tokio::time::timeout_at(deadline, changed).await.is_err() {
                return events;
            }
        }
    }

    fn since(&self, seq: u64) -> Vec<Numbered> {
        let log = lock(&self.log);
        // A page of an earlier run of the simulator has seen higher numbers: it gets everything.
        let seq = if seq > log.next { 0 } else { seq };
        let newer = log.events.iter().rev().take_while(|event| event.seq > seq).count();
        log.events.iter().skip(log.events.len() - newer).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_gets_what_it_has_not_seen() {
        let log = EventLog::default();
        for _ in 0..3 {
            log.push(Event::Cleared);
        }
        for (seen, expected) in [(0, vec![1, 2, 3]), (2, vec![3]), (3, vec![]), (99, vec![1, 2, 3])] {
            let got: Vec<u64> = log.after(seen, Duration::ZERO).await.iter().map(|event| event.seq).collect();
            assert_eq!(got, expected, "after {seen}");
        }
    }

    #[tokio::test]
    async fn the_log_is_bounded() {
        let log = EventLog::default();
        for _ in 0..CAPACITY + 5 {
            log.push(Event::Cleared);
        }
        let events = log.after(0, Duration::ZERO).await;
        assert_eq!((events.len(), events[0].seq), (CAPACITY, 6));
    }

    #[test]
    fn long_bodies_are_cut_even_within_a_character() {
        let shown = Shown(Bytes::from("ä".repeat(SHOWN_BYTES) + "x").slice(1..));
        let text = serde_json::to_string(&shown).unwrap_or_default();
        assert!(text.len() < SHOWN_BYTES + 16, "{}", text.len());
    }
}
