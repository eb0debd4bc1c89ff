//! What a platform posts: capped, verified, parsed, and handed to something durable before the 200.
//!
//! Must never wait for the desk on the way of an item that was understood, and never answer 5xx for
//! something it merely does not understand: platforms unsubscribe those who do.

use std::str::FromStr;

use futures_util::{StreamExt as _, stream};
use lotse_core::channel::{ChannelName, Headers, Parsed, SetAsideReason, Unverified, verify};
use lotse_core::intake::{Sorted, sort};
use worker::{Env, Result, console_log, console_warn, web_sys};

use crate::clock;
use crate::environment::Environment;
use crate::http::{self, BodyError, RequestHeaders};
use crate::intake::{self, DeadLetter, DeadPayload};

/// The largest body: Meta sends up to 3 MB.
const BODY_CAP: usize = 4 * 1024 * 1024;
/// How many conversations of one batch are called at the same time.
const FAN_OUT: usize = 32;

const PLAIN: &str = "text/plain; charset=utf-8";

/// Answers one webhook request.
///
/// # Errors
/// When a response cannot be made.
pub async fn receive(
    request: &web_sys::Request,
    env: &Env,
    environment: &Environment,
    channel: &str,
    account: &str,
    query: &str,
) -> Result<web_sys::Response> {
    let known = ChannelName::from_str(channel).ok();
    let Some((channel, secrets)) = known.and_then(|name| Some((name, environment.secrets(name, account)?)))
    else {
        return http::text(404, PLAIN, "unknown channel or account\n");
    };
    match request.method().as_str() {
        "POST" => {}
        "GET" => {
            return match channel.channel().handshake(query, secrets) {
                Ok(challenge) => http::text(200, PLAIN, &challenge),
                Err(rejection) => refuse(channel, account, rejection),
            };
        }
        _ => return http::text(405, PLAIN, "method not allowed\n"),
    }
    let body = match http::body(request, BODY_CAP).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => return http::text(413, PLAIN, "body too large\n"),
        Err(BodyError::Broken) => return http::text(400, PLAIN, "body incomplete\n"),
    };
    let headers = RequestHeaders(request.headers());
    let verified = match verify(channel.channel(), Unverified::new(&headers as &dyn Headers, &body), secrets)
    {
        Ok(verified) => verified,
        Err(rejection) => return refuse(channel, account, rejection),
    };
    let parsed = channel.channel().parse(&verified);
    if take_in(env, environment, channel, account, parsed).await {
        http::empty(200)
    } else {
        http::empty(503)
    }
}

fn refuse(
    channel: ChannelName,
    account: &str,
    rejection: lotse_core::channel::Rejection,
) -> Result<web_sys::Response> {
    console_warn!("webhook refused channel={channel} account={account} reason={rejection}");
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
    for piece in parsed.set_aside {
        let payload = DeadPayload::body(channel, account, &piece.raw);
        dead.push(DeadLetter::new(piece.reason, payload));
    }
    let Sorted { parcels, foreign } =
        sort(&environment.settings, channel, account, parsed.items, clock::now());
    dead.extend(
        foreign
            .into_iter()
            .map(|parcel| DeadLetter::new(SetAsideReason::UnknownAccount, DeadPayload::Parcel(parcel))),
    );
    if !dead.is_empty() {
        console_log!("webhook set aside channel={channel} account={account} count={}", dead.len());
    }
    let parcels_in = stream::iter(parcels).map(|parcel| intake::hand_in(env, environment, parcel));
    let dead_in = intake::set_aside_all(env, environment, dead);
    let (parcels_durable, dead_durable) = futures_util::future::join(
        parcels_in.buffer_unordered(FAN_OUT).fold(true, |all, durable| async move { all && durable }),
        dead_in,
    )
    .await;
    parcels_durable && dead_durable
}
