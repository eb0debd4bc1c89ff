//! Signed webhooks of WhatsApp, built before the clock starts.
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks>

use std::sync::Arc;

use anyhow::Result;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::texts::Question;

/// The development secret of the account `main`.
const APP_SECRET: &[u8] = b"dev-whatsapp-main-app-secret";

/// A webhook, ready to post.
pub struct Webhook {
    /// The body.
    pub body: Bytes,
    /// `X-Hub-Signature-256`.
    pub signature: HeaderValue,
    /// The sender, where a reply has to come.
    pub reply_to: Option<String>,
    /// What it asks, if the pack knows it.
    pub question: Option<Arc<Question>>,
}

/// A text message.
pub fn text(from: &str, id: &str, body: &str, now_secs: i64) -> Value {
    let name = from.get(from.len().saturating_sub(4)..).unwrap_or(from);
    envelope(json!({
        "contacts": [{ "profile": { "name": format!("Person {name}") }, "wa_id": from }],
        "messages": [{
            "from": from, "id": id, "timestamp": now_secs.to_string(), "type": "text", "text": { "body": body },
        }],
    }))
}

/// A report on a message of lotse.
pub fn status(to: &str, id: &str, callback: Option<&str>, state: &str, now_secs: i64) -> Value {
    envelope(json!({
        "statuses": [{
            "id": id, "status": state, "timestamp": now_secs.to_string(), "recipient_id": to,
            "biz_opaque_callback_data": callback,
        }],
    }))
}

/// A notice about the account, which is nobody's message.
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/guides/set-up-webhooks>
pub fn notice() -> Value {
    let value = json!({
        "display_phone_number": "498900000", "event": "ONBOARDING", "current_limit": "TIER_100K",
        "old_limit": "TIER_10K",
    });
    update("phone_number_quality_update", &value)
}

fn envelope(mut value: Value) -> Value {
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({ "display_phone_number": "498900000", "phone_number_id": "100000000000001" });
    update("messages", &value)
}

fn update(field: &str, value: &Value) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "200000000000001", "changes": [{ "field": field, "value": value }] }],
    })
}

/// Signs a body as the platform does.
pub fn sign(body: &Value) -> Result<Webhook> {
    let body = serde_json::to_vec(body)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET)?;
    mac.update(&body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    Ok(Webhook { body: body.into(), signature: signature.try_into()?, reply_to: None, question: None })
}
