//! Asking texts of a bank that lacks a part of its phrasings, many times over.
//!
//! Training on every subset anew would take longer than the whole compilation should. All similarities
//! between phrasings are computed once instead.

use super::features::{SparseVector, Vocabulary, grams};
use super::lexicon::Lexicon;
use super::matcher::{Phrasing, Ranking, TRAINING, rank};
use super::similarity::{Postings, Similarities, Table};
use super::svm::Ensemble;

/// A bank prepared for leaving parts of it out.
#[derive(Clone, Debug)]
pub struct Holdout<'a> {
    phrasings: &'a [Phrasing],
    entry_of: Vec<u32>,
    entries: usize,
    vocabulary: Vocabulary,
    vectors: Vec<SparseVector>,
    postings: Postings,
    table: Table,
}

impl<'a> Holdout<'a> {
    /// Compares all phrasings with one another: memory and time grow with the square of their number.
    #[must_use]
    pub fn new(phrasings: &'a [Phrasing], entries: usize) -> Self {
        let documents: Vec<Vec<u32>> = phrasings.iter().map(|phrasing| grams(&phrasing.text)).collect();
        let vocabulary = Vocabulary::build(&documents, |at| phrasings[at].entry);
        let vectors: Vec<SparseVector> =
            documents.iter().map(|grams| vocabulary.vector(grams, |_| true).0).collect();
        let postings = Postings::new(&vectors, vocabulary.len());
        let table = Table::new(&vectors, &postings);
        let entry_of = phrasings.iter().map(|phrasing| phrasing.entry).collect();
        Self { phrasings, entry_of, entries, vocabulary, vectors, postings, table }
    }

    /// Asks folded texts of a matcher trained on `kept` (ascending).
    #[must_use]
    pub fn ask(&self, kept: &[u32], texts: &[&str]) -> Vec<Ranking> {
        let of_kept = || kept.iter().map(|member| &self.phrasings[*member as usize]);
        let lexicon = Lexicon::new(of_kept().map(|phrasing| (phrasing.text.as_str(), phrasing.language)));
        let mut is_known = vec![false; self.vocabulary.len()];
        for member in kept {
            self.vectors[*member as usize].iter().for_each(|(feature, _)| is_known[*feature as usize] = true);
        }
        let mut examples = Similarities::new(&self.table);
        let ensemble = Ensemble::train(&mut examples, &self.entry_of, kept, self.entries, TRAINING);
        let ask = |text: &&str| {
            let reading = lexicon.read(text);
            let (vector, known) =
                self.vocabulary.vector_as_meant(text, &reading.text, |feature| is_known[feature as usize]);
            if vector.is_empty() {
                return Ranking::default();
            }
            let similarities = self.postings.similarities(&vector);
            let members = kept.iter().map(|member| {
                let phrasing = &self.phrasings[*member as usize];
                (phrasing.entry, phrasing.language, *member as usize)
            });
            let entries = rank(&ensemble, &similarities, members, reading.language, |_| true);
            Ranking { entries, known, language: None }
        };
        texts.iter().map(ask).collect()
    }
}
