//! Work that the threads of a pool do in any order while another takes up the results. Knows nothing of pages.

use rayon::ScopeFifo;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Gives out work and takes up results. Who does so is no thread of the pool: what is kept of results then lies in memory
/// of its own, and not between what the work takes and gives back, where it would hold on to ten times its size.
pub(super) struct Crew<'a, 'scope, W, R> {
    threads: &'a ScopeFifo<'scope>,
    work: &'scope (dyn Fn(W) -> R + Sync),
    done: Sender<thread::Result<R>>,
    results: Receiver<thread::Result<R>>,
    under_way: usize,
}

impl<'a, 'scope, W: Send + 'scope, R: Send + 'scope> Crew<'a, 'scope, W, R> {
    /// Threads, and what they do. Nothing is under way yet.
    pub(super) fn new(threads: &'a ScopeFifo<'scope>, work: &'scope (dyn Fn(W) -> R + Sync)) -> Self {
        let (done, results) = channel();
        Self { threads, work, done, results, under_way: 0 }
    }

    /// How much was given out whose result was not taken up yet.
    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    /// Gives out work: begun in the order given, by whichever thread is free.
    pub(super) fn give(&mut self, what: W) {
        let (work, done) = (self.work, self.done.clone());
        self.under_way += 1;
        self.threads.spawn_fifo(move |_| {
            let result = catch_unwind(AssertUnwindSafe(|| work(what)));
            // Nobody takes it up any more where the run was given up.
            let _ = done.send(result);
        });
    }

    /// Takes up the next result, in whatever order they come; none where nothing is under way.
    ///
    /// # Panics
    /// Where the work did.
    pub(super) fn take(&mut self) -> Option<R> {
        if self.under_way == 0 {
            return None;
        }
        let result = self.results.recv().ok()?;
        self.under_way -= 1;
        Some(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_is_taken_up_once_with_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let double = |n: u32| 2 * n;
            let mut taken = pool.in_place_scope_fifo(|threads| {
                let mut crew = Crew::new(threads, &double);
                (0..100).for_each(|n| crew.give(n));
                std::iter::from_fn(|| crew.take()).collect::<Vec<_>>()
            });
            taken.sort_unstable();
            assert_eq!(taken, (0..100).map(double).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_reaches_whoever_takes_up_results() {
        let fails = |(): ()| panic!("on purpose");
        let caught = catch_unwind(|| {
            rayon::in_place_scope_fifo(|threads| {
                let mut crew = Crew::new(threads, &fails);
                crew.give(());
                crew.take()
            })
        });
        assert!(caught.is_err());
    }
}
