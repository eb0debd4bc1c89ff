//! Which request goes where. Knows paths and methods, nothing else.

use lotse_core::metrics::Metric;
use worker::{Env, Result};

use crate::environment::Environment;
use crate::http::{Answer, Request};
use crate::{agent_api, health, http, metrics, metrics_page, webhook};

/// Answers one request.
///
/// # Errors
/// Only for what no room expected; the runtime then answers 500.
pub async fn route(request: &Request, env: &Env) -> Result<Answer> {
    let (path, query) = http::path_and_query(&request.url);
    let environment = Environment::of(env)?;
    if path == "/healthz" {
        return health::answer(env, &environment).await;
    }
    if environment.refuses() {
        return http::text(503, "text/plain; charset=utf-8", "not configured for production, see /healthz\n");
    }
    if path == "/metrics" {
        return metrics_page::answer(request, env, &environment).await;
    }
    if let Some(target) = path.strip_prefix("/webhook/") {
        let (channel, account) = target.split_once('/').unwrap_or((target, "main"));
        let answer = webhook::receive(request, env, &environment, channel, account, query).await;
        return watched("webhook", answer);
    }
    if let Some(rest) = path.strip_prefix("/api/v1") {
        return watched("api", agent_api::answer(request, env, &environment, rest, query).await);
    }
    http::text(404, "text/plain; charset=utf-8", "not found\n")
}

/// Counts an answer that is our fault.
fn watched(room: &str, answer: Result<Answer>) -> Result<Answer> {
    if answer.as_ref().map_or(500, Answer::status) >= 500 {
        metrics::add(Metric::ServerErrors, &[room], 1);
    }
    answer
}
