//! The edge: the only code that knows the runtime. Bytes in, `lotse-core` decides, effects out.
//!
//! | room | purpose |
//! |---|---|
//! | `entry.js`, `shim.js` | where the runtime comes in; calls that would cost many crossings |
//! | `router`, `http` | which request goes to which room; requests and responses |
//! | `webhook` | what a platform posts: verified, parsed, handed to conversations |
//! | `account_notices` | what a platform tells about an account of ours |
//! | `intake`, `sealed` | gets every item into something durable, down a ladder of rungs; the last of them, encrypted |
//! | `conversation_do`, `rows`, `platform` | one object per conversation, its storage, its calls to the platform |
//! | `pacer_do`, `pacer` | one object per sending account, and the isolate's side of it |
//! | `desk_do`, `desk_store` | one object for the desk: threads, tokens, dead letters |
//! | `backlog` | how much waits for humans: published by the desk, read by conversations |
//! | `knowledge`, `knowledge_do`, `knowledge_store` | the approved texts in effect; one object for the record of what was published |
//! | `followups_queue`, `spill_queue`, `dead_letters_queue` | what three of the queues carry, and who takes it out |
//! | `questions`, `questions_do`, `questions_api` | questions that were not answered well: on their way in the fourth queue, and one object that keeps them |
//! | `queues` | how messages lie in any queue |
//! | `agent_api`, `knowledge_api` | the API of agents; its part about approved texts |
//! | `accounts`, `health` | which accounts send; what is missing |
//! | `metrics`, `metrics_do`, `metrics_page` | what this isolate counts, the sums, what operators scrape |
//! | `log` | the only place that writes to the log |
//! | `environment`, `clock` | settings and secrets; time and chance |
//! | `objects`, `call` | how objects are found; how they are asked |
//! | `object`, `storage` | what an object is, from inside; SQLite in it |
#![allow(clippy::future_not_send, reason = "an isolate has one thread")]

use wasm_bindgen::prelude::*;
use worker::worker_sys;
use worker::{Context, Env, MessageBatch, Result, ScheduleContext, ScheduledEvent, event, web_sys};

mod account_notices;
mod accounts;
mod agent_api;
mod backlog;
mod call;
mod clock;
mod conversation_do;
mod dead_letters_queue;
mod desk_do;
mod desk_store;
mod environment;
mod followups_queue;
mod health;
mod http;
mod intake;
mod knowledge;
mod knowledge_api;
mod knowledge_do;
mod knowledge_store;
mod log;
mod metrics;
mod metrics_do;
mod metrics_page;
mod object;
mod objects;
mod pacer;
mod pacer_do;
mod platform;
mod questions;
mod questions_api;
mod questions_do;
mod queues;
mod router;
mod rows;
mod sealed;
mod spill_queue;
mod storage;
mod webhook;

use conversation_do::ConversationObject;
use desk_do::DeskObject;
use knowledge_do::KnowledgeObject;
use metrics_do::MetricsObject;
use pacer_do::PacerObject;
use questions_do::QuestionsObject;

#[event(start)]
fn start() {
    log::panics();
}

/// Answers one request whose body `entry.js` has read: at once where nothing has to be waited for, else as a
/// promise; with a status alone, or with a whole response.
///
/// # Errors
/// Never: what no room expected is a 500.
#[wasm_bindgen]
pub fn fetch(
    method: String,
    url: String,
    headers: web_sys::Headers,
    state: http::Body,
    body: Vec<u8>,
    env: Env,
    context: worker_sys::Context,
) -> std::result::Result<JsValue, JsValue> {
    let request = http::Request { method, url, headers: http::RequestHeaders(headers), state, body };
    object::at_once_or_later(async move {
        let answer = router::answer(&request, &env).await;
        if metrics::wants_flush() {
            Context::new(context).wait_until(async move {
                metrics::flush_later(&env).await;
                questions::flush(&env, false).await;
            });
        }
        Ok(answer.into())
    })
}

object::export! {
    conversation_export: ConversationObject,
    desk_export: DeskObject,
    knowledge_export: KnowledgeObject,
    metrics_export: MetricsObject,
    pacer_export: PacerObject,
    questions_export: QuestionsObject,
}

#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> Result<()> {
    match batch.queue().as_str() {
        "followups" => followups_queue::consume(&batch, &env).await,
        "questions" => questions::consume(&batch, &env).await,
        "spill" => spill_queue::consume(&batch, &env).await,
        _ => dead_letters_queue::consume(&batch, &env).await,
    }
    metrics::flush(&env).await;
    Ok(())
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    sealed::replay(&env).await;
    metrics::flush(&env).await;
}
