//! Errors in the shape of the Graph API.
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

use serde_json::json;
use serde_json::value::RawValue;

use crate::answer::Answer;

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GraphError {
    status: u16,
    pub(crate) code: i64,
    title: String,
    details: String,
}

impl GraphError {
    fn new(status: u16, code: i64, title: &str, details: impl Into<String>) -> Self {
        Self { status, code, title: title.to_owned(), details: details.into() }
    }

    /// The access token is missing or wrong.
    pub(crate) fn bad_token() -> Self {
        Self::new(401, 190, "Authentication Error", "The access token is missing, expired or wrong.")
    }

    /// There is nothing under this path and method.
    pub(crate) fn unknown_path() -> Self {
        Self::new(400, 2500, "Unknown path components", "There is no such endpoint.")
    }

    /// There is no object with this id.
    pub(crate) fn unknown_object(id: &str) -> Self {
        let details = format!("There is no object with the id '{id}', or it may not be read.");
        Self::new(400, 100, "Unsupported request", details)
    }

    /// A parameter is unknown, missing in form, or of the wrong type.
    pub(crate) fn parameter(details: impl Into<String>) -> Self {
        Self::new(400, 100, "Invalid parameter", details)
    }

    /// A required parameter is missing.
    pub(crate) fn missing(details: impl Into<String>) -> Self {
        Self::new(400, 131_008, "Required parameter is missing", details)
    }

    /// A parameter has a value that is not allowed.
    pub(crate) fn parameter_value(details: impl Into<String>) -> Self {
        Self::new(400, 131_009, "Parameter value is not valid", details)
    }

    /// The person cannot be reached.
    pub(crate) fn undeliverable() -> Self {
        Self::new(400, 131_026, "Message undeliverable", "The recipient cannot be reached.")
    }

    /// More than 24 hours have passed since the person wrote.
    pub(crate) fn window_closed() -> Self {
        let details =
            "More than 24 hours have passed since the recipient last wrote: only a template may be sent.";
        Self::new(400, 131_047, "Re-engagement message", details)
    }

    /// A value in a template has what none may have.
    pub(crate) fn template_parameter() -> Self {
        let details = "A parameter has a line break, a tab or more than four spaces in a row.";
        Self::new(400, 132_018, "Template parameter issue", details)
    }

    /// Too many messages to one person.
    pub(crate) fn pair_rate() -> Self {
        let details = "Too many messages from this number to the same recipient in a short time.";
        Self::new(400, 131_056, "(Business Account, Consumer Account) pair rate limit hit", details)
    }

    /// An error that somebody asked for by `/sim/faults`.
    pub(crate) fn asked_for(status: Option<u16>, code: Option<i64>) -> Self {
        let code = code.unwrap_or(match status {
            Some(401) => 190,
            Some(403) => 10,
            Some(429) => 130_429,
            Some(500..) => 131_000,
            _ => 1,
        });
        let status = status.unwrap_or(match code {
            0 | 190 => 401,
            3 | 10 | 200..=299 | 368 | 130_497 | 131_005 | 131_031 => 403,
            131_000 | 131_016 => 500,
            2 | 133_004 => 503,
            _ => 400,
        });
        Self::new(status, code, "Fault", "This error was asked for.")
    }

    /// As `errors[]` of a status webhook have it.
    pub(crate) fn to_webhook_error(&self) -> serde_json::Value {
        json!({
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": { "details": self.details },
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        })
    }

    /// As the API answers.
    pub(crate) fn into_answer(self) -> Answer {
        let body = json!({ "error": {
            "message": format!("(#{}) {}", self.code, self.title),
            "type": "OAuthException",
            "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details },
            "fbtrace_id": "Asimulated0000000000000",
        }});
        Answer::Json { status: self.status, body }
    }
}

/// A body that was checked to be JSON, kept as it came.
pub(crate) fn raw_json(body: &[u8]) -> Box<RawValue> {
    serde_json::from_slice(body).unwrap_or_default()
}
