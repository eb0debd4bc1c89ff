//! The answer tier alone, for a bench inside workerd and Node: the host hands over bytes, asks, and times.
//!
//! Plain exports without bindings, so that nothing but the matcher is measured. No part of the worker.

use std::cell::RefCell;

use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack;
use lotse_core::time::UnixMillis;

thread_local! {
    /// What the host wrote last.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// What the host reads next.
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
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

/// Where the output of [`compile`] or [`rank`] lies until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.with_borrow(Vec::as_ptr)
}

/// Loads compiled knowledge; 0 when it is none.
#[unsafe(no_mangle)]
pub extern "C" fn load() -> u32 {
    let knowledge = INPUT.with_borrow(|input| Knowledge::from_bytes(input).ok());
    let is_loaded = knowledge.is_some();
    KNOWLEDGE.set(knowledge);
    u32::from(is_loaded)
}

/// Compiles a pack from its text and keeps it to be asked; puts the compiled bytes out and tells their
/// number, 0 when it is no pack.
#[unsafe(no_mangle)]
pub extern "C" fn compile() -> usize {
    let pack = INPUT.with_borrow(|input| pack::parse(&String::from_utf8_lossy(input)).ok());
    let knowledge = pack.map(|pack| Knowledge::compile(&pack));
    let bytes = knowledge.as_ref().map(Knowledge::to_bytes).unwrap_or_default();
    KNOWLEDGE.set(knowledge);
    put_out(bytes)
}

/// Asks every line of the input, `rounds` times, as the worker does; tells how many lines rank any entry.
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

/// Asks the input, emergencies and verdict included; puts the ids of the nearest entries out, best first and a
/// line each, and tells their length.
#[unsafe(no_mangle)]
pub extern "C" fn rank() -> usize {
    let text = INPUT.with_borrow(|input| String::from_utf8_lossy(input).into_owned());
    let ranked = KNOWLEDGE.with_borrow(|kept| {
        let knowledge = kept.as_ref()?;
        std::hint::black_box(knowledge.red_flag(&text));
        Some(knowledge.explain(&text).0)
    });
    put_out(ranked.unwrap_or_default().join("\n").into_bytes())
}

fn put_out(bytes: Vec<u8>) -> usize {
    let length = bytes.len();
    OUTPUT.set(bytes);
    length
}
