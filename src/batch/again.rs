//! Files of a finished batch folder written again from its ledger, as records stand after people have decided. Each time
//! `manifest.json` follows: where the chain ends now, and the hashes of what was written.

use super::folder::FolderError;
use super::letters::{self, Written};
use super::listing::Listing;
use super::lock::Lock;
use super::output::{sorted, write_manifest};
use crate::export::manifest::{Manifest, listed_files};
use crate::export::table::Encoding;
use crate::form::Form;
use crate::ledger::{Ledger, LedgerError};
use crate::receipt::Letters;
use crate::receipt::cover::Cover;
use crate::whole::{FileHash, OutputError, Together};
use std::fs;
use std::path::{Path, PathBuf};

/// A finished batch folder, held while files of it are written.
pub struct Again {
    dir: PathBuf,
    ledger: Ledger,
    _lock: Lock,
}

impl Again {
    /// Takes the folder. A ledger of an older schema is taken over first.
    ///
    /// # Errors
    /// Where it is no batch folder, its ledger was changed, or another run has it.
    pub fn open(dir: &Path) -> Result<Self, FolderError> {
        let path = dir.join(crate::ledger::FILE_NAME);
        if !path.is_file() {
            return Err(LedgerError::Missing { path }.into());
        }
        let lock = Lock::take(dir)?;
        let ledger = Ledger::open_to_append(dir)?.sound()?;
        Ok(Self { dir: dir.to_owned(), ledger, _lock: lock })
    }

    /// Takes part in a folder at which people decide, to write its files. Decisions go on meanwhile; what is written is as
    /// things stood at one moment.
    ///
    /// # Errors
    /// As [`open`](Self::open), and where another station is writing.
    pub fn open_beside(dir: &Path) -> Result<Self, FolderError> {
        let lock = Lock::to_write_beside(dir)?;
        let ledger = Ledger::open_to_append(dir)?.sound()?.at_this_moment()?;
        Ok(Self { dir: dir.to_owned(), ledger, _lock: lock })
    }

    /// Its ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Writes `records.ndjson`, `csv/` and `exceptions.csv`; gives the number of records, and of characters that the
    /// encoding does not have.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn export(&self, forms: &[Form], encoding: Encoding) -> Result<(usize, usize), FolderError> {
        let (records, exceptions) = (self.ledger.records()?, self.ledger.exceptions()?);
        crate::whole::private_folder(&self.dir.join("csv"))?;
        let mut files = Together::new(&self.dir);
        let mut listing = Listing::new(&files, forms, encoding)?;
        records.iter().try_for_each(|record| listing.add(record))?;
        let replaced = listing.finish(&mut files, &exceptions)?;
        self.finish(files)?;
        Ok((records.len(), replaced))
    }

    /// Writes `receipts.pdf` and `notices.pdf`.
    ///
    /// # Errors
    /// Where a file cannot be drawn or written.
    pub fn receipts(&self, forms: &[Form], letters: &Letters) -> Result<Written, FolderError> {
        let drawn = letters::draw(&self.dir, forms, &self.ledger.records()?, letters)?;
        let (provenance, tally, head) = (self.ledger.provenance()?, self.ledger.tally()?, self.ledger.head()?);
        let cover = Cover { provenance: &provenance, tally: &tally, head: &head, written: drawn.counts() };
        let mut files = Together::new(&self.dir);
        let written = letters::write(&mut files, drawn, &cover)?;
        self.finish(files)?;
        Ok(written)
    }

    /// Lets everything take its place, the manifest last. A file that was not written now keeps the hash it had, so that a
    /// change of it is not signed off by the way.
    fn finish(&self, mut files: Together) -> Result<(), FolderError> {
        let before = fs::read(self.dir.join("manifest.json")).unwrap_or_default();
        let known = match listed_files(&before) {
            Some(known) => known,
            None => self.files_there()?,
        };
        let listed = sorted(known.into_iter().chain(files.listed()));
        let l = &self.ledger;
        let (provenance, head, inputs, tally) = (l.provenance()?, l.head()?, l.inputs()?, l.tally()?);
        let about = Manifest { provenance: &provenance, ledger: &head, inputs: &inputs, tally: &tally, files: &listed };
        write_manifest(&mut files, &about)?;
        Ok(files.finish()?)
    }

    /// The files of a folder whose manifest does not list them (layout 1).
    fn files_there(&self) -> Result<Vec<FileHash>, OutputError> {
        let mut there = Vec::new();
        for below in ["", "csv", "crops"] {
            for entry in fs::read_dir(self.dir.join(below)).into_iter().flatten().filter_map(Result::ok) {
                let name = entry.file_name().to_string_lossy().into_owned();
                let ours = !name.starts_with('.') && name != crate::ledger::FILE_NAME && name != "manifest.json";
                if ours && entry.path().is_file() {
                    let bytes = fs::read(entry.path()).map_err(|source| OutputError { path: entry.path(), source })?;
                    let path = if below.is_empty() { name } else { format!("{below}/{name}") };
                    there.push(FileHash { path, bytes: bytes.len() as u64, sha256: crate::scan::sha256(&bytes) });
                }
            }
        }
        Ok(there)
    }
}
