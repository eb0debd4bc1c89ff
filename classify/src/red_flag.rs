//! Red flags: emergencies are found by their words, before everything else.
//!
//! A phrase fires when its words occur in order, with small gaps, each within a few typing errors.
//! Negation and history are not guessed at: "my mother had a stroke in 2019" fires, because a bot that
//! reasons about it will one day be wrong about the other kind. Only the look-alikes that the pack
//! names do not fire, and only where they stand.

use super::distance::within_distance;
use super::fold::{fold_message, script};

/// So many other words may stand between two words of a phrase ("kriege heute gar keine Luft").
const GAP: usize = 2;

/// A rule in folded form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// What fires.
    phrases: Vec<Phrase>,
    /// Look-alikes.
    except: Vec<Vec<Word>>,
}

/// A phrase that fires.
#[derive(Clone, Debug, PartialEq)]
struct Phrase {
    /// By number.
    language: u8,
    words: Vec<Word>,
    /// The signature of all its words.
    letters: u32,
    /// How many of these letters may be missing in a text that it is met by.
    missing: u32,
}

impl Phrase {
    fn new(language: u8, words: Vec<Word>) -> Self {
        let letters = words.iter().fold(0, |bits, word| bits | word.needed());
        let missing = words.iter().map(Word::missing).sum();
        Self { language, words, letters, missing }
    }

    /// Whether a text of these letters could hold it: nearly all phrases are passed over by this.
    fn could_be_in(&self, letters: u32) -> bool {
        lacks_at_most(self.letters, letters, self.missing)
            && self.words.iter().all(|word| lacks_at_most(word.needed(), letters, word.missing()))
    }
}

/// Whether at most so many of the letters `needed` are missing. Faster than to count them, where a processor has no
/// instruction for that.
fn lacks_at_most(needed: u32, letters: u32, missing: u32) -> bool {
    (0..missing).fold(needed & !letters, |lacking, _| lacking & lacking.wrapping_sub(1)) == 0
}

/// A folded word, ready to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    spelling: Spelling,
    /// As typed, where folding saw an umlaut or a run of letters: `Aemnot` is one letter short of
    /// `Atemnot`, although `Ämnot` would be two, and `Bewusssein` one short of `Bewusstsein`.
    literal: Option<Spelling>,
    /// Without what Arabic writes in front of a word: `والنزيف` is `نزيف`.
    bare: Option<Spelling>,
}

/// The letters of a word.
#[derive(Clone, Debug, PartialEq)]
struct Spelling {
    letters: Vec<char>,
    /// One bit per letter or class of letters that occurs: a cheap test before the exact one.
    signature: u32,
    /// What runs of letters occur, in a word long enough to hold others.
    runs: Option<Runs>,
}

impl Spelling {
    fn new(word: &str) -> Self {
        let letters: Vec<char> = word.chars().collect();
        let signature = letters.iter().fold(0, |bits, letter| bits | 1 << (*letter as u32 % 32));
        let runs = (letters.len() > 2 * Runs::LENGTH).then(|| Runs::of(&letters));
        Self { letters, signature, runs }
    }

    /// How many typing errors this word of a phrase forgives.
    const fn tolerance(&self) -> usize {
        match self.letters.len() {
            0..5 => 0,
            5..9 => 1,
            _ => 2,
        }
    }

    /// Whether `written` stands for this word: the same within the tolerance, or a compound with it.
    /// A short word must at least begin alike (`keine` is not `meine`), and one of four letters have the same
    /// letters, two of them swapped at most (`Lfut` is `Luft`, `Saft` is not).
    fn is_met_by(&self, written: &Self) -> bool {
        let tolerance = self.tolerance();
        if self.letters == written.letters {
            return true;
        }
        if tolerance == 0 {
            return self.letters.len() == 4 && is_swapped(&self.letters, &written.letters);
        }
        if written.letters.len() > self.letters.len() && self.letters.len() > 5 && self.is_inside(written) {
            return true;
        }
        (self.letters.len() > 6 || self.letters.first() == written.letters.first())
            && (self.signature ^ written.signature).count_ones() as usize <= 2 * tolerance
            && within_distance(&self.letters, &written.letters, tolerance)
    }

    fn is_inside(&self, written: &Self) -> bool {
        self.signature & !written.signature == 0
            && written.runs.as_ref().is_none_or(|runs| runs.may_begin(&self.letters))
            && written.letters.windows(self.letters.len()).any(|window| window == self.letters)
    }
}

/// Whether two neighbouring letters changed places, and nothing else.
fn is_swapped(wanted: &[char], written: &[char]) -> bool {
    wanted.len() == written.len()
        && wanted.iter().zip(written).position(|(left, right)| left != right).is_some_and(|at| {
            let (after, swapped) = (at + 2, [wanted.get(at + 1), wanted.get(at)]);
            swapped == [written.get(at), written.get(at + 1)] && wanted.get(after..) == written.get(after..)
        })
}

/// Which runs of letters a long word holds: one bit for each, by a hash, so that hardly any word of a phrase is
/// looked for letter by letter in a word of thousands.
#[derive(Clone, Debug, PartialEq)]
struct Runs(Vec<u64>);

impl Runs {
    /// No word that is looked for inside others is shorter.
    const LENGTH: usize = 6;

    fn of(letters: &[char]) -> Self {
        let mut runs = Self(vec![0; letters.len().div_ceil(4)]);
        for run in letters.windows(Self::LENGTH) {
            let bit = runs.bit(run);
            runs.0[bit / 64] |= 1 << (bit % 64);
        }
        runs
    }

    fn bit(&self, run: &[char]) -> usize {
        let mix =
            |hash: u32, letter: &char| (hash ^ *letter as u32).wrapping_mul(0x9e37_79b1).rotate_left(13);
        run.iter().fold(0, mix) as usize % (self.0.len() * 64)
    }

    /// Whether a word may stand in it: never a wrong no.
    fn may_begin(&self, word: &[char]) -> bool {
        word.first_chunk::<{ Self::LENGTH }>().is_none_or(|run| {
            let bit = self.bit(run);
            self.0[bit / 64] >> (bit % 64) & 1 == 1
        })
    }
}

impl Word {
    fn new(folded: &str, literal: &str) -> Self {
        let literal = (literal != folded).then(|| Spelling::new(literal));
        let bare = script::bare(folded).map(Spelling::new);
        Self { spelling: Spelling::new(folded), literal, bare }
    }

    fn is_met_by(&self, written: &Self) -> bool {
        self.spelling.is_met_by(&written.spelling)
            || written.literal.as_ref().is_some_and(|literal| self.spelling.is_met_by(literal))
            || self.literal.as_ref().is_some_and(|literal| literal.is_met_by(written.literal()))
            || (self.bare.is_some() || written.bare.is_some()) && self.bare().is_met_by(written.bare())
    }

    fn literal(&self) -> &Spelling {
        self.literal.as_ref().unwrap_or(&self.spelling)
    }

    fn bare(&self) -> &Spelling {
        self.bare.as_ref().unwrap_or(&self.spelling)
    }

    fn letters(&self) -> &[char] {
        &self.spelling.letters
    }

    /// Whether two written words may stand for it.
    const fn may_be_joined(&self) -> bool {
        self.spelling.letters.len() > 5
    }

    /// The signature of all that stands in it in any form.
    fn signature(&self) -> u32 {
        let forms = [Some(&self.spelling), self.literal.as_ref(), self.bare.as_ref()];
        forms.into_iter().flatten().fold(0, |bits, form| bits | form.signature)
    }

    /// The signature of what stands in it however it is written.
    fn needed(&self) -> u32 {
        self.spelling.signature & self.bare().signature
    }

    /// How many of these letters typing errors may take: each at most one.
    fn missing(&self) -> u32 {
        self.spelling.tolerance().max(self.literal().tolerance()) as u32
    }
}

impl Rule {
    /// A rule from phrases with their language numbers, and look-alikes.
    pub fn new<'a>(
        phrases: impl IntoIterator<Item = (u8, &'a str)>,
        except: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            phrases: phrases
                .into_iter()
                .map(|(language, phrase)| Phrase::new(language, words(phrase)))
                .filter(|phrase| !phrase.words.is_empty())
                .collect(),
            except: except.into_iter().map(words).filter(|words| !words.is_empty()).collect(),
        }
    }

    /// The language of the first phrase that fires on a text.
    #[must_use]
    pub fn fires(&self, text: &Text<'_>) -> Option<u8> {
        let hit = |text: &Text<'_>| {
            let all = text.all();
            self.phrases
                .iter()
                .filter(|phrase| phrase.could_be_in(all))
                .find(|phrase| text.find(&phrase.words, 0, Word::is_met_by).is_some())
                .map(|phrase| phrase.language)
        };
        let language = hit(text)?;
        let remaining = self.without_look_alikes(text);
        if remaining.words.len() == text.words.len() { Some(language) } else { hit(&remaining) }
    }

    /// The text with each look-alike taken out. Look-alikes allow no typing errors: when in doubt,
    /// the rule fires.
    fn without_look_alikes<'a>(&self, text: &Text<'a>) -> Text<'a> {
        let mut remaining = text.clone();
        for look_alike in &self.except {
            // No word before this one begins what is left of this look-alike.
            let mut start = 0;
            while let Some(positions) = remaining.find(look_alike, start, resembles) {
                start = positions[0].saturating_sub(longest(look_alike));
                positions.into_iter().rev().for_each(|at| remaining.remove(at));
            }
        }
        remaining
    }
}

/// In how many words of a text a phrase lies at most: each of its words may be written as two, with a gap behind it.
fn longest(phrase: &[Word]) -> usize {
    phrase.len() * (2 + GAP)
}

/// How German and English inflect, where a look-alike covers its own forms (`Atemnotsyndroms`). Any two
/// letters would be too generous: `bewusstes` would hide `bewusstesin`.
const ENDINGS: [&str; 12] = ["e", "s", "n", "r", "m", "t", "d", "en", "er", "es", "em", "ed"];

fn resembles(look_alike: &Word, written: &Word) -> bool {
    let Some(ending) = written.letters().strip_prefix(look_alike.letters()) else { return false };
    ending.is_empty()
        || look_alike.letters().len() > 6
            && ENDINGS.iter().any(|known| known.chars().eq(ending.iter().copied()))
}

/// The folded words of a message, however long it is.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let (folded, literal) = fold_message(text);
    let pairs = folded.split(' ').zip(literal.split(' '));
    pairs
        .filter(|(folded, _)| !folded.is_empty())
        .map(|(folded, literal)| Word::new(folded, literal))
        .collect()
}

/// The words of a message, with what nearly all of them are passed over by: one test of a number for each word, which
/// bounds the time that a long text takes.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    words: Vec<&'a Word>,
    /// The signature of each word in any form.
    own: Vec<u32>,
    /// The same with that of the word behind it: both may stand for one word of a phrase.
    joined: Vec<u32>,
}

impl<'a> Text<'a> {
    /// The [`words`] of a message.
    #[must_use]
    pub fn of(words: &'a [Word]) -> Self {
        let own: Vec<u32> = words.iter().map(Word::signature).collect();
        let mut text = Self { words: words.iter().collect(), joined: own.clone(), own };
        (0..text.words.len()).for_each(|at| text.join(at));
        text
    }

    fn join(&mut self, at: usize) {
        self.joined[at] = self.own[at] | self.own.get(at + 1).copied().unwrap_or_default();
    }

    fn remove(&mut self, at: usize) {
        self.words.remove(at);
        self.own.remove(at);
        self.joined.remove(at);
        if let Some(before) = at.checked_sub(1) {
            self.join(before);
        }
    }

    /// The signature of all words.
    fn all(&self) -> u32 {
        self.own.iter().fold(0, |all, one| all | one)
    }

    /// Positions, from `start` on, of the words of `phrase`, in order and with at most [`GAP`] words between two.
    fn find(
        &self,
        phrase: &[Word],
        start: usize,
        is_met_by: impl Fn(&Word, &Word) -> bool + Copy,
    ) -> Option<Vec<usize>> {
        let first = phrase.first()?;
        let (needed, missing) = (first.needed(), first.missing());
        let signatures = if first.may_be_joined() { &self.joined } else { &self.own };
        let may_start = |start: &usize| lacks_at_most(needed, signatures[*start], missing);
        let mut starts = (start..self.words.len()).filter(may_start);
        starts.find_map(|start| follow(phrase, &self.words, start, 1, is_met_by))
    }
}

/// Matches the rest of a phrase from `start`, where the next word lies within `reach` words. Two
/// written words may stand for one of the phrase (`Atem not`).
fn follow(
    phrase: &[Word],
    text: &[&Word],
    start: usize,
    reach: usize,
    is_met_by: impl Fn(&Word, &Word) -> bool + Copy,
) -> Option<Vec<usize>> {
    let Some((wanted, rest)) = phrase.split_first() else { return Some(Vec::new()) };
    for at in start..text.len().min(start + reach) {
        let mut used = 0;
        if is_met_by(wanted, text[at]) {
            used = 1;
        } else if wanted.may_be_joined()
            && text.get(at + 1).is_some_and(|next| is_joined(wanted, text[at], next))
        {
            used = 2;
        }
        if used > 0
            && let Some(following) = follow(rest, text, at + used, GAP + 1, is_met_by)
        {
            return Some((at..at + used).chain(following).collect());
        }
    }
    None
}

fn is_joined(wanted: &Word, left: &Word, right: &Word) -> bool {
    let (wanted, left, right) = (wanted.letters(), left.letters(), right.letters());
    wanted.len() == left.len() + right.len() && wanted.starts_with(left) && wanted.ends_with(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn breathing() -> Rule {
        Rule::new(
            [(0, "keine Luft"), (0, "Atemnot"), (0, "bewusstlos"), (1, "can't breathe"), (1, "doesn't stop")],
            ["Atemnotsyndrom", "keine Luft nach oben"],
        )
    }

    fn fires(rule: &Rule, text: &str) -> Option<u8> {
        rule.fires(&Text::of(&words(text)))
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

    proptest! {
        // Few letters, so that phrases are met often, in every way: with errors, as compounds, written apart.
        #[test]
        fn a_phrase_is_never_passed_over_that_a_text_meets(
            phrase in "[abc]{1,10}( [abc]{1,10}){0,2}",
            text in "[abcdäe]{1,12}( [abcdäe]{1,12}){0,5}",
        ) {
            let (phrase, text) = (Phrase::new(0, words(&phrase)), words(&text));
            let text = Text::of(&text);
            let starts = 0..text.words.len();
            let is_met = |start| follow(&phrase.words, &text.words, start, 1, Word::is_met_by).is_some();
            let is_met = starts.into_iter().any(is_met);
            prop_assert_eq!(text.find(&phrase.words, 0, Word::is_met_by).is_some(), is_met);
            prop_assert!(!is_met || phrase.could_be_in(text.all()));
        }
    }
}
