//! Which request goes where. Knows paths and methods, nothing else.

use worker::{Env, Result, web_sys};

use crate::environment::Environment;
use crate::{agent_api, health, http, webhook};

/// Answers one request.
///
/// # Errors
/// Only for what no room expected; the runtime then answers 500.
pub async fn route(request: web_sys::Request, env: &Env) -> Result<web_sys::Response> {
    let url = request.url();
    let (path, query) = http::path_and_query(&url);
    let environment = Environment::of(env)?;
    if path == "/healthz" {
        return health::answer(env, &environment).await;
    }
    if environment.refuses() {
        return http::text(503, "text/plain; charset=utf-8", "not configured for production, see /healthz\n");
    }
    if let Some(target) = path.strip_prefix("/webhook/") {
        let (channel, account) = target.split_once('/').unwrap_or((target, "main"));
        return webhook::receive(&request, env, &environment, channel, account, query).await;
    }
    if let Some(rest) = path.strip_prefix("/api/v1") {
        return agent_api::answer(&request, env, &environment, rest, query).await;
    }
    http::text(404, "text/plain; charset=utf-8", "not found\n")
}
