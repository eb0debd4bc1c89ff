//! Shapes that occur in the payloads of several platforms, read with tolerance.
//!
//! Strings borrow from the body where they can. Nothing here knows a platform.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde_json::value::RawValue;

use super::{SetAside, SetAsideReason, instant_from_platform};
use crate::time::UnixMillis;

/// A string of a payload. Platforms cut names and texts between the halves of an emoji, which leaves
/// a lone surrogate that strict JSON readers refuse; here it becomes U+FFFD, so that a message is
/// not lost over half a smiley.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asking for bytes is how serde_json hands out strings without refusing lone surrogates.
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Text<'de>, E> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Text(Cow::Borrowed(text))),
            Err(_) => self.visit_bytes(bytes),
        }
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Text<'de>, E> {
        let text = match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => text.to_owned(),
            // A lone surrogate is three bytes, each of which becomes a character of its own.
            Cow::Owned(text) => text.replace("\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}"),
        };
        Ok(Text(Cow::Owned(text)))
    }
}

/// An optional string; empty counts as absent.
pub(crate) fn non_empty<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// An optional string of its own; empty counts as absent.
pub(crate) fn owned(text: &Option<Text<'_>>) -> Option<String> {
    non_empty(text).map(str::to_owned)
}

/// Reads `null` as the default, as if the member were not there.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An instant given as number or string, in seconds or by mistake in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub UnixMillis);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InstantVisitor)
    }
}

struct InstantVisitor;

impl Visitor<'_> for InstantVisitor {
    type Value = Instant;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a Unix time as number or string")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Instant, E> {
        Ok(Instant(instant_from_platform(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Instant, E> {
        let value = i64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))?;
        self.visit_i64(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Instant, E> {
        let seconds = value.parse().map_err(|_| E::invalid_value(Unexpected::Other("a string"), &self))?;
        self.visit_i64(seconds)
    }
}

/// The whole body as a dead letter.
pub(crate) fn unreadable_body(body: &[u8]) -> SetAside {
    SetAside { reason: SetAsideReason::UnreadableBody, raw: body.to_vec() }
}

/// JSON that is already text, to be put into an envelope; `null` where it is missing.
pub(crate) fn raw_or_null(raw: Option<&RawValue>) -> &RawValue {
    raw.unwrap_or(RawValue::NULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_emoji_becomes_a_replacement_character() {
        let text: Text<'_> = serde_json::from_str(r#""Mia \ud83d""#).expect("a string");
        assert_eq!(&*text, "Mia \u{fffd}");
    }

    #[test]
    fn whole_emoji_and_umlauts_survive_escaped_or_not() {
        for json in [r#""ä \ud83d\ude00""#, "\"ä 😀\"", r#""\u00e4 😀""#] {
            let text: Text<'_> = serde_json::from_str(json).expect("a string");
            assert_eq!(&*text, "ä 😀", "{json}");
        }
    }

    #[test]
    fn a_number_is_no_text() {
        assert!(serde_json::from_str::<Text<'_>>("5").is_err());
        assert!(serde_json::from_str::<Text<'_>>("[104]").is_err());
    }

    #[test]
    fn an_instant_is_read_from_number_or_string_in_seconds_or_milliseconds() {
        for json in ["1790000000", "\"1790000000\"", "1790000000000", "\"1790000000000\""] {
            let instant: Instant = serde_json::from_str(json).expect("an instant");
            assert_eq!(instant.0, UnixMillis(1_790_000_000_000), "{json}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for json in ["\"\"", "\"soon\"", "1.5", "true", "null", "18446744073709551615", "{}"] {
            assert!(serde_json::from_str::<Instant>(json).is_err(), "{json}");
        }
    }
}
