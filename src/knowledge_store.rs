//! The tables of the record of what was published. Statements only.

use lotse_core::api::knowledge::{CrisisSwitch, PackVersion};
use lotse_core::publishing::Head;
use lotse_core::time::UnixMillis;
use serde::Deserialize;
use worker::{Result, SqlStorageValue, Storage};

use crate::storage::Database;

/// How many versions and turns of the switch are listed: the newest.
const LISTED: i64 = 200;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS versions (version INTEGER PRIMARY KEY, at INTEGER NOT NULL, author TEXT NOT NULL,
  note TEXT, brings_back INTEGER, source TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS turns (turn INTEGER PRIMARY KEY, at INTEGER NOT NULL, author TEXT NOT NULL,
  note TEXT, is_on INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stored (key TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (only INTEGER PRIMARY KEY CHECK (only = 0), head TEXT NOT NULL);
";

/// Storage of the record.
pub struct KnowledgeStore {
    database: Database,
}

#[derive(Deserialize)]
struct VersionRow {
    version: u64,
    at: i64,
    author: String,
    note: Option<String>,
    brings_back: Option<u64>,
}

#[derive(Deserialize)]
struct TurnRow {
    at: i64,
    author: String,
    note: Option<String>,
    is_on: u8,
}

#[derive(Deserialize)]
struct TextRow {
    text: String,
}

impl KnowledgeStore {
    /// Opens the storage and makes the tables.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn open(storage: Storage) -> Result<Self> {
        let database = Database::new(storage);
        database.run(SCHEMA, vec![])?;
        Ok(Self { database })
    }

    /// The version in effect; none where none was ever published.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn current(&self) -> Result<PackVersion> {
        Ok(self.versions(1)?.into_iter().next().unwrap_or_else(PackVersion::bundled))
    }

    /// The versions, the newest first, without the one that came with the program.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn all_versions(&self) -> Result<Vec<PackVersion>> {
        self.versions(LISTED)
    }

    fn versions(&self, limit: i64) -> Result<Vec<PackVersion>> {
        let query =
            "SELECT version, at, author, note, brings_back FROM versions ORDER BY version DESC LIMIT ?";
        let rows: Vec<VersionRow> = self.database.rows(query, vec![limit.into()])?;
        Ok(rows.into_iter().map(VersionRow::version).collect())
    }

    /// One version.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn version(&self, version: u64) -> Result<Option<PackVersion>> {
        let query = "SELECT version, at, author, note, brings_back FROM versions WHERE version = ?";
        let row: Option<VersionRow> = self.database.first(query, vec![number(version)])?;
        Ok(row.map(VersionRow::version))
    }

    /// The source of a version that was published.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn source(&self, version: u64) -> Result<Option<String>> {
        let query = "SELECT source AS text FROM versions WHERE version = ?";
        let row: Option<TextRow> = self.database.first(query, vec![number(version)])?;
        Ok(row.map(|row| row.text))
    }

    /// Keeps a version, and sets the alarm that looks after its way to everybody, in one.
    ///
    /// # Errors
    /// When SQLite refuses; then nothing changed.
    pub fn keep(&self, version: &PackVersion, source: &str, alarm: UnixMillis) -> Result<()> {
        self.database.transaction(|| {
            let values = vec![
                number(version.version),
                version.at.map(|at| at.0).into(),
                version.author.clone().into(),
                version.note.clone().into(),
                version.brings_back.and_then(|version| i64::try_from(version).ok()).into(),
                source.into(),
            ];
            self.database.run("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", values)?;
            self.set_alarm(alarm)
        })
    }

    /// How the crisis switch stands.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn crisis(&self) -> Result<CrisisSwitch> {
        Ok(self.turns(1)?.into_iter().next().unwrap_or_default())
    }

    /// How it was turned, the newest first.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn all_turns(&self) -> Result<Vec<CrisisSwitch>> {
        self.turns(LISTED)
    }

    fn turns(&self, limit: i64) -> Result<Vec<CrisisSwitch>> {
        let query = "SELECT at, author, note, is_on FROM turns ORDER BY turn DESC LIMIT ?";
        let rows: Vec<TurnRow> = self.database.rows(query, vec![limit.into()])?;
        let turn = |row: TurnRow| CrisisSwitch {
            on: row.is_on != 0,
            author: Some(row.author),
            at: Some(UnixMillis(row.at)),
            note: row.note,
        };
        Ok(rows.into_iter().map(turn).collect())
    }

    /// Turns the crisis switch, and sets the alarm that looks after its way to everybody, in one.
    ///
    /// # Errors
    /// When SQLite refuses; then nothing changed.
    pub fn turn(&self, turned: &CrisisSwitch, alarm: UnixMillis) -> Result<()> {
        self.database.transaction(|| {
            let values = vec![
                turned.at.map(|at| at.0).into(),
                turned.author.clone().into(),
                turned.note.clone().into(),
                i64::from(turned.on).into(),
            ];
            self.database.run("INSERT INTO turns (at, author, note, is_on) VALUES (?, ?, ?, ?)", values)?;
            self.set_alarm(alarm)
        })
    }

    /// What everybody is to know.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn head(&self) -> Result<Head> {
        Ok(Head { version: self.current()?.version, crisis: self.crisis()?.on })
    }

    /// What KV took last.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn told(&self) -> Result<Head> {
        let row: Option<TextRow> = self.database.first("SELECT head AS text FROM told", vec![])?;
        row.map_or_else(|| Ok(Head::default()), |row| Ok(serde_json::from_str(&row.text)?))
    }

    /// Notes what KV took.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn note_told(&self, head: &Head) -> Result<()> {
        let values = vec![serde_json::to_string(head)?.into()];
        self.database.run("INSERT OR REPLACE INTO told VALUES (0, ?)", values)?;
        Ok(())
    }

    /// Whether KV took the bytes of a version under this key.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn is_stored(&self, key: &str) -> Result<bool> {
        let query = "SELECT key AS text FROM stored WHERE key = ?";
        Ok(self.database.first::<TextRow>(query, vec![key.into()])?.is_some())
    }

    /// Notes that it did.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn note_stored(&self, key: &str, version: u64) -> Result<()> {
        self.database
            .run("INSERT OR REPLACE INTO stored VALUES (?, ?)", vec![key.into(), number(version)])?;
        Ok(())
    }

    /// The keys of bytes that are older than a version.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn stored_before(&self, version: u64) -> Result<Vec<String>> {
        let query = "SELECT key AS text FROM stored WHERE version < ?";
        let rows: Vec<TextRow> = self.database.rows(query, vec![number(version)])?;
        Ok(rows.into_iter().map(|row| row.text).collect())
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn forget_stored(&self, key: &str) -> Result<()> {
        self.database.run("DELETE FROM stored WHERE key = ?", vec![key.into()])?;
        Ok(())
    }

    /// Sets the alarm.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub fn set_alarm(&self, at: UnixMillis) -> Result<()> {
        self.database.set_alarm(at.0)
    }
}

impl VersionRow {
    fn version(self) -> PackVersion {
        let Self { version, at, author, note, brings_back } = self;
        PackVersion { version, author: Some(author), at: Some(UnixMillis(at)), note, brings_back }
    }
}

fn number(version: u64) -> SqlStorageValue {
    i64::try_from(version).unwrap_or(i64::MAX).into()
}
