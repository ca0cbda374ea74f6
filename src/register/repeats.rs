//! Rows of a table that look alike, columns likewise: whether each is where the map puts it. A sheet that slipped in the feed
//! or was folded lacks a row; every frame below fits the frame of the row before, and only what is printed beside the frames
//! or below the table tells. Knows no thresholds of placement (`decide`).

use super::fit::Map;
use super::ink::Ink;
use super::patch::{Patch, square};
use super::plane::Plane;
use super::reference::{PX_PER_MM, Reference};
use super::rival::{near, spread};
use crate::form::Field;
use crate::geometry::{PointMm, RectMm};
use std::mem::discriminant;
use std::sync::OnceLock;

/// Finest plane, pixels: 4 mm, a number of two figures.
const SIDE: usize = 16;
/// The same with a pixel more to each side.
const WIDE: usize = SIDE + 2;
/// Two fields look alike whose boxes differ by no more, mm.
const ALIKE_MM: f64 = 0.7;
/// How far apart fields that look alike may lie, mm, and how many of their distances are asked about in each direction.
const FURTHEST_MM: f64 = 45.0;
const STEPS: usize = 2;
/// Distance of the places looked at in a row, and of the rows looked at where there are no fields, mm.
const STEP_MM: f64 = 2.0;
const APART_MM: f64 = 5.0;
/// Places of a row looked at closely, the most different ones, how many of them are kept, and how far apart, mm.
const LOOKED_AT: usize = 6;
const PLACES: usize = 3;
const SPREAD_MM: f64 = 3.0;
/// Grey levels by which two prints must differ for a pixel to tell them apart; pixels around those are looked at as well.
const DIFFERS: u16 = 40;
const AROUND: usize = 2;
/// Correlation from which the one print is also found where the other is: the place tells nothing.
const SAME: f32 = 0.6;
/// Share of what the page's print correlates in the median from which it shows a print.
const SEEN: f32 = 0.8;
/// The same, from which it shows it well. Measured: 0.8 to 0.89 (once 0.93) of what was written and of a table's foot, which is
/// no row; the print of a row that slipped has as much as all the rest.
const WELL: f32 = 0.9;
/// The same of the nearest places alone, from which it is looked for further away as well.
const SUSPECT: f32 = 0.6;
/// How much better the one print must be found than the other.
const BETTER: f32 = 0.25;

/// The ways a form page may slip onto itself.
#[derive(Debug)]
pub(super) struct Repeats {
    steps: Vec<(Axis, f64)>,
    /// Made when the first such page is seen.
    slips: OnceLock<Vec<Slip>>,
}

/// One of them: a row shows what belongs to the row a step further on.
#[derive(Debug)]
struct Slip {
    axis: Axis,
    rows: Vec<Row>,
}

/// The direction in which a page slips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Down,
    Across,
}

/// What is printed at one place along the slip: the places that differ from those a step further on.
#[derive(Debug)]
struct Row {
    along: f64,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    at: PointMm,
    own: Option<Patch>,
    further: Patch,
}

impl Repeats {
    /// Of a page with these fields.
    pub(super) fn of(fields: &[&Field]) -> Self {
        let ways = [Axis::Down, Axis::Across].into_iter();
        let steps = ways.flat_map(|axis| steps(fields, axis).into_iter().flat_map(move |by| [(axis, by), (axis, -by)]));
        Self { steps: steps.collect(), slips: OnceLock::new() }
    }

    /// Which of the fields of this page, `reference`, show what is printed further on, or lie between rows that do; `usual` is
    /// what the page's print correlates in the median.
    pub(super) fn slipped(&self, reference: &Reference, ink: &Ink, map: &Map, usual: f32) -> Vec<bool> {
        let made = || self.steps.iter().map(|(axis, by)| Slip::of(reference, *axis, *by)).collect();
        let mut out = vec![false; reference.fields.len()];
        for slip in self.slips.get_or_init(made) {
            let shown = slip.shown(ink, map, usual);
            for (area, slipped) in reference.fields.iter().zip(&mut out) {
                *slipped |= slip.axis.is_off(&shown, area);
            }
        }
        out
    }
}

/// The distances at which three fields and more look alike, shortest first.
fn steps(fields: &[&Field], axis: Axis) -> Vec<f64> {
    let boxes: Vec<Vec<RectMm>> = fields.iter().map(|f| f.boxes()).collect();
    let further =
        |i: usize, by: f64| (0..fields.len()).any(|j| is_alike((fields[i], &boxes[i]), (fields[j], &boxes[j]), axis.step(by)));
    let mut out: Vec<f64> = Vec::new();
    for (i, one) in fields.iter().enumerate() {
        for (j, other) in fields.iter().enumerate() {
            let by = axis.along(boxes[j][0].centre()) - axis.along(boxes[i][0].centre());
            let near = by > ALIKE_MM && by < FURTHEST_MM && out.iter().all(|o| (o - by).abs() > ALIKE_MM);
            if near && is_alike((one, &boxes[i]), (other, &boxes[j]), axis.step(by)) && further(j, by) {
                out.push(by);
            }
        }
    }
    out.sort_by(f64::total_cmp);
    out.truncate(STEPS);
    out
}

/// Whether the second field, taken back by a step, is the first.
fn is_alike((one, a): (&Field, &[RectMm]), (other, b): (&Field, &[RectMm]), (dx, dy): (f64, f64)) -> bool {
    let same =
        |(a, b): (&RectMm, &RectMm)| [b.x - a.x - dx, b.y - a.y - dy, b.w - a.w, b.h - a.h].iter().all(|v| v.abs() < ALIKE_MM);
    discriminant(&one.kind) == discriminant(&other.kind) && a.len() == b.len() && a.iter().zip(b).all(same)
}

impl Axis {
    const fn along(self, p: PointMm) -> f64 {
        match self {
            Self::Down => p.y,
            Self::Across => p.x,
        }
    }

    const fn at(self, along: f64, aside: f64) -> PointMm {
        match self {
            Self::Down => PointMm { x: aside, y: along },
            Self::Across => PointMm { x: along, y: aside },
        }
    }

    const fn step(self, by: f64) -> (f64, f64) {
        match self {
            Self::Down => (0.0, by),
            Self::Across => (by, 0.0),
        }
    }

    /// Whether an area shows what is printed further on: its own rows do, or, where they say nothing, the next ones that do
    /// to either side.
    fn is_off(self, shown: &[(f64, Shown)], area: &RectMm) -> bool {
        let (from, to) = match self {
            Self::Down => (area.y, area.bottom()),
            Self::Across => (area.x, area.right()),
        };
        let here = |(along, _): &&(f64, Shown)| *along >= from && *along <= to;
        let mut within = shown.iter().filter(here).peekable();
        if within.peek().is_some() {
            return within.any(|(_, s)| *s == Shown::Further);
        }
        let before = shown.iter().rev().find(|(along, _)| *along < from);
        let after = shown.iter().find(|(along, _)| *along > to);
        [before, after].into_iter().flatten().any(|(_, s)| *s == Shown::Further)
    }
}

/// Which of two prints a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Own,
    Further,
}

impl Slip {
    fn of(form: &Reference, axis: Axis, by: f64) -> Self {
        let length = axis.along(PointMm { x: form.width_mm, y: form.height_mm });
        let mut along: Vec<f64> = form.fields.iter().map(|f| axis.along(f.centre())).collect();
        let elsewhere = (1..(length / APART_MM) as usize).map(|i| i as f64 * APART_MM);
        let elsewhere: Vec<f64> = elsewhere.filter(|v| along.iter().all(|a| (a - v).abs() > APART_MM / 2.0)).collect();
        along.extend(elsewhere);
        along.sort_by(f64::total_cmp);
        along.dedup_by(|b, a| *b - *a < ALIKE_MM);
        let row = |along| Row::of(form, axis, along, by);
        Self { axis, rows: along.into_iter().map(row).filter(|row| !row.places.is_empty()).collect() }
    }

    /// What the page's rows show, those that are clear about it; nothing where none shows what is further on.
    fn shown(&self, ink: &Ink, map: &Map, usual: f32) -> Vec<(f64, Shown)> {
        let further: Vec<bool> = self.rows.iter().map(|row| row.shows_further(ink, map, usual)).collect();
        if !further.contains(&true) {
            return Vec::new();
        }
        let each = self.rows.iter().zip(further).filter_map(|(row, further)| {
            let shown = if further { Some(Shown::Further) } else { row.shows_own(ink, map, usual).then_some(Shown::Own) };
            shown.map(|s| (row.along, s))
        });
        each.collect()
    }
}

impl Row {
    fn of(form: &Reference, axis: Axis, along: f64, by: f64) -> Self {
        let width = axis.along(PointMm { x: form.height_mm, y: form.width_mm });
        let all = (1..(width / STEP_MM) as usize).map(|i| axis.at(along, i as f64 * STEP_MM));
        let (dx, dy) = axis.step(by);
        let onward = |p: PointMm| PointMm { x: p.x + dx, y: p.y + dy };
        let measured = all.map(|at| (difference(&form.ink.planes[2], at, onward(at)), at));
        let mut spots: Vec<(i64, PointMm)> = measured.filter(|(difference, _)| *difference > 0).collect();
        spots.sort_by_key(|(difference, _)| std::cmp::Reverse(*difference));
        let closely = spread(spots, LOOKED_AT, STEP_MM, |at| *at).into_iter();
        let mut found: Vec<(f32, Place)> =
            closely.filter_map(|(_, at)| place(form, at, onward).filter(|(same, _)| *same < SAME)).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { along, places: spread(found, PLACES, SPREAD_MM, |place| place.at).into_iter().map(|(_, place)| place).collect() }
    }

    /// Whether more of the row's places show what is printed further on than what belongs there. Bare paper says nothing.
    fn shows_further(&self, ink: &Ink, map: &Map, usual: f32) -> bool {
        let score = |patch: &Patch, at, reach| patch.find(at, ink, map, reach).map_or(0.0, |m| m.score);
        let further = |place: &Place| {
            let suspect = score(&place.further, place.at, 1) >= SUSPECT * usual;
            if suspect { score(&place.further, place.at, 2) } else { 0.0 }
        };
        let further: Vec<f32> = self.places.iter().map(further).collect();
        if further.iter().all(|score| *score < SEEN * usual) {
            return false;
        }
        let (mut for_further, mut for_own) = (0.0, 0.0);
        for (place, further) in self.places.iter().zip(further) {
            let own = place.own.as_ref().map_or(0.0, |own| score(own, place.at, 2));
            let seen = |this: f32, other: f32| this >= SEEN * usual && this > other + BETTER;
            if seen(further, own) {
                // What is written where nothing is printed, or over what is, may look like it by half.
                let well = if further >= WELL * usual { 1.0 } else { 0.5 };
                for_further += if place.own.is_some() { well } else { well / 2.0 };
            }
            for_own += f64::from(u8::from(seen(own, further)));
        }
        for_further >= 1.0 && for_further > for_own
    }

    /// Whether one of them shows what belongs there.
    fn shows_own(&self, ink: &Ink, map: &Map, usual: f32) -> bool {
        let seen = |place: &Place| place.own.as_ref()?.find(place.at, ink, map, 2).map(|m| m.score >= SEEN * usual);
        self.places.iter().any(|place| seen(place) == Some(true))
    }
}

/// Sum over 4 × 4 mm of how much the print of two places differs at 1 mm per pixel, grey levels; `quarter` of the print.
fn difference(quarter: &Plane, at: PointMm, there: PointMm) -> i64 {
    let window =
        |p: PointMm| quarter.window((p.x * PX_PER_MM / 4.0 - 1.5, p.y * PX_PER_MM / 4.0 - 1.5), (1.0, 0.0), (0.0, 1.0), 4);
    window(at).iter().zip(window(there)).map(|(a, b)| i64::from((a - b).abs())).sum()
}

/// A place with both prints, of which only what differs is looked at, and how alike they are.
fn place(form: &Reference, at: PointMm, onward: impl Fn(PointMm) -> PointMm) -> Option<(f32, Place)> {
    let (mine, theirs) = (around(&form.ink, at), around(&form.ink, onward(at)));
    let mm = |i: usize| (i as f64 + 0.5 - SIDE as f64 / 2.0) / PX_PER_MM;
    let (here, there) = (near(&form.zones, at), near(&form.zones, onward(at)));
    let hidden = |(x, y): (usize, usize)| {
        let p = PointMm { x: at.x + mm(x), y: at.y + mm(y) };
        here.iter().any(|z| z.contains(p)) || there.iter().any(|z| z.contains(onward(p)))
    };
    let pixels = || (0..SIDE * SIDE).map(|i| (i % SIDE, i / SIDE));
    let (of_mine, of_theirs) = (alone(&mine, &theirs), alone(&theirs, &mine));
    let either = of_mine.iter().zip(&of_theirs).map(|(a, b)| a | b);
    let differs: Vec<bool> = pixels().zip(either).map(|(p, differs)| differs && !hidden(p)).collect();
    let span = |v: usize| v.saturating_sub(AROUND)..(v + AROUND + 1).min(SIDE);
    let told = |(x, y): (usize, usize)| span(y).any(|y| span(x).any(|x| differs[y * SIDE + x]));
    let seen: Vec<bool> = pixels().map(|p| told(p) && !hidden(p)).collect();
    let patch = |all: &[i16]| {
        let inner: Vec<i16> = pixels().map(|(x, y)| all[(y + 1) * WIDE + x + 1]).collect();
        Patch::masked(&inner, &seen, SIDE, PX_PER_MM)
    };
    let (own, further) = (patch(&mine), patch(&theirs)?);
    let map = Reference::own_map();
    let found = |patch: &Patch, at| patch.find(at, &form.ink, &map, 2).map_or(1.0, |m| m.score);
    let same = found(&further, at).max(own.as_ref().map_or(0.0, |own| found(own, onward(at))));
    Some((same, Place { at, own, further }))
}

/// The pixels of the one print for which there is none like it around their place in the other.
fn alone(one: &[i16], other: &[i16]) -> [bool; SIDE * SIDE] {
    let mut out = [true; SIDE * SIDE];
    for (y, out) in out.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
        let row = &one[(y + 1) * WIDE + 1..][..SIDE];
        for shift in 0..9 {
            let there = &other[(y + shift / 3) * WIDE + shift % 3..][..SIDE];
            for (out, (a, b)) in out.iter_mut().zip(row.iter().zip(there)) {
                *out &= a.abs_diff(*b) > DIFFERS;
            }
        }
    }
    out
}

/// The print within [`SIDE`] pixels and one more to each side.
fn around(ink: &Ink, at: PointMm) -> Vec<i16> {
    square(&ink.planes[0], at, PX_PER_MM, WIDE)
}
