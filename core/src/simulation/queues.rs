//! The queues and the sealed keys: at least once, in whatever order, with the retries of wrangler.toml.

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use serde::Deserialize;

use super::event::{Caller, Carried, Event, Letter, QueueName};
use super::sabotage::Sabotage;
use super::scenario::{Away, HOUR, MINUTE, SECOND};
use super::world::World;
use crate::conversation::ThreadSummary;
use crate::routing::{LETTER_PATIENCE_MILLIS, Parcel, Stuck, spill_pause_secs};
use crate::time::UnixMillis;

/// How a queue delivers.
#[derive(Clone, Debug, Deserialize)]
struct Rules {
    queue: String,
    max_batch_size: usize,
    max_retries: u32,
    #[serde(default)]
    retry_delay: i64,
    dead_letter_queue: Option<String>,
}

/// What the worker's own file says.
static RULES: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        queues: Queues,
    }
    #[derive(Deserialize)]
    struct Queues {
        consumers: Vec<Rules>,
    }
    let file: File = toml::from_str(include_str!("../../../wrangler.toml")).expect("wrangler.toml is valid");
    file.queues.consumers
});

impl QueueName {
    const fn name(self) -> &'static str {
        match self {
            Self::Followups => "followups",
            Self::Spill => "spill",
            Self::DeadLetters => "dead-letters",
        }
    }

    fn rules(self) -> &'static Rules {
        RULES.iter().find(|rules| rules.queue == self.name()).expect("wrangler.toml names every queue")
    }
}

/// A message in a queue.
#[derive(Clone, Debug)]
pub struct Message {
    id: u64,
    carried: Carried,
    sent_at: UnixMillis,
    visible_at: UnixMillis,
    tries: u32,
}

/// Queues and keys.
#[derive(Debug, Default)]
pub struct Store {
    waiting: BTreeMap<QueueName, VecDeque<Message>>,
    /// Sealed keys; they sort by time.
    keys: BTreeMap<u64, Carried>,
    errands: BTreeMap<u64, Errand>,
    last_id: u64,
    is_cron_planned: bool,
}

/// Work on a batch of the spill queue, or on the sealed keys.
#[derive(Debug)]
struct Errand {
    source: Source,
    left: VecDeque<Message>,
    current: Option<Message>,
    stuck: Stuck,
    /// Messages that are to be tried again.
    failed: Vec<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Spill,
    Keys,
}

impl World {
    /// Everything that lies in queues, keys, batches and dead letters.
    pub(super) fn carried(&self) -> impl Iterator<Item = &Carried> {
        let store = &self.store;
        let errands = store.errands.values();
        let under_way = errands.flat_map(|errand| {
            errand.left.iter().chain(&errand.current).chain(&errand.failed).map(|message| &message.carried)
        });
        let waiting = store.waiting.values().flatten().map(|message| &message.carried);
        waiting.chain(under_way).chain(store.keys.values()).chain(self.desk.letters.values())
    }

    /// Puts something into a queue. False when the queue refuses, or seems to.
    pub(super) fn send(&mut self, queue: QueueName, carried: Carried) -> bool {
        if self.is_away(Away::Queues) {
            return false;
        }
        if self.fault(|faults| faults.binding_refuses) {
            // An error may also mean that only the answer was lost.
            if self.dice.chance(300) {
                self.put(queue, carried);
            }
            return false;
        }
        self.put(queue, carried);
        true
    }

    pub(super) fn send_followup(&mut self, object: usize, thread: ThreadSummary) {
        if self.sabotage != Some(Sabotage::DropDeskUpdate) {
            self.send(QueueName::Followups, Carried::Update { object, thread: Box::new(thread) });
        }
    }

    fn put(&mut self, queue: QueueName, carried: Carried) {
        let now = self.agenda.now();
        self.store.last_id += 1;
        let message = Message { id: self.store.last_id, carried, sent_at: now, visible_at: now, tries: 0 };
        self.wait_in(queue, message);
    }

    fn wait_in(&mut self, queue: QueueName, message: Message) {
        let slow = if self.fault(|faults| faults.queue_slow) { self.dice.spread(HOUR) } else { 0 };
        let pause = slow + self.dice.between(5, 1_500);
        let at = message.visible_at.plus_millis(pause);
        self.store.waiting.entry(queue).or_default().push_back(Message { visible_at: at, ..message });
        self.agenda.at(at, Event::Pump { queue });
    }

    /// Delivers a batch of what is due.
    pub(super) fn pump(&mut self, queue: QueueName) {
        let now = self.agenda.now();
        let waiting = self.store.waiting.entry(queue).or_default();
        let (mut due, later): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(waiting).into_iter().partition(|message| message.visible_at <= now);
        let rest = due.split_off(due.len().min(queue.rules().max_batch_size));
        waiting.extend(rest.into_iter().chain(later));
        if due.is_empty() {
            return;
        }
        if self.dice.chance(200) {
            let half = self.dice.index(due.len());
            due.rotate_left(half);
        }
        // Copies are not copied again: they would become millions.
        for message in due.clone().into_iter().filter(|message| message.tries == 0) {
            if self.fault(|faults| faults.queue_twice) {
                self.wait_in(queue, Message { tries: 1, ..message });
            }
        }
        self.agenda.after(1, Event::Pump { queue });
        match queue {
            QueueName::Followups => self.bring_followups(due.into()),
            QueueName::Spill => self.begin(Source::Spill, due),
            QueueName::DeadLetters => self.bring_letters(due.into()),
        }
    }

    /// One batch to the desk in one call; each conversation is then told that the desk has it.
    fn bring_followups(&mut self, batch: Vec<Message>) {
        let updates: Vec<(usize, ThreadSummary)> = batch
            .iter()
            .filter_map(|message| match &message.carried {
                Carried::Update { object, thread } => Some((*object, (**thread).clone())),
                _ => None,
            })
            .collect();
        if !self.update_threads(&updates) || self.fault(|faults| faults.errand_crash) {
            return batch.into_iter().for_each(|message| self.again(QueueName::Followups, message, None));
        }
        for (object, thread) in updates {
            let call = super::event::ObjectCall::DeskHas { version: thread.version };
            let pause = self.dice.between(1, 20);
            self.agenda.after(pause, Event::Call { object, call, caller: Caller::Nobody });
        }
    }

    /// Each dead letter by itself; one that waits too long for the desk is sealed.
    fn bring_letters(&mut self, batch: Vec<Message>) {
        for message in batch {
            let letter = match &message.carried {
                Carried::Letter(letter) => letter.clone(),
                Carried::Parcel(parcel) => {
                    Letter { id: format!("queued-{}", message.id), parcel: Some(parcel.clone()) }
                }
                Carried::Update { .. } => continue,
            };
            let waited = self.agenda.now().millis_since(message.sent_at);
            let is_kept = self.keep_at_desk(&letter)
                || (waited > LETTER_PATIENCE_MILLIS && self.seal(Carried::Letter(letter)));
            if !is_kept || self.fault(|faults| faults.errand_crash) {
                self.again(QueueName::DeadLetters, message, None);
            }
        }
    }

    /// A message is to be delivered again, unless that happened too often.
    fn again(&mut self, queue: QueueName, message: Message, delay_secs: Option<u32>) {
        let rules = queue.rules();
        if message.tries >= rules.max_retries {
            if let Some(next) = &rules.dead_letter_queue
                && self.sabotage != Some(Sabotage::DropDeadLetters)
            {
                debug_assert_eq!(next, QueueName::DeadLetters.name());
                let fresh = Message { tries: 0, sent_at: self.agenda.now(), ..message };
                self.wait_in(QueueName::DeadLetters, fresh);
            }
            self.report.dropped_by_queues += 1;
            return;
        }
        let delay = delay_secs.map_or(rules.retry_delay, i64::from) * SECOND;
        let visible_at = self.agenda.now().plus_millis(delay);
        self.wait_in(queue, Message { visible_at, tries: message.tries + 1, ..message });
    }

    /// Seals something into a key. False when the store refuses, or seems to.
    pub(super) fn seal(&mut self, carried: Carried) -> bool {
        if self.is_away(Away::Keys) {
            return false;
        }
        let is_refused = self.fault(|faults| faults.binding_refuses);
        if is_refused && self.dice.chance(700) {
            return false;
        }
        self.store.last_id += 1;
        self.store.keys.insert(self.store.last_id, carried);
        self.plan_cron();
        !is_refused
    }

    fn plan_cron(&mut self) {
        if !self.store.keys.is_empty() && !std::mem::replace(&mut self.store.is_cron_planned, true) {
            self.agenda.after(MINUTE, Event::Cron);
        }
    }

    /// Replays what lies in sealed keys, oldest first.
    pub(super) fn cron(&mut self) {
        self.store.is_cron_planned = false;
        self.plan_cron();
        if self.is_away(Away::Keys) || self.is_away(Away::Everything) {
            return;
        }
        let now = self.agenda.now();
        let message = |(id, carried): (&u64, &Carried)| Message {
            id: *id,
            carried: carried.clone(),
            sent_at: now,
            visible_at: now,
            tries: 0,
        };
        let left = self.store.keys.iter().map(message).collect();
        self.begin(Source::Keys, left);
    }

    fn begin(&mut self, source: Source, left: VecDeque<Message>) {
        self.last_request += 1;
        let id = self.last_request;
        let errand = Errand { source, left, current: None, stuck: Stuck::default(), failed: Vec::new() };
        self.store.errands.insert(id, errand);
        if self.fault(|faults| faults.errand_crash) {
            let pause = self.dice.between(0, 2 * SECOND);
            self.agenda.after(pause, Event::ErrandCrash { errand: id });
        }
        self.go_on(id);
    }

    /// Goes on with the next message or key, one at a time.
    fn go_on(&mut self, id: u64) {
        loop {
            let Some(errand) = self.store.errands.get_mut(&id) else { return };
            let source = errand.source;
            let Some(message) = errand.left.pop_front() else { return self.end(id) };
            match &message.carried {
                Carried::Parcel(parcel) if errand.stuck.may_try(parcel) => {
                    let parcel = parcel.clone();
                    errand.current = Some(message);
                    return self.call_for(&parcel, Caller::Errand(id));
                }
                Carried::Letter(letter) if source == Source::Keys => {
                    let letter = letter.clone();
                    if self.keep_at_desk(&letter) {
                        self.store.keys.remove(&message.id);
                    }
                }
                _ => errand.failed.push(message),
            }
        }
    }

    /// An object answered an errand, or did not.
    pub(super) fn errand_replied(&mut self, id: u64, ok: bool) {
        let ok = ok || self.sabotage == Some(Sabotage::SpillAlwaysAcknowledged);
        let Some(errand) = self.store.errands.get_mut(&id) else { return };
        let Some(message) = errand.current.take() else { return };
        if ok {
            self.report.replayed += 1;
            if errand.source == Source::Keys && !self.is_away(Away::Keys) {
                self.store.keys.remove(&message.id);
            }
        } else {
            if let Carried::Parcel(parcel) = &message.carried {
                errand.stuck.add(parcel);
            }
            errand.failed.push(message);
        }
        self.go_on(id);
    }

    fn end(&mut self, id: u64) {
        let Some(errand) = self.store.errands.remove(&id) else { return };
        if errand.source == Source::Spill {
            for message in errand.failed {
                let waited = self.agenda.now().millis_since(message.sent_at);
                self.again(QueueName::Spill, message, Some(spill_pause_secs(waited)));
            }
        }
    }

    /// The machine dies: a queue delivers the whole batch again, keys stay where they are.
    pub(super) fn errand_crash(&mut self, id: u64) {
        let Some(errand) = self.store.errands.remove(&id) else { return };
        if errand.source == Source::Spill {
            let batch = errand.failed.into_iter().chain(errand.current).chain(errand.left);
            for message in batch.collect::<Vec<_>>() {
                self.again(QueueName::Spill, message, None);
            }
        }
    }

    /// How many parcels lie in queues and keys.
    pub(super) fn parcels_carried(&self) -> usize {
        self.carried().filter(|carried| matches!(carried, Carried::Parcel(Parcel::Items { .. }))).count()
    }
}
