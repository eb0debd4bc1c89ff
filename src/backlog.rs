//! How much waits for humans: the desk publishes it, conversations read it.
//!
//! A figure without personal data in KV, cached in the isolate, so that no person's message ever waits
//! for the desk. Without a figure the acknowledgement names no waiting time.

use std::cell::Cell;

use lotse_core::conversation::Backlog;
use lotse_core::metrics::Metric;
use worker::{Env, Result};

use crate::{clock, metrics};

const KEY: &str = "backlog";
/// How long the isolate uses a figure before it looks again.
const FRESH_MILLIS: i64 = 10_000;
/// An older figure says nothing about now.
const USEFUL_MILLIS: i64 = 15 * 60_000;

thread_local! {
    static CACHED: Cell<Option<(i64, Option<Backlog>)>> = const { Cell::new(None) };
}

/// The latest figure that this isolate knows, if it still says something about now.
#[must_use]
pub fn cached() -> Option<Backlog> {
    let (_, backlog) = CACHED.get()?;
    backlog.filter(|backlog| clock::now().millis_since(backlog.at) < USEFUL_MILLIS)
}

/// Looks for a newer figure, unless that happened a moment ago; after the work, so that nobody waits for it.
pub async fn refresh(env: &Env) {
    let now = clock::now();
    let known = CACHED.get();
    if known.is_some_and(|(looked_at, _)| now.0 - looked_at < FRESH_MILLIS) {
        return;
    }
    // Set before the look, so that those who come meanwhile do not look as well.
    CACHED.set(Some((now.0, known.and_then(|(_, backlog)| backlog))));
    match look(env).await {
        Ok(backlog) => CACHED.set(Some((now.0, backlog))),
        Err(_) => metrics::add(Metric::StoreFailures, &["read"], 1),
    }
}

async fn look(env: &Env) -> Result<Option<Backlog>> {
    let text = env.kv("STORE")?.get(KEY).text().await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Publishes a figure.
///
/// # Errors
/// When KV refuses; the next one will tell.
pub async fn publish(env: &Env, backlog: Backlog) -> Result<()> {
    env.kv("STORE")?.put(KEY, serde_json::to_string(&backlog)?)?.execute().await?;
    Ok(())
}
