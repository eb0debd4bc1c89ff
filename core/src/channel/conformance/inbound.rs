//! Nothing that came in is lost, and nothing makes the parser fall over.
//!
//! Every file in `<channel>/testdata/inbound` is parsed and compared with the golden file of the same
//! name in `<channel>/testdata/parsed`. `INSTA_UPDATE=always cargo test` writes them anew; what they
//! pin is stored, so a change needs a migration note.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::channel::{AccountNotice, ChannelName, Parsed, Verified};

fn testdata(channel: ChannelName, folder: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/channel");
    root.join(channel.as_str()).join("testdata").join(folder)
}

/// Every inbound body of a channel with its name.
fn bodies(channel: ChannelName) -> Vec<(String, Vec<u8>)> {
    let folder = testdata(channel, "inbound");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("testdata").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, fs::read(path).expect("a readable file"))
    };
    files.into_iter().map(read).collect()
}

fn parse(channel: ChannelName, body: &[u8]) -> Parsed {
    channel.channel().parse(&Verified::from_storage(body))
}

/// What a golden file shows. A dead letter is shown as JSON where it is some.
fn shown(parsed: &Parsed) -> String {
    let set_aside = |piece: &crate::channel::SetAside| {
        let text = String::from_utf8_lossy(&piece.raw).into_owned();
        let raw = serde_json::from_str(&text).unwrap_or(Value::String(text));
        json!({ "reason": piece.reason, "raw": raw })
    };
    let set_aside: Vec<Value> = parsed.set_aside.iter().map(set_aside).collect();
    let notice = |notice: &AccountNotice| json!({ "kind": notice.kind, "event": notice.event });
    let notices: Vec<Value> = parsed.notices.iter().map(notice).collect();
    let all = json!({
        "items": parsed.items,
        "set_aside": set_aside,
        "notices": notices,
        "passed_over": parsed.passed_over,
    });
    serde_json::to_string_pretty(&all).expect("plain data")
}

#[test]
fn every_body_is_parsed_as_pinned() {
    for &channel in ChannelName::ALL {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(testdata(channel, "parsed"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        for (name, body) in bodies(channel) {
            let parsed = shown(&parse(channel, &body));
            settings.bind(|| insta::assert_snapshot!(name.as_str(), parsed));
        }
    }
}

#[test]
fn no_golden_file_has_lost_its_body() {
    for &channel in ChannelName::ALL {
        let names: BTreeSet<String> = bodies(channel).into_iter().map(|(name, _)| name).collect();
        for entry in fs::read_dir(testdata(channel, "parsed")).expect("golden files") {
            let path = entry.expect("a file").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            assert!(names.contains(&name), "{channel} {name}");
        }
    }
}

#[test]
fn every_body_becomes_something() {
    for &channel in ChannelName::ALL {
        for (name, body) in bodies(channel) {
            let Parsed { items, set_aside, notices, passed_over } = parse(channel, &body);
            assert!(
                items.len() + set_aside.len() + notices.len() + passed_over > 0 || name.starts_with("empty_"),
                "{channel} {name}"
            );
        }
    }
}

#[test]
fn event_ids_tell_the_events_of_a_body_apart() {
    for &channel in ChannelName::ALL {
        for (name, body) in bodies(channel) {
            let parsed = parse(channel, &body);
            let ids: BTreeSet<&str> = parsed.items.iter().map(|item| item.event_id.as_str()).collect();
            assert_eq!(ids.len(), parsed.items.len(), "{channel} {name}");
        }
    }
}

#[test]
fn a_dead_letter_parsed_again_is_the_same_dead_letter() {
    for &channel in ChannelName::ALL {
        for (name, body) in bodies(channel) {
            for piece in parse(channel, &body).set_aside {
                let again = parse(channel, &piece.raw);
                assert_eq!(again.set_aside, [piece], "{channel} {name}");
                let understood = (&again.items[..], &again.notices[..], again.passed_over);
                assert_eq!(understood, (&[][..], &[][..], 0), "{channel} {name}");
            }
        }
    }
}

#[test]
fn an_item_survives_storage() {
    for &channel in ChannelName::ALL {
        for (name, body) in bodies(channel) {
            for item in parse(channel, &body).items {
                let stored = serde_json::to_string(&item).expect("plain data");
                assert_eq!(
                    serde_json::from_str::<crate::message::Item>(&stored).ok(),
                    Some(item),
                    "{channel} {name}"
                );
            }
        }
    }
}

#[test]
fn a_body_cut_off_anywhere_is_set_aside_whole() {
    for &channel in ChannelName::ALL {
        let (_, body) = bodies(channel).into_iter().find(|(name, _)| name == "text").expect("text.json");
        let end = body.trim_ascii_end().len();
        for cut in 0..end {
            let parsed = parse(channel, &body[..cut]);
            assert_eq!(parsed.set_aside.len(), 1, "{channel} {cut}");
            assert_eq!(parsed.set_aside[0].raw, &body[..cut], "{channel} {cut}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_set_aside_and_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for &channel in ChannelName::ALL {
            let parsed = parse(channel, &body);
            prop_assert!(parsed.items.is_empty());
            prop_assert_eq!(parsed.set_aside.len(), 1);
            prop_assert_eq!(&parsed.set_aside[0].raw, &body);
        }
    }

    #[test]
    fn a_damaged_body_never_panics_and_its_dead_letters_are_stable(
        pick in any::<proptest::sample::Index>(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for &channel in ChannelName::ALL {
            let bodies = bodies(channel);
            let (name, body) = pick.get(&bodies);
            let mut body = body.clone();
            for (at, byte) in &damage {
                if !body.is_empty() {
                    let index = at.index(body.len());
                    body[index] = *byte;
                }
            }
            for piece in parse(channel, &body).set_aside {
                prop_assert_eq!(parse(channel, &piece.raw).set_aside, [piece], "{} {}", channel, name);
            }
        }
    }
}
