//! What of a field's strokes belongs to each cell of its comb. Does not say what is written there.

use super::ones::{is_line_across, is_streak};
use super::{CLEAR_MM, bounds};
use crate::read::components::Component;
use crate::read::patch::{Patch, SCALE, Window};
use crate::read::seam::Seams;
use crate::read::strokes::{STRAIGHT_MM, Strokes, breadth_mm, extent_mm};

/// How far beyond its cell a digit is followed, mm: people overshoot by up to a fifth of an 8-mm cell.
pub(in crate::read) const OVERSHOOT_MM: f64 = 1.6;

/// How much of a piece may lie farther away than a digit is followed, mm²: half a millimetre of a pen's line. More of it is
/// something else: a correction that was written between two rows, a line from another place.
const BEYOND_MM2: f64 = 0.15;

/// Ink below this share of the cell is no digit: a 1 of a 0.3-mm pen half as tall as its cell covers 1.9 %.
const LEAST_COVERAGE: f64 = 0.006;

/// Share of a cell's ink that must lie clear of its frame, and of its height that it must take up, for it to be no scrap of a
/// frame and no tip of a neighbour's digit though it touches the frame.
const WITHIN: f64 = 0.85;
const TALL_ENOUGH: f64 = 0.5;

/// What of the field's strokes belongs to one cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Share {
    pub(super) pixels: Vec<usize>,
    /// The same where pieces that lie in several cells are cut where there is least of them, not at the cells' borders.
    pub(super) at_seams: Vec<usize>,
    /// What each piece takes up.
    parts: Vec<Window>,
    extent_mm: f64,
    pub(super) disturbed: bool,
    /// Part of a piece that was cut at the cell's border.
    pub(super) halved: bool,
    /// Part of a piece that goes on farther away than a digit is followed.
    pub(super) goes_on: bool,
}

impl Share {
    /// Share of the cell that its ink covers.
    pub(super) fn coverage(&self, window: &Window) -> f64 {
        self.pixels.len() as f64 / window.area().max(1) as f64
    }

    /// Whether there is too little ink for a digit.
    pub(super) fn is_empty(&self, window: &Window) -> bool {
        self.coverage(window) < LEAST_COVERAGE && self.extent_mm < 1.2
    }

    /// Whether a cell's ink keeps clear of the frame and nothing stands in line with it outside the cell.
    pub(super) fn is_free(&self, window: &Window, strokes: &Strokes, pen: &Patch) -> bool {
        let clear = (CLEAR_MM * SCALE).round() as usize;
        let Some(b) = bounds(&self.pixels, pen.width) else { return false };
        let within =
            b.x0 >= window.x0 + clear && b.x1 + clear <= window.x1 && b.y0 >= window.y0 + clear && b.y1 + clear <= window.y1;
        let in_line = |p: &Component| {
            let beyond = p.bounds.y1 <= window.y0 + clear || p.bounds.y0 + clear >= window.y1;
            beyond && p.bounds.x0 < b.x1 + 2 * clear && b.x0 < p.bounds.x1 + 2 * clear
        };
        within && !strokes.pieces.iter().chain(strokes.doubts()).any(in_line)
    }

    /// Whether what is written in a cell was drawn there, though it reaches its frame: no straight line, most of it well within.
    pub(super) fn is_drawn_within(&self, window: &Window, pen: &Patch) -> bool {
        let clear = (CLEAR_MM * SCALE).round() as usize;
        let inner = Window {
            x0: window.x0 + clear,
            x1: window.x1.saturating_sub(clear),
            y0: window.y0 + clear,
            y1: window.y1.saturating_sub(clear),
        };
        let within = self.pixels.iter().filter(|&&i| inner.holds(i % pen.width, i / pen.width)).count();
        let Some(ink) = bounds(&self.pixels, pen.width) else { return false };
        let tall = (ink.y1 - ink.y0) as f64 >= TALL_ENOUGH * (window.y1 - window.y0) as f64;
        !self.halved
            && tall
            && within as f64 >= WITHIN * self.pixels.len() as f64
            && breadth_mm(&self.pixels, pen.width) >= STRAIGHT_MM
    }

    /// What was taken last is the same however other pieces are cut.
    fn take_whole(&mut self, before: usize) {
        self.at_seams.extend_from_slice(&self.pixels[before..]);
    }

    /// Whether the ink may be two digits, or one that fell into halves.
    pub(super) fn stands_apart(&self) -> bool {
        stands_apart(&self.parts)
    }
}

/// Every piece goes to the cell that holds most of it; a piece that lies in several is cut at their borders.
pub(super) fn share_out(strokes: &Strokes, windows: &[Window], pen: &Patch) -> Vec<Share> {
    let mut shares = vec![Share::default(); windows.len()];
    for piece in &strokes.pieces {
        let inside: Vec<usize> = windows.iter().map(|w| piece.inside(w, pen.width)).collect();
        let held: usize = inside.iter().sum();
        if is_streak(piece, pen) || is_line_across(piece, (&inside, windows), pen) {
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
        let seams = Seams::through(piece, windows, pen.width);
        for (c, window) in windows.iter().enumerate().filter(|(c, _)| inside[*c] > 0) {
            shares[c].halved = true;
            let own = |&i: &usize| window.holds(i % pen.width, i / pen.width);
            take(&mut shares[c], piece.pixels.iter().copied().filter(own), piece, pen.width);
            shares[c].at_seams.extend(reachable(piece, window, pen).filter(|&i| seams.is_within(c, i)));
        }
    } else {
        let before = shares[owner].pixels.len();
        take(&mut shares[owner], reachable(piece, &windows[owner], pen), piece, pen.width);
        shares[owner].take_whole(before);
        let beyond = piece.pixels.len() - (shares[owner].pixels.len() - before);
        shares[owner].goes_on |= beyond as f64 > BEYOND_MM2 * SCALE * SCALE;
    }
}

/// A piece that lies mostly outside: what reaches into a cell belongs to it only where it is no mere tip.
fn stray(piece: &Component, inside: &[usize], windows: &[Window], pen: &Patch, shares: &mut [Share]) {
    for (c, &n) in inside.iter().enumerate() {
        if n as f64 > LEAST_COVERAGE * windows[c].area() as f64 {
            let before = shares[c].pixels.len();
            take(&mut shares[c], reachable(piece, &windows[c], pen), piece, pen.width);
            shares[c].take_whole(before);
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

/// Share of a cell's height from which a stroke past the end of a comb may be a digit.
const TALL_AS_A_DIGIT: f64 = 0.4;

/// The end cells past which, within a cell's width, something as tall as a digit is written that belongs to no other field
/// and does not come in from farther away: a number too long for its comb, or one that was written beside it.
pub(super) fn past_the_ends(strokes: &Strokes, windows: &[Window], theirs: &[Window], pen: &Patch) -> Vec<usize> {
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

/// Height from which a stroke above or below a cell may be a digit, mm, of the 2.5 mm that are looked at there: corrections are
/// small, and stand close.
const CORRECTION_MM: f64 = 1.4;

/// The cells above or below which something as tall as a small digit is written that belongs to no other field: what replaces the
/// digit in the cell, or one that was left out.
pub(super) fn above_or_below(strokes: &Strokes, windows: &[Window], theirs: &[Window], pen: &Patch) -> Vec<usize> {
    let over = (CLEAR_MM * SCALE) as usize;
    let is_near = |cell: &Window, p: &Component| {
        let outside = p.bounds.y1 <= cell.y0 + over || p.bounds.y0 + over >= cell.y1;
        outside && (cell.x0..cell.x1).contains(&p.bounds.middle().0)
    };
    let is_small_digit = |p: &&Component| {
        let (w, h) = p.size();
        h as f64 >= CORRECTION_MM * SCALE && w <= 3 * h && p.bounds.x0 > 0 && p.bounds.x1 < pen.width
    };
    let written: Vec<&Component> =
        strokes.pieces.iter().filter(is_small_digit).filter(|p| !p.bounds.lies_in_one_of(theirs)).collect();
    (0..windows.len()).filter(|&at| written.iter().any(|p| is_near(&windows[at], p))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

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
