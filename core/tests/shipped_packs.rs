//! The packs that lotse ships with, against the sentences that ship beside them.

use std::fs;
use std::path::{Path, PathBuf};

use lotse_core::faq::Verdict;
use lotse_core::faq::evaluate::review_misspelt;
use lotse_core::faq::fold::{fold, fold_message};
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::lint::{Severity, lint};
use lotse_core::faq::pack::{self, EntryKind, Pack};
use lotse_core::faq::sentences;
use lotse_core::faq::typo::{TYPOS, Typo, misspell, misspelt};
use lotse_core::time::UnixMillis;

const PACKS: [&str; 4] = ["gesundheitsamt", "kindergarten", "shop", "stadtwerke"];

fn file(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../knowledge").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shipped(name: &str) -> Pack {
    pack::parse(&file(&format!("{name}/pack.toml"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The rules alone: no entry is needed, and compiling none is fast.
fn rules_of(name: &str) -> Knowledge {
    Knowledge::compile(&Pack { entries: Vec::new(), ..shipped(name) })
}

#[test]
fn emergencies_fire_and_look_alikes_do_not() {
    let sentences = sentences::parse(&file("red-flags.toml")).expect("the sentences are well-formed");
    for name in PACKS {
        let own = |is_emergency| {
            sentences.iter().filter(|one| one.pack == name && one.is_emergency == is_emergency).count()
        };
        assert!(own(true) >= 10 && own(false) >= 10, "{name} has too few sentences");
        let misjudged: Vec<_> = sentences::misjudged(&rules_of(name), &sentences)
            .into_iter()
            .map(|one| format!("line {}: {}", one.line, one.text))
            .collect();
        assert_eq!(misjudged, [""; 0], "{name}");
    }
    assert!(sentences.iter().all(|one| PACKS.contains(&one.pack.as_str())), "a sentence for no pack");
}

#[test]
fn an_emergency_is_never_taken_for_a_question_however_it_is_misspelt() {
    let sentences = sentences::parse(&file("red-flags.toml")).expect("the sentences are well-formed");
    for name in PACKS {
        let pack = shipped(name);
        let knowledge = Knowledge::compile(&pack);
        let (mut answered, mut offered) = (Vec::new(), Vec::new());
        for one in sentences.iter().filter(|one| one.pack == name && one.is_emergency) {
            for text in (0..24).map(|seed| misspelt(&one.text, seed)) {
                match knowledge.ask(&text, UnixMillis(0)) {
                    Verdict::Answer(found) => answered.push((one.line, text, found.entry)),
                    Verdict::Offer { .. } if holds_a_phrase(&pack, &one.text) && !is_party(&text) => {
                        offered.push((one.line, text));
                    }
                    Verdict::Offer { .. } | Verdict::RedFlag { .. } | Verdict::Unsure { .. } => {}
                }
            }
        }
        assert_eq!((answered, offered), (Vec::new(), Vec::new()), "{name}");
    }
}

/// *Feuer* with one slip: the packs name it as a look-alike.
fn is_party(text: &str) -> bool {
    text.to_lowercase().contains("feier")
}

/// Whether a sentence has all words of some phrase as they are typed there. Sentences that are misspelt already get a
/// second error here, in one word, and a slip in an umlaut of two letters is two: more than is forgiven.
fn holds_a_phrase(pack: &Pack, sentence: &str) -> bool {
    let (_, sentence) = fold_message(sentence);
    let has = |word: &str| sentence.split(' ').any(|written| written == word);
    let mut phrases = pack.red_flags.iter().flat_map(|rule| rule.phrases.values().flatten());
    phrases.any(|phrase| fold_message(phrase).1.split(' ').all(has))
}

#[test]
fn every_language_has_rules_and_sentences_that_try_them() {
    let sentences = sentences::parse(&file("red-flags.toml")).expect("the sentences are well-formed");
    let pack = shipped("gesundheitsamt");
    for language in pack.languages.iter().filter(|language| !language.contains('-')) {
        let tried = |is_emergency| {
            let own = sentences.iter().filter(|one| one.pack == pack.id && one.language == *language);
            own.filter(|one| one.is_emergency == is_emergency).count()
        };
        assert!(tried(true) >= 20 && tried(false) >= 10, "{language} has too few sentences");
    }
    for rule in &pack.red_flags {
        for language in &pack.languages {
            assert!(rule.answer.contains_key(language), "{} says nothing in {language}", rule.id);
            // A variety has the words of its language.
            assert!(
                language.contains('-') || rule.phrases.contains_key(language),
                "{} is deaf in {language}",
                rule.id
            );
        }
    }
}

#[test]
fn each_question_is_answered_in_its_language() {
    let knowledge = Knowledge::compile(&shipped("gesundheitsamt"));
    let rows = [
        ("turkish", "nerede test yaptirabilirim", "test-where", "tr"),
        ("turkish, misspelt", "nerde tst yaptırabilirm", "test-where", "tr"),
        ("ukrainian", "Де можна зробити тест?", "test-where", "uk"),
        ("ukrainian with latin letters", "де зрoбити тeст", "test-where", "uk"),
        ("arabic", "اين يمكنني اجراء الفحص", "test-where", "ar"),
        ("arabic, misspelt", "متى تضهر نتيجه الفحص", "test-result", "ar"),
        ("plain german is german", "Wo kann ich einen Test machen?", "test-where", "de"),
        ("german", "Was kostet der Test?", "test-cost", "de"),
        ("english", "how much does a test cost", "test-cost", "en"),
    ];
    for (name, text, entry, language) in rows {
        let verdict = knowledge.ask(text, UnixMillis(0));
        let Verdict::Answer(found) = &verdict else { panic!("{name}: {verdict:?}") };
        assert_eq!((found.entry.as_str(), found.language.as_str()), (entry, language), "{name}");
    }
}

/// The slips that a word of a phrase forgives, each with the letter at which it happens. A slip at `ß` is two.
fn forgiven(word: &str) -> Vec<(Typo, usize)> {
    let length = word.chars().count();
    let slips = slips(word, length);
    let is_sharp = |at: usize| word.chars().nth(at) == Some('ß');
    slips.into_iter().filter(|(_, at)| !is_sharp(*at) && !is_sharp(at + 1)).collect()
}

fn slips(word: &str, length: usize) -> Vec<(Typo, usize)> {
    match fold(word).chars().count() {
        0..4 => Vec::new(),
        4 => (0..length - 1).map(|at| (Typo::Swap, at)).collect(),
        _ => (1..length).flat_map(|at| TYPOS.map(|typo| (typo, at))).collect(),
    }
}

#[test]
fn every_red_flag_fires_through_a_typing_error_in_any_of_its_words() {
    let mut silent = Vec::new();
    for name in PACKS {
        let rules = rules_of(name);
        for phrase in shipped(name).red_flags.iter().flat_map(|rule| rule.phrases.values().flatten()) {
            let words: Vec<&str> = phrase.split(' ').collect();
            for (place, word) in words.iter().enumerate() {
                for (typo, at) in forgiven(word) {
                    let slip = misspell(word, typo, at);
                    let mut text = words.clone();
                    text[place] = &slip;
                    let text = text.join(" ");
                    if rules.red_flag(&text).is_none() && !is_party(&text) {
                        silent.push(format!("{name}: {phrase} as {text}"));
                    }
                }
            }
        }
    }
    assert_eq!(silent, [""; 0]);
}

#[test]
fn every_pack_has_a_flow_that_its_languages_find_and_no_mistakes() {
    for name in PACKS {
        let pack = shipped(name);
        let mistakes = lint(&pack, jiff::civil::date(2026, 11, 22));
        let errors: Vec<_> = mistakes.iter().filter(|one| one.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let flow = pack.entries.iter().find(|entry| entry.kind == EntryKind::Flow).expect(name);
        // Where a flow has no words of a language, its questions come in the pack's first one.
        for language in ["de", "en"] {
            assert!(flow.phrasings[language].len() >= 5, "{name} in {language}");
            assert!(
                flow.steps.iter().all(|step| step.question.contains_key(language)),
                "{name} in {language}"
            );
        }
    }
}

#[test]
fn a_misspelt_question_is_answered_and_one_that_needs_judgement_goes_to_a_human() {
    let knowledge = Knowledge::compile(&shipped("gesundheitsamt"));
    let rows = [
        ("Wo kann ich mich testen lassen?", Some(("test-where", "de"))),
        ("wo kan ich mich tesen lassn??", Some(("test-where", "de"))),
        ("Meine Mutter hat seit gestern Fieber, was jetzt?", None),
    ];
    for (text, expected) in rows {
        let verdict = knowledge.ask(text, UnixMillis(0));
        let answered = match &verdict {
            Verdict::Answer(candidate) => Some((candidate.entry.as_str(), candidate.language.as_str())),
            Verdict::RedFlag { .. } | Verdict::Offer { .. } | Verdict::Unsure { .. } => None,
        };
        assert_eq!(answered, expected, "{text}: {verdict:?}");
        assert!(answered.is_some() || matches!(verdict, Verdict::Unsure { .. }), "{text}: {verdict:?}");
    }
}

#[test]
fn a_word_of_both_languages_is_answered_in_the_first() {
    let knowledge = Knowledge::compile(&shipped("gesundheitsamt"));
    let language = |text: &str| match knowledge.ask(text, UnixMillis(0)) {
        Verdict::Answer(candidate) => Some(candidate.language),
        Verdict::Offer { candidates } | Verdict::Unsure { candidates, .. } => {
            candidates.into_iter().next().map(|candidate| candidate.language)
        }
        Verdict::RedFlag { .. } => None,
    };
    for (text, expected) in [("Test", "de"), ("test cost", "en"), ("Test Kosten", "de"), ("where test", "en")]
    {
        assert_eq!(language(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn phrasings_survive_a_typing_error_in_every_longer_word() {
    for name in PACKS {
        let pack = shipped(name);
        let review = review_misspelt(&pack, &Knowledge::compile(&pack));
        let (right, helped) = (review.right, review.right + review.offered_right);
        assert_eq!((review.wrong, helped), (0, review.asked), "{name}: {review:?}");
        assert!(right * 10 >= review.asked * 9, "{name}: {review:?}");
    }
}
