//! Questions and answers from a spreadsheet, and back: CSV to [`Pack`] and [`Pack`] to CSV.
//!
//! For people who keep their answers in a table. Reading is lenient, since nobody writes a table for us:
//! what is not understood is left out and named with its row, and nothing is guessed that would change
//! what people are told. Not for the worker: only native programs read spreadsheets.

mod cells;
mod columns;
mod export;
mod importer;
mod names;
mod quotes;

use std::fmt;

pub use export::{Export, export};

use super::pack::Pack;
use cells::{decoded, delimiter};
use importer::Importer;
use quotes::quotes;

/// What the rows do not say themselves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The pack's id.
    pub id: String,
    /// The pack's title.
    pub title: String,
    /// The language of rows that name none, and the pack's default.
    pub language: String,
}

/// A pack from a spreadsheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The pack. It still wants a lint, and red flags.
    pub pack: Pack,
    /// What was not understood, in the order of the rows.
    pub remarks: Vec<Remark>,
    /// How many rows were taken.
    pub rows: usize,
}

/// Something in a spreadsheet that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The row as spreadsheets count: 1 is the header.
    pub row: usize,
    /// The column's name as it is written there; empty where it concerns the whole row.
    pub column: String,
    /// What is odd.
    pub reason: String,
    /// What was done about it.
    pub done: &'static str,
}

impl Remark {
    fn new(row: usize, column: &str, reason: impl Into<String>, done: &'static str) -> Self {
        Self { row, column: column.trim().to_owned(), reason: reason.into(), done }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { row, column, reason, done } = self;
        let column = if column.is_empty() { String::new() } else { format!(", column \"{column}\"") };
        write!(formatter, "row {row}{column}: {reason}; {done}")
    }
}

/// Why a file is no spreadsheet of answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpreadsheetError {
    /// The header lacks a column.
    #[error("row 1: there is no column for the {0}; name one \"{1}\" (or \"{2}\")")]
    NoColumn(&'static str, &'static str, &'static str),
    /// Broken as CSV.
    #[error("row {row}: {reason}")]
    Csv {
        /// The row.
        row: usize,
        /// What is wrong.
        reason: String,
    },
}

/// Reads a spreadsheet: comma, semicolon or tab between cells; UTF-8 or Windows-1252; header names in
/// German or English, in any order.
///
/// # Errors
/// When a column that must be there is missing, or the file is no CSV at all.
pub fn import(bytes: &[u8], options: &Options) -> Result<Import, SpreadsheetError> {
    let (text, is_utf8) = decoded(bytes);
    let delimiter = delimiter(&text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let (mut row, mut starts_at, mut importer) = (0, 0, None);
    let mut record = csv::StringRecord::new();
    loop {
        let raw = text.get(starts_at..).unwrap_or_default();
        // Blank lines are rows too, which the reader skips.
        row += 1 + blank_lines(raw);
        let is_read = reader.read_record(&mut record);
        if !is_read.map_err(|error| SpreadsheetError::Csv { row, reason: error.to_string() })? {
            break;
        }
        let ends_at = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        // The reader stops between the two characters of a line break.
        let is_within_break = text.as_bytes().get(ends_at.saturating_sub(1)..=ends_at) == Some(b"\r\n");
        let ends_at = ends_at + usize::from(is_within_break);
        let raw = text.get(starts_at..ends_at).unwrap_or(raw);
        starts_at = ends_at;
        match &mut importer {
            None => importer = Some(Importer::new(row, &record, options)?),
            Some(importer) => importer.record(row, &record, quotes(raw, delimiter)),
        }
    }
    let importer = match importer {
        Some(importer) => importer,
        None => Importer::new(1, &csv::StringRecord::new(), options)?,
    };
    let mut import = importer.finish();
    if !is_utf8 {
        let remark = Remark::new(1, "", "the file is not UTF-8", "it was read as Windows-1252");
        import.remarks.insert(0, remark);
    }
    Ok(import)
}

/// How many empty lines a text begins with.
fn blank_lines(text: &str) -> usize {
    let blank = &text[..text.len() - text.trim_start_matches(['\r', '\n']).len()];
    blank.replace("\r\n", "\n").len()
}

#[cfg(test)]
mod tests;
