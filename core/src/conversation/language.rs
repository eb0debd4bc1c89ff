//! Which language a person is answered in.
//!
//! What they write decides, as far as it says so: the language of the phrasing that was recognised, else
//! a script that only one of our languages has, else the small words that every sentence needs. Then the
//! language of their last message, then that of their app, then the organisation's first. Leichte Sprache
//! shares its words with German, so nothing recognises it: people choose it by its name, and keep it until
//! they choose otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::words::listed;
use crate::faq::fold::fold;
use crate::settings::Settings;

/// What there is to tell the language by. Tags may name languages that the organisation does not have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signs<'a> {
    /// What they wrote; empty for a press on a button.
    pub text: &'a str,
    /// The language of the phrasing that was recognised.
    pub recognised: Option<&'a str>,
    /// The language of single words that the pack knows, in a text that it does not.
    pub guessed: Option<&'a str>,
    /// The language of words that the bot understands by itself (`insan`). It says little once another is
    /// known: Germans write `unsubscribe`.
    pub own_words: Option<&'a str>,
    /// The language of what they wrote before.
    pub last: Option<&'a str>,
    /// The language of their app.
    pub app: Option<&'a str>,
    /// The variety of a language that they chose (`de-leicht`).
    pub variety: Option<&'a str>,
}

/// The language to answer in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Language<'a> {
    /// One of the organisation's languages.
    pub tag: &'a str,
    /// Whether this message told it.
    pub told: bool,
}

/// Chooses the language to answer in.
pub(super) fn choose<'a>(settings: &'a Settings, signs: &Signs<'a>) -> Language<'a> {
    let script = Script::of_text(signs.text);
    let own_words = signs.own_words.filter(|_| signs.last.is_none());
    let small_words = by_small_words(signs.text);
    let by_text = [signs.recognised, only_one_in(script, settings), small_words, signs.guessed, own_words];
    let by_text = by_text.into_iter().flatten().filter(|tag| script == Some(Script::of(tag)));
    let told = settings.supported_language(by_text);
    let language = told
        .or_else(|| {
            settings.supported_language([signs.last, signs.app, signs.recognised].into_iter().flatten())
        })
        .unwrap_or_else(|| settings.default_language());
    let variety = signs.variety.filter(|variety| primary(variety) == primary(language));
    let tag = variety.and_then(|variety| known(settings, variety)).unwrap_or(language);
    Language { tag, told: told.is_some() }
}

/// The language that a folded message consists of the name of, if the organisation has it.
pub(super) fn named<'a>(settings: &'a Settings, folded: &str) -> Option<&'a str> {
    known(settings, FOLDED_NAMES.get(folded)?)
}

/// Whether a tag names a variety of a language, not the language itself.
pub(super) fn is_variety(tag: &str) -> bool {
    primary(tag) != tag
}

/// The language of a tag without region and variety.
pub(super) fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

fn known<'a>(settings: &'a Settings, tag: &str) -> Option<&'a str> {
    settings.organisation.languages.iter().find(|language| *language == tag).map(String::as_str)
}

/// [`NAMES`] in folded form, each with its tag.
static FOLDED_NAMES: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    NAMES.iter().flat_map(|(tag, names)| listed(names).map(move |name| (name, *tag))).collect()
});

/// How people name a language when that is all they write. No name stands for two.
const NAMES: &[(&str, &str)] = &[
    (
        "de-leicht",
        "leichte sprache, leichte sprache bitte, bitte leichte sprache, in leichter sprache, bitte in leichter sprache, \
         einfache sprache, einfache sprache bitte, ich möchte leichte sprache, ich will leichte sprache",
    ),
    (
        "de",
        "deutsch, auf deutsch, deutsch bitte, bitte deutsch, normale sprache, normale sprache bitte, alltagssprache, \
         alltagssprache bitte, standardsprache, keine leichte sprache, german, almanca, німецька, німецькою, \
         الألمانية, ألماني",
    ),
    (
        "en",
        "english, in english, english please, englisch, auf englisch, ingilizce, англійська, англійською, \
         الإنجليزية, انجليزي",
    ),
    ("tr", "türkçe, türkçe lütfen, türkisch, auf türkisch, turkish, турецька, التركية"),
    (
        "uk",
        "українська, українською, українською будь ласка, українська мова, ukrainisch, auf ukrainisch, ukrainian, \
         украинский, ukraynaca, الأوكرانية",
    ),
    (
        "ar",
        "العربية, عربي, بالعربية, بالعربي, اللغة العربية, arabisch, auf arabisch, arabic, arapça, арабська",
    ),
];

/// Small words that a sentence hardly does without and that no other language here writes alike.
const SMALL_WORDS: &[(&str, &str)] = &[
    (
        "de",
        "ich, ist, nicht, und, der, die, das, ein, eine, einen, mein, meine, wo, wie, wann, kann, habe, hat, sind, mit, \
         für, auf, zu, von, sie, wir, mir, mich, bei, wenn, noch, auch, bitte, gibt, muss, darf",
    ),
    (
        "en",
        "the, is, are, my, i, you, where, when, how, what, can, do, does, have, has, not, and, for, with, this, that, \
         of, to, it, we, please, there, need, should, would, your",
    ),
    (
        "tr",
        "ve, bir, bu, ne, mi, mı, mu, mü, için, nerede, nasıl, neden, kaç, ben, benim, bana, beni, biz, siz, size, var, \
         yok, değil, çok, ama, ile, kadar, lazım, istiyorum, zaman, olarak, gibi, şu, hangi, lütfen",
    ),
];

/// [`SMALL_WORDS`] in folded form.
static FOLDED_SMALL_WORDS: LazyLock<Vec<(&'static str, BTreeSet<String>)>> =
    LazyLock::new(|| SMALL_WORDS.iter().map(|(tag, list)| (*tag, listed(list).collect())).collect());

/// The language with the most small words in a text, unless two have as many.
fn by_small_words(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    let count = |list: &BTreeSet<String>| folded.split(' ').filter(|word| list.contains(*word)).count();
    let counts = FOLDED_SMALL_WORDS.iter().map(|(tag, list)| (count(list), *tag));
    let mut counts: Vec<(usize, &str)> = counts.filter(|(count, _)| *count > 0).collect();
    counts.sort_unstable();
    match counts.as_slice() {
        [.., (second, _), (first, _)] if first == second => None,
        [.., (_, tag)] => Some(*tag),
        [] => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Arabic,
}

impl Script {
    /// The script of a language.
    fn of(tag: &str) -> Self {
        match primary(tag) {
            "ar" | "fa" | "ur" | "ps" | "ckb" => Self::Arabic,
            "uk" | "ru" | "be" | "bg" | "mk" | "sr" => Self::Cyrillic,
            _ => Self::Latin,
        }
    }

    /// The script of most letters of a text; none where it has no letters.
    fn of_text(text: &str) -> Option<Self> {
        let mut counts = [(0, Self::Latin), (0, Self::Cyrillic), (0, Self::Arabic)];
        for letter in text.chars().filter(|character| character.is_alphabetic()) {
            let at = match letter {
                '\u{400}'..='\u{52f}' => 1,
                '\u{600}'..='\u{77f}'
                | '\u{8a0}'..='\u{8ff}'
                | '\u{fb50}'..='\u{fdff}'
                | '\u{fe70}'..='\u{fefc}' => 2,
                _ => 0,
            };
            counts[at].0 += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(count, _)| *count)
            .filter(|(count, _)| *count > 0)
            .map(|(_, script)| script)
    }
}

/// The only language of the organisation that is written in a script; varieties do not count. Latin says
/// nothing: people write most languages in it.
fn only_one_in(script: Option<Script>, settings: &Settings) -> Option<&str> {
    let script = script.filter(|script| *script != Script::Latin)?;
    let languages = settings.organisation.languages.iter().map(String::as_str);
    let mut written = languages.filter(|tag| !is_variety(tag) && Script::of(tag) == script);
    written.next().filter(|_| written.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::development;

    #[test]
    fn no_name_stands_for_two_languages() {
        for (tag, names) in NAMES {
            for name in names.split(", ") {
                assert_eq!(FOLDED_NAMES.get(&fold(name)), Some(tag), "{name}");
            }
        }
    }

    #[test]
    fn the_language_follows_the_strongest_sign() {
        let none = Signs::default();
        let rows = [
            ("nothing", none, ("de", false)),
            ("recognised", Signs { text: "test", recognised: Some("tr"), ..none }, ("tr", true)),
            (
                "recognised before the last",
                Signs { text: "test", recognised: Some("en"), last: Some("tr"), ..none },
                ("en", true),
            ),
            ("arabic letters", Signs { text: "سؤال غريب", ..none }, ("ar", true)),
            ("persian, for want of better", Signs { text: "سلام چطوری", ..none }, ("ar", true)),
            ("cyrillic letters", Signs { text: "де собака", last: Some("de"), ..none }, ("uk", true)),
            (
                "letters against a number that was recognised",
                Signs { text: "رقم 116117", recognised: Some("de"), ..none },
                ("ar", true),
            ),
            (
                "a few words of another script inside",
                Signs {
                    text: "Wo ist die Moschee النور", recognised: Some("de"), last: Some("ar"), ..none
                },
                ("de", true),
            ),
            (
                "figures alone say nothing",
                Signs { text: "116117", recognised: Some("de"), last: Some("ar"), ..none },
                ("ar", false),
            ),
            ("small words", Signs { text: "Köpeğim için bir yer var mı", ..none }, ("tr", true)),
            (
                "small english words",
                Signs { text: "where is my bicycle", last: Some("de"), ..none },
                ("en", true),
            ),
            (
                "small words against a guess",
                Signs { text: "mein Hund ist weg", guessed: Some("tr"), ..none },
                ("de", true),
            ),
            ("a guess", Signs { text: "karantina", guessed: Some("tr"), ..none }, ("tr", true)),
            (
                "the last",
                Signs { text: "Hundesteuer", last: Some("uk"), app: Some("en"), ..none },
                ("uk", false),
            ),
            ("the app", Signs { text: "Hundesteuer", app: Some("ar-SY"), ..none }, ("ar", false)),
            ("an app in a language we lack", Signs { app: Some("pl"), ..none }, ("de", false)),
            ("a press on a button", Signs { last: Some("tr"), ..none }, ("tr", false)),
            (
                "ordinary german after choosing Leichte Sprache",
                Signs { text: "test", recognised: Some("de"), variety: Some("de-leicht"), ..none },
                ("de-leicht", true),
            ),
            (
                "english after choosing Leichte Sprache",
                Signs { text: "test", recognised: Some("en"), variety: Some("de-leicht"), ..none },
                ("en", true),
            ),
            (
                "a press after choosing Leichte Sprache",
                Signs { last: Some("de-leicht"), variety: Some("de-leicht"), ..none },
                ("de-leicht", false),
            ),
            ("a variety that we lack", Signs { variety: Some("de-x"), ..none }, ("de", false)),
        ];
        let settings = development();
        for (name, signs, (tag, told)) in rows {
            assert_eq!(choose(&settings, &signs), Language { tag, told }, "{name}");
        }
    }

    #[test]
    fn two_languages_in_one_script_are_told_apart_by_what_is_recognised() {
        let mut settings = development();
        settings.organisation.languages.push("ru".to_owned());
        let signs = Signs { text: "где тест", recognised: Some("ru"), ..Signs::default() };
        assert_eq!(choose(&settings, &signs).tag, "ru");
        let signs = Signs { recognised: None, ..signs };
        assert_eq!(choose(&settings, &signs), Language { tag: "de", told: false });
    }

    #[test]
    fn languages_are_chosen_by_their_names() {
        let settings = development();
        for (text, expected) in [
            ("Leichte Sprache", Some("de-leicht")),
            ("leichte sprache bitte!", Some("de-leicht")),
            ("Alltagssprache", Some("de")),
            ("Deutsch", Some("de")),
            ("Türkçe", Some("tr")),
            ("TURKCE", Some("tr")),
            ("Українська", Some("uk")),
            ("العربية", Some("ar")),
            ("English", Some("en")),
            ("Gibt es das in Leichter Sprache?", None),
            ("Français", None),
        ] {
            assert_eq!(named(&settings, &fold(text)), expected, "{text}");
        }
        let mut german = settings;
        german.organisation.languages.truncate(1);
        assert_eq!(named(&german, "english"), None);
    }
}
