//! What the document says that a command to a thread may be refused for is what [`step`] refuses it
//! for, no more and no less.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::super::problem::{Problem, ProblemKind};
use super::super::routes::Operation;
use super::operations::described;
use crate::channel::ChannelName;
use crate::conversation::{AgentCommand, Context, ConversationState, Input, Refusal, step};
use crate::faq::knowledge::Knowledge;
use crate::faq::pack;
use crate::message::{Contact, Content, ConversationKey, Event, Item};
use crate::settings::Settings;
use crate::settings::tests::{berlin, development};
use crate::time::UnixMillis;

const MINE: &str = "Hotline 1";
const OTHER: &str = "Hotline 2";
const TWO_DAYS_MILLIS: i64 = 48 * 60 * 60_000;

static SETTINGS: LazyLock<Settings> = LazyLock::new(development);
static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    let text = include_str!("../../conversation/tests/pack.toml");
    Knowledge::compile(&pack::parse(text).expect("the pack is valid"))
});

/// Every kind of command, also those that cannot succeed.
fn commands() -> Vec<(Operation, AgentCommand)> {
    let reply = |text: &str, last_seen_seq| AgentCommand::Reply { text: text.to_owned(), last_seen_seq };
    let note = |text: &str| AgentCommand::Note { text: text.to_owned() };
    let consent = |how: &str| AgentCommand::RecordConsent { given: false, how: how.to_owned() };
    let address = |account: &str| ConversationKey {
        channel: ChannelName::Telegram,
        account: account.to_owned(),
        contact: "5000000001".to_owned(),
    };
    vec![
        (Operation::OpenThread, AgentCommand::Open),
        (Operation::ClaimThread, AgentCommand::Claim),
        (Operation::ReleaseThread, AgentCommand::Release),
        (Operation::FreeThread, AgentCommand::Free),
        (Operation::ReplyToThread, reply("Guten Tag", None)),
        (Operation::ReplyToThread, reply("Guten Tag", Some(0))),
        (Operation::ReplyToThread, reply(" ", None)),
        (Operation::NoteOnThread, note("Rückruf")),
        (Operation::NoteOnThread, note("")),
        (Operation::ResolveThread, AgentCommand::Resolve),
        (Operation::ReopenThread, AgentCommand::Reopen),
        (Operation::DropDraft, AgentCommand::DropDraft),
        (Operation::RecordConsent, consent(" ")),
        (Operation::RecordConsent, consent("Am Telefon")),
        (Operation::LinkAddress, AgentCommand::Link { to: address("main"), consented_at: None }),
        (Operation::LinkAddress, AgentCommand::Link { to: address("gone"), consented_at: None }),
        (Operation::UnlinkAddress, AgentCommand::Unlink { to: address("main") }),
    ]
}

/// The conversation after an input, or what a client is told.
fn after(state: &ConversationState, input: Input<'_>, now: UnixMillis) -> Result<ConversationState, String> {
    let is_reply = matches!(input, Input::Agent { command: AgentCommand::Reply { .. }, .. });
    let key = ConversationKey {
        channel: ChannelName::Whatsapp,
        account: "main".to_owned(),
        contact: "491700000000".to_owned(),
    };
    let context =
        Context { key: &key, knowledge: &KNOWLEDGE, settings: &SETTINGS, backlog: None, now, random: [7; 8] };
    let state = step(state, input, &context).map_err(|refusal| problem(&refusal).name().to_owned())?.state;
    let held = state.summary(&key, now).filter(|_| is_reply).and_then(|thread| Problem::of_reply(&thread));
    held.map_or(Ok(state), |problem| Err(problem.type_uri.replace("/problems/", "")))
}

/// A thread that waits, also for somebody who blocked us, one that each agent has, and one that is done.
fn threads(now: UnixMillis) -> Vec<ConversationState> {
    let content = Content::Location { latitude: 52.5, longitude: 13.4, name: None, address: None };
    let event = Event::Message { message_id: "m1".to_owned(), content, reply_to: None, forwarded: false };
    let item = Item {
        account_address: None,
        event_id: "m1".to_owned(),
        at: now,
        contact: Contact::default(),
        event,
    };
    let waiting = after(&ConversationState::default(), Input::Item { item: &item, line: None }, now)
        .expect("items are never refused");
    let agent = |name, command| {
        after(&waiting, Input::Agent { name, command }, now).expect("a waiting thread is free for everybody")
    };
    vec![
        agent(MINE, AgentCommand::Claim),
        agent(OTHER, AgentCommand::Claim),
        agent(OTHER, AgentCommand::Resolve),
        ConversationState { blocked: true, ..waiting.clone() },
        waiting.clone(),
    ]
}

const fn problem(refusal: &Refusal) -> ProblemKind {
    match refusal {
        Refusal::ClaimedBy { .. } => ProblemKind::ClaimedByOther,
        Refusal::Stale { .. } => ProblemKind::ThreadMovedOn,
        Refusal::WrongState { .. } => ProblemKind::WrongState,
        Refusal::TextLength { .. } | Refusal::Address(_) => ProblemKind::BadRequest,
    }
}

#[test]
fn commands_are_refused_for_what_the_document_says() {
    let now = berlin("2026-11-23 12:00");
    let threads = threads(now);
    for (operation, _) in commands() {
        let mut refused = BTreeSet::new();
        for (_, command) in commands().into_iter().filter(|(kind, _)| *kind == operation) {
            for (state, now) in
                threads.iter().flat_map(|it| [(it, now), (it, now.plus_millis(TWO_DAYS_MILLIS))])
            {
                let input = Input::Agent { name: MINE, command: command.clone() };
                refused.extend(after(state, input, now).err());
            }
        }
        // Where there is no thread, no command comes to be decided.
        refused.insert(ProblemKind::NotFound.name().to_owned());
        if described(operation).body.is_some() {
            // Whatever a body is to hold, it may hold something else.
            refused.insert(ProblemKind::BadRequest.name().to_owned());
        }
        let said: BTreeSet<String> =
            described(operation).problems.iter().map(|kind| kind.name().to_owned()).collect();
        assert_eq!(refused, said, "{operation:?}");
    }
}
