//! Plays the Telegram Bot API, as far as lotse uses it. <https://core.telegram.org/bots/api>

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::config::{Account, Channel, loopback_url};
use crate::events::{Event, Exchange, Shown};
use crate::faults::{Failure, Moment};
use crate::ids;
use crate::people::Person;
use crate::received::{Entry, Progress, STATUS, Unanswered};
use crate::world::{BotWebhook, World, now_millis};

mod error;
mod params;
mod send;
pub(crate) mod webhook;

use error::BotError;
use params::Params;

/// Methods that a webhook's answer cannot ask for, beside all that begin with `get`.
const NOT_BY_WEBHOOK: [&str; 4] = ["setwebhook", "deletewebhook", "close", "logout"];

/// Answers `POST /bot<token>/<method>`; the name of the account concerned goes to the inspector.
pub(crate) async fn answer(
    world: &Arc<World>,
    http_method: &Method,
    path: &str,
    is_json: bool,
    body: &Bytes,
) -> (String, Answer) {
    if let Some(file) = path.strip_prefix("file/") {
        return (String::new(), file_bytes(world, file).unwrap_or_else(BotError::into_answer));
    }
    let Some((token, method)) = path.strip_prefix("bot").and_then(|rest| rest.split_once('/')) else {
        return (String::new(), BotError::not_found().into_answer());
    };
    let Some(account) = account_with(world, token) else {
        return (String::new(), BotError::unauthorized().into_answer());
    };
    if http_method != Method::POST && http_method != Method::GET {
        return (account.name.clone(), BotError::not_found().into_answer());
    }
    // As the real one: what is not JSON is read as a form, and a JSON body declared so gives no fields.
    let params = if is_json && !body.is_empty() { Params::read(body) } else { Ok(Params::default()) };
    let answer = match params {
        Ok(params) => call(world, account, method, &params).await,
        Err(error) => error.into_answer(),
    };
    (account.name.clone(), answer)
}

fn account_with<'w>(world: &'w World, token: &str) -> Option<&'w Account> {
    let mut accounts = world.config.accounts.iter().filter(|account| account.channel == Channel::Telegram);
    accounts.find(|account| {
        let secret = world.config.secret(Channel::Telegram, &account.name, "BOT_TOKEN");
        secret.split_ascii_whitespace().any(|valid| valid == token)
    })
}

/// Carries out a call, with the trouble that was asked for.
async fn call(world: &World, account: &Account, method: &str, params: &Params) -> Answer {
    let chat = params.id("chat_id").map(|id| id.to_string());
    let kind = send::kind_of(method, params).unwrap_or(STATUS);
    let addresses: Vec<&str> = chat.as_deref().into_iter().collect();
    let strike = world.faults().strike(Channel::Telegram, &account.name, kind, &addresses);
    if strike.moment == Moment::Before {
        tokio::time::sleep(strike.delay).await;
        if let Some(failure) = strike.failure_at(Moment::Before) {
            return fail(failure);
        }
    }
    let result = perform(world, account, method, params);
    if strike.moment == Moment::After {
        let id = result.as_ref().ok().and_then(|result| result["message_id"].as_i64());
        let entry = id.map(|id| id.to_string()).and_then(|id| {
            world
                .received
                .find_latest(|entry| entry.message_id == id && Some(&entry.user_id) == chat.as_ref())
        });
        // Stays so if the caller hangs up while this waits.
        entry.iter().for_each(|entry| entry.unanswered.set(true));
        tokio::time::sleep(strike.delay).await;
        if let (Ok(_), Some(failure)) = (&result, strike.failure_at(Moment::After)) {
            return fail(failure);
        }
        entry.iter().for_each(|entry| entry.unanswered.set(false));
    }
    match result {
        Ok(result) => Answer::ok(json!({ "ok": true, "result": result })),
        Err(error) => error.into_answer(),
    }
}

fn fail(failure: Failure) -> Answer {
    match failure {
        Failure::Cut => Answer::Cut,
        Failure::Error { status, code, retry_after } => {
            BotError::asked_for(status, code, retry_after).into_answer()
        }
    }
}

/// Runs the call that a bot put into its answer to a webhook, if there is one. The bot learns no result.
pub(crate) fn run_webhook_reply(world: &World, account: &str, body: &str) {
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(body) else { return };
    let Some(Value::String(method)) = fields.remove("method") else { return };
    let Some(account) = world.config.account(Channel::Telegram, account) else { return };
    let lower = method.to_ascii_lowercase();
    let result = if lower.starts_with("get") || NOT_BY_WEBHOOK.contains(&lower.as_str()) {
        Err(BotError::bad_request("method is not available in a webhook's answer"))
    } else {
        Params::new(fields).and_then(|params| perform(world, account, &method, &params))
    };
    let answer = match result {
        Ok(result) => Answer::ok(json!({ "ok": true, "result": result })),
        Err(error) => error.into_answer(),
    };
    let (status, response) = answer.shown();
    world.events.push(Event::Api(Exchange {
        channel: Channel::Telegram,
        account: account.name.clone(),
        what: format!("webhook reply {method}"),
        request: Shown(Bytes::copy_from_slice(body.as_bytes())),
        status,
        response: Shown(response.into()),
        millis: 0.0,
    }));
}

/// Does what a method does. Method names are not case-sensitive.
fn perform(world: &World, account: &Account, method: &str, params: &Params) -> Result<Value, BotError> {
    if let Some(kind) = send::kind_of(method, params) {
        return send::send(world, account, method, kind, params);
    }
    match method.to_ascii_lowercase().as_str() {
        "sendchataction" => {
            params.text("action")?;
            let chat = reachable(world, account, params)?;
            signal(world, account, &chat, "typing", String::new(), params)
        }
        "answercallbackquery" => {
            let query = params.text("callback_query_id")?;
            if !ids::is_callback_query_id(query) {
                return Err(BotError::bad_request(
                    "query is too old and response timeout expired or query ID is invalid",
                ));
            }
            signal(world, account, "", "press_confirmed", query.to_owned(), params)
        }
        "readbusinessmessage" => {
            params.text("business_connection_id")?;
            let message_id = params.id("message_id").ok_or_else(|| BotError::missing("message_id"))?;
            let chat = reachable(world, account, params)?;
            world.events.push(Event::Ticked {
                channel: Channel::Telegram,
                account: account.name.clone(),
                message_id: message_id.to_string(),
            });
            signal(world, account, &chat, "read", message_id.to_string(), params)
        }
        "getme" => Ok(me(account)),
        "getfile" => get_file(world, params),
        "setwebhook" => set_webhook(world, account, params),
        "deletewebhook" => {
            world.bot_webhooks().remove(&account.name);
            Ok(true.into())
        }
        "getwebhookinfo" => {
            let url = world.bot_webhooks().get(&account.name).map(|webhook| webhook.url.clone());
            Ok(json!({
                "url": url.unwrap_or_default(),
                "has_custom_certificate": false,
                "pending_update_count": 0,
                "max_connections": 40,
            }))
        }
        _ => Err(BotError::not_found()),
    }
}

/// The bot, as a user.
pub(crate) fn me(account: &Account) -> Value {
    json!({
        "id": account.address.parse::<i64>().unwrap_or_default(),
        "is_bot": true,
        "first_name": "lotse",
        "username": format!("lotse_{}_bot", account.name),
        "can_join_groups": false,
        "can_read_all_group_messages": false,
        "supports_inline_queries": false,
    })
}

/// The chat of a call, if the bot may write there.
fn reachable(world: &World, account: &Account, params: &Params) -> Result<String, BotError> {
    reachable_person(world, account, params, |person| person.id.clone())
}

fn reachable_person<T>(
    world: &World,
    account: &Account,
    params: &Params,
    take: impl FnOnce(&mut Person) -> T,
) -> Result<T, BotError> {
    let chat = params.id("chat_id").ok_or_else(|| BotError::bad_request("chat_id is empty"))?;
    let mut people = world.people();
    match people.find(Channel::Telegram, &account.name, &chat.to_string()) {
        Some(person) if person.blocked => Err(BotError::forbidden("bot was blocked by the user")),
        Some(person) if person.wrote => Ok(take(person)),
        _ => Err(BotError::forbidden("bot can't initiate conversation with a user")),
    }
}

/// Records a signal: something that is not a message.
fn signal(
    world: &World,
    account: &Account,
    chat: &str,
    signal: &'static str,
    message_id: String,
    params: &Params,
) -> Result<Value, BotError> {
    world.received.record(Entry {
        at: now_millis(),
        channel: Channel::Telegram,
        account: account.name.clone(),
        to: chat.to_owned(),
        user_id: chat.to_owned(),
        phone: None,
        kind: STATUS.to_owned(),
        text: params.optional_text("text")?.unwrap_or_default().to_owned(),
        buttons: Vec::new(),
        message_id,
        callback: None,
        reply_to: None,
        state: Progress::default(),
        signal: Some(signal),
        unanswered: Unanswered::default(),
        raw: params.raw(),
    });
    Ok(true.into())
}

fn get_file(world: &World, params: &Params) -> Result<Value, BotError> {
    let id = params.text("file_id")?;
    let file = world.media().find(id).ok_or_else(|| BotError::bad_request("invalid file_id"))?;
    Ok(json!({
        "file_id": id,
        "file_unique_id": format!("u{id}"),
        "file_size": file.bytes.len(),
        "file_path": format!("files/{id}"),
    }))
}

/// `/file/bot<token>/<file_path>`
fn file_bytes(world: &World, path: &str) -> Result<Answer, BotError> {
    let (token, file) =
        path.strip_prefix("bot").and_then(|rest| rest.split_once('/')).ok_or_else(BotError::not_found)?;
    account_with(world, token).ok_or_else(BotError::unauthorized)?;
    let id = file.strip_prefix("files/").ok_or_else(BotError::not_found)?;
    let stored = world.media().find(id).ok_or_else(BotError::not_found)?;
    Ok(Answer::File { mime_type: stored.mime_type, bytes: stored.bytes })
}

fn set_webhook(world: &World, account: &Account, params: &Params) -> Result<Value, BotError> {
    let url = params.optional_text("url")?.unwrap_or_default();
    if url.is_empty() {
        world.bot_webhooks().remove(&account.name);
        return Ok(true.into());
    }
    // The real one wants HTTPS; this one posts to this machine only, and there plain HTTP is enough.
    let url = loopback_url(url)
        .map_err(|_| BotError::bad_request("bad webhook: the simulator posts to this machine only"))?;
    let secret_token = params.optional_text("secret_token")?.map(str::to_owned);
    if secret_token.as_deref().is_some_and(|token| !is_secret_token(token)) {
        return Err(BotError::bad_request("secret token contains unallowed characters"));
    }
    world.bot_webhooks().insert(account.name.clone(), BotWebhook { url, secret_token });
    Ok(true.into())
}

fn is_secret_token(token: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=256).contains(&token.len()) && token.bytes().all(is_allowed)
}

/// A JSON object from fields that may be absent.
pub(crate) fn object(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}
