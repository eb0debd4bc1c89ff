//! The phone: one page to chat with lotse by hand. Its files are built in; it loads nothing else,
//! and its policy forbids everything else.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::world::World;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page and its parts.
pub(crate) fn routes() -> Router<Arc<World>> {
    let file = |content_type: &'static str, content: &'static str| {
        get(move || async move {
            let headers = [
                (header::CONTENT_TYPE, content_type),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, content).into_response()
        })
    };
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("phone.html")))
        .route("/phone.css", file("text/css; charset=utf-8", include_str!("phone.css")))
        .route("/phone.js", file("text/javascript; charset=utf-8", include_str!("phone.js")))
        .route("/words.js", file("text/javascript; charset=utf-8", include_str!("words.js")))
        .route("/icon.svg", file("image/svg+xml", include_str!("icon.svg")))
}
