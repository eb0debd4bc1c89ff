//! What the object is asked, and what leaves it.

use super::super::event::{Answer, Caller, Event, ObjectCall, OpenCall, Output, Sending};
use super::super::invariants::Cause;
use super::super::sabotage::Sabotage;
use super::super::scenario::Away;
use super::super::world::World;
use super::Broken;
use crate::actor::{Actor, Call, Commit, SendReport};
use crate::conversation::{AgentCommand, Lane, Refusal, ThreadSummary};
use crate::message::{ConversationKey, Item, OutgoingContent};

impl World {
    /// A call arrives.
    pub(in crate::simulation) fn object_called(&mut self, index: usize, call: ObjectCall, caller: Caller) {
        let is_away = self.is_away(Away::Object(index)) || self.fault(|faults| faults.call_lost);
        if is_away {
            return self.reply(caller, None);
        }
        self.evict_if_idle(index);
        let evidence =
            if let ObjectCall::Report(report) = &call { Some(Box::new(report.clone())) } else { None };
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
    pub(super) fn depart(&mut self, index: usize, output: Output) {
        let object = &self.objects[index];
        let life = object.life;
        let gate_is_open =
            self.sabotage == Some(Sabotage::CallBeforeCommit) && matches!(output, Output::Call(_));
        let now = self.agenda.now();
        let at = if gate_is_open { now } else { object.rows.durable_at(now) };
        self.agenda.at(at, Event::Departs { object: index, life, output });
    }

    /// Something is let out, unless the object died before.
    pub(in crate::simulation) fn departs(&mut self, index: usize, life: u64, output: Output) {
        let now = self.agenda.now();
        self.objects[index].rows.settle(now);
        let is_alive = self.objects[index].life == life;
        match output {
            Output::Answer { caller, answer, evidence } => {
                if is_alive && let Some(report) = evidence {
                    self.observer.evidence(index, &report, now);
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

    pub(super) fn reply(&mut self, caller: Caller, answer: Option<Answer>) {
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

    pub(super) fn thread_now(&mut self, index: usize) -> Option<ThreadSummary> {
        self.open(index);
        let now = self.object_now(index);
        self.objects[index].actor.as_ref()?.thread(now)
    }

    /// A sabotage: a read tick leaves at intake.
    pub(super) fn mark_read_early(&mut self, index: usize, items: &[Item]) {
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
            attempt: None,
            lane: Lane::Bot,
        };
        if let Some(sending) = self.rendered(index, 0, &call) {
            let call = OpenCall { life: u64::MAX, ..sending.call };
            self.depart(index, Output::Call(Box::new(Sending { call, ..sending })));
        }
    }
}
