//! Local time in the words of the people who read it.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

use super::hours::local;
use super::{Settings, TextLanguage};
use crate::time::UnixMillis;

impl Settings {
    /// The day on the wall; `None` beyond the calendar.
    #[must_use]
    pub fn day(&self, at: UnixMillis) -> Option<Date> {
        local(&self.zone_rule, at).map(DateTime::date)
    }

    /// The time of day on the wall: `14:30 Uhr`, `2:30 pm`.
    #[must_use]
    pub fn time_of_day(&self, at: UnixMillis, language: TextLanguage) -> String {
        local(&self.zone_rule, at).map_or_else(String::new, |local| clock(local, language))
    }

    /// A moment as seen from `now`: `heute um 14:30 Uhr`, `morgen um 8:00 Uhr`,
    /// `Montag, 23.11., um 8:00 Uhr`.
    #[must_use]
    pub fn moment(&self, at: UnixMillis, now: UnixMillis, language: TextLanguage) -> String {
        self.day_and_clock(at, now, language, ["um", "at"])
    }

    /// The start of a stretch of time as seen from `now`: `heute ab 14:30 Uhr`, `morgen ab 8:00 Uhr`,
    /// `Montag, 23.11., ab 8:00 Uhr`.
    #[must_use]
    pub fn moment_onwards(&self, at: UnixMillis, now: UnixMillis, language: TextLanguage) -> String {
        self.day_and_clock(at, now, language, ["ab", "from"])
    }

    fn day_and_clock(
        &self,
        at: UnixMillis,
        now: UnixMillis,
        language: TextLanguage,
        [german, english]: [&str; 2],
    ) -> String {
        let (Some(at), Some(now)) = (local(&self.zone_rule, at), local(&self.zone_rule, now)) else {
            return String::new();
        };
        let preposition = match language {
            TextLanguage::German => german,
            TextLanguage::English => english,
        };
        format!("{} {preposition} {}", day(at, now, language), clock(at, language))
    }
}

fn clock(local: DateTime, language: TextLanguage) -> String {
    let (hour, minute) = (local.hour(), local.minute());
    match language {
        TextLanguage::German => format!("{hour}:{minute:02} Uhr"),
        TextLanguage::English => {
            let half = if hour < 12 { "am" } else { "pm" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            format!("{hour}:{minute:02} {half}")
        }
    }
}

/// The day as seen from `now`, with the year only where it is another one.
fn day(at: DateTime, now: DateTime, language: TextLanguage) -> String {
    let german = language == TextLanguage::German;
    if at.date() == now.date() {
        return if german { "heute" } else { "today" }.to_owned();
    }
    if now.date().checked_add(1.day()).is_ok_and(|tomorrow| tomorrow == at.date()) {
        return if german { "morgen" } else { "tomorrow" }.to_owned();
    }
    let year = if at.year() == now.year() { String::new() } else { at.year().to_string() };
    let weekday = weekday(at.weekday(), language);
    if german {
        format!("{weekday}, {}.{}.{year},", at.day(), at.month())
    } else {
        let year = if year.is_empty() { year } else { format!(" {year}") };
        format!("{weekday}, {} {}{year},", at.day(), month(at.month()))
    }
}

const fn weekday(weekday: Weekday, language: TextLanguage) -> &'static str {
    let (german, english) = match weekday {
        Weekday::Monday => ("Montag", "Monday"),
        Weekday::Tuesday => ("Dienstag", "Tuesday"),
        Weekday::Wednesday => ("Mittwoch", "Wednesday"),
        Weekday::Thursday => ("Donnerstag", "Thursday"),
        Weekday::Friday => ("Freitag", "Friday"),
        Weekday::Saturday => ("Samstag", "Saturday"),
        Weekday::Sunday => ("Sonntag", "Sunday"),
    };
    match language {
        TextLanguage::German => german,
        TextLanguage::English => english,
    }
}

const fn month(month: i8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}
