//! Why a ledger cannot be used: what happened, then what to do. Never says what stands in a record.

use std::io;
use std::path::PathBuf;

/// Why a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The folder has none.
    #[error("{path} is not there; give the folder that `uketsuke run --out` wrote", path = path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is not a ledger of uketsuke; give the folder that `uketsuke run --out` wrote", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error("{path} has schema {found}, this program knows up to {known}; use the version that wrote it, or a newer one", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// It cannot be read to the end.
    #[error("{path} could not be read: {source}; restore it from a copy, or run the batch again", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// It cannot be written.
    #[error("{path} could not be written: {source}; check that the folder may be written to and has room, then run again", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// Its file cannot be made, flushed or put in place.
    #[error("{path} could not be written: {source}; check that the folder may be written to and has room, then run again", path = path.display())]
    Place {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A row holds what no version of this program wrote.
    #[error("{path}: {what} at position {position} is damaged ({source}); restore the ledger from a copy, or run the batch again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Kind of row.
        what: &'static str,
        /// Which row.
        position: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Its chain does not hold: somebody changed it.
    #[error("{path} was changed after it was written: {what}; nothing was done. `uketsuke audit` says more", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The first fault found.
        what: String,
    },
    /// Two outcomes for one page: a bug of this program.
    #[error("page at position {position} of the batch was given two outcomes; nothing was stored twice, please report this")]
    Twice {
        /// Place among all pages of the batch, from 0.
        position: u64,
    },
    /// A decision about a record that is not in the ledger.
    #[error("the ledger has no record {record}; nothing was stored. Load the batch again")]
    NoRecord {
        /// The id asked for.
        record: String,
    },
    /// A decision about a field that the record does not have.
    #[error("record {record} has no field {field}; nothing was stored. Load the batch again")]
    NoField {
        /// The record.
        record: String,
        /// The field asked for.
        field: String,
    },
    /// A decision without a name or a reason.
    #[error("a decision needs who decided and why; nothing was stored. Fill in both")]
    Unsigned,
    /// A decision whose `from` is not how things stand: somebody else decided meanwhile.
    #[error("record {record} has been decided otherwise meanwhile; nothing was stored. Load it again and decide anew")]
    Stale {
        /// The record.
        record: String,
    },
}

impl LedgerError {
    /// The exit code of the command that meets it: 5 cannot be written, 2 the wrong folder or version was given, 70 our bug.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Missing { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::NoRecord { .. }
            | Self::NoField { .. }
            | Self::Stale { .. }
            | Self::Unsigned => 2,
            Self::Read { .. } | Self::Write { .. } | Self::Place { .. } | Self::Damaged { .. } | Self::Broken { .. } => 5,
            Self::Twice { .. } => 70,
        }
    }
}
