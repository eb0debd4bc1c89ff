//! What an error of the Bot API asks for.
//!
//! `error_code` is an HTTP status in the body; a few descriptions and parameters say more. The
//! description itself is never passed on: it may quote what was sent.
//! Sources: <https://core.telegram.org/bots/api#making-requests>,
//! <https://core.telegram.org/bots/api#responseparameters>,
//! <https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp>.

use super::wire::{MessageId, Response};
use crate::channel::error_table::{ErrorRow, code, codes, find, from_http_status};
use crate::channel::wire::non_empty;
use crate::channel::{SendError, SendErrorKind, Sent};

use SendErrorKind::{MediaTrouble, Refused, Transient, Unauthorized, Unreachable};

const THROTTLED: SendErrorKind = SendErrorKind::Throttled { wait_secs: None };

/// Every code lotse knows.
const TABLE: &[ErrorRow] = &[
    code(400, Refused, "the request is not valid"),
    code(401, Unauthorized, "the bot token is refused"),
    code(403, Unreachable, "the person blocked the bot, left, or never started it"),
    // The path holds the token: a token that is malformed or missing is a path that is not found.
    code(404, Unauthorized, "the bot token is not known"),
    code(409, Transient, "another instance is at work"),
    code(413, Refused, "the request is too large"),
    code(420, THROTTLED, "the bot sends too fast"),
    code(429, THROTTLED, "the bot sends too fast"),
    codes(500, 599, Transient, "the platform is in trouble"),
];

/// What a 400 means by the words in its description (in lower case).
const DESCRIPTIONS: &[(&str, SendErrorKind, &str)] = &[
    ("chat not found", Unreachable, "the chat is not known to the bot"),
    ("user not found", Unreachable, "the person is not known to the bot"),
    ("peer_id_invalid", Unreachable, "the chat is not known to the bot"),
    ("failed to get http url content", MediaTrouble, "the platform could not fetch the media"),
];

/// What a code asks for.
pub(super) fn kind(code: i64) -> SendErrorKind {
    find(TABLE, code).map_or(Refused, |row| row.kind.clone())
}

/// Reads the answer to a call.
pub(super) fn read_response(status: u16, body: &[u8]) -> Result<Sent, SendError> {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Response<'_>>(&text) {
        Ok(response) if response.ok => {
            let result = response.result.and_then(|raw| serde_json::from_str::<MessageId>(raw.get()).ok());
            Ok(Sent { message_id: result.map(|message| message.message_id.to_string()) })
        }
        Ok(response) => Err(send_error(status, &response)),
        Err(_) => Err(unreadable(status)),
    }
}

fn unreadable(status: u16) -> SendError {
    match find(TABLE, i64::from(status)) {
        Some(row) => SendError { kind: row.kind.clone(), code: None, detail: row.detail.to_owned() },
        None => from_http_status(status),
    }
}

fn send_error(status: u16, response: &Response<'_>) -> SendError {
    let code = response.error_code.unwrap_or(i64::from(status));
    let (kind, detail) = classify(code, response);
    SendError { kind, code: Some(code), detail: detail.to_owned() }
}

fn classify(code: i64, response: &Response<'_>) -> (SendErrorKind, &'static str) {
    let parameters = response.parameters.as_ref();
    if let Some(new_id) = parameters.and_then(|parameters| parameters.migrate_to_chat_id) {
        return (SendErrorKind::Moved { contact_id: new_id.to_string() }, "the chat has a new id");
    }
    if let Some(secs) = parameters.and_then(|parameters| parameters.retry_after) {
        let wait_secs = u32::try_from(secs.max(0)).unwrap_or(u32::MAX);
        return (SendErrorKind::Throttled { wait_secs: Some(wait_secs) }, "the bot sends too fast");
    }
    let description = non_empty(&response.description).unwrap_or_default().to_lowercase();
    let known = DESCRIPTIONS.iter().find(|(words, ..)| code == 400 && description.contains(words));
    match (known, find(TABLE, code)) {
        (Some((_, kind, detail)), _) => (kind.clone(), detail),
        (None, Some(row)) => (row.kind.clone(), row.detail),
        (None, None) => (Refused, "the platform refused the request"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_asks_for_what_is_documented() {
        let moved = SendErrorKind::Moved { contact_id: "-1001234567890".to_owned() };
        let wait = |secs| SendErrorKind::Throttled { wait_secs: Some(secs) };
        let table = [
            (
                "bad request",
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}"#,
                Refused,
            ),
            (
                "no chat",
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
                Unreachable,
            ),
            (
                "media",
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: failed to get HTTP URL content"}"#,
                MediaTrouble,
            ),
            (
                "moved",
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded","parameters":{"migrate_to_chat_id":-1001234567890}}"#,
                moved,
            ),
            ("token", 401, r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, Unauthorized),
            ("no token", 404, r#"{"ok":false,"error_code":404,"description":"Not Found"}"#, Unauthorized),
            (
                "blocked",
                403,
                r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#,
                Unreachable,
            ),
            (
                "too fast",
                429,
                r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#,
                wait(7),
            ),
            ("too fast, no time", 429, r#"{"ok":false,"error_code":429}"#, THROTTLED),
            (
                "endless",
                429,
                r#"{"ok":false,"error_code":429,"parameters":{"retry_after":99999999999}}"#,
                wait(u32::MAX),
            ),
            ("code before status", 502, r#"{"ok":false,"error_code":403}"#, Unreachable),
            ("no code", 403, r#"{"ok":false}"#, Unreachable),
            (
                "server",
                500,
                r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#,
                Transient,
            ),
            ("unknown code", 400, r#"{"ok":false,"error_code":477}"#, Refused),
            ("proxy", 502, "<html>Bad Gateway</html>", Transient),
            ("empty", 200, "", Transient),
            ("empty and refused", 401, "", Unauthorized),
        ];
        for (name, status, body, expected) in table {
            assert_eq!(read_response(status, body.as_bytes()).expect_err(name).kind, expected, "{name}");
        }
    }

    #[test]
    fn nothing_of_a_description_gets_into_the_detail() {
        let body = br#"{"ok":false,"error_code":400,"description":"Bad Request: can't parse Frau Sommer"}"#;
        assert!(!read_response(400, body).expect_err("an error").to_string().contains("Sommer"));
    }

    #[test]
    fn a_sent_message_has_an_id_and_a_confirmation_has_none() {
        let sent = br#"{"ok":true,"result":{"message_id":77,"date":1,"chat":{"id":5,"type":"private"}}}"#;
        assert_eq!(read_response(200, sent), Ok(Sent { message_id: Some("77".to_owned()) }));
        assert_eq!(read_response(200, br#"{"ok":true,"result":true}"#), Ok(Sent { message_id: None }));
    }
}
