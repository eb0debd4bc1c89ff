//! Runs the built worker on one machine: `serve.mjs` starts workerd with the bindings of
//! `wrangler.toml` and storage on local disk. Development, tests and load tests start it from here.
//!
//! Knows how to start, kill and stop the process; knows nothing about messages.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use lotse_core::channel::ChannelName;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

/// workerd starts in about a second; a machine under load takes longer.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The port on 127.0.0.1; see [`free_port`].
    pub port: u16,
    /// Where state is kept; a folder that outlives the process keeps everything.
    pub state: PathBuf,
    /// Variables and secrets beside those of `wrangler.toml`.
    pub vars: BTreeMap<String, String>,
    /// Bindings to leave out, as if they were down.
    pub omit: Vec<String>,
    /// Another script than the one `wrangler.toml` names.
    pub script: Option<PathBuf>,
    /// Whether bindings can be taken away while it runs, and queues be fed; see `faults.mjs`.
    pub faults: bool,
    /// How often the queue `spill` tries an item again before it gives it up; `None` for what `wrangler.toml` says.
    pub spill_retries: Option<u32>,
}

impl Launch {
    /// The worker with development secrets, talking to a simulator.
    #[must_use]
    pub fn development(port: u16, state: PathBuf, simulator: &str) -> Self {
        Self {
            port,
            state,
            vars: development_vars(simulator),
            omit: Vec::new(),
            script: None,
            faults: false,
            spill_retries: None,
        }
    }
}

/// A running worker. Dropping it kills it.
pub struct Runtime {
    child: Child,
    group: Option<Pid>,
    launch: Launch,
    said: watch::Receiver<Said>,
}

/// What the process has said of itself.
#[derive(Clone, Debug, Default)]
struct Said {
    /// How often that it is ready.
    ready: u64,
    /// Where the cron's work is run.
    cron_url: String,
}

/// The project's root folder.
#[must_use]
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// A port that nobody listens on right now. It lies below those that systems give to outgoing
/// connections, so that none of these takes it before the worker does, or while it is restarted.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes that start at the same time look in different places.
    let start = std::process::id().wrapping_mul(101);
    (0..COUNT)
        .map(|_| FIRST + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no port is free")
}

/// The variables of a development deployment: every secret is `dev-` and its name in lower case with
/// dashes, and every platform's API is the simulator's.
#[must_use]
pub fn development_vars(simulator: &str) -> BTreeMap<String, String> {
    let mut names: Vec<String> =
        ["AGENT_ADMIN_TOKEN", "SPILL_KEY", "METRICS_TOKEN"].map(str::to_owned).to_vec();
    let mut vars = BTreeMap::from([("ENVIRONMENT".to_owned(), "development".to_owned())]);
    for channel in ChannelName::ALL {
        let upper = channel.as_str().to_uppercase();
        vars.insert(format!("{upper}_API_BASE"), format!("{simulator}/{channel}"));
        names
            .extend(channel.channel().secrets().iter().map(|secret| format!("{upper}_MAIN_{}", secret.name)));
    }
    for name in names {
        let value = format!("dev-{}", name.to_lowercase().replace('_', "-"));
        vars.insert(name, value);
    }
    // The contract's name for the first agent token.
    vars.insert("AGENT_ADMIN_TOKEN".to_owned(), "dev-admin-token".to_owned());
    vars
}

impl Runtime {
    /// Starts the worker and waits until it answers.
    ///
    /// # Errors
    /// When the worker is not built, Node.js is missing, or workerd does not start; shows its log.
    pub async fn start(launch: Launch) -> Result<Self> {
        let node = root().join("node_modules/.bin/node");
        if !node.exists() {
            bail!("{} is missing: run `cargo xtask build`", node.display());
        }
        fs::create_dir_all(&launch.state)
            .with_context(|| format!("cannot write {}", launch.state.display()))?;
        let vars_path = launch.state.join("vars.json");
        fs::write(&vars_path, serde_json::to_vec(&launch.vars)?)?;
        let log_path = launch.state.join("worker.log");
        let log = File::options().create(true).append(true).open(&log_path)?;

        let mut command = Command::new(node);
        command
            .arg(root().join("runtime/serve.mjs"))
            .args(["--port", &launch.port.to_string()])
            .arg("--state")
            .arg(launch.state.join("storage"))
            .arg("--vars")
            .arg(&vars_path);
        for binding in &launch.omit {
            command.args(["--omit", binding]);
        }
        if let Some(script) = &launch.script {
            command.arg("--script").arg(script);
        }
        if launch.faults {
            command.arg("--faults");
        }
        if let Some(retries) = launch.spill_retries {
            command.args(["--spill-retries", &retries.to_string()]);
        }
        command.current_dir(root()).env("WRANGLER_SEND_METRICS", "false").env("CI", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).process_group(0).kill_on_drop(true);
        let mut child = command.spawn().context("cannot start Node.js")?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let stdout = child.stdout.take().context("no standard output")?;
        let mut runtime = Self { child, group, launch, said: follow(stdout, log_path) };
        if let Err(reason) = runtime.said_ready(1).await {
            runtime.kill().await;
            bail!("the worker did not start: {reason}\n{}", runtime.log());
        }
        Ok(runtime)
    }

    /// Waits until it has said so often that it is ready.
    async fn said_ready(&self, times: u64) -> Result<()> {
        let mut said = self.said.clone();
        let ready = said.wait_for(|said| said.ready >= times);
        tokio::time::timeout(START_PATIENCE, ready).await.context("it took too long")?.context("it ended")?;
        Ok(())
    }

    /// Where it listens, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.launch.port)
    }

    /// The process id of the group's leader: workerd is its child.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What the worker and the runtime printed.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.launch.state.join("worker.log")).unwrap_or_default()
    }

    /// Ends every process of it at once, as a power cut would. State stays as it is on disk.
    pub async fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait().await;
    }

    /// Kills it and starts it again on the same state.
    ///
    /// # Errors
    /// As [`Runtime::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.restart_with(|_| {}).await
    }

    /// Kills it, changes how it is run, and starts it again on the same state.
    ///
    /// # Errors
    /// As [`Runtime::start`].
    pub async fn restart_with(&mut self, change: impl FnOnce(&mut Launch)) -> Result<()> {
        self.kill().await;
        let mut launch = self.launch.clone();
        change(&mut launch);
        *self = Self::start(launch).await?;
        Ok(())
    }

    /// Kills workerd alone, as if it had crashed: it is started again at once, on the same state. Returns how
    /// long nobody answered.
    ///
    /// # Errors
    /// When there is no workerd, or it does not come back.
    pub async fn crash(&self) -> Result<Duration> {
        let id = self.workerd_id().context("the runtime has no workerd")?;
        let process = i32::try_from(id).ok().and_then(Pid::from_raw).context("no process id")?;
        let said = self.said.borrow().ready;
        let began = Instant::now();
        kill_process(process, Signal::KILL).context("workerd cannot be killed")?;
        if let Err(reason) = self.said_ready(said + 1).await {
            bail!("workerd did not come back: {reason}\n{}", self.log());
        }
        Ok(began.elapsed())
    }

    /// The process id of workerd, as Linux tells in /proc.
    #[must_use]
    pub fn workerd_id(&self) -> Option<u32> {
        let node = self.process_id()?.to_string();
        let processes = fs::read_dir("/proc").ok()?.flatten();
        processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(|id: &u32| {
            // The name stands in parentheses; state and parent follow. One that has ended is no longer it.
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            stat.rsplit_once(')').is_some_and(|(name, fields)| {
                let mut fields = fields.split_whitespace();
                name.ends_with("(workerd") && fields.next() != Some("Z") && fields.next() == Some(&*node)
            })
        })
    }

    /// Where a GET runs the cron's work at once, as the runtime does every minute in production.
    #[must_use]
    pub fn cron_url(&self) -> String {
        self.said.borrow().cron_url.clone()
    }

    /// Lets it end by itself.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        let _ = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
        // Whatever is left of the group, even where its leader has ended.
        self.kill().await;
    }
}

/// Counts the lines that say that it is ready, until it ends; what else is printed goes to the log.
fn follow(stdout: ChildStdout, log_path: PathBuf) -> watch::Receiver<Said> {
    let (said, heard) = watch::channel(Said::default());
    tokio::spawn(async move {
        let Ok(mut log) = tokio::fs::File::options().append(true).open(log_path).await else { return };
        let mut lines = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let spoken: Value = serde_json::from_str(&line).unwrap_or_default();
            if spoken["ready"].is_string() {
                let cron_url = spoken["cron"].as_str().unwrap_or_default().to_owned();
                said.send_modify(|said| *said = Said { ready: said.ready + 1, cron_url });
            } else {
                let _ = log.write_all(format!("{line}\n").as_bytes()).await;
            }
        }
    });
    heard
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(group) = self.group.take() {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
