//! Virtual time: what happens next, and when it is.

use std::collections::BTreeMap;

use super::event::Event;
use crate::time::UnixMillis;

/// What is going to happen, in order. Of two events at the same instant the one planned first comes first.
#[derive(Debug)]
pub struct Agenda {
    now: UnixMillis,
    planned: u64,
    events: BTreeMap<(UnixMillis, u64), Event>,
    busy: usize,
}

impl Agenda {
    /// An empty agenda.
    #[must_use]
    pub const fn new(now: UnixMillis) -> Self {
        Self { now, planned: 0, events: BTreeMap::new(), busy: 0 }
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> UnixMillis {
        self.now
    }

    /// Plans an event `millis` from now.
    pub fn after(&mut self, millis: i64, event: Event) {
        self.at(self.now.plus_millis(millis.max(0)), event);
    }

    /// Plans an event for an instant, or for now if that is past.
    pub fn at(&mut self, at: UnixMillis, event: Event) {
        self.busy += usize::from(!event.is_idle());
        self.events.insert((at.max(self.now), self.planned), event);
        self.planned += 1;
    }

    /// Goes on to the next event.
    pub fn next(&mut self) -> Option<Event> {
        let ((at, _), event) = self.events.pop_first()?;
        self.busy -= usize::from(!event.is_idle());
        self.now = at;
        Some(event)
    }

    /// Whether anything is under way but alarms.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.busy > 0
    }
}
