//! The desk: an index of threads, of which the highest version wins, and the dead letters.
//!
//! The rule stands in SQL in the worker (`WHERE excluded.version > threads.version`) and once more here.

use std::collections::BTreeMap;

use super::event::{Carried, Letter};
use super::sabotage::Sabotage;
use super::scenario::Away;
use super::world::World;
use crate::conversation::{Backlog, ThreadState, ThreadSummary};

/// What the desk stores.
#[derive(Debug, Default)]
pub struct Desk {
    /// How each thread stands, by object.
    pub threads: BTreeMap<usize, ThreadSummary>,
    /// The dead letters, by id.
    pub letters: BTreeMap<String, Carried>,
    waiting: u32,
}

impl Desk {
    fn take(&mut self, object: usize, thread: &ThreadSummary, any_version: bool) {
        let known = self.threads.get(&object);
        if known.is_some_and(|known| thread.version <= known.version && !any_version) {
            return;
        }
        let waits = |thread: &ThreadSummary| u32::from(thread.state == ThreadState::Waiting);
        self.waiting = self.waiting + waits(thread) - known.map_or(0, waits);
        self.threads.insert(object, thread.clone());
    }
}

impl World {
    /// Whether a call to the desk fails, and if so, whether it took effect all the same.
    fn desk_fails(&mut self) -> Option<bool> {
        if self.is_away(Away::Desk) {
            return Some(false);
        }
        self.fault(|faults| faults.desk_fails).then(|| self.dice.chance(300))
    }

    /// Brings threads to the desk. False when it does not answer.
    pub(super) fn update_threads(&mut self, updates: &[(usize, ThreadSummary)]) -> bool {
        let failure = self.desk_fails();
        if failure != Some(false) {
            let any_version = self.sabotage == Some(Sabotage::DeskTakesAnyVersion);
            for (object, thread) in updates {
                self.desk.take(*object, thread, any_version);
                self.observer.desk_has(*object, self.desk.threads[object].version);
            }
        }
        failure.is_none()
    }

    /// Stores a dead letter where agents see it. False when the desk does not answer.
    pub(super) fn keep_at_desk(&mut self, letter: &Letter) -> bool {
        let failure = self.desk_fails();
        if failure != Some(false) {
            self.desk.letters.entry(letter.id.clone()).or_insert_with(|| {
                self.report.dead_letters += 1;
                Carried::Letter(letter.clone())
            });
        }
        failure.is_none()
    }

    /// How much waits, as people are told.
    pub(super) const fn backlog(&self) -> Option<Backlog> {
        if self.desk.waiting == 0 {
            return None;
        }
        Some(Backlog { waiting: self.desk.waiting, resolved_last_hour: 12, at: self.agenda.now() })
    }
}
