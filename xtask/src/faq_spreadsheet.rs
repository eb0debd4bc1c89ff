//! `cargo xtask faq import` and `export`: packs from and to a spreadsheet's CSV.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use lotse_core::faq::pack::Pack;
use lotse_core::faq::spreadsheet::{Options, SpreadsheetError, export, import};
use lotse_core::faq::write::write;

/// Arguments of `cargo xtask faq import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The spreadsheet, saved as CSV
    file: PathBuf,
    /// The pack's id, equal to its folder
    #[arg(long)]
    id: String,
    /// The organisation or topic, as people call it
    #[arg(long)]
    title: String,
    /// The language of rows that name none; the pack's default
    #[arg(long, default_value = "de")]
    language: String,
    /// Where to write the pack instead of the screen; an existing file is never overwritten
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What is true of every pack from a table.
const NO_EMERGENCIES: &str = "This pack knows no emergencies: whoever writes \"Ich bekomme keine Luft\" is not sent to 112. \
    A table cannot hold them. Copy the [[red_flag]] rules of a sample, such as knowledge/shop/pack.toml, into the pack \
    before anybody talks to it (knowledge/README.md, \"Emergencies: red flags\").";

/// Why a spreadsheet did not become a pack, or the other way round.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no spreadsheet of answers.
    #[error("{}: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SpreadsheetError,
    },
    /// No row could be used.
    #[error("{}: no row could be used; no pack was written", .0.display())]
    Empty(PathBuf),
}

/// Reads a spreadsheet, names what was not understood and writes the pack.
///
/// # Errors
/// When the file is no spreadsheet of answers, has no usable row, or the pack cannot be written.
pub fn run_import(arguments: ImportArgs) -> Result<(), TableError> {
    let ImportArgs { file, id, title, language, out } = arguments;
    let bytes = fs::read(&file).map_err(|source| TableError::File { path: file.clone(), source })?;
    let imported = import(&bytes, &Options { id, title, language })
        .map_err(|source| TableError::Table { path: file.clone(), source })?;
    for remark in &imported.remarks {
        eprintln!("{}: {remark}", file.display());
    }
    if imported.rows == 0 {
        return Err(TableError::Empty(file));
    }
    eprintln!(
        "{} rows became {} entries in {} language(s); {} remark(s).",
        imported.rows,
        imported.pack.entries.len(),
        imported.pack.languages.len(),
        imported.remarks.len()
    );
    put(out.as_deref(), &write(&imported.pack))?;
    eprintln!("{NO_EMERGENCIES}");
    if let Some(out) = &out {
        eprintln!("Then run `cargo xtask faq check {}`.", out.display());
    }
    Ok(())
}

/// Writes a pack as a spreadsheet and names what a table cannot hold.
///
/// # Errors
/// When the file cannot be written.
pub fn run_export(pack: &Pack, out: Option<&Path>) -> Result<(), TableError> {
    let exported = export(pack);
    put(out, &exported.csv)?;
    for what in &exported.left_out {
        eprintln!("not in the table: {what}");
    }
    Ok(())
}

/// Writes to a new file, or to the screen.
fn put(out: Option<&Path>, text: &str) -> Result<(), TableError> {
    let Some(path) = out else {
        let fail = |source| TableError::File { path: PathBuf::from("the screen"), source };
        return io::stdout().write_all(text.as_bytes()).map_err(fail);
    };
    let fail = |source| TableError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lotse_core::faq::pack::parse;

    #[test]
    fn a_spreadsheet_becomes_a_pack_on_disk_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, out) = (folder.path().join("faq.csv"), folder.path().join("new/pack.toml"));
        fs::write(&file, "Frage;Antwort\nWann offen?;Von 8 bis 20 Uhr.\n").expect("a file");
        let arguments = || ImportArgs {
            file: file.clone(),
            id: "bad".to_owned(),
            title: "Freibad".to_owned(),
            language: "de".to_owned(),
            out: Some(out.clone()),
        };
        run_import(arguments()).expect("an import");
        let pack = parse(&fs::read_to_string(&out).expect("a pack")).expect("a sound pack");
        assert_eq!(pack.entries[0].answer["de"], "Von 8 bis 20 Uhr.");
        assert!(matches!(run_import(arguments()), Err(TableError::File { .. })));

        let table = folder.path().join("table.csv");
        run_export(&pack, Some(&table)).expect("an export");
        assert!(fs::read_to_string(&table).expect("a table").contains("Von 8 bis 20 Uhr."));
    }
}
