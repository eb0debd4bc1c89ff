//! Days of the calendar: how they are written in packs and settings, and steps from one to another.
//!
//! jiff does the reckoning. What it offers for spans of any unit, and its reader for every form of dates, would
//! be a large part of the worker; of all that only days, months and `2026-11-20` are needed here.

use jiff::SignedDuration;
use jiff::civil::Date;

/// `2026-11-20`, and no other form.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Numbers of so many digits each, with a mark between them.
pub(crate) fn numbers<const N: usize>(text: &str, mark: char, digits: [usize; N]) -> Option<[i16; N]> {
    let mut parts = text.split(mark);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(numbers)
}

/// The day so many days later, or earlier if negative; `None` beyond the years that the calendar knows.
#[must_use]
pub fn days_after(day: Date, days: i32) -> Option<Date> {
    day.checked_add(SignedDuration::from_secs(i64::from(days) * SECONDS_PER_DAY)).ok()
}

/// The same day so many months later, or earlier if negative: the last of a shorter month where it has no such day.
#[must_use]
pub fn months_after(day: Date, months: i32) -> Option<Date> {
    let months = i32::from(day.year()) * 12 + i32::from(day.month()) - 1 + months;
    let year = i16::try_from(months.div_euclid(12)).ok()?;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    let first = Date::new(year, month, 1).ok()?;
    Date::new(year, month, day.day().min(first.days_in_month())).ok()
}

/// How many days lie between two days, whichever is the earlier one.
#[must_use]
pub fn days_between(one: Date, other: Date) -> u64 {
    other.duration_since(one).as_secs().unsigned_abs() / SECONDS_PER_DAY.unsigned_abs()
}

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// Days as texts in what is stored.
pub(crate) mod written {
    use std::borrow::Cow;

    use jiff::civil::Date;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        super::parse_day(&text).ok_or_else(|| D::Error::custom("not a day such as 2026-11-20"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn only_one_form_is_a_day() {
        for (text, day) in [
            ("2026-11-20", Some(date(2026, 11, 20))),
            ("2028-02-29", Some(date(2028, 2, 29))),
            ("2027-02-29", None),
            ("2026-11-20T10:00", None),
            ("20261120", None),
            ("2026-W47-5", None),
            ("+2026-11-20", None),
            ("2026-11-2", None),
            ("", None),
        ] {
            assert_eq!(parse_day(text), day, "{text}");
        }
    }

    proptest! {
        #[test]
        fn steps_are_those_of_the_calendar(start in 0_i32..2_932_896, days in -800_000_i32..800_000, months in -30_000_i32..30_000) {
            let start = days_after(date(1970, 1, 1), start - 719_528).expect("within the calendar");
            let later = start.checked_add(days.days()).ok();
            prop_assert_eq!(days_after(start, days), later);
            prop_assert_eq!(months_after(start, months), start.checked_add(months.months()).ok());
            if let Some(later) = later {
                prop_assert_eq!(days_between(start, later), u64::from(days.unsigned_abs()));
                prop_assert_eq!(days_between(later, start), u64::from(days.unsigned_abs()));
            }
        }
    }
}
