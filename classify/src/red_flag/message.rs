//! A message as red flags see it: its words, and where words of phrases stand in it.

use super::index::Index;
use super::word::{LEAST_WHOLE, Word};
use crate::groups::Groups;

/// So many other words may stand between two words of a phrase ("kriege heute gar keine Luft").
const GAP: usize = 2;

/// The words of a message, or what is left of them.
#[derive(Clone, Debug)]
pub(super) struct Message<'a> {
    words: Vec<&'a Word>,
    /// The words of phrases that each of them stands for alone.
    met: Vec<&'a [u32]>,
}

/// A word of a phrase that a message has.
#[derive(Clone, Copy, Debug)]
struct Hit {
    /// The place of the written word.
    at: usize,
    /// How many written words stand for it: one, or two that were written apart.
    taken: usize,
}

/// All words of phrases that a message has.
#[derive(Debug)]
pub(super) struct Hits {
    /// In the order of their places.
    hits: Vec<Hit>,
    /// Hits by word.
    of_word: Groups,
    /// The words that there are, ascending.
    words: Vec<u32>,
}

impl<'a> Message<'a> {
    /// A message of these words, each with the words of phrases that it stands for.
    pub(super) fn new(words: impl Iterator<Item = (&'a Word, &'a [u32])>) -> Self {
        let (words, met) = words.unzip();
        Self { words, met }
    }

    /// How many words it has.
    pub(super) const fn len(&self) -> usize {
        self.words.len()
    }

    /// What it has of the words of phrases.
    pub(super) fn hits(&self, index: &Index) -> Hits {
        let (mut words, mut hits) = (Vec::new(), Vec::new());
        for (at, word) in self.words.iter().enumerate() {
            words.extend_from_slice(self.met[at]);
            hits.resize(words.len(), Hit { at, taken: 1 });
            if let Some(next) = self.words.get(at + 1) {
                words.extend(index.met_together(word, next));
                hits.resize(words.len(), Hit { at, taken: 2 });
            }
        }
        let all: Vec<u32> = (0..hits.len() as u32).collect();
        let of_word = Groups::new(&words, &all, index.words());
        words.sort_unstable();
        words.dedup();
        Hits { hits, of_word, words }
    }

    /// The message without this look-alike, wherever it stands. A look-alike allows no typing errors: when in doubt,
    /// the rule fires.
    pub(super) fn remove(&mut self, look_alike: &[Word]) {
        // No word before this one begins what is left of the look-alike.
        let mut start = 0;
        while let Some(places) = self.find(look_alike, start) {
            start = places[0].saturating_sub(longest(look_alike));
            for at in places.into_iter().rev() {
                self.words.remove(at);
                self.met.remove(at);
            }
        }
    }

    /// The places, from `start` on, of the words of a look-alike, in order and with at most [`GAP`] words between two.
    fn find(&self, look_alike: &[Word], start: usize) -> Option<Vec<usize>> {
        let first = look_alike.first()?.letters().first();
        let may_start = |start: &usize| self.words[*start].letters().first() == first;
        let mut starts = (start..self.words.len()).filter(may_start);
        starts.find_map(|start| self.follow(look_alike, start, 1))
    }

    /// The places of the rest of a look-alike, whose next word lies within `reach` words from `start`.
    fn follow(&self, look_alike: &[Word], start: usize, reach: usize) -> Option<Vec<usize>> {
        let Some((wanted, rest)) = look_alike.split_first() else { return Some(Vec::new()) };
        for at in start..self.words.len().min(start + reach) {
            let taken = if resembles(wanted, self.words[at]) {
                1
            } else if self.words.get(at + 1).is_some_and(|next| is_apart(wanted, self.words[at], next)) {
                2
            } else {
                continue;
            };
            if let Some(following) = self.follow(rest, at + taken, GAP + 1) {
                return Some((at..at + taken).chain(following).collect());
            }
        }
        None
    }
}

impl Hits {
    /// The words of phrases that there are, each once and ascending.
    pub(super) fn words(&self) -> &[u32] {
        &self.words
    }

    /// Whether these words stand in the message in order, with at most [`GAP`] words between two.
    pub(super) fn have(&self, phrase: &[u32]) -> bool {
        phrase.iter().all(|word| !self.of_word.of(*word).is_empty()) && self.follow(phrase, 0, usize::MAX)
    }

    /// Whether the rest of a phrase is there, its next word within `reach` words from `start`.
    fn follow(&self, phrase: &[u32], start: usize, reach: usize) -> bool {
        let Some((word, rest)) = phrase.split_first() else { return true };
        let hit = |number: &u32| self.hits[*number as usize];
        let numbers = self.of_word.of(*word);
        let from = numbers.partition_point(|number| hit(number).at < start);
        let mut within = numbers[from..].iter().map(hit).take_while(|hit| hit.at - start < reach);
        within.any(|hit| self.follow(rest, hit.at + hit.taken, GAP + 1))
    }
}

/// In how many words of a message a look-alike lies at most: each of its words may be written as two, with a gap
/// behind it.
const fn longest(look_alike: &[Word]) -> usize {
    look_alike.len() * (2 + GAP)
}

/// How German and English inflect, where a look-alike covers its own forms (`Atemnotsyndroms`). Any two
/// letters would be too generous: `bewusstes` would hide `bewusstesin`.
const ENDINGS: [&str; 12] = ["e", "s", "n", "r", "m", "t", "d", "en", "er", "es", "em", "ed"];

fn resembles(look_alike: &Word, written: &Word) -> bool {
    let Some(ending) = written.letters().strip_prefix(look_alike.letters()) else { return false };
    ending.is_empty()
        || look_alike.letters().len() > 6
            && ENDINGS.iter().any(|known| known.chars().eq(ending.iter().copied()))
}

/// Whether two written words are this one, written apart.
fn is_apart(wanted: &Word, left: &Word, right: &Word) -> bool {
    let (wanted, left, right) = (wanted.letters(), left.letters(), right.letters());
    wanted.len() >= LEAST_WHOLE
        && wanted.len() == left.len() + right.len()
        && wanted.starts_with(left)
        && wanted.ends_with(right)
}
