//! Streaks of a scanner: thin straight lines from one side of what is looked at to the other, in one piece, or in several where
//! the print that was taken off or a stroke of the pen lies over them. Sees one patch; does not know of fields.

use super::components::Component;
use super::patch::{Patch, SCALE};
use super::strokes::{STRAIGHT_MM, breadth_mm};

/// A thin line from one side of what is looked at to the other: a scanner's streak, a scratch, a fold. Round choices what is
/// looked at reaches 6 mm and more beyond every box, farther than a mark does.
pub(super) fn is_streak(piece: &Component, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let thin = |length: usize| (piece.pixels.len() as f64) < 1.2 * SCALE * length as f64;
    let spans = |length: usize, whole: usize| length * 10 >= whole * 9;
    spans(h, pen.height) && w < h && thin(h) || spans(w, pen.width) && h < w && thin(w)
}

/// Least length of the pieces at both ends of a streak that is cut, mm.
const LEAST_END_MM: f64 = 1.5;

/// How far its pixels lie from the line at most, mm: half its breadth, and what scanning adds.
const HALF_MM: f64 = 0.4;

/// Longest gap in it, mm: a printed rule with its blur. Ones below each other in a table's rows stand farther apart.
const GAP_MM: f64 = 1.2;

/// The same where it crosses a rule aslant, as on a sheet that was fed askew: breadth of both together, mm, which hides it for that
/// much divided by how far it leans; from which lean on, and how long at most, mm. What people write below each other does not
/// lean with the scanner.
const ASLANT_MM: f64 = 0.9;
const ASLANT: f64 = 0.1;
const LONG_GAP_MM: f64 = 6.0;

/// How far it leans at most, as a share of its length: pages are followed to 15°.
const LEANS: f64 = 0.3;

/// How much of a piece must lie on the line for it to be a part of it.
const PART: f64 = 0.9;

/// How long a streak must run through a stroke for it to be in doubt, mm.
const CROSSED_MM: f64 = 1.5;

/// The straight line of a streak through a patch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streak {
    /// From top to bottom rather than from left to right.
    upright: bool,
    /// Where it begins, across its direction, pixels; and how far it moves for each pixel along it.
    at: f64,
    lean: f64,
}

/// The streaks through a patch that the print lies over, or the pen. `inked` says where there is any ink.
pub(super) fn cut_streaks(pieces: &[Component], inked: &[bool], pen: &Patch) -> Vec<Streak> {
    let found = |upright: bool| {
        let ends = |last: bool| pieces.iter().filter(move |p| is_end(p, (upright, last), pen)).collect::<Vec<_>>();
        let (first, last) = (ends(false), ends(true));
        let pairs = first.into_iter().flat_map(move |a| last.clone().into_iter().map(move |b| (a, b)));
        pairs.filter_map(move |(a, b)| {
            let streak = Streak::through(middle(a, pen.width), middle(b, pen.width), upright)?;
            let is_one = streak.holds(a, pen.width) && streak.holds(b, pen.width) && streak.runs_through(inked, pen);
            is_one.then_some(streak)
        })
    };
    [true, false].into_iter().flat_map(found).collect()
}

/// Whether a piece is straight and comes in from the first or last side of the patch along a direction.
fn is_end(piece: &Component, (upright, last): (bool, bool), pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let b = piece.bounds;
    let (long, near) = match (upright, last) {
        (true, false) => (h, b.y0 <= 1),
        (true, true) => (h, b.y1 + 1 >= pen.height),
        (false, false) => (w, b.x0 <= 1),
        (false, true) => (w, b.x1 + 1 >= pen.width),
    };
    near && long as f64 >= LEAST_END_MM * SCALE && breadth_mm(&piece.pixels, pen.width) < STRAIGHT_MM
}

/// The mean of a piece's pixels.
fn middle(piece: &Component, width: usize) -> (f64, f64) {
    let n = piece.pixels.len().max(1) as f64;
    let (x, y) = piece.pixels.iter().fold((0.0, 0.0), |(x, y), i| (x + (i % width) as f64, y + (i / width) as f64));
    (x / n, y / n)
}

impl Streak {
    fn through(a: (f64, f64), b: (f64, f64), upright: bool) -> Option<Self> {
        let turned = |(x, y): (f64, f64)| if upright { (x, y) } else { (y, x) };
        let ((a, from), (b, to)) = (turned(a), turned(b));
        let lean = (b - a) / (to - from);
        (to > from && lean.abs() <= LEANS).then_some(Self { upright, at: a - lean * from, lean })
    }

    /// How far a pixel lies from the line, pixels.
    fn off(&self, i: usize, width: usize) -> f64 {
        let (across, along) = if self.upright { (i % width, i / width) } else { (i / width, i % width) };
        (across as f64 - self.at - self.lean * along as f64).abs()
    }

    /// Whether a piece is a part of it.
    pub(super) fn holds(&self, piece: &Component, width: usize) -> bool {
        let on = piece.pixels.iter().filter(|&&i| self.off(i, width) <= HALF_MM * SCALE).count();
        on as f64 >= PART * piece.pixels.len() as f64
    }

    /// Whether it runs through a piece for a length.
    pub(super) fn crosses(&self, piece: &Component, width: usize) -> bool {
        let mut along: Vec<usize> = (piece.pixels.iter())
            .filter(|&&i| self.off(i, width) <= 1.0)
            .map(|i| if self.upright { i / width } else { i % width })
            .collect();
        along.sort_unstable();
        along.dedup();
        along.len() as f64 >= CROSSED_MM * SCALE
    }

    fn longest_gap_mm(&self) -> f64 {
        let lean = self.lean.abs();
        if lean < ASLANT { GAP_MM } else { (ASLANT_MM / lean).clamp(GAP_MM, LONG_GAP_MM) }
    }

    /// Whether there is ink all along it, but for short gaps.
    fn runs_through(&self, inked: &[bool], pen: &Patch) -> bool {
        let (length, breadth) = if self.upright { (pen.height, pen.width) } else { (pen.width, pen.height) };
        let half = (HALF_MM * SCALE).round() as i64;
        let is_inked = |along: usize| {
            let across = (self.at + self.lean * along as f64).round() as i64;
            (across - half..=across + half).filter(|a| (0..breadth as i64).contains(a)).any(|a| {
                let (x, y) = if self.upright { (a as usize, along) } else { (along, a as usize) };
                inked[y * pen.width + x]
            })
        };
        let (mut gap, mut longest) = (0, 0);
        for along in 0..length {
            gap = if is_inked(along) { 0 } else { gap + 1 };
            longest = longest.max(gap);
        }
        longest as f64 <= self.longest_gap_mm() * SCALE
    }
}

#[cfg(test)]
mod tests {
    use super::super::components::components;
    use super::*;
    use crate::geometry::RectMm;

    /// A patch of 20 x 20 mm in which these rectangles (x, y, w, h in mm, moved to the right by `lean` for each mm downwards)
    /// are inked; the number of its streaks that are cut.
    fn seen(inked: &[[f64; 4]], lean: f64) -> (Vec<Component>, Vec<Streak>) {
        let side = (20.0 * SCALE) as usize;
        let holds = |x: f64, y: f64, [left, top, w, h]: [f64; 4]| {
            (top..top + h).contains(&y) && (left + lean * y..left + lean * y + w).contains(&x)
        };
        let mask: Vec<bool> = (0..side * side)
            .map(|i| ((i % side) as f64 / SCALE, (i / side) as f64 / SCALE))
            .map(|(x, y)| inked.iter().any(|r| holds(x, y, *r)))
            .collect();
        let ink = mask.iter().map(|set| f32::from(u8::from(*set))).collect();
        let pen = Patch { area: RectMm::new(0.0, 0.0, 20.0, 20.0), width: side, height: side, ink };
        let pieces = components(&mask, side);
        let streaks = cut_streaks(&pieces, &mask, &pen);
        (pieces, streaks)
    }

    #[test]
    fn a_line_through_the_patch_is_a_streak_though_rules_cut_it() {
        for lean in [0.0, 0.17, -0.17] {
            let line = [[9.0, 0.0, 0.3, 5.5], [9.0, 6.3, 0.3, 7.0], [9.0, 14.0, 0.3, 6.0]];
            let (pieces, streaks) = seen(&line, lean);
            assert!(!streaks.is_empty(), "{lean}");
            assert!(pieces.iter().all(|p| streaks[0].holds(p, 160)), "{lean}");
        }
    }

    #[test]
    fn an_upright_rule_hides_a_streak_that_leans_for_longer() {
        let line = [[9.0, 0.0, 0.3, 6.0], [9.0, 11.0, 0.3, 3.0], [9.0, 14.5, 0.3, 5.5]];
        assert_eq!(seen(&line, 0.17).1.len(), 1);
        assert!(seen(&line, 0.02).1.is_empty(), "three strokes below each other");
    }

    #[test]
    fn a_stroke_that_a_streak_runs_through_is_no_part_of_it() {
        // The sides of a nought 4 mm high, 2 mm apart, joined to the line by its top and its foot.
        let nought = [[8.0, 8.0, 2.4, 0.4], [8.0, 12.0, 2.4, 0.4], [8.0, 8.0, 0.4, 4.0], [10.0, 8.0, 0.4, 4.0]];
        let line = [[9.0, 0.0, 0.3, 5.5], [9.0, 6.3, 0.3, 7.0], [9.0, 14.0, 0.3, 6.0]];
        let (pieces, streaks) = seen(&[nought.as_slice(), &line].concat(), 0.0);
        let crossed: Vec<_> = pieces.iter().filter(|p| !streaks[0].holds(p, 160) && streaks[0].crosses(p, 160)).collect();
        assert_eq!((streaks.len(), crossed.len()), (1, 1));
    }

    #[test]
    fn ones_below_each_other_are_no_streak() {
        let ones = [[9.0, 0.0, 0.3, 3.0], [9.0, 6.0, 0.3, 6.0], [9.0, 15.0, 0.3, 5.0]];
        assert!(seen(&ones, 0.0).1.is_empty());
        let one_alone = [[9.0, 6.0, 0.3, 6.0]];
        assert!(seen(&one_alone, 0.0).1.is_empty());
        let aside = [[9.0, 0.0, 0.3, 5.5], [11.0, 6.3, 0.3, 7.0], [9.0, 14.0, 0.3, 6.0]];
        assert!(seen(&aside, 0.0).1.is_empty(), "a line that leaves out where a 1 stands beside it");
    }
}
