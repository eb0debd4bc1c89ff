//! What platforms tell: messages go on to [`super::citizen`], the rest is settled here.

use super::snippet::snippet;
use super::state::{Snippet, Stage, Thread};
use super::turn::Turn;
use super::{Author, HandoverReason, LineBody, citizen, draft, fallback, feedback, flow};
use crate::message::{Contact, Content, ConversationKey, Event, Item};
use crate::policy::{Choice, Consent, Evidence};

const HOUR_MILLIS: i64 = 3_600_000;

pub(super) fn item(turn: &mut Turn<'_>, item: &Item, line: Option<u64>) {
    match &item.event {
        Event::Message { message_id, content, .. } => {
            meet(turn, &item.contact);
            citizen::message(turn, item, message_id, content);
            draft::look_again(turn);
        }
        Event::Edited { message_id, content } => {
            meet(turn, &item.contact);
            edited(turn, item, line, message_id, content);
        }
        Event::Revoked { message_id } => revoked(turn, item, line, message_id),
        Event::Echo { message_id, content } => echo(turn, item, message_id, content),
        Event::IdentityChanged { new_contact } => identity_changed(turn, new_contact),
        Event::Reachability { reachable } => {
            turn.state.blocked = !reachable;
            draft::look_again(turn);
        }
        Event::BulkPreference { welcome } => bulk_preference(turn, item, *welcome),
        // A reaction asks for nothing; delivery states belong to the outbox.
        Event::Reaction { .. } | Event::Status { .. } | Event::Notice { .. } => {}
    }
}

/// Keeps the newest that the person said. Stopped at the platform are messages to many only: who wrote STOP before
/// stays silenced, and who did not is still answered.
fn bulk_preference(turn: &mut Turn<'_>, item: &Item, welcome: bool) {
    let known = turn.state.consent.as_ref();
    if known.is_some_and(|known| known.at > item.at || !(welcome || known.is_given())) {
        return;
    }
    let choice = if welcome { Choice::Given } else { Choice::Withdrawn { wrote_since: true } };
    turn.state.consent = Some(Consent { choice, at: item.at, evidence: Evidence::Platform });
    draft::look_again(turn);
}

/// The person has another id: they are answered there, and what they write there comes here.
fn identity_changed(turn: &mut Turn<'_>, new_contact: &Contact) {
    let old = std::mem::replace(&mut turn.state.contact, new_contact.clone());
    let contact = &mut turn.state.contact;
    contact.name = contact.name.take().or(old.name);
    contact.username = contact.username.take().or(old.username);
    contact.language = contact.language.take().or(old.language);
    let key = turn.context.key;
    // Back under the first id: it leads here anyway.
    if new_contact.id != key.contact {
        turn.new_address(ConversationKey { contact: new_contact.id.clone(), ..key.clone() });
    }
}

/// Takes over what the platform says about the person; what it leaves out stays as it was known.
fn meet(turn: &mut Turn<'_>, seen: &Contact) {
    let known = &mut turn.state.contact;
    known.id.clone_from(&seen.id);
    for (known, seen) in [
        (&mut known.phone, &seen.phone),
        (&mut known.name, &seen.name),
        (&mut known.username, &seen.username),
        (&mut known.language, &seen.language),
    ] {
        if seen.is_some() {
            known.clone_from(seen);
        }
    }
}

fn edited(turn: &mut Turn<'_>, item: &Item, line: Option<u64>, message_id: &str, content: &Content) {
    turn.replace(message_id, line, content);
    // A live location is edited every few seconds: nobody could answer who had to see each place first.
    let moves = matches!(content, Content::Location { .. });
    if let Some(line) = line.filter(|_| !moves) {
        turn.note_change(item.at, LineBody::Edited { line });
    }
    set_snippet_of(turn, message_id, snippet(content));
    flow::edited(turn, message_id, content);
    citizen::raise_if_emergency(turn, item, content);
    turn.touch_desk();
}

fn revoked(turn: &mut Turn<'_>, item: &Item, line: Option<u64>, message_id: &str) {
    turn.remove(message_id, line);
    if let Some(line) = line {
        turn.note_change(item.at, LineBody::Revoked { line });
    }
    feedback::forget_words(turn);
    set_snippet_of(turn, message_id, String::new());
    flow::revoked(turn, message_id);
}

fn set_snippet_of(turn: &mut Turn<'_>, message_id: &str, text: String) {
    if let Some(snippet) =
        turn.state.snippet.as_mut().filter(|it| it.provider_id.as_deref() == Some(message_id))
    {
        *snippet = Snippet { text, provider_id: snippet.provider_id.take() };
    }
}

/// A human answered in the platform's own app. What waited until then is answered; what the person
/// writes next goes to the desk, where it can be seen, and the bot stays out of it.
fn echo(turn: &mut Turn<'_>, item: &Item, message_id: &str, content: &Content) {
    turn.receive(item, Author::Elsewhere, message_id, content);
    let pause = i64::from(turn.context.settings.bot.echo_pause_hours.get()) * HOUR_MILLIS;
    let until = item.at.plus_millis(pause);
    turn.state.paused_until = turn.state.paused_until.max(Some(until));
    turn.state.offer.clear();
    // An echo that arrives late cannot have answered what came in since.
    let answered = |thread: &&mut Thread| thread.waiting_since.is_none_or(|since| since <= item.at);
    if let Some(thread) = turn.state.thread.as_mut().filter(answered) {
        thread.waiting_since = None;
        if thread.stage == Stage::Waiting {
            thread.stage = Stage::Resolved;
            flow::resolved(turn);
        }
    }
}

/// A message of ours will not arrive: an agent has to see that.
pub(super) fn delivery_failed(turn: &mut Turn<'_>, line: u64) {
    if line == 0 || line > turn.state.last_seq {
        return;
    }
    let now = turn.context.now;
    // The failed message belongs to the last matter, even where that was thought done.
    if let Some(thread) = turn.state.thread.as_mut().filter(|thread| !thread.is_open()) {
        thread.stage = Stage::Waiting;
    }
    let thread = turn.need_human(HandoverReason::DeliveryFailed, now);
    // What the message answered is not answered: no later answer may mark it as read.
    thread.unseen = true;
    if !thread.urgent {
        thread.reason = HandoverReason::DeliveryFailed;
    }
    draft::announcement_failed(turn, line);
    fallback::failed(turn, line);
    turn.touch_desk();
}
