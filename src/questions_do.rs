//! Keeps what was learnt from questions: one object per deployment. [`lotse_core::learning::book`] decides.
//!
//! Atomic because every call runs without an await between its change in memory and its rows, which are written in
//! one transaction; where that fails, memory starts anew from what is stored. No person's message waits for it.

use std::cell::RefCell;

use lotse_core::api::questions::{EntryReplies, QuestionQuery};
use lotse_core::learning::book::{Book, RowChange, Told};
use serde::{Deserialize, Serialize};
use worker::{Env, Result, State};

use crate::clock;
use crate::environment::Environment;
use crate::object::{Answer, Object, json};
use crate::storage::Database;

/// How often it is looked for what is to be forgotten.
const TIDY_EVERY_MILLIS: i64 = 60 * 60_000;
const DAY_MILLIS: i64 = 24 * 60 * 60_000;

/// What the object is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionsCall {
    /// Take lessons in; answered with 204 once they are stored.
    Learn {
        /// The lessons.
        told: Vec<Told>,
    },
    /// A page of groups; answered with [`lotse_core::api::questions::GroupPage`].
    List(QuestionQuery),
    /// A group; answered with an optional [`Group`].
    Read {
        /// Its id.
        id: u64,
    },
    /// Hide a group and whatever is like it; answered with whether there is one.
    Ignore {
        /// Its id.
        id: u64,
    },
    /// Remove a group that was dealt with; answered with whether there was one.
    Remove {
        /// Its id.
        id: u64,
    },
    /// What people said about answers; answered with a list of [`EntryReplies`].
    Replies,
}

/// The object.
pub struct QuestionsObject {
    object: State,
    env: Env,
    book: RefCell<Option<Book>>,
}

#[derive(Deserialize)]
struct StoredRow {
    key: String,
    value: String,
}

impl Object for QuestionsObject {
    fn new(object: State, env: Env) -> Self {
        Self { object, env, book: RefCell::new(None) }
    }

    async fn call(&self, question: &str) -> Answer {
        let call: QuestionsCall = serde_json::from_str(question)?;
        let database = self.open().await?;
        match call {
            QuestionsCall::Learn { told } => {
                self.change(&database, |book| Some(book.take(told, clock::now())))?;
                Ok(None)
            }
            QuestionsCall::List(query) => self.read(|book| json(&query.page(book))),
            QuestionsCall::Read { id } => self.read(|book| json(&book.shown(id))),
            QuestionsCall::Ignore { id } => json(&self.change(&database, |book| book.ignore(id))?),
            QuestionsCall::Remove { id } => json(&self.change(&database, |book| book.remove(id))?),
            QuestionsCall::Replies => self.read(|book| json(&EntryReplies::all(book.replies()))),
        }
    }

    async fn alarm(&self) -> Result<()> {
        let days = Environment::of(&self.env)?.settings.retention.questions_days.get();
        let database = self.open().await?;
        let now = clock::now();
        self.change(&database, |book| Some(book.forget(now.plus_millis(-i64::from(days) * DAY_MILLIS))))?;
        database.set_alarm(now.plus_millis(TIDY_EVERY_MILLIS).0)?;
        Ok(())
    }
}

impl QuestionsObject {
    /// Reads what is stored, the first time.
    async fn open(&self) -> Result<Database> {
        let database = Database::new(self.object.storage());
        if self.book.borrow().is_some() {
            return Ok(database);
        }
        if self.object.storage().get_alarm().await?.is_none() {
            database.set_alarm(clock::now().plus_millis(TIDY_EVERY_MILLIS).0)?;
        }
        database.make_rows()?;
        let rows: Vec<StoredRow> = database.rows("SELECT key, value FROM rows", vec![])?;
        *self.book.borrow_mut() = Some(Book::restore(rows.into_iter().map(|row| (row.key, row.value))));
        Ok(database)
    }

    fn read<T>(&self, read: impl FnOnce(&Book) -> Result<T>) -> Result<T> {
        read(self.book.borrow().as_ref().unwrap_or(&Book::default()))
    }

    /// Changes the book and stores the change. False where there was nothing to change.
    fn change(
        &self,
        database: &Database,
        act: impl FnOnce(&mut Book) -> Option<Vec<RowChange>>,
    ) -> Result<bool> {
        let mut held = self.book.borrow_mut();
        let Some(changes) = held.as_mut().and_then(act) else { return Ok(false) };
        let written = database.transaction(|| changes.iter().try_for_each(|change| write(database, change)));
        if written.is_err() {
            *held = None;
        }
        written.map(|()| true)
    }
}

fn write(database: &Database, change: &RowChange) -> Result<()> {
    let key = change.key.as_str();
    match &change.value {
        Some(value) => {
            database.run("INSERT OR REPLACE INTO rows VALUES (?, ?)", vec![key.into(), value.as_str().into()])
        }
        None => database.run("DELETE FROM rows WHERE key = ?", vec![key.into()]),
    }?;
    Ok(())
}
