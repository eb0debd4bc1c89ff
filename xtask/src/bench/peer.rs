//! The peer: the bot that people would otherwise build, bundled with the pack that lotse carries.
//!
//! It gets the texts that lotse sends, as far as they are the pack's; its own few words stand here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow};
use lotse_core::faq::answer::compose;
use lotse_core::faq::pack::{self, Entry, Localized, Pack};
use lotse_core::settings::{Settings, resolve_zone};
use serde::Serialize;

use crate::{places, step};

/// Workers that are bundled before they run.
pub const NAMES: [&str; 2] = ["hono", "hono-bare"];

/// What lotse says below its first message, too.
const CLOSING: [(&str, &str); 2] = [
    (
        "de",
        "Automatische Antwort (Gesundheitsamt Musterstadt). Schreiben Sie „Mensch“, wenn Sie mit einem \
         Menschen sprechen möchten.\nDatenschutz: https://musterstadt.example/datenschutz · Impressum: \
         https://musterstadt.example/impressum",
    ),
    (
        "en",
        "Automatic answer (Musterstadt Health Office). Write “human” to speak to a human.\n\
         Privacy: https://musterstadt.example/datenschutz · Imprint: https://musterstadt.example/impressum",
    ),
];
const ACKNOWLEDGEMENT: [(&str, &str); 2] = [
    (
        "de",
        "Danke für Ihre Nachricht. Ein Mensch aus unserem Team liest sie und antwortet Ihnen hier, so bald \
         wir können.",
    ),
    (
        "en",
        "Thank you for your message. A human of our team will read it and answer you here as soon as we can.",
    ),
];

/// The pack as the peer reads it.
#[derive(Serialize)]
struct Knowledge<'p> {
    languages: &'p [String],
    closing: BTreeMap<&'p str, &'static str>,
    acknowledgement: BTreeMap<&'p str, &'static str>,
    entries: Vec<KnownEntry<'p>>,
}

#[derive(Serialize)]
struct KnownEntry<'p> {
    id: &'p str,
    /// By language, like the buttons.
    answer: BTreeMap<&'p str, String>,
    buttons: BTreeMap<&'p str, Vec<Button<'p>>>,
    phrasings: Vec<Phrasing<'p>>,
}

#[derive(Serialize)]
struct Button<'p> {
    entry: &'p str,
    title: &'p str,
}

#[derive(Serialize)]
struct Phrasing<'p> {
    language: &'p str,
    text: &'p str,
}

/// Where the bundle of a worker lies.
#[must_use]
pub fn bundle(name: &str) -> PathBuf {
    places::target().join("bench").join(name).join("index.js")
}

/// Bundles both workers of the peer with the pack that `lotse.toml` names.
///
/// # Errors
/// When the pack cannot be read or esbuild fails.
pub fn build() -> Result<()> {
    let folder = places::target().join("bench");
    fs::create_dir_all(&folder)?;
    let pack_path = folder.join("pack.json");
    fs::write(&pack_path, serde_json::to_vec(&Knowledge::of(&own_pack()?))?)?;
    NAMES.iter().try_for_each(|name| bundle_one(name, &pack_path))
}

fn bundle_one(name: &str, pack: &Path) -> Result<()> {
    let mut esbuild = Command::new(places::npm_program("esbuild"));
    esbuild
        .arg(format!("bench/workers/{name}/index.js"))
        .args(["--bundle", "--minify", "--format=esm", "--target=es2024", "--log-level=warning"])
        .args(["--conditions=workerd,worker", "--external:cloudflare:workers"])
        .arg(format!("--alias:pack.json={}", pack.display()))
        .arg(format!("--outfile={}", bundle(name).display()))
        .current_dir(places::root());
    step::run(&format!("bundle {name}"), "1 s", "run `cargo xtask build` once", &mut esbuild)
}

fn own_pack() -> Result<Pack> {
    let root = places::root();
    let settings = fs::read_to_string(root.join("lotse.toml"))?;
    let settings = Settings::from_toml(&settings, &resolve_zone)
        .map_err(|error| anyhow!("lotse.toml:{}: {}", error.line, error.reason))?;
    let path = root.join("knowledge").join(&settings.organisation.pack).join("pack.toml");
    let source = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    pack::parse(&source).map_err(|error| anyhow!("{}:{}: {}", path.display(), error.line, error.reason))
}

impl<'p> Knowledge<'p> {
    /// Everything that is served today.
    fn of(pack: &'p Pack) -> Self {
        let today = jiff::Zoned::now().date();
        let served: Vec<&Entry> =
            pack.entries.iter().filter(|entry| entry.expires.is_none_or(|last| today <= last)).collect();
        let entries = served.iter().map(|entry| KnownEntry::of(entry, &served, pack)).collect();
        Self {
            languages: &pack.languages,
            closing: in_every_language(pack, CLOSING),
            acknowledgement: in_every_language(pack, ACKNOWLEDGEMENT),
            entries,
        }
    }
}

/// The peer's own words; in a language that it does not speak, those of the first one.
fn in_every_language<'p>(
    pack: &'p Pack,
    words: [(&'static str, &'static str); 2],
) -> BTreeMap<&'p str, &'static str> {
    let spoken = |language: &str| words.iter().find(|(known, _)| *known == language).unwrap_or(&words[0]).1;
    pack.languages.iter().map(|language| (language.as_str(), spoken(language))).collect()
}

impl<'p> KnownEntry<'p> {
    fn of(entry: &'p Entry, served: &[&'p Entry], pack: &'p Pack) -> Self {
        let in_language = |texts: &'p Localized<String>, language: &str| {
            let text = texts.get(language).or_else(|| texts.get(pack.default_language()));
            text.map(String::as_str).unwrap_or_default()
        };
        let answer = |language: &'p str| {
            let text = in_language(&entry.answer, language);
            let text = compose(text, entry.as_of, entry.source.as_deref(), language);
            match &entry.location {
                Some(place) => format!("{text}\n\n📍 {}, {}", place.name, place.address),
                None => text,
            }
        };
        let button = |id: &'p String, language| {
            let target = served.iter().find(|entry| entry.id == *id)?;
            Some(Button { entry: id, title: in_language(&target.title, language) })
        };
        let buttons = |language| entry.buttons.iter().filter_map(|id| button(id, language)).take(3).collect();
        let languages = || pack.languages.iter().map(String::as_str);
        let phrasings = entry
            .phrasings
            .iter()
            .flat_map(|(language, texts)| texts.iter().map(move |text| Phrasing { language, text }));
        Self {
            id: &entry.id,
            answer: languages().map(|language| (language, answer(language))).collect(),
            buttons: languages().map(|language| (language, buttons(language))).collect(),
            phrasings: phrasings.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peer_gets_every_answer_in_every_language() -> Result<()> {
        let pack = own_pack()?;
        let knowledge = Knowledge::of(&pack);
        assert!(!knowledge.entries.is_empty());
        for entry in &knowledge.entries {
            assert!(!entry.phrasings.is_empty(), "{}", entry.id);
            for language in knowledge.languages {
                assert!(entry.answer.get(&**language).is_some_and(|text| !text.is_empty()), "{}", entry.id);
                assert!(entry.buttons.contains_key(&**language), "{}", entry.id);
                assert!(knowledge.closing.contains_key(&**language), "{language}");
                assert!(knowledge.acknowledgement.contains_key(&**language), "{language}");
            }
        }
        Ok(())
    }
}
