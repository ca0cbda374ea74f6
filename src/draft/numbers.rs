//! Printed numbers that people ring: 1, 2, 3 … with words beside them, along a row or down a column, or 5, 4, 3, 2, 1 along
//! a row. The recogniser of handwritten digits reads print as well; that they count makes sure of them.

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

/// Which way the numbers of a row or column go on from 1.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// To the right, or downwards.
    On,
    /// To the left.
    Back,
}

/// Rows and columns of numbers to ring, with the place of each number, from 1 on.
pub(super) fn to_ring(ink: &Ink, glyphs: &[RectMm], frames: &Frames, digits: &dyn DigitModel) -> Vec<Vec<RectMm>> {
    let found = numbers(ink, glyphs, digits);
    let mut used = vec![false; found.len()];
    let mut groups = Vec::new();
    for first in 0..found.len() {
        if used[first] || found[first].1 != 1 {
            continue;
        }
        let counted = |way: Way| {
            let mut group = vec![first];
            while let Some(next) = following(ink, &found, &group, &used, (frames, way)) {
                group.push(next);
            }
            group
        };
        let (on, back) = (counted(Way::On), counted(Way::Back));
        let group = if on.len() == 1 && back.len() >= LEAST_DOWN { back } else { on };
        if group.len() > 1 {
            for &i in &group {
                used[i] = true;
            }
            groups.push(group.into_iter().map(|i| found[i].0.grown(ROOM_MM)).collect());
        }
    }
    groups
}

/// The next number after a group: the nearest that is one more, in the same row or column, in the same frame.
fn following(ink: &Ink, found: &[(RectMm, u8)], group: &[usize], used: &[bool], (frames, way): (&Frames, Way)) -> Option<usize> {
    let (last, value) = found[group[group.len() - 1]];
    let distance = |i: &usize| {
        let (here, there) = (last.centre(), found[*i].0.centre());
        (there.x - here.x).hypot(there.y - here.y)
    };
    let fits = |i: &usize| {
        let (here, there) = (last.centre(), found[*i].0.centre());
        let (dx, dy) = (there.x - here.x, there.y - here.y);
        let (left, right) = if way == Way::On { (&last, &found[*i].0) } else { (&found[*i].0, &last) };
        let apart = if way == Way::On { dx } else { -dx };
        let in_row = dy.abs() < 1.2 && (APART_MM..NEXT_MM.0).contains(&apart) && !is_one_expression(ink, left, right);
        let in_column = way == Way::On && dx.abs() < 1.2 && (3.0..NEXT_MM.1).contains(&dy);
        in_row || in_column
    };
    let candidates = (0..found.len()).filter(|&i| !used[i] && found[i].1 == value + 1 && !group.contains(&i));
    let together = |i: &usize| frames.frame_of(&found[*i].0) == frames.frame_of(&last);
    candidates.filter(fits).filter(together).min_by(|a, b| distance(a).total_cmp(&distance(b)))
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

/// Numbers 1 to 9 that stand by themselves, left to right.
fn numbers(ink: &Ink, glyphs: &[RectMm], digits: &dyn DigitModel) -> Vec<(RectMm, u8)> {
    let fits = |g: &RectMm| HEIGHT_MM.contains(&g.h) && g.w <= g.h && is_alone(ink, g);
    let mut found: Vec<(RectMm, u8)> =
        glyphs.iter().filter(|g| fits(g)).filter_map(|g| as_number(ink, g, digits).map(|value| (*g, value))).collect();
    found.sort_by(|a, b| a.0.x.total_cmp(&b.0.x));
    found
}

fn is_alone(ink: &Ink, glyph: &RectMm) -> bool {
    let beside = |x: f64| ink.share(&RectMm::new(x, glyph.y - 0.2, ALONE_MM, glyph.h + 0.4)) < 0.005;
    beside(glyph.x - ALONE_MM) && beside(glyph.right())
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
        (DigitClass::Digit(value @ 1..=9), sure) if sure >= LEAST => Some(value),
        _ => None,
    }
}
