//! The tables of the webhook bench.

use std::fmt::Write as _;

use super::figures::{Figures, number, table};
use super::plot::{Bar, Plot, bars};
use super::webhook::{PAIRS, SCENARIOS, SHARES};

/// Everything that was measured, in Markdown.
pub fn describe(figures: &Figures) -> String {
    [full_speed(figures), comparison(figures), fixed_rate(figures), totals(figures)].join("\n")
}

/// lotse and the peer side by side, between the limits of what any worker can do here.
pub fn draw(figures: &Figures) -> Plot {
    let limits = [
        ("one durable write, new senders", 2, "one_write_new"),
        ("one durable write, returning", 2, "one_write_returning"),
    ];
    let pairs = PAIRS.iter().flat_map(|(words, lotse, hono)| [(*words, 1, *hono), (*words, 0, *lotse)]);
    let bar = |(words, colour, name): (&str, usize, &str)| {
        let whose = ["lotse: ", "hono: ", ""][colour];
        let range = figures.get(&format!("{name}_of_empty"))?.range();
        Some(Bar { label: format!("{whose}{words}"), colour, range })
    };
    let all: Vec<Bar> = limits.into_iter().chain(pairs).filter_map(bar).collect();
    bars(
        "webhook",
        "Webhooks a second at full speed",
        "% of the empty handler in the same run",
        &all,
        Some((60.0, "aim")),
    )
}

fn full_speed(figures: &Figures) -> String {
    let row = |name: &str, words: &str| {
        let mut row = vec![words.to_owned(), figures.cell(&format!("{name}_of_empty"))];
        for column in
            ["rate", "settled", "answer_p50", "answer_p99", "answer_p999", "cpu", "per_core", "busy"]
        {
            row.push(figures.cell(&format!("{name}_{column}")));
        }
        row
    };
    let mut rows = vec![row("empty", "empty handler")];
    "100".clone_into(&mut rows[0][1]);
    rows.extend(SCENARIOS.iter().map(|scenario| row(scenario.name, scenario.words)));
    let head = [
        "at full speed",
        "% of empty",
        "webhooks/s",
        "with replies/s",
        "to 200, p50 ms",
        "p99 ms",
        "p99.9 ms",
        "CPU µs each",
        "webhooks/s a core",
        "workerd busy %",
    ];
    table(&head, &rows)
}

fn comparison(figures: &Figures) -> String {
    let row = |(words, lotse, _): &(&str, &str, &str)| {
        let cells =
            ["rate", "settled", "per_core"].map(|column| figures.cell(&format!("{lotse}_{column}_of_hono")));
        [(*words).to_owned()].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = PAIRS.iter().map(row).collect();
    table(&["lotse ÷ hono", "webhooks/s", "with replies/s", "webhooks/s a core"], &rows)
}

fn fixed_rate(figures: &Figures) -> String {
    let row = |(_, percent): &(f64, &str)| {
        let columns = ["rate", "answer_p50", "answer_p99", "reply_p50", "reply_p99"];
        let cells = columns.iter().map(|column| figures.cell(&format!("mix_new_at_{percent}_{column}")));
        let words = format!("lotse: mix, new senders, {percent} % of full speed");
        [words].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = SHARES.iter().map(row).collect();
    let head =
        ["at a fixed rate", "webhooks/s", "to 200, p50 ms", "p99 ms", "to the reply, p50 ms", "p99 ms"];
    table(&head, &rows)
}

fn totals(figures: &Figures) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for whose in ["lotse", "hono"] {
        let total = |name: &str| figures.sum(&format!("{whose}_{name}")).unwrap_or_default();
        let (right, questions) = (total("right"), total("questions"));
        let _ = writeln!(
            text,
            "{whose}, over all runs: {} webhooks were refused, {} replies were missing, {} came twice; {} % of {} \
             known questions got the answer that belongs to them.",
            total("refused"),
            total("replies_missing"),
            total("replies_double"),
            number(right / questions.max(1.0) * 100.0, 10.0),
            number(questions, questions),
        );
    }
    text
}
