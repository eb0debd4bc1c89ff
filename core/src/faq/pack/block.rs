//! One table of a pack, read field by field and strictly: a field that is missing, of the wrong type or
//! that nobody asked for is an error with its line.
//!
//! By hand, because readers derived for every table would be a tenth of the worker, for a file that is
//! read once for each publishing.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::read::{block_id, line_of};
use super::{Localized, PackError, PackErrorReason};

type Value<'a> = Spanned<DeValue<'a>>;

/// A table whose fields are taken one after the other.
pub(in crate::faq) struct Block<'a> {
    source: &'a str,
    /// Byte offset of its head.
    start: usize,
    /// The entry or rule that it belongs to.
    owner: Option<String>,
    fields: DeTable<'a>,
    taken: Vec<&'static str>,
}

impl<'a> Block<'a> {
    /// The whole file.
    pub(super) fn of_file(source: &'a str) -> Result<Self, PackError> {
        let table = DeTable::parse(source).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            syntax(source, offset, block_id(source, offset), error.message().trim().to_owned())
        })?;
        Ok(Self { source, start: 0, owner: None, fields: table.into_inner(), taken: Vec::new() })
    }

    /// Line in the file, from 1.
    pub(in crate::faq) fn line(&self) -> usize {
        line_of(self.source, self.start)
    }

    /// What is wrong with the whole of it.
    pub(in crate::faq) fn error(&self, reason: PackErrorReason) -> PackError {
        PackError { line: self.line(), entry: self.owner.clone(), reason }
    }

    /// The same table, under a name for errors.
    pub(super) fn named(mut self, owner: &str) -> Self {
        self.owner = Some(owner.to_owned());
        self
    }

    /// A text that has to be there.
    pub(in crate::faq) fn text(&mut self, name: &'static str) -> Result<String, PackError> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A text that may be left out.
    pub(in crate::faq) fn optional_text(&mut self, name: &'static str) -> Result<Option<String>, PackError> {
        self.take(name).map(|value| self.read_text(name, value)).transpose()
    }

    /// A list of texts, empty if left out.
    pub(in crate::faq) fn list(&mut self, name: &'static str) -> Result<Vec<String>, PackError> {
        self.take(name).map_or(Ok(Vec::new()), |value| self.read_list(name, value))
    }

    /// A text for each language, none if left out.
    pub(in crate::faq) fn texts(&mut self, name: &'static str) -> Result<Localized<String>, PackError> {
        let mut texts = Localized::new();
        for (language, value) in self.by_language(name)? {
            texts.insert(language, self.read_text(name, value)?);
        }
        Ok(texts)
    }

    /// A list of texts for each language, none if left out.
    pub(in crate::faq) fn lists(&mut self, name: &'static str) -> Result<Localized<Vec<String>>, PackError> {
        let mut lists = Localized::new();
        for (language, value) in self.by_language(name)? {
            lists.insert(language, self.read_list(name, value)?);
        }
        Ok(lists)
    }

    /// A date, read by `read`, that may be left out.
    pub(super) fn date<T>(
        &mut self,
        field: &'static str,
        read: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, PackError> {
        let Some(value) = self.take(field) else { return Ok(None) };
        let at = value.span().start;
        let value = self.read_text(field, value)?;
        let Some(date) = read(&value) else {
            let line = line_of(self.source, at);
            return Err(PackError {
                line,
                entry: self.owner.clone(),
                reason: PackErrorReason::Date { field, value },
            });
        };
        Ok(Some(date))
    }

    /// A number that has to be there.
    pub(super) fn required_number(&mut self, name: &'static str) -> Result<f64, PackError> {
        self.number(name)?.ok_or_else(|| self.missing(name))
    }

    /// A number that may be left out.
    pub(in crate::faq) fn number(&mut self, name: &'static str) -> Result<Option<f64>, PackError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        number(value.get_ref()).map(Some).ok_or_else(|| self.wrong_type(name, &value, "a number"))
    }

    /// Whether it is so; no if left out.
    pub(in crate::faq) fn flag(&mut self, name: &'static str) -> Result<bool, PackError> {
        let Some(value) = self.take(name) else { return Ok(false) };
        value.get_ref().as_bool().ok_or_else(|| self.wrong_type(name, &value, "true or false"))
    }

    /// One of a few words, each with what it stands for.
    pub(in crate::faq) fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        variants: &[(&str, T)],
    ) -> Result<T, PackError> {
        let value = self.take(name).ok_or_else(|| self.missing(name))?;
        let (at, word) = (value.span().start, self.read_text(name, value)?);
        let known = variants.iter().find(|(known, _)| *known == word);
        known.map(|(_, variant)| *variant).ok_or_else(|| {
            let known: Vec<&str> = variants.iter().map(|(known, _)| *known).collect();
            let reason =
                format!("unknown variant `{word}` of `{name}`, expected one of `{}`", known.join("`, `"));
            self.error_at(at, reason)
        })
    }

    /// A value of any type that may be left out, with the way in which it is written.
    pub(in crate::faq) fn value(&mut self, name: &'static str) -> Option<(DeValue<'a>, &'a str)> {
        let value = self.take(name)?;
        let written = self.source.get(value.span()).unwrap_or_default();
        Some((value.into_inner(), written))
    }

    /// A table inside, which may be left out.
    pub(in crate::faq) fn block(&mut self, name: &'static str) -> Result<Option<Self>, PackError> {
        self.take(name).map(|value| self.inner(name, value)).transpose()
    }

    /// A list of tables inside, empty if left out; each belongs to the entry or rule that it is.
    pub(in crate::faq) fn blocks(&mut self, name: &'static str) -> Result<Vec<Self>, PackError> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let DeValue::Array(blocks) = value.get_ref() else {
            return Err(self.wrong_type(name, &value, "a list of tables"));
        };
        let blocks = blocks.clone().into_iter().map(|block| {
            let mut block = self.inner(name, block)?;
            if block.owner.is_none() {
                block.owner = block.fields.get("id").and_then(|id| id.get_ref().as_str()).map(str::to_owned);
            }
            Ok(block)
        });
        blocks.collect()
    }

    /// Whether its texts keep to the pack's languages.
    pub(in crate::faq) fn check_languages<'k>(
        &self,
        mut used: impl Iterator<Item = &'k String>,
        languages: &[String],
    ) -> Result<(), PackError> {
        match used.find(|language| !languages.contains(language)) {
            Some(language) => Err(self.error(PackErrorReason::UnknownLanguage(language.clone()))),
            None => Ok(()),
        }
    }

    /// Nothing more is expected: what is left is an unknown field.
    pub(in crate::faq) fn finish(self) -> Result<(), PackError> {
        match self.fields.keys().min_by_key(|key| key.span().start) {
            None => Ok(()),
            Some(key) => {
                let known = self.taken.join("`, `");
                let reason = format!("unknown field `{}`, expected one of `{known}`", key.get_ref());
                Err(self.error_at(key.span().start, reason))
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.taken.push(name);
        self.fields.remove(name)
    }

    fn inner(&self, name: &str, value: Value<'a>) -> Result<Self, PackError> {
        let start = value.span().start;
        match value.into_inner() {
            DeValue::Table(fields) => {
                Ok(Self { source: self.source, start, owner: self.owner.clone(), fields, taken: Vec::new() })
            }
            other => Err(self.error_at(start, wrong_type(name, &other, "a table"))),
        }
    }

    fn by_language(&mut self, name: &'static str) -> Result<Vec<(String, Value<'a>)>, PackError> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        let block = self.inner(name, value)?;
        Ok(block.fields.into_iter().map(|(key, value)| (key.into_inner().into_owned(), value)).collect())
    }

    fn read_text(&self, name: &str, value: Value<'a>) -> Result<String, PackError> {
        let start = value.span().start;
        match value.into_inner() {
            DeValue::String(text) => Ok(text.into_owned()),
            other => Err(self.error_at(start, wrong_type(name, &other, "a text in quotes"))),
        }
    }

    fn read_list(&self, name: &str, value: Value<'a>) -> Result<Vec<String>, PackError> {
        let start = value.span().start;
        match value.into_inner() {
            DeValue::Array(texts) => texts.into_iter().map(|text| self.read_text(name, text)).collect(),
            other => Err(self.error_at(start, wrong_type(name, &other, "a list of texts"))),
        }
    }

    fn wrong_type(&self, name: &str, value: &Value<'a>, expected: &str) -> PackError {
        self.error_at(value.span().start, wrong_type(name, value.get_ref(), expected))
    }

    fn missing(&self, name: &str) -> PackError {
        self.error(PackErrorReason::Syntax(format!("missing field `{name}`")))
    }

    fn error_at(&self, offset: usize, reason: String) -> PackError {
        syntax(self.source, offset, self.owner.clone(), reason)
    }
}

/// A number, however it is written.
pub(in crate::faq) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        // Numbers in packs are degrees, shares and bounds: small, and checked by eye.
        DeValue::Integer(_) => integer(value).and_then(|whole| i32::try_from(whole).ok()).map(f64::from),
        DeValue::Float(float) => float.as_str().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// A whole number.
pub(in crate::faq) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn wrong_type(name: &str, value: &DeValue<'_>, expected: &str) -> String {
    format!("invalid type of `{name}`: {}, expected {expected}", value.type_str())
}

fn syntax(source: &str, offset: usize, entry: Option<String>, reason: String) -> PackError {
    PackError { line: line_of(source, offset), entry, reason: PackErrorReason::Syntax(reason) }
}
