//! Two digits of a number that touch: taken apart where every likely way to cut them gives the same two. Limits are reasoned.

use super::Cut;
use crate::read::components::Component;
use crate::read::patch::Window;
use crate::read::seam::Seams;
use crate::recognize::{DigitClass, DigitScores};

/// Share of a glyph's width within which it is cut, and pixels between one cut and the next.
const MIDDLE: std::ops::RangeInclusive<f64> = 0.25..=0.75;
const STEP: usize = 2;

/// Width, as a share of the digits' height, from which a glyph may be two digits, and from which it is no single one.
const WIDE: f64 = 0.8;
pub(super) const TOO_WIDE: f64 = 1.15;

/// Least probability of both digits for the likeliest way to cut, and most for one that gives others.
const CLEAR: f64 = 0.9;
const OTHERWISE: f64 = 0.2;

/// A glyph, or the two digits that it is; `scores` says what ink is.
pub(super) fn taken_apart(glyph: Cut, height: f64, width: usize, scores: impl Fn(&Cut) -> Option<DigitScores>) -> Vec<Cut> {
    let (w, _) = glyph.size();
    let may_be_two = w > TOO_WIDE * height || w > WIDE * height && scores(&glyph).is_some_and(|s| digit(&s).is_none());
    let apart = if may_be_two { best(&glyph, height, width, scores) } else { None };
    apart.map_or_else(|| vec![glyph], Vec::from)
}

fn best(glyph: &Cut, height: f64, width: usize, scores: impl Fn(&Cut) -> Option<DigitScores>) -> Option<[Cut; 2]> {
    let w = glyph.x.1 - glyph.x.0;
    let borders = ((w as f64 * MIDDLE.start()) as usize..=(w as f64 * MIDDLE.end()) as usize).step_by(STEP);
    let ways = borders.filter_map(|border| {
        let halves = cut_at(glyph, glyph.x.0 + border, width)?;
        let each = [&halves[0], &halves[1]].map(|half| {
            let (digit, p) = digit(&scores(half)?)?;
            (half.certainty(height).get() > super::WHOLE).then_some((digit, p))
        });
        let [Some((a, p)), Some((b, q))] = each else { return None };
        Some(([a, b], p * q, halves))
    });
    let mut ways: Vec<([u8; 2], f64, [Cut; 2])> = ways.collect();
    ways.sort_by(|a, b| b.1.total_cmp(&a.1));
    let digits = ways.first()?.0;
    let clear = ways[0].1 >= CLEAR && ways.iter().all(|way| way.0 == digits || way.1 < OTHERWISE);
    clear.then(|| ways.swap_remove(0).2)
}

/// The likeliest class, where it is a digit.
fn digit(scores: &DigitScores) -> Option<(u8, f64)> {
    match scores.best() {
        (DigitClass::Digit(digit), p) => Some((digit, f64::from(p))),
        _ => None,
    }
}

/// What lies to the left and to the right of the way from top to bottom that crosses least of the ink near a column.
fn cut_at(glyph: &Cut, column: usize, width: usize) -> Option<[Cut; 2]> {
    let mut pixels = glyph.pixels.clone();
    pixels.sort_unstable();
    let piece = Component { pixels, bounds: glyph.window() };
    let side = |x: (usize, usize)| Window { x0: x.0, x1: x.1, y0: glyph.y.0, y1: glyph.y.1 };
    let seams = Seams::through(&piece, &[side((glyph.x.0, column)), side((column, glyph.x.1))], width);
    let half = |n: usize| Cut::of(piece.pixels.iter().copied().filter(|&i| seams.is_within(n, i)).collect(), width);
    Some([half(0)?, half(1)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::CLASSES;

    const WIDTH: usize = 120;

    /// Two upright strokes of 4 by 30 pixels that a foot of the left one joins, `apart` between them.
    fn joined(apart: usize) -> Cut {
        let stroke = |x: usize| (5..35).flat_map(move |y| (x..x + 4).map(move |x| y * WIDTH + x));
        let foot = (32..35).flat_map(|y| (24..24 + apart).map(move |x| y * WIDTH + x));
        Cut::of(stroke(20).chain(foot).chain(stroke(24 + apart)).collect(), WIDTH).expect("some ink")
    }

    /// What is as tall as its digits and has one upright stroke is a 1 with that probability, or a 7 where its foot is longer than
    /// `foot` pixels; anything else is no digit.
    fn seen(sure: f32, foot: usize) -> impl Fn(&Cut) -> Option<DigitScores> {
        move |cut: &Cut| {
            let tall = |x: usize| (0..40).filter(|y| cut.pixels.contains(&(y * WIDTH + x))).count() > 20;
            let strokes = (0..WIDTH).filter(|x| tall(*x)).count() / 4;
            let class = if strokes != 1 {
                12
            } else if cut.pixels.len() > 120 + 3 * foot {
                7
            } else {
                1
            };
            let mut logits = [-30.0; CLASSES];
            logits[class] = sure.ln();
            logits[11] = (1.0 - sure).max(1e-9).ln();
            Some(DigitScores::from_logits(&logits, 1.0))
        }
    }

    #[test]
    fn two_digits_that_touch_are_two_where_every_cut_gives_the_same() {
        let apart = |foot| taken_apart(joined(24), 30.0, WIDTH, seen(0.99, foot));
        let halves = apart(WIDTH);
        assert_eq!(halves.len(), 2);
        assert!(halves[0].x.1 <= halves[1].x.0 + 3 && halves[0].pixels.len() + halves[1].pixels.len() == joined(24).pixels.len());
        assert_eq!(apart(12).len(), 1, "a 1 or a 7, by where it is cut");
    }

    #[test]
    fn what_is_not_clear_stays_whole() {
        assert_eq!(taken_apart(joined(24), 30.0, WIDTH, seen(0.9, WIDTH)).len(), 1);
        assert_eq!(taken_apart(joined(8), 30.0, WIDTH, seen(0.99, WIDTH)).len(), 1, "as narrow as one digit");
    }
}
