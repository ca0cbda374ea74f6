//! The pictures of a settled page in the batch folder: which are wanted, and making those that an earlier run has not
//! made. Made by whichever thread is free; nothing here depends on the order.

use super::folder::FolderError;
use super::journal::{Journal, JournalError};
use super::pictures;
use super::sheet::{Bench, InBatch, Wanted};
use crate::form::{FieldId, Form};
use crate::geometry::RectMm;
use crate::ledger::CropEntry;
use crate::record::join::DecidedPage;
use crate::record::{Record, Status};
use crate::scan::sha256;
use crate::whole::write_unflushed;
use std::collections::BTreeSet;
use std::path::Path;

/// Pictures wanted of a page.
pub(super) struct ToPicture<'a> {
    form: &'a Form,
    page: DecidedPage<InBatch>,
    fields: Vec<Shown>,
    sheet: Option<String>,
    thumbnail: bool,
}

/// A field that a person must see.
struct Shown {
    id: FieldId,
    name: String,
    area: RectMm,
}

/// What is there of a page.
pub(super) struct Pictured {
    /// Pictures in the folder.
    pub crops: Vec<CropEntry>,
    /// File and page that the journal has a thumbnail of, for the report.
    pub thumbnail: Option<(String, u32)>,
}

impl<'a> ToPicture<'a> {
    /// What is wanted of a page of a record. The record's fields are told where their pictures will be.
    pub(super) fn new(page: DecidedPage<InBatch>, record: &mut Record, form: &'a Form, thumbnail: bool) -> Self {
        let mut fields = Vec::new();
        for id in to_be_seen(record, page.form_page) {
            let name = crop_name(&record.id, &id);
            if let Some(field) = record.fields.get_mut(&id) {
                field.crop = Some(name.clone());
                fields.push(Shown { id, name, area: field.box_mm });
            }
        }
        let sheet = (record.status == Status::Review).then(|| sheet_name(&record.id, page.form_page));
        Self { form, page, fields, sheet, thumbnail }
    }

    /// Whether any is.
    pub(super) fn any(&self) -> bool {
        !self.fields.is_empty() || self.sheet.is_some() || self.thumbnail
    }

    /// Makes what is not there yet.
    pub(super) fn make(mut self, dir: &Path, bench: &Bench, journal: &Journal) -> Result<Pictured, FolderError> {
        let (hash, number) = (&self.page.record.sha256, self.page.record.page);
        let mut thumbnail = self.thumbnail && journal.thumbnail(hash, number)?.is_some();
        let mut crops = Vec::new();
        let mut missing = Vec::new();
        for shown in std::mem::take(&mut self.fields) {
            match known(dir, &shown.name, journal)? {
                Some(known) => crops.push(self.crop(&shown.id, shown.name, known)),
                None => missing.push(shown),
            }
        }
        let mut sheet = self.sheet.take();
        if let Some(name) = &sheet
            && let Some(known) = known(dir, name, journal)?
        {
            crops.push(entry(name.clone(), known));
            sheet = None;
        }
        let wanted = Wanted {
            form: self.form,
            number: self.page.form_page,
            areas: missing.iter().map(|shown| shown.area).collect(),
            thumbnail: self.thumbnail && !thumbnail,
            sheet: sheet.is_some(),
        };
        if !missing.is_empty() || wanted.thumbnail || wanted.sheet {
            let drawn = bench.pictures(&self.page.payload, &wanted);
            for (shown, picture) in missing.into_iter().zip(&drawn.crops) {
                let written = write(dir, &shown.name, &pictures::png(picture), journal)?;
                crops.push(self.crop(&shown.id, shown.name, written));
            }
            if let (Some(name), Some(jpeg)) = (sheet, drawn.sheet) {
                let written = write(dir, &name, &jpeg, journal)?;
                crops.push(entry(name, written));
            }
            if let Some(drawn) = drawn.thumbnail {
                journal.keep_thumbnail(hash, number, &drawn)?;
                thumbnail = true;
            }
        }
        let thumbnail = thumbnail.then(|| (self.page.record.source.clone(), number));
        Ok(Pictured { crops, thumbnail })
    }

    /// The picture of a field, with the ways to read it.
    fn crop(&self, id: &FieldId, path: String, sha256: String) -> CropEntry {
        let ways = self.page.candidates.iter().find(|(of, _)| of == id);
        CropEntry { candidates: ways.map(|(_, ways)| ways.clone()).unwrap_or_default(), ..entry(path, sha256) }
    }
}

fn entry(path: String, sha256: String) -> CropEntry {
    CropEntry { path, sha256, candidates: Vec::new() }
}

/// The hash of a picture that an earlier run has made, where it is there as it was made.
fn known(dir: &Path, name: &str, journal: &Journal) -> Result<Option<String>, JournalError> {
    let is_there = |known: &String| std::fs::read(dir.join(name)).is_ok_and(|bytes| sha256(&bytes) == *known);
    Ok(journal.crop(name)?.filter(is_there))
}

/// Writes a picture and gives back its hash. It is flushed to the disk when the batch is finished: one that a power cut
/// spoils before is not as the journal says, and made again.
fn write(dir: &Path, name: &str, bytes: &[u8], journal: &Journal) -> Result<String, FolderError> {
    let hash = sha256(bytes);
    journal.keep_crop(name, &hash)?;
    write_unflushed(&dir.join(name), bytes)?;
    Ok(hash)
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
    let seen = record.fields.iter().filter(|(id, f)| f.page == form_page && (f.state.is_open() || named.contains(id)));
    seen.map(|(id, _)| id.clone()).collect()
}
