//! The answer tier against what people would otherwise take, inside workerd, and as packs grow.
//!
//! Evaluation sets lie outside the project; without any, the sample packs are asked what is left out of them.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use super::figures::Figures;
use super::{Section, progress};

mod aims;
mod banks;
mod compare;
mod engines;
mod growth;
mod inside;
mod made_up;

use inside::Matcher;

/// A row of a table on the terminal, as soon as it is there.
fn tell(head: &[&str], row: &[String]) {
    let cells: Vec<String> = head.iter().zip(row).map(|(words, cell)| format!("{words}: {cell}")).collect();
    eprintln!("    {}", cells.join(" | "));
}

/// Measures; prints each row as it comes.
///
/// # Errors
/// When a set or pack cannot be read, or a program does not build or breaks.
pub async fn run(sets: &[PathBuf], rounds: usize) -> Result<Section> {
    let banks = if sets.is_empty() { banks::left_out()? } else { banks::read(sets)? };
    let wasm = inside::build()?;
    let mut figures = Figures::new("faq");
    let began = Instant::now();
    let against_others = compare::run(&banks, rounds, &wasm, &mut figures).await?;
    let compared = began.elapsed();
    let grown = {
        let matcher = Matcher::start().await?;
        growth::run(&matcher, rounds, &mut figures).await?
    };
    let (compared, grown_seconds) = (compared.as_secs_f32(), (began.elapsed() - compared).as_secs_f32());
    eprintln!("  faq: {compared:.0} s against others, {grown_seconds:.0} s inside workerd");
    let text = format!("{}\n{against_others}\n{grown}", aims::describe(&figures));
    Ok(Section { text, figures: figures.into_list(), plots: Vec::new() })
}
