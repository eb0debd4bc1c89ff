//! Typing errors on purpose: what a hurried thumb makes of a text, the same every time.
//!
//! For calibration, which has to know what typing errors do to scores, and for measuring how many
//! questions survive them. Nothing here runs while a question is answered.

/// Words from this length on get an error.
const SHORTEST: usize = 5;

/// The errors that thumbs make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typo {
    /// A letter and its successor change places.
    Swap,
    /// A letter is missing.
    Drop,
    /// A letter comes twice.
    Double,
    /// A letter is another one.
    Replace,
}

/// All of them.
pub const TYPOS: [Typo; 4] = [Typo::Swap, Typo::Drop, Typo::Double, Typo::Replace];

/// Makes one error at a letter, counted from 0; beyond the end the word stays as it is. The last letter
/// has no successor to change places with.
#[must_use]
pub fn misspell(word: &str, typo: Typo, at: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if at >= letters.len() {
        return word.to_owned();
    }
    match typo {
        Typo::Swap if at + 1 < letters.len() => letters.swap(at, at + 1),
        Typo::Swap => {}
        Typo::Drop => drop(letters.remove(at)),
        Typo::Double => letters.insert(at, letters[at]),
        Typo::Replace => letters[at] = neighbour(letters[at]),
    }
    letters.into_iter().collect()
}

/// The text with one error in each longer word, never in its first letter: `seed` chooses which.
#[must_use]
pub fn misspelt(text: &str, seed: u64) -> String {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        ((random >> 33) % bound.max(1) as u64) as usize
    };
    let spoil = |word: &str| {
        let length = word.chars().filter(|letter| letter.is_alphabetic()).count();
        if length < SHORTEST {
            return word.to_owned();
        }
        misspell(word, TYPOS[below(TYPOS.len())], 1 + below(length - 2))
    };
    text.split_whitespace().map(spoil).collect::<Vec<_>>().join(" ")
}

/// The key to the right on a German, Ukrainian or Arabic keyboard, umlauts aside; at the end of a row the
/// one to the left.
fn neighbour(letter: char) -> char {
    const ROWS: [&str; 9] = [
        "qwertzuiop",
        "asdfghjkl",
        "yxcvbnm",
        "йцукенгшщзхї",
        "фівапролджє",
        "ячсмитьбю",
        "ضصثقفغعهخحجد",
        "شسيبلاتنمكط",
        "ئءؤرىةوزظ",
    ];
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    let beside = ROWS.iter().find_map(|row| {
        let at = row.chars().position(|key| key == lower)?;
        row.chars().nth(at + 1).or_else(|| row.chars().nth(at - 1))
    });
    beside.unwrap_or('x')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_what_it_says() {
        let rows = [
            (Typo::Swap, 1, "tset"),
            (Typo::Swap, 3, "test"),
            (Typo::Drop, 2, "tet"),
            (Typo::Double, 1, "teest"),
            (Typo::Replace, 2, "tedt"),
            (Typo::Replace, 9, "test"),
        ];
        for (typo, at, expected) in rows {
            assert_eq!(misspell("test", typo, at), expected, "{typo:?} {at}");
        }
        assert_eq!(misspell("Öl", Typo::Replace, 1), "Ök");
    }

    #[test]
    fn longer_words_get_one_error_and_short_ones_none() {
        let text = "Wo ist das nächste Testzentrum?";
        let spoilt = misspelt(text, 7);
        assert_eq!(spoilt, misspelt(text, 7));
        let changed: Vec<bool> =
            text.split(' ').zip(spoilt.split(' ')).map(|(before, after)| before != after).collect();
        assert_eq!(changed[..3], [false; 3], "{spoilt}");
        assert!((0..9).any(|seed| misspelt(text, seed) != spoilt), "the seed matters");
        assert!(spoilt.split(' ').zip(text.split(' ')).all(|(a, b)| a.chars().next() == b.chars().next()));
    }
}
