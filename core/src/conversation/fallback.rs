//! The other way: a message that will not arrive goes out once more, over a channel that the person
//! agreed to.
//!
//! Exactly once: what may take the other way is remembered when it is sent and forgotten when it fails,
//! and what came the other way is never remembered. The target knows what it took by its id.

use serde::{Deserialize, Serialize};

use super::draft::{self, DraftState};
use super::outgoing::verdict_about;
use super::turn::Turn;
use super::{Author, HandoverReason, Lane, LineBody};
use crate::message::{ConversationKey, OutgoingContent};
use crate::policy::{Consent, Occasion, Verdict};
use crate::time::UnixMillis;

/// How many other addresses of a person are kept.
pub const MAX_LINKS: usize = 4;
/// How many messages that may still fail are remembered; older ones have long arrived.
const MAX_REMEMBERED: usize = 16;
/// How many ids of messages that came the other way are remembered.
const MAX_TAKEN: usize = 64;

/// Another address of the same person, which they agreed to be reached at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Link {
    /// Where.
    pub to: ConversationKey,
    /// When they agreed.
    pub consented_at: UnixMillis,
    /// The agent who recorded it.
    pub recorded_by: String,
}

/// A message that may take the other way if it fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// Its line.
    pub line: u64,
    /// Who wrote it.
    pub author: Author,
    /// What it says; for a template that told of an answer, the answer.
    pub content: OutgoingContent,
}

/// A message on its other way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fallback {
    /// By this id it is taken once. Holds the person's address: not for logs.
    pub id: String,
    /// The conversation in which it failed.
    pub from: ConversationKey,
    /// Its line there.
    pub line: u64,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub content: OutgoingContent,
    /// The reference of the matter, where there is one.
    pub reference: Option<String>,
    /// The person's language, as far as known.
    pub language: Option<String>,
}

/// Remembers a message that was sent, where it has another way.
pub(super) fn remember(turn: &mut Turn<'_>, line: u64, author: &Author, content: OutgoingContent) {
    if turn.state.links.is_empty() {
        return;
    }
    let remembered = &mut turn.state.remembered;
    remembered.push(Remembered { line, author: author.clone(), content });
    let surplus = remembered.len().saturating_sub(MAX_REMEMBERED);
    remembered.drain(..surplus);
}

/// Sends a message that failed on its other way, if it has one.
pub(super) fn failed(turn: &mut Turn<'_>, line: u64) {
    let Some(at) = turn.state.remembered.iter().position(|it| it.line == line) else { return };
    let Remembered { author, content, .. } = turn.state.remembered.remove(at);
    let unwanted = turn.state.blocked || turn.state.consent.as_ref().is_some_and(Consent::silences);
    let from = turn.context.key.clone();
    // What they agreed to last.
    let link = turn.state.links.iter().max_by_key(|link| link.consented_at).map(|link| link.to.clone());
    let Some(to) = link.filter(|_| !unwanted) else { return };
    let state = &turn.state;
    let message = Fallback {
        id: format!("{}#{line}", from.object_name()),
        from,
        line,
        author,
        content,
        reference: state.thread.as_ref().map(|thread| thread.reference.clone()),
        language: state.language.clone().or_else(|| state.contact.language.clone()),
    };
    turn.note_way(LineBody::ForwardedTo { line, to: to.clone() });
    turn.fall_back(to, message);
}

/// Takes a message that failed elsewhere, as far as this channel lets it out. Whatever becomes of it
/// here, a human sees that it failed there.
pub(super) fn take(turn: &mut Turn<'_>, message: &Fallback) {
    let Fallback { id, from, line, author, content, reference, language } = message;
    if turn.state.taken.contains(id) {
        return;
    }
    turn.state.taken.push(id.clone());
    let surplus = turn.state.taken.len().saturating_sub(MAX_TAKEN);
    turn.state.taken.drain(..surplus);
    if turn.state.contact.id.is_empty() {
        turn.state.contact.id.clone_from(&turn.context.key.contact);
    }
    if turn.state.language.is_none() {
        turn.state.language.clone_from(language);
    }
    let by_human = matches!(author, Author::Agent { .. });
    let occasion = Occasion::Fallback { by_human };
    let verdict = verdict_about(&turn.state, occasion, reference.as_deref(), turn.context);
    let announces = matches!(verdict, Verdict::Template(_));
    let Ok(cleared) = verdict.clear(content.clone()) else { return };
    turn.note_way(LineBody::ForwardedFrom { from: from.clone(), line: *line });
    let lane = if by_human { Lane::Human } else { Lane::Bot };
    let sent = turn.emit(author, cleared, None, None, lane);
    if by_human || announces {
        expect_an_answer(turn, reference.as_deref());
    }
    if let (true, Some((line, _)), Some(text)) = (announces, sent.first(), content.body()) {
        draft::keep(turn, author, text.to_owned(), DraftState::Announced { line: *line });
    }
}

/// The person may write back about a matter that they know by its reference: a human takes it up.
fn expect_an_answer(turn: &mut Turn<'_>, reference: Option<&str>) {
    if turn.state.open_thread().is_some() {
        return;
    }
    let thread = turn.need_human(HandoverReason::AnswerWaits, turn.context.now);
    thread.waiting_since = None;
    if let Some(reference) = reference {
        reference.clone_into(&mut thread.reference);
    }
}
