//! Any text is a pack or an error with a line; a small pack also lints and compiles.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::lint::lint;
use lotse_core::faq::{pack, sentences};

fuzz_target!(|text: &str| {
    let _ = sentences::parse(text);
    match pack::parse(text) {
        Ok(pack) => {
            let _ = lint(&pack, jiff::civil::date(2026, 11, 20));
            let knowledge = Knowledge::compile(&pack);
            let restored = Knowledge::from_bytes(&knowledge.to_bytes());
            assert!(restored.is_ok_and(|restored| restored == knowledge));
        }
        Err(error) => assert!(error.line >= 1 && error.line <= text.lines().count() + 1),
    }
});
