//! The words of a bank: which word a misspelt one was meant to be, and which language a text is in.
//!
//! Words that the bank does not know are read as small words of a dialect, or as the nearest one that it
//! knows, if one is near enough.
//! The work is bounded: so many words per text, letters per word and comparisons by signature first.

use std::collections::BTreeMap;

use super::dialect::standard;
use super::distance::within_distance;

/// Words from this length on forgive one error.
const FORGIVES_ONE: usize = 4;
/// Words of this length may lack a vowel (`tst`).
const FORGIVES_VOWEL: usize = FORGIVES_ONE - 1;
/// Words from this length on forgive two.
const FORGIVES_TWO: usize = 8;
/// Longer words are not words.
const LONGEST: usize = 32;
/// So many unknown words of a text are looked up.
const MOST_LOOKED_UP: usize = 24;

/// The words of a bank, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexicon {
    /// All words, one after the other.
    text: String,
    words: Vec<KnownWord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KnownWord {
    /// Where it begins and ends in the text.
    start: u32,
    end: u32,
    /// In letters.
    length: u32,
    /// One bit per letter or class of letters that occurs: a cheap test before the exact one.
    signature: u32,
    /// How many phrasings use it.
    count: u32,
    /// One bit per language whose phrasings use it.
    languages: u32,
}

/// A text as the bank would write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Folded, with unknown words replaced.
    pub text: String,
    /// The language of most words that belong to one language only.
    pub language: Option<u8>,
}

impl Lexicon {
    /// Collects the words of folded texts, each with the number of its language.
    #[must_use]
    pub fn new<'a>(texts: impl Iterator<Item = (&'a str, u8)>) -> Self {
        let mut found: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for (text, language) in texts {
            for word in text.split(' ').filter(|word| !word.is_empty()) {
                let (count, languages) = found.entry(word).or_default();
                *count += 1;
                *languages |= bit(language);
            }
        }
        let mut lexicon = Self::default();
        found.into_iter().for_each(|(word, (count, languages))| lexicon.push(word, count, languages));
        lexicon
    }

    fn push(&mut self, word: &str, count: u32, languages: u32) {
        let start = self.text.len() as u32;
        self.text.push_str(word);
        self.words.push(KnownWord {
            start,
            end: self.text.len() as u32,
            length: word.chars().count() as u32,
            signature: signature(word),
            count,
            languages,
        });
    }

    fn spelling(&self, word: &KnownWord) -> &str {
        &self.text[word.start as usize..word.end as usize]
    }

    fn known(&self, word: &str) -> Option<&KnownWord> {
        let at = self.words.binary_search_by(|known| self.spelling(known).cmp(word)).ok()?;
        Some(&self.words[at])
    }

    /// Reads a folded text.
    #[must_use]
    pub fn read(&self, folded: &str) -> Reading {
        let mut text = String::with_capacity(folded.len());
        let mut votes: BTreeMap<u32, u32> = BTreeMap::new();
        let mut looked_up = 0;
        for word in folded.split(' ').filter(|word| !word.is_empty()) {
            let mut meant = self.known(word).or_else(|| self.known(standard(word)?));
            if meant.is_none() && looked_up < MOST_LOOKED_UP {
                looked_up += 1;
                meant = self.nearest(word);
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(meant.map_or(word, |known| self.spelling(known)));
            if let Some(known) = meant {
                *votes.entry(known.languages).or_default() += 1;
            }
        }
        Reading { text, language: language(&votes) }
    }

    /// The known word that an unknown one was meant to be: the fewest errors away, then the most frequent.
    fn nearest(&self, word: &str) -> Option<&KnownWord> {
        let letters: Vec<char> = word.chars().take(LONGEST + 1).collect();
        let tolerance = match letters.len() {
            FORGIVES_VOWEL..FORGIVES_TWO => 1,
            FORGIVES_TWO..=LONGEST => 2,
            _ => return None,
        };
        if letters.iter().any(|letter| letter.is_numeric()) {
            return None;
        }
        let signature = signature(word);
        // Thumbs miss the first letter least, and words that differ there mostly are other words.
        let first = |known: &KnownWord| self.spelling(known).chars().next();
        let start = self.words.partition_point(|known| first(known) < letters.first().copied());
        let alike = self.words[start..].iter().take_while(|known| first(known) == letters.first().copied());
        let mut best: Option<(usize, &KnownWord)> = None;
        for known in alike {
            let limit = best.map_or(tolerance, |(distance, _)| distance);
            let spelling = self.spelling(known);
            let near = (known.length as usize).abs_diff(letters.len()) <= limit
                && known.length as usize >= FORGIVES_ONE
                && (known.signature ^ signature).count_ones() as usize <= 2 * limit
                && (letters.len() > FORGIVES_VOWEL || consonants(spelling).eq(consonants(word)));
            if !near {
                continue;
            }
            let spelling: Vec<char> = spelling.chars().collect();
            let Some(distance) = (1..=limit).find(|distance| within_distance(&letters, &spelling, *distance))
            else {
                continue;
            };
            if best.is_none_or(|(least, other)| (distance, other.count) < (least, known.count)) {
                best = Some((distance, known));
            }
        }
        best.map(|(_, known)| known)
    }
}

fn bit(language: u8) -> u32 {
    1_u32.checked_shl(u32::from(language)).unwrap_or(0)
}

fn consonants(word: &str) -> impl Iterator<Item = char> {
    word.chars().filter(|letter| !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'))
}

fn signature(word: &str) -> u32 {
    word.chars().fold(0, |bits, letter| bits | 1 << (letter as u32 % 32))
}

/// What the words say, by the languages that each may be in: the language of most words that are in one
/// only; the first language when all could be in several; none when they disagree or none is known.
fn language(votes: &BTreeMap<u32, u32>) -> Option<u8> {
    let mut clear: Vec<(u32, u32)> = votes
        .iter()
        .filter(|(languages, _)| languages.count_ones() == 1)
        .map(|(languages, count)| (*count, languages.trailing_zeros()))
        .collect();
    clear.sort_unstable();
    match clear.as_slice() {
        [] if votes.is_empty() => None,
        // The lowest language that all words share.
        [] => Some((votes.keys().fold(u32::MAX, |all, one| all & one).trailing_zeros() % u32::BITS) as u8),
        [.., (second, _), (first, _)] if first == second => None,
        [.., (_, language)] => Some(*language as u8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        let texts = [
            ("wo kann ich mich testen lassen", 0),
            ("wann ist der test fertig", 0),
            ("where can i get a test", 1),
            ("testzentrum am markt", 0),
            ("was kostet der markt", 0),
        ];
        Lexicon::new(texts.into_iter())
    }

    #[test]
    fn unknown_words_are_read_as_the_nearest_known_one() {
        let rows = [
            ("a letter missing", "tesen lassn", "testen lassen"),
            ("swapped", "tset", "test"),
            ("two errors in a long word", "tesszentrun", "testzentrum"),
            ("two errors in a short word", "markzzt", "markzzt"),
            ("short words stay", "wi kan", "wi kan"),
            ("known words stay", "was wann", "was wann"),
            ("spoken small words", "wo ko mi", "wo kann mich"),
            ("a vowel missing in a short word", "tst", "test"),
            ("numbers stay", "1234 a1234", "1234 a1234"),
            ("nothing", "", ""),
        ];
        for (name, text, expected) in rows {
            assert_eq!(lexicon().read(text).text, expected, "{name}");
        }
    }

    #[test]
    fn the_language_is_that_of_most_words_and_else_the_first() {
        let rows = [
            ("in both", "test", Some(0)),
            ("english beside it", "get test", Some(1)),
            ("misspelt english beside it", "wher test", Some(1)),
            ("german beside it", "test fertig", Some(0)),
            ("torn", "where kann", None),
            ("unknown", "bonjour", None),
        ];
        for (name, text, expected) in rows {
            assert_eq!(lexicon().read(text).language, expected, "{name}");
        }
    }

    #[test]
    fn only_so_many_words_are_looked_up() {
        let text = vec!["tset"; MOST_LOOKED_UP + 3].join(" ");
        assert_eq!(lexicon().read(&text).text.matches("tset").count(), 3);
    }
}
