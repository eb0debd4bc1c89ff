//! Replays items whose conversation could not be reached when they came in.
//!
//! Each message is acknowledged or retried by itself. Once an item of a conversation failed, the later
//! ones of the same conversation wait for it, in this batch and in those after it, so that order is kept
//! as far as one isolate knows.

use std::cell::RefCell;
use std::collections::HashSet;

use lotse_core::metrics::Metric;
use lotse_core::order;
use lotse_core::routing::{Parcel, spill_pause_secs};
use lotse_core::spill_order::{SpillOrder, SpilledItem, Turn};
use lotse_core::time::UnixMillis;
use worker::{Env, MessageBatch, MessageExt as _, QueueRetryOptionsBuilder, RawMessage};

use crate::dead_letters_queue::set_aside;
use crate::intake::{self, Patience};
use crate::{clock, log, metrics, queues};

thread_local! {
    /// What waits, as far as this isolate knows.
    static ORDER: RefCell<SpillOrder> = RefCell::default();
}

/// Delivers a batch, oldest first.
pub async fn consume(batch: &MessageBatch<String>, env: &Env) {
    ORDER.with_borrow_mut(|order| order.forget(clock::now()));
    let mut messages: Vec<RawMessage> = batch.raw_iter().collect();
    order::sort_by_key(&mut messages, |message| message.timestamp().as_millis());
    let mut stuck: HashSet<String> = HashSet::new();
    let patience = Patience::default();
    for message in &messages {
        metrics::taken_from_queue("spill", message);
        let Some(parcel) = queues::read::<Parcel>(message) else {
            set_aside(env, message, "a spilled item cannot be read").await;
            continue;
        };
        if !replay(env, message, &parcel, &patience).await {
            stuck.insert(parcel.destination());
        }
    }
    if !stuck.is_empty() {
        let count = i64::try_from(stuck.len()).unwrap_or(i64::MAX);
        log::warn("spilled_items_wait", &[("conversations", log::Value::Number(count))]);
    }
}

/// Delivers an item if it is its turn; false when it has to come back.
async fn replay(env: &Env, message: &RawMessage, parcel: &Parcel, patience: &Patience) -> bool {
    let destination = parcel.destination();
    let item: SpilledItem = (spilled_at(message), message.id());
    let turn = ORDER.with_borrow(|order| order.turn(&destination, &item, clock::now()));
    let back_at = match turn {
        Turn::After(back_at) => back_at,
        Turn::Now if intake::deliver(env, parcel, patience).await.is_ok() => {
            ORDER.with_borrow_mut(|order| order.done(&destination, &item));
            metrics::add(Metric::Replayed, &["queue"], 1);
            message.ack();
            return true;
        }
        Turn::Now => {
            let now = clock::now();
            now.plus_millis(i64::from(spill_pause_secs(now.millis_since(item.0))) * 1_000)
        }
    };
    // The queue counts in whole seconds.
    let seconds = back_at.millis_since(clock::now()).max(0).unsigned_abs().div_ceil(1_000);
    let delay = u32::try_from(seconds).unwrap_or(u32::MAX);
    ORDER.with_borrow_mut(|order| order.wait(&destination, item, back_at));
    message.retry_with_options(&QueueRetryOptionsBuilder::new().with_delay_seconds(delay).build());
    false
}

fn spilled_at(message: &RawMessage) -> UnixMillis {
    UnixMillis(i64::try_from(message.timestamp().as_millis()).unwrap_or(i64::MAX))
}
