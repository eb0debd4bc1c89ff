//! `/metrics`: the counters of all isolates, and how things stand now, as Prometheus reads them.
//!
//! The object with the sums and the desk have a short time each; what does not answer is missing, and a gauge says so.

use std::time::Duration;

use futures_util::future::join3;
use lotse_core::channel::Headers as _;
use lotse_core::channel::signature::check_token;
use lotse_core::metrics::{CONTENT_TYPE, Counts, Metric, Totals, exposition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Result};

use crate::desk_do::{DeskCall, DeskFigures};
use crate::environment::Environment;
use crate::http::{Answer, Request};
use crate::metrics_do::MetricsCall;
use crate::{accounts, call, clock, http, knowledge, log, metrics, objects};

/// How long an object has to answer.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Answers a scrape: closed without the right bearer token, and for everybody when none is set.
///
/// # Errors
/// When a response cannot be made.
pub async fn answer(request: &Request, env: &Env, environment: &Environment) -> Result<Answer> {
    let header = request.headers.get("authorization").unwrap_or_default();
    let token = header.strip_prefix("Bearer ").map(str::trim).unwrap_or_default();
    if check_token(&environment.metrics_tokens(), token).is_err() {
        return http::text(
            401,
            "text/plain; charset=utf-8",
            "send `Authorization: Bearer` with METRICS_TOKEN\n",
        );
    }
    metrics::flush_at_once(env).await;
    let (totals, desk, accounts) = join3(
        ask::<Totals>(objects::metrics(env), &MetricsCall::Read),
        ask::<DeskFigures>(objects::desk(env), &DeskCall::Figures),
        accounts::list(env, environment),
    )
    .await;
    let mut figures = every_known_series(environment);
    figures.set(Metric::MetricsUp, &[], totals.is_ok().into());
    figures.set(Metric::DeskUp, &[], desk.is_ok().into());
    for error in [totals.as_ref().err(), desk.as_ref().err()].into_iter().flatten() {
        log::warn("scrape_incomplete", &[log::cause(error)]);
    }
    if let Ok(totals) = totals {
        figures.merge(&totals.counts);
        let age = totals.oldest_send.age_millis(clock::now()).unwrap_or_default();
        figures.set(Metric::OldestSend, &[], age);
    }
    if let Ok(desk) = desk {
        add_desk(&mut figures, &desk);
    }
    for account in accounts {
        let halted = u64::from(account.state.is_halted());
        figures.set(Metric::AccountPaused, &[account.channel.as_str(), &account.account], halted);
    }
    add_build(&mut figures, environment);
    http::text(200, CONTENT_TYPE, &exposition(&figures))
}

async fn ask<Answer: DeserializeOwned>(
    stub: Result<objects::Stub>,
    question: &impl Serialize,
) -> Result<Answer> {
    call::within(PATIENCE, call::call(&stub?, question)).await
}

/// Series that may come, at 0: Prometheus sees no step from nothing to one.
fn every_known_series(environment: &Environment) -> Counts {
    let mut counts = Counts::new();
    let accounts = environment.settings.accounts.iter();
    let accounts =
        accounts.flat_map(|(channel, named)| named.keys().map(move |name| [channel.as_str(), name]));
    for account @ [channel, name] in accounts {
        for metric in [
            Metric::WebhooksAccepted,
            Metric::Messages,
            Metric::Duplicates,
            Metric::Answered,
            Metric::SendsFailed,
        ] {
            counts.add(metric, &account, 0);
        }
        for outcome in ["sent", "unknown"] {
            counts.add(Metric::SendAttempts, &[channel, name, outcome, ""], 0);
        }
        for kind in ["unauthorized", "pause_account", "throttled"] {
            counts.add(Metric::SendAttempts, &[channel, name, "refused", kind], 0);
        }
        counts.add(Metric::WebhooksRefused, &[channel, name, "wrong_signature"], 0);
    }
    for (metric, words) in [
        (Metric::Spilled, ["queue", "sealed", "none"].as_slice()),
        (Metric::Replayed, &["queue", "sealed"]),
        (Metric::ServerErrors, &["webhook", "api"]),
        (Metric::StoreFailures, &["read", "write", "replay"]),
        (Metric::KnowledgeFailures, &["store", "late", "missing", "unreadable"]),
    ] {
        for word in words {
            counts.add(metric, &[word], 0);
        }
    }
    for metric in [Metric::DeadLettersKept, Metric::FlushesDropped] {
        counts.add(metric, &[], 0);
    }
    counts
}

fn add_desk(figures: &mut Counts, desk: &DeskFigures) {
    let oldest = desk.oldest_waiting.map_or(0, |since| clock::now().millis_since(since));
    figures.set(Metric::Threads, &["waiting"], desk.waiting.into());
    figures.set(Metric::Threads, &["claimed"], desk.claimed.into());
    figures.set(Metric::ThreadsUrgent, &[], desk.urgent.into());
    figures.set(Metric::OldestWaiting, &[], u64::try_from(oldest).unwrap_or_default());
    figures.set(Metric::DeadLetters, &[], desk.dead_letters.into());
}

fn add_build(figures: &mut Counts, environment: &Environment) {
    // What this isolate answers from: every other one does, or will within a minute.
    if let (Ok(running), Ok((head, _))) = (knowledge::running(), knowledge::standing()) {
        let expired = running.expired(clock::now());
        figures.set(Metric::KnowledgeExpired, &[], u64::try_from(expired).unwrap_or(u64::MAX));
        figures.set(Metric::KnowledgeVersion, &[], head.version);
        figures.set(Metric::KnowledgeCrisis, &[], head.crisis.into());
    }
    let problems = environment.problems().len();
    figures.set(Metric::Problems, &[], u64::try_from(problems).unwrap_or(u64::MAX));
    figures.set(Metric::Build, &[env!("CARGO_PKG_VERSION")], 1);
}
