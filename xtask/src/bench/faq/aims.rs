//! What the answer tier aims at, and how far it is.

use super::super::figures::{Figures, number, table};
use super::growth::{REFERENCE, name};

/// What, at most, the unit and the figure.
const AIMS: [(&str, f64, &str, &str); 3] = [
    ("a question", 100.0, "µs", "question"),
    ("compiling the pack from its text", 1_000.0, "ms", "compile"),
    ("the compiled pack, gzip -9", 1_000.0, "kB", "gzip_bytes"),
];

/// A table of them; a dash where nothing was measured.
pub fn describe(figures: &Figures) -> String {
    let row = |(words, aim, unit, figure): &(&str, f64, &str, &str)| {
        let name = name(REFERENCE, figure);
        let verdict = match figures.median(&name) {
            Some(median) if median <= *aim => "holds",
            Some(_) => "misses",
            None => "–",
        };
        vec![
            (*words).to_owned(),
            format!("≤ {} {unit}", number(*aim, *aim)),
            figures.cell(&name),
            figures.cell(&format!("{name}_cpu")),
            verdict.to_owned(),
        ]
    };
    let (entries, phrasings) = REFERENCE;
    let title = format!("inside workerd, {entries} entries × {phrasings} phrasings");
    table(
        &[&title, "aim", "measured", "processor time", "the median"],
        &AIMS.iter().map(row).collect::<Vec<_>>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_decides_whether_an_aim_holds() {
        let mut figures = Figures::new("test");
        [90.0, 95.0, 300.0]
            .into_iter()
            .for_each(|value| figures.add(&name(REFERENCE, "question"), "µs", value));
        figures.add(&name(REFERENCE, "compile"), "ms", 1_001.0);
        let text = describe(&figures);
        let verdicts: Vec<&str> = text
            .lines()
            .skip(2)
            .filter_map(|line| line.trim_end_matches(" |").rsplit("| ").next())
            .map(str::trim)
            .collect();
        assert_eq!(verdicts, ["holds", "misses", "–"], "{text}");
    }
}
