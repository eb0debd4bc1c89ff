//! One message of a person, or one echo of what a human sent from the Business app.

use serde_json::value::RawValue;

use super::parse::{Read, Unreadable};
use super::people::{People, contact, is_business_scoped};
use super::wire::{ContactBody, InteractiveBody, MediaBody, Message, OrderBody, ProductItem, SystemBody};
use crate::channel::wire::{non_empty, owned};
use crate::message::{Contact, Content, Event, Item, Media, MediaKind, SharedContact};

/// The longest name of an unknown type that is kept, in characters.
const MAX_KIND_CHARS: usize = 40;

/// Reads one of `messages[]`.
pub(super) fn read_message(raw: &RawValue, people: &People<'_, '_>) -> Read {
    read_with(raw, people, direct)
}

/// Reads one of `message_echoes[]`: it is about the person it was sent to.
pub(super) fn read_echo(raw: &RawValue, people: &People<'_, '_>) -> Read {
    read_with(raw, people, echo)
}

type ReadOne = fn(&Message<'_>, &People<'_, '_>) -> Option<Item>;

fn read_with(raw: &RawValue, people: &People<'_, '_>, read: ReadOne) -> Read {
    let message: Message<'_> = serde_json::from_str(raw.get()).map_err(|_| Unreadable)?;
    if message.group_id.is_some() {
        return Ok(None);
    }
    read(&message, people).map(Some).ok_or(Unreadable)
}

fn direct(message: &Message<'_>, people: &People<'_, '_>) -> Option<Item> {
    let id = non_empty(&message.id)?;
    let at = message.timestamp?.0;
    let kind = non_empty(&message.kind)?;
    let event_id = match kind {
        // An edit may come under the id of the message it changes, and more than once.
        "edit" => format!("edit:{id}:{}", at.0),
        "revoke" => format!("revoke:{id}"),
        _ => id.to_owned(),
    };
    let (contact, event) = if kind == "system" {
        system_event(message, people)?
    } else {
        (people.identify(&message.from, &message.from_user_id)?, person_event(message, kind, id)?)
    };
    Some(Item { account_address: None, event_id, at, contact, event })
}

fn echo(message: &Message<'_>, people: &People<'_, '_>) -> Option<Item> {
    let id = non_empty(&message.id)?;
    let event = match non_empty(&message.kind)? {
        kind @ ("edit" | "revoke" | "reaction") => Event::Notice { kind: format!("echo_{kind}") },
        _ => Event::Echo { message_id: id.to_owned(), content: content(message)? },
    };
    Some(Item {
        account_address: None,
        event_id: format!("echo:{id}"),
        at: message.timestamp?.0,
        contact: people.identify(&message.to, &message.to_user_id)?,
        event,
    })
}

fn person_event(message: &Message<'_>, kind: &str, id: &str) -> Option<Event> {
    Some(match kind {
        "reaction" => {
            let reaction = message.reaction.as_ref()?;
            Event::Reaction { message_id: reaction.message_id.to_string(), emoji: owned(&reaction.emoji) }
        }
        "edit" => {
            let edit = message.edit.as_ref()?;
            Event::Edited {
                message_id: edit.original_message_id.to_string(),
                content: content(&edit.message)?,
            }
        }
        "revoke" => Event::Revoked { message_id: message.revoke.as_ref()?.original_message_id.to_string() },
        // The person opened the chat for the first time and has not written yet.
        "request_welcome" => Event::Notice { kind: "request_welcome".to_owned() },
        _ => {
            let context = message.context.as_ref();
            let is = |flag: Option<bool>| flag.unwrap_or(false);
            Event::Message {
                reply_to: context.and_then(|context| non_empty(&context.id)).map(str::to_owned),
                forwarded: context.is_some_and(|it| is(it.forwarded) || is(it.frequently_forwarded)),
                content: content(message)?,
                message_id: id.to_owned(),
            }
        }
    })
}

/// What was sent; `None` where the body that the type promises is missing. The platform leaves it out
/// where it failed itself, and says so with an error; `interactive` it may leave out without: then a
/// human has to look.
fn content(message: &Message<'_>) -> Option<Content> {
    let kind = non_empty(&message.kind)?;
    let is_excused = kind == "interactive" || !message.errors.is_empty();
    body(message, kind).or_else(|| is_excused.then(|| unsupported(kind)))
}

fn body(message: &Message<'_>, kind: &str) -> Option<Content> {
    Some(match kind {
        "text" => Content::Text { body: message.text.as_ref()?.body.to_string() },
        "image" => media(MediaKind::Image, message.image.as_ref()?),
        "video" => media(MediaKind::Video, message.video.as_ref()?),
        "audio" => media(MediaKind::Audio, message.audio.as_ref()?),
        "document" => media(MediaKind::Document, message.document.as_ref()?),
        "sticker" => media(MediaKind::Sticker, message.sticker.as_ref()?),
        "location" => {
            let place = message.location.as_ref()?;
            Content::Location {
                latitude: place.latitude,
                longitude: place.longitude,
                name: owned(&place.name),
                address: owned(&place.address),
            }
        }
        "contacts" => {
            Content::Contacts { contacts: message.contacts.as_ref()?.iter().map(shared_contact).collect() }
        }
        "interactive" => interactive(message.interactive.as_ref()?)?,
        "button" => {
            let button = message.button.as_ref()?;
            let title = button.text.to_string();
            Content::Choice {
                id: owned(&button.payload).unwrap_or_else(|| title.clone()),
                title,
                press_id: None,
            }
        }
        "unsupported" => {
            let inner = message.unsupported.as_ref().and_then(|body| non_empty(&body.kind));
            unsupported(inner.unwrap_or(kind))
        }
        "order" => {
            let words = message.order.and_then(order);
            Content::Unsupported { kind: kind.to_owned(), words }
        }
        _ => unsupported(kind),
    })
}

fn unsupported(kind: &str) -> Content {
    Content::Unsupported { kind: kind.chars().take(MAX_KIND_CHARS).collect(), words: None }
}

/// What the person wrote under an order, and a line for each item: `2 × A-17, 3.5 EUR`.
fn order(raw: &RawValue) -> Option<String> {
    let order: OrderBody<'_> = serde_json::from_str(raw.get()).ok()?;
    let item = |item: &ProductItem<'_>| {
        let number = |number: &Option<serde_json::Number>| number.as_ref().map(ToString::to_string);
        let product = owned(&item.product_retailer_id).unwrap_or_default();
        let times =
            number(&item.quantity).map_or(product.clone(), |quantity| format!("{quantity} × {product}"));
        let price = [number(&item.item_price), owned(&item.currency)].into_iter().flatten();
        let price: Vec<String> = price.collect();
        if price.is_empty() { times } else { format!("{times}, {}", price.join(" ")) }
    };
    let lines: Vec<String> =
        owned(&order.text).into_iter().chain(order.product_items.iter().map(item)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn media(kind: MediaKind, body: &MediaBody<'_>) -> Content {
    let is_voice = kind == MediaKind::Audio && body.voice == Some(true);
    Content::Media(Media {
        kind: if is_voice { MediaKind::Voice } else { kind },
        id: body.id.to_string(),
        mime_type: owned(&body.mime_type),
        caption: owned(&body.caption),
        filename: owned(&body.filename),
    })
}

fn shared_contact(card: &ContactBody<'_>) -> SharedContact {
    let phones = card.phones.iter().filter_map(|phone| owned(&phone.phone).or_else(|| owned(&phone.wa_id)));
    SharedContact {
        name: card.name.as_ref().and_then(|name| owned(&name.formatted_name)).unwrap_or_default(),
        phones: phones.collect(),
    }
}

fn interactive(body: &InteractiveBody<'_>) -> Option<Content> {
    if let Some(reply) = body.button_reply.as_ref().or(body.list_reply.as_ref()) {
        let (id, title) = (reply.id.to_string(), reply.title.to_string());
        return Some(Content::Choice { id, title, press_id: None });
    }
    let form = body.nfm_reply.as_ref()?;
    Some(Content::Form {
        name: owned(&form.name).unwrap_or_default(),
        body: owned(&form.body).unwrap_or_default(),
        response_json: form.response_json.to_string(),
    })
}

/// A message of the platform itself: somebody's number or id changed. The contact is the person under
/// the old id, so that the event finds the conversation that has to move.
fn system_event(message: &Message<'_>, people: &People<'_, '_>) -> Option<(Contact, Event)> {
    let system = message.system.as_ref()?;
    let kind = non_empty(&system.kind).unwrap_or("system");
    let old = match kind {
        "user_changed_user_id" => old_user_id(message, system),
        _ => None,
    };
    let known = match old {
        Some(old) => contact(non_empty(&message.from).filter(|id| !is_business_scoped(id)), Some(old)),
        None => people.identify(&message.from, &message.from_user_id),
    }?;
    let new = contact(non_empty(&system.wa_id), non_empty(&system.user_id));
    let event = match (kind, new) {
        ("user_changed_number" | "user_changed_user_id", Some(new)) if new.id != known.id => {
            let new_contact = Contact { name: known.name.clone(), username: known.username.clone(), ..new };
            Event::IdentityChanged { new_contact }
        }
        _ => Event::Notice { kind: kind.chars().take(MAX_KIND_CHARS).collect() },
    };
    Some((known, event))
}

/// The user id that is no more. `from_user_id` may be missing or carry the new one already; then the
/// old one stands only in the words "User … changed from OLD to NEW".
fn old_user_id<'m>(message: &'m Message<'_>, system: &'m SystemBody<'_>) -> Option<&'m str> {
    let new = non_empty(&system.user_id);
    let from_words = || {
        let (before, _) = non_empty(&system.body)?.rsplit_once(" to ")?;
        before.rsplit_once(' ').map(|(_, old)| old)
    };
    [
        non_empty(&system.previous_user_id),
        non_empty(&message.from_user_id),
        non_empty(&message.from),
        from_words(),
    ]
    .into_iter()
    .flatten()
    .find(|id| is_business_scoped(id) && Some(*id) != new)
}
