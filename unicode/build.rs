//! Writes what `unicode-normalization` knows of the characters as two lists of small numbers, `parts.bin` and
//! `marks.bin`: `tables.rs` says how they are read.

use std::fs;
use std::path::PathBuf;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(folder.join("parts.bin"), parts())?;
    fs::write(folder.join("marks.bin"), marks())
}

/// All characters but the syllables of Hangul, which are computed.
fn characters() -> impl Iterator<Item = char> {
    ('\0'..=char::MAX).filter(|character| !('\u{ac00}'..='\u{d7a3}').contains(character))
}

/// Like numbers stand together, as they compress well so.
fn parts() -> Vec<u8> {
    let (mut gaps, mut lengths, mut firsts, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut last, mut last_first, mut last_other) = (0, 0, 0);
    for character in characters() {
        let parts: Vec<u32> = character.nfkd().map(u32::from).collect();
        if parts == [u32::from(character)] {
            continue;
        }
        number(&mut gaps, u32::from(character) - last);
        last = u32::from(character);
        number(&mut lengths, parts.len() as u32);
        number(&mut firsts, signed(parts[0], last_first));
        last_first = parts[0];
        for part in &parts[1..] {
            number(&mut others, signed(*part, last_other));
            last_other = *part;
        }
    }
    let mut all = Vec::new();
    for list in [gaps, lengths, firsts, others] {
        number(&mut all, list.len() as u32);
        all.extend(list);
    }
    all
}

/// Runs of marks with the same class.
fn marks() -> Vec<u8> {
    let mut runs: Vec<(u32, u32, u8)> = Vec::new();
    for character in characters() {
        let (at, class) = (u32::from(character), canonical_combining_class(character));
        if !is_combining_mark(character) {
            assert_eq!(class, 0, "only marks have a class: {at:x}");
            continue;
        }
        match runs.last_mut() {
            Some((_, end, of)) if *end == at && *of == class => *end += 1,
            _ => runs.push((at, at + 1, class)),
        }
    }
    let (mut all, mut last) = (Vec::new(), 0);
    for (start, end, class) in runs {
        number(&mut all, start - last);
        number(&mut all, end - start);
        number(&mut all, u32::from(class));
        last = end;
    }
    all
}

/// LEB128.
fn number(list: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        list.push(value as u8 | 0x80);
        value >>= 7;
    }
    list.push(value as u8);
}

/// A distance, small either way.
const fn signed(value: u32, from: u32) -> u32 {
    let distance = value.wrapping_sub(from).cast_signed();
    ((distance << 1) ^ (distance >> 31)).cast_unsigned()
}
