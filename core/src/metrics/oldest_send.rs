//! How old the oldest message is that could not leave yet, from what conversations report when a try did not bring
//! their oldest message to its platform.
//!
//! Conversations are too many to ask. Each tries again at the latest after five minutes and a quarter more, so what
//! was not reported for eight minutes has left, or was given up and stands before a human; the few that a platform
//! asked to wait a day are not seen in between.

use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

const MINUTE_MILLIS: i64 = 60_000;
/// How many minutes a report speaks for.
const MINUTES: i64 = 8;

/// The age of the oldest unsent message at its last try, for each of the last minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OldestSend {
    /// The minute of the report, and the highest age in milliseconds; the oldest minute first.
    reports: Vec<(i64, u64)>,
}

impl OldestSend {
    /// A message that waits since `since` could not leave.
    pub fn report(&mut self, since: UnixMillis, now: UnixMillis) {
        let minute = now.0.div_euclid(MINUTE_MILLIS);
        self.reports.retain(|(reported, _)| minute - reported <= MINUTES);
        let age = u64::try_from(now.millis_since(since)).unwrap_or_default();
        match self.reports.iter_mut().find(|(known, _)| *known == minute) {
            Some((_, highest)) => *highest = age.max(*highest),
            None => self.reports.push((minute, age)),
        }
    }

    /// Its age in milliseconds at its last try; `None` when every message left, as far as reported.
    #[must_use]
    pub fn age_millis(&self, now: UnixMillis) -> Option<u64> {
        let minute = now.0.div_euclid(MINUTE_MILLIS);
        let recent = self.reports.iter().filter(|(reported, _)| minute - reported <= MINUTES);
        recent.map(|(_, age)| *age).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    #[test]
    fn the_oldest_message_counts_until_nobody_reports_it_any_more() {
        let mut oldest = OldestSend::default();
        assert_eq!(oldest.age_millis(NOW), None);
        oldest.report(NOW.plus_millis(-60_000), NOW);
        oldest.report(NOW.plus_millis(-20_000), NOW);
        assert_eq!(oldest.age_millis(NOW), Some(60_000));
        let later = NOW.plus_millis(5 * MINUTE_MILLIS);
        oldest.report(NOW.plus_millis(-60_000), later);
        assert_eq!(oldest.age_millis(later), Some(6 * 60_000), "it was tried again");
        let much_later = NOW.plus_millis(13 * MINUTE_MILLIS);
        assert_eq!(oldest.age_millis(much_later), Some(6 * 60_000), "it may be tried again");
        assert_eq!(oldest.age_millis(NOW.plus_millis(14 * MINUTE_MILLIS)), None, "it has left");
    }

    #[test]
    fn however_many_report_the_memory_stays_small() {
        let mut oldest = OldestSend::default();
        for second in 0..10_000 {
            oldest.report(NOW, NOW.plus_millis(second * 1_000));
        }
        assert!(oldest.reports.len() <= 9, "{}", oldest.reports.len());
    }
}
