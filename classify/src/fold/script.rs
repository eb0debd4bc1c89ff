//! Folding beyond what Unicode decomposition does: Arabic, Cyrillic, Turkish.
//!
//! Accents, dots and presentation forms are gone before these rules are asked (`أ إ آ` are `ا`, `ї` is
//! `і`, `й` is `и`, `ş` is `s`). What is left are letters that Unicode keeps apart and that people type
//! for each other. A rule stands here only where it cannot make one common word of two.

/// What a decomposed small letter is folded to, where these scripts have a rule for it.
pub(super) const fn spelled_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        // Turkish: the dotless i, typed as i on every other keyboard. The dot of İ is an accent.
        'ı' => "i",
        // Arabic: the alef of connection, taa marbuta typed as haa, alef maqsura typed as yaa.
        'ٱ' => "ا",
        'ة' => "ه",
        'ى' => "ي",
        // The same letters from a Persian, Kurdish or Urdu keyboard.
        'ی' | 'ے' => "ي",
        'ک' | 'ڪ' => "ك",
        'ہ' | 'ە' | 'ھ' => "ه",
        // Tatweel only stretches a word.
        'ـ' => "",
        '٠' | '۰' => "0",
        '١' | '۱' => "1",
        '٢' | '۲' => "2",
        '٣' | '۳' => "3",
        '٤' | '۴' => "4",
        '٥' | '۵' => "5",
        '٦' | '۶' => "6",
        '٧' | '۷' => "7",
        '٨' | '۸' => "8",
        '٩' | '۹' => "9",
        // Ukrainian on a Russian keyboard. `и` for `і` is not among them: `дим` is smoke, `дім` a house.
        'є' | 'э' => "е",
        'ґ' => "г",
        'ы' => "и",
        // Stands for the apostrophe.
        'ъ' => "",
        _ => return None,
    })
}

/// Letters of a folded text that only look Cyrillic, in words that are otherwise: `дiтина` with a Latin
/// i, which Ukrainians type who have no `і` on their keyboard. Other words stay as they are.
pub(super) fn unmixed(folded: String) -> String {
    let is_cyrillic = |letter: char| matches!(letter, 'а'..='я' | 'і');
    if !folded.contains(is_cyrillic) {
        return folded;
    }
    let unmix = |word: &str| {
        if word.contains(is_cyrillic) { word.chars().map(cyrillic).collect() } else { word.to_owned() }
    };
    folded.split(' ').map(unmix).collect::<Vec<String>>().join(" ")
}

/// The Cyrillic letter that a small Latin one looks like.
const fn cyrillic(letter: char) -> char {
    match letter {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'i' => 'і',
        'o' => 'о',
        'p' => 'р',
        'x' => 'х',
        'y' => 'у',
        other => other,
    }
}

/// Letters that Arabic writes as part of the next word: the article, alone or after "and", "with", "for",
/// "as". The longest is tried first.
const PREFIXES: [&str; 6] = ["وال", "بال", "كال", "فال", "لل", "ال"];

/// A folded Arabic word without what is written in front of it; none where there is nothing, or too
/// little would be left to know it by.
///
/// Red flags compare by this. Matching does not: its grams see through prefixes already.
pub(crate) fn bare(word: &str) -> Option<&str> {
    let long_enough = |rest: &&str| rest.chars().count() >= 3;
    let article = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix).filter(long_enough));
    // "And" or "with" alone is mostly a letter of the word itself, unless much follows.
    article.or_else(|| word.strip_prefix(['و', 'ب']).filter(|rest| rest.chars().count() >= 4))
}

#[cfg(test)]
mod tests {
    use super::super::fold;
    use super::{bare, spelled_out};
    use proptest::prelude::*;

    #[test]
    fn spellings_of_the_same_words_meet() {
        let rows = [
            ("arabic: alef with hamza above", "أين", "اين"),
            ("arabic: alef with hamza below", "إسعاف", "اسعاف"),
            ("arabic: alef with madda", "الآن", "الان"),
            ("arabic: alef of connection", "ٱلطبيب", "الطبيب"),
            ("arabic: hamza on waw", "مسؤول", "مسوول"),
            ("arabic: hamza on yaa", "طوارئ", "طواري"),
            ("arabic: taa marbuta", "مدرسة", "مدرسه"),
            ("arabic: alef maqsura", "مستشفى", "مستشفي"),
            ("arabic: vowel signs", "مُسْتَشْفًى", "مستشفى"),
            ("arabic: tatweel", "مـــرحبا", "مرحبا"),
            ("arabic: digits", "١١٦١١٧", "116117"),
            ("arabic: persian digits", "۱۱۲", "112"),
            ("arabic: persian yaa and kaf", "کیف", "كيف"),
            ("arabic: presentation forms", "ﻣﺴﺘﺸﻔﻰ", "مستشفى"),
            ("arabic: joined lam-alef", "ﻻ", "لا"),
            ("arabic: elongation", "مرحبااااا", "مرحبا"),
            ("arabic: punctuation", "ما هذا؟", "ما هذا"),
            ("arabic: isolates around a number", "\u{2068}112\u{2069}", "112"),
            ("arabic: letter mark", "مرحبا\u{61c}", "مرحبا"),
            ("ukrainian: yi", "їжа", "іжа"),
            ("ukrainian: ye", "є", "е"),
            ("ukrainian: ge with upturn", "ґанок", "ганок"),
            ("ukrainian: typographic apostrophe", "п’ять", "п'ять"),
            ("ukrainian: modifier apostrophe", "здоровʼя", "здоров'я"),
            ("ukrainian: hard sign for the apostrophe", "объєкт", "об'єкт"),
            ("ukrainian: yery", "ты", "ти"),
            ("ukrainian: reversed e", "эпідемія", "епідемія"),
            ("ukrainian: latin i inside", "дiтина", "дітина"),
            ("ukrainian: latin i in front", "iзоляція", "ізоляція"),
            ("ukrainian: latin look-alikes", "кaшeль", "кашель"),
            ("ukrainian: capitals", "ШВИДКА", "швидка"),
            ("turkish: dotless i", "kapalı", "kapali"),
            ("turkish: capital dotted i", "İSTANBUL", "istanbul"),
            ("turkish: capital dotless i", "AÇIK MI", "açık mı"),
            ("turkish: letters without their marks", "şçğöü", "scgou"),
            ("turkish: circumflex", "kâğıt", "kagit"),
            ("turkish: apostrophe before a suffix", "Berlin’de", "berlinde"),
        ];
        for (name, left, right) in rows {
            assert_eq!(fold(left), fold(right), "{name}");
        }
    }

    #[test]
    fn different_words_stay_apart() {
        let rows = [
            ("ukrainian: smoke and house", "дим", "дім"),
            ("ukrainian: whale and cat", "кит", "кіт"),
            ("latin words keep their letters beside cyrillic ones", "PCR тест", "рсr тест"),
        ];
        for (name, left, right) in rows {
            assert_ne!(fold(left), fold(right), "{name}");
        }
        assert_eq!(fold("PCR тест ice"), "pcr тест ice");
    }

    #[test]
    fn arabic_words_lose_what_is_written_in_front() {
        for (word, expected) in [
            ("النزيف", Some("نزيف")),
            ("والتنفس", Some("تنفس")),
            ("بالحريق", Some("حريق")),
            ("للطبيب", Some("طبيب")),
            ("وحريق", Some("حريق")),
            ("بجلطه", Some("جلطه")),
            ("ولد", None),
            ("الم", None),
            ("نزيف", None),
            ("word", None),
        ] {
            assert_eq!(bare(word), expected, "{word}");
        }
    }

    proptest! {
        #[test]
        fn no_letter_of_a_folded_text_has_a_rule(text in "[آ-يٱ-ۓ٠-٩۰-۹ ـ]{0,40}|[а-яіїєґА-Яaeiocpxy' ]{0,40}") {
            let folded = fold(&text);
            prop_assert!(folded.chars().all(|letter| spelled_out(letter).is_none()), "{folded}");
        }
    }
}
