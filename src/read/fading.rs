//! Whether the pen fell apart on a page: a scanner that knows only black and white leaves specks of what is paler than
//! its threshold, and of some marks nothing. Where specks outweigh strokes, a blank is not believed.

use super::components::Component;
use super::frame::Aligned;
use super::patch::{SCALE, Window};
use super::strokes::{Strokes, extent_mm};
use crate::form::{Field, FieldKind, Mark};

/// Shortest stroke that is whole, mm.
const STROKE_MM: f64 = 2.0;

/// Least specks, beyond what the paper's own dust makes likely, from which anything is said.
const LEAST: f64 = 10.0;

/// Specks and strokes where something may be written, and specks beside it, counted over the fields of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Crumbs {
    strokes: usize,
    inside: usize,
    inside_mm2: f64,
    outside: usize,
    outside_mm2: f64,
}

impl Crumbs {
    /// Those of one field. Specks near print may be the print's own.
    pub fn of(aligned: &Aligned, strokes: &Strokes, field: &Field) -> Self {
        // A printed number is in the midst of what may be written.
        if matches!(field.kind, FieldKind::Choice { mark: Mark::Circle, .. }) {
            return Self::default();
        }
        let pen = &aligned.pen;
        let windows: Vec<Window> = field.boxes().iter().map(|b| pen.window(b)).collect();
        let within = |p: &Component| {
            let (x, y) = (p.bounds.x0.midpoint(p.bounds.x1), p.bounds.y0.midpoint(p.bounds.y1));
            windows.iter().any(|w| w.holds(x, y))
        };
        let near: usize = aligned.print.near.iter().map(Vec::len).sum();
        let areas: usize = windows.iter().map(Window::area).sum();
        let specks = strokes.specks.iter().filter(|p| p.pixels.iter().all(|&i| aligned.is_clear_of_print(i)));
        let (inside, outside): (Vec<_>, Vec<_>) = specks.partition(|p| within(p));
        let mm2 = |pixels: usize| pixels as f64 / (SCALE * SCALE);
        Self {
            strokes: strokes.pieces.iter().filter(|p| extent_mm(p) >= STROKE_MM && within(p)).count(),
            inside: inside.len(),
            inside_mm2: mm2(areas),
            outside: outside.len(),
            outside_mm2: mm2(pen.ink.len().saturating_sub(areas + near)),
        }
    }

    /// Counts those of another field as well.
    pub fn add(&mut self, other: Self) {
        self.strokes += other.strokes;
        self.inside += other.inside;
        self.inside_mm2 += other.inside_mm2;
        self.outside += other.outside;
        self.outside_mm2 += other.outside_mm2;
    }

    /// Whether there are more specks than strokes where something may be written, those left out that lie there by chance.
    pub fn outweigh_strokes(&self) -> bool {
        let dust = self.outside as f64 / self.outside_mm2.max(1.0) * self.inside_mm2;
        let more = self.inside as f64 - dust - 3.0 * dust.sqrt();
        more >= LEAST && more > self.strokes as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: Crumbs = Crumbs { strokes: 60, inside: 12, inside_mm2: 3_000.0, outside: 20, outside_mm2: 9_000.0 };

    #[test]
    fn specks_in_place_of_strokes_are_a_pen_that_fell_apart() {
        assert!(!CLEAN.outweigh_strokes());
        assert!(Crumbs { strokes: 30, inside: 200, ..CLEAN }.outweigh_strokes());
        assert!(!Crumbs { strokes: 0, inside: 9, ..CLEAN }.outweigh_strokes(), "hardly anything there: an empty form");
    }

    #[test]
    fn dust_that_lies_everywhere_is_none() {
        assert!(!Crumbs { inside: 210, outside: 600, ..CLEAN }.outweigh_strokes());
    }
}
