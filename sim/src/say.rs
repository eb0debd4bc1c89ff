//! `POST /sim/say`: a person writes. Turns the call into the platform's webhook, signs it, posts it,
//! and reports what lotse answered.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::{Account, Channel};
use crate::deliver::{Delivery, Webhook};
use crate::events::Event;
use crate::media::{BadMedia, MediaKind, MediaSay};
use crate::sign::Tamper;
use crate::world::{World, now_millis};
use crate::{telegram, whatsapp};

/// As many updates fit into one WhatsApp webhook.
const LARGEST_BATCH: usize = 1_000;
/// The same webhook is posted at most so many times.
const MOST_REPEATS: usize = 1_000;

/// The body of `POST /sim/say`. Exactly one of the content fields must be there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Say {
    pub(crate) channel: Channel,
    #[serde(default = "main_account")]
    pub(crate) account: String,
    /// A phone number or business-scoped user id (WhatsApp), a chat id (Telegram).
    #[serde(default)]
    pub(crate) from: String,

    // The content.
    text: Option<String>,
    media: Option<MediaSay>,
    sticker: Option<Value>,
    button: Option<Press>,
    location: Option<Location>,
    contact: Option<Card>,
    reaction: Option<Reaction>,
    edit: Option<Edit>,
    revoke: Option<Revoke>,
    /// A human answers in the platform's own app (WhatsApp coexistence, Telegram business chat).
    echo: Option<String>,
    /// Blocks (true) or unblocks the account.
    block: Option<bool>,
    /// Fields of the platform's own message object, for everything that has no word here.
    message: Option<Map<String, Value>>,
    /// The whole body, as text or `{"base64": "…"}`: signed and sent as it is.
    raw: Option<Raw>,

    // How the person appears.
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
    /// The business-scoped user id, if it is not to follow from the number.
    pub(crate) user_id: Option<String>,
    /// WhatsApp leaves the phone number out.
    #[serde(default)]
    pub(crate) no_phone: bool,
    /// WhatsApp leaves the business-scoped user id out, as before 2026.
    #[serde(default)]
    pub(crate) no_user_id: bool,
    /// The language of the app (Telegram).
    pub(crate) language: Option<String>,

    // How the message is sent.
    /// When it was written, in Unix milliseconds.
    pub(crate) at: Option<i64>,
    /// The message that it answers.
    pub(crate) reply_to: Option<String>,
    #[serde(default)]
    pub(crate) forwarded: bool,
    /// So many messages in one webhook …
    pub(crate) batch: Option<usize>,
    /// … all from `from`, instead of different senders …
    #[serde(default)]
    pub(crate) same_sender: bool,
    /// … the n-th of them (from 1) broken.
    pub(crate) broken: Option<usize>,
    /// Post the same bytes so many times …
    repeat: Option<usize>,
    /// … all at once.
    #[serde(default)]
    concurrent: bool,
    tamper: Option<Tamper>,
    /// Sign with this secret.
    secret: Option<String>,
    /// Deliver again, in the background, until it is answered with 2xx. Default: the setting.
    redeliver: Option<bool>,
}

fn main_account() -> String {
    "main".to_owned()
}

/// A press on a button or list row.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Press {
    pub(crate) id: String,
    /// What stands on it; looked up in what lotse sent if absent.
    pub(crate) title: Option<String>,
    /// The message under which it stands; the latest with such a button if absent.
    pub(crate) message_id: Option<String>,
    /// Whether it is a row of a list; looked up, too.
    pub(crate) list: Option<bool>,
}

/// A place.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Location {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
}

/// An address-book card.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) phones: Vec<String>,
}

/// A reaction to a message; without emoji it is taken back.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reaction {
    pub(crate) message_id: String,
    pub(crate) emoji: Option<String>,
}

/// A changed message.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    pub(crate) message_id: String,
    pub(crate) text: String,
}

/// A message taken back.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revoke {
    pub(crate) message_id: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Raw {
    Text(String),
    Bytes { base64: String },
}

/// What a person does.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    Text(String),
    Media(MediaSay),
    Button(Press),
    Location(Location),
    Contact(Card),
    Reaction(Reaction),
    Edit(Edit),
    Revoke(Revoke),
    Echo(String),
    Block(bool),
    Message(Map<String, Value>),
    Raw(#[serde(skip)] Vec<u8>),
}

/// Why nothing was said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SayError {
    #[error("the body is not what /sim/say takes: {0}")]
    Body(#[from] serde_json::Error),
    #[error(
        "give exactly one of text, media, sticker, button, location, contact, reaction, edit, revoke, echo, \
         block, message, raw; {0} were given"
    )]
    Content(usize),
    #[error("there is no account {account:?} on {channel}")]
    UnknownAccount { channel: &'static str, account: String },
    #[error("{0}")]
    Sender(&'static str),
    #[error("raw.base64 is not base64")]
    RawEncoding,
    #[error(transparent)]
    Media(#[from] BadMedia),
    #[error("batch must be 1 to {LARGEST_BATCH}, on WhatsApp; Telegram posts one update at a time")]
    Batch,
    #[error("broken must be 1 to batch")]
    Broken,
    #[error("repeat must be 1 to {MOST_REPEATS}")]
    Repeat,
    #[error("{0}")]
    Unsupported(&'static str),
}

/// A webhook body, and the ids in it.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// `None` where the platform tells nothing about what the person did.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) message_ids: Vec<String>,
    /// The sender's stable id.
    pub(crate) user_id: String,
    /// Telegram's `update_id`.
    pub(crate) update_id: Option<u64>,
}

/// The answer of `POST /sim/say`.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    deliveries: Vec<Delivery>,
    message_ids: Vec<String>,
    user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_id: Option<u64>,
}

impl Say {
    /// The one content that was given.
    fn content(&self) -> Result<Content, SayError> {
        let raw = match &self.raw {
            None => None,
            Some(Raw::Text(text)) => Some(text.clone().into_bytes()),
            Some(Raw::Bytes { base64 }) => Some(STANDARD.decode(base64).map_err(|_| SayError::RawEncoding)?),
        };
        let mut given: Vec<Content> = [
            self.text.clone().map(Content::Text),
            self.media.clone().map(Content::Media),
            self.sticker.as_ref().map(|_| Content::Media(MediaSay::sample(MediaKind::Sticker))),
            self.button.clone().map(Content::Button),
            self.location.clone().map(Content::Location),
            self.contact.clone().map(Content::Contact),
            self.reaction.clone().map(Content::Reaction),
            self.edit.clone().map(Content::Edit),
            self.revoke.clone().map(Content::Revoke),
            self.echo.clone().map(Content::Echo),
            self.block.map(Content::Block),
            self.message.clone().map(Content::Message),
            raw.map(Content::Raw),
        ]
        .into_iter()
        .flatten()
        .collect();
        match (given.pop(), given.len()) {
            (Some(content), 0) => Ok(content),
            (Some(_), others) => Err(SayError::Content(others + 1)),
            (None, _) => Err(SayError::Content(0)),
        }
    }

    /// When it was written, in Unix milliseconds.
    pub(crate) fn written_at(&self) -> i64 {
        self.at.unwrap_or_else(now_millis)
    }

    fn check(&self) -> Result<(), SayError> {
        let batch = self.batch.unwrap_or(1);
        if batch == 0 || batch > LARGEST_BATCH || (batch > 1 && self.channel == Channel::Telegram) {
            return Err(SayError::Batch);
        }
        if self.broken.is_some_and(|broken| broken == 0 || broken > batch) {
            return Err(SayError::Broken);
        }
        if self.repeat.is_some_and(|repeat| repeat == 0 || repeat > MOST_REPEATS) {
            return Err(SayError::Repeat);
        }
        Ok(())
    }
}

/// Says it.
pub(crate) async fn say(world: &Arc<World>, body: &[u8]) -> Result<Said, SayError> {
    let say: Say = serde_json::from_slice(body)?;
    say.check()?;
    let content = say.content()?;
    let account = world.config.account(say.channel, &say.account).ok_or_else(|| {
        SayError::UnknownAccount { channel: say.channel.as_str(), account: say.account.clone() }
    })?;
    let prepared = prepare(world, account, &say, &content)?;
    world.events.push(Event::Said {
        channel: say.channel,
        account: say.account.clone(),
        user_id: prepared.user_id.clone(),
        from: say.from.clone(),
        name: say.name.clone().unwrap_or_default(),
        message_ids: prepared.message_ids.clone(),
        content: serde_json::to_value(&content)?,
        at: say.written_at(),
    });
    let Prepared { body, message_ids, user_id, update_id } = prepared;
    let deliveries = match body {
        Some(body) => send(world, &say, body).await,
        None => Vec::new(),
    };
    Ok(Said { deliveries, message_ids, user_id, update_id })
}

/// Signs and posts as the call asks, and goes on in the background if nothing was taken.
async fn send(world: &Arc<World>, say: &Say, body: Vec<u8>) -> Vec<Delivery> {
    let webhook = Webhook::sign(world, say.channel, &say.account, body, say.secret.as_deref(), say.tamper);
    let deliveries = post(world, &webhook, say.repeat.unwrap_or(1), say.concurrent).await;
    let is_taken = deliveries.iter().any(Delivery::is_taken);
    if let (false, Some(last)) = (is_taken, deliveries.last())
        && say.redeliver.unwrap_or_else(|| world.settings().redeliver)
    {
        webhook.redeliver(world, last);
    }
    deliveries
}

fn prepare(world: &World, account: &Account, say: &Say, content: &Content) -> Result<Prepared, SayError> {
    if let Content::Raw(body) = content {
        return Ok(Prepared { body: Some(body.clone()), ..Prepared::default() });
    }
    match say.channel {
        Channel::Whatsapp => whatsapp::webhook::prepare(world, account, say, content),
        Channel::Telegram => telegram::webhook::prepare(world, account, say, content),
    }
}

/// Posts the same bytes several times, one after the other or all at once.
async fn post(world: &Arc<World>, webhook: &Webhook, times: usize, concurrent: bool) -> Vec<Delivery> {
    let mut deliveries = Vec::with_capacity(times);
    if !concurrent {
        for _ in 0..times {
            deliveries.push(webhook.post(world).await);
        }
        return deliveries;
    }
    let mut posts = tokio::task::JoinSet::new();
    for _ in 0..times {
        let (world, webhook) = (world.clone(), webhook.clone());
        posts.spawn(async move { webhook.post(&world).await });
    }
    while let Some(delivery) = posts.join_next().await {
        deliveries.extend(delivery);
    }
    deliveries
}
