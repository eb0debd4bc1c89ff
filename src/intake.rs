//! Gets every item into something durable, down a ladder: the conversation's object, the queue
//! `spill`, one sealed KV key, and at the end the platform's own redelivery.
//!
//! What could not be understood takes the same kind of way to the desk, as a dead letter.
//!
//! Must not wait for an object that hangs: whoever posts would hear nothing and post everything again.

use std::cell::Cell;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lotse_core::api::DeadLetterKind;
use lotse_core::channel::{ChannelName, SetAsideReason};
use lotse_core::metrics::Metric;
use lotse_core::routing::{Parcel, Rung};
use lotse_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::{Env, Error, Result};

use crate::call::{self, ConversationCall};
use crate::desk_do::DeskCall;
use crate::environment::Environment;
use crate::{clock, log, metrics, objects, queues, sealed};

/// Something that was verified and could not take effect; kept for humans to look at and replay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeadLetter {
    /// 32 hex digits; the same letter stored twice is one letter.
    pub id: String,
    /// When it was set aside.
    pub at: UnixMillis,
    /// Why, in words without personal data.
    pub reason: String,
    /// What it is.
    pub payload: DeadPayload,
}

/// What a dead letter holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadPayload {
    /// A piece of a webhook, to be parsed again.
    Body {
        /// Its channel.
        channel: ChannelName,
        /// Its account.
        account: String,
        /// The bytes in base64.
        base64: String,
    },
    /// Parsed items that may not be delivered as they are.
    Parcel(Parcel),
    /// Something from a queue that nobody could read or store.
    Queued {
        /// The JSON text.
        json: String,
    },
}

impl DeadPayload {
    /// A piece of a webhook's body.
    #[must_use]
    pub fn body(channel: ChannelName, account: &str, bytes: &[u8]) -> Self {
        Self::Body { channel, account: account.to_owned(), base64: BASE64.encode(bytes) }
    }

    /// What it is, as agents are told.
    #[must_use]
    pub const fn kind(&self) -> DeadLetterKind {
        match self {
            Self::Body { .. } => DeadLetterKind::Body,
            Self::Parcel(_) => DeadLetterKind::Parcel,
            Self::Queued { .. } => DeadLetterKind::Queued,
        }
    }
}

/// The bytes of [`DeadPayload::Body`].
///
/// # Errors
/// When the text is no base64.
pub fn decode_body(base64: &str) -> Result<Vec<u8>> {
    BASE64.decode(base64).map_err(|error| Error::RustError(error.to_string()))
}

impl DeadLetter {
    /// A new letter.
    #[must_use]
    pub fn new(reason: SetAsideReason, payload: DeadPayload) -> Self {
        Self::because(reason.to_string(), payload)
    }

    /// A new letter with a reason in words.
    #[must_use]
    pub fn because(reason: String, payload: DeadPayload) -> Self {
        // The id keeps letters apart and need not be a secret, should there be no entropy.
        let dice = || hex::encode([clock::dice(), clock::dice()].concat());
        let id = clock::secure_random::<16>().map_or_else(|_| dice(), hex::encode);
        Self { id, at: clock::now(), reason, payload }
    }
}

/// How long an object may take to store something.
const PATIENCE: Duration = Duration::from_secs(5);
/// … once another one said nothing for so long.
const PATIENCE_LOST: Duration = Duration::from_secs(1);

/// How long the objects are waited for that one webhook, or one errand, needs.
#[derive(Debug, Default)]
pub struct Patience {
    is_lost: Cell<bool>,
}

impl Patience {
    /// Asks an object. It may have taken effect although it was not heard in time.
    async fn ask(&self, asked: impl Future<Output = Result<()>>) -> Result<()> {
        let patience = if self.is_lost.get() { PATIENCE_LOST } else { PATIENCE };
        call::in_time(patience, asked).await.unwrap_or_else(|| {
            self.is_lost.set(true);
            Err(Error::RustError("the object does not answer".to_owned()))
        })
    }
}

/// Brings a parcel to its conversation.
///
/// # Errors
/// When the object cannot be reached, broke, or does not answer.
pub async fn deliver(env: &Env, parcel: &Parcel, patience: &Patience) -> Result<()> {
    match parcel {
        Parcel::Items { key, items } => {
            let stub = objects::conversation(env, &key.object_name())?;
            let call =
                ConversationCall::Deliver { key: key.clone(), items: items.clone(), is_forwarded: false };
            patience.ask(call::tell(&stub, &call)).await
        }
        Parcel::Report { object, report } => {
            // An id of another namespace or deployment: no object of ours waits for this report.
            let Ok(stub) = objects::conversation_by_id(env, object) else { return Ok(()) };
            patience.ask(call::tell(&stub, &ConversationCall::SendReport(report.clone()))).await
        }
    }
}

/// Gets a parcel into something durable; false when nothing takes it.
pub async fn hand_in(env: &Env, environment: &Environment, patience: &Patience, parcel: Parcel) -> bool {
    for rung in Rung::LADDER {
        // What hangs still hangs a moment later.
        if rung == Rung::ObjectAgain && patience.is_lost.get() {
            continue;
        }
        match take(env, environment, patience, rung, &parcel).await {
            Ok(()) => {
                match rung {
                    Rung::Object | Rung::ObjectAgain => {}
                    Rung::Queue => note_spilled("queue", &[]),
                    Rung::Sealed => note_spilled("sealed", &[]),
                }
                return true;
            }
            Err(error) if rung == Rung::Sealed => note_spilled("none", &[log::cause(&error)]),
            Err(_) => {}
        }
    }
    false
}

async fn take(
    env: &Env,
    environment: &Environment,
    patience: &Patience,
    rung: Rung,
    parcel: &Parcel,
) -> Result<()> {
    match rung {
        Rung::Object => deliver(env, parcel, patience).await,
        // Objects move between machines; a moment later most are back.
        Rung::ObjectAgain => {
            clock::sleep(Duration::from_millis(rung.pause_millis(clock::dice()[0]))).await;
            deliver(env, parcel, patience).await
        }
        Rung::Queue => queues::send(env, "SPILL", parcel).await,
        Rung::Sealed => sealed::store(env, environment, &sealed::Sealed::Parcel(parcel.clone())).await,
    }
}

/// The conversation could not take an item: says on which rung of the ladder it lies now.
fn note_spilled(rung: &'static str, more: &[(&'static str, log::Value<'_>)]) {
    metrics::add(Metric::Spilled, &[rung], 1);
    log::warn("spilled", &[&[("rung", log::Value::Word(rung))], more].concat());
}

/// Gets dead letters into something durable; false when one found no place.
pub async fn set_aside_all(env: &Env, environment: &Environment, letters: Vec<DeadLetter>) -> bool {
    let (mut durable, patience) = (true, Patience::default());
    for letter in letters {
        durable &= set_aside(env, environment, &patience, letter).await;
    }
    durable
}

/// The desk first, so that the letter can be seen at once; then its queue; then a sealed key.
async fn set_aside(env: &Env, environment: &Environment, patience: &Patience, letter: DeadLetter) -> bool {
    if !patience.is_lost.get() && keep_at_desk(env, &letter, patience).await.is_ok() {
        return true;
    }
    if queues::send(env, "DEAD_LETTERS", &letter).await.is_ok() {
        return true;
    }
    sealed::store(env, environment, &sealed::Sealed::DeadLetter(letter)).await.is_ok()
}

/// Stores a dead letter where agents see it.
///
/// # Errors
/// When the desk cannot be reached or does not answer.
pub async fn keep_at_desk(env: &Env, letter: &DeadLetter, patience: &Patience) -> Result<()> {
    let call = DeskCall::KeepDeadLetter { letter: Box::new(letter.clone()) };
    patience.ask(call::tell(&objects::desk(env)?, &call)).await
}
