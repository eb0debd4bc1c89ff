//! Figures with their unit and spread, and tables of them.

use serde::Serialize;

/// One thing that was measured, as often as there were runs.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    bench: &'static str,
    name: String,
    unit: &'static str,
    runs: usize,
    min: f64,
    median: f64,
    max: f64,
    values: Vec<f64>,
}

/// All figures of one bench.
pub struct Figures {
    bench: &'static str,
    figures: Vec<Figure>,
}

impl Figures {
    /// None yet.
    #[must_use]
    pub const fn new(bench: &'static str) -> Self {
        Self { bench, figures: Vec::new() }
    }

    /// Adds the value of one more run.
    pub fn add(&mut self, name: &str, unit: &'static str, value: f64) {
        let known = self.figures.iter().position(|figure| figure.name == name);
        let at = known.unwrap_or_else(|| {
            let (bench, name) = (self.bench, name.to_owned());
            let values = Vec::new();
            self.figures.push(Figure { bench, name, unit, runs: 0, min: 0.0, median: 0.0, max: 0.0, values });
            self.figures.len() - 1
        });
        self.figures[at].take(value);
    }

    /// The figure of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// Median and spread as a cell of a table; a dash where nothing was measured.
    #[must_use]
    pub fn cell(&self, name: &str) -> String {
        self.get(name).map_or("–".to_owned(), Figure::cell)
    }

    /// The median alone.
    #[must_use]
    pub fn median(&self, name: &str) -> Option<f64> {
        self.get(name).map(|figure| figure.median)
    }

    /// The values of all runs together.
    #[must_use]
    pub fn sum(&self, name: &str) -> Option<f64> {
        self.get(name).map(|figure| figure.values.iter().sum())
    }

    /// All of them.
    #[must_use]
    pub fn into_list(self) -> Vec<Figure> {
        self.figures
    }
}

impl Figure {
    /// The value of the latest run.
    #[must_use]
    pub fn latest(&self) -> Option<f64> {
        self.values.last().copied()
    }

    /// Whether it is the one of this bench and name.
    #[must_use]
    pub fn is(&self, bench: &str, name: &str) -> bool {
        self.bench == bench && self.name == name
    }

    /// Median, minimum and maximum.
    #[must_use]
    pub const fn range(&self) -> (f64, f64, f64) {
        (self.median, self.min, self.max)
    }

    fn take(&mut self, value: f64) {
        self.values.push(value);
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len() - 1;
        self.runs = sorted.len();
        self.min = sorted[0];
        self.median = (sorted[last / 2] + sorted[last.div_ceil(2)]) / 2.0;
        self.max = sorted[last];
    }

    /// Median and spread as a cell of a table.
    #[must_use]
    pub fn cell(&self) -> String {
        let [median, min, max] = [self.median, self.min, self.max].map(|value| number(value, self.max));
        if self.runs == 1 { median } else { format!("{median} ({min}–{max})") }
    }
}

/// A number with as many decimals as a number of that size deserves, thousands apart.
#[must_use]
pub fn number(value: f64, size: f64) -> String {
    let decimals = match size.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if grouped.ends_with(|before: char| before.is_ascii_digit()) && (whole.len() - index) % 3 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// A table that reads well in a terminal and as Markdown: the first column to the left, the others to
/// the right.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let width = |column: usize| {
        let cells = rows.iter().chain([&head]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cell = |(column, width): (usize, &usize)| {
            let text = row.get(column).map(String::as_str).unwrap_or_default();
            if column == 0 { format!("{text:<width$}") } else { format!("{text:>width$}") }
        };
        format!("| {} |\n", widths.iter().enumerate().map(cell).collect::<Vec<_>>().join(" | "))
    };
    let rule = |(column, width): (usize, &usize)| {
        if column == 0 { "-".repeat(width + 2) } else { format!("{}:", "-".repeat(width + 1)) }
    };
    let rules = widths.iter().enumerate().map(rule).collect::<Vec<_>>().join("|");
    format!("{}|{rules}|\n{}", line(&head), rows.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_tells_median_and_spread() {
        let mut figures = Figures::new("test");
        for value in [3.0, 1.0, 2.0] {
            figures.add("a", "ms", value);
        }
        assert_eq!(figures.cell("a"), "2.00 (1.00–3.00)");
        assert_eq!(figures.cell("b"), "–");
        figures.add("a", "ms", 4.0);
        assert_eq!(figures.median("a"), Some(2.5));
    }

    #[test]
    fn numbers_have_the_decimals_that_their_size_deserves() {
        let cases = [
            (0.123, "0.12"),
            (12.34, "12.3"),
            (123.4, "123"),
            (12_345.6, "12 346"),
            (1_234_567.0, "1 234 567"),
            (-174.0, "-174"),
            (-1_174.0, "-1 174"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value, value), expected);
        }
    }

    #[test]
    fn a_table_is_aligned() {
        let rows = vec![vec!["ä".to_owned(), "1".to_owned()], vec!["bc".to_owned(), "22 ms".to_owned()]];
        let expected = "| x  |     y |\n|----|------:|\n| ä  |     1 |\n| bc | 22 ms |\n";
        assert_eq!(table(&["x", "y"], &rows), expected);
    }
}
