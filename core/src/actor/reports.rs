//! What the platform reports about sends, minutes or days after it took them.
//!
//! Reports come out of order, more than once, and about attempts that others followed. A line never goes back, and
//! a failure counts only for the attempt that it names.

use serde::{Deserialize, Serialize};

use super::outbox::{AfterRefusal, Standing, after_refusal};
use super::records::{Delivery, StoredLine, delivery_key, line_key, read};
use super::{Actor, Attempt, Commit, Context, RecordError, Records, Send};
use crate::channel::{Channel, SendError, SendErrorKind};
use crate::conversation::{Author, Input, Lane, LineBody};
use crate::message::{DeliveryState, PlatformError};

/// What the platform says became of a send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendReport {
    /// Which attempt it is about.
    #[serde(flatten)]
    pub attempt: Attempt,
    /// The platform's id of the message.
    pub message_id: String,
    /// How far it came.
    pub state: DeliveryState,
    /// Why it failed.
    pub error: Option<PlatformError>,
}

impl SendReport {
    /// The failure as an answer to the call would have told it: the same code may arrive either way.
    #[must_use]
    pub fn send_error(&self, channel: &dyn Channel) -> Option<SendError> {
        let error = self.error.as_ref()?;
        let (kind, detail) = (channel.error_kind(error.code), error.detail.clone());
        Some(SendError { kind, code: Some(error.code), detail })
    }
}

impl Actor {
    /// Takes in what the platform reports about a send: evidence that settles an unknown outcome, and the
    /// progress of the line. What failed for a reason that passes is sent again.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn report(
        &mut self,
        report: &SendReport,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        let is_news = match report.state {
            DeliveryState::Sent => self.was_taken(report.attempt, &mut commit, records)?,
            DeliveryState::Failed => self.failed_later(report, &mut commit, records, context)?,
            state => self.reached_the_person(state, report.attempt, &mut commit, records)?,
        };
        if is_news {
            self.keep(&mut commit)?;
            self.guard(&mut commit, context);
        }
        Ok(commit)
    }

    /// The platform took it, which is what a line says that is no longer in the outbox. False where that is no news:
    /// platforms report out of order, and what they gave up they had taken before.
    fn was_taken(
        &mut self,
        attempt: Attempt,
        commit: &mut Commit,
        records: &dyn Records,
    ) -> Result<bool, RecordError> {
        let Some(waiting) = self.kept.outbox.iter().find(|send| send.id == attempt.send) else {
            return Ok(false);
        };
        // The first attempt that waits for evidence cannot have failed yet, or it would wait no more.
        let is_only_one = waiting.standing.unsettled && waiting.standing.attempts == 1;
        if !is_only_one {
            let known = known_delivery(attempt.line, records)?.unwrap_or_default();
            if known.has_superseded(attempt) {
                return Ok(false);
            }
            let superseded = known.superseded.max(Some((attempt.send, 0)));
            commit.put(delivery_key(attempt.line), &Delivery { superseded, ..known })?;
        }
        Ok(self.settle(attempt.send))
    }

    /// False where nothing follows but, perhaps, another state of the line.
    fn reached_the_person(
        &mut self,
        state: DeliveryState,
        attempt: Attempt,
        commit: &mut Commit,
        records: &dyn Records,
    ) -> Result<bool, RecordError> {
        let known = known_delivery(attempt.line, records)?.unwrap_or_default();
        if known.state < state {
            commit.put(delivery_key(attempt.line), &Delivery { state, note: None, ..known })?;
        }
        // By its line: another send of it waits where the platform had said before that it failed.
        let before = self.kept.outbox.len();
        self.kept.outbox.retain(|send| send.line != attempt.line);
        Ok(before != self.kept.outbox.len())
    }

    /// The platform gave a message up that it may have taken before. False where that is no news.
    fn failed_later(
        &mut self,
        report: &SendReport,
        commit: &mut Commit,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<bool, RecordError> {
        let attempt = report.attempt;
        let known = known_delivery(attempt.line, records)?.unwrap_or_default();
        if known.state > DeliveryState::Sent || known.has_superseded(attempt) {
            return Ok(false);
        }
        let unexplained = || SendError {
            kind: SendErrorKind::Refused,
            code: None,
            detail: "the platform gave it up".to_owned(),
        };
        let error = report.send_error(self.kept.key.channel.channel()).unwrap_or_else(unexplained);
        let rules = self.rules(context.settings);
        let dice = context.random[1];
        let Some(waiting) = self.kept.outbox.iter_mut().find(|send| send.id == attempt.send) else {
            return self.came_back(attempt, &known, &error, commit, records, context).map(|()| true);
        };
        let superseded = Some((attempt.send, attempt.number));
        commit.put(delivery_key(attempt.line), &Delivery { superseded, ..known })?;
        let standing = waiting.standing;
        if attempt.number < standing.attempts {
            // The later attempt decides.
            return Ok(true);
        }
        match after_refusal(standing, &error, rules, context.now, dice) {
            AfterRefusal::Retry { standing, .. } => {
                waiting.standing = standing;
                waiting.note = Some(error.detail);
            }
            AfterRefusal::Fail => {
                self.fail(attempt.send, attempt.line, &error.detail, commit, records, context)?;
            }
        }
        Ok(true)
    }

    /// A message that the platform had taken failed. It is sent again if that may help and if no other attempt can be
    /// on its way.
    fn came_back(
        &mut self,
        attempt: Attempt,
        known: &Delivery,
        error: &SendError,
        commit: &mut Commit,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<(), RecordError> {
        let returns = known.returns + 1;
        let stored = records.get(&line_key(attempt.line))?;
        let stored: Option<StoredLine> = stored.map(|json| read("line", &json)).transpose()?;
        let is_only_one = attempt.number == 1 && !known.has_other_attempts(attempt.send);
        if is_only_one
            && let Some(StoredLine { line, .. }) = stored
            && let LineBody::Outbound { content, .. } = line.body
        {
            let standing =
                Standing { unsettled: false, attempts: returns, first_at: line.at, next_at: context.now };
            let rules = self.rules(context.settings);
            if let AfterRefusal::Retry { standing, .. } =
                after_refusal(standing, error, rules, context.now, context.random[1])
            {
                let lane = if line.author == Author::Bot { Lane::Bot } else { Lane::Human };
                let standing = Standing { attempts: 0, ..standing };
                let send = self.kept.new_send(content, attempt.line, lane, standing);
                // At the end: what was written since need not wait for it.
                self.kept.outbox.push(Send { note: Some(error.detail.clone()), ..send });
                let superseded = Some((attempt.send, attempt.number));
                let again = Delivery { state: DeliveryState::Sent, note: None, superseded, returns };
                return commit.put(delivery_key(attempt.line), &again);
            }
        }
        self.fail(attempt.send, attempt.line, &error.detail, commit, records, context)
    }

    /// The message will not arrive: the line says so, and a human gets to see it.
    pub(super) fn fail(
        &mut self,
        id: i64,
        line: u64,
        words: &str,
        commit: &mut Commit,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<(), RecordError> {
        if self.settle(id) {
            self.signals.clear();
        }
        let known = known_delivery(line, records)?.unwrap_or_default();
        let failed = Delivery { state: DeliveryState::Failed, note: Some(words.to_owned()), ..known };
        commit.put(delivery_key(line), &failed)?;
        commit.tally.failed += 1;
        // Core refuses nothing here; a line that it does not know changes nothing.
        let _ = self.step(Input::DeliveryFailed { line }, commit, records, context)?;
        Ok(())
    }

    /// Takes a send out of the outbox; false when it was not there any more.
    pub(super) fn settle(&mut self, id: i64) -> bool {
        let before = self.kept.outbox.len();
        self.kept.outbox.retain(|send| send.id != id);
        before != self.kept.outbox.len()
    }
}

/// What is known about a line of ours; `None` where the platform took it and said no more.
pub(super) fn known_delivery(line: u64, records: &dyn Records) -> Result<Option<Delivery>, RecordError> {
    records.get(&delivery_key(line))?.map(|json| read("delivery", &json)).transpose()
}
