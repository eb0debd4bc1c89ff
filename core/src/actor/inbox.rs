//! What comes in: items from the platform, its reports about sends, and agents' commands.

use serde::{Deserialize, Serialize};

use super::records::{Delivery, delivery_key, read, seen_key};
use super::{Actor, Commit, Context, RecordError, Records};
use crate::conversation::{AgentCommand, Input, Refusal};
use crate::message::{DeliveryState, Event, Item, PlatformError};

/// What the platform says became of a send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendReport {
    /// The id of the send.
    pub send: i64,
    /// The line of the transcript.
    pub line: u64,
    /// The platform's id of the message.
    pub message_id: String,
    /// How far it came.
    pub state: DeliveryState,
    /// Why it failed.
    pub error: Option<PlatformError>,
}

impl Actor {
    /// Takes items in, in order. One that took effect before changes nothing.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn deliver(
        &mut self,
        items: &[Item],
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        for item in items {
            // A status without our own id says nothing about a line of ours.
            if matches!(item.event, Event::Status { .. }) {
                continue;
            }
            let key = seen_key(&item.event_id);
            if commit.get(&key).is_some() || records.get(&key)?.is_some() {
                commit.tally.duplicates += 1;
                continue;
            }
            commit.put(key, &context.now)?;
            commit.tally.messages += u64::from(matches!(item.event, Event::Message { .. }));
            // Only agents' commands are refused.
            let _ = self.step(Input::Item(item), &mut commit, records, context)?;
        }
        if commit.is_empty() {
            return Ok(commit);
        }
        self.kept.touched_at = context.now;
        self.keep(&mut commit)?;
        self.guard(&mut commit, context);
        Ok(commit)
    }

    /// Carries out an agent's command. With a `repeat_key`, the same command given twice, by a client that
    /// never heard of its first success, takes effect once.
    ///
    /// # Errors
    /// The outer error when the rows cannot be read, the inner one when the command is refused and nothing
    /// changes.
    pub fn command(
        &mut self,
        name: &str,
        command: AgentCommand,
        repeat_key: Option<&str>,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<Result<Commit, Refusal>, RecordError> {
        let mut commit = Commit::default();
        if let Some(repeat_key) = repeat_key {
            let key = seen_key(&format!("agent/{name}/{repeat_key}"));
            if records.get(&key)?.is_some() {
                return Ok(Ok(commit));
            }
            commit.put(key, &context.now)?;
        }
        if let Err(refusal) = self.step(Input::Agent { name, command }, &mut commit, records, context)? {
            return Ok(Err(refusal));
        }
        self.keep(&mut commit)?;
        self.guard(&mut commit, context);
        Ok(Ok(commit))
    }

    /// Takes in what the platform reports about a send: evidence that settles an unknown outcome, and the
    /// progress of the line, which never goes back, since platforms report out of order.
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
        let was_open = self.settle(report.send);
        let reported =
            Delivery { state: report.state, note: report.error.as_ref().map(|error| error.detail.clone()) };
        // That the platform took it is what a line says that is no longer in the outbox.
        let advanced = report.state > DeliveryState::Sent && is_progress(&reported, report.line, records)?;
        if advanced {
            commit.put(delivery_key(report.line), &reported)?;
            if report.state == DeliveryState::Failed {
                self.step_failed(report.line, &mut commit, records, context)?;
            }
        }
        if was_open || (advanced && report.state == DeliveryState::Failed) {
            self.keep(&mut commit)?;
            self.guard(&mut commit, context);
        }
        Ok(commit)
    }

    pub(super) fn step_failed(
        &mut self,
        line: u64,
        commit: &mut Commit,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<(), RecordError> {
        commit.tally.failed += 1;
        // Core refuses nothing here; a line that it does not know changes nothing.
        let _ = self.step(Input::DeliveryFailed { line }, commit, records, context)?;
        Ok(())
    }
}

fn is_progress(reported: &Delivery, line: u64, records: &dyn Records) -> Result<bool, RecordError> {
    let Some(json) = records.get(&delivery_key(line))? else { return Ok(true) };
    let known: Delivery = read("delivery", &json)?;
    Ok(known.state < reported.state)
}
