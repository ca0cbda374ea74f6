//! The batch folder while it is being filled: pictures as records come, every other file at the end (`output`).
//! Files appear whole or not at all. Does not decide anything about records.

use super::journal::{Journal, JournalError};
use super::lock::Lock;
use super::output::{Output, Placed, Position};
use super::pictures::{self, Thumbnail};
use super::sheet::{Bench, InBatch, Wanted};
use crate::export::report::{ACCEPTED_PICTURES, LOOK_PICTURES};
use crate::export::table::Encoding;
use crate::form::{FieldId, Form};
use crate::ledger::chain::Head;
use crate::ledger::{CropEntry, LedgerError};
use crate::provenance::{InputFile, Provenance};
use crate::record::join::{DecidedPage, Submission};
use crate::record::{ExceptionKind, Finding, PageException, Record, State, Status};
use crate::scan::sha256;
use crate::whole::{OutputError, private_folder, sweep, write_whole};
use std::collections::{BTreeMap, BTreeSet};
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
    Letters(String),
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
    records: Vec<(Position, Record)>,
    exceptions: Vec<(Position, PageException)>,
    crops: BTreeMap<String, CropEntry>,
    thumbnails: BTreeMap<(String, u32), Thumbnail>,
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
            exceptions: Vec::new(),
            crops: BTreeMap::new(),
            thumbnails: BTreeMap::new(),
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
            self.thumbnails.extend(made.map(|made| ((exception.source.clone(), exception.page), made)));
        }
        self.exceptions.push((position, exception));
        Ok(())
    }

    pub(super) fn add_record(
        &mut self,
        submission: &Submission<InBatch>,
        mut record: Record,
        form: &Form,
        bench: &Bench,
        journal: &Journal,
    ) -> Result<(), FolderError> {
        let thumbnails = self.wants_thumbnails(record.status);
        for page in &submission.pages {
            self.keep_pictures(page, &mut record, form, thumbnails, bench, journal)?;
        }
        let position = submission.pages.iter().map(|p| p.payload.position).min().unwrap_or(0);
        self.records.push((position, record));
        Ok(())
    }

    /// Adds what only a later record could tell of an earlier one. It changes neither status nor counts.
    pub(super) fn add_finding(&mut self, id: &str, finding: Finding) {
        if let Some((_, record)) = self.records.iter_mut().find(|(_, r)| r.id == id) {
            record.findings.push(finding);
            record.findings.sort_by_key(|f| f.severity);
        }
    }

    fn wants_thumbnails(&mut self, status: Status) -> bool {
        let accepted = status == Status::Accepted;
        let (shown, most) = if accepted { (&mut self.shown.1, ACCEPTED_PICTURES) } else { (&mut self.shown.0, LOOK_PICTURES) };
        let wanted = *shown < most;
        *shown += usize::from(wanted);
        wanted
    }

    /// Keeps a picture of every field of a page that a person must see, and its thumbnail; makes those that an earlier
    /// run has not made.
    fn keep_pictures(
        &mut self,
        page: &DecidedPage<InBatch>,
        record: &mut Record,
        form: &Form,
        thumbnail: bool,
        bench: &Bench,
        journal: &Journal,
    ) -> Result<(), FolderError> {
        let (sha256, number) = (&page.record.sha256, page.record.page);
        let mut made = if thumbnail { journal.thumbnail(sha256, number)? } else { None };
        let mut missing = Vec::new();
        for id in to_be_seen(record, page.form_page) {
            let name = crop_name(&record.id, &id);
            match journal.crop(&name)?.filter(|known| self.is_there(&name, known)) {
                Some(known) => self.add_crop(name.clone(), known),
                None => missing.push((id.clone(), name.clone())),
            }
            if let Some(field) = record.fields.get_mut(&id) {
                field.crop = Some(name);
            }
        }
        let sheet = sheet_name(&record.id, page.form_page);
        let known = journal.crop(&sheet)?.filter(|known| self.is_there(&sheet, known));
        let wanted = Wanted {
            form,
            number: page.form_page,
            areas: missing.iter().filter_map(|(id, _)| record.fields.get(id)).map(|f| f.box_mm).collect(),
            thumbnail: thumbnail && made.is_none(),
            sheet: record.status == Status::Review && known.is_none(),
        };
        if let Some(known) = known {
            self.add_crop(sheet.clone(), known);
        }
        if !missing.is_empty() || wanted.thumbnail || wanted.sheet {
            let drawn = bench.pictures(&page.payload, &wanted);
            for ((_, name), crop) in missing.into_iter().zip(&drawn.crops) {
                self.write_crop(name, &pictures::png(crop), journal)?;
            }
            if let Some(jpeg) = drawn.sheet {
                self.write_crop(sheet, &jpeg, journal)?;
            }
            if let Some(drawn) = drawn.thumbnail {
                journal.keep_thumbnail(sha256, number, &drawn)?;
                made = Some(drawn);
            }
        }
        for (id, ways) in &page.candidates {
            if let Some(crop) = self.crops.get_mut(&crop_name(&record.id, id)) {
                crop.candidates.clone_from(ways);
            }
        }
        self.thumbnails.extend(made.map(|made| ((page.record.source.clone(), number), made)));
        Ok(())
    }

    fn write_crop(&mut self, name: String, bytes: &[u8], journal: &Journal) -> Result<(), FolderError> {
        let hash = sha256(bytes);
        journal.keep_crop(&name, &hash)?;
        write_whole(&self.dir.join(&name), bytes)?;
        self.add_crop(name, hash);
        Ok(())
    }

    fn add_crop(&mut self, path: String, sha256: String) {
        self.crops.insert(path.clone(), CropEntry { path, sha256, candidates: Vec::new() });
    }

    fn is_there(&self, name: &str, known: &str) -> bool {
        std::fs::read(self.dir.join(name)).is_ok_and(|bytes| sha256(&bytes) == *known)
    }

    /// Everything that came in, in input order, ready to be written.
    pub(super) fn settled(self) -> (Output, Lock) {
        let crops = self.crops.into_values().collect();
        let output = Output {
            dir: self.dir,
            provenance: self.provenance,
            encoding: self.encoding,
            must_be: self.must_be,
            inputs: self.inputs,
            records: Placed::of(self.records),
            exceptions: Placed::of(self.exceptions),
            crops,
            thumbnails: self.thumbnails,
        };
        (output, self.lock)
    }
}

/// The picture of a field, relative to the batch folder.
fn crop_name(record: &str, field: &FieldId) -> String {
    format!("crops/{record}-{field}.png")
}

/// The picture of a whole page of a record, relative to the batch folder; `page` is the form's, from 1.
pub fn sheet_name(record: &str, page: usize) -> String {
    format!("crops/{record}-page-{page}.jpg")
}

/// Fields of a page of the form that a person must see: what is not settled, and what a finding speaks of.
fn to_be_seen(record: &Record, form_page: usize) -> Vec<FieldId> {
    let named: BTreeSet<_> = record.findings.iter().flat_map(|f| &f.fields).collect();
    let unsettled = |state| matches!(state, State::Uncertain | State::Cancelled | State::Picture);
    let seen = record.fields.iter().filter(|(id, f)| f.page == form_page && (unsettled(f.state) || named.contains(id)));
    seen.map(|(id, _)| id.clone()).collect()
}
