//! Training of one linear classifier: squared hinge loss, dual coordinate descent.
//!
//! The method is that of Hsieh, Chang, Lin, Keerthi and Sundararajan, *A Dual Coordinate Descent
//! Method for Large-scale Linear SVM* (ICML 2008), algorithm 1, with two shortcuts. What counts against
//! every entry alike is learnt once, as if all examples were negative; each entry then starts from
//! there, so that only its own examples and their likes have anything left to learn. And examples
//! without violation are set aside until the others have none, either. The order comes from a fixed
//! seed, so that training is a pure function.

use super::features::SparseVector;
use super::groups::Groups;

/// How training weighs mistakes and when it stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// The price of a mistake; positive.
    pub cost: f32,
    /// How much heavier the rarer side's mistakes weigh: 0 all alike, 1 both sides equal in sum.
    pub balance: f32,
    /// Largest violation left, in units of the margin.
    pub tolerance: f32,
    /// Passes at most.
    pub passes: usize,
}

/// Where the scores of a classifier under training come from: weights, or similarities.
pub trait Examples {
    /// The score of an example, bias aside.
    fn score(&self, example: u32) -> f32;

    /// Adds an example to the weights, so many times.
    fn add(&mut self, example: u32, times: f32);

    /// From now on, [`Examples::rewind`] leads back to here.
    fn mark(&mut self);

    /// Undoes everything since the mark; what lay before it counts `times`.
    fn rewind(&mut self, times: f32);
}

/// The classifiers of all entries in their dual form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ensemble {
    /// How often examples count against every entry: `(example, times)`, ascending by example.
    pub base: Vec<(u32, f32)>,
    /// One per entry.
    pub classifiers: Vec<Classifier>,
}

/// What sets one entry apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classifier {
    /// How often the base counts.
    pub scale: f32,
    /// `(example, times)`, ascending by example: added to the base.
    pub support: Vec<(u32, f32)>,
    /// Added to every score.
    pub bias: f32,
}

impl Ensemble {
    /// Separates each entry's examples from those of all others. `entry_of` gives each example's entry,
    /// below `entries`. An entry without any gets a classifier that says nothing.
    pub fn train(examples: &mut impl Examples, entry_of: &[u32], entries: usize, training: Training) -> Self {
        let members = &*(0..entry_of.len() as u32).collect::<Vec<u32>>();
        let mut common = Descent::new(entry_of.len(), members.len(), training);
        let precise = Training { tolerance: training.tolerance / 4.0, ..training };
        let begin = Order::new(members);
        common.run(examples, begin.clone(), precise, |_| false);
        examples.mark();
        let of_entry = Groups::new(entry_of, members, entries);
        let classifiers = (0..entries as u32).map(|entry| {
            let positives = of_entry.of(entry);
            if positives.is_empty() {
                return Classifier::default();
            }
            let (mut descent, scale) = common.turned(examples, positives, members.len(), training);
            descent.run(examples, begin.clone(), training, |example| entry_of[example as usize] == entry);
            descent.difference(&common, scale, members, positives)
        });
        let classifiers = classifiers.collect();
        let base = (0..).zip(common.duals).filter(|(_, dual)| *dual != 0.0);
        Self { classifiers, base: base.collect() }
    }

    /// The same with each example's number replaced by the one that stands at its place in `numbers`.
    #[must_use]
    pub fn renumbered(mut self, numbers: &[u32]) -> Self {
        let supports = self.classifiers.iter_mut().map(|classifier| &mut classifier.support);
        for (example, _) in supports.flatten().chain(&mut self.base) {
            *example = numbers[*example as usize];
        }
        self
    }

    /// The same with every number rounded to one of 255 steps, as it is stored.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        round(&mut self.base);
        self.classifiers.iter_mut().for_each(|classifier| round(&mut classifier.support));
        self
    }

    /// What counts against every entry, for a text with these similarities to the examples.
    #[must_use]
    pub fn common(&self, similarities: &[f32]) -> f32 {
        combined(&self.base, similarities)
    }
}

impl Classifier {
    /// The score of a text, given its similarities to the examples and [`Ensemble::common`] of them.
    #[must_use]
    pub fn score(&self, common: f32, similarities: &[f32]) -> f32 {
        self.bias - self.scale * common + combined(&self.support, similarities)
    }
}

/// The similarities of some examples, each so many times. Four sums at once, as one would wait for itself.
fn combined(some: &[(u32, f32)], similarities: &[f32]) -> f32 {
    let of = |(example, times): &(u32, f32)| times * similarities[*example as usize];
    let (fours, rest) = some.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for four in fours {
        sums.iter_mut().zip(four).for_each(|(sum, one)| *sum += of(one));
    }
    sums.into_iter().sum::<f32>() + rest.iter().map(of).sum::<f32>()
}

fn round(some: &mut Vec<(u32, f32)>) {
    let step = step(some.iter().map(|(_, times)| *times));
    some.iter_mut().for_each(|(_, times)| *times = f32::from(steps(*times, step)) * step);
    some.retain(|(_, times)| *times != 0.0);
}

/// The distance between two neighbours when the largest of these numbers is 127 steps from 0. It has so few
/// binary digits that all multiples are exact: of rounded numbers it is the same again.
#[must_use]
pub fn step(values: impl Iterator<Item = f32>) -> f32 {
    let step = values.fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
    f32::from_bits(step.to_bits() & !0xff)
}

/// How many steps a number is from 0.
#[must_use]
pub fn steps(value: f32, step: f32) -> i8 {
    if step > 0.0 { (value / step).round() as i8 } else { 0 }
}

/// Any number will do, as long as it is always the same.
const SEED: u64 = 0x2545_f491_4f6c_dd1d;

#[derive(Clone, Debug)]
struct Descent {
    /// One per example, not negative.
    duals: Vec<f32>,
    bias: f32,
    /// The price of a mistake, inverted: for negatives and for positives.
    slacks: [f32; 2],
}

impl Descent {
    /// Nothing learnt yet; all examples will be negative.
    fn new(examples: usize, members: usize, training: Training) -> Self {
        Self { duals: vec![0.0; examples], bias: 0.0, slacks: slacks(0, members, training) }
    }

    /// A start for an entry: these examples are positive and share one dual, and what counts against
    /// every entry is scaled to balance them. Both follow from the margins, as if all negatives were
    /// alike to the positives. Gives the scale as well.
    fn turned(
        &self,
        examples: &mut impl Examples,
        positives: &[u32],
        members: usize,
        training: Training,
    ) -> (Self, f32) {
        let slacks = slacks(positives.len(), members, training);
        let count = positives.len() as f32;
        let total = |examples: &_| positives.iter().map(|at| Examples::score(examples, *at)).sum::<f32>();
        examples.rewind(1.0);
        let before = total(&*examples);
        positives.iter().for_each(|positive| examples.add(*positive, 1.0));
        let alike = (total(&*examples) - before) / (count * count);
        let slack = slacks[0] * -self.bias / members as f32;
        let dual = (2.0 - slack) / (count * (alike + slack) + slacks[1]);
        let scale = 1.0 + count * dual;

        let mut turned = Self { slacks, ..self.clone() };
        turned.duals.iter_mut().for_each(|dual| *dual *= scale);
        turned.bias *= scale;
        examples.rewind(scale);
        for positive in positives {
            let against = std::mem::replace(&mut turned.duals[*positive as usize], dual);
            turned.bias += against + dual;
            examples.add(*positive, against + dual);
        }
        (turned, scale)
    }

    fn run(
        &mut self,
        examples: &mut impl Examples,
        mut order: Order,
        training: Training,
        is_positive: impl Fn(u32) -> bool,
    ) {
        let all = order.examples.len();
        let mut active = all;
        for pass in 0..training.passes {
            let full = active == all;
            if pass > 0 {
                order.shuffle(active);
            }
            let examples_left = &mut order.examples[..active];
            let mut at = 0;
            while at < active {
                let example = examples_left[at];
                if self.improve(examples, example, is_positive(example), training.tolerance) {
                    at += 1;
                } else {
                    active -= 1;
                    examples_left.swap(at, active);
                }
            }
            if active == 0 {
                if full {
                    break;
                }
                active = all;
            }
        }
    }

    /// One step along one dual; false when there is nothing to gain.
    fn improve(
        &mut self,
        examples: &mut impl Examples,
        example: u32,
        positive: bool,
        tolerance: f32,
    ) -> bool {
        let sign = if positive { 1.0 } else { -1.0 };
        let slack = self.slacks[usize::from(positive)];
        let dual = self.duals[example as usize];
        let gradient = sign * (examples.score(example) + self.bias) - 1.0 + slack * dual;
        let violation = if dual > 0.0 { gradient.abs() } else { -gradient.min(0.0) };
        if violation < tolerance {
            return false;
        }
        // Examples have length 1, and the bias is one more feature of weight 1.
        let updated = (dual - gradient / (2.0 + slack)).max(0.0);
        let times = (updated - dual) * sign;
        self.duals[example as usize] = updated;
        self.bias += times;
        examples.add(example, times);
        true
    }

    fn difference(&self, common: &Self, scale: f32, members: &[u32], positives: &[u32]) -> Classifier {
        let times = |member: u32| {
            let (dual, base) = (self.duals[member as usize], scale * common.duals[member as usize]);
            if positives.binary_search(&member).is_ok() { dual + base } else { base - dual }
        };
        let support = members.iter().map(|member| (*member, times(*member)));
        Classifier { scale, support: support.filter(|(_, times)| *times != 0.0).collect(), bias: self.bias }
    }
}

/// The inverted price of a mistake with negatives and with positives.
fn slacks(positives: usize, members: usize, training: Training) -> [f32; 2] {
    [members - positives, positives].map(|side| {
        let weight = (members as f32 / (2.0 * side.max(1) as f32)).powf(training.balance);
        1.0 / (2.0 * training.cost * weight)
    })
}

/// Examples as vectors: the weights are kept.
#[derive(Clone, Debug)]
pub struct Vectors<'a> {
    vectors: &'a [SparseVector],
    weights: Vec<f32>,
    marked: Vec<f32>,
}

impl<'a> Vectors<'a> {
    /// Examples with features below `features`.
    #[must_use]
    pub fn new(vectors: &'a [SparseVector], features: usize) -> Self {
        Self { vectors, weights: vec![0.0; features], marked: vec![0.0; features] }
    }
}

impl Examples for Vectors<'_> {
    fn score(&self, example: u32) -> f32 {
        dot(&self.vectors[example as usize], &self.weights)
    }

    fn add(&mut self, example: u32, times: f32) {
        for (feature, weight) in &self.vectors[example as usize] {
            self.weights[*feature as usize] += times * weight;
        }
    }

    fn mark(&mut self) {
        self.marked.copy_from_slice(&self.weights);
    }

    fn rewind(&mut self, times: f32) {
        self.weights.iter_mut().zip(&self.marked).for_each(|(weight, marked)| *weight = times * marked);
    }
}

/// The scalar product of a sparse vector with dense weights.
#[must_use]
pub fn dot(vector: &SparseVector, weights: &[f32]) -> f32 {
    vector.iter().map(|(feature, weight)| weight * weights[*feature as usize]).sum()
}

/// In which order examples are looked at. Every entry begins with the same one.
#[derive(Clone, Debug)]
struct Order {
    examples: Vec<u32>,
    random: u64,
}

impl Order {
    fn new(members: &[u32]) -> Self {
        let mut order = Self { examples: members.to_vec(), random: SEED };
        order.shuffle(members.len());
        order
    }

    /// Brings the first so many into another order.
    fn shuffle(&mut self, count: usize) {
        for at in (1..count).rev() {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            self.examples.swap(at, (self.random % (at as u64 + 1)) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAINING: Training = Training { cost: 1.0, balance: 1.0, tolerance: 0.001, passes: 1_000 };

    /// Entry 0 is what `is_positive`, entry 1 the rest.
    fn trained(vectors: &[SparseVector], is_positive: impl Fn(u32) -> bool) -> Ensemble {
        let members: Vec<u32> = (0..vectors.len() as u32).collect();
        let entry_of: Vec<u32> = members.iter().map(|member| u32::from(!is_positive(*member))).collect();
        Ensemble::train(&mut Vectors::new(vectors, 8), &entry_of, 2, TRAINING)
    }

    fn score(ensemble: &Ensemble, vectors: &[SparseVector], vector: &SparseVector) -> f32 {
        let mut dense = vec![0.0; 8];
        vector.iter().for_each(|(feature, weight)| dense[*feature as usize] = *weight);
        let similarities: Vec<f32> = vectors.iter().map(|vector| dot(vector, &dense)).collect();
        ensemble.classifiers[0].score(ensemble.common(&similarities), &similarities)
    }

    #[test]
    fn two_points_meet_the_solution_found_by_hand() {
        // x₁ = e₀ (+), x₂ = e₁ (−), bias as a feature, D = 1/2C = ½, weights 1. By symmetry both duals
        // are α, the bias cancels, and α(1 + ½) = 1: a score of 2/3 on either side.
        let vectors = [vec![(0, 1.0)], vec![(1, 1.0)]];
        let ensemble = trained(&vectors, |example| example == 0);
        assert!(ensemble.classifiers[0].bias.abs() < 0.01, "{ensemble:?}");
        for (vector, expected) in vectors.iter().zip([2.0 / 3.0, -2.0 / 3.0]) {
            assert!((score(&ensemble, &vectors, vector) - expected).abs() < 0.01, "{ensemble:?}");
        }
    }

    #[test]
    fn separable_examples_end_on_their_sides() {
        let vectors: Vec<SparseVector> = (0..6).map(|at| vec![(at % 2, 0.8), (2 + at, 0.6)]).collect();
        let ensemble = trained(&vectors, |example| example % 2 == 0);
        for (at, vector) in vectors.iter().enumerate() {
            assert_eq!(score(&ensemble, &vectors, vector) > 0.0, at % 2 == 0, "{at}");
        }
    }

    #[test]
    fn training_one_entry_leaves_nothing_behind_for_the_next() {
        let vectors = [vec![(0, 1.0)], vec![(1, 1.0)], vec![(0, 0.6), (1, 0.8)]];
        let train = |entries: [u32; 3]| {
            Ensemble::train(&mut Vectors::new(&vectors, 2), &entries, 3, TRAINING).classifiers
        };
        assert_eq!(train([0, 1, 2])[2], train([1, 0, 2])[2]);
    }

    #[test]
    fn rounding_twice_is_rounding_once_and_moves_scores_little() {
        let vectors = [vec![(0, 1.0)], vec![(1, 1.0)], vec![(0, 0.6), (1, 0.8)]];
        let exact = trained(&vectors, |example| example == 0);
        let rounded = exact.clone().rounded();
        assert_eq!(rounded.clone().rounded(), rounded);
        for vector in &vectors {
            let (left, right) = (score(&exact, &vectors, vector), score(&rounded, &vectors, vector));
            assert!((left - right).abs() < 0.02, "{left} {right}");
        }
    }

    #[test]
    fn an_entry_without_examples_says_nothing() {
        let vectors = [vec![(0, 1.0)], vec![(1, 1.0)]];
        let ensemble = Ensemble::train(&mut Vectors::new(&vectors, 2), &[0, 2], 3, TRAINING);
        assert_eq!(ensemble.classifiers[1], Classifier::default());
    }

    #[test]
    fn one_sided_and_empty_examples_train() {
        for vectors in [vec![], vec![vec![]], vec![vec![(0, 1.0)]]] {
            for all in [true, false] {
                let ensemble = trained(&vectors, |_| all);
                assert!(ensemble.classifiers.iter().all(|classifier| classifier.bias.is_finite()));
            }
        }
    }
}
