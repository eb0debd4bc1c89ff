//! Letters taken apart into their simplest forms: Unicode's normalisation form KD.
//!
//! What Unicode says comes from the package `unicode-normalization`, at build time. Its own tables are made to lie in
//! memory as they are and take 60 kB of the compressed worker; here they are packed into 10, and unpacked when the first
//! letter beyond ASCII comes. The tests compare every character with it.
//! Source: <https://www.unicode.org/reports/tr15/>.
#![forbid(unsafe_code)]

mod tables;

use tables::known;

/// Whether a character is a mark on the one before it: an accent, a vowel sign.
#[must_use]
pub fn is_combining_mark(character: char) -> bool {
    known(character).is_mark()
}

/// The parts of these characters, the marks behind each letter in the order that Unicode gives them.
pub fn decomposed<I: Iterator<Item = char>>(characters: I) -> Decomposed<I> {
    Decomposed { characters, parts: Vec::new(), next: 0, settled: 0 }
}

/// See [`decomposed`].
#[derive(Clone, Debug)]
pub struct Decomposed<I> {
    characters: I,
    /// Parts with their classes.
    parts: Vec<(u8, char)>,
    /// The part that comes next.
    next: usize,
    /// Up to here nothing can come in between any more.
    settled: usize,
}

impl<I: Iterator<Item = char>> Iterator for Decomposed<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.next == self.settled {
            self.settle();
        }
        let (_, part) = self.parts.get(self.next)?;
        self.next += 1;
        Some(*part)
    }
}

impl<I: Iterator<Item = char>> Decomposed<I> {
    /// Takes characters until some part is settled.
    fn settle(&mut self) {
        self.parts.drain(..self.settled);
        (self.next, self.settled) = (0, 0);
        while self.settled == 0 {
            let Some(character) = self.characters.next() else {
                self.settled = self.parts.len();
                return;
            };
            if let '\u{ac00}'..='\u{d7a3}' = character {
                syllable(character).into_iter().flatten().for_each(|part| self.push(0, part));
                continue;
            }
            let whole = known(character);
            match whole.parts() {
                [] => self.push(whole.class(), character),
                parts => parts.iter().for_each(|part| self.push(known(*part).class(), *part)),
            }
        }
    }

    /// A mark goes behind those of its class and lower ones; any other part settles what is before it.
    fn push(&mut self, class: u8, part: char) {
        if class == 0 {
            self.parts.push((class, part));
            self.settled = self.parts.len();
        } else {
            let before = self.parts[self.settled..].partition_point(|(other, _)| *other <= class);
            self.parts.insert(self.settled + before, (class, part));
        }
    }
}

/// The two or three letters of a syllable of Hangul
/// (<https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G24646>).
fn syllable(syllable: char) -> [Option<char>; 3] {
    const VOWELS: u32 = 21;
    const FINALS: u32 = 28;
    let at = u32::from(syllable) - 0xac00;
    let (lead, vowel, tail) = (at / (VOWELS * FINALS), at / FINALS % VOWELS, at % FINALS);
    let tail = (tail > 0).then_some(0x11a7 + tail);
    [Some(0x1100 + lead), Some(0x1161 + vowel), tail].map(|letter| letter.and_then(char::from_u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn every_character_has_the_parts_that_unicode_gives_it() {
        for character in '\0'..=char::MAX {
            assert!(decomposed([character].into_iter()).eq([character].into_iter().nfkd()), "{character:?}");
            let is_mark = unicode_normalization::char::is_combining_mark(character);
            assert_eq!(is_combining_mark(character), is_mark, "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn marks_stand_in_the_order_that_unicode_gives_them(
            text in "[a\u{e4}\u{1ea5}\u{300}-\u{36f}\u{5b0}-\u{5c7}\u{1e14d}]{0,40}|\\PC{0,40}",
        ) {
            let expected: String = text.nfkd().collect();
            prop_assert_eq!(decomposed(text.chars()).collect::<String>(), expected);
        }
    }
}
