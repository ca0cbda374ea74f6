//! Pens: ball-point with skips, felt, pencil; how wide and dark, and how their ink lands on paper with soft edges.
//! Does not know what is written.

use super::dice::Dice;
use super::paper::{Paper, Reflectance, roughness};
use super::stroke::{Point, Stroke, distance};

/// A pen and its ink.
#[derive(Debug, Clone)]
pub(crate) struct Pen {
    /// Stroke width in mm.
    pub(crate) width_mm: f64,
    /// Colour of the ink.
    pub(crate) colour: Reflectance,
    /// Share of the paper covered by one stroke, 0 to 1.
    pub(crate) opacity: f64,
    /// How much of the paper's roughness shows through.
    grain: f64,
    /// Places per mm where the ink fails for a moment.
    skips: f64,
}

const BLACK: Reflectance = [0.1, 0.1, 0.12];
const BLUE: Reflectance = [0.13, 0.2, 0.56];
const LEAD: Reflectance = [0.3, 0.3, 0.32];
/// Vermilion of seals and received stamps.
pub(crate) const RED: Reflectance = [0.84, 0.16, 0.14];

impl Pen {
    /// A pen as people fill in forms with; `hard` adds faint pencils and failing ball-points.
    pub(crate) fn new(dice: &mut Dice, hard: bool) -> Self {
        match dice.weighted(&[(0.72, 0), (0.16, 1), (0.12, 2)]) {
            0 => Self::ball_point(dice, hard),
            1 => Self::felt(dice),
            _ => Self::pencil(dice, hard),
        }
    }

    fn ball_point(dice: &mut Dice, hard: bool) -> Self {
        let colour = *dice.pick(&[BLACK, BLACK, BLACK, BLUE, [0.22, 0.22, 0.25]]);
        let skips = if hard { dice.between(0.0, 0.25) } else { dice.between(0.0, 0.03) };
        Self {
            width_mm: dice.between(0.3, 0.55),
            colour,
            opacity: dice.between(0.86, 0.98),
            grain: dice.between(0.02, 0.15),
            skips,
        }
    }

    fn felt(dice: &mut Dice) -> Self {
        let colour = *dice.pick(&[BLACK, BLACK, BLUE]);
        Self { width_mm: dice.between(0.5, 0.8), colour, opacity: dice.between(0.92, 1.0), grain: 0.02, skips: 0.0 }
    }

    fn pencil(dice: &mut Dice, hard: bool) -> Self {
        let opacity = if hard && dice.chance(0.5) { dice.between(0.3, 0.55) } else { dice.between(0.65, 0.9) };
        Self { width_mm: dice.between(0.35, 0.65), colour: LEAD, opacity, grain: dice.between(0.25, 0.5), skips: 0.0 }
    }

    /// The same pen pressed hard enough to survive a scan of one bit.
    pub(crate) fn firm(&mut self) {
        self.opacity = self.opacity.max(0.88);
        self.grain = self.grain.min(0.2);
        self.skips = self.skips.min(0.05);
        self.width_mm = self.width_mm.max(0.35);
    }

    /// The same pen, no wider than `most` mm: small writing is done with the tip.
    pub(crate) fn fine(&self, most: f64) -> Self {
        Self { width_mm: self.width_mm.min(most.max(0.2)), ..self.clone() }
    }

    /// The red ink pad of a stamp.
    pub(crate) fn stamp(dice: &mut Dice) -> Self {
        Self { width_mm: 0.4, colour: RED, opacity: dice.between(0.7, 0.92), grain: dice.between(0.2, 0.5), skips: 0.0 }
    }

    /// Draws strokes on the sheet.
    pub(crate) fn draw(&self, strokes: &[Stroke], paper: &mut Paper, dice: &mut Dice) {
        for stroke in strokes {
            self.draw_one(stroke, paper, dice);
        }
    }

    fn draw_one(&self, stroke: &Stroke, paper: &mut Paper, dice: &mut Dice) {
        let dabs = self.dabs(stroke, paper.scale, dice);
        let Some(mut patch) = Patch::around(&dabs) else { return };
        for pair in dabs.windows(2) {
            patch.capsule(&pair[0], &pair[1]);
        }
        if dabs.len() == 1 {
            patch.capsule(&dabs[0], &dabs[0]);
        }
        patch.roughen(self.grain, dice.bits());
        paper.lay(patch.left, patch.top, patch.width, &patch.ink, self.colour);
    }

    /// The stroke as round dabs in px: pressure swells and fades along it, ends taper, skips thin out.
    fn dabs(&self, stroke: &Stroke, scale: f64, dice: &mut Dice) -> Vec<Dab> {
        let total = stroke.length().max(0.01);
        let swell: Vec<(f64, f64, f64)> = (0..3)
            .map(|i| {
                (dice.normal(0.0, 0.05), dice.between(0.2, 0.9) * f64::from(i + 1), dice.between(0.0, std::f64::consts::TAU))
            })
            .collect();
        let skips = self.skip_places(total, dice);
        let taper = dice.between(0.55, 0.95);
        let mut dabs = Vec::with_capacity(stroke.0.len());
        let mut at = 0.0;
        for (i, p) in stroke.0.iter().enumerate() {
            at += if i > 0 { distance(stroke.0[i - 1], *p) } else { 0.0 };
            let pressure: f64 = 1.0 + swell.iter().map(|(a, f, phase)| a * libm::sin(at * f * 2.0 + phase)).sum::<f64>();
            let near_end = ((total - at) / (1.2 * self.width_mm)).clamp(0.0, 1.0);
            let radius = self.width_mm / 2.0 * pressure * (taper + (1.0 - taper) * near_end);
            let failing = skips.iter().any(|(from, to)| at >= *from && at <= *to);
            let opacity = self.opacity * (0.94 + 0.06 * pressure) * if failing { 0.25 } else { 1.0 };
            dabs.push(Dab { at: (p.0 * scale, p.1 * scale), radius: radius * scale, opacity: opacity.min(1.0) });
        }
        dabs
    }

    fn skip_places(&self, length: f64, dice: &mut Dice) -> Vec<(f64, f64)> {
        let expected = self.skips * length;
        let count = expected as usize + usize::from(dice.chance(expected - expected.floor()));
        let place = |_| {
            let from = dice.between(0.0, length);
            (from, from + dice.between(0.15, 0.7))
        };
        (0..count).map(place).collect()
    }
}

struct Dab {
    at: Point,
    radius: f64,
    opacity: f64,
}

/// Opacity of one stroke around its place, in px.
struct Patch {
    left: i64,
    top: i64,
    width: usize,
    height: usize,
    ink: Vec<f32>,
}

impl Patch {
    fn around(dabs: &[Dab]) -> Option<Self> {
        let reach = dabs.iter().map(|d| d.radius).fold(0.0, f64::max) + 2.0;
        let low = |f: fn(&Dab) -> f64| dabs.iter().map(f).fold(f64::INFINITY, f64::min);
        let high = |f: fn(&Dab) -> f64| dabs.iter().map(f).fold(f64::NEG_INFINITY, f64::max);
        let (l, t) = (low(|d| d.at.0) - reach, low(|d| d.at.1) - reach);
        let (r, b) = (high(|d| d.at.0) + reach, high(|d| d.at.1) + reach);
        if !(l.is_finite() && t.is_finite()) || r - l > 6000.0 || b - t > 6000.0 {
            return None;
        }
        let (left, top) = (l.floor() as i64, t.floor() as i64);
        let (width, height) = ((r.ceil() as i64 - left) as usize, (b.ceil() as i64 - top) as usize);
        Some(Self { left, top, width, height, ink: vec![0.0; width * height] })
    }

    /// Inks the band between two dabs; overlapping bands of one stroke do not darken each other.
    fn capsule(&mut self, a: &Dab, b: &Dab) {
        let (ax, ay) = (a.at.0 - self.left as f64, a.at.1 - self.top as f64);
        let (bx, by) = (b.at.0 - self.left as f64, b.at.1 - self.top as f64);
        let length2 = (bx - ax) * (bx - ax) + (by - ay) * (by - ay);
        let reach = a.radius.max(b.radius) + 1.0;
        let (x0, x1) = ((ax.min(bx) - reach).max(0.0) as usize, (ax.max(bx) + reach).ceil().max(0.0) as usize);
        let (y0, y1) = ((ay.min(by) - reach).max(0.0) as usize, (ay.max(by) + reach).ceil().max(0.0) as usize);
        for y in y0..y1.min(self.height) {
            for x in x0..x1.min(self.width) {
                let (px, py) = (x as f64 + 0.5, y as f64 + 0.5);
                let t =
                    if length2 > 0.0 { (((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length2).clamp(0.0, 1.0) } else { 0.0 };
                let off = distance((px, py), (ax + (bx - ax) * t, ay + (by - ay) * t));
                let covered = (a.radius + (b.radius - a.radius) * t + 0.5 - off).clamp(0.0, 1.0);
                let ink = (covered * (a.opacity + (b.opacity - a.opacity) * t)) as f32;
                let slot = &mut self.ink[y * self.width + x];
                *slot = slot.max(ink);
            }
        }
    }

    fn roughen(&mut self, grain: f64, seed: u64) {
        for (i, ink) in self.ink.iter_mut().enumerate().filter(|(_, o)| **o > 0.0) {
            let (x, y) = (self.left + (i % self.width) as i64, self.top + (i / self.width) as i64);
            let rough = 0.6 * roughness(x / 2, y / 2, seed) + 0.4 * roughness(x, y, seed ^ 1);
            *ink *= (1.0 - grain * rough) as f32;
        }
    }
}
