//! load: a file's bytes become pages with their pictures, hashes, resolution and text layer.
//! Does not know any form and never touches the file system: bytes come in, pages go out.

use crate::geometry::RectMm;
use crate::image::Raster;

/// One page of a scan, decoded.
#[derive(Debug, Clone)]
pub struct Page {
    /// Page within its file, from 1.
    pub number: u32,
    /// The picture, upright as the file's own orientation says.
    pub raster: Raster,
    /// Hex SHA-256 over width, height and the decoded pixels.
    pub pixels_sha256: String,
    /// Words of a born-digital page's text layer with their places in mm from the top left of the page; empty for scans.
    pub text_layer: Vec<TextRun>,
}

/// A run of text from a PDF's text layer.
#[derive(Debug, Clone, PartialEq)]
pub struct TextRun {
    /// The text, NFKC-normalised.
    pub text: String,
    /// Where it stands on the PDF page, mm from the top left.
    pub area: RectMm,
}
