//! What the end-to-end tests share: a worker in workerd with a simulator beside it, and verbs to write,
//! to look, and to work at the desk.
//!
//! State lies on memory-backed disk where there is one, so that thousands of conversations do not wait
//! for a real disk. Nothing here sleeps for a fixed time: everything waits for a condition. That nothing
//! happens is shown by something later in the same conversation, which keeps its order.

mod desk;
mod faults;
pub mod storm;
mod webhook;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use lotse_runtime::{Launch, Runtime, free_port};
use lotse_sim::Simulator;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

pub use desk::{Agent, conversation_of, inbound_texts, lines};
pub use webhook::{Answer, signature, whatsapp_body};

/// How long a condition may take to become true before a test fails: longer than the longest pause of the
/// worker that a test waits for, half a minute until the desk is told again.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// The pause between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How state folders are named; the process that made one follows, so that a later one can clear it away.
const STATE_PREFIX: &str = "lotse-test-";

/// A question that is word for word in the development pack, and so is answered whatever the thresholds.
pub const KNOWN_QUESTION: &str = "Wo kann ich mich testen lassen?";
/// What its approved answer says.
pub const KNOWN_ANSWER: &str = "Testzentrum am Stadtpark";

/// One asynchronous runtime for all tests of a binary: the shared world lives in it.
static ASYNC: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().expect("the system lets threads start"));

static SHARED: LazyLock<World> = LazyLock::new(|| {
    ASYNC
        .block_on(World::start(|_| {}))
        .unwrap_or_else(|error| panic!("the shared world does not start: {error:#}"))
});

/// Runs a test in the world that all tests of a binary share. Each test writes from numbers of its own.
pub fn in_shared_world<F: Future<Output = Result<()>>>(test: impl FnOnce(&'static World) -> F) {
    let world = &*SHARED;
    ASYNC.block_on(async {
        if let Err(error) = test(world).await {
            panic!("{error:#}");
        }
    });
}

/// Runs a test in a world of its own: for tests that kill it, break it or need it empty.
pub fn in_own_world<F: Future<Output = Result<()>>>(
    prepare: impl FnOnce(&mut Launch),
    test: impl FnOnce(World) -> F,
) {
    ASYNC.block_on(async {
        let world =
            World::start(prepare).await.unwrap_or_else(|error| panic!("the world does not start: {error:#}"));
        if let Err(error) = test(world).await {
            panic!("{error:#}");
        }
    });
}

impl Drop for World {
    /// A test that fails shows what the worker said last. The shared world is never dropped: its log
    /// would tell of all tests at once, and stays in its folder until the next run.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("worker's log:\n{}", last_lines(&self.worker.log()));
        }
    }
}

/// The shared world lives in a static, which is never dropped: its folder stays until the next run.
fn clear_away_what_ended_processes_left(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(STATE_PREFIX));
        let process = rest.and_then(|rest| rest.split_once('-')).map(|(process, _)| process);
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            // Another run may clear it away at the same time.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// A worker with its simulator.
pub struct World {
    /// The platforms.
    pub simulator: Simulator,
    /// The worker.
    pub worker: Runtime,
    /// For requests to both.
    pub client: reqwest::Client,
    state: TempDir,
}

/// A phone number that no other test uses.
#[must_use]
pub fn new_number() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // Tests run in several processes over the same kept folders never, but in several binaries at once.
    let process = u64::from(std::process::id() % 10_000);
    format!("49151{process:04}{:04}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The first of a thousand phone numbers in a row that no other test uses.
#[must_use]
pub fn new_thousand_numbers() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let process = u64::from(std::process::id() % 10_000);
    format!("49152{process:04}{:02}0000", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Looks until there is something to see.
///
/// # Errors
/// After [`PATIENCE`]; names what was waited for.
pub async fn eventually<T, F: Future<Output = Result<Option<T>>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if Instant::now() > deadline {
            bail!("waited {PATIENCE:?} in vain: {what}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

impl World {
    async fn start(prepare: impl FnOnce(&mut Launch)) -> Result<Self> {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        clear_away_what_ended_processes_left(&folder);
        let prefix = format!("{STATE_PREFIX}{}-", std::process::id());
        let state = TempDir::with_prefix_in(prefix, folder)?;
        // Redeliveries come quickly, so that a test does not wait for them.
        let redeliver_pause = Duration::from_millis(100);
        let simulator = lotse_sim::start(lotse_sim::Config {
            port: 0,
            redeliver_pause,
            longest_redeliver_pause: redeliver_pause * 4,
            ..lotse_sim::Config::default()
        })
        .await?;
        let mut launch = Launch::development(free_port()?, state.path().to_owned(), &simulator.url());
        prepare(&mut launch);
        let worker = Runtime::start(launch).await?;
        simulator.set_worker_url(&worker.url())?;
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?;
        Ok(Self { simulator, worker, client, state })
    }

    /// The folder that holds everything the worker stored.
    #[must_use]
    pub fn storage(&self) -> PathBuf {
        self.state.path().join("storage")
    }

    /// Kills the runtime and starts it again. As real platforms do, the simulator delivers again from then on
    /// what was not taken: a report that met the dead runtime comes after all, and settles what it is about.
    ///
    /// # Errors
    /// When the worker does not come back.
    pub async fn restart(&mut self) -> Result<()> {
        self.simulator_post("/sim/settings", &json!({"redeliver": true})).await?;
        self.worker.restart().await
    }

    /// Lets the simulator send a webhook, as `POST /sim/say` describes; returns its answer.
    ///
    /// # Errors
    /// When the simulator does not take it.
    pub async fn say(&self, what: Value) -> Result<Value> {
        self.simulator_post("/sim/say", &what).await
    }

    /// Says one text over WhatsApp and expects the webhook to be taken.
    ///
    /// # Errors
    /// When it is not answered with 200.
    pub async fn text(&self, from: &str, text: &str) -> Result<Value> {
        let said = self.say(json!({"channel": "whatsapp", "from": from, "text": text})).await?;
        let statuses = statuses(&said);
        if statuses != [200] {
            bail!("the webhook was answered with {statuses:?}: {said}");
        }
        Ok(said)
    }

    /// Makes a platform misbehave, as `POST /sim/faults` describes.
    ///
    /// # Errors
    /// When the simulator does not take it.
    pub async fn fault(&self, fault: Value) -> Result<()> {
        self.simulator_post("/sim/faults", &fault).await.map(drop)
    }

    /// How often the faults that were set have struck.
    ///
    /// # Errors
    /// When the simulator is gone.
    pub async fn fault_hits(&self) -> Result<u64> {
        let url = format!("{}/sim/faults", self.simulator.url());
        let faults: Value = self.client.get(url).send().await?.error_for_status()?.json().await?;
        Ok(faults.as_array().into_iter().flatten().filter_map(|fault| fault["hits"].as_u64()).sum())
    }

    /// Lets platforms behave again.
    ///
    /// # Errors
    /// When the simulator is gone.
    pub async fn end_faults(&self) -> Result<()> {
        self.client
            .delete(format!("{}/sim/faults", self.simulator.url()))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Posts to the simulator.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn simulator_post(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.client.post(format!("{}{path}", self.simulator.url())).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{path} answered {status}: {text}");
        }
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }

    /// What a person has received so far: messages, not ticks.
    ///
    /// # Errors
    /// When the simulator is gone.
    pub async fn received(&self, to: &str) -> Result<Vec<Value>> {
        self.received_with(&[("to", to)]).await
    }

    /// What was received, by any of the filters of `GET /sim/received`.
    ///
    /// # Errors
    /// When the simulator is gone.
    pub async fn received_with(&self, filters: &[(&str, &str)]) -> Result<Vec<Value>> {
        let url = format!("{}/sim/received", self.simulator.url());
        Ok(self.client.get(url).query(filters).send().await?.error_for_status()?.json().await?)
    }

    /// Waits until a person received that many messages; more are an error.
    ///
    /// # Errors
    /// When they do not come, or too many do.
    pub async fn wait_received(&self, to: &str, count: usize) -> Result<Vec<Value>> {
        let messages = eventually(&format!("{count} messages for {to}"), || async {
            let messages = self.received(to).await?;
            Ok((messages.len() >= count).then_some(messages))
        })
        .await?;
        if messages.len() > count {
            bail!("{to} received {} messages instead of {count}: {messages:?}", messages.len());
        }
        Ok(messages)
    }

    /// Asks the agents' API with the admin's token.
    ///
    /// # Errors
    /// When the worker is gone or answers no JSON.
    pub async fn api(&self, method: Method, path: &str, body: Option<Value>) -> Result<(StatusCode, Value)> {
        self.api_as("dev-admin-token", method, path, body).await
    }

    /// Asks the agents' API with a token.
    ///
    /// # Errors
    /// When the worker is gone or answers no JSON.
    pub async fn api_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value)> {
        let mut request =
            self.client.request(method, format!("{}/api/v1{path}", self.worker.url())).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let value = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).context(text)? };
        Ok((status, value))
    }

    /// The thread of a person, once the desk lists it (in any open state).
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn thread_of(&self, number: &str) -> Result<Value> {
        eventually(&format!("a thread of {number} at the desk"), || async {
            let (_, page) = self.api(Method::GET, &format!("/threads?search={number}"), None).await?;
            Ok(page.pointer("/threads/0").cloned())
        })
        .await
    }

    /// The transcript of a thread.
    ///
    /// # Errors
    /// When there is none.
    pub async fn transcript(&self, id: &str) -> Result<Value> {
        let (status, transcript) = self.api(Method::GET, &format!("/threads/{id}"), None).await?;
        if status != StatusCode::OK {
            bail!("the transcript was answered with {status}: {transcript}");
        }
        Ok(transcript)
    }
}

/// The statuses with which the deliveries of one `say` were answered.
#[must_use]
pub fn statuses(said: &Value) -> Vec<u64> {
    let deliveries = said["deliveries"].as_array().map(Vec::as_slice).unwrap_or_default();
    deliveries.iter().filter_map(|delivery| delivery["status"].as_u64()).collect()
}

/// The text of a message.
#[must_use]
pub fn text_of(message: &Value) -> &str {
    message["text"].as_str().unwrap_or_default()
}
