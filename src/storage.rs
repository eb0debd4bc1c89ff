//! SQLite inside an object: statements, rows, and transactions that hold or leave no trace.

use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use worker::Storage;
use worker::{Error, Result};
use worker::{SqlStorage, SqlStorageValue};

#[wasm_bindgen]
extern "C" {
    /// `DurableObjectStorage`, with the calls that the `worker` crate lacks or wraps in more crossings.
    type RawStorage;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &RawStorage,
        closure: &mut dyn FnMut() -> std::result::Result<JsValue, JsValue>,
    ) -> std::result::Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &RawStorage, at_millis: f64) -> std::result::Result<js_sys::Promise, JsValue>;
}

/// The one table of an object that keeps named texts.
const ROWS: &str =
    "CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID";

/// An object's storage.
pub struct Database {
    storage: Storage,
    sql: SqlStorage,
}

impl Database {
    /// Opens the storage of an object.
    #[must_use]
    pub fn new(storage: Storage) -> Self {
        let sql = storage.sql();
        Self { storage, sql }
    }

    /// Makes the table `rows` of named texts, where it is not there yet.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn make_rows(&self) -> Result<()> {
        self.run(ROWS, vec![]).map(drop)
    }

    /// Runs a statement; returns how many rows it wrote, index entries included.
    ///
    /// # Errors
    /// When SQLite refuses it.
    pub fn run(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<usize> {
        Ok(self.sql.exec(statement, values)?.rows_written())
    }

    /// The rows that a query yields.
    ///
    /// # Errors
    /// When SQLite refuses it or a row has another shape.
    pub fn rows<T: DeserializeOwned>(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Vec<T>> {
        self.sql.exec(query, values)?.to_array()
    }

    /// The first row that a query yields.
    ///
    /// # Errors
    /// As [`Database::rows`].
    pub fn first<T: DeserializeOwned>(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Option<T>> {
        Ok(self.rows(query, values)?.into_iter().next())
    }

    /// Runs `work` so that all its writes hold or none does.
    ///
    /// # Errors
    /// What `work` failed with; nothing was written then.
    pub fn transaction<T>(&self, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        let mut outcome = None;
        let raw: &JsValue = self.storage.as_raw().as_ref();
        let mut closure = || match work() {
            Ok(value) => {
                outcome = Some(Ok(value));
                Ok(JsValue::UNDEFINED)
            }
            Err(error) => {
                outcome = Some(Err(error));
                // Thrown so that the runtime rolls back.
                Err(JsValue::from_str("rolled back"))
            }
        };
        let committed = raw.unchecked_ref::<RawStorage>().transaction_sync(&mut closure);
        match (outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(Error::from(error)),
            (Some(Ok(value)), Ok(_)) => Ok(value),
            (None, Ok(_)) => Err(Error::RustError("the transaction did not run".to_owned())),
        }
    }

    /// Sets the object's one alarm. The write belongs to the same commit as statements run before it
    /// without an await in between.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub fn set_alarm(&self, at_millis: i64) -> Result<()> {
        let raw: &JsValue = self.storage.as_raw().as_ref();
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
        let written = raw.unchecked_ref::<RawStorage>().set_alarm(at_millis as f64)?;
        // The output gate waits for it, and a failure resets the object: nothing is left to await.
        drop(written);
        Ok(())
    }

    /// Deletes everything, the alarm included.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub async fn delete_everything(&self) -> Result<()> {
        self.storage.delete_alarm().await?;
        self.storage.delete_all().await
    }
}
