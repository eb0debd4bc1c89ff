//! The last rung before the platform's own redelivery: one encrypted, expiring KV key per item.
//!
//! KV may keep copies anywhere, so nothing personal lies there unencrypted. The cron replays what lies
//! here; a key is deleted only after its item is durable elsewhere, and conversations recognise a
//! repetition, so that a replay that stops half way does no harm.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use lotse_core::metrics::Metric;
use lotse_core::routing::{Parcel, Stuck};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use worker::kv::KvStore;
use worker::{Env, Error, Result};

use crate::environment::Environment;
use crate::intake::{self, DeadLetter, Patience};
use crate::{clock, log, metrics};

const PREFIX: &str = "spill/";
const NONCE_BYTES: usize = 12;
/// WhatsApp redelivers for seven days; what lies longer than twice that is of no use to anyone.
const EXPIRES_SECS: u64 = 14 * 24 * 60 * 60;

/// What is kept sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sealed {
    /// Items for a conversation.
    Parcel(Parcel),
    /// A dead letter.
    DeadLetter(DeadLetter),
}

/// Encrypts and stores one item. Keys sort by time, so that a replay keeps the order.
///
/// # Errors
/// When no spill key is set or KV refuses.
pub async fn store(env: &Env, environment: &Environment, item: &Sealed) -> Result<()> {
    let secret =
        environment.spill_keys().first().ok_or_else(|| Error::RustError("no spill key is set".to_owned()))?;
    let nonce = clock::secure_random::<NONCE_BYTES>()?;
    let plain = serde_json::to_vec(item)?;
    let sealed = cipher(secret).encrypt(&Nonce::from(nonce), plain.as_slice()).map_err(|_| unreadable())?;
    let key = format!("{PREFIX}{:015}-{}", clock::now().0, hex::encode(clock::secure_random::<8>()?));
    let value = [nonce.as_slice(), &sealed].concat();
    keys(env)?.put_bytes(&key, &value)?.expiration_ttl(EXPIRES_SECS).execute().await?;
    Ok(())
}

/// Replays what lies here, oldest first. What still finds no place stays, and so does what lies behind it
/// for the same conversation, so that order is kept; nobody else waits for it.
pub async fn replay(env: &Env) {
    if let Err(error) = try_replay(env).await {
        metrics::add(Metric::StoreFailures, &["replay"], 1);
        log::error("sealed_items_stay", &[log::cause(&error)]);
    }
}

async fn try_replay(env: &Env) -> Result<()> {
    let environment = Environment::of(env)?;
    let store = keys(env)?;
    let (mut stuck, patience) = (Stuck::default(), Patience::default());
    let mut cursor = None;
    loop {
        let mut listing = store.list().prefix(PREFIX.to_owned());
        if let Some(cursor) = cursor.take() {
            listing = listing.cursor(cursor);
        }
        let listed = listing.execute().await?;
        for key in listed.keys {
            let Some(value) = store.get(&key.name).bytes().await? else { continue };
            let item = match open(&environment, &value) {
                Ok(item) => item,
                Err(error) => {
                    log::error("sealed_item_unreadable", &[log::cause(&error)]);
                    continue;
                }
            };
            if bring(env, item, &mut stuck, &patience).await {
                store.delete(&key.name).await?;
                metrics::add(Metric::Replayed, &["sealed"], 1);
                log::info("replayed", &[("rung", log::Value::Word("sealed"))]);
            }
        }
        cursor = listed.cursor.filter(|_| !listed.list_complete);
        if cursor.is_none() {
            return Ok(());
        }
    }
}

/// Brings an item where it belongs; false when it found no place there, or something before it did not.
async fn bring(env: &Env, item: Sealed, stuck: &mut Stuck, patience: &Patience) -> bool {
    match item {
        Sealed::Parcel(parcel) => {
            if stuck.may_try(&parcel) && intake::deliver(env, &parcel, patience).await.is_ok() {
                return true;
            }
            stuck.add(&parcel);
            false
        }
        Sealed::DeadLetter(letter) => intake::keep_at_desk(env, &letter, patience).await.is_ok(),
    }
}

fn open(environment: &Environment, value: &[u8]) -> Result<Sealed> {
    let (nonce, sealed) = value.split_first_chunk::<NONCE_BYTES>().ok_or_else(unreadable)?;
    let opened = |secret: &String| cipher(secret).decrypt(&Nonce::from(*nonce), sealed).ok();
    let plain = environment.spill_keys().iter().find_map(opened).ok_or_else(unreadable)?;
    Ok(serde_json::from_slice(&plain)?)
}

fn cipher(secret: &str) -> Aes256Gcm {
    let key: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(key))
}

fn keys(env: &Env) -> Result<KvStore> {
    env.kv("STORE")
}

fn unreadable() -> Error {
    Error::RustError(
        "a sealed item cannot be opened: set the spill key that sealed it as a second value".to_owned(),
    )
}
