//! A bank whose phrasings have all been compared with one another: what training and leaving parts out need.

use super::features::{SparseVector, Vocabulary, grams};
use super::matcher::Phrasing;
use super::similarity::{Postings, Table};

/// Phrasings as vectors, and all their similarities. Memory and time grow with the square of their number.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Their features.
    pub vocabulary: Vocabulary,
    /// One per phrasing.
    pub vectors: Vec<SparseVector>,
    /// The vectors turned round.
    pub postings: Postings,
    /// All against all.
    pub table: Table,
}

impl Compared {
    /// Compares all with all.
    #[must_use]
    pub fn new(phrasings: &[Phrasing]) -> Self {
        let (vocabulary, vectors) = vectors(phrasings);
        let postings = Postings::new(&vectors, vocabulary.len());
        let table = Table::new(&vectors, &postings);
        Self { vocabulary, vectors, postings, table }
    }
}

/// The features of phrasings, and each phrasing as a vector.
pub(crate) fn vectors(phrasings: &[Phrasing]) -> (Vocabulary, Vec<SparseVector>) {
    let documents: Vec<Vec<u32>> = phrasings.iter().map(|phrasing| grams(&phrasing.text)).collect();
    let vocabulary = Vocabulary::build(&documents, |at| phrasings[at].entry);
    let vectors = documents.iter().map(|document| vocabulary.vector(document, |_| true).0).collect();
    (vocabulary, vectors)
}
