//! Writes [`Sheet`]s as one PDF: the same display list that [`raster`](crate::sheet::raster) draws as pixels, with both
//! typefaces embedded as subsets, searchable text, and bytes that depend on the sheets and the title alone.
//! Does not know what the sheets mean, and never drops a character silently: one that a typeface lacks is an error.

mod drawing;
mod parts;
mod typeface;

use crate::sheet::{Font, Item, Sheet, TextItem};
use parts::Parts;
use printpdf::{Mm, Op, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Pt};
use sha2::{Digest, Sha256};
use std::fmt;
use typeface::Subset;

/// Why sheets could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// A PDF has at least one page.
    #[error("there is no sheet to write; write a PDF only where there is at least one")]
    NoSheets,
    /// A typeface cannot draw characters of the text.
    #[error("characters that the built-in typefaces do not have: {}; replace them, for instance by 〓", Listed(.0))]
    MissingCharacters(Vec<MissingCharacter>),
    /// A typeface could not be cut down to the characters used.
    #[error("the built-in typeface {font:?} could not be embedded ({reason}); the program is damaged, install it again")]
    Typeface {
        /// The typeface.
        font: Font,
        /// What the font library said.
        reason: String,
    },
    /// The PDF library refused part of a page.
    #[error("the PDF could not be written: {reason}; please report this with the form it happened on")]
    Refused {
        /// What the PDF library said.
        reason: String,
    },
}

/// A character that the typeface it is set in cannot draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingCharacter {
    /// Sheet, from 1.
    pub sheet: usize,
    /// The typeface.
    pub font: Font,
    /// The character.
    pub character: char,
}

struct Listed<'a>(&'a [MissingCharacter]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, missing) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{:?} (U+{:04X}, page {})", missing.character, missing.character as u32, missing.sheet)?;
        }
        Ok(())
    }
}

/// The sheets as one PDF, a page each, with `title` in its properties. The same sheets and title give the same bytes.
pub fn write(sheets: &[Sheet], title: &str) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::default();
    document.append(sheets)?;
    document.finish(title)
}

/// A PDF that takes its sheets a part at a time: a letter takes 130 kB while it is worked on and 3 kB of the file, which is
/// what stays of it.
pub struct Document {
    parts: Parts,
    typefaces: [Subset; 2],
}

impl Default for Document {
    fn default() -> Self {
        Self { parts: Parts::new(), typefaces: [Font::Mincho, Font::Gothic].map(Subset::new) }
    }
}

impl Document {
    /// Adds sheets behind those that are there.
    ///
    /// # Errors
    /// Where they cannot be drawn; nothing is added then.
    pub fn append(&mut self, sheets: &[Sheet]) -> Result<(), PdfError> {
        self.insert(self.parts.len(), sheets)
    }

    /// Adds sheets in front of those that are there.
    ///
    /// # Errors
    /// Where they cannot be drawn; nothing is added then.
    pub fn prepend(&mut self, sheets: &[Sheet]) -> Result<(), PdfError> {
        self.insert(0, sheets)
    }

    /// Whether no sheet is there yet.
    pub fn is_empty(&self) -> bool {
        self.parts.len() == 0
    }

    fn insert(&mut self, at: usize, sheets: &[Sheet]) -> Result<(), PdfError> {
        if sheets.is_empty() {
            return Ok(());
        }
        let missing = missing(sheets);
        if !missing.is_empty() {
            return Err(PdfError::MissingCharacters(missing));
        }
        self.typefaces.iter_mut().for_each(|typeface| typeface.add(sheets));
        let mut part = self.document("")?;
        for sheet in sheets {
            let page = drawing::page(sheet, &mut part);
            part.pages.push(page);
        }
        self.parts.insert(at, translated(&part)?).map_err(|e| refused(&e))
    }

    /// The file, with `title` in its properties. The same sheets, added in the same parts, give the same bytes.
    ///
    /// # Errors
    /// Where there is no sheet, or the library refuses something.
    pub fn finish(self, title: &str) -> Result<Vec<u8>, PdfError> {
        if self.is_empty() {
            return Err(PdfError::NoSheets);
        }
        let mut frame = self.document(title)?;
        frame.pages.push(self.specimen());
        let mut whole = self.parts.into_pages_of(translated(&frame)?).map_err(|e| refused(&e))?;
        let mut bytes = Vec::new();
        whole.save_to(&mut bytes).map_err(|e| refused(&e))?;
        name_by_content(&mut bytes)?;
        Ok(bytes)
    }

    /// A document with the typefaces as far as they are used, and no page.
    fn document(&self, title: &str) -> Result<PdfDocument, PdfError> {
        let mut document = PdfDocument::new(title);
        "uketsuke".clone_into(&mut document.metadata.info.producer);
        self.typefaces.iter().try_for_each(|typeface| typeface.embed(&mut document))?;
        Ok(document)
    }

    /// A page with every character: what is not on its pages, the library does not describe.
    fn specimen(&self) -> PdfPage {
        let used = self.typefaces.iter().filter(|typeface| !typeface.is_empty());
        let shown = used.flat_map(|typeface| {
            let font = PdfFontHandle::External(typeface::id(typeface.font));
            [Op::SetFont { font, size: Pt(10.0) }, Op::ShowText { items: vec![typeface.characters().into()] }]
        });
        let ops = [Op::StartTextSection].into_iter().chain(shown).chain([Op::EndTextSection]).collect();
        PdfPage::new(Mm(210.0), Mm(297.0), ops)
    }
}

/// Characters of the sheets that the typeface they are set in cannot draw, each once per sheet and typeface.
pub fn missing(sheets: &[Sheet]) -> Vec<MissingCharacter> {
    let mut all = Vec::new();
    for (i, sheet) in sheets.iter().enumerate() {
        for text in texts(sheet) {
            for character in text.text.chars().filter(|c| *c != '\n' && !typeface::draws(text.font, *c)) {
                let missing = MissingCharacter { sheet: i + 1, font: text.font, character };
                if !all.contains(&missing) {
                    all.push(missing);
                }
            }
        }
    }
    all
}

fn texts(sheet: &Sheet) -> impl Iterator<Item = &TextItem> {
    sheet.items.iter().filter_map(|item| match item {
        Item::Text(text) => Some(text),
        _ => None,
    })
}

fn translated(document: &PdfDocument) -> Result<lopdf::Document, PdfError> {
    let mut warnings = Vec::new();
    // The typefaces are cut down before; the library's own switch does nothing in this build and does not say so.
    let options = PdfSaveOptions { subset_fonts: false, image_optimization: None, ..PdfSaveOptions::default() };
    let translated = document.to_lopdf_document(&options, &mut warnings);
    warnings.first().map_or(Ok(translated), |warning| Err(refused(&warning.msg)))
}

fn refused(reason: &dyn fmt::Display) -> PdfError {
    PdfError::Refused { reason: reason.to_string() }
}

/// Letters in each half of the file's identifier as the PDF library writes it.
const ID_LENGTH: usize = 32;

/// The library numbers the files a process writes; their identifier (ISO 32000-1, 14.4) is made from the content
/// instead, so that it does not depend on what was written before.
fn name_by_content(bytes: &mut [u8]) -> Result<(), PdfError> {
    let refused = || refused(&"no file identifier in the trailer");
    let trailer = bytes.windows(7).rposition(|w| w == b"trailer").ok_or_else(refused)?;
    let id = bytes[trailer..].windows(4).position(|w| w == b"/ID[").ok_or_else(refused)? + trailer;
    let starts: Vec<usize> = (id..bytes.len()).filter(|&i| bytes[i] == b'(').take(2).map(|i| i + 1).collect();
    let halves: Vec<_> = starts.iter().map(|&s| s..s + ID_LENGTH).filter(|r| bytes.get(r.end) == Some(&b')')).collect();
    if halves.len() != 2 {
        return Err(refused());
    }
    for half in &halves {
        bytes[half.clone()].fill(b'0');
    }
    let digest = format!("{:x}", Sha256::digest(&*bytes));
    for half in halves {
        bytes[half].copy_from_slice(&digest.as_bytes()[..ID_LENGTH]);
    }
    Ok(())
}
