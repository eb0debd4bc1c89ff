//! One object per conversation: the shell around [`lotse_core::actor`].
//!
//! Atomic because an object runs one thing at a time between awaits, and every input is taken in one commit.
//! What was committed is durable before the caller hears of it: the runtime holds back every answer and every
//! outgoing request until it is on disk.
//!
//! Must never wait for the desk on the way of a person's message.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use lotse_core::actor::{
    Actor, Commit, Context, Next, Outcome, RecordError, Records, SendReport, Slots, Woken,
};
use lotse_core::conversation::{AgentCommand, Lane, Refusal};
use lotse_core::intake::callback;
use lotse_core::message::{ConversationKey, Item};
use lotse_core::time::UnixMillis;
use worker::State;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, console_error, console_warn, durable_object,
    wasm_bindgen,
};

use crate::call::{AgentAnswer, ConversationCall, RefusalKind};
use crate::environment::Environment;
use crate::followups_queue::ThreadUpdate;
use crate::rows::Rows;
use crate::storage::Database;
use crate::{backlog, clock, http, platform, queues};

/// When a conversation is looked at again that could not be opened, or whose storage refused to set an alarm.
const REPAIR_MILLIS: i64 = 5 * 60_000;

/// The object.
#[durable_object]
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

impl DurableObject for ConversationObject {
    fn new(state: State, env: Env) -> Self {
        Self { object: Rc::new(state), env, conversation: OnceCell::new() }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let call: ConversationCall = serde_json::from_slice(&http::whole_body(request.inner()).await?)?;
        let conversation = self.open()?;
        match call {
            ConversationCall::Deliver { key, items } => {
                conversation.deliver(key, &items)?;
                work(conversation);
                done()
            }
            ConversationCall::SendReport(report) => {
                conversation.report(&report)?;
                work(conversation);
                done()
            }
            ConversationCall::Agent { name, command, repeat_key } => {
                let answer = conversation.command(&name, command, repeat_key.as_deref())?;
                work(conversation);
                Response::from_json(&answer)
            }
            ConversationCall::Read => Response::from_json(&conversation.transcript()?),
            ConversationCall::DeskHas { version } => {
                conversation.change(|actor, _, context| Ok((actor.desk_has(version, context)?, ())))?;
                done()
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let conversation = match self.open() {
            Ok(conversation) => conversation,
            Err(error) => {
                // The runtime gives an alarm up that keeps failing: set it anew, for after the repair.
                console_error!("the conversation could not be opened: {error}");
                let at = clock::now().plus_millis(REPAIR_MILLIS);
                Database::new(self.object.storage()).set_alarm(at.0)?;
                return Response::empty();
            }
        };
        let woken = conversation.change(|actor, _, context| match actor.woken(context) {
            Woken::Forget => Ok((Commit::default(), true)),
            Woken::Work(commit) => Ok((commit, false)),
        })?;
        if woken == Some(true) {
            conversation.rows.start_anew().await?;
            *conversation.actor.borrow_mut() = None;
        } else if conversation.do_what_is_left().await.is_err() {
            // This alarm is used up, and no other could be set: without one nobody would look again.
            conversation.rows.set_alarm(clock::now().plus_millis(REPAIR_MILLIS))?;
        }
        Response::empty()
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
        // A failure is logged, and the alarm that came with the commit looks after it.
        let _ = working.do_what_is_left().await;
        backlog::refresh(&working.env).await;
    });
}

fn done() -> Result<Response> {
    Ok(Response::empty()?.with_status(204))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn broken(error: RecordError) -> Error {
    Error::RustError(error.to_string())
}

/// Every send may leave at once.
struct Unpaced;

impl Slots for Unpaced {
    fn take(&self, _lane: Lane) -> bool {
        true
    }
}

impl Conversation {
    /// The id by which the desk and the platforms' reports know this conversation.
    fn id(&self) -> String {
        self.object.id().to_string()
    }

    /// Changes the conversation, if there is one: `act` works on a copy, which takes the place of the actor
    /// once its commit holds.
    fn change<T>(
        &self,
        act: impl FnOnce(&mut Actor, &dyn Records, &Context<'_>) -> std::result::Result<(Commit, T), RecordError>,
    ) -> Result<Option<T>> {
        let Some(actor) = self.actor.borrow().clone() else { return Ok(None) };
        self.change_from(actor, act).map(Some)
    }

    fn change_from<T>(
        &self,
        mut actor: Actor,
        act: impl FnOnce(&mut Actor, &dyn Records, &Context<'_>) -> std::result::Result<(Commit, T), RecordError>,
    ) -> Result<T> {
        let context = Context {
            knowledge: &self.environment.knowledge,
            settings: &self.environment.settings,
            backlog: backlog::cached(),
            now: clock::now(),
            random: clock::dice(),
            slots: &Unpaced,
        };
        let (commit, value) = act(&mut actor, &self.rows, &context).map_err(broken)?;
        if let Err(error) = self.rows.commit(&commit) {
            // Whatever was written of it, memory goes on from what is stored.
            *self.actor.borrow_mut() = Actor::restore(&self.rows).map_err(broken)?;
            return Err(error);
        }
        *self.actor.borrow_mut() = Some(actor);
        Ok(value)
    }

    fn deliver(&self, key: ConversationKey, items: &[Item]) -> Result<()> {
        let known = self.actor.borrow().clone();
        let actor = known.unwrap_or_else(|| Actor::new(key, clock::now()));
        self.change_from(actor, |actor, rows, context| Ok((actor.deliver(items, rows, context)?, ())))
    }

    fn report(&self, report: &SendReport) -> Result<()> {
        self.change(|actor, rows, context| Ok((actor.report(report, rows, context)?, ())))?;
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
        let (sent, told) = futures_util::future::join(self.send_what_is_due(), self.tell_desk()).await;
        let scheduled = self.change(|actor, _, context| Ok((actor.work_done(context), ())));
        for error in
            [sent.as_ref().err(), told.as_ref().err(), scheduled.as_ref().err()].into_iter().flatten()
        {
            console_error!("something is left to do, the alarm will try again: {error}");
        }
        scheduled.map(|_| ())
    }

    async fn send_what_is_due(&self) -> Result<()> {
        loop {
            let next = self.change(|actor, rows, context| actor.next_call(rows, context))?;
            match next {
                Some(Next::Call(call)) => {
                    let callback = call.send.map(|(send, line)| callback(&self.id(), send, line));
                    let outcome =
                        platform::make(&self.environment, &call, callback.as_deref().unwrap_or_default())
                            .await;
                    note(&outcome);
                    let send = call.send.map(|(send, _)| send);
                    self.change(|actor, rows, context| {
                        Ok((actor.called(send, &outcome, rows, context)?, ()))
                    })?;
                }
                Some(Next::AskSlot(_)) => {
                    self.change(|actor, _, _| Ok((actor.slot_granted(UnixMillis(0))?, ())))?;
                }
                Some(Next::Rest) | None => return Ok(()),
            }
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

fn note(outcome: &Outcome) {
    match outcome {
        Outcome::Sent => {}
        Outcome::Unknown => console_warn!("a send has an unknown outcome and waits for evidence"),
        Outcome::Refused(error) => {
            console_warn!("a send was refused kind={} code={:?}", error.kind.name(), error.code);
        }
    }
}

fn refused(refusal: &Refusal) -> AgentAnswer {
    let kind = match refusal {
        Refusal::ClaimedBy { .. } => RefusalKind::ClaimedByOther,
        Refusal::Stale { .. } => RefusalKind::ThreadMovedOn,
        Refusal::WindowClosed { .. } => RefusalKind::WindowClosed,
        Refusal::WrongState { .. } => RefusalKind::WrongState,
        Refusal::TextLength { .. } => RefusalKind::TextLength,
    };
    AgentAnswer::Refused { kind, detail: refusal.to_string() }
}
