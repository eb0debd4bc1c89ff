//! What a platform posts: capped, verified, parsed, and handed to something durable before the 200.
//!
//! Must never wait for the desk on the way of an item that was understood, and never answer 5xx for
//! something it merely does not understand: platforms unsubscribe those who do.

use std::str::FromStr;

use futures_util::{StreamExt as _, stream};
use lotse_core::actor::SendReport;
use lotse_core::channel::{ChannelName, Headers, Parsed, SetAsideReason, Unverified, verify};
use lotse_core::message::{ConversationKey, Event, Item};
use lotse_core::metrics::Metric;
use worker::{Env, Result, web_sys};

use crate::environment::Environment;
use crate::http::{self, BodyError, RequestHeaders};
use crate::intake::{self, DeadLetter, DeadPayload, Parcel};
use crate::log::{self, Value};
use crate::{clock, metrics};

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
    let began = clock::now();
    let body = match http::body(request, BODY_CAP).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => {
            metrics::refused(channel, account, "body_too_large");
            return http::text(413, PLAIN, "body too large\n");
        }
        Err(BodyError::Broken) => {
            metrics::refused(channel, account, "body_incomplete");
            return http::text(400, PLAIN, "body incomplete\n");
        }
    };
    let headers = RequestHeaders(request.headers());
    let verified = match verify(channel.channel(), Unverified::new(&headers as &dyn Headers, &body), secrets)
    {
        Ok(verified) => verified,
        Err(rejection) => return refuse(channel, account, rejection),
    };
    let parsed = channel.channel().parse(&verified);
    let durable = take_in(env, environment, channel, account, parsed).await;
    metrics::observe_since(Metric::WebhookSeconds, &[], began);
    if !durable {
        return http::empty(503);
    }
    metrics::add(Metric::WebhooksAccepted, &[channel.as_str(), account], 1);
    http::empty(200)
}

fn refuse(
    channel: ChannelName,
    account: &str,
    rejection: lotse_core::channel::Rejection,
) -> Result<web_sys::Response> {
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
    let mut parcels: Vec<Parcel> = Vec::new();
    let now = clock::now();
    for item in parsed.items {
        let item = item.arrived_at(now);
        let foreign = names_unknown_account(environment, channel, account, std::slice::from_ref(&item));
        match parcel(channel, account, item) {
            Ok(parcel) if foreign => {
                set_aside(SetAsideReason::UnknownAccount, DeadPayload::Parcel(parcel));
            }
            Ok(parcel) => append(&mut parcels, parcel),
            // A report about a send that is not ours: nothing waits for it.
            Err(NobodysReport) => {}
        }
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

fn note_set_aside(channel: ChannelName, account: &str, reason: SetAsideReason) {
    metrics::add(Metric::SetAside, &[channel.as_str(), account, reason.name()], 1);
    let fields = [
        ("channel", Value::Channel(channel)),
        ("account", Value::Account(account)),
        ("reason", Value::Word(reason.name())),
    ];
    log::info("set_aside", &fields);
}

/// Whether an item belongs to a number or page that is not the configured one of this account.
#[must_use]
pub fn names_unknown_account(
    environment: &Environment,
    channel: ChannelName,
    account: &str,
    items: &[Item],
) -> bool {
    let own = environment.settings.account(channel, account).map(|account| account.address.as_str());
    items.iter().any(|item| item.account_address.as_deref().is_some_and(|address| Some(address) != own))
}

/// A status about a message that carries neither our id nor a contact.
struct NobodysReport;

/// Where an item belongs: a report about a send of ours goes to the object that sent it, whose id
/// travelled with the message; everything else to the person's conversation.
fn parcel(channel: ChannelName, account: &str, item: Item) -> std::result::Result<Parcel, NobodysReport> {
    if let Event::Status { message_id, state, callback: Some(callback), error } = &item.event
        && let Some((object, send, line)) = intake::read_callback(callback)
    {
        let report =
            SendReport { send, line, message_id: message_id.clone(), state: *state, error: error.clone() };
        return Ok(Parcel::Report { object, report });
    }
    if matches!(item.event, Event::Status { .. }) || item.contact.id.is_empty() {
        return Err(NobodysReport);
    }
    let key = ConversationKey { channel, account: account.to_owned(), contact: item.contact.id.clone() };
    Ok(Parcel::Items { key, items: vec![item] })
}

/// Adds a parcel, joined to an earlier one for the same conversation so that order is kept and the
/// object is called once.
fn append(parcels: &mut Vec<Parcel>, parcel: Parcel) {
    if let Parcel::Items { key, items } = parcel {
        let earlier = parcels.iter_mut().find_map(|earlier| match earlier {
            Parcel::Items { key: earlier_key, items } if *earlier_key == key => Some(items),
            _ => None,
        });
        match earlier {
            Some(earlier_items) => earlier_items.extend(items),
            None => parcels.push(Parcel::Items { key, items }),
        }
    } else {
        parcels.push(parcel);
    }
}
