//! What a page shows of the pen: a scanner that knows only black and white leaves specks of what is paler than its
//! threshold, and of some marks nothing. Where specks outweigh strokes, or nothing at all was written, no blank is believed.

use super::components::Component;
use super::frame::Aligned;
use super::patch::{Patch, SCALE, Window};
use super::strokes::{Strokes, extent_mm};
use crate::form::{Field, FieldKind, Mark};

/// Shortest stroke that is whole, mm.
const STROKE_MM: f64 = 2.0;

/// What a page shows of the pen it was filled in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pen {
    /// Strokes.
    Sound,
    /// Crumbs and trails of strokes: where nothing was seen, something may have been written.
    Broken,
    /// Nothing anywhere, on a page that nobody sends empty.
    Absent,
    /// In this field there are strokes too pale to be read.
    Pale,
}

/// Least specks, beyond what the paper's own dust makes likely, from which anything is said.
const LEAST: f64 = 10.0;

/// Least doubtful strokes from which anything is said, where there is one for every two that are sure.
const LEAST_DOUBTS: usize = 3;

/// How far from a printed number half of a ring round it has its middle, and from a box a large tick, mm.
const RING_MM: f64 = 3.5;
const TICK_MM: f64 = 2.0;

/// Strokes, doubtful strokes and specks where something may be written, and specks beside it, counted over the fields of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Crumbs {
    strokes: usize,
    doubts: usize,
    inside: usize,
    inside_mm2: f64,
    outside: usize,
    outside_mm2: f64,
}

impl Crumbs {
    /// Those of one field. Specks near print may be the print's own.
    pub fn of(aligned: &Aligned, strokes: &Strokes, field: &Field) -> Self {
        let pen = &aligned.pen;
        let around = writable(field, pen);
        let written = strokes.pieces.iter().filter(|p| is_stroke(p) && p.bounds.lies_in_one_of(&around)).count();
        let written = Self { strokes: written, ..Self::default() };
        // Words and stamps are made of dots and dashes as well.
        if matches!(field.kind, FieldKind::Text { .. } | FieldKind::Presence { .. }) {
            return written;
        }
        let marks = Self { doubts: strokes.doubts().filter(|p| p.bounds.lies_in_one_of(&around)).count(), ..written };
        // A printed number is in the midst of what may be written.
        if matches!(field.kind, FieldKind::Choice { mark: Mark::Circle, .. }) {
            return marks;
        }
        let windows: Vec<Window> = field.boxes().iter().map(|b| pen.window(b)).collect();
        let near: usize = aligned.print.near.iter().map(Vec::len).sum();
        let areas: usize = windows.iter().map(Window::area).sum();
        let specks = strokes.specks.iter().filter(|p| p.pixels.iter().all(|&i| aligned.is_clear_of_print(i)));
        let (inside, outside): (Vec<_>, Vec<_>) = specks.partition(|p| p.bounds.lies_in_one_of(&windows));
        let mm2 = |pixels: usize| pixels as f64 / (SCALE * SCALE);
        Self {
            inside: inside.len(),
            inside_mm2: mm2(areas),
            outside: outside.len(),
            outside_mm2: mm2(pen.ink.len().saturating_sub(areas + near)),
            ..marks
        }
    }

    /// Counts those of another field as well.
    pub fn add(&mut self, other: Self) {
        self.strokes += other.strokes;
        self.doubts += other.doubts;
        self.inside += other.inside;
        self.inside_mm2 += other.inside_mm2;
        self.outside += other.outside;
        self.outside_mm2 += other.outside_mm2;
    }

    /// What the page shows of the pen; `asks`: nobody would send it without anything written on it.
    pub fn pen(&self, asks: bool) -> Pen {
        if self.outweigh_strokes() || self.doubts >= LEAST_DOUBTS && 2 * self.doubts >= self.strokes {
            Pen::Broken
        } else if asks && self.strokes == 0 {
            Pen::Absent
        } else {
            Pen::Sound
        }
    }

    /// Whether there are more specks than strokes where something may be written, those left out that lie there by chance.
    fn outweigh_strokes(&self) -> bool {
        let dust = self.outside as f64 / self.outside_mm2.max(1.0) * self.inside_mm2;
        let more = self.inside as f64 - dust - 3.0 * dust.sqrt();
        more >= LEAST && more > self.strokes as f64
    }
}

/// Where on a field's patch something may be written.
pub fn writable(field: &Field, pen: &Patch) -> Vec<Window> {
    let reach = match field.kind {
        FieldKind::Choice { mark: Mark::Circle, .. } => RING_MM,
        FieldKind::Choice { mark: Mark::Box, .. } => TICK_MM,
        _ => 0.0,
    };
    field.boxes().iter().map(|b| pen.window(&b.grown(reach))).collect()
}

/// Whether a piece is long enough for a stroke, where shorter ones are crumbs and dots.
pub fn is_stroke(piece: &Component) -> bool {
    extent_mm(piece) >= STROKE_MM
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Crumbs = Crumbs { strokes: 60, doubts: 1, inside: 12, inside_mm2: 3_000.0, outside: 20, outside_mm2: 9_000.0 };

    #[test]
    fn specks_in_place_of_strokes_are_a_pen_that_fell_apart() {
        assert_eq!(CLEAN.pen(true), Pen::Sound);
        assert_eq!(Crumbs { strokes: 30, inside: 200, ..CLEAN }.pen(true), Pen::Broken);
        assert_eq!(Crumbs { strokes: 9, doubts: 5, ..CLEAN }.pen(true), Pen::Broken);
    }

    #[test]
    fn dust_that_lies_everywhere_is_none() {
        assert_eq!(Crumbs { inside: 210, outside: 600, ..CLEAN }.pen(true), Pen::Sound);
    }

    #[test]
    fn a_page_without_a_stroke_is_only_believed_where_nothing_need_be_written() {
        let empty = Crumbs { strokes: 0, inside: 9, ..CLEAN };
        assert_eq!((empty.pen(true), empty.pen(false)), (Pen::Absent, Pen::Sound));
    }
}
