//! audit: holds a finished batch folder against its ledger, and the ledger against itself and the archived scans. Says
//! what differs and where; changes nothing. Never says what stands on a form: only ids, names of fields and files.

mod fault;
mod files;
mod paper;
mod rerun;

pub use fault::{Fault, Note};
pub use paper::Archive;
pub use rerun::{compare, differences};

use crate::form::Form;
use crate::ledger::chain::{Break, Head};
use crate::ledger::{Ledger, LedgerError};
use crate::receipt::Letters;
use crate::tally::Tally;
use files::Folder;
use std::path::Path;

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// What should not be.
    pub faults: Vec<Fault>,
    /// What is worth knowing, and why things may differ.
    pub notes: Vec<Note>,
    /// Where the chain ends.
    pub head: Option<Head>,
    /// Things looked at: entries of the ledger, files, scans, records compared.
    pub looked_at: LookedAt,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct LookedAt {
    /// Entries of the ledger.
    pub entries: usize,
    /// Files of the folder.
    pub files: usize,
    /// Archived scans.
    pub scans: usize,
    /// Records read again.
    pub records: usize,
}

impl Findings {
    pub(crate) fn fault(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub(crate) fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// What the files of a folder are held against beside the ledger.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Forms, for tables and letters.
    pub forms: &'a [Form],
    /// What letters are written from.
    pub letters: &'a Letters<'a>,
    /// Whether program, forms and master are those of the batch, so that letters must come out the same.
    pub same: bool,
}

/// Checks the ledger of a batch folder, its accounting identity, and every file beside it.
///
/// # Errors
/// Where there is no ledger that can be opened; what is wrong inside it is a finding.
pub fn folder(dir: &Path, means: &Means) -> Result<Findings, LedgerError> {
    let ledger = Ledger::open(dir)?;
    let mut findings = Findings::default();
    let entries = ledger.entries()?;
    findings.looked_at.entries = entries.len();
    findings.head = ledger.head().ok();
    for broken in ledger.breaks()? {
        findings.fault(Fault::Entry(broken));
    }
    let damaged = |findings: &mut Findings, error: &LedgerError| {
        // What cannot be understood has been told as a changed entry, unless its hash was made to fit.
        let known = findings.faults.iter().any(|f| matches!(f, Fault::Entry(Break::Changed { .. } | Break::Missing { .. })));
        if !known {
            findings.fault(Fault::Unreadable { what: error.to_string() });
        }
    };
    match identity(&ledger, &mut findings).and_then(|()| Folder::of(dir, &ledger)) {
        Ok(folder) => {
            if let Err(error) = folder.check(&entries, means, &mut findings) {
                damaged(&mut findings, &error);
            }
        }
        Err(error) => damaged(&mut findings, &error),
    }
    Ok(findings)
}

/// Pages in must be pages out, and what the batch was closed with must be what its entries add up to.
fn identity(ledger: &Ledger, findings: &mut Findings) -> Result<(), LedgerError> {
    let as_read = Tally::of(&ledger.inputs()?, &ledger.exceptions()?, &ledger.as_read()?);
    if !as_read.holds() {
        findings.fault(Fault::Identity { pages_in: as_read.pages_in, pages_out: as_read.pages_out() });
    }
    if ledger.closed_with()?.is_some_and(|counts| counts != as_read) {
        findings.fault(Fault::Counts);
    }
    let decisions = ledger.decisions()?.len();
    if decisions > 0 {
        findings.note(Note::Decisions { count: decisions });
    }
    Ok(())
}
