//! nlp.js, MiniSearch and Fuse.js under Node, asked the same questions (`bench/faq/compare.mjs`).

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answered;
use super::banks::Bank;
use crate::places;

/// In the order of the table.
pub const ENGINES: [&str; 3] = ["nlp.js", "MiniSearch", "Fuse.js"];

#[derive(Deserialize)]
struct Line {
    engine: String,
    r1: f64,
    r3: f64,
    microseconds: f64,
    asked: f64,
}

/// Every engine with what it makes of a bank.
pub fn ask(bank: &Bank) -> Result<Vec<(String, Answered)>> {
    let script = places::root().join("bench/faq/compare.mjs");
    let mut node = Command::new(places::npm_program("node"));
    let mut child = node.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("node")?;
    let mut input = child.stdin.take().context("no standard input")?;
    let orders: String = bank.parts.iter().map(|part| format!("{}\n", order(part))).collect();
    let writer = std::thread::spawn(move || input.write_all(orders.as_bytes()));
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "compare.mjs failed: run npm ci, or see above");
    writer.join().ok().context("the questions were not written")??;
    let output = String::from_utf8(output.stdout)?;
    let lines: Vec<Line> = output.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let summed = |engine: &str| {
        let lines: Vec<&Line> = lines.iter().filter(|line| line.engine == engine).collect();
        let asked: f64 = lines.iter().map(|line| line.asked).sum();
        let mean = |of: fn(&Line) -> f64| {
            lines.iter().map(|line| of(line) * line.asked).sum::<f64>() / asked.max(1.0)
        };
        let (r1, r3) = (mean(|line| line.r1), mean(|line| line.r3));
        (engine.to_owned(), Answered { r1, r3, microseconds: mean(|line| line.microseconds) })
    };
    Ok(ENGINES.into_iter().map(summed).collect())
}

fn order((pack, queries): &(lotse_core::faq::pack::Pack, Vec<lotse_core::faq::evaluate::Query>)) -> Value {
    let phrasings = pack.entries.iter().flat_map(|entry| {
        let texts = entry.phrasings.iter();
        texts.flat_map(move |(language, texts)| {
            texts.iter().map(move |text| json!([entry.id, language, text]))
        })
    });
    let questions = queries.iter().map(|query| json!([query.text, query.ids]));
    json!({ "bank": phrasings.collect::<Vec<_>>(), "queries": questions.collect::<Vec<_>>() })
}
