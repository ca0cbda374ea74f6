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
pub struct Drawn {
    /// One entry for each letter, in the order of the records.
    pub receipts: Vec<ReceiptEntry>,
    receipt_sheets: Vec<Sheet>,
    notice_sheets: Vec<Sheet>,
}

impl Drawn {
    /// How many.
    pub fn counts(&self) -> (usize, usize) {
        let written = Written::of(&self.receipts);
        (written.receipts, written.notices)
    }

    fn take(&mut self, letter: Letter, record: &Record, kind: LetterKind) {
        let (receipt_no, notes) = (record.receipt_no.clone(), letter.notes);
        self.receipts.push(ReceiptEntry { record: record.id.clone(), receipt_no, letter: kind, notes });
        let sheets = if kind == LetterKind::Receipt { &mut self.receipt_sheets } else { &mut self.notice_sheets };
        sheets.extend(letter.sheets);
    }
}

/// Draws all letters of these records; pictures of fields are taken from the batch folder `dir`.
pub fn draw(dir: &Path, forms: &[Form], records: &[Record], letters: &Letters) -> Drawn {
    let crop = |record: &Record, id: &FieldId| picture(dir, record, id);
    let of_record = |record: &Record| {
        let form = forms.iter().find(|f| f.id == record.form && f.edition == record.edition)?;
        Some((letters.receipt(record, form), letters.notice(record, form, &crop)))
    };
    let all: Vec<_> = records.par_iter().map(of_record).collect();
    let mut drawn = Drawn { receipts: Vec::new(), receipt_sheets: Vec::new(), notice_sheets: Vec::new() };
    for (record, written) in records.iter().zip(all) {
        let Some((receipt, notice)) = written else { continue };
        for (letter, kind) in [(receipt, LetterKind::Receipt), (notice, LetterKind::Notice)] {
            if let Some(letter) = letter {
                drawn.take(letter, record, kind);
            }
        }
    }
    drawn
}

/// Names and bytes of both files. The receipts begin with the cover page of the batch. Where there is no letter of a kind,
/// the file says so on one page: a missing file could be a lost one.
///
/// # Errors
/// Where a file cannot be drawn.
pub fn pdfs(drawn: Drawn, cover: &Cover) -> Result<[(&'static str, Vec<u8>); 2], FolderError> {
    let (receipts, notices) = ("受付のお知らせ", "不備のお知らせ");
    let covered = cover.sheets().into_iter().chain(or_none(drawn.receipt_sheets, receipts)).collect::<Vec<_>>();
    let bytes = |sheets: &[Sheet], title: &str| pdf::write(sheets, title).map_err(|e| FolderError::Letters(e.to_string()));
    Ok([("receipts.pdf", bytes(&covered, receipts)?), ("notices.pdf", bytes(&or_none(drawn.notice_sheets, notices), notices)?)])
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

fn or_none(sheets: Vec<Sheet>, title: &str) -> Vec<Sheet> {
    use crate::sheet::{Align, Font, Item, TextItem};
    if !sheets.is_empty() {
        return sheets;
    }
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
    vec![Sheet { width_mm: 210.0, height_mm: 297.0, items: vec![Item::Text(text)] }]
}

/// The kept picture of a field.
fn picture(dir: &Path, record: &Record, id: &FieldId) -> Option<GrayImage> {
    let path = dir.join(record.fields.get(id)?.crop.as_ref()?);
    let bytes = std::fs::read(path).ok()?;
    image::load_from_memory(&bytes).ok().map(image::DynamicImage::into_luma8)
}
