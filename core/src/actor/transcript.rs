//! The transcript: lines as agents read them, and what becomes of one that its author changed.

use super::records::{DELIVERY, Delivery, LINE, StoredLine, line_key, read};
use super::{Actor, Commit, RecordError, Records};
use crate::api::{Transcript, TranscriptLine};
use crate::conversation::{Author, Line, LineBody};
use crate::message::{Content, DeliveryState, Event};
use crate::time::UnixMillis;

impl Actor {
    /// The thread with all its lines, oldest first.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn transcript(&self, records: &dyn Records, now: UnixMillis) -> Result<Transcript, RecordError> {
        let mut deliveries = std::collections::BTreeMap::new();
        for row in records.with_prefix(DELIVERY)? {
            let delivery: Delivery = read("delivery", &row.value)?;
            deliveries.insert(row.key[DELIVERY.len()..].to_owned(), delivery);
        }
        let mut lines = Vec::new();
        for row in records.with_prefix(LINE)? {
            let stored: StoredLine = read("line", &row.value)?;
            let delivery = deliveries.remove(&row.key[LINE.len()..]);
            lines.push(self.line(stored, delivery));
        }
        Ok(Transcript { thread: self.thread(now), state: self.kept.state.thread_state(), lines })
    }

    fn line(&self, stored: StoredLine, delivery: Option<Delivery>) -> TranscriptLine {
        let StoredLine { line, removed_at } = stored;
        let waiting = self.kept.outbox.iter().find(|send| send.line == line.seq);
        let is_ours = matches!(line.body, LineBody::Outbound { .. })
            && matches!(line.author, Author::Bot | Author::Agent { .. });
        let (delivery, delivery_note) = match (delivery, waiting) {
            (_, Some(send)) => (None, send.note.clone()),
            (Some(delivery), None) => (Some(delivery.state), delivery.note),
            // What is ours and waits no more was taken by the platform.
            (None, None) => (is_ours.then_some(DeliveryState::Sent), None),
        };
        TranscriptLine { line, delivery, delivery_note, removed_at }
    }
}

/// Replaces what a person wrote in this line. The place in the transcript stays.
pub(super) fn rewrite(
    seq: u64,
    content: Content,
    removed_at: Option<UnixMillis>,
    commit: &mut Commit,
    records: &dyn Records,
) -> Result<(), RecordError> {
    let key = line_key(seq);
    let value = commit.get(&key).map_or_else(|| records.get(&key), |value| Ok(Some(value.to_owned())))?;
    let Some(value) = value else { return Ok(()) };
    let stored: StoredLine = read("line", &value)?;
    let line = Line { body: LineBody::Inbound { content }, ..stored.line };
    commit.put(key, &StoredLine { line, removed_at })
}

/// The person's own line that an event changes: edits and revocations never concern what a colleague wrote elsewhere.
/// `None` where it changes none, or where that has yet to come in.
pub(super) fn changed_line(
    event: &Event,
    commit: &Commit,
    records: &dyn Records,
) -> Result<Option<StoredLine>, RecordError> {
    let (Event::Edited { message_id, .. } | Event::Revoked { message_id }) = event else { return Ok(None) };
    let is_it = |stored: &StoredLine| {
        stored.line.author == Author::Citizen && stored.line.provider_id.as_deref() == Some(message_id)
    };
    // Lines of the same commit first: they are newer than what is stored.
    let fresh = commit.rows.iter().rev().filter(|row| row.key.starts_with(LINE));
    for value in fresh.map(|row| row.value.clone()) {
        let stored: StoredLine = read("line", &value)?;
        if is_it(&stored) {
            return Ok(Some(stored));
        }
    }
    for row in records.with_prefix(LINE)?.into_iter().rev() {
        let stored: StoredLine = read("line", &row.value)?;
        if is_it(&stored) {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}
