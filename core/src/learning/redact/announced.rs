//! Finds what is announced: a name behind "ich heiße", "Frau", "meine Tochter", "Viele Grüße"; a day behind "geboren am".

use std::ops::Range;

use super::announcements::TABLES;
use super::{MARK, Word};

/// Up to so many words behind a closing, all of them are the name.
const SHORT_ENDING: usize = 4;

/// How many words of a phrase stand at the beginning of `words`.
fn begins_with(words: &[Word], phrases: &[Vec<String>]) -> Option<usize> {
    let stands = |phrase: &&Vec<String>| {
        words.len() >= phrase.len() && phrase.iter().zip(words).all(|(said, word)| *said == word.folded)
    };
    phrases.iter().find(stands).map(Vec::len)
}

/// Finds names that something announces.
pub(super) fn names(text: &str, words: &[Word], spans: &mut Vec<Range<usize>>) {
    let text = Text { text, words };
    for at in 0..words.len() {
        let behind = |phrases: &[Vec<String>]| Some(at + begins_with(&words[at..], phrases)?);
        spans.extend(behind(&TABLES.introductions).and_then(|first| text.introduced(first)));
        spans.extend(behind(&TABLES.called).and_then(|first| text.called(at, first)));
        spans.extend(behind(&TABLES.labels).and_then(|first| text.labelled(first)));
        spans.extend(text.near(at));
        match behind(&TABLES.titles) {
            Some(first) => spans.extend(text.titled(first, true)),
            None if TABLES.doubtful_titles.contains(&words[at].folded) => {
                let is_own = at > 0 && TABLES.own_wives.contains(&words[at - 1].folded);
                spans.extend(text.titled(at + 1, false).filter(|_| !is_own));
            }
            None => {}
        }
        spans.extend(behind(&TABLES.selves).and_then(|first| text.two_capitals(first)));
        spans.extend(behind(&TABLES.closings).and_then(|first| text.ending(first)));
    }
}

/// A text and its words, which are named by their place.
#[derive(Clone, Copy)]
struct Text<'a> {
    text: &'a str,
    words: &'a [Word],
}

impl<'a> Text<'a> {
    /// What stands before a word and behind the one before it.
    fn before(self, at: usize) -> &'a str {
        let from = at.checked_sub(1).map_or(0, |before| self.words[before].at.end);
        &self.text[from..self.words[at].at.start]
    }

    /// Whether a sentence goes on between a word and the one before: nothing but what belongs into a name. A dot does
    /// behind an initial or a title.
    fn goes_on(self, at: usize) -> bool {
        let Some(previous) = at.checked_sub(1).map(|before| &self.words[before]) else { return false };
        let between = self.before(at);
        let may_have_dot = previous.folded.chars().count() == 1
            || begins_with(std::slice::from_ref(previous), &TABLES.titles).is_some();
        !between.contains(['!', '?', ';', '\n', ',', MARK])
            && between.matches('.').count() <= usize::from(may_have_dot)
    }

    /// Whether a mark and nothing else stands before a word that looks like a name: the person typed it, or something
    /// between was taken out before.
    fn is_behind_mark(self, at: usize) -> bool {
        let between = self.before(at);
        between.contains(MARK)
            && between.chars().all(|it| it == MARK || it.is_whitespace())
            && self.is_capital_name(at)
    }

    fn is_capital_name(self, at: usize) -> bool {
        let word = &self.words[at];
        word.is_capitalised && word.digits == 0 && !TABLES.no_names.contains(&word.folded)
    }

    /// Past the last word of one name, hyphens and apostrophes included: `Müller-Lüdenscheidt`, `O'Neill`.
    fn compound(self, at: usize) -> usize {
        let is_joined = |next: &usize| matches!(self.before(*next), "-" | "‐" | "‑" | "–" | "'" | "’");
        (at + 1..self.words.len()).find(|next| !is_joined(next)).unwrap_or(self.words.len())
    }

    /// Past the words such as "von der" from here on.
    fn particles(self, from: usize) -> usize {
        let is_particle =
            |at: &usize| TABLES.particles.contains(&self.words[*at].folded) && self.goes_on(*at);
        (from..self.words.len()).find(|at| !is_particle(at)).unwrap_or(self.words.len())
    }

    /// The name that begins here, and how many parts it has: everything with a capital letter, and as many parts without
    /// one as `lower` counts up to.
    fn name(self, first: usize, lower: usize) -> (Range<usize>, usize) {
        let mut end = self.compound(first);
        let mut parts = 1;
        loop {
            let next = self.particles(end);
            let Some(word) = self.words.get(next).filter(|_| self.goes_on(next)) else { break };
            let is_lower = parts < lower && !TABLES.no_names.contains(&word.folded);
            if !word.is_capitalised && !is_lower {
                break;
            }
            end = self.compound(next);
            parts += 1;
        }
        (self.words[first].at.start..self.words[end - 1].at.end, parts)
    }

    /// Behind "ich heiße": any word, and one more.
    fn introduced(self, first: usize) -> Option<Range<usize>> {
        self.words.get(first)?;
        let is_free = !self.before(first).contains(MARK) || self.is_behind_mark(first);
        is_free.then(|| self.name(first, 2).0)
    }

    /// Behind "heißt", unless that asks.
    fn called(self, at: usize, first: usize) -> Option<Range<usize>> {
        let word = self.words.get(first)?;
        let mut before = self.words[at.saturating_sub(2)..at].iter();
        let asks =
            self.words[at].is_capitalised || before.clone().any(|word| TABLES.asking.contains(&word.folded));
        let is_somebody =
            before.any(|word| TABLES.kin.contains(&word.folded) || TABLES.pronouns.contains(&word.folded));
        let is_name = self.is_capital_name(first)
            || (is_somebody && (word.is_capitalised || !TABLES.no_names.contains(&word.folded)));
        let is_free = !self.before(first).contains(['?', '!', ';', ',', MARK]) || self.is_behind_mark(first);
        (at > 0 && !asks && is_name && is_free).then(|| self.name(first, 1 + usize::from(is_somebody)).0)
    }

    /// Behind "Name:".
    fn labelled(self, first: usize) -> Option<Range<usize>> {
        let word = self.words.get(first)?;
        let is_name = word.digits == 0 && (word.is_capitalised || !TABLES.no_names.contains(&word.folded));
        let between = self.before(first).trim_start().strip_prefix(':')?;
        let is_free = between.trim().is_empty()
            || (between.trim().strip_prefix(MARK) == Some("") && word.is_capitalised);
        (is_free && is_name).then(|| self.name(first, 2).0)
    }

    /// Behind "meine Tochter": two words with capital letters. One is enough in English, and in German where the
    /// sentence begins with her, so that no verb stands before: "Hat meine Tochter Fieber?" names nobody.
    fn near(self, at: usize) -> Option<Range<usize>> {
        let is_english = TABLES.english_possessives.contains(&self.words[at].folded);
        let first = at + 2;
        let is_kin = is_english || TABLES.possessives.contains(&self.words[at].folded);
        if first >= self.words.len() || !is_kin || !TABLES.kin.contains(&self.words[at + 1].folded) {
            return None;
        }
        if ["ist", "is"].contains(&self.words[first].folded.as_str()) {
            return self.two_capitals(first + 1);
        }
        let is_one_enough = is_english || self.begins_sentence(at);
        let is_name = self.is_capital_name(first) && (self.goes_on(first) || self.is_behind_mark(first));
        let (name, parts) = self.name(first, 1);
        (is_name && (is_one_enough || parts > 1)).then_some(name)
    }

    fn begins_sentence(self, at: usize) -> bool {
        let is_new = |at: usize| at == 0 || self.before(at).contains(['.', '!', '?', ':', '\n']);
        let mut before = at;
        while !is_new(before) && TABLES.salutations.contains(&self.words[before - 1].folded) {
            before -= 1;
        }
        is_new(before)
    }

    /// Behind "Frau": words with capital letters. Where the title leaves no doubt, any word, and one more of those who write
    /// without capitals.
    fn titled(self, title_end: usize, is_certain: bool) -> Option<Range<usize>> {
        let first = self.particles(title_end);
        let word = self.words.get(first)?;
        if self.is_behind_mark(first) {
            return Some(self.name(first, 1).0);
        }
        let is_name = word.is_capitalised || (is_certain && !TABLES.no_names.contains(&word.folded));
        let lower = 1 + usize::from(!word.is_capitalised);
        let start = self.words[title_end].at.start;
        (is_name && word.digits == 0 && self.goes_on(first)).then(|| start..self.name(first, lower).0.end)
    }

    fn two_capitals(self, first: usize) -> Option<Range<usize>> {
        self.words.get(first)?;
        let (name, parts) = self.name(first, 1);
        let is_free = self.goes_on(first) || self.is_behind_mark(first);
        (self.is_capital_name(first) && is_free && parts > 1).then_some(name)
    }

    fn ending(self, first: usize) -> Option<Range<usize>> {
        let start = self.words.get(first)?.at.start;
        let is_short = self.words.len() - first <= SHORT_ENDING;
        let last = if is_short { self.words.len() } else { self.compound(self.compound(first)) };
        Some(start..self.words[last - 1].at.end)
    }
}

/// Finds days of birth that numbers alone do not give away: "geboren im Mai 87", "3. Mai 1987".
pub(super) fn births(words: &[Word], spans: &mut Vec<Range<usize>>) {
    const REACH: usize = 5;
    for (at, word) in words.iter().enumerate() {
        if TABLES.births.contains(&word.folded) {
            let behind = &words[at + 1..words.len().min(at + 1 + REACH)];
            if let Some(last) = behind.iter().rposition(|word| word.digits > 0) {
                spans.push(behind[0].at.start..behind[last].at.end);
            }
        }
        let has_digits = |word: Option<&Word>, least| word.is_some_and(|word| word.digits >= least);
        let day = at.checked_sub(1).map(|before| &words[before]);
        if TABLES.months.contains(&word.folded) && has_digits(day, 1) && has_digits(words.get(at + 1), 2) {
            spans.push(words[at - 1].at.start..words[at + 1].at.end);
        }
    }
}
