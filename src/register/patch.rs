//! A piece of a form's print, and the search for it on a page by normalised cross-correlation. What its place means is for
//! others.

use super::correlation::{Template, correlations};
use super::fit::Map;
use super::ink::Ink;
use super::plane::Plane;
use super::skew::parabola;
use crate::geometry::PointMm;

/// Pixels that must be seen: two square millimetres at the finest resolution.
const LEAST_PIXELS: f32 = 32.0;

/// A piece of print, in the form's own frame at one of the ink planes' resolutions.
#[derive(Debug)]
pub(super) struct Patch {
    level: usize,
    mm_per_px: f64,
    template: Template,
}

/// What the search for a patch gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    /// Correlation at the best place, −1 to 1.
    pub(super) score: f32,
    /// Where it was found, less where the map says, mm on the form.
    pub(super) off: (f64, f64),
    /// The best place lies at the rim of the search: the true one may lie outside.
    pub(super) at_rim: bool,
}

impl Patch {
    /// A patch of a form's plane at `px_per_mm`; none where there is too little to be seen.
    pub(super) fn cut(at: PointMm, plane: &Plane, mask: &Plane, px_per_mm: f64, level: usize, side: usize) -> Option<Self> {
        let ink = square(plane, at, px_per_mm, side);
        let seen: Vec<bool> = square(mask, at, px_per_mm, side).into_iter().map(|hidden| hidden == 0).collect();
        Self::of(&ink, &seen, px_per_mm, level, side)
    }

    /// A patch of the print that lies around a place by `map`, at the finest plane's resolution, `px_per_mm`.
    pub(super) fn seen(
        at: PointMm,
        ink: &Ink,
        map: &Map,
        hidden: impl Fn(PointMm) -> bool,
        side: usize,
        px_per_mm: f64,
    ) -> Option<Self> {
        let mm = |i: usize| (i as f64 + 0.5 - side as f64 / 2.0) / px_per_mm;
        let each = || (0..side * side).map(|i| PointMm { x: at.x + mm(i % side), y: at.y + mm(i / side) });
        let sample = |p: PointMm| {
            let (x, y) = map.at(p);
            ink.planes[0].sample(x as f32, y as f32) as i16
        };
        let print: Vec<i16> = each().map(sample).collect();
        let seen: Vec<bool> = each().map(|p| !hidden(p)).collect();
        Self::of(&print, &seen, px_per_mm, 0, side)
    }

    fn of(ink: &[i16], seen: &[bool], px_per_mm: f64, level: usize, side: usize) -> Option<Self> {
        // A third of the patch must be seen.
        let enough = seen.iter().filter(|s| **s).count() * 3 > side * side;
        enough.then(|| Self::legible(ink, seen, px_per_mm, level, side)).flatten()
    }

    /// A patch of the finest plane of which only what is `seen` counts.
    pub(super) fn masked(ink: &[i16], seen: &[bool], side: usize, px_per_mm: f64) -> Option<Self> {
        Self::legible(ink, seen, px_per_mm, 0, side)
    }

    /// None where no ink stands out from grain, or there are too few pixels to tell.
    fn legible(ink: &[i16], seen: &[bool], px_per_mm: f64, level: usize, side: usize) -> Option<Self> {
        let template = Template::of(ink, seen, side);
        let enough = template.seen() >= LEAST_PIXELS && template.spread() > 12.0;
        enough.then(|| Self { level, mm_per_px: 1.0 / px_per_mm, template })
    }

    /// Looks for the patch `reach` of its pixels around where `map` puts the place it was cut at. None where the page does
    /// not show the place (off the scan, black border).
    pub(super) fn find(&self, at: PointMm, ink: &Ink, map: &Map, reach: usize) -> Option<Match> {
        let here = map.at(at);
        let steps = map.steps(at);
        let half = self.template.side() as f64 / 2.0 * self.mm_per_px;
        let corners = [(-half, -half), (half, -half), (half, half), (-half, half), (0.0, 0.0)];
        let shown =
            |(x, y): &(f64, f64)| ink.shows(here.0 + x * steps[0].0 + y * steps[1].0, here.1 + x * steps[0].1 + y * steps[1].1);
        corners.iter().all(shown).then(|| self.search(ink, here, steps, reach))
    }

    fn search(&self, ink: &Ink, here: (f64, f64), steps: [(f64, f64); 2], reach: usize) -> Match {
        let scores = correlations(&self.template, &self.window(ink, here, steps, reach), reach);
        let span = 2 * reach + 1;
        let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0);
        let (bx, by) = (best % span, best / span);
        let inside = bx > 0 && by > 0 && bx + 1 < span && by + 1 < span;
        let s = |i: usize| f64::from(scores[i]);
        let (fx, fy) = if inside {
            (parabola(s(best - 1), s(best), s(best + 1)), parabola(s(best - span), s(best), s(best + span)))
        } else {
            (0.0, 0.0)
        };
        let mm = |b: usize, f: f64| (b as f64 - reach as f64 + f) * self.mm_per_px;
        Match { score: scores[best], off: (mm(bx, fx), mm(by, fy)), at_rim: !inside }
    }

    /// The page where `map` puts the place the patch was cut at and `reach` of its pixels around, sampled along the form's axes at
    /// the patch's resolution: a square, row by row.
    pub(super) fn around(&self, at: PointMm, ink: &Ink, map: &Map, reach: usize) -> Vec<i16> {
        self.window(ink, map.at(at), map.steps(at), reach)
    }

    /// The page around the place, sampled along the form's axes at the patch's resolution.
    fn window(&self, ink: &Ink, here: (f64, f64), steps: [(f64, f64); 2], reach: usize) -> Vec<i16> {
        let shrink = 1.0 / f64::from(1 << self.level);
        let k = self.mm_per_px * shrink;
        let wide = self.template.side() + 2 * reach;
        let back = -(wide as f64 - 1.0) / 2.0;
        let (right, down) = ((steps[0].0 * k, steps[0].1 * k), (steps[1].0 * k, steps[1].1 * k));
        let from = (here.0 * shrink + back * (right.0 + down.0), here.1 * shrink + back * (right.1 + down.1));
        ink.planes[self.level].window(from, right, down, wide)
    }
}

/// The square of a form's plane around a place, row by row.
pub(super) fn square(plane: &Plane, at: PointMm, px_per_mm: f64, side: usize) -> Vec<i16> {
    let from = |v: f64| v * px_per_mm - (side as f64 - 1.0) / 2.0;
    plane.window((from(at.x), from(at.y)), (1.0, 0.0), (0.0, 1.0), side)
}
