//! The conversations' objects: the same shell around the actor as the worker's, with crashes.
//!
//! An object does one thing at a time between two awaits. What it says to others leaves when everything it
//! committed before is durable; when it dies, whatever waits for that never leaves.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::event::{Answer, Caller, Event, ObjectCall, OpenCall, Output, Sending};
use super::invariants::Cause;
use super::platform;
use super::rows::Rows;
use super::sabotage::Sabotage;
use super::scenario::{Away, HOUR, KNOWLEDGE, MINUTE, SECOND};
use super::world::World;
use crate::actor::{
    Actor, Call, Commit, Context, Kept, Next, Outcome, RecordError, Records, Row, SEEN, SendReport, Slots,
    Woken,
};
use crate::conversation::{AgentCommand, Lane, Refusal, ThreadSummary};
use crate::intake::callback;
use crate::message::{ConversationKey, Item, OutgoingContent};
use crate::pacing;
use crate::time::UnixMillis;

/// When a platform has not answered after this time, in milliseconds, its answer is not awaited any more.
pub const CALL_TIMEOUT: i64 = 10 * SECOND;

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

struct Slot(bool);

impl Slots for Slot {
    fn take(&self, _lane: Lane) -> bool {
        self.0
    }
}

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
    /// A call arrives.
    pub(super) fn object_called(&mut self, index: usize, call: ObjectCall, caller: Caller) {
        let is_away = self.is_away(Away::Object(index)) || self.fault(|faults| faults.call_lost);
        if is_away {
            return self.reply(caller, None);
        }
        self.evict_if_idle(index);
        let evidence = if let ObjectCall::Report(report) = &call { Some(report.line) } else { None };
        let answered = match call {
            ObjectCall::Deliver { key, items } => {
                let delivered = self.deliver(index, key, &items);
                delivered.map(|()| (Answer::Done, true))
            }
            ObjectCall::Report(report) => self.report(index, &report).map(|()| (Answer::Done, true)),
            ObjectCall::Agent { name, command, repeat_key } => {
                self.command(index, &name, command, repeat_key).map(|answer| (answer, true))
            }
            ObjectCall::Read => Ok((self.read(index), false)),
            ObjectCall::DeskHas { version } => {
                let told = self.change(index, &Cause::Other, |actor, _, context| {
                    Ok((actor.desk_has(version, context)?, ()))
                });
                told.map(|_| (Answer::Done, false))
            }
        };
        match answered {
            Ok((answer, works)) => {
                if works {
                    self.start_work(index);
                }
                self.depart(index, Output::Answer { caller, answer, evidence });
            }
            Err(Broken) => self.reply(caller, None),
        }
    }

    /// Lets something out once everything before it is durable.
    fn depart(&mut self, index: usize, output: Output) {
        let object = &self.objects[index];
        let life = object.life;
        let gate_is_open =
            self.sabotage == Some(Sabotage::CallBeforeCommit) && matches!(output, Output::Call(_));
        let now = self.agenda.now();
        let at = if gate_is_open { now } else { object.rows.durable_at(now) };
        self.agenda.at(at, Event::Departs { object: index, life, output });
    }

    /// Something is let out, unless the object died before.
    pub(super) fn departs(&mut self, index: usize, life: u64, output: Output) {
        let now = self.agenda.now();
        self.objects[index].rows.settle(now);
        let is_alive = self.objects[index].life == life;
        match output {
            Output::Answer { caller, answer, evidence } => {
                if is_alive && let Some(line) = evidence {
                    self.observer.evidence(index, line, now);
                }
                let is_heard = is_alive && !self.fault(|faults| faults.answer_lost);
                self.reply(caller, is_heard.then_some(answer));
            }
            Output::Call(sending) if is_alive => self.calls_platform(*sending),
            Output::Tell { work, thread } if is_alive => {
                self.send_followup(index, *thread);
                let pause = self.dice.between(1, 40);
                self.agenda.after(pause, Event::Told { object: index, life, work });
            }
            Output::Call(_) | Output::Tell { .. } => {}
        }
    }

    fn reply(&mut self, caller: Caller, answer: Option<Answer>) {
        let pause = self.dice.between(1, 30);
        self.agenda.after(pause, Event::Replies { caller, answer });
    }

    fn deliver(&mut self, index: usize, key: ConversationKey, items: &[Item]) -> Result<(), Broken> {
        self.open(index);
        let now = self.object_now(index);
        if self.objects[index].actor.is_none() {
            self.objects[index].actor = Some(Actor::new(key, now));
            let delivered = self.deliver_items(index, items);
            if delivered.is_err() {
                self.objects[index].actor = None;
            }
            return delivered;
        }
        self.deliver_items(index, items)
    }

    fn deliver_items(&mut self, index: usize, items: &[Item]) -> Result<(), Broken> {
        self.change(index, &Cause::Items, |actor, records, context| {
            Ok((actor.deliver(items, records, context)?, ()))
        })?;
        if self.sabotage == Some(Sabotage::MarkReadEarly) {
            self.mark_read_early(index, items);
        }
        Ok(())
    }

    fn report(&mut self, index: usize, report: &SendReport) -> Result<(), Broken> {
        if self.sabotage == Some(Sabotage::IgnoreReports) {
            return Ok(());
        }
        self.change(index, &Cause::Other, |actor, records, context| {
            Ok((actor.report(report, records, context)?, ()))
        })?;
        Ok(())
    }

    fn command(
        &mut self,
        index: usize,
        agent: &str,
        command: AgentCommand,
        repeat_key: Option<String>,
    ) -> Result<Answer, Broken> {
        if self.thread_now(index).is_none() {
            return Ok(Answer::Refused);
        }
        let mut name = agent.to_owned();
        if self.sabotage == Some(Sabotage::IgnoreClaims)
            && let Some(assignee) = self.thread_now(index).and_then(|thread| thread.assignee)
        {
            name = assignee;
        }
        let repeat_key = repeat_key.filter(|_| self.sabotage != Some(Sabotage::DropRepeatKeys));
        let cause = Cause::Agent { name: agent.to_owned(), command: command.clone() };
        let refusal: Option<Option<Refusal>> = self.change(index, &cause, |actor, records, context| {
            Ok(match actor.command(&name, command, repeat_key.as_deref(), records, context)? {
                Ok(commit) => (commit, None),
                Err(refusal) => (Commit::default(), Some(refusal)),
            })
        })?;
        Ok(match (refusal.flatten(), self.thread_now(index)) {
            (Some(_), _) => Answer::Refused,
            (None, Some(thread)) => Answer::Thread(Box::new(thread)),
            (None, None) => Answer::Refused,
        })
    }

    fn read(&mut self, index: usize) -> Answer {
        self.open(index);
        let now = self.object_now(index);
        let object = &self.objects[index];
        let transcript = object.actor.as_ref().map(|actor| actor.transcript(&object.rows, now));
        let last_seq = match transcript {
            Some(Ok(transcript)) => transcript.lines.last().map_or(0, |line| line.line.seq),
            Some(Err(error)) => {
                self.observer.violated(format!("a transcript cannot be read: {error}"));
                0
            }
            None => 0,
        };
        Answer::Transcript { last_seq }
    }

    fn thread_now(&mut self, index: usize) -> Option<ThreadSummary> {
        self.open(index);
        let now = self.object_now(index);
        self.objects[index].actor.as_ref()?.thread(now)
    }

    /// The time, by the clock of the machine that the object lives on.
    fn object_now(&self, index: usize) -> UnixMillis {
        self.agenda.now().plus_millis(self.objects[index].skew_millis)
    }

    fn open(&mut self, index: usize) {
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
        let context = Context {
            knowledge: &KNOWLEDGE,
            settings: &settings,
            backlog: self.backlog(),
            now: self.object_now(index),
            random: self.dice.bytes(),
            slots: &Slot(!self.is_paced || self.dice.chance(500)),
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

    fn store(&mut self, index: usize, commit: Commit) {
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
    fn tamper(&self, commit: &mut Commit) {
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
    pub(super) fn crash(&mut self, index: usize, life: u64) {
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
    fn evict_if_idle(&mut self, index: usize) {
        let now = self.agenda.now();
        let object = &mut self.objects[index];
        object.rows.settle(now);
        let is_idle = object.works.is_empty() && object.rows.durable_at(now) == now;
        if is_idle && object.is_open && self.dice.chance(100) {
            self.begin_life(index);
        }
    }

    fn begin_life(&mut self, index: usize) {
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

    /// Does what a commit left to do, after the caller is answered.
    fn start_work(&mut self, index: usize) -> u64 {
        let object = &mut self.objects[index];
        object.last_work += 1;
        let work = object.last_work;
        object.works.insert(work, 2);
        self.send_what_is_due(index, work);
        self.tell_desk(index, work);
        work
    }

    fn send_what_is_due(&mut self, index: usize, work: u64) {
        loop {
            let next = self.change(index, &Cause::Other, Actor::next_call);
            match next {
                Ok(Some(Next::Call(call))) => {
                    let Some(sending) = self.rendered(index, work, &call) else {
                        self.hear(index, None, &Outcome::Sent);
                        continue;
                    };
                    return self.depart(index, Output::Call(Box::new(sending)));
                }
                Ok(Some(Next::AskSlot { lane, .. })) => self.ask_slot(index, lane),
                Ok(Some(Next::Rest) | None) | Err(Broken) => return self.half_done(index, work),
            }
        }
    }

    /// The call on the wire; `None` for a signal that the platform does not have.
    fn rendered(&mut self, index: usize, work: u64, call: &Call) -> Option<Sending> {
        let callback = call.send.map(|(send, line)| callback(&object_id(index), send, line));
        let body = platform::render(&self.scenario.settings, call, callback.as_deref().unwrap_or_default())?;
        Some(Sending {
            call: OpenCall { object: index, life: self.objects[index].life, work, send: call.send },
            content: call.content.clone(),
            body,
            departed_at: self.agenda.now(),
        })
    }

    fn ask_slot(&mut self, index: usize, lane: Lane) {
        let at = self.object_now(index).plus_millis(self.dice.spread(2 * MINUTE));
        let is_granted = self.dice.chance(700);
        let _ = self.change(index, &Cause::Other, |actor, _, _| {
            if is_granted {
                actor.slot_granted();
                return Ok((Commit::default(), ()));
            }
            Ok((actor.slot_refused(pacing::Slot { at, lane, reserved: false }, None)?, ()))
        });
    }

    /// An object hears what became of its call.
    pub(super) fn called(&mut self, call: OpenCall, outcome: &Outcome) {
        if self.objects[call.object].life == call.life {
            self.hear(call.object, call.send, outcome);
            self.send_what_is_due(call.object, call.work);
        }
    }

    fn hear(&mut self, index: usize, send: Option<(i64, u64)>, outcome: &Outcome) {
        let is_sent = self.sabotage == Some(Sabotage::RefusedCountsAsSent) && *outcome != Outcome::Unknown;
        let outcome = if is_sent { &Outcome::Sent } else { outcome };
        let heard = self.change(index, &Cause::Other, |actor, records, context| {
            Ok((actor.called(send.map(|(id, _)| id), outcome, records, context)?, ()))
        });
        if heard.is_ok()
            && *outcome == Outcome::Sent
            && let Some((_, line)) = send
        {
            let durable_at = self.objects[index].rows.durable_at(self.agenda.now());
            self.observer.heard_sent(index, line, durable_at);
        }
    }

    fn tell_desk(&mut self, index: usize, work: u64) {
        let due = self.change(index, &Cause::Other, |actor, _, context| {
            Ok(match actor.due_for_desk(context)? {
                Some((commit, thread)) => (commit, Some(thread)),
                None => (Commit::default(), None),
            })
        });
        match due {
            Ok(Some(Some(thread))) => self.depart(index, Output::Tell { work, thread: Box::new(thread) }),
            Ok(Some(None) | None) | Err(Broken) => self.half_done(index, work),
        }
    }

    /// The desk's queue has the message, or refused it.
    pub(super) fn told(&mut self, index: usize, life: u64, work: u64) {
        if self.objects[index].life == life {
            self.half_done(index, work);
        }
    }

    fn half_done(&mut self, index: usize, work: u64) {
        let Some(halves) = self.objects[index].works.get_mut(&work) else { return };
        *halves -= 1;
        if *halves > 0 {
            return;
        }
        self.objects[index].works.remove(&work);
        let scheduled =
            self.change(index, &Cause::Other, |actor, _, context| Ok((actor.work_done(context), ())));
        if let Some((_, fired)) = self.objects[index].alarm.take_if(|(of, _)| *of == work) {
            if scheduled.is_err() && self.sabotage != Some(Sabotage::NoRepair) {
                let at = self.object_now(index).plus_millis(REPAIR);
                self.store(index, Commit { alarm: Some(at), ..Commit::default() });
            }
            self.end_alarm(index, fired);
        }
    }

    fn plan_alarm(&mut self, index: usize) {
        if let Some(at) = self.objects[index].rows.alarm() {
            let late = if self.fault(|faults| faults.alarm_late) { self.dice.spread(HOUR) } else { 0 };
            let at = at.plus_millis(late - self.objects[index].skew_millis);
            self.look_at_alarm(index, at);
        }
    }

    fn look_at_alarm(&mut self, index: usize, at: UnixMillis) {
        let at = at.max(self.agenda.now());
        self.objects[index].looks_at = Some(at);
        self.agenda.at(at, Event::Alarm { object: index });
    }

    /// An alarm may be due.
    pub(super) fn alarm(&mut self, index: usize) {
        let (now, real_now) = (self.object_now(index), self.agenda.now());
        // Only the last plan counts.
        if self.objects[index].looks_at.take_if(|at| *at == real_now).is_none() {
            return;
        }
        let object = &self.objects[index];
        let Some(at) = object.rows.alarm().filter(|_| object.alarm.is_none()) else { return };
        if at > now {
            return self.look_at_alarm(index, real_now.plus_millis(at.millis_since(now)));
        }
        if self.is_away(Away::Object(index)) {
            return self.look_at_alarm(index, real_now.plus_millis(30 * SECOND));
        }
        self.evict_if_idle(index);
        self.open(index);
        let Some(fired) = self.objects[index].rows.begin_alarm() else { return };
        self.report.alarms += 1;
        let woken = self.change(index, &Cause::Other, |actor, records, context| {
            Ok(match actor.woken(records, context)? {
                Woken::Forget => (Commit::default(), true),
                Woken::Work(commit) => (commit, false),
            })
        });
        match woken {
            // The handler failed: the runtime tries again.
            Err(Broken) => {
                let life = self.objects[index].life;
                self.agenda.after(2 * SECOND, Event::Crash { object: index, life });
            }
            Ok(Some(true)) => self.forget(index, fired),
            Ok(Some(false) | None) => {
                let work = self.objects[index].last_work + 1;
                self.objects[index].alarm = Some((work, fired));
                self.start_work(index);
            }
        }
    }

    /// The runtime gives an alarm that was done once more.
    pub(super) fn alarm_again(&mut self, index: usize) {
        let woken = self.change(index, &Cause::Other, |actor, records, context| {
            Ok(match actor.woken(records, context)? {
                Woken::Forget => (Commit::default(), ()),
                Woken::Work(commit) => (commit, ()),
            })
        });
        if woken.is_ok() {
            self.start_work(index);
        }
    }

    fn end_alarm(&mut self, index: usize, fired: UnixMillis) {
        let now = self.agenda.now();
        self.objects[index].rows.end_alarm(fired, now);
        self.plan_alarm(index);
        if self.fault(|faults| faults.alarm_twice) {
            let pause = self.dice.spread(MINUTE);
            self.agenda.after(pause, Event::AlarmAgain { object: index });
        }
    }

    fn forget(&mut self, index: usize, fired: UnixMillis) {
        let durable_at = self.agenda.now().plus_millis(self.dice.between(1, 20));
        self.objects[index].rows.erase(durable_at);
        self.objects[index].actor = None;
        self.objects[index].rows.end_alarm(fired, durable_at);
        self.observer.forgot(index);
        self.report.forgotten += 1;
    }

    /// A sabotage: a read tick leaves at intake.
    fn mark_read_early(&mut self, index: usize, items: &[Item]) {
        let message_id = items.iter().find_map(|item| match &item.event {
            crate::message::Event::Message { message_id, .. } => Some(message_id.clone()),
            _ => None,
        });
        let Some((message_id, actor)) = message_id.zip(self.objects[index].actor.clone()) else { return };
        let call = Call {
            key: actor.kept().key.clone(),
            contact: actor.kept().state.contact.clone(),
            content: OutgoingContent::MarkRead { message_id },
            reply_to: None,
            send: None,
            lane: Lane::Bot,
        };
        if let Some(sending) = self.rendered(index, 0, &call) {
            let call = OpenCall { life: u64::MAX, ..sending.call };
            self.depart(index, Output::Call(Box::new(Sending { call, ..sending })));
        }
    }
}

fn put_kept(rows: &mut Rows, kept: &Kept, now: UnixMillis) {
    let value = serde_json::to_string(kept).unwrap_or_default();
    let row = Row { key: "kept".to_owned(), value };
    rows.commit(Commit { rows: vec![row], ..Commit::default() }, now);
}
