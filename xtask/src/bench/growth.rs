//! What more conversations cost: files, bytes, memory and speed at some sizes that this machine can make,
//! and what they come to at a million.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use lotse_load::order::{Load, Order, Senders};

use super::crew::{CLOSED, Crew, add_losses, per_second};
use super::figures::{Figure, Figures, number, table};
use super::stage::{Script, state_folder};
use super::{Section, progress};

/// How many conversations there are when it is measured; two sizes of the peer are enough to compare.
const SIZES: [usize; 3] = [1_000, 4_000, 16_000];
const WORKERS: [(Script, &str, usize); 2] = [(Script::Lotse, "lotse", 3), (Script::Hono, "hono", 2)];
/// How many webhooks each rate is taken from.
const SAMPLE: usize = 1_000;
/// The people who wrote first: the first thousand strangers of the generator.
const FIRST: Senders = Senders::Crowd { number: 1_001, count: SAMPLE };
/// workerd closes the files of objects that had nothing to do for ten seconds.
const LOOK: Duration = Duration::from_secs(2);
const MOST_REST: Duration = Duration::from_secs(30);
/// No larger size is begun that would exceed either.
const MOST_BYTES: f64 = 4e9;
const MOST_TIME: Duration = Duration::from_secs(130);
const MILLION: f64 = 1e6;

/// Measures each worker from nothing to its largest size, so many times.
///
/// # Errors
/// When a process does not start or a worker breaks.
pub async fn run(runs: usize) -> Result<Section> {
    let mut figures = Figures::new("growth");
    for run in 1..=runs {
        progress(&format!("growth: run {run} of {runs}"));
        for (script, whose, sizes) in WORKERS {
            // Declared first so that the processes end before their folder goes.
            let folder = state_folder()?;
            let crew = Crew::start(folder.path(), &[script]).await?;
            let mut growth = Growth { crew, script, whose, figures: &mut figures };
            let measured = growth.through(&SIZES[..sizes]).await?;
            extrapolate(&mut figures, whose, &measured);
        }
    }
    let text = describe(&figures);
    Ok(Section { text, figures: figures.into_list(), plots: Vec::new() })
}

/// One worker that gets more and more conversations.
struct Growth<'f> {
    crew: Crew,
    script: Script,
    whose: &'static str,
    figures: &'f mut Figures,
}

impl Growth<'_> {
    /// Measures size after size; returns those that it came to.
    async fn through(&mut self, sizes: &[usize]) -> Result<Vec<usize>> {
        let began = Instant::now();
        let mut measured = Vec::new();
        for &size in sizes {
            let before = measured.last().copied().unwrap_or_default();
            let whose = self.whose;
            if before > 0 && !self.is_affordable(before, size, began.elapsed()) {
                progress(&format!("growth: {whose}, {size} conversations would take too much, left out"));
                break;
            }
            progress(&format!("growth: {whose}, {size} conversations"));
            let strangers = size - before;
            if strangers > SAMPLE {
                self.rate(Senders::New, strangers - SAMPLE).await?;
            }
            self.measure(&format!("{whose}_{size}")).await?;
            measured.push(size);
        }
        Ok(measured)
    }

    /// Whether the next size keeps within the bounds, judged by the one before.
    fn is_affordable(&self, before: usize, size: usize, spent: Duration) -> bool {
        let value = |name: &str| latest(self.figures, &format!("{}_{before}_{name}", self.whose));
        let bytes = value("storage") * 1e6 * size as f64 / before as f64;
        let growing = Duration::from_secs_f64((size - before) as f64 / value("rate_new").max(1.0));
        bytes < MOST_BYTES && spent + growing + MOST_REST < MOST_TIME
    }

    /// The last thousand strangers, then the first thousand again, then rest.
    async fn measure(&mut self, name: &str) -> Result<()> {
        for (senders, column) in [(Senders::New, "rate_new"), (FIRST, "rate_returning")] {
            let rate = self.rate(senders, SAMPLE).await?;
            self.figures.add(&format!("{name}_{column}"), "1/s", rate);
        }
        let worker = self.crew.worker(self.script)?;
        let storage = worker.state.join("storage");
        let open = Contents::of(&storage)?.open;
        self.figures.add(&format!("{name}_open"), "conversations", open as f64);
        self.figures.add(&format!("{name}_memory"), "MB", worker.process.memory_bytes()? / 1e6);
        let rest = at_rest(&storage).await?;
        self.figures.add(&format!("{name}_memory_rest"), "MB", worker.process.memory_bytes()? / 1e6);
        self.figures.add(&format!("{name}_files"), "files", rest.files as f64);
        self.figures.add(&format!("{name}_storage"), "MB", rest.bytes as f64 / 1e6);
        Ok(())
    }

    /// Has so many webhooks posted at full speed; returns how many a second, with replies.
    async fn rate(&mut self, senders: Senders, count: usize) -> Result<f64> {
        let most_millis = MOST_TIME.as_millis() as u64;
        let order = self.crew.order(self.script, Load::Mix, senders, CLOSED, most_millis)?;
        let report = self.crew.generator.carry_out(&Order { most: count, ..order }).await?;
        add_losses(self.figures, self.whose, &report);
        Ok(per_second(report.answered, report.settled_millis.max(report.millis)))
    }
}

/// What a worker keeps on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Contents {
    files: usize,
    bytes: u64,
    /// Databases that are in use: their logs are there.
    open: usize,
}

impl Contents {
    fn of(folder: &Path) -> Result<Self> {
        let mut contents = Self::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let inner = if entry.file_type()?.is_dir() {
                Self::of(&entry.path())?
            } else {
                // A file that was closed since the folder was read is gone.
                let Ok(metadata) = entry.metadata() else { continue };
                let is_log = entry.file_name().to_string_lossy().ends_with("-wal");
                Self { files: 1, bytes: metadata.len(), open: usize::from(is_log) }
            };
            contents.files += inner.files;
            contents.bytes += inner.bytes;
            contents.open += inner.open;
        }
        Ok(contents)
    }
}

/// Waits until no more files are closed.
async fn at_rest(folder: &Path) -> Result<Contents> {
    let began = Instant::now();
    let mut contents = Contents::of(folder)?;
    loop {
        tokio::time::sleep(LOOK).await;
        let now = Contents::of(folder)?;
        // A few databases belong to objects that never rest, such as queues.
        let few = now.open * 50 < now.files;
        if (few && now.open == contents.open) || began.elapsed() > MOST_REST {
            return Ok(now);
        }
        contents = now;
    }
}

fn latest(figures: &Figures, name: &str) -> f64 {
    figures.get(name).and_then(Figure::latest).unwrap_or_default()
}

fn measured_sizes(figures: &Figures, whose: &str) -> Vec<usize> {
    let is_measured = |size: &usize| figures.get(&format!("{whose}_{size}_files")).is_some();
    SIZES.into_iter().filter(is_measured).collect()
}

/// The line through the smallest and the largest size, at a million.
fn extrapolate(figures: &mut Figures, whose: &str, sizes: &[usize]) {
    let (Some(&small), Some(&large)) = (sizes.first(), sizes.last()) else { return };
    if small == large {
        return;
    }
    let conversations = (large - small) as f64;
    let at =
        |figures: &Figures, size: usize, column: &str| latest(figures, &format!("{whose}_{size}_{column}"));
    let slope = |figures: &Figures, column: &str| {
        (at(figures, large, column) - at(figures, small, column)) / conversations
    };
    let (files, storage) = (slope(figures, "files"), slope(figures, "storage"));
    let beyond = MILLION - large as f64;
    let million_files = at(figures, large, "files") + files * beyond;
    let million_storage = at(figures, large, "storage") + storage * beyond;
    figures.add(&format!("{whose}_each_files"), "files", files);
    figures.add(&format!("{whose}_each_storage"), "kB", storage * 1e3);
    figures.add(&format!("{whose}_million_files"), "files", million_files);
    figures.add(&format!("{whose}_million_storage"), "GB", million_storage / 1e3);
}

fn describe(figures: &Figures) -> String {
    let mut rows = Vec::new();
    for (_, whose, _) in WORKERS {
        for size in measured_sizes(figures, whose) {
            let columns = ["rate_new", "rate_returning", "open", "memory", "memory_rest", "files", "storage"];
            let cells = columns.map(|column| figures.cell(&format!("{whose}_{size}_{column}")));
            let words = format!("{whose}: {}", number(size as f64, size as f64));
            rows.push([words].into_iter().chain(cells).collect());
        }
    }
    let head = [
        "conversations",
        "new, webhooks/s",
        "first thousand again, webhooks/s",
        "open",
        "memory, MB",
        "at rest, MB",
        "files at rest",
        "storage at rest, MB",
    ];
    let mut text = table(&head, &rows);
    for (_, whose, _) in WORKERS {
        let cell = |name: &str| figures.cell(&format!("{whose}_{name}"));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{whose}: {} files and {} kB for each further conversation; a million come to {} files and {} GB.\n",
            cell("each_files"),
            cell("each_storage"),
            cell("million_files"),
            cell("million_storage"),
        );
    }
    text.push_str(
        "\nExtrapolated as: value at the largest size + (1 000 000 − largest size) × slope, where slope = (value at \
         the largest − value at the smallest size) ÷ (largest − smallest size).\n",
    );
    text
}
