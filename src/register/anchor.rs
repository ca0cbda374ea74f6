//! Anchors: small pieces of a form's print with structure in both directions. Chooses and finds them; what their places mean
//! is for `fit` and `verdict`.

use super::fit::Map;
use super::ink::Ink;
use super::patch::{Match, Patch};
use super::plane::Plane;
use crate::geometry::PointMm;

/// A place of the form with its patch at each resolution it is searched at.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) at: PointMm,
    patches: Vec<Patch>,
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

/// The best place for an anchor in each cell of a grid: where the print has most structure in its weaker direction.
/// The print at `px_per_mm`; `cell` and `side` in pixels.
pub(super) fn places(tensor: &Tensor, px_per_mm: f64, cell: usize, side: usize) -> Vec<PointMm> {
    let mut out = Vec::new();
    let half = side / 2 + 1;
    for top in (half..tensor.high.saturating_sub(half)).step_by(cell) {
        for left in (half..tensor.wide.saturating_sub(half)).step_by(cell) {
            let (right, bottom) = ((left + cell).min(tensor.wide - half), (top + cell).min(tensor.high - half));
            // Grey levels squared per pixel: print with strokes both ways has thousands, a lone rule has tens.
            let mut best = (150.0 * (side * side) as f64, None);
            for y in (top..bottom).step_by(2) {
                for x in (left..right).step_by(2) {
                    if let Some(score) = tensor.corner((x, y), side, best.0) {
                        best = (score, Some(PointMm { x: x as f64 / px_per_mm, y: y as f64 / px_per_mm }));
                    }
                }
            }
            out.extend(best.1);
        }
    }
    out
}

/// Integral images of the gradient products. Sums wrap around; differences of sums over a patch do not.
pub(super) struct Tensor {
    wide: usize,
    high: usize,
    /// A row and a column more than there are pixels.
    totals: Vec<[i32; 3]>,
}

impl Tensor {
    /// Of a plane less what its mask hides.
    pub(super) fn of(plane: &Plane, mask: &Plane) -> Self {
        let wide = plane.w + 1;
        let mut totals = vec![[0_i32; 3]; wide * (plane.h + 1)];
        for y in 1..plane.h.saturating_sub(1) {
            let mut row = [0_i32; 3];
            let (before, after) = totals.split_at_mut((y + 1) * wide);
            let above = &before[y * wide..];
            let rows = [-1_isize, 0, 1].map(|d| plane.row(y.wrapping_add_signed(d)));
            let hidden = [-1_isize, 0, 1].map(|d| mask.row(y.wrapping_add_signed(d)));
            for x in 1..plane.w.saturating_sub(1) {
                let (gx, gy) = (slope(rows[1][x - 1], rows[1][x + 1]), slope(rows[0][x], rows[2][x]));
                // Most of a form is bare; a mask's edge is no print.
                if gx | gy != 0 && hidden[0][x] | hidden[1][x - 1] | hidden[1][x + 1] | hidden[2][x] == 0 {
                    row = added(row, [gx.wrapping_mul(gx), gx.wrapping_mul(gy), gy.wrapping_mul(gy)]);
                }
                after[x + 1] = added(above[x + 1], row);
            }
            after[plane.w] = added(above[plane.w], row);
        }
        let end = plane.h * wide;
        let last = plane.h.saturating_sub(1) * wide;
        totals.copy_within(last..last + wide, end);
        Self { wide: plane.w, high: plane.h, totals }
    }

    /// The lesser eigenvalue of the structure tensor over a square around a pixel, of slopes in grey levels per pixel, where it
    /// is at least `least`.
    fn corner(&self, (x, y): (usize, usize), side: usize, least: f64) -> Option<f64> {
        let above = (y - side / 2) * (self.wide + 1) + x - side / 2;
        let below = above + side * (self.wide + 1);
        let [a, b, c, d] = [above, above + side, below, below + side].map(|at| &self.totals[at]);
        // Slopes are taken over two pixels: a quarter of their products.
        let sum = |i: usize| f64::from(d[i].wrapping_add(a[i]).wrapping_sub(b[i]).wrapping_sub(c[i])) / 4.0;
        // The lesser eigenvalue is at most either of these.
        let (xx, yy) = (sum(0), sum(2));
        if xx < least || yy < least {
            return None;
        }
        let score = f64::midpoint(xx, yy) - (((xx - yy) / 2.0).powi(2) + sum(1).powi(2)).sqrt();
        (score >= least).then_some(score)
    }
}

fn slope(from: u8, to: u8) -> i32 {
    i32::from(to).wrapping_sub(i32::from(from))
}

fn added(a: [i32; 3], b: [i32; 3]) -> [i32; 3] {
    [a[0].wrapping_add(b[0]), a[1].wrapping_add(b[1]), a[2].wrapping_add(b[2])]
}
