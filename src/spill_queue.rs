//! Replays items whose conversation could not be reached when they came in.
//!
//! Each message is acknowledged or retried by itself. Once an item of a conversation failed, the later
//! ones of the same conversation in the batch are retried too, so that order is kept.

use std::collections::HashSet;

use lotse_core::metrics::Metric;
use worker::{Env, MessageBatch, MessageExt as _, QueueRetryOptionsBuilder, RawMessage};

use crate::intake::{self, Parcel};
use crate::{clock, log, metrics, queues};

/// The shortest and the longest pause before an item is tried again, in seconds. With the retries of
/// wrangler.toml an object may be away for most of a day.
const RETRY_SECS: (u64, u64) = (5, 600);

/// Soon at first, then more and more rarely: a quarter of the time that the item has waited.
fn retry_delay_secs(message: &RawMessage) -> u32 {
    let waited_millis =
        u64::try_from(clock::now().0).unwrap_or_default().saturating_sub(message.timestamp().as_millis());
    let (shortest, longest) = RETRY_SECS;
    u32::try_from((waited_millis / 4_000).clamp(shortest, longest)).unwrap_or_default()
}

/// Delivers a batch.
pub async fn consume(batch: &MessageBatch<String>, env: &Env) {
    let mut stuck: HashSet<String> = HashSet::new();
    for message in batch.raw_iter() {
        metrics::taken_from_queue("spill", &message);
        let Some(parcel) = queues::read::<Parcel>(&message) else {
            message.retry();
            continue;
        };
        let destination = parcel.destination();
        if stuck.contains(&destination) || intake::deliver(env, &parcel).await.is_err() {
            stuck.insert(destination);
            let delay =
                QueueRetryOptionsBuilder::new().with_delay_seconds(retry_delay_secs(&message)).build();
            message.retry_with_options(&delay);
        } else {
            metrics::add(Metric::Replayed, &["queue"], 1);
            message.ack();
        }
    }
    if !stuck.is_empty() {
        let count = i64::try_from(stuck.len()).unwrap_or(i64::MAX);
        log::warn("spilled_items_wait", &[("conversations", log::Value::Number(count))]);
    }
}
