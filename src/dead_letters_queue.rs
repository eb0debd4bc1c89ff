//! Brings dead letters to the desk: those that the intake queued, and whatever the other queues gave up on.

use lotse_core::routing::{LETTER_PATIENCE_MILLIS, Parcel};
use worker::{Env, MessageBatch, MessageExt as _, RawMessage, Result};

use crate::environment::Environment;
use crate::intake::{self, DeadLetter, DeadPayload, Patience};
use crate::sealed::{self, Sealed};
use crate::{clock, log, metrics, queues};

fn age_millis(message: &RawMessage) -> i64 {
    clock::now().0.saturating_sub(i64::try_from(message.timestamp().as_millis()).unwrap_or(i64::MAX))
}

async fn seal(env: &Env, letter: DeadLetter) -> Result<()> {
    let environment = Environment::of(env)?;
    sealed::store(env, &environment, &Sealed::DeadLetter(letter)).await
}

/// What a queue held, for humans to look at.
fn letter_about(message: &RawMessage, reason: &str) -> DeadLetter {
    let payload = match queues::read::<Parcel>(message) {
        Some(parcel) => DeadPayload::Parcel(parcel),
        None => DeadPayload::Queued { json: queues::text(message) },
    };
    // The queue's own id makes a second delivery of the same message the same letter.
    DeadLetter { id: message.id(), ..DeadLetter::because(reason.to_owned(), payload) }
}

/// Shows a message of another queue, which no retry makes readable, to humans at once.
pub async fn set_aside(env: &Env, message: &RawMessage, reason: &str) {
    if intake::keep_at_desk(env, &letter_about(message, reason), &Patience::default()).await.is_ok() {
        message.ack();
    } else {
        message.retry();
    }
}

/// Stores a batch at the desk, each message by itself.
pub async fn consume(batch: &MessageBatch<String>, env: &Env) {
    let patience = Patience::default();
    for message in batch.raw_iter() {
        metrics::taken_from_queue("dead-letters", &message);
        let letter = queues::read::<DeadLetter>(&message)
            .unwrap_or_else(|| letter_about(&message, "a queue gave up on it"));
        // After hours without the desk the queue would give up: a sealed key waits longer.
        let kept = intake::keep_at_desk(env, &letter, &patience).await.is_ok()
            || (age_millis(&message) > LETTER_PATIENCE_MILLIS && seal(env, letter).await.is_ok());
        if kept {
            message.ack();
        } else {
            log::warn("dead_letter_waits", &[]);
            message.retry();
        }
    }
}
