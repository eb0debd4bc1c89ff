//! From folded words to numbers: hashed grams, a vocabulary with weights, sparse vectors.
//!
//! Five views of a text, each good at something else: characters 2–5 within words (typos, compounds,
//! endings), whole words, pairs of neighbouring words (order), consonant skeletons (dialect and
//! spelling by ear: `Wegga`, `Wecker`), and meanings (`Gebühr`, `price`). A gram is its 31-bit hash; no
//! text of a gram is ever stored.

use super::concepts::push_meanings;

/// Shortest and longest run of characters that is a gram.
const GRAM_LENGTHS: std::ops::RangeInclusive<usize> = 2..=5;
/// Shortest and longest run of a consonant skeleton that is a gram.
const SKELETON_LENGTHS: std::ops::RangeInclusive<usize> = 2..=3;

/// How much of a corrected text counts beside the written one: a correction is a guess.
const MEANT: f32 = 0.5;

/// Different starts keep the views of a text apart.
const GRAM_SEED: u32 = 0x811c_9dc5;
const WORD_SEED: u32 = 0x3c6e_f372;
const PAIR_SEED: u32 = 0xa54f_f53a;
const SKELETON_SEED: u32 = 0x510e_527f;

/// What stands before the first word, which often says what kind of question it is.
const BEGINNING: u32 = 1;

/// Set in the hash of a meaning, never in that of any other gram.
const MEANING: u32 = 1 << 31;

/// The share of meanings in the squared length of a text. Where a text has none, it is shorter by so much.
const MEANINGS_SHARE: f32 = 0.09;

/// From so many documents on, what more than half of them hold tells nothing.
const COMMON_FROM: usize = 100;

/// The hashes of all grams of a folded text, with repetition, in no particular order.
#[must_use]
pub fn grams(folded: &str) -> Vec<u32> {
    let mut out = Vec::with_capacity(folded.len() * 6);
    let mut padded = Vec::new();
    let mut previous = BEGINNING;
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        push_padded(&mut padded, word.chars());
        push_runs(&padded, GRAM_LENGTHS, GRAM_SEED, &mut out);
        let first_meaning = out.len();
        push_meanings(&padded[1..padded.len() - 1], &mut out);
        out[first_meaning..].iter_mut().for_each(|meaning| *meaning |= MEANING);
        let hash = finish(hash_all(&padded, WORD_SEED));
        out.push(hash);
        out.push(finish(step(previous ^ PAIR_SEED, hash)));
        previous = hash;
        if !word.bytes().all(|byte| byte.is_ascii_digit()) {
            let skeleton = skeleton(word);
            push_padded(&mut padded, skeleton.into_iter());
            push_runs(&padded, SKELETON_LENGTHS, SKELETON_SEED, &mut out);
            out.push(finish(hash_all(&padded, SKELETON_SEED ^ WORD_SEED)));
        }
    }
    out
}

fn push_padded(padded: &mut Vec<char>, characters: impl Iterator<Item = char>) {
    padded.clear();
    padded.push(' ');
    padded.extend(characters);
    padded.push(' ');
}

fn push_runs(padded: &[char], lengths: std::ops::RangeInclusive<usize>, seed: u32, out: &mut Vec<u32>) {
    for start in 0..padded.len() {
        let mut hash = seed;
        for (length, character) in padded[start..].iter().take(*lengths.end()).enumerate() {
            hash = step(hash, *character as u32);
            if lengths.contains(&(length + 1)) {
                out.push(finish(hash));
            }
        }
    }
}

fn hash_all(characters: &[char], seed: u32) -> u32 {
    characters.iter().fold(seed, |hash, character| step(hash, *character as u32))
}

/// One step of a multiplicative hash.
pub(crate) const fn step(hash: u32, value: u32) -> u32 {
    (hash.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b1)
}

/// Spreads the last step over all bits and keeps 31 of them.
const fn finish(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 15)).wrapping_mul(0x85eb_ca6b);
    (hash ^ (hash >> 13)) >> 1
}

/// How a word sounds, roughly: its first sound and the consonants after it, with the pairs that German
/// dialects and bad spellers swap made one (`b`/`p`, `d`/`t`, `g`/`k`, `v`/`f`/`w`, `z`/`s`), `h` mute.
fn skeleton(word: &str) -> Vec<char> {
    let letters: Vec<char> = word.chars().collect();
    let mut sounds = Vec::with_capacity(letters.len());
    let mut at = 0;
    while at < letters.len() {
        let (sound, used) = match &letters[at..] {
            ['s', 'c', 'h', ..] => (Some('s'), 3),
            ['c', 'h' | 'k', ..] => (Some('k'), 2),
            ['p', 'h', ..] => (Some('f'), 2),
            ['h', ..] => (None, 1),
            ['d' | 't', ..] => (Some('t'), 1),
            ['b' | 'p', ..] => (Some('p'), 1),
            ['g' | 'k' | 'c' | 'q', ..] => (Some('k'), 1),
            ['v' | 'f' | 'w', ..] => (Some('f'), 1),
            ['z' | 's' | 'x', ..] => (Some('s'), 1),
            ['a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'j', ..] => (Some('a'), 1),
            ['r'] if letters.get(at.wrapping_sub(1)) == Some(&'e') => (None, 1),
            [other, ..] => (Some(*other), 1),
            [] => break,
        };
        at += used;
        if let Some(sound) = sound
            && sounds.last() != Some(&sound)
        {
            sounds.push(sound);
        }
    }
    let mut first = true;
    sounds.retain(|sound| std::mem::take(&mut first) || *sound != 'a');
    sounds
}

/// A text as `(feature, weight)`, ascending by feature, of length 1 at most.
pub type SparseVector = Vec<(u32, f32)>;

/// The grams of a bank, each with its weight: the rarer among the phrasings, the heavier.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    /// In the order of their first mention; the position is the feature's number.
    hashes: Vec<u32>,
    /// 0 where most phrasings have the feature.
    weights: Vec<f32>,
    /// What an unknown gram would weigh.
    unknown_weight: f32,
    /// Open addressing: a power of two of slots, `feature + 1` or 0.
    table: Vec<u32>,
}

/// How many documents and entries hold a feature, and the last ones that did.
#[derive(Clone, Copy, Default)]
struct Holders {
    documents: u32,
    entries: u32,
    last: (u32, u32),
}

impl Holders {
    fn take(&mut self, document: u32, entry: u32) {
        let is_first = self.documents == 0;
        self.documents += u32::from(is_first || self.last.0 != document);
        self.entries += u32::from(is_first || self.last.1 != entry);
        self.last = (document, entry);
    }
}

impl Vocabulary {
    /// Counts the grams of all documents. `entry_of` gives each document's entry; those of one entry should stand
    /// together. A gram's rarity is half that among the documents and half that among the entries: what all
    /// phrasings of one entry share sets it apart all the same.
    #[must_use]
    pub fn build(documents: &[Vec<u32>], entry_of: impl Fn(usize) -> u32) -> Self {
        let mut vocabulary =
            Self { hashes: Vec::new(), weights: Vec::new(), unknown_weight: 0.0, table: vec![0; 1 << 10] };
        let mut held: Vec<Holders> = Vec::new();
        for (number, document) in documents.iter().enumerate() {
            let entry = entry_of(number);
            for hash in document {
                let feature = vocabulary.insert(*hash) as usize;
                if feature == held.len() {
                    held.push(Holders::default());
                }
                held[feature].take(number as u32, entry);
            }
        }
        let (total, mut entries) = (documents.len(), (0..documents.len()).map(entry_of).collect::<Vec<_>>());
        entries.dedup();
        let rarity = |holders: Holders| {
            let among = |total: usize, count: u32| ((1 + total) as f32 / (1 + count) as f32).ln();
            (among(total, holders.documents) + among(entries.len(), holders.entries)) / 2.0 + 1.0
        };
        let is_common = |holders: Holders| total >= COMMON_FROM && holders.documents as usize * 2 > total;
        let weight = |holders| if is_common(holders) { 0.0 } else { rarity(holders) };
        vocabulary.weights = held.into_iter().map(weight).collect();
        vocabulary.unknown_weight = rarity(Holders::default());
        vocabulary
    }

    /// How many features there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether the bank had no words at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The slot where a hash is or belongs.
    fn slot(&self, hash: u32) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.table[slot] {
                0 => return slot,
                feature if self.hashes[feature as usize - 1] == hash => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn insert(&mut self, hash: u32) -> u32 {
        let slot = self.slot(hash);
        if self.table[slot] > 0 {
            return self.table[slot] - 1;
        }
        self.hashes.push(hash);
        self.table[slot] = self.hashes.len() as u32;
        if self.hashes.len() * 2 > self.table.len() {
            self.table = vec![0; self.table.len() * 2];
            for (feature, hash) in (1..).zip(self.hashes.clone()) {
                let slot = self.slot(hash);
                self.table[slot] = feature;
            }
        }
        self.hashes.len() as u32 - 1
    }

    /// The vector of a document, and the share of its weight that the bank knows (0 to 1). Features for
    /// which `is_known` is false count as if the bank had never seen them.
    #[must_use]
    pub fn vector(&self, document: &[u32], is_known: impl Fn(u32) -> bool) -> (SparseVector, f32) {
        let mut features = Vec::with_capacity(document.len());
        let mut unknown = 0;
        for hash in document {
            match self.table[self.slot(*hash)] {
                feature if feature > 0 && is_known(feature - 1) => features.push(feature - 1),
                _ => unknown += usize::from(hash & MEANING == 0),
            }
        }
        features.sort_unstable();
        let (vector, known) = self.weigh(&features);
        let unknown = unknown as f32 * self.unknown_weight * self.unknown_weight;
        (vector, if known > 0.0 { known / (known + unknown) } else { 0.0 })
    }

    /// The vector of a text that was read as another, between what is written and what seems to
    /// be meant; and the share of what seems to be meant that the bank knows.
    #[must_use]
    pub fn vector_as_meant(
        &self,
        written: &str,
        meant: &str,
        is_known: impl Fn(u32) -> bool + Copy,
    ) -> (SparseVector, f32) {
        let (vector, known) = self.vector(&grams(written), is_known);
        if written == meant {
            return (vector, known);
        }
        let (other, known_other) = self.vector(&grams(meant), is_known);
        // What the bank does not know is part of the length of either.
        let parts = [(vector, (1.0 - MEANT) * known.sqrt()), (other, MEANT * known_other.sqrt())];
        let weighed = parts.iter().flat_map(|(vector, times)| {
            vector.iter().map(move |(feature, weight)| (*feature, weight * times))
        });
        let mut all: SparseVector = weighed.collect();
        all.sort_unstable_by_key(|(feature, _)| *feature);
        all.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            kept.1 += if is_same { next.1 } else { 0.0 };
            is_same
        });
        scale(&mut all, 1.0, |_| true);
        (all, known_other)
    }

    /// The vector of ascending features with repetition, and the squared length of its letters' part
    /// before it was scaled. The first mention of a gram counts in full, more of them by the logarithm.
    fn weigh(&self, features: &[u32]) -> (SparseVector, f32) {
        let mut vector: SparseVector = features
            .chunk_by(|left, right| left == right)
            .map(|run| {
                let times = if run.len() == 1 { 1.0 } else { 1.0 + (run.len() as f32).ln() };
                (run[0], times * self.weights[run[0] as usize])
            })
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        let is_meaning = |feature: u32| self.hashes[feature as usize] & MEANING > 0;
        let known = squared(&vector, |feature| !is_meaning(feature));
        scale(&mut vector, (1.0 - MEANINGS_SHARE).sqrt(), |feature| !is_meaning(feature));
        scale(&mut vector, MEANINGS_SHARE.sqrt(), is_meaning);
        (vector, known)
    }
}

fn squared(vector: &SparseVector, is_part: impl Fn(u32) -> bool) -> f32 {
    vector.iter().filter(|(feature, _)| is_part(*feature)).map(|(_, weight)| weight * weight).sum()
}

/// Brings a part of a vector to a length; a part that is empty stays so.
fn scale(vector: &mut SparseVector, length: f32, is_part: impl Fn(u32) -> bool) {
    let squared = squared(vector, &is_part);
    if squared > 0.0 {
        let times = length / squared.sqrt();
        let part = vector.iter_mut().filter(|(feature, _)| is_part(*feature));
        part.for_each(|(_, weight)| *weight *= times);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::{self, fold};
    use super::*;

    fn grams(text: &str) -> Vec<u32> {
        super::grams(&fold(text))
    }

    fn vocabulary(texts: &[&str]) -> Vocabulary {
        let documents: Vec<Vec<u32>> = texts.iter().map(|text| grams(text)).collect();
        Vocabulary::build(&documents, |at| at as u32)
    }

    fn vector(vocabulary: &Vocabulary, text: &str) -> (SparseVector, f32) {
        vocabulary.vector(&grams(text), |_| true)
    }

    fn similarity(left: &str, right: &str) -> f32 {
        let vocabulary = vocabulary(&[left, right]);
        let (left, right) = (vector(&vocabulary, left).0, vector(&vocabulary, right).0);
        left.iter()
            .filter_map(|(feature, weight)| {
                let at = right.binary_search_by_key(feature, |(other, _)| *other).ok()?;
                Some(weight * right[at].1)
            })
            .sum()
    }

    #[test]
    fn a_word_gives_its_runs_its_whole_and_its_sound() {
        // " ab ": runs of 2 (3), of 3 (2), of 4 (1); the word, and that it comes first; sound " ap ": runs of 2
        // (3), of 3 (2); the sound as a whole.
        assert_eq!(grams("ab").len(), 6 + 2 + 5 + 1);
        // A number has no sound; each word makes a pair with what stands before it.
        assert_eq!(grams("12 12").len(), 2 * (6 + 2));
        assert!(grams("😀").is_empty());
    }

    #[test]
    fn the_work_for_a_text_is_bounded_however_long_it_is() {
        // Per character at most one run of each length in either view; per word four more.
        let most = (GRAM_LENGTHS.count() + SKELETON_LENGTHS.count() + 5) * 2 * fold::MAX_CHARACTERS;
        for piece in ["a b ", "ab", "wo kann ich mich testen lassen ", "ﷺ", "ß ", "😀x"] {
            let text = piece.repeat(100_000 / piece.len());
            assert!(grams(&text).len() <= most, "{piece}: {} grams", grams(&text).len());
        }
    }

    #[test]
    fn words_that_sound_alike_share_a_skeleton() {
        for (left, right) in [("wegga", "wecker"), ("dag", "tak"), ("foto", "photo"), ("heid", "heit")] {
            assert_eq!(skeleton(left), skeleton(right), "{left} {right}");
        }
    }

    #[test]
    fn the_same_words_are_nearer_than_a_typo_and_a_typo_nearer_than_another_word() {
        let (same, typo, other) = (
            similarity("testzentrum", "Testzentrum"),
            similarity("testzentrum", "tetszentrum"),
            similarity("testzentrum", "impfpass"),
        );
        assert!((same - 1.0).abs() < 1e-5 && same > typo && typo > other, "{same} {typo} {other}");
    }

    #[test]
    fn vectors_without_meanings_lack_their_share_and_rare_grams_weigh_more() {
        let vocabulary = vocabulary(&["rot blau", "rot gelb", "rot"]);
        let (rot_blau, known) = vector(&vocabulary, "rot blau");
        let length: f32 = rot_blau.iter().map(|(_, weight)| weight * weight).sum();
        assert!((length + MEANINGS_SHARE - 1.0).abs() < 1e-5 && (known - 1.0).abs() < 1e-5);
        let of = |word: &str| vector(&vocabulary, word).0.len();
        assert!(of("rot") > 0 && of("xyz") == 0);
    }

    #[test]
    fn the_known_share_falls_with_unknown_words() {
        let vocabulary = vocabulary(&["wo ist der test", "was kostet der test"]);
        let known = |text: &str| vector(&vocabulary, text).1;
        assert!(known("der test") > known("der test xyzxyz"));
        assert!(known("ψψ") < 0.01);
    }

    #[test]
    fn what_must_not_be_known_counts_as_unknown() {
        let vocabulary = vocabulary(&["wo ist der test"]);
        let (vector, known) = vocabulary.vector(&grams("wo ist der test"), |feature| feature % 2 == 0);
        assert!(vector.iter().all(|(feature, _)| feature % 2 == 0) && known < 0.9, "{known}");
        assert_eq!((vocabulary.is_empty(), vocabulary.len() > 10), (false, true));
    }

    #[test]
    fn meanings_make_words_alike_that_share_no_letters() {
        let other = similarity("impfung", "pizza");
        let same = similarity("impfung", "vaccine");
        assert!(same > other && same < 0.2, "{same} {other}");
    }

    #[test]
    fn what_most_phrasings_have_weighs_nothing() {
        let texts: Vec<String> = (0..COMMON_FROM).map(|number| format!("bitte {number}")).collect();
        let vocabulary = vocabulary(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(vector(&vocabulary, "bitte").0.is_empty());
        assert!(!vector(&vocabulary, "bitte 7").0.is_empty());
    }
}
