//! The languages of lotse's own words. Approved texts may come in any language; these are the ones
//! in which lotse itself greets, acknowledges and tells the time.

/// A language that lotse speaks itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextLanguage {
    /// `de`
    German,
    /// `de-leicht`: Leichte Sprache, German by the rules for people who read with difficulty.
    PlainGerman,
    /// `en`
    English,
    /// `tr`
    Turkish,
    /// `uk`
    Ukrainian,
    /// `ar`
    Arabic,
}

impl TextLanguage {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::German, Self::PlainGerman, Self::English, Self::Turkish, Self::Ukrainian, Self::Arabic];

    /// What stands before the decimals of a number.
    #[must_use]
    pub const fn decimal_mark(self) -> &'static str {
        match self {
            Self::English | Self::Arabic => ".",
            Self::German | Self::PlainGerman | Self::Turkish | Self::Ukrainian => ",",
        }
    }

    /// The language behind a BCP 47 tag; regions and variants are ignored, except Leichte Sprache.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split(['-', '_']);
        match parts.next()? {
            "de" if parts.any(|part| part == "leicht") => Some(Self::PlainGerman),
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            "tr" => Some(Self::Turkish),
            "uk" => Some(Self::Ukrainian),
            "ar" => Some(Self::Arabic),
            _ => None,
        }
    }
}
