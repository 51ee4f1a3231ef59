//! Work on several processors whose results are used in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

/// From how many pieces on a thread pays for its start.
const WORTH_THREADS: usize = 16;

/// How many finished results each thread may be ahead of the one that is waited for; this bounds the memory.
const AHEAD: usize = 32;

/// Does `work` for 0, 1, 2 … `count` - 1 on up to `threads` threads, and hands the results to `consume` on the
/// calling thread in that order.
///
/// # Errors
/// The first error of `consume`; work that is not begun then is left.
pub(crate) fn in_order<T: Send, E>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    mut consume: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.min(count.div_ceil(WORTH_THREADS / 2));
    if threads <= 1 {
        return (0..count).try_for_each(|index| consume(index, work(index)));
    }
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(threads * AHEAD);
        for _ in 0..threads {
            let sender = sender.clone();
            let (next, stop, work) = (&next, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || sender.send((index, work(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut wanted = 0;
        for (index, result) in receiver {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&wanted) {
                if let Err(error) = consume(wanted, result) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
                wanted += 1;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        for count in [0, 1, 15, 16, 1000] {
            let mut seen = Vec::new();
            let ended: Result<(), ()> = in_order(
                count,
                4,
                |index| index * 2,
                |index, result| {
                    assert_eq!(result, index * 2);
                    seen.push(index);
                    Ok(())
                },
            );
            assert_eq!(ended, Ok(()));
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let ended =
            in_order(10_000, 4, |index| index, |index, _| if index == 100 { Err(index) } else { Ok(()) });
        assert_eq!(ended, Err(100));
    }
}
