//! The storage of an object, with the promises of the runtime: a commit holds whole or not at all, becomes
//! durable a moment after it is made, and in order; memory and what is not durable are lost in a crash.

use std::collections::{BTreeMap, VecDeque};

use super::dice::Dice;
use crate::actor::{Commit, RecordError, Records, Row, SEEN};
use crate::time::UnixMillis;

/// What an object stores.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    rows: BTreeMap<String, String>,
    alarm: Option<UnixMillis>,
}

/// A change on its way to the disk.
#[derive(Debug)]
enum Change {
    Commit(Commit),
    Erase,
    /// The work of the alarm that was set for this instant is done.
    EndAlarm(UnixMillis),
}

/// The rows and the alarm of one object.
#[derive(Debug, Default)]
pub struct Rows {
    /// As the object sees it.
    view: State,
    /// As it would come back after a crash.
    durable: State,
    pending: VecDeque<(UnixMillis, Change)>,
    /// Whether an alarm goes off and no other was set since.
    alarm_is_used_up: bool,
}

impl State {
    fn apply(&mut self, change: &Change) {
        let commit = match change {
            Change::Commit(commit) => commit,
            Change::Erase => return *self = Self::default(),
            Change::EndAlarm(fired) => {
                self.alarm = self.alarm.filter(|at| at != fired);
                return;
            }
        };
        for Row { key, value } in &commit.rows {
            self.rows.insert(key.clone(), value.clone());
        }
        if let Some(before) = commit.forget_seen_before {
            let is_old = |at: &str| at.parse::<i64>().is_ok_and(|at| at < before.0);
            self.rows.retain(|key, value| !(key.starts_with(SEEN) && is_old(value)));
        }
        if commit.alarm.is_some() {
            self.alarm = commit.alarm;
        }
    }
}

impl Rows {
    /// Makes a commit, durable at `durable_at`.
    pub fn commit(&mut self, commit: Commit, durable_at: UnixMillis) {
        self.change(Change::Commit(commit), durable_at);
    }

    /// Deletes everything, the alarm included.
    pub fn erase(&mut self, durable_at: UnixMillis) {
        self.change(Change::Erase, durable_at);
    }

    fn change(&mut self, change: Change, durable_at: UnixMillis) {
        if matches!(&change, Change::Commit(commit) if commit.alarm.is_some()) {
            self.alarm_is_used_up = false;
        }
        self.view.apply(&change);
        // The disk takes them in order.
        let durable_at = self.pending.back().map_or(durable_at, |(before, _)| durable_at.max(*before));
        self.pending.push_back((durable_at, change));
    }

    /// When everything that was committed is durable; `now` if it is.
    #[must_use]
    pub fn durable_at(&self, now: UnixMillis) -> UnixMillis {
        self.pending.back().map_or(now, |(at, _)| now.max(*at))
    }

    /// Time passes.
    pub fn settle(&mut self, now: UnixMillis) {
        while self.pending.front().is_some_and(|(at, _)| *at <= now) {
            self.flush_one();
        }
    }

    fn flush_one(&mut self) {
        if let Some((_, change)) = self.pending.pop_front() {
            self.durable.apply(&change);
        }
    }

    /// The object dies: of what is not durable yet, the disk took the first few or none.
    pub fn crash(&mut self, now: UnixMillis, dice: &mut Dice) {
        self.settle(now);
        for _ in 0..dice.below(self.pending.len() as u64 + 1) {
            self.flush_one();
        }
        self.pending.clear();
        self.alarm_is_used_up = false;
        self.view = self.durable.clone();
    }

    /// The alarm that is set, as the object sees it.
    #[must_use]
    pub const fn alarm(&self) -> Option<UnixMillis> {
        self.view.alarm
    }

    /// Whether an alarm went off whose work is not done, and no other was set since.
    #[must_use]
    pub const fn is_alarm_under_way(&self) -> bool {
        self.alarm_is_used_up
    }

    /// The alarm goes off: it counts as set until its work is done, should the object die before.
    pub fn begin_alarm(&mut self) -> Option<UnixMillis> {
        self.alarm_is_used_up = true;
        self.view.alarm.take()
    }

    /// The work of the alarm that was set for `fired` is done, which is known once everything before is durable.
    pub fn end_alarm(&mut self, fired: UnixMillis, now: UnixMillis) {
        if std::mem::take(&mut self.alarm_is_used_up) {
            let durable_at = self.durable_at(now);
            self.pending.push_back((durable_at, Change::EndAlarm(fired)));
        }
    }

    /// Whether a row is durable.
    #[must_use]
    pub fn has_durable(&self, key: &str) -> bool {
        self.durable.rows.contains_key(key)
    }
}

impl Records for Rows {
    fn get(&self, key: &str) -> Result<Option<String>, RecordError> {
        Ok(self.view.rows.get(key).cloned())
    }

    fn with_prefix(&self, prefix: &str) -> Result<Vec<Row>, RecordError> {
        let from = self.view.rows.range(prefix.to_owned()..);
        let found = from.take_while(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect())
    }
}
