//! Answers as they are sent: the approved text, where it comes from and how old it is.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::bidi::isolated;
use super::fold::is_invisible;
use super::pack::{AsOf, EntryMediaKind, Localized, Location};
use crate::order::gathered;
use crate::settings::{TextLanguage, german_month};
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

/// Whether nobody would see anything of a text.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    let is_seen = |one: char| !(one.is_whitespace() || one.is_control() || is_invisible(one));
    !text.contains(is_seen)
}

/// The texts that say something, without blanks around them. A person never gets a blank one: where it stands, the
/// default language takes its place.
pub(super) fn worded(texts: &Localized<String>) -> impl Iterator<Item = (&String, &str)> {
    texts.iter().map(|(language, text)| (language, text.trim())).filter(|(_, text)| !is_blank(text))
}

/// Texts as they are sent: only those that say something, and numbers in right-to-left text kept together.
pub(super) fn spoken(texts: &Localized<String>) -> Localized<String> {
    gathered(worded(texts).map(|(language, text)| (language.clone(), isolated(text, language))))
}

/// `text` with its date and source, each where given, as the last line.
#[must_use]
pub fn compose(text: &str, as_of: Option<AsOf>, source: Option<&str>, language: &str) -> String {
    let spoken = TextLanguage::of(language).unwrap_or(TextLanguage::English);
    let parts = [as_of.map(|at| checked(at, spoken)), source.map(|source| found_at(source, spoken))];
    let between = match spoken {
        TextLanguage::English => ", ",
        TextLanguage::PlainGerman => "\n",
        _ => " · ",
    };
    let footer = parts.into_iter().flatten().collect::<Vec<_>>().join(between);
    let footer = match spoken {
        // The one part that is there begins the line.
        TextLanguage::English if as_of.is_none() => footer.replacen("source", "Source", 1),
        _ => footer,
    };
    let text = text.trim();
    let whole = if footer.is_empty() { text.to_owned() } else { format!("{text}\n\n{footer}") };
    isolated(&whole, language)
}

/// Written out here: a formatter for any pattern would be a large part of the worker.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn checked(at: AsOf, language: TextLanguage) -> String {
    let AsOf { date, time } = at;
    let time = time.map(|time| format!("{:02}:{:02}", time.hour(), time.minute()));
    let day = match language {
        TextLanguage::English => {
            let month = usize::try_from(date.month() - 1).ok().and_then(|month| MONTHS.get(month));
            format!("{} {} {:04}", date.day(), month.unwrap_or(&""), date.year())
        }
        TextLanguage::PlainGerman => {
            format!("{}. {} {}", date.day(), german_month(date.month()), date.year())
        }
        TextLanguage::Arabic => format!("{}/{}/{}", date.day(), date.month(), date.year()),
        TextLanguage::German | TextLanguage::Turkish | TextLanguage::Ukrainian => {
            format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
        }
    };
    let when = match (language, time) {
        (_, None) => day,
        (TextLanguage::German | TextLanguage::PlainGerman, Some(time)) => format!("{day}, {time} Uhr"),
        (_, Some(time)) => format!("{day}, {time}"),
    };
    match language {
        TextLanguage::German => format!("Stand: {when}"),
        TextLanguage::PlainGerman => format!("Das haben wir zuletzt geprüft: {when}"),
        TextLanguage::English => format!("As of {when}"),
        TextLanguage::Turkish => format!("Güncelleme: {when}"),
        TextLanguage::Ukrainian => format!("Станом на {when}"),
        TextLanguage::Arabic => format!("آخر تحديث: {when}"),
    }
}

fn found_at(source: &str, language: TextLanguage) -> String {
    match language {
        TextLanguage::German => format!("Quelle: {source}"),
        TextLanguage::PlainGerman => format!("Mehr lesen Sie hier: {source}"),
        TextLanguage::English => format!("source: {source}"),
        TextLanguage::Turkish => format!("Kaynak: {source}"),
        TextLanguage::Ukrainian => format!("Джерело: {source}"),
        TextLanguage::Arabic => format!("المصدر: {source}"),
    }
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
            (
                "plain german",
                day,
                Some("x.example"),
                "de-leicht",
                "Hier.\n\nDas haben wir zuletzt geprüft: 5. November 2026\nMehr lesen Sie hier: x.example",
            ),
            ("german dialect", day, None, "de-AT", "Hier.\n\nStand: 05.11.2026"),
            ("turkish", minute, None, "tr", "Hier.\n\nGüncelleme: 05.11.2026, 14:30"),
            ("ukrainian", day, Some("x.example"), "uk", "Hier.\n\nСтаном на 05.11.2026 · Джерело: x.example"),
            ("arabic", day, None, "ar", "Hier.\n\nآخر تحديث: \u{2068}5/11/2026\u{2069}"),
            ("english source alone", None, Some("x.example"), "en", "Hier.\n\nSource: x.example"),
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
