//! Webhooks written by hand, where a test has to control every byte, and other plain requests.

use anyhow::Result;
use serde_json::{Value, json};

use crate::World;

/// What the worker answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The content type; empty where there is none.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// The value of `X-Hub-Signature-256` for a body, by the development secret of the WhatsApp account.
#[must_use]
pub fn signature(body: &[u8]) -> String {
    lotse_sim::sign::hub_signature("dev-whatsapp-main-app-secret", body)
}

/// WhatsApp's envelope around `messages` for a phone number id, from one person.
#[must_use]
pub fn whatsapp_body(phone_number_id: &str, from: &str, messages: &Value) -> String {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "W1", "changes": [{
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "498900000", "phone_number_id": phone_number_id },
            "contacts": [{ "profile": { "name": from }, "wa_id": from }],
            "messages": messages,
        },
    }] }] })
    .to_string()
}

impl World {
    /// Posts bytes to `/webhook/` and the target, with these headers and no others of note.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn post_webhook(
        &self,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Result<Answer> {
        let mut request = self.client.post(format!("{}/webhook/{target}", self.worker.url()));
        for (name, value) in headers {
            // A name given twice stands in the request twice.
            request = request.header(*name, *value);
        }
        read(request.body(body.into())).await
    }

    /// Posts a body to the WhatsApp account, rightly signed.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn post_signed(&self, body: &str) -> Result<Answer> {
        let signature = signature(body.as_bytes());
        self.post_webhook("whatsapp", &[("x-hub-signature-256", &signature)], body).await
    }

    /// A GET with a bearer token.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn get_as(&self, path: &str, token: &str) -> Result<Answer> {
        read(self.client.get(format!("{}{path}", self.worker.url())).bearer_auth(token)).await
    }

    /// Any request without a body.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn request(&self, method: reqwest::Method, path: &str) -> Result<Answer> {
        read(self.client.request(method, format!("{}{path}", self.worker.url()))).await
    }
}

/// Sends a request and reads the whole answer.
///
/// # Errors
/// When the other side is gone.
pub(crate) async fn read(request: reqwest::RequestBuilder) -> Result<Answer> {
    let response = request.send().await?;
    let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    Ok(Answer {
        status: response.status().as_u16(),
        content_type: content_type.unwrap_or_default().to_owned(),
        body: response.text().await?,
    })
}
