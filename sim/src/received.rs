//! What lotse sent: a bounded log that can be filtered and waited on. Recording costs one short
//! lock; a waiter looks at each new entry once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::Channel;
use crate::world::lock;

/// Signals such as a read tick are of this kind; they are listed only when asked for.
pub(crate) const STATUS: &str = "status";

/// How far a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub(crate) enum State {
    /// The platform took it.
    Accepted,
    /// The platform sent it on.
    Sent,
    /// It reached the phone.
    Delivered,
    /// The person opened it.
    Read,
    /// It did not arrive.
    Failed,
}

impl State {
    const ALL: [Self; 5] = [Self::Accepted, Self::Sent, Self::Delivered, Self::Read, Self::Failed];

    /// WhatsApp's word in a status webhook.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

/// A state that moves forward only.
#[derive(Debug, Default)]
pub(crate) struct Progress(AtomicU8);

impl Progress {
    /// Where it stands.
    pub(crate) fn get(&self) -> State {
        State::ALL.get(usize::from(self.0.load(Ordering::Relaxed))).copied().unwrap_or(State::Accepted)
    }

    /// Moves on; false if it stood there or further already.
    pub(crate) fn advance(&self, state: State) -> bool {
        self.0.fetch_max(state as u8, Ordering::Relaxed) < state as u8
    }
}

impl Serialize for Progress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

/// A button or list row under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Button {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

/// One thing that lotse sent.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    /// When, in Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) channel: Channel,
    pub(crate) account: String,
    /// The address as lotse gave it: digits, a business-scoped id or a chat id.
    pub(crate) to: String,
    /// The person's stable id.
    pub(crate) user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    /// `text`, `buttons`, `list`, `location`, `image` …, `template`, `status`.
    pub(crate) kind: String,
    /// What the person reads; the caption of media.
    pub(crate) text: String,
    pub(crate) buttons: Vec<Button>,
    pub(crate) message_id: String,
    /// `biz_opaque_callback_data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callback: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
    /// How far it came; for a signal what it says (`read`, `typing`, `press_confirmed`).
    pub(crate) state: Progress,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signal: Option<&'static str>,
    /// Whether lotse never got the answer to its call, as far as this side can know: it was kept back, or
    /// lotse hung up before.
    pub(crate) unanswered: Unanswered,
    /// The API call's body.
    pub(crate) raw: Box<RawValue>,
}

/// Whether the answer to a call is still out.
#[derive(Debug, Default)]
pub(crate) struct Unanswered(AtomicBool);

impl Unanswered {
    /// The call is being answered late or not at all (true), or was answered after all.
    pub(crate) fn set(&self, unanswered: bool) {
        self.0.store(unanswered, Ordering::Relaxed);
    }
}

impl Serialize for Unanswered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(self.0.load(Ordering::Relaxed))
    }
}

/// Which entries to list. Absent means any.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    channel: Option<Channel>,
    account: Option<String>,
    /// Phone digits (a plus is ignored), business-scoped id or chat id.
    to: Option<String>,
    /// Unix milliseconds, inclusive.
    since: Option<i64>,
    kind: Option<String>,
    message_id: Option<String>,
    /// Answer once so many entries match …
    #[serde(default)]
    pub(crate) count: Option<usize>,
    /// … or after so many milliseconds.
    #[serde(default)]
    pub(crate) wait_ms: u64,
}

impl Filter {
    fn matches(&self, entry: &Entry) -> bool {
        let wanted_kind = match self.kind.as_deref() {
            Some(kind) => entry.kind == kind,
            None => entry.kind != STATUS,
        };
        wanted_kind
            && self.channel.is_none_or(|channel| entry.channel == channel)
            && self.since.is_none_or(|since| entry.at >= since)
            && self.account.as_ref().is_none_or(|account| entry.account == *account)
            && self.message_id.as_ref().is_none_or(|id| entry.message_id == *id)
            && self.to.as_ref().is_none_or(|to| is_addressed_to(entry, to))
    }
}

fn is_addressed_to(entry: &Entry, to: &str) -> bool {
    // A plus in a query string that was not percent-encoded arrives as a space.
    let to = to.trim().trim_start_matches('+');
    entry.to.trim_start_matches('+') == to || entry.user_id == to || entry.phone.as_deref() == Some(to)
}

/// The bounded log.
pub(crate) struct ReceivedLog {
    log: Mutex<Log>,
    changed: Notify,
    capacity: usize,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<Arc<Entry>>,
    /// How many entries were dropped at the front; `dropped + index` numbers an entry for good.
    dropped: u64,
    /// How often the log was cleared.
    clearings: u64,
}

impl ReceivedLog {
    /// An empty log for so many entries.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { log: Mutex::default(), changed: Notify::new(), capacity: capacity.max(1) }
    }

    /// Adds an entry, in place of the oldest when the log is full.
    pub(crate) fn record(&self, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        {
            let mut log = lock(&self.log);
            if log.entries.len() >= self.capacity {
                log.entries.pop_front();
                log.dropped += 1;
            }
            log.entries.push_back(entry.clone());
        }
        self.changed.notify_waiters();
        entry
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        {
            let mut log = lock(&self.log);
            log.dropped += log.entries.len() as u64;
            log.clearings += 1;
            log.entries.clear();
        }
        self.changed.notify_waiters();
    }

    /// The latest entry that satisfies a condition.
    pub(crate) fn find_latest(&self, is_wanted: impl Fn(&Entry) -> bool) -> Option<Arc<Entry>> {
        lock(&self.log).entries.iter().rev().find(|entry| is_wanted(entry)).cloned()
    }

    /// The entries that match, in order; waits as the filter asks.
    pub(crate) async fn list(&self, filter: &Filter) -> Vec<Arc<Entry>> {
        let deadline = Instant::now() + Duration::from_millis(filter.wait_ms);
        // Waiting without a count means: until there is one.
        let enough = filter.count.unwrap_or(1);
        let mut found = Vec::new();
        let mut cursor = Cursor::default();
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed, even before the first await.
            changed.as_mut().enable();
            self.collect(filter, &mut cursor, &mut found);
            if filter.wait_ms == 0 || found.len() >= enough {
                return found;
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                self.collect(filter, &mut cursor, &mut found);
                return found;
            }
        }
    }

    /// Adds the matches that came since the last call.
    fn collect(&self, filter: &Filter, cursor: &mut Cursor, found: &mut Vec<Arc<Entry>>) {
        let log = lock(&self.log);
        if cursor.clearings != log.clearings {
            found.clear();
        }
        let start = usize::try_from(cursor.next.saturating_sub(log.dropped)).unwrap_or(usize::MAX);
        found.extend(log.entries.iter().skip(start).filter(|entry| filter.matches(entry)).cloned());
        *cursor = Cursor { next: log.dropped + log.entries.len() as u64, clearings: log.clearings };
    }
}

/// How far a waiter has read.
#[derive(Default)]
struct Cursor {
    next: u64,
    clearings: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(to: &str, kind: &str) -> Entry {
        Entry {
            at: 1,
            channel: Channel::Whatsapp,
            account: "main".into(),
            to: to.into(),
            user_id: format!("DE.{to}"),
            phone: None,
            kind: kind.into(),
            text: String::new(),
            buttons: Vec::new(),
            message_id: String::new(),
            callback: None,
            reply_to: None,
            state: Progress::default(),
            signal: None,
            unanswered: Unanswered::default(),
            raw: RawValue::from_string("{}".into()).unwrap_or_default(),
        }
    }

    fn to(address: &str) -> Filter {
        Filter { to: Some(address.into()), ..Filter::default() }
    }

    #[tokio::test]
    async fn the_oldest_entries_go_when_the_log_is_full() {
        let log = ReceivedLog::new(3);
        for number in 0..5 {
            log.record(entry(&number.to_string(), "text"));
        }
        let kept: Vec<String> =
            log.list(&Filter::default()).await.iter().map(|entry| entry.to.clone()).collect();
        assert_eq!(kept, ["2", "3", "4"]);
    }

    #[tokio::test]
    async fn signals_are_listed_only_when_asked_for() {
        let log = ReceivedLog::new(9);
        log.record(entry("1", "text"));
        log.record(entry("1", STATUS));
        assert_eq!(log.list(&Filter::default()).await.len(), 1);
        let filter = Filter { kind: Some(STATUS.into()), ..Filter::default() };
        assert_eq!(log.list(&filter).await.len(), 1);
    }

    #[tokio::test]
    async fn an_address_matches_digits_with_and_without_plus_and_the_stable_id() {
        let log = ReceivedLog::new(9);
        log.record(entry("4917", "text"));
        for (address, expected) in [("4917", 1), ("+4917", 1), (" 4917", 1), ("DE.4917", 1), ("491", 0)] {
            assert_eq!(log.list(&to(address)).await.len(), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn a_waiter_gets_what_comes_while_it_waits() {
        let log = Arc::new(ReceivedLog::new(2));
        let filter = Filter { count: Some(3), wait_ms: 60_000, ..to("1") };
        let waiting = tokio::spawn({
            let log = log.clone();
            async move { log.list(&filter).await.len() }
        });
        // More than the log holds: the waiter has to take entries as they come.
        for _ in 0..3 {
            log.record(entry("1", "text"));
            log.record(entry("2", "text"));
            tokio::task::yield_now().await;
        }
        assert_eq!(waiting.await.ok(), Some(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_gives_up_after_its_time() {
        let log = ReceivedLog::new(2);
        log.record(entry("1", "text"));
        let filter = Filter { count: Some(2), wait_ms: 5_000, ..Filter::default() };
        assert_eq!(log.list(&filter).await.len(), 1);
    }

    #[test]
    fn a_state_moves_forward_only() {
        let progress = Progress::default();
        assert!(progress.advance(State::Delivered));
        assert!(!progress.advance(State::Sent));
        assert!(!progress.advance(State::Delivered));
        assert_eq!(progress.get(), State::Delivered);
    }
}
