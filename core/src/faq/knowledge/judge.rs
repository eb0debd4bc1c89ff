//! The verdict on a text: answer, offer, or a human.

use super::super::calibrate::evidence;
use super::super::fold::is_seen_whole;
use super::super::matcher::{Ranking, Scored};
use super::super::{Candidate, Verdict};
use super::{Knowledge, MAX_BUTTONS};
use crate::time::UnixMillis;

impl Knowledge {
    /// What to make of a text at `now`: emergency, answer, offer, or a human.
    ///
    /// A text of which the matcher sees only a part is left to a human: the rest may turn the question round. So is one
    /// that is nearest to an entry which is not served any more, since what was said about it would come from a
    /// neighbour.
    #[must_use]
    pub fn ask(&self, text: &str, now: UnixMillis) -> Verdict {
        if let Some((rule, language)) = self.red_flag(text) {
            return Verdict::RedFlag { rule: rule.to_owned(), language: language.to_owned() };
        }
        if !is_seen_whole(text) {
            return Verdict::Unsure { language: None, candidates: Vec::new() };
        }
        let ranking = self.matcher.rank(text);
        self.judge_served(&ranking, &|entry| self.content.entries[entry as usize].is_served(now))
    }

    /// The verdict on a ranking, which may come from a matcher that saw a part of the pack; expiry aside.
    pub(in crate::faq) fn judge(&self, ranking: &Ranking) -> Verdict {
        self.judge_served(ranking, &|_| true)
    }

    fn judge_served(&self, ranking: &Ranking, is_served: &dyn Fn(u32) -> bool) -> Verdict {
        let mut candidates = self.candidates(ranking, is_served);
        let best = ranking.entries.first().filter(|best| is_served(best.entry)).and(candidates.first());
        let Some(best) = best else { return self.unsure(ranking, candidates) };
        let (answer_from, offer_from) = self.thresholds();
        if best.confidence >= answer_from {
            return Verdict::Answer(candidates.swap_remove(0));
        }
        if self.calibration.among_three.chance(&evidence(ranking)) >= offer_from {
            let least = best.confidence * LEAST_OFFERED;
            candidates.retain(|candidate| candidate.confidence >= least);
            return Verdict::Offer { candidates };
        }
        self.unsure(ranking, candidates)
    }

    fn unsure(&self, ranking: &Ranking, candidates: Vec<Candidate>) -> Verdict {
        let language = ranking.language.and_then(|at| self.content.languages.get(usize::from(at)));
        Verdict::Unsure { language: language.cloned(), candidates }
    }

    /// The first three of a ranking that are served, with their chances: that of the first of all as calibrated, and
    /// what three have together beyond it shared among the others by their scores.
    fn candidates(&self, ranking: &Ranking, is_served: &dyn Fn(u32) -> bool) -> Vec<Candidate> {
        let Some(best) = ranking.entries.first() else { return Vec::new() };
        let first = self.calibration.chance_first(ranking);
        let others = (self.calibration.among_three.chance(&evidence(ranking)) - first).max(0.0);
        let is_best = |scored: &Scored| scored.entry == best.entry;
        let named = || ranking.entries.iter().filter(|scored| is_served(scored.entry)).take(MAX_BUTTONS);
        let heft = |scored: &Scored| (3.0 * (scored.score - best.score)).exp();
        let total: f32 = named().filter(|scored| !is_best(scored)).map(heft).sum();
        let confidence = |scored: &Scored| {
            if is_best(scored) { first } else { (others * heft(scored) / total.max(1e-9)).min(first) }
        };
        let language = |scored: &Scored| self.content.languages.get(usize::from(scored.language)).cloned();
        named()
            .map(|scored| Candidate {
                entry: self.content.entries[scored.entry as usize].id.clone(),
                language: language(scored).unwrap_or_default(),
                confidence: confidence(scored),
            })
            .collect()
    }

    /// The one cut between answering and not at which the balanced figures of an evaluation are taken.
    #[must_use]
    pub const fn balanced_threshold(&self) -> f32 {
        self.calibration.balanced
    }

    /// What is behind a verdict, red flags and expiry aside: the ids of the nearest entries, best first,
    /// the chance that the first is right as far as the text alone tells, whichever entry it is, and the verdict.
    #[must_use]
    pub fn explain(&self, text: &str) -> (Vec<String>, f32, Verdict) {
        let ranking = self.matcher.rank(text);
        let chance = self.calibration.first.chance(&evidence(&ranking));
        let ids = ranking.entries.iter().map(|scored| self.content.entries[scored.entry as usize].id.clone());
        (ids.collect(), chance, self.judge(&ranking))
    }

    /// The nearest entries that are served at `now` with their chances, best first; red flags aside.
    #[must_use]
    pub fn nearest(&self, text: &str, now: UnixMillis) -> Vec<Candidate> {
        self.candidates(&self.matcher.rank(text), &|entry| {
            self.content.entries[entry as usize].is_served(now)
        })
    }
}

/// An offered entry has at least this share of the best one's chance.
const LEAST_OFFERED: f32 = 0.1;
