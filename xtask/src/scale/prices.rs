//! `docs/prices.toml`: prices, limits and assumptions, each with its source.

use serde::Deserialize;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// Prices in US dollars.
    pub prices: Prices,
    /// What nobody can measure on one machine.
    pub assumptions: Assumptions,
    /// What may break.
    pub limits: Vec<Limit>,
}

/// Prices by product.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// When the pages were read.
    pub seen: String,
    /// Workers.
    pub workers: Workers,
    /// Durable Objects with SQLite.
    pub objects: Objects,
    /// Queues.
    pub queues: Queues,
    /// Workers KV.
    pub kv: Kv,
}

/// Workers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    /// The page.
    pub source: String,
    /// A million requests.
    pub million_requests: f64,
    /// A million milliseconds of processor time.
    pub million_cpu_ms: f64,
}

/// Durable Objects.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// The page.
    pub source: String,
    /// A million requests, alarms included.
    pub million_requests: f64,
    /// A million gigabyte-seconds.
    pub million_gb_seconds: f64,
    /// A million rows read.
    pub million_rows_read: f64,
    /// A million rows written.
    pub million_rows_written: f64,
    /// A gigabyte for a month.
    pub gb_month: f64,
    /// What an active object is billed for.
    pub memory_gb: f64,
}

/// Queues.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queues {
    /// The page.
    pub source: String,
    /// A million operations.
    pub million_operations: f64,
    /// Operations of a message that is taken at its first try.
    pub operations_per_message: f64,
}

/// KV.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kv {
    /// The page.
    pub source: String,
    /// A million reads.
    pub million_reads: f64,
    /// A million writes.
    pub million_writes: f64,
}

/// Assumptions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// How long a messenger platform takes to answer.
    pub platform_call_ms: f64,
    /// How many messages a person writes.
    pub messages_per_person: f64,
    /// Share of known questions.
    pub questions: f64,
    /// Share of what needs a human.
    pub handovers: f64,
    /// Share of thanks.
    pub thanks: f64,
    /// Reports on one message of ours.
    pub statuses_per_reply: f64,
    /// Updates for the desk in one batch.
    pub updates_per_batch: f64,
    /// Isolates at the peak for a thousand webhooks a second.
    pub isolates_per_thousand: f64,
}

/// A limit of a platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What is limited.
    pub name: String,
    /// Which load counts against it.
    pub load: Load,
    /// How much it takes in a second.
    pub limit: f64,
    /// Who says so.
    pub source: String,
    /// What then.
    pub then: String,
}

/// Loads that limits speak of, each in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Messages in and out, as the messenger platform counts.
    PlatformMessages,
    /// Messages out.
    Replies,
    /// Updates for the desk.
    DeskUpdates,
    /// Requests to the desk's object by the queue.
    DeskRequests,
    /// Batches of counts.
    Flushes,
    /// Published waiting times.
    BacklogWrites,
}
