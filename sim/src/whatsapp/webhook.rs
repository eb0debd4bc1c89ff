//! Builds WhatsApp's webhooks: messages of people, echoes of colleagues, and the envelope.
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks>

use serde_json::{Map, Value, json};

use crate::config::{Account, Channel};
use crate::ids;
use crate::media::{MediaKind, MediaSay};
use crate::people::People;
use crate::say::{Content, Prepared, Press, Say, SayError};
use crate::world::World;

/// The id of the business account that all numbers belong to.
const WABA: &str = "200000000000001";

/// A person as a webhook shows them.
struct Sender {
    user_id: String,
    phone: Option<String>,
    name: String,
}

/// The envelope around one change of an account.
pub(crate) fn envelope(account: &Account, field: &str, mut value: Value) -> Value {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "498900000", "phone_number_id": account.address });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": WABA, "changes": [{ "field": field, "value": value }] }],
    })
}

/// The webhook for what a person does; makes them known and opens the 24-hour window.
pub(crate) fn prepare(
    world: &World,
    account: &Account,
    say: &Say,
    content: &Content,
) -> Result<Prepared, SayError> {
    let senders = senders(say)?;
    let mut prepared = Prepared { user_id: senders[0].user_id.clone(), ..Prepared::default() };
    remember(&mut world.people(), account, say, &senders, content);
    if let Content::Block(_) = content {
        // WhatsApp does not tell; sends to the person fail from now on.
        return Ok(prepared);
    }
    if let Content::Echo(text) = content {
        return Ok(echo(world, account, say, &senders[0], text));
    }
    let mut messages = Vec::with_capacity(senders.len());
    let mut contacts: Vec<Value> = Vec::with_capacity(senders.len());
    for (index, sender) in senders.iter().enumerate() {
        let id = world.ids.wamid();
        if say.broken == Some(index + 1) {
            // Neither an id nor a body of the right shape: nobody can make sense of this one.
            messages.push(json!({ "from": sender.phone, "timestamp": false, "type": "text", "text": 7 }));
        } else {
            messages.push(message(world, account, say, sender, &id, content)?);
        }
        prepared.message_ids.push(id);
        if index == 0 || !say.same_sender {
            contacts.push(contact(say, sender));
        }
    }
    let value = json!({ "contacts": contacts, "messages": messages });
    prepared.body = Some(envelope(account, "messages", value).to_string().into_bytes());
    Ok(prepared)
}

/// The senders of a batch: derived from the first one, or the same person each time.
fn senders(say: &Say) -> Result<Vec<Sender>, SayError> {
    let given = say.from.trim().trim_start_matches('+');
    if !super::is_phone(given) && !ids::is_business_scoped_id(given) {
        return Err(SayError::Sender(
            "from must be a phone number of 7 to 15 digits or a business-scoped user id",
        ));
    }
    let name = say.name.clone().unwrap_or_else(|| format!("Person {}", tail(given)));
    let sender = |index: usize| {
        let address = if say.same_sender { given.to_owned() } else { derived(given, index) };
        let phone = super::is_phone(&address).then(|| address.clone());
        let user_id = match (&say.user_id, &phone) {
            (Some(id), _) if index == 0 || say.same_sender => id.clone(),
            (_, Some(phone)) => ids::business_scoped_id(phone),
            (_, None) => address,
        };
        Sender { user_id, phone, name: name.clone() }
    };
    Ok((0..say.batch.unwrap_or(1)).map(sender).collect())
}

/// The last digits, as a name for somebody without one.
fn tail(address: &str) -> &str {
    address.split_at_checked(address.len().saturating_sub(4)).map_or(address, |(_, tail)| tail)
}

/// The n-th address after this one: the last digits count up, and the length stays.
fn derived(address: &str, index: usize) -> String {
    const DIGITS: usize = 4;
    if index == 0 {
        return address.to_owned();
    }
    let digits = tail(address).bytes().rev().take_while(u8::is_ascii_digit).count().min(DIGITS);
    let (head, last) = address.split_at(address.len() - digits);
    let modulus = 10_usize.pow(u32::try_from(digits).unwrap_or_default());
    let number = (last.parse::<usize>().unwrap_or_default() + index) % modulus;
    if digits == 0 { format!("{address}{index}") } else { format!("{head}{number:0digits$}") }
}

fn remember(people: &mut People, account: &Account, say: &Say, senders: &[Sender], content: &Content) {
    for sender in senders {
        if let Some(phone) = &sender.phone {
            people.set_phone(Channel::Whatsapp, &account.name, &sender.user_id, phone);
        }
        match content {
            Content::Block(blocked) => {
                people.meet(Channel::Whatsapp, &account.name, &sender.user_id).blocked = *blocked;
            }
            Content::Echo(_) => {}
            _ => {
                let at = say.written_at();
                let person = people.wrote(Channel::Whatsapp, &account.name, &sender.user_id, at);
                person.name.clone_from(&sender.name);
            }
        }
    }
}

fn shows_phone(say: &Say) -> bool {
    !say.no_phone
}

fn contact(say: &Say, sender: &Sender) -> Value {
    let mut contact = json!({ "profile": { "name": sender.name } });
    if let Some(username) = &say.username {
        contact["profile"]["username"] = username.as_str().into();
    }
    if let Some(phone) = sender.phone.as_ref().filter(|_| shows_phone(say)) {
        contact["wa_id"] = phone.as_str().into();
    }
    if !say.no_user_id {
        contact["user_id"] = sender.user_id.as_str().into();
    }
    contact
}

fn message(
    world: &World,
    account: &Account,
    say: &Say,
    sender: &Sender,
    id: &str,
    content: &Content,
) -> Result<Value, SayError> {
    let mut message = json!({ "id": id, "timestamp": timestamp(say) });
    if let Some(phone) = sender.phone.as_ref().filter(|_| shows_phone(say)) {
        message["from"] = phone.as_str().into();
    }
    if !say.no_user_id {
        message["from_user_id"] = sender.user_id.as_str().into();
    }
    let mut context = Map::new();
    if say.forwarded {
        context.insert("forwarded".into(), true.into());
    }
    if let Some(quoted) = &say.reply_to {
        context.insert("from".into(), "498900000".into());
        context.insert("id".into(), quoted.as_str().into());
    }
    let fields = match content {
        Content::Button(press) => {
            let (fields, pressed_under) = pressed(world, account, sender, press);
            if let Some(quoted) = pressed_under {
                context.insert("from".into(), "498900000".into());
                context.insert("id".into(), quoted.into());
            }
            fields
        }
        other => fields(world, say, sender, other)?,
    };
    if !context.is_empty() {
        message["context"] = context.into();
    }
    merge(&mut message, fields);
    Ok(message)
}

fn timestamp(say: &Say) -> String {
    (say.written_at() / 1000).to_string()
}

fn merge(target: &mut Value, fields: Value) {
    if let (Value::Object(target), Value::Object(fields)) = (target, fields) {
        target.extend(fields);
    }
}

/// The fields that tell one type of message from another.
fn fields(world: &World, say: &Say, sender: &Sender, content: &Content) -> Result<Value, SayError> {
    Ok(match content {
        Content::Text(body) => json!({ "type": "text", "text": { "body": body } }),
        Content::Media(media) => media_fields(world, media)?,
        Content::Location(place) => {
            let mut location = json!({ "latitude": place.latitude, "longitude": place.longitude });
            set(&mut location, "name", place.name.as_deref());
            set(&mut location, "address", place.address.as_deref());
            json!({ "type": "location", "location": location })
        }
        Content::Contact(card) => {
            let phones: Vec<Value> =
                card.phones.iter().map(|phone| json!({ "phone": phone, "type": "CELL" })).collect();
            let name = json!({ "formatted_name": card.name, "first_name": card.name });
            json!({ "type": "contacts", "contacts": [{ "name": name, "phones": phones }] })
        }
        Content::Reaction(reaction) => {
            let mut value = json!({ "message_id": reaction.message_id });
            set(&mut value, "emoji", reaction.emoji.as_deref());
            json!({ "type": "reaction", "reaction": value })
        }
        Content::Edit(edit) => {
            let mut inner =
                json!({ "type": "text", "text": { "body": edit.text }, "timestamp": timestamp(say) });
            set(&mut inner, "from", sender.phone.as_deref().filter(|_| shows_phone(say)));
            json!({ "type": "edit", "edit": { "original_message_id": edit.message_id, "message": inner } })
        }
        Content::Revoke(revoke) => {
            json!({ "type": "revoke", "revoke": { "original_message_id": revoke.message_id } })
        }
        Content::Message(fields) => fields.clone().into(),
        Content::Button(_) | Content::Echo(_) | Content::Block(_) | Content::Raw(_) => json!({}),
    })
}

fn set(target: &mut Value, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        target[key] = value.into();
    }
}

fn media_fields(world: &World, media: &MediaSay) -> Result<Value, SayError> {
    let id = format!("7{:015}", world.ids.number());
    let stored = world.media().keep(id, media)?;
    let kind = match stored.kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio | MediaKind::Voice => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    };
    use base64::Engine as _;
    let sha256 = base64::engine::general_purpose::STANDARD.encode(stored.sha256);
    let mut value = json!({ "id": stored.id, "mime_type": stored.mime_type, "sha256": sha256 });
    set(&mut value, "caption", media.caption.as_deref());
    match stored.kind {
        MediaKind::Voice => value["voice"] = true.into(),
        MediaKind::Audio => value["voice"] = false.into(),
        MediaKind::Sticker => value["animated"] = false.into(),
        MediaKind::Document => {
            set(&mut value, "filename", media.filename.as_deref().or(Some("document.pdf")));
        }
        MediaKind::Image | MediaKind::Video => {}
    }
    Ok(json!({ "type": kind, kind: value }))
}

/// A press on a button or list row, completed from what lotse sent, and the message it belongs to.
fn pressed(world: &World, account: &Account, sender: &Sender, press: &Press) -> (Value, Option<String>) {
    let shown = world.received.find_latest(|entry| {
        entry.channel == Channel::Whatsapp
            && entry.account == account.name
            && entry.user_id == sender.user_id
            && press.message_id.as_ref().is_none_or(|id| entry.message_id == *id)
            && entry.buttons.iter().any(|button| button.id == press.id)
    });
    let button =
        shown.as_ref().and_then(|entry| entry.buttons.iter().find(|button| button.id == press.id).cloned());
    let title = press.title.clone().or(button.as_ref().map(|button| button.title.clone()));
    let title = title.unwrap_or_else(|| press.id.clone());
    let is_row = press.list.unwrap_or_else(|| shown.as_ref().is_some_and(|entry| entry.kind == "list"));
    let mut reply = json!({ "id": press.id, "title": title });
    if is_row {
        set(&mut reply, "description", button.and_then(|button| button.description).as_deref());
    }
    let kind = if is_row { "list_reply" } else { "button_reply" };
    let fields = json!({ "type": "interactive", "interactive": { "type": kind, kind: reply } });
    (fields, press.message_id.clone().or(shown.map(|entry| entry.message_id.clone())))
}

/// A colleague's answer in the WhatsApp Business app.
fn echo(world: &World, account: &Account, say: &Say, person: &Sender, text: &str) -> Prepared {
    let id = world.ids.wamid();
    let mut echo = json!({
        "from": "498900000",
        "to_user_id": person.user_id,
        "id": id,
        "timestamp": timestamp(say),
        "type": "text",
        "text": { "body": text },
    });
    set(&mut echo, "to", person.phone.as_deref().filter(|_| shows_phone(say)));
    let body = envelope(account, "smb_message_echoes", json!({ "message_echoes": [echo] }));
    Prepared {
        body: Some(body.to_string().into_bytes()),
        message_ids: vec![id],
        user_id: person.user_id.clone(),
        update_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_addresses_differ_and_keep_their_form() {
        for first in ["491701234567", "491701239999", "DE.00000000000000000001", "DE.Abc"] {
            let all: std::collections::HashSet<String> =
                (0..1000).map(|index| derived(first, index)).collect();
            assert_eq!(all.len(), 1000, "{first}");
            assert!(
                all.iter().all(|one| super::super::is_phone(one) || ids::is_business_scoped_id(one)),
                "{first}"
            );
        }
    }
}
