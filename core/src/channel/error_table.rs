//! Platform errors as data: which code asks for what.
//!
//! A detail is a fixed text of ours, or, for codes that no table knows, the platform's own words
//! after [`without_personal_data`].

use super::{SendError, SendErrorKind};

/// The most characters of a platform's own words that are kept.
const MAX_DETAIL_CHARS: usize = 200;

/// Digits in a row, separators aside, that may be a phone number or an id.
const MIN_MASKED_DIGITS: usize = 5;

/// The codes `first..=last` and what they mean.
pub(crate) struct ErrorRow {
    pub first: i64,
    pub last: i64,
    pub kind: SendErrorKind,
    pub detail: &'static str,
}

/// A row for one code.
pub(crate) const fn code(code: i64, kind: SendErrorKind, detail: &'static str) -> ErrorRow {
    ErrorRow { first: code, last: code, kind, detail }
}

/// A row for the codes `first..=last`.
pub(crate) const fn codes(first: i64, last: i64, kind: SendErrorKind, detail: &'static str) -> ErrorRow {
    ErrorRow { first, last, kind, detail }
}

/// The first row that holds a code.
pub(crate) fn find(table: &'static [ErrorRow], code: i64) -> Option<&'static ErrorRow> {
    table.iter().find(|row| (row.first..=row.last).contains(&code))
}

/// What an HTTP status says where the platform gave no code of its own.
pub(crate) fn from_http_status(status: u16) -> SendError {
    let (kind, detail) = match status {
        401 => (SendErrorKind::Unauthorized, "the credentials are refused"),
        429 => (SendErrorKind::Throttled { wait_secs: None }, "too many requests"),
        408 | 425 => (SendErrorKind::Transient, "the platform did not get to the request"),
        400..=499 => (SendErrorKind::Refused, "the platform refused the request"),
        _ => (SendErrorKind::Transient, "the platform is in trouble or its answer cannot be read"),
    };
    SendError { kind, code: None, detail: detail.to_owned() }
}

/// A platform's own words, cut to 200 characters, without anything that may be a number of a person
/// (five or more digits, also with separators between them) or an e-mail address.
#[must_use]
pub fn without_personal_data(words: &str) -> String {
    let words: Vec<&str> =
        words.split_whitespace().map(|word| if word.contains('@') { "#" } else { word }).collect();
    mask_numbers(&words.join(" ")).chars().take(MAX_DETAIL_CHARS).collect()
}

fn mask_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_numeric) {
        masked.push_str(&rest[..start]);
        let number = number_at_start(&rest[start..]);
        let digits = number.chars().filter(|character| character.is_numeric()).count();
        masked.push_str(if digits < MIN_MASKED_DIGITS { number } else { "#" });
        rest = &rest[start + number.len()..];
    }
    masked.push_str(rest);
    masked
}

/// Digits, with at most two separators between any two of them.
fn number_at_start(text: &str) -> &str {
    let (mut end, mut separators) = (0, 0);
    for (index, character) in text.char_indices() {
        if character.is_numeric() {
            (end, separators) = (index + character.len_utf8(), 0);
        } else if matches!(character, ' ' | '-' | '.' | '/' | '(' | ')') && separators < 2 {
            separators += 1;
        } else {
            break;
        }
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_are_masked_and_the_rest_is_kept() {
        let table = [
            ("plain", "Recipient 491701234567 unknown", "Recipient # unknown"),
            ("separators", "call +49 (170) 123-45 67 now", "call +# now"),
            ("id", "user DE.13491208655302741918", "user DE.#"),
            ("short numbers stay", "HTTP 404 after 12 tries", "HTTP 404 after 12 tries"),
            ("e-mail", "ask mia@example.org or wait", "ask # or wait"),
            ("other digits", "رقم ٤٩١٧٠١٢٣٤", "رقم #"),
            ("empty", "", ""),
        ];
        for (name, words, expected) in table {
            assert_eq!(without_personal_data(words), expected, "{name}");
        }
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        assert_eq!(without_personal_data(&"ä".repeat(500)).chars().count(), 200);
    }

    #[test]
    fn an_http_status_without_a_code_still_says_something() {
        let table = [
            (400, SendErrorKind::Refused),
            (401, SendErrorKind::Unauthorized),
            (404, SendErrorKind::Refused),
            (408, SendErrorKind::Transient),
            (429, SendErrorKind::Throttled { wait_secs: None }),
            (500, SendErrorKind::Transient),
            (503, SendErrorKind::Transient),
            (200, SendErrorKind::Transient),
            (0, SendErrorKind::Transient),
        ];
        for (status, kind) in table {
            assert_eq!(from_http_status(status).kind, kind, "{status}");
        }
    }
}
