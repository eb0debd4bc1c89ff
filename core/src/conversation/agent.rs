//! What agents do. A command either takes effect or is refused; one whose goal holds already
//! changes nothing, so that it may be repeated.

use super::draft::{self, DraftState};
use super::fallback::{self, Link, MAX_LINKS};
use super::flow;
use super::outgoing::verdict;
use super::snippet::shorten;
use super::state::{Snippet, Stage, Thread};
use super::turn::Turn;
use super::{AddressProblem, AgentCommand, Author, HandoverReason, Lane, Refusal, ThreadState};
use crate::message::{ConversationKey, OutgoingContent};
use crate::policy::{Choice, Cleared, Consent, Evidence, MAX_HOW_CHARS, Occasion, Verdict};
use crate::time::UnixMillis;

/// The longest text of an agent, in characters.
pub const MAX_TEXT_CHARS: usize = 4096;

pub(super) fn command(turn: &mut Turn<'_>, name: &str, command: AgentCommand) -> Result<(), Refusal> {
    match command {
        AgentCommand::Claim => claim(turn, name),
        AgentCommand::Release => release(free_thread(turn, name)?),
        AgentCommand::Free => release(any_thread(turn)?),
        AgentCommand::Reply { text, last_seen_seq } => reply(turn, name, &text, last_seen_seq),
        AgentCommand::Note { text } => {
            turn.note(Author::Agent { name: name.to_owned() }, checked(&text, MAX_TEXT_CHARS)?);
            Ok(())
        }
        AgentCommand::Resolve => resolve(turn, name),
        AgentCommand::Reopen => reopen(turn),
        AgentCommand::Open => {
            open(turn);
            Ok(())
        }
        AgentCommand::DropDraft => drop_draft(turn, name),
        AgentCommand::RecordConsent { given, how } => record_consent(turn, name, given, &how),
        AgentCommand::Link { to, consented_at } => link(turn, name, to, consented_at),
        AgentCommand::Unlink { to } => {
            turn.state.links.retain(|link| link.to != to);
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

/// Sends what may be sent; what may not is kept, so that no words are lost.
fn reply(turn: &mut Turn<'_>, name: &str, text: &str, last_seen_seq: Option<u64>) -> Result<(), Refusal> {
    let text = checked(text, MAX_TEXT_CHARS)?;
    // Whoever was told of an answer waits for it.
    let waits = free_thread(turn, name)?.waiting_since.is_some() || turn.state.is_announced();
    if last_seen_seq.is_some_and(|seen| seen < turn.state.must_see_seq) {
        return Err(Refusal::Stale { last_seq: turn.state.last_seq });
    }
    let author = Author::Agent { name: name.to_owned() };
    let occasion = if waits { Occasion::HumanReply } else { Occasion::HumanFollowUp };
    let verdict = verdict(&turn.state, occasion, turn.context);
    let announces = matches!(verdict, Verdict::Template(_));
    match verdict.clear(OutgoingContent::Text { body: text.clone() }) {
        Err(reason) => draft::keep(turn, &author, text, DraftState::Held { reason }),
        Ok(cleared) => {
            let thread = free_thread(turn, name)?;
            thread.stage = Stage::Claimed { by: name.to_owned() };
            thread.waiting_since = None;
            turn.state.snippet = Some(Snippet { text: shorten(&text), provider_id: None });
            if announces {
                announce(turn, &author, text, cleared);
            } else {
                turn.state.draft = None;
                turn.send(&author, cleared, None, None);
            }
        }
    }
    Ok(())
}

/// Tells the person that an answer waits, and keeps the answer. They are told once: another text before
/// they write takes the place of the first.
fn announce(turn: &mut Turn<'_>, author: &Author, text: String, cleared: Cleared) {
    let told = turn.state.draft.as_ref().map(|draft| draft.state);
    let told = told.filter(|state| matches!(state, DraftState::Announced { .. }));
    let state = told.unwrap_or_else(|| {
        let sent = turn.emit(author, cleared, None, None, Lane::Human);
        let line = sent.first().map_or(turn.state.last_seq, |(line, _)| *line);
        // What takes the other way, if this fails, is the answer itself.
        fallback::remember(turn, line, author, OutgoingContent::Text { body: text.clone() });
        DraftState::Announced { line }
    });
    draft::keep(turn, author, text, state);
}

fn drop_draft(turn: &mut Turn<'_>, name: &str) -> Result<(), Refusal> {
    free_thread(turn, name)?;
    turn.state.draft = None;
    Ok(())
}

fn record_consent(turn: &mut Turn<'_>, name: &str, given: bool, how: &str) -> Result<(), Refusal> {
    let how = checked(how, MAX_HOW_CHARS)?;
    let choice = if given { Choice::Given } else { Choice::Withdrawn { wrote_since: false } };
    let evidence = Evidence::Agent { name: name.to_owned(), how };
    turn.state.consent = Some(Consent { choice, at: turn.context.now, evidence });
    draft::look_again(turn);
    Ok(())
}

fn link(
    turn: &mut Turn<'_>,
    name: &str,
    to: ConversationKey,
    consented_at: Option<UnixMillis>,
) -> Result<(), Refusal> {
    let consented_at = consented_at.unwrap_or(turn.context.now);
    check_address(turn, &to, consented_at).map_err(Refusal::Address)?;
    let link = Link { to, consented_at, recorded_by: name.to_owned() };
    let links = &mut turn.state.links;
    links.retain(|known| known.to != link.to);
    links.push(link);
    Ok(())
}

fn check_address(
    turn: &Turn<'_>,
    to: &ConversationKey,
    consented_at: UnixMillis,
) -> Result<(), AddressProblem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'*');
    if to == turn.context.key {
        Err(AddressProblem::Itself)
    } else if turn.context.settings.account(to.channel, &to.account).is_none() {
        Err(AddressProblem::UnknownAccount)
    } else if !(1..=128).contains(&to.contact.len()) || !to.contact.bytes().all(allowed) {
        Err(AddressProblem::Contact)
    } else if consented_at > turn.context.now {
        Err(AddressProblem::Future)
    } else if turn.state.links.iter().filter(|link| link.to != *to).count() >= MAX_LINKS {
        Err(AddressProblem::TooMany)
    } else {
        Ok(())
    }
}

/// The next message starts anew with the bot, even where a human elsewhere had made it pause.
fn resolve(turn: &mut Turn<'_>, name: &str) -> Result<(), Refusal> {
    let thread = free_thread(turn, name)?;
    thread.stage = Stage::Resolved;
    thread.waiting_since = None;
    turn.state.paused_until = None;
    flow::resolved(turn);
    // What the person was promised stays promised.
    if !turn.state.is_announced() {
        turn.state.draft = None;
    }
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

fn checked(text: &str, max: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().nth(max).is_none();
    if fits { Ok(text.to_owned()) } else { Err(Refusal::TextLength { max }) }
}
