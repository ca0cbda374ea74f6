//! How far the rows and the columns of print lean, from the sharpness of projection profiles. Works modulo a quarter
//! turn. Does not know any form.

#![expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]

use super::plane::Plane;
use fearless_simd::{Level, dispatch};

/// Widest lean searched, degrees: 15° of skew, and what unequal scales in x and y add to it.
const WIDEST: f64 = 18.0;
/// Coarse step, degrees: a row of print 200 mm long then misses its true lean by 0.7 mm at the end, less than its height.
const STEP: f64 = 0.4;
/// Fine step, degrees; the peak between steps is found by a parabola.
const FINE: f64 = 0.08;
/// Pixels per strip: within it the lean is ignored, at 15° that smears two pixels of 0.5 mm.
const STRIP: usize = 8;

/// Lean of rows and of columns, degrees clockwise. Equal unless the scan stretched a page that lay askew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lean {
    pub(super) rows: f64,
    pub(super) columns: f64,
}

/// Ink summed along short strips, ready to be shifted against each other.
pub(super) struct Strips {
    sums: Vec<f32>,
    count: usize,
    length: usize,
    /// Half the extent across the strips, pixels.
    across: f64,
}

impl Strips {
    /// Strips of columns, so that shifting them makes row profiles.
    pub(super) fn for_rows(plane: &Plane) -> Self {
        let count = plane.w.div_ceil(STRIP);
        let mut sums = vec![0.0; count * plane.h];
        for y in 0..plane.h {
            for (s, part) in plane.row(y).chunks(STRIP).enumerate() {
                sums[s * plane.h + y] = part.iter().map(|v| u32::from(*v)).sum::<u32>() as f32;
            }
        }
        Self { sums, count, length: plane.h, across: plane.w as f64 / 2.0 }
    }

    /// Strips of rows, so that shifting them makes column profiles.
    pub(super) fn for_columns(plane: &Plane) -> Self {
        let count = plane.h.div_ceil(STRIP);
        let mut sums = vec![0.0; count * plane.w];
        for y in 0..plane.h {
            let to = &mut sums[(y / STRIP) * plane.w..(y / STRIP + 1) * plane.w];
            to.iter_mut().zip(plane.row(y)).for_each(|(s, v)| *s += f32::from(*v));
        }
        Self { sums, count, length: plane.w, across: plane.h as f64 / 2.0 }
    }

    /// The profile along lines whose offset grows by `slope` per pixel across the strips. Entry `i` is pixel `i - margin`.
    pub(super) fn profile(&self, slope: f64, margin: usize) -> Vec<f32> {
        dispatch!(Level::new(), _width => self.profile_in_place(slope, margin))
    }

    #[inline(always)]
    fn profile_in_place(&self, slope: f64, margin: usize) -> Vec<f32> {
        let mut out = vec![0.0; self.length + 2 * margin];
        for s in 0..self.count {
            let centre = s as f64 * STRIP as f64 + STRIP as f64 / 2.0 - self.across;
            let start = (margin as f64 - (slope * centre).round()).max(0.0) as usize;
            let from = &self.sums[s * self.length..(s + 1) * self.length];
            out[start..].iter_mut().zip(from).for_each(|(o, v)| *o += v);
        }
        out
    }

    /// Room that shifting by the widest lean needs at either end.
    pub(super) fn margin(&self) -> usize {
        (self.across * (WIDEST + 1.0).to_radians().tan()).ceil() as usize + 1
    }

    fn sharpness(&self, slope: f64) -> f64 {
        let profile = self.profile(slope, self.margin());
        f64::from(profile.windows(2).map(|p| (p[1] - p[0]) * (p[1] - p[0])).sum::<f32>())
    }
}

/// The likely leans, best first; at least one.
pub(super) fn leans(rows: &Strips, columns: &Strips) -> Vec<Lean> {
    let steps = (2.0 * WIDEST / STEP).round() as usize;
    let degrees: Vec<f64> = (0..=steps).map(|i| i as f64 * STEP - WIDEST).collect();
    let r = relative(degrees.iter().map(|d| rows.sharpness(row_slope(*d))).collect());
    let c = relative(degrees.iter().map(|d| columns.sharpness(column_slope(*d))).collect());
    let both: Vec<f64> = r.iter().zip(&c).map(|(r, c)| r + c).collect();
    let joint = degrees[peak(&both)];
    let mut out = vec![refined(rows, columns, joint, joint)];
    let apart = (degrees[peak(&r)], degrees[peak(&c)]);
    // A page that lay askew and was then stretched leans differently along its rows and its columns.
    if (apart.0 - apart.1).abs() > 1.0 && (apart.0 - apart.1).abs() < 9.5 {
        out.push(refined(rows, columns, apart.0, apart.1));
    }
    // Where one direction has no straight edges at all, its peak is chance: the other's stands for both.
    for alone in [apart.0, apart.1] {
        if (alone - joint).abs() > 1.0 {
            out.push(refined(rows, columns, alone, alone));
        }
    }
    out
}

/// A row leaning clockwise by `d` degrees goes down (y grows) to the right.
pub(super) fn row_slope(d: f64) -> f64 {
    d.to_radians().tan()
}

/// A column leaning clockwise goes left as it goes down.
pub(super) fn column_slope(d: f64) -> f64 {
    -d.to_radians().tan()
}

/// Scores against their median, so that rows and columns weigh by how much they stand out.
fn relative(scores: Vec<f64>) -> Vec<f64> {
    let mut sorted = scores.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2].max(1.0);
    scores.into_iter().map(|s| s / median).collect()
}

fn peak(scores: &[f64]) -> usize {
    (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0)
}

/// Each direction on its own near its coarse peak; where a direction has no clear peak it follows the other.
fn refined(rows: &Strips, columns: &Strips, at_rows: f64, at_columns: f64) -> Lean {
    let (r, r_clear) = fine(at_rows, |d| rows.sharpness(row_slope(d)));
    let (c, c_clear) = fine(at_columns, |d| columns.sharpness(column_slope(d)));
    if (at_rows - at_columns).abs() < 1e-9 && (r - c).abs() > 0.3 {
        return if r_clear >= c_clear { Lean { rows: r, columns: r } } else { Lean { rows: c, columns: c } };
    }
    Lean { rows: r, columns: c }
}

/// The peak within a coarse step either side, and how far it stands above the edges of that range.
fn fine(at: f64, sharpness: impl Fn(f64) -> f64) -> (f64, f64) {
    let reach = (STEP * 1.25 / FINE).round() as i32;
    let scores: Vec<f64> = (-reach..=reach).map(|i| sharpness(at + f64::from(i) * FINE)).collect();
    let i = peak(&scores);
    let edge = scores[0].min(scores[scores.len() - 1]).max(1.0);
    let offset = if i == 0 || i + 1 == scores.len() { 0.0 } else { parabola(scores[i - 1], scores[i], scores[i + 1]) };
    (at + (i as f64 - f64::from(reach) + offset) * FINE, scores[i] / edge)
}

/// Where the top of the parabola through three equally spaced values lies, in steps from the middle one, −½ to ½.
pub(super) fn parabola(a: f64, b: f64, c: f64) -> f64 {
    let bend = a - 2.0 * b + c;
    if bend.abs() < 1e-12 { 0.0 } else { (0.5 * (a - c) / bend).clamp(-0.5, 0.5) }
}
