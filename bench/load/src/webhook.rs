//! Signed webhooks of WhatsApp, built before the clock starts.
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks>

use std::sync::Arc;

use anyhow::Result;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::texts::{Question, Said};

/// The development secret of the account `main`.
const APP_SECRET: &[u8] = b"dev-whatsapp-main-app-secret";

/// A webhook, ready to post.
pub struct Webhook {
    /// The body.
    pub body: Bytes,
    /// `X-Hub-Signature-256`.
    pub signature: HeaderValue,
    /// How many updates it carries.
    pub updates: usize,
    /// What has to come back.
    pub due: Vec<Due>,
}

/// A reply that has to come.
pub struct Due {
    /// To whom.
    pub to: String,
    /// What they asked, if the pack knows it.
    pub question: Option<Arc<Question>>,
}

/// Somebody who writes: phone number and the id of the message.
pub type Message = (String, String);

/// Messages and what they say, together in one webhook.
pub fn texts(messages: &[Message], says: &[Said<'_>], now_secs: i64) -> Value {
    let contact = |(from, _): &Message| {
        let name = from.get(from.len().saturating_sub(4)..).unwrap_or(from);
        json!({ "profile": { "name": format!("Person {name}") }, "wa_id": from })
    };
    let message = |((from, id), said): (&Message, &Said<'_>)| {
        let (timestamp, text) = (now_secs.to_string(), said.text());
        json!({ "from": from, "id": id, "timestamp": timestamp, "type": "text", "text": { "body": text } })
    };
    envelope(json!({
        "contacts": messages.iter().map(contact).collect::<Vec<_>>(),
        "messages": messages.iter().zip(says).map(message).collect::<Vec<_>>(),
    }))
}

/// A report on a message; without our id in it (`callback`) somebody else sent it.
pub fn status(to: &str, id: &str, callback: Option<&str>, state: &str, now_secs: i64) -> Value {
    envelope(json!({
        "statuses": [{
            "id": id, "status": state, "timestamp": now_secs.to_string(), "recipient_id": to,
            "biz_opaque_callback_data": callback,
        }],
    }))
}

fn envelope(mut value: Value) -> Value {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "498900000", "phone_number_id": "100000000000001" });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "200000000000001", "changes": [{ "field": "messages", "value": value }] }],
    })
}

/// Signs a body of so many updates as the platform does.
pub fn sign(body: &Value, updates: usize, due: Vec<Due>) -> Result<Webhook> {
    let body = serde_json::to_vec(body)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET)?;
    mac.update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    Ok(Webhook { body: body.into(), signature: signature.try_into()?, updates, due })
}
