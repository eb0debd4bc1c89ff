//! Walks the envelope `entry[] × changes[] × (messages[] | message_echoes[] | statuses[] | user_preferences[])`.
//!
//! A body may hold 1,000 updates in 3 MB, so each level is kept as raw JSON until its turn: what
//! cannot be read is set aside alone, in the smallest envelope that can be parsed again.

use serde::Serialize;
use serde_json::value::RawValue;

use super::people::{People, read_cards};
use super::wire::{Change, Entry, Envelope, Metadata, OBJECT, Value};
use super::{message, notice, preference, status};
use crate::channel::wire::{Text, non_empty, raw_or_null, unreadable_body};
use crate::channel::{Parsed, SetAside, SetAsideReason};
use crate::message::Item;

/// What one element of an item array turns out to be; `None` is understood and without consequence.
/// The item's account is filled in by the caller.
pub(super) type Read = Result<Option<Item>, Unreadable>;

/// The element lacks what every such element has, or has it in the wrong shape.
pub(super) struct Unreadable;

/// Parses a verified body.
pub(super) fn parse(body: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    // Bytes that are not UTF-8 become U+FFFD: half a character is no reason to lose a message.
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Envelope<'_>>(&text) {
        Ok(envelope) if &*envelope.object == OBJECT => {
            for entry in envelope.entry {
                parse_entry(entry, &mut parsed);
            }
        }
        _ => parsed.set_aside.push(unreadable_body(body)),
    }
    parsed
}

fn parse_entry(raw: &RawValue, parsed: &mut Parsed) {
    let Ok(entry) = serde_json::from_str::<Entry<'_>>(raw.get()) else {
        return set_aside(raw, parsed);
    };
    for change in entry.changes {
        if parse_change(change, entry.id, parsed).is_none() {
            set_aside(EntryOut { id: raw_or_null(entry.id), changes: [change] }, parsed);
        }
    }
}

/// `None` where the change as a whole cannot be read.
fn parse_change(raw: &RawValue, account: Option<&RawValue>, parsed: &mut Parsed) -> Option<()> {
    let change: Change<'_> = serde_json::from_str(raw.get()).ok()?;
    if !matches!(&*change.field, "messages" | "smb_message_echoes" | "user_preferences") {
        // Account news, history, standby: nothing that a person waits for an answer to.
        parsed.notices.push(notice::read_notice(&change));
        return Some(());
    }
    let value: Value<'_> = serde_json::from_str(change.value.get()).ok()?;
    let metadata: Metadata<'_> = serde_json::from_str(value.metadata.get()).ok()?;
    let cards = read_cards(&value.contacts);
    let place = Place {
        account,
        field: &change.field,
        metadata: value.metadata,
        phone_number_id: &metadata.phone_number_id,
        people: People::new(&cards),
    };
    for raw in &value.messages {
        place.take(raw, "messages", message::read_message(raw, &place.people), parsed);
    }
    for raw in &value.message_echoes {
        place.take(raw, "message_echoes", message::read_echo(raw, &place.people), parsed);
    }
    for raw in &value.statuses {
        place.take(raw, "statuses", status::read_status(raw), parsed);
    }
    for raw in &value.user_preferences {
        place.take(raw, "user_preferences", preference::read_preference(raw, &place.people), parsed);
    }
    parsed.notices.extend(value.errors.into_iter().map(notice::read_error));
    Some(())
}

/// Where in the envelope an item stands.
struct Place<'c, 'a> {
    account: Option<&'a RawValue>,
    field: &'c str,
    metadata: &'a RawValue,
    phone_number_id: &'c str,
    people: People<'c, 'a>,
}

impl Place<'_, '_> {
    fn take(&self, raw: &RawValue, list: &'static str, read: Read, parsed: &mut Parsed) {
        match read {
            Ok(Some(item)) => {
                let account_address = Some(self.phone_number_id.to_owned());
                parsed.items.push(Item { account_address, ..item });
            }
            Ok(None) => parsed.passed_over += 1,
            Err(Unreadable) => set_aside(self.envelope(raw, list), parsed),
        }
    }

    fn envelope<'r>(&'r self, raw: &'r RawValue, list: &'static str) -> impl Serialize + 'r {
        let only = |name: &str| (name == list).then_some([raw]);
        let value = ValueOut {
            messaging_product: "whatsapp",
            metadata: self.metadata,
            contacts: self.card_of(raw).map(|card| [card]),
            messages: only("messages"),
            message_echoes: only("message_echoes"),
            statuses: only("statuses"),
            user_preferences: only("user_preferences"),
        };
        EntryOut { id: raw_or_null(self.account), changes: [ChangeOut { field: self.field, value }] }
    }

    /// The card that belongs to an unreadable item, where as much as its sender can be read.
    fn card_of(&self, raw: &RawValue) -> Option<&RawValue> {
        #[derive(serde::Deserialize)]
        struct Sender<'a> {
            #[serde(borrow, alias = "wa_id")]
            from: Option<Text<'a>>,
            #[serde(borrow, alias = "user_id")]
            from_user_id: Option<Text<'a>>,
        }
        let sender = serde_json::from_str(raw.get()).unwrap_or(Sender { from: None, from_user_id: None });
        self.people.raw_card(non_empty(&sender.from), non_empty(&sender.from_user_id))
    }
}

fn set_aside(entry: impl Serialize, parsed: &mut Parsed) {
    let envelope = EnvelopeOut { object: OBJECT, entry: [entry] };
    // Writing plain structs and raw JSON cannot fail; were it to, an empty dead letter still counts.
    let raw = serde_json::to_vec(&envelope).unwrap_or_default();
    parsed.set_aside.push(SetAside { reason: SetAsideReason::UnreadableItem, raw });
}

#[derive(Serialize)]
struct EnvelopeOut<E> {
    object: &'static str,
    entry: [E; 1],
}

#[derive(Serialize)]
struct EntryOut<'a, C> {
    id: &'a RawValue,
    changes: [C; 1],
}

#[derive(Serialize)]
struct ChangeOut<'a> {
    field: &'a str,
    value: ValueOut<'a>,
}

#[derive(Serialize)]
struct ValueOut<'a> {
    messaging_product: &'static str,
    metadata: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<[&'a RawValue; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<[&'a RawValue; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_echoes: Option<[&'a RawValue; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<[&'a RawValue; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_preferences: Option<[&'a RawValue; 1]>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A body with these elements of `messages[]`, all of one person.
    fn batch(messages: &[serde_json::Value]) -> Vec<u8> {
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "4930231250", "phone_number_id": "100000000000001"},
            "contacts": [{"profile": {"name": "Mia"}, "wa_id": "491713920001"}],
            "messages": messages,
        });
        let change = json!({"field": "messages", "value": value});
        let body = json!({"object": OBJECT, "entry": [{"id": "2", "changes": [change]}]});
        serde_json::to_vec(&body).expect("plain data")
    }

    fn text(number: usize, body: &str) -> serde_json::Value {
        json!({"from": "491713920001", "id": format!("wamid.{number}"), "timestamp": "1795353600",
            "type": "text", "text": {"body": body}})
    }

    fn ids(parsed: &Parsed) -> Vec<&str> {
        parsed.items.iter().map(|item| item.event_id.as_str()).collect()
    }

    #[test]
    fn a_broken_item_anywhere_in_a_batch_is_set_aside_alone() {
        let broken = [
            json!(null),
            json!(17),
            json!([[[]]]),
            json!({"id": "wamid.x"}),
            json!({"from": "491713920001", "id": "wamid.x", "timestamp": "soon", "type": "text", "text": {"body": "x"}}),
            json!({"from": "491713920001", "id": "wamid.x", "timestamp": "1", "type": "image", "image": "x"}),
            json!({"from": {}, "id": "wamid.x", "timestamp": "1", "type": "text", "text": {"body": "x"}}),
        ];
        for (index, broken) in (0..5).flat_map(|index| broken.iter().map(move |broken| (index, broken))) {
            let mut messages: Vec<_> = (0..5).map(|number| text(number, "Hallo")).collect();
            messages[index] = broken.clone();
            let parsed = parse(&batch(&messages));
            let whole: Vec<String> =
                (0..5).filter(|number| *number != index).map(|number| format!("wamid.{number}")).collect();
            assert_eq!(ids(&parsed), whole, "{index} {broken}");
            assert_eq!(parsed.set_aside.len(), 1, "{index} {broken}");
        }
    }

    #[test]
    fn a_dead_letter_becomes_the_item_once_its_trouble_is_mended() {
        let parsed = parse(&batch(&[
            text(1, "Hallo"),
            json!({"from": "491713920001", "id": "wamid.2",
            "timestamp": "never", "type": "text", "text": {"body": "Huhu"}}),
        ]));
        let raw = String::from_utf8(parsed.set_aside[0].raw.clone()).expect("JSON");
        let mended = parse(raw.replace("never", "1795353600").as_bytes());
        assert_eq!(mended, parse(&batch(&[text(2, "Huhu")])));
    }

    #[test]
    fn a_batch_of_a_thousand_updates_in_three_megabytes_is_read_in_order() {
        let messages: Vec<_> = (0..1_000).map(|number| text(number, &"Hilfe! ".repeat(430))).collect();
        let body = batch(&messages);
        assert!(body.len() > 3_000_000);
        let parsed = parse(&body);
        let expected: Vec<String> = (0..1_000).map(|number| format!("wamid.{number}")).collect();
        assert_eq!(ids(&parsed), expected);
        assert!(parsed.set_aside.is_empty());
    }

    #[test]
    fn bytes_that_are_not_utf_8_do_not_lose_the_message() {
        let mut body = batch(&[text(1, "Masern @ Schule")]);
        let at = body.iter().position(|byte| *byte == b'@').expect("the mark");
        body[at] = 0xE4;
        let parsed = parse(&body);
        assert_eq!(ids(&parsed), ["wamid.1"]);
    }

    #[test]
    fn members_that_are_null_count_as_absent() {
        let mut message = text(1, "Hallo");
        for member in ["errors", "context", "image", "group_id", "from_user_id", "contacts"] {
            message[member] = json!(null);
        }
        let body = String::from_utf8(batch(&[message])).expect("JSON");
        let parsed = parse(body.replace(r#""messages":["#, r#""statuses":null,"messages":["#).as_bytes());
        assert_eq!(ids(&parsed), ["wamid.1"]);
    }

    #[test]
    fn deep_nesting_is_set_aside_and_does_not_exhaust_the_stack() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let body = format!(r#"{{"object":"{OBJECT}","entry":[{deep}]}}"#);
        assert_eq!(parse(body.as_bytes()).set_aside.len(), 1);
    }
}
