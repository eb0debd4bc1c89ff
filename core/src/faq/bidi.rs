//! Numbers and references inside right-to-left text.
//!
//! In an Arabic sentence a phone screen turns `089 99998-100` into `99998-100 089` and `8–18` into `18–8`,
//! because blanks and hyphens between figures follow the direction of the sentence. First strong isolates
//! (<https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates>) keep such bits together. Links
//! stay bare: they read right by themselves, and not every messenger ends a link before an isolate.

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// Whether a language is written from right to left.
#[must_use]
pub fn is_right_to_left(tag: &str) -> bool {
    matches!(tag.split(['-', '_']).next(), Some("ar" | "fa" | "he" | "ur" | "ps" | "ckb" | "yi"))
}

/// A text in a right-to-left language with its mixed bits isolated; any other text as it is.
#[must_use]
pub fn isolated(text: &str, language: &str) -> String {
    if !is_right_to_left(language) || text.contains(FIRST_STRONG_ISOLATE) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(start) = rest.find(is_left_to_right) {
        out.push_str(&rest[..start]);
        let (bit, after) = rest[start..].split_at(bit_length(&rest[start..]));
        if needs_isolation(bit) {
            out.extend([FIRST_STRONG_ISOLATE]);
            out.push_str(bit);
            out.extend([POP_ISOLATE]);
        } else {
            out.push_str(bit);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Latin letters and European figures.
const fn is_left_to_right(character: char) -> bool {
    matches!(character, '0'..='9' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | '+')
}

/// The bytes from the first character to the last one of a bit: what stands between two letters or
/// figures belongs to it, unless it is a new sentence or line.
fn bit_length(text: &str) -> usize {
    let mut end = 0;
    let mut gap = 0;
    for (at, character) in text.char_indices() {
        if is_left_to_right(character) {
            end = at + character.len_utf8();
            gap = 0;
        } else if gap >= 3
            || !matches!(character, ' ' | ',' | '-' | '–' | ':' | '/' | '.' | '@' | '_' | '#' | '?' | '=')
        {
            break;
        } else {
            gap += 1;
        }
    }
    end
}

/// Bits with a figure and something else; a number or a name alone reads right, and links stay bare.
fn needs_isolation(bit: &str) -> bool {
    let is_link = bit.contains("://") || bit.contains("www.") || bit.contains('@');
    !is_link
        && bit.contains(|character: char| character.is_ascii_digit())
        && !bit.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bits_that_would_fall_apart_are_isolated() {
        let rows = [
            ("telephone", "اتصلوا 089 99998-100، شكرا", "اتصلوا \u{2068}089 99998-100\u{2069}، شكرا"),
            ("reference", "رقمكم: GA-7Q4K", "رقمكم: \u{2068}GA-7Q4K\u{2069}"),
            ("at the end of a sentence", "الساعة 8:00.", "الساعة \u{2068}8:00\u{2069}."),
            ("address on a line", "Amtsstraße 12, Musterstadt", "\u{2068}Amtsstraße 12, Musterstadt\u{2069}"),
            ("plain number", "الرقم 112.", "الرقم 112."),
            ("link", "الموقع www.musterstadt.example/a1.", "الموقع www.musterstadt.example/a1."),
            ("address", "a1@musterstadt.example", "a1@musterstadt.example"),
            ("lines", "8-9\n10-11", "\u{2068}8-9\u{2069}\n\u{2068}10-11\u{2069}"),
            ("no latin", "شكرا", "شكرا"),
        ];
        for (name, text, expected) in rows {
            assert_eq!(isolated(text, "ar"), expected, "{name}");
            assert_eq!(isolated(text, "de"), text, "{name}, not in Arabic");
            assert_eq!(isolated(&isolated(text, "ar"), "ar"), expected, "{name}, twice");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_isolates_is_added_and_each_is_closed(text in ".{0,80}") {
            prop_assume!(!text.contains([FIRST_STRONG_ISOLATE, POP_ISOLATE]));
            let with = isolated(&text, "ar");
            let without: String =
                with.chars().filter(|one| ![FIRST_STRONG_ISOLATE, POP_ISOLATE].contains(one)).collect();
            prop_assert_eq!(without, text);
            let opened = with.matches(FIRST_STRONG_ISOLATE).count();
            prop_assert_eq!(opened, with.matches(POP_ISOLATE).count());
        }
    }
}
