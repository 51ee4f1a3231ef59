//! Opening many values on several processors.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use sealing::{Cursor, Fingerprint, KeyRing, Label, Plaintext, SealedValue};

/// What a value held, and the key that opened it.
pub(crate) type Found = (Plaintext, Fingerprint);

/// Opens values under one label, in their order; `None` where no key does.
///
/// The first value is what finds the key: its candidates are shared out over the threads, since a miss costs as
/// much as a hit. The rest, which most often need the same key, are shared out whole.
pub(crate) fn open_all(
    ring: &KeyRing,
    values: &[SealedValue],
    label: &Label,
    mut cursor: Cursor,
    threads: usize,
) -> Vec<Option<Found>> {
    let threads = threads.max(1);
    let Some((first, rest)) = values.split_first() else { return Vec::new() };
    if ring.len() == 1 {
        return share_out(ring, values, label, &cursor, threads);
    }
    let first = search(ring, first, label, &mut cursor, threads);
    let mut opened = vec![first];
    opened.extend(share_out(ring, rest, label, &cursor, threads));
    opened
}

fn open(ring: &KeyRing, value: &SealedValue, label: &Label, cursor: &mut Cursor) -> Option<Found> {
    ring.open(value, label, cursor).ok().map(|opened| (opened.plaintext, *opened.key))
}

/// Tries the candidates for one value on several threads; the first that opens it wins.
fn search(
    ring: &KeyRing,
    value: &SealedValue,
    label: &Label,
    cursor: &mut Cursor,
    threads: usize,
) -> Option<Found> {
    let candidates: Vec<usize> = ring.candidates(value, cursor).collect();
    let next = AtomicUsize::new(0);
    let done = AtomicBool::new(false);
    let found = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(candidates.len()) {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let Some(&index) = candidates.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                    if let Some(plaintext) = ring.open_with(index, value, label) {
                        done.store(true, Ordering::Relaxed);
                        *found.lock().unwrap_or_else(PoisonError::into_inner) = Some((index, plaintext));
                    }
                }
            });
        }
    });
    let (index, plaintext) = found.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    let key = *ring.iter().nth(index)?.fingerprint();
    cursor.opened_by(&key);
    Some((plaintext, key))
}

/// Gives each thread a run of the values and a cursor of its own.
fn share_out(
    ring: &KeyRing,
    values: &[SealedValue],
    label: &Label,
    cursor: &Cursor,
    threads: usize,
) -> Vec<Option<Found>> {
    let run = values.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let runs: Vec<_> = values
            .chunks(run)
            .map(|run| {
                let mut cursor = cursor.clone();
                scope.spawn(move || {
                    run.iter().map(|value| open(ring, value, label, &mut cursor)).collect::<Vec<_>>()
                })
            })
            .collect();
        runs.into_iter()
            .flat_map(|run| run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
