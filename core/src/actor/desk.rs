//! Telling the desk how the thread stands, by a way that may lose it, until the desk confirms.

use super::{Actor, Commit, Context, RecordError};
use crate::conversation::ThreadSummary;

impl Actor {
    /// What the desk is to be told now, if anything. The try is part of the commit, so that nobody else tells
    /// the same while it is under way.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn due_for_desk(
        &mut self,
        context: &Context<'_>,
    ) -> Result<Option<(Commit, ThreadSummary)>, RecordError> {
        let rules = self.rules(context.settings);
        let Some(update) = self.kept.desk_update.as_mut().filter(|update| update.next_at <= context.now)
        else {
            return Ok(None);
        };
        update.next_at = context.now.plus_millis(rules.tell_pause_millis(update.attempts));
        update.attempts = update.attempts.saturating_add(1);
        let thread = update.thread.clone();
        let mut commit = Commit::default();
        self.keep(&mut commit)?;
        Ok(Some((commit, thread)))
    }

    /// The desk has this version of the thread.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn desk_has(&mut self, version: u64, context: &Context<'_>) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        if self.kept.desk_update.take_if(|update| update.thread.version <= version).is_some() {
            self.keep(&mut commit)?;
            if self.kept.due().is_none() {
                self.rest(&mut commit, context);
            }
        }
        Ok(commit)
    }
}
