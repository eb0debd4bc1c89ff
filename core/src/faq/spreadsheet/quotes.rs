//! Whether the quotation marks of a row open and close cells as they should. A reader of CSV takes any; a lost mark
//! makes it run rows together without a word.

/// What a row's quotation marks come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quotes {
    /// Each cell that opens with one ends with one.
    Sound,
    /// Something stands behind a closing one, in the same cell and line.
    Stray,
    /// As [`Quotes::Stray`], and the cell began lines above.
    StrayAcrossLines,
    /// The last cell is never closed.
    Open,
}

/// The worst that is wrong with the quotation marks of one row, as it stands in the file.
pub(super) fn quotes(row: &str, delimiter: u8) -> Quotes {
    let delimiter = char::from(delimiter);
    let mut worst = Quotes::Sound;
    let mut rest = row.trim_start_matches(['\r', '\n']);
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some(end) = closing(quoted) else { return Quotes::Open };
            let behind = &quoted[end + 1..];
            let is_sound = behind.is_empty() || behind.starts_with([delimiter, '\r', '\n']);
            let is_across = quoted[..end].contains(['\r', '\n']);
            worst = worst.max(match (is_sound, is_across) {
                (true, _) => Quotes::Sound,
                (false, false) => Quotes::Stray,
                (false, true) => Quotes::StrayAcrossLines,
            });
            rest = behind;
        }
        let Some(next) = rest.find(delimiter) else { return worst };
        rest = &rest[next + 1..];
    }
}

/// Where the mark stands that closes a cell; two in a row stand for one.
fn closing(quoted: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + quoted[from..].find('"')?;
        if !quoted[at + 1..].starts_with('"') {
            return Some(at);
        }
        from = at + 2;
    }
}
