//! Asking texts of a bank that lacks a part of its phrasings, many times over.
//!
//! Training on every subset anew would take longer than the whole compilation should. All similarities
//! between phrasings are computed once instead.

use super::compared::Compared;
use super::groups::Groups;
use super::lexicon::Lexicon;
use super::matcher::{Phrasing, Ranking, TRAINING, rank};
use super::similarity::Similarities;
use super::svm::Ensemble;

/// A bank prepared for leaving parts of it out.
#[derive(Clone, Debug)]
pub struct Holdout<'a> {
    phrasings: &'a [Phrasing],
    entry_of: Vec<u32>,
    entries: usize,
    compared: Compared,
}

impl<'a> Holdout<'a> {
    /// Compares all phrasings with one another: memory and time grow with the square of their number.
    #[must_use]
    pub fn new(phrasings: &'a [Phrasing], entries: usize) -> Self {
        let entry_of = phrasings.iter().map(|phrasing| phrasing.entry).collect();
        Self { phrasings, entry_of, entries, compared: Compared::new(phrasings) }
    }

    /// The phrasings as compared, for training on all of them.
    #[must_use]
    pub fn into_compared(self) -> Compared {
        self.compared
    }

    /// Asks folded texts of a matcher trained on `kept` (ascending).
    #[must_use]
    pub fn ask(&self, kept: &[u32], texts: &[&str]) -> Vec<Ranking> {
        let of_kept = || kept.iter().map(|member| &self.phrasings[*member as usize]);
        let lexicon = Lexicon::new(of_kept().map(|phrasing| (phrasing.text.as_str(), phrasing.language)));
        let Compared { vocabulary, vectors, postings, table } = &self.compared;
        let mut is_known = vec![false; vocabulary.len()];
        for member in kept {
            vectors[*member as usize].iter().for_each(|(feature, _)| is_known[*feature as usize] = true);
        }
        let part = table.part(kept);
        let entry_of: Vec<u32> = kept.iter().map(|member| self.entry_of[*member as usize]).collect();
        let ensemble = Ensemble::train(&mut Similarities::new(&part), &entry_of, self.entries, TRAINING)
            .renumbered(kept);
        let of_entry = Groups::new(&self.entry_of, kept, self.entries);
        let spoken = |member: u32| self.phrasings[member as usize].language;
        let ask = |text: &&str| {
            let reading = lexicon.read(text);
            let (vector, known) =
                vocabulary.vector_as_meant(text, &reading.text, |feature| is_known[feature as usize]);
            if vector.is_empty() {
                return Ranking::default();
            }
            let similarities = postings.similarities(&vector);
            let entries = rank(&ensemble, &similarities, &of_entry, &spoken, reading.language);
            Ranking { entries, known, language: None }
        };
        texts.iter().map(ask).collect()
    }
}
