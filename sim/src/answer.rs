//! How a played platform answers an API call, until it becomes an HTTP response.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::server::Connection;

/// The answer to an API call.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A JSON document.
    Json {
        /// HTTP status.
        status: u16,
        /// The document.
        body: Value,
    },
    /// Bytes of a file.
    File {
        /// Its MIME type.
        mime_type: String,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// No answer: the connection closes.
    Cut,
}

impl Answer {
    /// 200 with a document.
    pub(crate) const fn ok(body: Value) -> Self {
        Self::Json { status: 200, body }
    }

    /// What the inspector shows: the status and the body.
    pub(crate) fn shown(&self) -> (Option<u16>, String) {
        match self {
            Self::Json { status, body } => (Some(*status), body.to_string()),
            Self::File { mime_type, bytes } => (Some(200), format!("{} bytes of {mime_type}", bytes.len())),
            Self::Cut => (None, String::new()),
        }
    }

    /// Answers on this connection.
    pub(crate) fn respond(self, connection: &Connection) -> Response {
        match self {
            Self::Json { status, body } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (status, Json(body)).into_response()
            }
            Self::File { mime_type, bytes } => {
                ([("content-type", mime_type)], bytes.to_vec()).into_response()
            }
            Self::Cut => {
                connection.cut();
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
