//! Reads a number as people write it: `1.234,5 kWh`, `ca. 20`, `1,234.5`, `drei`.

use crate::faq::fold::fold;
use crate::settings::TextLanguage;

/// Words that may stand beside a number.
const FILLERS: &str = "ca circa etwa ungefähr rund genau about around approx exactly es sind ist it is das der die stand \
    zählerstand mein meine my the are reading von of und stück euro eur nr nummer number bitte";
const COUNTS: &[(&str, &str)] = &[
    ("0", "null kein keine keinen keiner none zero"),
    ("1", "ein eine einen eins one"),
    ("2", "zwei zwo two"),
    ("3", "drei three"),
    ("4", "vier four"),
    ("5", "fünf five"),
    ("6", "sechs six"),
    ("7", "sieben seven"),
    ("8", "acht eight"),
    ("9", "neun nine"),
    ("10", "zehn ten"),
    ("11", "elf eleven"),
    ("12", "zwölf twelve"),
];
/// More digits than anything that is counted.
const MAX_DIGITS: usize = 15;

/// The number that a text gives, in plain decimal form such as `-1234.5`. A lone dot or comma before three digits is
/// read as the language has it: `1.234` is a thousand and more in German.
pub(super) fn number(text: &str, unit: Option<&str>, language: TextLanguage) -> Option<String> {
    if text.contains('?') {
        return None;
    }
    let text = without_unit(text.trim(), unit);
    let is_part = |letter: char| letter.is_ascii_digit() || is_separator(letter);
    let Some(start) = text.find(|letter: char| letter.is_ascii_digit()) else { return in_words(&text) };
    let end = start + text[start..].find(|letter| !is_part(letter)).unwrap_or(text.len() - start);
    let (before, after) = (&text[..start], &text[end..]);
    let sign = if before.ends_with(['-', '−', '–']) { "-" } else { "" };
    let others = format!("{before} {after}");
    if others.contains(char::is_numeric) || !are_fillers(&others) {
        return None;
    }
    let figures = text[start..end].trim_end_matches(is_separator);
    plain(figures, language).map(|plain| if plain == "0" { plain } else { format!("{sign}{plain}") })
}

const fn is_separator(letter: char) -> bool {
    matches!(letter, '.' | ',' | ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}')
}

/// Takes the unit out, so that `m3` is not read as a three.
fn without_unit(text: &str, unit: Option<&str>) -> String {
    let Some(unit) = unit.map(str::trim).filter(|unit| !unit.is_empty()) else { return text.to_owned() };
    let lower = text.to_lowercase();
    let spellings = [unit.to_lowercase(), unit.to_lowercase().replace('²', "2").replace('³', "3")];
    let found = spellings.iter().find_map(|unit| Some((lower.rfind(unit.as_str())?, unit.len())));
    // Lower case may have another length; then nothing is cut.
    match found.filter(|_| lower.len() == text.len()) {
        Some((at, length)) if text.is_char_boundary(at) && text.is_char_boundary(at + length) => {
            format!("{} {}", &text[..at], &text[at + length..])
        }
        _ => text.to_owned(),
    }
}

fn are_fillers(text: &str) -> bool {
    let folded = fold(text);
    let known: Vec<String> = FILLERS.split_whitespace().map(fold).collect();
    folded.split(' ').filter(|word| !word.is_empty()).all(|word| known.iter().any(|filler| filler == word))
}

fn in_words(text: &str) -> Option<String> {
    let folded = fold(text);
    let (mut counts, mut rest) = (Vec::new(), Vec::new());
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        match COUNTS.iter().find(|(_, words)| words.split(' ').any(|known| fold(known) == word)) {
            Some((count, _)) => counts.push(*count),
            None => rest.push(word),
        }
    }
    match counts.as_slice() {
        [count] if are_fillers(&rest.join(" ")) => Some((*count).to_owned()),
        _ => None,
    }
}

/// Digits with separators in plain form.
fn plain(figures: &str, language: TextLanguage) -> Option<String> {
    let marks: Vec<(usize, char)> =
        figures.char_indices().filter(|(_, letter)| is_separator(*letter)).collect();
    let last = marks.last().copied();
    let point = last.filter(|(at, mark)| {
        let decides = matches!(mark, '.' | ',');
        let is_alone = marks.iter().filter(|(_, other)| other == mark).count() == 1;
        let others_differ = marks.len() > 1;
        let tail = figures.len() - at - mark.len_utf8();
        let head = figures[..*at].chars().filter(char::is_ascii_digit).count();
        let could_group = tail == 3 && (1..=3).contains(&head) && !figures.starts_with('0');
        decides && is_alone && (others_differ || !could_group || language.decimal_mark().starts_with(*mark))
    });
    let (whole, fraction) = match point {
        Some((at, mark)) => (&figures[..at], &figures[at + mark.len_utf8()..]),
        None => (figures, ""),
    };
    let groups: Vec<&str> = whole.split(is_separator).collect();
    let is_grouped = groups.len() == 1
        || (groups[1..].iter().all(|group| group.len() == 3) && (1..=3).contains(&groups[0].len()));
    let whole = groups.concat();
    if !is_grouped || whole.is_empty() || whole.len() + fraction.len() > MAX_DIGITS {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextLanguage::{English, German};

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let rows = [
            ("12", German, None, "12"),
            ("0", German, None, "0"),
            ("007", German, None, "7"),
            ("12,5", German, None, "12.5"),
            ("12.5", German, None, "12.5"),
            ("12,50", English, None, "12.5"),
            ("1.234", German, None, "1234"),
            ("1.234", English, None, "1.234"),
            ("1,234", English, None, "1234"),
            ("1,234", German, None, "1.234"),
            ("0.345", German, None, "0.345"),
            ("1.234,5", German, None, "1234.5"),
            ("1.234,5", English, None, "1234.5"),
            ("1,234.5", German, None, "1234.5"),
            ("1.234.567", German, None, "1234567"),
            ("1'234.50", German, None, "1234.5"),
            ("12 345 678,9", German, None, "12345678.9"),
            ("12345.678", German, None, "12345.678"),
            ("-5", German, None, "-5"),
            ("−5,5 Grad", German, Some("Grad"), "-5.5"),
            ("12345 kWh", German, Some("kWh"), "12345"),
            ("12345KWH.", German, Some("kWh"), "12345"),
            ("45,3 m3", German, Some("m³"), "45.3"),
            ("ca. 20", German, None, "20"),
            ("Zählerstand: 4.711 kWh", German, Some("kWh"), "4711"),
            ("es sind 3", German, None, "3"),
            ("drei", German, None, "3"),
            ("keine", German, None, "0"),
            ("about twelve", English, None, "12"),
        ];
        for (text, language, unit, expected) in rows {
            assert_eq!(number(text, unit, language).as_deref(), Some(expected), "{text} in {language:?}");
        }
    }

    #[test]
    fn what_is_no_number_or_two_is_not_read() {
        for text in [
            "",
            "viele",
            "3 oder 4",
            "drei vier",
            "12.34.56",
            "1.23.456",
            "12?",
            "Warum 24 Stunden",
            "1234567890123456",
            ",",
            "1 2 3",
            "١٢",
            "5 ²",
        ] {
            assert_eq!(number(text, None, German), None, "{text}");
        }
    }
}
