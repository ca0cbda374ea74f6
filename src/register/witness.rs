//! Whether a field is the one the form means: the words beside it, on its own row. Another edition may have the same frames in
//! the same places and ask something else. Knows nothing of the page's fit but its map.

use super::fit::Map;
use super::ink::Ink;
use super::patch::Patch;
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
/// under a stamp 0.87 to 1.0, of other words 0.66 in the median and 0.89 at most.
const ASIDE: usize = 1;
const DARK: f32 = 0.5;
const THERE: f64 = 0.93;

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
        let from = |v: f64| v * PX_PER_MM - (SIDE as f64 - 1.0) / 2.0;
        let square = |plane: &Plane| plane.window((from(at.x), from(at.y)), (1.0, 0.0), (0.0, 1.0), SIDE);
        let ink = square(plane).into_iter().zip(square(mask)).map(|(ink, hidden)| if hidden == 0 { ink } else { 0 });
        Some(Self { at, patch, ink: ink.collect() })
    }

    /// Whether the page has their ink, whatever else it has there.
    fn are_there(&self, ink: &Ink, map: &Map) -> bool {
        let (page, wide) = (self.patch.around(self.at, ink, map, ASIDE), SIDE + 2 * ASIDE);
        let dark = DARK * f32::from(self.ink.iter().copied().max().unwrap_or(0));
        let own: Vec<(usize, f32)> = self.ink.iter().map(|v| f32::from(*v)).enumerate().filter(|(_, v)| *v >= dark).collect();
        let there = |by: usize| {
            let shown = |(i, v): &&(usize, f32)| f32::from(page[by + i / SIDE * wide + i % SIDE]) >= DARK * v;
            own.iter().filter(shown).count()
        };
        let places = (0..=2 * ASIDE).flat_map(|down| (0..=2 * ASIDE).map(move |right| down * wide + right));
        places.map(there).max().is_some_and(|most| most as f64 >= THERE * own.len() as f64)
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
