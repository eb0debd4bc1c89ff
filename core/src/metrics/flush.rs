//! Batches of counts on their way from many isolates to one place.
//!
//! A batch carries its isolate's random id and a number that grows. One whose outcome is unknown goes again with the
//! same content and the same number, so that it counts once whether or not it had arrived. After a few tries it is
//! dropped: counting must never pile up or hold on to anything.

use serde::{Deserialize, Serialize};

use super::{Counts, Metric, OldestSend};
use crate::time::UnixMillis;

/// How long an isolate gathers before it tells.
const EVERY_MILLIS: i64 = 5_000;
/// After this time nobody waits any more for the word that a batch has arrived: whoever brought it may be gone.
const PATIENCE_MILLIS: i64 = 15_000;
/// How often a batch is brought.
const TRIES: u32 = 3;

/// What one isolate counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flush {
    /// The random id of the isolate.
    pub isolate: String,
    /// Grows with every batch of the isolate.
    pub sequence: u64,
    /// The counts since the batch before.
    pub counts: Counts,
    /// Since when the oldest message waits that could not leave, of those that this isolate tried to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_send: Option<UnixMillis>,
}

/// The counts of an isolate that are not yet told.
#[derive(Clone, Debug)]
pub struct Accumulator {
    gathered: Flush,
    out: Option<Out>,
    next_at: UnixMillis,
}

/// A batch that was not confirmed.
#[derive(Clone, Debug)]
struct Out {
    batch: Flush,
    tries: u32,
    /// Somebody is bringing it, until this instant at most.
    until: Option<UnixMillis>,
}

impl Accumulator {
    /// Of an isolate with this random id.
    #[must_use]
    pub const fn new(isolate: String) -> Self {
        let counts = Counts::new();
        Self {
            gathered: Flush { isolate, sequence: 1, counts, oldest_send: None },
            out: None,
            next_at: UnixMillis(0),
        }
    }

    /// Where to count.
    pub const fn counts(&mut self) -> &mut Counts {
        &mut self.gathered.counts
    }

    /// A message that waits since `since` could not leave.
    pub fn report_send(&mut self, since: UnixMillis) {
        let oldest = self.gathered.oldest_send.map_or(since, |known| known.min(since));
        self.gathered.oldest_send = Some(oldest);
    }

    /// Whether there is something to tell.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.out.is_some() || !self.gathered.counts.is_empty() || self.gathered.oldest_send.is_some()
    }

    /// The batch to bring now, if it is time. Tell its outcome with [`Accumulator::settled`].
    pub fn due(&mut self, now: UnixMillis) -> Option<Flush> {
        if now < self.next_at { None } else { self.at_once(now) }
    }

    /// The batch to bring, whenever the last one went.
    pub fn at_once(&mut self, now: UnixMillis) -> Option<Flush> {
        if self.out.as_ref().and_then(|out| out.until).is_some_and(|until| now < until) || !self.has_news() {
            return None;
        }
        if self.out.as_ref().is_some_and(|out| out.tries >= TRIES) {
            self.out = None;
            self.counts().add(Metric::FlushesDropped, &[], 1);
        }
        if self.out.is_none() {
            let next = Flush {
                isolate: self.gathered.isolate.clone(),
                sequence: self.gathered.sequence + 1,
                counts: Counts::new(),
                oldest_send: None,
            };
            let batch = std::mem::replace(&mut self.gathered, next);
            self.out = Some(Out { batch, tries: 0, until: None });
        }
        let out = self.out.as_mut()?;
        out.tries += 1;
        out.until = Some(now.plus_millis(PATIENCE_MILLIS));
        self.next_at = now.plus_millis(EVERY_MILLIS);
        Some(out.batch.clone())
    }

    /// What became of a batch.
    pub fn settled(&mut self, sequence: u64, arrived: bool) {
        let Some(out) = self.out.as_mut().filter(|out| out.batch.sequence == sequence) else { return };
        out.until = None;
        if arrived {
            self.out = None;
        }
    }
}

/// All that was ever told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// The sums.
    pub counts: Counts,
    /// The oldest message that could not leave.
    pub oldest_send: OldestSend,
}

impl Totals {
    /// Adds a batch, unless it or a later one of its isolate was added before: `last` is the number of the last that
    /// was. Returns whether it was added.
    pub fn absorb(&mut self, batch: &Flush, last: Option<u64>, now: UnixMillis) -> bool {
        if last.is_some_and(|last| batch.sequence <= last) {
            return false;
        }
        self.counts.merge(&batch.counts);
        if let Some(since) = batch.oldest_send {
            self.oldest_send.report(since, now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    fn counting() -> Accumulator {
        let mut accumulator = Accumulator::new("a".to_owned());
        accumulator.counts().add(Metric::DeadLettersKept, &[], 1);
        accumulator
    }

    #[test]
    fn a_batch_goes_at_once_and_the_next_after_a_pause() {
        let mut accumulator = counting();
        let first = accumulator.due(NOW).expect("there is news");
        accumulator.settled(first.sequence, true);
        assert!(accumulator.due(NOW.plus_millis(60_000)).is_none(), "nothing was counted since");
        accumulator.counts().add(Metric::DeadLettersKept, &[], 1);
        assert!(accumulator.due(NOW.plus_millis(4_999)).is_none());
        assert!(accumulator.due(NOW.plus_millis(5_000)).is_some());
    }

    #[test]
    fn there_is_one_batch_under_way_at_a_time() {
        let mut accumulator = counting();
        accumulator.due(NOW).expect("there is news");
        accumulator.counts().add(Metric::DeadLettersKept, &[], 1);
        assert!(accumulator.due(NOW.plus_millis(14_999)).is_none());
        let again = accumulator.due(NOW.plus_millis(15_000)).expect("whoever brought it is gone");
        assert_eq!(again.sequence, 1);
    }

    #[test]
    fn a_batch_that_never_arrives_is_dropped_and_the_drop_is_counted() {
        let mut accumulator = counting();
        for second in [0, 5, 10] {
            let batch = accumulator.due(NOW.plus_millis(second * 1_000)).expect("another try");
            assert_eq!(batch.sequence, 1);
            accumulator.settled(batch.sequence, false);
        }
        let next = accumulator.due(NOW.plus_millis(15_000)).expect("the drop is news");
        assert_eq!(next.sequence, 2);
        let mut expected = Counts::new();
        expected.add(Metric::FlushesDropped, &[], 1);
        assert_eq!(next.counts, expected);
    }

    #[test]
    fn the_oldest_unsent_message_travels_along() {
        let mut accumulator = Accumulator::new("a".to_owned());
        accumulator.report_send(NOW.plus_millis(-3_000));
        accumulator.report_send(NOW.plus_millis(-9_000));
        let batch = accumulator.due(NOW).expect("news");
        let mut totals = Totals::default();
        assert!(totals.absorb(&batch, None, NOW));
        assert_eq!(totals.oldest_send.age_millis(NOW), Some(9_000));
    }

    /// What happens to one batch that is brought.
    #[derive(Clone, Copy, Debug)]
    enum Fate {
        Arrives,
        IsLost,
        ArrivesUnheard,
        ArrivesTwice,
    }

    proptest! {
        /// Without a drop the sums are exact; with drops they fall short, and never run ahead.
        #[test]
        fn whatever_happens_on_the_way_nothing_counts_twice(
            fates in prop::collection::vec(
                prop::sample::select(vec![Fate::Arrives, Fate::IsLost, Fate::ArrivesUnheard, Fate::ArrivesTwice]),
                1..60,
            ),
        ) {
            let (mut accumulator, mut totals) = (Accumulator::new("a".to_owned()), Totals::default());
            let mut last: HashMap<String, u64> = HashMap::new();
            let (mut counted, mut now) = (0, NOW);
            for fate in fates.into_iter().chain([Fate::Arrives, Fate::Arrives]) {
                accumulator.counts().add(Metric::DeadLettersKept, &[], 1);
                counted += 1;
                now = now.plus_millis(5_000);
                let Some(batch) = accumulator.due(now) else { continue };
                let times = match fate {
                    Fate::IsLost => 0,
                    Fate::Arrives | Fate::ArrivesUnheard => 1,
                    Fate::ArrivesTwice => 2,
                };
                for _ in 0..times {
                    if totals.absorb(&batch, last.get(&batch.isolate).copied(), now) {
                        last.insert(batch.isolate.clone(), batch.sequence);
                    }
                }
                accumulator.settled(batch.sequence, matches!(fate, Fate::Arrives | Fate::ArrivesTwice));
            }
            let sum = |metric| totals.counts.series(metric).iter().map(|cell| cell.value).sum::<u64>();
            prop_assert!(sum(Metric::DeadLettersKept) <= counted);
            if sum(Metric::FlushesDropped) == 0 {
                prop_assert_eq!(sum(Metric::DeadLettersKept), counted);
            }
        }
    }
}
