//! How many typing errors lie between two words.

/// Whether two words lie within `limit` insertions, deletions, substitutions and swaps of neighbours.
#[must_use]
pub fn within_distance(left: &[char], right: &[char], limit: usize) -> bool {
    if left.len().abs_diff(right.len()) > limit {
        return false;
    }
    let width = right.len() + 1;
    let mut rows = [vec![0; width], (0..width).collect::<Vec<usize>>(), vec![0; width]];
    for (row, letter) in left.iter().enumerate() {
        let [before, above, current] = &mut rows;
        current[0] = row + 1;
        for column in 1..width {
            let same = right[column - 1] == *letter;
            let mut cost =
                (above[column - 1] + usize::from(!same)).min(above[column] + 1).min(current[column - 1] + 1);
            let swapped =
                row > 0 && column > 1 && right[column - 2] == *letter && left[row - 1] == right[column - 1];
            if swapped {
                cost = cost.min(before[column - 2] + 1);
            }
            current[column] = cost;
        }
        if current.iter().all(|cost| *cost > limit) {
            return false;
        }
        rows.rotate_left(1);
    }
    rows[1][right.len()] <= limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_swaps_of_neighbours_once() {
        let letters = |word: &str| word.chars().collect::<Vec<_>>();
        let rows = [
            ("ab", "ba", 1),
            ("abc", "abc", 0),
            ("abcd", "acbde", 2),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
        ];
        for (left, right, distance) in rows {
            assert!(within_distance(&letters(left), &letters(right), distance), "{left} {right}");
            assert!(
                distance == 0 || !within_distance(&letters(left), &letters(right), distance - 1),
                "{left} {right}"
            );
        }
    }
}
