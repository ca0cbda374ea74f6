//! The batch folder while it is being filled: pictures as records come, every other file at the end (`output`).
//! Files appear whole or not at all. Does not decide anything about records.

use super::journal::{Journal, JournalError};
use super::kept::Kept;
use super::lock::Lock;
use super::output::{Output, Position};
use super::packed::Packed;
use super::pictured::{Pictured, ToPicture};
use super::sheet::InBatch;
use crate::export::report::{ACCEPTED_PICTURES, LOOK_PICTURES};
use crate::export::table::Encoding;
use crate::form::Form;
use crate::ledger::chain::Head;
use crate::ledger::{CropEntry, LedgerError};
use crate::pdf::PdfError;
use crate::provenance::{InputFile, Provenance};
use crate::record::join::Submission;
use crate::record::{ExceptionKind, Finding, PageException, Record, Status};
use crate::scan::sha256;
use crate::whole::{OutputError, private_folder, sweep};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The batch folder could not be written, or must not be.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another file.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The letters could not be drawn.
    #[error("the letters could not be drawn: {0}")]
    Letters(#[from] PdfError),
    /// Another run has it.
    #[error("{dir} is in use by another run, audit or station; wait until that has ended, or give another folder", dir = dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// It holds another finished batch.
    #[error("{dir} holds a finished batch of other scans or settings ({what}); nothing was changed. Give another folder", dir = dir.display())]
    Finished {
        /// The folder.
        dir: PathBuf,
        /// What is other.
        what: String,
    },
    /// Files of a finished batch are gone or changed, and people have decided about it.
    #[error("{dir}: {file} is not what was written. `uketsuke export` and `uketsuke receipts` write files again from the ledger; `uketsuke audit` says more", dir = dir.display())]
    Changed {
        /// The folder.
        dir: PathBuf,
        /// The first file that differs.
        file: String,
    },
    /// Reading the same scans again gave other records.
    #[error("{dir}: reading the same scans again gives other records than its ledger holds; the ledger was left as it is. `uketsuke audit --scans` says which", dir = dir.display())]
    Otherwise {
        /// The folder.
        dir: PathBuf,
    },
    /// It was asked to stop.
    #[error("stopped after {done} pages; nothing is lost. Run the same command again to go on")]
    Stopped {
        /// Pages whose outcome is kept.
        done: u64,
    },
}

/// A batch folder being filled.
pub struct Folder {
    lock: Lock,
    dir: PathBuf,
    provenance: Provenance,
    encoding: Encoding,
    must_be: Option<Head>,
    inputs: Vec<InputFile>,
    records: Vec<(Position, Packed<Record>)>,
    /// What only a later record could tell of an earlier one, by the earlier one's id.
    late: HashMap<String, Vec<Finding>>,
    exceptions: Vec<(Position, PageException)>,
    /// Pictures in the folder, page by page.
    crops: Vec<Packed<Vec<CropEntry>>>,
    /// Pages whose thumbnails the journal has for the report: their files, and pages within them.
    thumbnails: HashSet<(String, u32)>,
    shown: (usize, usize),
}

impl Folder {
    /// Makes the folder where it is missing, and takes it for this run.
    ///
    /// # Errors
    /// Where it cannot be written, or another run has it.
    pub fn create(dir: &Path, provenance: Provenance, encoding: Encoding) -> Result<Self, FolderError> {
        private_folder(dir)?;
        let lock = Lock::take(dir)?;
        Ok(Self {
            lock,
            dir: dir.to_owned(),
            provenance,
            encoding,
            must_be: None,
            inputs: Vec::new(),
            records: Vec::new(),
            late: HashMap::new(),
            exceptions: Vec::new(),
            crops: Vec::new(),
            thumbnails: HashSet::new(),
            shown: (0, 0),
        })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the run is made with.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Opens its journal, and makes the folders below it.
    pub(super) fn begin(&mut self, must_be: Option<Head>) -> Result<Journal, FolderError> {
        self.must_be = must_be;
        for folder in ["crops", "csv"].map(|below| self.dir.join(below)) {
            private_folder(&folder)?;
            sweep(&folder)?;
        }
        let described = serde_json::to_string(&self.provenance).unwrap_or_default();
        Ok(Journal::open(&self.dir, &sha256(described.as_bytes()))?)
    }

    /// Whether any input file could be read at all.
    pub fn any_opened(&self) -> bool {
        self.inputs.iter().any(|i| !i.sha256.is_empty())
    }

    pub(super) fn add_input(&mut self, input: InputFile) {
        self.inputs.push(input);
    }

    pub(super) fn add_exception(
        &mut self,
        position: Position,
        exception: PageException,
        journal: &Journal,
    ) -> Result<(), FolderError> {
        if exception.kind == ExceptionKind::Refused && self.shown.0 < LOOK_PICTURES {
            let made = journal.thumbnail(&exception.sha256, exception.page)?;
            self.shown.0 += usize::from(made.is_some());
            self.thumbnails.extend(made.map(|_| (exception.source.clone(), exception.page)));
        }
        self.exceptions.push((position, exception));
        Ok(())
    }

    /// Takes a record, and says which pictures of its pages are wanted.
    pub(super) fn add_record<'a>(
        &mut self,
        submission: Submission<InBatch>,
        mut record: Record,
        form: &'a Form,
    ) -> Vec<ToPicture<'a>> {
        let position = submission.pages.iter().map(|p| p.payload.position).min().unwrap_or(0);
        let thumbnails = self.wants_thumbnails(record.status);
        let wanted = submission.pages.into_iter().map(|page| ToPicture::new(page, &mut record, form, thumbnails));
        let wanted = wanted.filter(ToPicture::any).collect();
        self.records.push((position, Packed::of(&record)));
        wanted
    }

    /// Takes pictures that were made.
    pub(super) fn add_pictures(&mut self, pictured: Pictured) {
        if !pictured.crops.is_empty() {
            self.crops.push(Packed::of(&pictured.crops));
        }
        self.thumbnails.extend(pictured.thumbnail);
    }

    /// Adds what only a later record could tell of an earlier one. It changes neither status nor counts.
    pub(super) fn add_finding(&mut self, id: String, finding: Finding) {
        self.late.entry(id).or_default().push(finding);
    }

    fn wants_thumbnails(&mut self, status: Status) -> bool {
        let accepted = status == Status::Accepted;
        let (shown, most) = if accepted { (&mut self.shown.1, ACCEPTED_PICTURES) } else { (&mut self.shown.0, LOOK_PICTURES) };
        let wanted = *shown < most;
        *shown += usize::from(wanted);
        wanted
    }

    /// Everything that came in, in input order, ready to be written.
    pub(super) fn settled(mut self) -> (Output, Lock) {
        self.exceptions.sort_by_key(|(position, _)| *position);
        let mut crops: Vec<_> = self.crops.into_par_iter().flat_map_iter(|packed| packed.unpacked()).collect();
        crops.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let output = Output {
            dir: self.dir,
            provenance: self.provenance,
            encoding: self.encoding,
            must_be: self.must_be,
            inputs: self.inputs,
            records: Kept::of(self.records, self.late),
            exceptions: self.exceptions,
            crops,
            thumbnails: self.thumbnails,
        };
        (output, self.lock)
    }
}
