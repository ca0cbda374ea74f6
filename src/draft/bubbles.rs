//! Bubbles to fill in on a blank: closed round or oval outlines of one size, in rows. What may be printed inside them (a
//! letter, a figure) is not read.

use super::frames::stands_alone;
use super::ink::{Ink, SCALE, bounds};
use crate::geometry::RectMm;
use image::{GrayImage, Luma};
use imageproc::distance_transform::Norm;
use imageproc::morphology::dilate;
use imageproc::region_labelling::Connectivity;

/// Sides of a bubble's inside, mm.
const SIDE_MM: std::ops::RangeInclusive<f64> = 2.0..=12.0;
/// Width over height: from a round one to the long ovals of ballots.
const ASPECT: std::ops::RangeInclusive<f64> = 0.8..=4.0;
/// Points looked at along the outline, and the least share of them that is ink.
const OUTLINE: (usize, f64) = (48, 0.85);
/// How far the bubbles of one sheet may differ in either side, mm.
const ALIKE_MM: f64 = 0.5;
/// Fewest bubbles of one size on a sheet: fewer are letters.
const LEAST: usize = 4;
/// How far a bubble's middle may lie above or below the one before it in its row, mm.
const ROW_MM: f64 = 0.8;
/// A gap this many times the least between two neighbours of the row begins another question.
const APART: f64 = 1.7;

/// Insides of all bubbles, those of one question together, left to right.
pub(super) fn bubbles(ink: &Ink) -> Vec<Vec<RectMm>> {
    let thick = dilate(&ink.mask, Norm::LInf, 1);
    let paper = GrayImage::from_fn(thick.width(), thick.height(), |x, y| Luma([255 - thick.get_pixel(x, y)[0]]));
    let insides = bounds(&paper, Connectivity::Four).into_iter().map(inside);
    let round: Vec<RectMm> = insides.filter(|area| is_round(&thick, area) && stands_alone(ink, area)).collect();
    let alike = |a: &RectMm, b: &RectMm| (a.w - b.w).abs() < ALIKE_MM && (a.h - b.h).abs() < ALIKE_MM;
    let of_a_kind = |area: &&RectMm| round.iter().filter(|other| alike(area, other)).count() >= LEAST;
    rows(round.iter().filter(of_a_kind).copied().collect())
}

fn inside(b: [u32; 4]) -> RectMm {
    let mm = b.map(|v| f64::from(v) / SCALE);
    // The mask was made thicker by one pixel on every side.
    RectMm::new(mm[0], mm[1], mm[2] - mm[0], mm[3] - mm[1]).grown(1.0 / SCALE)
}

/// Whether an ellipse just outside is ink nearly all along, or two half circles and the lines between them, and its bounds'
/// corners are not: those of a box are.
fn is_round(thick: &GrayImage, area: &RectMm) -> bool {
    if !SIDE_MM.contains(&area.h) || !SIDE_MM.contains(&area.w) || !ASPECT.contains(&(area.w / area.h)) {
        return false;
    }
    let inked = |x: f64, y: f64| {
        let (x, y) = ((x * SCALE) as i64, (y * SCALE) as i64);
        let within = x >= 0 && y >= 0 && x < i64::from(thick.width()) && y < i64::from(thick.height());
        within && thick.get_pixel(x as u32, y as u32)[0] > 0
    };
    let (c, line) = (area.centre(), 0.05);
    let (rx, ry) = (area.w / 2.0 + line, area.h / 2.0 + line);
    let along = |at: &dyn Fn(f64, f64) -> (f64, f64)| {
        let turn = |i: usize| (i as f64 / OUTLINE.0 as f64 * std::f64::consts::TAU).sin_cos();
        let on = |i: &usize| {
            let (sin, cos) = turn(*i);
            let (x, y) = at(cos, sin);
            inked(c.x + x, c.y + y)
        };
        (0..OUTLINE.0).filter(on).count() as f64 / OUTLINE.0 as f64
    };
    let straight = rx - ry;
    let ellipse = along(&|cos, sin| (rx * cos, ry * sin));
    let stadium = along(&|cos, sin| (ry * cos + straight.max(0.0) * cos.signum(), ry * sin));
    let along = ellipse.max(stadium);
    let corners = area.grown(line).corners().iter().filter(|p| inked(p.x, p.y)).count();
    along >= OUTLINE.1 && corners < 2
}

/// Rows, parted where the gap between two bubbles is wider than the row's own.
fn rows(mut all: Vec<RectMm>) -> Vec<Vec<RectMm>> {
    all.sort_by(|a, b| a.centre().y.total_cmp(&b.centre().y));
    let mut rows: Vec<Vec<RectMm>> = Vec::new();
    for area in all {
        match rows.last_mut().filter(|row| (area.centre().y - row[row.len() - 1].centre().y).abs() < ROW_MM) {
            Some(row) => row.push(area),
            None => rows.push(vec![area]),
        }
    }
    rows.into_iter().flat_map(questions).collect()
}

fn questions(mut row: Vec<RectMm>) -> Vec<Vec<RectMm>> {
    row.sort_by(|a, b| a.x.total_cmp(&b.x));
    let least = row.windows(2).map(|two| two[1].x - two[0].x).fold(f64::INFINITY, f64::min);
    let mut out: Vec<Vec<RectMm>> = Vec::new();
    for area in row {
        match out.last_mut().filter(|question| area.x - question[question.len() - 1].x < APART * least) {
            Some(question) => question.push(area),
            None => out.push(vec![area]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet of 100 × 60 mm with rings of the given middles and radii, and a box.
    fn sheet(rings: &[(f64, f64, f64, f64)]) -> Ink {
        let picture = GrayImage::from_fn(1000, 600, |x, y| {
            let (x, y) = ((f64::from(x) + 0.5) / 10.0, (f64::from(y) + 0.5) / 10.0);
            let on_ring = rings.iter().any(|(cx, cy, rx, ry)| {
                let r = ((x - cx) / rx).hypot((y - cy) / ry);
                (r - 1.0).abs() * rx.min(*ry) < 0.12
            });
            let on_box = ((x - 80.0).abs().max((y - 50.0).abs()) - 2.0).abs() < 0.12;
            Luma([if on_ring || on_box { 20 } else { 250 }])
        });
        Ink::of(&picture, [100.0, 60.0])
    }

    /// A sheet with five long targets with round ends, this many mm long.
    fn stadiums(length: u32) -> Ink {
        let half = f64::from(length) / 2.0 - 1.6;
        let picture = GrayImage::from_fn(1000, 600, |x, y| {
            let (x, y) = ((f64::from(x) + 0.5) / 10.0, (f64::from(y) + 0.5) / 10.0);
            let on = |row: i32| {
                let (dx, dy) = (((x - 20.0).abs() - half).max(0.0), y - 8.0 - 9.0 * f64::from(row));
                (dx.hypot(dy) - 1.6).abs() < 0.12
            };
            Luma([if (0..5).any(on) { 20 } else { 250 }])
        });
        Ink::of(&picture, [100.0, 60.0])
    }

    #[test]
    fn rows_of_rings_are_questions_and_a_box_is_none() {
        let rings: Vec<(f64, f64, f64, f64)> =
            (0..3).flat_map(|r| [10.0, 17.0, 24.0, 60.0, 67.0].map(move |x| (x, 10.0 + 8.0 * f64::from(r), 2.1, 2.1))).collect();
        let found = bubbles(&sheet(&rings));
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2, 3, 2, 3, 2]);
        let first = found[0][0];
        assert!((first.centre().x - 10.0).abs() < 0.1 && (first.w - 4.0).abs() < 0.3, "{first:?}");
    }

    #[test]
    fn ovals_are_found_and_two_lone_letters_are_not() {
        let ovals: Vec<(f64, f64, f64, f64)> = (0..5).map(|r| (12.0, 8.0 + 9.0 * f64::from(r), 3.2, 1.6)).collect();
        assert_eq!(bubbles(&sheet(&ovals)).len(), 5);
        let large: Vec<(f64, f64, f64, f64)> = (0..5).map(|r| (20.0, 8.0 + 9.0 * f64::from(r), 4.5, 2.75)).collect();
        assert_eq!(bubbles(&sheet(&large)).len(), 5);
        assert_eq!(bubbles(&stadiums(8)).len(), 5);
        assert!(bubbles(&sheet(&ovals[..2])).is_empty());
    }
}
