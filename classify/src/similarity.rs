//! Phrasings known by their similarities: training and ranking without touching a feature twice.
//!
//! With a few thousand phrasings it is cheaper to compare all of them once than to go through their
//! features for every entry again.

use super::features::SparseVector;
use super::svm::Examples;

/// Which phrasings have which feature, and with what weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Postings {
    count: usize,
    /// Where each feature's items begin; one more at the end.
    starts: Vec<u32>,
    /// `(phrasing, weight)`, ascending within a feature.
    items: Vec<(u32, f32)>,
}

impl Postings {
    /// Turns vectors with features below `features` round.
    #[must_use]
    pub fn new(vectors: &[SparseVector], features: usize) -> Self {
        let mut starts = vec![0_u32; features + 1];
        vectors.iter().flatten().for_each(|(feature, _)| starts[*feature as usize + 1] += 1);
        for feature in 0..features {
            starts[feature + 1] += starts[feature];
        }
        let mut next = starts.clone();
        let mut items = vec![(0, 0.0); starts[features] as usize];
        for (row, vector) in (0_u32..).zip(vectors) {
            for (feature, weight) in vector {
                let at = &mut next[*feature as usize];
                items[*at as usize] = (row, *weight);
                *at += 1;
            }
        }
        Self { count: vectors.len(), starts, items }
    }

    fn of(&self, feature: u32) -> &[(u32, f32)] {
        &self.items[self.starts[feature as usize] as usize..self.starts[feature as usize + 1] as usize]
    }

    /// How alike a vector is to each phrasing: 0 nothing shared, 1 the same.
    #[must_use]
    pub fn similarities(&self, vector: &SparseVector) -> Vec<f32> {
        let mut similarities = vec![0.0; self.count];
        for (feature, weight) in vector {
            self.of(*feature).iter().for_each(|(row, other)| similarities[*row as usize] += weight * other);
        }
        similarities
    }
}

/// All similarities of a list of vectors of length 1.
#[derive(Clone, Debug)]
pub struct Table {
    count: usize,
    /// Row by row.
    cells: Vec<f32>,
}

impl Table {
    /// Compares all vectors. Memory grows with the square of their number.
    #[must_use]
    pub fn new(vectors: &[SparseVector], postings: &Postings) -> Self {
        let count = vectors.len();
        let mut cells = vec![0.0; count * count];
        for (row, vector) in vectors.iter().enumerate() {
            let row_cells = &mut cells[row * count..][..=row];
            for (feature, weight) in vector {
                let up_to_row =
                    postings.of(*feature).iter().take_while(|(column, _)| *column as usize <= row);
                up_to_row.for_each(|(column, other)| row_cells[*column as usize] += weight * other);
            }
        }
        let mut table = Self { count, cells };
        table.mirror();
        table
    }

    /// Copies what is left of the diagonal to its right, in squares that stay near the processor.
    fn mirror(&mut self) {
        const SIDE: usize = 32;
        for top in (0..self.count).step_by(SIDE) {
            for left in (top..self.count).step_by(SIDE) {
                for row in top..self.count.min(top + SIDE) {
                    for column in left.max(row + 1)..self.count.min(left + SIDE) {
                        self.cells[row * self.count + column] = self.cells[column * self.count + row];
                    }
                }
            }
        }
    }

    fn row(&self, of: u32) -> &[f32] {
        &self.cells[of as usize * self.count..][..self.count]
    }
}

/// Examples for training whose scores are kept up to date.
#[derive(Clone, Debug)]
pub struct Similarities<'a> {
    table: &'a Table,
    scores: Vec<f32>,
    marked: Vec<f32>,
}

impl<'a> Similarities<'a> {
    /// Nothing learnt yet.
    #[must_use]
    pub fn new(table: &'a Table) -> Self {
        Self { table, scores: vec![0.0; table.count], marked: vec![0.0; table.count] }
    }
}

impl Examples for Similarities<'_> {
    fn score(&self, example: u32) -> f32 {
        self.scores[example as usize]
    }

    fn add(&mut self, example: u32, times: f32) {
        let row = self.table.row(example);
        self.scores.iter_mut().zip(row).for_each(|(score, similarity)| *score += times * similarity);
    }

    fn mark(&mut self) {
        self.marked.copy_from_slice(&self.scores);
    }

    fn rewind(&mut self, times: f32) {
        self.scores.iter_mut().zip(&self.marked).for_each(|(score, marked)| *score = times * marked);
    }
}

#[cfg(test)]
mod tests {
    use super::super::svm::{Ensemble, Training, Vectors};
    use super::*;

    fn vectors() -> Vec<SparseVector> {
        (0..6).map(|at| vec![(at % 2, 0.8), (2 + at, 0.6)]).collect()
    }

    #[test]
    fn the_table_and_the_postings_give_all_scalar_products() {
        let postings = Postings::new(&vectors(), 8);
        let table = Table::new(&vectors(), &postings);
        for (left, right, expected) in [(0, 0, 1.0), (0, 2, 0.64), (4, 0, 0.64), (0, 1, 0.0)] {
            let similarity = table.row(left)[right];
            assert!((similarity - expected).abs() < 1e-6, "{left} {right}");
            assert_eq!(postings.similarities(&vectors()[left as usize])[right], similarity);
        }
    }

    #[test]
    fn training_on_similarities_is_training_on_vectors() {
        let training = Training { cost: 1.0, balance: 0.5, tolerance: 0.001, passes: 1_000 };
        let (vectors, members, entry_of) = (vectors(), [0, 1, 2, 3, 4, 5], [0, 1, 2, 0, 1, 2]);
        let postings = Postings::new(&vectors, 8);
        let table = Table::new(&vectors, &postings);
        let by_table = Ensemble::train(&mut Similarities::new(&table), &entry_of, &members, 3, training);
        let by_vectors = Ensemble::train(&mut Vectors::new(&vectors, 8), &entry_of, &members, 3, training);
        for vector in &vectors {
            let similarities = postings.similarities(vector);
            let score = |ensemble: &Ensemble, entry: usize| {
                ensemble.classifiers[entry].score(ensemble.common(&similarities), &similarities)
            };
            for entry in 0..3 {
                let (left, right) = (score(&by_table, entry), score(&by_vectors, entry));
                assert!((left - right).abs() < 0.01, "{left} {right}");
            }
        }
    }
}
