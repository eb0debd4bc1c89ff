//! The matcher: one linear classifier per entry, and the nearest phrasings beside it.
//!
//! The classifiers know what sets an entry apart from all others, the nearest phrasing knows what was
//! literally said; where an entry has one phrasing the second is the better judge. Their sum ranks.

use super::bytes::{BytesError, Reader, Writer};
use super::compared::{Compared, vectors};
use super::features::Vocabulary;
use super::fold::fold;
use super::groups::Groups;
use super::lexicon::Lexicon;
use super::similarity::{Postings, Similarities};
use super::svm::{Classifier, Ensemble, Training, Vectors, step, steps};

/// Found on banks of 15 to 150 entries with 1 to 100 phrasings each; see `docs/answer-tier.md`.
pub(crate) const TRAINING: Training = Training { cost: 0.35, balance: 0.75, tolerance: 0.1, passes: 30 };

/// Up to so many phrasings, all are compared with all (32 MB); beyond, training goes by features.
pub(crate) const MOST_COMPARED: usize = 4_000;

/// How much the second nearest phrasing of an entry counts in its closeness, the nearest has the rest.
const SECOND_SHARE: f32 = 0.3;
/// Where there is no second phrasing, it is taken to be so near, compared with the first.
const MISSING_SECOND: f32 = 0.5;

/// So many entries, by their nearest phrasings, are scored by their classifiers.
const SCORED: usize = 32;

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
    /// The share of the text, as it is read, that the bank knows, 0 to 1.
    pub known: f32,
    /// The language that the known words of the text are in, if they say so.
    pub language: Option<u8>,
}

/// A trained bank.
#[derive(Clone, Debug, PartialEq)]
pub struct Matcher {
    phrasings: Vec<Phrasing>,
    lexicon: Lexicon,
    vocabulary: Vocabulary,
    postings: Postings,
    of_entry: Groups,
    ensemble: Ensemble,
}

impl Matcher {
    /// Trains on phrasings of entries numbered below `entries`.
    #[must_use]
    pub fn train(phrasings: &[Phrasing], entries: usize) -> Self {
        if phrasings.len() <= MOST_COMPARED {
            return Self::train_compared(phrasings, entries, Compared::new(phrasings));
        }
        let (vocabulary, vectors) = vectors(phrasings);
        let postings = Postings::new(&vectors, vocabulary.len());
        let entry_of = entries_of(phrasings);
        let mut examples = Vectors::new(&vectors, vocabulary.len());
        let ensemble = Ensemble::train(&mut examples, &entry_of, entries, TRAINING);
        Self::of(phrasings.to_vec(), vocabulary, postings, ensemble.rounded())
    }

    /// As [`Matcher::train`], on phrasings that have been compared.
    #[must_use]
    pub fn train_compared(phrasings: &[Phrasing], entries: usize, compared: Compared) -> Self {
        let Compared { vocabulary, postings, table, vectors } = compared;
        drop(vectors);
        let entry_of = entries_of(phrasings);
        let mut examples = Similarities::new(&table);
        let ensemble = Ensemble::train(&mut examples, &entry_of, entries, TRAINING);
        drop(table);
        Self::of(phrasings.to_vec(), vocabulary, postings, ensemble.rounded())
    }

    /// Adds what follows from the rest.
    fn of(phrasings: Vec<Phrasing>, vocabulary: Vocabulary, postings: Postings, ensemble: Ensemble) -> Self {
        let (entry_of, members): (_, Vec<u32>) =
            (entries_of(&phrasings), (0..phrasings.len() as u32).collect());
        let of_entry = Groups::new(&entry_of, &members, ensemble.classifiers.len());
        Self { lexicon: lexicon(&phrasings), phrasings, vocabulary, postings, of_entry, ensemble }
    }

    /// How many entries it was trained for.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.ensemble.classifiers.len()
    }

    /// One more than the highest language number.
    #[must_use]
    pub fn languages(&self) -> usize {
        self.phrasings.iter().map(|phrasing| usize::from(phrasing.language) + 1).max().unwrap_or(0)
    }

    /// Writes what [`Matcher::read`] needs: what follows from the rest is left out.
    pub fn write(&self, writer: &mut Writer) {
        writer.length(self.phrasings.len());
        for phrasing in &self.phrasings {
            writer.number(phrasing.entry);
            writer.number(u32::from(phrasing.language));
            writer.block(phrasing.text.as_bytes());
        }
        let base_step = step(self.ensemble.base.iter().map(|(_, times)| *times));
        writer.float(base_step);
        let mut base = vec![0; self.phrasings.len()];
        self.ensemble
            .base
            .iter()
            .for_each(|(example, times)| base[*example as usize] = steps(*times, base_step));
        base.into_iter().for_each(|steps| writer.small(steps));
        writer.length(self.ensemble.classifiers.len());
        for classifier in &self.ensemble.classifiers {
            let step = step(classifier.support.iter().map(|(_, times)| *times));
            [classifier.bias, classifier.scale, step].into_iter().for_each(|value| writer.float(value));
            let examples: Vec<u32> = classifier.support.iter().map(|(example, _)| *example).collect();
            writer.ascending(&examples);
            classifier.support.iter().for_each(|(_, times)| writer.small(steps(*times, step)));
        }
    }

    /// Restores a matcher.
    ///
    /// # Errors
    /// When the bytes do not describe one.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, BytesError> {
        let phrasings = read_phrasings(reader)?;
        let base_step = reader.float()?;
        let mut base = Vec::new();
        for example in 0..phrasings.len() as u32 {
            let steps = reader.small()?;
            if steps != 0 {
                base.push((example, f32::from(steps) * base_step));
            }
        }
        let classifiers = read_classifiers(reader, phrasings.len() as u32)?;
        if phrasings.iter().any(|phrasing| phrasing.entry as usize >= classifiers.len()) {
            return Err(BytesError::Content("phrasing of no entry"));
        }
        let (vocabulary, vectors) = vectors(&phrasings);
        let postings = Postings::new(&vectors, vocabulary.len());
        Ok(Self::of(phrasings, vocabulary, postings, Ensemble { base, classifiers }))
    }

    /// Ranks all entries; at most [`RANKED`] of them come back.
    #[must_use]
    pub fn rank(&self, text: &str) -> Ranking {
        let text = fold(text);
        let reading = self.lexicon.read(&text);
        let (vector, known) = self.vocabulary.vector_as_meant(&text, &reading.text, |_| true);
        if vector.is_empty() {
            return Ranking::default();
        }
        let similarities = self.postings.similarities(&vector);
        let spoken = |member: u32| self.phrasings[member as usize].language;
        let entries = rank(&self.ensemble, &similarities, &self.of_entry, &spoken, reading.language);
        Ranking { entries, known, language: reading.language }
    }
}

fn lexicon(phrasings: &[Phrasing]) -> Lexicon {
    Lexicon::new(phrasings.iter().map(|phrasing| (phrasing.text.as_str(), phrasing.language)))
}

fn entries_of(phrasings: &[Phrasing]) -> Vec<u32> {
    phrasings.iter().map(|phrasing| phrasing.entry).collect()
}

/// How near the phrasings of an entry are to a text.
#[derive(Clone, Copy, Debug)]
struct Nearest {
    first: f32,
    second: f32,
}

impl Nearest {
    /// None for an entry without phrasings.
    fn of(members: &[u32], similarities: &[f32]) -> Option<Self> {
        let (first, others) = members.split_first()?;
        // None is negative, so that their bits are in their order, and of those machines find the larger without a
        // branch that would be taken by chance.
        let bits = |member: &u32| similarities[*member as usize].to_bits();
        let (mut first, mut second) = (bits(first), 0);
        for member in others {
            let one = bits(member);
            second = second.max(one.min(first));
            first = first.max(one);
        }
        let (first, second) = (f32::from_bits(first), f32::from_bits(second));
        Some(Self { first, second: if others.is_empty() { MISSING_SECOND * first } else { second } })
    }

    /// What ranks beside the classifier: one phrasing alone can be near by accident.
    fn closeness(&self) -> f32 {
        (1.0 - SECOND_SHARE) * self.first + SECOND_SHARE * self.second
    }
}

/// Ranks entries by their classifiers' scores together with the similarity of the nearest phrasings.
/// `of_entry` are the phrasings that take part, and `spoken` tells the language of each; entries without any
/// do not rank. `language` is the text's own where that is clear, and the nearest phrasing's otherwise.
pub(crate) fn rank(
    ensemble: &Ensemble,
    similarities: &[f32],
    of_entry: &Groups,
    spoken: &dyn Fn(u32) -> u8,
    language: Option<u8>,
) -> Vec<Scored> {
    let scored = |entry| {
        let nearest = Nearest::of(of_entry.of(entry), similarities)?;
        Some(Scored { entry, score: nearest.closeness(), nearest: nearest.first, language: 0 })
    };
    let mut ranked: Vec<Scored> = (0..ensemble.classifiers.len() as u32).filter_map(scored).collect();
    keep_best(&mut ranked, SCORED);
    let common = ensemble.common(similarities);
    for scored in &mut ranked {
        let classifier = &ensemble.classifiers[scored.entry as usize];
        scored.score += classifier.score(common, similarities);
    }
    keep_best(&mut ranked, RANKED);
    ranked.sort_unstable_by(by_score);
    for scored in &mut ranked {
        let is_nearest = |member: &&u32| similarities[**member as usize] == scored.nearest;
        let of_nearest = || of_entry.of(scored.entry).iter().find(is_nearest).map(|member| spoken(*member));
        scored.language = language.or_else(of_nearest).unwrap_or_default();
    }
    ranked
}

/// The best first.
fn by_score(left: &Scored, right: &Scored) -> std::cmp::Ordering {
    right.score.total_cmp(&left.score).then(left.entry.cmp(&right.entry))
}

/// So many of the best by score, in no particular order.
fn keep_best(ranked: &mut Vec<Scored>, count: usize) {
    if ranked.len() > count {
        ranked.select_nth_unstable_by(count, by_score);
        ranked.truncate(count);
    }
}

fn read_phrasings(reader: &mut Reader<'_>) -> Result<Vec<Phrasing>, BytesError> {
    let mut phrasings = Vec::new();
    for _ in 0..reader.length()? {
        let entry = reader.number()?;
        let language = u8::try_from(reader.number()?).map_err(|_| BytesError::Content("no such language"))?;
        let text = std::str::from_utf8(reader.block()?).map_err(|_| BytesError::Content("words"))?.to_owned();
        phrasings.push(Phrasing { entry, language, text });
    }
    Ok(phrasings)
}

fn read_classifiers(reader: &mut Reader<'_>, examples: u32) -> Result<Vec<Classifier>, BytesError> {
    let mut classifiers = Vec::new();
    for _ in 0..reader.length()? {
        let (bias, scale, step) = (reader.float()?, reader.float()?, reader.float()?);
        let support = reader.ascending(examples)?;
        let times = |example| Ok((example, f32::from(reader.small()?) * step));
        let support = support.into_iter().map(times).collect::<Result<_, _>>()?;
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
            let ranking = matcher().rank(text);
            assert_eq!((ranking.entries[0].entry, ranking.entries[0].language), (entry, language), "{text}");
        }
    }

    #[test]
    fn entries_that_have_no_phrasing_never_rank() {
        let ranking = matcher().rank("was kostet der eintritt");
        let mut entries: Vec<u32> = ranking.entries.iter().map(|scored| scored.entry).collect();
        entries.sort_unstable();
        assert_eq!(entries, [0, 1, 2]);
    }

    #[test]
    fn a_text_without_known_grams_ranks_nothing() {
        assert_eq!(matcher().rank("ΨΩ"), Ranking::default());
        assert_eq!(Matcher::train(&[], 0).rank("hallo"), Ranking::default());
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
