//! Documents that hold what a command printed, between two marks.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Replaces what stands between `<!-- mark -->` and `<!-- /mark -->` in a document.
///
/// # Errors
/// When the document cannot be read or written, or has no such marks.
pub fn write_between(path: &Path, mark: &str, text: &str) -> Result<()> {
    let document = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let replaced = replaced(&document, mark, text)
        .with_context(|| format!("{} has no lines <!-- {mark} --> and <!-- /{mark} -->", path.display()))?;
    fs::write(path, replaced).with_context(|| format!("cannot write {}", path.display()))
}

/// The document with another text between the marks; `None` where they are missing.
#[must_use]
pub fn replaced(document: &str, mark: &str, text: &str) -> Option<String> {
    let (opening, closing) = (format!("<!-- {mark} -->"), format!("<!-- /{mark} -->"));
    let (before, rest) = document.split_once(&opening)?;
    let (_, after) = rest.split_once(&closing)?;
    Some(format!("{before}{opening}\n\n{}\n\n{closing}{after}", text.trim()))
}

/// What stands between the marks.
#[must_use]
pub fn between<'a>(document: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = document.split_once(&format!("<!-- {mark} -->"))?;
    rest.split_once(&format!("<!-- /{mark} -->")).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let document = "a\n<!-- bench:size -->\nold\n<!-- /bench:size -->\nb\n";
        let expected = "a\n<!-- bench:size -->\n\nnew\n\n<!-- /bench:size -->\nb\n";
        assert_eq!(replaced(document, "bench:size", "\nnew\n").as_deref(), Some(expected));
        assert_eq!(replaced(expected, "bench:size", "new").as_deref(), Some(expected));
        assert_eq!(replaced(document, "bench:start", "new"), None);
        assert_eq!(between(document, "bench:size"), Some("\nold\n"));
    }
}
