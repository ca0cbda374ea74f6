//! Whether a field is the one the form means: the words beside it, on its own row. Another edition may have the same frames in
//! the same places and ask something else. Knows nothing of the page's fit but its map.

use super::fit::Map;
use super::ink::Ink;
use super::plane::Plane;
use super::words::{Words, has_words, limit};
use crate::geometry::{PointMm, RectMm};

/// How far from a field its words are looked for, to either side, mm, and how far apart the places asked are.
const REACH_MM: f64 = 170.0;
const STEP_MM: f64 = 4.0;
/// Height from which a field is a column of its own rather than a part of a row, mm, and how far from it its words are looked for: what
/// stands farther away at the height of its middle has nothing to do with it.
const TALL_MM: f64 = 14.0;
const BESIDE_MM: f64 = 25.0;
/// Places kept, those nearest to the field; and the fewest that can speak.
const WITNESSES: usize = 6;
const LEAST: usize = 2;
/// How far around its place the patch is looked for, pixels.
const REACH: usize = 3;

/// How far from a field the words on its row are its own, mm.
pub(super) fn reach(field: &RectMm) -> f64 {
    if field.h < TALL_MM { REACH_MM } else { BESIDE_MM }
}

/// The print that stands for a field.
#[derive(Debug)]
pub(super) struct Witnesses(Vec<Words>);

impl Witnesses {
    /// Of the field with these bounds among all `fields` of the page; `planes` and `masks` at `PX_PER_MM` and its halves.
    pub(super) fn of(field: &RectMm, fields: &[RectMm], planes: &[Plane; 4], masks: &[Plane; 4]) -> Self {
        let y = field.centre().y;
        let steps = (reach(field) / STEP_MM) as usize;
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
        let limit = limit(usual);
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
