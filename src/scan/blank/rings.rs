//! Rings around the options of a filled page. Left there they would pass for print, and words beside them for other words; what they
//! are drawn around is print, and stays.

use super::{INKED, paper, place};
use crate::geometry::{Dpi, RectMm};
use image::{GrayImage, Luma};
use imageproc::distance_transform::Norm;
use imageproc::morphology::dilate;
use imageproc::region_labelling::{Connectivity, connected_components};

/// How far around an option its ring is looked for, mm: rings of 12 mm around a figure of 3 mm.
const REACH_MM: f64 = 5.0;
/// Longest stretch of a ring along or down the sheet, mm: what is longer is a rule.
const RULE_MM: f64 = 7.0;
/// Across what a ring goes on, mm: a rule that it crosses.
const GAP_MM: f64 = 0.5;
/// Sides of an option on which a ring around it has ink, an open one as well.
const SIDES: usize = 3;

/// Paints rings over as paper, all but what lies within one of the options.
pub(super) fn rub_out(picture: &mut GrayImage, options: &[RectMm], dpi: Dpi) {
    let before = picture.clone();
    let (sx, sy) = dpi.px_per_mm();
    let boxes: Vec<((u32, u32), (u32, u32))> = options.iter().map(|option| place(&before, option, dpi)).collect();
    let is_option =
        |x: u32, y: u32| boxes.iter().any(|&((left, top), (w, h))| (left..left + w).contains(&x) && (top..top + h).contains(&y));
    for (option, ((left, top), (w, h))) in options.iter().zip(&boxes) {
        // As far again, so that rules are seen to go on.
        let ((x0, y0), (wide, high)) = place(&before, &option.grown(REACH_MM + RULE_MM), dpi);
        let white = paper(&before, &option.grown(REACH_MM), dpi);
        let ink = |x: u32, y: u32| f64::from(before.get_pixel(x0 + x, y0 + y)[0]) < INKED * f64::from(white);
        let inked = GrayImage::from_fn(wide, high, |x, y| Luma([u8::from(ink(x, y)) * 255]));
        let strokes = without_runs(&inked, ((RULE_MM * sx) as u32, (RULE_MM * sy) as u32));
        let joined = dilate(&strokes, Norm::LInf, ((GAP_MM * sx / 2.0) as u8).max(1));
        let labels = connected_components(&joined, Connectivity::Eight, Luma([0]));
        let rings = around(&labels, (left - x0, top - y0, left - x0 + w, top - y0 + h), dpi);
        for (x, y, label) in labels.enumerate_pixels() {
            let (px, py) = (x0 + x, y0 + y);
            if rings[label[0] as usize] && (strokes.get_pixel(x, y)[0] > 0 || !ink(x, y)) && !is_option(px, py) {
                picture.put_pixel(px, py, Luma([white]));
            }
        }
    }
}

/// The ink that lies on no run of so many pixels across or down.
fn without_runs(inked: &GrayImage, (across, down): (u32, u32)) -> GrayImage {
    let (w, h) = inked.dimensions();
    let mut out = inked.clone();
    let mut clear = |length: u32, most: u32, at: &dyn Fn(u32) -> (u32, u32)| {
        let mut from = 0;
        for i in 0..=length {
            let dark = i < length && inked.get_pixel(at(i).0, at(i).1)[0] > 0;
            if !dark {
                if i - from >= most {
                    (from..i).for_each(|k| out.put_pixel(at(k).0, at(k).1, Luma([0])));
                }
                from = i + 1;
            }
        }
    };
    (0..h).for_each(|y| clear(w, across, &|x| (x, y)));
    (0..w).for_each(|x| clear(h, down, &|y| (x, y)));
    out
}

/// Which pieces lie around a box within reach of it.
fn around(labels: &image::ImageBuffer<Luma<u32>, Vec<u32>>, (x0, y0, x1, y1): (u32, u32, u32, u32), dpi: Dpi) -> Vec<bool> {
    let n = labels.pixels().map(|p| p[0]).max().unwrap_or(0) as usize + 1;
    let (sx, sy) = dpi.px_per_mm();
    let (reach_x, reach_y) = ((REACH_MM * sx) as u32, (REACH_MM * sy) as u32);
    let mut sides = vec![[false; 4]; n];
    let mut leaves = vec![false; n];
    for (x, y, label) in labels.enumerate_pixels().filter(|(_, _, label)| label[0] > 0) {
        let at = label[0] as usize;
        let (level, upright) = ((y0..y1).contains(&y), (x0..x1).contains(&x));
        let beside = [level && x < x0, upright && y < y0, level && x >= x1, upright && y >= y1];
        sides[at].iter_mut().zip(beside).for_each(|(seen, now)| *seen |= now);
        leaves[at] |= x + reach_x < x0 || x >= x1 + reach_x || y + reach_y < y0 || y >= y1 + reach_y;
    }
    let is_ring = |at: usize| !leaves[at] && sides[at].iter().filter(|side| **side).count() >= SIDES;
    (0..n).map(|at| at > 0 && is_ring(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_goes_and_what_it_is_around_rules_and_other_options_stay() {
        // Options of 2 by 3 mm 8 mm apart between rules 8 mm apart; a ring around the first crosses the lower rule and touches its
        // figure. Ten pixels are a millimetre.
        let dpi = Dpi::square(254.0);
        let mut page = GrayImage::from_pixel(500, 400, Luma([250]));
        for (x, y) in (50..450).flat_map(|x| [(x, 160), (x, 240)]) {
            (0..3).for_each(|d| page.put_pixel(x, y + d, Luma([60])));
        }
        let options = [RectMm::new(15.0, 18.5, 2.0, 3.0), RectMm::new(23.0, 18.5, 2.0, 3.0)];
        for x0 in [158, 238] {
            (188..212).for_each(|y| (0..4).for_each(|d| page.put_pixel(x0 + d, y, Luma([20]))));
        }
        let printed = page.clone();
        let ring = |page: &mut GrayImage, open: bool| {
            for i in 0..720 {
                let a = (f64::from(i) / 2.0).to_radians();
                if open && (0.2..0.9).contains(&a) {
                    continue;
                }
                let (x, y) = (160.0 + 30.0 * a.cos(), 203.0 + 42.0 * a.sin());
                (0..9).for_each(|d| page.put_pixel(x as u32 + d % 3, y as u32 + d / 3, Luma([40])));
            }
        };
        // Pixels at which the second is clearly darker.
        let darker =
            |a: &GrayImage, b: &GrayImage| a.pixels().zip(b.pixels()).filter(|(a, b)| a[0] > b[0].saturating_add(60)).count();
        for open in [false, true] {
            let mut filled = printed.clone();
            ring(&mut filled, open);
            let ringed = filled.pixels().zip(printed.pixels()).filter(|(a, b)| a != b).count();
            rub_out(&mut filled, &options, dpi);
            let left = darker(&printed, &filled);
            assert!(left * 20 < ringed, "{left} of {ringed}");
            let lost = darker(&filled, &printed);
            assert_eq!(lost, 0, "print");
        }
    }

    #[test]
    fn words_beside_an_option_are_no_ring() {
        let dpi = Dpi::square(254.0);
        let mut page = GrayImage::from_pixel(500, 400, Luma([250]));
        for x0 in [120, 185, 210] {
            (188..212).for_each(|y| (0..8).for_each(|d| page.put_pixel(x0 + d, y, Luma([20]))));
        }
        let before = page.clone();
        rub_out(&mut page, &[RectMm::new(15.0, 18.5, 2.0, 3.0)], dpi);
        assert_eq!(page, before);
    }
}
