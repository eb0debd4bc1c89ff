//! Bytes to text, and what stands in a cell.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time};

use crate::faq::fold::fold;
use crate::faq::pack::{AsOf, EntryKind};

/// What a spreadsheet would take for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The text of a file, and whether it was UTF-8; else it was read as Windows-1252, which old versions of
/// Excel write.
pub(super) fn decoded(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), true),
        Err(_) => (Cow::Owned(bytes.iter().map(|byte| windows_1252(*byte)).collect()), false),
    }
}

/// <https://encoding.spec.whatwg.org/index-windows-1252.txt>
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => FROM_80[usize::from(byte - 0x80)],
        other => char::from(other),
    }
}

/// What stands between the cells of the header: the most frequent of tab, semicolon and comma.
pub(super) fn delimiter(text: &str) -> u8 {
    let header = text.trim_start_matches(['\r', '\n']).lines().next().unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [(0_usize, b','), (0, b';'), (0, b'\t')];
    for byte in header.bytes() {
        is_quoted ^= byte == b'"';
        if let Some(found) = counts.iter_mut().find(|(_, delimiter)| !is_quoted && *delimiter == byte) {
            found.0 += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(count, _)| *count)
        .filter(|(count, _)| *count > 0)
        .map_or(b',', |(_, one)| one)
}

/// A cell with something in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell(pub String);

impl Cell {
    /// Without blanks around it and with plain line breaks; none if it is empty then.
    pub(super) fn read(cell: &str) -> Option<Self> {
        let cell = cell.replace("\r\n", "\n").replace('\r', "\n");
        let cell = cell.trim();
        let cell = match cell.strip_prefix('\'') {
            Some(rest) if is_formula(rest) => rest,
            _ => cell,
        };
        (!cell.is_empty()).then(|| Self(cell.to_owned()))
    }
}

/// Whether a text, apostrophes in front of it aside, begins like a formula.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA)
}

/// The text with an apostrophe in front of what a spreadsheet would compute
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). [`Cell::read`] takes it away again.
pub(super) fn defused(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Several texts in one cell: one a line, or with `|` or `;` between them.
pub(super) fn pieces(cell: &str) -> Vec<String> {
    let pieces = cell.split(SEPARATORS).map(str::trim);
    pieces.filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

/// What separates the texts of a cell.
pub(super) const SEPARATORS: [char; 3] = ['\n', '|', ';'];

/// A language by its tag or its name.
pub(super) fn language(written: &str) -> Option<String> {
    const NAMES: [(&str, &str); 8] = [
        ("de", "deutsch, german"),
        ("en", "englisch, english"),
        ("tr", "türkisch, turkish, türkçe"),
        ("uk", "ukrainisch, ukrainian, українська"),
        ("ar", "arabisch, arabic, العربية"),
        ("de-leicht", "leichte sprache, leicht, plain german"),
        ("ru", "russisch, russian"),
        ("fr", "französisch, french"),
    ];
    let folded = fold(written);
    let named = NAMES.iter().find(|(_, names)| names.split(", ").any(|name| fold(name) == folded));
    if let Some((tag, _)) = named {
        return Some((*tag).to_owned());
    }
    let tag = written.trim().to_ascii_lowercase().replace('_', "-");
    let mut parts = tag.split('-');
    let is_tag = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    }) && parts
        .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    is_tag.then_some(tag)
}

/// A kind by its name in German or English.
pub(super) fn kind(written: &str) -> Option<EntryKind> {
    match fold(written).as_str() {
        "faq" | "frage" | "question" => Some(EntryKind::Faq),
        "status" | "lage" | "aktuell" => Some(EntryKind::Status),
        "address" | "adresse" | "ort" => Some(EntryKind::Address),
        "flow" | "ablauf" | "steps" => Some(EntryKind::Flow),
        _ => None,
    }
}

/// `2026-11-20` or `20.11.2026`.
pub(super) fn date(written: &str) -> Option<Date> {
    if written.len() == "2026-11-20".len()
        && let Ok(date) = written.parse()
    {
        return Some(date);
    }
    let mut parts = written.split('.').map(str::trim);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_whole = parts.next().is_none() && year.len() == 4;
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|_| is_whole)
}

/// A date, and a time of day if there is one.
pub(super) fn as_of(written: &str) -> Option<AsOf> {
    if let Some(date) = date(written) {
        return Some(AsOf { date, time: None });
    }
    if let Ok(at) = written.parse::<DateTime>() {
        return Some(AsOf { date: at.date(), time: Some(at.time()) });
    }
    let (day, time) = written.split_once([',', ' '])?;
    let time = time.trim().trim_end_matches("Uhr").trim();
    let time: Time = time.parse().ok()?;
    Some(AsOf { date: date(day.trim())?, time: Some(time) })
}
