//! From the rows of a table to the entries of a pack: what belongs together, and what was not understood.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::lint::MAX_TITLE;
use super::super::pack::{AsOf, Entry, EntryKind, Pack};
use super::cells::{Cell, as_of, date, kind, language, pieces};
use super::columns::Column;
use super::names::{shortened, slug, slug_of_id, slug_or_number};
use super::quotes::Quotes;
use super::{Import, Options, Remark, SpreadsheetError};

/// What the rows of an entry said so far, beyond what stands in it.
#[derive(Default)]
struct Said {
    /// The id as it was written.
    id: Option<String>,
    /// The id that its question makes.
    slug: String,
    /// Its questions, or titles where there is none.
    names: Vec<String>,
    kind: Option<EntryKind>,
    buttons: Option<Vec<String>>,
}

/// Rows on their way to a pack.
pub(super) struct Importer<'a> {
    options: &'a Options,
    /// Where each column stands, and how it is called there.
    columns: BTreeMap<Column, (usize, String)>,
    /// How many cells the header has.
    width: usize,
    languages: Vec<String>,
    entries: Vec<Entry>,
    /// Beside each entry.
    said: Vec<Said>,
    remarks: Vec<Remark>,
    rows: usize,
}

impl<'a> Importer<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// When a column that must be there is missing.
    pub(super) fn new(
        row: usize,
        header: &csv::StringRecord,
        options: &'a Options,
    ) -> Result<Self, SpreadsheetError> {
        let mut importer = Self {
            options,
            columns: BTreeMap::new(),
            width: header.len(),
            languages: vec![options.language.clone()],
            entries: Vec::new(),
            said: Vec::new(),
            remarks: Vec::new(),
            rows: 0,
        };
        for (at, name) in header.iter().enumerate() {
            match Column::of(name) {
                Some(column) if !importer.columns.contains_key(&column) => {
                    importer.columns.insert(column, (at, name.trim().to_owned()));
                }
                Some(_) => {
                    importer.remark(row, name, "there is such a column already", "this one is ignored");
                }
                None if name.trim().is_empty() => {}
                None => importer.remark(row, name, "no such column is known", "it is ignored"),
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

    /// Notes what was not understood.
    fn remark(&mut self, row: usize, column: &str, reason: impl Into<String>, done: &'static str) {
        self.remarks.push(Remark::new(row, column, reason, done));
    }

    /// As [`Self::remark`], with the column's name in this file.
    fn remark_at(&mut self, row: usize, column: Column, reason: impl Into<String>, done: &'static str) {
        let name = self.columns.get(&column).map_or_else(String::new, |(_, name)| name.clone());
        self.remark(row, &name, reason, done);
    }

    /// Takes a record in, unless its quotation marks say that it is none.
    pub(super) fn record(&mut self, row: usize, record: &csv::StringRecord, quotes: Quotes) {
        match quotes {
            Quotes::Sound => {}
            Quotes::Open => {
                let reason = "a quotation mark opens a cell and nothing closes it";
                return self.remark(row, "", reason, "the row and everything below it are left out");
            }
            Quotes::StrayAcrossLines => {
                let reason =
                    "a quotation mark opens a cell and the next one stands lines below, within another";
                return self.remark(
                    row,
                    "",
                    reason,
                    "the row is left out, with those below it that ran into it",
                );
            }
            Quotes::Stray => {
                self.remark(
                    row,
                    "",
                    "something stands behind a cell's closing quotation mark",
                    "it was added",
                );
            }
        }
        self.row(row, record);
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

    /// The entry that a row belongs to: by its id, or by its question; else a new one.
    fn entry_of(&mut self, row: usize, id: &str, name: &str, language: &str) -> usize {
        let known = if id.is_empty() {
            self.asked_before(row, name, language)
        } else {
            self.said.iter().position(|said| said.id.as_deref() == Some(id))
        };
        let at = known.unwrap_or_else(|| self.new_entry(row, id, name));
        if !name.is_empty() && !self.said[at].names.iter().any(|known| known == name) {
            self.said[at].names.push(name.to_owned());
        }
        at
    }

    /// The entry whose question this is, of those without an id: written the same, or nearly so where no other is as
    /// near and nothing is said in this language yet.
    fn asked_before(&mut self, row: usize, name: &str, language: &str) -> Option<usize> {
        let slug = slug(name);
        let without_id = || self.said.iter().enumerate().filter(|(_, said)| said.id.is_none());
        if let Some((at, _)) = without_id().find(|(_, said)| said.names.iter().any(|known| known == name)) {
            return Some(at);
        }
        let is_near = |(at, said): &(usize, &Said)| {
            let entry = &self.entries[*at];
            let speaks = entry.phrasings.contains_key(language) || entry.answer.contains_key(language);
            !slug.is_empty() && said.slug == slug && !speaks
        };
        let near: Vec<usize> = without_id().filter(is_near).map(|(at, _)| at).collect();
        if near.len() > 1 {
            let reason = "several questions above are nearly the same; name its entry by an id";
            self.remark_at(row, Column::Question, reason, "it became an entry of its own");
        }
        if near.len() == 1 { near.first().copied() } else { None }
    }

    fn new_entry(&mut self, row: usize, id: &str, name: &str) -> usize {
        let slug = slug(name);
        let wanted =
            if id.is_empty() { slug_or_number(name, self.entries.len() + 1) } else { slug_of_id(id) };
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        let is_free = |candidate: &String| self.entries.iter().all(|entry| entry.id != *candidate);
        let free = candidates.find(is_free).unwrap_or_default();
        if !id.is_empty() && wanted != id {
            self.remark_at(row, Column::Id, format!("\"{id}\" is no id"), "it was spelt with letters a to z");
        }
        if !id.is_empty() && wanted != free {
            let reason = format!("another entry is called \"{wanted}\" already");
            self.remark_at(row, Column::Id, reason, "it got a number");
        }
        self.entries.push(Entry { id: free, ..Entry::default() });
        let id = Some(id.to_owned()).filter(|id| !id.is_empty());
        self.said.push(Said { id, slug, ..Said::default() });
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
        if !title.is_empty()
            && self.entries[at].title.get(language).is_some_and(|known| *known != shortened(title))
        {
            let reason = "there is another title in this language already";
            self.remark_at(row, Column::Title, reason, "the first one stays");
        }
        if is_second {
            let reason = "there is another answer to this question already";
            self.remark_at(row, Column::Answer, reason, "the first one stays");
        }
    }

    fn facts(&mut self, row: usize, at: usize, cells: &BTreeMap<Column, Cell>) {
        let cell = |column| cells.get(&column).map_or("", |cell: &Cell| cell.0.as_str());
        let source = Some(cell(Column::Source).to_owned()).filter(|source| !source.is_empty());
        self.fact(row, at, Column::Source, source, |entry, _| &mut entry.source);
        let checked = self.understood(row, Column::AsOf, cell(Column::AsOf), as_of);
        self.fact::<AsOf>(row, at, Column::AsOf, checked, |entry, _| &mut entry.as_of);
        let expires = self.understood(row, Column::Expires, cell(Column::Expires), date);
        self.fact::<Date>(row, at, Column::Expires, expires, |entry, _| &mut entry.expires);
        if let Some(kind) = self.understood(row, Column::Kind, cell(Column::Kind), kind) {
            if kind == EntryKind::Flow {
                self.remark_at(row, Column::Kind, "steps do not fit into a table", "it became a \"faq\"");
            } else {
                self.fact(row, at, Column::Kind, Some(kind), |_, said| &mut said.kind);
                self.entries[at].kind = self.said[at].kind.unwrap_or(kind);
            }
        }
        let buttons = Some(pieces(cell(Column::Buttons))).filter(|buttons| !buttons.is_empty());
        self.fact(row, at, Column::Buttons, buttons, |_, said| &mut said.buttons);
        self.entries[at].buttons = self.said[at].buttons.clone().unwrap_or_default();
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
        place: impl for<'e> Fn(&'e mut Entry, &'e mut Said) -> &'e mut Option<T>,
    ) {
        let Some(said) = said else { return };
        let known = place(&mut self.entries[at], &mut self.said[at]);
        match known {
            None => *known = Some(said),
            Some(known) if *known == said => {}
            Some(_) => {
                self.remark_at(row, column, "an earlier row says otherwise", "the earlier one stays");
            }
        }
    }

    /// The pack of all rows.
    pub(super) fn finish(self) -> Import {
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
