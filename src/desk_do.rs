//! The desk: one object that indexes open threads, keeps tokens and dead letters.
//!
//! It is an index, not the record: a thread's truth lies in its conversation, whose updates carry a
//! version, and the highest version wins, so that order and repetition of updates do not matter.
//! Atomic because every call runs without an await between its statements. No person's message ever
//! waits for it.

use std::cell::{Cell, OnceCell};

use lotse_core::api::query::ThreadQuery;
use lotse_core::api::{MadeToken, NewToken};
use lotse_core::conversation::Backlog;
use lotse_core::metrics::Metric;
use lotse_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use worker::State;
use worker::{Env, Result};

use crate::desk_store::DeskStore;
use crate::environment::Environment;
use crate::followups_queue::ThreadUpdate;
use crate::intake::DeadLetter;
use crate::object::{Answer, Object, json};
use crate::{backlog, clock, log, metrics};

/// How often the backlog is published at most: KV takes one write per key and second.
const PUBLISH_EVERY_MILLIS: i64 = 2_000;
/// How often the desk tidies up.
const TIDY_EVERY_MILLIS: i64 = 60 * 60_000;

/// What the desk is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskCall {
    /// How threads stand now.
    UpdateThreads {
        /// The threads.
        updates: Vec<ThreadUpdate>,
    },
    /// A page of threads; answered with [`lotse_core::api::ThreadPage`].
    ListThreads {
        /// Which.
        query: ThreadQuery,
    },
    /// Whose token has this SHA-256, in hex; answered with an optional
    /// [`lotse_core::api::Agent`].
    Authenticate {
        /// The hash.
        token_hash: String,
    },
    /// Makes a token; answered with an optional [`MadeToken`], none where another valid token has the name.
    MakeToken(NewToken),
    /// All tokens.
    ListTokens,
    /// Revokes a token; answered with whether there was one.
    RevokeToken {
        /// Its id.
        id: String,
    },
    /// Keeps a dead letter.
    KeepDeadLetter {
        /// The letter.
        letter: Box<DeadLetter>,
    },
    /// How much lies at the desk; answered with [`DeskFigures`].
    Figures,
    /// The newest dead letters; answered with [`lotse_core::api::DeadLetterPage`].
    ListDeadLetters,
    /// A dead letter; answered with an optional [`DeadLetter`].
    ReadDeadLetter {
        /// Its id.
        id: String,
    },
    /// Removes a dead letter that took effect after all.
    DropDeadLetter {
        /// Its id.
        id: String,
    },
}

/// How much lies at the desk.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct DeskFigures {
    /// Threads that wait for a human.
    pub waiting: u32,
    /// Threads that an agent has.
    pub claimed: u32,
    /// Urgent threads that wait.
    pub urgent: u32,
    /// Since when the earliest unanswered message of a waiting thread waits.
    pub oldest_waiting: Option<UnixMillis>,
    /// Dead letters.
    pub dead_letters: u32,
}

/// The hash under which a token is known: its value is stored nowhere.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// The object.
pub struct DeskObject {
    object: State,
    env: Env,
    store: OnceCell<DeskStore>,
    published_at: Cell<i64>,
}

impl Object for DeskObject {
    fn new(object: State, env: Env) -> Self {
        Self { object, env, store: OnceCell::new(), published_at: Cell::new(0) }
    }

    async fn call(&self, question: &str) -> Answer {
        let call: DeskCall = serde_json::from_str(question)?;
        let store = self.store().await?;
        match call {
            DeskCall::UpdateThreads { updates } => {
                store.update_threads(&updates)?;
                self.publish_backlog(store).await;
                Ok(None)
            }
            DeskCall::ListThreads { query } => json(&store.list_threads(&query)?),
            DeskCall::Authenticate { token_hash } => json(&store.agent(&token_hash)?),
            DeskCall::MakeToken(wanted) => json(&self.make_token(store, wanted)?),
            DeskCall::ListTokens => json(&store.tokens()?),
            DeskCall::RevokeToken { id } => json(&store.revoke_token(&id, clock::now())?),
            DeskCall::KeepDeadLetter { letter } => {
                if store.keep_dead_letter(&letter)? {
                    metrics::add(Metric::DeadLettersKept, &[], 1);
                    let env = self.env.clone();
                    self.object.wait_until(async move { metrics::flush(&env).await });
                }
                Ok(None)
            }
            DeskCall::Figures => json(&store.figures()?),
            DeskCall::ListDeadLetters => json(&store.dead_letters()?),
            DeskCall::ReadDeadLetter { id } => json(&store.dead_letter(&id)?),
            DeskCall::DropDeadLetter { id } => {
                store.drop_dead_letter(&id)?;
                Ok(None)
            }
        }
    }

    async fn alarm(&self) -> Result<()> {
        let now = clock::now();
        let retention = Environment::of(&self.env)?.settings.retention.clone();
        let store = self.store().await?;
        store.tidy(
            now,
            i64::from(retention.dead_letters_days.get()),
            i64::from(retention.conversations_days.get()),
        )?;
        store.set_alarm(now.plus_millis(TIDY_EVERY_MILLIS))?;
        Ok(())
    }
}

impl DeskObject {
    async fn store(&self) -> Result<&DeskStore> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let alarm = self.object.storage().get_alarm().await?;
        let store = DeskStore::open(self.object.storage())?;
        // One that is set stays: a desk that often rests would otherwise never tidy up.
        if alarm.is_none() {
            store.set_alarm(clock::now().plus_millis(TIDY_EVERY_MILLIS))?;
        }
        Ok(self.store.get_or_init(|| store))
    }

    fn make_token(&self, store: &DeskStore, wanted: NewToken) -> Result<Option<MadeToken>> {
        let value = format!("lotse_{}", hex::encode(clock::secure_random::<24>()?));
        let id = hex::encode(clock::secure_random::<8>()?);
        let token = store.add_token(&id, wanted, &token_hash(&value), clock::now())?;
        Ok(token.map(|token| MadeToken { token, value }))
    }

    /// Publishes how much waits, for the acknowledgements; a failure only means an older figure.
    async fn publish_backlog(&self, store: &DeskStore) {
        let now = clock::now();
        if now.0 - self.published_at.get() < PUBLISH_EVERY_MILLIS {
            return;
        }
        self.published_at.set(now.0);
        let published = async { backlog::publish(&self.env, self.backlog(store, now)?).await };
        if let Err(error) = published.await {
            metrics::add(Metric::StoreFailures, &["write"], 1);
            log::warn("backlog_unpublished", &[log::cause(&error)]);
        }
    }

    fn backlog(&self, store: &DeskStore, now: UnixMillis) -> Result<Backlog> {
        let (waiting, resolved_last_hour) = store.backlog(now)?;
        Ok(Backlog { waiting, resolved_last_hour, at: now })
    }
}
