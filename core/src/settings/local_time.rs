//! Local time in the words of the people who read it.

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
        self.day_and_clock(at, now, language, |clock| match language {
            TextLanguage::German | TextLanguage::PlainGerman => format!("um {clock}"),
            TextLanguage::English => format!("at {clock}"),
            TextLanguage::Turkish => format!("saat {clock}"),
            TextLanguage::Ukrainian => format!("о {clock}"),
            TextLanguage::Arabic => format!("الساعة {clock}"),
        })
    }

    /// The start of a stretch of time as seen from `now`: `heute ab 14:30 Uhr`, `morgen ab 8:00 Uhr`,
    /// `Montag, 23.11., ab 8:00 Uhr`.
    #[must_use]
    pub fn moment_onwards(&self, at: UnixMillis, now: UnixMillis, language: TextLanguage) -> String {
        self.day_and_clock(at, now, language, |clock| match language {
            TextLanguage::German | TextLanguage::PlainGerman => format!("ab {clock}"),
            TextLanguage::English => format!("from {clock}"),
            TextLanguage::Turkish => format!("saat {clock} itibarıyla"),
            TextLanguage::Ukrainian => format!("з {clock}"),
            TextLanguage::Arabic => format!("ابتداءً من الساعة {clock}"),
        })
    }

    fn day_and_clock(
        &self,
        at: UnixMillis,
        now: UnixMillis,
        language: TextLanguage,
        with_preposition: impl Fn(&str) -> String,
    ) -> String {
        let (Some(at), Some(now)) = (local(&self.zone_rule, at), local(&self.zone_rule, now)) else {
            return String::new();
        };
        format!("{} {}", day(at, now, language), with_preposition(&clock(at, language)))
    }
}

fn clock(local: DateTime, language: TextLanguage) -> String {
    let (hour, minute) = (local.hour(), local.minute());
    match language {
        TextLanguage::German => format!("{hour}:{minute:02} Uhr"),
        TextLanguage::PlainGerman if minute == 0 => format!("{hour} Uhr"),
        TextLanguage::PlainGerman => format!("{hour} Uhr {minute}"),
        TextLanguage::English => {
            let half = if hour < 12 { "am" } else { "pm" };
            let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
            format!("{hour}:{minute:02} {half}")
        }
        TextLanguage::Turkish => format!("{hour}.{minute:02}"),
        TextLanguage::Ukrainian | TextLanguage::Arabic => format!("{hour}:{minute:02}"),
    }
}

/// The day as seen from `now`, with the year only where it is another one.
fn day(at: DateTime, now: DateTime, language: TextLanguage) -> String {
    let [today, tomorrow] = match language {
        TextLanguage::German | TextLanguage::PlainGerman => ["heute", "morgen"],
        TextLanguage::English => ["today", "tomorrow"],
        TextLanguage::Turkish => ["bugün", "yarın"],
        TextLanguage::Ukrainian => ["сьогодні", "завтра"],
        TextLanguage::Arabic => ["اليوم", "غدًا"],
    };
    if at.date() == now.date() {
        return today.to_owned();
    }
    if now.date().tomorrow().is_ok_and(|day| day == at.date()) {
        return tomorrow.to_owned();
    }
    let weekday = weekday(at.weekday(), language);
    let is_this_year = at.year() == now.year();
    let date = match language {
        // Without the year, German ends in the dot of the month.
        TextLanguage::German if is_this_year => format!("{}.{}.", at.day(), at.month()),
        TextLanguage::Ukrainian | TextLanguage::Turkish if is_this_year => {
            format!("{}.{:02}", at.day(), at.month())
        }
        TextLanguage::Arabic if is_this_year => format!("{}/{}", at.day(), at.month()),
        TextLanguage::PlainGerman => format!("{}. {}", at.day(), german_month(at.month())),
        TextLanguage::English => format!("{} {}", at.day(), english_month(at.month())),
        _ => short_date(at.date(), language),
    };
    let date = match language {
        TextLanguage::PlainGerman | TextLanguage::English if !is_this_year => {
            format!("{date} {}", at.year())
        }
        _ => date,
    };
    match language {
        TextLanguage::German | TextLanguage::English => format!("{weekday}, {date},"),
        TextLanguage::PlainGerman => format!("am {weekday}, den {date},"),
        TextLanguage::Turkish => format!("{date} {weekday}"),
        TextLanguage::Ukrainian => format!("у {weekday}, {date},"),
        TextLanguage::Arabic => format!("يوم {weekday} {date}"),
    }
}

/// A day in figures and with its year.
fn short_date(date: Date, language: TextLanguage) -> String {
    let (day, month, year) = (date.day(), date.month(), date.year());
    match language {
        TextLanguage::Arabic => format!("{day}/{month}/{year}"),
        TextLanguage::Turkish | TextLanguage::Ukrainian => format!("{day}.{month:02}.{year}"),
        _ => format!("{day}.{month}.{year}"),
    }
}

fn weekday(weekday: Weekday, language: TextLanguage) -> &'static str {
    let names = match language {
        TextLanguage::German | TextLanguage::PlainGerman => {
            ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
        }
        TextLanguage::English => {
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        }
        TextLanguage::Turkish => ["pazartesi", "salı", "çarşamba", "perşembe", "cuma", "cumartesi", "pazar"],
        // In the case that follows "on".
        TextLanguage::Ukrainian => {
            ["понеділок", "вівторок", "середу", "четвер", "п’ятницю", "суботу", "неділю"]
        }
        TextLanguage::Arabic => ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
    };
    names[weekday.to_monday_zero_offset() as usize]
}

pub(crate) const fn english_month(month: i8) -> &'static str {
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

/// The name of a month in German, by its number.
pub(crate) const fn german_month(month: i8) -> &'static str {
    match month {
        1 => "Januar",
        2 => "Februar",
        3 => "März",
        4 => "April",
        5 => "Mai",
        6 => "Juni",
        7 => "Juli",
        8 => "August",
        9 => "September",
        10 => "Oktober",
        11 => "November",
        _ => "Dezember",
    }
}
