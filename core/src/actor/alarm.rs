//! When to look again. An object has one alarm; setting it costs a write, so it is moved only where that is needed.

use super::{Actor, Calling, Commit, Context, RecordError, Records};
use crate::conversation::Input;
use crate::settings::Settings;
use crate::time::UnixMillis;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Platforms redeliver for up to seven days (WhatsApp); one more for clocks.
const SEEN_MILLIS: i64 = 8 * DAY_MILLIS;

/// What an alarm comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Past its retention, with nobody waiting and nothing left to do: delete everything.
    Forget,
    /// Commit this, then do what is left.
    Work(Commit),
}

impl Actor {
    /// The alarm went off.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn woken(&mut self, records: &dyn Records, context: &Context<'_>) -> Result<Woken, RecordError> {
        self.alarm_at = None;
        let before = context.now.plus_millis(-SEEN_MILLIS);
        let mut commit = Commit { forget_seen_before: Some(before), ..Commit::default() };
        if self.kept.state.looks_at().is_some_and(|at| at <= context.now) {
            // Nothing is refused here.
            let _ = self.step(Input::TimePassed, &mut commit, records, context)?;
            self.keep(&mut commit)?;
            self.guard(&mut commit, context);
        }
        let open = self.kept.state.open_thread().is_some();
        if !open && self.kept.due().is_none() && self.expiry(context.settings) <= context.now {
            return Ok(Woken::Forget);
        }
        Ok(Woken::Work(commit))
    }

    /// What was left to do is done, or has to wait: sets the alarm for what comes next.
    pub fn work_done(&mut self, context: &Context<'_>) -> Commit {
        let mut commit = Commit::default();
        if self.kept.due().is_none() {
            self.rest(&mut commit, context);
        } else {
            // A call that is still out is looked after by whoever made it.
            let earliest =
                if self.calling == Calling::Nobody { context.now } else { self.unless_settled(context) };
            self.wake_at_due(earliest, &mut commit);
        }
        commit
    }

    /// The alarm looks after work that begins now, should the object die before it is done.
    pub(super) fn guard(&mut self, commit: &mut Commit, context: &Context<'_>) {
        if self.kept.due().is_none() {
            self.rest(commit, context);
        } else {
            self.wake_at_due(self.unless_settled(context), commit);
        }
    }

    fn unless_settled(&self, context: &Context<'_>) -> UnixMillis {
        context.now.plus_millis(self.rules(context.settings).settle_millis)
    }

    fn wake_at_due(&mut self, earliest: UnixMillis, commit: &mut Commit) {
        let Some(due) = self.kept.due() else { return };
        let wanted = due.max(earliest);
        // An alarm that goes off before looks again by itself.
        if self.alarm_at.is_none_or(|set| set > wanted) {
            self.set(wanted, commit);
        }
    }

    /// Moves the alarm to the day on which the conversation is forgotten, or to when time alone changes it before.
    pub(super) fn rest(&mut self, commit: &mut Commit, context: &Context<'_>) {
        // Past its retention, with a thread that is still open: look again tomorrow.
        let last_day = self.expiry(context.settings).max(context.now.plus_millis(DAY_MILLIS));
        let looks_at = self.kept.state.looks_at().map(|at| at.max(context.now)).filter(|at| *at < last_day);
        // The last day of a conversation that goes on need not be exact: it is looked at again then.
        let (wanted, slack) = looks_at.map_or((last_day, DAY_MILLIS), |at| (at, 1));
        let is_near = |set: UnixMillis| (set.0 - wanted.0).abs() < slack;
        if !self.alarm_at.is_some_and(is_near) {
            self.set(wanted, commit);
        }
    }

    fn set(&mut self, at: UnixMillis, commit: &mut Commit) {
        self.alarm_at = Some(at);
        commit.alarm = Some(at);
    }

    fn expiry(&self, settings: &Settings) -> UnixMillis {
        let days = i64::from(settings.retention.conversations_days.get());
        self.kept.touched_at.plus_millis(days * DAY_MILLIS)
    }
}
