//! What one conversation has to tell another of the same person: a message that failed here and goes out there,
//! or that a new id of the person leads here.
//!
//! Repeated until that conversation has it, which takes it once; given up after the time for which any message
//! is tried. A failed message stands before a human by then; behind a new id, a conversation begins anew.

use serde::{Deserialize, Serialize};

use super::records::seen_key;
use super::{Actor, Commit, Context, RecordError, Records};
use crate::conversation::{Fallback, Input};
use crate::message::{ConversationKey, Item};
use crate::time::UnixMillis;

/// How often at most it is written down that what came in was forwarded.
const TOUCH_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Something on its way to another conversation. Stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// Which conversation.
    pub to: ConversationKey,
    /// What it is told.
    pub errand: Errand,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was first to be brought.
    pub first_at: UnixMillis,
    /// When it is to be brought (again).
    pub next_at: UnixMillis,
}

/// What another conversation is told. Stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// A message failed here.
    Message(Box<Fallback>),
    /// The person whose conversation this is writes under that id from now on.
    LivesAt(ConversationKey),
}

/// Items on their way to where the person's conversation lives.
#[derive(Clone, Debug, PartialEq)]
pub struct Forwarded {
    /// Where that is.
    pub to: ConversationKey,
    /// The items, in order.
    pub items: Vec<Item>,
}

impl Actor {
    pub(super) fn start_transfer(&mut self, to: ConversationKey, errand: Errand, now: UnixMillis) {
        self.kept.transfers.push(Transfer { to, errand, attempts: 0, first_at: now, next_at: now });
    }

    /// What is to be brought to another conversation now, if anything. The try is part of the commit; once that
    /// conversation has it, [`Actor::transferred`] is to be told.
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

    /// The other conversation has it.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn transferred(&mut self, done: &Transfer) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        self.kept.transfers.retain(|transfer| (&transfer.to, &transfer.errand) != (&done.to, &done.errand));
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

    /// The person's conversation began under another id and lives on there: what comes in here from now on
    /// belongs to it.
    ///
    /// # Errors
    /// When the change cannot be written.
    pub fn lives_at(&mut self, home: ConversationKey, context: &Context<'_>) -> Result<Commit, RecordError> {
        let mut commit = Commit::default();
        if home != self.kept.key && self.kept.lives_at.as_ref() != Some(&home) {
            self.kept.lives_at = Some(home);
            self.kept.touched_at = context.now;
            self.keep(&mut commit)?;
            self.guard(&mut commit, context);
        }
        Ok(commit)
    }

    /// What of these items belongs elsewhere, and where, if the person's conversation began under another id; what
    /// took effect here before that was known stays here. Keeps the new id from being forgotten as long as they
    /// write.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn forward(
        &mut self,
        items: Vec<Item>,
        records: &dyn Records,
        context: &Context<'_>,
    ) -> Result<(Commit, Option<Forwarded>), RecordError> {
        let mut commit = Commit::default();
        let Some(to) = self.kept.lives_at.clone() else { return Ok((commit, None)) };
        let mut belong_there = Vec::with_capacity(items.len());
        for item in items {
            if records.get(&seen_key(&item.event_id))?.is_none() {
                belong_there.push(item);
            }
        }
        if context.now.millis_since(self.kept.touched_at) > TOUCH_MILLIS {
            self.kept.touched_at = context.now;
            self.keep(&mut commit)?;
        }
        Ok((commit, Some(Forwarded { to, items: belong_there })))
    }
}
