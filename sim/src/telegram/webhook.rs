//! Builds Telegram's updates. <https://core.telegram.org/bots/api#update>

use serde_json::{Value, json};

use super::{me, object};
use crate::config::{Account, Channel};
use crate::media::{MediaKind, MediaSay};
use crate::received::Entry;
use crate::say::{Content, Prepared, Press, Say, SayError};
use crate::world::World;

/// The id of the connection between the bot and a business account.
const BUSINESS_CONNECTION: &str = "dev-business-connection";

/// A chat as updates show it.
struct Chat {
    id: i64,
    name: String,
    message_id: i64,
}

/// The update for what a person does; makes them known, so that the bot may write to them.
pub(crate) fn prepare(
    world: &World,
    account: &Account,
    say: &Say,
    content: &Content,
) -> Result<Prepared, SayError> {
    let chat = chat(world, account, say, content)?;
    let update_id = world.ids.update_id();
    let (kind, value) = event(world, account, say, &chat, content)?;
    let message_id = value.get("message_id").and_then(Value::as_i64);
    let update = json!({ "update_id": update_id, kind: value });
    Ok(Prepared {
        body: Some(update.to_string().into_bytes()),
        message_ids: message_id.map(|id| id.to_string()).into_iter().collect(),
        user_id: chat.id.to_string(),
        update_id: Some(update_id),
    })
}

fn chat(world: &World, account: &Account, say: &Say, content: &Content) -> Result<Chat, SayError> {
    let id = say.from.trim().parse::<i64>();
    let id = id.map_err(|_| SayError::Sender("from must be a Telegram chat id: a whole number"))?;
    let mut people = world.people();
    let key = id.to_string();
    let person = match content {
        Content::Block(_) | Content::Echo(_) => people.meet(Channel::Telegram, &account.name, &key),
        _ => people.wrote(Channel::Telegram, &account.name, &key, say.written_at()),
    };
    if let Content::Block(blocked) = content {
        person.blocked = *blocked;
    }
    if let Some(name) = &say.name {
        person.name.clone_from(name);
    } else if person.name.is_empty() {
        person.name = format!("Person {}", id.unsigned_abs() % 10_000);
    }
    let makes_message = !matches!(
        content,
        Content::Edit(_) | Content::Reaction(_) | Content::Revoke(_) | Content::Button(_) | Content::Block(_)
    );
    let message_id = if makes_message { person.take_message_id(crate::world::now_millis()) } else { 0 };
    Ok(Chat { id, name: person.name.clone(), message_id })
}

/// The member of the update and its value.
fn event(
    world: &World,
    account: &Account,
    say: &Say,
    chat: &Chat,
    content: &Content,
) -> Result<(&'static str, Value), SayError> {
    Ok(match content {
        Content::Button(press) => ("callback_query", pressed(world, account, say, chat, press)?),
        Content::Block(blocked) => ("my_chat_member", membership(account, say, chat, *blocked)),
        Content::Reaction(reaction) => {
            let new: Vec<Value> =
                reaction.emoji.iter().map(|emoji| json!({ "type": "emoji", "emoji": emoji })).collect();
            let value = json!({
                "chat": chat_value(say, chat),
                "message_id": whole_number(&reaction.message_id)?,
                "user": user(say, chat),
                "date": date(say),
                "old_reaction": [],
                "new_reaction": new,
            });
            ("message_reaction", value)
        }
        Content::Revoke(revoke) => {
            let value = json!({
                "business_connection_id": BUSINESS_CONNECTION,
                "chat": chat_value(say, chat),
                "message_ids": [whole_number(&revoke.message_id)?],
            });
            ("deleted_business_messages", value)
        }
        Content::Edit(edit) => {
            let mut value = message(say, chat, json!({ "text": edit.text, "edit_date": date(say) }));
            value["message_id"] = whole_number(&edit.message_id)?.into();
            ("edited_message", value)
        }
        Content::Echo(text) => {
            let mut value =
                message(say, chat, json!({ "text": text, "business_connection_id": BUSINESS_CONNECTION }));
            // The owner of the business account wrote, not the person of the chat.
            value["from"] = json!({ "id": 900_000_001, "is_bot": false, "first_name": "Team" });
            ("business_message", value)
        }
        other => ("message", message(say, chat, fields(world, other)?)),
    })
}

fn whole_number(id: &str) -> Result<i64, SayError> {
    id.parse().map_err(|_| SayError::Unsupported("message_id must be a whole number on Telegram"))
}

fn date(say: &Say) -> i64 {
    say.written_at() / 1000
}

fn user(say: &Say, chat: &Chat) -> Value {
    let language = say.language.as_deref().unwrap_or("de");
    object(json!({
        "id": chat.id,
        "is_bot": false,
        "first_name": chat.name,
        "username": say.username,
        "language_code": language,
    }))
    .into()
}

fn chat_value(say: &Say, chat: &Chat) -> Value {
    object(json!({ "id": chat.id, "first_name": chat.name, "username": say.username, "type": "private" }))
        .into()
}

fn message(say: &Say, chat: &Chat, fields: Value) -> Value {
    let mut message = object(json!({
        "message_id": chat.message_id,
        "from": user(say, chat),
        "chat": chat_value(say, chat),
        "date": date(say),
    }));
    if let Some(quoted) = say.reply_to.as_ref().and_then(|id| id.parse::<i64>().ok()) {
        message.insert(
            "reply_to_message".into(),
            json!({ "message_id": quoted, "chat": chat_value(say, chat), "date": date(say) }),
        );
    }
    if say.forwarded {
        message.insert(
            "forward_origin".into(),
            json!({ "type": "hidden_user", "sender_user_name": "somebody", "date": date(say) }),
        );
    }
    message.extend(object(fields));
    message.into()
}

/// The fields that tell one kind of message from another.
fn fields(world: &World, content: &Content) -> Result<Value, SayError> {
    Ok(match content {
        Content::Text(text) => text_fields(text),
        Content::Media(media) => media_fields(world, media)?,
        Content::Location(place) => {
            let location = json!({ "latitude": place.latitude, "longitude": place.longitude });
            match (&place.name, &place.address) {
                (None, None) => json!({ "location": location }),
                (name, address) => json!({ "location": location, "venue": {
                    "location": location,
                    "title": name.as_deref().unwrap_or_default(),
                    "address": address.as_deref().unwrap_or_default(),
                }}),
            }
        }
        Content::Contact(card) => json!({ "contact": {
            "phone_number": card.phones.first().map(String::as_str).unwrap_or_default(),
            "first_name": card.name,
        }}),
        Content::Message(fields) => fields.clone().into(),
        // The others are not messages; `event` has dealt with them.
        _ => json!({}),
    })
}

/// A text; a command at its start is marked as such.
fn text_fields(text: &str) -> Value {
    let command = text.split_whitespace().next().filter(|word| word.len() > 1 && word.starts_with('/'));
    let entities = command.filter(|_| text.starts_with('/')).map(
        |command| json!([{ "type": "bot_command", "offset": 0, "length": command.encode_utf16().count() }]),
    );
    json!({ "text": text, "entities": entities })
}

fn media_fields(world: &World, media: &MediaSay) -> Result<Value, SayError> {
    let id = format!("AgAC{:016}", world.ids.number());
    let stored = world.media().keep(id, media)?;
    let mut file = json!({
        "file_id": stored.id,
        "file_unique_id": format!("u{}", stored.id),
        "file_size": stored.bytes.len(),
        "mime_type": stored.mime_type,
    });
    let name = match stored.kind {
        MediaKind::Image => {
            file = json!([{ "file_id": stored.id, "file_unique_id": format!("u{}", stored.id),
                "file_size": stored.bytes.len(), "width": 64, "height": 48 }]);
            "photo"
        }
        MediaKind::Video => {
            file["width"] = 64.into();
            file["height"] = 48.into();
            file["duration"] = 1.into();
            "video"
        }
        MediaKind::Audio | MediaKind::Voice => {
            file["duration"] = 1.into();
            if stored.kind == MediaKind::Voice { "voice" } else { "audio" }
        }
        MediaKind::Document => {
            file["file_name"] = media.filename.as_deref().unwrap_or("document.pdf").into();
            "document"
        }
        MediaKind::Sticker => {
            file = json!({ "file_id": stored.id, "file_unique_id": format!("u{}", stored.id), "type": "regular",
                "width": 512, "height": 512, "is_animated": false, "is_video": false, "emoji": "🙂" });
            "sticker"
        }
    };
    Ok(json!({ name: file, "caption": media.caption }))
}

/// A press on a button, with the message that it stands under.
fn pressed(
    world: &World,
    account: &Account,
    say: &Say,
    chat: &Chat,
    press: &Press,
) -> Result<Value, SayError> {
    let chat_id = chat.id.to_string();
    let shown = world.received.find_latest(|entry| {
        entry.channel == Channel::Telegram
            && entry.account == account.name
            && entry.user_id == chat_id
            && press.message_id.as_ref().is_none_or(|id| entry.message_id == *id)
            && entry.buttons.iter().any(|button| button.id == press.id)
    });
    let message = match (&shown, &press.message_id) {
        (Some(entry), _) => button_message(account, say, chat, entry)?,
        // A message of an earlier run: Telegram calls it inaccessible.
        (None, Some(id)) => {
            json!({ "chat": chat_value(say, chat), "message_id": whole_number(id)?, "date": 0 })
        }
        (None, None) => json!({ "chat": chat_value(say, chat), "message_id": 1, "date": 0 }),
    };
    Ok(json!({
        "id": world.ids.callback_query_id(),
        "from": user(say, chat),
        "message": message,
        "chat_instance": format!("{}", chat.id.unsigned_abs().wrapping_mul(31)),
        "data": press.id,
    }))
}

fn button_message(account: &Account, say: &Say, chat: &Chat, entry: &Entry) -> Result<Value, SayError> {
    let rows: Vec<Value> = entry
        .buttons
        .iter()
        .map(|button| json!([{ "text": button.title, "callback_data": button.id }]))
        .collect();
    Ok(json!({
        "message_id": whole_number(&entry.message_id)?,
        "from": me(account),
        "chat": chat_value(say, chat),
        "date": entry.at / 1000,
        "text": entry.text,
        "reply_markup": { "inline_keyboard": rows },
    }))
}

/// The person blocked or unblocked the bot.
fn membership(account: &Account, say: &Say, chat: &Chat, blocked: bool) -> Value {
    let bot = me(account);
    let bot = json!({ "id": bot["id"], "is_bot": true, "first_name": bot["first_name"], "username": bot["username"] });
    let (before, after) = if blocked { ("member", "kicked") } else { ("kicked", "member") };
    let member = |status: &str| {
        let until = (status == "kicked").then_some(0);
        Value::from(object(json!({ "user": bot, "status": status, "until_date": until })))
    };
    json!({
        "chat": chat_value(say, chat),
        "from": user(say, chat),
        "date": date(say),
        "old_chat_member": member(before),
        "new_chat_member": member(after),
    })
}
