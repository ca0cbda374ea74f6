//! The blank of a form's page as one picture: drawn by us, or somebody else's from its file. The one home of "what the
//! form itself prints", for registration, reading, printing and `synth` alike.

use super::{Budgets, Scan, ScanError};
use crate::form::{Form, draw};
use crate::geometry::Dpi;
use crate::sheet::raster;
use image::GrayImage;
use image::imageops::{FilterType, resize};

/// The page (from 1) at `dpi`, the whole sheet. A blank that came as a file is taken to fill the sheet exactly.
///
/// # Errors
/// Where the blank's file cannot be decoded.
pub fn picture(form: &Form, page: usize, dpi: Dpi) -> Result<GrayImage, ScanError> {
    let sheet = &form.pages[page - 1];
    let Some(file) = &sheet.blank else { return Ok(raster::draw(&draw::blank(form, page), dpi)) };
    let scan = Scan::open(file.bytes.clone(), &Budgets::default())?;
    let decoded = scan.page(file.page)?;
    let (sx, sy) = dpi.px_per_mm();
    let (w, h) = ((sheet.width_mm * sx).round() as u32, (sheet.height_mm * sy).round() as u32);
    Ok(resize(decoded.raster.luma(), w.max(1), h.max(1), FilterType::Triangle))
}
