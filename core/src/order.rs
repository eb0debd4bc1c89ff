//! Sorting where nobody waits: one sort in the worker instead of one for every type.
//!
//! The sorts of the standard library are fast because each is compiled anew for its type and comparison, which takes
//! several kilobytes of the worker every time; so does a map or set that is collected, as it sorts first. Here one
//! sort of places serves all types. It must not be used for what is sorted for every message.

use std::cmp::Ordering;

/// Sorts; what is equal stays in its order.
pub fn sort_by<T>(values: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut from = places(values.len(), &|left, right| compare(&values[left], &values[right]));
    // Along every cycle of the permutation, so that each value is moved once.
    for start in 0..values.len() {
        let mut at = start;
        while from[at] != start {
            let next = from[at];
            values.swap(at, next);
            from[at] = at;
            at = next;
        }
        from[at] = at;
    }
}

/// Sorts by a key; what is equal stays in its order.
pub fn sort_by_key<T, K: Ord>(values: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(values, |left, right| key(left).cmp(&key(right)));
}

/// Which value belongs to each place.
fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut from: Vec<usize> = (0..count).collect();
    from.sort_by(|left, right| compare(*left, *right));
    from
}

/// A map or set of these, put in one by one.
pub fn gathered<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut all = C::default();
    all.extend(items);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(mut values: Vec<(u8, String)>) {
            let mut expected = values.clone();
            expected.sort_by_key(|(key, _)| key % 16);
            sort_by_key(&mut values, |(key, _)| key % 16);
            prop_assert_eq!(values, expected);
        }
    }
}
