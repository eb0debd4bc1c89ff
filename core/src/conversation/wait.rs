//! How long it may take until a human answers, told only as far as it is known.

use super::Backlog;
use super::texts::Wait;
use crate::settings::{Settings, TextLanguage};
use crate::time::UnixMillis;

const MINUTE_MILLIS: i64 = 60_000;
/// An older count says nothing about now.
const BACKLOG_MAX_AGE_MILLIS: i64 = 10 * MINUTE_MILLIS;
/// A longer wait is not worth a figure.
const MAX_FIGURE_MINUTES: u32 = 48 * 60;

/// The wait that starts now. Outside the office hours it ends at the next opening at the earliest,
/// and so does one that the backlog carries past closing time.
pub(super) fn wait(
    settings: &Settings,
    backlog: Option<Backlog>,
    now: UnixMillis,
    language: TextLanguage,
) -> Wait {
    let minutes = backlog.and_then(|backlog| backlog_minutes(backlog, now));
    let answer_at = now.plus_millis(i64::from(minutes.unwrap_or(0)) * MINUTE_MILLIS);
    let from = if settings.is_open(now) { answer_at } else { now };
    match (settings.next_opening(from), minutes) {
        (Some(opening), _) if opening > from => Wait::From(settings.moment_onwards(opening, now, language)),
        (None, _) | (_, None) => Wait::Unknown,
        (_, Some(minutes)) => rounded(minutes),
    }
}

fn backlog_minutes(backlog: Backlog, now: UnixMillis) -> Option<u32> {
    let fresh = now.millis_since(backlog.at) <= BACKLOG_MAX_AGE_MILLIS;
    let waiting = u64::from(backlog.waiting.max(1));
    let minutes = (waiting * 60).checked_div(backlog.resolved_last_hour.into())?;
    u32::try_from(minutes).ok().filter(|minutes| fresh && *minutes <= MAX_FIGURE_MINUTES)
}

/// To five minutes below an hour, to hours above.
const fn rounded(minutes: u32) -> Wait {
    match (minutes + 2) / 5 * 5 {
        0 => Wait::Minutes(5),
        fives if fives < 60 => Wait::Minutes(fives),
        _ => Wait::Hours((minutes + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::{berlin, development};

    #[test]
    fn the_wait_follows_backlog_and_office_hours() {
        let moment = |text: &str| Wait::From(text.to_owned());
        for (name, now, backlog, expected) in [
            ("no backlog known", "2026-11-23 12:00", None, Wait::Unknown),
            ("nobody resolves anything", "2026-11-23 12:00", Some((20, 0)), Wait::Unknown),
            ("nobody waits", "2026-11-23 12:00", Some((0, 60)), Wait::Minutes(5)),
            ("twenty minutes", "2026-11-23 12:00", Some((21, 60)), Wait::Minutes(20)),
            ("fifty-nine minutes", "2026-11-23 12:00", Some((59, 60)), Wait::Hours(1)),
            ("two hours", "2026-11-23 12:00", Some((40, 20)), Wait::Hours(2)),
            ("days", "2026-11-23 12:00", Some((5000, 1)), Wait::Unknown),
            ("past closing time", "2026-11-23 17:30", Some((40, 20)), moment("morgen ab 8:00 Uhr")),
            ("closed", "2026-11-20 17:00", Some((1, 60)), moment("Montag, 23.11., ab 8:00 Uhr")),
            ("closed, nothing known", "2026-11-23 07:00", None, moment("heute ab 8:00 Uhr")),
        ] {
            let now = berlin(now);
            let backlog =
                backlog.map(|(waiting, resolved_last_hour)| Backlog { waiting, resolved_last_hour, at: now });
            assert_eq!(wait(&development(), backlog, now, TextLanguage::German), expected, "{name}");
        }
    }

    #[test]
    fn an_old_count_gives_no_figure() {
        let now = berlin("2026-11-23 12:00");
        let backlog =
            Backlog { waiting: 10, resolved_last_hour: 60, at: now.plus_millis(-11 * MINUTE_MILLIS) };
        assert_eq!(wait(&development(), Some(backlog), now, TextLanguage::German), Wait::Unknown);
    }
}
