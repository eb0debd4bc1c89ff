//! Makes one call to a platform and says what became of it. Decides nothing: [`lotse_core::actor`] does.

use lotse_core::actor::{Call, Outcome};
use lotse_core::channel::{SendContext, SendError, SendErrorKind};
use wasm_bindgen::JsValue;
use worker::{Fetch, Request, js_sys};

use crate::environment::Environment;
use crate::http;

/// How long a platform has to answer.
const CALL_TIMEOUT_MILLIS: u32 = 10_000;

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
    // A signal that the platform does not have is as good as sent.
    let Some(rendered) = channel.render(&call.content, &context) else { return Outcome::Sent };
    let mut headers = vec![("content-type", rendered.content_type)];
    if let Some(authorization) = &rendered.authorization {
        headers.push(("authorization", authorization));
    }
    let body = JsValue::from(js_sys::Uint8Array::from(rendered.body.as_slice()));
    let Ok(request) = http::post(&rendered.url, &headers, &body, Some(CALL_TIMEOUT_MILLIS)) else {
        return Outcome::Refused(not_configured());
    };
    let Ok(response) = Fetch::Request(Request::from(request)).send().await else {
        return Outcome::Unknown;
    };
    let status = response.status_code();
    let Ok(body) = http::response_body(response).await else { return Outcome::Unknown };
    Outcome::of_answer(channel, status, &body)
}

fn not_configured() -> SendError {
    SendError {
        kind: SendErrorKind::Unauthorized,
        code: None,
        detail: "the account is not configured".to_owned(),
    }
}
