//! Packs made up to any size, always the same: each entry has words of its own, each phrasing some of them
//! among small words. The words are those of the sample packs, the emergencies those of the first.

use std::collections::BTreeSet;

use anyhow::Result;
use lotse_core::faq::pack::{Entry, Pack, RedFlag};

use super::banks::packs;

/// Where packs come from.
#[derive(Clone)]
pub struct MadeUp {
    words: Vec<String>,
    small_words: usize,
    red_flags: Vec<RedFlag>,
    random: u64,
}

/// Words that an entry's phrasings are made of.
const OWN_WORDS: usize = 8;
/// The only one of these packs.
const LANGUAGE: &str = "de";
/// Shorter words, in bytes, belong to no entry.
const SMALL: usize = 4;

impl MadeUp {
    /// Takes the words of the sample packs.
    ///
    /// # Errors
    /// When these cannot be read.
    pub fn new() -> Result<Self> {
        let packs = packs()?;
        let entries = packs.iter().flat_map(|pack| &pack.entries);
        let texts = entries.flat_map(|entry| entry.phrasings.values().flatten());
        let words: BTreeSet<&str> = texts.flat_map(|text| text.split_whitespace()).collect();
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        words.sort_by_key(String::len);
        let small_words = words.partition_point(|word| word.len() < SMALL);
        let red_flags = packs[0].red_flags.iter().map(spoken).collect();
        Ok(Self { words, small_words, red_flags, random: 0x2545_f491_4f6c_dd1d })
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
    #[must_use]
    pub fn pack(mut self, entries: usize, phrasings: usize, questions: usize) -> (Pack, Vec<String>) {
        let mut pack = Pack { id: "made-up".to_owned(), title: "Made up".to_owned(), ..Pack::default() };
        pack.languages.push(LANGUAGE.to_owned());
        pack.red_flags.clone_from(&self.red_flags);
        let mut own_words = Vec::new();
        for number in 0..entries {
            let topics = self.words.len() - self.small_words;
            let own: Vec<usize> = (0..OWN_WORDS).map(|_| self.small_words + self.below(topics)).collect();
            let texts = (0..phrasings).map(|_| self.phrase(&own)).collect();
            let mut entry = Entry { id: format!("entry-{number}"), ..Entry::default() };
            entry.phrasings.insert(LANGUAGE.to_owned(), texts);
            entry.answer.insert(LANGUAGE.to_owned(), "Antwort".to_owned());
            pack.entries.push(entry);
            own_words.push(own);
        }
        let asked = (0..questions).map(|number| self.phrase(&own_words[number % entries])).collect();
        (pack, asked)
    }
}

/// A rule in the language of these packs.
fn spoken(rule: &RedFlag) -> RedFlag {
    let mut rule = rule.clone();
    rule.phrases.retain(|language, _| language == LANGUAGE);
    rule.except.retain(|language, _| language == LANGUAGE);
    rule.answer.retain(|language, _| language == LANGUAGE);
    rule
}

#[cfg(test)]
mod tests {
    use super::*;
    use lotse_core::faq::pack::parse;
    use lotse_core::faq::write::write;

    #[test]
    fn a_made_up_pack_has_its_size_is_always_the_same_and_can_be_written_down() -> Result<()> {
        let made_up = MadeUp::new()?;
        let (pack, questions) = made_up.clone().pack(7, 3, 20);
        assert_eq!((pack.entries.len(), questions.len()), (7, 20));
        assert!(pack.entries.iter().all(|entry| entry.phrasings["de"].len() == 3));
        assert_eq!(made_up.pack(7, 3, 20), (pack.clone(), questions));
        let read = parse(&write(&pack))?;
        assert!(!pack.red_flags.is_empty());
        assert_eq!(read.red_flags.len(), pack.red_flags.len());
        let texts = |pack: &Pack| -> Vec<String> {
            pack.entries.iter().flat_map(|entry| entry.phrasings["de"].clone()).collect()
        };
        assert_eq!(texts(&read), texts(&pack));
        Ok(())
    }
}
