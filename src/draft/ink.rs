//! Where there is print on a blank: a mask of ink at ten pixels per millimetre, and how much of any place it covers.

use crate::geometry::RectMm;
use image::imageops::{FilterType, resize};
use image::{GrayImage, Luma};
use imageproc::region_labelling::{Connectivity, connected_components};

/// Pixels per mm: the finest printed rule (0.1 mm) is one pixel wide.
pub(super) const SCALE: f64 = 10.0;

/// Share of the way from paper to ink from which a pixel is ink: hairlines blur to a third.
const DARK: f64 = 0.3;

/// The mask, and its sums.
pub(super) struct Ink {
    /// 255 ink, 0 paper.
    pub(super) mask: GrayImage,
    /// Ink above and left of each corner of a pixel, one row and column more than the mask.
    sums: Vec<u32>,
}

impl Ink {
    /// The mask of a picture that fills a sheet.
    pub(super) fn of(picture: &GrayImage, size_mm: [f64; 2]) -> Self {
        let [w, h] = size_mm.map(|mm| ((mm * SCALE).round() as u32).max(1));
        let small = resize(picture, w, h, FilterType::Triangle);
        let mut counts = [0_u64; 256];
        small.as_raw().iter().for_each(|v| counts[usize::from(*v)] += 1);
        let (paper, ink) = (quantile(&counts, 0.75), quantile(&counts, 0.005));
        let level = (f64::from(paper) - DARK * f64::from(paper.saturating_sub(ink)).max(60.0)) as u8;
        let mask = GrayImage::from_fn(w, h, |x, y| Luma([if small.get_pixel(x, y)[0] < level { 255 } else { 0 }]));
        Self { sums: sums(&mask), mask }
    }

    /// The mask and the picture without printed rules, so that only words are left.
    pub(super) fn words_of(&self, picture: &GrayImage) -> (Self, GrayImage) {
        let rules = rules(&self.mask);
        let mut mask = self.mask.clone();
        mask.iter_mut().zip(rules.iter()).for_each(|(v, rule)| *v = if *rule > 0 { 0 } else { *v });
        let (sx, sy) =
            (f64::from(rules.width()) / f64::from(picture.width()), f64::from(rules.height()) / f64::from(picture.height()));
        let mut words = picture.clone();
        for (x, y, v) in words.enumerate_pixels_mut() {
            let at = |v: u32, scale: f64, most: u32| ((f64::from(v) * scale) as u32).min(most - 1);
            if rules.get_pixel(at(x, sx, rules.width()), at(y, sy, rules.height()))[0] > 0 {
                v[0] = 255;
            }
        }
        (Self { sums: sums(&mask), mask }, words)
    }

    /// Share of a place that is ink, 0 to 1.
    pub(super) fn share(&self, place: &RectMm) -> f64 {
        let (w, h) = self.mask.dimensions();
        let px = |mm: f64, most: u32| (mm * SCALE).round().clamp(0.0, f64::from(most)) as usize;
        let (x0, x1) = (px(place.x, w), px(place.right(), w));
        let (y0, y1) = (px(place.y, h), px(place.bottom(), h));
        if x1 <= x0 || y1 <= y0 {
            return 0.0;
        }
        let at = |x: usize, y: usize| i64::from(self.sums[y * (w as usize + 1) + x]);
        (at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0)) as f64 / ((x1 - x0) * (y1 - y0)) as f64
    }
}

/// First column and row, and the ones after the last, of every connected area of a mask that is not 0.
pub(super) fn bounds(mask: &GrayImage, connectivity: Connectivity) -> Vec<[u32; 4]> {
    let labels = connected_components(mask, connectivity, Luma([0]));
    let mut bounds: Vec<[u32; 4]> = Vec::new();
    for (x, y, label) in labels.enumerate_pixels() {
        let label = label[0] as usize;
        if bounds.len() <= label {
            bounds.resize(label + 1, [u32::MAX, u32::MAX, 0, 0]);
        }
        let b = &mut bounds[label];
        *b = [b[0].min(x), b[1].min(y), b[2].max(x + 1), b[3].max(y + 1)];
    }
    bounds.into_iter().skip(1).filter(|b| b[2] > b[0]).collect()
}

/// Shortest straight run that is a rule and no stroke of a letter, mm.
const RULE_MM: f64 = 7.0;

/// 255 where long straight runs are, and a pixel around them.
fn rules(mask: &GrayImage) -> GrayImage {
    let least = (RULE_MM * SCALE) as usize;
    let (w, h) = (mask.width() as usize, mask.height() as usize);
    let px = mask.as_raw();
    let mut found = GrayImage::new(mask.width(), mask.height());
    let mut mark = |line: &mut dyn Iterator<Item = usize>| {
        let mut run: Vec<usize> = Vec::new();
        for i in line.map(Some).chain([None]) {
            if let Some(i) = i.filter(|i| px[*i] > 0) {
                run.push(i);
                continue;
            }
            if run.len() >= least {
                for &i in &run {
                    found.as_mut()[i] = 255;
                }
            }
            run.clear();
        }
    };
    (0..h).for_each(|y| mark(&mut (y * w..(y + 1) * w)));
    (0..w).for_each(|x| mark(&mut (0..h).map(|y| y * w + x)));
    imageproc::morphology::dilate(&found, imageproc::distance_transform::Norm::LInf, 2)
}

fn quantile(counts: &[u64; 256], share: f64) -> u8 {
    let wanted = (counts.iter().sum::<u64>() as f64 * share) as u64;
    let mut so_far = 0;
    let level = counts.iter().position(|c| {
        so_far += c;
        so_far > wanted
    });
    level.map_or(255, |l| l as u8)
}

fn sums(mask: &GrayImage) -> Vec<u32> {
    let (w, h) = (mask.width() as usize, mask.height() as usize);
    let mut sums = vec![0; (w + 1) * (h + 1)];
    for y in 0..h {
        let mut row = 0;
        for x in 0..w {
            row += u32::from(mask.as_raw()[y * w + x] > 0);
            sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + row;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_a_place_is_its_ink() {
        let mut picture = GrayImage::from_pixel(200, 200, Luma([250]));
        (40..60).for_each(|y| (0..200).for_each(|x| picture.put_pixel(x, y, Luma([20]))));
        let ink = Ink::of(&picture, [20.0, 20.0]);
        assert!((ink.share(&RectMm::new(2.0, 4.0, 10.0, 2.0)) - 1.0).abs() < 0.06);
        assert!((ink.share(&RectMm::new(0.0, 4.0, 20.0, 4.0)) - 0.5).abs() < 0.03);
        assert!(ink.share(&RectMm::new(0.0, 8.0, 20.0, 10.0)) < 1e-9);
    }
}
