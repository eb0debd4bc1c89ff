//! Folding: the form in which texts are compared.
//!
//! Lower case, no accents, no punctuation, no emoji, single spaces. The three ways to write an umlaut
//! meet (`Täter`, `Taeter`, `Tater`), `ß` is `ss`, and a letter that someone leans on is written once
//! (`hallooo`). The folded form is for comparing with other folded texts, not for showing.

pub(super) mod script;

use std::borrow::Cow;

use lotse_unicode::{decomposed, is_combining_mark};

/// How many characters of a text [`fold`] looks at; what follows is ignored. A question is shorter, and a
/// bound on the text is a bound on the time that matching takes.
pub const MAX_CHARACTERS: usize = 2_000;

/// How many characters of a message [`fold_message`] looks at: more than any platform takes (4,096, as WhatsApp and
/// Telegram do). Of a longer one it sees the beginning and the end, half each.
pub const MAX_MESSAGE: usize = 8_000;

/// The bound on the parts of these characters: letters of people's languages have three at most.
const MAX_PARTS: usize = 3 * MAX_MESSAGE;
/// The parts of the longest ligature (U+FDFA).
const MOST_PARTS: usize = 18;

/// The words of `text` in their folded form, joined by single spaces.
///
/// Two texts that a reader takes for the same words fold to the same string, so compare a text with a
/// command as `fold(text) == fold("Mensch")`.
///
/// ```
/// use lotse_classify::fold::fold;
/// assert_eq!(fold("  Grüße!! 😀 "), "grusse");
/// assert_eq!(fold("GRUESSE"), fold("grüße"));
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folder = Folder::default();
    let characters = text.chars().take(MAX_CHARACTERS);
    if text.is_ascii() {
        // Nothing to decompose: the same result, several times faster.
        characters.for_each(|character| folder.take(character));
        return folder.finish();
    }
    decomposed(characters).take(MAX_CHARACTERS).for_each(|part| folder.take(part));
    script::unmixed(folder.finish())
}

/// Whether [`fold`] looks at the whole text: what it does not see may change what the rest means.
#[must_use]
pub fn is_seen_whole(text: &str) -> bool {
    let mut parts = decomposed(text.chars().take(MAX_CHARACTERS + 1));
    text.len() <= MAX_CHARACTERS && text.is_ascii() || parts.nth(MAX_CHARACTERS).is_none()
}

/// A whole message, for looking for what must never be missed: as [`fold`] would write it, and literally, where `ae`,
/// `oe`, `ue` and runs of a letter stay as typed while an umlaut still loses its dots. Both have the same number of
/// words.
#[must_use]
pub fn fold_message(text: &str) -> (String, String) {
    let text = both_ends(text, MAX_MESSAGE);
    let parts = if text.is_ascii() { text } else { Cow::Owned(parts_of_message(&text)) };
    let (mut folded, mut literal) = (Folder::default(), Folder { is_literal: true, ..Folder::default() });
    for part in parts.chars() {
        each_letter(part, |letter| {
            folded.put(letter);
            literal.put(letter);
        });
    }
    (script::unmixed(folded.finish()), script::unmixed(literal.finish()))
}

/// The parts of all characters; where ligatures make too many of them, the first ones and those of the end.
fn parts_of_message(text: &str) -> String {
    let mut all = decomposed(text.chars());
    let mut parts: String = all.by_ref().take(MAX_PARTS).collect();
    if all.next().is_some() {
        let end = text.char_indices().nth_back(MAX_PARTS / MOST_PARTS / 8).map_or(0, |(at, _)| at);
        parts.push(' ');
        parts.extend(decomposed(text[end..].chars()));
    }
    parts
}

/// A text of at most `most` characters as it is; of a longer one the first and the last half of as many.
fn both_ends(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let start = text.char_indices().nth(most / 2).map_or(text.len(), |(at, _)| at);
    let end = text.char_indices().nth_back(most / 2 - 1).map_or(0, |(at, _)| at);
    Cow::Owned(format!("{} {}", &text[..start], &text[end..]))
}

/// Characters that vanish inside a word: apostrophes (`can't`, `geht's`) and invisible ones.
const fn is_ignorable(character: char) -> bool {
    matches!(character, '\'' | '`' | '´' | '‘' | '’' | '‛' | 'ʼ') || is_invisible(character)
}

/// Whether a character takes no room: joiners, directions, soft hyphens.
#[must_use]
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}'
    )
}

/// Letters that decompose to nothing simpler but are commonly typed as others.
const fn spelled_out(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        other => return script::spelled_out(other),
    })
}

/// Letters and digits of any script. The emoji blocks are left out by hand: a few of their symbols
/// (the boxed letters) count as alphabetic.
fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() && !matches!(character, '\u{1f000}'..='\u{1faff}')
}

/// Some small letters beyond ASCII that many people write: the standard library looks each up in long lists.
const fn is_common_letter(character: char) -> bool {
    matches!(character, '\u{430}'..='\u{45f}' | '\u{620}'..='\u{64a}' | '\u{1100}'..='\u{11ff}')
}

/// What a decomposed character gives to the folded text: its letters, none at the end of a word.
fn each_letter(character: char, mut put: impl FnMut(Option<char>)) {
    if character.is_ascii_alphanumeric() {
        // Most of what people type: the same as below, several times faster.
        put(Some(character.to_ascii_lowercase()));
        return;
    }
    if is_common_letter(character) {
        match spelled_out(character) {
            Some(letters) => letters.chars().for_each(|letter| put(Some(letter))),
            None => put(Some(character)),
        }
        return;
    }
    if !character.is_ascii() && is_combining_mark(character) || is_ignorable(character) {
        return;
    }
    for lower in character.to_lowercase() {
        match spelled_out(lower) {
            Some(letters) => letters.chars().for_each(|letter| put(Some(letter))),
            None if !lower.is_ascii() && is_combining_mark(lower) => {}
            None if is_word_character(lower) => put(Some(lower)),
            None => put(None),
        }
    }
}

/// Builds the folded text character by character.
#[derive(Default)]
struct Folder {
    text: String,
    /// The last three characters written, latest first; a space before the first word.
    last: [Option<char>; 2],
    /// The letter whose run has been cut to one; more of it is dropped.
    cut_run: Option<char>,
    /// Whether `ae` and runs of a letter stay as typed.
    is_literal: bool,
}

impl Folder {
    /// Takes a decomposed character in.
    fn take(&mut self, character: char) {
        each_letter(character, |letter| self.put(letter));
    }

    /// Takes a letter in, or the end of a word.
    fn put(&mut self, letter: Option<char>) {
        match letter {
            Some(letter) => self.push(letter),
            None => self.end_word(),
        }
    }

    fn push(&mut self, character: char) {
        if self.cut_run == Some(character) || self.ends_umlaut(character) {
            return;
        }
        self.cut_run = None;
        if !self.is_literal && self.last == [Some(character); 2] && !character.is_numeric() {
            // The third in a row: somebody leans on the key. One of them stays.
            self.text.pop();
            self.last[1] = self.text.chars().rev().nth(1).filter(|before| *before != ' ');
            self.cut_run = Some(character);
            return;
        }
        self.text.push(character);
        self.last = [Some(character), self.last[0]];
    }

    /// Whether `character` is the second letter of `ae`, `oe` or `ue` for an umlaut. After a vowel or a
    /// `q` it is not (`neue`, `bauen`, `Quelle`).
    fn ends_umlaut(&self, character: char) -> bool {
        !self.is_literal
            && character == 'e'
            && matches!(self.last[0], Some('a' | 'o' | 'u'))
            && !matches!(self.last[1], Some('a' | 'e' | 'i' | 'o' | 'u' | 'q'))
    }

    fn end_word(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
        self.last = [None; 2];
        self.cut_run = None;
    }

    fn finish(mut self) -> String {
        if self.text.ends_with(' ') {
            self.text.pop();
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_the_same_words_meet() {
        let rows = [
            ("umlaut and its two letters", "Täter", "Taeter"),
            ("umlaut and its bare vowel", "für", "fur"),
            ("sharp s", "Straße", "STRASSE"),
            ("capital sharp s", "STRAẞE", "strasse"),
            ("composed and decomposed", "é", "e\u{301}"),
            ("apostrophes", "can’t", "cant"),
            ("elongation", "hallooooo", "hallo"),
            ("emoji between words", "hallo😀du", "hallo du"),
            ("punctuation", "Test-Zentrum?!", "test zentrum"),
            ("full width letters", "Ｔｅｓｔ", "test"),
            ("soft hyphen", "Impf\u{ad}zentrum", "impfzentrum"),
            ("stacked accents", "t\u{335}\u{336}e\u{300}st", "test"),
        ];
        for (name, left, right) in rows {
            assert_eq!(fold(left), fold(right), "{name}");
        }
    }

    #[test]
    fn words_that_only_look_like_umlauts_keep_their_letters() {
        for word in ["neue", "bauen", "quelle", "feuer"] {
            assert_eq!(fold(word), word);
        }
    }

    #[test]
    fn digits_are_never_shortened() {
        assert_eq!(fold("116117 und 1000"), "116117 und 1000");
    }

    #[test]
    fn common_letters_are_letters() {
        let is_small =
            |one: &char| one.is_alphabetic() && one.to_lowercase().eq([*one]) && !is_combining_mark(*one);
        assert!(('\0'..=char::MAX).filter(|one| is_common_letter(*one)).all(|one| is_small(&one)));
    }

    #[test]
    fn nothing_is_left_of_symbols() {
        for text in ["", " \n\t", "😀👍🏽🇩🇪", "?!…", "\u{200d}\u{fe0f}", "🅰🅱"] {
            assert_eq!(fold(text), "", "{text:?}");
        }
    }

    #[test]
    fn text_beyond_the_cap_is_ignored() {
        let text = "ab ".repeat(50_000);
        assert!(fold(&text).len() <= MAX_CHARACTERS);
    }

    #[test]
    fn a_text_is_seen_whole_up_to_the_cap() {
        let rows = [
            ("nothing", String::new(), true),
            ("as long as the cap", "a".repeat(MAX_CHARACTERS), true),
            ("longer", "a".repeat(MAX_CHARACTERS + 1), false),
            ("umlauts, each a letter and its dots", "ä".repeat(MAX_CHARACTERS / 2), true),
            ("one umlaut more", "ä".repeat(MAX_CHARACTERS / 2 + 1), false),
            ("ligatures of eighteen letters", "ﷺ".repeat(200), false),
        ];
        for (name, text, expected) in rows {
            assert_eq!(is_seen_whole(&text), expected, "{name}");
        }
    }

    #[test]
    fn a_message_is_folded_whole_and_an_endless_one_at_both_ends() {
        let words: Vec<String> = (0..1_200).map(|at| format!("w{at}")).collect();
        let message = words.join(" ");
        assert!((MAX_CHARACTERS + 1..MAX_MESSAGE).contains(&message.len()));
        assert_eq!(fold_message(&message), (message.clone(), message));
        for filler in ["xy", "ä", "ﷺ", "\u{301}"] {
            let text = format!("Anfang {} Ende", filler.repeat(50_000));
            let (folded, literal) = fold_message(&text);
            for folded in [folded, literal] {
                assert!(folded.starts_with("anfang ") && folded.ends_with(" ende"), "{filler}: {folded}");
                assert!(folded.chars().count() <= 2 * MAX_PARTS, "{filler}");
            }
        }
    }

    proptest! {
        #[test]
        fn folded_words_are_joined_by_single_spaces(text in ".{0,300}") {
            let folded = fold(&text);
            prop_assert!(!folded.contains("  "));
            prop_assert_eq!(folded.trim(), &folded);
        }

        #[test]
        fn both_foldings_give_the_same_number_of_words(text in "[aeouxäöü .]{0,60}|.{0,300}") {
            let (folded, literal) = fold_message(&text);
            prop_assert_eq!(folded.split(' ').count(), literal.split(' ').count());
            prop_assert_eq!(folded, fold(&text));
        }

        #[test]
        fn letter_case_does_not_matter(text in "[a-zA-ZäöüÄÖÜß ]{0,80}") {
            prop_assert_eq!(fold(&text), fold(&text.to_uppercase()));
        }
    }
}
