//! Rings round printed numbers (丸囲み): open, doubled, touching a neighbour, round two, struck out; a tick or an
//! underline instead. Scores only.

use super::MarkScore;
use super::boxes::logistic;
use super::components::{Component, components};
use super::frame::{Aligned, dilate};
use super::patch::{Patch, SCALE, Window};
use super::strokes::{Strokes, extent_mm, strokes};
use super::tone::Tone;
use crate::geometry::{PointMm, RectMm};
use crate::score::Score;

/// How much of the neighbourhood of the numbers is looked at, mm.
pub const MARGIN_MM: f64 = 9.0;

/// Directions in which a ring is looked for round a number: 10° each.
const DIRECTIONS: usize = 36;

/// Farthest ink that can be a ring round a number, mm.
const FAR_MM: f64 = 9.0;

/// Share of directions from which a piece of ink counts as going round a number: 250° of 360°.
const ROUND: f64 = 0.70;

/// Scores of every printed number of a field.
pub fn marks(aligned: &Aligned, numbers: &[RectMm], tone: &Tone) -> Vec<MarkScore> {
    let pen = &aligned.pen;
    let Strokes { pieces, faint, smudges } = strokes(pen, tone);
    let rings = bridged(&pieces, pen);
    let around: Vec<Vec<f64>> = rings.iter().map(|p| numbers.iter().map(|n| directions(p, n, pen)).collect()).collect();
    let seen = |n: usize| look(n, numbers, &rings, &around, pen);
    let doubt = |n: usize| {
        let covers = |p: &Component, least: f64| directions(p, &numbers[n], pen) > least;
        faint.iter().any(|p| covers(p, 0.4)) || smudges.iter().any(|p| covers(p, 0.1))
    };
    (0..numbers.len()).map(|n| score(&seen(n), doubt(n))).collect()
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

/// Share of directions round a number's centre in which a piece has ink, between the number's edge and [`FAR_MM`].
fn directions(piece: &Component, number: &RectMm, pen: &Patch) -> f64 {
    let (cx, cy) = pen.to_patch(number.centre());
    let mut hit = [false; DIRECTIONS];
    let (least, most) = (1.3 * SCALE, FAR_MM * SCALE);
    for &i in &piece.pixels {
        let (dx, dy) = ((i % pen.width) as f64 + 0.5 - cx, (i / pen.width) as f64 + 0.5 - cy);
        let r = dx.hypot(dy);
        if r >= least && r <= most {
            let turn = (libm::atan2(dy, dx) / std::f64::consts::TAU + 0.5) * DIRECTIONS as f64;
            hit[(turn as usize).min(DIRECTIONS - 1)] = true;
        }
    }
    hit.iter().filter(|h| **h).count() as f64 / DIRECTIONS as f64
}

/// What was seen round one number.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Most directions one piece covers.
    round: f64,
    /// The piece that goes round this number goes round another as well, or its middle lies elsewhere.
    shared: bool,
    /// Ink within the ring beyond the printed number, as a share of the ring's inside.
    within: f64,
    /// Ink of pieces that go round no number, on the number itself: share and extent in mm.
    on_number: f64,
    /// Largest such piece, mm.
    extent_mm: f64,
}

fn look(n: usize, numbers: &[RectMm], rings: &[Component], around: &[Vec<f64>], pen: &Patch) -> Seen {
    let mut seen = Seen::default();
    let zone = pen.window(&numbers[n].grown(0.8));
    for (piece, round) in rings.iter().zip(around) {
        if round[n] >= ROUND {
            let others = round.iter().enumerate().any(|(m, &r)| m != n && r >= ROUND);
            seen.shared |= others && encloses_another(piece, n, numbers, round, pen);
            seen.shared |= off_centre(piece, &numbers[n], pen);
            seen.within = seen.within.max(ink_within(piece, rings, &numbers[n], pen));
        }
        let belongs_elsewhere = round.iter().enumerate().any(|(m, &r)| m != n && r >= ROUND) && round[n] < ROUND;
        if !belongs_elsewhere {
            seen.round = seen.round.max(round[n]);
            let on = piece.inside(&zone, pen.width);
            if round[n] < ROUND && on > 0 {
                seen.on_number += on as f64 / zone.area().max(1) as f64;
                seen.extent_mm = seen.extent_mm.max(extent_mm(piece));
            }
        }
    }
    seen
}

/// Whether a piece that goes round number `n` holds another number's centre inside its window as well.
fn encloses_another(piece: &Component, n: usize, numbers: &[RectMm], round: &[f64], pen: &Patch) -> bool {
    numbers.iter().enumerate().any(|(m, number)| {
        let (x, y) = pen.to_patch(number.centre());
        m != n && round[m] >= ROUND && x >= 0.0 && y >= 0.0 && piece.bounds.holds(x as usize, y as usize)
    })
}

/// Whether the number lies at the rim of what goes round it rather than in it.
fn off_centre(piece: &Component, number: &RectMm, pen: &Patch) -> bool {
    let (x, y) = pen.to_patch(number.centre());
    let b: &Window = &piece.bounds;
    let rim = 0.8 * SCALE;
    x < b.x0 as f64 + rim || x > b.x1 as f64 - rim || y < b.y0 as f64 + rim || y > b.y1 as f64 - rim
}

/// Ink near the centre, beyond the print: strokes that cancel a ring run through it.
fn ink_within(ring: &Component, rings: &[Component], number: &RectMm, pen: &Patch) -> f64 {
    let PointMm { x, y } = number.centre();
    let (w, h) = ring.size();
    let r = (w.min(h) as f64 / SCALE * 0.28).clamp(0.8, 2.5);
    let core = pen.window(&RectMm::new(x - r, y - r, 2.0 * r, 2.0 * r));
    let (cx, cy) = pen.to_patch(number.centre());
    let inside = |i: usize| ((i % pen.width) as f64 + 0.5 - cx).hypot((i / pen.width) as f64 + 0.5 - cy) < r * SCALE;
    let ink: usize = rings.iter().map(|p| p.pixels.iter().filter(|&&i| inside(i)).count()).sum();
    ink as f64 / core.area().max(1) as f64
}

fn score(seen: &Seen, faint: bool) -> MarkScore {
    // 270° (0.75) is a ring by the reading table; half of that is something else.
    let mut marked = logistic((seen.round - 0.64) / 0.023).clamp(0.0005, 0.9995);
    let mark_instead = seen.on_number > 0.03 && seen.extent_mm > 1.8;
    if seen.shared || faint {
        marked = 0.5;
    }
    if mark_instead && seen.round < ROUND {
        marked = marked.max(0.5);
    }
    // Two lines of a 0.3-mm pen through a ring cover 15 % and more of its middle; the ring's own wobble and what is
    // left of the printed number up to 6 %.
    let cancelled = if seen.round >= 0.5 { logistic((seen.within - 0.125) / 0.012) } else { 0.0005 };
    MarkScore {
        marked: Score::new(marked * (1.0 - cancelled)),
        cancelled: Score::new(cancelled),
        coverage: seen.round,
        ambiguous: seen.shared || mark_instead,
    }
}
