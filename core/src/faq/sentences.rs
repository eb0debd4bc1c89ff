//! Sentences that the red-flag rules are tried against: emergencies must fire, look-alikes must not.
//!
//! They come from `knowledge/red-flags.toml`, which grows with every message that a rule missed or
//! fired on for nothing.

use serde::Deserialize;
use toml::Spanned;

use super::knowledge::Knowledge;
use super::pack::{PackError, PackErrorReason, line_of};

/// A sentence and what the rules must make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Line in the file, from 1.
    pub line: usize,
    /// The pack whose rules are tried, by id.
    pub pack: String,
    /// The language it is in.
    pub language: String,
    /// What somebody wrote.
    pub text: String,
    /// Whether a rule must fire; otherwise none may.
    pub is_emergency: bool,
}

/// Reads sentences, in the order of the file.
///
/// # Errors
/// When the file is not TOML or a sentence lacks a field or has one too many; with the line.
pub fn parse(source: &str) -> Result<Vec<Sentence>, PackError> {
    let file: SentenceFile = toml::from_str(source).map_err(|error| PackError {
        line: line_of(source, error.span().map_or(0, |span| span.start)),
        entry: None,
        reason: PackErrorReason::Syntax(error.message().trim().to_owned()),
    })?;
    let read = |block: Spanned<SentenceBlock>, is_emergency| {
        let line = line_of(source, block.span().start);
        let SentenceBlock { pack, language, text } = block.into_inner();
        Sentence { line, pack, language, text, is_emergency }
    };
    let emergencies = file.emergency.into_iter().map(|block| read(block, true));
    let mut sentences: Vec<Sentence> =
        emergencies.chain(file.harmless.into_iter().map(|block| read(block, false))).collect();
    sentences.sort_by_key(|sentence| sentence.line);
    Ok(sentences)
}

/// The sentences for this pack that its rules get wrong.
pub fn misjudged<'a>(knowledge: &Knowledge, sentences: &'a [Sentence]) -> Vec<&'a Sentence> {
    let own = sentences.iter().filter(|sentence| sentence.pack == knowledge.id());
    own.filter(|sentence| knowledge.red_flag(&sentence.text).is_some() != sentence.is_emergency).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentenceFile {
    #[serde(default)]
    emergency: Vec<Spanned<SentenceBlock>>,
    #[serde(default)]
    harmless: Vec<Spanned<SentenceBlock>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentenceBlock {
    pack: String,
    language: String,
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::pack;

    const SENTENCES: &str = r#"
[[harmless]]
pack = "house"
language = "de"
text = "Feierabend"

[[emergency]]
pack = "house"
language = "de"
text = "Feuer im Keller"

[[emergency]]
pack = "house"
language = "de"
text = "Wasser im Keller"

[[harmless]]
pack = "house"
language = "de"
text = "das Feuer der Liebe"

[[emergency]]
pack = "another"
language = "de"
text = "Lawine"
"#;

    #[test]
    fn what_the_rules_miss_or_fire_on_for_nothing_is_told_with_its_line() {
        let pack = "pack = { id = 'house', title = '', languages = ['de'] }\n\
                    [[red_flag]]\nid = 'fire'\nphrases.de = ['Feuer']\nanswer.de = '112'";
        let knowledge = Knowledge::compile(&pack::parse(pack).expect("a pack"));
        let sentences = parse(SENTENCES).expect("sentences");
        let found: Vec<_> =
            misjudged(&knowledge, &sentences).iter().map(|one| (one.line, one.is_emergency)).collect();
        assert_eq!(found, [(12, true), (17, false)]);
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_line() {
        let error = parse("[[harmless]]\npack = 'a'\nlanguage = 'de'\ntxt = 'b'").expect_err("no text");
        assert_eq!(error.line, 4, "{error}");
    }
}
