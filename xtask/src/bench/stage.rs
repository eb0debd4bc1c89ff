//! Everything that a bench under load needs, each as a process of its own: workers in workerd, the
//! simulator, the load generator. All end with the stage.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command as BuildCommand, Stdio};

use anyhow::{Context as _, Result, ensure};
use lotse_load::order::{Order, Report};
use lotse_runtime::{Launch, Runtime, free_port};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::peer;
use super::process::Process;
use crate::{places, step};

const MEMORY: &str = "/dev/shm";
/// Everything that `wrangler.toml` binds.
const BINDINGS: [&str; 7] =
    ["CONVERSATION", "DESK", "METRICS", "FOLLOWUPS", "SPILL", "DEAD_LETTERS", "STORE"];

/// Builds simulator and load generator for speed.
///
/// # Errors
/// When the build fails.
pub fn build_programs() -> Result<()> {
    let mut command = BuildCommand::new("cargo");
    command.args(["build", "--profile", "load", "--package", "lotse-sim", "--package", "lotse-load"]);
    command.current_dir(places::root());
    let remedy = "read the compiler's message above";
    step::run("build simulator and load generator", "3 minutes the first time", remedy, &mut command)
}

fn program(name: &str) -> PathBuf {
    places::target().join("load").join(name)
}

/// Where state lies, for people.
#[must_use]
pub fn state_place() -> &'static str {
    if Path::new(MEMORY).is_dir() { "state in memory (/dev/shm)" } else { "state in the temporary folder" }
}

/// A folder for state that goes when it is dropped.
///
/// # Errors
/// When it cannot be made.
pub fn state_folder() -> Result<TempDir> {
    let prefix = "lotse-bench-";
    let memory = Path::new(MEMORY);
    Ok(if memory.is_dir() { TempDir::with_prefix_in(prefix, memory)? } else { TempDir::with_prefix(prefix)? })
}

/// Which worker runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Answers a constant.
    Empty,
    /// Writes one row per webhook.
    OneWrite,
    /// Sends the same words in return for each message and stores nothing.
    OneReply,
    /// Stores each message and sends the same words in return.
    OneAnswer,
    /// The one that is measured.
    Lotse,
    /// What people would otherwise build, in JavaScript.
    Hono,
    /// The least of it: signature and constant answer.
    HonoBare,
    /// The answer tier alone.
    Matcher,
}

impl Script {
    /// Whether it sends replies to the simulator.
    #[must_use]
    pub const fn answers_people(self) -> bool {
        matches!(self, Self::Lotse | Self::Hono | Self::OneReply | Self::OneAnswer)
    }

    /// Its script; `None` for the one that `wrangler.toml` names.
    fn path(self) -> Option<PathBuf> {
        let workers = places::root().join("bench/workers");
        match self {
            Self::Empty => Some(workers.join("empty/index.js")),
            Self::OneWrite => Some(workers.join("one-write/index.js")),
            Self::OneReply => Some(workers.join("one-reply/index.js")),
            Self::OneAnswer => Some(workers.join("one-answer/index.js")),
            Self::Lotse => None,
            Self::Hono => Some(peer::bundle("hono")),
            Self::HonoBare => Some(peer::bundle("hono-bare")),
            Self::Matcher => Some(places::target().join("bench/matcher/index.js")),
        }
    }

    /// What it uses of the bindings in `wrangler.toml`.
    const fn bindings(self) -> &'static [&'static str] {
        match self {
            Self::Empty | Self::OneReply | Self::HonoBare | Self::Matcher => &[],
            Self::OneWrite | Self::OneAnswer => &["CONVERSATION"],
            Self::Lotse => &BINDINGS,
            Self::Hono => &["CONVERSATION", "DESK", "FOLLOWUPS"],
        }
    }
}

/// A worker in workerd.
pub struct Worker {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its workerd.
    pub process: Process,
    /// Where it keeps state.
    pub state: PathBuf,
    // Ends the worker when dropped.
    _runtime: Runtime,
}

impl Worker {
    /// Starts a worker.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(script: Script, folder: &Path, simulator: SocketAddr) -> Result<Self> {
        let port = free_port()?;
        let state = folder.join(format!("{script:?}").to_lowercase());
        let mut launch = Launch::development(port, state.clone(), &format!("http://{simulator}"));
        launch.script = script.path();
        if matches!(script, Script::Empty | Script::OneWrite | Script::Matcher) {
            launch.vars = BTreeMap::new();
        }
        let is_unused = |binding: &&&str| !script.bindings().contains(*binding);
        launch.omit = BINDINGS.iter().filter(is_unused).map(|&one| one.to_owned()).collect();
        let runtime = Runtime::start(launch).await?;
        let process = Process::workerd_of(&runtime)?;
        Ok(Self { address: SocketAddr::from(([127, 0, 0, 1], port)), process, state, _runtime: runtime })
    }
}

/// The simulator. Its own webhooks go to `quiet_worker`.
pub struct Simulator {
    /// Where it listens.
    pub address: SocketAddr,
    // Ends the simulator when dropped.
    _child: Child,
}

impl Simulator {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(quiet_worker: SocketAddr) -> Result<Self> {
        let worker = format!("http://{quiet_worker}");
        let mut command = Command::new(program("lotse-sim"));
        command.args(["--port", "0", "--no-statuses", "--worker", &worker]);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().context("lotse-sim")?;
        let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let line = lines.next_line().await?.context("the simulator did not start")?;
        let address = line.rsplit("http://").next().unwrap_or_default();
        let address = address.trim_end_matches('/').parse().with_context(|| line.clone())?;
        Ok(Self { address, _child: child })
    }
}

/// The load generator.
pub struct Generator {
    orders: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
    // Ends the generator when dropped.
    _child: Child,
}

impl Generator {
    /// Starts it with the project's settings and pack.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start() -> Result<Self> {
        let mut command = Command::new(program("lotse-load"));
        command.arg(places::root());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("lotse-load")?;
        let orders = child.stdin.take().context("no standard input")?;
        let reports = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        Ok(Self { orders, reports, _child: child })
    }

    /// Has an order carried out.
    ///
    /// # Errors
    /// When the generator ends: its reason was printed.
    pub async fn carry_out(&mut self, order: &Order) -> Result<Report> {
        self.orders.write_all(format!("{}\n", serde_json::to_string(order)?).as_bytes()).await?;
        let line = self.reports.next_line().await?.context("the load generator ended, see above")?;
        let report: Report = serde_json::from_str(&line)?;
        ensure!(report.answered > 0, "no webhook was answered");
        Ok(report)
    }
}
