//! The routes about questions that were not answered well: the object keeps them, the running texts say what they
//! might become.

use lotse_core::api::problem::{Problem, ProblemKind};
use lotse_core::api::questions::{EntryReplies, GroupPage, QuestionPage, QuestionQuery};
use serde::de::DeserializeOwned;

use crate::agent_api::{Answer, Asked, json, no_content, unavailable};
use crate::questions_do::QuestionsCall;
use crate::{call, clock, objects};

/// A page of groups.
pub async fn list(asked: &Asked<'_>) -> Answer {
    let query = QuestionQuery::parse(asked.query)
        .map_err(|error| Problem::new(ProblemKind::BadRequest, error.to_string()))?;
    let page: GroupPage = ask(asked, &QuestionsCall::List(query)).await?;
    json(200, &QuestionPage::new(page, &asked.environment.knowledge, clock::now()))
}

/// Hides a group.
pub async fn ignore(asked: &Asked<'_>) -> Answer {
    let id = id(asked)?;
    if ask(asked, &QuestionsCall::Ignore { id }).await? { no_content() } else { Err(no_group()) }
}

/// What people said about answers.
pub async fn replies(asked: &Asked<'_>) -> Answer {
    json(200, &ask::<Vec<EntryReplies>>(asked, &QuestionsCall::Replies).await?)
}

fn id(asked: &Asked<'_>) -> Result<u64, Problem> {
    asked.id.parse().map_err(|_| no_group())
}

fn no_group() -> Problem {
    Problem::new(ProblemKind::NotFound, "there is no group of questions with this id; it may be dealt with")
}

async fn ask<T: DeserializeOwned>(asked: &Asked<'_>, asking: &QuestionsCall) -> Result<T, Problem> {
    let answered = async { call::call(&objects::questions(asked.env)?, asking).await };
    answered.await.map_err(|error| unavailable(&error))
}
