//! The source of the pack that comes with the program, as what its compiled form lacks.
//!
//! Compiled knowledge holds nearly every word of its source: answers as they are, phrasings folded. So the worker does
//! not carry the source beside it, but how to put it together: what to copy from the compiled bytes, and what stands
//! between the copies. These are three blocks, as like numbers compress well: the text between, then for each copy the
//! length of the text before it and its own, then for each copy its place, counted from the end of the one before.

use std::collections::HashMap;

use crate::faq::bytes::{BytesError, Reader, Writer};

/// What is shorter is not worth a copy. Of 6 to 24, 8 to 10 make the sample packs smallest.
const SHORTEST: usize = 10;

const BROKEN: BytesError = BytesError::Content("the source does not belong to it");

/// What `source` has beyond `compiled`.
#[must_use]
pub fn lacking(source: &str, compiled: &[u8]) -> Vec<u8> {
    let mut places_of: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (place, window) in compiled.windows(SHORTEST).enumerate() {
        places_of.entry(window).or_default().push(place);
    }
    let source = source.as_bytes();
    let (mut between, mut lengths, mut places) = (Vec::new(), Writer::default(), Writer::default());
    let (mut at, mut copied_to, mut expected) = (0, 0, 0);
    while let Some(window) = source.get(at..at + SHORTEST) {
        let common = |place: &usize| {
            source[at..].iter().zip(&compiled[*place..]).take_while(|(one, other)| one == other).count()
        };
        let known = places_of.get(window).into_iter().flatten();
        let longest = known.map(|place| (common(place), *place)).max_by_key(|(length, _)| *length);
        let Some((length, place)) = longest else {
            at += 1;
            continue;
        };
        between.extend_from_slice(&source[copied_to..at]);
        lengths.length(at - copied_to);
        lengths.length(length);
        places.number(signed(place as u32, expected));
        (at, copied_to, expected) = (at + length, at + length, (place + length) as u32);
    }
    between.extend_from_slice(&source[copied_to..]);
    let mut lacking = Writer::default();
    [between, lengths.0, places.0].iter().for_each(|block| lacking.block(block));
    lacking.0
}

/// The source of `compiled`.
///
/// # Errors
/// When the two do not belong together.
pub fn restored(lacking: &[u8], compiled: &[u8]) -> Result<String, BytesError> {
    let mut blocks = Reader(lacking);
    let mut between = blocks.block()?;
    let (mut lengths, mut places) = (Reader(blocks.block()?), Reader(blocks.block()?));
    let (mut source, mut at) = (Vec::new(), 0_u32);
    while !lengths.0.is_empty() {
        let (before, length) = (lengths.number()? as usize, lengths.number()? as usize);
        at = after(at, places.number()?);
        let (own, rest) = between.split_at_checked(before).ok_or(BROKEN)?;
        let copied = compiled.get(at as usize..).and_then(|rest| rest.get(..length)).ok_or(BROKEN)?;
        source.extend_from_slice(own);
        source.extend_from_slice(copied);
        between = rest;
        at += length as u32;
    }
    source.extend_from_slice(between);
    String::from_utf8(source).map_err(|_| BROKEN)
}

/// How far `place` is behind or before `expected`, small either way.
const fn signed(place: u32, expected: u32) -> u32 {
    let distance = place.wrapping_sub(expected).cast_signed();
    ((distance << 1) ^ (distance >> 31)).cast_unsigned()
}

/// The place at a [`signed`] distance from `expected`.
const fn after(expected: u32, distance: u32) -> u32 {
    expected.wrapping_add((distance >> 1) ^ (distance & 1).wrapping_neg())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::knowledge::Knowledge;
    use crate::faq::pack::parse;
    use proptest::prelude::*;

    const SOURCE: &str = include_str!("../conversation/tests/pack.toml");

    #[test]
    fn the_source_of_a_pack_is_restored_from_less_than_two_thirds_of_it() {
        let compiled = Knowledge::compile(&parse(SOURCE).expect("the pack is valid")).to_bytes();
        let kept = lacking(SOURCE, &compiled);
        assert_eq!(restored(&kept, &compiled).as_deref(), Ok(SOURCE));
        assert!(kept.len() * 3 < SOURCE.len() * 2, "{} of {} bytes", kept.len(), SOURCE.len());
    }

    #[test]
    fn what_does_not_belong_together_is_told() {
        let kept = lacking(SOURCE, SOURCE.as_bytes());
        assert_eq!(restored(&kept, SOURCE.as_bytes()).as_deref(), Ok(SOURCE));
        assert_eq!(restored(&kept, b"another"), Err(BROKEN));
        assert!(restored(&kept[..kept.len() - 1], SOURCE.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn every_text_is_restored(source in "[ab\u{e4}]{0,80}", compiled in "[ab\u{e4}]{0,80}") {
            let kept = lacking(&source, compiled.as_bytes());
            prop_assert_eq!(restored(&kept, compiled.as_bytes()), Ok(source));
        }

        #[test]
        fn no_bytes_make_it_panic(lacking: Vec<u8>, compiled: Vec<u8>) {
            let _ = restored(&lacking, &compiled);
        }
    }
}
