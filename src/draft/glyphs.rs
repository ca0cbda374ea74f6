//! The pieces of print on a blank, each with its place: what letters, numbers and brackets are made of.

use super::ink::{Ink, SCALE, bounds};
use crate::geometry::RectMm;
use imageproc::region_labelling::Connectivity;

/// Size of a bracket, mm: as high as a letter, and narrow.
const BRACKET_MM: (std::ops::RangeInclusive<f64>, f64) = (2.4..=6.0, 1.7);
/// Room between brackets that is meant to be written in, mm.
const ROOM_MM: f64 = 9.0;

/// Every connected piece of ink.
pub(super) fn glyphs(ink: &Ink) -> Vec<RectMm> {
    let rect = |b: &[u32; 4]| {
        let mm = b.map(|v| f64::from(v) / SCALE);
        RectMm::new(mm[0], mm[1], mm[2] - mm[0], mm[3] - mm[1])
    };
    bounds(&ink.mask, Connectivity::Eight).iter().map(rect).collect()
}

/// Room to write in between two brackets of a line.
pub(super) fn between_brackets(ink: &Ink, glyphs: &[RectMm]) -> Vec<RectMm> {
    let mut brackets: Vec<&RectMm> = glyphs.iter().filter(|g| BRACKET_MM.0.contains(&g.h) && g.w <= BRACKET_MM.1).collect();
    brackets.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut rooms = Vec::new();
    for (i, open) in brackets.iter().enumerate() {
        let same_line = |g: &&&RectMm| (g.y - open.y).abs() < 0.6 && (g.h - open.h).abs() < 0.6;
        let Some(close) = brackets[i + 1..].iter().find(same_line) else { continue };
        let room = RectMm::new(open.right() + 0.4, open.y - 1.2, close.x - open.right() - 0.8, open.h + 2.4);
        let empty = room.w >= ROOM_MM && ink.share(&room) < 1e-9;
        if empty && bulges(ink, open, -1.0) && bulges(ink, close, 1.0) {
            rooms.push(room);
        }
    }
    rooms
}

/// Whether a glyph's middle lies to the left (−1) or right (1) of its ends, as that of a bracket does.
fn bulges(ink: &Ink, glyph: &RectMm, side: f64) -> bool {
    let half = glyph.w / 2.0;
    let outer = if side < 0.0 { glyph.x } else { glyph.x + half };
    let inner = if side < 0.0 { glyph.x + half } else { glyph.x };
    let share = |x: f64, from: f64, to: f64| ink.share(&RectMm::new(x, glyph.y + from * glyph.h, half, (to - from) * glyph.h));
    share(outer, 0.4, 0.6) > share(inner, 0.4, 0.6) && share(inner, 0.0, 0.15) + share(inner, 0.85, 1.0) > 0.0
}
