//! The matcher: one linear classifier per entry, and the nearest phrasing beside it.
//!
//! The classifiers know what sets an entry apart from all others, the nearest phrasing knows what was
//! literally said; where an entry has one phrasing the second is the better judge. Their sum ranks.

use super::bytes::{BytesError, Reader, Writer};
use super::features::{SparseVector, Vocabulary, grams};
use super::fold::fold;
use super::lexicon::Lexicon;
use super::similarity::{Postings, Similarities, Table};
use super::svm::{Classifier, Ensemble, Training, Vectors};

/// Found on banks of 15 to 150 entries with 1 to 100 phrasings each; see `docs/answer-tier.md`.
pub(super) const TRAINING: Training = Training { cost: 0.1, balance: 0.75, tolerance: 0.1, passes: 30 };

/// Up to so many phrasings, all are compared with all (64 MB); beyond, training goes by features.
pub(super) const MOST_COMPARED: usize = 4_000;

/// How much the nearest phrasing counts beside the classifiers.
const NEAREST_WEIGHT: f32 = 1.0;

/// So many entries, by their nearest phrasings, are scored by their classifiers.
const SCORED: usize = 64;

/// A ranking names at most so many entries.
const RANKED: usize = 16;

/// One phrasing of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrasing {
    /// The entry it belongs to, by number.
    pub entry: u32,
    /// Its language, by number.
    pub language: u8,
    /// Its words, folded.
    pub text: String,
}

impl Phrasing {
    /// A phrasing of `entry` in `language`.
    #[must_use]
    pub fn new(entry: u32, language: u8, text: &str) -> Self {
        Self { entry, language, text: fold(text) }
    }
}

/// An entry with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The entry.
    pub entry: u32,
    /// The higher the better; comparable within one matcher.
    pub score: f32,
    /// Similarity of the nearest phrasing, 0 to 1.
    pub nearest: f32,
    /// The language of that phrasing.
    pub language: u8,
}

/// What a text looks like to the matcher.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Entries, best first; none when the bank knows nothing in the text.
    pub entries: Vec<Scored>,
    /// The share of the text that the bank knows, 0 to 1.
    pub known: f32,
    /// The language that the known words of the text are in, if they say so.
    pub language: Option<u8>,
}

/// A trained bank.
#[derive(Clone, Debug, PartialEq)]
pub struct Matcher {
    lexicon: Lexicon,
    vocabulary: Vocabulary,
    bank: Vec<BankPhrasing>,
    postings: Postings,
    ensemble: Ensemble,
}

/// A phrasing as the matcher keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct BankPhrasing {
    entry: u32,
    language: u8,
    /// Ascending, with repetition.
    features: Vec<u32>,
}

impl Matcher {
    /// Trains on phrasings of entries numbered below `entries`.
    #[must_use]
    pub fn train(phrasings: &[Phrasing], entries: usize) -> Self {
        let words = phrasings.iter().map(|phrasing| (phrasing.text.as_str(), phrasing.language));
        let lexicon = Lexicon::new(words);
        let documents: Vec<Vec<u32>> = phrasings.iter().map(|phrasing| grams(&phrasing.text)).collect();
        let vocabulary = Vocabulary::build(documents.iter().map(Vec::as_slice));
        let bank = phrasings.iter().zip(&documents).map(|(phrasing, grams)| BankPhrasing {
            entry: phrasing.entry,
            language: phrasing.language,
            features: vocabulary.features(grams).0,
        });
        let bank: Vec<BankPhrasing> = bank.collect();
        let vectors = vectors(&vocabulary, &bank);
        let postings = Postings::new(&vectors, vocabulary.len());
        let entry_of: Vec<u32> = bank.iter().map(|phrasing| phrasing.entry).collect();
        let members: Vec<u32> = (0..bank.len() as u32).collect();
        let ensemble = if bank.len() <= MOST_COMPARED {
            let table = Table::new(&vectors, &postings);
            Ensemble::train(&mut Similarities::new(&table), &entry_of, &members, entries, TRAINING)
        } else {
            let mut examples = Vectors::new(&vectors, vocabulary.len());
            Ensemble::train(&mut examples, &entry_of, &members, entries, TRAINING)
        };
        Self { lexicon, vocabulary, bank, postings, ensemble }
    }

    /// How many entries it was trained for.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.ensemble.classifiers.len()
    }

    /// One more than the highest language number.
    #[must_use]
    pub fn languages(&self) -> usize {
        self.bank.iter().map(|phrasing| usize::from(phrasing.language) + 1).max().unwrap_or(0)
    }

    /// Writes what [`Matcher::read`] needs: what follows from the rest is left out.
    pub fn write(&self, writer: &mut Writer) {
        self.lexicon.write(writer);
        let (hashes, frequencies) = self.vocabulary.counts();
        writer.ascending(hashes);
        frequencies.iter().for_each(|count| writer.number(u32::from(*count)));
        writer.length(self.bank.len());
        for (phrasing, base) in self.bank.iter().zip(&self.ensemble.base) {
            writer.number(phrasing.entry);
            writer.number(u32::from(phrasing.language));
            writer.ascending(&phrasing.features);
            writer.float(*base);
        }
        writer.length(self.ensemble.classifiers.len());
        for classifier in &self.ensemble.classifiers {
            writer.float(classifier.bias);
            writer.float(classifier.scale);
            let examples: Vec<u32> = classifier.support.iter().map(|(example, _)| *example).collect();
            writer.ascending(&examples);
            classifier.support.iter().for_each(|(_, times)| writer.float(*times));
        }
    }

    /// Restores a matcher.
    ///
    /// # Errors
    /// When the bytes do not describe one.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, BytesError> {
        let lexicon = Lexicon::restore(reader)?;
        let hashes = reader.ascending(u32::MAX)?;
        let features = hashes.len() as u32;
        let frequencies = hashes
            .iter()
            .map(|_| {
                u16::try_from(reader.number()?).map_err(|_| BytesError::Content("frequency out of range"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let (bank, base) = read_bank(reader, features)?;
        let vocabulary = Vocabulary::from_counts(hashes, frequencies, bank.len());
        let classifiers = read_classifiers(reader, bank.len() as u32)?;
        if bank.iter().any(|phrasing| phrasing.entry as usize >= classifiers.len()) {
            return Err(BytesError::Content("phrasing of no entry"));
        }
        let postings = Postings::new(&vectors(&vocabulary, &bank), vocabulary.len());
        Ok(Self { lexicon, vocabulary, bank, postings, ensemble: Ensemble { base, classifiers } })
    }

    /// Ranks the entries that may be served; at most [`RANKED`] of them come back.
    #[must_use]
    pub fn rank(&self, text: &str, may_serve: impl Fn(u32) -> bool) -> Ranking {
        let text = fold(text);
        let reading = self.lexicon.read(&text);
        let (vector, known) = self.vocabulary.vector_as_meant(&text, &reading.text);
        if vector.is_empty() {
            return Ranking::default();
        }
        let similarities = self.postings.similarities(&vector);
        let bank = self.bank.iter().enumerate();
        let members = bank.map(|(member, phrasing)| (phrasing.entry, phrasing.language, member));
        let entries = rank(&self.ensemble, &similarities, members, reading.language, may_serve);
        Ranking { entries, known, language: reading.language }
    }
}

fn vectors(vocabulary: &Vocabulary, bank: &[BankPhrasing]) -> Vec<SparseVector> {
    bank.iter().map(|phrasing| vocabulary.weigh(&phrasing.features).0).collect()
}

/// Ranks entries by their classifiers' scores together with the similarity of the nearest phrasing.
/// `members` are `(entry, language)` and the number of the phrasings that take part; entries without any
/// do not rank. `language` is the text's own where that is clear, and the nearest phrasing's otherwise.
pub(super) fn rank(
    ensemble: &Ensemble,
    similarities: &[f32],
    members: impl Iterator<Item = (u32, u8, usize)>,
    language: Option<u8>,
    may_rank: impl Fn(u32) -> bool,
) -> Vec<Scored> {
    let mut nearest: Vec<Option<(f32, u8)>> = vec![None; ensemble.classifiers.len()];
    for (entry, language, member) in members {
        let nearest = &mut nearest[entry as usize];
        if nearest.is_none_or(|(most, _)| similarities[member] > most) {
            *nearest = Some((similarities[member], language));
        }
    }
    let near = (0_u32..).zip(nearest).filter_map(|(entry, nearest)| {
        let (nearest, spoken) = nearest?;
        Some(Scored { entry, score: nearest, nearest, language: language.unwrap_or(spoken) })
    });
    let mut ranked: Vec<Scored> = near.filter(|scored| may_rank(scored.entry)).collect();
    keep_best(&mut ranked, SCORED);
    let common = ensemble.common(similarities);
    for scored in &mut ranked {
        let classifier = &ensemble.classifiers[scored.entry as usize];
        scored.score = classifier.score(common, similarities) + NEAREST_WEIGHT * scored.nearest;
    }
    keep_best(&mut ranked, RANKED);
    ranked
}

/// The best by score, best first.
fn keep_best(ranked: &mut Vec<Scored>, count: usize) {
    ranked.sort_unstable_by(|left, right| {
        right.score.total_cmp(&left.score).then(left.entry.cmp(&right.entry))
    });
    ranked.truncate(count);
}

/// The phrasings, and how often each counts against every entry.
fn read_bank(reader: &mut Reader<'_>, features: u32) -> Result<(Vec<BankPhrasing>, Vec<f32>), BytesError> {
    let (mut bank, mut base) = (Vec::new(), Vec::new());
    for _ in 0..reader.length()? {
        let entry = reader.number()?;
        let language = u8::try_from(reader.number()?).map_err(|_| BytesError::Content("no such language"))?;
        bank.push(BankPhrasing { entry, language, features: reader.ascending(features)? });
        base.push(reader.float()?);
    }
    Ok((bank, base))
}

fn read_classifiers(reader: &mut Reader<'_>, examples: u32) -> Result<Vec<Classifier>, BytesError> {
    let mut classifiers = Vec::new();
    for _ in 0..reader.length()? {
        let (bias, scale) = (reader.float()?, reader.float()?);
        let support = reader.ascending(examples)?;
        let support =
            support.into_iter().map(|example| Ok((example, reader.float()?))).collect::<Result<_, _>>()?;
        classifiers.push(Classifier { scale, support, bias });
    }
    Ok(classifiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank() -> Vec<Phrasing> {
        let rows = [
            (0, 0, "wann macht ihr auf"),
            (0, 0, "öffnungszeiten am sonntag"),
            (0, 1, "when do you open"),
            (1, 0, "was kostet der eintritt"),
            (1, 1, "how much is a ticket"),
            (2, 0, "kann man hier parken"),
        ];
        rows.into_iter().map(|(entry, language, text)| Phrasing::new(entry, language, text)).collect()
    }

    fn matcher() -> Matcher {
        Matcher::train(&bank(), 4)
    }

    #[test]
    fn the_nearest_phrasing_tells_the_language() {
        for (text, entry, language) in
            [("wann macht ihr morgen auf", 0, 0), ("when will you open", 0, 1), ("ticket how much", 1, 1)]
        {
            let ranking = matcher().rank(text, |_| true);
            assert_eq!((ranking.entries[0].entry, ranking.entries[0].language), (entry, language), "{text}");
        }
    }

    #[test]
    fn entries_that_may_not_be_served_or_have_no_phrasing_never_rank() {
        let ranking = matcher().rank("was kostet der eintritt", |entry| entry != 1);
        let mut entries: Vec<u32> = ranking.entries.iter().map(|scored| scored.entry).collect();
        entries.sort_unstable();
        assert_eq!(entries, [0, 2]);
    }

    #[test]
    fn a_text_without_known_grams_ranks_nothing() {
        assert_eq!(matcher().rank("ΨΩ", |_| true), Ranking::default());
        assert_eq!(Matcher::train(&[], 0).rank("hallo", |_| true), Ranking::default());
    }

    #[test]
    fn what_is_written_is_read_and_cut_short_is_refused() {
        let mut writer = Writer::default();
        matcher().write(&mut writer);
        assert_eq!(Matcher::read(&mut Reader(&writer.0)), Ok(matcher()));
        for end in 0..writer.0.len() {
            assert!(Matcher::read(&mut Reader(&writer.0[..end])).is_err(), "{end}");
        }
    }
}
