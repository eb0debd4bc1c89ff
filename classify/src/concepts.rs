//! Meanings: words that people use for one another, German and English together.
//!
//! Written for front desks in general and for no pack in particular. A meaning is one more feature of a
//! text and counts little beside its letters: it helps where question and phrasing share no word.

use std::sync::LazyLock;

use super::features::step;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(include_str!("concepts.txt")));

/// A word that begins with a term of this length means it.
const SHORTEST_START: usize = 4;
/// A word that holds a term of this length means it.
const SHORTEST_PART: usize = 5;

/// Terms by their hashes: two terms with the same hash would be told by a test.
struct Table {
    /// Open addressing, a power of two of slots: `(hash, meaning + 1)`.
    slots: Vec<(u32, u32)>,
    longest: usize,
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

fn hash(term: &str) -> u32 {
    term.chars().fold(0, |hash, letter| step(hash, letter as u32))
}

impl Table {
    fn new(text: &str) -> Self {
        let count = lines(text).flat_map(|line| line.split(' ')).count();
        let mut table = Self { slots: vec![(0, 0); (count * 2).next_power_of_two()], longest: 0 };
        for (meaning, line) in (1..).zip(lines(text)) {
            for term in line.split(' ') {
                table.longest = table.longest.max(term.chars().count());
                let slot = table.slot(hash(term));
                table.slots[slot] = (hash(term), meaning);
            }
        }
        table
    }

    /// Where a hash is, or would be.
    fn slot(&self, hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (hash ^ hash >> 15) as usize & mask;
        while self.slots[slot].1 != 0 && self.slots[slot].0 != hash {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The longest term that begins here, as its length and meaning.
    fn longest(&self, letters: &[char], shortest: usize) -> Option<(usize, u32)> {
        let (mut hash, mut found) = (0, None);
        for (length, letter) in (1..).zip(letters.iter().take(self.longest)) {
            hash = step(hash, *letter as u32);
            if length >= shortest || length == letters.len() {
                let (_, meaning) = self.slots[self.slot(hash)];
                found = if meaning > 0 { Some((length, meaning)) } else { found };
            }
        }
        found
    }
}

/// Adds the meanings of a folded word, as numbers from 1.
pub fn push_meanings(letters: &[char], out: &mut Vec<u32>) {
    let table = &*TABLE;
    let mut at = 0;
    while at < letters.len() {
        let shortest = if at == 0 { SHORTEST_START } else { SHORTEST_PART };
        // A short term stands for the whole word only.
        if at > 0 && letters.len() - at < SHORTEST_PART {
            return;
        }
        match table.longest(&letters[at..], shortest) {
            Some((length, meaning)) => {
                out.push(meaning);
                at += length;
            }
            None => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn meanings(word: &str) -> Vec<u32> {
        let mut out = Vec::new();
        push_meanings(&word.chars().collect::<Vec<_>>(), &mut out);
        out
    }

    #[test]
    fn words_with_one_meaning_meet_and_others_do_not() {
        for (left, right) in [("impfung", "vaccine"), ("gebuhr", "price"), ("impftermine", "vaccination")] {
            let (left, right) = (meanings(left), meanings(right));
            assert!(left.iter().any(|meaning| right.contains(meaning)), "{left:?} {right:?}");
        }
        assert!(meanings("xyz").is_empty());
        assert!(meanings("buszy").is_empty(), "a short term is not a part of a word");
    }

    #[test]
    fn a_compound_means_what_its_parts_mean() {
        let parts: Vec<u32> = ["hals", "schmerz"].into_iter().flat_map(meanings).collect();
        assert_eq!(meanings("halsschmerzen"), parts);
    }

    #[test]
    fn terms_are_folded_stand_once_and_have_hashes_of_their_own() {
        let mut hashes = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for term in lines(include_str!("concepts.txt")).flat_map(|line| line.split(' ')) {
            assert_eq!(fold(term), term);
            assert!(seen.insert(term), "{term} stands twice");
            assert_eq!(hashes.insert(hash(term), term), None, "{term}");
        }
    }
}
