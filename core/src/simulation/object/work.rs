//! The object at work: what follows an answer or an alarm, and when the runtime looks at the alarm.

use super::super::event::{Event, OpenCall, Output, Sending};
use super::super::invariants::Cause;
use super::super::platform;
use super::super::sabotage::Sabotage;
use super::super::scenario::{Away, HOUR, MINUTE, SECOND};
use super::super::world::World;
use super::{Broken, REPAIR, object_id};
use crate::actor::{Actor, Attempt, Call, Commit, Next, Outcome, Woken};
use crate::conversation::Lane;
use crate::pacing;
use crate::routing::callback;
use crate::time::UnixMillis;

impl World {
    /// Does what a commit left to do, after the caller is answered.
    pub(super) fn start_work(&mut self, index: usize) -> u64 {
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
    pub(super) fn rendered(&mut self, index: usize, work: u64, call: &Call) -> Option<Sending> {
        let callback = call.attempt.map(|attempt| callback(&object_id(index), attempt));
        let body = platform::render(&self.scenario.settings, call, callback.as_deref().unwrap_or_default())?;
        Some(Sending {
            call: OpenCall { object: index, life: self.objects[index].life, work, attempt: call.attempt },
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
    pub(in crate::simulation) fn called(&mut self, call: OpenCall, outcome: &Outcome) {
        if self.objects[call.object].life == call.life {
            self.hear(call.object, call.attempt, outcome);
            self.send_what_is_due(call.object, call.work);
        }
    }

    fn hear(&mut self, index: usize, attempt: Option<Attempt>, outcome: &Outcome) {
        let is_sent = self.sabotage == Some(Sabotage::RefusedCountsAsSent) && *outcome != Outcome::Unknown;
        let outcome = if is_sent { &Outcome::Sent } else { outcome };
        let heard = self.change(index, &Cause::Other, |actor, records, context| {
            Ok((actor.called(attempt.map(|attempt| attempt.send), outcome, records, context)?, ()))
        });
        if heard.is_ok()
            && *outcome == Outcome::Sent
            && let Some(Attempt { line, .. }) = attempt
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
    pub(in crate::simulation) fn told(&mut self, index: usize, life: u64, work: u64) {
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

    pub(super) fn plan_alarm(&mut self, index: usize) {
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
    pub(in crate::simulation) fn alarm(&mut self, index: usize) {
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
    pub(in crate::simulation) fn alarm_again(&mut self, index: usize) {
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
}
