//! Carries how threads stand from conversations to the desk, in batches.
//!
//! The queue only carries: a conversation repeats an update until the desk has confirmed it, so a lost
//! or doubled message does no harm, and the desk keeps the highest version of each thread.

use futures_util::{StreamExt as _, stream};
use lotse_core::conversation::ThreadSummary;
use serde::{Deserialize, Serialize};
use worker::{Env, MessageBatch, Result};

use crate::call::{self, ConversationCall};
use crate::dead_letters_queue::set_aside;
use crate::desk_do::DeskCall;
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
            // Nobody repeats what no conversation of this version sent.
            None => set_aside(env, &message, "a follow-up cannot be read").await,
        }
    }
    if let Err(error) = bring(env, updates).await {
        log::warn("followups_wait", &[log::cause(&error)]);
        batch.retry_all();
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
