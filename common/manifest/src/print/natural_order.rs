//! The order in which yaml.v2 prints keys: numbers within them by value, other characters than letters before
//! letters, letters by code point.

use std::cmp::Ordering;

/// Sorts keys as Go does. Its comparison goes in circles for some sets (`a2` < `a10` < `a1b` < `a2`), whose order
/// Go leaves to chance; here a merge sort that starts from the order of bytes always gives the same.
pub(crate) fn sort_by_key<T: Copy>(items: &mut [T], key: impl Fn(T) -> Key) {
    let mut keyed: Vec<(Key, T)> = items.iter().map(|item| (key(*item), *item)).collect();
    keyed.sort_by(|a, b| a.0.text.cmp(&b.0.text));
    let mut spare = Vec::with_capacity(keyed.len());
    let mut width = 1;
    while width < keyed.len() {
        for run in keyed.chunks_mut(2 * width) {
            merge(run, width, &mut spare);
        }
        width *= 2;
    }
    for (place, (_, item)) in items.iter_mut().zip(keyed) {
        *place = item;
    }
}

/// A key to sort by, as characters.
#[derive(Clone)]
pub(crate) struct Key {
    text: Vec<char>,
}

impl Key {
    pub(crate) fn new(text: &str) -> Self {
        Key { text: text.chars().collect() }
    }
}

/// Merges the sorted halves of a run. Unlike the standard library's sort it cannot fail on a comparison that goes
/// in circles.
fn merge<T: Copy>(run: &mut [(Key, T)], width: usize, spare: &mut Vec<(Key, T)>) {
    if run.len() <= width || !less(&run[width].0.text, &run[width - 1].0.text) {
        return;
    }
    spare.clear();
    let (mut left, mut right) = (0, width);
    while left < width && right < run.len() {
        let take = if less(&run[right].0.text, &run[left].0.text) { &mut right } else { &mut left };
        spare.push(run[*take].clone());
        *take += 1;
    }
    spare.extend(run[left..width].iter().cloned());
    // What is left of the right half already lies at its place.
    run[..spare.len()].clone_from_slice(spare);
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
        sort_by_key(&mut keys, Key::new);
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
