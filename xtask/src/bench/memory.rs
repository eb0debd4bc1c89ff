//! workerd's memory over a minute of steady work, and at rest after it.

use std::pin::pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;
use lotse_load::order::{Load, Order, Pace, Senders};

use super::crew::{CLOSED, Crew, add_losses};
use super::figures::{Figures, table};
use super::plot::{Line, Plot, lines};
use super::process::Process;
use super::stage::{Script, state_folder};
use super::{Section, progress};

const STEADY: Duration = Duration::from_secs(60);
/// Long enough for workerd to let idle objects go.
const REST: Duration = Duration::from_secs(12);
const STEP: Duration = Duration::from_secs(1);
/// Of what it does at full speed.
const SHARE: f64 = 0.5;
/// More than lotse takes in the time.
const MOST: usize = 60_000;

/// Measures a minute, so many times.
///
/// # Errors
/// When a process does not start or a worker breaks.
pub async fn run(runs: usize) -> Result<Section> {
    let mut figures = Figures::new("memory");
    let mut all = Vec::new();
    for run in 1..=runs {
        progress(&format!("memory: run {run} of {runs}"));
        all.push(minute(&mut figures).await?);
    }
    Ok(Section { text: describe(&figures), figures: figures.into_list(), plots: vec![draw(&all)] })
}

/// A minute of work and the rest after it; returns seconds and megabytes.
async fn minute(figures: &mut Figures) -> Result<Vec<(f64, f64)>> {
    // Declared first so that the processes end before their folder goes.
    let folder = state_folder()?;
    let mut crew = Crew::start(folder.path(), &[Script::Lotse]).await?;
    let process = crew.worker(Script::Lotse)?.process;
    progress("memory: full speed");
    let warm_up = crew.order(Script::Lotse, Load::Mix, Senders::New, CLOSED, 1_000)?;
    crew.generator.carry_out(&warm_up).await?;
    let full = crew.burst(Script::Lotse, &warm_up).await?.settled_rate();
    let rate = full * SHARE;
    progress(&format!("memory: a minute at {rate:.0} webhooks/s"));
    figures.add("rate", "1/s", rate);
    let pace = Pace::Open { per_second: rate };
    let order = crew.order(Script::Lotse, Load::Mix, Senders::New, pace, STEADY.as_millis() as u64)?;
    let most = ((rate * STEADY.as_secs_f64()) as usize + 100).min(MOST);
    let order = Order { most, ..order };
    let mut samples = Vec::new();
    let report = {
        let mut work = pin!(crew.generator.carry_out(&order));
        loop {
            tokio::select! {
                report = &mut work => break report?,
                () = tokio::time::sleep(STEP) => samples.push(Sample::take(process)?),
            }
        }
    };
    progress("memory: at rest");
    let rest_from = Instant::now();
    while rest_from.elapsed() < REST {
        tokio::time::sleep(STEP).await;
        samples.push(Sample::take(process)?);
    }
    let points: Vec<(f64, f64)> = samples.iter().filter_map(|sample| sample.since(report.began_at)).collect();
    figures.add("webhooks", "webhooks", report.answered as f64);
    add_losses(figures, "lotse", &report);
    note(figures, &points);
    Ok(points)
}

/// How much memory was held when.
struct Sample {
    unix_millis: i64,
    megabytes: f64,
}

impl Sample {
    fn take(process: Process) -> Result<Self> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(Self { unix_millis: since_epoch.as_millis() as i64, megabytes: process.memory_bytes()? / 1e6 })
    }

    /// Seconds since the work began, and megabytes; `None` before it.
    fn since(&self, began_at: i64) -> Option<(f64, f64)> {
        let seconds = (self.unix_millis - began_at) as f64 / 1000.0;
        (seconds >= 0.0).then_some((seconds, self.megabytes))
    }
}

fn note(figures: &mut Figures, points: &[(f64, f64)]) {
    let at = |seconds: f64| {
        let near = points.iter().rev().find(|(second, _)| *second <= seconds);
        near.map_or(0.0, |(_, megabytes)| *megabytes)
    };
    let peak = points.iter().map(|(_, megabytes)| *megabytes).fold(0.0, f64::max);
    let steady = STEADY.as_secs_f64();
    figures.add("start", "MB", points.first().map_or(0.0, |(_, megabytes)| *megabytes));
    figures.add("after_20_s", "MB", at(steady / 3.0));
    figures.add("after_40_s", "MB", at(steady / 1.5));
    figures.add("after_60_s", "MB", at(steady));
    figures.add("peak", "MB", peak);
    figures.add("rest", "MB", at(f64::INFINITY));
}

fn describe(figures: &Figures) -> String {
    let columns = ["start", "after_20_s", "after_40_s", "after_60_s", "peak", "rest"];
    let row = [figures.cell("rate"), figures.cell("webhooks")]
        .into_iter()
        .chain(columns.map(|column| figures.cell(column)))
        .collect();
    let head = [
        "webhooks/s",
        "webhooks",
        "start, MB",
        "after 20 s",
        "after 40 s",
        "after 60 s",
        "highest",
        "after 12 s of rest",
    ];
    table(&head, &[row])
}

/// Second by second, what was held in most runs, and the least and the most in any.
fn draw(runs: &[Vec<(f64, f64)>]) -> Plot {
    let mut drawn =
        ["lowest", "median", "highest"].map(|name| Line { name: name.to_owned(), points: Vec::new() });
    let samples = runs.iter().map(Vec::len).min().unwrap_or_default();
    for sample in 0..samples {
        let mut held: Vec<f64> = runs.iter().map(|run| run[sample].1).collect();
        held.sort_by(f64::total_cmp);
        let seconds = runs[0][sample].0;
        for (line, place) in drawn.iter_mut().zip([0, held.len() / 2, held.len() - 1]) {
            line.points.push((seconds, held[place]));
        }
    }
    let title =
        "Memory of workerd: a minute of the mix from new senders at half of the full speed, then rest";
    lines("memory", title, "seconds", "MB", &drawn)
}
