//! Requests and responses of the runtime, with as few crossings between wasm and JavaScript as possible.

use lotse_core::channel::Headers;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use worker::{Result, web_sys};

/// Path and query of a URL, cut out without parsing it.
#[must_use]
pub fn path_and_query(url: &str) -> (&str, &str) {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path_at = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    let rest = url[path_at..].split('#').next().unwrap_or_default();
    rest.split_once('?').unwrap_or((rest, ""))
}

/// The largest body that is read: Meta sends up to 3 MB. `entry.js` reads no further.
pub const BODY_CAP: usize = 4 * 1024 * 1024;

/// What became of a request's body, as `entry.js` read it.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// It is all there, or there is none.
    Whole,
    /// It is larger than [`BODY_CAP`].
    TooLarge,
    /// The connection broke.
    Broken,
}

/// How much of a body `entry.js` reads at most, in bytes.
#[wasm_bindgen(js_name = bodyCap)]
#[must_use]
pub fn body_cap() -> usize {
    BODY_CAP
}

/// A request whose body was read.
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The headers.
    pub headers: RequestHeaders,
    /// Whether the body is all there.
    pub state: Body,
    /// The body; empty where it is not all there.
    pub body: Vec<u8>,
}

/// An answer.
pub enum Answer {
    /// A status without a body, which `entry.js` makes a response of.
    Status(u16),
    /// A whole response.
    Whole(web_sys::Response),
}

impl Answer {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Status(status) => *status,
            Self::Whole(response) => response.status(),
        }
    }
}

impl From<Answer> for JsValue {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Status(status) => status.into(),
            Answer::Whole(response) => response.into(),
        }
    }
}

/// The runtime's headers as core sees them.
pub struct RequestHeaders(pub web_sys::Headers);

impl Headers for RequestHeaders {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).ok().flatten()
    }
}

/// A response with text of the given type. Every response forbids sniffing and framing.
///
/// # Errors
/// When the runtime refuses it.
pub fn text(status: u16, content_type: &str, body: &str) -> Result<Answer> {
    let headers = web_sys::Headers::new()?;
    headers.set("content-type", content_type)?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("cache-control", "no-store")?;
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'")?;
    let init = web_sys::ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Ok(Answer::Whole(web_sys::Response::new_with_opt_str_and_init(Some(body), &init)?))
}

/// A JSON response.
///
/// # Errors
/// When the value cannot be written or the runtime refuses it.
pub fn json(status: u16, value: &impl Serialize) -> Result<Answer> {
    text(status, "application/json", &serde_json::to_string(value)?)
}
