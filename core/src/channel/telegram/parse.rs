//! One update to items.
//!
//! An update is its own envelope: what cannot be read is set aside as it came.

use serde_json::value::RawValue;

use super::content::{Kind, full_name, kind_of};
use super::wire::{
    CallbackQuery, Chat, ChatMemberUpdated, DeletedMessages, Message, MessageReaction, PressedMessage,
    Update, User,
};
use crate::channel::wire::{Text, non_empty, owned, unreadable_body};
use crate::channel::{Parsed, SetAside, SetAsideReason};
use crate::message::{Contact, Content, Event, Item};
use crate::time::UnixMillis;

/// Telegram does not say when a button was pressed or a message deleted; the edge puts the time of
/// arrival ([`Item::arrived_at`]).
const NOT_SAID: UnixMillis = UnixMillis(0);

/// An item, or nothing where a message concerns nobody that is answered.
type Read = Result<Option<Item>, serde_json::Error>;

/// Parses a verified body.
pub(super) fn parse(body: &[u8]) -> Parsed {
    // Bytes that are not UTF-8 become U+FFFD: half a character is no reason to lose a message.
    let text = String::from_utf8_lossy(body);
    let Ok(update) = serde_json::from_str::<Update<'_>>(&text) else {
        return Parsed { set_aside: vec![unreadable_body(body)], ..Parsed::default() };
    };
    match read(&update) {
        Ok(items) => Parsed { passed_over: usize::from(items.is_empty()), items, ..Parsed::default() },
        Err(_) => {
            let set_aside = SetAside { reason: SetAsideReason::UnreadableItem, raw: body.to_vec() };
            Parsed { set_aside: vec![set_aside], ..Parsed::default() }
        }
    }
}

/// The items of an update, none where it concerns nobody.
fn read(update: &Update<'_>) -> Result<Vec<Item>, serde_json::Error> {
    let event_id = format!("update:{}", update.update_id);
    if let Some(raw) = update.deleted_business_messages {
        return Ok(deleted(&serde_json::from_str(raw.get())?, &event_id));
    }
    let item = if let Some(raw) = update.message {
        message(raw, Sight::First)?
    } else if let Some(raw) = update.edited_message {
        message(raw, Sight::Edit)?
    } else if let Some(raw) = update.business_message {
        business_message(raw, Sight::First)?
    } else if let Some(raw) = update.edited_business_message {
        business_message(raw, Sight::Edit)?
    } else if let Some(raw) = update.message_reaction {
        reaction(&serde_json::from_str(raw.get())?)
    } else if let Some(raw) = update.callback_query {
        press(&serde_json::from_str(raw.get())?)
    } else if let Some(raw) = update.my_chat_member {
        reachability(&serde_json::from_str(raw.get())?)
    } else {
        None
    };
    Ok(item.map(|item| Item { event_id, ..item }).into_iter().collect())
}

/// Whether a message is seen for the first time.
#[derive(Clone, Copy, PartialEq)]
enum Sight {
    First,
    Edit,
}

/// An item whose `event_id` [`read`] fills in: the update's id.
fn item(account_address: Option<String>, at: UnixMillis, contact: Contact, event: Event) -> Item {
    Item { account_address, event_id: String::new(), at, contact, event }
}

/// The person of a private chat: chat and person have the same id there.
fn person(chat: &Chat<'_>, user: Option<&User<'_>>) -> Contact {
    Contact {
        id: chat.id.to_string(),
        phone: None,
        name: full_name(&chat.first_name, &chat.last_name),
        username: owned(&chat.username),
        language: user.filter(|user| user.id == chat.id).and_then(|user| owned(&user.language_code)),
    }
}

fn is_private(chat: &Chat<'_>) -> bool {
    &*chat.kind == "private"
}

/// A message to the bot. Without a sender the chat itself sent it, and a bot never talks to a bot.
fn message(raw: &RawValue, sight: Sight) -> Read {
    let message: Message<'_> = serde_json::from_str(raw.get())?;
    let is_answered = is_private(&message.chat) && message.from.as_ref().is_some_and(|user| !user.is_bot);
    Ok(is_answered.then(|| {
        let contact = person(&message.chat, message.from.as_ref());
        item(None, sent_at(&message, sight), contact, person_event(&message, raw, sight))
    }))
}

/// A message in a chat of a connected business account: of the person, of a human in Telegram's own
/// app (an echo), or of a bot in the account's name.
fn business_message(raw: &RawValue, sight: Sight) -> Read {
    let message: Message<'_> = serde_json::from_str(raw.get())?;
    let sender = message.from.as_ref().filter(|user| !user.is_bot);
    let (true, Some(sender), None) = (is_private(&message.chat), sender, &message.sender_business_bot) else {
        return Ok(None);
    };
    let event = if sender.id == message.chat.id {
        person_event(&message, raw, sight)
    } else {
        match kind_of(&message, raw) {
            Kind::Content(content) if sight == Sight::First => {
                Event::Echo { message_id: message.message_id.to_string(), content }
            }
            _ => Event::Notice { kind: "echo_edit".to_owned() },
        }
    };
    let contact = person(&message.chat, Some(sender));
    Ok(Some(item(owned(&message.business_connection_id), sent_at(&message, sight), contact, event)))
}

fn sent_at(message: &Message<'_>, sight: Sight) -> UnixMillis {
    message.edit_date.filter(|_| sight == Sight::Edit).unwrap_or(message.date).0
}

fn person_event(message: &Message<'_>, raw: &RawValue, sight: Sight) -> Event {
    let message_id = message.message_id.to_string();
    match (kind_of(message, raw), sight) {
        (Kind::Service(kind), _) => Event::Notice { kind: kind.to_owned() },
        (Kind::Content(content), Sight::Edit) => Event::Edited { message_id, content },
        (Kind::Content(content), Sight::First) => Event::Message {
            message_id,
            content,
            reply_to: message.reply_to_message.as_ref().map(|quoted| quoted.message_id.to_string()),
            forwarded: message.forward_origin.is_some(),
        },
    }
}

fn deleted(deleted: &DeletedMessages<'_>, event_id: &str) -> Vec<Item> {
    if !is_private(&deleted.chat) {
        return Vec::new();
    }
    let revoked = |message_id: &i64| Item {
        account_address: Some(deleted.business_connection_id.to_string()),
        event_id: format!("{event_id}:{message_id}"),
        at: NOT_SAID,
        contact: person(&deleted.chat, None),
        event: Event::Revoked { message_id: message_id.to_string() },
    };
    deleted.message_ids.iter().map(revoked).collect()
}

/// The first emoji that stands now; a custom one has no emoji and is of no consequence.
fn reaction(reaction: &MessageReaction<'_>) -> Option<Item> {
    let user = reaction.user.as_ref().filter(|user| !user.is_bot && is_private(&reaction.chat))?;
    let emoji = reaction.new_reaction.iter().find_map(|reaction| owned(&reaction.emoji));
    let event = if emoji.is_none() && !reaction.new_reaction.is_empty() {
        Event::Notice { kind: "custom_reaction".to_owned() }
    } else {
        Event::Reaction { message_id: reaction.message_id.to_string(), emoji }
    };
    Some(item(None, reaction.date.0, person(&reaction.chat, Some(user)), event))
}

/// A press on a button under a message of ours.
fn press(query: &CallbackQuery<'_>) -> Option<Item> {
    let pressed = query.message.as_ref().filter(|message| is_private(&message.chat))?;
    let data = query.data.as_ref().filter(|_| !query.from.is_bot)?;
    let content = Content::Choice {
        id: data.to_string(),
        title: button_text(pressed, data).unwrap_or(data).to_string(),
        press_id: Some(query.id.to_string()),
    };
    let event = Event::Message {
        message_id: format!("press:{}", &*query.id),
        content,
        reply_to: Some(pressed.message_id.to_string()),
        forwarded: false,
    };
    let account_address = owned(&pressed.business_connection_id);
    Some(item(account_address, NOT_SAID, person(&pressed.chat, Some(&query.from)), event))
}

fn button_text<'m, 'a>(message: &'m PressedMessage<'a>, data: &str) -> Option<&'m Text<'a>> {
    let buttons = message.reply_markup.as_ref()?.inline_keyboard.iter().flatten();
    buttons.filter(|button| non_empty(&button.callback_data) == Some(data)).map(|button| &button.text).next()
}

/// A private chat where the bot is `kicked` is one where the person blocked it.
fn reachability(update: &ChatMemberUpdated<'_>) -> Option<Item> {
    let status = &*update.new_chat_member.status;
    let reachable = match status {
        "member" => true,
        "kicked" | "left" => false,
        _ => return None,
    };
    is_private(&update.chat).then(|| {
        let contact = person(&update.chat, Some(&update.from));
        item(None, update.date.0, contact, Event::Reachability { reachable })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_item(body: &str) -> Item {
        let parsed = parse(body.as_bytes());
        assert!(parsed.set_aside.is_empty(), "{body}");
        parsed.items.into_iter().next().expect("an item")
    }

    #[test]
    fn a_press_happened_when_it_arrived() {
        let body = r#"{"update_id":1,"callback_query":{"id":"9","from":{"id":5,"is_bot":false},"data":"a",
            "message":{"message_id":3,"date":0,"chat":{"id":5,"type":"private"}}}}"#;
        let press = only_item(body);
        assert_eq!(press.at, UnixMillis(0));
        assert_eq!(press.arrived_at(UnixMillis(77)).at, UnixMillis(77));
    }

    #[test]
    fn a_message_keeps_its_own_time_on_arrival() {
        let body = r#"{"update_id":1,"message":{"message_id":3,"date":1795353600,"text":"Hallo","photo":null,
            "chat":{"id":5,"type":"private"},"from":{"id":5,"is_bot":false}}}"#;
        let message = only_item(body).arrived_at(UnixMillis(77));
        assert_eq!(message.at, UnixMillis(1_795_353_600_000));
    }

    #[test]
    fn ids_beyond_32_and_53_bits_are_exact() {
        let body = r#"{"update_id":9007199254740993,"message":{"message_id":9007199254740995,"date":1,"text":"x",
            "chat":{"id":9007199254740997,"type":"private"},"from":{"id":9007199254740997,"is_bot":false}}}"#;
        let item = only_item(body);
        assert_eq!(item.event_id, "update:9007199254740993");
        assert_eq!(item.contact.id, "9007199254740997");
        assert!(matches!(item.event, Event::Message { message_id, .. } if message_id == "9007199254740995"));
    }
}
