//! Bringing a message that failed to the conversation through which the person agreed to be reached instead.
//!
//! Repeated until that conversation has it, which takes it once; given up after the time for which any message
//! is tried, since the failure stands before a human by then.

use serde::{Deserialize, Serialize};

use super::{Actor, Commit, Context, RecordError, Records};
use crate::conversation::{Fallback, Input};
use crate::message::ConversationKey;
use crate::time::UnixMillis;

/// A message on its way to another conversation. Stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// Which conversation.
    pub to: ConversationKey,
    /// The message.
    pub message: Box<Fallback>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was first to be brought.
    pub first_at: UnixMillis,
    /// When it is to be brought (again).
    pub next_at: UnixMillis,
}

impl Actor {
    pub(super) fn start_transfer(&mut self, to: ConversationKey, message: Box<Fallback>, now: UnixMillis) {
        self.kept.transfers.push(Transfer { to, message, attempts: 0, first_at: now, next_at: now });
    }

    /// The message that is to be brought to another conversation now, if any. The try is part of the commit;
    /// once that conversation has it, [`Actor::transferred`] is to be told.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn due_transfer(&mut self, context: &Context<'_>) -> Result<(Commit, Option<Transfer>), RecordError> {
        let rules = self.rules(context.settings);
        let mut commit = Commit::default();
        let before = self.kept.transfers.len();
        self.kept.transfers.retain(|it| context.now.millis_since(it.first_at) <= rules.give_up_millis);
        let due = self.kept.transfers.iter_mut().find(|transfer| transfer.next_at <= context.now);
        let Some(transfer) = due else {
            if self.kept.transfers.len() < before {
                self.keep(&mut commit)?;
            }
            return Ok((commit, None));
        };
        transfer.next_at = context.now.plus_millis(rules.tell_pause_millis(transfer.attempts));
        transfer.attempts = transfer.attempts.saturating_add(1);
        let transfer = transfer.clone();
        self.keep(&mut commit)?;
        Ok((commit, Some(transfer)))
    }

    /// The other conversation has the message with this id.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn transferred(&mut self, id: &str) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        self.kept.transfers.retain(|transfer| transfer.message.id != id);
        self.keep(&mut commit)?;
        Ok(commit)
    }

    /// Takes a message that failed in another conversation; the same one given twice is taken once.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn take_fallback(
        &mut self,
        message: &Fallback,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        // Only agents' commands are refused.
        let _ = self.step(Input::Fallback(message), &mut commit, records, context)?;
        self.keep(&mut commit)?;
        self.guard(&mut commit, context);
        Ok(commit)
    }
}
