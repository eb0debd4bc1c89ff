//! Office hours: when humans answer, across holidays and both DST days.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::AmbiguousOffset;
use serde::{Deserialize, Serialize};

use super::zone::ZoneRule;
use crate::calendar::parse_day;
use crate::time::UnixMillis;

/// How far ahead an opening is looked for, in days.
const HORIZON_DAYS: usize = 366;
const MINUTES_PER_DAY: u16 = 24 * 60;

/// The office hours of every week, and the days on which they don't hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hours {
    /// Spans of a Monday, in order.
    pub monday: Vec<Opening>,
    /// Spans of a Tuesday, in order.
    pub tuesday: Vec<Opening>,
    /// Spans of a Wednesday, in order.
    pub wednesday: Vec<Opening>,
    /// Spans of a Thursday, in order.
    pub thursday: Vec<Opening>,
    /// Spans of a Friday, in order.
    pub friday: Vec<Opening>,
    /// Spans of a Saturday, in order.
    pub saturday: Vec<Opening>,
    /// Spans of a Sunday, in order.
    pub sunday: Vec<Opening>,
    /// Holidays and other days without office hours.
    pub closed: Vec<ClosedDay>,
}

impl Hours {
    /// The days of the week from Monday on, with their names in `lotse.toml`.
    #[must_use]
    pub fn week(&self) -> [(&'static str, &[Opening]); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }

    /// Whether this instant lies inside the office hours.
    #[must_use]
    pub fn is_open(&self, zone: &ZoneRule, at: UnixMillis) -> bool {
        local(zone, at).is_some_and(|local| self.covers(local))
    }

    /// The earliest instant from `at` on inside the office hours; `None` when the next year has none.
    #[must_use]
    pub fn next_opening(&self, zone: &ZoneRule, at: UnixMillis) -> Option<UnixMillis> {
        if self.is_open(zone, at) {
            return Some(at);
        }
        let today = local(zone, at)?.date();
        std::iter::successors(Some(today), |day| day.tomorrow().ok()).take(HORIZON_DAYS).find_map(|date| {
            self.starts(zone, date).filter(|start| *start >= at && self.is_open(zone, *start)).min()
        })
    }

    fn covers(&self, local: DateTime) -> bool {
        let minute = minute_of_day(local);
        self.spans(local.date()).iter().any(|span| span.from <= minute && minute < span.until)
    }

    fn spans(&self, date: Date) -> &[Opening] {
        if self.closed.iter().any(|day| day.date == date) {
            return &[];
        }
        let day = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.week()[day].1
    }

    /// Every instant at which the office may open on a date. Beside the starts of the spans that is
    /// a clock change: it may jump over a start, and it may jump back into a span.
    fn starts(&self, zone: &ZoneRule, date: Date) -> impl Iterator<Item = UnixMillis> {
        let starts = self.spans(date).iter().filter_map(move |span| span.start(date));
        let instants = starts.flat_map(|start| instants(zone, start));
        instants.chain(clock_change(zone, date))
    }
}

/// A span of office hours within one day: `08:00-16:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Opening {
    /// Minutes since midnight; inside.
    from: u16,
    /// Minutes since midnight, later than `from` and up to 24:00; outside.
    until: u16,
}

impl Opening {
    /// Whether a moment lies in both spans.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// What spans in order leave over of a day, in order.
    pub(super) fn between(spans: &[Self]) -> Vec<Self> {
        let starts = [0].into_iter().chain(spans.iter().map(|span| span.until));
        let ends = spans.iter().map(|span| span.from).chain([MINUTES_PER_DAY]);
        let gaps = starts.zip(ends).map(|(from, until)| Self { from, until });
        gaps.filter(|gap| gap.from < gap.until).collect()
    }

    fn start(self, date: Date) -> Option<DateTime> {
        let (hour, minute) = (i8::try_from(self.from / 60).ok()?, i8::try_from(self.from % 60).ok()?);
        Some(date.at(hour, minute, 0, 0))
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(formatter, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

impl From<Opening> for String {
    fn from(opening: Opening) -> Self {
        opening.to_string()
    }
}

/// A span or a closed day that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedHours {
    /// Not two times of day.
    #[error("{0:?} is no span of time; write it like \"08:00-16:00\"")]
    NoSpan(String),
    /// The end is not after the start.
    #[error(
        "{0:?} ends before it starts; write a span over midnight as two, up to \"24:00\" and from \"00:00\""
    )]
    Backwards(String),
    /// Not a date.
    #[error("{0:?} is no date; write it like \"2026-12-24\", with a name after a space if you like")]
    NoDate(String),
}

impl TryFrom<String> for Opening {
    type Error = MalformedHours;

    fn try_from(text: String) -> Result<Self, MalformedHours> {
        let times = text.split_once('-').and_then(|(from, until)| Some((minutes(from)?, minutes(until)?)));
        match times {
            None => Err(MalformedHours::NoSpan(text)),
            Some((from, until)) if until <= from => Err(MalformedHours::Backwards(text)),
            Some((from, until)) => Ok(Self { from, until }),
        }
    }
}

/// A day without office hours: `2026-12-25 Erster Weihnachtstag`; the name is for people who read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClosedDay {
    /// The day, in the organisation's time zone.
    pub date: Date,
    /// What day it is; may be empty.
    pub name: String,
}

impl TryFrom<String> for ClosedDay {
    type Error = MalformedHours;

    fn try_from(text: String) -> Result<Self, MalformedHours> {
        let (date, name) = text.split_once(' ').unwrap_or((&text, ""));
        match parse_day(date) {
            Some(date) => Ok(Self { date, name: name.trim().to_owned() }),
            None => Err(MalformedHours::NoDate(text)),
        }
    }
}

impl From<ClosedDay> for String {
    fn from(day: ClosedDay) -> Self {
        format!("{} {}", day.date, day.name).trim_end().to_owned()
    }
}

/// The time on the wall; `None` beyond the years that the calendar knows.
pub(super) fn local(zone: &ZoneRule, at: UnixMillis) -> Option<DateTime> {
    Some(zone.time_zone().to_datetime(Timestamp::from_millisecond(at.0).ok()?))
}

fn minute_of_day(local: DateTime) -> u16 {
    u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs())
}

/// `08:00` as minutes since midnight, up to `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= MINUTES_PER_DAY).then_some(total)
}

/// When the wall shows this time: once, twice when clocks go back, never when they jump over it.
fn instants(zone: &ZoneRule, local: DateTime) -> Vec<UnixMillis> {
    let offsets = match zone.time_zone().to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![offset],
        AmbiguousOffset::Fold { before, after } => vec![before, after],
        AmbiguousOffset::Gap { .. } => vec![],
    };
    let instants = offsets.into_iter().filter_map(|offset| offset.to_timestamp(local).ok());
    instants.map(|instant| UnixMillis(instant.as_millisecond())).collect()
}

/// The change of the clock on a date, if there is one.
fn clock_change(zone: &ZoneRule, date: Date) -> Option<UnixMillis> {
    let midnight = instants(zone, date.at(0, 0, 0, 0)).into_iter().next()?;
    let change = zone.time_zone().following(Timestamp::from_millisecond(midnight.0).ok()?).next()?;
    let instant = UnixMillis(change.timestamp().as_millisecond());
    (local(zone, instant)?.date() == date).then_some(instant)
}
