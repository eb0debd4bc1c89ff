//! Which words of all phrases a written word stands for, found without a look at each: what a long text costs hangs
//! on its letters, hardly on how many phrases there are.

use super::word::{LEAST_WHOLE, MOST_ERRORS, Spelling, Word, tolerance};
use crate::features::step;
use crate::groups::Groups;

/// The words of all phrases, each once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    forms: Vec<Form>,
    /// Of each form, side by side: most are passed over by this alone.
    signatures: Vec<u32>,
    /// Forms by their length.
    of_length: Groups,
    /// Forms that may stand inside other words, by the hash of the letters that they begin with.
    of_beginning: Groups,
    /// How many bits of that hash are left out.
    shift: u32,
    /// The length of the longest form.
    longest: usize,
    /// How many words there are.
    words: usize,
}

/// One form of a word.
#[derive(Clone, Debug, PartialEq)]
struct Form {
    word: u32,
    spelling: Spelling,
    /// Whether it is the word's folded form.
    is_folded: bool,
}

impl Index {
    /// An index of words, numbered as they come.
    pub(super) fn new(words: &[Word]) -> Self {
        let forms = words.iter().zip(0..).flat_map(|(of, word)| {
            let form = move |(at, spelling): (usize, &Spelling)| Form {
                word,
                spelling: spelling.clone(),
                is_folded: at == 0,
            };
            of.forms().enumerate().map(form)
        });
        let forms: Vec<Form> = forms.collect();
        let lengths: Vec<u32> = forms.iter().map(|form| form.letters().len() as u32).collect();
        let longest = lengths.iter().max().map_or(0, |longest| *longest as usize);
        let all: Vec<u32> = (0..forms.len() as u32).collect();
        // Two groups for each form, so that most letters begin none.
        let bits = (2 * forms.len()).max(1).ilog2() + 1;
        let shift = u32::BITS - bits;
        let beginnings: Vec<u32> =
            forms.iter().map(|form| beginning(form.letters().iter().copied()) >> shift).collect();
        let is_whole = |form: &&u32| forms[**form as usize].letters().len() >= LEAST_WHOLE;
        let whole: Vec<u32> = all.iter().filter(is_whole).copied().collect();
        Self {
            signatures: forms.iter().map(|form| form.spelling.signature).collect(),
            of_length: Groups::new(&lengths, &all, longest + 1),
            of_beginning: Groups::new(&beginnings, &whole, 1 << bits),
            forms,
            longest,
            shift,
            words: words.len(),
        }
    }

    /// How many words it knows.
    pub(super) const fn words(&self) -> usize {
        self.words
    }

    /// The words that `written` stands for, ascending: the same within their tolerance, or a compound with them.
    pub(super) fn met(&self, written: &Word) -> Vec<u32> {
        let mut met = Vec::new();
        for spelling in written.forms() {
            self.push_misspelt(spelling, &mut met);
            self.push_inside(&spelling.letters, &mut met);
        }
        met.sort_unstable();
        met.dedup();
        met
    }

    fn push_misspelt(&self, written: &Spelling, met: &mut Vec<u32>) {
        let length = written.letters.len();
        for wanted in length.saturating_sub(MOST_ERRORS)..=self.longest.min(length + MOST_ERRORS) {
            let errors = tolerance(wanted);
            if wanted.abs_diff(length) > errors {
                continue;
            }
            for form in self.of_length.of(wanted as u32) {
                let signature = self.signatures[*form as usize];
                if Spelling::differs_more(signature, written.signature, errors) {
                    continue;
                }
                let Form { word, spelling, .. } = &self.forms[*form as usize];
                if spelling.is_misspelt_as(written) {
                    met.push(*word);
                }
            }
        }
    }

    fn push_inside(&self, written: &[char], met: &mut Vec<u32>) {
        for (at, window) in written.windows(LEAST_WHOLE).enumerate() {
            let beginning = beginning(window.iter().copied());
            let is_there = |form: &&Form| {
                form.letters().len() < written.len() && written[at..].starts_with(form.letters())
            };
            met.extend(self.beginning_with(beginning).filter(is_there).map(|form| form.word));
        }
    }

    /// The words that these two, written apart, stand for together (`Atem not`): without typing errors.
    pub(super) fn met_together(&self, left: &Word, right: &Word) -> impl Iterator<Item = u32> {
        let (left, right) = (left.letters(), right.letters());
        let length = left.len() + right.len();
        let may_be = (LEAST_WHOLE..=self.longest).contains(&length);
        let beginning = may_be.then(|| beginning(left.iter().chain(right).copied()));
        let is_there = move |form: &&Form| {
            let letters = form.letters();
            form.is_folded && letters.len() == length && letters.starts_with(left) && letters.ends_with(right)
        };
        let forms = beginning.into_iter().flat_map(|beginning| self.beginning_with(beginning));
        forms.filter(is_there).map(|form| form.word)
    }

    /// The forms that may stand inside others, and those that only look as if they began so.
    fn beginning_with(&self, beginning: u32) -> impl Iterator<Item = &Form> {
        let forms = self.of_beginning.of(beginning >> self.shift);
        forms.iter().map(|form| &self.forms[*form as usize])
    }
}

impl Form {
    fn letters(&self) -> &[char] {
        &self.spelling.letters
    }
}

/// A hash of the first letters; its highest bits are the best.
fn beginning(letters: impl Iterator<Item = char>) -> u32 {
    letters.take(LEAST_WHOLE).fold(0, |hash, letter| step(hash, letter as u32))
}
