//! Reads digit cells: takes from the field's strokes what belongs to each cell and lets the recogniser score it.
//! Does not decide what counts as read.

use super::CellScore;
use super::components::Component;
use super::frame::Aligned;
use super::patch::{Patch, SCALE, Window};
use super::strokes::{STRAIGHT_MM, Strokes, breadth_mm, extent_mm, is_straight, lean};
use super::tone::Tone;
use crate::geometry::RectMm;
use crate::recognize::{DigitClass, DigitModel, DigitScores, InkPatch};

/// How far beyond its cell a digit is followed, mm: people overshoot by up to a fifth of an 8-mm cell.
pub(super) const OVERSHOOT_MM: f64 = 1.6;

/// Ink below this share of the cell is no digit: a 1 of a 0.3-mm pen half as tall as its cell covers 1.9 %.
const LEAST_COVERAGE: f64 = 0.006;

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
    for at in past_the_ends(strokes, &windows, theirs, pen) {
        shares[at].disturbed = true;
    }
    let mut scores = Vec::with_capacity(cells.len());
    let (mut leaning, mut ones) = (Vec::new(), vec![None; cells.len()]);
    let mut levels = Vec::with_capacity(cells.len());
    for ((cell, window), share) in cells.iter().zip(&windows).zip(shares) {
        let free = is_free(&share, window, strokes, pen);
        let mut score = score_cell(pen, cell, window, &share, free, model);
        let ink = bounds(&share.pixels, pen.width);
        levels.push(pen_level(pen, &share.pixels));
        let hidden = |ink: Window| aligned.hidden_along_print(&ink, tone.threshold());
        score.disturbed |= ink.is_some_and(|ink| is_cut_off(score.scores.best().0, || hidden(ink)));
        if let (DigitClass::Digit(1), Some(ink)) = (score.scores.best().0, ink) {
            let tall = (ink.y1 - ink.y0) as f64 > AS_TALL * (window.y1 - window.y0) as f64;
            score.slash = may_be_slash(&share.pixels, pen.width, Slash::Anywhere);
            let slash = if tall { Slash::Tall } else { Slash::WhereUnused };
            leaning.extend(may_be_slash(&share.pixels, pen.width, slash).then_some((scores.len(), tall)));
            score.disturbed |= tall && may_be_side(&share.pixels, pen.width, window);
            ones[scores.len()] = Some(Ends::of(&share.pixels, ink, pen.width));
        }
        scores.push(score);
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

/// How near to the border between two cells strokes end that are one stroke through both, mm: the printed line and its blur hide
/// it there; and how far apart their ends lie along the border at most.
const MEET_MM: (f64, f64) = (0.7, 1.8);

/// Column and mean row of the left and of the right end of some ink.
#[derive(Debug, Clone, Copy)]
struct Ends {
    left: (usize, f64),
    right: (usize, f64),
}

impl Ends {
    fn of(pixels: &[usize], ink: Window, width: usize) -> Self {
        let height_at = |x: usize| {
            let there: Vec<usize> = pixels.iter().filter(|&&i| i % width == x).map(|i| i / width).collect();
            there.iter().sum::<usize>() as f64 / there.len().max(1) as f64
        };
        let (left, right) = (ink.x0, ink.x1 - 1);
        Self { left: (left, height_at(left)), right: (right, height_at(right)) }
    }

    /// Whether a stroke and the one in the next cell, both read as a 1, may be one that crosses the border: a slash or a wavy line
    /// through cells that are not used. Ones stand clear of each other, or the top of one leans towards the foot of the next.
    fn meet(self, next: Self, border: usize) -> bool {
        let near = |x: usize| x.abs_diff(border) as f64 <= MEET_MM.0 * SCALE;
        near(self.right.0) && near(next.left.0) && (self.right.1 - next.left.1).abs() <= MEET_MM.1 * SCALE
    }
}

/// Whether no cell of a comb can have been left unused: all of them are to be filled, and most of four or more hold a digit other
/// than a 1. One of two could still be left out by somebody who does not write the leading nought.
fn is_in_use(comb: Comb<'_>, scores: &[CellScore]) -> bool {
    let other = |s: &&CellScore| matches!(s.scores.best().0, DigitClass::Digit(d) if d != 1);
    let n = comb.cells.len();
    n >= 4 && comb.min == n && scores.iter().filter(other).count() * 2 > n
}

/// Whether what was read may be another digit that lost its bar or its foot to a printed line: only a digit without the one
/// or the other is left of one. `hidden` says whether there may be a bar and a foot.
pub(super) fn is_cut_off(read: DigitClass, hidden: impl Fn() -> [bool; 2]) -> bool {
    let DigitClass::Digit(digit) = read else { return false };
    let (no_bar, no_foot) = (matches!(digit, 1 | 4 | 6), matches!(digit, 1 | 4 | 7 | 9));
    (no_bar || no_foot) && {
        let [bar, foot] = hidden();
        no_bar && bar || no_foot && foot
    }
}

/// How far ink must keep from the frame to be no piece of it, mm: half a printed line and the blur of a scan.
pub(super) const CLEAR_MM: f64 = 0.3;

/// How much rarer rubbish is where ink stands free in its cell. The recogniser sees neither the frame nor the neighbours
/// and was taught that an eighth of all ink is rubbish, half of it pieces of frames and neighbours; of ink that stands
/// free, less than one in a hundred is. A tenth is the cautious side of that.
pub(super) const FREE_RUBBISH: f32 = 0.1;

/// Whether a cell's ink keeps clear of the frame and nothing stands in line with it outside the cell.
fn is_free(share: &Share, window: &Window, strokes: &Strokes, pen: &Patch) -> bool {
    let clear = (CLEAR_MM * SCALE).round() as usize;
    let Some(b) = bounds(&share.pixels, pen.width) else { return false };
    let within = b.x0 >= window.x0 + clear && b.x1 + clear <= window.x1 && b.y0 >= window.y0 + clear && b.y1 + clear <= window.y1;
    let in_line = |p: &Component| {
        let beyond = p.bounds.y1 <= window.y0 + clear || p.bounds.y0 + clear >= window.y1;
        beyond && p.bounds.x0 < b.x1 + 2 * clear && b.x0 < p.bounds.x1 + 2 * clear
    };
    within && !strokes.pieces.iter().chain(strokes.doubts()).any(in_line)
}

/// Share of a cell's ink that must lie clear of its frame, and of its height that it must take up, for it to be no scrap of a
/// frame and no tip of a neighbour's digit though it touches the frame.
const WITHIN: f64 = 0.85;
const TALL_ENOUGH: f64 = 0.5;

/// Whether what is written in a cell was drawn there, though it reaches its frame: no straight line, most of it well within.
fn is_drawn_within(share: &Share, window: &Window, pen: &Patch) -> bool {
    let clear = (CLEAR_MM * SCALE).round() as usize;
    let inner = Window {
        x0: window.x0 + clear,
        x1: window.x1.saturating_sub(clear),
        y0: window.y0 + clear,
        y1: window.y1.saturating_sub(clear),
    };
    let within = share.pixels.iter().filter(|&&i| inner.holds(i % pen.width, i / pen.width)).count();
    let Some(ink) = bounds(&share.pixels, pen.width) else { return false };
    let tall = (ink.y1 - ink.y0) as f64 >= TALL_ENOUGH * (window.y1 - window.y0) as f64;
    !share.halved
        && tall
        && within as f64 >= WITHIN * share.pixels.len() as f64
        && breadth_mm(&share.pixels, pen.width) >= STRAIGHT_MM
}

/// What of the field's strokes belongs to one cell.
#[derive(Debug, Clone, Default)]
struct Share {
    pixels: Vec<usize>,
    /// What each piece takes up.
    parts: Vec<Window>,
    extent_mm: f64,
    disturbed: bool,
    /// Part of a piece that was cut at the cell's border.
    halved: bool,
}

/// Every piece goes to the cell that holds most of it; a piece that lies in several is cut at their borders.
fn share_out(strokes: &Strokes, windows: &[Window], pen: &Patch) -> Vec<Share> {
    let mut shares = vec![Share::default(); windows.len()];
    for piece in &strokes.pieces {
        let inside: Vec<usize> = windows.iter().map(|w| piece.inside(w, pen.width)).collect();
        let held: usize = inside.iter().sum();
        if is_streak(piece, pen) || is_line_across(piece, &inside, pen) {
            mark_disturbed(&mut shares, &inside);
        } else if held * 2 >= piece.pixels.len() {
            give(piece, &inside, windows, pen, &mut shares);
        } else if held > 0 {
            stray(piece, &inside, windows, pen, &mut shares);
        }
    }
    for piece in &strokes.smudges {
        let inside: Vec<usize> = windows.iter().map(|w| piece.inside(w, pen.width)).collect();
        mark_disturbed(&mut shares, &inside);
    }
    for piece in strokes.doubts() {
        let inside: Vec<usize> = windows.iter().map(|w| piece.inside(w, pen.width)).collect();
        if inside.iter().sum::<usize>() * 2 >= piece.pixels.len() {
            mark_disturbed(&mut shares, &inside);
        }
    }
    shares
}

/// A thin line through the whole patch, upright or leaning, far beyond the cells: the scanner's dust or a scratch, not a 1.
fn is_streak(piece: &Component, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let thin = |length: usize| (piece.pixels.len() as f64) < 1.0 * SCALE * length as f64;
    let through = piece.bounds.y0 <= 1 && piece.bounds.y1 + 1 >= pen.height && w < h && thin(h);
    let along = piece.bounds.x0 <= 1 && piece.bounds.x1 + 1 >= pen.width && h < w && thin(w);
    through || along
}

/// Share of a straight line that lies in each of two cells from which it is one line through both.
const THROUGH_BOTH: f64 = 0.15;

/// Whether a straight stroke runs through several cells, as one does that says that nothing is written there: cut at the border,
/// its halves look like ones.
fn is_line_across(piece: &Component, inside: &[usize], pen: &Patch) -> bool {
    let cells = inside.iter().filter(|n| **n as f64 > THROUGH_BOTH * piece.pixels.len() as f64).count();
    cells > 1 && breadth_mm(&piece.pixels, pen.width) < STRAIGHT_MM
}

/// Where a stroke stands that was read as a 1.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slash {
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
const AS_TALL: f64 = 0.8;

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
pub(super) fn may_be_slash(pixels: &[usize], width: usize, slash: Slash) -> bool {
    is_straight(pixels, width) && lean(pixels, width).abs() > slash.leans()
}

/// How near to a cell's side its own frame may lie on a sheet that is bent, mm; and how far it leans at most, as a share of its
/// height.
const SIDE_MM: f64 = 0.8;
const UPRIGHT: f64 = 0.1;

/// Whether ink read as a 1 that is as tall as its cell may be the side of the cell's frame, somewhat beside its place.
fn may_be_side(pixels: &[usize], width: usize, window: &Window) -> bool {
    let Some(ink) = bounds(pixels, width) else { return false };
    let (x, near) = (ink.middle().0, (SIDE_MM * SCALE) as usize);
    let beside = x.abs_diff(window.x0).min(x.abs_diff(window.x1)) <= near;
    beside && is_straight(pixels, width) && lean(pixels, width).abs() < UPRIGHT
}

/// Share of a cell's height from which a stroke past the end of a comb may be a digit.
const TALL_AS_A_DIGIT: f64 = 0.4;

/// The end cells past which, within a cell's width, something as tall as a digit is written that belongs to no other field
/// and does not come in from farther away: a number too long for its comb, or one that was written beside it.
fn past_the_ends(strokes: &Strokes, windows: &[Window], theirs: &[Window], pen: &Patch) -> Vec<usize> {
    let ends = [windows.iter().enumerate().min_by_key(|(_, w)| w.x0), windows.iter().enumerate().max_by_key(|(_, w)| w.x1)];
    let is_past = |left: bool, end: &Window, p: &Component| {
        let (x, y) = p.bounds.middle();
        let wide = end.x1 - end.x0;
        let beyond = if left { x < end.x0 && x + wide >= end.x0 } else { x >= end.x1 && x <= end.x1 + wide };
        let tall = p.size().1 as f64 >= TALL_AS_A_DIGIT * (end.y1 - end.y0) as f64;
        let inside = windows.iter().any(|w| p.inside(w, pen.width) * 2 >= p.pixels.len());
        beyond && !p.bounds.comes_in(pen) && tall && (end.y0..end.y1).contains(&y) && !inside && !p.bounds.lies_in_one_of(theirs)
    };
    let past = |(left, (at, end)): (bool, (usize, &Window))| strokes.pieces.iter().any(|p| is_past(left, end, p)).then_some(at);
    [true, false].into_iter().zip(ends).filter_map(|(left, end)| past((left, end?))).collect()
}

fn mark_disturbed(shares: &mut [Share], inside: &[usize]) {
    for (share, _) in shares.iter_mut().zip(inside).filter(|(_, n)| **n > 0) {
        share.disturbed = true;
    }
}

fn give(piece: &Component, inside: &[usize], windows: &[Window], pen: &Patch, shares: &mut [Share]) {
    let owner = (0..inside.len()).max_by_key(|&c| (inside[c], usize::MAX - c)).unwrap_or(0);
    let others = inside.iter().enumerate().any(|(c, &n)| c != owner && n * 8 >= inside[owner] && n as f64 > 0.4 * SCALE * SCALE);
    if others {
        // Two digits that touch across a border are cut there; each half is scored as it stands.
        for (c, window) in windows.iter().enumerate().filter(|(c, _)| inside[*c] > 0) {
            shares[c].halved = true;
            take(
                &mut shares[c],
                piece.pixels.iter().copied().filter(|&i| window.holds(i % pen.width, i / pen.width)),
                piece,
                pen.width,
            );
        }
    } else {
        take(&mut shares[owner], reachable(piece, &windows[owner], pen), piece, pen.width);
    }
}

/// A piece that lies mostly outside: what reaches into a cell belongs to it only where it is no mere tip.
fn stray(piece: &Component, inside: &[usize], windows: &[Window], pen: &Patch, shares: &mut [Share]) {
    for (c, &n) in inside.iter().enumerate() {
        if n as f64 > LEAST_COVERAGE * windows[c].area() as f64 {
            let pixels = reachable(piece, &windows[c], pen);
            take(&mut shares[c], pixels, piece, pen.width);
            shares[c].disturbed = true;
        }
    }
}

fn reachable<'a>(piece: &'a Component, window: &Window, pen: &Patch) -> impl Iterator<Item = usize> + 'a {
    let over = (OVERSHOOT_MM * SCALE) as usize;
    let wide = Window {
        x0: window.x0.saturating_sub(over),
        x1: window.x1 + over,
        y0: window.y0.saturating_sub(over),
        y1: window.y1 + over,
    };
    let width = pen.width;
    piece.pixels.iter().copied().filter(move |&i| wide.holds(i % width, i / width))
}

fn take(share: &mut Share, pixels: impl Iterator<Item = usize>, piece: &Component, width: usize) {
    let before = share.pixels.len();
    share.pixels.extend(pixels);
    share.parts.extend(bounds(&share.pixels[before..], width));
    share.extent_mm = share.extent_mm.max(extent_mm(piece));
}

fn score_cell(pen: &Patch, cell: &RectMm, window: &Window, share: &Share, free: bool, model: &dyn DigitModel) -> CellScore {
    let coverage = share.pixels.len() as f64 / window.area().max(1) as f64;
    let empty = coverage < LEAST_COVERAGE && share.extent_mm < 1.2;
    let scores = if empty {
        DigitScores::certain(DigitClass::Blank)
    } else {
        let scores = score_pixels(pen, &share.pixels, cell.h, model);
        let scores = scores.unwrap_or_else(|| DigitScores::certain(DigitClass::Rubbish));
        let no_scrap = free || is_drawn_within(share, window, pen);
        if no_scrap { scores.weighed(DigitClass::Rubbish, FREE_RUBBISH) } else { scores }
    };
    CellScore { scores, coverage, disturbed: share.disturbed || stands_apart(&share.parts), slash: false, free }
}

/// Share of the ink's height from which a part that stands apart is a digit of its own.
const TALL: f64 = 0.5;

/// Whether two tall parts stand clear of each other side by side: two digits in one cell, or one that fell into halves. The
/// recogniser sees only one of them where the other is thin.
fn stands_apart(parts: &[Window]) -> bool {
    let mut parts: Vec<&Window> = parts.iter().collect();
    parts.sort_by_key(|p| p.x0);
    let clear = (CLEAR_MM * SCALE).round() as usize;
    let (mut groups, mut end): (Vec<Vec<(usize, usize)>>, usize) = (Vec::new(), 0);
    for part in parts {
        match groups.last_mut() {
            Some(group) if part.x0 < end + clear => group.push((part.y0, part.y1)),
            _ => groups.push(vec![(part.y0, part.y1)]),
        }
        end = end.max(part.x1);
    }
    let rows = groups.iter().flatten();
    let (top, bottom) = rows.fold((usize::MAX, 0), |(top, bottom), (y0, y1)| (top.min(*y0), bottom.max(*y1)));
    groups.iter().filter(|group| covered(group) as f64 >= TALL * bottom.saturating_sub(top) as f64).count() > 1
}

/// How many rows some ranges of rows cover together: two specks one above the other are not as tall as what lies between them.
fn covered(ranges: &[(usize, usize)]) -> usize {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut end = 0;
    let more = |sum: usize, &(y0, y1): &(usize, usize)| {
        let new = y1.saturating_sub(y0.max(end));
        end = end.max(y1);
        sum + new
    };
    sorted.iter().fold(0, more)
}

/// The recogniser's scores of some pixels of a patch; none where they are no possible glyph.
pub fn score_pixels(pen: &Patch, pixels: &[usize], cell_height_mm: f64, model: &dyn DigitModel) -> Option<DigitScores> {
    let Window { x0, x1, y0, y1 } = bounds(pixels, pen.width)?;
    let (w, h) = (x1 - x0, y1 - y0);
    let level = pen_level(pen, pixels);
    let mut ink = vec![0.0_f32; (w + 2) * (h + 2)];
    for &i in pixels {
        let (x, y) = (i % pen.width - x0 + 1, i / pen.width - y0 + 1);
        ink[y * (w + 2) + x] = (pen.ink[i] / level).min(1.0);
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
fn pen_level(pen: &Patch, pixels: &[usize]) -> f32 {
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
        CellScore { scores: DigitScores::from_logits(&logits, 1.0), coverage: 0.1, disturbed: false, slash: false, free: true }
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

    #[test]
    fn two_tall_parts_side_by_side_are_two_digits() {
        let part = |x0, x1, y0, y1| Window { x0, x1, y0, y1 };
        assert!(stands_apart(&[part(0, 3, 0, 40), part(9, 25, 2, 38)]), "a 1 before another digit");
        assert!(!stands_apart(&[part(0, 20, 0, 30), part(14, 18, 4, 40)]), "an open 4: its bar reaches below the other stroke");
        assert!(!stands_apart(&[part(0, 20, 8, 40), part(22, 34, 0, 6)]), "the hat of a 5 that stands apart is low");
        assert!(!stands_apart(&[part(0, 20, 0, 40)]));
        assert!(!stands_apart(&[part(0, 3, 4, 8), part(0, 3, 30, 34), part(9, 25, 2, 38)]), "two specks beside a digit");
        assert!(stands_apart(&[part(0, 3, 2, 18), part(0, 3, 20, 38), part(9, 25, 2, 38)]), "a 1 in two pieces");
    }
}
