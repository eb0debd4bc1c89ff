//! Log lines: one event a line, `event=webhook_refused channel=whatsapp account=main reason=wrong_signature`.
//!
//! A value can only be a word of the code, a number, a place in the code, a channel, the name of an account in
//! `lotse.toml`, or the cause of a failure without what it quotes: nothing that came with a message fits in.

use std::fmt::Write as _;
use std::panic::Location;

use crate::channel::{ChannelName, without_personal_data};

/// What may stand in a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A word of the code.
    Word(&'static str),
    /// A number that counts or codes something; never one of a person.
    Number(i64),
    /// A place in the code: file and line.
    Place(&'a Location<'a>),
    /// A channel.
    Channel(ChannelName),
    /// The name of an account in the settings.
    Account(&'a str),
    /// Why something failed, in the words of a library or the runtime; shown without numbers, addresses and
    /// everything in quotation marks, since some quote what they could not read.
    Cause(String),
}

/// A log line.
#[must_use]
pub fn line(event: &'static str, fields: &[(&'static str, Value<'_>)]) -> String {
    let mut line = format!("event={event}");
    for (name, value) in fields {
        // Writing to a text cannot fail.
        let _ = match value {
            Value::Word(word) => write!(line, " {name}={word}"),
            Value::Number(number) => write!(line, " {name}={number}"),
            Value::Place(place) => write!(line, " {name}={}:{}", place.file(), place.line()),
            Value::Channel(channel) => write!(line, " {name}={channel}"),
            Value::Account(account) => write!(line, " {name}={account}"),
            Value::Cause(words) => write!(line, " {name}=\"{}\"", cause(words)),
        };
    }
    line
}

/// The words of a failure without anything that they may quote.
fn cause(words: &str) -> String {
    let mut kept = String::with_capacity(words.len());
    let mut closing = None;
    for character in words.chars() {
        match (closing, character) {
            (Some(mark), _) if character == mark => closing = None,
            (Some(_), _) => {}
            (None, '"' | '`') => {
                closing = Some(character);
                kept.push('…');
            }
            (None, '\n' | '\r') => kept.push(' '),
            (None, _) => kept.push(character),
        }
    }
    without_personal_data(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_event_and_fields() {
        let fields = [
            ("channel", Value::Channel(ChannelName::Whatsapp)),
            ("account", Value::Account("main")),
            ("reason", Value::Word("wrong_signature")),
            ("count", Value::Number(3)),
        ];
        let expected = "event=webhook_refused channel=whatsapp account=main reason=wrong_signature count=3";
        assert_eq!(line("webhook_refused", &fields), expected);
    }

    #[test]
    fn a_place_is_file_and_line() {
        let here = Location::caller();
        let expected = format!("event=panic place={}:{}", file!(), here.line());
        assert_eq!(line("panic", &[("place", Value::Place(here))]), expected);
    }

    #[test]
    fn a_cause_quotes_nothing() {
        let table = [
            ("plain", "the object answered 500", "the object answered 500"),
            (
                "JSON quoted",
                r#"invalid type: string "Mia Sommer", expected u64"#,
                "invalid type: string …, expected u64",
            ),
            ("in backticks", "unknown variant `Mia`, expected a or b", "unknown variant …, expected a or b"),
            ("a number", "no contact 491701234567", "no contact #"),
            ("never closed", "starts with \"Mia Sommer", "starts with …"),
            ("two lines", "one\ntwo", "one two"),
        ];
        for (name, words, expected) in table {
            assert_eq!(cause(words), expected, "{name}");
        }
    }
}
