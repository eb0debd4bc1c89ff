//! Questions and answers from a spreadsheet, and back: CSV to [`Pack`] and [`Pack`] to CSV.
//!
//! For people who keep their answers in a table. Reading is lenient, since nobody writes a table for us:
//! what is not understood is left out and named with its row, and nothing is guessed that would change
//! what people are told. Not for the worker: only native programs read spreadsheets.

mod cells;
mod columns;
mod export;

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

pub use export::{Export, export};

use super::fold::fold;
use super::lint::{MAX_ID, MAX_TITLE};
use super::pack::{AsOf, Entry, EntryKind, Pack};
use cells::{Cell, as_of, date, decoded, delimiter, kind, language, pieces};
use columns::Column;

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
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(SpreadsheetError::Csv { row: 1, reason: error.to_string() }),
        None => csv::StringRecord::new(),
    };
    let mut importer = Importer::new(&header, options)?;
    if !is_utf8 {
        importer.remark(1, "", "the file is not UTF-8", "it was read as Windows-1252");
    }
    for (row, record) in (2..).zip(records) {
        let record = record.map_err(|error| SpreadsheetError::Csv { row, reason: error.to_string() })?;
        importer.row(row, &record);
    }
    Ok(importer.finish())
}

struct Importer<'a> {
    options: &'a Options,
    /// Where each column stands, and how it is called there.
    columns: BTreeMap<Column, (usize, String)>,
    /// How many cells the header has.
    width: usize,
    languages: Vec<String>,
    entries: Vec<Entry>,
    remarks: Vec<Remark>,
    rows: usize,
}

impl<'a> Importer<'a> {
    fn new(header: &csv::StringRecord, options: &'a Options) -> Result<Self, SpreadsheetError> {
        let mut importer = Self {
            options,
            columns: BTreeMap::new(),
            width: header.len(),
            languages: vec![options.language.clone()],
            entries: Vec::new(),
            remarks: Vec::new(),
            rows: 0,
        };
        for (at, name) in header.iter().enumerate() {
            match Column::of(name) {
                Some(column) if !importer.columns.contains_key(&column) => {
                    importer.columns.insert(column, (at, name.trim().to_owned()));
                }
                Some(_) => importer.remark(1, name, "there is such a column already", "this one is ignored"),
                None if name.trim().is_empty() => {}
                None => importer.remark(1, name, "no such column is known", "it is ignored"),
            }
        }
        let has = |column| importer.columns.contains_key(&column);
        if !has(Column::Answer) {
            return Err(SpreadsheetError::NoColumn("answer", "answer", "Antwort"));
        }
        if !has(Column::Question) && !has(Column::Title) {
            return Err(SpreadsheetError::NoColumn("question", "question", "Frage"));
        }
        Ok(importer)
    }

    fn remark(&mut self, row: usize, column: &str, reason: impl Into<String>, done: &'static str) {
        let (column, reason) = (column.trim().to_owned(), reason.into());
        self.remarks.push(Remark { row, column, reason, done });
    }

    /// As [`Self::remark`], with the column's name in this file.
    fn remark_at(&mut self, row: usize, column: Column, reason: impl Into<String>, done: &'static str) {
        let name = self.columns.get(&column).map_or_else(String::new, |(_, name)| name.clone());
        self.remark(row, &name, reason, done);
    }

    fn row(&mut self, row: usize, record: &csv::StringRecord) {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let cells: BTreeMap<Column, Cell> = self
            .columns
            .iter()
            .filter_map(|(column, (at, _))| Some((*column, Cell::read(record.get(*at)?)?)))
            .collect();
        let cell = |column| cells.get(&column).map_or("", |cell: &Cell| cell.0.as_str());
        let Some(language) = self.language_of(row, cell(Column::Language)) else { return };
        let (question, answer) = (cell(Column::Question), cell(Column::Answer));
        let name = if question.is_empty() { cell(Column::Title) } else { question };
        if cell(Column::Id).is_empty() && (name.is_empty() || answer.is_empty()) {
            let missing = if answer.is_empty() { Column::Answer } else { Column::Question };
            return self.remark_at(row, missing, "the cell is empty", "the row is left out");
        }
        if record.iter().skip(self.width).any(|cell| !cell.trim().is_empty()) {
            self.remark(row, "", "there are more cells than columns", "the rest of the row is ignored");
        }
        let at = self.entry_of(row, cell(Column::Id), name, &language);
        if !self.languages.contains(&language) {
            self.languages.push(language.clone());
        }
        self.rows += 1;
        self.texts(row, at, &language, &cells);
        self.facts(row, at, &cells);
    }

    fn language_of(&mut self, row: usize, written: &str) -> Option<String> {
        if written.is_empty() {
            return Some(self.options.language.clone());
        }
        let found = language(written);
        if found.is_none() {
            let reason = format!("\"{written}\" is no language; write a tag such as \"de\"");
            self.remark_at(row, Column::Language, reason, "the row is left out");
        }
        found
    }

    /// The entry that a row belongs to: by its id, or by its question in another language; else a new one.
    fn entry_of(&mut self, row: usize, id: &str, name: &str, language: &str) -> usize {
        let wanted = if id.is_empty() { slug(name, self.entries.len() + 1) } else { slug_of_id(id) };
        if !id.is_empty() && wanted != id {
            self.remark_at(row, Column::Id, format!("\"{id}\" is no id"), "it was spelt with letters a to z");
        }
        let known = self.entries.iter().position(|entry| entry.id == wanted);
        let is_same = |entry: &Entry| {
            let questions = entry.phrasings.get(language);
            !id.is_empty()
                || questions.is_none_or(|questions| questions.first().is_some_and(|one| one == name))
        };
        if let Some(at) = known.filter(|at| is_same(&self.entries[*at])) {
            return at;
        }
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        let is_free = |candidate: &String| self.entries.iter().all(|entry| entry.id != *candidate);
        let id = candidates.find(is_free).unwrap_or_default();
        self.entries.push(Entry { id, ..Entry::default() });
        self.entries.len() - 1
    }

    fn texts(&mut self, row: usize, at: usize, language: &str, cells: &BTreeMap<Column, Cell>) {
        let cell = |column| cells.get(&column).map_or("", |cell: &Cell| cell.0.as_str());
        let (question, answer) = (cell(Column::Question), cell(Column::Answer));
        let entry = &mut self.entries[at];
        let known = entry.answer.get(language).filter(|known| !answer.is_empty() && *known != answer);
        let is_second = known.is_some();
        if !answer.is_empty() && !is_second {
            entry.answer.insert(language.to_owned(), answer.to_owned());
        }
        let said = std::iter::once(question.to_owned()).filter(|question| !question.is_empty());
        let said: Vec<String> = said.chain(pieces(cell(Column::Phrasings))).collect();
        if !said.is_empty() {
            let phrasings = entry.phrasings.entry(language.to_owned()).or_default();
            for phrasing in said {
                if !phrasings.contains(&phrasing) {
                    phrasings.push(phrasing);
                }
            }
        }
        let title = cell(Column::Title);
        let given = if title.is_empty() { question } else { title };
        let is_cut = given.chars().count() > MAX_TITLE;
        if !given.is_empty() && !entry.title.contains_key(language) {
            entry.title.insert(language.to_owned(), shortened(given));
            if is_cut {
                let column = if title.is_empty() { Column::Question } else { Column::Title };
                let reason = format!("a title has at most {MAX_TITLE} characters");
                self.remark_at(row, column, reason, "it was shortened; write a better one");
            }
        }
        if is_second {
            let reason = "there is another answer to this question already";
            self.remark_at(row, Column::Answer, reason, "the first one stays");
        }
    }

    fn facts(&mut self, row: usize, at: usize, cells: &BTreeMap<Column, Cell>) {
        let cell = |column| cells.get(&column).map_or("", |cell: &Cell| cell.0.as_str());
        let source = Some(cell(Column::Source).to_owned()).filter(|source| !source.is_empty());
        self.fact(row, at, Column::Source, source, |entry| &mut entry.source);
        let checked = self.understood(row, Column::AsOf, cell(Column::AsOf), as_of);
        self.fact::<AsOf>(row, at, Column::AsOf, checked, |entry| &mut entry.as_of);
        let expires = self.understood(row, Column::Expires, cell(Column::Expires), date);
        self.fact::<Date>(row, at, Column::Expires, expires, |entry| &mut entry.expires);
        if let Some(kind) = self.understood(row, Column::Kind, cell(Column::Kind), kind) {
            if kind == EntryKind::Flow {
                self.remark_at(row, Column::Kind, "steps do not fit into a table", "it became a \"faq\"");
            } else {
                self.entries[at].kind = kind;
            }
        }
        let buttons = pieces(cell(Column::Buttons));
        if self.entries[at].buttons.is_empty() {
            self.entries[at].buttons = buttons;
        }
    }

    fn understood<T>(
        &mut self,
        row: usize,
        column: Column,
        written: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = Some(written).filter(|written| !written.is_empty()).and_then(&read);
        if found.is_none() && !written.is_empty() {
            let reason = format!("\"{written}\" is not understood; write {}", column.example());
            self.remark_at(row, column, reason, "the cell is left out");
        }
        found
    }

    /// Keeps what is said about an entry as a whole; the first row that says it decides.
    fn fact<T: PartialEq>(
        &mut self,
        row: usize,
        at: usize,
        column: Column,
        said: Option<T>,
        place: impl Fn(&mut Entry) -> &mut Option<T>,
    ) {
        let Some(said) = said else { return };
        let known = place(&mut self.entries[at]);
        match known {
            None => *known = Some(said),
            Some(known) if *known == said => {}
            Some(_) => {
                self.remark_at(row, column, "an earlier row says otherwise", "the earlier one stays");
            }
        }
    }

    fn finish(self) -> Import {
        let Options { id, title, .. } = self.options.clone();
        let pack = Pack {
            id,
            title,
            languages: self.languages,
            red_flags: Vec::new(),
            entries: self.entries,
            crisis: None,
        };
        Import { pack, remarks: self.remarks, rows: self.rows }
    }
}

/// An id from a question: its words with hyphens, as far as they fit. What has no Latin letters gets a
/// number.
fn slug(question: &str, number: usize) -> String {
    let slug = slug_of_id(&fold(question));
    if slug.is_empty() { format!("entry-{number}") } else { slug }
}

fn slug_of_id(id: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if !id.is_empty() && id.len() <= MAX_ID && id.chars().all(allowed) {
        return id.to_owned();
    }
    let mut out = String::new();
    for word in fold(id).split(' ') {
        let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        if out.len() + word.len() + 1 > MAX_ID - 4 {
            break;
        }
        if !out.is_empty() && !word.is_empty() {
            out.push('-');
        }
        out.push_str(&word);
    }
    out
}

/// A title that fits on a button, cut between words where that leaves enough.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_TITLE {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MAX_TITLE - 1).collect();
    let at_word = cut.rsplit_once(' ').map(|(head, _)| head.trim_end());
    let head = at_word.filter(|head| head.chars().count() >= MAX_TITLE / 2).unwrap_or(&cut);
    format!("{head}…")
}

#[cfg(test)]
mod tests;
