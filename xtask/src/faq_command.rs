//! `cargo xtask faq`: judge a pack, or measure the answer tier on evaluation sets.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, io};

use clap::{Args, Subcommand};
use lotse_core::faq::confusion::{ConfusionOutcome, ConfusionReport, confusions};
use lotse_core::faq::evaluate::{Metrics, Outcome, Promise, Query, Review, measure, review, review_misspelt};
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::lint::{Severity, lint};
use lotse_core::faq::pack::{Entry, Pack, PackError, parse};
use lotse_core::faq::sentences;
use serde::{Deserialize, Serialize};

use crate::faq_spreadsheet::{ImportArgs, TableError, run_export, run_import};

/// Arguments of `cargo xtask faq`.
#[derive(Args, Debug)]
pub struct FaqArgs {
    #[command(subcommand)]
    command: FaqCommand,
}

#[derive(Debug, Subcommand)]
enum FaqCommand {
    /// Lint a pack and show what it confuses
    Check {
        /// A name under knowledge/, a folder with a pack.toml, or a file
        pack: PathBuf,
    },
    /// Make a pack of a spreadsheet (CSV), naming what was not understood
    Import(ImportArgs),
    /// Write a pack as a spreadsheet (CSV)
    Export {
        /// A name under knowledge/, a folder with a pack.toml, or a file
        pack: PathBuf,
        /// Where to write it instead of the screen; an existing file is never overwritten
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Measure on folders with bank.jsonl and queries.jsonl; prints one JSON object per folder
    Eval {
        /// The folders
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
        /// One line per folder instead of indented JSON
        #[arg(long)]
        json: bool,
        /// What the chances promise beside what is found, as rows of a table, instead of the figures
        #[arg(long, conflicts_with = "json")]
        promise: bool,
    },
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum FaqError {
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not a pack.
    #[error("{}:{}", path.display(), describe(source))]
    Pack {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PackError,
    },
    /// A line of an evaluation set is not what it should be.
    #[error("{}:{line}: {source}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// A spreadsheet did not become a pack, or the other way round.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The pack has mistakes; they have been printed.
    #[error("{0} error(s) in the pack")]
    Lint(usize),
    /// Emergencies do not fire, or harmless sentences do; they have been printed.
    #[error("{0} sentence(s) that the red flags get wrong")]
    RedFlags(usize),
}

/// `line: reason`, so that the path before it makes a link that editors follow.
fn describe(error: &PackError) -> String {
    let entry = error.entry.as_ref().map(|id| format!(" \"{id}\":")).unwrap_or_default();
    format!("{}: error:{entry} {}", error.line, error.reason)
}

/// Runs the command and prints its result.
///
/// # Errors
/// When a file cannot be read or understood, or a checked pack has mistakes.
pub fn run(args: FaqArgs) -> Result<(), FaqError> {
    match args.command {
        FaqCommand::Check { pack } => check(&pack_file(&pack)),
        FaqCommand::Import(arguments) => Ok(run_import(arguments)?),
        FaqCommand::Export { pack, out } => {
            let path = pack_file(&pack);
            let pack = parse(&read(&path)?).map_err(|source| FaqError::Pack { path, source })?;
            Ok(run_export(&pack, out.as_deref())?)
        }
        FaqCommand::Eval { dirs, promise: true, .. } => {
            println!("| set | of answers wrong: promised | found | first right: promised | found |");
            println!("|---|---|---|---|---|");
            for dir in &dirs {
                let EvaluationSet { name, pack, queries } = read_set(dir)?;
                println!(
                    "{}",
                    promise_row(&name, &Promise::of(&outcomes(&Knowledge::compile(&pack), &queries)))
                );
            }
            Ok(())
        }
        FaqCommand::Eval { dirs, json, .. } => {
            for dir in &dirs {
                print_report(&evaluate(dir)?, json);
            }
            Ok(())
        }
    }
}

/// A path as it stands, a folder's `pack.toml`, or the same under `knowledge/`.
fn pack_file(given: &Path) -> PathBuf {
    let candidates =
        [given.to_owned(), given.join("pack.toml"), Path::new("knowledge").join(given).join("pack.toml")];
    candidates.iter().find(|path| path.is_file()).unwrap_or(&candidates[2]).clone()
}

fn read(path: &Path) -> Result<String, FaqError> {
    fs::read_to_string(path).map_err(|source| FaqError::Read { path: path.to_owned(), source })
}

fn check(path: &Path) -> Result<(), FaqError> {
    let pack = parse(&read(path)?).map_err(|source| FaqError::Pack { path: path.to_owned(), source })?;
    let findings = lint(&pack, today());
    for finding in &findings {
        println!("{}:{}: {finding}", path.display(), finding.line);
    }
    let started = Instant::now();
    let knowledge = Knowledge::compile(&pack);
    let compile_ms = started.elapsed().as_secs_f64() * 1e3;
    let phrasings: usize = pack.entries.iter().flat_map(|entry| entry.phrasings.values()).map(Vec::len).sum();
    let bytes = knowledge.to_bytes().len();
    println!(
        "{}: {} entries, {phrasings} phrasings, {} red flags; compiled in {compile_ms:.0} ms to {} kB",
        pack.id,
        pack.entries.len(),
        pack.red_flags.len(),
        bytes.div_ceil(1_000)
    );
    let asked_anew = describe_counts(&review(&pack, &knowledge));
    println!("Each phrasing asked as if the pack had never seen it: {asked_anew}");
    print!("{}", describe_confusions(&confusions(&pack, &knowledge)));
    let misspelt = describe_counts(&review_misspelt(&pack, &knowledge));
    println!("Each phrasing asked with a typing error in every longer word: {misspelt}");
    let misjudged = try_red_flags(path, &knowledge)?;
    match findings.iter().filter(|finding| finding.severity == Severity::Error).count() {
        0 if misjudged > 0 => Err(FaqError::RedFlags(misjudged)),
        0 => Ok(()),
        errors => Err(FaqError::Lint(errors)),
    }
}

/// Tries the sentences beside the pack's folder, prints those that the rules get wrong and counts them.
/// A pack that lives elsewhere has no such file.
fn try_red_flags(pack: &Path, knowledge: &Knowledge) -> Result<usize, FaqError> {
    let Some(path) = pack.parent().and_then(Path::parent).map(|folder| folder.join("red-flags.toml")) else {
        return Ok(0);
    };
    if !path.is_file() {
        return Ok(0);
    }
    let sentences =
        sentences::parse(&read(&path)?).map_err(|source| FaqError::Pack { path: path.clone(), source })?;
    let misjudged = sentences::misjudged(knowledge, &sentences);
    for sentence in &misjudged {
        let what = if sentence.is_emergency { "fires no red flag" } else { "fires a red flag" };
        println!("{}:{}: error: \"{}\" {what}", path.display(), sentence.line, sentence.text);
    }
    let tried = sentences.iter().filter(|sentence| sentence.pack == knowledge.id()).count();
    println!("Red flags: {tried} sentences tried, {} judged wrong.", misjudged.len());
    Ok(misjudged.len())
}

/// Today in the calendar of this machine's clock, by UTC.
fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn describe_counts(review: &Review) -> String {
    format!(
        "{} asked, {} answered right, {} answered wrong, {} offered with the right entry, {} offered without \
         it, {} handed to a human.",
        review.asked,
        review.right,
        review.wrong,
        review.offered_right,
        review.offered_wrong,
        review.handed_over
    )
}

/// In words: phrasings that look like another entry, then entries that are too alike.
fn describe_confusions(report: &ConfusionReport) -> String {
    let mut text = String::new();
    for confused in &report.phrasings {
        let outcome = match confused.outcome {
            ConfusionOutcome::Answered => "would be answered wrongly",
            ConfusionOutcome::OfferedWithout => "would be offered others",
            ConfusionOutcome::OfferedWith => "would be offered, others first",
            ConfusionOutcome::Human => "would reach a human",
        };
        let (entry, taken_for) = (&confused.entry, &confused.taken_for);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "    \"{entry}\" is taken for \"{taken_for}\" ({:.0} %), {outcome}: {}",
            confused.chance * 100.0,
            confused.text
        );
    }
    for pair in &report.pairs {
        let [one, two] = &pair.entries;
        let [left, right] = &pair.nearest;
        let _ = writeln!(
            text,
            "\"{one}\" and \"{two}\" are too alike: {} of {} phrasings cross; the nearest are {:.0} % alike:\n    \
             {left}\n    {right}",
            pair.crossing,
            pair.of,
            pair.similarity * 100.0
        );
    }
    text
}

/// One line of `bank.jsonl`.
#[derive(Deserialize)]
struct BankLine {
    id: String,
    lang: String,
    phrase: String,
}

/// What is printed for one folder.
#[derive(Serialize)]
struct Report {
    name: String,
    entries: usize,
    phrases: usize,
    queries: usize,
    #[serde(flatten)]
    metrics: Metrics,
    compile_ms: f64,
    us_per_query: f64,
}

/// An evaluation set.
pub struct EvaluationSet {
    /// The folder's name.
    pub name: String,
    /// What the bank makes a pack of.
    pub pack: Pack,
    /// What is asked.
    pub queries: Vec<Query>,
}

/// Reads a folder with `bank.jsonl` and `queries.jsonl`.
///
/// # Errors
/// When a file cannot be read or understood.
pub fn read_set(dir: &Path) -> Result<EvaluationSet, FaqError> {
    let bank: Vec<BankLine> = read_lines(&dir.join("bank.jsonl"))?;
    let queries: Vec<Query> = read_lines(&dir.join("queries.jsonl"))?;
    let name =
        dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(EvaluationSet { name, pack: pack_from_bank(bank), queries })
}

fn evaluate(dir: &Path) -> Result<Report, FaqError> {
    let EvaluationSet { name, pack, queries } = read_set(dir)?;
    let phrases = pack.entries.iter().flat_map(|entry| entry.phrasings.values()).map(Vec::len).sum();
    let started = Instant::now();
    let knowledge = Knowledge::compile(&pack);
    let compile_ms = started.elapsed().as_secs_f64() * 1e3;
    let started = Instant::now();
    for query in &queries {
        std::hint::black_box(knowledge.ask(&query.text, lotse_core::time::UnixMillis(0)));
    }
    let us_per_query = started.elapsed().as_secs_f64() * 1e6 / queries.len().max(1) as f64;
    let outcomes = outcomes(&knowledge, &queries);
    let (entries, queries) = (pack.entries.len(), queries.len());
    Ok(Report { name, entries, phrases, queries, metrics: measure(&outcomes), compile_ms, us_per_query })
}

fn outcomes(knowledge: &Knowledge, queries: &[Query]) -> Vec<Outcome> {
    queries.iter().map(|query| Outcome::of(knowledge, query)).collect()
}

fn promise_row(name: &str, promise: &Promise) -> String {
    let cell = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{share:.3}"));
    let cells = [promise.wrong_predicted, promise.wrong_found, promise.right_predicted, promise.right_found];
    format!("| {name} | {} |", cells.map(cell).join(" | "))
}

fn read_lines<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>, FaqError> {
    let text = read(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|source| FaqError::Line {
                path: path.to_owned(),
                line: number + 1,
                source,
            })
        })
        .collect()
}

/// A pack with one entry per id, in the order of the file.
fn pack_from_bank(bank: Vec<BankLine>) -> Pack {
    let mut pack = Pack { id: "bank".to_owned(), ..Pack::default() };
    for line in bank {
        if !pack.languages.contains(&line.lang) {
            pack.languages.push(line.lang.clone());
        }
        let known = pack.entries.iter().position(|entry| entry.id == line.id);
        let at = known.unwrap_or_else(|| {
            pack.entries.push(Entry { id: line.id, ..Entry::default() });
            pack.entries.len() - 1
        });
        pack.entries[at].phrasings.entry(line.lang).or_default().push(line.phrase);
    }
    pack
}

fn print_report(report: &Report, json: bool) {
    // A struct of numbers and names always serialises.
    let text = if json { serde_json::to_string(report) } else { serde_json::to_string_pretty(report) };
    println!("{}", text.unwrap_or_default());
}
