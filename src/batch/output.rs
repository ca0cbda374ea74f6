//! Everything a finished run writes: the ledger first, because its head stands in the other files; then all of them take
//! their places, the ledger last. Until then the folder shows nothing of this run but its journal and pictures.

use super::folder::FolderError;
use super::journal::Journal;
use super::kept::Kept;
use super::letters::{self, Written};
use super::listing::Listing;
use super::pictures::Thumbnail;
use crate::export::manifest::{Manifest, manifest};
use crate::export::report::{Outline, PagePicture, Pictures, ReportInput, write_report};
use crate::export::table::Encoding;
use crate::form::Form;
use crate::ledger::chain::Head;
use crate::ledger::{CropEntry, LedgerWriter};
use crate::provenance::{InputFile, Provenance};
use crate::receipt::{Letters, cover::Cover};
use crate::record::{PageException, Record};
use crate::tally::Tally;
use crate::whole::{FileHash, OutputError, Together, flush};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Place of a page, or of a submission's first page, among all pages of the batch, from 0.
pub type Position = u64;

/// A finished run, to be written.
pub(super) struct Output {
    pub dir: PathBuf,
    pub provenance: Provenance,
    pub encoding: Encoding,
    /// The head of the ledger that is there already; this run must come to the same.
    pub must_be: Option<Head>,
    pub inputs: Vec<InputFile>,
    pub records: Kept,
    /// In input order.
    pub exceptions: Vec<(Position, PageException)>,
    /// By path.
    pub crops: Vec<CropEntry>,
    pub thumbnails: HashSet<(String, u32)>,
}

impl Output {
    /// Writes every file of the folder. Thumbnails are in the journal.
    pub(super) fn write(
        self,
        forms: &[Form],
        letters: &Letters,
        tally: &Tally,
        journal: &Journal,
    ) -> Result<Written, FolderError> {
        let mut files = Together::new(&self.dir);
        let mut ledger = LedgerWriter::create(&self.dir, &self.provenance)?;
        self.inputs.iter().try_for_each(|input| ledger.append_input(input))?;
        self.exceptions.iter().try_for_each(|(position, e)| ledger.append_exception(*position, e))?;
        let (mut listing, mut drawn) = (Listing::new(&files, forms, self.encoding)?, letters::Drawn::default());
        let mut pages = HashMap::new();
        for (at, records) in self.records.parts(letters::TOGETHER) {
            for (position, record) in at.into_iter().zip(&records) {
                ledger.append_record(position, record)?;
                listing.add(record)?;
                pages.extend(self.shown(record, forms));
            }
            drawn.add(&self.dir, forms, &records, letters)?;
        }
        self.crops.iter().try_for_each(|crop| ledger.append_crop(crop))?;
        drawn.receipts.iter().try_for_each(|receipt| ledger.append_receipt(receipt))?;
        let head = ledger.close(tally)?;
        if self.must_be.as_ref().is_some_and(|must| *must != head) {
            return Err(FolderError::Otherwise { dir: self.dir });
        }
        ledger.flush()?;
        let exceptions: Vec<PageException> = self.exceptions.iter().map(|(_, e)| e.clone()).collect();
        listing.finish(&mut files, &exceptions)?;
        let shown = Shown { output: &self, journal, pages };
        let about = ReportInput {
            provenance: &self.provenance,
            tally,
            forms,
            records: &self.records,
            exceptions: &exceptions,
            pictures: &shown,
        };
        let mut file = files.create("report.html")?;
        write_report(&mut file, &about).map_err(|e| file.error(e))?;
        files.add("report.html", file)?;
        let cover = Cover { provenance: &self.provenance, tally, head: &head, written: drawn.counts() };
        let written = letters::write(&mut files, drawn, &cover)?;
        flush(&self.crops.iter().map(|crop| self.dir.join(&crop.path)).collect::<Vec<_>>())?;
        let pictures = self.crops.iter().map(|c| self.picture(c)).collect::<Result<Vec<_>, _>>()?;
        let listed = sorted(files.listed().into_iter().chain(pictures));
        let about = Manifest { provenance: &self.provenance, ledger: &head, inputs: &self.inputs, tally, files: &listed };
        write_manifest(&mut files, &about)?;
        files.finish()?;
        ledger.finish()?;
        Ok(written)
    }

    fn picture(&self, crop: &CropEntry) -> Result<FileHash, OutputError> {
        let path = self.dir.join(&crop.path);
        let about = std::fs::metadata(&path).map_err(|source| OutputError { path, source })?;
        Ok(FileHash { path: crop.path.clone(), bytes: about.len(), sha256: crop.sha256.clone() })
    }

    /// Pages of a record that are shown in the report: file and page within it, form and page of it.
    fn shown<'a>(&self, record: &Record, forms: &'a [Form]) -> impl Iterator<Item = ((String, u32), (&'a Form, usize))> {
        let form = forms.iter().find(|f| f.id == record.form && f.edition == record.edition);
        let each = record.pages.iter().map(|page| ((page.source.clone(), page.page), page.form_page));
        each.filter(|(page, _)| self.thumbnails.contains(page)).filter_map(move |(page, of)| Some((page, (form?, of))))
    }
}

/// Files by name; of two of a name the later.
pub(super) fn sorted(files: impl Iterator<Item = FileHash>) -> Vec<FileHash> {
    let mut all: Vec<FileHash> = files.collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all.dedup_by(|later, kept| {
        let same = later.path == kept.path;
        if same {
            std::mem::swap(later, kept);
        }
        same
    });
    all
}

/// Writes `manifest.json`.
///
/// # Errors
/// Where it cannot be written.
pub fn write_manifest(files: &mut Together, about: &Manifest) -> Result<(), OutputError> {
    let bytes = manifest(about).map_err(|e| OutputError { path: Path::new("manifest.json").to_owned(), source: e.into() })?;
    files.write("manifest.json", &bytes)
}

/// The pictures kept for the report.
struct Shown<'a> {
    output: &'a Output,
    journal: &'a Journal,
    /// Form, and page of it, of each page of a file that is in a record and shown.
    pages: HashMap<(String, u32), (&'a Form, usize)>,
}

impl Pictures for Shown<'_> {
    fn page(&self, source: &str, page: u32, sha256: &str) -> Option<PagePicture> {
        let shown = (source.to_owned(), page);
        if !self.output.thumbnails.contains(&shown) {
            return None;
        }
        // A picture less in the report is no reason to lose the batch.
        let Thumbnail { jpeg, width, height, scale } = self.journal.thumbnail(sha256, page).ok()??;
        let outlines = self.pages.get(&shown).map_or_else(Vec::new, |(form, page)| outlines(form, *page, scale));
        Some(PagePicture { image: jpeg, width, height, outlines })
    }

    fn crop(&self, path: &str) -> Option<Vec<u8>> {
        let known = self.output.crops.binary_search_by(|crop| crop.path.as_str().cmp(path)).is_ok();
        known.then(|| std::fs::read(self.output.dir.join(path)).ok())?
    }
}

/// Every field of a page of the form.
fn outlines(form: &Form, page: usize, scale: f64) -> Vec<Outline> {
    let corners = |field: &crate::form::Field| field.bounds().corners().map(|c| [c.x * scale, c.y * scale]).to_vec();
    form.fields_on(page).map(|f| Outline { field: f.id.clone(), polygon: corners(f) }).collect()
}
