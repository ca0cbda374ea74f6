//! Work that may take only so long: what decoding a hostile page costs ends here, and costs that page alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// Seconds that decoding one page, or opening one file, may take. The slowest honest pages (A3 in colour at 600 dpi as
/// JPEG 2000) take about four on an office machine; at 10 a busy one began to lose them.
pub const PAGE_SECONDS: u64 = 30;

/// Room for calls within calls: a deeply nested file must not end the program. Only what is used is taken.
const STACK_BYTES: usize = 256 << 20;

/// Processor time is what counts, so that a busy machine does not cost pages. A thread that waits instead of working is
/// given up after this many times the limit.
const IDLE_FACTOR: u32 = 10;

/// Does work on a thread of its own. None where it takes longer than `limit`, or panics: the thread is then left behind,
/// and whatever it still finds is thrown away.
pub fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, result) = sync_channel(1);
    let (started, thread) = sync_channel(1);
    let job = move || {
        let _ = started.send(own_statistics());
        let _ = done.send(work());
    };
    let spawned = thread::Builder::new().name("page".to_owned()).stack_size(STACK_BYTES).spawn(job);
    spawned.ok()?;
    let statistics = thread.recv().ok()?;
    let mut waited = Duration::ZERO;
    loop {
        match result.recv_timeout(limit) {
            Ok(value) => return Some(value),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => waited += limit,
        }
        let used = statistics.as_deref().and_then(processor_time).unwrap_or(waited);
        if used >= limit || waited >= limit * IDLE_FACTOR {
            return None;
        }
    }
}

/// Where the system tells how much this thread has worked, where it does.
fn own_statistics() -> Option<PathBuf> {
    let own = fs::read_link("/proc/thread-self").ok()?;
    Some(Path::new("/proc").join(own).join("stat"))
}

/// User and system time (fields 14 and 15 of proc(5) `stat`), which the kernel states in hundredths of a second.
fn processor_time(statistics: &Path) -> Option<Duration> {
    let text = fs::read_to_string(statistics).ok()?;
    // The name in parentheses may hold spaces; fields are counted behind it, from 3.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_ends_in_time_gives_its_value() {
        assert_eq!(within(Duration::from_secs(5), || 7), Some(7));
    }

    #[test]
    fn work_without_an_end_is_given_up() {
        let forever = || {
            let mut n = 0_u64;
            loop {
                n = std::hint::black_box(n.wrapping_add(1));
                if n == u64::MAX {
                    break;
                }
            }
        };
        assert_eq!(within(Duration::from_millis(100), forever), None);
    }

    #[test]
    fn a_panic_is_given_up_too() {
        let none: Option<()> = within(Duration::from_secs(5), || panic!("as a decoder does"));
        assert_eq!(none, None);
    }

    #[test]
    fn calls_may_lie_deep() {
        fn deep(n: u64) -> u64 {
            let here = std::hint::black_box([n; 64]);
            if n == 0 { here[0] } else { deep(n - 1) + here[63] - n }
        }
        // About 100 MB: twelve times what a thread has by default.
        assert_eq!(within(Duration::from_secs(20), || deep(150_000)), Some(0));
    }
}
