//! What a run is asked to do, resolved: later stages never meet a default. Does not read the command line.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is known of a delivery, and how its letters are to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Name of the batch.
    pub batch: String,
    /// Day the sheets arrived.
    pub received_on: Option<Date>,
    /// Day of the postmark.
    pub postmarked_on: Option<Date>,
}
