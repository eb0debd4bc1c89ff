//! Words as they are compared for red flags: when a written one stands for one of a phrase.

use std::collections::BTreeMap;

use crate::distance::within_distance;
use crate::fold::{fold_message, script};

/// No shorter word is looked for inside others, or in two that were written apart.
pub(super) const LEAST_WHOLE: usize = 6;

/// A folded word in each form in which it may be met.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    folded: Spelling,
    /// As typed, where folding saw an umlaut or a run of letters: `Aemnot` is one letter short of `Atemnot`, although
    /// `Ämnot` would be two, and `Bewusssein` one short of `Bewusstsein`. And without what Arabic writes in front of a
    /// word: `والنزيف` is `نزيف`.
    others: Vec<Spelling>,
}

impl Word {
    fn new(folded: &str, literal: &str) -> Self {
        let literal = (literal != folded).then_some(literal);
        let others = literal.into_iter().chain(script::bare(folded));
        Self { folded: Spelling::new(folded), others: others.map(Spelling::new).collect() }
    }

    /// The letters of its folded form.
    pub(super) fn letters(&self) -> &[char] {
        &self.folded.letters
    }

    /// All its forms. A word is met where one of them is, by any form of what is written.
    pub(super) fn forms(&self) -> impl Iterator<Item = &Spelling> {
        std::iter::once(&self.folded).chain(&self.others)
    }
}

/// The words of a phrase.
pub(super) fn words(phrase: &str) -> Vec<Word> {
    let (folded, literal) = fold_message(phrase);
    written(&folded, &literal).map(|(folded, literal)| Word::new(folded, literal)).collect()
}

/// The words of a message, however long it is: which stand where, and each different one once. What repeats itself
/// without end costs no more than its words.
pub(super) fn words_of_message(text: &str) -> (Vec<usize>, Vec<Word>) {
    let (folded, literal) = fold_message(text);
    let (mut numbers, mut different) = (BTreeMap::new(), Vec::new());
    let order = written(&folded, &literal).map(|word| {
        *numbers.entry(word).or_insert_with(|| {
            different.push(Word::new(word.0, word.1));
            different.len() - 1
        })
    });
    (order.collect(), different)
}

/// Each word, folded and literally.
fn written<'a>(folded: &'a str, literal: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    folded.split(' ').zip(literal.split(' ')).filter(|(folded, _)| !folded.is_empty())
}

/// The letters of a word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spelling {
    pub(super) letters: Vec<char>,
    /// One bit per letter or class of letters that occurs: a cheap test before the exact one.
    pub(super) signature: u32,
}

impl Spelling {
    fn new(word: &str) -> Self {
        let letters: Vec<char> = word.chars().collect();
        let signature = letters.iter().fold(0, |bits, letter| bits | 1 << (*letter as u32 % 32));
        Self { letters, signature }
    }

    /// Whether `written` is this word of a phrase, within the typing errors that it forgives. A short word must at
    /// least begin alike (`keine` is not `meine`), and one of four letters have the same letters, two of them swapped
    /// at most (`Lfut` is `Luft`, `Saft` is not).
    pub(super) fn is_misspelt_as(&self, written: &Self) -> bool {
        let (wanted, written) = (&self.letters, &written.letters);
        wanted == written
            || match tolerance(wanted.len()) {
                0 => wanted.len() == 4 && is_swapped(wanted, written),
                errors => {
                    (wanted.len() > 6 || wanted.first() == written.first())
                        && within_distance(wanted, written, errors)
                }
            }
    }

    /// Whether a word of this signature lacks too many of this one's letters, or has too many others, to be the same
    /// with `errors` typing errors: each takes one letter at most, and brings one.
    pub(super) const fn differs_more(signature: u32, other: u32, errors: usize) -> bool {
        has_more_bits(signature & !other, errors) || has_more_bits(other & !signature, errors)
    }
}

/// Faster than to count them, where a processor has no instruction for that.
const fn has_more_bits(mut bits: u32, most: usize) -> bool {
    let mut taken = 0;
    while taken < most {
        bits &= bits.wrapping_sub(1);
        taken += 1;
    }
    bits != 0
}

/// How many typing errors a word of a phrase forgives.
pub(super) const fn tolerance(letters: usize) -> usize {
    match letters {
        0..5 => 0,
        5..9 => 1,
        _ => MOST_ERRORS,
    }
}

/// No word forgives more.
pub(super) const MOST_ERRORS: usize = 2;

/// Whether two neighbouring letters changed places, and nothing else.
fn is_swapped(wanted: &[char], written: &[char]) -> bool {
    wanted.len() == written.len()
        && wanted.iter().zip(written).position(|(left, right)| left != right).is_some_and(|at| {
            let (after, swapped) = (at + 2, [wanted.get(at + 1), wanted.get(at)]);
            swapped == [written.get(at), written.get(at + 1)] && wanted.get(after..) == written.get(after..)
        })
}
