//! From a pack to the phrasings that its matcher learns from.

use std::collections::BTreeSet;

use super::super::matcher::Phrasing;
use super::super::pack::Pack;

/// The pack's phrasings, numbered, and their texts. A title is a phrasing too: people say back what they
/// read on a button. What folds to the same words in the same language counts once: a second copy would pass for
/// another wording when the pack is calibrated.
pub(in crate::faq) fn phrasings(pack: &Pack) -> (Vec<Phrasing>, Vec<String>) {
    let (mut phrasings, mut texts) = (Vec::new(), Vec::new());
    for (number, entry) in (0_u32..).zip(&pack.entries) {
        let mut known = BTreeSet::new();
        for (at, spoken) in pack.languages.iter().enumerate() {
            let language = recognised(&pack.languages, at);
            let said = entry.phrasings.get(spoken).into_iter().flatten().chain(entry.title.get(spoken));
            for text in said {
                let phrasing = Phrasing::new(number, language, text);
                if known.insert((language, phrasing.text.clone())) {
                    phrasings.push(phrasing);
                    texts.push(text.clone());
                }
            }
        }
    }
    (phrasings, texts)
}

/// The number of the language that a phrasing in the language `at` is recognised as. A variety
/// (`de-leicht`) shares its words with the language itself: it is chosen by people, never recognised.
pub(super) fn recognised(languages: &[String], at: usize) -> u8 {
    let itself = languages.get(at).map(|language| primary(language));
    let at = languages.iter().position(|known| Some(known.as_str()) == itself).unwrap_or(at);
    u8::try_from(at).unwrap_or(u8::MAX)
}

/// The language of a tag without region and variety.
pub(in crate::faq) fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}
