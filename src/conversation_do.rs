//! One object per conversation: the shell around [`lotse_core::actor`].
//!
//! Atomic because an object runs one thing at a time between awaits, and every input is taken in one commit.
//! What was committed is durable before the caller hears of it: the runtime holds back every answer and every
//! outgoing request until it is on disk.
//!
//! Must never wait for the desk on the way of a person's message.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use lotse_core::actor::{
    Actor, Call, Commit, Context, Errand, Forwarded, Next, Outcome, RecordError, Records, SendReport, Woken,
};
use lotse_core::conversation::{AgentCommand, Refusal};
use lotse_core::message::{ConversationKey, Item};
use lotse_core::pacing::{self, ProbeId};
use lotse_core::routing::callback;
use worker::{Env, Error, Result, State};

use crate::call::{AgentAnswer, ConversationCall, RefusalKind};
use crate::environment::Environment;
use crate::followups_queue::ThreadUpdate;
use crate::log::Value;
use crate::object::{Answer, Object, json};
use crate::pacer::{self, CallOut, Permit};
use crate::rows::Rows;
use crate::storage::Database;
use crate::{backlog, call, clock, knowledge, log, metrics, objects, platform, questions, queues};

/// What agents read on a line that waits for its account.
const PAUSED: &str = "the account does not send at the moment";
/// When a conversation is looked at again that could not be opened, or whose storage refused to set an alarm.
const REPAIR_MILLIS: i64 = 5 * 60_000;

/// How many conversations of one isolate may be at work before read ticks are left out: each is a call more
/// to the platform, and answers come first.
const CALM: u32 = 12;

thread_local! {
    /// How many conversations of this isolate are at work.
    static AT_WORK: Cell<u32> = const { Cell::new(0) };
}

/// The object.
pub struct ConversationObject {
    object: Rc<State>,
    env: Env,
    conversation: OnceCell<Rc<Conversation>>,
}

/// A conversation in memory.
struct Conversation {
    object: Rc<State>,
    env: Env,
    environment: Rc<Environment>,
    rows: Rows,
    /// `None` in a conversation that never had a message.
    actor: RefCell<Option<Actor>>,
}

impl Object for ConversationObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: Rc::new(state), env, conversation: OnceCell::new() }
    }

    async fn call(&self, question: &str) -> Answer {
        let call: ConversationCall = serde_json::from_str(question)?;
        let conversation = self.open()?;
        match call {
            ConversationCall::Deliver { key, items, is_forwarded } => {
                if conversation.lives_elsewhere() && !is_forwarded {
                    conversation.forward(items).await?;
                    return Ok(None);
                }
                knowledge::catch_up_in(&self.object, &self.env).await;
                conversation.deliver(key, &items)?;
                work(conversation);
                Ok(None)
            }
            ConversationCall::SendReport(report) => {
                conversation.report(&report)?;
                work(conversation);
                Ok(None)
            }
            ConversationCall::Agent { name, command, repeat_key } => {
                let answer = conversation.command(&name, command, repeat_key.as_deref())?;
                work(conversation);
                json(&answer)
            }
            ConversationCall::Fallback { key, message } => {
                conversation.begin(key);
                conversation
                    .change(|actor, rows, context| Ok((actor.take_fallback(&message, rows, context)?, ())))?;
                work(conversation);
                Ok(None)
            }
            ConversationCall::LivesAt { key, home } => {
                conversation.begin(key);
                conversation.change(|actor, _, context| Ok((actor.lives_at(home, context)?, ())))?;
                Ok(None)
            }
            ConversationCall::Read => json(&conversation.transcript()?),
            ConversationCall::DeskHas { version } => {
                conversation.change(|actor, _, context| Ok((actor.desk_has(version, context)?, ())))?;
                Ok(None)
            }
        }
    }

    async fn alarm(&self) -> Result<()> {
        let conversation = match self.open() {
            Ok(conversation) => conversation,
            Err(error) => {
                // The runtime gives an alarm up that keeps failing: set it anew, for after the repair.
                log::error("conversation_unopened", &[log::cause(&error)]);
                let at = clock::now().plus_millis(REPAIR_MILLIS);
                Database::new(self.object.storage()).set_alarm(at.0)?;
                return Ok(());
            }
        };
        let woken = conversation.change(|actor, rows, context| {
            Ok(match actor.woken(rows, context)? {
                Woken::Forget => (Commit::default(), true),
                Woken::Work(commit) => (commit, false),
            })
        })?;
        if woken == Some(true) {
            conversation.rows.start_anew().await?;
            *conversation.actor.borrow_mut() = None;
        } else {
            let left = conversation.do_what_is_left().await;
            if left.is_err() {
                // This alarm is used up, and no other could be set: without one nobody would look again.
                conversation.rows.set_alarm(clock::now().plus_millis(REPAIR_MILLIS))?;
            }
            metrics::flush(&self.env).await;
        }
        Ok(())
    }
}

impl ConversationObject {
    /// The conversation, opened at the first call: a failure is an answer then, and not a crash.
    fn open(&self) -> Result<&Rc<Conversation>> {
        if let Some(conversation) = self.conversation.get() {
            return Ok(conversation);
        }
        let environment = Environment::of(&self.env)?;
        let rows = Rows::open(self.object.storage())?;
        let actor = RefCell::new(Actor::restore(&rows).map_err(broken)?);
        let (object, env) = (Rc::clone(&self.object), self.env.clone());
        let conversation = Conversation { object, env, environment, rows, actor };
        Ok(self.conversation.get_or_init(|| Rc::new(conversation)))
    }
}

/// Does what the last commit left to do, after the caller was answered.
fn work(conversation: &Rc<Conversation>) {
    let working = Rc::clone(conversation);
    conversation.object.wait_until(async move {
        AT_WORK.set(AT_WORK.get() + 1);
        // A failure is logged, and the alarm that came with the commit looks after it.
        let _ = working.do_what_is_left().await;
        AT_WORK.set(AT_WORK.get().saturating_sub(1));
        backlog::refresh(&working.env).await;
        knowledge::refresh(&working.env).await;
        metrics::flush(&working.env).await;
        questions::flush(&working.env, AT_WORK.get() > CALM).await;
    });
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn broken(error: RecordError) -> Error {
    Error::RustError(error.to_string())
}

impl Conversation {
    /// The id by which the desk and the platforms' reports know this conversation.
    fn id(&self) -> String {
        self.object.id().to_string()
    }

    /// Changes the conversation, if there is one. When the change cannot be committed, memory goes on from what
    /// is stored.
    fn change<T>(
        &self,
        act: impl FnOnce(&mut Actor, &dyn Records, &Context<'_>) -> std::result::Result<(Commit, T), RecordError>,
    ) -> Result<Option<T>> {
        let mut held = self.actor.borrow_mut();
        let Some(actor) = held.as_mut() else { return Ok(None) };
        let key = actor.kept().key.clone();
        let knowledge = knowledge::running()?;
        let context = Context {
            knowledge: &knowledge,
            settings: &self.environment.settings,
            backlog: backlog::cached(),
            now: clock::now(),
            random: clock::dice(),
            take_slot: &|lane| pacer::take(key.channel, &key.account, lane),
        };
        let changed = act(actor, &self.rows, &context).map_err(broken);
        let committed = changed.and_then(|(commit, value)| {
            self.rows.commit(&commit)?;
            metrics::committed(&key, &commit.tally);
            if !commit.learnt.is_empty() {
                questions::learnt(&self.id(), commit.learnt);
            }
            Ok(value)
        });
        if committed.is_err() {
            *held = Actor::restore(&self.rows).map_err(broken)?;
        }
        committed.map(Some)
    }

    /// A conversation begins with the first thing that is told to it.
    fn begin(&self, key: ConversationKey) {
        self.actor.borrow_mut().get_or_insert_with(|| Actor::new(key, clock::now()));
    }

    fn deliver(&self, key: ConversationKey, items: &[Item]) -> Result<()> {
        self.begin(key);
        self.change(|actor, rows, context| Ok((actor.deliver(items, rows, context)?, ())))?;
        Ok(())
    }

    /// Whether the person's conversation began under another id of theirs, and lives on there.
    fn lives_elsewhere(&self) -> bool {
        self.actor.borrow().as_ref().is_some_and(|actor| actor.kept().lives_at.is_some())
    }

    /// Hands items on to where the person's conversation lives. Should that fail, the caller keeps them.
    async fn forward(&self, items: Vec<Item>) -> Result<()> {
        let forwarded = self.change(|actor, rows, context| actor.forward(items, rows, context))?;
        let Some(Forwarded { to: key, items }) = forwarded.flatten() else { return Ok(()) };
        let stub = objects::conversation(&self.env, &key.object_name())?;
        call::tell(&stub, &ConversationCall::Deliver { key, items, is_forwarded: true }).await
    }

    fn report(&self, report: &SendReport) -> Result<()> {
        let changed = self.change(|actor, rows, context| {
            let commit = actor.report(report, rows, context)?;
            let is_news = !commit.is_empty();
            Ok((commit, is_news.then(|| actor.kept().key.clone())))
        })?;
        // What a failure says of the account, it says of all that wait.
        if let Some(key) = changed.flatten()
            && let Some(error) = report.send_error(key.channel.channel())
        {
            let outcome = Outcome::Refused(error);
            note_outcome("send_failed_later", &key, &outcome);
            self.report_to_pacer(key, None, &outcome);
        }
        Ok(())
    }

    fn command(&self, name: &str, command: AgentCommand, repeat_key: Option<&str>) -> Result<AgentAnswer> {
        if self.thread_now().is_none() {
            return Ok(AgentAnswer::NoThread);
        }
        let outcome = self.change(|actor, rows, context| {
            Ok(match actor.command(name, command, repeat_key, rows, context)? {
                Ok(commit) => (commit, None),
                Err(refusal) => (Commit::default(), Some(refusal)),
            })
        })?;
        Ok(match (outcome.flatten(), self.thread_now()) {
            (Some(refusal), _) => refused(&refusal),
            (None, Some(thread)) => AgentAnswer::Done { thread: Box::new(thread) },
            (None, None) => AgentAnswer::NoThread,
        })
    }

    fn thread_now(&self) -> Option<lotse_core::conversation::ThreadSummary> {
        self.actor.borrow().as_ref()?.thread(clock::now())
    }

    fn transcript(&self) -> Result<Option<lotse_core::api::Transcript>> {
        let actor = self.actor.borrow();
        actor.as_ref().map(|actor| actor.transcript(&self.rows, clock::now()).map_err(broken)).transpose()
    }

    /// Sends and tells what is due, then sets the alarm for what comes next; fails where that cannot be set.
    async fn do_what_is_left(&self) -> Result<()> {
        let (sent, told, brought) =
            futures_util::future::join3(self.send_what_is_due(), self.tell_desk(), self.bring_transfers())
                .await;
        let scheduled = self.change(|actor, _, context| Ok((actor.work_done(context), ())));
        for error in
            [sent.as_ref().err(), told.as_ref().err(), brought.as_ref().err(), scheduled.as_ref().err()]
                .into_iter()
                .flatten()
        {
            log::error("work_left", &[log::cause(error)]);
        }
        if let Some(since) = self.actor.borrow().as_ref().and_then(Actor::unsent_since) {
            metrics::still_unsent(since);
        }
        scheduled.map(|_| ())
    }

    async fn send_what_is_due(&self) -> Result<()> {
        let mut probe = None;
        loop {
            let next = self.change(|actor, rows, context| {
                let (commit, next) = actor.next_call(rows, context)?;
                Ok((commit, (next, actor.kept().key.clone())))
            })?;
            match next {
                Some((Next::Call(call), key)) => {
                    let outcome = self.call_platform(&call).await;
                    let send = call.attempt.map(|attempt| attempt.send);
                    self.change(|actor, rows, context| {
                        Ok((actor.called(send, &outcome, rows, context)?, ()))
                    })?;
                    if send.is_some() {
                        self.report_to_pacer(key, probe.take(), &outcome);
                    }
                }
                Some((Next::AskSlot { lane, held }, key)) => {
                    let permit = pacer::permit(&self.env, key.channel, &key.account, lane, held).await;
                    self.change(|actor, _, _| {
                        Ok(match permit {
                            Permit::Now { probe: one } => {
                                probe = one;
                                actor.slot_granted();
                                (Commit::default(), ())
                            }
                            Permit::NotBefore(slot) => (actor.slot_refused(slot, None)?, ()),
                            Permit::Paused(slot) => (actor.slot_refused(slot, Some(PAUSED))?, ()),
                        })
                    })?;
                }
                Some((Next::Rest, _)) | None => return Ok(()),
            }
        }
    }

    /// In the background: a conversation never waits for it.
    fn report_to_pacer(&self, key: ConversationKey, probe: Option<ProbeId>, outcome: &Outcome) {
        let outcome = match outcome {
            Outcome::Sent => pacing::Outcome::Works,
            Outcome::Unknown => pacing::Outcome::Troubled,
            Outcome::Refused(error) => pacing::Outcome::refused(&error.kind, error.code),
        };
        if outcome != pacing::Outcome::Works || probe.is_some() {
            let env = self.env.clone();
            self.object.wait_until(async move {
                pacer::report(&env, key.channel, &key.account, probe, outcome).await;
            });
        }
    }

    async fn call_platform(&self, call: &Call) -> Outcome {
        let callback = call.attempt.map(|attempt| callback(&self.id(), attempt));
        if callback.is_none() && AT_WORK.get() > CALM {
            return Outcome::Sent;
        }
        let _out = CallOut::begin(call.key.channel, &call.key.account);
        let outcome = platform::make(&self.environment, call, callback.as_deref().unwrap_or_default()).await;
        note(call, &outcome);
        outcome
    }

    /// Brings what is due to the person's other conversations.
    async fn bring_transfers(&self) -> Result<()> {
        loop {
            let due = self.change(|actor, _, context| actor.due_transfer(context))?;
            let Some(transfer) = due.flatten() else { return Ok(()) };
            let stub = objects::conversation(&self.env, &transfer.to.object_name())?;
            let key = transfer.to.clone();
            let telling = match transfer.errand.clone() {
                Errand::Message(message) => ConversationCall::Fallback { key, message },
                Errand::LivesAt(home) => ConversationCall::LivesAt { key, home },
            };
            call::tell(&stub, &telling).await?;
            self.change(|actor, _, _| Ok((actor.transferred(&transfer)?, ())))?;
        }
    }

    /// Tells the desk how the thread stands, by queue, until it confirms.
    async fn tell_desk(&self) -> Result<()> {
        let due = self.change(|actor, _, context| {
            Ok(match actor.due_for_desk(context)? {
                Some((commit, thread)) => (commit, Some(thread)),
                None => (Commit::default(), None),
            })
        })?;
        let Some(thread) = due.flatten() else { return Ok(()) };
        queues::send(&self.env, "FOLLOWUPS", &ThreadUpdate { id: self.id(), thread }).await
    }
}

fn note(call: &Call, outcome: &Outcome) {
    if call.attempt.is_some() {
        metrics::attempted(&call.key, outcome);
    }
    let refused = if call.attempt.is_some() { "send_refused" } else { "signal_refused" };
    note_outcome(refused, &call.key, outcome);
}

fn note_outcome(refused: &'static str, key: &ConversationKey, outcome: &Outcome) {
    let whose = [("channel", Value::Channel(key.channel)), ("account", Value::Account(&key.account))];
    match outcome {
        Outcome::Sent => {}
        Outcome::Unknown => log::warn("send_unknown", &whose),
        Outcome::Refused(error) => {
            let kind =
                [("kind", Value::Word(error.kind.name())), ("code", Value::Number(error.code.unwrap_or(0)))];
            log::warn(refused, &[whose, kind].concat());
        }
    }
}

fn refused(refusal: &Refusal) -> AgentAnswer {
    let kind = match refusal {
        Refusal::ClaimedBy { .. } => RefusalKind::ClaimedByOther,
        Refusal::Stale { .. } => RefusalKind::ThreadMovedOn,
        Refusal::WrongState { .. } => RefusalKind::WrongState,
        Refusal::TextLength { .. } => RefusalKind::TextLength,
        Refusal::Address(_) => RefusalKind::Address,
    };
    AgentAnswer::Refused { kind, detail: refusal.to_string() }
}
