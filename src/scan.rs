//! load: a file's bytes become pages with their pictures, hashes, resolution and text layer.
//! Does not know any form and never touches files: bytes come in, pages go out. PDF pages that are no scans are drawn by
//! another process, where [`draw_apart`] names one.

pub mod blank;
mod bytes;
mod error;
mod fax;
mod hash;
mod heavy;
mod inflate;
mod jpeg;
mod pdf;
mod picture;
mod png;
mod tiff;

pub use error::ScanError;
pub use hash::sha256;
pub use pdf::DRAW_COMMAND;

use crate::geometry::RectMm;
use crate::image::Raster;
use picture::Picture;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

/// One page of a scan, decoded.
#[derive(Debug, Clone)]
pub struct Page {
    /// Page within its file, from 1.
    pub number: u32,
    /// The picture, upright as the file's own orientation says.
    pub raster: Raster,
    /// Hex SHA-256 over width, height and the decoded pixels; of pages in pure black and white, over their bits.
    pub pixels_sha256: String,
    /// Words of a born-digital page's text layer with their places in mm from the top left of the page; empty for scans.
    pub text_layer: Vec<TextRun>,
}

/// A run of text from a PDF's text layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextRun {
    /// The text, NFKC-normalised.
    pub text: String,
    /// Where it stands on the PDF page, mm from the top left.
    pub area: RectMm,
}

/// How much a file may cost; checked from its headers, before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Pixels of one page.
    pub pixels: u64,
    /// Bytes that decoding one picture or one compressed stream may need.
    pub decoded_bytes: u64,
    /// Pages of a file.
    pub pages: u32,
    /// Drawing operations of one PDF page: what keeps forms that draw forms that draw forms from running for hours.
    pub operations: u64,
}

impl Default for Budgets {
    /// Room for A3 at 600 dpi (70 million pixels, with what scanners add around them) and for A4 at 600 dpi in colour (105 MB
    /// of samples, 420 MB as JPEG 2000 coefficients), and for a day's post in one file. With 200 million pixels a single
    /// hostile page took 700 MB.
    fn default() -> Self {
        Self { file_bytes: 1 << 30, pixels: 80_000_000, decoded_bytes: 420_000_000, pages: 5000, operations: 2_000_000 }
    }
}

impl Budgets {
    /// Refuses a picture of `width` × `height` that needs `bytes_per_pixel` to decode.
    fn admit(&self, width: u32, height: u32, bytes_per_pixel: u64) -> Result<(), ScanError> {
        if width == 0 || height == 0 {
            return Err(ScanError::damaged("the picture has no width or no height"));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.pixels {
            return Err(ScanError::TooLarge { what: "too many pixels on a page".into(), found: pixels, limit: self.pixels });
        }
        self.admit_bytes(pixels.saturating_mul(bytes_per_pixel))
    }

    fn admit_bytes(&self, found: u64) -> Result<(), ScanError> {
        let limit = self.decoded_bytes;
        if found > limit {
            return Err(ScanError::TooLarge { what: "too many bytes once decoded".into(), found, limit });
        }
        heavy::enter(found);
        Ok(())
    }
}

/// An opened file: its kind, hash and number of pages are known, nothing is decoded yet.
///
/// Pages are decoded one by one and independently, so several threads may share it.
pub struct Scan {
    sha256: String,
    budgets: Budgets,
    source: Source,
}

enum Source {
    Jpeg(Arc<[u8]>),
    Png(Arc<[u8]>),
    Tiff(tiff::Container),
    Pdf(Box<pdf::Document>),
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan").field("sha256", &self.sha256).field("pages", &self.page_count()).finish_non_exhaustive()
    }
}

impl Scan {
    /// Opens a file by its content; its name plays no part.
    ///
    /// Errors: empty, not one of JPEG, PNG, TIFF and PDF, over the budgets of a whole file, asking for a password, or so
    /// damaged that its pages cannot be counted.
    pub fn open(bytes: impl Into<Arc<[u8]>>, budgets: &Budgets) -> Result<Self, ScanError> {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        if size > budgets.file_bytes {
            return Err(ScanError::TooLarge {
                what: "too many bytes in the file".into(),
                found: size,
                limit: budgets.file_bytes,
            });
        }
        let sha256 = hash::sha256(&bytes);
        let source = guarded(|| open_source(&bytes, budgets))?;
        Ok(Self { sha256, budgets: *budgets, source })
    }

    /// Hex SHA-256 of the file.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How many pages the file has; pages that will turn out damaged are counted, so that no sheet is lost.
    pub fn page_count(&self) -> u32 {
        match &self.source {
            Source::Jpeg(_) | Source::Png(_) => 1,
            Source::Tiff(container) => container.page_count(),
            Source::Pdf(document) => document.page_count(),
        }
    }

    /// Decodes one page, numbered from 1.
    ///
    /// A page that fails costs that page only. A panic inside a decoder is caught here and becomes an error; the panic
    /// hook still runs, so a program that wants a quiet standard error sets its own hook.
    pub fn page(&self, number: u32) -> Result<Page, ScanError> {
        let pages = self.page_count();
        if number == 0 || number > pages {
            return Err(ScanError::NoSuchPage { page: number, pages });
        }
        let _turn = heavy::Turn::begin();
        guarded(|| {
            let (picture, text_layer) = self.decode(number)?;
            let raster = picture.into_raster(&self.budgets)?;
            Ok(Page { number, pixels_sha256: hash::pixels_sha256(&raster), raster, text_layer })
        })
    }

    fn decode(&self, number: u32) -> Result<(Picture, Vec<TextRun>), ScanError> {
        match &self.source {
            Source::Jpeg(bytes) => Ok((jpeg::decode(bytes, &self.budgets)?, Vec::new())),
            Source::Png(bytes) => Ok((png::decode(bytes, &self.budgets)?, Vec::new())),
            Source::Tiff(container) => Ok((container.decode(number, &self.budgets)?, Vec::new())),
            Source::Pdf(document) => document.decode(number, &self.budgets),
        }
    }
}

/// Names the program that draws PDF pages in a process of its own, by the command [`DRAW_COMMAND`] and nothing else. Where
/// nobody does, pages are drawn in this process, which a hostile page can then take down.
pub fn draw_apart(program: PathBuf) {
    pdf::draw_apart(program);
}

/// What that program does: draws pages for the process that started it, and ends with it.
///
/// # Errors
/// Where the other process went away in the midst of something.
pub fn draw_pages(orders: impl Read, answers: impl Write) -> io::Result<()> {
    pdf::draw_pages(orders, answers)
}

fn open_source(bytes: &Arc<[u8]>, budgets: &Budgets) -> Result<Source, ScanError> {
    let whole = || Arc::clone(bytes);
    match &bytes[..] {
        [] => Err(ScanError::EmptyFile),
        [0xFF, 0xD8, ..] => Ok(Source::Jpeg(whole())),
        [0x89, b'P', b'N', b'G', ..] => Ok(Source::Png(whole())),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Ok(Source::Tiff(tiff::Container::open(whole(), budgets)?)),
        b if pdf::is_pdf(b) => Ok(Source::Pdf(Box::new(pdf::Document::open(&whole(), budgets)?))),
        b => Err(ScanError::NotAnImage { looks_like: looks_like(b).map(Into::into) }),
    }
}

/// Names the kinds of file that people send by mistake, so that they learn what they sent.
fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => Some("an Office document or ZIP archive"),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Some("an old Office document"),
        [b'G', b'I', b'F', b'8', ..] => Some("a GIF picture"),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("a BMP picture"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("a WebP picture"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("a HEIF picture or a film"),
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => Some("a JPEG 2000 picture"),
        [0x97, b'J', b'B', b'2', ..] => Some("a JBIG2 picture"),
        [b'<', b'!' | b'h' | b'?', ..] => Some("a web page or XML"),
        [b'%', b'!', b'P', b'S', ..] => Some("PostScript"),
        [b'P', b'1'..=b'7', b'\n' | b'\r' | b' ', ..] => Some("a PNM picture"),
        _ => None,
    }
}

/// Runs a decoder so that its panic costs one page. The values it borrows are only read, or dropped with the error.
fn guarded<T>(decode: impl FnOnce() -> Result<T, ScanError>) -> Result<T, ScanError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or(Err(ScanError::DecoderCrash))
}
