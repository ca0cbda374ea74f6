//! `receipts.pdf` and `notices.pdf` of a batch folder, from its records. What the letters say is `receipt`'s.

use super::folder::FolderError;
use crate::form::{FieldId, Form};
use crate::pdf;
use crate::receipt::{Letter, Letters};
use crate::record::Record;
use crate::whole::write_whole;
use image::GrayImage;
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

/// Writes both files. Where there is no letter of a kind, the file says so on one page: a missing file could be a lost one.
///
/// # Errors
/// Where a file cannot be drawn or written.
pub fn write(dir: &Path, forms: &[Form], records: &[Record], letters: &Letters) -> Result<Written, FolderError> {
    let mut written = Written::default();
    let crop = |record: &Record, id: &FieldId| picture(dir, record, id);
    let of = |record: &Record| forms.iter().find(|f| f.id == record.form && f.edition == record.edition);
    let mut receipts = Vec::new();
    let mut notices = Vec::new();
    for record in records {
        let Some(form) = of(record) else { continue };
        if let Some(letter) = letters.receipt(record, form) {
            written.receipts += 1;
            take(letter, record, &mut receipts, &mut written.notes);
        }
        if let Some(letter) = letters.notice(record, form, &crop) {
            written.notices += 1;
            take(letter, record, &mut notices, &mut written.notes);
        }
    }
    for (name, title, sheets) in [("receipts.pdf", "受付のお知らせ", receipts), ("notices.pdf", "不備のお知らせ", notices)]
    {
        let bytes = pdf::write(&or_none(sheets, title), title).map_err(|e| FolderError::Letters(e.to_string()))?;
        write_whole(&dir.join(name), &bytes)?;
    }
    Ok(written)
}

fn take(letter: Letter, record: &Record, sheets: &mut Vec<crate::sheet::Sheet>, notes: &mut Vec<String>) {
    let number = record.receipt_no.as_deref().unwrap_or(&record.id);
    notes.extend(letter.notes.iter().map(|note| format!("{number}: {note}")));
    sheets.extend(letter.sheets);
}

fn or_none(sheets: Vec<crate::sheet::Sheet>, title: &str) -> Vec<crate::sheet::Sheet> {
    use crate::sheet::{Align, Font, Item, Sheet, TextItem};
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
