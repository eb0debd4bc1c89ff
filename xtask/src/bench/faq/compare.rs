//! Each bank asked of each engine under Node, in one run: who is right, how fast, how soon.

use std::path::Path;

use anyhow::Result;

use super::super::figures::{Figures, number, table};
use super::banks::Bank;
use super::engines::{self, Answered, ENGINES, PATIENCE};
use super::{progress, tell};

const HEAD: [&str; 7] = ["set: engine", "asked", "r1", "r3", "a question, µs", "÷ lotse", "ready after, ms"];

/// Asks all, and prints each row as it comes.
pub async fn run(banks: &[Bank], rounds: usize, wasm: &Path, figures: &mut Figures) -> Result<String> {
    let mut rows = Vec::new();
    for bank in banks {
        for engine in ENGINES {
            progress(&format!("faq: {} asked of {engine}, at most {} s", bank.name, PATIENCE.as_secs()));
            let answered = engines::ask(engine, bank, rounds, wasm).await?;
            let row = row(&bank.name, engine, answered.as_ref(), figures);
            tell(&HEAD[1..], &row[1..]);
            rows.push(row);
        }
    }
    Ok(table(&HEAD, &rows))
}

fn row(bank: &str, engine: &str, answered: Option<&Answered>, figures: &mut Figures) -> Vec<String> {
    let title = format!("{bank}: {engine}");
    let Some(answered) = answered else {
        let note = format!("not done in {} s", PATIENCE.as_secs());
        return [title, note].into_iter().chain(vec!["–".to_owned(); 5]).collect();
    };
    let name = |engine: &str, figure: &str| format!("{bank}_{engine}_{figure}");
    answered.microseconds.iter().for_each(|micros| figures.add(&name(engine, "question"), "µs", *micros));
    figures.add(&name(engine, "r1"), "share", answered.r1);
    figures.add(&name(engine, "r3"), "share", answered.r3);
    figures.add(&name(engine, "ready"), "ms", answered.ready_millis);
    let own = figures.median(&name(ENGINES[0], "question"));
    let ratio = figures.median(&name(engine, "question")).zip(own).map(|(theirs, own)| theirs / own);
    let asked = match answered {
        Answered { asked, of, .. } if asked < of => format!("{asked} of {of}"),
        _ => answered.asked.to_string(),
    };
    vec![
        title,
        asked,
        format!("{:.3}", answered.r1),
        format!("{:.3}", answered.r3),
        figures.cell(&name(engine, "question")),
        ratio.map_or("–".to_owned(), |ratio| number(ratio, ratio)),
        number(answered.ready_millis, answered.ready_millis),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(asked: usize, micros: f64) -> Answered {
        Answered { asked, of: 20, r1: 0.5, r3: 0.75, ready_millis: 3.0, microseconds: vec![micros] }
    }

    #[test]
    fn a_row_tells_the_ratio_to_lotse_and_whether_all_were_asked() {
        let mut figures = Figures::new("test");
        let own = row("shop", "lotse", Some(&answered(20, 50.0)), &mut figures);
        assert_eq!(own, ["shop: lotse", "20", "0.500", "0.750", "50.0", "1.00", "3.00"]);
        let slow = row("shop", "Fuse.js", Some(&answered(7, 5_000.0)), &mut figures);
        assert_eq!(slow[1..], ["7 of 20", "0.500", "0.750", "5 000", "100", "3.00"]);
    }

    #[test]
    fn an_engine_that_is_not_done_in_time_has_a_row_that_says_so() {
        let row = row("shop", "nlp.js", None, &mut Figures::new("test"));
        assert_eq!(row[..2], ["shop: nlp.js", "not done in 60 s"]);
        assert_eq!(row.len(), 7);
    }
}
