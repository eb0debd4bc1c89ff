//! Everybody who takes part in a bench under load, and the bursts that they go through together.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use lotse_load::order::{Load, Order, Pace, Quantiles, Report, Senders};
use tokio::task::JoinHandle;

use super::figures::Figures;
use super::stage::{Generator, Script, Simulator, Worker};
use crate::places;

/// As fast as it goes, over kept connections.
pub const CLOSED: Pace = Pace::Closed { connections: 32 };
/// More than any worker takes in one burst.
pub const MOST: usize = 2_500;
/// lotse tries again what failed; the wait between two tries stays below this.
const LOTSE_PATIENCE_MILLIS: u64 = 8_000;
/// The peer sends once.
const PEER_PATIENCE_MILLIS: u64 = 1_500;

/// One run's processes.
pub struct Crew {
    /// Who posts.
    pub generator: Generator,
    simulator: Simulator,
    workers: Vec<(Script, Worker)>,
    /// After which time a conversation's alarm looks after what it sent.
    settle: Duration,
}

/// What a burst came to, with all the work that it left behind.
pub struct Burst {
    /// What the generator saw.
    pub report: Report,
    /// Processor time of workerd, with the work after the last answer.
    pub cpu_seconds: f64,
    /// Processor time of workerd as a share of the burst's time.
    pub busy: f64,
}

impl Crew {
    /// Starts the empty handler, the simulator and the workers named.
    ///
    /// # Errors
    /// When a process does not start.
    pub async fn start(folder: &Path, scripts: &[Script]) -> Result<Self> {
        let settings: toml::Table = fs::read_to_string(places::root().join("lotse.toml"))?.parse()?;
        let settle = settings.get("sending").and_then(|table| table.get("settle_seconds")?.as_integer());
        let settle = Duration::from_secs(settle.context("lotse.toml: settle_seconds")?.try_into()?);
        // The empty handler needs no simulator: it gets an address where nobody listens.
        let empty = Worker::start(Script::Empty, folder, ([127, 0, 0, 1], 9).into()).await?;
        let simulator = Simulator::start(empty.address).await?;
        let start = |script: &Script| {
            let (script, folder, simulator) = (*script, folder.to_owned(), simulator.address);
            tokio::spawn(async move { Ok((script, Worker::start(script, &folder, simulator).await?)) })
        };
        let starting: Vec<JoinHandle<Result<(Script, Worker)>>> = scripts.iter().map(start).collect();
        let mut workers = vec![(Script::Empty, empty)];
        for worker in starting {
            workers.push(worker.await??);
        }
        Ok(Self { generator: Generator::start()?, simulator, workers, settle })
    }

    /// A worker that was started.
    ///
    /// # Errors
    /// When it was not.
    pub fn worker(&self, script: Script) -> Result<&Worker> {
        let found = self.workers.iter().find(|(one, _)| *one == script);
        found.map(|(_, worker)| worker).with_context(|| format!("{script:?} was not started"))
    }

    /// An order for as many webhooks as a worker takes within a time.
    ///
    /// # Errors
    /// When the worker was not started.
    pub fn order(
        &self,
        script: Script,
        load: Load,
        senders: Senders,
        pace: Pace,
        millis: u64,
    ) -> Result<Order> {
        let sends = script.answers_people() && load != Load::NotOurs;
        let simulator = sends.then_some(self.simulator.address);
        // Statuses are three times as many as the replies that they are about.
        let most = if load == Load::Statuses { MOST * 3 } else { MOST };
        let patience_millis =
            if script == Script::Lotse { LOTSE_PATIENCE_MILLIS } else { PEER_PATIENCE_MILLIS };
        let worker = self.worker(script)?.address;
        Ok(Order { worker, simulator, load, senders, pace, most, batch: 1, millis, patience_millis })
    }

    /// A conversation of lotse looks once more, after a time, whether all it sent has settled: that is
    /// work, too.
    ///
    /// # Errors
    /// When lotse has ended.
    pub async fn settle(&self) -> Result<()> {
        tokio::time::sleep(self.settle).await;
        self.worker(Script::Lotse)?.process.quiet().await
    }

    /// Has an order carried out and waits for all the work that it leaves behind.
    ///
    /// # Errors
    /// When a process has ended.
    pub async fn burst(&mut self, script: Script, order: &Order) -> Result<Burst> {
        let process = self.worker(script)?.process;
        let before = process.cpu_seconds()?;
        let report = self.generator.carry_out(order).await?;
        let busy = (process.cpu_seconds()? - before) * 1000.0 / report.millis.max(report.settled_millis);
        if script == Script::Lotse && !matches!(order.load, Load::Statuses | Load::NotOurs) {
            self.settle().await?;
        }
        process.quiet().await?;
        let cpu_seconds = process.cpu_seconds()? - before;
        Ok(Burst { report, cpu_seconds, busy })
    }
}

impl Burst {
    /// Webhooks that were answered in a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        per_second(self.report.answered, self.report.millis)
    }

    /// Webhooks in a second until the last reply was there.
    #[must_use]
    pub fn settled_rate(&self) -> f64 {
        per_second(self.report.answered, self.report.settled_millis.max(self.report.millis))
    }

    /// Processor time of one webhook, in microseconds.
    #[must_use]
    pub fn cpu_micros(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.report.answered as f64
    }

    /// Notes speed and cost.
    pub fn add_speed(&self, figures: &mut Figures, name: &str) {
        figures.add(&format!("{name}_rate"), "1/s", self.rate());
        figures.add(&format!("{name}_settled"), "1/s", self.settled_rate());
        add_quantiles(figures, &format!("{name}_answer"), self.report.answer);
        figures.add(&format!("{name}_cpu"), "µs", self.cpu_micros());
        figures.add(&format!("{name}_per_core"), "1/s", 1e6 / self.cpu_micros().max(1.0));
        figures.add(&format!("{name}_busy"), "%", self.busy * 100.0);
    }
}

/// So many in so many milliseconds, as a rate.
#[must_use]
pub fn per_second(count: usize, millis: f64) -> f64 {
    count as f64 * 1000.0 / millis.max(1.0)
}

/// Notes times.
pub fn add_quantiles(figures: &mut Figures, name: &str, quantiles: Quantiles) {
    figures.add(&format!("{name}_p50"), "ms", quantiles.p50);
    figures.add(&format!("{name}_p99"), "ms", quantiles.p99);
    figures.add(&format!("{name}_p999"), "ms", quantiles.p999);
}

/// Notes what went wrong, by whose worker it was.
pub fn add_losses(figures: &mut Figures, whose: &str, report: &Report) {
    figures.add(&format!("{whose}_refused"), "webhooks", report.refused as f64);
    let missing = report.replies_due.saturating_sub(report.replies);
    figures.add(&format!("{whose}_replies_missing"), "replies", missing as f64);
    let double = report.replies.saturating_sub(report.replies_due);
    figures.add(&format!("{whose}_replies_double"), "replies", double as f64);
    figures.add(&format!("{whose}_questions"), "questions", report.questions as f64);
    figures.add(&format!("{whose}_right"), "replies", report.right as f64);
}
