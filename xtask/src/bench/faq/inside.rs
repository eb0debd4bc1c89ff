//! The same core as wasm inside workerd, compiled for size as the worker is, and for speed.
//!
//! Clocks stand still while a worker computes, so requests are timed from outside: many rounds against none.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use lotse_core::faq::knowledge::Knowledge;

use super::super::figures::{Figures, number, table};
use super::super::size::compressed_bytes;
use super::super::stage::{Script, Worker, state_folder};
use super::banks::MadeUp;
use super::growth::QUESTIONS;
use super::progress;
use crate::{places, step, wasm_target};

/// How the core is compiled: the worker's own way, and the other.
const LEVELS: [&str; 2] = ["s", "3"];
const ROUNDS: usize = 20;
const SHAPES: [(usize, usize); 3] = [(30, 16), (300, 10), (100, 100)];

/// Builds, runs and times both.
pub async fn run(figures: &mut Figures) -> Result<String> {
    let mut rows = Vec::new();
    for level in LEVELS {
        let compressed = build(level)?;
        figures.add(&format!("matcher_{level}_gzip_bytes"), "B", compressed);
        let folder = state_folder()?;
        let worker = Worker::start(Script::Matcher, folder.path(), ([127, 0, 0, 1], 9).into()).await?;
        let client = reqwest::Client::builder().timeout(Duration::from_secs(120)).build()?;
        let call = async |path: &str, body: Vec<u8>| -> Result<(f64, String)> {
            let url = format!("http://{}{path}", worker.address);
            let started = Instant::now();
            let text = client.post(url).body(body).send().await?.error_for_status()?.text().await?;
            Ok((started.elapsed().as_secs_f64(), text))
        };
        for (entries, phrasings) in SHAPES {
            progress(&format!("faq: {entries} × {phrasings} inside workerd, opt-level {level}"));
            let (pack, questions) = MadeUp::new()?.pack(entries, phrasings, QUESTIONS);
            let bytes = Knowledge::compile(&pack).to_bytes();
            let (load, loaded) = call("/load", bytes).await?;
            ensure!(loaded == "1", "the worker cannot read the knowledge");
            let questions = questions.join("\n").into_bytes();
            let (nothing, _) = call("/ask?rounds=0", questions.clone()).await?;
            call("/ask?rounds=2", questions.clone()).await?;
            let (busy, found) = call(&format!("/ask?rounds={ROUNDS}"), questions).await?;
            ensure!(found.parse::<usize>()? > 0, "no question found anything");
            let ask = (busy - nothing).max(0.0) * 1e6 / (ROUNDS * QUESTIONS) as f64;
            let (compile, length) = call("/compile", as_toml(&pack).into_bytes()).await?;
            ensure!(length.parse::<usize>()? > 0, "the worker cannot read the pack");
            let mut row = vec![format!("{entries} × {phrasings}, opt-level {level}")];
            let values = [("ask", "µs", ask), ("load", "ms", load * 1e3), ("compile", "ms", compile * 1e3)];
            for (name, unit, value) in values {
                figures.add(&format!("workerd_{level}_{entries}x{phrasings}_{name}"), unit, value);
                row.push(number(value, value));
            }
            row.push(number(compressed, compressed));
            rows.push(row);
        }
    }
    let head =
        ["inside workerd", "a question, µs", "load, ms", "compile, ms", "the matcher's wasm, gzip -9, B"];
    Ok(table(&head, &rows))
}

/// Builds the matcher for wasm and lays it beside its script; its compressed bytes.
fn build(level: &str) -> Result<f64> {
    let toolchain = wasm_target::ensure()?;
    let target = places::target().join("bench/wasm").join(level);
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--package", "lotse-matcher", "--target", "wasm32-unknown-unknown"]);
    command.current_dir(places::root()).arg("--target-dir").arg(&target);
    command.arg("--config").arg(format!("profile.release.package.lotse-core.opt-level={}", quoted(level)));
    toolchain.apply(&mut command);
    let remedy = "read the compiler's message above";
    step::run(&format!("build the matcher, opt-level {level}"), "1 minute", remedy, &mut command)?;
    let folder = places::target().join("bench/matcher");
    fs::create_dir_all(&folder)?;
    fs::copy(places::root().join("bench/workers/matcher/index.js"), folder.join("index.js"))?;
    let built = target.join("wasm32-unknown-unknown/release/lotse_matcher.wasm");
    let wasm = folder.join("matcher.wasm");
    let mut optimise = Command::new(places::npm_program("wasm-opt"));
    optimise.arg("-O").args(["--all-features", "--strip-debug", "-o"]).arg(&wasm).arg(&built);
    ensure!(optimise.status().context("wasm-opt")?.success(), "wasm-opt failed");
    compressed_bytes(&wasm)
}

/// A number stays a number in TOML, a letter becomes a string.
fn quoted(level: &str) -> String {
    if level.bytes().all(|byte| byte.is_ascii_digit()) { level.to_owned() } else { format!("'{level}'") }
}

/// The pack as its author would write it.
fn as_toml(pack: &lotse_core::faq::pack::Pack) -> String {
    let mut text = format!("[pack]\nid = \"{}\"\ntitle = \"Pack\"\nlanguages = [\"de\"]\n", pack.id);
    for entry in &pack.entries {
        let phrasings: Vec<String> =
            entry.phrasings.values().flatten().map(|phrasing| format!("{phrasing:?}")).collect();
        text.push_str(&format!(
            "\n[[entry]]\nid = \"{}\"\nkind = \"faq\"\ntitle.de = \"{}\"\nanswer.de = \"Antwort\"\nphrasings.de = [{}]\n",
            entry.id,
            entry.id,
            phrasings.join(", ")
        ));
    }
    text
}
