//! What a platform posts: capped, verified, parsed, and handed to something durable before the 200.
//!
//! Must never wait long for anything on the way of an item that was understood, and never answer 5xx for
//! something it merely does not understand: platforms unsubscribe those who do.

use std::str::FromStr;

use futures_util::{StreamExt as _, stream};
use lotse_core::channel::{ChannelName, Headers, Parsed, SetAsideReason, Unverified, verify};
use lotse_core::metrics::Metric;
use lotse_core::routing::{Sorted, sort};
use worker::{Env, Result};

use crate::environment::Environment;
use crate::http::{self, Answer, Body, Request};
use crate::intake::{self, DeadLetter, DeadPayload, Patience};
use crate::log::{self, Value};
use crate::{account_notices, clock, metrics};

/// How many conversations of one batch are called at the same time.
const FAN_OUT: usize = 32;

const PLAIN: &str = "text/plain; charset=utf-8";

/// Answers one webhook request.
///
/// # Errors
/// When a response cannot be made.
pub async fn receive(
    request: &Request,
    env: &Env,
    environment: &Environment,
    channel: &str,
    account: &str,
    query: &str,
) -> Result<Answer> {
    let known = ChannelName::from_str(channel).ok();
    let Some((channel, secrets)) = known.and_then(|name| Some((name, environment.secrets(name, account)?)))
    else {
        return http::text(404, PLAIN, "unknown channel or account\n");
    };
    match request.method.as_str() {
        "POST" => {}
        "GET" => {
            return match channel.channel().handshake(query, secrets) {
                Ok(challenge) => http::text(200, PLAIN, &challenge),
                Err(rejection) => refuse(channel, account, rejection),
            };
        }
        _ => return http::text(405, PLAIN, "method not allowed\n"),
    }
    let began = clock::now();
    match request.state {
        Body::Whole => {}
        Body::TooLarge => {
            metrics::refused(channel, account, "body_too_large");
            return http::text(413, PLAIN, "body too large\n");
        }
        Body::Broken => {
            metrics::refused(channel, account, "body_incomplete");
            return http::text(400, PLAIN, "body incomplete\n");
        }
    }
    let unverified = Unverified::new(&request.headers as &dyn Headers, &request.body);
    let verified = match verify(channel.channel(), unverified, secrets) {
        Ok(verified) => verified,
        Err(rejection) => return refuse(channel, account, rejection),
    };
    let parsed = channel.channel().parse(&verified);
    account_notices::note(channel, account, &parsed.notices);
    let durable = take_in(env, environment, channel, account, parsed).await;
    metrics::observe_since(Metric::WebhookSeconds, &[], began);
    if !durable {
        return Ok(Answer::Status(503));
    }
    metrics::add(Metric::WebhooksAccepted, &[channel.as_str(), account], 1);
    Ok(Answer::Status(200))
}

fn refuse(channel: ChannelName, account: &str, rejection: lotse_core::channel::Rejection) -> Result<Answer> {
    let reason = rejection.name();
    metrics::refused(channel, account, reason);
    let fields = [
        ("channel", Value::Channel(channel)),
        ("account", Value::Account(account)),
        ("reason", Value::Word(reason)),
    ];
    log::warn("webhook_refused", &fields);
    http::text(rejection.http_status(), PLAIN, "refused\n")
}

/// Gets everything that was parsed into something durable. False when something found no place: then
/// the platform has to deliver again, and what was stored already is recognised as a repetition.
pub async fn take_in(
    env: &Env,
    environment: &Environment,
    channel: ChannelName,
    account: &str,
    parsed: Parsed,
) -> bool {
    let mut dead: Vec<DeadLetter> = Vec::new();
    let mut set_aside = |reason: SetAsideReason, payload| {
        note_set_aside(channel, account, reason);
        dead.push(DeadLetter::new(reason, payload));
    };
    for piece in parsed.set_aside {
        let payload = DeadPayload::body(channel, account, &piece.raw);
        set_aside(piece.reason, payload);
    }
    let Sorted { parcels, foreign } =
        sort(&environment.settings, channel, account, parsed.items, clock::now());
    for parcel in foreign {
        set_aside(SetAsideReason::UnknownAccount, DeadPayload::Parcel(parcel));
    }
    let patience = Patience::default();
    let parcels_in = stream::iter(parcels).map(|parcel| intake::hand_in(env, environment, &patience, parcel));
    let dead_in = intake::set_aside_all(env, environment, dead);
    let (parcels_durable, dead_durable) = futures_util::future::join(
        parcels_in.buffer_unordered(FAN_OUT).fold(true, |all, durable| async move { all && durable }),
        dead_in,
    )
    .await;
    parcels_durable && dead_durable
}

fn note_set_aside(channel: ChannelName, account: &str, reason: SetAsideReason) {
    metrics::add(Metric::SetAside, &[channel.as_str(), account, reason.name()], 1);
    let fields = [
        ("channel", Value::Channel(channel)),
        ("account", Value::Account(account)),
        ("reason", Value::Word(reason.name())),
    ];
    log::info("set_aside", &fields);
}
