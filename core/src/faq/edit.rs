//! Edits of a pack's TOML text that leave everything else as its author wrote it: comments, order, line breaks.
//!
//! An edit inserts text at one place and then reads the result back: what comes out is the pack of before with
//! this one change, or an error. A change by a machine and one by hand so go into the same file.

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::pack::{Entry, EntryKind, Localized, Pack, PackError, parse};

/// A line that would grow beyond this many bytes goes on in the next one.
const LINE_BYTES: usize = 118;

/// Why a pack was not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not a pack, or would not be one afterwards.
    #[error("{0}")]
    Pack(#[from] PackError),
    /// There is no such entry.
    #[error("there is no entry \"{0}\"")]
    UnknownEntry(String),
    /// There is such an entry.
    #[error("there is an entry \"{0}\" already")]
    KnownEntry(String),
    /// The pack does not declare the language.
    #[error("language \"{0}\" is not among the pack's languages")]
    UnknownLanguage(String),
    /// The entry has this very phrasing.
    #[error("\"{0}\" has this phrasing already")]
    KnownPhrasing(String),
    /// The file is written in a way that this edit does not know; a human can do it by hand.
    #[error("the pack is written in a way that cannot be edited here; edit the text")]
    UnknownStyle,
}

/// An entry to append.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// Its name.
    pub id: String,
    /// What sort of entry it is.
    pub kind: EntryKind,
    /// What stands on a button, by language.
    pub title: Localized<String>,
    /// The approved text, by language.
    pub answer: Localized<String>,
    /// How people ask for it, by language.
    #[serde(default)]
    pub phrasings: Localized<Vec<String>>,
    /// Where the answer comes from.
    #[serde(default)]
    pub source: Option<String>,
    /// When it was checked last: `2026-11-20` or `2026-11-20T14:30`.
    #[serde(default)]
    pub as_of: Option<String>,
    /// The last day on which it may be served: `2026-11-20`.
    #[serde(default)]
    pub expires: Option<String>,
}

/// Adds a way to ask for an entry, behind those that it has in this language.
///
/// # Errors
/// When the text is no pack, has no such entry or language, has the phrasing already, or is written in a way that
/// cannot be edited here.
pub fn add_phrasing(source: &str, entry: &str, language: &str, text: &str) -> Result<String, EditError> {
    let mut expected = parse(source)?;
    if !expected.languages.iter().any(|known| known == language) {
        return Err(EditError::UnknownLanguage(language.to_owned()));
    }
    let unknown = || EditError::UnknownEntry(entry.to_owned());
    let known = expected.entries.iter_mut().find(|known| known.id == entry).ok_or_else(unknown)?;
    let phrasings = known.phrasings.entry(language.to_owned()).or_default();
    if phrasings.iter().any(|phrasing| phrasing == text) {
        return Err(EditError::KnownPhrasing(entry.to_owned()));
    }
    phrasings.push(text.to_owned());

    let document = DeTable::parse(source).map_err(|_| EditError::UnknownStyle)?;
    let blocks = document.get_ref().get("entry").and_then(|blocks| blocks.get_ref().as_array());
    let mut blocks = blocks.into_iter().flatten().filter_map(|block| block.get_ref().as_table());
    let block = blocks
        .find(|block| block.get("id").and_then(|id| id.get_ref().as_str()).is_some_and(|id| id == entry));
    let (at, insertion) = place(source, block.ok_or_else(unknown)?, language, text);
    let edited = format!("{}{insertion}{}", &source[..at], &source[at..]);
    if without_lines(parse(&edited).map_err(|_| EditError::UnknownStyle)?) == without_lines(expected) {
        Ok(edited)
    } else {
        Err(EditError::UnknownStyle)
    }
}

/// Appends an entry to the file.
///
/// # Errors
/// When the text is no pack, has the entry already, or would not be a pack with it.
pub fn add_entry(source: &str, entry: &NewEntry) -> Result<String, EditError> {
    let before = parse(source)?;
    if before.entries.iter().any(|known| known.id == entry.id) {
        return Err(EditError::KnownEntry(entry.id.clone()));
    }
    let newline = newline(source);
    let gap = if source.ends_with('\n') || source.is_empty() { "" } else { newline };
    let block = block(entry).replace('\n', newline);
    let edited = format!("{source}{gap}{newline}{block}");

    let mut after = parse(&edited)?;
    let appended = after.entries.pop();
    if appended.is_some_and(|appended| is_as_ordered(&appended, entry))
        && without_lines(after) == without_lines(before)
    {
        Ok(edited)
    } else {
        Err(EditError::UnknownStyle)
    }
}

/// Where a phrasing is inserted, and as what.
fn place(source: &str, block: &DeTable<'_>, language: &str, text: &str) -> (usize, String) {
    let phrasings = block.get("phrasings").and_then(|phrasings| phrasings.get_ref().as_table());
    let known = phrasings.and_then(|phrasings| phrasings.get(language));
    if let Some((array, span)) = known.and_then(|known| Some((known.get_ref().as_array()?, known.span()))) {
        return match array.iter().next_back() {
            Some(last) => behind(source, last, text),
            None => (span.start + 1, quoted(text)),
        };
    }
    let array = format!("{} = [{}]", key(language), quoted(text));
    let newline = newline(source);
    // The language whose phrasings stand last: the new one follows them, written in the same way.
    let last = phrasings.and_then(|phrasings| phrasings.iter().max_by_key(|(_, value)| value.span().end));
    let Some((name, value)) = last else {
        let id = block.get("id").map_or(0, |id| id.span().end);
        return (end_of_line(source, id), format!("{newline}phrasings.{array}"));
    };
    match source[..name.span().start].trim_end_matches([' ', '\t']).chars().next_back() {
        Some('.') => (end_of_line(source, value.span().end), format!("{newline}phrasings.{array}")),
        Some('{' | ',') => (value.span().end, format!(", {array}")),
        _ => (end_of_line(source, value.span().end), format!("{newline}{array}")),
    }
}

/// Behind the last one of a list: in the same line, or in a new one like it.
fn behind(source: &str, last: &Spanned<DeValue<'_>>, text: &str) -> (usize, String) {
    let (end, text) = (last.span().end, quoted(text));
    let line_start = source[..end].rfind('\n').map_or(0, |at| at + 1);
    let line = &source[line_start..end];
    let indent: String = line.chars().take_while(|letter| matches!(letter, ' ' | '\t')).collect();
    // A list that stands in one line stays there.
    let is_broken = line.trim_start().starts_with(['"', '\'']);
    if is_broken && line.len() + ", ".len() + text.len() + ",".len() > LINE_BYTES {
        (end, format!(",{}{indent}{text}", newline(source)))
    } else {
        (end, format!(", {text}"))
    }
}

/// An entry as it is written.
fn block(entry: &NewEntry) -> String {
    let mut lines = vec![
        "[[entry]]".to_owned(),
        format!("id = {}", quoted(&entry.id)),
        format!("kind = \"{}\"", kind(entry.kind)),
    ];
    lines.extend(
        entry.title.iter().map(|(language, title)| format!("title.{} = {}", key(language), quoted(title))),
    );
    let facts = [("source", &entry.source), ("as_of", &entry.as_of), ("expires", &entry.expires)];
    lines.extend(
        facts.iter().filter_map(|(name, value)| Some(format!("{name} = {}", quoted(value.as_ref()?)))),
    );
    lines.extend(
        entry.answer.iter().map(|(language, answer)| format!("answer.{} = {}", key(language), prose(answer))),
    );
    for (language, phrasings) in &entry.phrasings {
        lines.push(format!("phrasings.{} = [", key(language)));
        lines.extend(phrasings.iter().map(|phrasing| format!("  {},", quoted(phrasing))));
        lines.push("]".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn is_as_ordered(entry: &Entry, wanted: &NewEntry) -> bool {
    let Entry { id, kind, title, answer, phrasings, source, .. } = entry;
    (id, *kind, title, source) == (&wanted.id, wanted.kind, &wanted.title, &wanted.source)
        && (answer, phrasings) == (&wanted.answer, &wanted.phrasings)
        && entry.as_of.is_some() == wanted.as_of.is_some()
        && entry.expires.is_some() == wanted.expires.is_some()
}

const fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Faq => "faq",
        EntryKind::Status => "status",
        EntryKind::Address => "address",
        EntryKind::Flow => "flow",
    }
}

/// The pack, whatever lines its parts stand in.
fn without_lines(mut pack: Pack) -> Pack {
    pack.red_flags.iter_mut().for_each(|rule| rule.line = 0);
    pack.entries.iter_mut().for_each(|entry| entry.line = 0);
    pack.crisis.iter_mut().for_each(|crisis| crisis.line = 0);
    pack
}

/// The line breaks of the file.
fn newline(source: &str) -> &'static str {
    if source.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Where the line around a byte ends, before its line break.
fn end_of_line(source: &str, from: usize) -> usize {
    let end = source[from..].find('\n').map_or(source.len(), |at| from + at);
    end - usize::from(source[..end].ends_with('\r'))
}

/// A key, in quotes where it needs them.
fn key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// A text in one line.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text, false))
}

/// A text that may have several lines, as people like to read them.
fn prose(text: &str) -> String {
    // With CR anywhere, the line breaks of the file must not matter.
    if text.contains('\n') && !text.contains('\r') {
        // A line break right behind the quotes is not part of the text.
        format!("\"\"\"\n{}\"\"\"", escaped(text, true))
    } else {
        quoted(text)
    }
}

/// <https://toml.io/en/v1.0.0#string>
fn escaped(text: &str, keeps_lines: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' if keeps_lines => escaped.push('\n'),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            letter if letter.is_control() => escaped.push_str(&format!("\\u{:04X}", u32::from(letter))),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
