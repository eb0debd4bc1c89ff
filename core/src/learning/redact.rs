//! Takes personal data out of a text: numbers, addresses, links, and names where something announces them.
//!
//! Rules, not guesses: what a rule finds becomes [`MARK`], all else stays as it was written. A name in the middle
//! of a sentence that nothing announces is not found; `docs/learning.md` says so to those who read the result.
//! The rules are applied until they find nothing more, so that redacting twice changes nothing.

mod announced;
mod announcements;
mod places;

use std::ops::Range;

use crate::faq::fold::fold;
use crate::order;

/// Stands for what was taken out, and for what was cut off.
pub const MARK: char = '…';
/// The most characters of a redacted text.
pub const MAX_CHARACTERS: usize = 200;

/// How much of a text is looked at.
const READ_CHARACTERS: usize = 1_000;
/// A number of so many digits may be somebody's.
const LEAST_DIGITS: usize = 4;
/// Digits belong to the same number across so many characters that are neither letters nor digits.
const MOST_BETWEEN_DIGITS: usize = 3;

/// The text without personal data: at most [`MAX_CHARACTERS`], on one line, with [`MARK`] for what is missing.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut text: String = text.chars().take(READ_CHARACTERS).collect();
    loop {
        let next = shortened(&pass(&text));
        if next == text {
            return text;
        }
        text = next;
    }
}

/// Applies every rule once. Each change takes away letters, digits or white space, so that this comes to an end.
fn pass(text: &str) -> String {
    let words = words(text);
    let mut spans = Vec::new();
    numbers(text, &words, &mut spans);
    addresses(text, &mut spans);
    announced::names(text, &words, &mut spans);
    announced::births(&words, &mut spans);
    places::streets(text, &words, &mut spans);
    without(text, spans)
}

/// A run of letters and digits.
struct Word {
    at: Range<usize>,
    folded: String,
    digits: usize,
    is_capitalised: bool,
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, belongs_to_word(character)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push(word(text, from..at));
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Letters and digits of any script, and the marks that stand on letters in some.
fn belongs_to_word(character: char) -> bool {
    character.is_alphanumeric() || lotse_unicode::is_combining_mark(character)
}

fn word(text: &str, at: Range<usize>) -> Word {
    let written = &text[at.clone()];
    Word {
        folded: fold(written),
        digits: written.chars().filter(|character| character.is_numeric()).count(),
        is_capitalised: written.chars().next().is_some_and(char::is_uppercase),
        at,
    }
}

/// Numbers of four digits and more: of phones, accounts, contracts, days. Spaces, dashes, dots, slashes and brackets
/// within them do not hide them; `18:30` is a time.
fn numbers(text: &str, words: &[Word], spans: &mut Vec<Range<usize>>) {
    let mut run: Option<(Range<usize>, usize)> = None;
    for word in words.iter().filter(|word| word.digits > 0) {
        let joined = run.as_ref().is_some_and(|(run, _)| is_within_number(&text[run.end..word.at.start]));
        match &mut run {
            Some((run, digits)) if joined => {
                run.end = word.at.end;
                *digits += word.digits;
            }
            _ => {
                spans.extend(run.take().filter(|(_, digits)| *digits >= LEAST_DIGITS).map(|(run, _)| run));
                run = Some((word.at.clone(), word.digits));
            }
        }
    }
    spans.extend(run.filter(|(_, digits)| *digits >= LEAST_DIGITS).map(|(run, _)| run));
}

fn is_within_number(between: &str) -> bool {
    between.chars().count() <= MOST_BETWEEN_DIGITS
        && !between.chars().any(|it| it.is_alphanumeric() || matches!(it, ':' | ',' | ';' | '\n' | MARK))
}

/// E-mail addresses, handles, and what stands behind the name of a host in a link.
fn addresses(text: &str, spans: &mut Vec<Range<usize>>) {
    let mut end = 0;
    let tokens: Vec<Range<usize>> = text
        .split(char::is_whitespace)
        .map(|token| {
            let start = end;
            end = start + token.len() + text[start + token.len()..].chars().next().map_or(0, char::len_utf8);
            start..start + token.len()
        })
        .filter(|token| !token.is_empty())
        .collect();
    for (index, at) in tokens.iter().enumerate() {
        let token = text[at.clone()].to_lowercase();
        let says_at = |token: &str| ["(at)", "[at]", "{at}"].iter().any(|spelt| token.contains(spelt));
        let names_somebody = token.contains('@') && token.chars().any(char::is_alphanumeric);
        if names_somebody || says_at(&token) {
            spans.push(at.clone());
        }
        if says_at(&token) && token.chars().filter(|it| it.is_alphanumeric()).count() == 2 {
            spans.extend(index.checked_sub(1).map(|before| tokens[before].clone()));
            spans.extend(tokens.get(index + 1).cloned());
        }
        spans.extend(behind_host(&text[at.clone()]).map(|behind| at.start + behind..at.end));
    }
}

/// Where the part of a link begins that may lead to one person: everything behind the host.
fn behind_host(token: &str) -> Option<usize> {
    let start = token.find("://").map_or(0, |at| at + 3);
    let host = token[start..].find(['/', '?', '#']).map_or(token.len(), |at| start + at);
    let is_host = |host: &str| {
        host.split_once('.').is_some_and(|(name, rest)| {
            !name.is_empty()
                && rest.trim_end_matches('.').chars().filter(|it| it.is_alphabetic()).count() >= 2
        })
    };
    let is_link = start > 0 || is_host(&token[..host]);
    let behind = token[host..].trim_start_matches('/');
    let at = token.len() - behind.len();
    (is_link && behind.chars().any(char::is_alphanumeric)).then_some(at)
}

/// The text with a mark for each span, every run of white space one space and every run of marks one mark.
fn without(text: &str, mut spans: Vec<Range<usize>>) -> String {
    order::sort_by_key(&mut spans, |span| (span.start, span.end));
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        if span.end <= from {
            continue;
        }
        push(&mut out, &text[from..span.start.max(from)]);
        push(&mut out, MARK.encode_utf8(&mut [0; 4]));
        from = span.end;
    }
    push(&mut out, &text[from..]);
    out.truncate(out.trim_end().len());
    out
}

fn push(out: &mut String, text: &str) {
    for character in text.chars() {
        let is_space = character.is_whitespace() || character.is_control();
        let trimmed = out.trim_end();
        match character {
            _ if is_space && trimmed.len() < out.len() => {}
            _ if is_space && out.is_empty() => {}
            _ if is_space => out.push(' '),
            MARK if trimmed.ends_with(MARK) => out.truncate(trimmed.len()),
            other => out.push(other),
        }
    }
}

/// Cut between words where it is too long.
fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_CHARACTERS {
        return text.to_owned();
    }
    let end = text.char_indices().nth(MAX_CHARACTERS - 2).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    let head = head.rfind(' ').map_or(head, |space| &head[..space]);
    let mut out = head.trim_end().to_owned();
    push(&mut out, " ");
    push(&mut out, MARK.encode_utf8(&mut [0; 4]));
    out
}

#[cfg(test)]
mod tests;
