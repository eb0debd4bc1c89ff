//! What an error code of the Cloud API asks for.
//!
//! A code decides, not the HTTP status or the title: the same code arrives in the answer to a send
//! and, later, in a status. Sources:
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>,
//! <https://developers.facebook.com/docs/graph-api/guides/error-handling>; 131062 from
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>.

use super::wire::{ErrorBody, Response};
use crate::channel::error_table::{ErrorRow, code, codes, find, from_http_status, without_personal_data};
use crate::channel::wire::non_empty;
use crate::channel::{SendError, SendErrorKind, Sent};
use crate::message::PlatformError;

use SendErrorKind::{
    MediaTrouble, PauseAccount, RecipientThrottled, Refused, Transient, Unauthorized, Unreachable, WaitADay,
    WindowClosed,
};

const THROTTLED: SendErrorKind = SendErrorKind::Throttled { wait_secs: None };

/// Every code lotse knows. Codes that are not here are read by their HTTP status.
const TABLE: &[ErrorRow] = &[
    // The account sends too fast.
    code(4, THROTTLED, "the app reached its call rate limit"),
    code(80007, THROTTLED, "the business account reached its rate limit"),
    code(130429, THROTTLED, "the number reached its throughput"),
    // One person was written to too fast.
    code(131056, RecipientThrottled, "too many messages to this person in a short time"),
    // Trouble that passes.
    code(1, Transient, "unknown error of the API"),
    code(2, Transient, "the API is down for a moment"),
    code(131000, Transient, "something went wrong at the platform"),
    code(131016, Transient, "the service is overloaded"),
    code(131057, Transient, "the account is in maintenance"),
    code(133004, Transient, "the server is temporarily unavailable"),
    // The media may be fetched at a second try.
    code(131053, MediaTrouble, "the platform could not fetch the media"),
    // The account must not send for now.
    code(368, PauseAccount, "the account is blocked for a policy violation"),
    code(130497, PauseAccount, "the account may not write to this country"),
    code(131031, PauseAccount, "the account is locked"),
    code(131042, PauseAccount, "there is a problem with the payment method"),
    code(131048, PauseAccount, "the number is limited for spam"),
    code(131064, PauseAccount, "the account is limited"),
    code(133016, PauseAccount, "too many registration attempts"),
    // The credentials are refused.
    code(0, Unauthorized, "the access token does not authenticate"),
    code(3, Unauthorized, "the app lacks the capability"),
    code(10, Unauthorized, "the permission is missing or was removed"),
    code(190, Unauthorized, "the access token has expired"),
    codes(200, 299, Unauthorized, "the permission is missing or was removed"),
    code(131005, Unauthorized, "access is denied"),
    // Free text is not allowed any more.
    code(131047, WindowClosed, "more than 24 hours have passed since the person last wrote"),
    // A day's rest for this person.
    code(131049, WaitADay, "not delivered, to keep engagement healthy"),
    // This person cannot be reached.
    code(131026, Unreachable, "the message is undeliverable to this person"),
    code(131030, Unreachable, "the recipient is not in the list of allowed numbers"),
    // No retry can help.
    code(33, Refused, "the number or object does not exist"),
    code(100, Refused, "a parameter is not valid"),
    code(130403, Refused, "the request is not allowed"),
    code(130472, Refused, "the person is part of an experiment of the platform"),
    code(131008, Refused, "a required parameter is missing"),
    code(131009, Refused, "the value of a parameter is not valid"),
    code(131021, Refused, "sender and recipient are the same"),
    code(131050, Refused, "the person does not want such messages"),
    code(131051, Refused, "the type of message is not supported"),
    code(131052, Refused, "the media of the person could not be downloaded"),
    code(131062, Refused, "this kind of message cannot go to a business-scoped user id"),
    code(131063, Refused, "this kind of message is not allowed"),
    codes(132000, 132999, Refused, "the template is not valid"),
    code(135000, Refused, "the parameters cannot be read"),
    code(137000, Refused, "this kind of message is not allowed"),
];

/// What a code asks for, wherever it arrived.
pub(super) fn kind(code: i64) -> SendErrorKind {
    find(TABLE, code).map_or(Refused, |row| row.kind.clone())
}

/// An error as a status carries it.
pub(super) fn platform_error(error: &ErrorBody<'_>) -> PlatformError {
    PlatformError { code: error.code, detail: detail(error) }
}

fn detail(error: &ErrorBody<'_>) -> String {
    match find(TABLE, error.code) {
        Some(row) => row.detail.to_owned(),
        None => {
            without_personal_data(non_empty(&error.title).or(non_empty(&error.message)).unwrap_or_default())
        }
    }
}

/// Reads the answer to a send.
pub(super) fn read_response(status: u16, body: &[u8]) -> Result<Sent, SendError> {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Response<'_>>(&text) {
        Ok(Response { error: Some(error), .. }) => Err(send_error(status, &error)),
        Ok(response) if (200..300).contains(&status) => {
            let message_id = response.messages.into_iter().next().map(|message| message.id.to_string());
            Ok(Sent { message_id })
        }
        _ => Err(from_http_status(status)),
    }
}

fn send_error(status: u16, error: &ErrorBody<'_>) -> SendError {
    let kind = match find(TABLE, error.code) {
        Some(row) => row.kind.clone(),
        // An error that came with 200 is an error all the same.
        None if (200..300).contains(&status) => Refused,
        None => from_http_status(status).kind,
    };
    SendError { kind, code: Some(error.code), detail: detail(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The classes of the documentation, written down once more and independently of the table.
    const DOCUMENTED: &[(SendErrorKind, &[i64])] = &[
        (THROTTLED, &[4, 80007, 130429]),
        (RecipientThrottled, &[131056]),
        (Transient, &[1, 2, 131000, 131016, 131057, 133004]),
        (MediaTrouble, &[131053]),
        (PauseAccount, &[131048, 131064, 368, 131031, 130497, 131042, 133016]),
        (Unauthorized, &[0, 3, 10, 190, 200, 201, 250, 299, 131005]),
        (WindowClosed, &[131047]),
        (WaitADay, &[131049]),
        (Unreachable, &[131026, 131030]),
        (
            Refused,
            &[
                131021, 131050, 130403, 130472, 131051, 131008, 131009, 100, 132000, 132001, 132015, 132999,
                131062, 131063, 137000, 33, 135000, 131052,
            ],
        ),
    ];

    fn error_body(code: i64) -> Vec<u8> {
        serde_json::to_vec(
            &serde_json::json!({"error": {"message": "(#1) of +49 170 1234567", "code": code}}),
        )
        .expect("plain JSON")
    }

    #[test]
    fn every_documented_code_asks_for_what_is_documented() {
        for (expected, codes) in DOCUMENTED {
            for code in *codes {
                assert_eq!(&kind(*code), expected, "{code}");
                // Whatever the HTTP status is.
                for status in [200, 400, 401, 403, 429, 500] {
                    let error = read_response(status, &error_body(*code)).expect_err("an error");
                    assert_eq!((&error.kind, error.code), (expected, Some(*code)), "{code} with {status}");
                }
            }
        }
    }

    #[test]
    fn no_row_hides_another() {
        for (index, row) in TABLE.iter().enumerate() {
            assert!(row.first <= row.last, "{}", row.first);
            for other in &TABLE[index + 1..] {
                assert!(
                    other.first > row.last || other.last < row.first,
                    "{} and {}",
                    row.first,
                    other.first
                );
            }
        }
    }

    #[test]
    fn an_unknown_code_is_read_by_its_status_and_its_words_are_masked() {
        let table =
            [(500, Transient), (503, Transient), (429, THROTTLED), (401, Unauthorized), (400, Refused)];
        for (status, expected) in table {
            let error = read_response(status, &error_body(987_654)).expect_err("an error");
            assert_eq!(error.kind, expected, "{status}");
            assert_eq!(error.detail, "(#1) of +#", "{status}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_read_is_read_by_its_status() {
        for body in [&b""[..], b"<html>", b"[]", b"null", b"{\"error\":5}", b"\xff"] {
            assert_eq!(read_response(502, body).expect_err("an error").kind, Transient);
            assert_eq!(read_response(200, body).expect_err("an error").kind, Transient);
            assert_eq!(read_response(404, body).expect_err("an error").kind, Refused);
        }
    }

    #[test]
    fn an_accepted_message_has_an_id_and_a_read_tick_has_none() {
        let accepted = br#"{"messaging_product":"whatsapp","contacts":[{"input":"49170"}],"messages":[{"id":"wamid.A"}]}"#;
        assert_eq!(read_response(200, accepted), Ok(Sent { message_id: Some("wamid.A".to_owned()) }));
        assert_eq!(read_response(200, br#"{"success":true}"#), Ok(Sent { message_id: None }));
    }
}
