//! What a row of glyphs that was read as a number may be instead: 八, a fraction, 〃, a slash through an unused place, two numbers,
//! a decimal. Changes no digit.

use super::{Cut, Written};
use crate::form::Meaning;
use crate::read::Glyph;
use crate::read::digits::{Slash, may_be_slash};
use crate::read::patch::{SCALE, Window};
use crate::read::strokes::{is_straight, lean};
use crate::recognize::DigitClass;

/// Glyphs from left to right with what the recogniser says of them.
pub(super) struct Row<'a> {
    pub(super) cuts: &'a [Cut],
    pub(super) scored: &'a [Glyph],
    /// Of the digits, patch pixels.
    pub(super) height: f64,
    /// Of the patch.
    pub(super) width: usize,
}

/// How much wider apart the feet of two strokes are than their heads, as a share of their height, from which they are 八 and
/// not 11: two slants of 17° each way, which one hand does not have.
const APART: f64 = 0.5;

/// How much two plain ones of one number may differ in how they lean, as a share of their height: more, and one is the bar of a
/// fraction.
const ALIKE: f64 = 0.35;

/// Height under which two strokes are 〃, the same as above, and not 11, mm.
const DITTO_MM: f64 = 3.6;

/// Share of an area's height from which a lone stroke that leans a little may be a slash.
const AS_TALL_AS_THE_AREA: f64 = 0.65;

/// How many times as tall as every digit beside it a stroke that leans a little may be a slash.
const TOWERS: f64 = 1.2;

/// Gap between two digits, as a share of their height, from which they may be two numbers; and where it is the one wide gap of
/// several, or what stands before it stands after it again.
const TWO_NUMBERS: f64 = 0.9;
const TWO_BY_THE_REST: f64 = 0.5;
const TWICE: f64 = 0.3;

/// How many times the other gaps one is to be the one wide gap.
const WIDER: f64 = 2.0;

/// Where between two digits a dot is a point: from this share of their height down to this far below their feet; and how tall
/// and wide it is at most.
const POINT: std::ops::RangeInclusive<f64> = 0.65..=1.25;
const POINT_SIDE: f64 = 0.28;

impl Row<'_> {
    pub(super) fn may_be_something_else(&self, written: &Written, meaning: Meaning) -> bool {
        let grouped = meaning == Meaning::Telephone;
        let apart =
            !grouped && (are_two_numbers(self.cuts, self.scored, self.height) || has_point(self.cuts, written, self.height));
        apart || self.is_eight() || self.is_fraction() || self.is_ditto()
    }

    fn ones(&self) -> impl Iterator<Item = &Cut> {
        self.cuts.iter().zip(self.scored).filter(|(_, glyph)| is_one(glyph)).map(|(cut, _)| cut)
    }

    fn is_eight(&self) -> bool {
        let ones = self.scored.windows(2).map(|pair| pair.iter().all(is_one));
        self.cuts.windows(2).zip(ones).any(|(pair, ones)| ones && is_eight(&pair[0], &pair[1], self.width))
    }

    /// Whether one of its plain ones leans unlike another: the bar of 1/2.
    fn is_fraction(&self) -> bool {
        let plain = self.ones().filter(|cut| is_straight(&cut.pixels, self.width));
        let leans: Vec<f64> = plain.map(|cut| lean(&cut.pixels, self.width)).collect();
        leans.iter().any(|a| leans.iter().any(|b| a - b > ALIKE))
    }

    fn is_ditto(&self) -> bool {
        self.scored.len() == 2 && self.scored.iter().all(is_one) && self.height < DITTO_MM * SCALE
    }

    /// Whether one of its ones may be a slash through an unused place; `high` is the height of the area it stands in, patch pixels.
    pub(super) fn may_be_slash(&self, high: f64) -> bool {
        let alone = self.cuts.len() == 1;
        self.ones().any(|cut| {
            let tall = alone && self.height > AS_TALL_AS_THE_AREA * high || towers_over(cut, self.cuts);
            let place = if alone { Slash::Alone } else { Slash::Anywhere };
            may_be_slash(&cut.pixels, self.width, if tall { Slash::Tall } else { place })
        })
    }
}

fn is_one(glyph: &Glyph) -> bool {
    matches!(glyph, Glyph::Digit(scores) if scores.best().0 == DigitClass::Digit(1))
}

/// Whether the digits may be two numbers, or one that was written twice.
fn are_two_numbers(cuts: &[Cut], scored: &[Glyph], height: f64) -> bool {
    let gaps: Vec<f64> = cuts.windows(2).map(|pair| pair[0].gap_to(&pair[1]) / height).collect();
    let Some((widest, gap)) = gaps.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)) else { return false };
    let rest = gaps.iter().enumerate().filter(|(at, _)| *at != widest).map(|(_, g)| *g).fold(0.0, f64::max);
    let stands_out = gaps.len() > 1 && gap > WIDER * rest;
    let class = |glyph: &Glyph| if let Glyph::Digit(scores) = glyph { Some(scores.best().0) } else { None };
    let (first, second) = scored.split_at(scored.len() / 2);
    let again = widest + 1 == first.len() && first.len() > 1 && first.iter().map(class).eq(second.iter().map(class));
    gap > TWO_NUMBERS || stands_out && (gap > TWO_BY_THE_REST || again && gap > TWICE)
}

/// Whether a dot stands between the feet of two digits: 1.5 is not 15. One of a broad pen may have been taken for a part of the
/// digit over it.
fn has_point(cuts: &[Cut], written: &Written, height: f64) -> bool {
    let is_low = |dot: &Window, top: usize| POINT.contains(&((dot.middle().1 as f64 - top as f64) / height));
    let between = |pair: &[Cut], dot: &Window| dot.x0 + 1 >= pair[0].x.1 && dot.x1 <= pair[1].x.0 + 1;
    let small = cuts.windows(2).any(|pair| {
        let top = pair[0].y.0.min(pair[1].y.0);
        written.dots.iter().any(|dot| between(pair, dot) && is_low(dot, top))
    });
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return false };
    let (from, to) = (first.window().middle().0, last.window().middle().0);
    let top = cuts.iter().map(|c| c.y.0).min().unwrap_or(0);
    let is_broad = |dot: &Window| {
        let compact = (dot.x1 - dot.x0).max(dot.y1 - dot.y0) as f64 <= POINT_SIDE * height;
        compact && (from..to).contains(&dot.middle().0) && is_low(dot, top)
    };
    small || written.pieces.iter().any(|p| is_broad(&p.bounds))
}

/// Whether a glyph and the next, read as ones, are the two strokes of 八: thin, and further apart at the foot than at the head by more
/// than two ones are ever slanted.
fn is_eight(one: &Cut, next: &Cut, width: usize) -> bool {
    let thin = |c: &Cut| is_straight(&c.pixels, width);
    let ends = |c: &Cut| {
        let fifth = ((c.y.1 - c.y.0) / 5).max(1);
        let mean = |from: usize, to: usize| {
            let rows = c.pixels.iter().filter(|&&i| (from..to).contains(&(i / width)));
            let (sum, n) = rows.fold((0.0, 0), |(s, n), i| (s + (i % width) as f64, n + 1));
            sum / f64::from(n.max(1))
        };
        (mean(c.y.0, c.y.0 + fifth), mean(c.y.1 - fifth, c.y.1))
    };
    if !thin(one) || !thin(next) {
        return false;
    }
    let ((head, foot), (next_head, next_foot)) = (ends(one), ends(next));
    let high = (one.y.1 - one.y.0).min(next.y.1 - next.y.0) as f64;
    (next_foot - foot) - (next_head - head) > APART * high
}

/// Whether a glyph is much taller than every other glyph, as the bar of a fraction or of a date is.
fn towers_over(one: &Cut, all: &[Cut]) -> bool {
    let others = all.iter().filter(|c| c.x != one.x);
    let tallest = others.map(|c| c.size().1).fold(0.0, f64::max);
    tallest > 0.0 && one.size().1 > TOWERS * tallest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::components::Component;
    use crate::recognize::DigitScores;

    fn sure(digit: usize) -> Glyph {
        let mut logits = [-30.0; 13];
        logits[digit] = 0.0;
        Glyph::Digit(DigitScores::from_logits(&logits, 1.0))
    }

    /// Patch pixels.
    const WIDTH: usize = 200;

    /// A stroke three pixels wide from a head to a foot, 40 rows high.
    fn stroke(head: usize, foot: usize) -> Cut {
        let at = |row: usize| head + (foot * row).saturating_sub(head * row) / 40 - (head * row).saturating_sub(foot * row) / 40;
        let pixels: Vec<usize> = (0..40).flat_map(|row| (0..3).map(move |k| (10 + row) * WIDTH + at(row) + k)).collect();
        let x = pixels.iter().map(|i| i % WIDTH).fold((usize::MAX, 0), |(a, b), x| (a.min(x), b.max(x + 1)));
        Cut { pixels, x, y: (10, 50), overlap: 0.0 }
    }

    #[test]
    fn one_wide_gap_parts_two_numbers() {
        let are_two = |digits: &[(usize, usize)]| {
            let mut x = 0;
            let cut = |&(gap, _): &(usize, usize)| {
                let from = x + gap;
                x = from + 20;
                Cut { pixels: Vec::new(), x: (from, x), y: (10, 50), overlap: 0.0 }
            };
            let cuts: Vec<Cut> = digits.iter().map(cut).collect();
            are_two_numbers(&cuts, &digits.iter().map(|(_, d)| sure(*d)).collect::<Vec<_>>(), 40.0)
        };
        assert!(are_two(&[(0, 1), (10, 0), (24, 1), (8, 2)]), "10 12");
        assert!(!are_two(&[(0, 1), (14, 0), (24, 1), (16, 2)]), "1012, widely written");
        assert!(are_two(&[(0, 5), (6, 6), (15, 5), (5, 6)]), "56 56");
        assert!(!are_two(&[(0, 5), (6, 6), (15, 5), (5, 7)]) && !are_two(&[(0, 5), (9, 6), (12, 5), (9, 6)]));
        assert!(are_two(&[(0, 1), (38, 2)]) && !are_two(&[(0, 1), (30, 2)]));
    }

    #[test]
    fn a_dot_between_the_feet_of_two_digits_is_a_point() {
        let digit = |x: usize| Cut { pixels: Vec::new(), x: (x, x + 20), y: (10, 50), overlap: 0.0 };
        let dot = |x: usize, y: usize, side: usize| Window { x0: x, x1: x + side, y0: y, y1: y + side };
        let with = |pieces: Vec<Component>, dots: Vec<Window>| Written { pieces, dots, smudged: false, beyond: Vec::new() };
        let at = |x: usize, y: usize| has_point(&[digit(20), digit(60)], &with(Vec::new(), vec![dot(x, y, 3)]), 40.0);
        assert!(at(48, 47) && at(42, 52), "1.5");
        assert!(!at(48, 20) && !at(48, 70), "dust higher up or far below");
        assert!(!at(90, 47) && !at(28, 47), "beside the number, or in a digit's own loop");
        let piece = |bounds: Window| Component { pixels: Vec::new(), bounds };
        let broad = |x: usize, side: usize| {
            // A dot that lies under the hook of the second digit is in its cut.
            let second = Cut { x: (x.min(60), 80), ..digit(60) };
            has_point(&[digit(20), second], &with(vec![piece(dot(x, 50 - side, side))], Vec::new()), 40.0)
        };
        assert!(broad(56, 8) && !broad(56, 16) && !broad(75, 8));
    }

    #[test]
    fn a_one_that_leans_unlike_another_is_a_fractions_bar() {
        let is_fraction = |leans: [usize; 3], digits: [usize; 3]| {
            let cuts: Vec<Cut> = leans.iter().zip([20, 60, 100]).map(|(lean, foot)| stroke(foot + lean, foot)).collect();
            let scored: Vec<Glyph> = digits.into_iter().map(sure).collect();
            Row { cuts: &cuts, scored: &scored, height: 40.0, width: WIDTH }.is_fraction()
        };
        assert!(is_fraction([2, 20, 2], [1, 1, 2]), "1/2");
        assert!(!is_fraction([14, 20, 2], [1, 1, 2]), "112 in a slanting hand, of which the last digit says nothing");
    }

    #[test]
    fn two_strokes_that_part_downwards_are_no_eleven() {
        let is_eight = |left: (usize, usize), right: (usize, usize)| {
            super::is_eight(&stroke(left.0, left.1), &stroke(right.0, right.1), WIDTH)
        };
        assert!(is_eight((60, 40), (75, 95)), "八");
        assert!(is_eight((60, 45), (70, 85)), "a narrow one");
        assert!(!is_eight((60, 60), (80, 80)), "11");
        assert!(!is_eight((66, 54), (90, 78)), "11 in a slanting hand");
        assert!(!is_eight((62, 56), (80, 86)), "11 in an unsteady one");
    }
}
