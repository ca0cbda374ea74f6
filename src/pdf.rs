//! Writes [`Sheet`]s as one PDF: the same display list that [`raster`](crate::sheet::raster) draws as pixels, with both
//! typefaces embedded as subsets, searchable text, and bytes that depend on the sheets and the title alone.
//! Does not know what the sheets mean, and never drops a character silently: one that a typeface lacks is an error.

mod typeface;

use crate::geometry::RectMm;
use crate::sheet::{Font, Item, Sheet, TextItem};
use ::image::GrayImage;
use printpdf::{
    Color, DictItem, ExternalStream, ExternalXObject, Greyscale, Line, LineDashPattern, LinePoint, Mm, Op, PaintMode,
    PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point, Pt, Rect, TextMatrix, XObject, XObjectId, XObjectTransform,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Points in a millimetre.
const PT_PER_MM: f64 = 72.0 / 25.4;

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
    if sheets.is_empty() {
        return Err(PdfError::NoSheets);
    }
    let missing = missing(sheets);
    if !missing.is_empty() {
        return Err(PdfError::MissingCharacters(missing));
    }
    let mut document = PdfDocument::new(title);
    "uketsuke".clone_into(&mut document.metadata.info.producer);
    for font in [Font::Mincho, Font::Gothic] {
        typeface::embed(&mut document, font, sheets)?;
    }
    for sheet in sheets {
        let page = page(sheet, &mut document);
        document.pages.push(page);
    }
    save(&document)
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

fn page(sheet: &Sheet, document: &mut PdfDocument) -> PdfPage {
    let mut page = Drawing { height: sheet.height_mm, ops: Vec::new(), document };
    for item in &sheet.items {
        match item {
            Item::Text(text) => page.text(text),
            Item::Line { line, width, dash } => page.line(*line, *width, *dash),
            Item::Rect { rect, width, fill } => page.rect(rect, *width, *fill),
            Item::Picture { rect, pixels } => page.picture(rect, pixels),
        }
    }
    PdfPage::new(Mm(sheet.width_mm as f32), Mm(sheet.height_mm as f32), page.ops)
}

struct Drawing<'a> {
    height: f64,
    ops: Vec<Op>,
    document: &'a mut PdfDocument,
}

impl Drawing<'_> {
    /// PDF counts up from the bottom edge.
    fn point(&self, x: f64, y: f64) -> Point {
        Point { x: pt(x), y: pt(self.height - y) }
    }

    fn text(&mut self, text: &TextItem) {
        let font = PdfFontHandle::External(typeface::id(text.font));
        self.ops.push(Op::StartTextSection);
        self.ops.push(Op::SetFillColor { col: grey(0.0) });
        self.ops.push(Op::SetFont { font, size: Pt(text.size as f32) });
        self.ops.push(Op::SetCharacterSpacing { multiplier: (text.spacing * PT_PER_MM) as f32 });
        for line in text.lines().into_iter().filter(|l| !l.text.is_empty()) {
            let at = self.point(line.x, line.y);
            self.ops.push(Op::SetTextMatrix { matrix: TextMatrix::Translate(at.x, at.y) });
            self.ops.push(Op::ShowText { items: vec![line.text.into()] });
        }
        self.ops.push(Op::EndTextSection);
    }

    fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], width: f64, dash: Option<[f64; 2]>) {
        let on_off = dash.map(|[on, off]| [(on * PT_PER_MM) as f32, (off * PT_PER_MM) as f32]);
        let pattern = on_off.map_or_else(LineDashPattern::solid, |lengths| LineDashPattern::new(0.0, &lengths));
        let points = [self.point(x1, y1), self.point(x2, y2)].map(|p| LinePoint { p, bezier: false }).to_vec();
        self.ops.push(Op::SetOutlineColor { col: grey(0.0) });
        self.ops.push(Op::SetOutlineThickness { pt: pt(width) });
        self.ops.push(Op::SetLineDashPattern { dash: pattern });
        self.ops.push(Op::DrawLine { line: Line { points, is_closed: false } });
    }

    fn rect(&mut self, rect: &RectMm, width: f64, fill: Option<f64>) {
        let corner = self.point(rect.x, rect.bottom());
        let shape = |mode| Op::DrawRectangle {
            rectangle: Rect {
                x: corner.x,
                y: corner.y,
                width: pt(rect.w),
                height: pt(rect.h),
                mode: Some(mode),
                winding_order: None,
            },
        };
        if let Some(level) = fill {
            self.ops.push(Op::SetFillColor { col: grey(level) });
            self.ops.push(shape(PaintMode::Fill));
        }
        if width > 0.0 {
            self.ops.push(Op::SetOutlineColor { col: grey(0.0) });
            self.ops.push(Op::SetOutlineThickness { pt: pt(width) });
            self.ops.push(Op::SetLineDashPattern { dash: LineDashPattern::solid() });
            self.ops.push(shape(PaintMode::Stroke));
        }
    }

    fn picture(&mut self, rect: &RectMm, pixels: &GrayImage) {
        let pictures = &mut self.document.resources.xobjects.map;
        let id = XObjectId(format!("P{}", pictures.len() + 1));
        pictures.insert(id.clone(), XObject::External(embedded(pixels)));
        let corner = self.point(rect.x, rect.bottom());
        let transform = XObjectTransform {
            translate_x: Some(corner.x),
            translate_y: Some(corner.y),
            scale_x: Some(pt(rect.w).0),
            scale_y: Some(pt(rect.h).0),
            no_auto_scale: true,
            ..XObjectTransform::default()
        };
        self.ops.push(Op::UseXobject { id, transform });
    }
}

fn pt(mm: f64) -> Pt {
    Pt((mm * PT_PER_MM) as f32)
}

fn grey(level: f64) -> Color {
    Color::Greyscale(Greyscale::new(level.clamp(0.0, 1.0) as f32, None))
}

/// An image dictionary by ISO 32000-1, 8.9.5: eight bits of grey a pixel.
fn embedded(pixels: &GrayImage) -> ExternalXObject {
    let name = |n: &str| DictItem::Name(n.as_bytes().to_vec());
    let dict = BTreeMap::from([
        ("Type".to_owned(), name("XObject")),
        ("Subtype".to_owned(), name("Image")),
        ("Width".to_owned(), DictItem::Int(i64::from(pixels.width()))),
        ("Height".to_owned(), DictItem::Int(i64::from(pixels.height()))),
        ("ColorSpace".to_owned(), name("DeviceGray")),
        ("BitsPerComponent".to_owned(), DictItem::Int(8)),
        ("Interpolate".to_owned(), DictItem::Bool(true)),
    ]);
    let stream = ExternalStream { dict, content: pixels.as_raw().clone(), compress: true };
    ExternalXObject { stream, width: None, height: None, dpi: None }
}

fn save(document: &PdfDocument) -> Result<Vec<u8>, PdfError> {
    let mut warnings = Vec::new();
    // The typefaces are cut down before; the library's own switch does nothing in this build and does not say so.
    let options = PdfSaveOptions { subset_fonts: false, image_optimization: None, ..PdfSaveOptions::default() };
    let mut bytes = document.save(&options, &mut warnings);
    if let Some(warning) = warnings.first() {
        return Err(PdfError::Refused { reason: warning.msg.clone() });
    }
    name_by_content(&mut bytes)?;
    Ok(bytes)
}

/// Letters in each half of the file's identifier as the PDF library writes it.
const ID_LENGTH: usize = 32;

/// The library numbers the files a process writes; their identifier (ISO 32000-1, 14.4) is made from the content
/// instead, so that it does not depend on what was written before.
fn name_by_content(bytes: &mut [u8]) -> Result<(), PdfError> {
    let refused = || PdfError::Refused { reason: "no file identifier in the trailer".to_owned() };
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
