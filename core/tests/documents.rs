//! What documents list is what there is: rooms in the tables at the head of a crate, events of the log.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const OPERATING: &str = include_str!("../../docs/operating.md");

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The files of a folder of sources, with their texts.
fn sources(name: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder(name)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let files =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs" || extension == "js"));
    files
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a text"))
        })
        .collect()
}

/// The names in the first column of the table at the head of a `lib.rs`.
fn rooms(lib: &str) -> BTreeSet<String> {
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | ")?.split(" |").next());
    rows.flat_map(|names| names.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn every_room_stands_in_the_table_of_its_crate_and_nothing_else_does() {
    for (crate_folder, outside_of_rust) in [("src", &["entry.js", "shim.js"][..]), ("core/src", &[][..])] {
        let lib = fs::read_to_string(folder(crate_folder).join("lib.rs")).expect("a crate");
        let modules = lib.lines().filter_map(|line| {
            line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "))?.strip_suffix(';')
        });
        let there: BTreeSet<String> =
            modules.chain(outside_of_rust.iter().copied()).map(str::to_owned).collect();
        assert!(there.len() > 10, "{crate_folder}: {there:?}");
        assert_eq!(rooms(&lib), there, "{crate_folder}");
    }
}

/// The events that a source logs: the first word of each call.
fn events(source: &str) -> BTreeSet<&str> {
    let calls = ["log::info(", "log::warn(", "log::error(", "    error("].into_iter();
    calls
        .flat_map(|call| source.split(call).skip(1))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        .collect()
}

#[test]
fn every_event_of_the_log_is_explained_to_those_who_run_it() {
    let sources = sources("src");
    let logged: BTreeSet<&str> = sources.iter().flat_map(|(_, source)| events(source)).collect();
    assert!(logged.contains("spilled") && logged.contains("panic"), "{logged:?}");
    let (_, rest) = OPERATING.split_once("| event | what it means |").expect("the table");
    let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
    let explained: BTreeSet<&str> = rows
        .filter_map(|row| row.strip_prefix("| ")?.split(" |").next())
        .flat_map(|names| names.split('`').skip(1).step_by(2))
        .collect();
    assert!(logged.is_subset(&explained), "{:?}", logged.difference(&explained).collect::<Vec<_>>());
    for event in explained {
        let word = format!("\"{event}\"");
        assert!(sources.iter().any(|(_, source)| source.contains(&word)), "nobody logs {event}");
    }
}

#[test]
fn only_one_room_writes_to_the_log() {
    for (name, source) in sources("src") {
        if name != "log.rs" {
            for writer in ["console_log!", "console_warn!", "console_error!", "console_debug!", "console."] {
                assert!(!source.contains(writer), "{name}: {writer}");
            }
        }
    }
}
