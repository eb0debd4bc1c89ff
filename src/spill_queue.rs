//! Replays items whose conversation could not be reached when they came in.
//!
//! Each message is acknowledged or retried by itself. Once an item of a conversation failed, the later
//! ones of the same conversation in the batch are retried too, so that order is kept.

use lotse_core::intake::{Parcel, Stuck, spill_pause_secs};
use worker::{Env, MessageBatch, MessageExt as _, QueueRetryOptionsBuilder, RawMessage, console_warn};

use crate::{clock, intake, queues};

fn retry_delay_secs(message: &RawMessage) -> u32 {
    let sent_at = i64::try_from(message.timestamp().as_millis()).unwrap_or_default();
    spill_pause_secs(clock::now().0.saturating_sub(sent_at))
}

/// Delivers a batch.
pub async fn consume(batch: &MessageBatch<String>, env: &Env) {
    let mut stuck = Stuck::default();
    for message in batch.raw_iter() {
        let Some(parcel) = queues::read::<Parcel>(&message) else {
            message.retry();
            continue;
        };
        if !stuck.may_try(&parcel) || intake::deliver(env, &parcel).await.is_err() {
            stuck.add(&parcel);
            let delay =
                QueueRetryOptionsBuilder::new().with_delay_seconds(retry_delay_secs(&message)).build();
            message.retry_with_options(&delay);
        } else {
            message.ack();
        }
    }
    if !stuck.is_empty() {
        console_warn!("spilled items wait for {} conversations", stuck.len());
    }
}
