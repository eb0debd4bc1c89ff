//! Messages in short, for the desk's list.

use crate::message::{Content, Media, MediaKind};

const MAX_CHARS: usize = 120;

/// A message in at most 120 characters on one line. What has no words is shown by a symbol, which
/// needs no language.
pub(super) fn snippet(content: &Content) -> String {
    match content {
        Content::Text { body } => shorten(body),
        Content::Choice { title, .. } => shorten(title),
        Content::Media(media) => with_symbol(media_symbol(media.kind), words_under(media)),
        Content::Location { name, address, .. } => {
            with_symbol("📍", name.as_deref().or(address.as_deref()).unwrap_or_default())
        }
        Content::Contacts { contacts } => {
            with_symbol("👤", contacts.first().map_or("", |contact| contact.name.as_str()))
        }
        Content::Form { body, .. } => with_symbol("📋", body),
        Content::Unsupported { kind, words } => with_symbol("❔", words.as_deref().unwrap_or(kind)),
    }
}

/// Text in at most 120 characters on one line.
pub(super) fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        None => line,
        Some(_) => line.chars().take(MAX_CHARS - 1).chain(['…']).collect(),
    }
}

fn with_symbol(symbol: &str, words: &str) -> String {
    shorten(&format!("{symbol} {words}"))
}

fn words_under(media: &Media) -> &str {
    media.caption.as_deref().or(media.filename.as_deref()).unwrap_or_default()
}

const fn media_symbol(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "📷",
        MediaKind::Video => "🎬",
        MediaKind::Audio => "🎵",
        MediaKind::Voice => "🎤",
        MediaKind::Document => "📄",
        MediaKind::Sticker => "🏷️",
    }
}
