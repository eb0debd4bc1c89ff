//! Where somebody lives: a street with the number of a house.

use std::ops::Range;

use super::{MARK, Word};

/// How words for a street end, folded.
const ENDINGS: &[&str] = &[
    "strasse", "str", "weg", "gasse", "allee", "platz", "ring", "damm", "ufer", "chaussee", "pfad", "steig",
    "stieg", "street", "road", "avenue", "lane", "straat", "sokak", "caddesi", "cad",
];
/// Words that stand before the name of a street, folded.
const BEGINNINGS: &[&str] = &["вул", "вулиця", "ул", "улица", "rue", "calle", "via", "ulica", "ul", "شارع"];
/// How many words may stand between a number and a word for a street: `12 Upper Main Street`.
const NAME_WORDS: usize = 3;

/// Finds streets with the number of a house.
pub(super) fn streets(text: &str, words: &[Word], spans: &mut Vec<Range<usize>>) {
    for at in 0..words.len() {
        spans.extend(house_behind(text, words, at));
        spans.extend(house_before(text, words, at));
    }
}

fn is_street(word: &Word) -> bool {
    ENDINGS.iter().any(|ending| word.folded.ends_with(ending))
}

/// `12`, `12a`
fn is_house(word: &Word) -> bool {
    word.digits > 0 && word.folded.chars().filter(|it| it.is_alphabetic()).count() <= 1
}

fn stand_together(text: &str, words: &[Word]) -> bool {
    words.windows(2).all(|pair| {
        let between = &text[pair[0].at.end..pair[1].at.start];
        between.chars().count() <= 3 && !between.contains(['!', '?', ';', ':', MARK])
    })
}

/// `Lange Straße 12a`, `вул. Шевченка 12`. Of a street in two words, the word before goes as well.
fn house_behind(text: &str, words: &[Word], at: usize) -> Option<Range<usize>> {
    let begins = BEGINNINGS.contains(&words[at].folded.as_str());
    let house = words[at + 1..].iter().take(if begins { NAME_WORDS } else { 1 }).position(is_house)?;
    let house = at + 1 + house;
    if !(begins || is_street(&words[at])) || !stand_together(text, &words[at..=house]) {
        return None;
    }
    let is_bare = ENDINGS.contains(&words[at].folded.as_str());
    let name = at
        .checked_sub(1)
        .filter(|name| is_bare && words[*name].is_capitalised && stand_together(text, &words[*name..=at]));
    Some(words[name.unwrap_or(at)].at.start..words[house].at.end)
}

/// `12 Main Street`
fn house_before(text: &str, words: &[Word], at: usize) -> Option<Range<usize>> {
    if !is_house(&words[at]) {
        return None;
    }
    let behind = &words[at + 1..words.len().min(at + 1 + NAME_WORDS)];
    let street = at
        + 1
        + behind
            .iter()
            .position(|word| ["street", "road", "avenue", "lane"].contains(&word.folded.as_str()))?;
    let named = words[at + 1..=street].iter().all(|word| word.is_capitalised || word.digits > 0);
    (named && stand_together(text, &words[at..=street])).then(|| words[at].at.start..words[street].at.end)
}
