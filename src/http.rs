//! Requests and responses of the runtime, with as few crossings between wasm and JavaScript as possible.

use lotse_core::channel::Headers;
use serde::Serialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::{Error, Result, web_sys};

/// Path and query of a URL, cut out without parsing it.
#[must_use]
pub fn path_and_query(url: &str) -> (&str, &str) {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let path_at = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    let rest = url[path_at..].split('#').next().unwrap_or_default();
    rest.split_once('?').unwrap_or((rest, ""))
}

/// Why a body was not read.
pub enum BodyError {
    /// It is larger than the cap.
    TooLarge,
    /// The connection broke.
    Broken,
}

/// The raw bytes of a body, at most `cap` of them.
///
/// # Errors
/// [`BodyError`].
pub async fn body(request: &web_sys::Request, cap: usize) -> std::result::Result<Vec<u8>, BodyError> {
    let announced =
        header(&request.headers(), "content-length").and_then(|value| value.parse::<usize>().ok());
    match announced {
        Some(length) if length > cap => Err(BodyError::TooLarge),
        Some(_) => {
            let promise = request.array_buffer().map_err(|_| BodyError::Broken)?;
            let buffer = JsFuture::from(promise).await.map_err(|_| BodyError::Broken)?;
            let bytes = js_sys::Uint8Array::new(&buffer);
            if bytes.length() as usize > cap { Err(BodyError::TooLarge) } else { Ok(bytes.to_vec()) }
        }
        None => streamed_body(request, cap).await,
    }
}

/// The whole body of a request between our own objects, in one crossing.
///
/// # Errors
/// When the connection broke.
pub async fn whole_body(request: &web_sys::Request) -> Result<Vec<u8>> {
    buffer(request.array_buffer()?).await
}

async fn buffer(promise: js_sys::Promise) -> Result<Vec<u8>> {
    Ok(js_sys::Uint8Array::new(&JsFuture::from(promise).await?).to_vec())
}

/// A body whose length was not announced: read piece by piece, so that it cannot fill the memory.
async fn streamed_body(request: &web_sys::Request, cap: usize) -> std::result::Result<Vec<u8>, BodyError> {
    let Some(stream) = request.body() else { return Ok(Vec::new()) };
    let reader: web_sys::ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| BodyError::Broken)?;
        let done = js_sys::Reflect::get(&piece, &"done".into()).map_err(|_| BodyError::Broken)?;
        if done.is_truthy() {
            return Ok(bytes);
        }
        let value = js_sys::Reflect::get(&piece, &"value".into()).map_err(|_| BodyError::Broken)?;
        let value: js_sys::Uint8Array = value.unchecked_into();
        if bytes.len() + value.length() as usize > cap {
            return Err(BodyError::TooLarge);
        }
        bytes.extend(value.to_vec());
    }
}

/// A header's value; `None` when it is absent.
#[must_use]
pub fn header(headers: &web_sys::Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// The runtime's headers as core sees them.
pub struct RequestHeaders(pub web_sys::Headers);

impl Headers for RequestHeaders {
    fn get(&self, name: &str) -> Option<String> {
        header(&self.0, name)
    }
}

/// A response without a body.
///
/// # Errors
/// When the runtime refuses it.
pub fn empty(status: u16) -> Result<web_sys::Response> {
    let init = web_sys::ResponseInit::new();
    init.set_status(status);
    web_sys::Response::new_with_opt_str_and_init(None, &init).map_err(Error::from)
}

/// A response with text of the given type. Every response forbids sniffing and framing.
///
/// # Errors
/// When the runtime refuses it.
pub fn text(status: u16, content_type: &str, body: &str) -> Result<web_sys::Response> {
    let headers = web_sys::Headers::new()?;
    headers.set("content-type", content_type)?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("cache-control", "no-store")?;
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'")?;
    let init = web_sys::ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    web_sys::Response::new_with_opt_str_and_init(Some(body), &init).map_err(Error::from)
}

/// A JSON response.
///
/// # Errors
/// When the value cannot be written or the runtime refuses it.
pub fn json(status: u16, value: &impl Serialize) -> Result<web_sys::Response> {
    text(status, "application/json", &serde_json::to_string(value)?)
}
