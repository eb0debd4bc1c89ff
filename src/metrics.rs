//! What this isolate counts, and how it tells: in memory, and after the answer, in batches.
//!
//! Metrics are shed first: a batch has two seconds, is brought a few times at most and never on the way of a message.
//! The rules are [`lotse_core::metrics`]'s; here are the clock, the dice and the call.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use lotse_core::actor::{Outcome, Tally};
use lotse_core::channel::ChannelName;
use lotse_core::message::ConversationKey;
use lotse_core::metrics::{Accumulator, Flush, Metric};
use lotse_core::time::UnixMillis;
use worker::{Env, MessageExt as _, RawMessage, Result};

use crate::metrics_do::MetricsCall;
use crate::{call, clock, objects};

/// How long the object has to take a batch.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);
/// How long after the first count of a quiet isolate its batch goes at the latest.
const LATER_MILLIS: i64 = 5_000;

thread_local! {
    static GATHERED: RefCell<Option<Accumulator>> = const { RefCell::new(None) };
    /// Until when somebody will bring the next batch.
    static PLANNED_UNTIL: Cell<i64> = const { Cell::new(0) };
}

fn with<T>(act: impl FnOnce(&mut Accumulator) -> T) -> T {
    GATHERED.with_borrow_mut(|gathered| act(gathered.get_or_insert_with(|| Accumulator::new(isolate()))))
}

/// A random id. Without entropy two isolates might share one, and counts would be missing; nothing else.
fn isolate() -> String {
    clock::secure_random::<8>().map_or_else(|_| hex::encode(clock::dice()), hex::encode)
}

/// Adds to a counter.
pub fn add(metric: Metric, labels: &[&str], count: u64) {
    if count > 0 {
        with(|gathered| gathered.counts().add(metric, labels, count));
    }
}

/// Puts the time since `began` into a histogram.
pub fn observe_since(metric: Metric, labels: &[&str], began: UnixMillis) {
    let millis = u64::try_from(clock::now().millis_since(began)).unwrap_or_default();
    with(|gathered| gathered.counts().observe(metric, labels, millis));
}

/// Counts what a commit came to, once it holds.
pub fn committed(key: &ConversationKey, tally: &Tally) {
    let account = [key.channel.as_str(), key.account.as_str()];
    add(Metric::Messages, &account, tally.messages);
    add(Metric::Duplicates, &account, tally.duplicates);
    add(Metric::Answered, &account, tally.answered);
    add(Metric::SendsFailed, &account, tally.failed);
    for reason in &tally.handed_over {
        let reason = serde_json::to_value(reason).unwrap_or_default();
        add(Metric::HandedOver, &[account[0], account[1], reason.as_str().unwrap_or_default()], 1);
    }
}

/// Counts a call that was to bring a message to its platform.
pub fn attempted(key: &ConversationKey, outcome: &Outcome) {
    let (outcome, kind) = match outcome {
        Outcome::Sent => ("sent", ""),
        Outcome::Unknown => ("unknown", ""),
        Outcome::Refused(error) => ("refused", error.kind.name()),
    };
    add(Metric::SendAttempts, &[key.channel.as_str(), &key.account, outcome, kind], 1);
}

/// A message that waits since `since` could not leave yet.
pub fn still_unsent(since: UnixMillis) {
    with(|gathered| gathered.report_send(since));
}

/// Counts how long a message had been in its queue.
pub fn taken_from_queue(queue: &str, message: &RawMessage) {
    let since = i64::try_from(message.timestamp().as_millis()).map_or_else(|_| clock::now(), UnixMillis);
    observe_since(Metric::QueueSeconds, &[queue], since);
}

/// Counts a refused webhook.
pub fn refused(channel: ChannelName, account: &str, reason: &'static str) {
    add(Metric::WebhooksRefused, &[channel.as_str(), account, reason], 1);
}

/// Brings a batch if it is time; for work that goes on after the answer anyway.
pub async fn flush(env: &Env) {
    if let Some(batch) = with(|gathered| gathered.due(clock::now())) {
        bring(env, &batch).await;
    }
}

/// Brings what there is.
pub async fn flush_at_once(env: &Env) {
    if let Some(batch) = with(|gathered| gathered.at_once(clock::now())) {
        bring(env, &batch).await;
    }
}

/// Whether somebody has to see to it that what was counted is told; who asks and hears yes has to await
/// [`flush_later`].
#[must_use]
pub fn wants_flush() -> bool {
    let now = clock::now().0;
    if now < PLANNED_UNTIL.get() || !with(|gathered| gathered.has_news()) {
        return false;
    }
    PLANNED_UNTIL.set(now + 2 * LATER_MILLIS);
    true
}

/// Brings a batch after a pause, in which more is counted. A worker that waits costs nothing; an object would.
pub async fn flush_later(env: &Env) {
    clock::sleep(Duration::from_millis(LATER_MILLIS.unsigned_abs())).await;
    PLANNED_UNTIL.set(0);
    flush(env).await;
}

/// A batch that does not arrive is nobody's trouble.
async fn bring(env: &Env, batch: &Flush) {
    let arrived = try_bring(env, batch).await.is_ok();
    with(|gathered| gathered.settled(batch.sequence, arrived));
}

async fn try_bring(env: &Env, batch: &Flush) -> Result<()> {
    let stub = objects::metrics(env)?;
    let call = MetricsCall::Add(batch.clone());
    call::within(FLUSH_WITHIN, call::tell(&stub, &call)).await
}
