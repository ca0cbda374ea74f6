//! Marks at printed options, of every kind people make (DOMAIN 5.2): ticks, crosses, fills, rings, underlines, and the
//! lines that cancel them. Gives strokes on the sheet; does not decide which option is meant.

use super::dice::Dice;
use super::stroke::{Point, Stroke, curve, ring};
use super::writer::Writer;
use crate::geometry::RectMm;

/// A shape of mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// ✓, a short stroke down and a long one up.
    Tick,
    /// レ, almost upright then sharply up.
    Re,
    /// ×
    Cross,
    /// ■, filled by going to and fro.
    Fill,
    /// ●
    Dot,
    /// ／
    Slash,
    /// A ring around the box or number.
    Ring,
    /// Two turns of a ring.
    DoubleRing,
    /// A ring left open by up to a quarter.
    OpenRing,
    /// A long flat ring that touches its neighbour.
    WideRing,
    /// A line under the number.
    Underline,
}

/// Marks in boxes that anyone reads alike, with how common they are.
pub(crate) const PLAIN_BOX: [(f64, Shape); 5] =
    [(0.38, Shape::Tick), (0.34, Shape::Re), (0.12, Shape::Fill), (0.08, Shape::Dot), (0.08, Shape::Slash)];
/// The same with those that ask for a second look.
pub(crate) const ANY_BOX: [(f64, Shape); 7] = [
    (0.3, Shape::Tick),
    (0.28, Shape::Re),
    (0.1, Shape::Fill),
    (0.08, Shape::Dot),
    (0.1, Shape::Slash),
    (0.08, Shape::Cross),
    (0.06, Shape::Ring),
];
/// Marks at printed numbers that anyone reads alike.
pub(crate) const PLAIN_RING: [(f64, Shape); 3] = [(0.78, Shape::Ring), (0.08, Shape::DoubleRing), (0.14, Shape::OpenRing)];
/// The same with those that ask for a second look.
pub(crate) const ANY_RING: [(f64, Shape); 6] = [
    (0.58, Shape::Ring),
    (0.08, Shape::DoubleRing),
    (0.16, Shape::OpenRing),
    (0.08, Shape::WideRing),
    (0.06, Shape::Tick),
    (0.04, Shape::Underline),
];

/// The strokes of a mark at an option's box or printed number.
pub(crate) fn mark(shape: Shape, area: &RectMm, writer: &Writer, dice: &mut Dice) -> Vec<Stroke> {
    match shape {
        Shape::Tick => vec![tick(area, &[(0.0, 0.5), (0.34, 0.95), (0.34, 0.95), (0.75, 0.3), (1.15, -0.25)], writer, dice)],
        Shape::Re => {
            vec![tick(area, &[(0.22, -0.1), (0.24, 0.5), (0.26, 0.98), (0.26, 0.98), (0.7, 0.6), (1.2, 0.1)], writer, dice)]
        }
        Shape::Slash => vec![tick(area, &[(0.95, -0.02), (0.5, 0.5), (0.05, 1.02)], writer, dice)],
        Shape::Cross => vec![
            tick(area, &[(0.08, 0.05), (0.5, 0.5), (0.95, 0.97)], writer, dice),
            tick(area, &[(0.93, 0.02), (0.5, 0.5), (0.05, 0.96)], writer, dice),
        ],
        Shape::Fill => vec![hatch(&area.grown(-0.12 * area.w.min(area.h)), writer, dice)],
        Shape::Dot => dot(area, writer, dice),
        Shape::Ring => vec![ringed(area, (375.0, 25.0), 0.0, writer, dice)],
        Shape::DoubleRing => vec![ringed(area, (700.0, 30.0), 0.0, writer, dice)],
        Shape::OpenRing => vec![ringed(area, (312.0, 18.0), 0.0, writer, dice)],
        Shape::WideRing => vec![ringed(area, (375.0, 25.0), 1.6, writer, dice)],
        Shape::Underline => vec![underline(area, writer, dice)],
    }
}

/// Two parallel strokes through everything in `area`, as 二重線 is drawn.
pub(crate) fn double_line(area: &RectMm, dice: &mut Dice) -> Vec<Stroke> {
    let apart = dice.between(0.7, 1.2);
    let tilt = dice.normal(0.0, 0.04) * area.w;
    let y = area.y + area.h / 2.0 + dice.normal(0.0, 0.06) * area.h;
    let line = |dy: f64, dice: &mut Dice| {
        let from = (area.x - dice.between(0.4, 1.6), y + dy - tilt / 2.0 + dice.normal(0.0, 0.1));
        let to = (area.right() + dice.between(0.4, 1.6), y + dy + tilt / 2.0 + dice.normal(0.0, 0.1));
        curve(&[from, (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1) + dice.normal(0.0, 0.12)), to])
    };
    vec![line(-apart / 2.0, dice), line(apart / 2.0, dice)]
}

/// A scribble over everything in `area`.
pub(crate) fn scribble_out(area: &RectMm, dice: &mut Dice) -> Vec<Stroke> {
    let turns = (area.w / dice.between(0.5, 0.9)).clamp(6.0, 40.0) as usize;
    let point = |i: usize| {
        let x = area.x - 0.4 + (area.w + 0.8) * i as f64 / turns as f64 + dice.normal(0.0, 0.15);
        let edge = if i.is_multiple_of(2) { 0.1 } else { 0.9 };
        (x, area.y + area.h * (edge + dice.normal(0.0, 0.08)))
    };
    vec![curve(&(0..=turns).map(point).collect::<Vec<_>>())]
}

fn tick(area: &RectMm, knots: &[Point], writer: &Writer, dice: &mut Dice) -> Stroke {
    let size = area.w.min(area.h) * writer.boldness * dice.normal(1.05, 0.15).clamp(0.7, 1.5);
    let (dx, dy) = (dice.normal(0.0, 0.09) * area.w, dice.normal(0.0, 0.09) * area.h);
    let c = area.centre();
    writer.stroke(knots, 1.6, dice).map(|(x, y)| (c.x + dx + (x - 0.5) * size, c.y + dy + (y - 0.5) * size))
}

/// To and fro over the area until it is dark.
fn hatch(area: &RectMm, writer: &Writer, dice: &mut Dice) -> Stroke {
    let step = writer.pen.width_mm * dice.between(0.62, 0.85);
    let rows = (area.h / step).ceil().max(2.0) as usize;
    let slope = dice.between(0.1, 0.35) * step;
    let mut knots = Vec::new();
    for row in 0..=rows {
        let y = area.y + area.h * row as f64 / rows as f64;
        let (near, far) = (area.x + dice.normal(0.0, 0.1), area.right() + dice.normal(0.0, 0.1));
        let (from, to) = if row % 2 == 0 { (near, far) } else { (far, near) };
        knots.extend([(from, y - slope), (to, y + slope)]);
    }
    curve(&knots)
}

fn dot(area: &RectMm, writer: &Writer, dice: &mut Dice) -> Vec<Stroke> {
    let c = area.centre();
    let centre = (c.x + dice.normal(0.0, 0.06) * area.w, c.y + dice.normal(0.0, 0.06) * area.h);
    let radius = area.w.min(area.h) * dice.between(0.26, 0.4);
    let turns = (radius / (writer.pen.width_mm * 0.7)).ceil().max(1.0);
    vec![ring(centre, (radius, radius), dice.between(0.0, 360.0), 360.0 * (turns + 0.6), -0.97, 0.05, dice)]
}

fn ringed(area: &RectMm, sweep: (f64, f64), wider: f64, writer: &Writer, dice: &mut Dice) -> Stroke {
    let c = area.centre();
    let margin = dice.normal(0.75, 0.25).clamp(0.25, 1.5) * writer.boldness;
    let round = area.w.min(area.h) / 2.0;
    // A ring follows the number but never gets flat: people draw it round.
    let rx = (area.w / 2.0).max(round * 1.05) + margin + wider;
    let ry = (area.h / 2.0).max(round * 1.05) + margin * dice.between(0.7, 1.05);
    let centre = (c.x + dice.normal(0.0, 0.22), c.y + dice.normal(0.0, 0.22));
    let start = dice.normal(-80.0, 35.0);
    let sweep = dice.normal(sweep.0, sweep.1).max(280.0) * if dice.chance(0.85) { -1.0 } else { 1.0 };
    ring(centre, (rx, ry), start, sweep, dice.normal(0.05, 0.05), 0.05, dice)
}

fn underline(area: &RectMm, writer: &Writer, dice: &mut Dice) -> Stroke {
    let y = area.bottom() + dice.between(0.2, 0.8);
    let (from, to) = (area.x - dice.between(0.2, 1.0), area.right() + dice.between(0.2, 1.5));
    let knots = [(from, y), (f64::midpoint(from, to), y + 0.05), (to, y - 0.1)];
    writer.stroke(&knots, 3.0, dice)
}
