//! Calibration: how far the matcher can be trusted, found from the bank alone.
//!
//! Each fold leaves a share of the entries out wholly and, of the entries that stay, a share of their
//! phrasings. The phrasings of absent entries stand for questions that nobody prepared; those held back
//! from present entries stand for new wordings of known questions. What a matcher trained on the rest
//! makes of both tells how a score, its lead, the nearest phrasing and the known share of the text
//! translate into the chance of being right, and where the thresholds lie.

use super::holdout::Holdout;
use super::matcher::{MOST_COMPARED, Matcher, Phrasing, Ranking};
use super::trust::{Judgement, Trust, chance};

/// What confidence is judged by.
pub const EVIDENCE: usize = 6;

/// The evidence a ranking gives, first element constant.
#[must_use]
pub fn evidence(ranking: &Ranking) -> [f32; EVIDENCE] {
    let first = ranking.entries.first();
    let score = first.map_or(-1.0, |scored| scored.score);
    let second = ranking.entries.get(1).map_or(-1.0, |scored| scored.score);
    let nearest = first.map_or(0.0, |scored| scored.nearest);
    [1.0, score, score - second, nearest, ranking.known, ranking.known * score]
}

/// One held-out text and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The phrasing, by number.
    pub phrasing: usize,
    /// The entry it belongs to.
    pub entry: u32,
    /// Whether that entry was in the bank.
    pub in_scope: bool,
    /// What the matcher said.
    pub ranking: Ranking,
}

impl Sample {
    /// Whether the right entry is among the first `places`.
    #[must_use]
    pub fn is_right(&self, places: usize) -> bool {
        self.in_scope && self.ranking.entries.iter().take(places).any(|scored| scored.entry == self.entry)
    }
}

/// So many folds: with more, little is held back at a time and the simulation is nearer to the truth.
const FOLDS: u32 = 5;
/// With so many samples, further folds would tell nothing new.
const ENOUGH: usize = 1_500;

/// Every n-th phrasing of each entry, so that at most about [`MOST_COMPARED`] are left.
#[must_use]
pub fn thinned(phrasings: &[Phrasing]) -> Vec<usize> {
    let step = phrasings.len().div_ceil(MOST_COMPARED).max(1) as u32;
    let positions = positions(phrasings);
    (0..phrasings.len()).filter(|at| positions[*at].is_multiple_of(step)).collect()
}

/// Each phrasing's position within its entry.
fn positions(phrasings: &[Phrasing]) -> Vec<u32> {
    let entries = phrasings.iter().map(|phrasing| phrasing.entry as usize + 1).max().unwrap_or(0);
    let mut next = vec![0_u32; entries];
    let mut place = |entry: u32| {
        let next = &mut next[entry as usize];
        *next += 1;
        *next - 1
    };
    phrasings.iter().map(|phrasing| place(phrasing.entry)).collect()
}

/// Every n-th entry, so that a bank too large to compare loses entries and phrasings of the others alike: with
/// every entry but few phrasings of each, the simulation would be too hard; with few entries, too easy.
fn nth_entry(phrasings: &[Phrasing]) -> u32 {
    phrasings.len().div_ceil(MOST_COMPARED).max(1).isqrt() as u32
}

/// Trains on all phrasings, and asks each of them twice, in scope and out of scope, of matchers that have not seen
/// it. Where the same phrasings take part in both, they are compared only once.
#[must_use]
pub fn train_and_simulate(phrasings: &[Phrasing], entries: usize) -> (Matcher, Vec<Sample>) {
    let simulation = Simulation::new(phrasings, entries);
    if simulation.bank != phrasings {
        return (
            Matcher::train(phrasings, entries),
            simulation.run(&Holdout::new(&simulation.bank, entries)),
        );
    }
    let holdout = Holdout::new(&simulation.bank, entries);
    let samples = simulation.run(&holdout);
    (Matcher::train_compared(phrasings, entries, holdout.into_compared()), samples)
}

/// What is left out and asked.
struct Simulation {
    /// The phrasings that take part, and behind them another wording for each entry that has only one.
    bank: Vec<Phrasing>,
    /// How many of them are no such wordings.
    members: usize,
    /// The number of each as it was given.
    numbers: Vec<usize>,
    /// Phrasings by entry, other wordings aside.
    size: Vec<u32>,
    nth_entry: u32,
}

impl Simulation {
    fn new(phrasings: &[Phrasing], entries: usize) -> Self {
        let nth_entry = nth_entry(phrasings);
        let (all, some): (Vec<usize>, Vec<Phrasing>) = phrasings
            .iter()
            .enumerate()
            .filter(|(_, phrasing)| phrasing.entry.is_multiple_of(nth_entry))
            .map(|(number, phrasing)| (number, phrasing.clone()))
            .unzip();
        let mut numbers: Vec<usize> = thinned(&some).into_iter().map(|at| all[at]).collect();
        let mut bank: Vec<Phrasing> = numbers.iter().map(|at| phrasings[*at].clone()).collect();
        let mut size = vec![0_u32; entries];
        bank.iter().for_each(|phrasing| size[phrasing.entry as usize] += 1);
        let members = bank.len();
        for at in 0..members {
            if size[bank[at].entry as usize] > 1 {
                continue;
            }
            let (entry, language, text) = (bank[at].entry, bank[at].language, excerpt(&bank[at].text));
            bank.push(Phrasing { entry, language, text });
            numbers.push(numbers[at]);
        }
        Self { bank, members, numbers, size, nth_entry }
    }

    fn run(&self, holdout: &Holdout<'_>) -> Vec<Sample> {
        let Self { bank, members, size, .. } = self;
        let positions = positions(&bank[..*members]);
        let folds = FOLDS.min(size.len() as u32);
        let mut samples = Vec::new();
        for fold in 0..folds {
            if samples.len() >= ENOUGH {
                break;
            }
            let order = |at: usize| bank[at].entry / self.nth_entry;
            let is_absent = |at: usize| order(at) % folds == fold;
            // Shifted by the entry's own fold, so that each phrasing is held back once while its entry stays.
            let is_held_back = |at: usize| {
                let turn = if at < *members { positions[at] % (folds - 1).max(1) } else { 0 };
                (size[bank[at].entry as usize] > 1 || at >= *members)
                    && (turn + order(at) + 1) % folds == fold
            };
            let chosen = |is_in: &dyn Fn(usize) -> bool, end: usize| -> Vec<u32> {
                (0..end).filter(|at| is_in(*at)).map(|at| at as u32).collect()
            };
            let kept = chosen(&|at| !is_absent(at) && !is_held_back(at), *members);
            let outside = chosen(&|at| is_absent(at), *members);
            let inside = chosen(&|at| !is_absent(at) && is_held_back(at), bank.len());
            let asked = outside.iter().map(|at| (*at, false)).chain(inside.iter().map(|at| (*at, true)));
            let texts: Vec<&str> =
                outside.iter().chain(&inside).map(|at| bank[*at as usize].text.as_str()).collect();
            samples.extend(asked.zip(holdout.ask(&kept, &texts)).map(|((at, in_scope), ranking)| Sample {
                phrasing: self.numbers[at as usize],
                entry: bank[at as usize].entry,
                in_scope,
                ranking,
            }));
        }
        samples
    }
}

/// Every third word: a stand-in for another wording of an entry that has only one.
fn excerpt(folded: &str) -> String {
    folded.split(' ').skip(1).step_by(3).collect::<Vec<_>>().join(" ")
}

/// How rankings become verdicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Chance that the first candidate is right, whichever it is.
    pub first: Logistic,
    /// By entry, what is added to those log-odds when it ranks first.
    pub trust: Vec<f32>,
    /// Chance that one of the first three is right.
    pub among_three: Logistic,
    /// From this chance of the first on, the answer is sent.
    pub answer_from: f32,
    /// From this chance of the three on, they are offered.
    pub offer_from: f32,
    /// The one cut that balances answering what is known against leaving the unknown alone.
    pub balanced: f32,
}

/// Of the answers sent on the simulated mixture, this share is right.
const ANSWER_PRECISION: f32 = 0.955;
/// Of the offers made on the simulated mixture, this share holds the right entry.
const OFFER_PRECISION: f32 = 0.5;
/// No offer with a smaller chance: three choices of which none is meant cost a person more than a short wait. On
/// average half of the offers may hold the right entry while the last ones hardly ever do.
const LEAST_CHANCE_OFFERED: f32 = 0.3;

impl Calibration {
    /// Fits chances and chooses thresholds on held-out samples of a bank of `entries` entries.
    #[must_use]
    pub fn fit(samples: &[Sample], entries: usize) -> Self {
        Self::fit_promising(samples, entries, ANSWER_PRECISION)
    }

    /// As [`Calibration::fit`], so that of the answers sent the share `answers_right` is right.
    #[must_use]
    pub fn fit_promising(samples: &[Sample], entries: usize, answers_right: f32) -> Self {
        let outside = outside_weight(samples, entries);
        let weight = |sample: &Sample| if sample.in_scope { 1.0 } else { outside };
        let fit = |places, prior| {
            let rows: Vec<_> = samples
                .iter()
                .map(|sample| (evidence(&sample.ranking), sample.is_right(places), weight(sample)))
                .collect();
            Logistic::fit(&rows, prior, 1.0)
        };
        let first = fit(1, PRIOR_FIRST);
        let among_three = fit(3, PRIOR_AMONG_THREE);
        let judgements: Vec<Judgement> = samples
            .iter()
            .map(|sample| Judgement {
                entry: sample.ranking.entries.first().map(|scored| scored.entry),
                odds: first.odds(&evidence(&sample.ranking)),
                right: sample.is_right(1),
                weight: weight(sample),
            })
            .collect();
        let trust = Trust::fit(&judgements, entries);
        let judged = |chance: &dyn Fn(&Judgement) -> f32| -> Vec<Judged> {
            let judged = judgements.iter().map(|one| Judged {
                chance: chance(one),
                right: one.right,
                weight: one.weight,
            });
            judged.collect()
        };
        let balanced = balanced_cut(samples, judged(&|judgement| chance(judgement.odds)));
        let judged = judged(&|judgement| trust.chance_unseen(judgement));
        let answer_from = cut_for_precision(judged.clone(), answers_right);
        let offered = samples
            .iter()
            .zip(&judged)
            .filter(|(_, judged)| judged.chance < answer_from)
            .map(|(sample, _)| Judged {
                chance: among_three.chance(&evidence(&sample.ranking)),
                right: sample.is_right(3),
                weight: weight(sample),
            })
            .collect();
        let offer_from = cut_for_precision(offered, OFFER_PRECISION).max(LEAST_CHANCE_OFFERED);
        Self { first, trust: trust.offsets, among_three, answer_from, offer_from, balanced }
    }

    /// The chance that the first of a ranking is right.
    #[must_use]
    pub fn chance_first(&self, ranking: &Ranking) -> f32 {
        let trust = ranking.entries.first().and_then(|scored| self.trust.get(scored.entry as usize));
        chance(self.first.odds(&evidence(ranking)) + trust.copied().unwrap_or_default())
    }
}

/// What a sample outside the bank counts against one inside: the more entries a bank has, the fewer
/// questions lie outside of it.
fn outside_weight(samples: &[Sample], entries: usize) -> f32 {
    let inside = samples.iter().filter(|sample| sample.in_scope).count() as f32;
    let outside = samples.len() as f32 - inside;
    let expected = (20.0 / entries as f32).clamp(0.1, 1.0);
    expected * inside.max(1.0) / outside.max(1.0)
}

/// A sample reduced to what thresholds are chosen by.
#[derive(Clone, Copy, Debug)]
struct Judged {
    chance: f32,
    right: bool,
    weight: f32,
}

/// The lowest cut above which the weighted share of right ones is at least `precision`. Half of that share is what
/// came of the samples and half what their chances promised, so that no single sample moves the cut far. Without
/// samples, the chance itself is taken at its word.
fn cut_for_precision(mut judged: Vec<Judged>, precision: f32) -> f32 {
    if judged.is_empty() {
        return precision;
    }
    judged.sort_by(|left, right| right.chance.total_cmp(&left.chance));
    let (mut right, mut all, mut cut) = (0.0, 0.0, precision.max(judged[0].chance));
    for sample in &judged {
        all += sample.weight;
        right += sample.weight * (f32::from(u8::from(sample.right)) + sample.chance) / 2.0;
        if right >= precision * all {
            cut = sample.chance;
        }
    }
    cut
}

/// A fiftieth of the samples on either side smooths what the balanced cut is chosen by: single samples say little.
const SMOOTHED_SHARE: usize = 50;

/// The cut at which the share of in-scope samples answered right is farthest above the weighted share
/// of out-of-scope samples answered at all. The top is flat and rough, so the lowest cut within
/// a thousandth of it once it is smoothed.
fn balanced_cut(samples: &[Sample], judged: Vec<Judged>) -> f32 {
    let mut rows: Vec<(Judged, bool)> =
        judged.into_iter().zip(samples.iter().map(|sample| sample.in_scope)).collect();
    rows.sort_by(|left, right| right.0.chance.total_cmp(&left.0.chance));
    let mut value = 0.0;
    let values: Vec<f32> = rows
        .iter()
        .map(|(judged, in_scope)| {
            value += match (judged.right, in_scope) {
                (true, _) => judged.weight,
                (false, true) => 0.0,
                (false, false) => -judged.weight,
            };
            value
        })
        .collect();
    let smooth = smoothed(&values, values.len() / SMOOTHED_SHARE);
    let good_enough = smooth.iter().copied().fold(0.0, f32::max) * 0.999;
    smooth.iter().rposition(|value| *value >= good_enough).map_or(0.5, |at| rows[at].0.chance)
}

/// Each value as the mean of itself and so many neighbours on either side.
fn smoothed(values: &[f32], reach: usize) -> Vec<f32> {
    let mean = |at: usize| {
        let around = &values[at.saturating_sub(reach)..values.len().min(at + reach + 1)];
        around.iter().sum::<f32>() / around.len() as f32
    };
    (0..values.len()).map(mean).collect()
}

/// Where the fit starts for a bank too small to tell: rough means of what larger banks give.
const PRIOR_FIRST: [f32; EVIDENCE] = [-2.5, 1.4, 2.0, -0.5, 0.4, 1.0];
/// As [`PRIOR_FIRST`], for the first three.
const PRIOR_AMONG_THREE: [f32; EVIDENCE] = [-1.5, 1.4, 1.0, -0.2, 0.4, 1.0];

/// A logistic regression on the evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logistic(pub [f32; EVIDENCE]);

impl Logistic {
    /// The log-odds.
    #[must_use]
    pub fn odds(&self, evidence: &[f32; EVIDENCE]) -> f32 {
        self.0.iter().zip(evidence).map(|(weight, value)| weight * value).sum()
    }

    /// The chance, 0 to 1.
    #[must_use]
    pub fn chance(&self, evidence: &[f32; EVIDENCE]) -> f32 {
        chance(self.odds(evidence))
    }

    /// Fits by Newton's method on weighted samples; `strength` pulls towards `prior`.
    #[must_use]
    pub fn fit(samples: &[([f32; EVIDENCE], bool, f32)], prior: [f32; EVIDENCE], strength: f64) -> Self {
        let mut beta = prior.map(f64::from);
        for _ in 0..25 {
            let mut gradient = [0.0_f64; EVIDENCE];
            let mut hessian = [[0.0_f64; EVIDENCE]; EVIDENCE];
            for index in 0..EVIDENCE {
                gradient[index] = strength * (f64::from(prior[index]) - beta[index]);
                hessian[index][index] = strength;
            }
            for (evidence, right, weight) in samples {
                let x = evidence.map(f64::from);
                let sum: f64 = beta.iter().zip(&x).map(|(b, v)| b * v).sum();
                let p = 1.0 / (1.0 + (-sum).exp());
                let weight = f64::from(*weight);
                let residual = weight * (f64::from(u8::from(*right)) - p);
                let curvature = weight * (p * (1.0 - p)).max(1e-6);
                for row in 0..EVIDENCE {
                    gradient[row] += residual * x[row];
                    for column in 0..EVIDENCE {
                        hessian[row][column] += curvature * x[row] * x[column];
                    }
                }
            }
            let step = solve(hessian, gradient);
            let length: f64 = step.iter().map(|value| value.abs()).sum();
            let scale = (4.0 / length.max(1e-12)).min(1.0);
            beta.iter_mut().zip(step).for_each(|(b, value)| *b += scale * value);
            if length < 1e-6 {
                break;
            }
        }
        Self(beta.map(|value| value as f32))
    }
}

/// Solves a positive definite system by elimination.
fn solve(mut matrix: [[f64; EVIDENCE]; EVIDENCE], mut right: [f64; EVIDENCE]) -> [f64; EVIDENCE] {
    for pivot in 0..EVIDENCE {
        let (pivot_row, pivot_right) = (matrix[pivot], right[pivot]);
        for (row, value) in matrix.iter_mut().zip(&mut right).skip(pivot + 1) {
            let factor = row[pivot] / pivot_row[pivot];
            row.iter_mut().zip(pivot_row).for_each(|(cell, above)| *cell -= factor * above);
            *value -= factor * pivot_right;
        }
    }
    for row in (0..EVIDENCE).rev() {
        let known: f64 = (row + 1..EVIDENCE).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::super::matcher::Scored;
    use super::*;

    fn sample(score: f32, entry: u32, in_scope: bool) -> Sample {
        let scored = Scored { entry: 0, score, nearest: 0.5, language: 0 };
        Sample {
            phrasing: 0,
            entry,
            in_scope,
            ranking: Ranking { entries: vec![scored], known: 0.9, language: None },
        }
    }

    #[test]
    fn logistic_regression_finds_the_odds_of_two_groups() {
        // With a constant alone, the chance is the share of right ones: 3 of 4.
        let only = |value| [value, 0.0, 0.0, 0.0, 0.0, 0.0];
        let rows = [true, true, true, false].map(|right| (only(1.0), right, 1.0));
        let logistic = Logistic::fit(&rows, [0.0; EVIDENCE], 1e-6);
        assert!((logistic.chance(&only(1.0)) - 0.75).abs() < 1e-3);
    }

    #[test]
    fn without_samples_the_prior_stays() {
        assert_eq!(Logistic::fit(&[], PRIOR_FIRST, 1.0), Logistic(PRIOR_FIRST));
    }

    #[test]
    fn higher_scores_get_higher_chances_and_thresholds_lie_between() {
        let samples: Vec<Sample> = (0..40)
            .flat_map(|at| {
                let noise = at as f32 * 0.01;
                [sample(0.4 + noise, 0, true), sample(-0.4 - noise, 1, false), sample(-0.1 - noise, 1, true)]
            })
            .collect();
        let calibration = Calibration::fit(&samples, 20);
        let chance = |score| calibration.first.chance(&evidence(&sample(score, 0, true).ranking));
        assert!(chance(0.6) > 0.8 && chance(-0.6) < 0.2, "{calibration:?}");
        let in_scope_and_wrong_is_no_loss = chance(-0.5);
        for (cut, above) in
            [(calibration.answer_from, chance(-0.2)), (calibration.balanced, in_scope_and_wrong_is_no_loss)]
        {
            assert!(above < cut && cut <= chance(0.5), "{calibration:?}");
        }
    }

    #[test]
    fn a_cut_keeps_the_promised_precision() {
        let judged = |chance, right| Judged { chance, right, weight: 1.0 };
        let rows = vec![
            judged(0.9, true),
            judged(0.8, true),
            judged(0.7, false),
            judged(0.6, true),
            judged(0.5, false),
        ];
        // Half of what came and half of what was promised: .95, .925, .733, .75, .65.
        assert!((cut_for_precision(rows.clone(), 0.74) - 0.6).abs() < 1e-6);
        assert!((cut_for_precision(rows.clone(), 0.9) - 0.8).abs() < 1e-6);
        assert!(cut_for_precision(vec![judged(0.9, false)], 0.9) > 0.89, "nothing is good enough");
        assert!((cut_for_precision(Vec::new(), 0.9) - 0.9).abs() < 1e-6);
    }

    #[test]
    fn every_phrasing_is_asked_once_in_scope_and_once_out_of_scope() {
        let phrasing = |at: u32| Phrasing::new(at / 4, 0, &format!("frage {at} zu thema {}", at / 4));
        let phrasings: Vec<Phrasing> = (0..24).map(phrasing).collect();
        let (_, samples) = train_and_simulate(&phrasings, 6);
        for at in 0..24 {
            let count = |in_scope| {
                samples.iter().filter(|sample| sample.phrasing == at && sample.in_scope == in_scope).count()
            };
            assert_eq!((count(true), count(false)), (1, 1), "{at}");
        }
        let present =
            |sample: &Sample| sample.ranking.entries.iter().any(|scored| scored.entry == sample.entry);
        assert!(samples.iter().all(|sample| sample.in_scope || !present(sample)));
    }
}
