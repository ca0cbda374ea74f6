//! Everything a finished run writes: the ledger first, because its head stands in the other files; then all of them take
//! their places, the ledger last. Until then the folder shows nothing of this run but its journal and pictures.

use super::folder::FolderError;
use super::journal::Journal;
use super::letters::{self, Written};
use super::pictures::Thumbnail;
use crate::export::manifest::{Manifest, manifest};
use crate::export::ndjson_line;
use crate::export::report::{Outline, PagePicture, Pictures, ReportInput, write_report};
use crate::export::table::{Encoding, exceptions_csv, records_csv};
use crate::form::Form;
use crate::ledger::chain::Head;
use crate::ledger::{CropEntry, LedgerWriter, ReceiptEntry};
use crate::provenance::{InputFile, Provenance};
use crate::receipt::{Letters, cover::Cover};
use crate::record::{PageException, Record};
use crate::tally::Tally;
use crate::whole::{FileHash, OutputError, Together, flush};
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

/// Place of a page, or of a submission's first page, among all pages of the batch, from 0.
pub type Position = u64;

/// Things of a batch in input order, each with its place.
pub(super) struct Placed<T> {
    at: Vec<Position>,
    all: Vec<T>,
}

impl<T> Placed<T> {
    /// In the order of their places.
    pub(super) fn of(mut placed: Vec<(Position, T)>) -> Self {
        placed.sort_by_key(|(position, _)| *position);
        let (at, all) = placed.into_iter().unzip();
        Self { at, all }
    }

    fn iter(&self) -> impl Iterator<Item = (Position, &T)> {
        self.at.iter().copied().zip(&self.all)
    }
}

/// A finished run, to be written.
pub(super) struct Output {
    pub dir: PathBuf,
    pub provenance: Provenance,
    pub encoding: Encoding,
    /// The head of the ledger that is there already; this run must come to the same.
    pub must_be: Option<Head>,
    pub inputs: Vec<InputFile>,
    pub records: Placed<Record>,
    pub exceptions: Placed<PageException>,
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
        let (records, exceptions) = (&self.records.all, &self.exceptions.all);
        let drawn = letters::draw(&self.dir, forms, records, letters)?;
        let mut ledger = self.ledger(&drawn.receipts)?;
        let head = ledger.close(tally)?;
        if self.must_be.as_ref().is_some_and(|must| *must != head) {
            return Err(FolderError::Otherwise { dir: self.dir });
        }
        ledger.flush()?;
        let mut files = Together::new(&self.dir);
        write_records(&mut files, records)?;
        write_tables(&mut files, forms, records, exceptions, self.encoding)?;
        self.report(&mut files, forms, tally, journal)?;
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

    fn ledger(&self, receipts: &[ReceiptEntry]) -> Result<LedgerWriter, FolderError> {
        let mut ledger = LedgerWriter::create(&self.dir, &self.provenance)?;
        self.inputs.iter().try_for_each(|input| ledger.append_input(input))?;
        self.exceptions.iter().try_for_each(|(position, e)| ledger.append_exception(position, e))?;
        self.records.iter().try_for_each(|(position, r)| ledger.append_record(position, r))?;
        self.crops.iter().try_for_each(|crop| ledger.append_crop(crop))?;
        receipts.iter().try_for_each(|receipt| ledger.append_receipt(receipt))?;
        Ok(ledger)
    }

    fn picture(&self, crop: &CropEntry) -> Result<FileHash, OutputError> {
        let path = self.dir.join(&crop.path);
        let about = std::fs::metadata(&path).map_err(|source| OutputError { path, source })?;
        Ok(FileHash { path: crop.path.clone(), bytes: about.len(), sha256: crop.sha256.clone() })
    }

    fn report(&self, files: &mut Together, forms: &[Form], tally: &Tally, journal: &Journal) -> Result<(), FolderError> {
        let (records, exceptions) = (&self.records.all, &self.exceptions.all);
        let pictures = &Shown { output: self, forms, journal, pages: pages(records) };
        let input = ReportInput { provenance: &self.provenance, tally, forms, records, exceptions, pictures };
        let mut file = files.create("report.html")?;
        write_report(&mut file, &input).map_err(|e| file.error(e))?;
        Ok(files.add("report.html", file)?)
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

/// Writes `records.ndjson`.
///
/// # Errors
/// Where it cannot be written.
pub fn write_records(files: &mut Together, records: &[Record]) -> Result<(), OutputError> {
    let mut file = files.create("records.ndjson")?;
    for record in records {
        ndjson_line(&mut file, record).map_err(|e| file.error(e))?;
    }
    files.add("records.ndjson", file)
}

/// Writes `csv/<form>.csv` for every form that has records, and `exceptions.csv`; gives back the characters the
/// encoding does not have.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_tables(
    files: &mut Together,
    forms: &[Form],
    records: &[Record],
    exceptions: &[PageException],
    encoding: Encoding,
) -> Result<usize, OutputError> {
    let mut replaced = 0;
    for (name, table) in tables(forms, records, exceptions, encoding) {
        let table = table.map_err(|source| OutputError { path: PathBuf::from(&name), source })?;
        replaced += table.replaced;
        files.write(&name, &table.bytes)?;
    }
    Ok(replaced)
}

/// Names and contents of the tables of a batch.
pub fn tables<'a>(
    forms: &'a [Form],
    records: &'a [Record],
    exceptions: &'a [PageException],
    encoding: Encoding,
) -> impl Iterator<Item = (String, io::Result<crate::export::table::Table>)> + 'a {
    let of_form = move |form: &'a Form| {
        let of_form = move || records.iter().filter(move |r| r.form == form.id && r.edition == form.edition);
        of_form().next()?;
        Some((format!("csv/{}.csv", form.id), records_csv(form, of_form(), encoding)))
    };
    let exceptions = ("exceptions.csv".to_owned(), exceptions_csv(exceptions, encoding));
    forms.iter().filter(|f| f.superseded_by.is_none()).filter_map(of_form).chain([exceptions])
}

/// Writes `manifest.json`.
///
/// # Errors
/// Where it cannot be written.
pub fn write_manifest(files: &mut Together, about: &Manifest) -> Result<(), OutputError> {
    let bytes = manifest(about).map_err(|e| OutputError { path: Path::new("manifest.json").to_owned(), source: e.into() })?;
    files.write("manifest.json", &bytes)
}

/// Which record, and which page of its form, each page of the files is: by file and page within it.
fn pages(records: &[Record]) -> HashMap<(&str, u32), (&Record, usize)> {
    let each = records.iter().flat_map(|record| record.pages.iter().map(move |page| (record, page)));
    each.map(|(record, page)| ((page.source.as_str(), page.page), (record, page.form_page))).collect()
}

/// The pictures kept for the report.
struct Shown<'a> {
    output: &'a Output,
    forms: &'a [Form],
    journal: &'a Journal,
    pages: HashMap<(&'a str, u32), (&'a Record, usize)>,
}

impl Pictures for Shown<'_> {
    fn page(&self, source: &str, page: u32, sha256: &str) -> Option<PagePicture> {
        if !self.output.thumbnails.contains(&(source.to_owned(), page)) {
            return None;
        }
        // A picture less in the report is no reason to lose the batch.
        let Thumbnail { jpeg, width, height, scale } = self.journal.thumbnail(sha256, page).ok()??;
        Some(PagePicture { image: jpeg, width, height, outlines: self.outlines(source, page, scale) })
    }

    fn crop(&self, path: &str) -> Option<Vec<u8>> {
        let known = self.output.crops.binary_search_by(|crop| crop.path.as_str().cmp(path)).is_ok();
        known.then(|| std::fs::read(self.output.dir.join(path)).ok())?
    }
}

impl Shown<'_> {
    /// Every field of the form page that this page of a file shows.
    fn outlines(&self, source: &str, number: u32, scale: f64) -> Vec<Outline> {
        let Some((record, form_page)) = self.pages.get(&(source, number)) else { return Vec::new() };
        let Some(form) = self.forms.iter().find(|f| f.id == record.form && f.edition == record.edition) else {
            return Vec::new();
        };
        let corners = |field: &crate::form::Field| field.bounds().corners().map(|c| [c.x * scale, c.y * scale]).to_vec();
        form.fields_on(*form_page).map(|f| Outline { field: f.id.clone(), polygon: corners(f) }).collect()
    }
}
