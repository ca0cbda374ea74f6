//! What a picture shows beside the sheet that was found on it: two sheets on one glass are two sheets, and one of them would
//! be lost. Knows no form.

use super::PageMap;
use crate::geometry::{PointMm, PointPx};
use image::GrayImage;

/// Distance of the places that are looked at, mm: as many as lines of print have letters.
const STEP_MM: f64 = 2.0;
/// Around the sheet and along the edges of the picture, where nothing is looked at, mm: shadows, the lid's rim.
const MARGIN_MM: f64 = 6.0;
/// Least share of the sheet's area that must lie bare of it and be paper: half a sheet is a slip that has its own words.
const LEAST_PAPER: f64 = 0.4;
/// Least share of that paper's places that are ink, and their least number. A page of a form has 3 to 8 %; a clean glass none.
const LEAST_INK: (f64, usize) = (0.003, 30);
/// Share of the sheet's white from which a place is paper, and up to which it is ink.
const PAPER_AND_INK: (f64, f64) = (0.85, 0.55);

/// Whether another sheet with something on it lies beside the one that was found; `size` is that one's, mm.
pub fn another_sheet(picture: &GrayImage, map: &PageMap, size: (f64, f64)) -> bool {
    let corner = |x: f64, y: f64| map.to_px(PointMm { x, y });
    let around = |m: f64| [corner(-m, -m), corner(size.0 + m, -m), corner(size.0 + m, size.1 + m), corner(-m, size.1 + m)];
    let sheet = around(0.0);
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let per_mm = (area(&sheet).abs() / (size.0 * size.1)).sqrt();
    // Most pictures show one sheet and little else.
    if !per_mm.is_finite() || w * h < (1.0 + LEAST_PAPER) * area(&sheet).abs() {
        return false;
    }
    let kept_out = around(MARGIN_MM);
    let (step, margin) = ((STEP_MM * per_mm).max(1.0), MARGIN_MM * per_mm);
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let mut y = margin;
    while y < h - margin {
        let mut x = margin;
        while x < w - margin {
            let light = picture.get_pixel(x as u32, y as u32)[0];
            if holds(&sheet, x, y) {
                inside.push(light);
            } else if !holds(&kept_out, x, y) {
                outside.push(light);
            }
            x += step;
        }
        y += step;
    }
    inside.sort_unstable();
    let Some(white) = inside.get(inside.len() * 4 / 5).map(|v| f64::from(*v)) else { return false };
    let paper = outside.iter().filter(|v| f64::from(**v) >= PAPER_AND_INK.0 * white).count();
    let ink = outside.iter().filter(|v| f64::from(**v) <= PAPER_AND_INK.1 * white).count();
    let enough_paper = paper as f64 * STEP_MM * STEP_MM >= LEAST_PAPER * size.0 * size.1;
    enough_paper && ink >= LEAST_INK.1 && ink as f64 >= LEAST_INK.0 * paper as f64
}

/// Twice counted by its edges, halved; its sign is that of the way round.
fn area(corners: &[PointPx; 4]) -> f64 {
    (0..4).map(|i| (&corners[i], &corners[(i + 1) % 4])).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f64>() / 2.0
}

/// Whether a point lies in a four-cornered area without dents.
fn holds(corners: &[PointPx; 4], x: f64, y: f64) -> bool {
    let side = |i: usize| {
        let (a, b) = (&corners[i], &corners[(i + 1) % 4]);
        (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)
    };
    (0..4).all(|i| side(i) >= 0.0) || (0..4).all(|i| side(i) <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// A sheet of 100 × 80 mm at 4 px/mm, its top left at 10 mm, on a picture twice as wide, and what lies right of it.
    fn seen(beside: impl Fn(u32, u32) -> u8) -> bool {
        let text = |x: u32, y: u32| if y % 40 < 12 && x % 24 < 16 { 40 } else { 250 };
        let on_sheet = |x: u32, y: u32| (40..440).contains(&x) && (40..360).contains(&y);
        let picture = GrayImage::from_fn(900, 400, |x, y| Luma([if on_sheet(x, y) { text(x, y) } else { beside(x, y) }]));
        let map = PageMap::new([4.0, 0.0, 40.0, 0.0, 4.0, 40.0, 0.0, 0.0, 1.0]);
        another_sheet(&picture, &map, (100.0, 80.0))
    }

    #[test]
    fn another_sheet_is_seen_and_an_empty_glass_or_a_desk_is_none() {
        assert!(seen(|x, y| if y % 40 < 12 && x % 24 < 16 { 60 } else { 245 }), "a second sheet");
        assert!(!seen(|_, _| 250), "the lid");
        assert!(!seen(|_, _| 10), "the lid left open");
        assert!(!seen(|x, y| 150 + (x * 7 + y * 13) as u8 % 40), "a desk");
        assert!(!seen(|x, y| if x % 150 < 12 && (100..112).contains(&y) { 90 } else { 250 }), "a few blots of 3 mm");
    }

    #[test]
    fn a_picture_of_one_sheet_shows_no_other() {
        let picture = GrayImage::from_pixel(440, 360, Luma([100]));
        let map = PageMap::new([4.0, 0.0, 10.0, 0.0, 4.0, 10.0, 0.0, 0.0, 1.0]);
        assert!(!another_sheet(&picture, &map, (100.0, 80.0)));
    }
}
