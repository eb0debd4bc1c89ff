//! Asking whether an answer helped.

use super::{ar, de, en, plain_german, tr, uk};
use crate::settings::TextLanguage;

/// The words around the question whether an answer helped.
pub(in crate::conversation) struct Feedback {
    /// Stands below the answer.
    pub question: &'static str,
    /// On the choice that says so. At most 20 characters (WhatsApp).
    pub yes: &'static str,
    /// On the choice that says that it did not.
    pub no: &'static str,
    /// Answers the second.
    pub regret: &'static str,
}

/// The words in a language.
pub(in crate::conversation) const fn feedback(language: TextLanguage) -> &'static Feedback {
    match language {
        TextLanguage::German => &de::FEEDBACK,
        TextLanguage::PlainGerman => &plain_german::FEEDBACK,
        TextLanguage::English => &en::FEEDBACK,
        TextLanguage::Turkish => &tr::FEEDBACK,
        TextLanguage::Ukrainian => &uk::FEEDBACK,
        TextLanguage::Arabic => &ar::FEEDBACK,
    }
}
