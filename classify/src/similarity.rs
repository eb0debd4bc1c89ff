//! Phrasings known by their similarities: training and ranking without touching a feature twice.
//!
//! With a few thousand phrasings it is cheaper to compare all of them once than to go through their
//! features for every entry again.

use super::features::SparseVector;
use super::sums;
use super::svm::Examples;

/// A feature that at least one of so many phrasings has is kept as a full row, which is added without looking
/// at who has it.
const COMMON_SHARE: usize = 4;

/// Which phrasings have which feature, and with what weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Postings {
    count: usize,
    /// Where each feature's items begin; one more at the end.
    starts: Vec<u32>,
    /// `(phrasing, weight)`, ascending within a feature.
    items: Vec<(u32, f32)>,
    /// Common features, ascending; they have no items.
    common: Vec<u32>,
    /// For each of them, the weight that it has in every phrasing.
    rows: Vec<f32>,
}

impl Postings {
    /// Turns vectors with features below `features` round.
    #[must_use]
    pub fn new(vectors: &[SparseVector], features: usize) -> Self {
        let count = vectors.len();
        let mut starts = vec![0_u32; features + 1];
        vectors.iter().flatten().for_each(|(feature, _)| starts[*feature as usize + 1] += 1);
        let mut common = Vec::new();
        for feature in 0..features {
            let holders = &mut starts[feature + 1];
            if *holders as usize * COMMON_SHARE >= count && *holders > 0 {
                common.push(feature as u32);
                *holders = 0;
            }
            starts[feature + 1] += starts[feature];
        }
        let mut next = starts.clone();
        let mut items = vec![(0, 0.0); starts[features] as usize];
        let mut rows = vec![0.0; common.len() * count];
        for (phrasing, vector) in vectors.iter().enumerate() {
            for (feature, weight) in vector {
                let at = *feature as usize;
                if starts[at] < starts[at + 1] {
                    items[next[at] as usize] = (phrasing as u32, *weight);
                    next[at] += 1;
                } else if let Ok(at) = common.binary_search(feature) {
                    rows[at * count + phrasing] = *weight;
                }
            }
        }
        Self { count, starts, items, common, rows }
    }

    /// Adds what a feature of this weight contributes to the similarities of the first phrasings.
    fn add(&self, feature: u32, weight: f32, similarities: &mut [f32]) {
        let at = feature as usize;
        let items = &self.items[self.starts[at] as usize..self.starts[at + 1] as usize];
        for (phrasing, other) in items {
            let Some(similarity) = similarities.get_mut(*phrasing as usize) else { return };
            *similarity += weight * other;
        }
        if items.is_empty()
            && let Ok(at) = self.common.binary_search(&feature)
        {
            let row = &self.rows[at * self.count..][..self.count];
            sums::add(similarities, row, weight);
        }
    }

    /// How alike a vector is to each phrasing: 0 nothing shared, 1 the same.
    #[must_use]
    pub fn similarities(&self, vector: &SparseVector) -> Vec<f32> {
        let mut similarities = vec![0.0; self.count];
        vector.iter().for_each(|(feature, weight)| self.add(*feature, *weight, &mut similarities));
        similarities
    }
}

/// The table keeps similarities in steps of this size: half the memory, and less time where memory is slow.
const STEP: f32 = 1.0 / 32_000.0;

/// All similarities of a list of vectors of length 1.
#[derive(Clone, Debug)]
pub struct Table {
    count: usize,
    /// Row by row, in steps of [`STEP`].
    cells: Vec<i16>,
}

impl Table {
    /// Compares all vectors. Memory grows with the square of their number.
    #[must_use]
    pub fn new(vectors: &[SparseVector], postings: &Postings) -> Self {
        let count = vectors.len();
        let mut cells = vec![0; count * count];
        let mut exact = vec![0.0; count];
        for (row, vector) in vectors.iter().enumerate() {
            let similarities = &mut exact[..=row];
            similarities.fill(0.0);
            vector.iter().for_each(|(feature, weight)| postings.add(*feature, *weight, similarities));
            let steps = cells[row * count..].iter_mut().zip(similarities);
            steps.for_each(|(cell, similarity)| *cell = (*similarity / STEP + 0.5) as i16);
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

    /// The same for some of the vectors only, ascending, numbered anew.
    #[must_use]
    pub fn part(&self, members: &[u32]) -> Self {
        let of = |row: &u32| {
            let row = self.row(*row);
            members.iter().map(|column| row[*column as usize])
        };
        let mut cells = Vec::with_capacity(members.len() * members.len());
        members.iter().for_each(|row| cells.extend(of(row)));
        Self { count: members.len(), cells }
    }

    fn row(&self, of: u32) -> &[i16] {
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
        sums::add_whole(&mut self.scores, self.table.row(example), times * STEP);
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
        assert_eq!(table.part(&[0, 1, 4]).row(2), [0, 1, 4].map(|column| table.row(4)[column]));
        for (left, right, expected) in [(0, 0, 1.0), (0, 2, 0.64), (4, 0, 0.64), (0, 1, 0.0)] {
            let similarity = postings.similarities(&vectors()[left as usize])[right];
            assert!((similarity - expected).abs() < 1e-6, "{left} {right}");
            assert!((f32::from(table.row(left)[right]) * STEP - expected).abs() < STEP, "{left} {right}");
        }
    }

    #[test]
    fn training_on_similarities_is_training_on_vectors() {
        let training = Training { cost: 1.0, balance: 0.5, tolerance: 0.001, passes: 1_000 };
        let (vectors, entry_of) = (vectors(), [0, 1, 2, 0, 1, 2]);
        let postings = Postings::new(&vectors, 8);
        let table = Table::new(&vectors, &postings);
        let by_table = Ensemble::train(&mut Similarities::new(&table), &entry_of, 3, training);
        let by_vectors = Ensemble::train(&mut Vectors::new(&vectors, 8), &entry_of, 3, training);
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
