//! Status webhooks: what became of a message that lotse sent.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::GraphError;
use super::webhook::envelope;
use crate::config::{Account, Channel};
use crate::deliver::Webhook;
use crate::events::Event;
use crate::received::{Entry, STATUS, State};
use crate::world::{World, now_millis};

/// Reports in the background that a message was sent and delivered, or that it failed.
pub(crate) fn report(world: &Arc<World>, account: &Account, entry: Arc<Entry>, failure_code: Option<i64>) {
    let states: &[State] =
        if failure_code.is_some() { &[State::Failed] } else { &[State::Sent, State::Delivered] };
    if !world.settings().statuses && failure_code.is_none() {
        return;
    }
    let (owner, account) = (world.clone(), account.clone());
    world.spawn(async move {
        for state in states {
            advance(&owner, &account, &entry, *state, failure_code).await;
        }
    });
}

/// Marks what lotse sent to a person as read, as their phone does when they open the chat.
pub(crate) fn mark_read(world: &Arc<World>, account: &Account, entries: Vec<Arc<Entry>>) {
    let (owner, account) = (world.clone(), account.clone());
    world.spawn(async move {
        for entry in entries {
            if entry.kind != STATUS && entry.channel == Channel::Whatsapp && entry.state.get() < State::Read {
                advance(&owner, &account, &entry, State::Read, None).await;
            }
        }
    });
}

/// Moves a message on and tells lotse. A webhook that is not taken is redelivered if the settings say so.
async fn advance(world: &Arc<World>, account: &Account, entry: &Arc<Entry>, state: State, code: Option<i64>) {
    // Fails only when the semaphore is closed, which nobody does.
    let Ok(_turn) = world.status_turns.acquire().await else { return };
    if !entry.state.advance(state) {
        return;
    }
    world.events.push(Event::State {
        channel: Channel::Whatsapp,
        account: account.name.clone(),
        message_id: entry.message_id.clone(),
        state,
    });
    if !world.settings().statuses && code.is_none() {
        return;
    }
    let mut value = json!({ "statuses": [status(entry, state, code)] });
    if state != State::Failed {
        value["contacts"] = json!([contact(entry)]);
    }
    let body = envelope(account, "messages", value).to_string().into_bytes();
    let webhook = Webhook::sign(world, Channel::Whatsapp, &account.name, body, None, None);
    let delivery = webhook.post(world).await;
    if !delivery.is_taken() && world.settings().redeliver {
        webhook.redeliver(world, &delivery);
    }
}

fn contact(entry: &Entry) -> Value {
    let mut contact = json!({ "user_id": entry.user_id });
    if let Some(phone) = &entry.phone {
        contact["wa_id"] = phone.as_str().into();
    }
    contact
}

fn status(entry: &Entry, state: State, code: Option<i64>) -> Value {
    let mut status = json!({
        "id": entry.message_id,
        "status": state.as_str(),
        "timestamp": (now_millis() / 1000).to_string(),
        "recipient_user_id": entry.user_id,
    });
    if let Some(phone) = &entry.phone {
        status["recipient_id"] = phone.as_str().into();
    }
    if let Some(callback) = &entry.callback {
        status["biz_opaque_callback_data"] = callback.as_str().into();
    }
    if state == State::Sent {
        status["pricing"] = json!({
            "billable": true, "pricing_model": "PMP", "type": "regular", "category": "service",
        });
    }
    if let Some(code) = code {
        status["errors"] = json!([GraphError::asked_for(None, Some(code)).to_webhook_error()]);
    }
    status
}
