//! Pictures for people: crops of fields, upright thumbnails of pages. Cut from the page while it is in memory.

use crate::form::Form;
use crate::geometry::{PointMm, PointPx, RectMm};
use crate::image::{reduced, sample};
use crate::pipeline::Placed;
use crate::read::light::{grey, light_within};
use crate::scan::Page;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, imageops};

/// Paper around a field that is shown with it, mm: enough to see what ran over its edge.
pub const AROUND_MM: f64 = 3.0;

/// Width of thumbnails in pixels.
const THUMBNAIL_PX: u32 = 600;

/// Pixels in a row that are taken to lie on a straight line of the scan: three runs of sampled light.
const STRAIGHT_PX: usize = 48;

/// Width in pixels of pictures of whole pages: 150 dpi on A4, at which handwriting in 5 mm cells is legible and a page
/// takes 150 kB.
pub const SHEET_PX: u32 = 1240;

/// Quality of thumbnails: writing stays legible, a page takes 30–50 kB.
const QUALITY: u8 = 55;

/// A field as it stands on the page, upright, at 203 dpi.
pub fn crop(placed: &Placed, area: RectMm) -> GrayImage {
    let (w, h, pixels) = grey(placed.page.raster.luma(), &placed.map, area.grown(AROUND_MM), 1.0);
    let bytes: Vec<u8> = pixels.iter().map(|v| v.clamp(0.0, 255.0) as u8).collect();
    GrayImage::from_raw(w as u32, h as u32, bytes).unwrap_or_default()
}

/// A picture as PNG.
pub fn png(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    let written = encoder.write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::L8);
    if written.is_err() {
        bytes.clear();
    }
    bytes
}

/// A picture as JPEG of that quality, 1 to 100.
pub fn jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    if encoder.write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::L8).is_err() {
        bytes.clear();
    }
    bytes
}

/// A thumbnail: JPEG bytes, its size, and pixels per mm of the form (0 where it shows no form).
#[derive(Debug, Clone)]
pub struct Thumbnail {
    /// JPEG.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pixels per mm of the form.
    pub scale: f64,
}

/// The page upright and straight, as the form lies, small.
pub fn thumbnail(placed: &Placed, form: &Form, page: usize) -> Thumbnail {
    let (picture, scale) = upright(placed, form, page, THUMBNAIL_PX);
    Thumbnail { jpeg: jpeg(&picture, QUALITY), width: picture.width(), height: picture.height(), scale }
}

/// The same large enough to read handwriting on: what a person sees who decides about it. JPEG.
pub fn sheet(placed: &Placed, form: &Form, page: usize) -> Vec<u8> {
    jpeg(&upright(placed, form, page, SHEET_PX).0, QUALITY)
}

/// The page as the form lies, that wide; and pixels per mm of the form.
fn upright(placed: &Placed, form: &Form, page: usize, width: u32) -> (GrayImage, f64) {
    let sheet = &form.pages[page - 1];
    let scale = f64::from(width) / sheet.width_mm;
    let height = (sheet.height_mm * scale).round() as u32;
    // Reduced first, so that thin lines do not break up.
    let middle = |x: f64| placed.map.to_px(PointMm { x: sheet.width_mm / 2.0 + x, y: sheet.height_mm / 2.0 });
    let (left, right) = (middle(-5.0), middle(5.0));
    let factor = ((right.x - left.x).hypot(right.y - left.y) / 10.0 / scale).floor().max(1.0);
    let plane = reduced(placed.page.raster.luma(), factor as u32);
    let at = |x: f64, y: f64| -> PointPx {
        let p = placed.map.to_px(PointMm { x: x / scale, y: y / scale });
        PointPx { x: p.x / factor, y: p.y / factor }
    };
    let mut pixels = Vec::with_capacity((width * height) as usize);
    let mut row = vec![0.0; width as usize];
    for y in 0..height {
        let y = f64::from(y) + 0.5;
        row.fill(0.0);
        // A bent sheet is followed in pieces of 8 mm (thumbnails: 17): over them a sheet that curls by 6 mm in all leaves the line by less than 0.1.
        let mut from = at(0.0, y);
        for (i, piece) in row.chunks_mut(STRAIGHT_PX).enumerate() {
            let to = at((i * STRAIGHT_PX + piece.len()) as f64, y);
            if !light_within(&plane, from, to, 1, piece) {
                // White beyond the edge of the scan.
                let count = piece.len() as f64;
                let part = |t: f64| PointPx { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t };
                piece.iter_mut().enumerate().for_each(|(i, v)| *v = sample(&plane, part((i as f64 + 0.5) / count)));
            }
            from = to;
        }
        pixels.extend(row.iter().map(|v| *v as u8));
    }
    (GrayImage::from_raw(width, height, pixels).unwrap_or_default(), scale)
}

/// A page that is on no form, as it was scanned.
pub fn as_scanned(page: &Page) -> Thumbnail {
    let luma = page.raster.luma();
    let (sx, sy) = page.raster.dpi().px_per_mm();
    let aspect = f64::from(luma.height()) / sy / (f64::from(luma.width()) / sx);
    let height = (f64::from(THUMBNAIL_PX) * aspect).round().clamp(1.0, 2000.0) as u32;
    let picture = imageops::thumbnail(luma, THUMBNAIL_PX, height);
    Thumbnail { jpeg: jpeg(&picture, QUALITY), width: THUMBNAIL_PX, height, scale: 0.0 }
}
