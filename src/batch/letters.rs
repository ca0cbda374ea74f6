//! `receipts.pdf` and `notices.pdf` of a batch folder, from its records. What the letters say is `receipt`'s.

use super::folder::FolderError;
use crate::form::{FieldId, Form};
use crate::ledger::{LetterKind, ReceiptEntry};
use crate::pdf;
use crate::receipt::cover::Cover;
use crate::receipt::{Letter, Letters};
use crate::record::Record;
use crate::sheet::Sheet;
use crate::whole::Together;
use image::GrayImage;
use rayon::prelude::*;
use std::path::Path;

/// How many letters were written, and what the operator should know before they are posted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Receipts.
    pub receipts: usize,
    /// Notices.
    pub notices: usize,
    /// Notes, each with the receipt number it concerns.
    pub notes: Vec<String>,
}

impl Written {
    /// What the ledger says was written.
    pub fn of(receipts: &[ReceiptEntry]) -> Self {
        let count = |kind| receipts.iter().filter(|r| r.letter == kind).count();
        let note = |r: &ReceiptEntry| {
            let number = r.receipt_no.clone().unwrap_or_else(|| r.record.clone());
            r.notes.iter().map(move |note| format!("{number}: {note}")).collect::<Vec<_>>()
        };
        Self {
            receipts: count(LetterKind::Receipt),
            notices: count(LetterKind::Notice),
            notes: receipts.iter().flat_map(note).collect(),
        }
    }
}

/// Letters, drawn and not yet written.
#[derive(Default)]
pub struct Drawn {
    /// One entry for each letter, in the order of the records.
    pub receipts: Vec<ReceiptEntry>,
    receipt_sheets: pdf::Document,
    notice_sheets: pdf::Document,
}

/// Records whose letters are drawn together: enough work for every thread, little memory.
pub(super) const TOGETHER: usize = 256;

impl Drawn {
    /// How many.
    pub fn counts(&self) -> (usize, usize) {
        let written = Written::of(&self.receipts);
        (written.receipts, written.notices)
    }

    /// Draws the letters of the next records, no more than [`TOGETHER`].
    pub(super) fn add(&mut self, dir: &Path, forms: &[Form], records: &[Record], letters: &Letters) -> Result<(), FolderError> {
        let crop = |record: &Record, id: &FieldId| picture(dir, record, id);
        let of_record = |record: &Record| {
            let form = forms.iter().find(|f| f.id == record.form && f.edition == record.edition)?;
            Some([
                (LetterKind::Receipt, letters.receipt(record, form)),
                (LetterKind::Notice, letters.notice(record, form, &crop)),
            ])
        };
        let letters: Vec<_> = records.par_iter().map(of_record).collect();
        let of_kinds =
            records.iter().zip(letters).flat_map(|(record, kinds)| kinds.into_iter().flatten().map(move |k| (record, k)));
        self.take(of_kinds.filter_map(|(record, (kind, letter))| Some((record, kind, letter?))))
    }

    /// Takes the letters of some records, in their order.
    fn take<'a>(&mut self, letters: impl IntoIterator<Item = (&'a Record, LetterKind, Letter)>) -> Result<(), FolderError> {
        let (mut receipts, mut notices) = (Vec::new(), Vec::new());
        for (record, kind, letter) in letters {
            let (receipt_no, notes) = (record.receipt_no.clone(), letter.notes);
            self.receipts.push(ReceiptEntry { record: record.id.clone(), receipt_no, letter: kind, notes });
            let sheets = if kind == LetterKind::Receipt { &mut receipts } else { &mut notices };
            sheets.extend(letter.sheets);
        }
        let (receipt, notice) = rayon::join(|| self.receipt_sheets.append(&receipts), || self.notice_sheets.append(&notices));
        Ok(receipt.and(notice)?)
    }
}

/// Draws all letters of these records; pictures of fields are taken from the batch folder `dir`.
///
/// # Errors
/// Where one cannot be drawn.
pub fn draw(dir: &Path, forms: &[Form], records: &[Record], letters: &Letters) -> Result<Drawn, FolderError> {
    let mut drawn = Drawn::default();
    records.chunks(TOGETHER).try_for_each(|records| drawn.add(dir, forms, records, letters))?;
    Ok(drawn)
}

/// Names of both files: receipts, notices.
pub const FILES: [&str; 2] = ["receipts.pdf", "notices.pdf"];

/// Names and bytes of both files. The receipts begin with the cover page of the batch. Where there is no letter of a kind,
/// the file says so on one page: a missing file could be a lost one.
///
/// # Errors
/// Where a file cannot be drawn.
pub fn pdfs(drawn: Drawn, cover: &Cover) -> Result<[(&'static str, Vec<u8>); 2], FolderError> {
    let Drawn { receipt_sheets: mut receipts, notice_sheets: mut notices, .. } = drawn;
    let (receipt, notice) = ("受付のお知らせ", "不備のお知らせ");
    for (document, title) in [(&mut receipts, receipt), (&mut notices, notice)] {
        if document.is_empty() {
            document.append(&[none(title)])?;
        }
    }
    receipts.prepend(&cover.sheets())?;
    Ok([(FILES[0], receipts.finish(receipt)?), (FILES[1], notices.finish(notice)?)])
}

/// Writes both files.
///
/// # Errors
/// Where a file cannot be drawn or written.
pub fn write(files: &mut Together, drawn: Drawn, cover: &Cover) -> Result<Written, FolderError> {
    let written = Written::of(&drawn.receipts);
    for (name, bytes) in pdfs(drawn, cover)? {
        files.write(name, &bytes)?;
    }
    Ok(written)
}

/// The page of a file without letters.
fn none(title: &str) -> Sheet {
    use crate::sheet::{Align, Font, Item, TextItem};
    let text = TextItem {
        text: format!("この処理分には「{title}」の対象がありません。"),
        at: [105.0, 140.0],
        size: 12.0,
        font: Font::Mincho,
        align: Align::Centre,
        spacing: 0.0,
        wrap: None,
        leading: 6.0,
    };
    Sheet { width_mm: 210.0, height_mm: 297.0, items: vec![Item::Text(text)] }
}

/// The kept picture of a field.
fn picture(dir: &Path, record: &Record, id: &FieldId) -> Option<GrayImage> {
    let path = dir.join(record.fields.get(id)?.crop.as_ref()?);
    let bytes = std::fs::read(path).ok()?;
    image::load_from_memory(&bytes).ok().map(image::DynamicImage::into_luma8)
}
