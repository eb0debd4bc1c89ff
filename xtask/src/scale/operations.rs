//! What a conversation asks of the platform it runs on, counted by running it: the actor of the core with rows in
//! memory, driven as the worker's object drives it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::ops::{Add, Mul};

use anyhow::{Context as _, Result, ensure};
use lotse_core::actor::{
    Actor, Attempt, Commit, Context, Next, Outcome, RecordError, Records, Row, SEEN, SendReport, Tally, Woken,
};
use lotse_core::channel::ChannelName;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack;
use lotse_core::message::{Contact, Content, ConversationKey, DeliveryState, Event, Item};
use lotse_core::settings::{Settings, resolve_zone};
use lotse_core::time::UnixMillis;

use crate::places;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// Operations of the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Operations {
    /// Webhooks that come in.
    pub webhooks: f64,
    /// Requests to the conversation's object, alarms included.
    pub object_requests: f64,
    /// Rows written there, and alarms set.
    pub rows_written: f64,
    /// Rows read there.
    pub rows_read: f64,
    /// Updates that travel to the desk.
    pub desk_updates: f64,
    /// Messages that leave.
    pub replies: f64,
    /// Calls to the messenger platform: messages and read ticks.
    pub platform_calls: f64,
}

/// What can come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// A known question of somebody new.
    pub question_new: Operations,
    /// The next one of the same person.
    pub question_returning: Operations,
    /// What needs a human, of somebody new.
    pub handover_new: Operations,
    /// The next message of a person whose thread is open.
    pub handover_returning: Operations,
    /// Thanks of somebody who has a conversation.
    pub thanks: Operations,
    /// One report on a message of ours, the mean over sent, delivered and read.
    pub status: Operations,
}

/// Counts.
///
/// # Errors
/// When settings or pack cannot be read, or the pack answers other questions than those asked here.
pub fn count() -> Result<Counted> {
    let read = |path: &str| fs::read_to_string(places::root().join(path)).with_context(|| path.to_owned());
    let settings = Settings::from_toml(&read("lotse.toml")?, &resolve_zone)
        .map_err(|error| anyhow::anyhow!("lotse.toml:{}: {}", error.line, error.reason))?;
    let pack_path = format!("knowledge/{}/pack.toml", settings.organisation.pack);
    let pack = pack::parse(&read(&pack_path)?).map_err(|error| anyhow::anyhow!("{pack_path}: {error}"))?;
    // A phrasing of the pack, word for word, is answered whatever the thresholds.
    let asked = pack.entries.iter().find_map(|entry| entry.phrasings.values().flatten().next());
    let question = asked.context("the pack has no phrasing")?.clone();
    let knowledge = Knowledge::compile(&pack);

    let mut asking = Conversation::new(&settings, &knowledge);
    let question_new = asking.writes(&question)?;
    ensure!(asking.tally.answered == 1, "{question:?} is answered");
    let status = asking.reports()? * (1.0 / 3.0);
    let question_returning = asking.writes(&question)?;
    let thanks = asking.writes("Danke!")?;
    let mut waiting = Conversation::new(&settings, &knowledge);
    let handover_new = waiting.writes("Mensch")?;
    ensure!(waiting.tally.handed_over.len() == 1, "a human is needed");
    let handover_returning = waiting.writes("Meine Katze heißt Mia")?;
    Ok(Counted { question_new, question_returning, handover_new, handover_returning, thanks, status })
}

/// Rows in memory that count how often they are read.
#[derive(Default)]
struct Memory {
    rows: RefCell<BTreeMap<String, String>>,
    read: Cell<u32>,
}

impl Records for Memory {
    fn get(&self, key: &str) -> Result<Option<String>, RecordError> {
        self.read.set(self.read.get() + 1);
        Ok(self.rows.borrow().get(key).cloned())
    }

    fn with_prefix(&self, prefix: &str) -> Result<Vec<Row>, RecordError> {
        let rows = self.rows.borrow();
        let found = rows.iter().filter(|(key, _)| key.starts_with(prefix));
        let found: Vec<Row> =
            found.map(|(key, value)| Row { key: key.clone(), value: value.clone() }).collect();
        self.read.set(self.read.get() + u32::try_from(found.len()).unwrap_or(u32::MAX));
        Ok(found)
    }
}

/// A person's conversation, with a meter.
struct Conversation<'a> {
    settings: &'a Settings,
    knowledge: &'a Knowledge,
    actor: Actor,
    memory: Memory,
    now: UnixMillis,
    alarm: Option<UnixMillis>,
    messages: u32,
    /// The latest message of ours: its send and line.
    sent: Option<Attempt>,
    tally: Tally,
    meter: Operations,
}

impl<'a> Conversation<'a> {
    fn new(settings: &'a Settings, knowledge: &'a Knowledge) -> Self {
        let key = ConversationKey {
            channel: ChannelName::Whatsapp,
            account: "main".to_owned(),
            contact: "1".to_owned(),
        };
        Self {
            settings,
            knowledge,
            actor: Actor::new(key, NOW),
            memory: Memory::default(),
            now: NOW,
            alarm: None,
            messages: 0,
            sent: None,
            tally: Tally::default(),
            meter: Operations::default(),
        }
    }

    /// The person writes; counts until the conversation is at rest.
    fn writes(&mut self, text: &str) -> Result<Operations> {
        self.now = self.now.plus_millis(60_000);
        self.messages += 1;
        let message_id = format!("wamid.{}", self.messages);
        let item = Item {
            account_address: None,
            event_id: message_id.clone(),
            at: self.now,
            contact: Contact { id: "1".to_owned(), ..Contact::default() },
            event: Event::Message {
                message_id,
                content: Content::Text { body: text.to_owned() },
                reply_to: None,
                forwarded: false,
            },
        };
        self.meter = Operations { webhooks: 1.0, ..Operations::default() };
        self.tally = Tally::default();
        self.request();
        self.change(|actor, memory, context| {
            actor.deliver(std::slice::from_ref(&item), memory, context).map(|commit| (commit, ()))
        })?;
        self.do_what_is_left()?;
        self.rest()
    }

    /// The platform reports that the latest message was sent, delivered and read.
    fn reports(&mut self) -> Result<Operations> {
        let attempt = self.sent.context("nothing was sent")?;
        self.meter = Operations { webhooks: 3.0, ..Operations::default() };
        for state in [DeliveryState::Sent, DeliveryState::Delivered, DeliveryState::Read] {
            let report = SendReport { attempt, message_id: String::new(), state, error: None };
            self.request();
            self.change(|actor, memory, context| {
                actor.report(&report, memory, context).map(|commit| (commit, ()))
            })?;
            self.do_what_is_left()?;
        }
        self.rest()
    }

    /// The desk confirms, and the alarm looks after what was done, if it is set for that.
    fn rest(&mut self) -> Result<Operations> {
        if let Some(version) = self.actor.kept().desk_update.as_ref().map(|update| update.thread.version) {
            self.request();
            self.change(|actor, _, context| actor.desk_has(version, context).map(|commit| (commit, ())))?;
        }
        while let Some(at) = self.alarm.filter(|at| at.millis_since(self.now) < DAY_MILLIS / 2) {
            (self.now, self.alarm) = (at.max(self.now), None);
            self.request();
            let forgets = self.change(|actor, records, context| {
                Ok(match actor.woken(records, context)? {
                    Woken::Forget => (Commit::default(), true),
                    Woken::Work(commit) => (commit, false),
                })
            })?;
            ensure!(!forgets, "a conversation of today is kept");
            self.do_what_is_left()?;
        }
        self.meter.rows_read = f64::from(self.memory.read.replace(0));
        Ok(self.meter)
    }

    fn request(&mut self) {
        self.meter.object_requests += 1.0;
    }

    /// As the object does after every input: the first call goes out, the desk is told, the others follow.
    fn do_what_is_left(&mut self) -> Result<()> {
        let mut is_told = false;
        loop {
            let next = self.change(|actor, memory, context| actor.next_call(memory, context))?;
            if !std::mem::replace(&mut is_told, true) {
                self.tell_desk()?;
            }
            match next {
                Next::Call(call) => {
                    self.meter.platform_calls += 1.0;
                    if call.attempt.is_some() {
                        self.meter.replies += 1.0;
                        self.sent = call.attempt;
                    }
                    self.change(|actor, memory, context| {
                        let send = call.attempt.map(|attempt| attempt.send);
                        actor.called(send, &Outcome::Sent, memory, context).map(|commit| (commit, ()))
                    })?;
                }
                Next::AskSlot { .. } => {
                    self.change(|actor, _, _| {
                        actor.slot_granted();
                        Ok((Commit::default(), ()))
                    })?;
                }
                Next::Rest => break,
            }
        }
        self.change(|actor, _, context| Ok((actor.work_done(context), ())))
    }

    fn tell_desk(&mut self) -> Result<()> {
        let due = self.change(|actor, _, context| {
            Ok(actor.due_for_desk(context)?.map_or((Commit::default(), false), |(commit, _)| (commit, true)))
        })?;
        self.meter.desk_updates += f64::from(u8::from(due));
        Ok(())
    }

    fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Actor, &dyn Records, &Context<'_>) -> Result<(Commit, T), RecordError>,
    ) -> Result<T> {
        let context = Context {
            knowledge: self.knowledge,
            settings: self.settings,
            backlog: None,
            now: self.now,
            random: [7; 8],
            take_slot: &|_| true,
        };
        let (commit, value) = act(&mut self.actor, &self.memory, &context)?;
        let written = commit.rows.len() + usize::from(commit.alarm.is_some());
        self.meter.rows_written += f64::from(u32::try_from(written)?);
        self.alarm = commit.alarm.or(self.alarm);
        self.tally.answered += commit.tally.answered;
        self.tally.handed_over.extend(commit.tally.handed_over);
        let mut rows = self.memory.rows.borrow_mut();
        if commit.forget_seen_before.is_some() {
            // Every delivery that is remembered is looked at.
            let remembered = rows.keys().filter(|key| key.starts_with(SEEN)).count();
            self.memory.read.set(self.memory.read.get() + u32::try_from(remembered)?);
        }
        rows.extend(commit.rows.into_iter().map(|row| (row.key, row.value)));
        Ok(value)
    }
}

impl Add for Operations {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            webhooks: self.webhooks + other.webhooks,
            object_requests: self.object_requests + other.object_requests,
            rows_written: self.rows_written + other.rows_written,
            rows_read: self.rows_read + other.rows_read,
            desk_updates: self.desk_updates + other.desk_updates,
            replies: self.replies + other.replies,
            platform_calls: self.platform_calls + other.platform_calls,
        }
    }
}

impl Mul<f64> for Operations {
    type Output = Self;

    fn mul(self, times: f64) -> Self {
        Self {
            webhooks: self.webhooks * times,
            object_requests: self.object_requests * times,
            rows_written: self.rows_written * times,
            rows_read: self.rows_read * times,
            desk_updates: self.desk_updates * times,
            replies: self.replies * times,
            platform_calls: self.platform_calls * times,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_conversation_costs_is_counted_by_running_it() {
        let Counted { question_new, handover_new, handover_returning, status, .. } = count().expect("counts");
        assert_eq!((question_new.webhooks, question_new.replies), (1.0, 1.0));
        assert_eq!(question_new.desk_updates, 0.0, "nobody at the desk has to hear of an answered question");
        assert!(question_new.rows_written >= 4.0, "seen, two lines, kept: {question_new:?}");
        assert!(handover_new.desk_updates >= 1.0 && handover_returning.desk_updates >= 1.0);
        assert!((0.9..=1.1).contains(&status.webhooks) && status.rows_written < question_new.rows_written);
    }
}
