//! Reads digit cells: lets the recogniser score what belongs to each, and doubts what only looks like a digit.
//! Does not decide what counts as read.

mod ones;
mod share;

use super::CellScore;
use super::frame::Aligned;
use super::patch::{Patch, SCALE, Window};
use super::strokes::Strokes;
use super::tone::Tone;
use crate::geometry::RectMm;
use crate::recognize::{DigitClass, DigitModel, DigitScores, InkPatch};
use ones::{AS_TALL, Ends, is_dash, may_be_side};
pub(super) use ones::{Slash, may_be_slash};
pub(super) use share::OVERSHOOT_MM;
use share::{Share, above_or_below, past_the_ends, share_out};

/// The cells of a field, and how many of them are filled at least.
#[derive(Debug, Clone, Copy)]
pub struct Comb<'a> {
    /// Left to right, mm on the form.
    pub cells: &'a [RectMm],
    /// From one to all of them.
    pub min: usize,
}

/// Scores of every cell of a comb, left to right.
///
/// `theirs` is what belongs to other fields.
pub fn cells(
    (aligned, tone): (&Aligned, &Tone),
    strokes: &Strokes,
    (comb, theirs): (Comb<'_>, &[Window]),
    model: &dyn DigitModel,
) -> Vec<CellScore> {
    let (cells, pen) = (comb.cells, &aligned.pen);
    let windows: Vec<Window> = cells.iter().map(|c| pen.window(c)).collect();
    let mut shares = share_out(strokes, &windows, pen);
    let is_written = shares.iter().zip(&windows).any(|(share, window)| !share.is_empty(window));
    let mut odd = past_the_ends(strokes, &windows, theirs, pen);
    if is_written {
        odd.extend(above_or_below(strokes, &windows, theirs, pen));
    }
    for at in odd {
        shares[at].disturbed = true;
    }
    let mut scores = Vec::with_capacity(cells.len());
    let (mut leaning, mut ones) = (Vec::new(), vec![None; cells.len()]);
    let mut levels = Vec::with_capacity(cells.len());
    for ((cell, window), share) in cells.iter().zip(&windows).zip(shares) {
        let free = share.is_free(window, strokes, pen);
        let level = pen_level(pen, &share.pixels);
        let hidden = |ink: &Window| aligned.hidden_along_print(ink, tone.threshold());
        let mut score = score_cell((pen, level), (cell, window), (&share, free), model, hidden);
        let ink = bounds(&share.pixels, pen.width);
        if let (DigitClass::Digit(1), Some(ink)) = (score.scores.best().0, ink) {
            let tall = (ink.y1 - ink.y0) as f64 > AS_TALL * (window.y1 - window.y0) as f64;
            score.slash = may_be_slash(&share.pixels, pen.width, Slash::Anywhere);
            let slash = if tall { Slash::Tall } else { Slash::WhereUnused };
            leaning.extend(may_be_slash(&share.pixels, pen.width, slash).then_some((scores.len(), tall)));
            score.disturbed |= tall && may_be_side(&share.pixels, pen.width, window);
            ones[scores.len()] = Some(Ends::of(&share.pixels, ink, pen.width));
        }
        scores.push(score);
        levels.push(level);
    }
    doubt_pale(&mut scores, &levels);
    for at in 1..scores.len() {
        let border = usize::midpoint(windows[at - 1].x1, windows[at].x0);
        if let (Some(left), Some(right)) = (ones[at - 1], ones[at])
            && left.meet(right, border)
        {
            scores[at - 1].disturbed = true;
            scores[at].disturbed = true;
        }
    }
    // Who strikes a cell out that is not needed writes in another.
    let beside = scores.iter().filter(|score| score.scores.best().0 != DigitClass::Blank).count() > 1;
    let (left_out, unused) = (!is_in_use(comb, &scores), comb.min < cells.len() && beside);
    for (at, tall) in leaning {
        scores[at].slash |= if tall { left_out } else { unused };
    }
    scores
}

/// Share of the darkest digit's ink below which another one in the same comb may be a rest: of a number rubbed out before a
/// shorter one was written, or of the back of the sheet.
const REST: f32 = 0.5;

/// Doubts digits that are far paler than the darkest one beside them.
fn doubt_pale(scores: &mut [CellScore], levels: &[f32]) {
    let is_digit = |score: &CellScore| matches!(score.scores.best().0, DigitClass::Digit(_));
    let darkest = scores.iter().zip(levels).filter(|(score, _)| is_digit(score)).map(|(_, level)| *level).fold(0.0, f32::max);
    for (score, level) in scores.iter_mut().zip(levels) {
        score.disturbed |= is_digit(score) && *level < REST * darkest;
    }
}

/// Whether no cell of a comb can have been left unused: all of them are to be filled, and most of four or more hold a digit other
/// than a 1. One of two could still be left out by somebody who does not write the leading nought.
fn is_in_use(comb: Comb<'_>, scores: &[CellScore]) -> bool {
    let other = |s: &&CellScore| matches!(s.scores.best().0, DigitClass::Digit(d) if d != 1);
    let n = comb.cells.len();
    n >= 4 && comb.min == n && scores.iter().filter(other).count() * 2 > n
}

/// What a digit as read may have lost to printed lines, where it may be what is left of another one; `hidden` finds a bar and a
/// foot. Empty where it lost nothing.
pub(super) fn cut_off(read: DigitClass, hidden: impl Fn() -> [Vec<usize>; 2]) -> Vec<usize> {
    let DigitClass::Digit(digit) = read else { return Vec::new() };
    // Only a digit without the one or the other is left of one.
    let (no_bar, no_foot) = (matches!(digit, 1 | 4 | 6), matches!(digit, 1 | 4 | 7 | 9));
    if !no_bar && !no_foot {
        return Vec::new();
    }
    let lost = [no_bar, no_foot].into_iter().zip(hidden()).filter(|(without, _)| *without);
    lost.flat_map(|(_, pixels)| pixels).collect()
}

/// How likely ink along a printed line is a part of the digit that ends there, rather than the line's own: the better half.
const ON_THE_LINE: f32 = 0.6;

/// How far ink must keep from the frame to be no piece of it, mm: half a printed line and the blur of a scan.
pub(super) const CLEAR_MM: f64 = 0.3;

/// How much rarer rubbish is where ink stands free in its cell. The recogniser sees neither the frame nor the neighbours
/// and was taught that an eighth of all ink is rubbish, half of it pieces of frames and neighbours; of ink that stands
/// free, less than one in a hundred is. A tenth is the cautious side of that.
pub(super) const FREE_RUBBISH: f32 = 0.1;

/// How likely two digits that touch are rather taken apart where there is least ink than at the border of their cells.
const AT_THE_SEAM: f32 = 0.5;

fn score_cell(
    (pen, level): (&Patch, f32),
    (cell, window): (&RectMm, &Window),
    (share, free): (&Share, bool),
    model: &dyn DigitModel,
    hidden: impl Fn(&Window) -> [Vec<usize>; 2],
) -> CellScore {
    let ink = bounds(&share.pixels, pen.width);
    let no_scrap = free || share.is_drawn_within(window, pen);
    let of = |pixels: &[usize], more: &[usize]| {
        let scores = score_pixels(pen, (pixels, more), level, cell.h, model);
        let scores = scores.unwrap_or_else(|| DigitScores::certain(DigitClass::Rubbish));
        if no_scrap { scores.weighed(DigitClass::Rubbish, FREE_RUBBISH) } else { scores }
    };
    let scores = if share.is_empty(window) {
        DigitScores::certain(DigitClass::Blank)
    } else {
        let mut scores = of(&share.pixels, &[]);
        if share.halved {
            scores = scores.or(&of(&share.at_seams, &[]), AT_THE_SEAM);
        }
        let lost = ink.map_or_else(Vec::new, |ink| cut_off(scores.best().0, || hidden(&ink)));
        if lost.is_empty() { scores } else { scores.or(&of(&share.pixels, &lost), ON_THE_LINE) }
    };
    let is_digit = matches!(scores.best().0, DigitClass::Digit(_));
    let dash = scores.best().0 != DigitClass::Blank && ink.is_some_and(|ink| is_dash(&ink, window));
    let disturbed = share.disturbed || share.stands_apart() || is_digit && share.goes_on;
    CellScore {
        scores,
        coverage: share.coverage(window),
        disturbed,
        slash: false,
        dash,
        free,
        ink: ink.map(|ink| pen.rect(&ink)),
    }
}

/// The recogniser's scores of some pixels of a patch, written with a pen as dark as `level`, and of more that are all ink; none where
/// they are no possible glyph.
pub fn score_pixels(
    pen: &Patch,
    (pixels, more): (&[usize], &[usize]),
    level: f32,
    cell_height_mm: f64,
    model: &dyn DigitModel,
) -> Option<DigitScores> {
    let own = bounds(pixels, pen.width)?;
    let Window { x0, x1, y0, y1 } = bounds(more, pen.width).map_or(own, |more| own.around(&more));
    let (w, h) = (x1 - x0, y1 - y0);
    let mut ink = vec![0.0_f32; (w + 2) * (h + 2)];
    let place = |i: usize| (i / pen.width - y0 + 1) * (w + 2) + i % pen.width - x0 + 1;
    for &i in pixels {
        ink[place(i)] = (pen.ink[i] / level).min(1.0);
    }
    for &i in more {
        ink[place(i)] = 1.0;
    }
    let patch = InkPatch::new(w + 2, h + 2, ink, (cell_height_mm * SCALE) as f32).ok()?;
    model.score(std::slice::from_ref(&patch)).into_iter().next()
}

/// The smallest window that holds some pixels; none where there are none.
fn bounds(pixels: &[usize], width: usize) -> Option<Window> {
    let at = |&i: &usize| Window { x0: i % width, x1: i % width + 1, y0: i / width, y1: i / width + 1 };
    pixels.iter().map(at).reduce(|a, b| a.around(&b))
}

/// How dark this pen is: the 90th percentile of its own ink.
pub(super) fn pen_level(pen: &Patch, pixels: &[usize]) -> f32 {
    let mut ink: Vec<f32> = pixels.iter().map(|&i| pen.ink[i]).collect();
    ink.sort_by(f32::total_cmp);
    ink.get(ink.len() * 9 / 10).copied().unwrap_or(1.0).max(0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell in which a class of ink was seen, digits first, then blank, struck and rubbish.
    fn cell(class: usize) -> CellScore {
        let mut logits = [-30.0; 13];
        logits[class] = 0.0;
        CellScore::plain(DigitScores::from_logits(&logits, 1.0))
    }

    #[test]
    fn a_digit_far_paler_than_another_beside_it_is_doubted() {
        let doubted = |cells: &[(usize, f32)]| {
            let (mut scores, levels): (Vec<CellScore>, Vec<f32>) =
                cells.iter().map(|(class, level)| (cell(*class), *level)).unzip();
            doubt_pale(&mut scores, &levels);
            scores.iter().map(|score| score.disturbed).collect::<Vec<_>>()
        };
        assert_eq!(doubted(&[(4, 0.3), (5, 0.9)]), [true, false], "a ghost");
        assert_eq!(doubted(&[(4, 0.3), (5, 0.35), (7, 0.25)]), [false; 3], "a pencil");
        assert_eq!(doubted(&[(4, 0.6), (5, 0.9)]), [false; 2], "a pen that skips");
        assert_eq!(doubted(&[(10, 0.05), (11, 0.9), (5, 0.4)]), [false; 3], "nothing beside it, and a struck cell");
    }

    #[test]
    fn a_comb_is_in_use_where_no_cell_of_it_can_have_been_left_out() {
        let area = [RectMm::new(0.0, 0.0, 7.0, 8.0); 7];
        let in_use = |digits: &[usize], min: usize| {
            let scores: Vec<CellScore> = digits.iter().map(|d| cell(*d)).collect();
            is_in_use(Comb { cells: &area[..digits.len()], min }, &scores)
        };
        assert!(in_use(&[1, 8, 3, 8, 7, 0, 7], 7));
        assert!(!in_use(&[1, 8, 3, 8, 7, 0, 7], 6), "one cell may be left out");
        assert!(!in_use(&[1, 1, 1, 1, 7, 0, 7], 7), "mostly strokes");
        assert!(!in_use(&[1, 2], 2), "a 2 without its leading nought");
    }
}
