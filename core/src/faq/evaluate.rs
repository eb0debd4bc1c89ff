//! Evaluation: how well compiled knowledge answers questions whose right answers are known.
//!
//! Pure functions over outcomes; reading files and timing belong to the caller.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Verdict;
use super::calibrate::thinned;
use super::holdout::Holdout;
use super::knowledge::Knowledge;
use super::matcher::Phrasing;
use super::pack::Pack;
use super::typo::misspelt;

/// A question and the entries that answer it; none when it is out of scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The question.
    pub text: String,
    /// Ids of all entries that answer it.
    pub ids: Vec<String>,
}

/// A question asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Ids of the entries that answer it; none when it is out of scope.
    pub right: Vec<String>,
    /// Ids of the candidates, best first.
    pub ranked: Vec<String>,
    /// The chance of the first candidate.
    pub chance: f32,
    /// Whether that chance reaches the balanced threshold.
    pub above_balanced: bool,
    /// What is done at the shipped thresholds.
    pub action: Action,
}

/// What is done with a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The first candidate's answer is sent.
    Answered,
    /// The first so many candidates are offered.
    Offered(usize),
    /// A human decides.
    HandedOver,
}

/// The figures of `cargo xtask faq eval`, as shares from 0 to 1; none where there is nothing to divide by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// In-scope queries whose first candidate is right.
    pub r1: Option<f64>,
    /// In-scope queries with a right one among the first three.
    pub r3: Option<f64>,
    /// Chance that an in-scope query scores above an out-of-scope one.
    pub auroc: Option<f64>,
    /// At the balanced threshold: Matthews correlation over entries and "out of scope".
    pub mcc: Option<f64>,
    /// At the balanced threshold: in-scope queries answered right.
    pub in_scope_accuracy: Option<f64>,
    /// At the balanced threshold: out-of-scope queries left alone.
    pub out_of_scope_recall: Option<f64>,
    /// At the shipped thresholds: queries answered.
    pub answered: Option<f64>,
    /// At the shipped thresholds: wrong answers among the answers.
    pub wrong_answer_rate: Option<f64>,
    /// At the shipped thresholds: queries with an offer.
    pub offered: Option<f64>,
    /// At the shipped thresholds: in-scope queries answered right or offered the right entry.
    pub helped: Option<f64>,
    /// At the shipped thresholds: queries left to a human.
    pub handed_over: Option<f64>,
}

impl Outcome {
    /// Asks one question, red flags aside.
    #[must_use]
    pub fn of(knowledge: &Knowledge, query: &Query) -> Self {
        let (ranked, chance, verdict) = knowledge.explain(&query.text);
        let action = match &verdict {
            Verdict::Answer(_) => Action::Answered,
            Verdict::Offer { candidates } => Action::Offered(candidates.len()),
            Verdict::RedFlag { .. } | Verdict::Unsure { .. } => Action::HandedOver,
        };
        let above_balanced = chance >= knowledge.balanced_threshold() && !ranked.is_empty();
        Self { right: query.ids.clone(), ranked, chance, above_balanced, action }
    }

    fn is_in_scope(&self) -> bool {
        !self.right.is_empty()
    }

    fn is_right_within(&self, places: usize) -> bool {
        self.ranked.iter().take(places).any(|entry| self.right.contains(entry))
    }

    fn is_helped(&self) -> bool {
        match self.action {
            Action::Answered => self.is_right_within(1),
            Action::Offered(places) => self.is_right_within(places),
            Action::HandedOver => false,
        }
    }

    /// The true and the predicted class at the balanced threshold; out of scope is none.
    fn classes(&self) -> (Option<&str>, Option<&str>) {
        let first = self.ranked.first().map(String::as_str);
        let truth = if self.is_right_within(1) { first } else { self.right.first().map(String::as_str) };
        (truth, first.filter(|_| self.above_balanced))
    }
}

/// What the chances promised, beside what came of it; shares, none where there is nothing to divide by.
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// The mean chance that the first candidate is wrong, over what was answered.
    pub wrong_predicted: Option<f64>,
    /// The share that was wrong.
    pub wrong_found: Option<f64>,
    /// The mean chance that the first candidate is right, over all queries.
    pub right_predicted: Option<f64>,
    /// The share of all queries whose first candidate is right; none is for what is out of scope.
    pub right_found: Option<f64>,
}

impl Promise {
    /// Compares over the outcomes of one set.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Self {
        let all: Vec<&Outcome> = outcomes.iter().collect();
        let answers: Vec<&Outcome> =
            outcomes.iter().filter(|outcome| outcome.action == Action::Answered).collect();
        let mean = |outcomes: &[&Outcome]| {
            let sum: f64 = outcomes.iter().map(|outcome| f64::from(outcome.chance)).sum();
            (!outcomes.is_empty()).then(|| sum / outcomes.len() as f64)
        };
        Self {
            wrong_predicted: mean(&answers).map(|right| 1.0 - right),
            wrong_found: share(&answers, |outcome| !outcome.is_right_within(1)),
            right_predicted: mean(&all),
            right_found: share(&all, |outcome| outcome.is_right_within(1)),
        }
    }
}

/// All figures over the outcomes of one set.
#[must_use]
pub fn measure(outcomes: &[Outcome]) -> Metrics {
    let (inside, outside): (Vec<&Outcome>, Vec<&Outcome>) =
        outcomes.iter().partition(|outcome| outcome.is_in_scope());
    let all: Vec<&Outcome> = outcomes.iter().collect();
    let answers: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| outcome.action == Action::Answered).collect();
    let chances = |outcomes: &[&Outcome]| outcomes.iter().map(|outcome| outcome.chance).collect::<Vec<_>>();
    let classes: Vec<_> = outcomes.iter().map(Outcome::classes).collect();
    Metrics {
        r1: share(&inside, |outcome| outcome.is_right_within(1)),
        r3: share(&inside, |outcome| outcome.is_right_within(3)),
        auroc: auroc(&chances(&inside), &chances(&outside)),
        mcc: matthews(&classes),
        in_scope_accuracy: share(&inside, |outcome| outcome.above_balanced && outcome.is_right_within(1)),
        out_of_scope_recall: share(&outside, |outcome| !outcome.above_balanced),
        answered: share(&all, |outcome| outcome.action == Action::Answered),
        wrong_answer_rate: share(&answers, |outcome| !outcome.is_right_within(1)),
        offered: share(&all, |outcome| matches!(outcome.action, Action::Offered(_))),
        helped: share(&inside, Outcome::is_helped),
        handed_over: share(&all, |outcome| outcome.action == Action::HandedOver),
    }
}

fn share(outcomes: &[&Outcome], is_met: impl Fn(&Outcome) -> bool) -> Option<f64> {
    let met = outcomes.iter().filter(|outcome| is_met(outcome)).count();
    (!outcomes.is_empty()).then(|| met as f64 / outcomes.len() as f64)
}

/// The area under the receiver operating characteristic: the chance that a random member of `above`
/// scores higher than one of `below`, ties counting half. None when either is empty.
#[must_use]
pub fn auroc(above: &[f32], below: &[f32]) -> Option<f64> {
    if above.is_empty() || below.is_empty() {
        return None;
    }
    let mut sorted = below.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let wins: f64 = above
        .iter()
        .map(|score| {
            let lower = sorted.partition_point(|other| other < score);
            let up_to = sorted.partition_point(|other| other <= score);
            (lower + up_to) as f64 / 2.0
        })
        .sum();
    Some(wins / (above.len() as f64 * below.len() as f64))
}

/// The Matthews correlation of `(true, predicted)` classes for any number of classes (Gorodkin's R_K,
/// *Comparing two K-category assignments by a K-category correlation coefficient*, 2004). None when it is
/// not defined: no pairs, or all of one side in one class.
#[must_use]
pub fn matthews<C: Ord + Copy>(pairs: &[(C, C)]) -> Option<f64> {
    let (mut truths, mut predictions) = (BTreeMap::new(), BTreeMap::new());
    let mut correct = 0.0;
    for (truth, prediction) in pairs {
        *truths.entry(*truth).or_insert(0.0) += 1.0;
        *predictions.entry(*prediction).or_insert(0.0) += 1.0;
        correct += f64::from(u8::from(truth == prediction));
    }
    let total = pairs.len() as f64;
    let squares = |counts: &BTreeMap<C, f64>| counts.values().map(|count| count * count).sum::<f64>();
    let crossed: f64 =
        truths.iter().map(|(class, count)| count * predictions.get(class).copied().unwrap_or(0.0)).sum();
    let spread = (total * total - squares(&truths)) * (total * total - squares(&predictions));
    (spread > 0.0).then(|| (correct * total - crossed) / spread.sqrt())
}

/// What a pack makes of its own phrasings, each asked of a matcher that has not seen it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Review {
    /// Phrasings asked: all of entries that have more than one.
    pub asked: usize,
    /// Answered with the right entry.
    pub right: usize,
    /// Answered with another entry.
    pub wrong: usize,
    /// Offered, with the right entry among the offers.
    pub offered_right: usize,
    /// Offered, without it.
    pub offered_wrong: usize,
    /// Left to a human.
    pub handed_over: usize,
    /// Entries whose phrasings ranked another entry first, most frequent first.
    pub confusions: Vec<Confusion>,
}

/// Phrasings of one entry that look like another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// The entry they belong to.
    pub entry: String,
    /// The entry that ranked first.
    pub taken_for: String,
    /// The phrasings.
    pub phrasings: Vec<String>,
}

/// Leaves every phrasing out once, a few at a time.
#[must_use]
pub fn review(pack: &Pack, knowledge: &Knowledge) -> Review {
    const FOLDS: usize = 25;
    let (all, all_texts) = super::knowledge::phrasings(pack);
    let chosen = thinned(&all);
    let phrasings: Vec<Phrasing> = chosen.iter().map(|at| all[*at].clone()).collect();
    let mut phrasings_of = vec![0_usize; pack.entries.len()];
    phrasings.iter().for_each(|phrasing| phrasings_of[phrasing.entry as usize] += 1);
    let holdout = Holdout::new(&phrasings, pack.entries.len());
    let mut review = Review::default();
    let mut confusions: BTreeMap<(u32, u32), Vec<String>> = BTreeMap::new();
    for fold in 0..FOLDS.min(phrasings.len()) {
        let is_left_out = |at: &u32| {
            *at as usize % FOLDS == fold && phrasings_of[phrasings[*at as usize].entry as usize] > 1
        };
        let (asked, kept): (Vec<u32>, Vec<u32>) = (0..phrasings.len() as u32).partition(is_left_out);
        let texts: Vec<&str> = asked.iter().map(|at| phrasings[*at as usize].text.as_str()).collect();
        for (at, ranking) in asked.iter().zip(holdout.ask(&kept, &texts)) {
            let entry = phrasings[*at as usize].entry;
            review.count(&knowledge.judge(&ranking), &pack.entries[entry as usize].id);
            if let Some(first) = ranking.entries.first().filter(|first| first.entry != entry) {
                let text = all_texts[chosen[*at as usize]].clone();
                confusions.entry((entry, first.entry)).or_default().push(text);
            }
        }
    }
    review.confusions = confusions
        .into_iter()
        .map(|((entry, other), phrasings)| Confusion {
            entry: pack.entries[entry as usize].id.clone(),
            taken_for: pack.entries[other as usize].id.clone(),
            phrasings,
        })
        .collect();
    review.confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.phrasings.len()));
    review
}

/// Asks every phrasing with one typing error in each longer word: what a sure answer survives. Nothing is
/// left out, and the confusions stay empty.
#[must_use]
pub fn review_misspelt(pack: &Pack, knowledge: &Knowledge) -> Review {
    let mut review = Review::default();
    for entry in &pack.entries {
        for (seed, phrasing) in (1..).zip(entry.phrasings.values().flatten()) {
            review.count(&knowledge.explain(&misspelt(phrasing, seed)).2, &entry.id);
        }
    }
    review
}

impl Review {
    fn count(&mut self, verdict: &Verdict, entry: &str) {
        self.asked += 1;
        let counter = match verdict {
            Verdict::Answer(candidate) if candidate.entry == entry => &mut self.right,
            Verdict::Answer(_) => &mut self.wrong,
            Verdict::Offer { candidates } if candidates.iter().any(|candidate| candidate.entry == entry) => {
                &mut self.offered_right
            }
            Verdict::Offer { .. } => &mut self.offered_wrong,
            Verdict::RedFlag { .. } | Verdict::Unsure { .. } => &mut self.handed_over,
        };
        *counter += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(right: &[&str], ranked: &[&str], chance: f32, action: Action) -> Outcome {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Outcome { right: owned(right), ranked: owned(ranked), chance, above_balanced: chance >= 0.5, action }
    }

    fn is_close(value: Option<f64>, expected: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < 1e-9)
    }

    #[test]
    fn auroc_is_the_share_of_pairs_in_order() {
        // Of the pairs (.9,.5) (.9,.7) (.6,.5) (.6,.7) (.5,.5) (.5,.7): three in order, one tie, two not.
        assert!(is_close(auroc(&[0.9, 0.6, 0.5], &[0.5, 0.7]), 3.5 / 6.0));
        assert_eq!(auroc(&[], &[0.5]), None);
    }

    #[test]
    fn matthews_of_two_classes_is_the_usual_coefficient() {
        // TP 3, FN 1, FP 2, TN 4: (3·4 − 2·1) / √(5·4·6·5).
        let mut pairs = vec![(1, 1); 3];
        pairs.extend([(1, 0), (0, 1), (0, 1)]);
        pairs.extend([(0, 0); 4]);
        assert!(is_close(matthews(&pairs), 10.0 / 600.0_f64.sqrt()));
    }

    #[test]
    fn matthews_of_three_classes_is_gorodkins() {
        // c = 4 of s = 6; truths 2,2,2; predictions 3,2,1: (24 − 12) / √((36 − 12)(36 − 14)).
        let pairs = [('a', 'a'), ('a', 'a'), ('b', 'b'), ('b', 'a'), ('c', 'c'), ('c', 'b')];
        assert!(is_close(matthews(&pairs), 12.0 / 528.0_f64.sqrt()));
    }

    #[test]
    fn matthews_is_undefined_when_one_side_never_varies() {
        assert_eq!(matthews(&[(1, 1), (1, 0)]), None);
        assert_eq!(matthews::<u8>(&[]), None);
    }

    #[test]
    fn each_figure_counts_what_it_says() {
        let outcomes = [
            outcome(&["a"], &["a", "b"], 0.9, Action::Answered),
            outcome(&["a"], &["b", "a"], 0.8, Action::Answered),
            outcome(&["b", "c"], &["a", "x", "c"], 0.6, Action::Offered(3)),
            outcome(&["c"], &["a", "c"], 0.4, Action::Offered(1)),
            outcome(&["c"], &["c"], 0.3, Action::HandedOver),
            outcome(&[], &["a"], 0.7, Action::Answered),
            outcome(&[], &["a"], 0.2, Action::HandedOver),
            outcome(&[], &[], 0.0, Action::HandedOver),
        ];
        let metrics = measure(&outcomes);
        let rows = [
            ("r1", metrics.r1, 2.0 / 5.0),
            ("r3", metrics.r3, 5.0 / 5.0),
            ("auroc", metrics.auroc, 12.0 / 15.0),
            ("in_scope_accuracy", metrics.in_scope_accuracy, 1.0 / 5.0),
            ("out_of_scope_recall", metrics.out_of_scope_recall, 2.0 / 3.0),
            ("answered", metrics.answered, 3.0 / 8.0),
            ("wrong_answer_rate", metrics.wrong_answer_rate, 2.0 / 3.0),
            ("offered", metrics.offered, 2.0 / 8.0),
            ("helped", metrics.helped, 2.0 / 5.0),
            ("handed_over", metrics.handed_over, 3.0 / 8.0),
        ];
        for (name, value, expected) in rows {
            assert!(is_close(value, expected), "{name}: {value:?}, expected {expected}");
        }
    }

    #[test]
    fn chances_are_held_against_what_came_of_them() {
        let outcomes = [
            outcome(&["a"], &["a"], 0.75, Action::Answered),
            outcome(&[], &["a"], 0.75, Action::Answered),
            outcome(&["b"], &["b"], 0.5, Action::Offered(1)),
            outcome(&["b"], &["a"], 0.0, Action::HandedOver),
        ];
        let promise = Promise::of(&outcomes);
        for (name, value, expected) in [
            ("wrong_predicted", promise.wrong_predicted, 0.25),
            ("wrong_found", promise.wrong_found, 0.5),
            ("right_predicted", promise.right_predicted, 0.5),
            ("right_found", promise.right_found, 0.5),
        ] {
            assert!(is_close(value, expected), "{name}: {value:?}, expected {expected}");
        }
        assert_eq!(Promise::of(&outcomes[2..]).wrong_predicted, None);
    }

    #[test]
    fn nothing_asked_gives_no_figures() {
        let metrics = measure(&[]);
        assert_eq!((metrics.r1, metrics.mcc, metrics.wrong_answer_rate), (None, None, None));
    }
}
