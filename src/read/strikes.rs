//! Straight strokes that run through a mark and beyond it on both sides, as those that strike it out do: one line, two, a cross.
//! Print and scans without grey cut a thin one into dashes, so that it is sought as a line rather than as a piece. Does not say
//! what a mark is. Limits were chosen by looking at the struck marks of one tester's sheets; none were kept apart to measure them on.

use super::frame::Aligned;
use super::patch::{Patch, SCALE};
use super::strokes::Strokes;
use std::f64::consts::{PI, TAU};
use std::ops::Range;

/// Directions in which a mark's edge is known from its middle: 10° each.
pub(super) const DIRECTIONS: usize = 36;

/// Angles of the lines that are tried, 7.5° apart, and how far apart they lie beside each other, mm.
const ANGLES: usize = 24;
const APART_MM: f64 = 0.25;

/// Share of a line's visible length that is inked, within the mark and beyond it at either end, from which it is a stroke.
const INKED: f64 = 0.6;

/// The same beside a printed edge where the line is in dashes within the mark too, and the three shares come to `TOGETHER`: of two
/// parts that are nearly whole the third may be missing half. A solid one ends where its ink does.
const BARELY: f64 = 0.45;
const TOGETHER: f64 = 2.0;
pub(super) const UNBROKEN: f64 = 0.93;

/// The same where print at the mark's middle hides most of it, how little of it is seen then, and how near to the middle it passes,
/// mm.
const CLEARLY: f64 = 0.7;
const GLIMPSED_MM: f64 = 0.9;
const CENTRAL_MM: f64 = 0.8;

/// The same where it leaves the mark, by a first look.
const ABOUT: f64 = 0.35;

/// Least length of a line within a mark that print does not hide, mm, and beyond it at either end.
const SEEN_MM: f64 = 1.2;
const SEEN_BEYOND_MM: f64 = 0.35;

/// Where an upright line goes on that is a scanner's streak rather than a stroke, mm beyond the mark.
const STREAK_MM: Range<f64> = 3.5..5.5;

/// Sine of the angle from which a line is upright: 20° off.
const UPRIGHT: f64 = 0.94;

/// Pixels beside a line that belong to it: strokes bend.
const BESIDE: i64 = 2;

/// What the pen left in a patch, down to its specks, and what print hides.
pub(super) struct Traces<'a> {
    aligned: &'a Aligned<'a>,
    inked: Vec<bool>,
}

/// A line through a mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Direction, radians clockwise from level, 0 to π.
    pub(super) angle: f64,
    /// The point of it that lies nearest to the mark's middle, patch pixels.
    foot: (f64, f64),
    /// Share of it that is inked within the mark.
    pub(super) inked: f64,
    /// The smaller of its shares that are inked beyond it, at one end and at the other.
    pub(super) beyond: f64,
}

/// What is inked of a part of a line, of what is seen of it.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    inked: usize,
    seen: usize,
}

impl Part {
    fn add(&mut self, inked: Option<bool>) {
        self.seen += usize::from(inked.is_some());
        self.inked += usize::from(inked == Some(true));
    }

    fn share(self) -> f64 {
        self.inked as f64 / self.seen.max(1) as f64
    }

    /// Whether so much of it can be seen, mm.
    fn is_seen(self, least_mm: f64) -> bool {
        self.seen >= (least_mm * SCALE) as usize
    }

    /// Whether it is a stroke's; `least_mm` of it must be seen.
    fn is_inked(self, least_mm: f64) -> bool {
        self.is_seen(least_mm) && self.share() >= INKED
    }
}

/// Where a mark lies: its middle in patch pixels, and how far its edge is from it in each of [`DIRECTIONS`], as `direction_of`
/// counts them.
pub(super) struct Place {
    pub(super) middle: (f64, f64),
    pub(super) edge: [f64; DIRECTIONS],
    /// How far from the middle a line may pass, mm.
    pub(super) aside_mm: f64,
    /// How far from the edge a line is looked at beyond it, mm: nearer, the ink may be the mark's own.
    pub(super) beyond_mm: Range<f64>,
    /// Whether the edge is printed, so that ink beyond it is no part of the mark's own stroke.
    pub(super) is_printed: bool,
}

/// The direction in which a point lies from the middle.
pub(super) fn direction_of(dx: f64, dy: f64) -> usize {
    let turn = (libm::atan2(dy, dx) / TAU + 0.5) * DIRECTIONS as f64;
    (turn as usize).min(DIRECTIONS - 1)
}

impl Line {
    /// Distance of a pixel from it, patch pixels.
    pub(super) fn distance(&self, (x, y): (usize, usize)) -> f64 {
        let (sin, cos) = libm::sincos(self.angle);
        ((x as f64 + 0.5 - self.foot.0) * sin - (y as f64 + 0.5 - self.foot.1) * cos).abs()
    }

    /// How far from its foot a line is so far beyond the mark's edge, mm, going one `way` (1 or −1), patch pixels.
    fn at_edge(&self, place: &Place, way: f64, beyond_mm: f64) -> f64 {
        let (sin, cos) = libm::sincos(self.angle);
        let (dx, dy) = (self.foot.0 - place.middle.0, self.foot.1 - place.middle.1);
        let along = |edge: f64| {
            let r = edge + beyond_mm * SCALE;
            (r * r - dx * dx - dy * dy).max(0.0).sqrt()
        };
        // The direction in which it leaves: first as if it ran through the middle.
        let about = way * along(place.edge[direction_of(way * cos, way * sin)]);
        along(place.edge[direction_of(dx + about * cos, dy + about * sin)])
    }

    /// Whether it runs down the sheet rather than along it.
    pub(super) fn is_upright(&self) -> bool {
        libm::sin(self.angle) > std::f64::consts::FRAC_1_SQRT_2
    }

    /// How far it is from running along or down the sheet, degrees: 0 to 45.
    pub(super) fn aslant(&self) -> f64 {
        let degrees = self.angle.to_degrees() % 90.0;
        degrees.min(90.0 - degrees)
    }
}

impl<'a> Traces<'a> {
    pub(super) fn of(aligned: &'a Aligned<'a>, strokes: &Strokes) -> Self {
        let mut inked = vec![false; aligned.pen.ink.len()];
        let all = strokes.pieces.iter().chain(strokes.doubts()).chain(&strokes.specks);
        all.flat_map(|piece| &piece.pixels).for_each(|&i| inked[i] = true);
        Self { aligned, inked }
    }

    /// Whether there is ink at a pixel.
    pub(super) fn is_inked(&self, (x, y): (usize, usize)) -> bool {
        self.inked[y * self.aligned.pen.width + x]
    }

    /// The lines that run through a mark and beyond it on both sides.
    pub(super) fn through(&self, place: &Place) -> Vec<Line> {
        let steps = (place.aside_mm / APART_MM) as i64;
        let each = (0..ANGLES).flat_map(|a| (-steps..=steps).map(move |s| (a as f64 * PI / ANGLES as f64, s)));
        let line = |(angle, step): (f64, i64)| {
            let (sin, cos) = libm::sincos(angle);
            let aside = step as f64 * APART_MM * SCALE;
            Line { angle, foot: (place.middle.0 - sin * aside, place.middle.1 + cos * aside), inked: 0.0, beyond: 0.0 }
        };
        let seen = |line: Line| self.runs_through(&line, place).map(|(inked, beyond)| Line { inked, beyond, ..line });
        each.map(line).filter_map(seen).collect()
    }

    /// Share of a line that is inked within the mark, and at least at either end beyond it; none where it is no stroke that runs through
    /// it. What lies along the mark's own edge says nothing.
    fn runs_through(&self, line: &Line, place: &Place) -> Option<(f64, f64)> {
        if ![-1.0, 1.0].into_iter().all(|way| self.goes_on(line, place, way)) {
            return None;
        }
        let (sin, cos) = libm::sincos(line.angle);
        let farthest = place.edge.iter().copied().fold(0.0, f64::max) + STREAK_MM.end * SCALE;
        // Inked and seen before the mark, within it and after it, and farther on both ways.
        let mut parts = [Part::default(); 5];
        for t in -(farthest as i64)..=farthest as i64 {
            let (x, y) = (line.foot.0 + t as f64 * cos, line.foot.1 + t as f64 * sin);
            let (dx, dy) = (x - place.middle.0, y - place.middle.1);
            let from_edge = (dx.hypot(dy) - place.edge[direction_of(dx, dy)]) / SCALE;
            let part = if from_edge < -place.beyond_mm.start {
                1
            } else if place.beyond_mm.contains(&from_edge) {
                if t < 0 { 0 } else { 2 }
            } else if STREAK_MM.contains(&from_edge) {
                if t < 0 { 3 } else { 4 }
            } else {
                continue;
            };
            parts[part].add(self.at((x, y), (sin, cos)));
        }
        let [before, within, after, ..] = parts;
        let shares = [before, within, after].map(Part::share);
        let least = shares.into_iter().fold(f64::INFINITY, f64::min);
        let is_dashed = place.is_printed && within.share() < UNBROKEN;
        let is_whole = least >= INKED || is_dashed && least >= BARELY && shares.iter().sum::<f64>() >= TOGETHER;
        let aside = (line.foot.0 - place.middle.0).hypot(line.foot.1 - place.middle.1);
        let is_glimpsed = least >= CLEARLY && within.is_seen(GLIMPSED_MM) && aside <= CENTRAL_MM * SCALE;
        let is_stroke = (is_whole && within.is_seen(SEEN_MM) || is_glimpsed)
            && [before, after].iter().all(|part| part.is_seen(SEEN_BEYOND_MM));
        let is_streak = sin > UPRIGHT && parts[3..].iter().all(|part| part.is_inked(SEEN_MM));
        (is_stroke && !is_streak).then(|| (within.share(), before.share().min(after.share())))
    }

    /// Whether there is ink where a line leaves a mark, going one way: asked first, because few lines have any.
    fn goes_on(&self, line: &Line, place: &Place, way: f64) -> bool {
        let (sin, cos) = libm::sincos(line.angle);
        let [from, to] = [place.beyond_mm.start, place.beyond_mm.end].map(|mm| line.at_edge(place, way, mm) as i64);
        let at = |t: i64| (line.foot.0 + way * t as f64 * cos, line.foot.1 + way * t as f64 * sin);
        let mut part = Part::default();
        (from..=to).for_each(|t| part.add(self.at(at(t), (sin, cos))));
        part.share() >= ABOUT
    }

    /// Whether a line is inked at a point; none where print hides it or it lies off the patch.
    fn at(&self, (x, y): (f64, f64), (sin, cos): (f64, f64)) -> Option<bool> {
        let pen: &Patch = &self.aligned.pen;
        let mut seen = None;
        for aside in -BESIDE..=BESIDE {
            let (x, y) = ((x - sin * aside as f64).floor(), (y + cos * aside as f64).floor());
            if x < 0.0 || y < 0.0 || x >= pen.width as f64 || y >= pen.height as f64 {
                continue;
            }
            let i = y as usize * pen.width + x as usize;
            if self.inked[i] {
                return Some(true);
            }
            if aside == 0 && !self.aligned.is_print(i) {
                seen = Some(false);
            }
        }
        seen
    }
}
