//! From folded words to numbers: hashed grams, a vocabulary with weights, sparse vectors.
//!
//! Four views of a text, each good at something else: characters 2–5 within words (typos, compounds,
//! endings), whole words, pairs of neighbouring words (order), and consonant skeletons (dialect and
//! spelling by ear: `Wegga`, `Wecker`). A gram is its 31-bit hash; no text of a gram is ever stored.

/// Shortest and longest run of characters that is a gram.
const GRAM_LENGTHS: std::ops::RangeInclusive<usize> = 2..=5;
/// Shortest and longest run of a consonant skeleton that is a gram.
const SKELETON_LENGTHS: std::ops::RangeInclusive<usize> = 2..=3;

/// How much of a corrected text counts beside the written one: a correction is a guess.
const MEANT: f32 = 0.4;

/// Different starts keep the views of a text apart.
const GRAM_SEED: u32 = 0x811c_9dc5;
const WORD_SEED: u32 = 0x3c6e_f372;
const PAIR_SEED: u32 = 0xa54f_f53a;
const SKELETON_SEED: u32 = 0x510e_527f;

/// The hashes of all grams of a folded text, with repetition, in no particular order.
#[must_use]
pub fn grams(folded: &str) -> Vec<u32> {
    let mut out = Vec::with_capacity(folded.len() * 6);
    let mut padded = Vec::new();
    let mut previous = None;
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        push_padded(&mut padded, word.chars());
        push_runs(&padded, GRAM_LENGTHS, GRAM_SEED, &mut out);
        let hash = finish(hash_all(&padded, WORD_SEED));
        out.push(hash);
        if let Some(before) = previous.replace(hash) {
            out.push(finish(step(before ^ PAIR_SEED, hash)));
        }
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
const fn step(hash: u32, value: u32) -> u32 {
    (hash.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b1)
}

/// Spreads the last step over all bits and keeps 31 of them, so that a bound above all fits 32 bits.
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

/// A text as `(feature, weight)`, ascending by feature, of length 1 (or empty).
pub type SparseVector = Vec<(u32, f32)>;

/// The grams of a bank, each with its weight: the rarer among the phrasings, the heavier.
#[derive(Clone, Debug, PartialEq)]
pub struct Vocabulary {
    /// Ascending; the position is the feature's number.
    hashes: Vec<u32>,
    /// How many phrasings hold the gram.
    frequencies: Vec<u16>,
    weights: Vec<f32>,
    /// What an unknown gram would weigh.
    unknown_weight: f32,
    /// Open addressing: a power of two of slots, `feature + 1` or 0.
    table: Vec<u32>,
}

impl Vocabulary {
    /// Counts the grams of all documents.
    #[must_use]
    pub fn build<'a>(documents: impl ExactSizeIterator<Item = &'a [u32]>) -> Self {
        let count = documents.len();
        let mut seen: Vec<u32> = Vec::new();
        for document in documents {
            let start = seen.len();
            seen.extend_from_slice(document);
            seen[start..].sort_unstable();
            let mut kept = start;
            for at in start..seen.len() {
                if at == start || seen[at] != seen[kept - 1] {
                    seen[kept] = seen[at];
                    kept += 1;
                }
            }
            seen.truncate(kept);
        }
        seen.sort_unstable();
        let (mut hashes, mut frequencies) = (Vec::new(), Vec::new());
        for run in seen.chunk_by(|left, right| left == right) {
            hashes.push(run[0]);
            frequencies.push(u16::try_from(run.len()).unwrap_or(u16::MAX));
        }
        Self::from_counts(hashes, frequencies, count)
    }

    /// Restores a vocabulary from ascending hashes, their document frequencies and the number of
    /// documents.
    #[must_use]
    pub fn from_counts(hashes: Vec<u32>, frequencies: Vec<u16>, documents: usize) -> Self {
        let documents = documents as f32;
        let weights = frequencies
            .iter()
            .map(|count| ((1.0 + documents) / (1.0 + f32::from(*count))).ln() + 1.0)
            .collect();
        let mask = (hashes.len() * 2).next_power_of_two().max(2) - 1;
        let mut table = vec![0; mask + 1];
        for (feature, hash) in (1_u32..).zip(&hashes) {
            let mut slot = *hash as usize & mask;
            while table[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            table[slot] = feature;
        }
        Self { hashes, frequencies, weights, unknown_weight: (1.0 + documents).ln() + 1.0, table }
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

    /// The gram hashes, ascending, and in how many phrasings each occurs.
    #[must_use]
    pub fn counts(&self) -> (&[u32], &[u16]) {
        (&self.hashes, &self.frequencies)
    }

    fn feature(&self, hash: u32) -> Option<u32> {
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.table[slot] {
                0 => return None,
                feature if self.hashes[feature as usize - 1] == hash => return Some(feature - 1),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// The known features of a document, ascending with repetition, and the number of unknown grams.
    #[must_use]
    pub fn features(&self, document: &[u32]) -> (Vec<u32>, usize) {
        let mut features: Vec<u32> = document.iter().filter_map(|hash| self.feature(*hash)).collect();
        features.sort_unstable();
        let unknown = document.len() - features.len();
        (features, unknown)
    }

    /// The vector of a document, and the share of its weight that the bank knows (0 to 1).
    #[must_use]
    pub fn vector(&self, document: &[u32]) -> (SparseVector, f32) {
        let (features, unknown) = self.features(document);
        let (vector, known) = self.weigh(&features);
        let unknown = unknown as f32 * self.unknown_weight * self.unknown_weight;
        (vector, if known > 0.0 { known / (known + unknown) } else { 0.0 })
    }

    /// The vector of a text that was read as another, between what is written and what seems to
    /// be meant; and the share of the written text that the bank knows.
    #[must_use]
    pub fn vector_as_meant(&self, written: &str, meant: &str) -> (SparseVector, f32) {
        let (vector, known) = self.vector(&grams(written));
        if written == meant {
            return (vector, known);
        }
        let (other, known_other) = self.vector(&grams(meant));
        // What the bank does not know is part of the length of either.
        let parts = [(vector, (1.0 - MEANT) * known.sqrt()), (other, MEANT * known_other.sqrt())];
        let weighed = parts.iter().flat_map(|(vector, times)| {
            vector.iter().map(move |(feature, weight)| (*feature, weight * times))
        });
        let mut all: SparseVector = weighed.collect();
        all.sort_by_key(|(feature, _)| *feature);
        all.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            kept.1 += if is_same { next.1 } else { 0.0 };
            is_same
        });
        let squared: f32 = all.iter().map(|(_, weight)| weight * weight).sum();
        let scale = squared.max(f32::MIN_POSITIVE).sqrt().recip();
        all.iter_mut().for_each(|(_, weight)| *weight *= scale);
        (all, known)
    }

    /// The vector of ascending features with repetition, and its length before it was scaled to 1,
    /// squared. The first mention of a gram counts in full, more of them by the logarithm.
    #[must_use]
    pub fn weigh(&self, features: &[u32]) -> (SparseVector, f32) {
        let mut vector: SparseVector = features
            .chunk_by(|left, right| left == right)
            .map(|run| {
                let times = if run.len() == 1 { 1.0 } else { 1.0 + (run.len() as f32).ln() };
                (run[0], times * self.weights[run[0] as usize])
            })
            .collect();
        let squared: f32 = vector.iter().map(|(_, weight)| weight * weight).sum();
        if squared > 0.0 {
            let scale = squared.sqrt().recip();
            vector.iter_mut().for_each(|(_, weight)| *weight *= scale);
        }
        (vector, squared)
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
        Vocabulary::build(documents.iter().map(Vec::as_slice))
    }

    fn similarity(left: &str, right: &str) -> f32 {
        let vocabulary = vocabulary(&[left, right]);
        let (left, right) = (vocabulary.vector(&grams(left)).0, vocabulary.vector(&grams(right)).0);
        left.iter()
            .filter_map(|(feature, weight)| {
                let at = right.binary_search_by_key(feature, |(other, _)| *other).ok()?;
                Some(weight * right[at].1)
            })
            .sum()
    }

    #[test]
    fn a_word_gives_its_runs_its_whole_and_its_sound() {
        // " ab ": runs of 2 (3), of 3 (2), of 4 (1); the word; sound " ap ": runs of 2 (3), of 3 (2); the
        // sound as a whole.
        assert_eq!(grams("ab").len(), 6 + 1 + 5 + 1);
        // A number has no sound; two words make a pair.
        assert_eq!(grams("12 12").len(), 2 * (6 + 1) + 1);
        assert!(grams("😀").is_empty());
    }

    #[test]
    fn the_work_for_a_text_is_bounded_however_long_it_is() {
        // Per character at most one run of each length in either view; per word four more.
        let most = (GRAM_LENGTHS.count() + SKELETON_LENGTHS.count() + 4) * 2 * fold::MAX_CHARACTERS;
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
    fn vectors_have_length_one_and_rare_grams_weigh_more() {
        let vocabulary = vocabulary(&["rot blau", "rot gelb", "rot"]);
        let (vector, known) = vocabulary.vector(&grams("rot blau"));
        let length: f32 = vector.iter().map(|(_, weight)| weight * weight).sum();
        assert!((length - 1.0).abs() < 1e-5 && (known - 1.0).abs() < 1e-5);
        let of = |word: &str| vocabulary.vector(&grams(word)).0.len();
        assert!(of("rot") > 0 && of("xyz") == 0);
    }

    #[test]
    fn the_known_share_falls_with_unknown_words() {
        let vocabulary = vocabulary(&["wo ist der test", "was kostet der test"]);
        let known = |text: &str| vocabulary.vector(&grams(text)).1;
        assert!(known("der test") > known("der test xyzxyz"));
        assert!(known("ψψ") < 0.01);
    }

    #[test]
    fn counts_restore_the_vocabulary() {
        let built = vocabulary(&["eins zwei", "zwei drei"]);
        let (hashes, frequencies) = built.counts();
        assert_eq!(Vocabulary::from_counts(hashes.to_vec(), frequencies.to_vec(), 2), built);
        assert_eq!((built.is_empty(), built.len()), (false, hashes.len()));
    }
}
