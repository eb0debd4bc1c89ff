//! What a larger pack costs: to compile, to load, to ask, to keep.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::time::UnixMillis;

use super::super::figures::{Figures, number, table};
use super::super::size::compressed_bytes;
use super::super::stage::state_folder;
use super::banks::MadeUp;
use super::progress;

/// Entries and phrasings of each.
pub const SHAPES: [(usize, usize); 6] =
    [(10, 10), (100, 10), (300, 10), (100, 100), (100, 300), (100, 1_000)];
pub const QUESTIONS: usize = 200;

/// Measures natively.
pub fn run(figures: &mut Figures) -> Result<String> {
    let folder = state_folder()?;
    let mut rows = Vec::new();
    for (entries, phrasings) in SHAPES {
        progress(&format!("faq: {entries} entries with {phrasings} phrasings each"));
        let (pack, questions) = MadeUp::new()?.pack(entries, phrasings, QUESTIONS);
        let started = Instant::now();
        let knowledge = Knowledge::compile(&pack);
        let compile = started.elapsed().as_secs_f64() * 1e3;
        let bytes = knowledge.to_bytes();
        let path = folder.path().join("knowledge.bin");
        fs::write(&path, &bytes)?;
        let started = Instant::now();
        let knowledge = Knowledge::from_bytes(&bytes)?;
        let load = started.elapsed().as_secs_f64() * 1e3;
        let started = Instant::now();
        questions.iter().for_each(|text| drop(black_box(knowledge.ask(text, UnixMillis(0)))));
        let ask = started.elapsed().as_secs_f64() * 1e6 / QUESTIONS as f64;
        let values = [
            ("compile", "ms", compile),
            ("load", "ms", load),
            ("ask", "µs", ask),
            ("bytes", "B", bytes.len() as f64),
            ("gzip_bytes", "B", compressed_bytes(&path)?),
        ];
        let mut row = vec![format!("{entries} × {phrasings}")];
        for (name, unit, value) in values {
            figures.add(&format!("{entries}x{phrasings}_{name}"), unit, value);
            row.push(number(value, value));
        }
        rows.push(row);
    }
    Ok(table(&["entries × phrasings", "compile, ms", "load, ms", "a question, µs", "B", "gzip -9, B"], &rows))
}
