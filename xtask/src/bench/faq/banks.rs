//! What is asked: evaluation sets, parts of the sample packs, and banks made up to any size.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use lotse_core::faq::evaluate::Query;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack::{Entry, Pack, parse};

use super::Answered;
use crate::faq_command::read_set;
use crate::places;

/// Phrasings and questions of one name, in parts that are asked one by one.
pub struct Bank {
    pub name: String,
    pub parts: Vec<(Pack, Vec<Query>)>,
}

/// Each pack is taken apart so often; each time every fifth phrasing is asked of the rest.
const FOLDS: usize = 5;

/// The sample packs, each phrasing asked of a pack that lacks it.
pub fn left_out() -> Result<Vec<Bank>> {
    let part = |pack: &Pack, fold: usize| {
        let (mut kept, mut queries) = (Pack { entries: Vec::new(), ..pack.clone() }, Vec::new());
        let mut number = 0;
        for entry in &pack.entries {
            let mut rest = Entry { id: entry.id.clone(), ..Entry::default() };
            for (language, phrasings) in &entry.phrasings {
                for text in phrasings {
                    number += 1;
                    if number % FOLDS == fold {
                        queries.push(Query { text: text.clone(), ids: vec![entry.id.clone()] });
                    } else {
                        rest.phrasings.entry(language.clone()).or_default().push(text.clone());
                    }
                }
            }
            kept.entries.push(rest);
        }
        (kept, queries)
    };
    let take_apart = |pack: Pack| Bank {
        parts: (0..FOLDS).map(|fold| part(&pack, fold)).collect(),
        name: pack.id.clone(),
    };
    Ok(packs()?.into_iter().map(take_apart).collect())
}

/// Evaluation sets.
pub fn read(folders: &[PathBuf]) -> Result<Vec<Bank>> {
    let read = |folder: &PathBuf| {
        let set = read_set(folder)?;
        Ok(Bank { name: set.name, parts: vec![(set.pack, set.queries)] })
    };
    folders.iter().map(read).collect()
}

fn packs() -> Result<Vec<Pack>> {
    let load = |name| {
        let path = places::root().join("knowledge").join(name).join("pack.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        parse(&text).with_context(|| path.display().to_string())
    };
    ["gesundheitsamt", "kindergarten", "shop"].into_iter().map(load).collect()
}

impl Bank {
    /// Compiles each part and asks it its questions.
    pub fn ask(&self) -> Answered {
        let (mut asked, mut in_scope, mut right, mut among_three, mut seconds) = (0, 0, 0, 0, 0.0);
        for (pack, queries) in &self.parts {
            let knowledge = Knowledge::compile(pack);
            let started = Instant::now();
            let ranked: Vec<Vec<String>> =
                queries.iter().map(|query| knowledge.explain(&query.text).0).collect();
            seconds += started.elapsed().as_secs_f64();
            asked += queries.len();
            for (query, ranked) in queries.iter().zip(&ranked).filter(|(query, _)| !query.ids.is_empty()) {
                let place = ranked.iter().position(|entry| query.ids.contains(entry));
                in_scope += 1;
                right += usize::from(place == Some(0));
                among_three += usize::from(place.is_some_and(|place| place < 3));
            }
        }
        let share = |count: usize| count as f64 / in_scope.max(1) as f64;
        let microseconds = seconds * 1e6 / asked.max(1) as f64;
        Answered { r1: share(right), r3: share(among_three), microseconds }
    }
}

/// A bank of any size, always the same: each entry has words of its own, each phrasing some of them
/// among small words. The words are those of the sample packs.
pub struct MadeUp {
    words: Vec<String>,
    small_words: usize,
    random: u64,
}

/// Words that an entry's phrasings are made of.
const OWN_WORDS: usize = 8;

impl MadeUp {
    /// Takes the words of the sample packs.
    pub fn new() -> Result<Self> {
        let packs = packs()?;
        let entries = packs.iter().flat_map(|pack| &pack.entries);
        let texts = entries.flat_map(|entry| entry.phrasings.values().flatten());
        let words: BTreeSet<&str> = texts.flat_map(|text| text.split_whitespace()).collect();
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        words.sort_by_key(String::len);
        let small_words = words.partition_point(|word| word.len() < 4);
        Ok(Self { words, small_words, random: 0x2545_f491_4f6c_dd1d })
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        ((self.random >> 33) % bound.max(1) as u64) as usize
    }

    fn phrase(&mut self, own: &[usize]) -> String {
        let mut words = Vec::new();
        for _ in 0..3 {
            words.push(self.below(self.small_words));
            words.push(own[self.below(own.len())]);
        }
        words.into_iter().map(|word| self.words[word].as_str()).collect::<Vec<_>>().join(" ")
    }

    /// A pack of so many entries with so many phrasings each, and questions to it.
    pub fn pack(&mut self, entries: usize, phrasings: usize, questions: usize) -> (Pack, Vec<String>) {
        let mut pack = Pack { id: "made-up".to_owned(), ..Pack::default() };
        pack.languages.push("de".to_owned());
        let mut own_words = Vec::new();
        for number in 0..entries {
            let topics = self.words.len() - self.small_words;
            let own: Vec<usize> = (0..OWN_WORDS).map(|_| self.small_words + self.below(topics)).collect();
            let texts = (0..phrasings).map(|_| self.phrase(&own)).collect();
            let mut entry = Entry { id: format!("entry-{number}"), ..Entry::default() };
            entry.phrasings.insert("de".to_owned(), texts);
            entry.answer.insert("de".to_owned(), "Antwort".to_owned());
            pack.entries.push(entry);
            own_words.push(own);
        }
        let asked = (0..questions).map(|number| self.phrase(&own_words[number % entries])).collect();
        (pack, asked)
    }
}
