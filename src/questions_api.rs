//! The routes about questions that were not answered well: the object keeps them, the running texts say what they
//! might become, and what a lead makes of them is published as a new version of the pack.

use std::cell::RefCell;
use std::rc::Rc;

use lotse_core::api::knowledge::PackInEffect;
use lotse_core::api::problem::{Problem, ProblemKind};
use lotse_core::api::questions::{
    ConfusionReport, EntryForQuestions, EntryReplies, GroupPage, PhrasingForQuestions, QuestionPage,
    QuestionQuery,
};
use lotse_core::api::routes::Operation;
use lotse_core::faq::confusion::confusions;
use lotse_core::faq::edit::{self, EditError};
use lotse_core::faq::pack;
use lotse_core::learning::groups::Group;
use lotse_core::learning::redact::MAX_CHARACTERS;
use serde::de::DeserializeOwned;

use crate::agent_api::{Answer, Asked, body, json, no_content, unavailable};
use crate::knowledge_api::{compiled, record};
use crate::knowledge_do::KnowledgeCall;
use crate::questions_do::QuestionsCall;
use crate::{call, clock, knowledge, log, objects};

type Outcome<T> = Result<T, Problem>;

thread_local! {
    /// The last report, by its version: it takes long, and a version never changes.
    static REPORT: RefCell<Option<(u64, Rc<ConfusionReport>)>> = const { RefCell::new(None) };
}

/// Carries out an operation on questions.
///
/// # Errors
/// A problem for the client.
pub async fn answer(asked: &Asked<'_>, operation: Operation) -> Answer {
    match operation {
        Operation::IgnoreQuestions => {
            let id = id(asked)?;
            if ask(asked, &QuestionsCall::Ignore { id }).await? { no_content() } else { Err(no_group()) }
        }
        Operation::AddPhrasing => {
            let PhrasingForQuestions { entry, language, text, based_on } = body(asked.request)?;
            let text = text.trim();
            if !(1..=MAX_CHARACTERS).contains(&text.chars().count()) {
                let detail = format!("text has 1 to {MAX_CHARACTERS} characters");
                return Err(Problem::new(ProblemKind::BadRequest, detail));
            }
            let note = format!("Phrasing of \"{entry}\" from questions");
            deal(asked, based_on, note, |source| edit::add_phrasing(source, &entry, &language, text)).await
        }
        Operation::AddEntry => {
            let EntryForQuestions { entry, based_on } = body(asked.request)?;
            let note = format!("Entry \"{}\" from questions", entry.id);
            deal(asked, based_on, note, |source| edit::add_entry(source, &entry)).await
        }
        Operation::ListConfusions => json(200, &*report(asked).await?),
        Operation::ListReplies => json(200, &ask::<Vec<EntryReplies>>(asked, &QuestionsCall::Replies).await?),
        _ => list(asked).await,
    }
}

async fn list(asked: &Asked<'_>) -> Answer {
    let query = QuestionQuery::parse(asked.query)
        .map_err(|error| Problem::new(ProblemKind::BadRequest, error.to_string()))?;
    let page: GroupPage = ask(asked, &QuestionsCall::List(query)).await?;
    knowledge::catch_up(asked.env).await;
    let running = knowledge::running().map_err(|error| unavailable(&error))?;
    json(200, &QuestionPage::new(page, &running, clock::now()))
}

/// Publishes the pack with an edit, and removes the group that is dealt with by it.
async fn deal(
    asked: &Asked<'_>,
    based_on: u64,
    note: String,
    edit: impl FnOnce(&str) -> Result<String, EditError>,
) -> Answer {
    let id = id(asked)?;
    ask::<Option<Group>>(asked, &QuestionsCall::Read { id }).await?.ok_or_else(no_group)?;
    let in_effect: PackInEffect = record(asked, &KnowledgeCall::Read).await?.read()?;
    if in_effect.version.version != based_on {
        return Err(Problem::knowledge_moved_on(in_effect.version));
    }
    let source =
        edit(&in_effect.source).map_err(|error| Problem::new(ProblemKind::BadRequest, error.to_string()))?;
    let author = asked.agent.name.clone();
    let published =
        record(asked, &KnowledgeCall::Publish { author, source, based_on, note: Some(note) }).await?;
    if !published.is_done() {
        return published.response();
    }
    // Should this fail, the group stays to be seen, with the entry that answers it by now.
    if let Err(problem) = ask::<bool>(asked, &QuestionsCall::Remove { id }).await {
        log::warn("questions_not_removed", &[("status", log::Value::Number(i64::from(problem.status)))]);
    }
    published.response()
}

async fn report(asked: &Asked<'_>) -> Outcome<Rc<ConfusionReport>> {
    let in_effect: PackInEffect = record(asked, &KnowledgeCall::Read).await?.read()?;
    let version = in_effect.version.version;
    let known = REPORT.with_borrow(|report| report.clone().filter(|(of, _)| *of == version));
    if let Some((_, report)) = known {
        return Ok(report);
    }
    let knowledge = compiled(&in_effect.source)?;
    let pack = pack::parse(&in_effect.source)
        .map_err(|error| Problem::new(ProblemKind::Unavailable, error.to_string()))?;
    let report = Rc::new(confusions(&pack, &knowledge));
    REPORT.set(Some((version, Rc::clone(&report))));
    Ok(report)
}

fn id(asked: &Asked<'_>) -> Outcome<u64> {
    asked.id.parse().map_err(|_| no_group())
}

fn no_group() -> Problem {
    Problem::new(ProblemKind::NotFound, "there is no group of questions with this id; it may be dealt with")
}

async fn ask<T: DeserializeOwned>(asked: &Asked<'_>, asking: &QuestionsCall) -> Outcome<T> {
    let answered = async { call::call(&objects::questions(asked.env)?, asking).await };
    answered.await.map_err(|error| unavailable(&error))
}
