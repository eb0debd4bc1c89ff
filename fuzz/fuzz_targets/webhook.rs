//! Any body of any platform becomes items and pieces set aside; the pieces can be parsed again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lotse_core::channel::{ChannelName, Verified};

fuzz_target!(|body: &[u8]| {
    for channel in ChannelName::ALL {
        let channel = channel.channel();
        let parsed = channel.parse(&Verified::from_storage(body));
        for item in &parsed.items {
            let text = serde_json::to_string(item).expect("an item is stored as JSON");
            let stored: lotse_core::message::Item = serde_json::from_str(&text).expect("and read again");
            assert_eq!(&stored, item);
        }
        // A dead letter holds one unreadable piece: its replay takes no other effect.
        for piece in &parsed.set_aside {
            let again = channel.parse(&Verified::from_storage(&piece.raw));
            assert!(again.items.is_empty() && again.set_aside.len() == 1);
        }
    }
});
