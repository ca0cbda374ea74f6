//! Straight strokes that the recogniser takes for a 1 and that may be none: slashes, lines through several cells, the sides of
//! frames, a scanner's streaks. Sees pixels, not scores.

use super::bounds;
use crate::read::components::Component;
use crate::read::patch::{Patch, SCALE, Window};
use crate::read::strokes::{STRAIGHT_MM, breadth_mm, extent_mm, is_straight, lean};

/// Where a stroke stands that was read as a 1.
#[derive(Debug, Clone, Copy)]
pub(in crate::read) enum Slash {
    /// Where no place is meant to be left unused.
    Anywhere,
    /// Where one may be, and a digit stands beside it.
    WhereUnused,
    /// Alone in a place for a whole number.
    Alone,
    /// Where it may be left out, and as tall as its place or nearly so.
    Tall,
}

/// Share of its cell's height from which a stroke is as tall.
pub(super) const AS_TALL: f64 = 0.8;

impl Slash {
    /// How far a 1 leans, as a share of its height, from which it may be a slash through an unused place: 38°, 33°, 27°, 20°. Of
    /// American ones 2, 7, 18 and 33 % lean by more, of Swiss ones 3, 5, 12 and 20 %.
    const fn leans(self) -> f64 {
        match self {
            Self::Anywhere => 0.78,
            Self::WhereUnused => 0.65,
            Self::Alone => 0.5,
            Self::Tall => 0.36,
        }
    }
}

/// Whether ink read as a 1 may as well be a slash that leaves the place unused.
pub(in crate::read) fn may_be_slash(pixels: &[usize], width: usize, slash: Slash) -> bool {
    is_straight(pixels, width) && lean(pixels, width).abs() > slash.leans()
}

/// How flat a dash is, how long as a share of its cell's width, how high at most, and where its middle stands, as shares of the cell's
/// height: no digit is so, and no piece of one that stands on a line.
const FLAT: usize = 2;
const DASH_LONG: std::ops::Range<f64> = 0.15..0.95;
const DASH_HIGH: f64 = 0.3;
const DASH_AT: std::ops::Range<f64> = 0.25..0.75;

/// Whether ink is a dash in the middle of its cell.
pub(super) fn is_dash(ink: &Window, cell: &Window) -> bool {
    let (w, h) = (ink.x1 - ink.x0, ink.y1 - ink.y0);
    let (wide, high) = ((cell.x1 - cell.x0) as f64, (cell.y1 - cell.y0) as f64);
    let at = (f64::midpoint(ink.y0 as f64, ink.y1 as f64) - cell.y0 as f64) / high;
    w >= FLAT * h && DASH_LONG.contains(&(w as f64 / wide)) && h as f64 <= DASH_HIGH * high && DASH_AT.contains(&at)
}

/// How near to a cell's side its own frame may lie on a sheet that is bent, mm; and how far it leans at most, as a share of its
/// height.
const SIDE_MM: f64 = 0.8;

const UPRIGHT: f64 = 0.1;

/// Whether ink read as a 1 that is as tall as its cell may be the side of the cell's frame, somewhat beside its place.
pub(super) fn may_be_side(pixels: &[usize], width: usize, window: &Window) -> bool {
    let Some(ink) = bounds(pixels, width) else { return false };
    let (x, near) = (ink.middle().0, (SIDE_MM * SCALE) as usize);
    let beside = x.abs_diff(window.x0).min(x.abs_diff(window.x1)) <= near;
    beside && is_straight(pixels, width) && lean(pixels, width).abs() < UPRIGHT
}

/// How near to the border between two cells strokes end that are one stroke through both, mm: the printed line and its blur hide
/// it there; and how far apart their ends lie along the border at most.
const MEET_MM: (f64, f64) = (0.7, 1.8);

/// Column and mean row of the left and of the right end of some ink.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    left: (usize, f64),
    right: (usize, f64),
}

impl Ends {
    pub(super) fn of(pixels: &[usize], ink: Window, width: usize) -> Self {
        let height_at = |x: usize| {
            let there: Vec<usize> = pixels.iter().filter(|&&i| i % width == x).map(|i| i / width).collect();
            there.iter().sum::<usize>() as f64 / there.len().max(1) as f64
        };
        let (left, right) = (ink.x0, ink.x1 - 1);
        Self { left: (left, height_at(left)), right: (right, height_at(right)) }
    }

    /// Whether a stroke and the one in the next cell, both read as a 1, may be one that crosses the border: a slash or a wavy line
    /// through cells that are not used. Ones stand clear of each other, or the top of one leans towards the foot of the next.
    pub(super) fn meet(self, next: Self, border: usize) -> bool {
        let near = |x: usize| x.abs_diff(border) as f64 <= MEET_MM.0 * SCALE;
        near(self.right.0) && near(next.left.0) && (self.right.1 - next.left.1).abs() <= MEET_MM.1 * SCALE
    }
}

/// A thin line through the whole patch, upright or leaning, far beyond the cells: the scanner's dust or a scratch, not a 1.
pub(super) fn is_streak(piece: &Component, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let thin = |length: usize| (piece.pixels.len() as f64) < 1.0 * SCALE * length as f64;
    let through = piece.bounds.y0 <= 1 && piece.bounds.y1 + 1 >= pen.height && w < h && thin(h);
    let along = piece.bounds.x0 <= 1 && piece.bounds.x1 + 1 >= pen.width && h < w && thin(w);
    through || along
}

/// Share of a straight line that lies in each of two cells from which it is one line through both.
const THROUGH_BOTH: f64 = 0.15;

/// Least length of such a line, as a share of a cell's width.
const LONG_ACROSS: f64 = 0.75;

/// Whether a straight stroke runs through several cells, as one does that says that nothing is written there: cut at the border,
/// its halves look like ones. It is long for that: what overshoots a border by a little lies in two cells as well.
pub(super) fn is_line_across(piece: &Component, (inside, windows): (&[usize], &[Window]), pen: &Patch) -> bool {
    let narrowest = windows.iter().map(|w| w.x1 - w.x0).min().unwrap_or(0);
    if extent_mm(piece) * SCALE < LONG_ACROSS * narrowest as f64 {
        return false;
    }
    let cells = inside.iter().filter(|n| **n as f64 > THROUGH_BOTH * piece.pixels.len() as f64).count();
    cells > 1 && breadth_mm(&piece.pixels, pen.width) < STRAIGHT_MM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_that_meet_at_the_border_of_two_cells_are_no_ones() {
        let width: usize = 128;
        // Strokes 4 px broad from foot to top, cut at the border of two cells of 64 px.
        let meet = |strokes: &[[(f64, f64); 2]]| {
            let near = |x: f64, y: f64, [(x0, y0), (x1, y1)]: [(f64, f64); 2]| {
                let t = (((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0).powi(2) + (y1 - y0).powi(2))).clamp(0.0, 1.0);
                (x - x0 - t * (x1 - x0)).hypot(y - y0 - t * (y1 - y0)) <= 2.0
            };
            let all = (0..width * 80).filter(|i| (i % width).abs_diff(64) > 2);
            let inked = all.filter(|i| strokes.iter().any(|s| near((i % width) as f64, (i / width) as f64, *s)));
            let (left, right): (Vec<usize>, Vec<usize>) = inked.partition(|i| i % width < 64);
            let ends = |pixels: Vec<usize>| {
                let ink = bounds(&pixels, width).expect("ink");
                Ends::of(&pixels, ink, width)
            };
            ends(left).meet(ends(right), 64)
        };
        assert!(meet(&[[(20.0, 60.0), (110.0, 10.0)]]), "a slash");
        assert!(meet(&[[(45.0, 75.0), (80.0, 5.0)]]), "a steep one");
        assert!(meet(&[[(10.0, 50.0), (64.0, 30.0)], [(64.0, 30.0), (120.0, 50.0)]]), "a wave");
        assert!(!meet(&[[(32.0, 70.0), (32.0, 10.0)], [(96.0, 70.0), (96.0, 10.0)]]), "ones");
        assert!(!meet(&[[(30.0, 70.0), (60.0, 10.0)], [(68.0, 70.0), (98.0, 10.0)]]), "ones that lean");
    }

    #[test]
    fn a_one_that_leans_far_may_be_a_slash() {
        // A line 30 pixels tall and two wide that leans by so much of its height.
        let line = |lean: f64| -> Vec<usize> {
            (0..30).flat_map(|y| [0, 1].map(|x| y * 100 + x + (40.0 + lean * (15.0 - y as f64)) as usize)).collect()
        };
        for side in [1.0, -1.0] {
            let is_slash = |lean: f64, slash: Slash| may_be_slash(&line(lean * side), 100, slash);
            assert!(is_slash(0.9, Slash::Anywhere));
            assert!(!is_slash(0.6, Slash::Anywhere), "many people's ones lean as much");
            assert!(is_slash(0.7, Slash::WhereUnused) && !is_slash(0.6, Slash::WhereUnused));
            assert!(is_slash(0.6, Slash::Tall) && !is_slash(0.2, Slash::Tall));
        }
    }

    #[test]
    fn a_dash_is_flat_and_stands_in_the_middle() {
        let cell = Window { x0: 100, x1: 160, y0: 10, y1: 70 };
        let ink = |x0, x1, y0, y1| Window { x0, x1, y0, y1 };
        assert!(is_dash(&ink(110, 145, 36, 44), &cell));
        assert!(!is_dash(&ink(110, 145, 60, 68), &cell), "a foot");
        assert!(!is_dash(&ink(110, 145, 30, 60), &cell), "as high as wide");
        assert!(!is_dash(&ink(126, 132, 38, 41), &cell), "a dot");
    }

    #[test]
    fn a_broad_line_is_as_straight_as_a_thin_one() {
        // A felt pen's line of a millimetre, 5 mm high, and a レ of the same pen.
        let at = |x: usize, y: usize| (0..8).map(move |k| y * 100 + x + k);
        let line: Vec<usize> = (0..40).flat_map(|y| at(50 - y, y)).collect();
        let tick: Vec<usize> = (0..40).flat_map(|y| at(30, y)).chain((20..40).flat_map(|y| at(70 - y, y))).collect();
        assert!(may_be_slash(&line, 100, Slash::Anywhere));
        assert!(is_straight(&line, 100) && !is_straight(&tick, 100));
    }

    #[test]
    fn an_upright_line_at_the_side_of_its_cell_may_be_the_frames() {
        let cell = Window { x0: 100, x1: 160, y0: 10, y1: 70 };
        let line = |x: usize, lean: usize| -> Vec<usize> {
            (14..66).flat_map(|y| [0, 1].map(|k| y * 300 + x + k + (66 - y) * lean / 52)).collect()
        };
        assert!(may_be_side(&line(104, 0), 300, &cell) && may_be_side(&line(153, 2), 300, &cell));
        assert!(!may_be_side(&line(128, 0), 300, &cell), "in the middle");
        assert!(!may_be_side(&line(104, 12), 300, &cell), "leaning");
    }
}
