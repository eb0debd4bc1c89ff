//! What comes in: items from the platform, and agents' commands.

use std::borrow::Cow;

use super::records::seen_key;
use super::transcript::changed_line;
use super::{Actor, Commit, Context, RecordError, Records};
use crate::conversation::{AgentCommand, Input, Refusal};
use crate::message::{Event, Item};

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
            let Some(item) = self.as_changed_since(item) else { continue };
            commit.tally.messages += u64::from(matches!(item.event, Event::Message { .. }));
            let changed = changed_line(&item.event, &commit, records)?;
            if changed.as_ref().is_some_and(|stored| stored.stays_through(&item.event)) {
                continue;
            }
            let line = changed.map(|stored| stored.line.seq);
            // Only agents' commands are refused.
            let _ = self.step(Input::Item { item: &item, line }, &mut commit, records, context)?;
        }
        if commit.is_empty() {
            return Ok(commit);
        }
        self.kept.touched_at = context.now;
        self.keep(&mut commit)?;
        self.guard(&mut commit, context);
        Ok(commit)
    }

    /// An item as its author left it: a change may have overtaken its message. `None` for what they took back before
    /// anybody could read it.
    fn as_changed_since<'item>(&mut self, item: &'item Item) -> Option<Cow<'item, Item>> {
        let Event::Message { message_id, .. } = &item.event else { return Some(Cow::Borrowed(item)) };
        let Some(change) = self.kept.take_early(message_id) else { return Some(Cow::Borrowed(item)) };
        let now_says = change.content?;
        let mut item = item.clone();
        if let Event::Message { content, .. } = &mut item.event {
            *content = now_says;
        }
        Some(Cow::Owned(item))
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
}
