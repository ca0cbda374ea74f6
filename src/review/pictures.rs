//! Pictures of a batch folder for the screen: a field, a part of one, a whole page with personal fields blotted out. Only
//! pictures that the ledger vouches for are opened; nobody can ask for a path.

use super::station::Station;
use crate::batch::pictured::sheet_name;
use crate::batch::pictures::{AROUND_MM, SHEET_PX, jpeg, png};
use crate::form::{FieldId, Form};
use crate::geometry::RectMm;
use crate::read::patch;
use crate::record::Record;
use image::{GrayImage, imageops};

/// Quality of pages that are written again with fields blotted out.
const QUALITY: u8 = 60;

/// Grey of what is blotted out: seen as such on paper and in print.
const BLOT: image::Luma<u8> = image::Luma([168]);

/// Paper around a part of a field that is shown with it, mm.
const AROUND_PART_MM: f64 = 0.8;

/// The kept picture of a field with its paper around, PNG; else the same place on the picture of its page.
pub fn field(station: &Station, record: &Record, field: &FieldId) -> Option<Vec<u8>> {
    let known = record.fields.get(field)?;
    match &known.crop {
        Some(path) => stored(station, path),
        None => Some(png(&on_sheet(station, record, known.page, known.box_mm.grown(AROUND_MM))?)),
    }
}

/// A part of a field (a cell, an option), PNG.
pub fn part(station: &Station, record: &Record, field: &FieldId, area: RectMm) -> Option<Vec<u8>> {
    let known = record.fields.get(field)?;
    let wanted = area.grown(AROUND_PART_MM);
    let crop = known.crop.as_ref().and_then(|path| stored(station, path)).and_then(|bytes| grey(&bytes));
    let picture = match crop {
        Some(crop) => cut(&crop, patch::SCALE, known.box_mm.grown(AROUND_MM), wanted),
        None => on_sheet(station, record, known.page, wanted)?,
    };
    Some(png(&picture))
}

/// A whole page of a record, JPEG, with these fields blotted out.
pub fn sheet(station: &Station, record: &Record, form: &Form, page: usize, blotted: &[FieldId]) -> Option<Vec<u8>> {
    let bytes = stored(station, &sheet_name(&record.id, page))?;
    let about = form.pages.get(page.checked_sub(1)?)?;
    let areas: Vec<RectMm> =
        form.fields_on(page).filter(|f| blotted.contains(&f.id)).map(|f| f.bounds().grown(AROUND_PART_MM)).collect();
    if areas.is_empty() {
        return Some(bytes);
    }
    let mut picture = grey(&bytes)?;
    let scale = f64::from(picture.width()) / about.width_mm;
    for area in areas {
        let (x, y, w, h) = pixels(area, scale, (0.0, 0.0), picture.dimensions());
        for (x, y) in (y..y + h).flat_map(|y| (x..x + w).map(move |x| (x, y))) {
            picture.put_pixel(x, y, BLOT);
        }
    }
    Some(jpeg(&picture, QUALITY))
}

/// Whether there is a picture of that page of a record.
pub fn has_sheet(station: &Station, record: &Record, page: usize) -> bool {
    station.knows_picture(&sheet_name(&record.id, page))
}

fn stored(station: &Station, path: &str) -> Option<Vec<u8>> {
    station.knows_picture(path).then(|| std::fs::read(station.dir().join(path)).ok())?
}

fn grey(bytes: &[u8]) -> Option<GrayImage> {
    image::load_from_memory(bytes).ok().map(image::DynamicImage::into_luma8)
}

fn on_sheet(station: &Station, record: &Record, page: usize, area: RectMm) -> Option<GrayImage> {
    let form = station.form(record)?;
    let sheet = grey(&stored(station, &sheet_name(&record.id, page))?)?;
    let about = form.pages.get(page.checked_sub(1)?)?;
    let scale = f64::from(SHEET_PX) / about.width_mm;
    Some(cut(&sheet, scale, RectMm::new(0.0, 0.0, about.width_mm, about.height_mm), area))
}

/// A place of a picture that shows `shown` at that many pixels per mm.
fn cut(picture: &GrayImage, scale: f64, shown: RectMm, area: RectMm) -> GrayImage {
    let (x, y, w, h) = pixels(area, scale, (shown.x, shown.y), picture.dimensions());
    imageops::crop_imm(picture, x, y, w.max(1), h.max(1)).to_image()
}

/// Left, top, width and height in pixels of an area, within a picture of that size.
fn pixels(area: RectMm, scale: f64, (x0, y0): (f64, f64), (width, height): (u32, u32)) -> (u32, u32, u32, u32) {
    let place = |mm: f64, most: u32| ((mm * scale).round().max(0.0) as u32).min(most);
    let (left, top) = (place(area.x - x0, width), place(area.y - y0, height));
    let (right, bottom) = (place(area.right() - x0, width), place(area.bottom() - y0, height));
    (left, top, right.saturating_sub(left), bottom.saturating_sub(top))
}
