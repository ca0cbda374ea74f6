//! Rings round printed numbers (丸囲み): open, doubled, touching a neighbour, round two, struck out; a tick or an
//! underline instead. Scores only.

use super::MarkScore;
use super::boxes::logistic;
use super::components::{Component, components, dilate};
use super::frame::Aligned;
use super::loose;
use super::overwritten::{Look, overwritten};
use super::patch::{Patch, SCALE, Window};
use super::strikes::{DIRECTIONS, Place, Traces, direction_of};
use super::strokes::{Strokes, core, extent_mm};
use crate::geometry::RectMm;
use crate::score::Score;

/// How much of the neighbourhood of the numbers is looked at, mm.
pub const MARGIN_MM: f64 = 9.0;

/// Farthest ink that can be a ring round a number, mm.
const FAR_MM: f64 = 9.0;

/// Share of directions from which a piece of ink counts as going round a number: 250° of 360°.
const ROUND: f64 = 0.70;

/// Longest end that a ring's stroke runs out in, mm; and how near to another number an arrow from a ring ends.
const TAIL_MM: f64 = 3.5;
const END_MM: f64 = 3.0;

/// Share of directions from which ink that belongs to no ring elsewhere may be what is left of a ring.
const PART: f64 = 0.3;

/// Where something may be written over a number or word: a ring may touch its rim, and where there is paper in it, a stroke shows
/// there. Measured: 0.043 at most on 1,300 clean pairs of kanji, ringed or not; 0.05 and more of a tick, a cross or two lines
/// through one of them, 0.1 in the median.
const OVERWRITTEN: Look = Look { rim: 0.12, dense: 0.7, limit: 0.05, usual: 0.0 };

/// Scores of every printed number of a field; `theirs` is what belongs to other fields.
pub fn marks(aligned: &Aligned, strokes: &Strokes, numbers: &[RectMm], theirs: &[Window]) -> Vec<MarkScore> {
    let pen = &aligned.pen;
    let rings = bridged(&strokes.pieces, pen);
    let around: Vec<Vec<Around>> = rings.iter().map(|p| numbers.iter().map(|n| Around::new(p, n, pen)).collect()).collect();
    let cores: Vec<Vec<usize>> = rings.iter().map(|p| core(p, pen.width)).collect();
    let overwritten = overwritten(aligned, numbers, OVERWRITTEN);
    // A ring that goes round no number says something of the two it lies between.
    let between: Vec<usize> = rings
        .iter()
        .zip(&around)
        .filter(|(p, around)| around.iter().all(|a| a.round() < ROUND) && is_ring(p, pen) && !p.bounds.lies_in_one_of(theirs))
        .flat_map(|(p, _)| nearest_two(p, numbers, pen))
        .collect();
    let traces = Traces::of(aligned, strokes);
    let seen = |n: usize| {
        let seen = look(n, numbers, &rings, (&around, &cores), pen);
        Seen { covered: seen.covered || overwritten[n], ..seen }
    };
    let struck = |n: usize| {
        let mut rings = around.iter().map(|a| &a[n]).filter(|a| a.round() >= STRUCK);
        rings.any(|a| is_struck(a, &numbers[n], &traces, pen))
    };
    let doubt = |n: usize| {
        let around = |p: &Component| Around::new(p, &numbers[n], pen);
        let covers = |p: &Component, least: f64| around(p).round() > least;
        let on = |p: &Component| p.inside(&pen.window(&numbers[n]), pen.width) > 0;
        // What is left of a faint ring may be in several pieces.
        strokes.doubts().map(around).reduce(|a, b| a.with(&b)).is_some_and(|a| a.round() > 0.4)
            || between.contains(&n)
            || strokes.smudges.iter().any(|p| covers(p, 0.1) || on(p))
            || aligned.is_obscured(&numbers[n])
    };
    let mut scores: Vec<MarkScore> = (0..numbers.len()).map(|n| score(&seen(n), struck(n), doubt(n))).collect();
    let zones: Vec<Window> = numbers.iter().map(|n| pen.window(n)).collect();
    // A tick on a number, most of which went with the print, is seen as no more than a stroke beside it.
    let counts = |(zone, score): (&Window, &MarkScore), piece: &Component| {
        score.marked.get() >= loose::UNSURE && piece.inside(zone, pen.width) > 0
    };
    let is_mark = |piece: &Component, around: &[Around]| {
        around.iter().any(|a| a.round() >= PART) || zones.iter().zip(&scores).any(|of| counts(of, piece))
    };
    let (own, beside): (Vec<_>, Vec<_>) = rings.iter().zip(&around).partition(|(piece, around)| is_mark(piece, around));
    let own: Vec<&Component> = own.into_iter().map(|(piece, _)| piece).collect();
    let beside = beside.into_iter().map(|(piece, _)| piece);
    let loose = loose::among(beside, &own, (&zones, theirs), pen).map(|piece| piece.bounds);
    loose::doubt_nearest(&mut scores, &zones, loose);
    scores
}

/// Pieces joined across skips of the pen of up to 0.5 mm.
fn bridged(pieces: &[Component], pen: &Patch) -> Vec<Component> {
    let mut mask = vec![false; pen.ink.len()];
    for &i in pieces.iter().flat_map(|p| &p.pixels) {
        mask[i] = true;
    }
    let joined = components(&dilate(&mask, pen.width, 2), pen.width);
    let thin = |c: Component| Component { pixels: c.pixels.into_iter().filter(|&i| mask[i]).collect(), bounds: c.bounds };
    joined.into_iter().map(thin).collect()
}

/// How a piece lies round a number: in every direction from the number's middle the distance of its nearest ink beyond
/// the print, patch pixels; infinite where there is none.
#[derive(Debug, Clone)]
struct Around([f64; DIRECTIONS]);

impl Around {
    fn new(piece: &Component, number: &RectMm, pen: &Patch) -> Self {
        let mut nearest = [f64::INFINITY; DIRECTIONS];
        for &i in &piece.pixels {
            let (r, direction) = polar(i, number, pen);
            if r >= 1.3 * SCALE {
                nearest[direction] = nearest[direction].min(r);
            }
        }
        Self(nearest)
    }

    /// Both as one piece.
    fn with(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|d| self.0[d].min(other.0[d])))
    }

    /// Share of the directions in which there is ink no farther than [`FAR_MM`].
    fn round(&self) -> f64 {
        self.0.iter().filter(|r| **r <= FAR_MM * SCALE).count() as f64 / DIRECTIONS as f64
    }

    /// The ring's distance in a direction, patch pixels: the median over 110°, so that strokes across the ring's inside
    /// and gaps in it do not count as the ring.
    fn ring(&self, direction: usize) -> f64 {
        let mut near: Vec<f64> =
            (0..11).map(|k| self.0[(direction + DIRECTIONS + k - 5) % DIRECTIONS]).filter(|r| r.is_finite()).collect();
        near.sort_by(f64::total_cmp);
        near.get(near.len() / 2).copied().unwrap_or(0.0)
    }

    /// Whether a point at that distance and direction lies within: nearer than the ink there, or, in a gap, than the ink
    /// at the gap's farther edge.
    fn holds(&self, r: f64, direction: usize) -> bool {
        let towards = |step: usize| {
            (0..DIRECTIONS).map(|k| self.0[(direction + k * step) % DIRECTIONS]).find(|r| r.is_finite()).unwrap_or(0.0)
        };
        r < towards(1).max(towards(DIRECTIONS - 1))
    }
}

/// Distance in patch pixels and direction of a pixel from a number's middle.
fn polar(i: usize, number: &RectMm, pen: &Patch) -> (f64, usize) {
    to_polar(((i % pen.width) as f64 + 0.5, (i / pen.width) as f64 + 0.5), number, pen)
}

fn to_polar((x, y): (f64, f64), number: &RectMm, pen: &Patch) -> (f64, usize) {
    let (cx, cy) = pen.to_patch(number.centre());
    let (dx, dy) = (x - cx, y - cy);
    (dx.hypot(dy), direction_of(dx, dy))
}

/// What was seen round one number.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Most directions one piece covers.
    round: f64,
    /// The piece that goes round this number goes round another as well, or runs off to it, or its middle lies elsewhere.
    shared: bool,
    /// Ink within the ring beyond the printed number, as a share of the ring's inside.
    within: f64,
    /// Ink of pieces that go round no number, on the number itself: share and extent in mm.
    on_number: f64,
    /// Largest such piece, mm.
    extent_mm: f64,
    /// Something filled in lies round or on the number, or something is written over it: no ring is.
    covered: bool,
    /// A line under the number.
    underlined: bool,
}

/// What lies round number `n`; of every piece how it lies round each number, and its solid core.
fn look(
    n: usize,
    numbers: &[RectMm],
    rings: &[Component],
    (around, cores): (&[Vec<Around>], &[Vec<usize>]),
    pen: &Patch,
) -> Seen {
    let mut seen = Seen::default();
    let number = &numbers[n];
    let zone = pen.window(&number.grown(0.8));
    for ((piece, around), core) in rings.iter().zip(around).zip(cores) {
        let round = around[n].round();
        let on = piece.inside(&zone, pen.width);
        if round >= ROUND {
            seen.shared |= encloses_another(&around[n], n, numbers, pen)
                || off_centre(piece, number, pen)
                || leads_to_another(piece, &around[n], n, numbers, pen);
            seen.within = seen.within.max(ink_within(&around[n], rings, number, pen));
        }
        let solid = core.iter().filter(|&&i| zone.holds(i % pen.width, i / pen.width)).count();
        seen.covered |= solid as f64 > FILLED_MM2 * SCALE * SCALE;
        let belongs_elsewhere = round < ROUND && around.iter().any(|a| a.round() >= ROUND);
        if !belongs_elsewhere {
            seen.round = seen.round.max(round);
            seen.underlined |= round < ROUND && is_underline(piece, number, pen);
            if round < ROUND && on > 0 {
                seen.on_number += on as f64 / zone.area().max(1) as f64;
                seen.extent_mm = seen.extent_mm.max(extent_mm(piece));
            }
        }
    }
    seen
}

/// Share of directions from which what goes round a number may be a ring that is struck out.
const STRUCK: f64 = 0.5;

/// How far from a number's middle a line passes that strikes its ring out, mm: the second of two, or the first.
const ASIDE_MM: f64 = 1.75;

/// Whether a line runs through a ring and beyond it on both sides.
fn is_struck(around: &Around, number: &RectMm, traces: &Traces, pen: &Patch) -> bool {
    let place = Place {
        middle: pen.to_patch(number.centre()),
        edge: std::array::from_fn(|direction| around.ring(direction)),
        aside_mm: ASIDE_MM,
        beyond_mm: 0.4..1.4,
        is_printed: false,
    };
    !traces.through(&place).is_empty()
}

/// How far below a number a line under it may run, mm.
const UNDER_MM: f64 = 2.2;

/// Whether a piece is a line drawn under a number.
fn is_underline(piece: &Component, number: &RectMm, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let b = &piece.bounds;
    let below = pen.window(&RectMm::new(number.x, number.bottom() - 0.5, number.w, UNDER_MM + 0.5));
    let under = b.x0 < below.x1 && b.x1 > below.x0 && b.y0 >= below.y0 && b.y1 <= below.y1;
    under && w > 2 * h && w as f64 > 1.5 * SCALE
}

/// Solid ink on a number from which it is filled in rather than ringed, mm²: a ring of a felt pen that touches the number
/// has up to 2 where it is thickest; a hole, a blot or a stain has more.
const FILLED_MM2: f64 = 3.0;

/// Whether what goes round number `n` goes round another number as well.
fn encloses_another(around: &Around, n: usize, numbers: &[RectMm], pen: &Patch) -> bool {
    let inside = |other: &RectMm| {
        let (r, direction) = to_polar(pen.to_patch(other.centre()), &numbers[n], pen);
        around.holds(r, direction)
    };
    numbers.iter().enumerate().any(|(m, other)| m != n && inside(other))
}

/// Whether a ring's stroke runs off outwards and ends at another number, as an arrow does.
fn leads_to_another(piece: &Component, around: &Around, n: usize, numbers: &[RectMm], pen: &Patch) -> bool {
    let others = numbers.iter().enumerate().filter(|(m, _)| *m != n);
    let ends: Vec<Window> = others.map(|(_, other)| pen.window(&other.grown(END_MM))).collect();
    piece.pixels.iter().any(|&i| {
        let (r, direction) = polar(i, &numbers[n], pen);
        r > around.0[direction] + TAIL_MM * SCALE && ends.iter().any(|end| end.holds(i % pen.width, i / pen.width))
    })
}

/// Whether the number lies at the rim of what goes round it rather than in it.
fn off_centre(piece: &Component, number: &RectMm, pen: &Patch) -> bool {
    let (x, y) = pen.to_patch(number.centre());
    let b: &Window = &piece.bounds;
    let rim = 0.8 * SCALE;
    x < b.x0 as f64 + rim || x > b.x1 as f64 - rim || y < b.y0 as f64 + rim || y > b.y1 as f64 - rim
}

/// Farthest from the number's middle that a cancelling stroke is looked for, mm.
const CORE_MM: f64 = 2.5;

/// Ink well within the ring, beyond the print: strokes that cancel a ring run through it.
fn ink_within(around: &Around, rings: &[Component], number: &RectMm, pen: &Patch) -> f64 {
    let limit: Vec<f64> = (0..DIRECTIONS).map(|d| (around.ring(d) * 0.7).min(CORE_MM * SCALE)).collect();
    let inside = |i: usize| {
        let (r, direction) = polar(i, number, pen);
        r < limit[direction]
    };
    let ink: usize = rings.iter().map(|p| p.pixels.iter().filter(|&&i| inside(i)).count()).sum();
    let area: f64 = limit.iter().map(|r| std::f64::consts::PI * r * r / DIRECTIONS as f64).sum();
    ink as f64 / area.max(1.0)
}

/// Least side of what may be a ring that missed its number, mm: handwriting between the numbers is smaller.
const LEAST_RING_MM: f64 = 4.0;

/// Whether a piece goes round its own middle.
fn is_ring(piece: &Component, pen: &Patch) -> bool {
    let (w, h) = piece.size();
    let b = &piece.bounds;
    let mm = |v: usize| v as f64 / SCALE;
    let middle = RectMm::new(pen.area.x + mm(b.x0), pen.area.y + mm(b.y0), mm(w), mm(h));
    mm(w.min(h)) >= LEAST_RING_MM && Around::new(piece, &middle, pen).round() >= ROUND
}

/// The two numbers that lie nearest to a piece between them; none where it lies beside all of them.
fn nearest_two(piece: &Component, numbers: &[RectMm], pen: &Patch) -> Vec<usize> {
    let middle = piece.bounds.middle();
    let Some(all) = numbers.iter().copied().reduce(|a, b| a.union(&b)) else { return Vec::new() };
    let window = pen.window(&all);
    if !window.holds(middle.0, middle.1) {
        return Vec::new();
    }
    let away = |n: usize| {
        let (x, y) = pen.to_patch(numbers[n].centre());
        (x - middle.0 as f64).hypot(y - middle.1 as f64)
    };
    let mut nearest: Vec<usize> = (0..numbers.len()).collect();
    nearest.sort_by(|a, b| away(*a).total_cmp(&away(*b)));
    nearest.truncate(2);
    nearest
}

/// What a mark is given that is in doubt and looks like one.
const LIKELY: f64 = 0.6;

fn score(seen: &Seen, struck: bool, faint: bool) -> MarkScore {
    // 270° (0.75) is a ring by the reading table; half of that is something else.
    let mut marked = logistic((seen.round - 0.64) / 0.023).clamp(0.0005, 0.9995);
    let mark_instead = seen.on_number > 0.03 && seen.extent_mm > 1.8;
    // In doubt either way, and rather a ring where most of one is seen.
    let likely = if seen.round >= 0.5 { LIKELY } else { 1.0 - LIKELY };
    if seen.shared || seen.covered || faint {
        marked = likely;
    }
    // Half a ring is a ring that the print under it broke up, or a tick round the number: not nothing.
    if seen.round < ROUND && (mark_instead || seen.underlined || seen.round > PART) {
        marked = marked.max(likely.max(0.5));
    }
    // Two lines of a 0.3-mm pen through a ring cover 15 % and more of its middle; the ring's own wobble and what is
    // left of the printed number up to 6 %.
    let crossed = if seen.round >= 0.5 { logistic((seen.within - 0.125) / 0.012) } else { 0.0005 };
    let cancelled = if struck { crossed.max(0.7) } else { crossed };
    MarkScore {
        marked: Score::new(marked * (1.0 - cancelled)),
        cancelled: Score::new(cancelled),
        coverage: seen.round,
        ambiguous: seen.shared || mark_instead || seen.underlined,
    }
}
