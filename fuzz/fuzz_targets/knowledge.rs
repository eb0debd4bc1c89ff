//! Damaged compiled knowledge is refused or answers; it never panics. The checksum is set right, so that
//! the damage gets past it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use lotse_core::faq::bytes::checksum;
use lotse_core::faq::knowledge::Knowledge;
use lotse_core::faq::pack;
use lotse_core::time::UnixMillis;

/// Name, version and checksum come before the body.
const HEAD: usize = 8;
const SUM: usize = 8;

static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pack = "[pack]\nid = 'a'\ntitle = 'A'\nlanguages = ['de', 'en']\n\
        [[entry]]\nid = 'b'\nkind = 'faq'\ntitle.de = 'Wann'\nanswer.de = 'Jetzt'\n\
        phrasings.de = ['Wann habt ihr offen', 'offen']\nphrasings.en = ['are you open']\n\
        [[entry]]\nid = 'c'\nkind = 'faq'\ntitle.de = 'Wo'\nanswer.de = 'Hier'\n\
        phrasings.de = ['Wo seid ihr', 'Adresse']";
    Knowledge::compile(&pack::parse(pack).expect("a pack")).to_bytes()
});

fuzz_target!(|changes: Vec<(u16, u8)>| {
    let mut bytes = SOUND.clone();
    let body = bytes.len() - HEAD - SUM;
    for (at, value) in changes.into_iter().take(16) {
        bytes[HEAD + SUM + usize::from(at) % body] ^= value;
    }
    let sum = checksum(&bytes[HEAD + SUM..]).to_le_bytes();
    bytes[HEAD..HEAD + SUM].copy_from_slice(&sum);
    if let Ok(knowledge) = Knowledge::from_bytes(&bytes) {
        let _ = knowledge.ask("Wann seid ihr ofen", UnixMillis(0));
        let _ = knowledge.ask("open", UnixMillis(0));
    }
});
