//! The answer tier against what people would otherwise take, inside workerd, and as packs grow.
//!
//! Evaluation sets lie outside the project; without any, the sample packs are asked what is left out of them.

use std::path::PathBuf;

use anyhow::Result;

use super::figures::{Figures, number, table};
use super::{Section, progress};

mod banks;
mod growth;
mod inside;
mod rivals;

use banks::Bank;

/// Measures.
///
/// # Errors
/// When a set or pack cannot be read, or a program does not build or breaks.
pub async fn run(sets: &[PathBuf]) -> Result<Section> {
    let mut figures = Figures::new("faq");
    let banks = if sets.is_empty() { banks::left_out()? } else { banks::read(sets)? };
    let mut text = compare(&banks, &mut figures)?;
    text.push_str("\n\n");
    text.push_str(&growth::run(&mut figures)?);
    text.push_str("\n\n");
    text.push_str(&inside::run(&mut figures).await?);
    Ok(Section { text, figures: figures.into_list(), plots: Vec::new() })
}

/// What one engine makes of one bank.
struct Answered {
    r1: f64,
    r3: f64,
    microseconds: f64,
}

fn compare(banks: &[Bank], figures: &mut Figures) -> Result<String> {
    let mut rows = Vec::new();
    for bank in banks {
        progress(&format!("faq: {} in lotse and under Node", bank.name));
        let mut cells = vec![bank.name.clone()];
        let own = ("lotse".to_owned(), bank.ask());
        for (engine, answered) in [own].into_iter().chain(rivals::ask(bank)?) {
            let name = |figure: &str| format!("{}_{engine}_{figure}", bank.name);
            figures.add(&name("r1"), "share", answered.r1);
            figures.add(&name("r3"), "share", answered.r3);
            figures.add(&name("time"), "µs", answered.microseconds);
            let (r1, r3) = (format!("{:.3}", answered.r1), format!("{:.3}", answered.r3));
            let time = number(answered.microseconds, answered.microseconds);
            cells.push(format!("{r1} / {r3} / {time}"));
        }
        rows.push(cells);
    }
    let head: Vec<&str> = ["r1 / r3 / µs a question", "lotse"].into_iter().chain(rivals::ENGINES).collect();
    Ok(table(&head, &rows))
}
