//! Red flags: emergencies are found by their words, before everything else.
//!
//! A phrase fires when its words occur in order, with small gaps, each within a few typing errors.
//! Negation and history are not guessed at: "my mother had a stroke in 2019" fires, because a bot that
//! reasons about it will one day be wrong about the other kind. Only the look-alikes that the pack
//! names do not fire, and only where they stand.
//!
//! First it is found which words of phrases a message has at all, and where; nearly all messages have hardly any.
//! Phrases then are sequences of numbers.

mod index;
mod message;
mod word;

use std::collections::BTreeMap;

use crate::groups::Groups;
use index::Index;
use message::{Hits, Message};
use word::{Word, words, words_of_message};

/// What one rule is made of.
#[derive(Clone, Debug)]
pub struct Emergency<'a> {
    /// What fires, with the number of its language.
    pub phrases: Vec<(u8, &'a str)>,
    /// What only looks like it.
    pub look_alikes: Vec<&'a str>,
}

/// All rules of a pack.
#[derive(Clone, Debug, PartialEq)]
pub struct RedFlags {
    index: Index,
    phrases: Vec<Phrase>,
    /// Phrases by the word that they begin with.
    beginning_with: Groups,
    /// The look-alikes of each rule.
    look_alikes: Vec<Vec<Vec<Word>>>,
}

/// A phrase that fires.
#[derive(Clone, Debug, PartialEq)]
struct Phrase {
    /// By number, as the language.
    rule: usize,
    language: u8,
    /// By their numbers in the index.
    words: Vec<u32>,
}

impl RedFlags {
    /// Rules, the most urgent first.
    #[must_use]
    pub fn new<'a>(rules: impl IntoIterator<Item = Emergency<'a>>) -> Self {
        let mut numbers = BTreeMap::new();
        let mut known = Vec::new();
        let mut number = |word: Word| {
            *numbers.entry(word).or_insert_with_key(|word| {
                known.push(word.clone());
                known.len() as u32 - 1
            })
        };
        let (mut phrases, mut look_alikes) = (Vec::new(), Vec::new());
        for (rule, emergency) in rules.into_iter().enumerate() {
            for (language, phrase) in emergency.phrases {
                let words: Vec<u32> = words(phrase).into_iter().map(&mut number).collect();
                if !words.is_empty() {
                    phrases.push(Phrase { rule, language, words });
                }
            }
            look_alikes.push(emergency.look_alikes.into_iter().map(words).collect());
        }
        let first: Vec<u32> = phrases.iter().map(|phrase| phrase.words[0]).collect();
        let all: Vec<u32> = (0..phrases.len() as u32).collect();
        Self {
            index: Index::new(&known),
            beginning_with: Groups::new(&first, &all, known.len()),
            phrases,
            look_alikes,
        }
    }

    /// The first rule that fires on a text, and the language of its first phrase that does; both by number.
    #[must_use]
    pub fn fired(&self, text: &str) -> Option<(usize, u8)> {
        let (order, words) = words_of_message(text);
        let met: Vec<Vec<u32>> = words.iter().map(|word| self.index.met(word)).collect();
        let message = Message::new(order.into_iter().map(|word| (&words[word], met[word].as_slice())));
        let hits = message.hits(&self.index);
        self.begun(&hits).chunk_by(|left, right| left.rule == right.rule).find_map(|phrases| {
            let phrase = phrases.iter().find(|phrase| hits.have(&phrase.words))?;
            let mut remaining = message.clone();
            self.look_alikes[phrase.rule].iter().for_each(|look_alike| remaining.remove(look_alike));
            if remaining.len() == message.len() {
                return Some((phrase.rule, phrase.language));
            }
            let hits = remaining.hits(&self.index);
            let mut begun = self.begun(&hits).into_iter().filter(|other| other.rule == phrase.rule);
            begun.find(|phrase| hits.have(&phrase.words)).map(|phrase| (phrase.rule, phrase.language))
        })
    }

    /// The phrases of whose words a message has the first, in the order of the pack.
    fn begun(&self, hits: &Hits) -> Vec<&Phrase> {
        let mut begun: Vec<u32> =
            hits.words().iter().flat_map(|word| self.beginning_with.of(*word)).copied().collect();
        begun.sort_unstable();
        begun.into_iter().map(|phrase| &self.phrases[phrase as usize]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn breathing() -> RedFlags {
        let phrases =
            [(0, "keine Luft"), (0, "Atemnot"), (0, "bewusstlos"), (1, "can't breathe"), (1, "doesn't stop")];
        let look_alikes = vec!["Atemnotsyndrom", "keine Luft nach oben"];
        RedFlags::new([Emergency { phrases: phrases.to_vec(), look_alikes }])
    }

    fn fires(rules: &RedFlags, text: &str) -> Option<u8> {
        rules.fired(text).map(|(_, language)| language)
    }

    #[test]
    fn phrases_fire_through_typing_errors_gaps_and_compounds() {
        let rows = [
            ("as written", "ich bekomme keine Luft mehr", Some(0)),
            ("capitals", "ATEMNOT!!!", Some(0)),
            ("a letter missing", "er hat Atenot", Some(0)),
            ("a letter missing, the rest like an umlaut", "Aemnot", Some(0)),
            ("letters swapped", "kiene luft", Some(0)),
            ("letters swapped in a word of four", "keine Lfut", Some(0)),
            ("its last letters", "keine Lutf", Some(0)),
            ("its first letters", "keine uLft", Some(0)),
            ("two swaps in it", "keine uLtf", None),
            ("letters swapped that are no neighbours", "keine Ltfu", None),
            ("another letter in it", "keine Lust", None),
            ("a letter missing in it", "keine Lut", None),
            ("two errors in a long word", "sie ist bewustloss", Some(0)),
            ("an error that ends what looked like an umlaut", "bleeding dooesn't stop", Some(1)),
            ("words between", "keine richtige gute Luft", Some(0)),
            ("too many words between", "keine Ahnung wo man frische Luft kriegt", None),
            ("wrong order", "Luft keine", None),
            ("compound", "starke Atemnotanfälle", Some(0)),
            ("written apart", "atem not", Some(0)),
            ("other language", "I can’t breathe", Some(1)),
            ("another word of the same length", "meine Luft", None),
            ("nothing", "", None),
            ("emoji", "😀", None),
            (
                "inside a word without end",
                &format!("{0}atemnot{0}", "abcdefghijklmnopqrstu".repeat(90)),
                Some(0),
            ),
            ("not inside a word without end", &"atemnuot".repeat(90), None),
            ("as the end of a compound", "Schlafatemnot", Some(0)),
            ("one in the other", "unbewusstlosigkeit", Some(0)),
        ];
        for (name, text, expected) in rows {
            assert_eq!(fires(&breathing(), text), expected, "{name}");
        }
    }

    #[test]
    fn look_alikes_do_not_fire_but_hide_nothing_else() {
        let rows = [
            ("look-alike", "Was ist das Atemnotsyndrom?", None),
            ("its genitive", "Folgen des Atemnotsyndroms", None),
            ("more than an ending", "Folgen des Atemnotsyndromin", Some(0)),
            ("several words", "da ist noch keine Luft nach oben", None),
            ("an emergency beside it", "Atemnotsyndrom und jetzt Atemnot", Some(0)),
            ("again and again", "keine Luft nach oben Atemnotsyndrom keine Luft nach oben", None),
            ("one within the other", "keine Luft keine Luft nach oben nach oben", None),
            ("a look-alike misspelt is in doubt", "Atemnotsyndrmo", Some(0)),
        ];
        for (name, text, expected) in rows {
            assert_eq!(fires(&breathing(), text), expected, "{name}");
        }
    }

    #[test]
    fn negation_and_history_are_not_guessed_at() {
        for text in ["ich habe keine Atemnot", "Atemnot hatte ich 2019"] {
            assert_eq!(fires(&breathing(), text), Some(0), "{text}");
        }
    }

    #[test]
    fn the_first_rule_fires_and_a_look_alike_hides_only_its_own() {
        let fire =
            Emergency { phrases: vec![(0, "es brennt")], look_alikes: vec!["brennt unter den Nägeln"] };
        let burn =
            Emergency { phrases: vec![(0, "Brandwunde"), (0, "brennt")], look_alikes: vec!["brennt es"] };
        let rules = RedFlags::new([fire, burn]);
        let rows = [
            ("the first", "Brandwunde, denn es brennt", Some((0, 0))),
            ("the second", "eine Brandwunde", Some((1, 0))),
            ("hidden from the first only", "es brennt unter den Nägeln", Some((1, 0))),
            ("hidden from the second only", "brennt es", None),
            ("hidden from the first at one place", "es brennt unter den Nägeln, es brennt", Some((0, 0))),
            ("neither", "es brannte", None),
        ];
        for (name, text, expected) in rows {
            assert_eq!(rules.fired(text), expected, "{name}");
        }
    }

    /// Whether a text has a phrase, word by word: slower and simpler.
    fn has(phrase: &[Word], text: &[Word], start: usize, reach: usize) -> bool {
        let Some((wanted, rest)) = phrase.split_first() else { return true };
        (start..text.len().min(start.saturating_add(reach))).any(|at| {
            let is_apart = text.get(at + 1).is_some_and(|next| {
                let joined = [text[at].letters(), next.letters()].concat();
                joined.len() >= word::LEAST_WHOLE && joined == wanted.letters()
            });
            is_met(wanted, &text[at]) && has(rest, text, at + 1, 3) || is_apart && has(rest, text, at + 2, 3)
        })
    }

    fn is_met(wanted: &Word, written: &Word) -> bool {
        wanted.forms().any(|wanted| {
            written.forms().any(|written| {
                let (whole, length) = (wanted.letters.as_slice(), wanted.letters.len());
                wanted.is_misspelt_as(written)
                    || length >= word::LEAST_WHOLE
                        && written.letters.windows(length).any(|part| part == whole)
            })
        })
    }

    proptest! {
        // Few letters, so that phrases are met often, in every way: with errors, as compounds, written apart.
        #[test]
        fn a_phrase_fires_wherever_a_text_has_it(
            phrase in "[abc]{1,10}( [abc]{1,10}){0,2}|[ابو]{1,8}",
            others in prop::collection::vec("[abc]{1,10}( [abc]{1,10}){0,2}", 0..4),
            text in "[abcdäe]{1,12}( [abcdäe]{1,12}){0,5}|[الوب]{1,9}( [الوب]{1,9}){0,2}",
        ) {
            let phrases: Vec<(u8, &str)> =
                others.iter().map(|other| (0, other.as_str())).chain([(1, phrase.as_str())]).collect();
            let rules = phrases.iter().map(|one| Emergency { phrases: vec![*one], look_alikes: Vec::new() });
            let text_words = words(&text);
            let expected = phrases.iter().position(|(_, phrase)| has(&words(phrase), &text_words, 0, usize::MAX));
            prop_assert_eq!(RedFlags::new(rules).fired(&text).map(|(rule, _)| rule), expected);
        }
    }
}
