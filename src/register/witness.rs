//! Whether a field is the one the form means: the words beside it, on its own row. Another edition may have the same frames in
//! the same places and ask something else. Knows nothing of the page's fit but its map.

use super::fit::Map;
use super::ink::Ink;
use super::patch::{Patch, square};
use super::plane::Plane;
use super::reference::PX_PER_MM;
use crate::geometry::{PointMm, RectMm};

/// Finest plane, pixels: 6 mm, a character or two.
const SIDE: usize = 24;
/// How far from a field its words are looked for, to either side, mm, and how far apart the places asked are.
const REACH_MM: f64 = 170.0;
const STEP_MM: f64 = 4.0;
/// Places kept, those nearest to the field; and the fewest that can speak.
const WITNESSES: usize = 6;
const LEAST: usize = 2;
/// Least spread of ink, grey levels at 1 mm per pixel, of a place with words.
const WORDS: i64 = 30;
/// Median correlation below which words are others, and the same as a share of what the page's print has in the median.
/// Measured at 200 dpi: the right words 0.87 to 0.92 where the page had 0.87, other Latin words 0.60 to 0.67 (their lines of
/// letters are alike), other Japanese words 0.45.
const OTHER: (f32, f32) = (0.75, 0.82);
/// How far around its place the patch is looked for, pixels.
const REACH: usize = 3;
/// How far around its place its ink is looked for, pixels; from which share of the darkest its ink counts, and a page's of
/// that; and how much of it is on the page where words are only covered by a stamp or by writing. Measured: of the right words
/// under two stamps 0.81 to 1.0 and 0.96 in three of four places, of other words 0.66 in the median and 0.89 at most.
const ASIDE: usize = 1;
const DARK: f32 = 0.5;
const THERE: f64 = 0.93;
/// Most of the paper between them that is as dark: in a black patch any words would be there.
const COVERED: f64 = 0.6;

/// The print that stands for a field.
#[derive(Debug)]
pub(super) struct Witnesses(Vec<Words>);

/// Print at one place beside a field.
#[derive(Debug)]
struct Words {
    at: PointMm,
    patch: Patch,
    /// Its ink; none where something may be written.
    ink: Vec<i16>,
}

impl Witnesses {
    /// Of the field with these bounds among all `fields` of the page; `planes` and `masks` at `PX_PER_MM` and its halves.
    pub(super) fn of(field: &RectMm, fields: &[RectMm], planes: &[Plane; 4], masks: &[Plane; 4]) -> Self {
        let y = field.centre().y;
        let steps = (REACH_MM / STEP_MM) as usize;
        let beside = |i: usize| {
            let away = (i as f64 + 1.0) * STEP_MM;
            [field.x - away, field.right() + away].map(|x| PointMm { x, y })
        };
        let apart = |at: &PointMm| fields.iter().all(|f| !f.grown(1.0).overlaps(&RectMm::new(at.x, at.y, 0.0, 0.0).grown(3.0)));
        let places = (0..steps).flat_map(beside).filter(apart).filter(|at| has_words(&planes[2], *at));
        let cut = |at| Words::cut(at, &planes[0], &masks[0]);
        Self(places.filter_map(cut).take(WITNESSES).collect())
    }

    /// Whether the page shows other words; `usual` is what its print correlates in the median.
    pub(super) fn contradict(&self, ink: &Ink, map: &Map, usual: f32) -> bool {
        let found = self.0.iter().filter_map(|words| Some((words, words.patch.find(words.at, ink, map, REACH)?.score)));
        let mut scores: Vec<(&Words, f32)> = found.collect();
        let limit = OTHER.0.min(OTHER.1 * usual);
        if !are_others(&mut scores, limit) {
            return false;
        }
        // Words under a stamp are all there, and more: what it covers can say nothing.
        scores.retain(|(words, score)| *score >= limit || !words.are_there(ink, map));
        are_others(&mut scores, limit)
    }
}

fn are_others(scores: &mut [(&Words, f32)], limit: f32) -> bool {
    scores.sort_by(|a, b| a.1.total_cmp(&b.1));
    scores.len() >= LEAST && scores[scores.len() / 2].1 < limit
}

impl Words {
    fn cut(at: PointMm, plane: &Plane, mask: &Plane) -> Option<Self> {
        let patch = Patch::cut(at, plane, mask, PX_PER_MM, 0, SIDE)?;
        let (print, hidden) = (square(plane, at, PX_PER_MM, SIDE), square(mask, at, PX_PER_MM, SIDE));
        let ink = print.into_iter().zip(hidden).map(|(ink, hidden)| if hidden == 0 { ink } else { 0 });
        Some(Self { at, patch, ink: ink.collect() })
    }

    /// Whether the page has their ink, whatever else it has there, and paper between it.
    fn are_there(&self, ink: &Ink, map: &Map) -> bool {
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
}

/// Whether there is ink of some spread within 3 mm; `quarter` at about 1 mm per pixel.
fn has_words(quarter: &Plane, at: PointMm) -> bool {
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
