//! The tables of one conversation. Statements only: what they mean is decided elsewhere.
//!
//! `kept` is the state, `seen` the ids of deliveries that took effect, `lines` the transcript, `outbox`
//! what still has to leave, `desk_update` how the thread stands until the desk has it.

use lotse_core::api::TranscriptLine;
use std::cell::Cell;

use lotse_core::conversation::{Author, ConversationState, Effect, Line, LineBody, ThreadSummary};
use lotse_core::message::{Content, ConversationKey, DeliveryState, OutgoingContent};
use lotse_core::outbox::{Next, Policy, Standing, next};
use lotse_core::time::UnixMillis;
use serde::{Deserialize, Serialize};
use worker::Result;
use worker::Storage;

use crate::storage::Database;

/// Platforms redeliver for up to seven days (WhatsApp); one more for clocks.
const SEEN_MILLIS: i64 = 8 * 24 * 60 * 60 * 1000;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (event_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lines (seq INTEGER PRIMARY KEY, json TEXT NOT NULL, provider_id TEXT,
  progress INTEGER, delivery_note TEXT, removed_at INTEGER);
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, json TEXT NOT NULL, unsettled INTEGER NOT NULL,
  attempts INTEGER NOT NULL, first_at INTEGER NOT NULL, next_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS desk_update (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,
  json TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL);
";

/// What the object keeps of its conversation, as one JSON value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Whose conversation it is.
    pub key: ConversationKey,
    /// The state.
    pub state: ConversationState,
    /// The last id in the outbox. Ids are never used again, since platforms report about them for days.
    pub sends: i64,
    /// When something last came in, for the day on which the conversation is forgotten.
    pub touched_at: UnixMillis,
}

impl Kept {
    /// A new conversation. Send ids and versions start from the clock, so that one that begins anew after its
    /// erasure is not older than what desk and platform remember of it.
    #[must_use]
    pub fn new(key: ConversationKey, now: UnixMillis) -> Self {
        let version = u64::try_from(now.0).unwrap_or_default();
        let state = ConversationState { version, ..ConversationState::default() };
        Self { key, state, sends: now.0, touched_at: now }
    }
}

/// A message on its way out.
#[derive(Clone, Debug)]
pub struct Send {
    /// Its id.
    pub id: i64,
    /// What to send, and as what.
    pub letter: Letter,
    /// How it stands.
    pub standing: Standing,
    /// Whether an object that did not make the open attempt itself gave the evidence its time anew.
    pub graced: bool,
}

/// `outbox.unsettled`: the outcome of the last attempt is known, unknown, or unknown with more time given.
const SETTLED: i64 = 0;
const UNSETTLED: i64 = 1;
const GRACED: i64 = 2;

/// The stored part of a [`Send`] that never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// The content, fitted to the platform.
    pub content: OutgoingContent,
    /// The line of the transcript.
    pub line: u64,
    /// The message it quotes.
    pub reply_to: Option<String>,
}

/// How the thread stands, until the desk has it.
pub struct DeskUpdate {
    /// The thread.
    pub thread: ThreadSummary,
    /// How often it was sent.
    pub attempts: u32,
}

#[derive(Deserialize)]
struct SendRow {
    id: i64,
    json: String,
    unsettled: i64,
    attempts: u32,
    first_at: i64,
    next_at: i64,
}

#[derive(Deserialize)]
struct JsonRow {
    json: String,
}

#[derive(Deserialize)]
struct LineRow {
    json: String,
    progress: Option<u8>,
    delivery_note: Option<String>,
    removed_at: Option<i64>,
}

/// The storage of one conversation.
pub struct ConversationStore {
    database: Database,
    /// How many sends lie in the outbox, as far as this object knows: spares looking into an empty one.
    sends: Cell<Option<usize>>,
    /// Whether an update for the desk lies there.
    has_desk_update: Cell<Option<bool>>,
}

/// What a step left to do beside what was written.
#[derive(Default)]
pub struct Left {
    /// Read ticks and confirmed presses, which are courtesy and not kept.
    pub signals: Vec<OutgoingContent>,
    /// A send that was recorded as attempted in the same commit: it is to be made at once.
    pub started: Option<Send>,
}

impl ConversationStore {
    /// Opens the storage and makes the tables.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn open(storage: Storage) -> Result<Self> {
        let database = Database::new(storage);
        database.run(SCHEMA, vec![])?;
        Ok(Self { database, sends: Cell::new(None), has_desk_update: Cell::new(None) })
    }

    /// Runs `work` so that all its writes hold or none does.
    ///
    /// # Errors
    /// What `work` failed with.
    pub fn transaction<T>(&self, work: impl FnMut() -> Result<T>) -> Result<T> {
        self.database.transaction(work).inspect_err(|_| {
            self.sends.set(None);
            self.has_desk_update.set(None);
        })
    }

    /// Whether nothing is left to be sent or told, as far as known without looking.
    #[must_use]
    pub fn is_known_idle(&self) -> bool {
        self.sends.get() == Some(0) && self.has_desk_update.get() == Some(false)
    }

    /// Whether something certainly or possibly waits for the desk.
    #[must_use]
    pub fn may_have_desk_update(&self) -> bool {
        self.has_desk_update.get() != Some(false)
    }

    /// What was kept; `None` in a new conversation.
    ///
    /// # Errors
    /// When SQLite refuses or the JSON is of another version.
    pub fn load(&self) -> Result<Option<Kept>> {
        let row: Option<JsonRow> = self.database.first("SELECT json FROM kept", vec![])?;
        row.map(|row| Ok(serde_json::from_str(&row.json)?)).transpose()
    }

    /// Keeps the state.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn save(&self, kept: &Kept) -> Result<()> {
        let json = serde_json::to_string(kept)?;
        self.database.run("INSERT OR REPLACE INTO kept VALUES (1, ?)", vec![json.into()])?;
        Ok(())
    }

    /// Records a delivery; false when it was recorded before.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn is_first(&self, event_id: &str, now: UnixMillis) -> Result<bool> {
        let statement = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING";
        Ok(self.database.run(statement, vec![event_id.into(), now.0.into()])? > 0)
    }

    /// Forgets deliveries that no platform repeats any more.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn forget_old_deliveries(&self, now: UnixMillis) -> Result<()> {
        self.database.run("DELETE FROM seen WHERE at < ?", vec![(now.0 - SEEN_MILLIS).into()])?;
        Ok(())
    }

    /// Writes what a step decided into `kept` and the tables; adds to `left` what it leaves to do.
    ///
    /// The first send into an empty outbox is recorded as attempted right away, since it is made as soon
    /// as the commit is durable.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn apply(
        &self,
        kept: &mut Kept,
        effects: Vec<Effect>,
        left: &mut Left,
        policy: Policy,
        now: UnixMillis,
    ) -> Result<()> {
        for effect in effects {
            match effect {
                Effect::Append(line) => self.append(&line)?,
                Effect::Replace { provider_id, content } => self.replace(&provider_id, content)?,
                Effect::Remove { provider_id } => self.remove(&provider_id, now)?,
                Effect::Send { line: None, content, .. } => left.signals.push(content),
                Effect::Send { line: Some(line), content, reply_to, lane: _ } => {
                    kept.sends += 1;
                    let new = Standing { unsettled: false, attempts: 0, first_at: now, next_at: now };
                    let standing = match next(new, policy, now) {
                        Next::Attempt(attempted) if self.sends.get() == Some(0) => attempted,
                        _ => new,
                    };
                    let send = Send {
                        id: kept.sends,
                        letter: Letter { content, line, reply_to },
                        standing,
                        graced: false,
                    };
                    self.add_send(&send)?;
                    if standing != new {
                        left.started = Some(send);
                    }
                }
                Effect::UpdateDesk(thread) => self.add_desk_update(&thread, now)?,
            }
        }
        Ok(())
    }

    fn add_send(&self, send: &Send) -> Result<()> {
        let Standing { unsettled, attempts, first_at, next_at } = send.standing;
        let json = serde_json::to_string(&send.letter)?;
        let (unsettled, attempts) = (if unsettled { UNSETTLED } else { SETTLED }, i64::from(attempts));
        let values = vec![
            send.id.into(),
            json.into(),
            unsettled.into(),
            attempts.into(),
            first_at.0.into(),
            next_at.0.into(),
        ];
        self.database.run("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)", values)?;
        self.sends.set(self.sends.get().map(|sends| sends + 1));
        Ok(())
    }

    fn add_desk_update(&self, thread: &ThreadSummary, now: UnixMillis) -> Result<()> {
        let json = serde_json::to_string(thread)?;
        let values = vec![sql_seq(thread.version).into(), json.into(), now.0.into()];
        self.database.run("INSERT OR REPLACE INTO desk_update VALUES (1, ?, ?, 0, ?)", values)?;
        self.has_desk_update.set(Some(true));
        Ok(())
    }

    fn append(&self, line: &Line) -> Result<()> {
        let json = serde_json::to_string(line)?;
        // Edits and revocations concern what the person wrote, never what a colleague wrote elsewhere.
        let provider_id = line.provider_id.clone().filter(|_| line.author == Author::Citizen);
        let values = vec![sql_seq(line.seq).into(), json.into(), provider_id.into()];
        self.database.run("INSERT INTO lines (seq, json, provider_id) VALUES (?, ?, ?)", values)?;
        Ok(())
    }

    fn replace(&self, provider_id: &str, content: Content) -> Result<()> {
        let found = "SELECT json FROM lines WHERE provider_id = ?";
        let Some(row) = self.database.first::<JsonRow>(found, vec![provider_id.into()])? else {
            return Ok(());
        };
        let mut line: Line = serde_json::from_str(&row.json)?;
        line.body = LineBody::Inbound { content };
        let values = vec![serde_json::to_string(&line)?.into(), provider_id.into()];
        self.database.run("UPDATE lines SET json = ? WHERE provider_id = ?", values)?;
        Ok(())
    }

    /// The text goes, the place in the transcript stays.
    fn remove(&self, provider_id: &str, now: UnixMillis) -> Result<()> {
        self.replace(provider_id, Content::Unsupported { kind: "removed".to_owned() })?;
        let values = vec![now.0.into(), provider_id.into()];
        self.database.run("UPDATE lines SET removed_at = ? WHERE provider_id = ?", values)?;
        Ok(())
    }

    /// The transcript, oldest line first.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn lines(&self) -> Result<Vec<TranscriptLine>> {
        let query = "SELECT json, progress, delivery_note, removed_at FROM lines ORDER BY seq";
        let rows: Vec<LineRow> = self.database.rows(query, vec![])?;
        rows.into_iter()
            .map(|row| {
                Ok(TranscriptLine {
                    line: serde_json::from_str(&row.json)?,
                    delivery: row.progress.and_then(read_progress),
                    delivery_note: row.delivery_note,
                    removed_at: row.removed_at.map(UnixMillis),
                })
            })
            .collect()
    }

    /// The oldest message that still has to leave: order within a conversation is kept.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn oldest_send(&self) -> Result<Option<Send>> {
        if self.sends.get() == Some(0) {
            return Ok(None);
        }
        let oldest = self.send_where("SELECT * FROM outbox ORDER BY id LIMIT 1", vec![])?;
        if oldest.is_none() {
            self.sends.set(Some(0));
        }
        Ok(oldest)
    }

    /// A message that still has to leave.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn send(&self, id: i64) -> Result<Option<Send>> {
        self.send_where("SELECT * FROM outbox WHERE id = ?", vec![id.into()])
    }

    fn send_where(&self, query: &str, values: Vec<worker::SqlStorageValue>) -> Result<Option<Send>> {
        let row: Option<SendRow> = self.database.first(query, values)?;
        row.map(|row| {
            Ok(Send {
                id: row.id,
                letter: serde_json::from_str(&row.json)?,
                standing: Standing {
                    unsettled: row.unsettled != SETTLED,
                    attempts: row.attempts,
                    first_at: UnixMillis(row.first_at),
                    next_at: UnixMillis(row.next_at),
                },
                graced: row.unsettled == GRACED,
            })
        })
        .transpose()
    }

    /// Records how a send stands.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn reschedule(&self, id: i64, standing: Standing) -> Result<()> {
        let Standing { unsettled, attempts, next_at, .. } = standing;
        let statement = "UPDATE outbox SET unsettled = ?, attempts = ?, next_at = ? WHERE id = ?";
        let values = vec![
            if unsettled { UNSETTLED } else { SETTLED }.into(),
            i64::from(attempts).into(),
            next_at.0.into(),
            id.into(),
        ];
        self.database.run(statement, values)?;
        Ok(())
    }

    /// Gives the evidence about an attempt of an earlier life its time anew, once per attempt.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn grace(&self, id: i64, until: UnixMillis) -> Result<()> {
        let statement = "UPDATE outbox SET unsettled = ?, next_at = ? WHERE id = ?";
        self.database.run(statement, vec![GRACED.into(), until.0.into(), id.into()])?;
        Ok(())
    }

    /// Takes a send out of the outbox.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn take_out(&self, id: i64) -> Result<()> {
        let taken = self.database.run("DELETE FROM outbox WHERE id = ?", vec![id.into()])?;
        self.sends.set(self.sends.get().map(|sends| sends.saturating_sub(taken)));
        Ok(())
    }

    /// Moves a line's delivery forward; it never goes back, since platforms report out of order.
    /// True when it changed.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn advance(&self, line: u64, state: DeliveryState, note: Option<&str>) -> Result<bool> {
        let progress = i64::from(write_progress(state));
        let statement =
            "UPDATE lines SET progress = ?, delivery_note = ? WHERE seq = ? AND coalesce(progress, 0) < ?";
        let values =
            vec![progress.into(), note.map(str::to_owned).into(), sql_seq(line).into(), progress.into()];
        Ok(self.database.run(statement, values)? > 0)
    }

    /// Says on a line why it still waits.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn note_delay(&self, line: u64, note: &str) -> Result<()> {
        let values = vec![note.into(), sql_seq(line).into()];
        self.database.run("UPDATE lines SET delivery_note = ? WHERE seq = ?", values)?;
        Ok(())
    }

    /// How the thread stands, if the desk does not have it yet and it is time to tell.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn due_desk_update(&self, now: UnixMillis) -> Result<Option<DeskUpdate>> {
        #[derive(Deserialize)]
        struct Row {
            json: String,
            attempts: u32,
            next_at: i64,
        }
        if !self.may_have_desk_update() {
            return Ok(None);
        }
        let query = "SELECT json, attempts, next_at FROM desk_update";
        let row: Option<Row> = self.database.first(query, vec![])?;
        self.has_desk_update.set(Some(row.is_some()));
        row.filter(|row| row.next_at <= now.0)
            .map(|row| Ok(DeskUpdate { thread: serde_json::from_str(&row.json)?, attempts: row.attempts }))
            .transpose()
    }

    /// Records that the desk was told, and when to tell it again unless it confirms.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn desk_told(&self, version: u64, attempts: u32, next_at: UnixMillis) -> Result<()> {
        let statement = "UPDATE desk_update SET attempts = ?, next_at = ? WHERE version = ?";
        let values = vec![i64::from(attempts).into(), next_at.0.into(), sql_seq(version).into()];
        self.database.run(statement, values)?;
        Ok(())
    }

    /// The desk has this version.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn desk_has(&self, version: u64) -> Result<()> {
        let told =
            self.database.run("DELETE FROM desk_update WHERE version <= ?", vec![sql_seq(version).into()])?;
        if told > 0 {
            self.has_desk_update.set(Some(false));
        }
        Ok(())
    }

    /// When something has to be done next.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn next_due(&self) -> Result<Option<UnixMillis>> {
        #[derive(Deserialize)]
        struct Row {
            at: Option<i64>,
        }
        let query = "SELECT min(next_at) AS at FROM \
             (SELECT next_at FROM (SELECT next_at FROM outbox ORDER BY id LIMIT 1) UNION ALL SELECT next_at FROM desk_update)";
        let row: Option<Row> = self.database.first(query, vec![])?;
        Ok(row.and_then(|row| row.at).map(UnixMillis))
    }

    /// Sets the alarm.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub fn set_alarm(&self, at: UnixMillis) -> Result<()> {
        self.database.set_alarm(at.0)
    }

    /// Deletes the conversation; what comes next finds empty tables.
    ///
    /// # Errors
    /// When the runtime refuses.
    pub async fn start_anew(&self) -> Result<()> {
        self.database.delete_everything().await?;
        self.database.run(SCHEMA, vec![])?;
        self.sends.set(Some(0));
        self.has_desk_update.set(Some(false));
        Ok(())
    }
}

/// SQLite's integers are signed; lines and versions count from 1 and stay far below the limit.
fn sql_seq(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// The stored numbers of delivery states, in the order of progress. Stored: a change needs a migration.
const PROGRESS: [(u8, DeliveryState); 5] = [
    (1, DeliveryState::Sent),
    (2, DeliveryState::Delivered),
    (3, DeliveryState::Read),
    (4, DeliveryState::Played),
    (5, DeliveryState::Failed),
];

fn read_progress(number: u8) -> Option<DeliveryState> {
    PROGRESS.iter().find(|(stored, _)| *stored == number).map(|(_, state)| *state)
}

fn write_progress(state: DeliveryState) -> u8 {
    PROGRESS.iter().find(|(_, known)| *known == state).map_or(0, |(stored, _)| *stored)
}
