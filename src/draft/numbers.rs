//! Printed numbers that people ring: 1, 2, 3 … with words beside them (1.入院　2.外来), along a row or down a column, or 5, 4,
//! 3, 2, 1 along a row, also one to each cell of a table's row; a row may begin with 0 and go on on the next line. The
//! recogniser of handwritten digits reads print as well; that they count makes sure of them.

use super::frames::Frames;
use super::ink::{Ink, SCALE};
use crate::geometry::RectMm;
use crate::recognize::{DigitClass, DigitModel, InkPatch};

/// Height of a printed number, mm: 7 to 14 points.
const HEIGHT_MM: std::ops::RangeInclusive<f64> = 1.5..=4.2;
/// Least confidence in each; that they count does the rest.
const LEAST: f32 = 0.8;
/// White to the left and to the right of a number that stands by itself, mm.
const ALONE_MM: f64 = 0.9;
/// Farthest the next number may be along a row and down a column, mm.
const NEXT_MM: (f64, f64) = (130.0, 26.0);
/// Nearest it may be along a row, mm.
const APART_MM: f64 = 6.0;
/// Numbers nearer than this have nothing between them, or words: the one sign of 1～2 and 1／2 makes them one expression.
const CLOSE_MM: f64 = 14.0;
/// Fewest numbers that count down: a 2 before a 1 may be anything.
const LEAST_DOWN: usize = 3;
/// Width of print that is words, mm.
const WORDS_MM: f64 = 4.0;
/// Room between a number and a ring round it, mm.
const ROOM_MM: f64 = 0.9;

/// Sides of a full stop after a number, and the widest white before it, mm.
const POINT_MM: (std::ops::RangeInclusive<f64>, f64) = (0.15..=0.95, 1.6);
/// Widest white between the figures of one number, share of their height.
const FIGURES: f64 = 0.35;
/// Fewest numbers of a row that may begin with 0.
const LEAST_FROM_0: usize = 3;
/// How far numbers of one row may lie above or below each other, and those of a column to the side, mm.
const IN_LINE_MM: f64 = 1.2;

/// A printed number that may be ringed.
#[derive(Debug, Clone, Copy)]
struct Number {
    place: RectMm,
    value: u8,
    /// Right edge of the full stop after it, before a word that follows at once: 1.入院.
    pointed: Option<f64>,
}

/// Which way the numbers of a row or column go on from 1.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// To the right, or downwards.
    On,
    /// To the left.
    Back,
}

/// Numbers to ring that count up by one.
pub(super) struct Count {
    /// The first of them.
    pub(super) from: u8,
    /// The place of each.
    pub(super) places: Vec<RectMm>,
}

/// Rows and columns of numbers to ring.
pub(super) fn to_ring(ink: &Ink, glyphs: &[RectMm], frames: &Frames, digits: &dyn DigitModel) -> Vec<Count> {
    let found = numbers(ink, glyphs, digits);
    let blank = Blank { ink, frames, found: &found };
    let mut used = vec![false; found.len()];
    let mut counts = Vec::new();
    for first in 0..found.len() {
        if used[first] || found[first].value != 1 {
            continue;
        }
        let counted = |way: Way| {
            let mut group = vec![first];
            while let Some(next) = blank.following(&group, &used, way) {
                group.push(next);
            }
            group
        };
        let (on, back) = (counted(Way::On), counted(Way::Back));
        let mut group = if on.len() == 1 && back.len() >= LEAST_DOWN { back } else { on };
        if group.len() > 1 {
            if let Some(nought) = blank.nought(&group, &used) {
                group.insert(0, nought);
            }
            for &i in &group {
                used[i] = true;
            }
            let places = group.iter().map(|&i| found[i].room()).collect();
            counts.push(Count { from: found[group[0]].value, places });
        }
    }
    counts
}

impl Number {
    /// Where a ring round it is looked for: clear of a word that follows it at once.
    fn room(&self) -> RectMm {
        let room = self.place.grown(ROOM_MM);
        let right = self.pointed.map_or(room.right(), |point| (point + 0.2).min(room.right()));
        RectMm { w: right - room.x, ..room }
    }
}

/// A blank's numbers, and what is printed between them.
struct Blank<'a> {
    ink: &'a Ink,
    frames: &'a Frames,
    found: &'a [Number],
}

impl Blank<'_> {
    /// The next number after a group: the nearest that is one more, further along its row or column, in the same frame or the
    /// next cell of a table; at the end of a row the first of the next line.
    fn following(&self, group: &[usize], used: &[bool], way: Way) -> Option<usize> {
        let last = &self.found[group[group.len() - 1]];
        let (row, column) = self.runs(group);
        let candidates =
            (0..self.found.len()).filter(|&i| !used[i] && self.found[i].value == last.value + 1 && !group.contains(&i));
        let distance = |i: &usize| {
            let (here, there) = (last.place.centre(), self.found[*i].place.centre());
            (there.x - here.x).hypot(there.y - here.y)
        };
        let fits = |i: &usize| {
            let next = &self.found[*i];
            row && self.in_row(last, next, way) || column && way == Way::On && self.in_column(last, next)
        };
        let nearest = candidates.clone().filter(fits).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let below =
            |i: &usize| way == Way::On && group.len() > 1 && row && self.in_column(&self.found[group[0]], &self.found[*i]);
        nearest.or_else(|| candidates.filter(below).min_by(|a, b| distance(a).total_cmp(&distance(b))))
    }

    /// Whether a group may be a row, and whether it may be a column.
    fn runs(&self, group: &[usize]) -> (bool, bool) {
        let last_two = group.len().checked_sub(2).map(|i| (&self.found[group[i]].place, &self.found[group[i + 1]].place));
        last_two.map_or((true, true), |(a, b)| {
            let level = (a.centre().y - b.centre().y).abs() < IN_LINE_MM;
            (level || b.x < a.x - IN_LINE_MM, !level)
        })
    }

    fn in_row(&self, last: &Number, next: &Number, way: Way) -> bool {
        let (left, right) = if way == Way::On { (last, next) } else { (next, last) };
        let apart = right.place.centre().x - left.place.centre().x;
        let level = (left.place.centre().y - right.place.centre().y).abs() < IN_LINE_MM;
        let together = self.same_frame(left, right) || self.frames.are_neighbours(&left.place, &right.place);
        let one = is_one_expression(self.ink, &left.place, &right.place);
        // A number and a word with room to write in after them is a question's.
        let asks = left.pointed.is_some() && self.frames.has_room_between(&left.place, &right.place);
        // Beyond another number of the line begins another count.
        let mut others = self.found.iter().map(|n| n.place.centre()).filter(|c| (c.y - left.place.centre().y).abs() < IN_LINE_MM);
        let next = !others.any(|c| c.x > left.place.right() && c.x < right.place.x);
        next && level && together && (APART_MM..NEXT_MM.0).contains(&apart) && !one && !asks
    }

    /// Down a column numbers with a full stop count questions and paragraphs.
    fn in_column(&self, last: &Number, next: &Number) -> bool {
        let (here, there) = (last.place.centre(), next.place.centre());
        let below = (here.x - there.x).abs() < IN_LINE_MM && (3.0..NEXT_MM.1).contains(&(there.y - here.y));
        below && self.same_frame(last, next) && last.pointed.is_none() && next.pointed.is_none()
    }

    fn same_frame(&self, a: &Number, b: &Number) -> bool {
        self.frames.frame_of(&a.place) == self.frames.frame_of(&b.place)
    }

    /// A 0 before a row, as far from its 1 as that is from its 2.
    fn nought(&self, group: &[usize], used: &[bool]) -> Option<usize> {
        let (first, second) = (&self.found[group[0]], &self.found[group[1]]);
        let step = second.place.centre().x - first.place.centre().x;
        let before = |i: &usize| {
            let nought = &self.found[*i];
            let apart = first.place.centre().x - nought.place.centre().x;
            nought.value == 0 && !used[*i] && (apart / step - 1.0).abs() < 0.35 && self.in_row(nought, first, Way::On)
        };
        let is_row = group.len() >= LEAST_FROM_0 && step > 0.0;
        (0..self.found.len()).find(|i| is_row && before(i))
    }
}

/// Whether there is one sign midway between two numbers; the word of the left one stands nearer to it (1 男　2 女).
fn is_one_expression(ink: &Ink, left: &RectMm, right: &RectMm) -> bool {
    let from = left.right() + 0.3;
    let columns = ((right.x - 0.3 - from) / 0.5).max(0.0) as usize;
    let inked = |i: &usize| ink.share(&RectMm::new(from + *i as f64 * 0.5, left.y - 0.3, 0.5, left.h + 0.6)) > 0.0;
    let printed: Vec<usize> = (0..columns).filter(inked).collect();
    let (Some(first), Some(last)) = (printed.first(), printed.last()) else { return false };
    let midway = columns - 1 - last <= 2 * first + 1;
    right.x - left.right() < CLOSE_MM && (printed.len() as f64 * 0.5) < WORDS_MM && midway
}

/// Numbers that stand by themselves, left to right; of two figures from 10 on.
fn numbers(ink: &Ink, glyphs: &[RectMm], digits: &dyn DigitModel) -> Vec<Number> {
    let clear = |x: f64, g: &RectMm| ink.share(&RectMm::new(x, g.y - 0.2, ALONE_MM, g.h + 0.4)) < 0.005;
    let begins = |g: &&RectMm| clear(g.x - ALONE_MM, g);
    let ends = |g: &RectMm| clear(g.right(), g);
    let figures: Vec<&RectMm> = glyphs.iter().filter(|g| HEIGHT_MM.contains(&g.h) && g.w <= g.h).collect();
    let value = |g: &RectMm| as_number(ink, g, digits);
    let mut found = Vec::new();
    for first in figures.iter().copied().filter(begins) {
        if ends(first) {
            found.extend(value(first).map(|value| Number { place: *first, value, pointed: None }));
        } else if let Some(point) = glyphs.iter().find(|p| is_point_after(first, p)) {
            found.extend(value(first).map(|value| Number { place: *first, value, pointed: Some(point.right()) }));
        } else if let Some(second) = figures.iter().find(|second| follows(first, second) && ends(second)) {
            let both = value(first).zip(value(second)).map(|(tens, units)| 10 * tens + units);
            let place = first.union(second);
            found.extend(both.filter(|n| *n >= 10).map(|value| Number { place, value, pointed: None }));
        }
    }
    found.sort_by(|a, b| a.place.x.total_cmp(&b.place.x));
    found
}

/// Whether a glyph is the full stop of a number.
fn is_point_after(figure: &RectMm, point: &RectMm) -> bool {
    let small = POINT_MM.0.contains(&point.w) && POINT_MM.0.contains(&point.h);
    let at_foot = point.centre().y > figure.y + 0.7 * figure.h && point.centre().y < figure.bottom() + 0.3;
    small && at_foot && (0.0..POINT_MM.1).contains(&(point.x - figure.right()))
}

/// Whether two figures are those of one number.
fn follows(first: &RectMm, second: &RectMm) -> bool {
    let alike = (first.y - second.y).abs() < 0.15 * first.h && (first.h - second.h).abs() < 0.15 * first.h;
    alike && (0.0..FIGURES * first.h).contains(&(second.x - first.right()))
}

fn as_number(ink: &Ink, glyph: &RectMm, digits: &dyn DigitModel) -> Option<u8> {
    let (x0, y0) = ((glyph.x * SCALE).round() as u32, (glyph.y * SCALE).round() as u32);
    let (w, h) = ((glyph.w * SCALE).round() as u32, (glyph.h * SCALE).round() as u32);
    let margin = h / 4;
    let at = |x: u32, y: u32| {
        let inside = (margin..margin + w).contains(&x) && (margin..margin + h).contains(&y);
        let (x, y) = (x0 + x.saturating_sub(margin), y0 + y.saturating_sub(margin));
        if inside && ink.mask.get_pixel(x, y)[0] > 0 { 1.0 } else { 0.0 }
    };
    let (wide, high) = (w + 2 * margin, h + 2 * margin);
    let pixels: Vec<f32> = (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect();
    let patch = InkPatch::new(wide as usize, high as usize, pixels, high as f32).ok()?;
    match digits.score(&[patch]).first()?.best() {
        (DigitClass::Digit(value), sure) if sure >= LEAST => Some(value),
        _ => None,
    }
}
