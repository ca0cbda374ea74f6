//! A sheet of paper as light it reflects, and pens that take light away. Knows nothing of forms.

use image::GrayImage;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub type Point = (f64, f64);

/// Pixels per mm of every sheet: 300 dpi.
pub const PX: f64 = 300.0 / 25.4;

/// Chance with a few ways to ask it.
pub struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.random::<f64>()
    }

    /// Roughly normal: the sum of four uniforms, never beyond 3.5 deviations.
    pub fn normal(&mut self, deviation: f64) -> f64 {
        (0..4).map(|_| self.within(-0.5, 0.5)).sum::<f64>() * deviation * 3.0_f64.sqrt()
    }

    pub fn yes(&mut self, share: f64) -> bool {
        self.0.random::<f64>() < share
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0.random_range(0..n.max(1))
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn bits(&mut self) -> u32 {
        self.0.random()
    }
}

/// Reflected light per pixel, 0 to 1, in one plane (grey) or three (red, green, blue).
pub struct Sheet {
    pub width: usize,
    pub height: usize,
    pub planes: Vec<Vec<f32>>,
}

impl Sheet {
    /// A printed sheet.
    pub fn printed(print: &GrayImage, colour: bool) -> Self {
        if colour { Self::printed_in(print, &[0.0; 3]) } else { Self::printed_in(print, &[0.0]) }
    }

    /// A sheet printed in an ink that reflects so much of each colour.
    pub fn printed_in(print: &GrayImage, ink: &[f32]) -> Self {
        let plane = |ink: &f32| print.as_raw().iter().map(|v| ink + (1.0 - ink) * f32::from(*v) / 255.0).collect();
        Self { width: print.width() as usize, height: print.height() as usize, planes: ink.iter().map(plane).collect() }
    }

    /// Cuts a piece out: what lies behind reflects `light`.
    pub fn cut(&mut self, (a, b): (Point, Point), light: f64, hole: impl Fn(Point) -> bool) {
        let clip = |mm: f64, most: usize| ((mm * PX).max(0.0) as usize).min(most);
        for y in clip(a.1, self.height)..clip(b.1, self.height) {
            for x in clip(a.0, self.width)..clip(b.0, self.width) {
                if hole(((x as f64 + 0.5) / PX, (y as f64 + 0.5) / PX)) {
                    self.planes.iter_mut().for_each(|plane| plane[y * self.width + x] = light as f32);
                }
            }
        }
    }

    /// Takes light away: `by` gives the opacity at a place in mm, for places within `reach` of the window from `a` to `b`.
    pub fn lay(&mut self, (a, b): (Point, Point), colour: [f64; 3], by: impl Fn(Point) -> f64) {
        let seen = if self.planes.len() == 3 { colour.to_vec() } else { vec![luma(colour)] };
        let clip = |mm: f64, most: usize| ((mm * PX).max(0.0) as usize).min(most);
        for y in clip(a.1, self.height)..clip(b.1 + 0.1, self.height) {
            for x in clip(a.0, self.width)..clip(b.0 + 0.1, self.width) {
                let opacity = by(((x as f64 + 0.5) / PX, (y as f64 + 0.5) / PX));
                if opacity > 0.0 {
                    for (plane, c) in self.planes.iter_mut().zip(&seen) {
                        plane[y * self.width + x] *= (1.0 - opacity * (1.0 - c)) as f32;
                    }
                }
            }
        }
    }
}

pub fn luma([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

pub const BLACK: [f64; 3] = [0.08, 0.08, 0.1];
pub const BLUE: [f64; 3] = [0.12, 0.18, 0.55];
pub const LEAD: [f64; 3] = [0.25, 0.25, 0.27];
pub const RED: [f64; 3] = [0.85, 0.15, 0.15];

/// A pen: how wide, how dark, how steady.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    pub width: f64,
    pub colour: [f64; 3],
    /// Share of the light its ink takes, 0 to 1.
    pub opacity: f64,
    /// How much of the paper's fibres stays white.
    pub grain: f64,
    /// Share of the stroke where the ball does not write.
    pub skips: f64,
    /// How far the hand trembles, mm.
    pub tremble: f64,
}

impl Pen {
    /// A ball-point of 0.4 mm.
    pub const BALL: Self = Self { width: 0.4, colour: BLACK, opacity: 0.95, grain: 0.05, skips: 0.0, tremble: 0.04 };

    /// Any pen an office has.
    pub fn any(c: &mut Chance) -> Self {
        let tremble = c.within(0.01, 0.1);
        let (grain, colour) = (c.within(0.0, 0.15), c.pick(&[BLACK, BLACK, BLUE]));
        match c.below(10) {
            0..=5 => Self { width: c.within(0.25, 0.6), colour, opacity: c.within(0.8, 1.0), grain, skips: 0.0, tremble },
            6 | 7 => Self { width: c.within(0.6, 1.1), colour, opacity: c.within(0.85, 1.0), grain: 0.02, skips: 0.0, tremble },
            _ => Self {
                width: c.within(0.35, 0.7),
                colour: LEAD,
                opacity: c.within(0.65, 0.95),
                grain: c.within(0.2, 0.45),
                skips: 0.0,
                tremble,
            },
        }
    }

    /// A pencil whose ink has this share of a black print's contrast.
    pub fn faint(share: f64) -> Self {
        Self { width: 0.5, colour: LEAD, opacity: share / 0.75 / 0.9, grain: 0.2, ..Self::BALL }
    }

    /// The same pen, paler.
    pub fn pale(self, share: f64) -> Self {
        Self { opacity: self.opacity * share, ..self }
    }

    /// Draws a line through points in mm.
    pub fn draw(&self, sheet: &mut Sheet, points: &[Point], c: &mut Chance) {
        self.stamp(sheet, &[points.to_vec()], c);
    }

    /// Draws lines at once: where they cross they do not darken each other.
    pub fn stamp(&self, sheet: &mut Sheet, lines: &[Vec<Point>], c: &mut Chance) {
        let paths: Vec<Vec<Point>> = lines.iter().map(|l| self.shaken(l, c)).collect();
        let (fibres, skipping, swell) = (u64::from(c.bits()), u64::from(c.bits()), u64::from(c.bits()));
        let Some(window) = around(&paths.concat(), self.width) else { return };
        let (w, h) = ((((window.1.0 - window.0.0) * PX) as usize) + 2, (((window.1.1 - window.0.1) * PX) as usize) + 2);
        let mut cover = vec![0.0_f32; w * h];
        let mut at = 0.0;
        for pair in paths.iter().flat_map(|p| p.windows(2)) {
            at += (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
            let writes = fibre(at / 0.5, 0.0, skipping) >= self.skips;
            let radius = self.width / 2.0 * (0.85 + 0.3 * fibre(at / 2.0, 3.0, swell));
            if writes {
                dab(&mut cover, w, window.0, (pair[0], pair[1]), radius);
            }
        }
        let pen = *self;
        sheet.lay(window, self.colour, |p| {
            let (x, y) = (((p.0 - window.0.0) * PX) as usize, ((p.1 - window.0.1) * PX) as usize);
            let rough = 0.5 * fibre(p.0 / 0.12, p.1 / 0.12, fibres) + 0.5 * fibre(p.0 / 0.3, p.1 / 0.3, fibres ^ 7);
            f64::from(cover[y.min(h - 1) * w + x.min(w - 1)]) * pen.opacity * (1.0 - pen.grain * rough * 2.0).max(0.0)
        });
    }

    /// Short steps along the line, each a little off.
    fn shaken(&self, points: &[Point], c: &mut Chance) -> Vec<Point> {
        let (sx, sy) = (u64::from(c.bits()), u64::from(c.bits()));
        let mut path = Vec::new();
        let mut at = 0.0;
        for pair in points.windows(2) {
            let length = (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1);
            let steps = (length / 0.08).ceil().max(1.0) as usize;
            for i in 0..=steps {
                let t = i as f64 / steps as f64;
                let off = |seed| (fibre((at + t * length) / 0.8, 1.0, seed) - 0.5) * 2.0 * self.tremble;
                path.push((pair[0].0 + (pair[1].0 - pair[0].0) * t + off(sx), pair[0].1 + (pair[1].1 - pair[0].1) * t + off(sy)));
            }
            at += length;
        }
        path
    }
}

/// The window that holds a path and its ink.
fn around(path: &[Point], width: f64) -> Option<(Point, Point)> {
    let reach = width + 0.2;
    let first = *path.first()?;
    let (low, high) = path.iter().fold((first, first), |(a, b), p| ((a.0.min(p.0), a.1.min(p.1)), (b.0.max(p.0), b.1.max(p.1))));
    // On the grid of pixels, so that coverage and sheet share it.
    let snap = |mm: f64| (mm * PX).floor() / PX;
    Some(((snap((low.0 - reach).max(0.0)), snap((low.1 - reach).max(0.0))), (high.0 + reach, high.1 + reach)))
}

/// Covers the pixels within `radius` of a short step.
fn dab(cover: &mut [f32], w: usize, origin: Point, (a, b): (Point, Point), radius: f64) {
    let to = |p: Point| ((p.0 - origin.0) * PX, (p.1 - origin.1) * PX);
    let (a, b, r) = (to(a), to(b), radius * PX);
    let h = cover.len() / w;
    let span = |u: f64, v: f64, most: usize| {
        let low = (u.min(v) - r - 1.0).max(0.0) as usize;
        low.min(most)..((u.max(v) + r + 2.0).max(0.0) as usize).min(most)
    };
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = (dx * dx + dy * dy).max(1e-9);
    for y in span(a.1, b.1, h) {
        for x in span(a.0, b.0, w) {
            let (px, py) = (x as f64 + 0.5, y as f64 + 0.5);
            let t = (((px - a.0) * dx + (py - a.1) * dy) / length2).clamp(0.0, 1.0);
            let off = (px - a.0 - t * dx).hypot(py - a.1 - t * dy);
            let covered = (r - off + 0.5).clamp(0.0, 1.0) as f32;
            cover[y * w + x] = cover[y * w + x].max(covered);
        }
    }
}

/// Smooth repeatable noise, 0 to 1.
pub fn fibre(x: f64, y: f64, seed: u64) -> f64 {
    let (x0, y0) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (ax, ay) = (ease(x - x0), ease(y - y0));
    let at = |dx: i64, dy: i64| lattice(x0 as i64 + dx, y0 as i64 + dy, seed);
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * ax;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * ax;
    top + (bottom - top) * ay
}

fn lattice(x: i64, y: i64, seed: u64) -> f64 {
    let mut h = (x as u64).wrapping_mul(0x8DA6_B343_1B56_4C2D) ^ (y as u64).wrapping_mul(0xD816_3841_FDE5_2D91) ^ seed;
    for _ in 0..2 {
        h = (h ^ (h >> 31)).wrapping_mul(0x7FB5_D329_728E_A185);
    }
    (h >> 40) as f64 / f64::from(1 << 24)
}

/// A cubic curve from `a` to `d`, in small steps.
pub fn curve(a: Point, b: Point, c: Point, d: Point) -> Vec<Point> {
    let at = |t: f64| {
        let u = 1.0 - t;
        let mix = |p: f64, q: f64, r: f64, s: f64| u * u * u * p + 3.0 * u * u * t * q + 3.0 * u * t * t * r + t * t * t * s;
        (mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1))
    };
    (0..=16).map(|i| at(f64::from(i) / 16.0)).collect()
}
