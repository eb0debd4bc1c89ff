//! Posting webhooks to lotse as the platforms do: once, several times, and again after a failure.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::Serialize;

use crate::config::Channel;
use crate::events::{Event, Exchange, Shown};
use crate::kept::Taken;
use crate::sign::{self, Tamper};
use crate::telegram;
use crate::world::World;

/// A `Retry-After` beyond an hour is cut, as Telegram's server does.
const LONGEST_RETRY_AFTER_SECS: u64 = 3_600;
/// Telegram drops an update a day after its date; WhatsApp goes on for a week.
const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// How much of lotse's answer is kept, in bytes.
const ANSWER_BYTES: usize = 64 * 1024;

/// A webhook, ready to post any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) channel: Channel,
    pub(crate) account: String,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    /// Where it is noted that it was taken, if it is kept.
    taken: Option<Arc<Taken>>,
}

/// What became of one post.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Delivery {
    /// The HTTP status; absent if there was no answer.
    pub(crate) status: Option<u16>,
    /// lotse's answer.
    pub(crate) body: String,
    /// How long it took.
    pub(crate) millis: f64,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip)]
    retry_after: Option<Duration>,
}

impl Delivery {
    /// Whether the platform is satisfied.
    pub(crate) fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Webhook {
    /// Signs a body for an account's webhook. `secret` overrides the account's own.
    pub(crate) fn sign(
        world: &World,
        channel: Channel,
        account: &str,
        body: Vec<u8>,
        secret: Option<&str>,
        tamper: Option<Tamper>,
    ) -> Self {
        let set_by_bot =
            (channel == Channel::Telegram).then(|| world.bot_webhooks().get(account).cloned()).flatten();
        let name = match channel {
            Channel::Whatsapp => "APP_SECRET",
            Channel::Telegram => "SECRET_TOKEN",
        };
        let secret = secret
            .map(str::to_owned)
            .or_else(|| set_by_bot.as_ref().and_then(|webhook| webhook.secret_token.clone()))
            .unwrap_or_else(|| world.config.secret(channel, account, name));
        let (headers, body) = sign::signed(channel, &secret, body, tamper);
        let url = set_by_bot.map_or_else(
            || format!("{}/webhook/{}/{account}", world.worker(), channel.as_str()),
            |webhook| webhook.url,
        );
        let webhook =
            Self { channel, account: account.to_owned(), url, headers, body: body.into(), taken: None };
        if world.settings().keep_webhooks && tamper.is_none() {
            let taken = world.kept.keep(webhook.clone());
            return webhook.noting(taken);
        }
        webhook
    }

    /// Notes there that it was taken.
    pub(crate) fn noting(self, taken: Arc<Taken>) -> Self {
        Self { taken: Some(taken), ..self }
    }

    /// Posts it once and notes what came back.
    pub(crate) async fn post(&self, world: &World) -> Delivery {
        let began = Instant::now();
        let mut request = world.http.post(&self.url).header("content-type", "application/json");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = read_answer(request.body(self.body.clone())).await;
        let millis = began.elapsed().as_secs_f64() * 1000.0;
        let delivery = match answer {
            Ok((status, body, retry_after)) => {
                Delivery { status: Some(status), body, millis, error: None, retry_after }
            }
            Err(error) => Delivery {
                status: None,
                body: String::new(),
                millis,
                error: Some(error.without_url().to_string()),
                retry_after: None,
            },
        };
        self.note(world, &delivery);
        if let Some(taken) = self.taken.as_ref().filter(|_| delivery.is_taken()) {
            taken.note();
        }
        if self.channel == Channel::Telegram && delivery.is_taken() {
            telegram::run_webhook_reply(world, &self.account, &delivery.body);
        }
        delivery
    }

    fn note(&self, world: &World, delivery: &Delivery) {
        let path = reqwest::Url::parse(&self.url).map(|url| url.path().to_owned()).unwrap_or_default();
        let answer = delivery.error.clone().unwrap_or_else(|| delivery.body.clone());
        world.events.push(Event::Webhook(Exchange {
            channel: self.channel,
            account: self.account.clone(),
            what: format!("POST {path}"),
            request: Shown(self.body.clone()),
            status: delivery.status,
            response: Shown(answer.into()),
            millis: delivery.millis,
        }));
    }

    /// Goes on posting in the background until it is taken: at once, then with doubling pauses.
    pub(crate) fn redeliver(self, world: &Arc<World>, first: &Delivery) {
        let pause = first.retry_after.unwrap_or_default();
        let owner = world.clone();
        world.spawn(async move {
            tokio::time::sleep(pause).await;
            self.post_until_taken(&owner).await;
        });
    }

    /// Posts until it is taken, with doubling pauses, for as long as a platform does.
    pub(crate) async fn post_until_taken(&self, world: &World) {
        let mut next_pause = world.config.redeliver_pause;
        let began = Instant::now();
        while began.elapsed() < GIVE_UP_AFTER {
            let delivery = self.post(world).await;
            if delivery.is_taken() {
                return;
            }
            tokio::time::sleep(delivery.retry_after.unwrap_or(next_pause)).await;
            next_pause = (next_pause * 2).min(world.config.longest_redeliver_pause);
        }
    }
}

/// Status, body and `Retry-After` of the answer.
async fn read_answer(
    request: reqwest::RequestBuilder,
) -> Result<(u16, String, Option<Duration>), reqwest::Error> {
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
        .map(|seconds| Duration::from_secs(seconds.min(LONGEST_RETRY_AFTER_SECS)));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = ANSWER_BYTES - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            break;
        }
    }
    Ok((status, String::from_utf8_lossy(&body).into_owned(), retry_after))
}
