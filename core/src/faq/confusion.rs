//! What a pack confuses: each phrasing asked of a matcher that has not seen it, and entries that are too alike.
//!
//! A finding is for the author: reword a phrasing, or make one entry of two. Takes as long as several compilations.

use std::collections::BTreeMap;

use lotse_classify::similarity::Postings;
use serde::{Deserialize, Serialize};

use super::Verdict;
use super::calibrate::thinned;
use super::features::{Vocabulary, grams};
use super::holdout::Holdout;
use super::knowledge::{Knowledge, phrasings};
use super::matcher::{Phrasing, Ranking};
use super::pack::Pack;
use crate::order;

/// Phrasings are left out in so many groups, one after the other.
const FOLDS: usize = 25;
/// Two entries are too alike when this share of the phrasings of one of them looks like the other.
const TOO_MANY_CROSS: f64 = 0.2;
/// Two entries are also too alike when two of their phrasings are this similar.
const TOO_SIMILAR: f32 = 0.8;

/// What a pack confuses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct ConfusionReport {
    /// How many phrasings were asked: those of entries that have more than one.
    pub asked: u64,
    /// Phrasings that look like another entry, those that would be answered wrongly first.
    pub phrasings: Vec<ConfusedPhrasing>,
    /// Entries that are too alike, those with the most crossings first.
    pub pairs: Vec<AlikePair>,
}

/// A phrasing that looks like another entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct ConfusedPhrasing {
    /// The entry that it belongs to.
    pub entry: String,
    /// The phrasing.
    pub text: String,
    /// The entry that it looks like.
    pub taken_for: String,
    /// The chance that was given to that one, from 0 to 1.
    pub chance: f32,
    /// What a person would get.
    pub outcome: ConfusionOutcome,
}

/// What a person gets whose question looks like another entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConfusionOutcome {
    /// The wrong answer.
    Answered,
    /// Choices without the right one.
    OfferedWithout,
    /// Choices, the right one among them.
    OfferedWith,
    /// A human.
    Human,
}

/// Two entries that are too alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "openapi"), derive(schemars::JsonSchema))]
pub struct AlikePair {
    /// The two entries, in the order of the pack.
    pub entries: [String; 2],
    /// How many phrasings of one look like the other.
    pub crossing: u64,
    /// Of how many of the two that were asked.
    pub of: u64,
    /// The most similar phrasings, one of each entry.
    pub nearest: [String; 2],
    /// How similar these are, from 0 to 1.
    pub similarity: f32,
}

/// Finds what a pack confuses; `knowledge` is the pack, compiled.
#[must_use]
pub fn confusions(pack: &Pack, knowledge: &Knowledge) -> ConfusionReport {
    let (all, texts) = phrasings(pack);
    let chosen = thinned(&all);
    let asked: Vec<Phrasing> = chosen.iter().map(|at| all[*at].clone()).collect();
    let texts: Vec<&str> = chosen.iter().map(|at| texts[*at].as_str()).collect();
    let mut found = Found { pack, knowledge, report: ConfusionReport::default(), crossing: BTreeMap::new() };
    let mut asked_of = vec![0_u64; pack.entries.len()];
    for (at, ranking) in unseen(&asked, pack.entries.len()) {
        asked_of[asked[at].entry as usize] += 1;
        found.add(asked[at].entry, texts[at], &ranking);
    }
    let Found { mut report, crossing, .. } = found;
    order::sort_by(&mut report.phrasings, |one, two| {
        one.outcome.cmp(&two.outcome).then(two.chance.total_cmp(&one.chance))
    });
    report.pairs = pairs(pack, &asked, &texts, &crossing, &asked_of);
    report
}

/// Each phrasing of an entry with several, asked of a matcher that has not seen it.
fn unseen(phrasings: &[Phrasing], entries: usize) -> Vec<(usize, Ranking)> {
    let mut phrasings_of = vec![0_usize; entries];
    phrasings.iter().for_each(|phrasing| phrasings_of[phrasing.entry as usize] += 1);
    let holdout = Holdout::new(phrasings, entries);
    let mut rankings = Vec::new();
    for fold in 0..FOLDS.min(phrasings.len()) {
        let is_left_out = |at: &u32| {
            *at as usize % FOLDS == fold && phrasings_of[phrasings[*at as usize].entry as usize] > 1
        };
        let (asked, kept): (Vec<u32>, Vec<u32>) = (0..phrasings.len() as u32).partition(is_left_out);
        let of_asked: Vec<&str> = asked.iter().map(|at| phrasings[*at as usize].text.as_str()).collect();
        let answers = holdout.ask(&kept, &of_asked);
        rankings.extend(asked.iter().map(|at| *at as usize).zip(answers));
    }
    rankings
}

/// The report in the making.
struct Found<'a> {
    pack: &'a Pack,
    knowledge: &'a Knowledge,
    report: ConfusionReport,
    /// How many phrasings of the first entry look like the second.
    crossing: BTreeMap<(u32, u32), u64>,
}

impl Found<'_> {
    fn add(&mut self, entry: u32, text: &str, ranking: &Ranking) {
        self.report.asked += 1;
        let Some(first) = ranking.entries.first().filter(|first| first.entry != entry) else { return };
        *self.crossing.entry((entry, first.entry)).or_default() += 1;
        let id = |number: u32| self.pack.entries[number as usize].id.clone();
        let own = id(entry);
        let (outcome, chance) = match self.knowledge.judge(ranking) {
            Verdict::Answer(candidate) => (ConfusionOutcome::Answered, candidate.confidence),
            Verdict::Offer { candidates } => {
                let is_right = candidates.iter().any(|candidate| candidate.entry == own);
                let outcome =
                    if is_right { ConfusionOutcome::OfferedWith } else { ConfusionOutcome::OfferedWithout };
                (outcome, candidates.first().map_or(0.0, |candidate| candidate.confidence))
            }
            Verdict::Unsure { candidates, .. } => {
                (ConfusionOutcome::Human, candidates.first().map_or(0.0, |candidate| candidate.confidence))
            }
            Verdict::RedFlag { .. } => (ConfusionOutcome::Human, 0.0),
        };
        let taken_for = id(first.entry);
        let (entry, text) = (own, text.to_owned());
        self.report.phrasings.push(ConfusedPhrasing { entry, text, taken_for, chance, outcome });
    }
}

/// The entries that are too alike.
fn pairs(
    pack: &Pack,
    phrasings: &[Phrasing],
    texts: &[&str],
    crossing: &BTreeMap<(u32, u32), u64>,
    asked_of: &[u64],
) -> Vec<AlikePair> {
    let mut pairs: Vec<AlikePair> = Vec::new();
    for ((one, two), (similarity, left, right)) in nearest_phrasings(phrasings) {
        let cross = |from, to| crossing.get(&(from, to)).copied().unwrap_or(0);
        let (there, back) = (cross(one, two), cross(two, one));
        let (of_one, of_two) = (asked_of[one as usize], asked_of[two as usize]);
        let share = |count: u64, of: u64| if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let many = share(there, of_one).max(share(back, of_two)) >= TOO_MANY_CROSS && there + back > 1;
        if many || similarity >= TOO_SIMILAR {
            pairs.push(AlikePair {
                entries: [one, two].map(|number| pack.entries[number as usize].id.clone()),
                crossing: there + back,
                of: of_one + of_two,
                nearest: [left, right].map(|at| texts[at].to_owned()),
                similarity,
            });
        }
    }
    order::sort_by(&mut pairs, |left, right| {
        right.crossing.cmp(&left.crossing).then(right.similarity.total_cmp(&left.similarity))
    });
    pairs
}

/// Of each two entries, the most similar phrasings: how similar they are, and which they are.
fn nearest_phrasings(phrasings: &[Phrasing]) -> BTreeMap<(u32, u32), (f32, usize, usize)> {
    let documents: Vec<Vec<u32>> = phrasings.iter().map(|phrasing| grams(&phrasing.text)).collect();
    let vocabulary = Vocabulary::build(&documents, |at| phrasings[at].entry);
    let vectors: Vec<_> = documents.iter().map(|grams| vocabulary.vector(grams, |_| true).0).collect();
    let postings = Postings::new(&vectors, vocabulary.len());
    let mut nearest: BTreeMap<(u32, u32), (f32, usize, usize)> = BTreeMap::new();
    for (left, vector) in vectors.iter().enumerate() {
        let similarities = postings.similarities(vector);
        for (right, similarity) in similarities.into_iter().enumerate().skip(left + 1) {
            let (one, two) = (phrasings[left].entry, phrasings[right].entry);
            if one < two && nearest.get(&(one, two)).is_none_or(|known| similarity > known.0) {
                nearest.insert((one, two), (similarity, left, right));
            }
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::pack::Entry;

    fn pack(entries: &[(&str, &[&str])]) -> Pack {
        let entry = |(id, phrasings): &(&str, &[&str])| Entry {
            id: (*id).to_owned(),
            phrasings: [("de".to_owned(), phrasings.iter().map(|text| (*text).to_owned()).collect())].into(),
            ..Entry::default()
        };
        Pack {
            id: "test".to_owned(),
            languages: vec!["de".to_owned()],
            entries: entries.iter().map(entry).collect(),
            ..Pack::default()
        }
    }

    fn report(entries: &[(&str, &[&str])]) -> ConfusionReport {
        let pack = pack(entries);
        confusions(&pack, &Knowledge::compile(&pack))
    }

    const OPENING: (&str, &[&str]) =
        ("opening", &["wann macht ihr auf", "wann habt ihr auf", "öffnungszeiten bitte", "öffnungszeiten"]);
    const PARKING: (&str, &[&str]) =
        ("parking", &["kann man hier parken", "wo kann man parken", "parkplatz", "gibt es einen parkplatz"]);

    #[test]
    fn entries_that_say_the_same_are_too_alike() {
        let hours: (&str, &[&str]) = (
            "hours",
            &["wann habt ihr offen", "wann macht ihr morgen auf", "öffnungszeiten heute", "zeiten"],
        );
        let report = report(&[OPENING, PARKING, hours]);
        assert_eq!(report.asked, 12);
        let pair = report.pairs.first().expect("a pair");
        assert_eq!(pair.entries, ["opening", "hours"].map(str::to_owned));
        assert!(pair.crossing > 1 && pair.of == 8 && pair.similarity > 0.3, "{pair:?}");
        let crossed = |it: &ConfusedPhrasing| {
            [&it.entry, &it.taken_for].iter().all(|id| ["opening", "hours"].contains(&id.as_str()))
        };
        assert!(report.phrasings.iter().filter(|it| crossed(it)).count() as u64 == pair.crossing);
        assert!(report.phrasings.is_sorted_by_key(|it| it.outcome), "the worst first");
    }

    #[test]
    fn two_entries_with_the_same_phrasing_are_shown_with_it() {
        let twin: (&str, &[&str]) = ("twin", &["kann man hier parken", "darf ich etwas ganz anderes"]);
        let report = report(&[OPENING, PARKING, twin]);
        let pair = report.pairs.iter().find(|pair| pair.entries == ["parking", "twin"].map(str::to_owned));
        let pair = pair.expect("the pair");
        assert_eq!(pair.nearest, ["kann man hier parken", "kann man hier parken"].map(str::to_owned));
        assert!(pair.similarity > 0.99);
    }

    #[test]
    fn entries_that_have_nothing_in_common_are_no_pair() {
        assert!(report(&[OPENING, PARKING]).pairs.is_empty());
        assert_eq!(report(&[]), ConfusionReport::default());
    }
}
