//! The pacer of one sending account: the shell around [`lotse_core::pacing::Pacer`].
//!
//! Atomic because every call runs without an await between reading and writing the pacer. It lives in memory and
//! is written, as one JSON value, only when something changed that must survive: a pause, a throttle, the
//! breaker, or reservations that a restart would give out a second time. The runtime holds an answer back until
//! what was written before it is on disk.
//!
//! Nobody's message may depend on it: who cannot reach it sends all the same (`pacer`).

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use lotse_core::channel::ChannelName;
use lotse_core::pacing::{Ask, Outcome, Pacer, ProbeId, Rate};
use serde::{Deserialize, Serialize};
use worker::{Env, Error, Result, State};

use crate::clock;
use crate::environment::Environment;
use crate::object::{Answer, Object, json};
use crate::storage::Database;

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS pacer (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);";

/// What a pacer is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PacerCall {
    /// Slots; answered with [`lotse_core::pacing::Answer`].
    Ask {
        /// The platform.
        channel: ChannelName,
        /// The account.
        account: String,
        /// Which slots.
        ask: Ask,
    },
    /// What became of an attempt.
    Report {
        /// What.
        outcome: Outcome,
        /// Which probe it was, if it was one.
        probe: Option<ProbeId>,
    },
    /// How the account stands; answered with [`lotse_core::pacing::Status`].
    Status,
    /// An operator pauses the account; answered with how it stands then.
    Pause {
        /// The operator.
        by: String,
        /// Why.
        reason: String,
    },
    /// An operator lets it send again; answered with how it stands then.
    Resume,
}

/// The object.
pub struct PacerObject {
    object: State,
    env: Env,
    kept: OnceCell<Kept>,
}

/// A pacer in memory.
struct Kept {
    database: Database,
    environment: Rc<Environment>,
    pacer: RefCell<Pacer>,
    saved: RefCell<Pacer>,
    /// Read once, since all who ask belong to the same account.
    rate: Cell<Option<Rate>>,
}

impl Object for PacerObject {
    fn new(object: State, env: Env) -> Self {
        Self { object, env, kept: OnceCell::new() }
    }

    async fn call(&self, question: &str) -> Answer {
        let call: PacerCall = serde_json::from_str(question)?;
        let kept = self.open()?;
        let now = clock::now();
        let answer = match call {
            PacerCall::Ask { channel, account, ask } => {
                let rate = kept.rate(channel, &account);
                json(&kept.pacer.borrow_mut().ask(ask, rate, now))
            }
            PacerCall::Report { outcome, probe } => {
                kept.pacer.borrow_mut().report(&outcome, probe, now);
                Ok(None)
            }
            PacerCall::Status => json(&kept.pacer.borrow().status(now)),
            PacerCall::Pause { by, reason } => {
                kept.pacer.borrow_mut().pause(by, reason, now);
                json(&kept.pacer.borrow().status(now))
            }
            PacerCall::Resume => {
                kept.pacer.borrow_mut().resume(now);
                json(&kept.pacer.borrow().status(now))
            }
        }?;
        kept.save()?;
        Ok(answer)
    }
}

impl PacerObject {
    fn open(&self) -> Result<&Kept> {
        if let Some(kept) = self.kept.get() {
            return Ok(kept);
        }
        let kept = Kept::read(self.object.storage(), Environment::of(&self.env)?)?;
        Ok(self.kept.get_or_init(|| kept))
    }
}

impl Kept {
    fn read(storage: worker::Storage, environment: Rc<Environment>) -> Result<Self> {
        #[derive(Deserialize)]
        struct Row {
            json: String,
        }
        let database = Database::new(storage);
        database.run(SCHEMA, Vec::new())?;
        let row: Option<Row> = database.first("SELECT json FROM pacer", Vec::new())?;
        let pacer: Pacer = row.map(|row| serde_json::from_str(&row.json)).transpose()?.unwrap_or_default();
        let saved = RefCell::new(pacer.clone());
        Ok(Self { database, environment, pacer: RefCell::new(pacer), saved, rate: Cell::new(None) })
    }

    fn rate(&self, channel: ChannelName, account: &str) -> Rate {
        let rate = self.rate.get().unwrap_or_else(|| self.environment.settings.rate(channel, account));
        self.rate.set(Some(rate));
        rate
    }

    fn save(&self) -> Result<()> {
        let pacer = self.pacer.borrow();
        if !pacer.must_be_saved(&self.saved.borrow()) {
            return Ok(());
        }
        let json = serde_json::to_string(&*pacer).map_err(Error::from)?;
        self.database.run("INSERT OR REPLACE INTO pacer (id, json) VALUES (1, ?)", vec![json.into()])?;
        self.saved.replace(pacer.clone());
        Ok(())
    }
}
