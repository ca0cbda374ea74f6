//! Ink that is paler than any threshold for single pixels may be: strokes that show only when neighbouring pixels are taken
//! together. Sought where no stroke was seen, so that no field counts as blank because its pen hardly wrote. Does not say what
//! they are.

use super::components::{Component, components, dilate};
use super::fading::is_stroke;
use super::frame::Aligned;
use super::patch::{Patch, SCALE, Window};
use super::print::MOST_SWELLING;
use super::strokes::{Strokes, core};
use super::tone::{Tone, median};
use fearless_simd::{Level, dispatch};

/// Pixels to each side over which ink is averaged: 0.6 mm in all, a ball-point's line and a little more.
const REACH: usize = 2;

/// Least averaged ink above the paper's: deviations of averaged paper, share of the print's, and grey levels, of which
/// compression leaves a few. Measured: copies of copies leave 0.05 of pale writing, at a deviation of 0.006.
const DEVIATIONS: f32 = 5.0;
const PALEST: f32 = 0.03;
const LEVELS: f32 = 5.0;

/// Thinnest stroke, averaged, pixels; of how many pixels one may lie where it is solid: what has more is a shade.
const THINNEST: usize = 3;
const SOLID: usize = 3;

/// How many times longer than broad, and how long in mm, what runs across or along the sheet is the edge of a fold or of what
/// lies under the sheet: longer than the strokes of digits.
const STRAIGHT: usize = 4;
const LONG_MM: (f64, f64) = (4.0, 10.0);

/// Every how many pixels paper is measured, and the fewest that tell its noise.
const EVERY: usize = 7;
const LEAST_PAPER: usize = 60;

/// Least fields with pale strokes, and of how many of all fields one, from which the whole page's pen is pale.
const FIELDS: (usize, usize) = (3, 6);

/// How many times more strokes than lie beside fields by chance must lie in one.
const DENSER: f64 = 3.0;

/// Pale strokes in some fields and beside them, and the areas looked at, mm².
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pale {
    inside: usize,
    inside_mm2: f64,
    outside: usize,
    outside_mm2: f64,
}

impl Pale {
    /// Those of a field's neighbourhood; `windows` is where something may be written, `theirs` where other fields are. On a
    /// scan with colour `all` is the same neighbourhood with its red ink, of which the pen's picture keeps a pale rest.
    pub fn of(
        (aligned, tone): (&Aligned, &Tone),
        strokes: &Strokes,
        all: Option<&Patch>,
        (windows, theirs): (&[Window], &[Window]),
    ) -> Self {
        let pen = &aligned.pen;
        let away = &aligned.print.away;
        let ink = averaged(&without_print(&pen.ink, away), pen.width);
        let paper: Vec<f32> = (0..ink.len()).step_by(EVERY).filter(|&i| is_clear(away[i])).map(|i| ink[i]).collect();
        if paper.len() < LEAST_PAPER {
            return Self::default();
        }
        let mm2 = |pixels: usize| pixels as f64 / (SCALE * SCALE);
        let mut found = Self { inside_mm2: mm2(windows.iter().map(Window::area).sum()), ..Self::default() };
        let others = mm2(theirs.iter().map(Window::area).sum());
        found.outside_mm2 = (mm2(paper.len() * EVERY) - found.inside_mm2 - others).max(0.0);
        let least = palest(paper, tone);
        let mut mask = over(&ink, least, away);
        if !mask.contains(&true) {
            return found;
        }
        without_shades(&mut mask, away, pen.width);
        let mut known = all.map_or_else(|| vec![false; mask.len()], |all| red(all, pen));
        let seen = strokes.pieces.iter().chain(strokes.doubts()).chain(&strokes.smudges);
        seen.flat_map(|piece| &piece.pixels).for_each(|&i| known[i] = true);
        let fresh = |piece: &Component| !piece.pixels.iter().any(|&i| known[i]);
        let sheet = Averaged { ink: &ink, away, width: pen.width, dim: least / 2.0 };
        for piece in components(&mask, pen.width).iter().filter(|p| is_drawn(p, pen) && fresh(p) && !sheet.goes_on(p)) {
            let within = piece.bounds.lies_in_one_of(windows);
            found.inside += usize::from(within);
            found.outside += usize::from(!within && !piece.bounds.lies_in_one_of(theirs));
        }
        found
    }

    /// Counts those of another field as well.
    pub fn add(&mut self, other: &Self) {
        self.inside += other.inside;
        self.inside_mm2 += other.inside_mm2;
        self.outside += other.outside;
        self.outside_mm2 += other.outside_mm2;
    }

    /// Whether there are strokes in the field that do not lie there as they lie everywhere on this page, of all of whose
    /// neighbourhoods `page` is the sum: what shines through from the back minds no field.
    pub fn is_written(&self, page: &Self) -> bool {
        let by_chance = page.outside as f64 / page.outside_mm2.max(1.0) * self.inside_mm2;
        self.inside as f64 > DENSER * by_chance
    }
}

/// Whether `pale` of all `fields` of a page with pale strokes are too many for single faint marks.
pub const fn is_the_pens(pale: usize, fields: usize) -> bool {
    pale >= FIELDS.0 && pale * FIELDS.1 >= fields
}

/// Choices of a page, and their share of its fields, of which nobody can say whether they are marked, from which blanks are no surer:
/// a pale pencil on a small photograph. Where hardly any choice is sure the reason is the form's.
const IN_DOUBT: (usize, usize) = (8, 3);
const NOT_ALL: usize = 10;

/// Whether so many in doubt of all `choices` and `fields` of a page say that what looks blank may be written on as well.
pub const fn are_the_pages(in_doubt: usize, choices: usize, fields: usize) -> bool {
    in_doubt >= IN_DOUBT.0 && in_doubt * IN_DOUBT.1 >= fields && (choices - in_doubt) * NOT_ALL >= choices
}

/// How much darker red ink is in a picture that shows it, share of the print's ink, and how far its rim reaches, pixels: the
/// two pictures may lie a little apart.
const RED: f32 = 0.15;
const RIM: usize = 4;

/// What is red around, of a patch with and one without red ink.
fn red(all: &Patch, pen: &Patch) -> Vec<bool> {
    let darker: Vec<bool> = all.ink.iter().zip(&pen.ink).map(|(all, pen)| all - pen > RED).collect();
    dilate(&darker, pen.width, RIM)
}

/// Averaged ink from which there is more than paper.
fn palest(mut paper: Vec<f32>, tone: &Tone) -> f32 {
    let level = median(&mut paper);
    let mut off: Vec<f32> = paper.iter().map(|v| (v - level).abs()).collect();
    // 1.4826 × the median absolute deviation estimates a normal deviation.
    level + (DEVIATIONS * 1.4826 * median(&mut off)).max(PALEST).max(LEVELS / tone.contrast as f32)
}

/// Share of a row's or a column's paper from which what darkens it is the shade of a fold, print between its parts or not,
/// and from which one beside such a row still lies in it.
const SHADED: (f64, f64) = (0.5, 0.1);

/// Takes out the rows and columns of a patch that are dark along most of their length.
fn without_shades(mask: &mut [bool], away: &[u8], width: usize) {
    let (mut rows, mut columns) = (vec![(0_u32, 0_u32); mask.len() / width], vec![(0, 0); width]);
    for (i, (dark, _)) in mask.iter().zip(away).enumerate().filter(|(_, (_, away))| is_clear(**away)) {
        for (all, inked) in [&mut rows[i / width], &mut columns[i % width]] {
            *all += 1;
            *inked += u32::from(*dark);
        }
    }
    let (rows, columns) = (shaded(&rows, width), shaded(&columns, mask.len() / width));
    for (i, dark) in mask.iter_mut().enumerate() {
        *dark &= !rows[i / width] && !columns[i % width];
    }
}

/// Which of some lines of that many pixels lie in a shade; of each how many pixels are paper, at least half of them, and how
/// many of those are dark.
fn shaded(lines: &[(u32, u32)], length: usize) -> Vec<bool> {
    let over = |(all, dark): (u32, u32), share: f64| 2 * all as usize >= length && f64::from(dark) > share * f64::from(all);
    let mut out: Vec<bool> = lines.iter().map(|line| over(*line, SHADED.0)).collect();
    for i in 1..out.len() {
        out[i] |= out[i - 1] && over(lines[i], SHADED.1);
    }
    for i in (1..out.len()).rev() {
        out[i - 1] |= out[i] && over(lines[i - 1], SHADED.1);
    }
    out
}

/// Whether a piece is long and thin like a stroke, lies whole in what is looked at, and does not run straight across or along
/// the sheet.
fn is_drawn(piece: &Component, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let long = |pixels: usize, mm: f64| pixels as f64 >= mm * SCALE;
    let straight = w >= STRAIGHT * h && long(w, LONG_MM.0) || h >= STRAIGHT * w && long(h, LONG_MM.1);
    let thin = w.min(h) >= THINNEST && core(piece, pen.width).len() * SOLID < piece.pixels.len();
    is_stroke(piece) && thin && !piece.bounds.comes_in(pen) && !straight
}

/// Breadth of the edge of a fold's shade or of a streak, pixels; how far it leans from across or along the sheet (3°); and how
/// far beside it, pixels, the paper is light again on one side at least.
const EDGE: usize = 8;
const LEAN: f64 = 0.05;
const BESIDE: f64 = 12.0;

/// Share of every quarter of such a line that is dim, and the most of the line beside it.
const DIM: (f64, f64) = (0.7, 0.5);

/// Every how many pixels a line is looked at.
const STEP: usize = 2;

/// The averaged ink of a patch, and from which on it is more than noise along a line, though too pale to be a stroke by itself.
struct Averaged<'a> {
    ink: &'a [f32],
    away: &'a [u8],
    width: usize,
    dim: f32,
}

impl Averaged<'_> {
    /// Whether a piece is the darker part of a line that goes on straight to the edges of what is looked at: of a fold's shade or a
    /// streak, which lean with the sheet. What somebody wrote ends where the field does.
    fn goes_on(&self, piece: &Component) -> bool {
        let (b, size) = (&piece.bounds, (self.width, self.ink.len() / self.width.max(1)));
        let middle = (f64::midpoint(b.x0 as f64, b.x1 as f64), f64::midpoint(b.y0 as f64, b.y1 as f64));
        let dim = |x: usize, y: usize| {
            let i = y * self.width + x;
            is_clear(self.away[i]).then(|| self.ink[i] > self.dim)
        };
        b.y1 - b.y0 <= EDGE && is_on_a_line(size, middle, dim)
            || b.x1 - b.x0 <= EDGE && is_on_a_line((size.1, size.0), (middle.1, middle.0), |along, across| dim(across, along))
    }
}

/// Whether a dim line goes through a point from one end to the other of a patch of that length and breadth; `dim` is asked along
/// and across, and knows nothing where there is print.
fn is_on_a_line((length, breadth): (usize, usize), through: (f64, f64), dim: impl Fn(usize, usize) -> Option<bool>) -> bool {
    let quarters = |lean: f64, beside: f64| {
        let mut quarters = [(0_u32, 0_u32); 4];
        for along in (0..length).step_by(STEP) {
            let across = through.1 + lean * (along as f64 - through.0) + beside;
            if across >= 0.0
                && (across as usize) < breadth
                && let Some(dim) = dim(along, across as usize)
            {
                let (all, inked) = &mut quarters[along * 4 / length];
                *all += 1;
                *inked += u32::from(dim);
            }
        }
        quarters
    };
    let least = (length / STEP / 4 / 2) as u32;
    let is_line = |lean: f64| {
        let all = quarters(lean, 0.0);
        let light = |beside: f64| {
            let (all, inked) = quarters(lean, beside).into_iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
            f64::from(inked) < DIM.1 * f64::from(all)
        };
        all.iter().all(|(all, inked)| *all >= least.max(1) && f64::from(*inked) >= DIM.0 * f64::from(*all))
            && (light(-BESIDE) || light(BESIDE))
    };
    let most = (LEAN * length as f64 / 2.0) as i32;
    length as f64 >= LONG_MM.1 * SCALE && (-most..=most).any(|k| is_line(f64::from(k) * 2.0 / length as f64))
}

/// Whether a pixel lies farther from print than the fattest print reaches.
const fn is_clear(away: u8) -> bool {
    away as usize > MOST_SWELLING
}

/// The ink that is clear of print.
fn without_print(ink: &[f32], away: &[u8]) -> Vec<f32> {
    let mut out = ink.to_vec();
    dispatch!(Level::new(), _width => {
        for (ink, away) in out.iter_mut().zip(away) {
            *ink = if is_clear(*away) { *ink } else { 0.0 };
        }
        out
    })
}

/// Where there is ink over `least` that is clear of print.
fn over(ink: &[f32], least: f32, away: &[u8]) -> Vec<bool> {
    let mut out = vec![false; ink.len()];
    dispatch!(Level::new(), _width => {
        for (out, (ink, away)) in out.iter_mut().zip(ink.iter().zip(away)) {
            *out = (*ink > least) & is_clear(*away);
        }
        out
    })
}

/// The mean of the square around each pixel; what lies beyond the edges is paper.
fn averaged(ink: &[f32], width: usize) -> Vec<f32> {
    let share = 1.0 / ((2 * REACH + 1) * (2 * REACH + 1)) as f32;
    let mut across = ink.to_vec();
    dispatch!(Level::new(), _width => {
        for (to, from) in across.chunks_mut(width.max(1)).zip(ink.chunks(width.max(1))) {
            for by in 1..=REACH.min(from.len()) {
                add(&mut to[by..], from);
                add(to, &from[by..]);
            }
        }
        let mut sums = across.clone();
        for by in (1..=REACH).map(|rows| (rows * width).min(ink.len())) {
            add(&mut sums[by..], &across);
            add(&mut sums, &across[by..]);
        }
        for sum in &mut sums {
            *sum *= share;
        }
        sums
    })
}

/// Adds what the other values are, as far as both reach.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]
fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_choices_in_doubt_beside_some_that_are_none_are_the_pages() {
        assert!(are_the_pages(27, 44, 48));
        assert!(!are_the_pages(7, 12, 12), "a few");
        assert!(!are_the_pages(8, 30, 40), "of many");
        assert!(!are_the_pages(20, 20, 30), "all of them: what is asked is the form's doing");
    }

    /// A patch of 120 by 11 mm in which ink stands where `ink` says, by pixels.
    fn goes_on(ink: impl Fn(usize, usize) -> f32) -> Vec<bool> {
        let (width, height) = (960, 88);
        let ink: Vec<f32> = (0..width * height).map(|i| ink(i % width, i / width)).collect();
        let away = vec![u8::MAX; ink.len()];
        let sheet = Averaged { ink: &ink, away: &away, width, dim: 0.015 };
        components(&over(&ink, 0.03, &away), width).iter().map(|piece| sheet.goes_on(piece)).collect()
    }

    /// Whether a pixel lies on a line that leans by a hundredth.
    fn on_line(x: usize, y: usize) -> bool {
        (40..44).contains(&(y as i32 - x as i32 / 100))
    }

    #[test]
    fn the_edge_of_a_folds_shade_goes_on_beyond_its_darker_parts() {
        let darker = |x: usize| x % 120 < 25;
        let edge = goes_on(|x, y| {
            if !on_line(x, y) {
                0.0
            } else if darker(x) {
                0.045
            } else {
                0.02
            }
        });
        assert_eq!(edge, [true; 8]);
        // Nothing between the parts: a pen's own, as far as it goes.
        assert_eq!(goes_on(|x, y| if on_line(x, y) && darker(x) { 0.045 } else { 0.0 }), [false; 8]);
        // A pale line that somebody drew ends within what is looked at.
        let within = |x: usize| (100..860).contains(&x);
        let drawn = goes_on(|x, y| if on_line(x, y) && within(x) { if darker(x) { 0.045 } else { 0.02 } } else { 0.0 });
        assert!(drawn.contains(&false) && !drawn.contains(&true), "{drawn:?}");
        // In the midst of a broad shade nothing is an edge.
        assert_eq!(goes_on(|x, y| if on_line(x, y) && darker(x) { 0.045 } else { 0.02 }), [false; 8]);
        // What stands on the edge and out of it is no part of it.
        let on_it = goes_on(|x, y| {
            if (20..60).contains(&y) && (500..504).contains(&x) || on_line(x, y) && darker(x) {
                0.045
            } else {
                0.02 * f32::from(on_line(x, y))
            }
        });
        assert_eq!(on_it.iter().filter(|on| !**on).count(), 1, "{on_it:?}");
    }
}
