//! One object per conversation: the shell around [`lotse_core::conversation::step`].
//!
//! Atomic because an object runs one thing at a time between awaits, and every input is taken in one
//! transaction: recorded as seen, stepped, its lines and sends written, the state saved. What the
//! transaction wrote is durable before the caller hears of it: the runtime holds back every answer and
//! every outgoing request until the commit is on disk.
//!
//! Must never wait for the desk on the way of a person's message.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use lotse_core::api::Transcript;
use lotse_core::conversation::{AgentCommand, Backlog, Context, Input, Refusal, Step, ThreadSummary, step};
use lotse_core::message::{ConversationKey, DeliveryState, Event, Item, OutgoingContent};
use lotse_core::outbox::Policy;
use lotse_core::time::UnixMillis;
use worker::State;
use worker::{
    DurableObject, Env, Error, Request, Response, Result, console_error, durable_object, wasm_bindgen,
};

use crate::call::{AgentAnswer, ConversationCall, RefusalKind, SendReport};
use crate::conversation_store::{ConversationStore, Kept, Left, Send};
use crate::environment::Environment;
use crate::followups_queue::ThreadUpdate;
use crate::storage::Database;
use crate::{backlog, clock, http, outbox, queues};

/// How long the desk has to confirm an update before it is told again; doubles with every time.
const DESK_CONFIRMS_MILLIS: i64 = 30_000;
/// The longest pause between two tries to tell the desk.
const DESK_PAUSE_MAX_MILLIS: i64 = 30 * 60_000;
/// When a conversation is looked at again that could not be opened.
const REPAIR_MILLIS: i64 = 5 * 60_000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The object.
#[durable_object]
pub struct ConversationObject {
    object: Rc<State>,
    env: Env,
    conversation: OnceCell<Rc<Conversation>>,
}

/// A conversation in memory.
pub struct Conversation {
    /// The runtime's handle.
    pub object: Rc<State>,
    /// Bindings.
    pub env: Env,
    /// Settings, knowledge, secrets.
    pub environment: Rc<Environment>,
    /// The tables.
    pub store: ConversationStore,
    /// What is kept, once loaded; `None` in a conversation that never had a message.
    kept: RefCell<Option<Kept>>,
    /// When the alarm is set for, as far as this object knows.
    alarm_at: Cell<Option<UnixMillis>>,
    /// Whether the outbox is being emptied right now.
    pub draining: Cell<bool>,
    /// Read ticks and confirmed presses that follow once the outbox is empty. In memory only: losing
    /// one does no harm, while a tick before the answer would claim what is not so.
    pub signals: RefCell<Vec<OutgoingContent>>,
    /// Whether this object, in this life, made a call or found one that an earlier life left open.
    pub has_attempted: Cell<bool>,
    /// A send that is recorded as attempted and only has to be made.
    pub started: RefCell<Option<Send>>,
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
                conversation.deliver(key, &items, backlog::cached())?;
                work(conversation);
                done()
            }
            ConversationCall::SendReport(report) => {
                conversation.settle(&report)?;
                work(conversation);
                done()
            }
            ConversationCall::Agent { name, command } => {
                let answer = conversation.command(&name, command, backlog::cached())?;
                work(conversation);
                Response::from_json(&answer)
            }
            ConversationCall::Read => Response::from_json(&conversation.transcript()?),
            ConversationCall::DeskHas { version } => {
                conversation.store.desk_has(version)?;
                conversation.rest()?;
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
                self.set_alarm(clock::now().plus_millis(REPAIR_MILLIS))?;
                return Response::empty();
            }
        };
        conversation.alarm_at.set(None);
        let now = clock::now();
        if conversation.expired(now)? {
            conversation.store.start_anew().await?;
            *conversation.kept.borrow_mut() = None;
            return Response::empty();
        }
        conversation.store.forget_old_deliveries(now)?;
        conversation.do_what_is_left().await;
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
        let store = ConversationStore::open(self.object.storage())?;
        let kept = RefCell::new(store.load()?);
        let conversation = Conversation {
            object: Rc::clone(&self.object),
            env: self.env.clone(),
            environment,
            store,
            kept,
            alarm_at: Cell::new(None),
            draining: Cell::new(false),
            signals: RefCell::default(),
            has_attempted: Cell::new(false),
            started: RefCell::default(),
        };
        Ok(self.conversation.get_or_init(|| Rc::new(conversation)))
    }

    fn set_alarm(&self, at: UnixMillis) -> Result<()> {
        Database::new(self.object.storage()).set_alarm(at.0)
    }
}

/// Does what the last commit left to do, after the caller was answered.
fn work(conversation: &Rc<Conversation>) {
    let working = Rc::clone(conversation);
    conversation.object.wait_until(async move {
        working.do_what_is_left().await;
        backlog::refresh(&working.env).await;
    });
}

fn done() -> Result<Response> {
    Ok(Response::empty()?.with_status(204))
}

impl Conversation {
    /// The id by which the desk and the platforms' reports know this conversation.
    #[must_use]
    pub fn id(&self) -> String {
        self.object.id().to_string()
    }

    /// What is kept now.
    #[must_use]
    pub fn kept(&self) -> Option<Kept> {
        self.kept.borrow().clone()
    }

    /// Takes items in, in one transaction.
    fn deliver(&self, key: ConversationKey, items: &[Item], backlog: Option<Backlog>) -> Result<()> {
        let now = clock::now();
        let known = self.kept().unwrap_or_else(|| Kept::new(key, now));
        let policy = self.policy(&known);
        let (kept, left) = self.store.transaction(|| {
            let mut kept = Kept { touched_at: now, ..known.clone() };
            let mut left = Left::default();
            for item in items {
                // A status without our own id says nothing about a line of ours.
                if matches!(item.event, Event::Status { .. }) || !self.store.is_first(&item.event_id, now)? {
                    continue;
                }
                // Only agents' commands are refused.
                if let Ok(Step { state, effects }) = self.step(&kept, Input::Item(item), backlog, now) {
                    kept.state = state;
                    self.store.apply(&mut kept, effects, &mut left, policy, now)?;
                }
            }
            self.store.save(&kept)?;
            Ok((kept, left))
        })?;
        self.remember(kept, left, now)
    }

    /// Keeps in memory what a transaction wrote, and makes sure that an alarm looks after it.
    fn remember(&self, kept: Kept, left: Left, now: UnixMillis) -> Result<()> {
        *self.kept.borrow_mut() = Some(kept);
        self.signals.borrow_mut().extend(left.signals);
        if left.started.is_some() {
            *self.started.borrow_mut() = left.started;
        }
        if self.store.is_known_idle() { self.rest() } else { self.schedule(self.unless_settled(now)) }
    }

    /// What the settings and the platform say about sends of this conversation.
    #[must_use]
    pub fn policy(&self, kept: &Kept) -> Policy {
        let gives_evidence = kept.key.channel.channel().gives_send_evidence();
        Policy::new(&self.environment.settings.sending, gives_evidence)
    }

    fn step(
        &self,
        kept: &Kept,
        input: Input<'_>,
        backlog: Option<Backlog>,
        now: UnixMillis,
    ) -> std::result::Result<Step, Refusal> {
        let context = Context {
            key: &kept.key,
            knowledge: &self.environment.knowledge,
            settings: &self.environment.settings,
            backlog,
            now,
            random: clock::dice(),
        };
        step(&kept.state, input, &context)
    }

    /// Takes one input in and keeps its consequences, in one transaction that `work` joins.
    ///
    /// # Errors
    /// When the storage refuses. An input that core refuses changes nothing.
    pub fn take(
        &self,
        input: &Input<'_>,
        backlog: Option<Backlog>,
    ) -> Result<std::result::Result<(), Refusal>> {
        let Some(known) = self.kept() else {
            return Err(Error::RustError("there is no conversation here".to_owned()));
        };
        let now = clock::now();
        let Step { state, effects } = match self.step(&known, input.clone(), backlog, now) {
            Ok(step) => step,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let policy = self.policy(&known);
        let (kept, left) = self.store.transaction(|| {
            let mut kept = Kept { state: state.clone(), ..known.clone() };
            let mut left = Left::default();
            self.store.apply(&mut kept, effects.clone(), &mut left, policy, now)?;
            self.store.save(&kept)?;
            Ok((kept, left))
        })?;
        self.remember(kept, left, now)?;
        Ok(Ok(()))
    }

    /// Remembers that the chat lives on under another id.
    ///
    /// # Errors
    /// When the storage refuses.
    pub fn moved_to(&self, contact_id: String) -> Result<()> {
        let Some(mut kept) = self.kept() else { return Ok(()) };
        kept.state.contact.id = contact_id;
        self.store.save(&kept)?;
        *self.kept.borrow_mut() = Some(kept);
        Ok(())
    }

    fn command(&self, name: &str, command: AgentCommand, backlog: Option<Backlog>) -> Result<AgentAnswer> {
        if self.thread().is_none() {
            return Ok(AgentAnswer::NoThread);
        }
        if let Err(refusal) = self.take(&Input::Agent { name, command }, backlog)? {
            let kind = match &refusal {
                Refusal::ClaimedBy { .. } => RefusalKind::ClaimedByOther,
                Refusal::Stale { .. } => RefusalKind::ThreadMovedOn,
                Refusal::WindowClosed { .. } => RefusalKind::WindowClosed,
                Refusal::WrongState { .. } => RefusalKind::WrongState,
                Refusal::TextLength { .. } => RefusalKind::TextLength,
            };
            return Ok(AgentAnswer::Refused { kind, detail: refusal.to_string() });
        }
        Ok(self
            .thread()
            .map_or(AgentAnswer::NoThread, |thread| AgentAnswer::Done { thread: Box::new(thread) }))
    }

    fn thread(&self) -> Option<ThreadSummary> {
        self.kept.borrow().as_ref().and_then(|kept| kept.state.summary(&kept.key, clock::now()))
    }

    fn transcript(&self) -> Result<Option<Transcript>> {
        let Some(kept) = self.kept() else { return Ok(None) };
        let thread = kept.state.summary(&kept.key, clock::now());
        Ok(Some(Transcript { thread, state: kept.state.thread_state(), lines: self.store.lines()? }))
    }

    /// Takes in what the platform reports about a send: evidence that settles an unknown outcome, and
    /// the progress of the line.
    fn settle(&self, report: &SendReport) -> Result<()> {
        let Some(send) = self.store.send(report.send)? else { return self.progress(report) };
        self.store.take_out(send.id)?;
        self.progress(report)
    }

    fn progress(&self, report: &SendReport) -> Result<()> {
        let note = report.error.as_ref().map(|error| error.detail.as_str());
        let changed = self.store.advance(report.line, report.state, note)?;
        if changed && report.state == DeliveryState::Failed {
            // Core refuses nothing here; a line that it does not know changes nothing.
            let _ = self.take(&Input::DeliveryFailed { line: report.line }, None)?;
        }
        Ok(())
    }

    /// Sends and tells what is due, then sets the alarm for what comes next.
    async fn do_what_is_left(&self) {
        // A call that is still out is looked after by whoever made it.
        let in_flight = self.draining.get();
        let sent = outbox::drain(self).await;
        let told = self.try_tell_desk().await;
        for error in [sent.as_ref().err(), told.as_ref().err()].into_iter().flatten() {
            console_error!("something is left to do, the alarm will try again: {error}");
        }
        let now = clock::now();
        let scheduled = match (&sent, &told) {
            (Ok(true), Ok(())) if !in_flight => self.rest(),
            (Ok(_), Ok(())) if !in_flight => self.schedule(now),
            // Not at once: what failed would fail again.
            _ => self.schedule(self.unless_settled(now)),
        };
        if let Err(error) = scheduled {
            console_error!("the alarm could not be set: {error}");
        }
    }

    /// Tells the desk how the thread stands, by queue, until it confirms.
    async fn try_tell_desk(&self) -> Result<()> {
        let now = clock::now();
        let Some(update) = self.store.due_desk_update(now)? else { return Ok(()) };
        let pause =
            DESK_CONFIRMS_MILLIS.saturating_mul(1 << update.attempts.min(10)).min(DESK_PAUSE_MAX_MILLIS);
        // Recorded first: while the queue takes it, nobody else sends the same.
        self.store.desk_told(update.thread.version, update.attempts + 1, now.plus_millis(pause))?;
        queues::send(&self.env, "FOLLOWUPS", &ThreadUpdate { id: self.id(), thread: update.thread }).await
    }

    /// When the alarm looks after work that begins now, should the object die before it is done.
    fn unless_settled(&self, now: UnixMillis) -> UnixMillis {
        now.plus_millis(i64::from(self.environment.settings.sending.settle_seconds.get()) * 1000)
    }

    /// Sets the alarm for what is due next, though not before `earliest`, or for the day on which the
    /// conversation is forgotten.
    fn schedule(&self, earliest: UnixMillis) -> Result<()> {
        // An alarm that fires before looks again by itself; setting it anew would cost a write.
        if self.alarm_at.get().is_some_and(|set| set <= earliest) {
            return Ok(());
        }
        let due = self.store.next_due()?;
        let wanted = match (due, self.expiry()) {
            (Some(due), _) => due.max(earliest),
            // Past its retention, with a thread that is still open: look again tomorrow.
            (None, Some(expiry)) => expiry.max(earliest.plus_millis(DAY_MILLIS)),
            (None, None) => return Ok(()),
        };
        if self.alarm_at.get().is_none_or(|set| wanted < set) {
            self.store.set_alarm(wanted)?;
            self.alarm_at.set(Some(wanted));
        }
        Ok(())
    }

    /// Moves the alarm to the day on which the conversation is forgotten, once nothing is left to do.
    /// While the desk has not confirmed yet, the alarm that guards the work stays where it is.
    fn rest(&self) -> Result<()> {
        if !self.store.is_known_idle() {
            let guarded = self.alarm_at.get().is_some();
            return if guarded { Ok(()) } else { self.schedule(clock::now()) };
        }
        let Some(expiry) = self.expiry() else { return Ok(()) };
        let expiry = expiry.max(clock::now().plus_millis(DAY_MILLIS));
        // The last day of a conversation that goes on need not be exact: it is looked at again then.
        let near = |set: UnixMillis| (set.0 - expiry.0).abs() < DAY_MILLIS;
        if !self.alarm_at.get().is_some_and(near) {
            self.store.set_alarm(expiry)?;
            self.alarm_at.set(Some(expiry));
        }
        Ok(())
    }

    fn expiry(&self) -> Option<UnixMillis> {
        let touched_at = self.kept.borrow().as_ref()?.touched_at;
        let days = i64::from(self.environment.settings.retention.conversations_days.get());
        Some(touched_at.plus_millis(days * DAY_MILLIS))
    }

    /// Past its retention, with nobody waiting and nothing left to send or to tell.
    fn expired(&self, now: UnixMillis) -> Result<bool> {
        let open = self.kept.borrow().as_ref().is_some_and(|kept| kept.state.open_thread().is_some());
        let old = self.expiry().is_some_and(|expiry| expiry <= now);
        Ok(old && !open && self.store.next_due()?.is_none())
    }
}
