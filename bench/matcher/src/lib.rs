//! The answer tier alone, for a bench inside workerd: the host hands over bytes, asks, and times.
//!
//! Plain exports without bindings, so that nothing but the matcher is measured. No part of the worker.

use std::cell::RefCell;

use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack;
use lotse_core::time::UnixMillis;

thread_local! {
    /// What the host wrote last.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static KNOWLEDGE: RefCell<Option<Knowledge>> = const { RefCell::new(None) };
}

/// Makes room for so many bytes and tells where; the host writes them before it calls anything else.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.resize(bytes, 0);
        input.as_mut_ptr()
    })
}

/// Loads compiled knowledge; 0 when it is none.
#[unsafe(no_mangle)]
pub extern "C" fn load() -> u32 {
    let knowledge = INPUT.with_borrow(|input| Knowledge::from_bytes(input).ok());
    KNOWLEDGE.with_borrow_mut(|kept| *kept = knowledge);
    KNOWLEDGE.with_borrow(|kept| u32::from(kept.is_some()))
}

/// Compiles a pack from its text; the length of the compiled knowledge, or 0 when it is no pack.
#[unsafe(no_mangle)]
pub extern "C" fn compile() -> u32 {
    let pack = INPUT.with_borrow(|input| pack::parse(&String::from_utf8_lossy(input)).ok());
    pack.map_or(0, |pack| Knowledge::compile(&pack).to_bytes().len() as u32)
}

/// Asks every line of the input, `rounds` times; tells how many lines rank any entry.
#[unsafe(no_mangle)]
pub extern "C" fn ask(rounds: u32) -> u32 {
    let text = INPUT.with_borrow(|input| String::from_utf8_lossy(input).into_owned());
    KNOWLEDGE.with_borrow(|kept| {
        let Some(knowledge) = kept else { return 0 };
        let asked = (0..rounds).flat_map(|_| text.lines()).filter(|line| {
            let verdict = std::hint::black_box(knowledge.ask(line, UnixMillis(0)));
            !matches!(verdict, lotse_core::faq::Verdict::Unsure { language: None, .. })
        });
        asked.count() as u32
    })
}
