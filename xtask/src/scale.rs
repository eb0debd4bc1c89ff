//! `cargo xtask scale`: the plan past one machine. Counts what a message costs by running the core, takes processor time
//! and storage from what was measured, and prices and limits from `docs/prices.toml`; writes the tables of
//! `docs/scale.md`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{marks, places};

mod measured;
mod operations;
mod plan;
mod prices;
mod tables;

use measured::Measured;
use plan::Plan;
use prices::Sheet;

const PLAN: &str = "docs/scale.md";

/// Compute what many messages cost and what breaks first, and write it into docs/scale.md.
#[derive(Args)]
pub struct ScaleArgs {
    /// Take what was measured from this file of `cargo xtask bench --json`, instead of docs/performance.md.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only say whether docs/scale.md is up to date.
    #[arg(long, conflicts_with = "json")]
    check: bool,
}

/// Computes and writes.
///
/// # Errors
/// When a figure is missing, or with `--check` when the document is out of date.
pub fn run(arguments: &ScaleArgs) -> Result<()> {
    let measured = match &arguments.json {
        Some(path) => Measured::from_json(path)?,
        None => Measured::from_document(&read("docs/performance.md")?)?,
    };
    let document = read(PLAN)?;
    let written = rendered(&document, &plan(measured)?)?;
    if arguments.check {
        anyhow::ensure!(written == document, "{PLAN} is out of date: run `cargo xtask scale`");
        return Ok(());
    }
    fs::write(places::root().join(PLAN), written)?;
    println!("{PLAN} is up to date");
    Ok(())
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(places::root().join(path)).with_context(|| path.to_owned())
}

fn plan(measured: Measured) -> Result<Plan> {
    let sheet: Sheet = toml::from_str(&read("docs/prices.toml")?).context("docs/prices.toml")?;
    Ok(Plan { counted: operations::count()?, measured, sheet })
}

/// The document with every table anew.
fn rendered(document: &str, plan: &Plan) -> Result<String> {
    let sections = [
        ("scale:operations", tables::operations(plan)),
        ("scale:money", tables::money(plan)),
        ("scale:rates", tables::rates(plan)),
        ("scale:three-days", tables::three_days(plan)),
        ("scale:limits", tables::limits(plan)?),
        ("scale:assumptions", tables::assumptions(plan)),
    ];
    sections.into_iter().try_fold(document.to_owned(), |document, (mark, text)| {
        marks::replaced(&document, mark, &text).with_context(|| format!("{PLAN} has no marks {mark}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_up_to_date() {
        let measured = Measured::from_document(&read("docs/performance.md").expect("a document"));
        let plan = plan(measured.expect("figures")).expect("a plan");
        let document = read(PLAN).expect("a document");
        assert!(rendered(&document, &plan).expect("tables") == document, "run `cargo xtask scale`");
    }
}
