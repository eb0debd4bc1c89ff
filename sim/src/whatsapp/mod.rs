//! Plays the WhatsApp Cloud API, as far as lotse uses it: the `messages` and media endpoints, the
//! webhooks of messages and statuses. <https://developers.facebook.com/docs/whatsapp/cloud-api>

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::Method;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::config::{Account, Channel};
use crate::faults::{Failure, Moment, Strike};
use crate::ids;
use crate::people::People;
use crate::received::{Entry, Progress, STATUS, Unanswered};
use crate::world::{World, now_millis};

mod call;
mod error;
mod status;
pub(crate) mod webhook;

use call::{Call, Message};
use error::GraphError;
pub(crate) use status::mark_read;

/// An HTTP request to the API, as far as it matters.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a Method,
    /// Without the mount point and without a slash at the start.
    pub(crate) path: &'a str,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) body: &'a Bytes,
}

/// Answers a request; the name of the account concerned goes to the inspector.
pub(crate) async fn answer(world: &Arc<World>, request: &Request<'_>) -> (String, Answer) {
    let mut segments: Vec<&str> = request.path.split('/').collect();
    if segments.first().is_some_and(|first| is_version(first)) {
        segments.remove(0);
    }
    let result = match (request.method, segments.as_slice()) {
        (&Method::POST, [number, "messages"]) => return messages(world, number, request).await,
        (&Method::GET, ["media", id]) => any_account(world, request).and_then(|_| media_bytes(world, id)),
        (&Method::GET, [id]) => any_account(world, request).and_then(|_| media_link(world, id)),
        _ => Err(GraphError::unknown_path()),
    };
    (String::new(), result.unwrap_or_else(GraphError::into_answer))
}

/// `v25.0`
fn is_version(segment: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    segment
        .strip_prefix('v')
        .and_then(|version| version.split_once('.'))
        .is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// Whether the request shows the access token of this account.
fn is_authorized(world: &World, account: &Account, request: &Request<'_>) -> bool {
    let secret = world.config.secret(Channel::Whatsapp, &account.name, "ACCESS_TOKEN");
    let shown = request.authorization.and_then(|value| value.strip_prefix("Bearer "));
    // Rotated tokens are given separated by spaces; any of them counts.
    shown.is_some_and(|shown| secret.split_ascii_whitespace().any(|token| token == shown))
}

/// The account whose token the request shows.
fn any_account<'w>(world: &'w World, request: &Request<'_>) -> Result<&'w Account, GraphError> {
    let mut accounts = world.config.accounts.iter().filter(|account| account.channel == Channel::Whatsapp);
    accounts.find(|account| is_authorized(world, account, request)).ok_or_else(GraphError::bad_token)
}

fn media_link(world: &World, id: &str) -> Result<Answer, GraphError> {
    let file = world.media().find(id).ok_or_else(|| GraphError::unknown_object(id))?;
    Ok(Answer::ok(json!({
        "messaging_product": "whatsapp",
        "url": format!("http://{}/whatsapp/media/{id}", world.address),
        "mime_type": file.mime_type,
        "sha256": hex::encode(file.sha256),
        "file_size": file.bytes.len(),
        "id": id,
    })))
}

fn media_bytes(world: &World, id: &str) -> Result<Answer, GraphError> {
    let file = world.media().find(id).ok_or_else(|| GraphError::unknown_object(id))?;
    Ok(Answer::File { mime_type: file.mime_type, bytes: file.bytes })
}

async fn messages(world: &Arc<World>, number: &str, request: &Request<'_>) -> (String, Answer) {
    let Some(account) = world.account_at(Channel::Whatsapp, number) else {
        let refused = if any_account(world, request).is_ok() {
            GraphError::unknown_object(number)
        } else {
            GraphError::bad_token()
        };
        return (String::new(), refused.into_answer());
    };
    let result = if is_authorized(world, account, request) {
        call::read(request.body)
    } else {
        Err(GraphError::bad_token())
    };
    let answer = match result {
        Ok(call) => carry_out(world, account, call, request.body).await,
        Err(error) => error.into_answer(),
    };
    (account.name.clone(), answer)
}

async fn carry_out(world: &Arc<World>, account: &Account, call: Call, body: &Bytes) -> Answer {
    let strike = strike(world, account, &call);
    if strike.moment != Moment::After {
        tokio::time::sleep(strike.delay).await;
    }
    if let Some(failure) = strike.failure_at(Moment::Before) {
        return fail(failure);
    }
    let taken = match call {
        Call::Read { message_id, typing } => read(world, account, message_id, typing, body),
        Call::Message(message) => take(world, account, *message, body, strike),
    };
    if strike.moment == Moment::After {
        let id = taken.as_ref().ok().and_then(|taken| taken["messages"][0]["id"].as_str());
        let entry = id.and_then(|id| world.received.find_latest(|entry| entry.message_id == id));
        // Stays so if the caller hangs up while this waits.
        entry.iter().for_each(|entry| entry.unanswered.set(true));
        tokio::time::sleep(strike.delay).await;
        if let (Ok(_), Some(failure)) = (&taken, strike.failure_at(Moment::After)) {
            return fail(failure);
        }
        entry.iter().for_each(|entry| entry.unanswered.set(false));
    }
    taken.map_or_else(GraphError::into_answer, Answer::ok)
}

fn strike(world: &World, account: &Account, call: &Call) -> Strike {
    let mut faults = world.faults();
    match call {
        Call::Read { .. } => faults.strike(Channel::Whatsapp, &account.name, STATUS, &[]),
        Call::Message(message) => {
            let known = known_addresses(&mut world.people(), account, &message.to);
            let addresses: Vec<&str> = known.iter().map(String::as_str).collect();
            faults.strike(Channel::Whatsapp, &account.name, &message.kind, &addresses)
        }
    }
}

/// All ways to name the person at this address.
fn known_addresses(people: &mut People, account: &Account, to: &str) -> Vec<String> {
    let mut addresses = vec![to.to_owned()];
    if let Some(person) = people.find(Channel::Whatsapp, &account.name, to) {
        addresses.push(person.id.clone());
        addresses.extend(person.phone.clone());
    }
    addresses
}

fn fail(failure: Failure) -> Answer {
    match failure {
        Failure::Cut => Answer::Cut,
        Failure::Error { status, code, .. } => GraphError::asked_for(status, code).into_answer(),
    }
}

/// Ticks a message of a person as read.
fn read(
    world: &World,
    account: &Account,
    message_id: String,
    typing: bool,
    body: &Bytes,
) -> Result<Value, GraphError> {
    if !ids::is_wamid(&message_id) {
        return Err(GraphError::parameter_value("message_id is not the id of a message to this number"));
    }
    let progress = Progress::default();
    progress.advance(crate::received::State::Read);
    world.events.push(crate::events::Event::Ticked {
        channel: Channel::Whatsapp,
        account: account.name.clone(),
        message_id: message_id.clone(),
    });
    world.received.record(Entry {
        at: now_millis(),
        channel: Channel::Whatsapp,
        account: account.name.clone(),
        to: String::new(),
        user_id: String::new(),
        phone: None,
        kind: STATUS.to_owned(),
        text: String::new(),
        buttons: Vec::new(),
        message_id,
        callback: None,
        reply_to: None,
        state: progress,
        signal: Some(if typing { "read_typing" } else { "read" }),
        unanswered: Unanswered::default(),
        raw: error::raw_json(body),
    });
    Ok(json!({ "success": true }))
}

/// Who a message goes to.
struct Recipient {
    user_id: String,
    phone: Option<String>,
}

/// Takes a message: checks that it may be sent to this person, records it, and reports on it later.
fn take(
    world: &Arc<World>,
    account: &Account,
    message: Message,
    body: &Bytes,
    strike: Strike,
) -> Result<Value, GraphError> {
    let now = now_millis();
    let recipient = recipient(world, account, &message, now)?;
    let id = world.ids.wamid();
    let shown = Recipient { user_id: recipient.user_id.clone(), phone: recipient.phone.clone() };
    let input = message.to.clone();
    let entry = world.received.record(Entry {
        at: now,
        channel: Channel::Whatsapp,
        account: account.name.clone(),
        to: message.to,
        user_id: recipient.user_id,
        phone: recipient.phone,
        kind: message.kind,
        text: message.text,
        buttons: message.buttons,
        message_id: id.clone(),
        callback: message.callback,
        reply_to: message.reply_to,
        state: Progress::default(),
        signal: None,
        unanswered: Unanswered::default(),
        raw: error::raw_json(body),
    });
    world.events.push(crate::events::Event::Received(entry.clone()));
    let failure_code = match strike.failure_at(Moment::Status) {
        Some(Failure::Error { code, .. }) => code,
        _ => None,
    };
    status::report(world, account, entry, failure_code);
    let mut contact = json!({ "input": input, "user_id": shown.user_id });
    if let Some(phone) = shown.phone {
        contact["wa_id"] = phone.into();
    }
    Ok(json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": id }] }))
}

/// The person at an address, if a message of this kind may go there now.
fn recipient(world: &World, account: &Account, message: &Message, now: i64) -> Result<Recipient, GraphError> {
    let pair_rate = world.settings().pair_rate;
    let mut people = world.people();
    let Some(person) = people.find(Channel::Whatsapp, &account.name, &message.to) else {
        // A business-scoped id exists only for people who wrote; a number may belong to anybody.
        if !is_phone(&message.to) {
            return Err(GraphError::undeliverable());
        }
        if !message.is_template() {
            return Err(GraphError::window_closed());
        }
        let user_id = ids::business_scoped_id(&message.to);
        people.set_phone(Channel::Whatsapp, &account.name, &user_id, &message.to);
        return Ok(Recipient { user_id, phone: Some(message.to.clone()) });
    };
    if person.blocked {
        return Err(GraphError::undeliverable());
    }
    if !message.is_template() && !person.window_is_open(now) {
        return Err(GraphError::window_closed());
    }
    if pair_rate && !person.take_pair_turn(now) {
        return Err(GraphError::pair_rate());
    }
    Ok(Recipient { user_id: person.id.clone(), phone: person.phone.clone() })
}

fn is_phone(address: &str) -> bool {
    (7..=15).contains(&address.len()) && address.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_v_and_two_numbers() {
        for (segment, expected) in
            [("v25.0", true), ("v1.10", true), ("25.0", false), ("v25", false), ("v.0", false)]
        {
            assert_eq!(is_version(segment), expected, "{segment}");
        }
    }
}
