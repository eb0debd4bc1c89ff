//! The API of the approved texts: checks what comes in, asks the record, and tells what would be answered.
//!
//! Checks and previews run here, beside the requests of agents, and not in the record's object.

use std::cell::RefCell;
use std::rc::Rc;

use lotse_core::api::knowledge::{
    NewCrisis, NewPack, NewRollback, PREVIEW_MAX_CHARACTERS, PackDraft, PackReport, PreviewAnswer,
    PreviewQuestion, kept_note,
};
use lotse_core::api::problem::{Problem, ProblemKind};
use lotse_core::api::routes::Operation;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::publishing;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::agent_api::{Answer, Asked, body_up_to, json, unavailable};
use crate::knowledge_do::KnowledgeCall;
use crate::{call, clock, http, knowledge, objects};

/// The largest body: a pack of some hundred entries, as JSON text.
const BODY_CAP: usize = 1024 * 1024;

type Outcome<T> = Result<T, Problem>;

thread_local! {
    /// The last draft that was tried, by its hash: an author tries one draft many times.
    static TRIED: RefCell<Option<(Vec<u8>, Rc<Knowledge>)>> = const { RefCell::new(None) };
}

/// Carries out an operation on the approved texts.
///
/// # Errors
/// A problem for the client.
pub async fn answer(asked: &Asked<'_>, operation: Operation) -> Answer {
    let author = || asked.agent.name.clone();
    let call = match operation {
        Operation::LintKnowledge => {
            let draft: PackDraft = body(asked)?;
            return json(200, &PackReport::new(read(&draft.source)?.findings));
        }
        Operation::PreviewKnowledge => return json(200, &preview(asked).await?),
        Operation::PublishKnowledge => {
            let NewPack { source, based_on, note } = body(asked)?;
            KnowledgeCall::Publish { author: author(), source, based_on, note: checked(note.as_deref())? }
        }
        Operation::RollBackKnowledge => {
            let NewRollback { to, based_on, note } = body(asked)?;
            KnowledgeCall::RollBack { author: author(), to, based_on, note: checked(note.as_deref())? }
        }
        Operation::TurnCrisis => {
            let NewCrisis { on, note } = body(asked)?;
            KnowledgeCall::TurnCrisis { author: author(), on, note: checked(note.as_deref())? }
        }
        Operation::ListVersions => KnowledgeCall::History,
        Operation::ReadVersion => {
            let no_version = || Problem::new(ProblemKind::NotFound, "there is no such version");
            KnowledgeCall::ReadVersion { version: asked.id.parse().map_err(|_| no_version())? }
        }
        _ => KnowledgeCall::Read,
    };
    record(asked, &call).await?.response()
}

/// What the record answered: for the client, or to go on with.
pub struct Recorded {
    status: u16,
    body: String,
}

impl Recorded {
    /// Whether it did what it was asked.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.status < 400
    }

    /// For the client.
    ///
    /// # Errors
    /// When no response can be made.
    pub fn response(&self) -> Answer {
        let content_type = if self.is_done() { "application/json" } else { "application/problem+json" };
        http::text(self.status, content_type, &self.body).map_err(|error| unavailable(&error))
    }

    /// To go on with.
    ///
    /// # Errors
    /// When it is something else.
    pub fn read<T: DeserializeOwned>(&self) -> Outcome<T> {
        serde_json::from_str(&self.body).map_err(|error| unavailable(&error.into()))
    }
}

/// Asks the record; its answer is a status, and behind a line break a body.
///
/// # Errors
/// A problem for the client, where it does not answer.
pub async fn record(asked: &Asked<'_>, asking: &KnowledgeCall) -> Outcome<Recorded> {
    let answered = async { call::text(&objects::knowledge(asked.env)?, asking).await };
    let answer = answered.await.map_err(|error| unavailable(&error))?;
    let parts = answer.split_once('\n').and_then(|(status, body)| Some((status.parse().ok()?, body)));
    let (status, body) =
        parts.ok_or_else(|| unavailable(&worker::Error::RustError("no status in the answer".to_owned())))?;
    Ok(Recorded { status, body: body.to_owned() })
}

async fn preview(asked: &Asked<'_>) -> Outcome<PreviewAnswer> {
    let PreviewQuestion { text, source } = body(asked)?;
    if !(1..=PREVIEW_MAX_CHARACTERS).contains(&text.trim().chars().count()) {
        let detail = format!("text has 1 to {PREVIEW_MAX_CHARACTERS} characters");
        return Err(Problem::new(ProblemKind::BadRequest, detail));
    }
    knowledge::catch_up(asked.env).await;
    let running = knowledge::running().map_err(|error| unavailable(&error))?;
    let try_out = |knowledge: &Knowledge| {
        publishing::preview(&text, knowledge, &asked.environment.settings, clock::now())
    };
    let draft = source.map(|source| compiled(&source)).transpose()?;
    let after = draft.map(|draft| {
        if running.is_crisis() { try_out(&Knowledge::clone(&draft).in_crisis(true)) } else { try_out(&draft) }
    });
    Ok(PreviewAnswer { now: try_out(&running), after })
}

/// A draft, compiled.
///
/// # Errors
/// A problem for the client, where it is no pack.
pub fn compiled(source: &str) -> Outcome<Rc<Knowledge>> {
    let hash = Sha256::digest(source.as_bytes()).to_vec();
    let known = TRIED.with_borrow(|tried| tried.as_ref().filter(|(known, _)| *known == hash).cloned());
    if let Some((_, knowledge)) = known {
        return Ok(knowledge);
    }
    let draft = read(source)?;
    let pack = draft.pack.ok_or_else(|| Problem::knowledge_broken(draft.findings))?;
    let knowledge = Rc::new(Knowledge::compile(&pack));
    TRIED.set(Some((hash, Rc::clone(&knowledge))));
    Ok(knowledge)
}

/// Checks a text against the pack that it would take the place of.
fn read(source: &str) -> Outcome<publishing::Draft> {
    let running = knowledge::running().map_err(|error| unavailable(&error))?;
    Ok(publishing::read(source, running.id(), clock::now()))
}

fn checked(note: Option<&str>) -> Outcome<Option<String>> {
    kept_note(note).map_err(|detail| Problem::new(ProblemKind::BadRequest, detail))
}

fn body<T: DeserializeOwned>(asked: &Asked<'_>) -> Outcome<T> {
    body_up_to(asked.request, BODY_CAP)
}
