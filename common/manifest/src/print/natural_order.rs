//! The order in which yaml.v2 prints keys: numbers within them by value, other characters than letters before
//! letters, letters by code point.

use std::cmp::Ordering;

/// Sorts by keys as Go does. Its comparison goes in circles for some sets (`a2` < `a10` < `a1b` < `a2`), whose
/// order Go leaves to chance; here a merge sort that starts from the order of bytes always gives the same.
pub(crate) fn sort_by_key<'k, T: Copy>(items: &mut [T], key: impl Fn(T) -> &'k str) {
    items.sort_by(|a, b| key(*a).cmp(key(*b)));
    let keys: Vec<Vec<char>> = items.iter().map(|item| key(*item).chars().collect()).collect();
    let mut order: Vec<usize> = (0..items.len()).collect();
    let mut spare = Vec::with_capacity(order.len());
    let mut width = 1;
    while width < order.len() {
        for run in order.chunks_mut(2 * width) {
            merge(run, width, &keys, &mut spare);
        }
        width *= 2;
    }
    let sorted: Vec<T> = order.into_iter().map(|at| items[at]).collect();
    items.copy_from_slice(&sorted);
}

/// Merges the sorted halves of a run. Unlike the standard library's sort it cannot fail on a comparison that goes
/// in circles.
fn merge(run: &mut [usize], width: usize, keys: &[Vec<char>], spare: &mut Vec<usize>) {
    if run.len() <= width || !less(&keys[run[width]], &keys[run[width - 1]]) {
        return;
    }
    spare.clear();
    let (mut left, mut right) = (0, width);
    while left < width && right < run.len() {
        let take = if less(&keys[run[right]], &keys[run[left]]) { &mut right } else { &mut left };
        spare.push(run[*take]);
        *take += 1;
    }
    spare.extend_from_slice(&run[left..width]);
    // What is left of the right half already lies at its place.
    run[..spare.len()].copy_from_slice(spare);
}

fn less(a: &[char], b: &[char]) -> bool {
    let Some(at) = a.iter().zip(b).position(|(a, b)| a != b) else { return a.len() < b.len() };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => return a[at] < b[at],
        (false, false) => {}
        (_, b_is_letter) => return b_is_letter,
    }
    // Behind a digit other than 0 a zero is part of the number, so both continue one.
    let continues = (a[at] == '0' || b[at] == '0')
        && a[..at].iter().rev().take_while(|digit| digit.is_ascii_digit()).any(|digit| *digit != '0');
    let start = i64::from(continues);
    let (a_number, a_digits) = number(start, &a[at..]);
    let (b_number, b_digits) = number(start, &b[at..]);
    match (a_number.cmp(&b_number), a_digits.cmp(&b_digits)) {
        (Ordering::Equal, Ordering::Equal) => a[at] < b[at],
        (Ordering::Equal, digits) => digits == Ordering::Less,
        (number, _) => number == Ordering::Less,
    }
}

/// The number that the digits at the start make, and how many there are. Go's overflows in silence; so does this.
fn number(start: i64, text: &[char]) -> (i64, usize) {
    let digits = text.iter().map_while(|digit| digit.to_digit(10));
    digits.fold((start, 0), |(number, count), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(digit)), count + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted<const N: usize>(mut keys: [&str; N]) -> [&str; N] {
        sort_by_key(&mut keys, |key| key);
        keys
    }

    #[test]
    fn numbers_go_by_value_and_letters_come_last() {
        assert_eq!(sorted(["a10", "a2", "a1"]), ["a1", "a2", "a10"]);
        assert_eq!(sorted(["b", "B", "_", ".x", "1", "-"]), ["-", ".x", "_", "1", "B", "b"]);
        assert_eq!(sorted(["a.b", "ab", "a-b", "a"]), ["a", "a-b", "a.b", "ab"]);
        assert_eq!(sorted(["v1.10", "v1.9", "v1.09"]), ["v1.9", "v1.09", "v1.10"]);
        assert_eq!(sorted(["TRUE_", "NO_", "Yes_", "True_"]), ["NO_", "TRUE_", "True_", "Yes_"]);
    }

    #[test]
    fn a_circle_of_keys_has_one_order() {
        let orders = [["a2", "a10", "a1b"], ["a10", "a1b", "a2"], ["a1b", "a2", "a10"], ["a1b", "a10", "a2"]];
        let first = sorted(orders[0]);
        assert!(orders.iter().all(|order| sorted(*order) == first));
    }
}
