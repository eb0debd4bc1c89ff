//! How the edge calls its objects: one call with JSON text, one typed answer.
//!
//! A call fails only when the object could not be reached or broke; what the object decided, a refusal
//! included, is an answer.

use std::time::Duration;

use futures_util::future::{Either, select};
use lotse_core::actor::SendReport;
use lotse_core::conversation::{AgentCommand, Fallback, ThreadSummary};
use lotse_core::message::{ConversationKey, Item};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::{Error, Result};

use crate::clock;
use crate::objects::Stub;

/// What a conversation's object is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationCall {
    /// Items from the platform, in order. Answered once they are durable.
    Deliver {
        /// Whose conversation it is.
        key: ConversationKey,
        /// The items.
        items: Vec<Item>,
        /// Whether another object forwarded them: then they stay here.
        #[serde(default)]
        is_forwarded: bool,
    },
    /// What became of a send, found by our own id that the platform returned.
    SendReport(SendReport),
    /// An agent's command; answered with [`AgentAnswer`].
    Agent {
        /// The agent's name.
        name: String,
        /// The command.
        command: AgentCommand,
        /// What tells a repetition of the same command, where the client names it.
        repeat_key: Option<String>,
    },
    /// The thread with its transcript; answered with an optional
    /// [`lotse_core::api::Transcript`].
    Read,
    /// A message that failed in another conversation of the same person. Answered once it is durable.
    Fallback {
        /// Whose conversation this is.
        key: ConversationKey,
        /// The message.
        message: Box<Fallback>,
    },
    /// The person's conversation began under another id and lives on there. Answered once it is durable.
    LivesAt {
        /// Whose conversation this is.
        key: ConversationKey,
        /// Where theirs lives.
        home: ConversationKey,
    },
    /// The desk has this version of the thread.
    DeskHas {
        /// The version.
        version: u64,
    },
}

/// What became of an agent's command.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentAnswer {
    /// Done; this is how the thread stands.
    Done {
        /// The thread.
        thread: Box<ThreadSummary>,
    },
    /// Refused; nothing changed.
    Refused {
        /// The kind, in one word with dashes.
        kind: RefusalKind,
        /// The reason in words for agents.
        detail: String,
    },
    /// There is no thread here.
    NoThread,
}

/// Kinds of refusals that a client can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// Another agent has the thread.
    ClaimedByOther,
    /// The thread moved on since the agent looked.
    ThreadMovedOn,
    /// The command makes no sense in this state.
    WrongState,
    /// The text is empty or too long.
    TextLength,
    /// No such address can be linked.
    Address,
}

/// Calls an object and reads its answer.
///
/// # Errors
/// When the object cannot be reached, breaks, or answers something else.
pub async fn call<Answer: DeserializeOwned>(stub: &Stub, body: &impl Serialize) -> Result<Answer> {
    Ok(serde_json::from_str(&text(stub, body).await?)?)
}

/// Calls an object and hands on the text that it answers.
///
/// # Errors
/// When the object cannot be reached, breaks, or answers something else.
pub async fn text(stub: &Stub, body: &impl Serialize) -> Result<String> {
    ask(stub, body)
        .await?
        .as_string()
        .ok_or_else(|| Error::RustError("the object answered nothing".to_owned()))
}

/// Calls an object that has nothing to say but that it is done.
///
/// # Errors
/// When the object cannot be reached or breaks.
pub async fn tell(stub: &Stub, body: &impl Serialize) -> Result<()> {
    if ask(stub, body).await?.is_undefined() {
        return Ok(());
    }
    Err(Error::RustError("the object answered with a text".to_owned()))
}

async fn ask(stub: &Stub, body: &impl Serialize) -> Result<JsValue> {
    Ok(JsFuture::from(stub.call(&serde_json::to_string(body)?)?).await?)
}

/// Into how many waits the time for an answer is divided.
const WAITS: u32 = 8;

/// What `asked` comes to, unless that takes longer than `patience`; it may then have taken effect all the same.
///
/// Each wait begins when the isolate got round to the one before: where it has more to do than it can, answers that
/// came long ago are read late, and that is not taken for silence.
pub async fn in_time<T>(patience: Duration, asked: impl Future<Output = T>) -> Option<T> {
    let mut asked = std::pin::pin!(asked);
    for _ in 0..WAITS {
        match select(asked, clock::sleep(patience / WAITS)).await {
            Either::Left((answer, _)) => return Some(answer),
            Either::Right((_, unanswered)) => asked = unanswered,
        }
    }
    None
}

/// As [`in_time`], with a failure for what takes too long.
///
/// # Errors
/// What `asked` failed with, or that it took too long; it may then have taken effect all the same.
pub async fn within<T>(patience: Duration, asked: impl Future<Output = Result<T>>) -> Result<T> {
    in_time(patience, asked).await.unwrap_or_else(|| Err(Error::RustError("it took too long".to_owned())))
}
