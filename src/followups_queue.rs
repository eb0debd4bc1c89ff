//! Carries how threads stand from conversations to the desk, in batches.
//!
//! The queue only carries: a conversation repeats an update until the desk has confirmed it, so a lost
//! or doubled message does no harm, and the desk keeps the highest version of each thread.

use futures_util::{StreamExt as _, stream};
use lotse_core::conversation::ThreadSummary;
use serde::{Deserialize, Serialize};
use worker::{Env, MessageBatch, MessageExt as _, RawMessage, Result};

use crate::call::{self, ConversationCall};
use crate::desk_do::DeskCall;
use crate::intake::{self, DeadLetter, DeadPayload};
use crate::{log, metrics, objects, queues};

/// How many conversations are told at the same time that the desk has their update.
const FAN_OUT: usize = 32;

/// How one thread stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ThreadUpdate {
    /// The id of the conversation's object, by which the thread is known.
    pub id: String,
    /// How it stands.
    pub thread: ThreadSummary,
}

/// Writes a batch to the desk and tells the conversations that it has arrived.
pub async fn consume(batch: &MessageBatch<String>, env: &Env) {
    let mut updates = Vec::new();
    for message in batch.raw_iter() {
        metrics::taken_from_queue("followups", &message);
        match queues::read::<ThreadUpdate>(&message) {
            Some(update) => updates.push(update),
            None => set_aside(env, &message).await,
        }
    }
    if let Err(error) = bring(env, updates).await {
        log::warn("followups_wait", &[log::cause(&error)]);
        batch.retry_all();
    }
}

/// Something that no conversation of this version sent: shown to humans, since nobody repeats it.
async fn set_aside(env: &Env, message: &RawMessage) {
    let payload = DeadPayload::Queued { json: queues::text(message) };
    let letter = DeadLetter::because("a follow-up cannot be read".to_owned(), payload);
    let letter = DeadLetter { id: message.id(), ..letter };
    if intake::keep_at_desk(env, &letter).await.is_err() {
        message.retry();
    }
}

async fn bring(env: &Env, updates: Vec<ThreadUpdate>) -> Result<()> {
    if updates.is_empty() {
        return Ok(());
    }
    call::tell(&objects::desk(env)?, &DeskCall::UpdateThreads { updates: updates.clone() }).await?;
    stream::iter(updates).for_each_concurrent(FAN_OUT, |update| confirm(env, update)).await;
    Ok(())
}

/// A confirmation that gets lost only means that the conversation repeats its update.
async fn confirm(env: &Env, update: ThreadUpdate) {
    if let Ok(stub) = objects::conversation_by_id(env, &update.id) {
        let _ = call::tell(&stub, &ConversationCall::DeskHas { version: update.thread.version }).await;
    }
}
