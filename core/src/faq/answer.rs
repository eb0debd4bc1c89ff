//! Answers as they are sent: the approved text, where it comes from and how old it is.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::pack::{AsOf, EntryMediaKind, Location};
use crate::time::UnixMillis;

/// Central European time, in which packs give their dates: summer time from the last Sunday of March
/// to the last of October.
const CENTRAL_EUROPEAN_TIME: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// What is sent for an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The entry.
    pub entry: String,
    /// The language of the text; the pack's default where the entry lacks the one asked for.
    pub language: String,
    /// What stands on the entry's button.
    pub title: String,
    /// The approved text, with date and source below.
    pub text: String,
    /// A place to send along.
    pub location: Option<Location>,
    /// Media to send along.
    pub media: Option<AnswerMedia>,
    /// What can be asked next: at most three.
    pub buttons: Vec<AnswerButton>,
}

/// Media to send along, in the answer's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerMedia {
    /// What it is.
    pub kind: EntryMediaKind,
    /// `https` link.
    pub link: String,
    /// The words under it.
    pub caption: Option<String>,
}

/// An entry on a button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerButton {
    /// The entry.
    pub entry: String,
    /// What stands on the button.
    pub title: String,
}

/// `text` with its date and source, each where given, as the last line.
#[must_use]
pub fn compose(text: &str, as_of: Option<AsOf>, source: Option<&str>, language: &str) -> String {
    let text = text.trim();
    let german = language == "de" || language.starts_with("de-");
    let date = as_of.map(|at| if german { german_date(at) } else { english_date(at) });
    let footer = match (date, source) {
        (None, None) => return text.to_owned(),
        (Some(date), None) if german => format!("Stand: {date}"),
        (Some(date), None) => format!("As of {date}"),
        (None, Some(source)) if german => format!("Quelle: {source}"),
        (None, Some(source)) => format!("Source: {source}"),
        (Some(date), Some(source)) if german => format!("Stand: {date} · Quelle: {source}"),
        (Some(date), Some(source)) => format!("As of {date}, source: {source}"),
    };
    format!("{text}\n\n{footer}")
}

fn german_date(at: AsOf) -> String {
    let day = at.date.strftime("%d.%m.%Y");
    at.time.map_or_else(|| day.to_string(), |time| format!("{day}, {} Uhr", time.strftime("%H:%M")))
}

fn english_date(at: AsOf) -> String {
    let day = at.date.strftime("%-d %B %Y");
    at.time.map_or_else(|| day.to_string(), |time| format!("{day}, {}", time.strftime("%H:%M")))
}

/// The first instant after `date` in Central European time: from then on, an entry that expires on that
/// date is not served.
#[must_use]
pub fn end_of_day(date: jiff::civil::Date) -> UnixMillis {
    let zone = TimeZone::posix(CENTRAL_EUROPEAN_TIME).unwrap_or(TimeZone::UTC);
    let end = date.tomorrow().and_then(|day| day.to_zoned(zone));
    end.map_or(UnixMillis(i64::MAX), |at| UnixMillis(at.timestamp().as_millisecond()))
}

/// The day in Central European time.
#[must_use]
pub fn day_of(now: UnixMillis) -> jiff::civil::Date {
    let zone = TimeZone::posix(CENTRAL_EUROPEAN_TIME).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    at.to_zoned(zone).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn a_day_lasts_until_its_end() {
        let day = date(2026, 3, 29);
        let end = end_of_day(day);
        assert_eq!(day_of(end.plus_millis(-1)), day);
        assert_eq!(day_of(end), date(2026, 3, 30));
    }

    #[test]
    fn date_and_source_follow_the_text_in_its_language() {
        let day = Some(AsOf { date: date(2026, 11, 5), time: None });
        let minute = Some(AsOf { date: date(2026, 11, 5), time: Some(time(14, 30, 0, 0)) });
        let rows = [
            ("german day", day, Some("x.example"), "de", "Hier.\n\nStand: 05.11.2026 · Quelle: x.example"),
            ("german minute", minute, None, "de", "Hier.\n\nStand: 05.11.2026, 14:30 Uhr"),
            ("plain german", day, None, "de-leicht", "Hier.\n\nStand: 05.11.2026"),
            (
                "english day",
                day,
                Some("x.example"),
                "en",
                "Hier.\n\nAs of 5 November 2026, source: x.example",
            ),
            ("english minute", minute, None, "en", "Hier.\n\nAs of 5 November 2026, 14:30"),
            ("source alone", None, Some("x.example"), "de", "Hier.\n\nQuelle: x.example"),
            ("neither", None, None, "de", "Hier."),
        ];
        for (name, as_of, source, language, expected) in rows {
            assert_eq!(compose(" Hier.\n", as_of, source, language), expected, "{name}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight_in_germany_in_winter_and_summer() {
        // 2027-01-31T23:00:00Z and 2026-07-01T22:00:00Z.
        assert_eq!(end_of_day(date(2027, 1, 31)), UnixMillis(1_801_436_400_000));
        assert_eq!(end_of_day(date(2026, 7, 1)), UnixMillis(1_782_943_200_000));
    }
}
