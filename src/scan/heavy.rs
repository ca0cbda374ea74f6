//! Pages that need much memory to decode take turns, so that several at once do not add up. Changes no result.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Bytes from which a page waits for its turn: above an A4 page that is drawn (70 MB), below one in JPEG 2000 (104 MB).
const HEAVY_BYTES: u64 = 96 << 20;

/// Longest wait: a page that never ends must not keep others from being read.
const PATIENCE: Duration = Duration::from_mins(1);

static BUSY: Mutex<bool> = Mutex::new(false);
static FREE: Condvar = Condvar::new();

thread_local! {
    static HAS_TURN: Cell<bool> = const { Cell::new(false) };
}

/// The time in which a thread decodes one page; at its end another may have its turn.
pub(super) struct Turn(PhantomData<*const ()>);

impl Turn {
    /// Begins with a page that has not said what it needs.
    pub(super) fn begin() -> Self {
        Self(PhantomData)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if HAS_TURN.replace(false) {
            *BUSY.lock().unwrap_or_else(PoisonError::into_inner) = false;
            FREE.notify_one();
        }
    }
}

/// Waits for a turn where `bytes` are many and the thread has none yet.
pub(super) fn enter(bytes: u64) {
    if bytes < HEAVY_BYTES || HAS_TURN.get() {
        return;
    }
    let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut busy, waited) = FREE.wait_timeout_while(busy, PATIENCE, |busy| *busy).unwrap_or_else(PoisonError::into_inner);
    if !waited.timed_out() {
        *busy = true;
        HAS_TURN.set(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn heavy_pages_take_turns() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let _turn = Turn::begin();
                    enter(HEAVY_BYTES);
                    enter(HEAVY_BYTES);
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(10));
                    now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }
}
