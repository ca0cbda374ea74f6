//! Ctrl-C and its like: the first asks the run to stop when the pages in flight are done, the second ends it at once.

use super::{BUG, Failure};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A flag that is set by the first signal.
pub(super) fn on_signals() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let register = || {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the second signal finds the flag set and ends the program as it would have without us.
            flag::register_conditional_default(signal, Arc::clone(&stop))?;
            flag::register(signal, Arc::clone(&stop))?;
        }
        // Over the limit of file sizes a write shall fail and be told, not end the program.
        flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
    };
    register().map_err(|e| Failure::new(BUG, e))?;
    Ok(stop)
}
