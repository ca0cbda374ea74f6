//! Files as scanners deliver them: PNG, JPEG, multi-page TIFF (Group 4 or deflate), PDF (JPEG or Group 4 inside), with the
//! resolution where each format keeps it. Deterministic bytes. Does not decide which (`Delivery` says).

use super::g4;
use crate::geometry::Dpi;
use image::codecs::jpeg::{JpegEncoder, PixelDensity, PixelDensityUnit};
use image::{ExtendedColorType, GrayImage, ImageError};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// One page, lossless.
    Png,
    /// One page, lossy.
    Jpeg,
    /// Any number of pages: Group 4 where they are one-bit, deflate else.
    Tiff,
    /// Any number of pages: Group 4 where they are one-bit, JPEG else.
    Pdf,
}

impl FileKind {
    /// The end of its file names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
            Self::Pdf => "pdf",
        }
    }

    /// Whether one file holds all pages of a submission.
    pub fn is_multi_page(self) -> bool {
        matches!(self, Self::Tiff | Self::Pdf)
    }
}

/// A scanned page before it is a file.
#[derive(Debug, Clone)]
pub struct Picture {
    /// One grey plane, or red, green and blue.
    pub planes: Vec<GrayImage>,
    /// Resolution.
    pub dpi: Dpi,
    /// Only black and white occur: stored with one bit per pixel where the format can.
    pub bilevel: bool,
    /// JPEG quality where it is stored so, 1 to 100.
    pub quality: u8,
}

impl Picture {
    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.planes[0].dimensions()
    }

    /// Samples of all planes, pixel by pixel.
    pub(crate) fn interleaved(&self) -> Vec<u8> {
        match self.planes.as_slice() {
            [r, g, b] => {
                let rgb = r.as_raw().iter().zip(g.as_raw()).zip(b.as_raw());
                rgb.flat_map(|((r, g), b)| [*r, *g, *b]).collect()
            }
            _ => self.planes[0].as_raw().clone(),
        }
    }

    pub(crate) fn colour_type(&self) -> ExtendedColorType {
        if self.planes.len() == 3 { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 }
    }

    /// One bit per pixel, rows padded to bytes, 1 is white.
    fn packed(&self) -> Vec<u8> {
        let (w, _) = self.size();
        let pack = |eight: &[u8]| eight.iter().enumerate().fold(0u8, |b, (i, p)| b | u8::from(*p >= 128) << (7 - i));
        self.planes[0].as_raw().chunks_exact(w as usize).flat_map(|row| row.chunks(8).map(pack)).collect()
    }
}

/// The bytes of a file with these pages. PNG and JPEG hold the first page only.
pub(crate) fn encode(pages: &[&Picture], kind: FileKind) -> Result<Vec<u8>, ImageError> {
    match kind {
        FileKind::Png => Ok(png(pages[0])),
        FileKind::Jpeg => jpeg(pages[0]),
        FileKind::Tiff => Ok(super::tiff::write(&pages.iter().map(|p| super::tiff::page(p)).collect::<Vec<_>>())),
        FileKind::Pdf => {
            let pages: Result<Vec<_>, ImageError> = pages.iter().map(|p| super::pdf::page(p)).collect();
            Ok(super::pdf::write(&pages?))
        }
    }
}

/// Group 4 code of a one-bit page.
pub(crate) fn group4(page: &Picture) -> Vec<u8> {
    g4::encode(&page.planes[0])
}

/// Samples compressed as zlib does, by an encoder that gives the same bytes on any processor.
pub(crate) fn deflated(samples: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(samples, 4)
}

/// A baseline JPEG with its density in the JFIF header.
pub(crate) fn jpeg(page: &Picture) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, page.quality);
    let density = (page.dpi.x.round() as u16, page.dpi.y.round() as u16);
    encoder.set_pixel_density(PixelDensity { density, unit: PixelDensityUnit::Inches });
    let (w, h) = page.size();
    encoder.encode(&page.interleaved(), w, h, page.colour_type())?;
    Ok(bytes)
}

/// A PNG written chunk by chunk: one bit, grey or RGB, with its density.
fn png(page: &Picture) -> Vec<u8> {
    let (w, h) = page.size();
    let (depth, colour) = match (page.bilevel, page.planes.len()) {
        (true, _) => (1, 0),
        (false, 3) => (8, 2),
        (false, _) => (8, 0),
    };
    let header = [&w.to_be_bytes()[..], &h.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    // pHYs (PNG 11.3.4.3): pixels per metre.
    let metre = |dpi: f64| ((dpi / 0.0254).round() as u32).to_be_bytes();
    let density = [&metre(page.dpi.x)[..], &metre(page.dpi.y), &[1]].concat();
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(*b"IHDR", &header));
    bytes.extend(chunk(*b"pHYs", &density));
    bytes.extend(chunk(*b"IDAT", &deflated(&filtered(page))));
    bytes.extend(chunk(*b"IEND", &[]));
    bytes
}

/// Rows behind their filter type: each less the row above (type 2), or as they are (type 0) for one bit.
fn filtered(page: &Picture) -> Vec<u8> {
    let (w, _) = page.size();
    if page.bilevel {
        return page.packed().chunks_exact((w as usize).div_ceil(8)).flat_map(|row| [&[0], row].concat()).collect();
    }
    let stride = w as usize * page.planes.len();
    let samples = page.interleaved();
    let mut above = vec![0; stride];
    let mut out = Vec::with_capacity(samples.len() + samples.len() / stride.max(1));
    for row in samples.chunks_exact(stride) {
        out.push(2);
        out.extend(row.iter().zip(&above).map(|(p, up)| p.wrapping_sub(*up)));
        above.copy_from_slice(row);
    }
    out
}

fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [&name[..], body].concat();
    [&(body.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// CRC-32 of PNG (annex D).
fn crc(bytes: &[u8]) -> u32 {
    let mut table = [0u32; 256];
    for (n, slot) in table.iter_mut().enumerate() {
        *slot = (0..8).fold(n as u32, |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 });
    }
    !bytes.iter().fold(u32::MAX, |c, b| table[((c ^ u32::from(*b)) & 255) as usize] ^ (c >> 8))
}
