//! `cargo xtask bench`: how fast, how large, how soon. Prints tables; every figure with unit, runs,
//! minimum, median and maximum goes to a file on request.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::{marks, places, worker};

mod aims;
mod crew;
mod faq;
pub(crate) mod figures;
mod growth;
mod memory;
mod peer;
mod plot;
mod process;
mod shapes;
mod size;
mod stage;
mod start;
mod webhook;
mod webhook_tables;

use figures::Figure;
use plot::Plot;

const EXAMPLES: &str = "Examples:
  cargo xtask bench --doc docs/performance.md         everything about the worker
  cargo xtask bench start --runs 3 --json out.json    one part of it, every figure to a file
  cargo xtask bench faq --doc docs/answer-tier.md     the answer tier, with the sample packs
  cargo xtask bench faq --sets banks/*                the answer tier, with evaluation sets";

/// Measure speed, size and start of the worker on this machine.
///
/// Nothing leaves this machine, and everything ends by itself. Leave the machine alone meanwhile: what
/// else runs on it slows the figures.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct BenchArgs {
    /// What to measure; everything about the worker if nothing is named. "faq" has to be.
    names: Vec<Name>,
    /// Write every figure to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the tables into this document, between the lines "<!-- bench:NAME -->" and "<!-- /bench:NAME -->".
    #[arg(long, value_name = "FILE")]
    doc: Option<PathBuf>,
    /// How often everything is measured.
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=50))]
    runs: u8,
    /// Evaluation sets for "faq", folders with bank.jsonl and queries.jsonl; without any, the packs under
    /// knowledge/ are asked what is left out of them.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    sets: Vec<PathBuf>,
    /// Measure the worker that lies in build/ instead of building it first.
    #[arg(long)]
    no_build: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Webhooks a second, times to answer and reply, processor time; against the peer.
    Webhook,
    /// Waves, one topic, one contact, many updates in a webhook.
    Shapes,
    /// What more conversations cost.
    Growth,
    /// workerd's memory over a minute of work.
    Memory,
    /// Bytes of the worker.
    Size,
    /// From a fresh process to the first answers.
    Start,
    /// The answer tier: right answers and time against nlp.js, MiniSearch and Fuse.js, and inside workerd from 100
    /// to 100,000 phrasings. Takes about four minutes after the build.
    Faq,
}

/// What a bench has to say.
pub struct Section {
    /// Tables and sentences, in Markdown.
    pub text: String,
    /// Everything that was measured.
    pub figures: Vec<Figure>,
    /// What is drawn of it.
    pub plots: Vec<Plot>,
}

/// Says on the terminal what is going on.
fn progress(what: &str) {
    eprintln!("  {what} …");
}

/// Measures and writes.
///
/// # Errors
/// When a build fails, a process does not start or a worker breaks.
pub fn run(arguments: &BenchArgs) -> Result<()> {
    // The answer tier takes long, has a document of its own and needs none of the programs.
    let of_the_worker = Name::value_variants().iter().filter(|name| **name != Name::Faq);
    let of_the_worker: Vec<Name> = of_the_worker.copied().collect();
    let names = if arguments.names.is_empty() { &of_the_worker } else { &arguments.names };
    if names.iter().any(|name| *name != Name::Faq) {
        if !arguments.no_build {
            worker::build()?;
        }
        stage::build_programs()?;
        peer::build()?;
    }
    let runs = usize::from(arguments.runs);
    let began = Instant::now();
    let asynchronous = tokio::runtime::Runtime::new()?;
    let mut all = Vec::new();
    for name in names {
        let section = match name {
            Name::Webhook => asynchronous.block_on(webhook::run(runs))?,
            Name::Shapes => asynchronous.block_on(shapes::run(runs))?,
            Name::Growth => asynchronous.block_on(growth::run(runs))?,
            Name::Memory => asynchronous.block_on(memory::run(runs))?,
            Name::Size => size::run()?,
            Name::Start => asynchronous.block_on(start::run(runs))?,
            Name::Faq => asynchronous.block_on(faq::run(&arguments.sets, runs))?,
        };
        let text = format!("{}\n{}", conditions(*name, runs), section.text);
        println!("\n{text}");
        if let Some(path) = &arguments.doc {
            let text = format!("{text}{}", write_plots(path, &section.plots)?);
            let mark = format!("bench:{name:?}").to_lowercase();
            marks::write_between(&places::root().join(path), &mark, &text)?;
        }
        all.extend(section.figures);
    }
    if let Some(text) = aims::describe(&all) {
        println!("\n{text}");
        if let Some(path) = &arguments.doc {
            marks::write_between(&places::root().join(path), "bench:aims", &text)?;
        }
    }
    if let Some(path) = &arguments.json {
        fs::write(path, serde_json::to_string_pretty(&all)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("measured in {:.0} s", began.elapsed().as_secs_f32());
    Ok(())
}

/// Under which conditions figures came about, so that they mean something elsewhere.
fn conditions(name: Name, runs: usize) -> String {
    let often = match name {
        Name::Size => return String::new(),
        _ => format!("{runs} runs, median (lowest–highest)"),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let shared = if name == Name::Start { "" } else { "; workerd, generator and simulator share the cores" };
    if name == Name::Faq {
        return format!("{often}, fewer where one takes seconds; {cores} cores.\n");
    }
    let place = stage::state_place();
    format!("{often}; {cores} cores; {place}{shared}.\n")
}

/// Writes plots and their data into `plots/` beside the document, and returns the lines that show them.
fn write_plots(document: &Path, plots: &[Plot]) -> Result<String> {
    let folder = places::root().join(document).with_file_name("plots");
    let mut lines = String::new();
    for Plot { name, title, svg, csv } in plots {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name).with_extension("svg"), svg)?;
        fs::write(folder.join(name).with_extension("csv"), csv)?;
        lines.push_str(&format!("\n![{title}](plots/{name}.svg)\n\n[Its data](plots/{name}.csv)\n"));
    }
    Ok(lines)
}
