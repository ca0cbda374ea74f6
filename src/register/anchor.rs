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
    /// 12 or 24 pixels.
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
        self.patches[step].find(self.at, ink, map, reach)
    }
}

impl Patch {
    /// A patch of a form's plane at `px_per_mm`; none where there is too little to be seen.
    pub(super) fn cut(at: PointMm, plane: &Plane, mask: &Plane, px_per_mm: f64, level: usize, side: usize) -> Option<Self> {
        let left = (at.x * px_per_mm - side as f64 / 2.0) as f32;
        let top = (at.y * px_per_mm - side as f64 / 2.0) as f32;
        let each = || (0..side * side).map(|i| (left + (i % side) as f32 + 0.5, top + (i / side) as f32 + 0.5));
        let ink: Vec<f32> = each().map(|(x, y)| plane.sample(x, y)).collect();
        let seen: Vec<i16> = each().map(|(x, y)| i16::from(mask.sample(x, y) < 1.0)).collect();
        Self::of(&ink, seen, px_per_mm, level, side)
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
            ink.planes[0].sample(x as f32, y as f32)
        };
        let print: Vec<f32> = each().map(sample).collect();
        Self::of(&print, each().map(|p| i16::from(!hidden(p))).collect(), px_per_mm, 0, side)
    }

    /// Looks for the patch `reach` of its pixels around where `map` puts the place it was cut at. None where the page does
    /// not show the place.
    pub(super) fn find(&self, at: PointMm, ink: &Ink, map: &Map, reach: usize) -> Option<Match> {
        let here = map.at(at);
        let steps = map.steps(at);
        let half = self.side as f64 / 2.0 * self.mm_per_px;
        let corners = [(-half, -half), (half, -half), (half, half), (-half, half), (0.0, 0.0)];
        let shown =
            |(x, y): &(f64, f64)| ink.shows(here.0 + x * steps[0].0 + y * steps[1].0, here.1 + x * steps[0].1 + y * steps[1].1);
        corners.iter().all(shown).then(|| self.search(ink, here, steps, reach))
    }

    fn of(ink: &[f32], seen: Vec<i16>, px_per_mm: f64, level: usize, side: usize) -> Option<Self> {
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
        let shrink = 1.0 / f64::from(1 << self.level);
        let k = self.mm_per_px * shrink;
        let wide = self.side + 2 * reach;
        let back = -(wide as f64 - 1.0) / 2.0;
        let (right, down) = ((steps[0].0 * k, steps[0].1 * k), (steps[1].0 * k, steps[1].1 * k));
        let from = (here.0 * shrink + back * (right.0 + down.0), here.1 * shrink + back * (right.1 + down.1));
        ink.planes[self.level].window(from, right, down, wide)
    }

    fn score(&self, window: &[i16], wide: usize, dx: usize, dy: usize, sums: Option<&Sums>) -> f32 {
        let at = &window[dy * wide + dx..];
        let mask = self.mask.as_deref();
        // The two sides in use, known to the compiler: four times faster than a length it must ask for.
        let (product, masked) = match self.side {
            12 => products::<12>(at, wide, &self.template, mask),
            _ => products::<24>(at, wide, &self.template, mask),
        };
        let (sum, square) = sums.map_or(masked, |s| s.within(dx, dy, self.side));
        let variance = square - sum * sum / self.seen;
        // Below a spread of 10 grey levels the window is empty paper: nothing to correlate with.
        if variance < 100.0 * self.seen { 0.0 } else { product as f32 / (self.norm * variance.sqrt()) }
    }
}

/// Sum of window × template, and where masked the sums of the window and of its squares over what is seen.
fn products<const N: usize>(window: &[i16], wide: usize, template: &[i16], mask: Option<&[i16]>) -> (i32, (f32, f32)) {
    let mut product = 0_i32;
    for (w, t) in window.chunks(wide).zip(template.as_chunks::<N>().0) {
        product = w.first_chunk::<N>().map_or(product, |w| dot(w, t).wrapping_add(product));
    }
    let (mut sum, mut square) = (0_i32, 0_i32);
    for (w, m) in window.chunks(wide).zip(mask.unwrap_or(&[]).as_chunks::<N>().0) {
        if let Some(w) = w.first_chunk::<N>() {
            let seen: [i16; N] = std::array::from_fn(|i| w[i] & m[i].wrapping_neg());
            sum = dot(w, m).wrapping_add(sum);
            square = dot(&seen, w).wrapping_add(square);
        }
    }
    (product, (sum as f32, square as f32))
}

/// Of values under 256 each, 24 at most: nothing can overflow, and a check at every addition would keep the compiler from
/// wide registers (three times slower).
fn dot<const N: usize>(a: &[i16; N], b: &[i16; N]) -> i32 {
    (0..N).fold(0_i32, |sum, i| sum.wrapping_add(i32::from(a[i]).wrapping_mul(i32::from(b[i]))))
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

/// Integral images of the gradient products. Sums wrap around; differences of sums over a patch do not.
struct Tensor {
    wide: usize,
    totals: Vec<[i32; 3]>,
}

impl Tensor {
    fn of(plane: &Plane, mask: &Plane) -> Self {
        let wide = plane.w + 1;
        let mut totals = vec![[0_i32; 3]; wide * (plane.h + 1)];
        for y in 1..plane.h.saturating_sub(1) {
            let mut row = [0_i32; 3];
            let (before, after) = totals.split_at_mut((y + 1) * wide);
            let above = &before[y * wide..];
            let rows = [-1_isize, 0, 1].map(|d| plane.row(y.wrapping_add_signed(d)));
            let hidden = [-1_isize, 0, 1].map(|d| mask.row(y.wrapping_add_signed(d)));
            for x in 1..plane.w.saturating_sub(1) {
                // A mask's edge is no print.
                if hidden[0][x] | hidden[1][x - 1] | hidden[1][x + 1] | hidden[2][x] == 0 {
                    let (gx, gy) = (slope(rows[1][x - 1], rows[1][x + 1]), slope(rows[0][x], rows[2][x]));
                    row = added(row, [gx.wrapping_mul(gx), gx.wrapping_mul(gy), gy.wrapping_mul(gy)]);
                }
                after[x + 1] = added(above[x + 1], row);
            }
            after[plane.w] = added(above[plane.w], row);
        }
        let end = plane.h * wide;
        let last = plane.h.saturating_sub(1) * wide;
        totals.copy_within(last..last + wide, end);
        Self { wide, totals }
    }

    /// The lesser eigenvalue of the structure tensor over a square around a pixel, of slopes in grey levels per pixel.
    fn corner(&self, x: usize, y: usize, side: usize) -> f64 {
        let (l, t) = (x - side / 2, y - side / 2);
        let at = |x: usize, y: usize| self.totals[y * self.wide + x];
        let (a, b, c, d) = (at(l, t), at(l + side, t), at(l, t + side), at(l + side, t + side));
        // Slopes are taken over two pixels: a quarter of their products.
        let [xx, xy, yy] = [0, 1, 2].map(|i| f64::from(d[i].wrapping_add(a[i]).wrapping_sub(b[i]).wrapping_sub(c[i])) / 4.0);
        f64::midpoint(xx, yy) - (((xx - yy) / 2.0).powi(2) + xy * xy).sqrt()
    }
}

fn slope(from: u8, to: u8) -> i32 {
    i32::from(to).wrapping_sub(i32::from(from))
}

fn added(a: [i32; 3], b: [i32; 3]) -> [i32; 3] {
    [a[0].wrapping_add(b[0]), a[1].wrapping_add(b[1]), a[2].wrapping_add(b[2])]
}
