//! Which request goes where. Knows paths and methods, nothing else, and sees to it that whatever goes wrong below
//! `/api` is told as a problem document.

use lotse_core::api::problem::{Problem, ProblemKind};
use lotse_core::metrics::Metric;
use worker::{Env, Result};

use crate::environment::Environment;
use crate::http::{Answer, Request};
use crate::{agent_api, health, http, log, metrics, metrics_page, webhook};

const PLAIN: &str = "text/plain; charset=utf-8";

/// Answers one request; what no room expected is a 500, for clients of the API a 503 like all that fails on our side.
pub async fn answer(request: &Request, env: &Env) -> Answer {
    let (path, query) = http::path_and_query(&request.url);
    let answer = match route(request, env, path, query).await {
        Err(error) if is_api(path) => agent_api::refusal(&agent_api::unavailable(&error)),
        answer => answer,
    };
    let answer = answer.unwrap_or_else(|error| {
        log::error("request_failed", &[log::cause(&error)]);
        Answer::Status(500)
    });
    watch(path, &answer);
    answer
}

async fn route(request: &Request, env: &Env, path: &str, query: &str) -> Result<Answer> {
    let environment = Environment::of(env)?;
    if path == "/healthz" {
        return health::answer(env, &environment).await;
    }
    if environment.refuses() {
        return refuse(path, ProblemKind::Unavailable, "not configured for production, see /healthz");
    }
    if path == "/metrics" {
        return metrics_page::answer(request, env, &environment).await;
    }
    if let Some(target) = path.strip_prefix("/webhook/") {
        let (channel, account) = target.split_once('/').unwrap_or((target, "main"));
        return webhook::receive(request, env, &environment, channel, account, query).await;
    }
    if let Some(rest) = path.strip_prefix("/api/v1") {
        return agent_api::answer(request, env, &environment, rest, query).await;
    }
    refuse(path, ProblemKind::NotFound, "not found")
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// A refusal that no room made: a problem document below `/api`, else a line of text.
fn refuse(path: &str, kind: ProblemKind, detail: &str) -> Result<Answer> {
    if is_api(path) {
        return agent_api::refusal(&Problem::new(kind, detail));
    }
    http::text(kind.status(), PLAIN, &format!("{detail}\n"))
}

/// Counts an answer that is our fault.
fn watch(path: &str, answer: &Answer) {
    let room = match path {
        _ if answer.status() < 500 => return,
        _ if is_api(path) => "api",
        _ if path.starts_with("/webhook/") => "webhook",
        _ => return,
    };
    metrics::add(Metric::ServerErrors, &[room], 1);
}
