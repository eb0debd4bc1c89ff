//! Makes one call to a platform and says what became of it. Decides nothing: [`lotse_core::actor`] does.

use lotse_core::actor::{Call, Outcome};
use lotse_core::channel::{ApiCall, SendContext, SendError, SendErrorKind};
use wasm_bindgen::prelude::*;
use worker::js_sys;

use crate::environment::Environment;

/// Makes a call. `callback` is what the platform's reports carry back, or nothing where none is awaited.
pub async fn make(environment: &Environment, call: &Call, callback: &str) -> Outcome {
    let channel = call.key.channel.channel();
    let Some(secrets) = environment.secrets(call.key.channel, &call.key.account) else {
        return Outcome::Refused(not_configured());
    };
    let account = environment.settings.account(call.key.channel, &call.key.account);
    let context = SendContext {
        api_base: environment.api_base(call.key.channel),
        account_address: account.map_or("", |account| account.address.as_str()),
        to: &call.contact,
        secrets,
        callback,
        reply_to: call.reply_to.as_deref(),
    };
    let timeout_millis = environment.settings.sending.call_timeout_seconds.get() * 1_000;
    // A signal that the platform does not have is as good as sent.
    let Some(rendered) = channel.render(&call.content, &context) else { return Outcome::Sent };
    let Some((status, body)) = post(&rendered, timeout_millis).await else { return Outcome::Unknown };
    Outcome::of_answer(channel, status, &body)
}

#[wasm_bindgen(module = "/src/shim.js")]
extern "C" {
    /// The status and the bytes of the answer.
    #[wasm_bindgen(js_name = post, catch)]
    async fn post_in_one(
        url: &str,
        content_type: &str,
        authorization: Option<&str>,
        body: &[u8],
        timeout_millis: u32,
    ) -> Result<JsValue, JsValue>;
}

/// The answer of the platform, if there was one.
async fn post(call: &ApiCall, timeout_millis: u32) -> Option<(u16, Vec<u8>)> {
    let ApiCall { url, authorization, content_type, body } = call;
    let answer = post_in_one(url, content_type, authorization.as_deref(), body, timeout_millis);
    let answer: js_sys::Array = answer.await.ok()?.unchecked_into();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "statuses have three digits")]
    let status = answer.get(0).as_f64()? as u16;
    Some((status, answer.get(1).unchecked_into::<js_sys::Uint8Array>().to_vec()))
}

fn not_configured() -> SendError {
    SendError {
        kind: SendErrorKind::Unauthorized,
        code: None,
        detail: "the account is not configured".to_owned(),
    }
}
