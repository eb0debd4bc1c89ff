//! Empties a conversation's outbox: oldest first, one at a time, each attempt recorded before the call.
//!
//! Makes the calls and keeps the rows; [`lotse_core::outbox`] decides when and whether.

use lotse_core::channel::{SendContext, SendError, SendErrorKind, Sent};
use lotse_core::conversation::Input;
use lotse_core::message::{DeliveryState, OutgoingContent};
use lotse_core::outbox::{AfterRefusal, Next, after_refusal, after_unknown, next};
use wasm_bindgen::JsValue;
use worker::{Fetch, Request, Result, console_warn, js_sys};

use crate::conversation_do::Conversation;
use crate::conversation_store::{Kept, Send};
use crate::{clock, http, intake};

/// How long a platform has to answer.
const CALL_TIMEOUT_MILLIS: u32 = 10_000;

/// What became of an attempt.
enum Outcome {
    /// The platform took it.
    Sent,
    /// The platform refused it.
    Refused(SendError),
    /// Nobody knows.
    Unknown,
}

/// Sends what is due; true when nothing is left. Returns at once when that is happening already.
///
/// # Errors
/// When the storage refuses or holds what cannot be read; then a later alarm is to look again.
pub async fn drain(conversation: &Conversation) -> Result<bool> {
    if conversation.draining.replace(true) {
        return Ok(true);
    }
    let outcome = send_all_due(conversation).await;
    conversation.draining.set(false);
    outcome
}

async fn send_all_due(conversation: &Conversation) -> Result<bool> {
    loop {
        let Some(kept) = conversation.kept() else { return Ok(true) };
        let started = conversation.started.borrow_mut().take();
        if let Some(send) = started {
            conversation.has_attempted.set(true);
            let outcome = attempt(conversation, &kept, &send).await;
            record(conversation, &kept, &send, outcome)?;
            continue;
        }
        let Some(send) = conversation.store.oldest_send()? else {
            // While signals went out, something new may have come in.
            if send_signals(conversation, &kept).await {
                continue;
            }
            return Ok(true);
        };
        if send.standing.unsettled && !send.graced && !conversation.has_attempted.get() {
            // Left by an object that died: reports may have been on their way to a runtime that was not
            // there, so the evidence gets its time anew.
            let waiting = after_unknown(send.standing, conversation.policy(&kept), clock::now());
            conversation.store.grace(send.id, waiting.next_at)?;
            return Ok(false);
        }
        let standing = match next(send.standing, conversation.policy(&kept), clock::now()) {
            Next::Wait => return Ok(false),
            Next::GiveUp => {
                fail(conversation, &send, "nobody knows whether it went out")?;
                continue;
            }
            Next::Attempt(standing) => standing,
        };
        conversation.has_attempted.set(true);
        conversation.store.reschedule(send.id, standing)?;
        let outcome = attempt(conversation, &kept, &send).await;
        record(conversation, &kept, &Send { standing, ..send }, outcome)?;
    }
}

/// Sends read ticks and confirmed presses, each tried once, since losing one does no harm; false when
/// there were none.
async fn send_signals(conversation: &Conversation, kept: &Kept) -> bool {
    let signals = std::mem::take(&mut *conversation.signals.borrow_mut());
    let any = !signals.is_empty();
    for signal in signals {
        if let Outcome::Refused(error) = call_platform(conversation, kept, &signal, "", None).await {
            console_warn!("a signal was refused kind={} code={:?}", error.kind.name(), error.code);
        }
    }
    any
}

async fn attempt(conversation: &Conversation, kept: &Kept, send: &Send) -> Outcome {
    let callback = intake::callback(&conversation.id(), send.id, send.letter.line);
    let reply_to = send.letter.reply_to.as_deref();
    call_platform(conversation, kept, &send.letter.content, &callback, reply_to).await
}

async fn call_platform(
    conversation: &Conversation,
    kept: &Kept,
    content: &OutgoingContent,
    callback: &str,
    reply_to: Option<&str>,
) -> Outcome {
    let channel = kept.key.channel.channel();
    let environment = &conversation.environment;
    let Some(secrets) = environment.secrets(kept.key.channel, &kept.key.account) else {
        return Outcome::Refused(not_configured());
    };
    let account = environment.settings.account(kept.key.channel, &kept.key.account);
    let context = SendContext {
        api_base: environment.api_base(kept.key.channel),
        account_address: account.map_or("", |account| account.address.as_str()),
        to: &kept.state.contact,
        secrets,
        callback,
        reply_to,
    };
    // A signal that the platform does not have is as good as sent.
    let Some(call) = channel.render(content, &context) else { return Outcome::Sent };
    let mut headers = vec![("content-type", call.content_type)];
    if let Some(authorization) = &call.authorization {
        headers.push(("authorization", authorization));
    }
    let body = JsValue::from(js_sys::Uint8Array::from(call.body.as_slice()));
    let Ok(request) = http::post(&call.url, &headers, &body, Some(CALL_TIMEOUT_MILLIS)) else {
        return Outcome::Refused(not_configured());
    };
    let Ok(response) = Fetch::Request(Request::from(request)).send().await else {
        return Outcome::Unknown;
    };
    let status = response.status_code();
    let Ok(body) = http::response_body(response).await else { return Outcome::Unknown };
    match channel.read_response(status, &body) {
        Ok(Sent { .. }) => Outcome::Sent,
        // An answer without a word of the platform about it: the message may have been taken all the same.
        Err(error) if error.code.is_none() && matches!(status, 200..300 | 500 | 502 | 504) => {
            Outcome::Unknown
        }
        Err(error) => Outcome::Refused(error),
    }
}

fn not_configured() -> SendError {
    SendError {
        kind: SendErrorKind::Unauthorized,
        code: None,
        detail: "the account is not configured".to_owned(),
    }
}

fn record(conversation: &Conversation, kept: &Kept, send: &Send, outcome: Outcome) -> Result<()> {
    let store = &conversation.store;
    match outcome {
        Outcome::Sent => {
            // Together in one commit: there is no await in between.
            store.advance(send.letter.line, DeliveryState::Sent, None)?;
            store.take_out(send.id)
        }
        // The report of the platform may have settled it while the call was out.
        _ if store.send(send.id)?.is_none() => Ok(()),
        Outcome::Unknown => {
            console_warn!("a send has an unknown outcome and waits for evidence");
            conversation.signals.borrow_mut().clear();
            let waiting = after_unknown(send.standing, conversation.policy(kept), clock::now());
            store.reschedule(send.id, waiting)?;
            store.note_delay(send.letter.line, "no answer from the platform")
        }
        Outcome::Refused(error) => refused(conversation, kept, send, &error),
    }
}

fn refused(conversation: &Conversation, kept: &Kept, send: &Send, error: &SendError) -> Result<()> {
    let attempts = send.standing.attempts;
    console_warn!("a send was refused kind={} code={:?} attempt={attempts}", error.kind.name(), error.code);
    let dice = clock::dice()[1];
    match after_refusal(send.standing, error, conversation.policy(kept), clock::now(), dice) {
        AfterRefusal::Fail => fail(conversation, send, &error.detail),
        AfterRefusal::Retry { standing, moved_to } => {
            if let Some(contact_id) = moved_to {
                conversation.moved_to(contact_id)?;
            }
            conversation.store.note_delay(send.letter.line, &error.detail)?;
            conversation.store.reschedule(send.id, standing)
        }
    }
}

/// The message will not arrive: the line says so, and a human gets to see it.
fn fail(conversation: &Conversation, send: &Send, words: &str) -> Result<()> {
    conversation.store.take_out(send.id)?;
    conversation.signals.borrow_mut().clear();
    let line = send.letter.line;
    if conversation.store.advance(line, DeliveryState::Failed, Some(words))? {
        // Core refuses nothing here; a line that it does not know changes nothing.
        let _ = conversation.take(&Input::DeliveryFailed { line }, None)?;
    }
    Ok(())
}
