//! Files that people send: kept for a while, so that lotse can download them. Where a person gives
//! no bytes, a small sample of the kind is made.

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many files are kept.
const CAPACITY: usize = 1_000;
/// The largest file that can be sent, in bytes.
pub(crate) const LARGEST_BYTES: usize = 5 * 1024 * 1024;

/// Kinds of media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaKind {
    Image,
    Video,
    Audio,
    Voice,
    Document,
    Sticker,
}

impl MediaKind {
    /// What a phone would call such a file.
    const fn mime_type(self) -> &'static str {
        match self {
            Self::Image => "image/png",
            Self::Video => "video/mp4",
            Self::Audio => "audio/mpeg",
            Self::Voice => "audio/ogg; codecs=opus",
            Self::Document => "application/pdf",
            Self::Sticker => "image/webp",
        }
    }

    const fn sample(self) -> &'static [u8] {
        match self {
            Self::Image => include_bytes!("samples/photo.png"),
            Self::Sticker => include_bytes!("samples/sticker.webp"),
            Self::Document => include_bytes!("samples/document.pdf"),
            Self::Voice => include_bytes!("samples/voice.ogg"),
            // A frame of MPEG audio and a file-type box: enough to be told apart, too short to play.
            Self::Audio => &[0xFF, 0xFB, 0x90, 0x00],
            Self::Video => b"\0\0\0\x14ftypisom\0\0\0\0isom",
        }
    }
}

/// Media as a caller describes it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MediaSay {
    pub(crate) kind: MediaKind,
    pub(crate) caption: Option<String>,
    pub(crate) filename: Option<String>,
    pub(crate) mime_type: Option<String>,
    /// The bytes in base64; a small sample if absent.
    #[serde(skip_serializing)]
    pub(crate) data: Option<String>,
}

impl MediaSay {
    /// A sample file without words.
    pub(crate) const fn sample(kind: MediaKind) -> Self {
        Self { kind, caption: None, filename: None, mime_type: None, data: None }
    }
}

/// A file that somebody sent.
#[derive(Clone, Debug)]
pub(crate) struct StoredMedia {
    pub(crate) id: String,
    pub(crate) kind: MediaKind,
    pub(crate) mime_type: String,
    pub(crate) sha256: [u8; 32],
    pub(crate) bytes: Arc<[u8]>,
}

/// The bytes are not base64, or too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadMedia {
    #[error("media.data must be base64")]
    Encoding,
    #[error("media.data must be at most 5 MiB")]
    TooLarge,
}

/// The files of the last people who sent some.
#[derive(Debug, Default)]
pub(crate) struct MediaStore {
    files: VecDeque<StoredMedia>,
}

impl MediaStore {
    /// Keeps a file under an id, in place of the oldest when the store is full.
    pub(crate) fn keep(&mut self, id: String, media: &MediaSay) -> Result<StoredMedia, BadMedia> {
        let bytes: Arc<[u8]> = match &media.data {
            Some(data) => STANDARD.decode(data).map_err(|_| BadMedia::Encoding)?.into(),
            None => media.kind.sample().into(),
        };
        if bytes.len() > LARGEST_BYTES {
            return Err(BadMedia::TooLarge);
        }
        if self.files.len() >= CAPACITY {
            self.files.pop_front();
        }
        let mime_type = media.mime_type.clone().unwrap_or_else(|| media.kind.mime_type().to_owned());
        let sha256 = Sha256::digest(&bytes).into();
        let stored = StoredMedia { id, kind: media.kind, mime_type, sha256, bytes };
        self.files.push_back(stored.clone());
        Ok(stored)
    }

    /// The file with this id.
    pub(crate) fn find(&self, id: &str) -> Option<StoredMedia> {
        self.files.iter().rev().find(|file| file.id == id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(kind: MediaKind, data: Option<&str>) -> MediaSay {
        MediaSay { kind, caption: None, filename: None, mime_type: None, data: data.map(Into::into) }
    }

    #[test]
    fn samples_are_files_of_their_kind() {
        for (kind, magic) in [
            (MediaKind::Image, &b"\x89PNG"[..]),
            (MediaKind::Sticker, b"RIFF"),
            (MediaKind::Document, b"%PDF-"),
            (MediaKind::Voice, b"OggS"),
            (MediaKind::Audio, b"\xFF\xFB"),
            (MediaKind::Video, b"\0\0\0\x14ftyp"),
        ] {
            let stored = MediaStore::default().keep("1".into(), &media(kind, None));
            assert!(stored.is_ok_and(|stored| stored.bytes.starts_with(magic)), "{kind:?}");
        }
    }

    #[test]
    fn given_bytes_are_kept_and_the_store_is_bounded() {
        let mut store = MediaStore::default();
        for number in 0..=CAPACITY {
            assert!(store.keep(number.to_string(), &media(MediaKind::Image, Some("aGk="))).is_ok());
        }
        assert!(store.find("0").is_none());
        assert_eq!(store.find("1").map(|file| file.bytes.to_vec()), Some(b"hi".to_vec()));
        assert_eq!(
            store.keep("x".into(), &media(MediaKind::Image, Some("?"))).err(),
            Some(BadMedia::Encoding)
        );
    }
}
