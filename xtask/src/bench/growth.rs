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

/// How many conversations there are when it is measured.
const SIZES: [usize; 3] = [1_000, 4_000, 16_000];
/// How many webhooks each rate is taken from.
const SAMPLE: usize = 1_000;
/// The people who wrote first: the first thousand strangers of the generator.
const FIRST: Senders = Senders::Crowd { number: 1_001, count: SAMPLE };
/// workerd lets objects go that had nothing to do for ten seconds.
const REST: Duration = Duration::from_secs(13);
/// No larger size is begun that would exceed either.
const MOST_BYTES: f64 = 4e9;
const MOST_SECONDS: f64 = 80.0;
const MILLION: f64 = 1e6;
const WORKERS: [(Script, &str); 2] = [(Script::Lotse, "lotse"), (Script::Hono, "hono")];
/// What is extrapolated: the figure, its unit.
const EXTRAPOLATED: [(&str, &str); 3] = [("files", "files"), ("storage", "MB"), ("memory_rest", "MB")];

/// Measures once: it samples sizes, not runs.
///
/// # Errors
/// When a process does not start or a worker breaks.
pub async fn run() -> Result<Section> {
    let mut figures = Figures::new("growth");
    for (script, whose) in WORKERS {
        // Declared first so that the processes end before their folder goes.
        let folder = state_folder()?;
        let mut crew = Crew::start(folder.path(), &[script]).await?;
        let began = Instant::now();
        let mut before = 0;
        for size in SIZES {
            if before > 0 && !is_affordable(&figures, whose, before, size, began.elapsed()) {
                progress(&format!("growth: {whose}, {size} conversations would take too much, left out"));
                break;
            }
            progress(&format!("growth: {whose}, {size} conversations"));
            grow(&mut crew, script, whose, size - before - SAMPLE.min(size - before), &mut figures).await?;
            measure(&mut crew, script, &format!("{whose}_{size}"), whose, &mut figures).await?;
            before = size;
        }
        extrapolate(&mut figures, whose);
    }
    let text = describe(&figures);
    Ok(Section { text, figures: figures.into_list(), plots: Vec::new() })
}

/// Whether the next size keeps within the bounds, judged by the one before.
fn is_affordable(figures: &Figures, whose: &str, before: usize, size: usize, spent: Duration) -> bool {
    let value = |name: &str| latest(figures, &format!("{whose}_{before}_{name}"));
    let bytes = value("storage") * 1e6 * size as f64 / before as f64;
    let seconds = (size - before) as f64 / value("rate_new").max(1.0);
    bytes < MOST_BYTES && spent.as_secs_f64() + seconds + REST.as_secs_f64() < MOST_SECONDS
}

/// Lets so many strangers write.
async fn grow(
    crew: &mut Crew,
    script: Script,
    whose: &str,
    count: usize,
    figures: &mut Figures,
) -> Result<()> {
    if count > 0 {
        let order = crew.order(script, Load::Mix, Senders::New, CLOSED, 120_000)?;
        let report = crew.generator.carry_out(&Order { most: count, ..order }).await?;
        add_losses(figures, whose, &report);
    }
    Ok(())
}

/// The last thousand strangers, then the first thousand again, then rest.
async fn measure(
    crew: &mut Crew,
    script: Script,
    name: &str,
    whose: &str,
    figures: &mut Figures,
) -> Result<()> {
    for (senders, column) in [(Senders::New, "rate_new"), (FIRST, "rate_returning")] {
        let order = crew.order(script, Load::Mix, senders, CLOSED, 60_000)?;
        let report = crew.generator.carry_out(&Order { most: SAMPLE, ..order }).await?;
        let settled = report.settled_millis.max(report.millis);
        figures.add(&format!("{name}_{column}"), "1/s", per_second(report.answered, settled));
        add_losses(figures, whose, &report);
    }
    let process = crew.worker(script)?.process;
    figures.add(&format!("{name}_memory"), "MB", process.memory_bytes()? / 1e6);
    tokio::time::sleep(REST).await;
    figures.add(&format!("{name}_memory_rest"), "MB", process.memory_bytes()? / 1e6);
    let (files, bytes) = contents(&crew.worker(script)?.state.join("storage"))?;
    figures.add(&format!("{name}_files"), "files", files as f64);
    figures.add(&format!("{name}_storage"), "MB", bytes as f64 / 1e6);
    Ok(())
}

/// How many files lie below a folder, and their bytes.
fn contents(folder: &Path) -> Result<(usize, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let (inner_files, inner_bytes) = contents(&entry.path())?;
            files += inner_files;
            bytes += inner_bytes;
        } else {
            files += 1;
            bytes += entry.metadata()?.len();
        }
    }
    Ok((files, bytes))
}

fn latest(figures: &Figures, name: &str) -> f64 {
    figures.get(name).and_then(Figure::latest).unwrap_or_default()
}

fn measured_sizes(figures: &Figures, whose: &str) -> Vec<usize> {
    let is_measured = |size: &usize| figures.get(&format!("{whose}_{size}_files")).is_some();
    SIZES.into_iter().filter(is_measured).collect()
}

/// The line through the smallest and the largest size, at a million.
fn extrapolate(figures: &mut Figures, whose: &str) {
    let sizes = measured_sizes(figures, whose);
    let (Some(&small), Some(&large)) = (sizes.first(), sizes.last()) else { return };
    if small == large {
        return;
    }
    for (column, unit) in EXTRAPOLATED {
        let at = |size: usize| latest(figures, &format!("{whose}_{size}_{column}"));
        let slope = (at(large) - at(small)) / (large - small) as f64;
        let million = at(large) + slope * (MILLION - large as f64);
        figures.add(&format!("{whose}_million_{column}"), unit, million);
        let each = if unit == "MB" { (slope * 1e3, "kB") } else { (slope, unit) };
        figures.add(&format!("{whose}_each_{column}"), each.1, each.0);
    }
}

fn describe(figures: &Figures) -> String {
    let mut rows = Vec::new();
    for (_, whose) in WORKERS {
        for size in measured_sizes(figures, whose) {
            let columns = ["rate_new", "rate_returning", "memory", "memory_rest", "files", "storage"];
            let cells = columns.map(|column| figures.cell(&format!("{whose}_{size}_{column}")));
            let words = format!("{whose}: {}", number(size as f64, size as f64));
            rows.push([words].into_iter().chain(cells).collect());
        }
    }
    let head = [
        "conversations",
        "new, webhooks/s",
        "first thousand again, webhooks/s",
        "memory, MB",
        "at rest, MB",
        "files",
        "storage, MB",
    ];
    let mut text = table(&head, &rows);
    for (_, whose) in WORKERS {
        let cell = |name: &str| figures.cell(&format!("{whose}_{name}"));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{whose}: {} kB of storage, {} files and {} kB of memory at rest for each further conversation; a \
             million come to {} MB of storage, {} files and {} MB of memory at rest.\n",
            cell("each_storage"),
            cell("each_files"),
            cell("each_memory_rest"),
            cell("million_storage"),
            cell("million_files"),
            cell("million_memory_rest"),
        );
    }
    text.push_str(
        "\nThe formula: value at a million = value at the largest size + (1 000 000 − largest size) × slope, where \
         slope = (value at the largest − value at the smallest size) ÷ (largest − smallest size).\n",
    );
    text
}
