//! How many typing errors lie between two words.

/// Whether two words lie within `limit` insertions, deletions, substitutions and swaps of neighbours.
#[must_use]
pub fn within_distance(left: &[char], right: &[char], limit: usize) -> bool {
    if left.len().abs_diff(right.len()) > limit {
        return false;
    }
    let (left, right) = without_what_is_shared(left, right);
    if left.is_empty() || right.is_empty() {
        return left.len().max(right.len()) <= limit;
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

/// Two words without the letters that both begin with and both end with, which no error needs to touch.
fn without_what_is_shared<'a>(left: &'a [char], right: &'a [char]) -> (&'a [char], &'a [char]) {
    let begin = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    let (left, right) = (&left[begin..], &right[begin..]);
    let end = left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count();
    (&left[..left.len() - end], &right[..right.len() - end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    /// The distance of what is left of both words, straight from its definition.
    fn distance(left: &[char], right: &[char]) -> usize {
        let ([.., last], [.., other]) = (left, right) else { return left.len().max(right.len()) };
        let (shorter_left, shorter_right) = (&left[..left.len() - 1], &right[..right.len() - 1]);
        let mut least = (distance(shorter_left, shorter_right) + usize::from(last != other))
            .min(distance(shorter_left, right) + 1)
            .min(distance(left, shorter_right) + 1);
        if let ([before_left @ .., first, second], [before_right @ .., third, fourth]) = (left, right)
            && (first, second) == (fourth, third)
        {
            least = least.min(distance(before_left, before_right) + 1);
        }
        least
    }

    proptest! {
        #[test]
        fn within_is_what_the_definition_says(left in "[abc]{0,6}", right in "[abc]{0,6}", limit in 0..4_usize) {
            let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
            prop_assert_eq!(within_distance(&left, &right, limit), distance(&left, &right) <= limit);
        }
    }
}
