//! The rows of one conversation in SQLite: one table of named texts. What they mean is decided in
//! [`lotse_core::actor`].
//!
//! One statement writes a whole commit, as long as it is of usual size: what is paid at the peak is the number of
//! statements and of crossings into JavaScript.

use js_sys::{Array, JsString, Reflect};
use lotse_core::actor::{Commit, RecordError, Records, Row, SEEN};
use lotse_core::time::UnixMillis;
use wasm_bindgen::prelude::*;
use worker::{Result, Storage};

use crate::storage::Database;

const GET: &str = "SELECT value FROM rows WHERE key = ?";
const PREFIX: &str = "SELECT key, value FROM rows WHERE key >= ? AND key < ? ORDER BY key";
const FORGET: &str = "DELETE FROM rows WHERE key >= ? AND key < ? AND CAST(value AS INTEGER) < ?";
/// How many rows one statement writes at most.
const CHUNK: usize = 8;

thread_local! {
    /// `GET`, and the statements that write one row, two rows, and so on: strings of JavaScript, made once.
    static GET_TEXT: JsString = JsString::from(GET);
    static PUT_TEXTS: [JsString; CHUNK] = std::array::from_fn(|index| {
        let places = vec!["(?, ?)"; index + 1].join(", ");
        JsString::from(format!("INSERT OR REPLACE INTO rows VALUES {places}"))
    });
}

#[wasm_bindgen]
extern "C" {
    /// `SqlStorage`, without the detour over typed values.
    type RawSql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(
        this: &RawSql,
        statement: &JsString,
        values: Vec<JsValue>,
    ) -> std::result::Result<RawCursor, JsValue>;

    type RawCursor;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &RawCursor) -> std::result::Result<Array, JsValue>;
}

/// The rows of one conversation.
pub struct Rows {
    database: Database,
    sql: RawSql,
}

impl Rows {
    /// Opens the storage and makes the table.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn open(storage: Storage) -> Result<Self> {
        let raw: &JsValue = storage.as_raw().as_ref();
        let sql = Reflect::get(raw, &"sql".into())?.unchecked_into();
        let rows = Self { database: Database::new(storage), sql };
        rows.database.make_rows()?;
        Ok(rows)
    }

    /// Makes a commit durable: all of it, or nothing.
    ///
    /// # Errors
    /// When the storage refuses.
    pub fn commit(&self, commit: &Commit) -> Result<()> {
        if let [_, ..] = commit.rows.as_slice() {
            let chunks: Vec<&[Row]> = commit.rows.chunks(CHUNK).collect();
            match chunks.as_slice() {
                [only] => self.put(only)?,
                _ => self.database.transaction(|| chunks.iter().try_for_each(|chunk| self.put(chunk)))?,
            }
        }
        if let Some(before) = commit.forget_seen_before {
            let (from, to) = (JsValue::from(SEEN), JsValue::from(end_of(SEEN)));
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
            let before = JsValue::from(before.0 as f64);
            self.sql.exec(&FORGET.into(), vec![from, to, before])?;
        }
        if let Some(at) = commit.alarm {
            self.set_alarm(at)?;
        }
        Ok(())
    }

    fn put(&self, rows: &[Row]) -> Result<()> {
        let values = rows.iter().flat_map(|row| [row.key.as_str().into(), row.value.as_str().into()]);
        PUT_TEXTS.with(|texts| self.sql.exec(&texts[rows.len() - 1], values.collect()))?;
        Ok(())
    }

    /// Sets the alarm.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub fn set_alarm(&self, at: UnixMillis) -> Result<()> {
        self.database.set_alarm(at.0)
    }

    /// Deletes everything; what comes next finds an empty table.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub async fn start_anew(&self) -> Result<()> {
        self.database.delete_everything().await?;
        self.database.make_rows()
    }

    fn select(&self, query: &JsString, values: Vec<JsValue>) -> std::result::Result<Array, RecordError> {
        self.sql.exec(query, values).and_then(|cursor| cursor.to_array()).map_err(|error| refused(&error))
    }
}

impl Records for Rows {
    fn get(&self, key: &str) -> std::result::Result<Option<String>, RecordError> {
        let found = GET_TEXT.with(|query| self.select(query, vec![key.into()]))?;
        if found.length() == 0 {
            return Ok(None);
        }
        column(&found.get(0), "value").map(Some)
    }

    fn with_prefix(&self, prefix: &str) -> std::result::Result<Vec<Row>, RecordError> {
        let found = self.select(&PREFIX.into(), vec![prefix.into(), end_of(prefix).into()])?;
        found.iter().map(|row| Ok(Row { key: column(&row, "key")?, value: column(&row, "value")? })).collect()
    }
}

/// The first key behind all that start with `prefix`, whose last character is an ASCII one.
fn end_of(prefix: &str) -> String {
    let mut end = prefix.to_owned();
    let last = end.pop().map_or('\0', |last| char::from_u32(last as u32 + 1).unwrap_or(char::MAX));
    end.push(last);
    end
}

fn column(row: &JsValue, name: &str) -> std::result::Result<String, RecordError> {
    Reflect::get(row, &name.into())
        .ok()
        .and_then(|value| value.as_string())
        .ok_or_else(|| RecordError::Refused(format!("a row without {name}")))
}

fn refused(error: &JsValue) -> RecordError {
    let message = error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    RecordError::Refused(message.unwrap_or_else(|| "an error without words".to_owned()))
}
