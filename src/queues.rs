//! How messages lie in queues, whichever it is: as JSON text. What each queue carries and who takes it out is in the
//! rooms named after them, like [`crate::spill_queue`]; for `questions` in [`crate::questions`].
//!
//! Text crosses between wasm and JavaScript in one piece, keeps every number exact, and is what the
//! queue's own tools show.

use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, RawMessage, Result};

/// Puts one message into a queue.
///
/// # Errors
/// When the queue refuses it, or the binding is missing.
pub async fn send(env: &Env, binding: &str, message: &impl Serialize) -> Result<()> {
    env.queue(binding)?.send(serde_json::to_string(message)?).await
}

/// The JSON text of a message, whatever put it there.
#[must_use]
pub fn text(message: &RawMessage) -> String {
    let body = message.body();
    body.as_string().or_else(|| js_sys::JSON::stringify(&body).ok().map(String::from)).unwrap_or_default()
}

/// Reads a message; `None` for one of another kind.
#[must_use]
pub fn read<T: DeserializeOwned>(message: &RawMessage) -> Option<T> {
    serde_json::from_str(&text(message)).ok()
}
