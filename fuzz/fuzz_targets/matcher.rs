//! Any text has a verdict, always the same, whose parts make sense.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use lotse_core::faq::Verdict;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack;
use lotse_core::time::UnixMillis;

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    let pack = include_str!("../../knowledge/gesundheitsamt/pack.toml");
    Knowledge::compile(&pack::parse(pack).expect("the sample is well-formed"))
});

fuzz_target!(|text: &str| {
    let verdict = KNOWLEDGE.ask(text, UnixMillis(0));
    assert_eq!(verdict, KNOWLEDGE.ask(text, UnixMillis(0)));
    let candidates = match verdict {
        Verdict::RedFlag { rule, language } => {
            assert!(KNOWLEDGE.red_flag_answer(&rule, &language).is_some());
            return;
        }
        Verdict::Answer(candidate) => vec![candidate],
        Verdict::Offer { candidates } => {
            assert!((1..=3).contains(&candidates.len()));
            candidates
        }
        Verdict::Unsure { candidates, .. } => candidates,
    };
    for candidate in candidates {
        assert!((0.0..=1.0).contains(&candidate.confidence));
        assert!(KNOWLEDGE.answer(&candidate.entry, &candidate.language, UnixMillis(0)).is_some());
    }
});
