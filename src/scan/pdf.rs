//! PDF files: a scanned page gives the scanner's own pixels, any other page is drawn at 300 dpi with its text beside it.
//! Does not ask for passwords, and draws nothing before the sizes of everything it would draw are known.

mod admit;
mod apart;
mod codecs;
mod embedded;
mod entries;
mod filters;
mod render;
mod survey;
mod text;

use super::picture::{Density, Picture};
use super::{Budgets, ScanError, TextRun};
use admit::Extent;
use apart::Drawers;
pub(super) use apart::{by as draw_apart, serve as draw_pages};
use hayro::hayro_interpret::font::{FontData, FontQuery};
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::page::Page as PdfPage;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use survey::Survey;

/// How the program that draws is asked to.
pub const DRAW_COMMAND: &str = apart::COMMAND;

/// Points in an inch.
const POINTS: f64 = 72.0;

/// An opened PDF file.
pub(super) struct Document {
    pdf: Pdf,
    drawers: Drawers,
}

/// What a page is found to be, before the work on it begins.
enum Coming {
    /// A picture to be decoded within the budgets, as any scan is.
    Scan,
    /// Drawing, with pictures that take so many bytes.
    Drawing { picture_bytes: u64 },
}

/// Whether the file header stands within the first kilobyte, where readers have always looked for it.
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(1024)].windows(5).any(|w| w == b"%PDF-")
}

impl Document {
    /// Reads the structure of the file; pages are not looked into.
    pub(super) fn open(bytes: &Arc<[u8]>, budgets: &Budgets) -> Result<Self, ScanError> {
        admit::structure(bytes, budgets)?;
        let pdf = Pdf::new(Arc::new(Arc::clone(bytes))).map_err(|e| match e {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => ScanError::Encrypted,
            LoadPdfError::Decryption(_) => ScanError::unsupported("a PDF with this kind of encryption"),
            LoadPdfError::Invalid => ScanError::damaged("PDF: no pages can be found"),
        })?;
        let (found, limit) = (pdf.pages().len() as u64, u64::from(budgets.pages));
        match found {
            0 => Err(ScanError::damaged("PDF: no pages can be found")),
            _ if found > limit => Err(ScanError::TooLarge { what: "too many pages in the file".into(), found, limit }),
            _ => Ok(Self { pdf, drawers: Drawers::default() }),
        }
    }

    pub(super) fn page_count(&self) -> u32 {
        self.pdf.pages().len() as u32
    }

    /// One page, from 1: its picture and, where it was drawn by a program and not scanned, its words.
    ///
    /// A page that a scanner may have written is looked at here; whatever else it is, another process looks and draws.
    pub(super) fn decode(&self, number: u32, budgets: &Budgets) -> Result<(Picture, Vec<TextRun>), ScanError> {
        entries::check(self.page(number)?)?;
        if let Some(picture) = self.plain_scan(number, budgets) {
            return Ok((picture?, Vec::new()));
        }
        let drawn = self.drawers.draw(self.pdf.data().as_ref(), number, budgets);
        drawn.unwrap_or_else(|| self.decode_here(number, budgets, &|_| ()))
    }

    /// The picture of a page that shows nothing else and is little work to look at.
    fn plain_scan(&self, number: u32, budgets: &Budgets) -> Option<Result<Picture, ScanError>> {
        let page = self.page(number).ok()?;
        admit::page(page, &Extent::LIGHT, budgets).ok()?;
        let survey = Survey::take(page, &Sheet::of(page).ok()?, &Extent::LIGHT, budgets).ok()?;
        Some(embedded::picture(page, &survey.scan?, budgets))
    }

    fn page(&self, number: u32) -> Result<&PdfPage<'_>, ScanError> {
        let page = self.pdf.pages().get((number as usize).wrapping_sub(1));
        page.ok_or(ScanError::NoSuchPage { page: number, pages: self.page_count() })
    }

    /// The same in this process, whatever it costs. `announce` hears what is to come once that is known.
    fn decode_here(
        &self,
        number: u32,
        budgets: &Budgets,
        announce: &dyn Fn(Coming),
    ) -> Result<(Picture, Vec<TextRun>), ScanError> {
        let page = self.page(number)?;
        let pictures = admit::page(page, &Extent::WHOLE, budgets)?;
        let sheet = Sheet::of(page)?;
        let survey = Survey::take(page, &sheet, &Extent::WHOLE, budgets)?;
        if let Some(place) = &survey.scan {
            announce(Coming::Scan);
            return Ok((embedded::picture(page, place, budgets)?, Vec::new()));
        }
        announce(Coming::Drawing { picture_bytes: admit::before_drawing(&pictures, &survey.pictures, budgets)? });
        let pixels = render::draw(page, &sheet, budgets)?;
        let picture = Picture { density: Density::stated(sheet.dpi(), sheet.dpi()), ..Picture::new(pixels) };
        let runs = text::runs(&survey.glyphs, &sheet);
        let runs = if text::has_gaps(&runs) { text::second_opinion(runs, &self.pdf, number, budgets) } else { runs };
        Ok((picture, runs))
    }
}

/// The page as a sheet of paper, upright, its size in points.
struct Sheet {
    width: f64,
    height: f64,
    /// From the page's own coordinates to points from the top left, y down, after /Rotate.
    upright: Affine,
    /// True millimetres in a millimetre the file claims: 1 unless the page is larger than paper.
    shrink: f64,
}

impl Sheet {
    fn of(page: &PdfPage<'_>) -> Result<Self, ScanError> {
        let (width, height) = page.render_dimensions();
        let (width, height) = (f64::from(width), f64::from(height));
        if !(width.is_finite() && height.is_finite() && width >= 1.0 && height >= 1.0) {
            return Err(ScanError::damaged("PDF: the page has no size"));
        }
        let (short, long) = (width.min(height), width.max(height));
        // Over A3 (420 mm = 1191 pt) with A4's proportions: a writer took pixels for points, or 72 dpi for the scan's.
        let a4 = (long / short / (297.0 / 210.0) - 1.0).abs() <= 0.03;
        let shrink = if long > 1276.0 && a4 { 297.0 / 25.4 * POINTS / long } else { 1.0 };
        Ok(Self { width, height, upright: page.initial_transform(true).to_kurbo(), shrink })
    }

    /// Resolution of a drawn page. Scanned forms are 300 dpi; drawing finer shows nothing more.
    #[expect(clippy::unused_self, reason = "one place to ask, should sheets ever differ")]
    fn dpi(&self) -> f64 {
        300.0
    }

    /// Drawn pixels per point.
    fn scale(&self) -> f64 {
        self.dpi() / POINTS * self.shrink
    }

    /// Millimetres of paper per point.
    fn mm(&self) -> f64 {
        25.4 / POINTS * self.shrink
    }
}

/// What the PDF library could not do. It draws on without it, so that the page would lack it in silence.
#[derive(Default)]
struct Omissions {
    picture: AtomicBool,
    font: AtomicBool,
}

impl Omissions {
    fn check(&self) -> Result<(), ScanError> {
        if self.picture.load(Ordering::Relaxed) {
            return Err(ScanError::damaged("PDF: a picture on the page cannot be decoded"));
        }
        if self.font.load(Ordering::Relaxed) {
            return Err(ScanError::unsupported("a PDF page with a font of this kind"));
        }
        Ok(())
    }
}

/// How pages are interpreted: hayro's own Latin fonts, and BIZ `UDGothic` where a Japanese font is not in the file.
fn settings(omissions: &Arc<Omissions>) -> InterpreterSettings {
    let omissions = Arc::clone(omissions);
    InterpreterSettings {
        font_resolver: Arc::new(|query| match query {
            FontQuery::Standard(font) => Some(font.get_font_data()),
            FontQuery::Fallback(query) if query.character_collection.is_some() => Some((gothic(), 0)),
            FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
        }),
        warning_sink: Arc::new(move |warning| match warning {
            InterpreterWarning::ImageDecodeFailure => omissions.picture.store(true, Ordering::Relaxed),
            InterpreterWarning::UnsupportedFont => omissions.font.store(true, Ordering::Relaxed),
            _ => {}
        }),
        ..InterpreterSettings::default()
    }
}

fn gothic() -> FontData {
    const GOTHIC: &[u8] = include_bytes!("../../assets/fonts/BIZUDGothic-Regular.ttf");
    Arc::new(GOTHIC)
}
