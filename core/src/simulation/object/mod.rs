//! The conversations' objects: the same shell around the actor as the worker's, with crashes.
//!
//! An object does one thing at a time between two awaits. What it says to others leaves when everything it
//! committed before is durable; when it dies, whatever waits for that never leaves. Here is its storage and its
//! lives; `calls` is what it is asked, `work` what follows.

mod calls;
mod work;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::event::Event;
use super::invariants::Cause;
use super::rows::Rows;
use super::sabotage::Sabotage;
use super::scenario::{HOUR, KNOWLEDGE, MINUTE, SECOND};
use super::world::World;
use crate::actor::{Actor, Commit, Context, Kept, RecordError, Records, Row, SEEN};
use crate::time::UnixMillis;

/// When an object looks again whose storage refused to set an alarm, in milliseconds.
const REPAIR: i64 = 5 * MINUTE;

/// The object of one conversation.
#[derive(Debug)]
pub struct ConversationObject {
    /// What it stores.
    pub rows: Rows,
    /// What is in memory: `None` in a conversation that never had a message.
    pub actor: Option<Actor>,
    /// Counts its lives, so that what concerns an earlier one is recognised.
    pub life: u64,
    is_open: bool,
    skew_millis: i64,
    /// Work after an answer or an alarm: how many of its two halves are not done.
    works: BTreeMap<u64, u8>,
    last_work: u64,
    /// When the runtime looks at the alarm.
    looks_at: Option<UnixMillis>,
    /// The work of an alarm that goes off, and for when that was set.
    alarm: Option<(u64, UnixMillis)>,
}

/// A change that did not come about: the storage refused.
pub struct Broken;

/// Rows that hide which deliveries took effect.
struct Forgetful<'a>(&'a Rows);

impl Records for Forgetful<'_> {
    fn get(&self, key: &str) -> Result<Option<String>, RecordError> {
        if key.starts_with(SEEN) { Ok(None) } else { self.0.get(key) }
    }

    fn with_prefix(&self, prefix: &str) -> Result<Vec<Row>, RecordError> {
        self.0.with_prefix(prefix)
    }
}

impl ConversationObject {
    /// An object that was never called.
    #[must_use]
    pub fn new(skew_millis: i64) -> Self {
        Self {
            rows: Rows::default(),
            actor: None,
            life: 0,
            is_open: false,
            skew_millis,
            works: BTreeMap::new(),
            last_work: 0,
            looks_at: None,
            alarm: None,
        }
    }

    /// What is kept of the conversation, as far as the object knows.
    #[must_use]
    pub fn kept(&self) -> Option<Kept> {
        let json = self.rows.get("kept").ok().flatten()?;
        serde_json::from_str(&json).ok()
    }
}

/// The id by which the desk and the platforms' reports know an object.
#[must_use]
pub fn object_id(object: usize) -> String {
    format!("{:064x}", object + 1)
}

/// Reads [`object_id`].
#[must_use]
pub fn read_object_id(id: &str) -> Option<usize> {
    usize::from_str_radix(id, 16).ok()?.checked_sub(1)
}

impl World {
    /// The time, by the clock of the machine that the object lives on.
    pub(super) fn object_now(&self, index: usize) -> UnixMillis {
        self.agenda.now().plus_millis(self.objects[index].skew_millis)
    }

    pub(super) fn open(&mut self, index: usize) {
        let now = self.agenda.now();
        let no_grace = self.sabotage == Some(Sabotage::NoGrace);
        let object = &mut self.objects[index];
        object.rows.settle(now);
        if !std::mem::replace(&mut object.is_open, true) {
            if no_grace && let Some(mut kept) = object.kept() {
                kept.outbox.iter_mut().for_each(|send| send.graced = true);
                put_kept(&mut object.rows, &kept, now);
            }
            match Actor::restore(&object.rows) {
                Ok(actor) => object.actor = actor,
                Err(error) => self.observer.violated(format!("a conversation cannot be opened: {error}")),
            }
        }
    }

    /// Changes a conversation as the worker's shell does: on a copy, which takes the place of the actor once the
    /// storage has the commit.
    pub(super) fn change<T>(
        &mut self,
        index: usize,
        cause: &Cause,
        act: impl FnOnce(&mut Actor, &dyn Records, &Context<'_>) -> Result<(Commit, T), RecordError>,
    ) -> Result<Option<T>, Broken> {
        self.open(index);
        let Some(before) = self.objects[index].actor.clone() else { return Ok(None) };
        let mut actor = before.clone();
        let settings = Rc::clone(&self.scenario.settings);
        let is_slot_at_hand = !self.is_paced || self.dice.chance(500);
        let context = Context {
            knowledge: &KNOWLEDGE,
            settings: &settings,
            backlog: self.backlog(),
            now: self.object_now(index),
            random: self.dice.bytes(),
            take_slot: &|_| is_slot_at_hand,
        };
        let rows = &self.objects[index].rows;
        let forgetful = Forgetful(rows);
        let skips_seen = self.sabotage == Some(Sabotage::SkipSeen);
        let records: &dyn Records = if skips_seen { &forgetful } else { rows };
        let (mut commit, value) = match act(&mut actor, records, &context) {
            Ok(done) => done,
            Err(error) => {
                self.observer.violated(format!("object {index}: {error}"));
                return Err(Broken);
            }
        };
        if !commit.is_empty() && self.fault(|faults| faults.storage_refuses) {
            let object = &mut self.objects[index];
            object.actor = Actor::restore(&object.rows).unwrap_or_default();
            return Err(Broken);
        }
        self.tamper(&mut commit);
        self.observer.committed(index, cause, &before, &actor, &commit, context.now);
        self.store(index, commit);
        self.objects[index].actor = Some(actor);
        Ok(Some(value))
    }

    pub(super) fn store(&mut self, index: usize, commit: Commit) {
        if commit.is_empty() {
            return;
        }
        let sets_alarm = commit.alarm.is_some();
        let durable_at = self.agenda.now().plus_millis(self.dice.between(1, 20));
        self.objects[index].rows.commit(commit, durable_at);
        self.report.commits += 1;
        if sets_alarm {
            self.plan_alarm(index);
        }
        if self.fault(|faults| faults.crash) {
            let when = match self.dice.below(10) {
                0..4 => self.dice.between(0, 25),
                4..8 => self.dice.between(0, 15 * SECOND),
                _ => self.dice.spread(HOUR),
            };
            let life = self.objects[index].life;
            self.agenda.after(when, Event::Crash { object: index, life });
        }
    }

    /// Sabotage of what is written.
    pub(super) fn tamper(&self, commit: &mut Commit) {
        if self.sabotage == Some(Sabotage::ForgetAlarms) {
            commit.alarm = None;
        }
        let tampers_kept = matches!(self.sabotage, Some(Sabotage::RecordAfterCall));
        if let Some(row) = commit.rows.iter_mut().find(|row| tampers_kept && row.key == "kept")
            && let Ok(mut kept) = serde_json::from_str::<Kept>(&row.value)
        {
            for send in &mut kept.outbox {
                send.standing.unsettled = false;
                send.standing.next_at = send.standing.first_at;
            }
            row.value = serde_json::to_string(&kept).unwrap_or_default();
        }
    }

    /// An object dies.
    pub(in crate::simulation) fn crash(&mut self, index: usize, life: u64) {
        if self.objects[index].life != life {
            return;
        }
        self.report.crashes += 1;
        let now = self.agenda.now();
        self.objects[index].rows.crash(now, &mut self.dice);
        self.begin_life(index);
        let rows = &self.objects[index].rows;
        self.observer.crashed(index, rows, now);
        self.plan_alarm(index);
    }

    /// The runtime takes an object out of memory that has nothing to do.
    pub(super) fn evict_if_idle(&mut self, index: usize) {
        let now = self.agenda.now();
        let object = &mut self.objects[index];
        object.rows.settle(now);
        // An alarm whose handler failed is given again, whatever becomes of the object in between.
        let is_idle = object.works.is_empty()
            && object.rows.durable_at(now) == now
            && !object.rows.is_alarm_under_way();
        if is_idle && object.is_open && self.dice.chance(100) {
            self.begin_life(index);
        }
    }

    pub(super) fn begin_life(&mut self, index: usize) {
        let skew = self.scenario.skew_millis;
        let skew_millis = if self.is_storm() { self.dice.between(-skew, skew) } else { 0 };
        let object = &mut self.objects[index];
        object.actor = None;
        object.is_open = false;
        object.life += 1;
        object.works.clear();
        object.alarm = None;
        object.skew_millis = skew_millis;
    }
}

fn put_kept(rows: &mut Rows, kept: &Kept, now: UnixMillis) {
    let value = serde_json::to_string(kept).unwrap_or_default();
    let row = Row { key: "kept".to_owned(), value };
    rows.commit(Commit { rows: vec![row], ..Commit::default() }, now);
}
