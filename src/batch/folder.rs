//! The batch folder while it is being filled: ledger, crops and pictures as records come, every other file at the end.
//! Files appear whole or not at all. Does not decide anything about records.

use super::InBatch;
use super::letters::Written;
use super::pictures::{self, Thumbnail};
use crate::export::manifest::manifest;
use crate::export::ndjson_line;
use crate::export::report::{ACCEPTED_PICTURES, LOOK_PICTURES, Outline, PagePicture, Pictures, ReportInput, write_report};
use crate::export::table::{Encoding, exceptions_csv, records_csv};
use crate::form::Form;
use crate::ledger::{LedgerError, LedgerWriter};
use crate::pipeline::{Desk, Placed, Unread};
use crate::provenance::{InputFile, Provenance};
use crate::receipt::Letters;
use crate::record::join::Submission;
use crate::record::{PageException, Record, State, Status};
use crate::tally::Tally;
use crate::whole::{OutputError, WholeFile, private_folder, write_whole};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The batch folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another file.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The letters could not be drawn.
    #[error("the letters could not be drawn: {0}")]
    Letters(String),
}

/// A batch folder being filled.
pub struct Folder {
    dir: PathBuf,
    provenance: Provenance,
    encoding: Encoding,
    ledger: Option<LedgerWriter>,
    inputs: Vec<InputFile>,
    records: Vec<Record>,
    exceptions: Vec<(u64, PageException)>,
    crops: BTreeSet<String>,
    thumbnails: BTreeMap<(String, u32), Thumbnail>,
    shown: (usize, usize),
}

impl Folder {
    /// Makes the folder where it is missing and starts its ledger aside.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(dir: &Path, provenance: Provenance, encoding: Encoding) -> Result<Self, FolderError> {
        private_folder(dir)?;
        private_folder(&dir.join("crops"))?;
        private_folder(&dir.join("csv"))?;
        let ledger = Some(LedgerWriter::create(dir, &provenance)?);
        Ok(Self {
            dir: dir.to_owned(),
            provenance,
            encoding,
            ledger,
            inputs: Vec::new(),
            records: Vec::new(),
            exceptions: Vec::new(),
            crops: BTreeSet::new(),
            thumbnails: BTreeMap::new(),
            shown: (0, 0),
        })
    }

    /// Whether any input file could be read at all.
    pub fn any_opened(&self) -> bool {
        self.inputs.iter().any(|i| !i.sha256.is_empty())
    }

    pub(super) fn add_input(&mut self, input: &InputFile) -> Result<(), FolderError> {
        if let Some(ledger) = &mut self.ledger {
            ledger.append_input(input)?;
        }
        self.inputs.push(input.clone());
        Ok(())
    }

    pub(super) fn add_exception(&mut self, position: u64, unread: Unread) -> Result<(), FolderError> {
        let Unread { exception, page } = unread;
        if let Some(ledger) = &mut self.ledger {
            ledger.append_exception(position, &exception)?;
        }
        let refused = exception.kind == crate::record::ExceptionKind::Refused;
        if let Some(page) = page.filter(|_| refused && self.shown.0 < LOOK_PICTURES) {
            self.shown.0 += 1;
            self.thumbnails.insert((exception.source.clone(), exception.page), pictures::as_scanned(&page));
        }
        self.exceptions.push((position, exception));
        Ok(())
    }

    pub(super) fn add_record(
        &mut self,
        submission: &Submission<InBatch>,
        mut record: Record,
        form: &Form,
    ) -> Result<(), FolderError> {
        self.keep_crops(submission, &mut record)?;
        self.keep_thumbnails(submission, &record, form);
        let position = submission.pages.iter().map(|p| p.payload.position).min().unwrap_or(0);
        if let Some(ledger) = &mut self.ledger {
            ledger.append_record(position, &record)?;
        }
        self.records.push(record);
        Ok(())
    }

    /// Writes a picture of every field that a person must see: what is not settled, and what a notice shows.
    fn keep_crops(&mut self, submission: &Submission<InBatch>, record: &mut Record) -> Result<(), FolderError> {
        let named: BTreeSet<_> = record.findings.iter().flat_map(|f| f.fields.iter().cloned()).collect();
        let ids: Vec<_> = record.fields.iter().map(|(id, _)| id.clone()).collect();
        for id in ids {
            let Some(field) = record.fields.get_mut(&id) else { continue };
            let unsettled = matches!(field.state, State::Uncertain | State::Cancelled | State::Picture);
            let page = submission.pages.iter().find(|p| p.form_page == field.page);
            let Some(page) = page.filter(|_| unsettled || named.contains(&id)) else { continue };
            let name = format!("crops/{}-{id}.png", record.id);
            write_whole(&self.dir.join(&name), &pictures::png(&pictures::crop(&page.payload.placed, field.box_mm)))?;
            self.crops.insert(name.clone());
            field.crop = Some(name);
        }
        Ok(())
    }

    fn keep_thumbnails(&mut self, submission: &Submission<InBatch>, record: &Record, form: &Form) {
        let accepted = record.status == Status::Accepted;
        let (shown, most) = if accepted { (&mut self.shown.1, ACCEPTED_PICTURES) } else { (&mut self.shown.0, LOOK_PICTURES) };
        if *shown >= most {
            return;
        }
        *shown += 1;
        for page in &submission.pages {
            let placed: &Placed = &page.payload.placed;
            let key = (page.record.source.clone(), page.record.page);
            self.thumbnails.insert(key, pictures::upright(placed, form, page.form_page));
        }
    }

    /// Writes every file of the folder from what came in.
    pub(super) fn finish(mut self, desk: &Desk, letters: &Letters, tally: &Tally) -> Result<Written, FolderError> {
        self.exceptions.sort_by_key(|(position, _)| *position);
        let exceptions: Vec<PageException> = self.exceptions.iter().map(|(_, e)| e.clone()).collect();
        let forms = desk.catalogue.forms();
        write_records(&self.dir, &self.records)?;
        write_tables(&self.dir, forms, &self.records, &exceptions, self.encoding)?;
        let bytes = manifest(&self.provenance, &self.inputs, tally).map_err(|e| self.failed("manifest.json", e.into()))?;
        write_whole(&self.dir.join("manifest.json"), &bytes)?;
        self.write_report(forms, &exceptions, tally)?;
        let written = super::letters::write(&self.dir, forms, &self.records, letters)?;
        if let Some(ledger) = self.ledger.take() {
            ledger.finish()?;
        }
        Ok(written)
    }

    fn write_report(&self, forms: &[Form], exceptions: &[PageException], tally: &Tally) -> Result<(), FolderError> {
        let input = ReportInput {
            provenance: &self.provenance,
            tally,
            forms,
            records: &self.records,
            exceptions,
            pictures: &Shown { folder: self, forms },
        };
        let mut file = WholeFile::create(&self.dir.join("report.html"))?;
        write_report(&mut file, &input).map_err(|e| file.error(e))?;
        Ok(file.finish()?)
    }

    fn failed(&self, name: &str, source: std::io::Error) -> OutputError {
        OutputError { path: self.dir.join(name), source }
    }
}

/// Writes `records.ndjson`.
///
/// # Errors
/// Where it cannot be written.
pub fn write_records(dir: &Path, records: &[Record]) -> Result<(), OutputError> {
    let mut file = WholeFile::create(&dir.join("records.ndjson"))?;
    for record in records {
        ndjson_line(&mut file, record).map_err(|e| file.error(e))?;
    }
    file.finish()
}

/// Writes `csv/<form>.csv` for every form that has records, and `exceptions.csv`; gives back the characters the
/// encoding does not have.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_tables(
    dir: &Path,
    forms: &[Form],
    records: &[Record],
    exceptions: &[PageException],
    encoding: Encoding,
) -> Result<usize, OutputError> {
    let mut replaced = 0;
    let failed = |name: &str| {
        let path = dir.join(name);
        move |source| OutputError { path, source }
    };
    for form in forms.iter().filter(|f| f.superseded_by.is_none()) {
        let of_form = records.iter().filter(|r| r.form == form.id && r.edition == form.edition);
        if of_form.clone().next().is_none() {
            continue;
        }
        let name = format!("csv/{}.csv", form.id);
        let table = records_csv(form, of_form, encoding).map_err(failed(&name))?;
        replaced += table.replaced;
        write_whole(&dir.join(&name), &table.bytes)?;
    }
    let table = exceptions_csv(exceptions, encoding).map_err(failed("exceptions.csv"))?;
    write_whole(&dir.join("exceptions.csv"), &table.bytes)?;
    Ok(replaced + table.replaced)
}

/// The pictures kept for the report.
struct Shown<'a> {
    folder: &'a Folder,
    forms: &'a [Form],
}

impl Pictures for Shown<'_> {
    fn page(&self, source: &str, page: u32, _: &str) -> Option<PagePicture> {
        let thumbnail = self.folder.thumbnails.get(&(source.to_owned(), page))?;
        let outlines = self.outlines(source, page, thumbnail.scale);
        Some(PagePicture { image: thumbnail.jpeg.clone(), width: thumbnail.width, height: thumbnail.height, outlines })
    }

    fn crop(&self, path: &str) -> Option<Vec<u8>> {
        self.folder.crops.contains(path).then(|| std::fs::read(self.folder.dir.join(path)).ok())?
    }
}

impl Shown<'_> {
    /// Every field of the form page that this page of a file shows.
    fn outlines(&self, source: &str, number: u32, scale: f64) -> Vec<Outline> {
        let shows = |r: &&Record| r.pages.iter().any(|p| p.source == source && p.page == number);
        let Some(record) = self.folder.records.iter().find(shows) else { return Vec::new() };
        let Some(form) = self.forms.iter().find(|f| f.id == record.form && f.edition == record.edition) else {
            return Vec::new();
        };
        let form_page = record.pages.iter().find(|p| p.source == source && p.page == number).map_or(1, |p| p.form_page);
        let corners = |field: &crate::form::Field| field.bounds().corners().map(|c| [c.x * scale, c.y * scale]).to_vec();
        form.fields_on(form_page).map(|f| Outline { field: f.id.clone(), polygon: corners(f) }).collect()
    }
}
