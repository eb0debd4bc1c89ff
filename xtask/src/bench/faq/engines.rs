//! lotse's matcher, nlp.js, MiniSearch and Fuse.js under Node, asked the same questions (`bench/faq/compare.mjs`).

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lotse_core::faq::evaluate::Query;
use lotse_core::faq::pack::Pack;
use lotse_core::faq::write::write;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::banks::Bank;
use crate::places;

/// In the order of the table; the first is the one that the others are compared with.
pub const ENGINES: [&str; 5] = ["lotse", "nlp.js", "MiniSearch", "MiniSearch, fuzzy", "Fuse.js"];

/// So long every engine may be asked about a bank.
const ASKING_SECONDS: u64 = 6;
/// So long it may take in all, with what it learns before: else it is ended.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What one engine makes of one bank.
#[derive(Debug, PartialEq)]
pub struct Answered {
    /// Questions asked that have an answer.
    pub asked: usize,
    /// Such questions in the bank.
    pub of: usize,
    /// Share of those asked whose first entry is right.
    pub r1: f64,
    /// Share with a right one among the first three.
    pub r3: f64,
    /// Time to learn a part of the bank, on average.
    pub ready_millis: f64,
    /// Time for one question, in each round.
    pub microseconds: Vec<f64>,
}

/// What the script says about one part.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    asked: usize,
    of: usize,
    first: usize,
    among_three: usize,
    ready: f64,
    rounds: Vec<f64>,
}

/// What an engine makes of a bank; `None` when it is not done within [`PATIENCE`].
///
/// # Errors
/// When Node does not run or the engine breaks.
pub async fn ask(engine: &str, bank: &Bank, rounds: usize, wasm: &Path) -> Result<Option<Answered>> {
    let parts: Vec<Value> = bank.parts.iter().map(part).collect();
    let order = json!({
        "engine": engine, "rounds": rounds, "seconds": ASKING_SECONDS, "wasm": wasm, "parts": parts,
    });
    let mut node = Command::new(places::npm_program("node"));
    node.arg(places::root().join("bench/faq/compare.mjs")).kill_on_drop(true);
    let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("node")?;
    let mut input = child.stdin.take().context("no standard input")?;
    let talk = async {
        input.write_all(order.to_string().as_bytes()).await?;
        drop(input);
        child.wait_with_output().await
    };
    let Ok(output) = timeout(PATIENCE, talk).await else { return Ok(None) };
    let output = output.context("node")?;
    ensure!(output.status.success(), "compare.mjs failed with {engine}: see above");
    summed(&String::from_utf8(output.stdout)?).map(Some)
}

fn part((pack, queries): &(Pack, Vec<Query>)) -> Value {
    let phrasings = pack.entries.iter().flat_map(|entry| {
        let texts = entry.phrasings.iter();
        texts.flat_map(move |(language, texts)| {
            texts.iter().map(move |text| json!([entry.id, language, text]))
        })
    });
    // Engines only rank: what has no answer says nothing about them.
    let in_scope = queries.iter().filter(|query| !query.ids.is_empty());
    let questions = in_scope.map(|query| json!([query.text, query.ids]));
    json!({
        "pack": write(pack),
        "bank": phrasings.collect::<Vec<_>>(),
        "queries": questions.collect::<Vec<_>>(),
    })
}

/// All parts as one: questions count alike, whichever part they belong to.
fn summed(output: &str) -> Result<Answered> {
    let lines: Vec<Line> = output.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let sum = |of: fn(&Line) -> usize| lines.iter().map(of).sum::<usize>();
    let asked = sum(|line| line.asked);
    let share = |count: usize| count as f64 / asked.max(1) as f64;
    let rounds = lines.iter().map(|line| line.rounds.len()).min().unwrap_or(0);
    let round = |at: usize| {
        let micros = lines.iter().map(|line| line.rounds[at] * line.asked as f64).sum::<f64>();
        micros / asked.max(1) as f64
    };
    Ok(Answered {
        asked,
        of: sum(|line| line.of),
        r1: share(sum(|line| line.first)),
        r3: share(sum(|line| line.among_three)),
        ready_millis: lines.iter().map(|line| line.ready).sum::<f64>() / lines.len().max(1) as f64,
        microseconds: (0..rounds).map(round).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_by_their_questions() -> Result<()> {
        let output = r#"{"ready":10,"asked":3,"of":3,"first":3,"amongThree":3,"rounds":[1,2]}
            {"ready":30,"asked":1,"of":5,"first":0,"amongThree":1,"rounds":[5,6]}"#;
        let expected =
            Answered { asked: 4, of: 8, r1: 0.75, r3: 1.0, ready_millis: 20.0, microseconds: vec![2.0, 3.0] };
        assert_eq!(summed(output)?, expected);
        assert!(summed("no JSON").is_err());
        Ok(())
    }

    #[test]
    fn questions_without_an_answer_are_not_asked() {
        let query = |ids: &[&str]| Query {
            text: "Wo?".to_owned(),
            ids: ids.iter().map(|&id| id.to_owned()).collect(),
        };
        let order = part(&(Pack::default(), vec![query(&["a"]), query(&[])]));
        assert_eq!(order["queries"], json!([["Wo?", ["a"]]]));
    }
}
