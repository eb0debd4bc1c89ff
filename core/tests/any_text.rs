//! No text whatever makes the answer tier fail, hang or dawdle.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lotse_core::faq::Verdict;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack::parse;
use lotse_core::time::UnixMillis;
use proptest::prelude::*;

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    let pack = parse(include_str!("../../knowledge/shop/pack.toml")).expect("the sample pack");
    Knowledge::compile(&pack)
});

/// The shortest of a few attempts: what else runs on the machine only ever adds.
#[expect(clippy::disallowed_methods, reason = "a test that measures, and never runs as wasm")]
fn shortest(text: &str) -> Duration {
    let attempt = || {
        let started = Instant::now();
        std::hint::black_box(KNOWLEDGE.ask(text, UnixMillis(0)));
        started.elapsed()
    };
    (0..5).map(|_| attempt()).min().unwrap_or_default()
}

/// A question takes some 50 µs where 5 ms are the most that a text may take; twice that for a machine at work.
const MOST_TIMES_A_QUESTION: u32 = 200;

fn question() -> Duration {
    shortest("Wann kommt mein Paket endlich an und wer hilft mir, wenn es verloren ist?")
}

#[test]
fn the_worst_texts_take_a_bounded_time() {
    let most = question() * MOST_TIMES_A_QUESTION;
    let rows = [
        ("a long text of words", "wo ist mein paket ".repeat(6_000)),
        ("letters apart", "a b c d e f g h ".repeat(7_000)),
        ("misspelt words", "paktet bestelung retuore zhalung lieferng ".repeat(2_500)),
        ("one endless word", "paketbestellung".repeat(7_000)),
        ("one letter", "a".repeat(100_000)),
        ("only emoji", "😀👍🏽🇩🇪".repeat(6_000)),
        ("control characters", "\u{0}\u{1b}\u{7f}\u{202e}".repeat(20_000)),
        ("stacked accents", format!("a{}", "\u{301}".repeat(50_000))),
        ("characters that decompose to many", "ﷺ".repeat(33_000)),
        ("hangul", "한국어".repeat(11_000)),
        ("numbers", "0123456789 ".repeat(9_000)),
    ];
    for (name, text) in rows {
        let time = shortest(&text);
        assert!(time <= most, "{name}: {time:?}, at most {most:?}");
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
