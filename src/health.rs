//! `/healthz`: what is missing, by name and never by value.

use serde::Serialize;
use worker::{Result, web_sys};

use crate::environment::Environment;
use crate::http;

#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    version: &'static str,
    problems: &'a [String],
}

/// 200 when all is set, 503 with the list of problems otherwise.
///
/// # Errors
/// When the response cannot be made.
pub fn answer(environment: &Environment) -> Result<web_sys::Response> {
    let problems = environment.problems();
    let (code, status) = if problems.is_empty() { (200, "ok") } else { (503, "incomplete") };
    http::json(code, &Health { status, version: env!("CARGO_PKG_VERSION"), problems })
}
