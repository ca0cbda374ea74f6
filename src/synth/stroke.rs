//! Strokes of a pen: smooth curves through a few points, stretched, slanted and made unsteady like a hand's.
//! Does not know what they spell (`glyphs`, `marks`, `scribble`) and does not draw them (`pen`).

use super::dice::Dice;

/// A point; in skeletons a share of the glyph's box, on the sheet mm.
pub(crate) type Point = (f64, f64);

/// One movement of the pen, from touching the paper to leaving it: points close enough to join by straight lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Stroke(pub(crate) Vec<Point>);

impl Stroke {
    /// Every point moved.
    pub(crate) fn map(&self, f: impl Fn(Point) -> Point) -> Self {
        Self(self.0.iter().map(|p| f(*p)).collect())
    }

    /// Length along the stroke.
    pub(crate) fn length(&self) -> f64 {
        self.0.windows(2).map(|w| distance(w[0], w[1])).sum()
    }
}

/// Distance of two points.
pub(crate) fn distance(a: Point, b: Point) -> f64 {
    libm::sqrt((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1))
}

/// The smooth curve through `knots` (Catmull–Rom). A knot given twice is a corner.
pub(crate) fn curve(knots: &[Point]) -> Stroke {
    const STEPS: usize = 12;
    let mut points = Vec::with_capacity(knots.len() * STEPS);
    let at = |i: isize| knots[i.clamp(0, knots.len() as isize - 1) as usize];
    for i in 0..knots.len() as isize - 1 {
        let (before, from, to, after) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        if from == to {
            continue;
        }
        for step in 0..STEPS {
            let t = step as f64 / STEPS as f64;
            points.push((catmull_rom(before.0, from.0, to.0, after.0, t), catmull_rom(before.1, from.1, to.1, after.1, t)));
        }
    }
    points.extend(knots.last());
    Stroke(points)
}

fn catmull_rom(p0: f64, p1: f64, p2: f64, p3: f64, t: f64) -> f64 {
    let (t2, t3) = (t * t, t * t * t);
    0.5 * (2.0 * p1 + (p2 - p0) * t + (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3) * t2 + (3.0 * p1 - p0 - 3.0 * p2 + p3) * t3)
}

/// The knots with each moved a little; equal neighbours (corners) stay together.
pub(crate) fn unsteady(knots: &[Point], by: f64, dice: &mut Dice) -> Vec<Point> {
    let mut moved: Vec<Point> = Vec::with_capacity(knots.len());
    for (i, k) in knots.iter().enumerate() {
        let corner = i > 0 && knots[i - 1] == *k;
        let next = if corner { moved[i - 1] } else { (k.0 + dice.normal(0.0, by), k.1 + dice.normal(0.0, by)) };
        moved.push(next);
    }
    moved
}

/// An ellipse as a hand draws it: from `start` degrees through `sweep` degrees, its radius drifting by `drift` of itself
/// on the way and wavering by `wobble`.
pub(crate) fn ring(
    centre: Point,
    radius: (f64, f64),
    start: f64,
    sweep: f64,
    drift: f64,
    wobble: f64,
    dice: &mut Dice,
) -> Stroke {
    let waves: Vec<(f64, f64)> = (2..5).map(|n| (dice.normal(0.0, wobble / f64::from(n)), dice.between(0.0, 360.0))).collect();
    let steps = (sweep.abs() / 8.0).ceil().max(12.0) as u32;
    let point = |i: usize| {
        let share = i as f64 / f64::from(steps);
        let angle = (start + sweep * share).to_radians();
        let wave: f64 =
            waves.iter().zip(2..).map(|((a, phase), n)| a * libm::sin(f64::from(n) * angle + phase.to_radians())).sum();
        let r = 1.0 + drift * share + wave;
        (centre.0 + radius.0 * r * libm::cos(angle), centre.1 + radius.1 * r * libm::sin(angle))
    };
    Stroke((0..=steps as usize).map(point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_passes_its_knots_and_keeps_its_corners() {
        let knots = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 1.0)];
        let stroke = curve(&knots);
        assert!(knots.iter().all(|k| stroke.0.iter().any(|p| distance(*k, *p) < 1e-9)));
        assert!(stroke.0.iter().all(|p| p.0 <= 1.08 && p.1 >= -0.08));
    }
}
