//! Adds up what isolates counted: one object, nobody's message waits for it.
//!
//! A batch counts once: its isolate's last number is written together with the sums, before the answer. Atomic because
//! every call runs without an await between its statements.

use std::cell::{OnceCell, RefCell};

use lotse_core::metrics::{Flush, Totals};
use lotse_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::{Env, Result, State};

use crate::clock;
use crate::object::{Answer, Object, json};
use crate::storage::Database;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS totals (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS isolates (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
";
/// An isolate that told nothing for this long tells nothing any more: a batch is tried for less than a minute.
const FORGET_MILLIS: i64 = 60 * 60_000;

/// What the object is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricsCall {
    /// Add a batch; answered with 204 once it is stored.
    Add(Flush),
    /// Answered with [`Totals`].
    Read,
}

/// The object.
pub struct MetricsObject {
    object: State,
    book: OnceCell<Book>,
}

/// The sums, in memory and on disk.
struct Book {
    database: Database,
    totals: RefCell<Totals>,
}

#[derive(Deserialize)]
struct TotalsRow {
    json: String,
}

#[derive(Deserialize)]
struct IsolateRow {
    sequence: u64,
}

impl Object for MetricsObject {
    fn new(object: State, _env: Env) -> Self {
        Self { object, book: OnceCell::new() }
    }

    async fn call(&self, question: &str) -> Answer {
        let call: MetricsCall = serde_json::from_str(question)?;
        let book = self.book()?;
        match call {
            MetricsCall::Add(batch) => {
                book.add(&batch, clock::now())?;
                Ok(None)
            }
            MetricsCall::Read => {
                book.forget_isolates(clock::now())?;
                json(&*book.totals.borrow())
            }
        }
    }
}

impl MetricsObject {
    fn book(&self) -> Result<&Book> {
        if let Some(book) = self.book.get() {
            return Ok(book);
        }
        let database = Database::new(self.object.storage());
        database.run(SCHEMA, vec![])?;
        let row: Option<TotalsRow> = database.first("SELECT json FROM totals", vec![])?;
        let totals = row.map(|row| serde_json::from_str(&row.json)).transpose()?.unwrap_or_default();
        Ok(self.book.get_or_init(|| Book { database, totals: RefCell::new(totals) }))
    }
}

impl Book {
    fn add(&self, batch: &Flush, now: UnixMillis) -> Result<()> {
        let query = "SELECT sequence FROM isolates WHERE id = ?";
        let last: Option<IsolateRow> = self.database.first(query, vec![batch.isolate.as_str().into()])?;
        let mut totals = self.totals.borrow().clone();
        if !totals.absorb(batch, last.map(|row| row.sequence), now) {
            return Ok(());
        }
        let json = serde_json::to_string(&totals)?;
        let sequence = i64::try_from(batch.sequence).unwrap_or(i64::MAX);
        self.database.transaction(|| {
            self.database.run("INSERT OR REPLACE INTO totals VALUES (1, ?)", vec![json.as_str().into()])?;
            let isolate = vec![batch.isolate.as_str().into(), sequence.into(), now.0.into()];
            self.database.run("INSERT OR REPLACE INTO isolates VALUES (?, ?, ?)", isolate)?;
            Ok(())
        })?;
        *self.totals.borrow_mut() = totals;
        Ok(())
    }

    fn forget_isolates(&self, now: UnixMillis) -> Result<()> {
        let before = now.plus_millis(-FORGET_MILLIS);
        self.database.run("DELETE FROM isolates WHERE at < ?", vec![before.0.into()])?;
        Ok(())
    }
}
