//! The blank of a form's page as one picture: drawn by us, or somebody else's from its file. The one home of "what the
//! form itself prints", for registration, reading, printing and `synth` alike.

use super::{Budgets, Scan, ScanError};
use crate::form::{Blank, Form, FormPage, draw};
use crate::geometry::{Dpi, RectMm};
use crate::sheet::raster;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::GrayImage;
use image::imageops::overlay;

/// Around what is painted over, mm: the paper there says how light to paint.
const RIM_MM: f64 = 3.0;

/// The page (from 1) at `dpi`, the whole sheet. A blank that came as a file is taken to fill the sheet exactly; what the form
/// says is no print on it is painted over as bare paper.
///
/// # Errors
/// Where the blank's file cannot be decoded.
pub fn picture(form: &Form, page: usize, dpi: Dpi) -> Result<GrayImage, ScanError> {
    let sheet = &form.pages[page - 1];
    let Some(file) = &sheet.blank else { return Ok(raster::draw(&draw::blank(form, page), dpi)) };
    let mut out = fitted(file, sheet, dpi)?;
    let fields = form.fields_on(page).filter(|_| sheet.filled).flat_map(crate::form::Field::boxes);
    let hidden: Vec<RectMm> = fields.chain(sheet.mask.iter().copied()).collect();
    // All shades are taken before any is painted: the paper between two fields belongs to both.
    let shades: Vec<u8> = hidden.iter().map(|area| paper(&out, &area.grown(RIM_MM), dpi)).collect();
    for (area, shade) in hidden.iter().zip(shades) {
        let (x, y) = pixels(&out, area, dpi);
        y.for_each(|y| x.clone().for_each(|x| out.put_pixel(x, y, image::Luma([shade]))));
    }
    Ok(out)
}

/// The file's page, its edges on the sheet's: to a fraction of a pixel, because fields are measured in mm of the sheet.
fn fitted(file: &Blank, sheet: &FormPage, dpi: Dpi) -> Result<GrayImage, ScanError> {
    let decoded = Scan::open(file.bytes.clone(), &Budgets::default())?.page(file.page)?;
    let from = decoded.raster.luma();
    let (sx, sy) = dpi.px_per_mm();
    let exact = (sheet.width_mm * sx, sheet.height_mm * sy);
    let (w, h) = ((exact.0 as u32).max(1), (exact.1 as u32).max(1));
    let crop = (f64::from(from.width()) * f64::from(w) / exact.0, f64::from(from.height()) * f64::from(h) / exact.1);
    let crop = (crop.0.min(from.width().into()), crop.1.min(from.height().into()));
    let options = ResizeOptions::new().crop(0.0, 0.0, crop.0, crop.1).resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let mut whole_pixels = Image::new(w, h, PixelType::U8);
    let source = ImageRef::new(from.width(), from.height(), from.as_raw(), PixelType::U8);
    let resized = source.ok().and_then(|source| Resizer::new().resize(&source, &mut whole_pixels, &options).ok());
    let picture = resized.and_then(|()| GrayImage::from_raw(w, h, whole_pixels.into_vec())).ok_or(ScanError::EmptyFile)?;
    let mut out = GrayImage::from_pixel((exact.0.round() as u32).max(1), (exact.1.round() as u32).max(1), image::Luma([255]));
    overlay(&mut out, &picture, 0, 0);
    Ok(out)
}

/// How light the paper is around there: the shade that nine pixels in ten do not exceed.
fn paper(picture: &GrayImage, area: &RectMm, dpi: Dpi) -> u8 {
    let (x, y) = pixels(picture, area, dpi);
    let mut shades: Vec<u8> = y.flat_map(|y| x.clone().map(move |x| (x, y))).map(|(x, y)| picture.get_pixel(x, y)[0]).collect();
    shades.sort_unstable();
    shades.get(shades.len() * 9 / 10).copied().unwrap_or(255)
}

/// Columns and rows of the picture that an area covers.
fn pixels(picture: &GrayImage, area: &RectMm, dpi: Dpi) -> (std::ops::Range<u32>, std::ops::Range<u32>) {
    let (sx, sy) = dpi.px_per_mm();
    let px = |mm: f64, scale: f64, limit: u32| ((mm * scale).round().max(0.0) as u32).min(limit);
    let (w, h) = picture.dimensions();
    (px(area.x, sx, w)..px(area.right(), sx, w), px(area.y, sy, h)..px(area.bottom(), sy, h))
}
