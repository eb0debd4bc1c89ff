//! From TOML to a [`Pack`].

use std::ops::Range;

use jiff::civil::Time;

use super::block::Block;
use super::{
    AsOf, Entry, EntryKind, EntryMedia, EntryMediaKind, Location, Pack, PackError, PackErrorReason, RedFlag,
};
use crate::calendar::{numbers, parse_day};
use crate::faq::{crisis, flow};

const KINDS: [(&str, EntryKind); 4] = [
    ("faq", EntryKind::Faq),
    ("status", EntryKind::Status),
    ("address", EntryKind::Address),
    ("flow", EntryKind::Flow),
];

const MEDIA_KINDS: [(&str, EntryMediaKind); 4] = [
    ("image", EntryMediaKind::Image),
    ("video", EntryMediaKind::Video),
    ("audio", EntryMediaKind::Audio),
    ("document", EntryMediaKind::Document),
];

/// Reads a pack.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(source: &str) -> Result<Pack, PackError> {
    let mut file = Block::of_file(source)?;
    let missing = || PackErrorReason::Syntax("missing table `[pack]`".to_owned());
    let mut head = file.block("pack")?.ok_or_else(|| file.error(missing()))?;
    let (id, title, languages) = (head.text("id")?, head.text("title")?, head.list("languages")?);
    head.finish()?;
    if languages.is_empty() {
        return Err(file.error(PackErrorReason::NoLanguage));
    }
    let red_flags = file.blocks("red_flag")?.into_iter().map(|block| red_flag(block, &languages));
    let red_flags = red_flags.collect::<Result<_, _>>()?;
    let entries = file.blocks("entry")?.into_iter().map(|block| entry(block, &languages));
    let entries = entries.collect::<Result<_, _>>()?;
    let crisis = file.block("crisis")?.map(|block| {
        let block = block.named("crisis");
        crisis::read(block, &languages)
    });
    let crisis = crisis.transpose()?;
    file.finish()?;
    Ok(Pack { id, title, languages, red_flags, entries, crisis })
}

fn red_flag(mut block: Block<'_>, languages: &[String]) -> Result<RedFlag, PackError> {
    let rule = RedFlag {
        line: block.line(),
        id: block.text("id")?,
        phrases: block.lists("phrases")?,
        except: block.lists("except")?,
        answer: block.texts("answer")?,
    };
    let used = rule.phrases.keys().chain(rule.except.keys()).chain(rule.answer.keys());
    block.check_languages(used, languages)?;
    block.finish()?;
    Ok(rule)
}

fn entry(mut block: Block<'_>, languages: &[String]) -> Result<Entry, PackError> {
    let entry = Entry {
        line: block.line(),
        id: block.text("id")?,
        kind: block.one_of("kind", &KINDS)?,
        title: block.texts("title")?,
        source: block.optional_text("source")?,
        as_of: block.date("as_of", parse_as_of)?,
        expires: block.date("expires", parse_day)?,
        answer: block.texts("answer")?,
        phrasings: block.lists("phrasings")?,
        location: block.block("location")?.map(location).transpose()?,
        media: block.block("media")?.map(media).transpose()?,
        buttons: block.list("buttons")?,
        steps: block
            .blocks("step")?
            .into_iter()
            .map(|step| flow::read(step, languages))
            .collect::<Result<_, _>>()?,
    };
    let captions = entry.media.iter().flat_map(|media| media.caption.keys());
    let used = entry.title.keys().chain(entry.answer.keys()).chain(entry.phrasings.keys()).chain(captions);
    block.check_languages(used, languages)?;
    block.finish()?;
    Ok(entry)
}

fn location(mut block: Block<'_>) -> Result<Location, PackError> {
    let place = Location {
        latitude: block.required_number("latitude")?,
        longitude: block.required_number("longitude")?,
        name: block.text("name")?,
        address: block.text("address")?,
    };
    if !(-90.0..=90.0).contains(&place.latitude) || !(-180.0..=180.0).contains(&place.longitude) {
        return Err(block.error(PackErrorReason::Coordinates {
            latitude: place.latitude.to_string(),
            longitude: place.longitude.to_string(),
        }));
    }
    block.finish()?;
    Ok(place)
}

fn media(mut block: Block<'_>) -> Result<EntryMedia, PackError> {
    let media = EntryMedia {
        kind: block.one_of("kind", &MEDIA_KINDS)?,
        link: block.text("link")?,
        caption: block.texts("caption")?,
    };
    block.finish()?;
    Ok(media)
}

/// `2026-11-20`, or `2026-11-20T14:30`.
fn parse_as_of(value: &str) -> Option<AsOf> {
    match value.split_once(['T', ' ']) {
        Some((day, time)) => Some(AsOf { date: parse_day(day)?, time: Some(parse_time(time)?) }),
        None => Some(AsOf { date: parse_day(value)?, time: None }),
    }
}

/// `14:30`, or `14:30:00`.
fn parse_time(value: &str) -> Option<Time> {
    let [hour, minute, second] = numbers(value, ':', [2, 2, 2]).or_else(|| {
        let [hour, minute] = numbers(value, ':', [2, 2])?;
        Some([hour, minute, 0])
    })?;
    Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()
}

/// The line of a byte offset, from 1.
pub(in crate::faq) fn line_of(source: &str, offset: usize) -> usize {
    let end = offset.min(source.len());
    source.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The `id` of the `[[…]]` block around a byte offset.
pub(super) fn block_id(source: &str, offset: usize) -> Option<String> {
    let Range { start, end } = block_around(source, offset)?;
    source[start..end].lines().find_map(|line| {
        let value = line.trim_start().strip_prefix("id")?.trim_start().strip_prefix('=')?.trim();
        Some(value.split(['"', '\'']).nth(1)?.to_owned())
    })
}

fn block_around(source: &str, offset: usize) -> Option<Range<usize>> {
    let headers: Vec<usize> = source
        .match_indices("[[")
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || source.as_bytes()[at - 1] == b'\n')
        // A step belongs to the entry above it.
        .filter(|at| !source[*at..].starts_with("[[entry.step]]"))
        .collect();
    let after = headers.partition_point(|at| *at <= offset);
    let start = *headers.get(after.checked_sub(1)?)?;
    Some(start..headers.get(after).copied().unwrap_or(source.len()))
}
