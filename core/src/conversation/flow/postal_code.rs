//! Reads a German postal code: `80331`, `D-80 331 München`, `PLZ: 8O331`.

/// Words beside it, at most: a place, and what it is called.
const MAX_WORDS: usize = 6;

/// The five digits; `None` where there are none, or others beside them.
pub(super) fn postal_code(text: &str) -> Option<String> {
    if text.contains('?') || text.split_whitespace().count() > MAX_WORDS {
        return None;
    }
    let letters: Vec<char> = text.chars().collect();
    let mut digits = String::new();
    let mut is_closed = false;
    for (at, letter) in letters.iter().enumerate() {
        match letter {
            _ if letter.is_ascii_digit() && !is_closed => digits.push(*letter),
            // The letter that looks like a zero, within the code.
            'o' | 'O'
                if !digits.is_empty()
                    && digits.len() < 5
                    && next_is_figure(&letters[at + 1..])
                    && !is_closed =>
            {
                digits.push('0');
            }
            _ if letter.is_numeric() => return None,
            _ if letter.is_whitespace() || matches!(letter, '.' | '-') => {
                is_closed |= digits.len() == 5 && letter.is_whitespace();
            }
            _ => is_closed |= !digits.is_empty(),
        }
    }
    let number: u32 = digits.parse().ok().filter(|_| digits.len() == 5)?;
    // Lowest and highest that the post uses.
    (1_067..=99_998).contains(&number).then_some(digits)
}

fn next_is_figure(rest: &[char]) -> bool {
    rest.first().is_none_or(|next| next.is_ascii_digit() || matches!(next, 'o' | 'O'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postal_codes_are_read_as_people_write_them() {
        for (text, expected) in [
            ("80331", Some("80331")),
            (" 80331. ", Some("80331")),
            ("80 331", Some("80331")),
            ("D-80331", Some("80331")),
            ("80331 München", Some("80331")),
            ("Meine PLZ ist 01067 Dresden", Some("01067")),
            ("PLZ: 8O331", Some("80331")),
            ("8033O", Some("80330")),
            ("8033", None),
            ("803311", None),
            ("80331 81369", None),
            ("00815", None),
            ("99999", None),
            ("München", None),
            ("Ist 80331 richtig?", None),
            ("٨٠٣٣١", None),
            ("", None),
        ] {
            assert_eq!(postal_code(text).as_deref(), expected, "{text}");
        }
    }
}
