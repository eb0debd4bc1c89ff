//! From a pack to the phrasings that its matcher learns from.

use super::super::matcher::Phrasing;
use super::super::pack::Pack;

/// The pack's phrasings, numbered, and their texts. A title is a phrasing too: people say back what they
/// read on a button. One that says the same as a phrasing counts once: its copy would pass for another wording
/// when the pack is calibrated.
pub(in crate::faq) fn phrasings(pack: &Pack) -> (Vec<Phrasing>, Vec<String>) {
    let (mut phrasings, mut texts): (Vec<Phrasing>, Vec<String>) = (Vec::new(), Vec::new());
    for (number, entry) in (0_u32..).zip(&pack.entries) {
        let first = phrasings.len();
        for (at, spoken) in pack.languages.iter().enumerate() {
            let language = recognised(&pack.languages, at);
            for text in entry.phrasings.get(spoken).into_iter().flatten() {
                phrasings.push(Phrasing::new(number, language, text));
                texts.push(text.clone());
            }
            if let Some(title) = entry.title.get(spoken) {
                let phrasing = Phrasing::new(number, language, title);
                if !phrasings[first..].contains(&phrasing) {
                    phrasings.push(phrasing);
                    texts.push(title.clone());
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
