//! What people draw in boxes and round numbers: marks, rings, and the lines that cancel them.

use super::draw::{Chance, Pen, Point, Sheet, curve};
use uketsuke::geometry::RectMm;

/// A mark in a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// ✓
    Check,
    /// レ
    Re,
    /// ×
    Cross,
    /// ■
    Fill,
    /// ●
    Dot,
    /// ／
    Slash,
}

/// Marks that mean "this one" to everyone.
pub const PLAIN: [Mark; 5] = [Mark::Check, Mark::Re, Mark::Fill, Mark::Dot, Mark::Slash];

/// Size relative to the box and shift as a share of it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub size: f64,
    pub off: Point,
}

impl Place {
    pub const MIDDLE: Self = Self { size: 1.0, off: (0.0, 0.0) };

    /// As people place marks without hurry or haste.
    pub fn usual(c: &mut Chance) -> Self {
        Self { size: c.within(0.7, 1.5), off: (c.normal(0.1), c.normal(0.1)) }
    }
}

/// Draws a mark in a box.
pub fn mark(sheet: &mut Sheet, kind: Mark, area: &RectMm, place: Place, pen: &Pen, c: &mut Chance) {
    let (m, side) = (area.centre(), area.w.min(area.h) * place.size);
    let mut at = |x: f64, y: f64| {
        (m.x + place.off.0 * area.w + (x + c.normal(0.04)) * side, m.y + place.off.1 * area.h + (y + c.normal(0.04)) * side)
    };
    let lines: Vec<Vec<Point>> = match kind {
        Mark::Check => {
            let low = at(-0.12, 0.38);
            vec![
                [
                    curve(at(-0.42, 0.02), at(-0.34, 0.1), at(-0.2, 0.25), low),
                    curve(low, at(0.02, 0.1), at(0.25, -0.3), at(0.5, -0.5)),
                ]
                .concat(),
            ]
        }
        Mark::Re => {
            let low = at(-0.2, 0.45);
            vec![
                [
                    curve(at(-0.24, -0.5), at(-0.22, -0.2), at(-0.24, 0.2), low),
                    curve(low, at(0.05, 0.35), at(0.3, 0.1), at(0.48, -0.12)),
                ]
                .concat(),
            ]
        }
        Mark::Cross => vec![vec![at(-0.42, -0.42), at(0.42, 0.42)], vec![at(0.42, -0.42), at(-0.42, 0.42)]],
        Mark::Slash => vec![vec![at(0.42, -0.46), at(-0.42, 0.46)]],
        Mark::Fill => {
            let rows = ((0.8 * side / (pen.width * 0.8)) as usize).max(3);
            let y = |i: usize| -0.4 + 0.8 * i as f64 / rows as f64;
            vec![(0..=rows).map(|i| at(if i % 2 == 0 { -0.4 } else { 0.4 }, y(i))).collect()]
        }
        Mark::Dot => {
            let turns = (0.3 * side / (pen.width * 0.7)).max(1.0);
            let spiral = |i: usize| {
                let t = i as f64 / 80.0;
                (0.3 * t * (t * turns * 6.3).cos(), 0.3 * t * (t * turns * 6.3).sin())
            };
            vec![
                (0..=80)
                    .map(spiral)
                    .map(|(x, y)| (m.x + place.off.0 * area.w + x * side, m.y + place.off.1 * area.h + y * side))
                    .collect(),
            ]
        }
    };
    for line in lines {
        pen.draw(sheet, &line, c);
    }
}

/// A ring by hand.
#[derive(Clone, Copy, Debug)]
pub struct Ring {
    /// Half its width and height, mm.
    pub radius: Point,
    /// Middle against the number's, mm.
    pub off: Point,
    /// Degrees left open; negative where the ends pass each other.
    pub open: f64,
    pub turns: f64,
    /// Where the pen starts, degrees.
    pub start: f64,
    /// How far from round: share of the radius.
    pub lumpy: f64,
    /// Tilt of the long axis, degrees.
    pub tilt: f64,
}

impl Ring {
    /// A ring 6.4 mm across that closes.
    pub const PLAIN: Self =
        Self { radius: (3.2, 3.2), off: (0.0, 0.0), open: -20.0, turns: 1.0, start: -100.0, lumpy: 0.03, tilt: 0.0 };

    /// A ring as people draw it round a number of that size.
    pub fn usual(area: &RectMm, c: &mut Chance) -> Self {
        let half = area.w.max(area.h) / 2.0;
        let r = half + c.within(0.3, 1.7);
        Self {
            radius: (r * c.within(0.9, 1.2), r * c.within(0.85, 1.1)),
            off: (c.normal(0.3), c.normal(0.3)),
            open: if c.yes(0.7) { c.within(-50.0, 5.0) } else { c.within(5.0, 45.0) },
            turns: if c.yes(0.1) { 2.0 } else { 1.0 },
            start: c.within(-180.0, 180.0),
            lumpy: c.within(0.0, 0.09),
            tilt: c.within(-30.0, 30.0),
        }
    }

    pub fn draw(&self, sheet: &mut Sheet, area: &RectMm, pen: &Pen, c: &mut Chance) {
        let m = area.centre();
        let sweep = 360.0 * self.turns - self.open;
        let steps = (sweep / 5.0) as usize;
        let waves: Vec<Point> = (2..5).map(|_| (c.normal(self.lumpy / 2.0), c.within(0.0, 6.3))).collect();
        let drift = c.normal(0.05);
        let (ts, tc) = self.tilt.to_radians().sin_cos();
        let way = if c.yes(0.8) { -1.0 } else { 1.0 };
        let at = |i: usize| {
            let t = i as f64 / steps as f64;
            let a = (self.start + way * sweep * t).to_radians();
            let k = 1.0 + drift * t + waves.iter().zip(2..5).map(|(w, n)| w.0 * (a * f64::from(n) + w.1).sin()).sum::<f64>();
            let (x, y) = (self.radius.0 * k * a.cos(), self.radius.1 * k * a.sin());
            (m.x + self.off.0 + x * tc - y * ts, m.y + self.off.1 + x * ts + y * tc)
        };
        pen.draw(sheet, &(0..=steps).map(at).collect::<Vec<_>>(), c);
    }
}

/// 二重線 through an area.
pub fn double_line(sheet: &mut Sheet, area: &RectMm, pen: &Pen, c: &mut Chance) {
    let (m, lean) = (area.centre(), c.within(-0.4, 0.4));
    for dy in [-0.45, 0.45] {
        pen.draw(sheet, &[(area.x - 1.2, m.y + dy + lean), (area.right() + 1.2, m.y + dy - lean)], c);
    }
}

/// A line under an area.
pub fn underline(sheet: &mut Sheet, area: &RectMm, pen: &Pen, c: &mut Chance) {
    let y = area.bottom() + c.within(0.1, 0.7);
    pen.draw(sheet, &[(area.x - c.within(0.0, 1.0), y), (area.right() + c.within(0.0, 1.0), y + c.normal(0.15))], c);
}

/// Characters nobody needs to read: short strokes in squares of `size` mm from a point to the right.
pub fn words(sheet: &mut Sheet, from: Point, size: f64, count: usize, pen: &Pen, c: &mut Chance) {
    for i in 0..count {
        let (x, y) = (from.0 + size * 1.1 * i as f64, from.1);
        let strokes = 3 + c.below(4);
        let mut p = || (x + c.within(0.0, size), y + c.within(0.0, size));
        let lines: Vec<Vec<Point>> = (0..strokes).map(|_| (p(), p())).map(|(a, b)| curve(a, a, b, b)).collect();
        pen.stamp(sheet, &lines, c);
    }
}
