//! What a larger pack costs inside workerd: to compile, to load, to ask, to keep.

use std::fs;
use std::time::Instant;

use anyhow::Result;

use super::super::figures::{Figures, number, table};
use super::super::size::compressed_bytes;
use super::super::stage::state_folder;
use super::inside::Matcher;
use super::made_up::MadeUp;
use super::{progress, tell};

/// Entries and phrasings of each: 100 to 100,000 phrasings, and at the end many entries.
const SHAPES: [(usize, usize); 8] =
    [(10, 10), (30, 10), (100, 10), REFERENCE, (100, 100), (100, 300), (100, 1_000), (1_000, 10)];
/// The pack that the aims are about.
pub const REFERENCE: (usize, usize) = (300, 10);
/// Asked in each round.
const QUESTIONS: usize = 200;
/// What can be expected to take longer is left out and said so: compiling one pack, and everything together.
const MOST_SECONDS: f64 = 120.0;
const SECONDS_IN_ALL: f64 = 200.0;
/// Rounds of loading or compiling end after so long, even if there was only one.
const REPEATING_SECONDS: f64 = 4.0;

/// Measures all sizes, and prints each row as it comes.
pub async fn run(matcher: &Matcher, rounds: usize, figures: &mut Figures) -> Result<String> {
    let began = Instant::now();
    let mut measured = Vec::new();
    let mut rows = Vec::new();
    for shape in SHAPES {
        let expected = expected_seconds(shape, &measured);
        let (entries, phrasings) = shape;
        let title = format!("{} ({entries} × {phrasings})", number((entries * phrasings) as f64, 1e3));
        if expected > MOST_SECONDS || began.elapsed().as_secs_f64() + expected > SECONDS_IN_ALL {
            progress(&format!("faq: {title} left out, compiling would take about {expected:.0} s"));
            rows.push(left_out(title, expected));
            continue;
        }
        progress(&format!("faq: {title} inside workerd, about {:.0} s", expected.max(1.0) + 1.0));
        measure(matcher, shape, rounds, figures).await?;
        let row = row(title, shape, figures);
        tell(&COLUMNS.map(|(_, _, words)| words), &row[1..]);
        rows.push(row);
        measured.extend(figures.median(&name(shape, "compile")).map(|millis| (shape, millis / 1e3)));
    }
    let head: Vec<&str> =
        ["phrasings (entries × each)"].into_iter().chain(COLUMNS.map(|(_, _, words)| words)).collect();
    Ok(table(&head, &rows))
}

/// Name, unit and words of each figure.
const COLUMNS: [(&str, &str, &str); 7] = [
    ("question", "µs", "a question, µs"),
    ("load", "ms", "load, ms"),
    ("load_memory", "MB", "memory, MB"),
    ("compile", "ms", "compile, ms"),
    ("compile_memory", "MB", "memory, MB"),
    ("bytes", "kB", "compiled, kB"),
    ("gzip_bytes", "kB", "gzip -9, kB"),
];

/// The figure of one size.
pub fn name((entries, phrasings): (usize, usize), figure: &str) -> String {
    format!("workerd_{entries}x{phrasings}_{figure}")
}

/// What training mostly depends on: every entry is set apart from every phrasing.
fn work((entries, phrasings): (usize, usize)) -> f64 {
    (entries * entries * phrasings) as f64
}

/// How long compiling will take, from the last pack measured, rather one with as many phrasings an entry.
fn expected_seconds(shape: (usize, usize), measured: &[((usize, usize), f64)]) -> f64 {
    let alike = measured.iter().rev().find(|((_, phrasings), _)| *phrasings == shape.1);
    alike.or(measured.last()).map_or(0.0, |(smaller, seconds)| seconds * work(shape) / work(*smaller))
}

fn row(title: String, shape: (usize, usize), figures: &Figures) -> Vec<String> {
    let cells = COLUMNS.map(|(figure, _, _)| figures.cell(&name(shape, figure)));
    [title].into_iter().chain(cells).collect()
}

fn left_out(title: String, expected: f64) -> Vec<String> {
    let cell = |(figure, _, _): (&str, &str, &str)| {
        if figure == "compile" { format!("left out: some {expected:.0} s") } else { "–".to_owned() }
    };
    [title].into_iter().chain(COLUMNS.map(cell)).collect()
}

async fn measure(
    matcher: &Matcher,
    shape: (usize, usize),
    rounds: usize,
    figures: &mut Figures,
) -> Result<()> {
    let mut add = |figure: &str, value: f64| {
        let measure = figure.trim_end_matches("_cpu");
        let unit = COLUMNS.iter().find(|(known, _, _)| *known == measure).map_or("", |(_, unit, _)| unit);
        figures.add(&name(shape, figure), unit, value);
    };
    let (pack, questions) = MadeUp::new()?.pack(shape.0, shape.1, QUESTIONS);
    let is_reference = shape == REFERENCE;
    let enough = |began: Instant| !is_reference && began.elapsed().as_secs_f64() > REPEATING_SECONDS;

    let began = Instant::now();
    let mut compiled = matcher.compile(&pack).await?;
    add("compile_memory", compiled.memory / 1e6);
    for round in 1..=rounds {
        add("compile", compiled.millis);
        add("compile_cpu", compiled.cpu_millis);
        if round == rounds || enough(began) {
            break;
        }
        compiled = matcher.compile(&pack).await?;
    }

    let folder = state_folder()?;
    let path = folder.path().join("knowledge.bin");
    fs::write(&path, &compiled.bytes)?;
    add("bytes", compiled.bytes.len() as f64 / 1e3);
    add("gzip_bytes", compressed_bytes(&path)? / 1e3);

    let began = Instant::now();
    for round in 1..=rounds {
        let (millis, memory) = matcher.load(&compiled.bytes).await?;
        add("load", millis);
        if round == 1 {
            add("load_memory", memory / 1e6);
        }
        if enough(began) {
            break;
        }
    }
    let questions = matcher.prepare(&questions).await?;
    for _ in 0..rounds {
        let (micros, cpu_micros) = matcher.ask(&questions).await?;
        add("question", micros);
        add("question_cpu", cpu_micros);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_compiling_takes_is_expected_from_the_pack_most_alike() {
        assert!(expected_seconds((10, 10), &[]).abs() < 1e-9);
        let measured = [((100, 10), 2.0), ((100, 100), 5.0)];
        assert!((expected_seconds((100, 1_000), &measured) - 50.0).abs() < 1e-9, "ten times the phrasings");
        assert!((expected_seconds((1_000, 10), &measured) - 200.0).abs() < 1e-9, "ten times of both");
    }

    #[test]
    fn rows_are_as_wide_as_the_table_and_say_what_was_left_out() {
        let mut figures = Figures::new("test");
        figures.add(&name((30, 10), "question"), "µs", 20.0);
        let measured = row("300".to_owned(), (30, 10), &figures);
        assert_eq!(measured[..3], ["300", "20.0", "–"]);
        let missing = left_out("300".to_owned(), 312.4);
        assert_eq!(missing[4], "left out: some 312 s");
        assert_eq!((measured.len(), missing.len()), (COLUMNS.len() + 1, COLUMNS.len() + 1));
    }

    #[test]
    fn sizes_go_from_a_hundred_to_a_hundred_thousand_phrasings_and_hold_the_one_of_the_aims() {
        let sizes: Vec<usize> = SHAPES.iter().map(|(entries, phrasings)| entries * phrasings).collect();
        assert_eq!((sizes.iter().min(), sizes.iter().max()), (Some(&100), Some(&100_000)));
        assert!(SHAPES.contains(&REFERENCE));
    }
}
