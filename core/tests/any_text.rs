//! No text whatever makes the answer tier fail, hang or dawdle.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lotse_core::faq::Verdict;
use lotse_core::faq::fold::MAX_CHARACTERS;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack::{Pack, parse};
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

/// Texts of some 100 kB, each hard in another way. `pack` lends the first words of its emergencies, of which any
/// might go on.
fn hard_texts(pack: &Pack) -> Vec<(&'static str, String)> {
    let phrases = pack.red_flags.iter().flat_map(|rule| rule.phrases.values().flatten());
    let starts: Vec<&str> = phrases.filter_map(|phrase| phrase.split(' ').next()).collect();
    vec![
        ("a long text of words", "wo ist mein paket ".repeat(6_000)),
        ("letters apart", "a b c d e f g h ".repeat(7_000)),
        ("misspelt words", "paktet bestelung retuore zhalung lieferng ".repeat(2_500)),
        ("starts of emergencies", format!("{} ", starts.join(" ")).repeat(200)),
        ("one start of an emergency", "keine ".repeat(17_000)),
        ("all letters", "abcdefghijklmnopqrstuvwxyz ".repeat(4_000)),
        ("one endless word", "paketbestellung".repeat(7_000)),
        ("one letter", "a".repeat(100_000)),
        ("only emoji", "😀👍🏽🇩🇪".repeat(6_000)),
        ("control characters", "\u{0}\u{1b}\u{7f}\u{202e}".repeat(20_000)),
        ("stacked accents", format!("a{}", "\u{301}".repeat(50_000))),
        ("characters that decompose to many", "ﷺ".repeat(33_000)),
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

#[test]
fn nothing_is_looked_at_beyond_the_first_two_thousand_characters() {
    for (name, text) in hard_texts(&pack(PACKS[0])) {
        let start: String = text.chars().take(MAX_CHARACTERS).collect();
        let (whole, cut) = (KNOWLEDGE.ask(&text, UnixMillis(0)), KNOWLEDGE.ask(&start, UnixMillis(0)));
        assert_eq!(whole, cut, "{name}");
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
    fn any_characters_have_a_verdict(text in any::<Vec<char>>()) {
        let text: String = text.into_iter().collect();
        prop_assert!(makes_sense(&KNOWLEDGE.ask(&text, UnixMillis(0))));
    }

    #[test]
    fn known_words_in_any_disorder_have_a_verdict(
        words in prop::collection::vec(r"paket|retoure|rückruf|refund|when|wo|ned|[a-z]{1,12}|\PC{0,4}", 0..200),
        between in "[ \n,.-]{1,2}",
    ) {
        prop_assert!(makes_sense(&KNOWLEDGE.ask(&words.join(&between), UnixMillis(0))));
    }
}
