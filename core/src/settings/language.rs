//! The languages of lotse's own words. Approved texts may come in any language; these are the ones
//! in which lotse itself greets, acknowledges and tells the time.

/// A language that lotse speaks itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextLanguage {
    /// `de`
    German,
    /// `en`
    English,
}

impl TextLanguage {
    /// Every one.
    pub const ALL: &[Self] = &[Self::German, Self::English];

    /// The language behind a BCP 47 tag; regions and variants are ignored.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}
