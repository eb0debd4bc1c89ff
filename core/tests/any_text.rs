//! No text whatever makes the answer tier fail, hang or dawdle.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lotse_core::faq::Verdict;
use lotse_core::faq::fold::MAX_CHARACTERS;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack::{Pack, parse};
use lotse_core::faq::typo::misspelt;
use lotse_core::time::UnixMillis;
use proptest::prelude::*;

const PACKS: [&str; 4] = [
    include_str!("../../knowledge/shop/pack.toml"),
    include_str!("../../knowledge/kindergarten/pack.toml"),
    include_str!("../../knowledge/gesundheitsamt/pack.toml"),
    include_str!("../../knowledge/stadtwerke/pack.toml"),
];

fn pack(source: &str) -> Pack {
    parse(source).expect("the sample pack")
}

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::compile(&pack(PACKS[0])));

/// No text may take longer.
const MOST: Duration = Duration::from_millis(5);

/// The shortest of many attempts, up to the first within [`MOST`]: what else runs on the machine only adds.
#[expect(clippy::disallowed_methods, reason = "a test that measures, and never runs as wasm")]
fn shortest(knowledge: &Knowledge, text: &str) -> Duration {
    let mut shortest = Duration::MAX;
    for _ in 0..100 {
        let started = Instant::now();
        std::hint::black_box(knowledge.ask(text, UnixMillis(0)));
        shortest = shortest.min(started.elapsed());
        if shortest <= MOST {
            break;
        }
    }
    shortest
}

/// Some letter after another, the same every time.
fn letters(alphabet: &str) -> impl Iterator<Item = char> {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut random = 1_u32;
    std::iter::repeat_with(move || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        alphabet[(random >> 16) as usize % alphabet.len()]
    })
}

/// Texts of some 100 kB, each hard in another way. `pack` lends the first words of its emergencies, of which any
/// might go on.
fn hard_texts(pack: &Pack) -> Vec<(&'static str, String)> {
    let phrases = pack.red_flags.iter().flat_map(|rule| rule.phrases.values().flatten());
    let mut backwards: Vec<&str> = phrases.clone().flat_map(|phrase| phrase.split(' ')).collect();
    backwards.reverse();
    let starts: Vec<&str> = phrases.filter_map(|phrase| phrase.split(' ').next()).collect();
    let look_alikes = pack.red_flags.iter().flat_map(|rule| rule.except.values().flatten());
    let look_alikes: Vec<&str> = look_alikes.map(String::as_str).collect();
    let twice_misspelt = misspelt(&misspelt(&starts.join(" "), 1), 2);
    vec![
        ("a long text of words", "wo ist mein paket ".repeat(6_000)),
        ("letters apart", "a b c d e f g h ".repeat(7_000)),
        ("misspelt words", "paktet bestelung retuore zhalung lieferng ".repeat(2_500)),
        ("starts of emergencies", format!("{} ", starts.join(" ")).repeat(200)),
        ("one start of an emergency", "keine ".repeat(17_000)),
        ("misspelt starts of emergencies", format!("{} ", misspelt(&starts.join(" "), 1)).repeat(200)),
        ("twice misspelt starts of emergencies", format!("{twice_misspelt} ").repeat(200)),
        ("look-alikes of emergencies", format!("{} ", look_alikes.join(" ")).repeat(200)),
        ("emergencies backwards", format!("{} ", backwards.join(" ")).repeat(20)),
        (
            "a start of an emergency and words without end",
            format!("keine {} ", "abcdefghijklmnop".repeat(9)).repeat(700),
        ),
        ("one look-alike of an emergency", format!("{} ", look_alikes[0]).repeat(8_000)),
        ("all letters", "abcdefghijklmnopqrstuvwxyz ".repeat(4_000)),
        ("any letters in one word", letters("abcdefghijklmnopqrstuvwxyz").take(100_000).collect()),
        ("any letters in words", letters("abcdefghijklmnopqrstuvwxyzaeiounrste  ").take(100_000).collect()),
        ("any letters of an emergency in words", letters("atemnoluksihcgfbr  ").take(100_000).collect()),
        ("any ukrainian letters", letters("абвгдезиіклмнопрстуя").take(100_000).collect()),
        ("any turkish letters", letters("abcçdefgğhıiklmnoöprsştuüvyz  ").take(100_000).collect()),
        ("any arabic letters", letters("ابتثجحخدذرزسشصضطظعغفقكلمنهوي  ").take(100_000).collect()),
        ("one endless word", "paketbestellung".repeat(7_000)),
        ("one letter", "a".repeat(100_000)),
        ("only emoji", "😀👍🏽🇩🇪".repeat(6_000)),
        ("control characters", "\u{0}\u{1b}\u{7f}\u{202e}".repeat(20_000)),
        ("stacked accents", format!("a{}", "\u{301}".repeat(50_000))),
        ("accents above and below", format!("a{}", "\u{301}\u{323}".repeat(25_000))),
        ("characters that decompose to many", "ﷺ".repeat(33_000)),
        ("characters that are words", "⑴⒜".repeat(16_000)),
        ("umlauts apart", "ä ö ü ".repeat(11_000)),
        ("cyrillic words with latin letters", "диxати нeмaє ".repeat(4_000)),
        ("hangul", "한국어".repeat(11_000)),
        ("numbers", "0123456789 ".repeat(9_000)),
    ]
}

#[test]
fn the_worst_texts_take_five_milliseconds_at_most() {
    for pack in PACKS.map(pack) {
        let knowledge = Knowledge::compile(&pack);
        for (name, text) in hard_texts(&pack) {
            let time = shortest(&knowledge, &text);
            assert!(time <= MOST, "{}, {name}: {time:?}", pack.id);
        }
    }
}

/// A question that the shop answers, an emergency, and words that say nothing.
const QUESTION: &str = "Wo ist mein Paket?";
const EMERGENCY: &str = "mein Wasserkocher brennt";

fn asked(text: &str) -> Verdict {
    KNOWLEDGE.ask(text, UnixMillis(0))
}

#[test]
fn an_emergency_is_seen_wherever_it_stands_in_a_message() {
    let emergency = asked(EMERGENCY);
    assert!(matches!(emergency, Verdict::RedFlag { .. }), "{emergency:?}");
    for filler in ["Bla bla. ", "ä ", "한국어 ", "ж ", "\u{301}", "😀"] {
        // As long as the longest message of a platform.
        let filler: Vec<char> = filler.chars().cycle().take(4_096 - EMERGENCY.len() - 2).collect();
        for at in (0..=filler.len()).step_by(97).chain([1_990, 2_000, filler.len()]) {
            let (before, after): (String, String) =
                (filler[..at].iter().collect(), filler[at..].iter().collect());
            let text = format!("{before} {EMERGENCY} {after}");
            assert_eq!(asked(&text), emergency, "{:?} at {at}", &filler[..3]);
        }
    }
}

#[test]
fn an_emergency_is_seen_at_both_ends_of_a_text_longer_than_any_message() {
    let filler = "Bla bla. ".repeat(11_000);
    for text in [format!("{EMERGENCY} {filler}"), format!("{filler} {EMERGENCY}")] {
        assert_eq!(asked(&text), asked(EMERGENCY));
    }
}

#[test]
fn a_text_that_was_not_looked_at_whole_is_left_to_a_human() {
    assert!(matches!(asked(QUESTION), Verdict::Answer(_)), "{:?}", asked(QUESTION));
    for (name, filler) in [("blanks", " "), ("emoji", "😀"), ("dots", "."), ("marks", "\u{301}")] {
        let padded = |length: usize| {
            let padding = filler.repeat(length - QUESTION.chars().count());
            [format!("{QUESTION}{padding}"), format!("{padding}{QUESTION}")]
        };
        let long = padded(MAX_CHARACTERS + 1);
        for text in long {
            assert!(matches!(asked(&text), Verdict::Unsure { .. }), "{name}: {:?}", asked(&text));
        }
        let [whole, _] = padded(MAX_CHARACTERS);
        assert_eq!(asked(&whole), asked(QUESTION), "{name}");
    }
}

/// What a verdict must be, whatever was asked.
fn makes_sense(verdict: &Verdict) -> bool {
    let is_chance = |chance: f32| (0.0..=1.0).contains(&chance);
    match verdict {
        Verdict::RedFlag { rule, .. } => !rule.is_empty(),
        Verdict::Answer(candidate) => is_chance(candidate.confidence),
        Verdict::Offer { candidates } => {
            (1..=3).contains(&candidates.len())
                && candidates.iter().all(|candidate| is_chance(candidate.confidence))
        }
        Verdict::Unsure { candidates, .. } => candidates.iter().all(|one| is_chance(one.confidence)),
    }
}

proptest! {
    #[test]
    fn any_characters_have_a_verdict_in_time(
        text in prop::collection::vec(any::<char>(), 0..4_096),
        repeated in 1..4_usize,
    ) {
        let text = text.into_iter().collect::<String>().repeat(repeated);
        prop_assert!(makes_sense(&asked(&text)));
        let time = shortest(&KNOWLEDGE, &text);
        prop_assert!(time <= MOST, "{:?}", time);
    }

    #[test]
    fn known_words_in_any_disorder_have_a_verdict_in_time(
        words in prop::collection::vec(r"paket|retoure|rückruf|refund|when|wo|ned|[a-z]{1,12}|\PC{0,4}", 0..200),
        between in "[ \n,.-]{1,2}",
    ) {
        let text = words.join(&between);
        prop_assert!(makes_sense(&asked(&text)));
        let time = shortest(&KNOWLEDGE, &text);
        prop_assert!(time <= MOST, "{:?}", time);
    }
}
