//! The API of the approved texts: checks what comes in, asks the record, and tells what would be answered.
//!
//! Checks and previews run here, beside the requests of agents, and not in the record's object.

use std::cell::RefCell;
use std::rc::Rc;

use lotse_core::api::knowledge::{
    NewCrisis, NewPack, NewRollback, PREVIEW_MAX_CHARACTERS, PackDraft, PackHistory, PackInEffect,
    PackReport, PackWithSource, PreviewAnswer, PreviewQuestion, TurnedCrisis, kept_note,
};
use lotse_core::api::problem::{Problem, ProblemKind};
use lotse_core::api::routes::Operation;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::publishing;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::agent_api::{Answer, Asked, body_up_to, json, unavailable};
use crate::knowledge_do::{KnowledgeCall, PublishAnswer};
use crate::{call, clock, knowledge, objects};

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
    match operation {
        Operation::LintKnowledge => {
            let draft: PackDraft = body(asked).await?;
            json(200, &PackReport::new(read(&draft.source)?.findings))
        }
        Operation::PreviewKnowledge => json(200, &preview(asked).await?),
        Operation::PublishKnowledge => {
            let NewPack { source, based_on, note } = body(asked).await?;
            let (author, note) = (asked.agent.name.clone(), checked_note(note.as_deref())?);
            publish(asked, &KnowledgeCall::Publish { author, source, based_on, note }).await
        }
        Operation::RollBackKnowledge => {
            let NewRollback { to, based_on, note } = body(asked).await?;
            let (author, note) = (asked.agent.name.clone(), checked_note(note.as_deref())?);
            publish(asked, &KnowledgeCall::RollBack { author, to, based_on, note }).await
        }
        Operation::TurnCrisis => {
            let NewCrisis { on, note } = body(asked).await?;
            let (author, note) = (asked.agent.name.clone(), checked_note(note.as_deref())?);
            let turned: Option<TurnedCrisis> =
                record(asked, &KnowledgeCall::TurnCrisis { author, on, note }).await?;
            let no_crisis = "the pack in effect has no [crisis]; publish one that has";
            json(200, &turned.ok_or_else(|| Problem::new(ProblemKind::WrongState, no_crisis))?)
        }
        Operation::ListVersions => json(200, &record::<PackHistory>(asked, &KnowledgeCall::History).await?),
        Operation::ReadVersion => {
            let no_version = || Problem::new(ProblemKind::NotFound, "there is no such version");
            let version = asked.id.parse().map_err(|_| no_version())?;
            let known: Option<PackWithSource> =
                record(asked, &KnowledgeCall::ReadVersion { version }).await?;
            json(200, &known.ok_or_else(no_version)?)
        }
        _ => {
            let in_effect: PackInEffect = record(asked, &KnowledgeCall::Read).await?;
            let findings = read(&in_effect.source)?.findings;
            json(200, &PackInEffect { findings, ..in_effect })
        }
    }
}

/// Publishes.
///
/// # Errors
/// A problem for the client, where nothing was published.
pub async fn publish(asked: &Asked<'_>, publishing: &KnowledgeCall) -> Answer {
    match record(asked, publishing).await? {
        PublishAnswer::Published(published) => json(201, &published),
        PublishAnswer::MovedOn { current } => Err(Problem::knowledge_moved_on(current)),
        PublishAnswer::Broken { findings } => Err(Problem::knowledge_broken(findings)),
        PublishAnswer::NoSuchVersion => {
            Err(Problem::new(ProblemKind::NotFound, "there is no such version to bring back"))
        }
    }
}

async fn preview(asked: &Asked<'_>) -> Outcome<PreviewAnswer> {
    let PreviewQuestion { text, source } = body(asked).await?;
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

fn checked_note(note: Option<&str>) -> Outcome<Option<String>> {
    kept_note(note).map_err(|detail| Problem::new(ProblemKind::BadRequest, detail))
}

async fn body<T: DeserializeOwned>(asked: &Asked<'_>) -> Outcome<T> {
    body_up_to(asked.request, BODY_CAP).await
}

/// Asks the record.
///
/// # Errors
/// A problem for the client, where it does not answer.
pub async fn record<T: DeserializeOwned>(asked: &Asked<'_>, asking: &KnowledgeCall) -> Outcome<T> {
    let answered = async { call::call(&objects::knowledge(asked.env)?, asking).await };
    answered.await.map_err(|error| unavailable(&error))
}
