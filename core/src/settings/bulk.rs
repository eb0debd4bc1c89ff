//! When messages that nobody asked for may leave.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::hours::{Hours, Opening};

/// Rules for messages to many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bulk {
    /// Spans of every day in which none leaves, in the organisation's time zone, in order.
    pub quiet_hours: Vec<Opening>,
    /// Days on which none leaves.
    pub quiet_days: Vec<QuietDay>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum QuietDay {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl QuietDay {
    const fn is(self, weekday: Weekday) -> bool {
        matches!(
            (self, weekday),
            (Self::Monday, Weekday::Monday)
                | (Self::Tuesday, Weekday::Tuesday)
                | (Self::Wednesday, Weekday::Wednesday)
                | (Self::Thursday, Weekday::Thursday)
                | (Self::Friday, Weekday::Friday)
                | (Self::Saturday, Weekday::Saturday)
                | (Self::Sunday, Weekday::Sunday)
        )
    }
}

impl Bulk {
    /// The hours in which such messages may leave: what the quiet hours and days leave over. Office
    /// hours of that kind know both clock changes already.
    #[must_use]
    pub fn allowed_hours(&self) -> Hours {
        let day = |weekday| {
            let quiet = self.quiet_days.iter().any(|day| day.is(weekday));
            if quiet { Vec::new() } else { Opening::between(&self.quiet_hours) }
        };
        Hours {
            monday: day(Weekday::Monday),
            tuesday: day(Weekday::Tuesday),
            wednesday: day(Weekday::Wednesday),
            thursday: day(Weekday::Thursday),
            friday: day(Weekday::Friday),
            saturday: day(Weekday::Saturday),
            sunday: day(Weekday::Sunday),
            closed: Vec::new(),
        }
    }
}
