//! Every word that the bot says by itself, one file per language. Approved answers come from packs,
//! times of day from [`crate::settings`].

mod ar;
mod de;
mod en;
mod feedback;
pub(super) mod flow;
mod plain_german;
mod tr;
mod uk;

pub(super) use feedback::feedback;

use super::words::{Request, Wish};
use crate::settings::{Settings, TextLanguage};

/// What an acknowledgement promises.
pub(super) struct Acknowledgement<'a> {
    pub organisation: &'a str,
    pub subject: Subject,
    /// `GA-7Q4K`
    pub reference: &'a str,
    /// When the message came in, in words.
    pub time: &'a str,
    pub wait: Wait,
    /// Whether it is the first one of its thread.
    pub first: bool,
}

/// What an acknowledgement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A question for a human.
    Question,
    /// Something other than text.
    NotText,
    /// A request in so many words.
    Request(Request),
}

/// How long it may take until a human answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Nobody knows.
    Unknown,
    Minutes(u32),
    Hours(u32),
    /// Not before this moment, in words.
    From(String),
}

/// Who speaks.
pub(super) struct Introduction<'a> {
    pub organisation: &'a str,
    pub privacy_notice: Option<&'a str>,
    pub imprint: Option<&'a str>,
}

impl<'a> Introduction<'a> {
    pub(super) fn new(settings: &'a Settings, language: &str) -> Self {
        let organisation = &settings.organisation;
        Self {
            organisation: settings.organisation_name(language),
            privacy_notice: organisation.privacy_notice.as_deref(),
            imprint: organisation.imprint.as_deref(),
        }
    }

    /// The links in one line, with their labels; empty where there are none.
    fn links(&self, privacy: &str, imprint: &str) -> String {
        let links = [(privacy, self.privacy_notice), (imprint, self.imprint)];
        let links = links.into_iter().filter_map(|(label, link)| Some(format!("{label}: {}", link?)));
        links.collect::<Vec<_>>().join("\n")
    }
}

/// The bot's own words in one language.
pub(super) trait Texts {
    /// On the choice that leads to a human.
    fn human_choice(&self) -> &'static str;
    /// Asks which of the offered entries was meant.
    fn offer(&self) -> &'static str;
    /// The emergency text where the pack has none.
    fn emergency(&self) -> &'static str;
    /// Stands above an answer that does not exist in this language.
    fn other_language(&self) -> &'static str;
    /// Confirms that this language was chosen.
    fn chosen(&self) -> &'static str;
    /// Answers a bare greeting.
    fn greeting(&self, introduction: &Introduction<'_>) -> String;
    /// Answers a bare greeting in a crisis, with the words of the pack: who writes here and where help is stand
    /// below them all the same.
    fn crisis_greeting(&self, text: &str, introduction: &Introduction<'_>) -> String {
        paragraphs(&[text, &self.closing(introduction), self.emergency()])
    }
    /// Stands below the bot's first answer.
    fn closing(&self, introduction: &Introduction<'_>) -> String;
    /// Confirms what the person wants to hear without asking.
    fn wish(&self, wish: Wish, organisation: &str) -> String;
    /// Tells that a human will answer.
    fn acknowledgement(&self, acknowledgement: &Acknowledgement<'_>) -> String;
    /// Stands below an acknowledgement with which the bot first appears.
    fn links(&self, introduction: &Introduction<'_>) -> String;
}

/// The texts of a language.
pub(super) fn texts(language: TextLanguage) -> &'static dyn Texts {
    match language {
        TextLanguage::German => &de::German,
        TextLanguage::PlainGerman => &plain_german::PlainGerman,
        TextLanguage::English => &en::English,
        TextLanguage::Turkish => &tr::Turkish,
        TextLanguage::Ukrainian => &uk::Ukrainian,
        TextLanguage::Arabic => &ar::Arabic,
    }
}

/// The non-empty paragraphs, an empty line between them.
pub(super) fn paragraphs(parts: &[&str]) -> String {
    parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}
