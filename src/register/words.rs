//! Words printed at a place of a form, and whether a page has them there, under whatever lies over them, or other words
//! instead. Knows nothing of the page's fit but its map.

use super::fit::Map;
use super::ink::Ink;
use super::patch::{Patch, square};
use super::plane::Plane;
use super::reference::PX_PER_MM;
use crate::geometry::PointMm;

/// Finest plane, pixels: 6 mm, a character or two.
const SIDE: usize = 24;
/// Least spread of ink, grey levels at 1 mm per pixel, of a place with words.
const WORDS: i64 = 30;
/// Correlation below which words are others, and the same as a share of what the page's print has in the median.
/// Measured at 200 dpi: the right words 0.87 to 0.92 where the page had 0.87, other Latin words 0.60 to 0.67 (their lines of
/// letters are alike), other Japanese words 0.45.
const OTHER: (f32, f32) = (0.75, 0.82);
/// How far around its place its ink is looked for, pixels; from which share of the darkest its ink counts, and a page's of
/// that; and how much of it is on the page where words are only covered by a stamp or by writing. Measured: of the right words
/// under two stamps 0.81 to 1.0 and 0.96 in three of four places, of other words 0.66 in the median and 0.89 at most (one pixel
/// around; not measured again for two).
const ASIDE: usize = 2;
const DARK: f32 = 0.5;
const THERE: f64 = 0.93;
/// Most of the paper between them that is as dark: in a black patch any words would be there.
const COVERED: f64 = 0.6;
/// How far around their place words are looked for at first, and where they are not there, pixels: paper creeps by 2 mm.
const NEAR: usize = 1;
const FAR: usize = 8;
/// Share of the form's spread of ink from which a page has words at a place.
const INKED: f64 = 0.4;

/// Correlation below which a page has other words; `usual` is what its print correlates in the median.
pub(super) fn limit(usual: f32) -> f32 {
    OTHER.0.min(OTHER.1 * usual)
}

/// Print at one place.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) at: PointMm,
    pub(super) patch: Patch,
    /// Its ink; none where something may be written.
    ink: Vec<i16>,
}

impl Words {
    /// Those at a place of a form's plane; none where there is too little to be seen.
    pub(super) fn cut(at: PointMm, plane: &Plane, mask: &Plane) -> Option<Self> {
        let patch = Patch::cut(at, plane, mask, PX_PER_MM, 0, SIDE)?;
        let (print, hidden) = (square(plane, at, PX_PER_MM, SIDE), square(mask, at, PX_PER_MM, SIDE));
        let ink = print.into_iter().zip(hidden).map(|(ink, hidden)| if hidden == 0 { ink } else { 0 });
        Some(Self { at, patch, ink: ink.collect() })
    }

    /// Whether the page has their ink, whatever else it has there, and paper between it.
    pub(super) fn are_there(&self, ink: &Ink, map: &Map) -> bool {
        let (page, wide) = (self.patch.around(self.at, ink, map, ASIDE), SIDE + 2 * ASIDE);
        let dark = DARK * f32::from(self.ink.iter().copied().max().unwrap_or(0));
        let (own, paper): (Vec<_>, Vec<_>) = self.ink.iter().map(|v| f32::from(*v)).enumerate().partition(|(_, v)| *v >= dark);
        let is_there = |by: usize| {
            let on_page = |i: &usize| f32::from(page[by + i / SIDE * wide + i % SIDE]);
            let shown = own.iter().filter(|(i, v)| on_page(i) >= DARK * v).count();
            let covered = paper.iter().filter(|(i, _)| on_page(i) >= dark).count();
            shown as f64 >= THERE * own.len() as f64 && covered as f64 <= COVERED * paper.len() as f64
        };
        (0..=2 * ASIDE).any(|down| (0..=2 * ASIDE).any(|right| is_there(down * wide + right)))
    }

    /// How much their ink varies.
    pub(super) fn spread(&self) -> f64 {
        spread(&self.ink)
    }

    /// Whether the page has other words there: these are neither at their place nor near it nor under something. None where the
    /// page does not show the place, or nothing at it.
    pub(super) fn are_replaced(&self, ink: &Ink, map: &Map, limit: f32) -> Option<bool> {
        let found = |reach| Some(self.patch.find(self.at, ink, map, reach)?.score >= limit);
        if found(NEAR)? || found(FAR)? || self.are_there(ink, map) {
            return Some(false);
        }
        let here = self.patch.around(self.at, ink, map, 0);
        (spread(&here) >= INKED * self.spread()).then_some(true)
    }
}

/// Standard deviation of ink.
fn spread(ink: &[i16]) -> f64 {
    let n = ink.len().max(1) as f64;
    let mean = ink.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    (ink.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// Whether there is ink of some spread within 3 mm; `quarter` at about 1 mm per pixel.
pub(super) fn has_words(quarter: &Plane, at: PointMm) -> bool {
    let px = |mm: f64| (mm * PX_PER_MM / 4.0) as usize;
    let (x, y) = (px((at.x - 3.0).max(0.0)), px((at.y - 2.0).max(0.0)));
    if x + 6 > quarter.w || y + 4 > quarter.h {
        return false;
    }
    let values = (y..y + 4).flat_map(|y| quarter.row(y)[x..x + 6].iter().map(|v| i64::from(*v)));
    let (sum, square) = values.fold((0, 0), |(s, q), v| (s + v, q + v * v));
    (square - sum * sum / 24) / 24 > WORDS * WORDS
}

#[cfg(test)]
mod tests {
    use super::super::reference::Reference;
    use super::*;
    use crate::geometry::Dpi;
    use image::{GrayImage, Luma};

    /// A sheet of 60 by 60 mm with strokes of a word in its middle, two pixels broad and as `strokes` says, and more ink on top.
    fn sheet(strokes: u32, over: impl Fn(u32, u32) -> bool) -> Ink {
        let word = |x: u32, y: u32| (108..132).contains(&x) && (112..128).contains(&y) && (x * strokes + y / 5 * 3) % 11 < 3;
        let page = GrayImage::from_fn(240, 240, |x, y| Luma([if word(x, y) || over(x, y) { 0 } else { 255 }]));
        Ink::of(&page, Dpi::square(PX_PER_MM * 25.4)).expect("a sheet")
    }

    #[test]
    fn words_under_a_stamp_are_there_and_others_are_not() {
        let own = sheet(1, |_, _| false);
        let mask = Plane::new(own.planes[0].w, own.planes[0].h, 0);
        let words = Words::cut(PointMm { x: 30.0, y: 30.0 }, &own.planes[0], &mask).expect("words");
        let map = Reference::own_map();
        let there = |ink: &Ink| words.are_there(ink, &map);
        assert!(there(&own));
        // The rim of a round stamp and a line across it.
        let stamp = |x: u32, y: u32| {
            let r = (f64::from(x) - 125.0).hypot(f64::from(y) - 140.0);
            (22.0..25.0).contains(&r) || (118..121).contains(&y)
        };
        assert!(there(&sheet(1, stamp)), "a stamp over them");
        for strokes in [2, 3, 4, 5] {
            assert!(!there(&sheet(strokes, |_, _| false)), "other words: {strokes}");
            assert!(!there(&sheet(strokes, stamp)), "other words under a stamp: {strokes}");
        }
        assert!(!there(&sheet(1, |x, y| (100..140).contains(&x) && (100..140).contains(&y))), "a black patch");
    }
}
