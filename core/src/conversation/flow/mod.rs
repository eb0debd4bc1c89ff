//! Conversations that ask: the questions of a flow, one message each, until a human has what they need.
//!
//! A running flow is a value in the conversation's state, so it survives any pause and any restart. What was given is
//! never lost: it stands in the state, or on a thread before a human; only the person takes it back, by taking
//! back the message or ending the flow. Every flow ends at a human.
//!
//! | file | purpose |
//! |---|---|
//! | `talk` | what is said to whom and when |
//! | `read` | whether a message answers the question |
//! | `day`, `number`, `postal_code` | how people write these |
//! | `words` | back, cancel, skip |

mod day;
mod number;
mod postal_code;
mod read;
mod talk;
mod words;

use serde::{Deserialize, Serialize};

use super::turn::Turn;
use super::{HandoverReason, Stage};
use crate::faq::flow::{Flow, Step};
use crate::message::{Content, Media};
use crate::order;
use crate::time::UnixMillis;
use read::Question;

const HOUR_MILLIS: i64 = 3_600_000;
/// Fields of one thread; the oldest give way and are found in the transcript. A thread travels through a queue
/// whose messages hold 128 kB.
const MAX_FIELDS: usize = 30;
/// The longest words of one answer, in characters, whatever the pack allows.
const MAX_TEXT_CHARS: usize = crate::faq::flow::MAX_TEXT as usize;
/// Photos of one answer; more are found in the transcript.
const MAX_PIECES: usize = 5;

/// A flow that goes on.
///
/// Its JSON is stored: a field may be added with a default, anything else needs a migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowRun {
    /// The entry of the pack.
    pub entry: String,
    /// The question that was asked last.
    pub step: String,
    /// The language of the questions.
    pub language: String,
    /// What was answered, in the order of the questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
    /// When it began.
    pub started_at: UnixMillis,
    /// When the question was asked last.
    pub asked_at: UnixMillis,
    /// From when on it counts as abandoned; `None` once humans were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned_from: Option<UnixMillis>,
    /// Vain answers in a row.
    #[serde(default)]
    pub tries: u32,
    /// Whether the person wrote something that answers nothing, which nobody has seen.
    #[serde(default)]
    pub missed: bool,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The entry of the pack.
    pub entry: String,
    /// The question.
    pub step: String,
    /// What agents read beside it.
    pub label: String,
    /// The answer; none where the question was skipped, several where photos followed each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Piece>,
}

/// What one message gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The provider's id of the message, so that it can be taken back.
    pub message_id: String,
    /// The answer in its plain form.
    pub value: String,
    /// The photo or file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
}

/// An answer as agents read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct Field {
    /// The question's id in the pack.
    pub id: String,
    /// What was asked, in short.
    pub label: String,
    /// The answer: a day as `2026-11-23`, a number as `1234.5 kWh`, a choice by its title in the pack's first
    /// language, anything else as written. The words under a photo, empty where there are none.
    pub value: String,
    /// The photos or files; their bytes stay at the platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
}

impl Given {
    /// As agents read it; `None` where the question was skipped.
    fn field(&self) -> Option<Field> {
        if self.pieces.is_empty() {
            return None;
        }
        let values = self.pieces.iter().map(|piece| piece.value.as_str()).filter(|value| !value.is_empty());
        Some(Field {
            id: self.step.clone(),
            label: self.label.clone(),
            value: values.collect::<Vec<_>>().join("\n"),
            media: self.pieces.iter().filter_map(|piece| piece.media.clone()).collect(),
        })
    }
}

impl FlowRun {
    /// Whether there is nothing in it that a human would need.
    fn is_empty(&self) -> bool {
        !self.missed && self.given.iter().all(|given| given.pieces.is_empty())
    }

    /// Keeps an answer in the place of its question.
    fn put(&mut self, flow: &Flow<'_>, step: &Step, pieces: Vec<Piece>) {
        self.given.retain(|given| given.step != step.id);
        let (entry, label) = (self.entry.clone(), shortened(flow.label(step)));
        self.given.push(Given { entry, step: step.id.clone(), label, pieces });
        let place = |given: &Given| flow.step(&given.step).map_or(usize::MAX, |(place, _)| place);
        order::sort_by_key(&mut self.given, place);
    }

    /// The first question without an answer.
    fn next<'f>(&self, flow: &Flow<'f>) -> Option<&'f Step> {
        flow.steps.iter().find(|step| self.given.iter().all(|given| given.step != step.id))
    }
}

/// A question may stand for a label; a field is no place for a paragraph.
fn shortened(label: &str) -> String {
    const MAX_CHARS: usize = 80;
    match label.char_indices().nth(MAX_CHARS) {
        None => label.to_owned(),
        Some(_) => label.chars().take(MAX_CHARS - 1).chain(['…']).collect(),
    }
}

/// What agents read beside a thread: what was given in flows that ended here, and in one that goes on.
pub(super) fn fields(ended: &[Given], running: Option<&FlowRun>) -> Vec<Field> {
    let running = running.into_iter().flat_map(|run| &run.given);
    let all: Vec<Field> = ended.iter().chain(running).filter_map(Given::field).collect();
    let surplus = all.len().saturating_sub(MAX_FIELDS);
    all.into_iter().skip(surplus).collect()
}

/// Ends the flow: what was given stays on the thread, which exists.
pub(super) fn end_on_thread(turn: &mut Turn<'_>) {
    let Some(thread) = &mut turn.state.thread else { return };
    let Some(run) = turn.state.flow.take() else { return };
    thread.fields.extend(run.given.into_iter().filter(|given| !given.pieces.is_empty()));
    let surplus = thread.fields.len().saturating_sub(MAX_FIELDS);
    thread.fields.drain(..surplus);
}

/// A human is done with the thread, here or elsewhere. A flow that was put before humans ends with it, one that goes on does not.
pub(super) fn resolved(turn: &mut Turn<'_>) {
    if turn.state.flow.as_ref().is_some_and(|run| run.abandoned_from.is_none()) {
        end_on_thread(turn);
    }
}

/// Time passed. A flow that nobody answered for long is put before a human, and one in which nothing was said ends.
/// The person hears nothing of it, and may still go on.
pub(super) fn time_passed(turn: &mut Turn<'_>) {
    let now = turn.context.now;
    let due = |run: &&mut FlowRun| run.abandoned_from.is_some_and(|from| from <= now);
    let Some(run) = turn.state.flow.as_mut().filter(due) else { return };
    if run.is_empty() {
        turn.state.flow = None;
        return;
    }
    run.abandoned_from = None;
    let is_claimed =
        turn.state.open_thread().is_some_and(|thread| matches!(thread.stage, Stage::Claimed { .. }));
    if !is_claimed {
        turn.need_human(HandoverReason::FlowAbandoned, now).unseen = true;
    }
}

/// The person took a message back: what it gave is gone, and asked for again if the flow goes on.
pub(super) fn revoked(turn: &mut Turn<'_>, message_id: &str) {
    for given in answers(turn) {
        take_out(given, message_id);
    }
}

/// The person changed a message: what it gives now takes the place of what it gave. If that is no answer any more,
/// it is as if they had taken it back.
pub(super) fn edited(turn: &mut Turn<'_>, message_id: &str, content: &Content) {
    let running = turn.state.flow.as_ref().map(|run| run.given.clone()).unwrap_or_default();
    let context = turn.context;
    for given in answers(turn) {
        for answer in given.iter_mut() {
            let Some(piece) = answer.pieces.iter_mut().find(|piece| piece.message_id == message_id) else {
                continue;
            };
            let flow = context.knowledge.flow(&answer.entry, context.now);
            let read = flow.and_then(|flow| {
                let (_, step) = flow.step(&answer.step)?;
                let language = context.settings.default_language();
                Question::new(context, &flow, step, &running, language)?.read(content).ok()
            });
            if let Some((value, media)) = read {
                *piece = Piece { message_id: message_id.to_owned(), value, media };
            } else {
                piece.message_id.clear();
            }
        }
        take_out(given, "");
    }
}

/// The answers of the flow that goes on, and those on the thread.
fn answers<'turn>(turn: &'turn mut Turn<'_>) -> impl Iterator<Item = &'turn mut Vec<Given>> {
    let running = turn.state.flow.as_mut().map(|run| &mut run.given);
    running.into_iter().chain(turn.state.thread.as_mut().map(|thread| &mut thread.fields))
}

fn take_out(given: &mut Vec<Given>, message_id: &str) {
    given.retain_mut(|answer| {
        let was_skipped = answer.pieces.is_empty();
        answer.pieces.retain(|piece| piece.message_id != message_id);
        was_skipped || !answer.pieces.is_empty()
    });
}

/// When a flow that is asked now counts as abandoned.
fn abandoned_from(turn: &Turn<'_>) -> UnixMillis {
    let hours = i64::from(turn.context.settings.bot.flow_abandoned_hours.get());
    turn.context.now.plus_millis(hours * HOUR_MILLIS)
}
