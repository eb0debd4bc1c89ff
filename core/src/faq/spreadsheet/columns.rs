//! The columns that are understood, by the names that people give them.

use crate::faq::fold::fold;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Id,
    Kind,
    Language,
    Title,
    Question,
    Answer,
    Phrasings,
    Source,
    AsOf,
    Expires,
    Buttons,
}

impl Column {
    /// All of them, in the order of an export, with their names: the first is written, each is read.
    pub(super) const ALL: [(Self, &'static str); 11] = [
        (Self::Id, "id, kennung, schlüssel, key"),
        (Self::Kind, "kind, art, typ, type"),
        (Self::Language, "language, sprache, lang"),
        (Self::Title, "title, titel, überschrift, kurztitel"),
        (Self::Question, "question, frage"),
        (Self::Answer, "answer, antwort, text"),
        (
            Self::Phrasings,
            "phrasings, formulierungen, weitere formulierungen, varianten, alternatives, examples, beispiele",
        ),
        (Self::Source, "source, quelle, link, url"),
        (Self::AsOf, "as_of, stand, geprüft, checked, date, datum"),
        (Self::Expires, "expires, gültig bis, läuft ab, ablauf, valid until"),
        (Self::Buttons, "buttons, knöpfe, schaltflächen"),
    ];

    pub(super) fn of(name: &str) -> Option<Self> {
        let name = fold(name);
        let is_one = |(_, names): &&(Self, &str)| names.split(", ").any(|known| fold(known) == name);
        Self::ALL.iter().find(is_one).map(|(column, _)| *column)
    }

    /// What would be understood.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::AsOf => "2026-11-20 or 20.11.2026",
            Self::Expires => "2027-01-31 or 31.01.2027",
            Self::Kind => "faq, status or address",
            _ => "a text",
        }
    }
}
