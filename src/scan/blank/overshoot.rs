//! What sticks out of the cells of a filled page: ends of digits on their frames and beyond. Left there they would pass for print that
//! tells one row of a table from the next.

use super::{Patch, lighter, place};
use crate::geometry::{Dpi, RectMm};
use image::{GrayImage, Luma};

/// How far around cells that look alike it is looked for, mm.
const AROUND_MM: f64 = 0.8;
/// How far a frame may lie from where another one of its kind does, mm: fields are measured to a fifth of one, sheets lie askew.
const STRAYS_MM: f64 = 0.2;

/// Lightens what is darker there than nearly all cells of a group are thereabouts.
pub(super) fn rub_out(picture: &mut GrayImage, cells: &[RectMm], dpi: Dpi) {
    let grown: Vec<(Patch, (u32, u32))> = cells.iter().map(|cell| place(picture, &cell.grown(AROUND_MM), dpi)).collect();
    let w = grown.iter().map(|(_, size)| size.0).min().unwrap_or(0);
    let h = grown.iter().map(|(_, size)| size.1).min().unwrap_or(0);
    let strays = (STRAYS_MM * dpi.px_per_mm().0).round().max(1.0) as u32;
    let darkest: Vec<GrayImage> = grown.iter().map(|(at, _)| darkest_near(picture, *at, (w, h), strays)).collect();
    let usual = GrayImage::from_fn(w, h, |x, y| Luma([lighter(darkest.iter().map(|one| one.get_pixel(x, y)[0]).collect())]));
    for ((left, top), _) in grown {
        for (x, y, usual) in usual.enumerate_pixels() {
            let shade = picture.get_pixel_mut(left + x, top + y);
            shade[0] = shade[0].max(usual[0]);
        }
    }
}

/// The darkest shade within reach of each pixel of a patch.
fn darkest_near(picture: &GrayImage, (left, top): Patch, (w, h): (u32, u32), reach: u32) -> GrayImage {
    let (wide, high) = picture.dimensions();
    let span = |at: u32, most: u32| at.saturating_sub(reach)..(at + reach + 1).min(most);
    // Along the rows first, then down: no pixel is asked about more than twice the reach.
    let rows = span(top, high).start..span(top + h, high).end;
    let first = rows.start;
    let along = GrayImage::from_fn(w, rows.end - first, |x, y| {
        Luma([span(left + x, wide).map(|x| picture.get_pixel(x, first + y)[0]).min().unwrap_or(255)])
    });
    GrayImage::from_fn(w, h, |x, y| {
        let rows = span(top + y, high);
        Luma([rows.map(|row| along.get_pixel(x, row - first)[0]).min().unwrap_or(255)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_digit_goes_from_a_frame_and_the_frames_stay_where_they_are() {
        // Eight cells of 6 by 7 mm in frames that lie a pixel higher or lower, one with a stroke through its upper line.
        let dpi = Dpi::square(254.0);
        let mut page = GrayImage::from_pixel(800, 300, Luma([250]));
        let cells: Vec<RectMm> = (0..8).map(|i| RectMm::new(5.0 + 9.0 * f64::from(i), 10.0, 6.0, 7.0)).collect();
        for i in 0..8_u32 {
            let (x0, y0) = (48 + 90 * i, 98 + i % 2);
            for k in 0..66 {
                for (x, y) in [(x0 + k, y0), (x0 + k, y0 + 74), (x0, y0 + k), (x0 + 64, y0 + k)] {
                    (0..2).for_each(|d| page.put_pixel(x + d, y + d, Luma([140])));
                }
            }
        }
        let clean = page.clone();
        (94..102).for_each(|y| (250..256).for_each(|x| page.put_pixel(x, y, Luma([20]))));
        rub_out(&mut page, &cells, dpi);
        assert!(page.pixels().all(|p| p[0] >= 140), "the stroke is no darker than the frame");
        assert!((250..256).all(|x| page.get_pixel(x, 94)[0] > 200), "and gone above it");
        let framed = |page: &GrayImage| page.pixels().filter(|p| p[0] < 200).count();
        assert!(framed(&page) >= framed(&clean), "{} {}", framed(&page), framed(&clean));
    }
}
