//! `/healthz`: what is missing, by name and never by value, and which accounts do not send.

use serde::Serialize;
use worker::{Env, Result};

use crate::environment::Environment;
use crate::knowledge::{self, Trouble};
use crate::{accounts, http};

#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    version: &'static str,
    problems: &'a [String],
    paused: Vec<String>,
    knowledge: Standing,
}

/// Which approved texts are answered from here.
#[derive(Serialize)]
struct Standing {
    version: u64,
    crisis: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
}

/// 503 `incomplete` with the list of problems when something is missing; else 200: `degraded` when accounts
/// do not send or published texts do not take effect, which no restart cures, `ok` otherwise.
///
/// # Errors
/// When the response cannot be made.
pub async fn answer(env: &Env, environment: &Environment) -> Result<http::Answer> {
    let problems = environment.problems();
    let paused = accounts::halted(env, environment).await;
    knowledge::catch_up(env).await;
    let (head, trouble) = knowledge::standing()?;
    let problem = trouble.map(Trouble::words);
    let knowledge = Standing { version: head.version, crisis: head.crisis, problem };
    let (code, status) = match (problems.is_empty(), paused.is_empty() && trouble.is_none()) {
        (false, _) => (503, "incomplete"),
        (true, false) => (200, "degraded"),
        (true, true) => (200, "ok"),
    };
    http::json(code, &Health { status, version: env!("CARGO_PKG_VERSION"), problems, paused, knowledge })
}
