//! What is asked: evaluation sets, or parts of the sample packs.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use lotse_core::faq::evaluate::Query;
use lotse_core::faq::pack::{Entry, Pack, parse};

use crate::faq_command::read_set;
use crate::places;

/// Phrasings and questions of one name, in parts that are asked one by one.
pub struct Bank {
    /// The pack's or the set's name.
    pub name: String,
    /// What is known, and what is asked of it.
    pub parts: Vec<(Pack, Vec<Query>)>,
}

/// Each pack is taken apart so often; each time every fifth phrasing is asked of the rest.
const FOLDS: usize = 5;
/// Those that all engines have rules for.
const LANGUAGES: [&str; 2] = ["de", "en"];

/// The sample packs, each German and English phrasing asked of a pack that lacks it.
pub fn left_out() -> Result<Vec<Bank>> {
    let take_apart = |pack: Pack| Bank {
        parts: (0..FOLDS).map(|fold| part(&pack, fold)).collect(),
        name: pack.id.clone(),
    };
    Ok(packs()?.into_iter().map(take_apart).collect())
}

fn part(pack: &Pack, fold: usize) -> (Pack, Vec<Query>) {
    let mut kept = Pack { id: pack.id.clone(), title: pack.title.clone(), ..Pack::default() };
    kept.languages = pack.languages.iter().filter(|tag| LANGUAGES.contains(&tag.as_str())).cloned().collect();
    let (mut queries, mut number) = (Vec::new(), 0);
    for entry in &pack.entries {
        let mut rest = Entry { id: entry.id.clone(), ..Entry::default() };
        let spoken = entry.phrasings.iter().filter(|(language, _)| kept.languages.contains(language));
        for (language, text) in
            spoken.flat_map(|(language, texts)| texts.iter().map(move |text| (language, text)))
        {
            number += 1;
            if number % FOLDS == fold {
                queries.push(Query { text: text.clone(), ids: vec![entry.id.clone()] });
            } else {
                rest.phrasings.entry(language.clone()).or_default().push(text.clone());
            }
        }
        kept.entries.push(rest);
    }
    (kept, queries)
}

/// Evaluation sets.
pub fn read(folders: &[PathBuf]) -> Result<Vec<Bank>> {
    let read = |folder: &PathBuf| {
        let set = read_set(folder)?;
        let mut pack = set.pack;
        pack.id.clone_from(&set.name);
        Ok(Bank { name: set.name, parts: vec![(pack, set.queries)] })
    };
    folders.iter().map(read).collect()
}

/// The sample packs.
pub fn packs() -> Result<Vec<Pack>> {
    let load = |name| {
        let path = places::root().join("knowledge").join(name).join("pack.toml");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        parse(&text).with_context(|| path.display().to_string())
    };
    ["gesundheitsamt", "kindergarten", "shop"].into_iter().map(load).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrasing_is_asked_once_of_a_pack_that_lacks_it() -> Result<()> {
        for (bank, pack) in left_out()?.iter().zip(packs()?) {
            let spoken = |pack: &Pack| -> usize {
                let phrasings = pack.entries.iter().flat_map(|entry| &entry.phrasings);
                phrasings
                    .filter(|(tag, _)| LANGUAGES.contains(&tag.as_str()))
                    .map(|(_, texts)| texts.len())
                    .sum()
            };
            assert_eq!(bank.parts.iter().map(|(_, queries)| queries.len()).sum::<usize>(), spoken(&pack));
            for (kept, queries) in &bank.parts {
                assert_eq!(spoken(kept) + queries.len(), spoken(&pack), "{}", bank.name);
            }
        }
        Ok(())
    }
}
