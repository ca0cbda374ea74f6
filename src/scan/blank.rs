//! The blank of a form's page as one picture: drawn by us, or somebody else's from its file. The one home of "what the
//! form itself prints", for registration, reading, printing and `synth` alike.

mod overshoot;
mod rings;
mod tails;

use super::{Budgets, Scan, ScanError};
use crate::form::{Blank, Field, FieldKind, Form, FormPage, Mark, draw};
use crate::geometry::{Dpi, RectMm};
use crate::sheet::raster;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::GrayImage;
use image::imageops::{crop_imm, overlay, replace};
use std::collections::BTreeMap;

/// Around what is painted over, mm: the paper there says how light to paint.
const RIM_MM: f64 = 3.0;
/// Boxes that look alike from which what is printed in them can be told on a filled page.
const ENOUGH_ALIKE: usize = 6;
/// One in so many of them, two at least, are not filled in at a place: what is lighter there in so many is no print.
const LIGHTER: usize = 7;

/// The page (from 1) at `dpi`, the whole sheet. A blank that came as a file is taken to fill the sheet exactly; what the form
/// says is no print on it is painted over as bare paper.
///
/// # Errors
/// Where the blank's file cannot be decoded.
pub fn picture(form: &Form, page: usize, dpi: Dpi) -> Result<GrayImage, ScanError> {
    let sheet = &form.pages[page - 1];
    let Some(file) = &sheet.blank else { return Ok(raster::draw(&draw::blank(form, page), dpi)) };
    let mut out = fitted(file, sheet, dpi)?;
    let mut painted: Vec<(Patch, GrayImage)> = Vec::new();
    // All is taken before any is painted: the paper between two fields belongs to both.
    if sheet.filled {
        rings::rub_out(&mut out, &options(form, page, Mark::Circle), dpi);
        for group in alike(form, page) {
            painted.extend(unwritten(&out, &group, dpi));
        }
    }
    painted.extend(sheet.mask.iter().map(|area| bare(&out, area, dpi)));
    for ((x, y), picture) in painted {
        replace(&mut out, &picture, i64::from(x), i64::from(y));
    }
    if sheet.filled {
        tails::rub_out(&mut out, &options(form, page, Mark::Box), dpi);
        for group in cells_alike(form, page) {
            overshoot::rub_out(&mut out, &group, dpi);
        }
    }
    Ok(out)
}

/// The options of a page that are marked in that way.
fn options(form: &Form, page: usize, by: Mark) -> Vec<RectMm> {
    let marked = |field: &&Field| matches!(&field.kind, FieldKind::Choice { mark, .. } if *mark == by);
    form.fields_on(page).filter(marked).flat_map(Field::boxes).collect()
}

/// Share of the paper's shade below which there is ink: the grey rim of a stroke as well.
const INKED: f64 = 0.9;

/// Where a patch of the picture begins.
type Patch = (u32, u32);

/// Boxes of a page that look alike when nothing is written in them: of one size, and of options the first with the first and
/// so on, as bubbles have letters inside. What is ringed is print, and no box.
fn alike(form: &Form, page: usize) -> Vec<Vec<RectMm>> {
    let mut groups: BTreeMap<(bool, usize, i64, i64), Vec<RectMm>> = BTreeMap::new();
    let ringed = |field: &&Field| matches!(&field.kind, FieldKind::Choice { mark: Mark::Circle, .. });
    for field in form.fields_on(page).filter(|field| !ringed(field)) {
        let options = matches!(field.kind, FieldKind::Choice { .. });
        for (i, area) in field.boxes().into_iter().enumerate() {
            let key = (options, if options { i } else { 0 }, tenths(area.w), tenths(area.h));
            groups.entry(key).or_default().push(area);
        }
    }
    groups.into_values().collect()
}

/// Cells of a page whose frames look alike: the first with the first of combs of one length and so on. Groups of which enough can be
/// told.
fn cells_alike(form: &Form, page: usize) -> Vec<Vec<RectMm>> {
    let mut groups: BTreeMap<(usize, usize, i64, i64), Vec<RectMm>> = BTreeMap::new();
    for field in form.fields_on(page).filter(|field| matches!(field.kind, FieldKind::Digits { .. })) {
        let cells = field.boxes();
        for (i, area) in cells.iter().enumerate() {
            groups.entry((cells.len(), i, tenths(area.w), tenths(area.h))).or_default().push(*area);
        }
    }
    groups.into_values().filter(|group| group.len() >= ENOUGH_ALIKE).collect()
}

fn tenths(mm: f64) -> i64 {
    (mm * 10.0).round() as i64
}

/// What is printed inside boxes that look alike: pixel by pixel the shade that nearly all do not exceed. Many are filled in, and
/// figures cross them here or there; what is dark in nearly all is print. Of a few boxes nothing can be said, and they become bare
/// paper.
fn unwritten(picture: &GrayImage, boxes: &[RectMm], dpi: Dpi) -> Vec<(Patch, GrayImage)> {
    if boxes.len() < ENOUGH_ALIKE {
        return boxes.iter().map(|area| bare(picture, area, dpi)).collect();
    }
    let whole: Vec<(Patch, (u32, u32))> = boxes.iter().map(|area| place(picture, area, dpi)).collect();
    let w = whole.iter().map(|(_, size)| size.0).max().unwrap_or(0);
    let h = whole.iter().map(|(_, size)| size.1).max().unwrap_or(0);
    let usual = GrayImage::from_fn(w, h, |dx, dy| {
        let at = |((x, y), _): &(Patch, (u32, u32))| picture.get_pixel_checked(x + dx, y + dy).map(|p| p[0]);
        image::Luma([lighter(whole.iter().filter_map(at).collect())])
    });
    whole.into_iter().map(|(at, (w, h))| (at, crop_imm(&usual, 0, 0, w, h).to_image())).collect()
}

/// The shade that nearly all do not exceed: white of none.
fn lighter(mut shades: Vec<u8>) -> u8 {
    shades.sort_unstable();
    let lighter = (shades.len() / LIGHTER).max(2);
    shades.len().checked_sub(lighter).map_or(255, |at| shades[at])
}

/// A patch of bare paper as light as what is around it.
fn bare(picture: &GrayImage, area: &RectMm, dpi: Dpi) -> (Patch, GrayImage) {
    let (at, (w, h)) = place(picture, area, dpi);
    (at, GrayImage::from_pixel(w, h, image::Luma([paper(picture, &area.grown(RIM_MM), dpi)])))
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
    let ((x, y), (w, h)) = place(picture, area, dpi);
    let mut shades: Vec<u8> = crop_imm(picture, x, y, w, h).to_image().into_raw();
    shades.sort_unstable();
    shades.get(shades.len() * 9 / 10).copied().unwrap_or(255)
}

/// The pixels that an area covers: where they begin, and how many across and down.
fn place(picture: &GrayImage, area: &RectMm, dpi: Dpi) -> (Patch, (u32, u32)) {
    let (sx, sy) = dpi.px_per_mm();
    let px = |mm: f64, scale: f64, limit: u32| ((mm * scale).round().max(0.0) as u32).min(limit);
    let (w, h) = picture.dimensions();
    let (x, y) = (px(area.x, sx, w), px(area.y, sy, h));
    ((x, y), (px(area.right(), sx, w).saturating_sub(x), px(area.bottom(), sy, h).saturating_sub(y)))
}
