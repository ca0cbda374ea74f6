//! How large the sheet of a blank is, and the blank turned straight to fill it.

use crate::geometry::{Dpi, MM_PER_INCH};
use crate::image::Raster;
use crate::register::lean_deg;
use image::imageops::{FilterType, resize};
use image::{GrayImage, Luma};
use imageproc::geometric_transformations::{Border, Interpolation, rotate_about_center};

/// Sheets forms are printed on, mm, upright: A3 to A6, B4 to B6 of JIS, Letter, Legal, a Japanese postcard.
const SHEETS: [[f64; 2]; 10] = [
    [297.0, 420.0],
    [210.0, 297.0],
    [148.0, 210.0],
    [105.0, 148.0],
    [257.0, 364.0],
    [182.0, 257.0],
    [128.0, 182.0],
    [215.9, 279.4],
    [215.9, 355.6],
    [100.0, 148.0],
];

/// How far a scan's size may be from a sheet's to be taken for it.
const NEAR: f64 = 0.03;

/// Resolution of the picture that becomes the form's blank.
pub(super) const DPI: Dpi = Dpi::square(300.0);

/// Lean below which a blank is left as it is, degrees: 0.1 mm over the width of A4.
const STRAIGHT: f64 = 0.03;

/// The size of the sheet, mm, and the page at 300 dpi, straight.
pub(super) fn straight(blank: &Raster) -> ([f64; 2], GrayImage) {
    let size = size_mm(blank);
    let (sx, sy) = DPI.px_per_mm();
    let (w, h) = ((size[0] * sx).round() as u32, (size[1] * sy).round() as u32);
    let picture = resize(blank.luma(), w.max(1), h.max(1), FilterType::CatmullRom);
    let lean = lean_deg(blank);
    if lean.abs() < STRAIGHT {
        return (size, picture);
    }
    let turn = -lean.to_radians() as f32;
    (size, rotate_about_center(&picture, turn, Interpolation::Bilinear, Border::Constant(Luma([255]))))
}

fn size_mm(blank: &Raster) -> [f64; 2] {
    let (w, h) = blank.dimensions();
    let dpi = blank.dpi();
    let stated = [f64::from(w) / dpi.x * MM_PER_INCH, f64::from(h) / dpi.y * MM_PER_INCH];
    let either_way = || SHEETS.iter().flat_map(|[w, h]| [[*w, *h], [*h, *w]]);
    let near = |sheet: &[f64; 2], size: [f64; 2]| (0..2).all(|i| (size[i] / sheet[i] - 1.0).abs() < NEAR);
    if let Some(sheet) = either_way().find(|sheet| near(sheet, stated)) {
        return sheet;
    }
    // A file that says nothing of its resolution, or a wrong one: the shape alone says A4.
    let a4 = if w > h { [297.0, 210.0] } else { [210.0, 297.0] };
    let shape = (stated[0] / stated[1]) / (a4[0] / a4[1]);
    if (shape - 1.0).abs() < NEAR { a4 } else { stated }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_a_little_off_is_the_sheet_it_is_nearest_to() {
        let raster = |w, h, dpi| Raster::grey(GrayImage::new(w, h), Dpi::square(dpi));
        let is = |r: &Raster, w: f64, h: f64| size_mm(r).iter().zip([w, h]).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(is(&raster(2490, 3500, 300.0), 210.0, 297.0));
        assert!(is(&raster(3508, 2480, 300.0), 297.0, 210.0));
        assert!(is(&raster(2480, 3508, 72.0), 210.0, 297.0));
        assert!(is(&raster(1748, 1240, 300.0), 148.0, 105.0));
    }
}
