//! What agents do. A command either takes effect or is refused; one whose goal holds already
//! changes nothing, so that it may be repeated.

use super::snippet::shorten;
use super::state::{Snippet, Stage, Thread};
use super::turn::Turn;
use super::{AgentCommand, Author, HandoverReason, Lane, Refusal, ThreadState};
use crate::message::OutgoingContent;

/// The longest text of an agent, in characters.
pub const MAX_TEXT_CHARS: usize = 4096;

pub(super) fn command(turn: &mut Turn<'_>, name: &str, command: AgentCommand) -> Result<(), Refusal> {
    match command {
        AgentCommand::Claim => claim(turn, name),
        AgentCommand::Release => release(free_thread(turn, name)?),
        AgentCommand::Free => release(any_thread(turn)?),
        AgentCommand::Reply { text, last_seen_seq } => reply(turn, name, &text, last_seen_seq),
        AgentCommand::Note { text } => {
            turn.note(Author::Agent { name: name.to_owned() }, checked(&text)?);
            Ok(())
        }
        AgentCommand::Resolve => resolve(turn, name),
        AgentCommand::Reopen => reopen(turn),
        AgentCommand::Open => {
            open(turn);
            Ok(())
        }
    }
}

fn claim(turn: &mut Turn<'_>, name: &str) -> Result<(), Refusal> {
    let thread = free_thread(turn, name)?;
    if !thread.is_open() {
        return Err(Refusal::WrongState { state: ThreadState::Resolved });
    }
    thread.stage = Stage::Claimed { by: name.to_owned() };
    Ok(())
}

fn release(thread: &mut Thread) -> Result<(), Refusal> {
    if !thread.is_open() {
        return Err(Refusal::WrongState { state: ThreadState::Resolved });
    }
    thread.stage = Stage::Waiting;
    Ok(())
}

fn reply(turn: &mut Turn<'_>, name: &str, text: &str, last_seen_seq: Option<u64>) -> Result<(), Refusal> {
    let text = checked(text)?;
    let opened_at = free_thread(turn, name)?.opened_at;
    let must_see = turn.state.must_see_seq;
    if last_seen_seq.is_some_and(|seen| seen < must_see) {
        return Err(Refusal::Stale { last_seq: turn.state.last_seq });
    }
    if let Some(window) = turn.context.key.channel.channel().reply_rules().free_text_millis() {
        let since = turn.state.last_inbound_at.unwrap_or(opened_at).plus_millis(window);
        if turn.context.now > since {
            return Err(Refusal::WindowClosed { since });
        }
    }
    let thread = free_thread(turn, name)?;
    thread.stage = Stage::Claimed { by: name.to_owned() };
    thread.waiting_since = None;
    turn.state.snippet = Some(Snippet { text: shorten(&text), provider_id: None });
    turn.send(&Author::Agent { name: name.to_owned() }, OutgoingContent::Text { body: text }, None, None);
    Ok(())
}

/// The next message starts anew with the bot, even where a human elsewhere had made it pause.
fn resolve(turn: &mut Turn<'_>, name: &str) -> Result<(), Refusal> {
    let thread = free_thread(turn, name)?;
    thread.stage = Stage::Resolved;
    thread.waiting_since = None;
    turn.state.paused_until = None;
    Ok(())
}

fn reopen(turn: &mut Turn<'_>) -> Result<(), Refusal> {
    let now = turn.context.now;
    let thread = any_thread(turn)?;
    if !thread.is_open() {
        thread.stage = Stage::Waiting;
        thread.reason = HandoverReason::Reopened;
        thread.waiting_since = Some(now);
    }
    Ok(())
}

fn open(turn: &mut Turn<'_>) {
    turn.mark_read(Lane::Human);
    if let Some(thread) = &mut turn.state.thread {
        thread.unseen = false;
    }
}

/// The thread, unless another agent has it.
fn free_thread<'turn>(turn: &'turn mut Turn<'_>, name: &str) -> Result<&'turn mut Thread, Refusal> {
    let thread = any_thread(turn)?;
    match thread.assignee().filter(|by| *by != name) {
        Some(by) => Err(Refusal::ClaimedBy { by: by.to_owned() }),
        None => Ok(thread),
    }
}

fn any_thread<'turn>(turn: &'turn mut Turn<'_>) -> Result<&'turn mut Thread, Refusal> {
    turn.state.thread.as_mut().ok_or(Refusal::WrongState { state: ThreadState::Bot })
}

fn checked(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().nth(MAX_TEXT_CHARS).is_none();
    if fits { Ok(text.to_owned()) } else { Err(Refusal::TextLength { max: MAX_TEXT_CHARS }) }
}
