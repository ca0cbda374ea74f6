//! Marks in printed boxes (□): ✓ レ × ■ ●, small, large, partly outside, struck out. Scores only.

use super::MarkScore;
use super::components::Component;
use super::frame::Aligned;
use super::patch::{Patch, SCALE, Window};
use super::strokes::{extent_mm, strokes};
use super::tone::Tone;
use crate::geometry::RectMm;
use crate::score::Score;

/// How much of the neighbourhood of the boxes is looked at, mm: large ticks and cancelling strokes reach this far.
pub const MARGIN_MM: f64 = 6.0;

/// Scores of every box of a field.
pub fn marks(aligned: &Aligned, boxes: &[RectMm], tone: &Tone) -> Vec<MarkScore> {
    let pen = &aligned.pen;
    let strokes = strokes(pen, tone);
    // The frame's inner edge and the blur of its line are left out.
    let insides: Vec<Window> = boxes.iter().map(|b| pen.window(&b.grown(-0.3))).collect();
    let counts: Vec<Vec<usize>> =
        strokes.pieces.iter().map(|p| insides.iter().map(|w| p.inside(w, pen.width)).collect()).collect();
    let mut scores = Vec::with_capacity(boxes.len());
    for (b, area) in boxes.iter().enumerate() {
        let seen = look(b, area, &strokes.pieces, &counts, &insides, pen);
        let faint = strokes.faint.iter().any(|p| p.inside(&insides[b], pen.width) * 3 > p.pixels.len());
        let covered = strokes.smudges.iter().any(|p| p.inside(&insides[b], pen.width) > 0);
        scores.push(score(&seen, faint || covered));
    }
    scores
}

/// What was seen at one box.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Share of the inside that is inked by pieces that belong to this box.
    own: f64,
    /// Share inked by pieces that belong rather to another box.
    foreign: f64,
    /// Diagonal of the largest own piece, mm.
    extent_mm: f64,
    /// Size of the largest piece in or near the box, mm, that belongs to no other.
    near_mm: f64,
    /// Two strokes from corner to corner.
    cross: bool,
    /// Strokes that run well beyond the box on both sides, or a scribble all over it.
    struck: bool,
}

fn look(b: usize, area: &RectMm, pieces: &[Component], counts: &[Vec<usize>], insides: &[Window], pen: &Patch) -> Seen {
    let inside = insides[b].area().max(1) as f64;
    let near = pen.window(&area.grown(1.5));
    let row = pen.window(&RectMm::new(area.x - MARGIN_MM, area.y - 0.5, area.w + 2.0 * MARGIN_MM + 12.0, area.h + 1.0));
    let mut seen = Seen::default();
    for (piece, count) in pieces.iter().zip(counts) {
        let most = count.iter().copied().max().unwrap_or(0);
        if count[b] > 0 && count[b] * 3 >= most {
            seen.own += count[b] as f64 / inside;
            seen.extent_mm = seen.extent_mm.max(extent_mm(piece));
            seen.cross |= is_cross(piece, pen.width);
            seen.struck |= is_struck(piece, area, pen);
        } else if count[b] > 0 {
            seen.foreign += count[b] as f64 / inside;
        }
        // A ring round the box, or a tick that only grazes it, belongs to it without inking its inside.
        if most == count[b] && piece.inside(&near, pen.width) > 0 {
            seen.near_mm = seen.near_mm.max(extent_mm(piece));
        }
        let (w, h) = piece.size();
        let long_line = w as f64 > 8.0 * SCALE && (h as f64) < 3.0 * SCALE && w > 3 * h;
        seen.struck |= long_line && piece.inside(&row, pen.width) * 3 > piece.pixels.len() * 2;
    }
    seen
}

fn score(seen: &Seen, faint: bool) -> MarkScore {
    // Dirt covers less than 4 % and is compact; a tick of a 0.3-mm pen covers 6 % and is longer than 2 mm.
    let inked = logistic((seen.own - 0.032) / 0.0055);
    let long = logistic((seen.extent_mm - 1.25) / 0.11);
    let mut marked = (inked * long).clamp(0.0005, 0.9995);
    if seen.near_mm > 2.2 || seen.foreign > 0.10 || faint {
        marked = marked.max(0.3);
    }
    let cancelled = if seen.struck { 0.7 } else { 0.0005 };
    MarkScore {
        marked: Score::new(marked * (1.0 - cancelled)),
        cancelled: Score::new(cancelled),
        coverage: seen.own,
        ambiguous: seen.cross,
    }
}

/// The logistic function.
pub(super) fn logistic(t: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-t))
}

/// Whether a piece is two strokes from corner to corner: ink in the four corners and the middle of its window, none
/// in the middle of its sides. Some people mean "not" by it.
fn is_cross(piece: &Component, width: usize) -> bool {
    let (w, h) = piece.size();
    if w < 10 || h < 10 || w > 2 * h || h > 2 * w {
        return false;
    }
    let mut ninths = [0_usize; 9];
    for &i in &piece.pixels {
        let (x, y) = (i % width - piece.bounds.x0, i / width - piece.bounds.y0);
        ninths[(y * 3 / h).min(2) * 3 + (x * 3 / w).min(2)] += 1;
    }
    let least_corner = [0, 2, 6, 8].map(|c| ninths[c]).into_iter().min().unwrap_or(0);
    let sides: usize = [1, 3, 5, 7].map(|c| ninths[c]).into_iter().sum();
    let corners: usize = [0, 2, 6, 8].map(|c| ninths[c]).into_iter().sum();
    least_corner * 12 > piece.pixels.len() && ninths[4] * 12 > piece.pixels.len() && corners > 2 * sides
}

/// Strokes through the box and well beyond it on both sides, or ink all over it and beyond every side.
fn is_struck(piece: &Component, area: &RectMm, pen: &Patch) -> bool {
    let b = pen.window(area);
    let beyond = |mm: f64| (mm * SCALE) as usize;
    let left = b.x0.saturating_sub(piece.bounds.x0);
    let right = piece.bounds.x1.saturating_sub(b.x1);
    let above = b.y0.saturating_sub(piece.bounds.y0);
    let below = piece.bounds.y1.saturating_sub(b.y1);
    let through = left > beyond(1.5) && right > beyond(1.5);
    let (w, h) = piece.size();
    let dense = piece.pixels.len() * 5 > w * h * 2;
    let over = beyond(0.6);
    through || (dense && left > over && right > over && above > over && below > over)
}
