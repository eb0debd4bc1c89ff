//! The people who write, what they say, and how it looks on the wire of their platform.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::dice::Dice;
use super::event::Sending;
use crate::channel::{ChannelName, Secrets};
use crate::message::ConversationKey;
use crate::time::UnixMillis;

const FIRST_PHONE: usize = 4_917_000_000_000;
const FIRST_CHAT: usize = 5_000_000_000;

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their conversation with us.
    pub key: ConversationKey,
    /// How often they still write.
    pub to_say: i64,
    /// When they last wrote, by the platform's clock.
    pub last_said_at: Option<UnixMillis>,
}

impl Person {
    /// The person with this number.
    #[must_use]
    pub fn new(index: usize, channel: ChannelName, to_say: i64) -> Self {
        let number = match channel {
            ChannelName::Whatsapp => FIRST_PHONE + index,
            ChannelName::Telegram => FIRST_CHAT + index,
        };
        let key = ConversationKey { channel, account: "main".to_owned(), contact: number.to_string() };
        Self { key, to_say, last_said_at: None }
    }

    /// The number of the person behind a key.
    #[must_use]
    pub fn index(key: &ConversationKey) -> Option<usize> {
        let first = match key.channel {
            ChannelName::Whatsapp => FIRST_PHONE,
            ChannelName::Telegram => FIRST_CHAT,
        };
        key.contact.parse::<usize>().ok()?.checked_sub(first)
    }
}

/// What a message asks for, as the people of this world mean it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A question that the pack answers.
    Known,
    /// A question between two entries, which is answered or answered by an offer.
    Torn,
    /// Only a human can answer.
    Human,
    /// Danger to life.
    Emergency,
    /// A greeting.
    Greeting,
    /// Nothing.
    Nothing,
    /// To be asked the questions of a flow.
    Flow,
    /// An answer in a flow; outside of one, whatever the pack makes of it.
    InFlow,
}

/// Something a person says.
#[derive(Clone, Debug)]
pub struct Said {
    /// Who.
    pub person: usize,
    /// The platform's id of it.
    pub message_id: String,
    /// The id by which a repetition is recognised.
    pub event_id: String,
    /// What it asks for.
    pub meant: Meant,
    /// The words; nothing for a voice message.
    pub words: Option<&'static str>,
    /// When.
    pub at: UnixMillis,
    /// Whether we answered 200 for it.
    pub is_accepted: bool,
}

/// What people say. The pack's verdict on each is asserted in the tests of this file.
const REPERTOIRE: [(Meant, Option<&str>); 16] = [
    (Meant::Known, Some("Wo kann ich mich testen lassen?")),
    (Meant::Known, Some("How much does a test cost?")),
    (Meant::Torn, Some("Teststation bezahlen")),
    (Meant::Human, Some("Mein Nachbar hat gestern ein rotes Fahrrad gekauft")),
    (Meant::Human, Some("Mensch")),
    (Meant::Human, None),
    (Meant::Emergency, Some("Hilfe, mein Vater bekommt keine Luft")),
    (Meant::Greeting, Some("Hallo")),
    (Meant::Nothing, Some("👍")),
    (Meant::Flow, Some("Ich möchte einen Schaden melden")),
    (Meant::Flow, Some("I want to report damage")),
    (Meant::InFlow, Some("80331")),
    (Meant::InFlow, Some("gestern")),
    (Meant::InFlow, Some("12,5")),
    (Meant::InFlow, Some("zurück")),
    (Meant::InFlow, Some(CANCEL)),
];

/// Ends a flow.
pub const CANCEL: &str = "abbrechen";

impl Said {
    /// What a person says next.
    #[must_use]
    pub fn new(dice: &mut Dice, person: usize, channel: ChannelName, number: usize, at: UnixMillis) -> Self {
        let (meant, words) = dice.pick(&REPERTOIRE);
        let (message_id, event_id) = match channel {
            ChannelName::Whatsapp => (format!("wamid.in{number}"), format!("wamid.in{number}")),
            ChannelName::Telegram => (format!("{number}"), format!("update:{number}")),
        };
        Self { person, message_id, event_id, meant, words, at, is_accepted: false }
    }

    fn wire(&self, key: &ConversationKey) -> String {
        let (from, id, at) = (&key.contact, &self.message_id, self.at.0 / 1_000);
        match key.channel {
            ChannelName::Whatsapp => {
                let content = match self.words {
                    Some(words) => format!(r#""type":"text","text":{{"body":"{words}"}}"#),
                    None => {
                        r#""type":"audio","audio":{"id":"9","mime_type":"audio/ogg","voice":true}"#.to_owned()
                    }
                };
                format!(r#"{{"from":"{from}","id":"{id}","timestamp":"{at}",{content}}}"#)
            }
            ChannelName::Telegram => {
                let content = match self.words {
                    Some(words) => format!(r#""text":"{words}""#),
                    None => r#""voice":{"file_id":"F","file_unique_id":"U","duration":3}"#.to_owned(),
                };
                format!(
                    r#"{{"update_id":{id},"message":{{"message_id":{id},"from":{{"id":{from},"is_bot":false,"first_name":"P"}},"chat":{{"id":{from},"first_name":"P","type":"private"}},"date":{at},{content}}}}}"#
                )
            }
        }
    }
}

/// A webhook's body with what people said; on Telegram a webhook holds one message.
#[must_use]
pub fn webhook(people: &[Person], said: &[&Said], unreadable: bool) -> String {
    let Some(first) = said.first() else { return String::new() };
    if people[first.person].key.channel == ChannelName::Telegram {
        return first.wire(&people[first.person].key);
    }
    let mut messages: Vec<String> = said.iter().map(|said| said.wire(&people[said.person].key)).collect();
    if unreadable {
        messages.push(r#"{"timestamp":[]}"#.to_owned());
    }
    let mut contacts: Vec<&str> = said.iter().map(|said| people[said.person].key.contact.as_str()).collect();
    contacts.dedup();
    let mut cards = String::new();
    for (index, contact) in contacts.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(cards, r#"{comma}{{"profile":{{"name":"P"}},"wa_id":"{contact}"}}"#);
    }
    change(&format!(r#""contacts":[{cards}],"messages":[{}]"#, messages.join(",")))
}

/// A webhook's body with a report about a message of ours on WhatsApp; `code` says why where it failed.
#[must_use]
pub fn report(callback: &str, message_id: &str, state: &str, code: i64, at: UnixMillis) -> String {
    let at = at.0 / 1_000;
    let errors = if state == "failed" {
        format!(r#","errors":[{{"code":{code},"title":"Message undeliverable"}}]"#)
    } else {
        String::new()
    };
    change(&format!(
        r#""statuses":[{{"id":"{message_id}","status":"{state}","timestamp":"{at}","biz_opaque_callback_data":"{callback}"{errors}}}]"#
    ))
}

fn change(value: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"2","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"4930231250","phone_number_id":"100000000000001"}},{value}}}}}]}}]}}"#
    )
}

/// Secrets of a world without secrets.
pub struct Keys;

impl Secrets for Keys {
    fn get(&self, _name: &str) -> Vec<&str> {
        vec!["simulated"]
    }
}

/// The header that proves that a body comes from the platform.
#[must_use]
pub fn proof(channel: ChannelName, body: &str) -> (&'static str, String) {
    match channel {
        ChannelName::Whatsapp => {
            let mac = Hmac::<Sha256>::new_from_slice(b"simulated").map(|mac| mac.chain_update(body));
            let digest = mac.map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
            ("X-Hub-Signature-256", format!("sha256={}", hex::encode(digest)))
        }
        ChannelName::Telegram => ("X-Telegram-Bot-Api-Secret-Token", "simulated".to_owned()),
    }
}

/// Who a call on the wire is for, and what the platform would carry back in its reports.
#[must_use]
pub fn read_call(sending: &Sending) -> (Option<String>, Option<String>) {
    let body: serde_json::Value = serde_json::from_slice(&sending.body).unwrap_or_default();
    let word = |name: &str| match &body[name] {
        serde_json::Value::String(word) => Some(word.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    (word("to").or_else(|| word("chat_id")), word("biz_opaque_callback_data"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::Verdict;
    use crate::simulation::scenario::{BEGIN, KNOWLEDGE};

    #[test]
    fn the_pack_makes_of_questions_what_people_mean() {
        for (meant, words) in REPERTOIRE {
            let Some(words) = words else { continue };
            let verdict = KNOWLEDGE.ask(words, BEGIN);
            let is_so = match meant {
                Meant::Known | Meant::Flow => matches!(verdict, Verdict::Answer(_)),
                Meant::Emergency => matches!(verdict, Verdict::RedFlag { .. }),
                Meant::Torn => matches!(verdict, Verdict::Offer { .. } | Verdict::Answer(_)),
                Meant::Human | Meant::Greeting | Meant::Nothing | Meant::InFlow => {
                    !matches!(verdict, Verdict::RedFlag { .. })
                }
            };
            assert!(is_so, "{words:?} is {verdict:?}");
        }
    }
}
