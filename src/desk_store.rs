//! The tables of the desk. Statements only.

use lotse_core::api::query::ThreadQuery;
use lotse_core::api::{Agent, DeadLetterPage, DeadLetterSummary, NewToken, Role, Thread, ThreadPage, Token};
use lotse_core::conversation::ThreadState;
use lotse_core::time::UnixMillis;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use worker::Result;
use worker::SqlStorageValue;
use worker::Storage;

use crate::desk_do::DeskFigures;
use crate::followups_queue::ThreadUpdate;
use crate::intake::DeadLetter;
use crate::storage::Database;

const HOUR_MILLIS: i64 = 60 * 60 * 1000;
const DAY_MILLIS: i64 = 24 * HOUR_MILLIS;
/// A row holds at most 2 MB; a dead letter may be larger and lies in pieces.
const PIECE_BYTES: usize = 1_000_000;
const DEAD_LETTERS_LISTED: i64 = 200;
/// Threads that wait for nothing sort behind all that wait.
const NO_WAIT: i64 = 8_640_000_000_000_000;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS threads (id TEXT PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
  channel TEXT NOT NULL, team TEXT, assignee TEXT, calm INTEGER NOT NULL, waiting_since INTEGER NOT NULL,
  resolved_at INTEGER, updated_at INTEGER NOT NULL, search TEXT NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS threads_in_order ON threads (state, calm, waiting_since, id);
CREATE INDEX IF NOT EXISTS threads_resolved ON threads (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  role TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER);
CREATE TABLE IF NOT EXISTS dead_letters (id TEXT PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL,
  kind TEXT NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS dead_letter_pieces (id TEXT NOT NULL, piece INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (id, piece)) WITHOUT ROWID;
";

/// The storage of the desk.
pub struct DeskStore {
    database: Database,
}

#[derive(Deserialize)]
struct ThreadRow {
    id: String,
    json: String,
    calm: i64,
    waiting_since: i64,
}

#[derive(Deserialize)]
struct TokenRow {
    id: String,
    name: String,
    role: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

#[derive(Deserialize)]
struct CountRow {
    count: u32,
}

impl DeskStore {
    /// Opens the storage and makes the tables.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn open(storage: Storage) -> Result<Self> {
        let database = Database::new(storage);
        database.run(SCHEMA, vec![])?;
        Ok(Self { database })
    }

    /// Sets the alarm.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub fn set_alarm(&self, at: UnixMillis) -> Result<()> {
        self.database.set_alarm(at.0)
    }

    /// Writes how threads stand; an older version than the one known changes nothing.
    ///
    /// # Errors
    /// When SQLite refuses; then none is written.
    pub fn update_threads(&self, updates: &[ThreadUpdate]) -> Result<()> {
        let statement = "INSERT INTO threads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state, channel = excluded.channel,
              team = excluded.team, assignee = excluded.assignee, calm = excluded.calm,
              waiting_since = excluded.waiting_since, resolved_at = excluded.resolved_at,
              updated_at = excluded.updated_at, search = excluded.search, json = excluded.json
            WHERE excluded.version > threads.version";
        self.database.transaction(|| {
            for ThreadUpdate { id, thread } in updates {
                let contact = &thread.contact;
                let search = [
                    Some(&thread.reference),
                    contact.name.as_ref(),
                    contact.phone.as_ref(),
                    Some(&thread.snippet),
                ];
                let given = thread.fields.iter().map(|field| &field.value);
                let search: Vec<String> =
                    search.into_iter().flatten().chain(given).map(|text| text.to_lowercase()).collect();
                let resolved_at = (thread.state == ThreadState::Resolved).then_some(thread.updated_at.0);
                let values = vec![
                    id.as_str().into(),
                    i64::try_from(thread.version).unwrap_or(i64::MAX).into(),
                    word(&thread.state)?.into(),
                    thread.key.channel.as_str().into(),
                    thread.team.clone().into(),
                    thread.assignee.clone().into(),
                    i64::from(!thread.urgent).into(),
                    thread.waiting_since.map_or(NO_WAIT, |since| since.0).into(),
                    resolved_at.into(),
                    thread.updated_at.0.into(),
                    search.join("\n").into(),
                    serde_json::to_string(thread)?.into(),
                ];
                self.database.run(statement, values)?;
            }
            Ok(())
        })
    }

    /// A page of threads, the urgent first, then by waiting time.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn list_threads(&self, query: &ThreadQuery) -> Result<ThreadPage> {
        let mut conditions = Vec::new();
        let mut values: Vec<SqlStorageValue> = Vec::new();
        match &query.state {
            Some(state) => {
                conditions.push("state = ?");
                values.push(word(state)?.into());
            }
            None => conditions.push("state IN ('waiting', 'claimed')"),
        }
        let exact = [
            ("team = ?", query.team.clone()),
            ("assignee = ?", query.assignee.clone()),
            ("channel = ?", query.channel.map(|channel| channel.as_str().to_owned())),
            ("instr(search, ?) > 0", query.search.as_ref().map(|text| text.to_lowercase())),
        ];
        for (condition, value) in exact {
            if let Some(value) = value {
                conditions.push(condition);
                values.push(value.into());
            }
        }
        if let Some((calm, waiting_since, id)) = query.after.as_deref().and_then(read_cursor) {
            conditions.push("(calm, waiting_since, id) > (?, ?, ?)");
            values.extend([calm.into(), waiting_since.into(), id.into()]);
        }
        values.push(i64::from(query.limit + 1).into());
        let statement = format!(
            "SELECT id, json, calm, waiting_since FROM threads WHERE {} ORDER BY calm, waiting_since, id LIMIT ?",
            conditions.join(" AND ")
        );
        let mut rows: Vec<ThreadRow> = self.database.rows(&statement, values)?;
        let more = rows.len() > query.limit as usize;
        rows.truncate(query.limit as usize);
        let next =
            rows.last().filter(|_| more).map(|row| format!("{}.{}.{}", row.calm, row.waiting_since, row.id));
        let threads = rows
            .into_iter()
            .map(|row| Ok(Thread { id: row.id, summary: serde_json::from_str(&row.json)? }))
            .collect::<Result<_>>()?;
        Ok(ThreadPage { threads, next, waiting: self.waiting()? })
    }

    fn waiting(&self) -> Result<u32> {
        self.count("SELECT count(*) AS count FROM threads WHERE state = 'waiting'", vec![])
    }

    /// How many threads wait, and how many were resolved in the last hour.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn backlog(&self, now: UnixMillis) -> Result<(u32, u32)> {
        let resolved = "SELECT count(*) AS count FROM threads WHERE resolved_at > ?";
        Ok((self.waiting()?, self.count(resolved, vec![(now.0 - HOUR_MILLIS).into()])?))
    }

    /// How much lies here.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn figures(&self) -> Result<DeskFigures> {
        #[derive(Deserialize)]
        struct Group {
            state: String,
            calm: i64,
            count: u32,
            oldest: i64,
        }
        // Both columns and the minimum come from the index that keeps the order.
        let query = "SELECT state, calm, count(*) AS count, min(waiting_since) AS oldest FROM threads
            WHERE state IN ('waiting', 'claimed') GROUP BY state, calm";
        let dead_letters = self.count("SELECT count(*) AS count FROM dead_letters", vec![])?;
        let mut figures = DeskFigures { dead_letters, ..DeskFigures::default() };
        for group in self.database.rows::<Group>(query, vec![])? {
            if group.state == "claimed" {
                figures.claimed += group.count;
                continue;
            }
            figures.waiting += group.count;
            figures.urgent += if group.calm == 0 { group.count } else { 0 };
            let oldest = (group.oldest < NO_WAIT).then_some(UnixMillis(group.oldest));
            figures.oldest_waiting = figures.oldest_waiting.into_iter().chain(oldest).min();
        }
        Ok(figures)
    }

    fn count(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<u32> {
        Ok(self.database.first::<CountRow>(query, values)?.map_or(0, |row| row.count))
    }

    /// Whose token has this hash, unless it was revoked.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn agent(&self, hash: &str) -> Result<Option<Agent>> {
        let query =
            "SELECT id, name, role, created_at, revoked_at FROM tokens WHERE hash = ? AND revoked_at IS NULL";
        let row: Option<TokenRow> = self.database.first(query, vec![hash.into()])?;
        row.map(|row| Ok(Agent { role: from_word(&row.role)?, name: row.name })).transpose()
    }

    /// Every token, the newest first.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn tokens(&self) -> Result<Vec<Token>> {
        let query = "SELECT id, name, role, created_at, revoked_at FROM tokens ORDER BY created_at DESC, id";
        let rows: Vec<TokenRow> = self.database.rows(query, vec![])?;
        rows.into_iter().map(TokenRow::token).collect()
    }

    /// Adds a token by the hash of its value; `None` where another valid token has its name.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn add_token(
        &self,
        id: &str,
        wanted: NewToken,
        hash: &str,
        now: UnixMillis,
    ) -> Result<Option<Token>> {
        let values = vec![
            id.into(),
            hash.into(),
            wanted.name.as_str().into(),
            word(&wanted.role)?.into(),
            now.0.into(),
            wanted.name.as_str().into(),
        ];
        let statement = "INSERT INTO tokens SELECT ?, ?, ?, ?, ?, NULL
            WHERE NOT EXISTS (SELECT 1 FROM tokens WHERE name = ? AND revoked_at IS NULL)";
        if self.database.run(statement, values)? == 0 {
            return Ok(None);
        }
        let NewToken { name, role } = wanted;
        Ok(Some(Token { id: id.to_owned(), name, role, created_at: now, revoked_at: None }))
    }

    /// Revokes a token; false when there is none that still opens anything.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn revoke_token(&self, id: &str, now: UnixMillis) -> Result<bool> {
        let statement = "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
        Ok(self.database.run(statement, vec![now.0.into(), id.into()])? > 0)
    }

    /// Keeps a dead letter; one that is kept already stays as it is. Returns whether it is new.
    ///
    /// # Errors
    /// When SQLite refuses; then nothing of it is kept.
    pub fn keep_dead_letter(&self, letter: &DeadLetter) -> Result<bool> {
        let text = serde_json::to_string(letter)?;
        let kind = word(&letter.payload.kind())?;
        let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
        self.database.transaction(|| {
            let values = vec![
                letter.id.as_str().into(),
                letter.at.0.into(),
                letter.reason.as_str().into(),
                kind.as_str().into(),
                bytes.into(),
            ];
            if self
                .database
                .run("INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values)?
                == 0
            {
                return Ok(false);
            }
            for (number, piece) in (0_i64..).zip(pieces(&text)) {
                let values = vec![letter.id.as_str().into(), number.into(), piece.into()];
                self.database.run("INSERT INTO dead_letter_pieces VALUES (?, ?, ?)", values)?;
            }
            Ok(true)
        })
    }

    /// The newest dead letters.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn dead_letters(&self) -> Result<DeadLetterPage> {
        let query = "SELECT id, at, reason, kind, bytes FROM dead_letters ORDER BY at DESC, id LIMIT ?";
        let dead_letters: Vec<DeadLetterSummary> =
            self.database.rows(query, vec![DEAD_LETTERS_LISTED.into()])?;
        let total = self.count("SELECT count(*) AS count FROM dead_letters", vec![])?;
        Ok(DeadLetterPage { dead_letters, total })
    }

    /// A dead letter, whole.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>> {
        #[derive(Deserialize)]
        struct Piece {
            text: String,
        }
        let query = "SELECT text FROM dead_letter_pieces WHERE id = ? ORDER BY piece";
        let pieces: Vec<Piece> = self.database.rows(query, vec![id.into()])?;
        if pieces.is_empty() {
            return Ok(None);
        }
        let text: String = pieces.into_iter().map(|piece| piece.text).collect();
        Ok(Some(serde_json::from_str(&text)?))
    }

    /// Removes a dead letter.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn drop_dead_letter(&self, id: &str) -> Result<()> {
        self.database.transaction(|| {
            self.database.run("DELETE FROM dead_letter_pieces WHERE id = ?", vec![id.into()])?;
            self.database.run("DELETE FROM dead_letters WHERE id = ?", vec![id.into()])?;
            Ok(())
        })
    }

    /// Forgets what is past its retention: dead letters, and threads that were resolved that long ago.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn tidy(&self, now: UnixMillis, dead_letter_days: i64, conversation_days: i64) -> Result<()> {
        let old_letter = now.0 - dead_letter_days * DAY_MILLIS;
        let pieces = "DELETE FROM dead_letter_pieces WHERE id IN (SELECT id FROM dead_letters WHERE at < ?)";
        self.database.run(pieces, vec![old_letter.into()])?;
        self.database.run("DELETE FROM dead_letters WHERE at < ?", vec![old_letter.into()])?;
        let old_thread = now.0 - conversation_days * DAY_MILLIS;
        self.database.run(
            "DELETE FROM threads WHERE state = 'resolved' AND updated_at < ?",
            vec![old_thread.into()],
        )?;
        Ok(())
    }
}

impl TokenRow {
    fn token(self) -> Result<Token> {
        Ok(Token {
            id: self.id,
            name: self.name,
            role: from_word::<Role>(&self.role)?,
            created_at: UnixMillis(self.created_at),
            revoked_at: self.revoked_at.map(UnixMillis),
        })
    }
}

/// The word that an enum has in JSON.
fn word(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_value(value)?.as_str().unwrap_or_default().to_owned())
}

fn from_word<T: DeserializeOwned>(word: &str) -> Result<T> {
    Ok(serde_json::from_value(word.into())?)
}

/// Reads the cursor that a page ended with; one that was tampered with starts from the beginning.
fn read_cursor(cursor: &str) -> Option<(i64, i64, String)> {
    let mut parts = cursor.splitn(3, '.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.to_owned()))
}

/// Cuts a text into pieces that a row can hold, never inside a character.
fn pieces(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let mut end = rest.len().min(PIECE_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, remaining) = rest.split_at(end);
        pieces.push(piece);
        rest = remaining;
    }
    pieces
}
