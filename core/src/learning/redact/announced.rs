//! What announces a name or a day of birth: "ich heiße", "Frau", "Viele Grüße", "geboren am".

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use super::{MARK, Word};
use crate::faq::fold::fold;
use crate::order::{self, gathered};

/// A name follows for certain.
const INTRODUCTIONS: &str = "ich heiße, ich heisse, mein name ist, mein name, mein vorname ist, mein nachname ist, \
    name ist, hier schreibt, hier spricht, ich werde genannt, my name is, my name's, my name, i am called, \
    i'm called, they call me, call me, je m'appelle, mon nom est, me llamo, mi nombre es, mi chiamo, nazywam się, \
    mam na imię, mă numesc, benim adım, adım, ismim, мене звати, меня зовут, моє ім'я, мое имя, اسمي, نامم, نام من";

/// A surname follows for certain.
const TITLES: &str = "herr, herrn, hr, mr, mrs, ms, miss, herr dr, frau dr, dr, prof, familie, fam, pan, pani, monsieur, \
    madame, señor, señora, bay, bayan";

/// As [`TITLES`], but also a word of its own, after which any noun may follow.
const DOUBTFUL_TITLES: &str = "frau, fr";
const OWN_WIVES: &str = "meine, eine, keine, jede, deine, als";

/// Two words with capital letters behind these are a name.
const SELF: &str =
    "ich bin, ich bin der, ich bin die, hier ist, i am, i'm, this is, here is, je suis, soy, sono";

/// A letter ends here, with a name.
const CLOSINGS: &str = "grüße, grüßen, gruß, grüßle, gruesse, lg, mfg, vg, bg, gez, gezeichnet, hochachtungsvoll, \
    regards, wishes, sincerely, yours truly, saygılarımla, з повагою, с уважением, cordialement, saludos, pozdrawiam, \
    مع التحية";

/// A day of birth follows.
const BIRTHS: &str = "geb, geboren, geburtsdatum, geburtstag, born, dob, birthday, birth, birthdate, doğum, народився, \
    народилася, родился, родилась";

const MONTHS: &str = "januar, jänner, jan, februar, feb, märz, april, apr, mai, juni, jun, juli, jul, august, aug, \
    september, sep, sept, oktober, okt, november, nov, dezember, dez, january, february, march, mar, may, june, july, \
    october, oct, december, dec";

/// Words that end a name which is written in lower case.
const NO_NAMES: &str = "und, oder, aber, ich, wir, sie, er, es, mein, meine, bin, habe, hab, hatte, möchte, wollte, will, \
    würde, brauche, suche, wohne, komme, kann, könnte, darf, muss, soll, frage, bitte, aus, in, im, am, bei, mit, von, \
    zu, wo, wie, wann, was, wer, warum, and, or, but, i, we, my, am, have, had, want, would, need, live, can, could, may, \
    must, from, at, with, where, how, when, what, who, why, please, et, je, y, yo, ve, ben, і, й, та, я, и, و";

/// Parts of a name that count for none.
const PARTICLES: &str =
    "von, van, vom, zu, zur, de, der, den, del, da, di, la, le, al, el, bin, ibn, ten, ter";

/// Up to so many words behind a closing, all of them are the name.
const SHORT_ENDING: usize = 4;

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    introductions: phrases(INTRODUCTIONS),
    titles: phrases(TITLES),
    doubtful_titles: set(DOUBTFUL_TITLES),
    own_wives: set(OWN_WIVES),
    selves: phrases(SELF),
    closings: phrases(CLOSINGS),
    births: set(BIRTHS),
    months: set(MONTHS),
    no_names: set(NO_NAMES),
    particles: set(PARTICLES),
});

/// The lists above in folded form.
struct Tables {
    introductions: Vec<Vec<String>>,
    titles: Vec<Vec<String>>,
    doubtful_titles: BTreeSet<String>,
    own_wives: BTreeSet<String>,
    selves: Vec<Vec<String>>,
    closings: Vec<Vec<String>>,
    births: BTreeSet<String>,
    months: BTreeSet<String>,
    no_names: BTreeSet<String>,
    particles: BTreeSet<String>,
}

fn set(list: &'static str) -> BTreeSet<String> {
    gathered(list.split(',').map(fold))
}

/// The longest first, each as the words that a text is taken apart into.
fn phrases(list: &'static str) -> Vec<Vec<String>> {
    let words = |phrase: &str| super::words(phrase).into_iter().map(|word| word.folded).collect();
    let mut phrases: Vec<Vec<String>> = list.split(',').map(words).collect();
    order::sort_by_key(&mut phrases, |phrase| std::cmp::Reverse(phrase.len()));
    phrases
}

/// How many words of a phrase stand at the beginning of `words`.
fn begins_with(words: &[Word], phrases: &[Vec<String>]) -> Option<usize> {
    let stands = |phrase: &&Vec<String>| {
        words.len() >= phrase.len() && phrase.iter().zip(words).all(|(said, word)| *said == word.folded)
    };
    phrases.iter().find(stands).map(Vec::len)
}

/// Finds names that something announces.
pub(super) fn names(text: &str, words: &[Word], spans: &mut Vec<Range<usize>>) {
    for at in 0..words.len() {
        let rest = &words[at..];
        if let Some(behind) = begins_with(rest, &TABLES.introductions) {
            spans.extend(introduced(text, &rest[behind - 1..]));
        }
        if let Some(behind) = begins_with(rest, &TABLES.titles) {
            spans.extend(titled(text, &rest[behind - 1..], true));
        } else if TABLES.doubtful_titles.contains(&rest[0].folded) {
            let is_own = at > 0 && TABLES.own_wives.contains(&words[at - 1].folded);
            spans.extend(titled(text, rest, false).filter(|_| !is_own));
        }
        if let Some(behind) = begins_with(rest, &TABLES.selves) {
            spans.extend(two_capitals(text, &rest[behind - 1..]));
        }
        if let Some(behind) = begins_with(rest, &TABLES.closings) {
            spans.extend(ending(&rest[behind..]));
        }
    }
}

/// Whether a sentence goes on between two words: nothing but spaces and what belongs into a name. Where a mark
/// stands, something was taken out before.
fn goes_on(text: &str, before: &Word, after: &Word) -> bool {
    let between = &text[before.at.end..after.at.start];
    !between.contains(['!', '?', ';', '\n', ',', MARK]) && between.matches('.').count() <= 1
}

/// One or two words behind `words[0]`, a third if it has a capital letter.
fn introduced(text: &str, words: &[Word]) -> Option<Range<usize>> {
    let first = words.get(1).filter(|first| !text[words[0].at.end..first.at.start].contains(MARK))?;
    let mut end = first.at.end;
    let mut parts = 1;
    for (before, word) in words[1..].iter().zip(&words[2..]) {
        let is_particle = TABLES.particles.contains(&word.folded);
        let between = &text[before.at.end..word.at.start];
        let is_name = word.is_capitalised || (parts < 2 && !TABLES.no_names.contains(&word.folded));
        if !(is_name || is_particle) || !goes_on(text, before, word) || between.contains('.') || parts > 2 {
            break;
        }
        parts += usize::from(!is_particle);
        if !is_particle {
            end = word.at.end;
        }
    }
    Some(first.at.start..end)
}

/// Up to two words with capital letters; one without where the title leaves no doubt.
fn titled(text: &str, words: &[Word], is_certain: bool) -> Option<Range<usize>> {
    let first = words.get(1).filter(|first| goes_on(text, &words[0], first))?;
    let is_name = first.is_capitalised || (is_certain && !TABLES.no_names.contains(&first.folded));
    if !is_name || first.digits > 0 {
        return None;
    }
    let second = words.get(2).filter(|second| {
        is_certain && second.is_capitalised && text[first.at.end..second.at.start].chars().all(|it| it == '-')
    });
    Some(first.at.start..second.unwrap_or(first).at.end)
}

fn two_capitals(text: &str, words: &[Word]) -> Option<Range<usize>> {
    let [before, first, second, ..] = words else { return None };
    let is_name = [first, second].iter().all(|word| word.is_capitalised && word.digits == 0);
    let is_one = goes_on(text, before, first) && goes_on(text, first, second);
    (is_name && is_one).then_some(first.at.start..second.at.end)
}

fn ending(words: &[Word]) -> Option<Range<usize>> {
    let last = if words.len() <= SHORT_ENDING { words.last() } else { words.get(1) };
    Some(words.first()?.at.start..last?.at.end)
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
