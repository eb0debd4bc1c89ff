//! The HTTP surface: `/sim/…` for tests and tools, the platforms' APIs, and the phone.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::config::{Channel, Settings, is_loopback_host};
use crate::events::{Event, Exchange, Shown};
use crate::faults::Fault;
use crate::kept::{self, Redelivery};
use crate::media::LARGEST_BYTES;
use crate::received::Filter;
use crate::server::Connection;
use crate::world::World;
use crate::{phone, say, telegram, whatsapp};

/// The longest that a page or test is kept waiting.
const LONGEST_WAIT_MILLIS: u64 = 120_000;

type Shared = State<Arc<World>>;

/// All routes.
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/sim/say", post(post_say))
        .route("/sim/received", get(get_received).delete(delete_received))
        .route("/sim/received/count", get(count_received))
        .route("/sim/faults", get(get_faults).post(post_fault).delete(delete_faults))
        .route("/sim/settings", get(get_settings).post(post_settings))
        .route("/sim/read", post(post_read))
        .route("/sim/webhooks", get(get_webhooks))
        .route("/sim/redeliver", post(post_redeliver))
        .route("/sim/events", get(get_events))
        .merge(phone::routes())
        .layer(middleware::from_fn(own_pages_only))
        .route("/whatsapp/{*path}", any(whatsapp_api))
        .route("/telegram/{*path}", any(telegram_api))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "there is nothing here") })
        // Media may come in base64, which is a third longer.
        .layer(DefaultBodyLimit::max(LARGEST_BYTES * 2))
        .with_state(world)
}

fn refusal(status: StatusCode, reason: impl std::fmt::Display) -> Response {
    (status, Json(json!({ "error": reason.to_string() }))).into_response()
}

fn bad_request(reason: impl std::fmt::Display) -> Response {
    refusal(StatusCode::BAD_REQUEST, reason)
}

/// Keeps web pages of others from steering the simulator through the browser of a developer: the
/// host must be this machine (against rebound names), and so must the page that asks.
async fn own_pages_only(request: Request, next: Next) -> Response {
    if is_from_here(request.headers()) {
        return next.run(request).await;
    }
    refusal(StatusCode::FORBIDDEN, "the simulator serves this machine only")
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_here = |authority: &str| {
        // What follows the last colon is a port, unless that colon is part of an address in brackets.
        let port_at = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
        is_loopback_host(&authority[..port_at.unwrap_or(authority.len())])
    };
    let is_own_page = |origin: &str| origin.strip_prefix("http://").is_some_and(is_here);
    text(header::HOST).is_some_and(is_here) && text(header::ORIGIN).is_none_or(is_own_page)
}

async fn post_say(State(world): Shared, body: Bytes) -> Response {
    match say::say(&world, &body).await {
        Ok(said) => Json(said).into_response(),
        Err(error) => bad_request(error),
    }
}

type FilterQuery = Result<Query<Filter>, QueryRejection>;

async fn get_received(State(world): Shared, filter: FilterQuery) -> Response {
    match list(&world, filter).await {
        Ok(entries) => Json(entries).into_response(),
        Err(refusal) => refusal,
    }
}

/// The number of matches, and when the first and last came: all that a load test wants to know.
async fn count_received(State(world): Shared, filter: FilterQuery) -> Response {
    match list(&world, filter).await {
        Ok(entries) => Json(json!({
            "count": entries.len(),
            "first_at": entries.first().map(|entry| entry.at),
            "last_at": entries.last().map(|entry| entry.at),
        }))
        .into_response(),
        Err(refusal) => refusal,
    }
}

async fn list(world: &World, filter: FilterQuery) -> Result<Vec<Arc<crate::received::Entry>>, Response> {
    let Query(mut filter) = filter.map_err(|error| bad_request(error.body_text()))?;
    filter.wait_ms = filter.wait_ms.min(LONGEST_WAIT_MILLIS);
    tokio::select! {
        entries = world.received.list(&filter) => Ok(entries),
        () = world.stopped() => Err(refusal(StatusCode::SERVICE_UNAVAILABLE, "the simulator stops")),
    }
}

async fn delete_received(State(world): Shared) -> StatusCode {
    world.received.clear();
    world.events.push(Event::Cleared);
    StatusCode::NO_CONTENT
}

async fn get_faults(State(world): Shared) -> Response {
    let faults = world.faults();
    Json(json!(faults.list())).into_response()
}

async fn post_fault(State(world): Shared, body: Bytes) -> Response {
    let fault: Fault = match serde_json::from_slice(&body) {
        Ok(fault) => fault,
        Err(error) => return bad_request(error),
    };
    match world.faults().add(fault) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => bad_request(error),
    }
}

async fn delete_faults(State(world): Shared) -> StatusCode {
    world.faults().clear();
    StatusCode::NO_CONTENT
}

async fn get_settings(State(world): Shared) -> Json<Value> {
    Json(settings(&world))
}

fn settings(world: &World) -> Value {
    let Settings { statuses, redeliver, pair_rate, keep_webhooks } = world.settings();
    let accounts: Vec<Value> = world
        .config
        .accounts
        .iter()
        .map(
            |account| json!({ "channel": account.channel, "name": account.name, "address": account.address }),
        )
        .collect();
    json!({
        "worker": world.worker(), "statuses": statuses, "redeliver": redeliver, "pair_rate": pair_rate,
        "keep_webhooks": keep_webhooks, "accounts": accounts,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSettings {
    worker: Option<String>,
    statuses: Option<bool>,
    redeliver: Option<bool>,
    pair_rate: Option<bool>,
    keep_webhooks: Option<bool>,
}

async fn post_settings(State(world): Shared, body: Bytes) -> Response {
    let new: NewSettings = match serde_json::from_slice(&body) {
        Ok(new) => new,
        Err(error) => return bad_request(error),
    };
    if let Some(Err(error)) = new.worker.as_deref().map(|url| world.set_worker(url)) {
        return bad_request(error);
    }
    let now = world.settings();
    world.set_settings(Settings {
        statuses: new.statuses.unwrap_or(now.statuses),
        redeliver: new.redeliver.unwrap_or(now.redeliver),
        pair_rate: new.pair_rate.unwrap_or(now.pair_rate),
        keep_webhooks: new.keep_webhooks.unwrap_or(now.keep_webhooks),
    });
    Json(settings(&world)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    channel: Channel,
    #[serde(default)]
    account: Option<String>,
    message_ids: Vec<String>,
}

/// A person opens the chat: what lotse sent them is read.
async fn post_read(State(world): Shared, body: Bytes) -> Response {
    let opened: Opened = match serde_json::from_slice(&body) {
        Ok(opened) => opened,
        Err(error) => return bad_request(error),
    };
    let name = opened.account.as_deref().unwrap_or("main");
    let Some(account) = world.config.account(opened.channel, name) else {
        return bad_request("there is no such account");
    };
    let find = |id: &String| {
        world.received.find_latest(|entry| {
            entry.message_id == *id && entry.channel == opened.channel && entry.account == name
        })
    };
    let entries: Vec<_> = opened.message_ids.iter().filter_map(find).collect();
    whatsapp::mark_read(&world, account, entries);
    StatusCode::NO_CONTENT.into_response()
}

async fn get_webhooks(State(world): Shared) -> Response {
    Json(world.kept.standing()).into_response()
}

/// The platform delivers again what it delivered before.
async fn post_redeliver(State(world): Shared, body: Bytes) -> Response {
    let wanted: Redelivery = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(error) => return bad_request(error),
    };
    Json(json!({ "deliveries": kept::redeliver(&world, wanted) })).into_response()
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_ms: u64,
}

async fn get_events(State(world): Shared, Query(query): Query<After>) -> Response {
    let wait = Duration::from_millis(query.wait_ms.min(LONGEST_WAIT_MILLIS));
    tokio::select! {
        events = world.events.after(query.after, wait) => Json(events).into_response(),
        () = world.stopped() => refusal(StatusCode::SERVICE_UNAVAILABLE, "the simulator stops"),
    }
}

async fn whatsapp_api(
    State(world): Shared,
    ConnectInfo(connection): ConnectInfo<Connection>,
    Path(path): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Infallible> {
    let began = Instant::now();
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let request = whatsapp::Request { method: &method, path: &path, authorization, body: &body };
    let (account, answer) = whatsapp::answer(&world, &request).await;
    note(&world, Channel::Whatsapp, account, format!("{method} /{path}"), body, &answer, began);
    Ok(answer.respond(&connection))
}

async fn telegram_api(
    State(world): Shared,
    ConnectInfo(connection): ConnectInfo<Connection>,
    Path(path): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Infallible> {
    let began = Instant::now();
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.is_some_and(|kind| kind.starts_with("application/json"));
    let (account, answer) = telegram::answer(&world, &method, &path, is_json, &body).await;
    // The path holds the bot's token: only what follows it is shown.
    let shown = path.rsplit_once('/').map_or("", |(_, name)| name);
    note(&world, Channel::Telegram, account, format!("{method} /bot…/{shown}"), body, &answer, began);
    Ok(answer.respond(&connection))
}

fn note(
    world: &World,
    channel: Channel,
    account: String,
    what: String,
    request: Bytes,
    answer: &Answer,
    began: Instant,
) {
    let (status, response) = answer.shown();
    let millis = began.elapsed().as_secs_f64() * 1000.0;
    world.events.push(Event::Api(Exchange {
        channel,
        account,
        what,
        request: Shown(request),
        status,
        response: Shown(response.into()),
        millis,
    }));
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_others_cannot_steer_the_simulator() {
        for (name, host, origin, expected) in [
            ("a tool", "127.0.0.1:8788", None, true),
            ("the phone", "localhost:8788", Some("http://localhost:8788"), true),
            ("IPv6", "[::1]:8788", Some("http://[::1]"), true),
            ("another page", "127.0.0.1:8788", Some("https://example.org"), false),
            ("a sandboxed page", "127.0.0.1:8788", Some("null"), false),
            ("a rebound name", "example.org:8788", None, false),
            ("a name that looks alike", "127.0.0.1.example.org", None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_from_here(&headers), expected, "{name}");
        }
    }
}
