//! Errors in the shape of the Bot API. <https://core.telegram.org/bots/api#making-requests>

use serde_json::json;

use crate::answer::Answer;

/// An error answer. HTTP status and `error_code` are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BotError {
    pub(crate) code: u16,
    pub(crate) description: String,
    retry_after: Option<u32>,
}

impl BotError {
    fn new(code: u16, description: String) -> Self {
        Self { code, description, retry_after: None }
    }

    /// The token in the path is wrong.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized".into())
    }

    /// There is no such method.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found".into())
    }

    /// A parameter is missing or wrong.
    pub(crate) fn bad_request(reason: &str) -> Self {
        Self::new(400, format!("Bad Request: {reason}"))
    }

    /// A parameter is missing.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::bad_request(&format!("parameter \"{parameter}\" is required"))
    }

    /// The bot may not write to this person.
    pub(crate) fn forbidden(reason: &str) -> Self {
        Self::new(403, format!("Forbidden: {reason}"))
    }

    /// An error that somebody asked for by `/sim/faults`.
    pub(crate) fn asked_for(status: Option<u16>, code: Option<i64>, retry_after: Option<u32>) -> Self {
        let from_code = code.and_then(|code| u16::try_from(code).ok());
        let code = status.or(from_code).filter(|code| (400..600).contains(code)).unwrap_or(500);
        let (description, wait) = match code {
            429 => {
                let wait = retry_after.unwrap_or(1);
                (format!("Too Many Requests: retry after {wait}"), Some(wait))
            }
            403 => ("Forbidden: bot was blocked by the user".into(), retry_after),
            401 => ("Unauthorized".into(), retry_after),
            400 => ("Bad Request: this error was asked for".into(), retry_after),
            _ => ("Internal Server Error: this error was asked for".into(), retry_after),
        };
        Self { code, description, retry_after: wait }
    }

    /// As the API answers.
    pub(crate) fn into_answer(self) -> Answer {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        Answer::Json { status: self.code, body }
    }
}
