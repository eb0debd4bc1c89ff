//! What was measured on one machine: read from the tables of `docs/performance.md` or from the bench's JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::marks;

/// Medians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Processor time of a webhook with all its work, in microseconds.
    pub cpu_micros: Cost,
    /// Hand-overs a second that went through one desk on one core, with all that goes with them.
    pub desk_updates_per_second: f64,
    /// Storage of a conversation, in kilobytes.
    pub kilobytes_per_conversation: f64,
}

/// The same figure for everything that comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// A known question of somebody who never wrote before.
    pub question_new: f64,
    /// A known question of somebody who did.
    pub question_returning: f64,
    /// What needs a human, of somebody new.
    pub handover_new: f64,
    /// What needs a human, of somebody who has a thread.
    pub handover_returning: f64,
    /// A report on one message of ours.
    pub status: f64,
}

impl Measured {
    /// Reads the marked tables of a document.
    ///
    /// # Errors
    /// When a table, row or column is missing.
    pub fn from_document(document: &str) -> Result<Self> {
        let section = marks::between(document, "bench:webhook").context("no marks bench:webhook")?;
        let cell = |row: &str, column: &str| {
            cell(section, row, column).with_context(|| format!("no figure for {row}, {column}"))
        };
        let cpu = |row: &str| cell(&format!("lotse: {row}"), "CPU µs each");
        let growth = marks::between(document, "bench:growth").context("no marks bench:growth")?;
        // "lotse: 1.00 (1.00–1.00) files and 29.1 (29.0–29.3) kB for each further conversation; …"
        let each = growth.lines().find(|line| line.starts_with("lotse: ") && line.contains(" kB for each "));
        let storage = each.and_then(|line| median(line.split_once(" files and ")?.1.split_once(" kB")?.0));
        Ok(Self {
            cpu_micros: Cost {
                question_new: cpu("known questions, new senders")?,
                question_returning: cpu("known questions, returning")?,
                handover_new: cpu("hand-overs, new senders")?,
                handover_returning: cpu("hand-overs, returning")?,
                status: cpu("statuses of the replies")?,
            },
            desk_updates_per_second: cell("lotse: hand-overs, returning", "webhooks/s")?,
            kilobytes_per_conversation: storage.context("no figure for the storage of a conversation")?,
        })
    }

    /// Reads the file that `cargo xtask bench --json` wrote.
    ///
    /// # Errors
    /// When it cannot be read or a figure is missing.
    pub fn from_json(path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Figure {
            bench: String,
            name: String,
            median: f64,
        }
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let figures: Vec<Figure> = serde_json::from_str(&text)?;
        let median_of = |bench: &str, name: &str| {
            let found = figures.iter().find(|figure| figure.bench == bench && figure.name == name);
            found.map(|figure| figure.median).with_context(|| format!("no figure {name}"))
        };
        let median = |name: &str| median_of("webhook", name);
        Ok(Self {
            cpu_micros: Cost {
                question_new: median("questions_new_cpu")?,
                question_returning: median("questions_returning_cpu")?,
                handover_new: median("handovers_new_cpu")?,
                handover_returning: median("handovers_returning_cpu")?,
                status: median("statuses_cpu")?,
            },
            desk_updates_per_second: median("handovers_returning_rate")?,
            kilobytes_per_conversation: median_of("growth", "lotse_each_storage")?,
        })
    }
}

/// The median in the cell of a table.
fn cell(section: &str, row: &str, column: &str) -> Option<f64> {
    let mut columns: Vec<&str> = Vec::new();
    for line in section.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells[0] == row {
            let at = columns.iter().position(|name| *name == column)?;
            return median(cells.get(at)?);
        }
        if cells.contains(&column) {
            columns = cells;
        }
    }
    None
}

/// `2 902 (2 812–3 077)` is 2902.
fn median(cell: &str) -> Option<f64> {
    let first = cell.split('(').next()?;
    let digits: String =
        first.chars().filter(|character| character.is_ascii_digit() || *character == '.').collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places;

    #[test]
    fn the_tables_of_the_project_can_be_read() {
        let document = fs::read_to_string(places::root().join("docs/performance.md")).expect("the document");
        let measured = Measured::from_document(&document).expect("figures");
        let Cost { question_new, status, .. } = measured.cpu_micros;
        assert!(question_new > status && status > 1.0, "{measured:?}");
        assert!(measured.kilobytes_per_conversation > 1.0, "{measured:?}");
    }

    #[test]
    fn a_cell_is_found_by_row_and_column() {
        let section = "| at full speed | webhooks/s | CPU µs each |\n|---|---:|---:|\n\
            | a | 1 432 (1 195–1 471) | 697 (667–835) |\n| b | 2.50 | – |\n";
        assert_eq!(cell(section, "a", "CPU µs each"), Some(697.0));
        assert_eq!(cell(section, "a", "webhooks/s"), Some(1_432.0));
        assert_eq!(cell(section, "b", "webhooks/s"), Some(2.5));
        assert_eq!(cell(section, "b", "CPU µs each"), None, "a dash is no figure");
        assert_eq!(cell(section, "c", "webhooks/s"), None);
    }
}
