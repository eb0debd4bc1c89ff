//! Ids and titles for entries whose table has none that fit.

use super::super::fold::fold;
use super::super::lint::{MAX_ID, MAX_TITLE};

/// An id from a question: its words with hyphens, as far as they fit. What has no Latin letters gets a
/// number.
pub(super) fn slug_or_number(question: &str, number: usize) -> String {
    let slug = slug(question);
    if slug.is_empty() { format!("entry-{number}") } else { slug }
}

/// As [`slug_or_number`], or nothing.
pub(super) fn slug(question: &str) -> String {
    slug_of_id(&fold(question))
}

/// An id as it is written where it may be one, and else spelt with letters that may stand in one.
pub(super) fn slug_of_id(id: &str) -> String {
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
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_TITLE {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MAX_TITLE - 1).collect();
    let at_word = cut.rsplit_once(' ').map(|(head, _)| head.trim_end());
    let head = at_word.filter(|head| head.chars().count() >= MAX_TITLE / 2).unwrap_or(&cut);
    format!("{head}…")
}
