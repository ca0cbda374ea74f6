//! A writer: one hand and one pen for a whole submission. Turns characters into strokes on the sheet.
//! Does not decide what is written (`values`) or where (`fill`).

use super::dice::Dice;
use super::glyphs::{self, Skeleton};
use super::pen::Pen;
use super::stroke::{Point, Stroke, curve, unsteady};
use crate::geometry::RectMm;

/// How someone writes.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    /// The pen in hand.
    pub(crate) pen: Pen,
    /// How far the top of a stroke leans to the right, as a share of its height.
    slant: f64,
    /// Height of a digit as a share of the room there is.
    size: f64,
    /// Factor on the width of every glyph.
    aspect: f64,
    /// Standard deviation of each knot, as a share of the glyph's box.
    jitter: f64,
    /// Standard deviation of a digit's place in its cell, as a share of the free room.
    stray: f64,
    /// For each digit, which way of writing it this writer is used to.
    habits: [usize; 10],
    /// Size of free marks (ticks, rings) relative to the usual.
    pub(crate) boldness: f64,
}

impl Writer {
    /// A writer drawn from the population; `pen` is the pen in hand.
    pub(crate) fn new(pen: Pen, dice: &mut Dice) -> Self {
        let mut habits = [0; 10];
        let european = dice.chance(0.08);
        for (value, habit) in habits.iter_mut().enumerate() {
            *habit = pick_way(glyphs::digit(value as u8), dice);
        }
        if european {
            habits[1] = 3;
            habits[7] = 3;
        }
        Self {
            pen,
            slant: dice.normal(0.06, 0.1),
            size: dice.between(0.56, 0.86),
            aspect: dice.normal(1.0, 0.12).clamp(0.75, 1.3),
            jitter: dice.between(0.012, 0.038),
            stray: dice.between(0.1, 0.32),
            habits,
            boldness: dice.normal(1.0, 0.15).clamp(0.65, 1.4),
        }
    }

    /// A digit inside a printed cell: it stays clear of the frame.
    pub(crate) fn digit_in(&self, value: u8, cell: &RectMm, dice: &mut Dice) -> Vec<Stroke> {
        let clear = (cell.w.min(cell.h) * 0.08).max(self.pen.width_mm * 0.6 + 0.15);
        let room = cell.grown(-clear);
        let height = (self.size * dice.normal(1.0, 0.06) * cell.h).min(room.h);
        let skeleton = self.way(value, dice);
        let width = (height * skeleton.aspect * self.aspect * dice.normal(1.0, 0.08)).min(room.w * 0.92);
        let (free_x, free_y) = ((room.w - width) / 2.0, (room.h - height) / 2.0);
        let x = room.x + free_x + (dice.normal(0.0, self.stray) * free_x).clamp(-free_x, free_x);
        let y = room.y + free_y + (dice.normal(0.0, self.stray) * free_y).clamp(-free_y, free_y);
        confined(self.trace(skeleton, &RectMm::new(x, y, width, height), dice), &room)
    }

    /// A free-standing digit or separator in the given box, and the box it took (narrow glyphs take less).
    pub(crate) fn free(&self, c: char, at: Point, height: f64, dice: &mut Dice) -> (Vec<Stroke>, f64) {
        let height = height * dice.normal(1.0, 0.05);
        let skeleton = match c.to_digit(10) {
            Some(value) => self.way(value as u8, dice),
            None => match glyphs::separator(c) {
                Some(s) => s,
                None => return (Vec::new(), height * 0.3),
            },
        };
        let width = height * skeleton.aspect * self.aspect * dice.normal(1.0, 0.08);
        let y = at.1 + dice.normal(0.0, 0.03) * height;
        (self.trace(skeleton, &RectMm::new(at.0, y, width, height), dice), width)
    }

    /// Space this writer leaves after a free-standing digit of that height.
    pub(crate) fn gap(&self, height: f64, dice: &mut Dice) -> f64 {
        (height * (0.24 + 0.15 * self.stray) * dice.normal(1.0, 0.2)).max(self.pen.width_mm * 1.6)
    }

    /// Height this writer gives a digit where `room` mm are free.
    pub(crate) fn height(&self, room: f64) -> f64 {
        (self.size * room).clamp(2.2, 6.5).min(room * 0.92)
    }

    /// A mark's knots as a stroke of this hand.
    pub(crate) fn stroke(&self, knots: &[Point], scale: f64, dice: &mut Dice) -> Stroke {
        curve(&unsteady(knots, self.jitter * scale, dice))
    }

    fn way(&self, value: u8, dice: &mut Dice) -> &'static Skeleton {
        let ways = glyphs::digit(value);
        if dice.chance(0.92) { &ways[self.habits[usize::from(value)]] } else { &ways[pick_way(ways, dice)] }
    }

    fn trace(&self, skeleton: &Skeleton, area: &RectMm, dice: &mut Dice) -> Vec<Stroke> {
        // Narrow glyphs are as unsteady as wide ones: jitter is a share of the height.
        let by = self.jitter;
        let slant = self.slant + dice.normal(0.0, 0.03);
        let turn = dice.normal(0.0, 0.035);
        let stretch = area.w / area.h.max(1e-6);
        let place = |(x, y): Point| {
            let (u, v) = ((x - 0.5) * stretch, y - 0.5);
            let (u, v) = (u - slant * v - turn * v, v + turn * u);
            (area.x + area.w / 2.0 + u * area.h, area.y + area.h / 2.0 + v * area.h)
        };
        let shaky = |knots: &&[Point]| {
            let scaled: Vec<Point> = knots.iter().map(|k| (k.0 * stretch, k.1)).collect();
            let moved = unsteady(&scaled, by, dice);
            curve(&moved.iter().map(|k| (k.0 / stretch, k.1)).collect::<Vec<_>>()).map(place)
        };
        skeleton.strokes.iter().map(shaky).collect()
    }
}

fn pick_way(ways: &[Skeleton], dice: &mut Dice) -> usize {
    let weights: Vec<(f64, usize)> = ways.iter().enumerate().map(|(i, w)| (w.weight, i)).collect();
    dice.weighted(&weights)
}

/// Strokes moved, and shrunk where they must be, to lie within a room.
fn confined(strokes: Vec<Stroke>, room: &RectMm) -> Vec<Stroke> {
    let Some(b) = bounds(&strokes) else { return strokes };
    let scale = (room.w / b.w.max(1e-6)).min(room.h / b.h.max(1e-6)).min(1.0);
    let (w, h) = (b.w * scale, b.h * scale);
    let x = (b.x + (b.w - w) / 2.0).min(room.right() - w).max(room.x);
    let y = (b.y + (b.h - h) / 2.0).min(room.bottom() - h).max(room.y);
    strokes.iter().map(|s| s.map(|p| (x + (p.0 - b.x) * scale, y + (p.1 - b.y) * scale))).collect()
}

/// The smallest rectangle that holds every point.
pub(crate) fn bounds(strokes: &[Stroke]) -> Option<RectMm> {
    let points = || strokes.iter().flat_map(|s| s.0.iter());
    let first = points().next()?;
    let (mut l, mut t, mut r, mut b) = (first.0, first.1, first.0, first.1);
    for p in points() {
        (l, t, r, b) = (l.min(p.0), t.min(p.1), r.max(p.0), b.max(p.1));
    }
    Some(RectMm::new(l, t, r - l, b - t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stay_inside_their_cells() {
        for number in 0..200 {
            let mut dice = Dice::new(5, number, "writer");
            let pen = Pen::new(&mut dice, false);
            let writer = Writer::new(pen, &mut dice);
            let cell = RectMm::new(10.0, 20.0, 5.0, 7.0);
            for value in 0..10 {
                let ink = bounds(&writer.digit_in(value, &cell, &mut dice)).expect("a digit has strokes");
                let ink = ink.grown(writer.pen.width_mm / 2.0);
                assert!(ink.x > 10.0 && ink.y > 20.0 && ink.right() < 15.0 && ink.bottom() < 27.0, "{value}: {ink:?}");
                assert!(ink.h > 2.0, "{value} is only {} mm high", ink.h);
            }
        }
    }
}
