//! How the edge calls its objects: one POST with a JSON body, one typed answer.
//!
//! A call fails only when the object could not be reached or broke; what the object decided, a refusal
//! included, is an answer.

use lotse_core::conversation::{AgentCommand, ThreadSummary};
use lotse_core::message::{ConversationKey, DeliveryState, Item, PlatformError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use worker::Stub;
use worker::{Error, Request, Result};

use crate::http;

/// What a conversation's object is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum ConversationCall {
    /// Items from the platform, in order. Answered once they are durable.
    Deliver {
        /// Whose conversation it is.
        key: ConversationKey,
        /// The items.
        items: Vec<Item>,
    },
    /// What became of a send, found by our own id that the platform returned.
    SendReport(SendReport),
    /// An agent's command; answered with [`AgentAnswer`].
    Agent {
        /// The agent's name.
        name: String,
        /// The command.
        command: AgentCommand,
    },
    /// The thread with its transcript; answered with an optional
    /// [`lotse_core::api::Transcript`].
    Read,
    /// The desk has this version of the thread.
    DeskHas {
        /// The version.
        version: u64,
    },
}

/// What the platform says became of a send.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendReport {
    /// The row of the outbox.
    pub send: i64,
    /// The line of the transcript.
    pub line: u64,
    /// The platform's id of the message.
    pub message_id: String,
    /// How far it came.
    pub state: DeliveryState,
    /// Why it failed.
    pub error: Option<PlatformError>,
}

/// What became of an agent's command.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
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
    let text = serde_json::to_string(body)?;
    let request = http::post("https://object/", &[], &text.into(), None)?;
    let response = stub.fetch_with_request(Request::from(request)).await?;
    let status = response.status_code();
    if status != 200 {
        return Err(Error::RustError(format!("the object answered {status}")));
    }
    Ok(serde_json::from_slice(&http::response_body(response).await?)?)
}

/// Calls an object that has nothing to say but that it is done.
///
/// # Errors
/// When the object cannot be reached or breaks.
pub async fn tell(stub: &Stub, body: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(body)?;
    let request = http::post("https://object/", &[], &text.into(), None)?;
    let status = stub.fetch_with_request(Request::from(request)).await?.status_code();
    if status == 204 { Ok(()) } else { Err(Error::RustError(format!("the object answered {status}"))) }
}
