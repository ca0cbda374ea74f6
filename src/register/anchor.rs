//! Anchors: small pieces of a form's print with structure in both directions, and the search for them on a page by
//! normalised cross-correlation. Chooses and finds them; what their places mean is for `fit` and `verdict`.

use super::fit::Map;
use super::ink::Ink;
use super::plane::Plane;
use super::skew::parabola;
use crate::geometry::PointMm;

/// A piece of print, in the form's own frame at one of the ink planes' resolutions.
#[derive(Debug)]
pub(super) struct Patch {
    level: usize,
    side: usize,
    mm_per_px: f64,
    /// Ink less its mean, 0 where masked.
    template: Vec<i16>,
    /// 1 where seen, 0 where masked by a fill-in zone; none where all is seen.
    mask: Option<Vec<i16>>,
    seen: f32,
    norm: f32,
}

/// A place of the form with its patch at each resolution it is searched at.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) at: PointMm,
    patches: Vec<Patch>,
}

/// What the search for an anchor gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    /// Correlation at the best place, −1 to 1.
    pub(super) score: f32,
    /// Where it was found, less where the map says, mm on the form.
    pub(super) off: (f64, f64),
    /// The best place lies at the rim of the search: the true one may lie outside.
    pub(super) at_rim: bool,
}

impl Anchor {
    /// An anchor cut from a form's planes (`planes[l]` at `px_per_mm / 2^l`) for each `(level, side in pixels)`.
    pub(super) fn cut(
        at: PointMm,
        planes: &[Plane; 4],
        masks: &[Plane; 4],
        px_per_mm: f64,
        levels: &[(usize, usize)],
    ) -> Option<Self> {
        let patches: Option<Vec<Patch>> = levels
            .iter()
            .map(|(l, side)| Patch::cut(at, &planes[*l], &masks[*l], px_per_mm / f64::from(1 << l), *l, *side))
            .collect();
        Some(Self { at, patches: patches? })
    }

    /// Looks for the anchor `reach` pixels of its `step`-th patch around where `map` puts it. None where the page does not
    /// show the place (off the scan, black border).
    pub(super) fn find(&self, ink: &Ink, map: &Map, step: usize, reach: usize) -> Option<Match> {
        let patch = &self.patches[step];
        let here = map.at(self.at);
        let steps = map.steps(self.at);
        let half = patch.side as f64 / 2.0 * patch.mm_per_px;
        let corners = [(-half, -half), (half, -half), (half, half), (-half, half), (0.0, 0.0)];
        let shown =
            |(x, y): &(f64, f64)| ink.shows(here.0 + x * steps[0].0 + y * steps[1].0, here.1 + x * steps[0].1 + y * steps[1].1);
        corners.iter().all(shown).then(|| patch.search(ink, here, steps, reach))
    }
}

impl Patch {
    fn cut(at: PointMm, plane: &Plane, mask: &Plane, px_per_mm: f64, level: usize, side: usize) -> Option<Self> {
        let left = (at.x * px_per_mm - side as f64 / 2.0) as f32;
        let top = (at.y * px_per_mm - side as f64 / 2.0) as f32;
        let each = || (0..side * side).map(|i| (left + (i % side) as f32 + 0.5, top + (i / side) as f32 + 0.5));
        let ink: Vec<f32> = each().map(|(x, y)| plane.sample(x, y)).collect();
        let seen: Vec<i16> = each().map(|(x, y)| i16::from(mask.sample(x, y) < 1.0)).collect();
        let count = seen.iter().filter(|s| **s == 1).count() as f32;
        let mean = ink.iter().zip(&seen).map(|(v, s)| v * f32::from(*s)).sum::<f32>() / count.max(1.0);
        let template: Vec<i16> = ink.iter().zip(&seen).map(|(v, s)| ((v - mean).round() as i16) * s).collect();
        let norm = template.iter().map(|t| f32::from(*t) * f32::from(*t)).sum::<f32>().sqrt();
        // A third of the patch must be seen, and its ink must stand out from grain.
        let enough = count > 0.34 * (side * side) as f32 && norm / count.max(1.0).sqrt() > 12.0;
        let mask = (count < (side * side) as f32).then_some(seen);
        enough.then(|| Self { level, side, mm_per_px: 1.0 / px_per_mm, template, mask, seen: count, norm })
    }

    fn search(&self, ink: &Ink, here: (f64, f64), steps: [(f64, f64); 2], reach: usize) -> Match {
        let window = self.window(ink, here, steps, reach);
        let span = 2 * reach + 1;
        let wide = self.side + 2 * reach;
        let squares = self.mask.is_none().then(|| Sums::of(&window, wide));
        let scores: Vec<f32> =
            (0..span * span).map(|i| self.score(&window, wide, i % span, i / span, squares.as_ref())).collect();
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

    /// The page around the place, sampled along the form's axes at the patch's resolution.
    fn window(&self, ink: &Ink, here: (f64, f64), steps: [(f64, f64); 2], reach: usize) -> Vec<i16> {
        let plane = &ink.planes[self.level];
        let shrink = 1.0 / f64::from(1 << self.level);
        let k = self.mm_per_px * shrink;
        let (ax, ay) = ((steps[0].0 * k) as f32, (steps[0].1 * k) as f32);
        let (bx, by) = ((steps[1].0 * k) as f32, (steps[1].1 * k) as f32);
        let wide = self.side + 2 * reach;
        let from = -(wide as f32 - 1.0) / 2.0;
        let (cx, cy) = ((here.0 * shrink) as f32, (here.1 * shrink) as f32);
        let mut out = Vec::with_capacity(wide * wide);
        for r in 0..wide {
            let v = from + r as f32;
            let (x0, y0) = (cx + v * bx + from * ax, cy + v * by + from * ay);
            out.extend((0..wide).map(|c| plane.sample(x0 + c as f32 * ax, y0 + c as f32 * ay) as i16));
        }
        out
    }

    fn score(&self, window: &[i16], wide: usize, dx: usize, dy: usize, sums: Option<&Sums>) -> f32 {
        let rows = || (0..self.side).map(|r| &window[(dy + r) * wide + dx..(dy + r) * wide + dx + self.side]);
        let product: i32 = rows().zip(self.template.chunks_exact(self.side)).map(|(w, t)| dot(w, t)).sum();
        let (sum, square) = match (sums, &self.mask) {
            (Some(sums), _) => sums.within(dx, dy, self.side),
            (None, mask) => masked_sums(rows(), mask.as_deref().unwrap_or(&[]), self.side),
        };
        let variance = square - sum * sum / self.seen;
        // Below a spread of 10 grey levels the window is empty paper: nothing to correlate with.
        if variance < 100.0 * self.seen { 0.0 } else { product as f32 / (self.norm * variance.sqrt()) }
    }
}

fn dot(a: &[i16], b: &[i16]) -> i32 {
    a.iter().zip(b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum()
}

fn masked_sums<'a>(rows: impl Iterator<Item = &'a [i16]>, mask: &[i16], side: usize) -> (f32, f32) {
    let (mut sum, mut square) = (0, 0);
    for (w, m) in rows.zip(mask.chunks_exact(side)) {
        sum += dot(w, m);
        square += w.iter().zip(m).map(|(w, m)| i32::from(*w) * i32::from(*w) * i32::from(*m)).sum::<i32>();
    }
    (sum as f32, square as f32)
}

/// Sums and sums of squares over any square of a window, by integral images.
struct Sums {
    wide: usize,
    totals: Vec<(u32, u32)>,
}

impl Sums {
    fn of(window: &[i16], wide: usize) -> Self {
        let n = wide + 1;
        let mut totals = vec![(0, 0); n * n];
        for r in 0..wide {
            let (mut sum, mut square) = (0, 0);
            for c in 0..wide {
                let v = window[r * wide + c] as u32;
                sum += v;
                square += v * v;
                let above = totals[r * n + c + 1];
                totals[(r + 1) * n + c + 1] = (above.0 + sum, above.1 + square);
            }
        }
        Self { wide: n, totals }
    }

    fn within(&self, x: usize, y: usize, side: usize) -> (f32, f32) {
        let t = |x: usize, y: usize| self.totals[y * self.wide + x];
        let (a, b, c, d) = (t(x, y), t(x + side, y), t(x, y + side), t(x + side, y + side));
        ((d.0 + a.0 - b.0 - c.0) as f32, (d.1 + a.1 - b.1 - c.1) as f32)
    }
}

/// The best place for an anchor in each cell of a grid: where the print has most structure in its weaker direction.
/// `plane` and `mask` at `px_per_mm`; `cell` and `side` in pixels.
pub(super) fn places(plane: &Plane, mask: &Plane, px_per_mm: f64, cell: usize, side: usize) -> Vec<PointMm> {
    let tensor = Tensor::of(plane, mask);
    let mut out = Vec::new();
    let half = side / 2 + 1;
    for top in (half..plane.h.saturating_sub(half)).step_by(cell) {
        for left in (half..plane.w.saturating_sub(half)).step_by(cell) {
            let (right, bottom) = ((left + cell).min(plane.w - half), (top + cell).min(plane.h - half));
            let spots = (top..bottom).step_by(2).flat_map(|y| (left..right).step_by(2).map(move |x| (x, y)));
            let best = spots.map(|(x, y)| (tensor.corner(x, y, side), x, y)).max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((score, x, y)) = best.filter(|b| b.0 > 0.0) {
                // Grey levels squared per pixel: print with strokes both ways has thousands, a lone rule has tens.
                if score / (side * side) as f64 > 150.0 {
                    out.push(PointMm { x: x as f64 / px_per_mm, y: y as f64 / px_per_mm });
                }
            }
        }
    }
    out
}

/// Integral images of the gradient products.
struct Tensor {
    wide: usize,
    totals: Vec<[f64; 3]>,
}

impl Tensor {
    fn of(plane: &Plane, mask: &Plane) -> Self {
        let wide = plane.w + 1;
        let mut totals = vec![[0.0; 3]; wide * (plane.h + 1)];
        for y in 0..plane.h {
            let mut row = [0.0; 3];
            for x in 0..plane.w {
                let (gx, gy) = gradient(plane, mask, x, y);
                for (r, v) in row.iter_mut().zip([gx * gx, gx * gy, gy * gy]) {
                    *r += v;
                }
                let above = totals[y * wide + x + 1];
                totals[(y + 1) * wide + x + 1] = [above[0] + row[0], above[1] + row[1], above[2] + row[2]];
            }
        }
        Self { wide, totals }
    }

    /// The lesser eigenvalue of the structure tensor over a square around a pixel.
    fn corner(&self, x: usize, y: usize, side: usize) -> f64 {
        let (l, t) = (x - side / 2, y - side / 2);
        let at = |x: usize, y: usize| self.totals[y * self.wide + x];
        let (a, b, c, d) = (at(l, t), at(l + side, t), at(l, t + side), at(l + side, t + side));
        let [xx, xy, yy] = [0, 1, 2].map(|i| d[i] + a[i] - b[i] - c[i]);
        (xx + yy) / 2.0 - (((xx - yy) / 2.0).powi(2) + xy * xy).sqrt()
    }
}

fn gradient(plane: &Plane, mask: &Plane, x: usize, y: usize) -> (f64, f64) {
    if x == 0 || y == 0 || x + 1 >= plane.w || y + 1 >= plane.h {
        return (0.0, 0.0);
    }
    // A mask's edge is no print.
    if [mask.at(x - 1, y), mask.at(x + 1, y), mask.at(x, y - 1), mask.at(x, y + 1)].iter().any(|m| *m != 0) {
        return (0.0, 0.0);
    }
    let d = |a: u8, b: u8| (f64::from(b) - f64::from(a)) / 2.0;
    (d(plane.at(x - 1, y), plane.at(x + 1, y)), d(plane.at(x, y - 1), plane.at(x, y + 1)))
}
