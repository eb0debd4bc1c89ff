//! How many webhooks a second, how fast the answers and replies, at which cost: against a worker that
//! does nothing and one that does the least a durable worker can, in the same run.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use lotse_load::order::{Load, Order, Pace, Quantiles, Report, Senders};

use super::figures::{Figure, Figures, table};
use super::stage::{Generator, Script, Simulator, Worker, state_folder};
use super::{Section, progress};
use crate::places;

/// As fast as it goes, over kept connections.
const CLOSED: Pace = Pace::Closed { connections: 32 };
const EMPTY_MILLIS: u64 = 400;
const BURST_MILLIS: u64 = 1_000;
const REPLY_MILLIS: u64 = 2_500;
/// More than any worker takes in one burst.
const MOST: usize = 6_000;
const CROWD: usize = 200;
/// Shares of the highest rate at which replies are timed.
const SHARES: [(f64, &str); 2] = [(0.5, "50"), (0.8, "80")];

/// What is measured at full speed.
struct Scenario {
    name: &'static str,
    words: &'static str,
    script: Script,
    load: Load,
    /// The number of a crowd that wrote before, or strangers.
    crowd: Option<u16>,
}

impl Scenario {
    const fn new(
        name: &'static str,
        words: &'static str,
        script: Script,
        load: Load,
        crowd: Option<u16>,
    ) -> Self {
        Self { name, words, script, load, crowd }
    }
}

/// Statuses stand right after the burst whose replies they report on.
const SCENARIOS: [Scenario; 8] = {
    use Load::{Handovers, Mix, Questions, Statuses};
    use Script::{Lotse, OneWrite};
    [
        Scenario::new("one_write_new", "one durable write, new senders", OneWrite, Questions, None),
        Scenario::new("one_write_returning", "one durable write, returning", OneWrite, Questions, Some(1)),
        Scenario::new("questions_new", "lotse: known questions, new senders", Lotse, Questions, None),
        Scenario::new("statuses", "lotse: statuses of the replies", Lotse, Statuses, None),
        Scenario::new("questions_returning", "lotse: known questions, returning", Lotse, Questions, Some(2)),
        Scenario::new("handovers_new", "lotse: hand-overs, new senders", Lotse, Handovers, None),
        Scenario::new("handovers_returning", "lotse: hand-overs, returning", Lotse, Handovers, Some(3)),
        Scenario::new("mix_new", "lotse: mix, new senders", Lotse, Mix, None),
    ]
};

/// One run's processes.
struct Stage {
    generator: Generator,
    simulator: Simulator,
    empty: Worker,
    one_write: Worker,
    lotse: Worker,
    /// After which time a conversation's alarm looks after what it sent.
    settle: Duration,
}

/// What a burst came to, with all the work that it left behind.
struct Burst {
    report: Report,
    cpu_seconds: f64,
    busy: f64,
}

/// Measures; `runs` times from fresh processes and empty state.
///
/// # Errors
/// When a process does not start or a worker breaks.
pub async fn run(runs: usize) -> Result<Section> {
    let mut figures = Figures::new("webhook");
    for number in 1..=runs {
        progress(&format!("webhook: run {number} of {runs}, starting"));
        // Declared first so that the processes end before their folder goes.
        let folder = state_folder()?;
        let mut stage = Stage::start(folder.path()).await?;
        stage.warm_up().await?;
        figures.add("memory_before", "MB", stage.lotse.process.memory_bytes()? / 1e6);
        figures.add("empty_memory_before", "MB", stage.empty.process.memory_bytes()? / 1e6);
        for scenario in &SCENARIOS {
            progress(&format!("webhook: run {number} of {runs}, {}", scenario.words));
            stage.full_speed(scenario, &mut figures).await?;
        }
        let full = figures.get("mix_new_settled").and_then(Figure::latest).unwrap_or_default();
        for (share, percent) in SHARES {
            progress(&format!("webhook: run {number} of {runs}, replies at {percent} % load"));
            stage.moderate(percent, full * share, &mut figures).await?;
        }
        let (files, bytes) = databases(&stage.lotse.state)?;
        figures.add("conversations", "conversations", files as f64);
        figures.add("storage_per_conversation", "kB", bytes as f64 / 1e3 / files.max(1) as f64);
        figures.add("memory_after", "MB", stage.lotse.process.memory_bytes()? / 1e6);
        figures.add("empty_memory_after", "MB", stage.empty.process.memory_bytes()? / 1e6);
    }
    let text = describe(&figures);
    Ok(Section { text, figures: figures.into_list() })
}

impl Stage {
    async fn start(folder: &Path) -> Result<Self> {
        let settings: toml::Table = fs::read_to_string(places::root().join("lotse.toml"))?.parse()?;
        let settle = settings.get("sending").and_then(|table| table.get("settle_seconds")?.as_integer());
        let settle = Duration::from_secs(settle.context("lotse.toml: settle_seconds")?.try_into()?);
        // The workers that need no simulator get an address where nobody listens.
        let nowhere = ([127, 0, 0, 1], 9).into();
        let (empty, one_write) = tokio::try_join!(
            Worker::start(Script::Empty, folder, nowhere),
            Worker::start(Script::OneWrite, folder, nowhere)
        )?;
        let simulator = Simulator::start(empty.address).await?;
        let lotse = Worker::start(Script::Lotse, folder, simulator.address).await?;
        Ok(Self { generator: Generator::start()?, simulator, empty, one_write, lotse, settle })
    }

    /// Lets every worker's code become fast and every crowd write once.
    async fn warm_up(&mut self) -> Result<()> {
        for (script, load, millis) in [
            (Script::Empty, Load::Questions, 1_000),
            (Script::OneWrite, Load::Questions, 500),
            (Script::Lotse, Load::Mix, 1_000),
        ] {
            let order = self.order(script, load, Senders::New, CLOSED, millis);
            self.generator.carry_out(&order).await?;
        }
        for scenario in &SCENARIOS {
            if let Some(number) = scenario.crowd {
                let crowd = Senders::Crowd { number, count: CROWD, returning: false };
                let order = self.order(scenario.script, scenario.load, crowd, CLOSED, 20_000);
                self.generator.carry_out(&Order { most: CROWD, ..order }).await?;
            }
        }
        self.settle().await
    }

    /// A conversation looks once more, after a time, whether all it sent has settled: that is work, too.
    async fn settle(&self) -> Result<()> {
        tokio::time::sleep(self.settle).await;
        self.lotse.process.quiet().await
    }

    /// A burst at full speed, right after one to the empty handler.
    async fn full_speed(&mut self, scenario: &Scenario, figures: &mut Figures) -> Result<()> {
        let empty = self.order(Script::Empty, Load::Questions, Senders::New, CLOSED, EMPTY_MILLIS);
        let empty = self.burst(Script::Empty, &empty).await?;
        add_speed(figures, "empty", &empty);
        let senders = scenario.crowd.map_or(Senders::New, |number| Senders::Crowd {
            number,
            count: CROWD,
            returning: true,
        });
        let order = self.order(scenario.script, scenario.load, senders, CLOSED, BURST_MILLIS);
        let burst = self.burst(scenario.script, &order).await?;
        add_speed(figures, scenario.name, &burst);
        let ratio = per_second(burst.report.answered, burst.report.millis)
            / per_second(empty.report.answered, empty.report.millis);
        figures.add(&format!("{}_of_empty", scenario.name), "%", ratio * 100.0);
        add_losses(figures, &burst.report);
        Ok(())
    }

    /// Replies at a rate that leaves room.
    async fn moderate(&mut self, percent: &str, per_second: f64, figures: &mut Figures) -> Result<()> {
        let pace = Pace::Open { per_second };
        let order = self.order(Script::Lotse, Load::Mix, Senders::New, pace, REPLY_MILLIS);
        let report = self.generator.carry_out(&order).await?;
        let name = format!("mix_new_at_{percent}");
        figures.add(&format!("{name}_rate"), "1/s", per_second);
        add_quantiles(figures, &format!("{name}_answer"), report.answer);
        add_quantiles(figures, &format!("{name}_reply"), report.reply.unwrap_or_default());
        add_losses(figures, &report);
        Ok(())
    }

    const fn worker(&self, script: Script) -> &Worker {
        match script {
            Script::Empty => &self.empty,
            Script::OneWrite => &self.one_write,
            Script::Lotse => &self.lotse,
        }
    }

    fn order(&self, script: Script, load: Load, senders: Senders, pace: Pace, millis: u64) -> Order {
        let simulator = matches!(script, Script::Lotse).then_some(self.simulator.address);
        // Statuses are three times as many as the replies that they are about.
        let most = if load == Load::Statuses { MOST * 3 } else { MOST };
        Order { worker: self.worker(script).address, simulator, load, senders, pace, most, millis }
    }

    /// Has an order carried out and waits for all the work that it leaves behind.
    async fn burst(&mut self, script: Script, order: &Order) -> Result<Burst> {
        let process = self.worker(script).process;
        let before = process.cpu_seconds()?;
        let report = self.generator.carry_out(order).await?;
        let busy = (process.cpu_seconds()? - before) * 1000.0 / report.millis.max(report.settled_millis);
        if script == Script::Lotse && order.load != Load::Statuses {
            self.settle().await?;
        }
        process.quiet().await?;
        let cpu_seconds = process.cpu_seconds()? - before;
        Ok(Burst { report, cpu_seconds, busy })
    }
}

/// How many SQLite databases lie below a folder, and their bytes with their logs.
fn databases(folder: &Path) -> Result<(usize, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let (inner_files, inner_bytes) = databases(&entry.path())?;
            files += inner_files;
            bytes += inner_bytes;
        } else if name.contains(".sqlite") {
            files += usize::from(name.ends_with(".sqlite"));
            bytes += entry.metadata()?.len();
        }
    }
    Ok((files, bytes))
}

fn per_second(count: usize, millis: f64) -> f64 {
    count as f64 * 1000.0 / millis.max(1.0)
}

fn add_speed(figures: &mut Figures, name: &str, burst: &Burst) {
    let report = &burst.report;
    figures.add(&format!("{name}_rate"), "1/s", per_second(report.answered, report.millis));
    let settled = report.settled_millis.max(report.millis);
    figures.add(&format!("{name}_settled"), "1/s", per_second(report.answered, settled));
    add_quantiles(figures, &format!("{name}_answer"), report.answer);
    let micros = burst.cpu_seconds * 1e6 / report.answered as f64;
    figures.add(&format!("{name}_cpu"), "µs", micros);
    figures.add(&format!("{name}_busy"), "%", burst.busy * 100.0);
}

fn add_quantiles(figures: &mut Figures, name: &str, quantiles: Quantiles) {
    figures.add(&format!("{name}_p50"), "ms", quantiles.p50);
    figures.add(&format!("{name}_p99"), "ms", quantiles.p99);
    figures.add(&format!("{name}_p999"), "ms", quantiles.p999);
}

fn add_losses(figures: &mut Figures, report: &Report) {
    figures.add("refused", "webhooks", report.refused as f64);
    let missing = report.replies_due.saturating_sub(report.replies);
    figures.add("replies_missing", "replies", missing as f64);
    let double = report.replies.saturating_sub(report.replies_due);
    figures.add("replies_double", "replies", double as f64);
}

fn describe(figures: &Figures) -> String {
    let row = |name: &str, words: &str| {
        let mut row = vec![words.to_owned(), figures.cell(&format!("{name}_of_empty"))];
        for column in ["rate", "settled", "answer_p50", "answer_p99", "answer_p999", "cpu", "busy"] {
            row.push(figures.cell(&format!("{name}_{column}")));
        }
        row
    };
    let mut rows = vec![row("empty", "empty handler")];
    "100".clone_into(&mut rows[0][1]);
    rows.extend(SCENARIOS.iter().map(|scenario| row(scenario.name, scenario.words)));
    let head = [
        "at full speed",
        "% of empty",
        "webhooks/s",
        "with replies/s",
        "to 200, p50 ms",
        "p99 ms",
        "p99.9 ms",
        "CPU µs each",
        "workerd busy %",
    ];
    let mut text = table(&head, &rows);
    text.push('\n');
    text.push_str(&describe_replies(figures));
    let total = |name| figures.sum(name).unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\nMemory of workerd: lotse {} MB after {} conversations; empty handler {} MB.\n\
         Storage: {} kB a conversation.\n\
         Over all runs {} webhooks were refused, {} replies were missing, {} came twice.\n",
        figures.cell("memory_after"),
        figures.cell("conversations"),
        figures.cell("empty_memory_after"),
        figures.cell("storage_per_conversation"),
        total("refused"),
        total("replies_missing"),
        total("replies_double"),
    );
    text
}

fn describe_replies(figures: &Figures) -> String {
    let row = |(_, percent): &(f64, &str)| {
        let columns = ["rate", "answer_p50", "answer_p99", "reply_p50", "reply_p99"];
        let cells = columns.iter().map(|column| figures.cell(&format!("mix_new_at_{percent}_{column}")));
        let words = format!("lotse: mix, new senders, {percent} % of full speed");
        [words].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = SHARES.iter().map(row).collect();
    let head =
        ["at a fixed rate", "webhooks/s", "to 200, p50 ms", "p99 ms", "to the reply, p50 ms", "p99 ms"];
    table(&head, &rows)
}
