//! Telling the desk how the thread stands, by a way that may lose it, until the desk confirms.

use super::{Actor, Commit, Context, RecordError};
use crate::conversation::ThreadSummary;

/// The longest pause between two tries.
const PAUSE_MAX_MILLIS: i64 = 30 * 60_000;
/// How often the pause doubles at most.
const MAX_DOUBLINGS: u32 = 10;

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
        // As long as the alarm that guards the change is away: it then looks whether the desk has it.
        let pause = rules.settle_millis << update.attempts.min(MAX_DOUBLINGS);
        update.attempts = update.attempts.saturating_add(1);
        update.next_at = context.now.plus_millis(pause.min(PAUSE_MAX_MILLIS.max(rules.settle_millis)));
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
