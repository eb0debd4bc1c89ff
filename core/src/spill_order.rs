//! Keeps the order of spilled items of one conversation while they are replayed.
//!
//! A queue promises no order, and an item that is tried again comes back later than one that was not
//! tried yet. So an item has its turn only when no older one of its conversation is known to wait. What is
//! known lies in memory and is forgotten with it: then order is as good as the queue's own.

use std::collections::{BTreeMap, HashMap};

use crate::time::UnixMillis;

/// How long after its time an item is still expected. One that does not come back until then went another
/// way, and nobody waits for it any more.
const EXPECTED_MILLIS: i64 = 60_000;
/// How much later than the oldest the others come back, so that they find it delivered.
const AFTER_MILLIS: i64 = 1_000;

/// Names an item: when it was spilled, and the queue's id. Sorts by time.
pub type SpilledItem = (UnixMillis, String);

/// Whether an item may be delivered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It may.
    Now,
    /// An older one has to go first; try again at this time.
    After(UnixMillis),
}

/// The items that are known to wait, by conversation, each with the time at which it comes back.
#[derive(Clone, Debug, Default)]
pub struct SpillOrder {
    waiting: HashMap<String, BTreeMap<SpilledItem, UnixMillis>>,
}

impl SpillOrder {
    /// Whether it is an item's turn.
    #[must_use]
    pub fn turn(&self, destination: &str, item: &SpilledItem, now: UnixMillis) -> Turn {
        let mut older =
            self.waiting.get(destination).into_iter().flat_map(|items| items.range(..item.clone()));
        // All come back right behind the oldest, together, and not one after the other.
        let oldest = older.find(|(_, back_at)| is_expected(**back_at, now));
        oldest.map_or(Turn::Now, |(_, back_at)| Turn::After((*back_at).max(now).plus_millis(AFTER_MILLIS)))
    }

    /// An item comes back at this time.
    pub fn wait(&mut self, destination: &str, item: SpilledItem, back_at: UnixMillis) {
        self.waiting.entry(destination.to_owned()).or_default().insert(item, back_at);
    }

    /// An item found its place.
    pub fn done(&mut self, destination: &str, item: &SpilledItem) {
        if let Some(items) = self.waiting.get_mut(destination) {
            items.remove(item);
            if items.is_empty() {
                self.waiting.remove(destination);
            }
        }
    }

    /// Forgets what nobody expects any more.
    pub fn forget(&mut self, now: UnixMillis) {
        self.waiting.retain(|_, items| {
            items.retain(|_, back_at| is_expected(*back_at, now));
            !items.is_empty()
        });
    }
}

fn is_expected(back_at: UnixMillis, now: UnixMillis) -> bool {
    now <= back_at.plus_millis(EXPECTED_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn spilled(millis: i64) -> SpilledItem {
        (UnixMillis(millis), format!("id of {millis}"))
    }

    #[test]
    fn an_item_goes_at_once_where_none_waits() {
        assert_eq!(SpillOrder::default().turn("a", &spilled(1), NOW), Turn::Now);
    }

    #[test]
    fn an_item_waits_until_every_older_one_of_its_conversation_is_done() {
        let mut order = SpillOrder::default();
        order.wait("a", spilled(1), NOW.plus_millis(5_000));
        let after = Turn::After(NOW.plus_millis(6_000));
        assert_eq!(order.turn("a", &spilled(2), NOW), after);
        order.wait("a", spilled(2), NOW.plus_millis(6_000));
        assert_eq!(order.turn("a", &spilled(3), NOW), after, "together with the second");
        assert_eq!(order.turn("b", &spilled(3), NOW), Turn::Now, "another conversation waits for nobody");
        assert_eq!(order.turn("a", &spilled(1), NOW), Turn::Now, "nor does the oldest");

        order.done("a", &spilled(1));
        assert_eq!(order.turn("a", &spilled(2), NOW), Turn::Now);
        assert_ne!(order.turn("a", &spilled(3), NOW), Turn::Now);
        order.done("a", &spilled(2));
        assert_eq!(order.turn("a", &spilled(3), NOW), Turn::Now);
    }

    #[test]
    fn an_item_that_is_overdue_is_waited_for_a_little_and_then_no_more() {
        let mut order = SpillOrder::default();
        order.wait("a", spilled(1), NOW);
        let late = NOW.plus_millis(EXPECTED_MILLIS);
        assert_eq!(order.turn("a", &spilled(2), late), Turn::After(late.plus_millis(AFTER_MILLIS)));
        let too_late = late.plus_millis(1);
        assert_eq!(order.turn("a", &spilled(2), too_late), Turn::Now);
        order.forget(late);
        assert_ne!(order.turn("a", &spilled(2), late), Turn::Now);
        order.forget(too_late);
        assert!(order.waiting.is_empty());
    }
}
