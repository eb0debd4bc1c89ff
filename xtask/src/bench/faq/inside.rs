//! The matcher as wasm inside workerd, compiled as it is for the worker.
//!
//! Clocks stand still while a worker computes, so requests are timed from outside, less what the same request
//! takes when there is nothing to compute.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use lotse_core::faq::pack::Pack;
use lotse_core::faq::write::write;
use tempfile::TempDir;

use super::super::stage::{Script, Worker, state_folder};
use crate::{places, setup, step};

/// Longer than the largest pack may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// A round of questions takes about so long, or one pass over them.
const ROUND: f64 = 0.5;
/// Passes of a round at most.
const PASSES: f64 = 100.0;

/// A worker that is nothing but the matcher.
pub struct Matcher {
    client: reqwest::Client,
    worker: Worker,
    // Goes after the worker.
    _folder: TempDir,
}

/// Questions, asked in rounds of so many passes.
pub struct Questions {
    text: Vec<u8>,
    count: usize,
    passes: usize,
}

/// What compiling gave.
pub struct Compiled {
    /// The compiled knowledge.
    pub bytes: Vec<u8>,
    /// From outside.
    pub millis: f64,
    /// workerd's processor time, to the hundredth of a second.
    pub cpu_millis: f64,
    /// What wasm takes, at most.
    pub memory: f64,
}

impl Matcher {
    /// Starts it in workerd.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start() -> Result<Self> {
        let folder = state_folder()?;
        let worker = Worker::start(Script::Matcher, folder.path(), ([127, 0, 0, 1], 9).into()).await?;
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { client, worker, _folder: folder })
    }

    async fn call(&self, path: &str, body: &[u8]) -> Result<(f64, Vec<u8>)> {
        let url = format!("http://{}{path}", self.worker.address);
        let request = self.client.post(url).body(body.to_vec()).build()?;
        let began = Instant::now();
        let answer = self.client.execute(request).await?.error_for_status()?.bytes().await?;
        Ok((began.elapsed().as_secs_f64(), answer.to_vec()))
    }

    /// Seconds that a call computes, and its answer.
    async fn computed(&self, path: &str, body: &[u8]) -> Result<(f64, Vec<u8>)> {
        let (nothing, _) = self.call("/nothing", body).await?;
        let (all, answer) = self.call(path, body).await?;
        Ok(((all - nothing).max(0.0), answer))
    }

    async fn memory(&self) -> Result<f64> {
        let (_, answer) = self.call("/memory", &[]).await?;
        Ok(String::from_utf8(answer)?.parse()?)
    }

    /// Compiles a pack from its text, in memory of its own.
    ///
    /// # Errors
    /// When the worker breaks or cannot read the pack.
    pub async fn compile(&self, pack: &Pack) -> Result<Compiled> {
        let text = write(pack).into_bytes();
        self.call("/fresh", &[]).await?;
        let cpu_before = self.worker.process.cpu_seconds()?;
        let (seconds, bytes) = self.computed("/compile", &text).await?;
        let cpu_millis = (self.worker.process.cpu_seconds()? - cpu_before) * 1e3;
        ensure!(!bytes.is_empty(), "the worker cannot read the pack");
        Ok(Compiled { bytes, millis: seconds * 1e3, cpu_millis, memory: self.memory().await? })
    }

    /// Forgets everything, loads knowledge and gives milliseconds and the memory that it takes.
    ///
    /// # Errors
    /// When the worker breaks or the bytes are no knowledge.
    pub async fn load(&self, bytes: &[u8]) -> Result<(f64, f64)> {
        self.call("/fresh", &[]).await?;
        let (seconds, answer) = self.computed("/load", bytes).await?;
        ensure!(answer == b"1", "the worker cannot read the knowledge");
        Ok((seconds * 1e3, self.memory().await?))
    }

    /// Asks questions once to warm up, and finds how many passes make a round.
    ///
    /// # Errors
    /// When the worker breaks or finds nothing at all.
    pub async fn prepare(&self, questions: &[String]) -> Result<Questions> {
        let (text, count) = (questions.join("\n").into_bytes(), questions.len());
        let mut questions = Questions { text, count, passes: 1 };
        self.ask(&questions).await?;
        let (micros, _) = self.ask(&questions).await?;
        let each = micros * count as f64 / 1e6;
        questions.passes = (ROUND / each.max(1e-6)).clamp(1.0, PASSES) as usize;
        Ok(questions)
    }

    /// One round; microseconds for one question, from outside and of workerd's processor time.
    ///
    /// # Errors
    /// When the worker breaks or finds nothing at all.
    pub async fn ask(&self, questions: &Questions) -> Result<(f64, f64)> {
        let Questions { text, count, passes } = questions;
        let cpu_before = self.worker.process.cpu_seconds()?;
        let (seconds, found) = self.computed(&format!("/ask?rounds={passes}"), text).await?;
        let cpu_seconds = self.worker.process.cpu_seconds()? - cpu_before;
        ensure!(found != b"0", "no question found anything");
        let each = |seconds: f64| seconds * 1e6 / (passes * count) as f64;
        Ok((each(seconds), each(cpu_seconds)))
    }
}

/// Builds the matcher for wasm with the worker's own profile and lays it beside its script.
///
/// # Errors
/// The step that failed, with what to do.
pub fn build() -> Result<PathBuf> {
    let tools = setup::run()?;
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--package", "lotse-matcher", "--target", "wasm32-unknown-unknown"]);
    command.current_dir(places::root());
    tools.toolchain.apply(&mut command);
    let remedy = "read the compiler's message above";
    step::run("build the matcher", "1–2 minutes the first time, then seconds", remedy, &mut command)?;
    let folder = places::target().join("bench/matcher");
    fs::create_dir_all(&folder)?;
    fs::copy(places::root().join("bench/workers/matcher/index.js"), folder.join("index.js"))?;
    let built = places::target().join("wasm32-unknown-unknown/release/lotse_matcher.wasm");
    let wasm = folder.join("matcher.wasm");
    let written = |path: &PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified());
    let changed = written(&built).with_context(|| built.display().to_string())?;
    if !written(&wasm).is_ok_and(|optimised| optimised > changed) {
        // As the worker's own build does it.
        let mut optimise = Command::new(places::npm_program("wasm-opt"));
        optimise.arg("-O").args(["--all-features", "--strip-debug", "-o"]).arg(&wasm).arg(&built);
        step::run("optimise the matcher", "10 s", remedy, &mut optimise)?;
    }
    Ok(wasm)
}
