//! One value of each kind for the reader, as typed values, so that no example can go stale.

use super::super::{
    Agent, ConsentRecord, DeadLetterKind, DeadLetterPage, DeadLetterSummary, DeadLetterView, MadeToken,
    NewLink, NewPause, NewToken, Note, OldLink, Reply, Role, SendingAccount, Thread, ThreadPage, Token,
    Transcript, TranscriptLine,
};
use crate::channel::ChannelName;
use crate::conversation::{Author, HandoverReason, Line, LineBody, ThreadState, ThreadSummary};
use crate::message::{Contact, Content, ConversationKey};
use crate::pacing::AccountState;
use crate::time::UnixMillis;

/// 2026-03-02T09:00:00Z, a Monday morning.
const ASKED_AT: UnixMillis = UnixMillis(1_772_442_000_000);
const QUESTION: &str = "Kann ich bitte mit einem Menschen sprechen?";

/// Whose token it is.
pub(super) fn agent() -> Agent {
    Agent { name: "Hotline 1".to_owned(), role: Role::Agent }
}

/// A thread that waits.
fn thread() -> Thread {
    Thread { id: "5f".repeat(32), summary: summary() }
}

/// It, once somebody took it.
pub(super) fn claimed_thread() -> Thread {
    let Thread { id, summary } = thread();
    let assignee = Some(agent().name);
    Thread {
        id,
        summary: ThreadSummary {
            version: 3,
            state: ThreadState::Claimed,
            assignee,
            updated_at: ASKED_AT.plus_millis(60_000),
            ..summary
        },
    }
}

/// The only page.
pub(super) fn thread_page() -> ThreadPage {
    ThreadPage { threads: vec![thread()], next: None, waiting: 1 }
}

/// What was said.
pub(super) fn transcript() -> Transcript {
    let line = Line {
        seq: 1,
        at: ASKED_AT,
        author: Author::Citizen,
        body: LineBody::Inbound { content: Content::Text { body: QUESTION.to_owned() } },
        provider_id: Some("wamid.EXAMPLE".to_owned()),
    };
    Transcript {
        thread: Some(summary()),
        state: ThreadState::Waiting,
        lines: vec![TranscriptLine { line, delivery: None, delivery_note: None, removed_at: None }],
    }
}

fn summary() -> ThreadSummary {
    let contact = "491700000000".to_owned();
    ThreadSummary {
        version: 2,
        key: ConversationKey {
            channel: ChannelName::Whatsapp,
            account: "main".to_owned(),
            contact: contact.clone(),
        },
        contact: Contact { id: contact, language: Some("de".to_owned()), ..Contact::default() },
        reference: "GA-7Q4K".to_owned(),
        state: ThreadState::Waiting,
        reason: HandoverReason::Asked,
        urgent: false,
        assignee: None,
        team: Some("hotline".to_owned()),
        waiting_since: Some(ASKED_AT),
        opened_at: ASKED_AT,
        updated_at: ASKED_AT,
        snippet: QUESTION.to_owned(),
        language: Some("de".to_owned()),
        last_seq: 1,
        free_text_until: Some(ASKED_AT.plus_millis(24 * 60 * 60_000)),
        draft: None,
        consent: None,
        links: Vec::new(),
        fields: Vec::new(),
    }
}

/// An answer to the question.
pub(super) fn reply() -> Reply {
    Reply { text: "Guten Morgen! Wie kann ich helfen?".to_owned(), last_seen_seq: Some(1) }
}

/// A word to colleagues.
pub(super) fn note() -> Note {
    Note { text: "Bitte heute noch zurückrufen.".to_owned() }
}

/// What was said on the phone.
pub(super) fn consent() -> ConsentRecord {
    ConsentRecord { given: true, how: "Am Telefon am 2. März".to_owned() }
}

/// Another address.
pub(super) fn link() -> NewLink {
    NewLink { to: old_link().to, consented_at: Some(ASKED_AT) }
}

/// It, to be forgotten.
pub(super) fn old_link() -> OldLink {
    let (account, contact) = ("main".to_owned(), "5000000001".to_owned());
    OldLink { to: ConversationKey { channel: ChannelName::Telegram, account, contact } }
}

/// The only page.
pub(super) fn dead_letter_page() -> DeadLetterPage {
    let DeadLetterView { id, at, reason, kind, .. } = dead_letter();
    DeadLetterPage { dead_letters: vec![DeadLetterSummary { id, at, reason, kind, bytes: 178 }], total: 1 }
}

/// Something that could not be read.
pub(super) fn dead_letter() -> DeadLetterView {
    DeadLetterView {
        id: "0c".repeat(16),
        at: ASKED_AT,
        reason: "an item cannot be read".to_owned(),
        kind: DeadLetterKind::Body,
        channel: Some(ChannelName::Telegram),
        account: Some("main".to_owned()),
        content: r#"{"update_id":1,"message":{}}"#.to_owned(),
    }
}

/// A reason to hold back what would leave.
pub(super) fn new_pause() -> NewPause {
    NewPause { reason: "The answer about testing is wrong, Mia corrects it.".to_owned() }
}

/// An account that an operator paused.
pub(super) fn paused_account() -> SendingAccount {
    SendingAccount {
        channel: ChannelName::Whatsapp,
        account: "main".to_owned(),
        state: AccountState::Paused,
        messages_per_second: 80,
        since: Some(ASKED_AT),
        reason: Some(new_pause().reason),
        next_try_at: None,
        by: Some("Leitung".to_owned()),
    }
}

/// It, once somebody resumed it.
pub(super) fn resumed_account() -> SendingAccount {
    let state = AccountState::Sending;
    SendingAccount { state, since: None, reason: None, by: None, ..paused_account() }
}

/// An account whose platform refuses the credentials.
pub(super) fn stopped_account() -> SendingAccount {
    SendingAccount {
        channel: ChannelName::Telegram,
        account: "main".to_owned(),
        state: AccountState::Stopped,
        messages_per_second: 30,
        since: Some(ASKED_AT),
        reason: Some("the platform refuses the credentials (code 401)".to_owned()),
        next_try_at: Some(ASKED_AT.plus_millis(60_000)),
        by: None,
    }
}

/// A token to make.
pub(super) fn new_token() -> NewToken {
    let Agent { name, role } = agent();
    NewToken { name, role }
}

/// It, as it is listed.
pub(super) fn token() -> Token {
    let NewToken { name, role } = new_token();
    Token { id: "a3".repeat(8), name, role, created_at: ASKED_AT, revoked_at: None }
}

/// It, with its value.
pub(super) fn made_token() -> MadeToken {
    MadeToken { token: token(), value: format!("lotse_{}", "00".repeat(24)) }
}
