//! A pack as a spreadsheet: one row per entry and language.

use super::cells::{SEPARATORS, defused};
use super::columns::Column;
use crate::faq::pack::{Entry, EntryKind, Pack};
use crate::faq::write::{checked, kind_name};

/// A spreadsheet made of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// CSV as a German Excel opens it by a double click: UTF-8 with byte order mark, semicolons.
    pub csv: String,
    /// What a table cannot hold, one line each; the pack keeps it.
    pub left_out: Vec<String>,
}

/// Writes a pack as a spreadsheet. Cells that a spreadsheet would take for a formula are defused.
#[must_use]
pub fn export(pack: &Pack) -> Export {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![0xef, 0xbb, 0xbf]);
    let mut left_out = Vec::new();
    if !pack.red_flags.is_empty() {
        left_out.push(format!("{} red flags", pack.red_flags.len()));
    }
    if pack.crisis.is_some() {
        left_out.push("the greeting and settings of the crisis switch".to_owned());
    }
    // Rows have as many cells as the header, and memory takes all of them.
    let _ = writer.write_record(Column::ALL.map(|(_, names)| names.split(", ").next().unwrap_or_default()));
    for entry in &pack.entries {
        left_out.extend(lost(pack, entry).into_iter().map(|what| format!("\"{}\": {what}", entry.id)));
        for language in languages(pack, entry) {
            let row = Column::ALL.map(|(column, _)| defused(&cell(entry, language, column)).into_owned());
            let _ = writer.write_record(row);
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    Export { csv: String::from_utf8_lossy(&bytes).into_owned(), left_out }
}

/// The languages in which an entry has something to say, in the pack's order.
fn languages<'a>(pack: &'a Pack, entry: &'a Entry) -> impl Iterator<Item = &'a String> {
    pack.languages.iter().filter(|language| {
        entry.title.contains_key(*language)
            || entry.answer.contains_key(*language)
            || entry.phrasings.contains_key(*language)
    })
}

fn cell(entry: &Entry, language: &str, column: Column) -> String {
    let phrasings = entry.phrasings.get(language).map(Vec::as_slice).unwrap_or_default();
    match column {
        Column::Id => entry.id.clone(),
        Column::Kind => kind_name(entry.kind).to_owned(),
        Column::Language => language.to_owned(),
        Column::Title => entry.title.get(language).cloned().unwrap_or_default(),
        Column::Question => phrasings.first().cloned().unwrap_or_default(),
        Column::Answer => entry.answer.get(language).cloned().unwrap_or_default(),
        Column::Phrasings => phrasings.get(1..).unwrap_or_default().join("\n"),
        Column::Source => entry.source.clone().unwrap_or_default(),
        Column::AsOf => entry.as_of.map(checked).unwrap_or_default(),
        Column::Expires => entry.expires.map(|date| date.to_string()).unwrap_or_default(),
        Column::Buttons => entry.buttons.join("\n"),
    }
}

/// What of an entry does not come back from a table.
fn lost(pack: &Pack, entry: &Entry) -> Vec<String> {
    let mut lost = Vec::new();
    let mut name = |is_lost: bool, what: &str| {
        if is_lost {
            lost.push(what.to_owned());
        }
    };
    name(entry.location.is_some(), "the place on the map");
    name(entry.media.is_some(), "the media");
    name(entry.kind == EntryKind::Flow, "the steps");
    name(languages(pack, entry).next().is_none(), "an entry without any text");
    for (language, phrasings) in &entry.phrasings {
        let is_split = |phrasing: &String| phrasing.contains(SEPARATORS);
        let what = format!("phrasings in \"{language}\" with \";\" or \"|\" come back as several");
        name(phrasings.iter().skip(1).any(is_split), &what);
        let what = format!("no title in \"{language}\"; one will be made of the question");
        name(!phrasings.is_empty() && !entry.title.contains_key(language), &what);
    }
    lost
}
