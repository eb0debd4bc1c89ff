//! Folding: the form in which texts are compared.
//!
//! Lower case, no accents, no punctuation, no emoji, single spaces. The three ways to write an umlaut
//! meet (`Täter`, `Taeter`, `Tater`), `ß` is `ss`, and a letter that someone leans on is written once
//! (`hallooo`). The folded form is for comparing with other folded texts, not for showing.

pub(super) mod script;

use lotse_unicode::{decomposed, is_combining_mark};

/// How many characters of a text are looked at; what follows is ignored. A question is shorter, and a
/// bound on the text is a bound on the time that matching takes.
pub const MAX_CHARACTERS: usize = 2_000;

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
    fold_with(Folder::default(), text)
}

/// As [`fold`], but `ae`, `oe`, `ue` and runs of a letter stay as typed; an umlaut still loses its dots.
/// Gives the same number of words.
#[must_use]
pub fn fold_literally(text: &str) -> String {
    fold_with(Folder { is_literal: true, ..Folder::default() }, text)
}

fn fold_with(mut folder: Folder, text: &str) -> String {
    let characters = text.chars().take(MAX_CHARACTERS);
    if text.is_ascii() {
        // Nothing to decompose: the same result, several times faster.
        characters.for_each(|character| folder.take(character));
        return folder.finish();
    }
    decomposed(characters).take(MAX_CHARACTERS).for_each(|character| folder.take(character));
    script::unmixed(folder.finish())
}

/// Characters that vanish inside a word: apostrophes (`can't`, `geht's`) and invisible ones.
const fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\'' | '`' | '´' | '‘' | '’' | '‛' | 'ʼ' | '\u{ad}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{61c}'
            | '\u{feff}'
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
        if character.is_ascii_alphanumeric() {
            // Most of what people type: the same as below, several times faster.
            self.push(character.to_ascii_lowercase());
            return;
        }
        if !character.is_ascii() && is_combining_mark(character) || is_ignorable(character) {
            return;
        }
        for lower in character.to_lowercase() {
            match spelled_out(lower) {
                Some(letters) => letters.chars().for_each(|letter| self.push(letter)),
                None if !lower.is_ascii() && is_combining_mark(lower) => {}
                None if is_word_character(lower) => self.push(lower),
                None => self.end_word(),
            }
        }
    }

    fn push(&mut self, character: char) {
        if self.cut_run == Some(character) || self.ends_umlaut(character) {
            return;
        }
        self.cut_run = None;
        if !self.is_literal && !character.is_numeric() && self.last == [Some(character); 2] {
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

    proptest! {
        #[test]
        fn folded_words_are_joined_by_single_spaces(text in ".{0,300}") {
            let folded = fold(&text);
            prop_assert!(!folded.contains("  "));
            prop_assert_eq!(folded.trim(), &folded);
        }

        #[test]
        fn both_foldings_give_the_same_number_of_words(text in "[aeouxäöü .]{0,60}|.{0,300}") {
            prop_assert_eq!(fold(&text).split(' ').count(), fold_literally(&text).split(' ').count());
        }

        #[test]
        fn letter_case_does_not_matter(text in "[a-zA-ZäöüÄÖÜß ]{0,80}") {
            prop_assert_eq!(fold(&text), fold(&text.to_uppercase()));
        }
    }
}
