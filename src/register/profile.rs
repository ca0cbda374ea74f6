//! Which form, which way up, how large and where, roughly: the page's row and column profiles against each form's.
//! Finds candidates only; whether one is right is for the anchors to say.

use super::fit::Map;
use super::ink::Ink;
use super::reference::Reference;
use super::skew::{Lean, Strips, column_slope, leans, row_slope};
use crate::geometry::Rotation;

/// Scales searched: 85–115 % and room for a nominal resolution slightly off. Step 1 %: at the edge of an A4 sheet
/// half a step is 0.7 mm, well within the reach of the coarse anchors.
const SCALES: (f32, f32, f32) = (0.83, 1.17, 0.01);
/// How far the middle of the form may lie from the middle of the picture beyond what a larger picture allows, mm:
/// 20 mm of shift, and a page cut off by up to 30 mm at an edge.
const SHIFT_MM: usize = 36;
/// Candidates kept per axis: the right one and its slips by a row either way.
const PER_AXIS: usize = 3;
/// Candidates compared in two dimensions.
const COMPARED: usize = 40;
/// Candidates kept per form page: so that another edition has its say.
const PER_FORM: usize = 3;

/// Ink per mm along one axis, square-rooted so that one long rule does not outweigh ten rows of text.
/// Entry `i` covers `i - n/2` to `i - n/2 + 1` mm from the middle.
#[derive(Debug, Clone)]
pub(super) struct Profile(Vec<f32>);

/// A place where a form may lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hypothesis {
    /// Index into the references.
    pub(super) reference: usize,
    pub(super) rotation: Rotation,
    /// Form mm to pixels of the finest ink plane.
    pub(super) map: Map,
    /// Correlation in two dimensions at 2 mm, −1 to 1.
    pub(super) score: f32,
}

/// The likely places over all references, best first, at most `keep`.
pub(super) fn hypotheses(ink: &Ink, references: &[Reference], keep: usize) -> Vec<Hypothesis> {
    let half = &ink.planes[1];
    let (rows, columns) = (Strips::for_rows(half), Strips::for_columns(half));
    let mut guesses: Vec<(f32, Hypothesis)> = Vec::new();
    for lean in leans(&rows, &columns) {
        let sides = Sides::of(ink, &rows, &columns, lean);
        for (i, reference) in references.iter().enumerate() {
            guesses.extend(sides.guesses(ink, i, reference));
        }
    }
    guesses.sort_by(|a, b| b.0.total_cmp(&a.0));
    guesses.truncate(COMPARED);
    let mut out: Vec<Hypothesis> = guesses.into_iter().map(|(_, h)| h).collect();
    for h in &mut out {
        h.score = references[h.reference].likeness(ink, &h.map);
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score));
    distinct(out, references, keep)
}

/// Drops places that a better one of the same form lies within 4 mm of: the anchors would find the same from both.
fn distinct(all: Vec<Hypothesis>, references: &[Reference], keep: usize) -> Vec<Hypothesis> {
    let mut out: Vec<Hypothesis> = Vec::new();
    for h in all {
        let corners = references[h.reference].corners();
        let near = |o: &Hypothesis| {
            o.reference == h.reference
                && o.rotation == h.rotation
                && corners.iter().all(|p| {
                    let (a, b) = (o.map.at(*p), h.map.at(*p));
                    (a.0 - b.0).hypot(a.1 - b.1) < 16.0
                })
        };
        let of_form = out.iter().filter(|o| o.reference == h.reference).count();
        if of_form < PER_FORM && !out.iter().any(near) {
            out.push(h);
        }
        if out.len() == keep {
            break;
        }
    }
    out
}

/// The page's profiles along both axes for one lean.
struct Sides {
    lean: Lean,
    /// Across (columns), forward and reversed.
    u: [Side; 2],
    /// Down (rows), forward and reversed.
    v: [Side; 2],
}

impl Sides {
    fn of(ink: &Ink, rows: &Strips, columns: &Strips, lean: Lean) -> Self {
        let (w, h) = (ink.planes[1].w as f64, ink.planes[1].h as f64);
        let (mx, my) =
            (2.0 * lean.columns.to_radians().cos() / ink.px_per_mm.0, 2.0 * lean.rows.to_radians().cos() / ink.px_per_mm.1);
        let u = Profile::of(&columns.profile(column_slope(lean.columns), columns.margin()), mx);
        let v = Profile::of(&rows.profile(row_slope(lean.rows), rows.margin()), my);
        let (wide, high) = ((w * mx) as usize, (h * my) as usize);
        Self { lean, u: Side::both(u, wide), v: Side::both(v, high) }
    }

    fn guesses(&self, ink: &Ink, index: usize, reference: &Reference) -> Vec<(f32, Hypothesis)> {
        let mut out = Vec::new();
        for rotation in Rotation::ALL {
            // Which side of the page the form's x and y axes run along, and whether backwards.
            let (x, y) = match rotation {
                Rotation::R0 => (&self.u[0], &self.v[0]),
                Rotation::R90 => (&self.v[0], &self.u[1]),
                Rotation::R180 => (&self.u[1], &self.v[1]),
                Rotation::R270 => (&self.v[1], &self.u[0]),
            };
            let (along_x, along_y) = (x.fits(&reference.profiles.0), y.fits(&reference.profiles.1));
            for fx in &along_x {
                for fy in &along_y {
                    let map = self.map(ink, reference, rotation, *fx, *fy);
                    // Copies stretch one way by a few per cent, not by thirty.
                    let stretch = (fx.scale - fy.scale).abs();
                    let score = fx.score + fy.score - 0.5 * (stretch - 0.06).max(0.0);
                    out.push((score, Hypothesis { reference: index, rotation, map, score: 0.0 }));
                }
            }
        }
        out
    }

    /// Form mm → mm across and down the levelled page → pixels.
    fn map(&self, ink: &Ink, reference: &Reference, rotation: Rotation, fx: Fit, fy: Fit) -> Map {
        let (sx, tx) = (f64::from(fx.scale), f64::from(fx.shift) - f64::from(fx.scale) * reference.width_mm / 2.0);
        let (sy, ty) = (f64::from(fy.scale), f64::from(fy.shift) - f64::from(fy.scale) * reference.height_mm / 2.0);
        // Rows: across, down; columns: x, y, 1.
        let [u, v] = match rotation {
            Rotation::R0 => [[sx, 0.0, tx], [0.0, sy, ty]],
            Rotation::R90 => [[0.0, -sy, -ty], [sx, 0.0, tx]],
            Rotation::R180 => [[-sx, 0.0, -tx], [0.0, -sy, -ty]],
            Rotation::R270 => [[0.0, sy, ty], [-sx, 0.0, -tx]],
        };
        let (rs, cs) = (row_slope(self.lean.rows), column_slope(self.lean.columns));
        let ku = ink.px_per_mm.0 / self.lean.columns.to_radians().cos();
        let kv = ink.px_per_mm.1 / self.lean.rows.to_radians().cos();
        let d = 1.0 - rs * cs;
        let (w, h) = (ink.planes[1].w as f64, ink.planes[1].h as f64);
        let x = |i: usize| (u[i] * ku + cs * v[i] * kv) / d;
        let y = |i: usize| (v[i] * kv + rs * u[i] * ku) / d;
        Map::new([x(0), x(1), x(2) + w, y(0), y(1), y(2) + h, 0.0, 0.0, 1.0])
    }
}

impl Profile {
    /// From a profile in pixels whose middle is the middle of the picture.
    pub(super) fn of(pixels: &[f32], mm_per_px: f64) -> Self {
        let half = (pixels.len() as f64 * mm_per_px / 2.0).ceil();
        let mut bins = vec![0.0_f32; 2 * half as usize + 1];
        for (i, v) in pixels.iter().enumerate() {
            let left = (i as f64 - pixels.len() as f64 / 2.0) * mm_per_px + half;
            let (a, b) = (left.max(0.0), left + mm_per_px);
            let first = a as usize;
            // A pixel is at most one bin wide: it lies in one bin or two.
            let over = ((b - (first + 1) as f64) / (b - a)).clamp(0.0, 1.0) as f32;
            bins[first] += v * (1.0 - over);
            if over > 0.0 && first + 1 < bins.len() {
                bins[first + 1] += v * over;
            }
        }
        bins.truncate(2 * half as usize);
        bins.iter_mut().for_each(|v| *v = v.sqrt());
        Self(bins)
    }

    /// Stretched about its middle, mean taken off, length one.
    fn scaled(&self, scale: f32) -> Vec<f32> {
        let n = self.0.len();
        let wide = (n as f32 * scale).round() as usize;
        let mut out: Vec<f32> = (0..wide)
            .map(|k| {
                let at = (k as f32 + 0.5 - wide as f32 / 2.0) / scale + n as f32 / 2.0 - 0.5;
                let low = (at.max(0.0) as usize).min(n - 2);
                let t = (at - low as f32).clamp(0.0, 1.0);
                self.0[low] + (self.0[low + 1] - self.0[low]) * t
            })
            .collect();
        let mean = out.iter().sum::<f32>() / wide as f32;
        let norm = out.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>().sqrt().max(1e-6);
        out.iter_mut().for_each(|v| *v = (*v - mean) / norm);
        out
    }
}

/// One axis of the page in one direction, with sums ready for correlation.
struct Side {
    padded: Vec<f32>,
    sums: Vec<f32>,
    squares: Vec<f32>,
    extent: usize,
}

/// A form's axis laid on the page's: page mm from its middle = scale × form mm from its middle + shift.
#[derive(Debug, Clone, Copy)]
struct Fit {
    score: f32,
    scale: f32,
    shift: f32,
}

const PAD: usize = 400;

impl Side {
    fn both(profile: Profile, extent: usize) -> [Self; 2] {
        let mut reversed = profile.clone();
        reversed.0.reverse();
        [Self::new(&profile, extent), Self::new(&reversed, extent)]
    }

    fn new(profile: &Profile, extent: usize) -> Self {
        let mut padded = vec![0.0; PAD];
        padded.extend_from_slice(&profile.0);
        padded.resize(padded.len() + PAD, 0.0);
        let mut sums = vec![0.0];
        let mut squares = vec![0.0];
        for (i, v) in padded.iter().enumerate() {
            sums.push(sums[i] + v);
            squares.push(squares[i] + v * v);
        }
        Self { padded, sums, squares, extent }
    }

    /// The best few fits that differ by more than the anchors' reach.
    fn fits(&self, form: &Profile) -> Vec<Fit> {
        let mut found: Vec<Fit> = Vec::new();
        let steps = ((SCALES.1 - SCALES.0) / SCALES.2).round() as usize;
        for step in 0..=steps {
            let scale = SCALES.0 + step as f32 * SCALES.2;
            self.peaks(&form.scaled(scale), scale, &mut found);
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut out: Vec<Fit> = Vec::new();
        for f in found {
            if !out.iter().any(|o| (o.shift - f.shift).abs() < 4.0 && (o.scale - f.scale).abs() < 0.025) {
                out.push(f);
            }
            if out.len() == PER_AXIS {
                break;
            }
        }
        out
    }

    fn peaks(&self, form: &[f32], scale: f32, into: &mut Vec<Fit>) {
        let middle = self.padded.len() / 2;
        let slack = (self.extent.saturating_sub(form.len()) / 2 + SHIFT_MM) as i64;
        let start = middle as i64 - form.len() as i64 / 2;
        let score = |t: i64| usize::try_from(start + t).map_or(-1.0, |at| self.correlation(form, at));
        let scores: Vec<f32> = (-slack..=slack).map(score).collect();
        for i in 1..scores.len() - 1 {
            if scores[i] >= scores[i - 1] && scores[i] > scores[i + 1] && scores[i] > 0.1 {
                let odd = if form.len() % 2 == 1 { 0.5 } else { 0.0 };
                into.push(Fit { score: scores[i], scale, shift: (i as i64 - slack) as f32 + odd });
            }
        }
    }

    fn correlation(&self, form: &[f32], at: usize) -> f32 {
        let end = at + form.len();
        if end > self.padded.len() {
            return -1.0;
        }
        let n = form.len() as f32;
        let (sum, square) = (self.sums[end] - self.sums[at], self.squares[end] - self.squares[at]);
        let variance = square - sum * sum / n;
        if variance < 1.0 {
            return -1.0;
        }
        dot(form, &self.padded[at..end]) / variance.sqrt()
    }
}

/// Eight running sums, so that the compiler may use wide registers; the order of additions is fixed.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (mut ca, mut cb) = (a.chunks_exact(8), b.chunks_exact(8));
    for (x, y) in (&mut ca).zip(&mut cb) {
        for i in 0..8 {
            lanes[i] += x[i] * y[i];
        }
    }
    let rest: f32 = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f32>() + rest
}
