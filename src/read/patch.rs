//! Samples a neighbourhood of the form through the page map into an upright patch of fixed scale, as ink from 0
//! (paper) to 1 (as dark as the form's own print). Knows nothing of fields.

use crate::geometry::{PointMm, PointPx, RectMm};
use crate::image::sample;
use crate::register::PageMap;
use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x32};
use image::GrayImage;

/// Pixels per mm of every patch. 8 px/mm is 203 dpi: a ball-point stroke (0.3 mm and more) is 2–3 px wide, and scans
/// of 200 dpi, the least that archives accept, are not enlarged.
pub const SCALE: f64 = 8.0;

/// Ink over a rectangle of the form.
#[derive(Debug, Clone)]
pub struct Patch {
    /// What it covers, mm.
    pub area: RectMm,
    /// Pixels per row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row-major; 0 paper, 1 print, more where the pen is darker than the print.
    pub ink: Vec<f32>,
}

impl Patch {
    /// A patch of the same size with other ink.
    #[must_use]
    pub fn with_ink(&self, ink: Vec<f32>) -> Self {
        debug_assert_eq!(ink.len(), self.ink.len());
        Self { area: self.area, width: self.width, height: self.height, ink }
    }

    /// Column and row of a point of the form, in patch pixels (pixel centres at .5).
    pub fn to_patch(&self, p: PointMm) -> (f64, f64) {
        ((p.x - self.area.x) * SCALE, (p.y - self.area.y) * SCALE)
    }

    /// The pixels `[x0, x1) × [y0, y1)` that a rectangle of the form covers, clipped to the patch.
    pub fn window(&self, r: &RectMm) -> Window {
        let clip = |v: f64, most: usize| (v.round().max(0.0) as usize).min(most);
        let (l, t) = self.to_patch(PointMm { x: r.x, y: r.y });
        let (rr, b) = self.to_patch(PointMm { x: r.right(), y: r.bottom() });
        Window { x0: clip(l, self.width), x1: clip(rr, self.width), y0: clip(t, self.height), y1: clip(b, self.height) }
    }

    /// Ink at a pixel; paper outside.
    pub fn at(&self, x: i64, y: i64) -> f32 {
        if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
            return 0.0;
        }
        self.ink[y as usize * self.width + x as usize]
    }
}

/// A range of pixels of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First column.
    pub x0: usize,
    /// Column after the last.
    pub x1: usize,
    /// First row.
    pub y0: usize,
    /// Row after the last.
    pub y1: usize,
}

impl Window {
    /// Number of pixels.
    pub fn area(&self) -> usize {
        self.x1.saturating_sub(self.x0) * self.y1.saturating_sub(self.y0)
    }

    /// Whether a pixel lies in it.
    pub fn holds(&self, x: usize, y: usize) -> bool {
        x >= self.x0 && x < self.x1 && y >= self.y0 && y < self.y1
    }

    /// Column and row of its middle.
    pub const fn middle(&self) -> (usize, usize) {
        (usize::midpoint(self.x0, self.x1), usize::midpoint(self.y0, self.y1))
    }

    /// Whether its middle lies in one of some windows.
    pub fn lies_in_one_of(&self, windows: &[Self]) -> bool {
        let (x, y) = self.middle();
        windows.iter().any(|w| w.holds(x, y))
    }

    /// Whether it reaches an edge of the patch: what it holds may come from beyond.
    pub const fn comes_in(&self, patch: &Patch) -> bool {
        self.x0 == 0 || self.y0 == 0 || self.x1 == patch.width || self.y1 == patch.height
    }

    /// The smallest window that holds both.
    #[must_use]
    pub fn around(&self, other: &Self) -> Self {
        Self { x0: self.x0.min(other.x0), x1: self.x1.max(other.x1), y0: self.y0.min(other.y0), y1: self.y1.max(other.y1) }
    }
}

/// Width and height in pixels of the patch over an area, at [`SCALE`] times `zoom`.
pub fn patch_size(area: RectMm, zoom: f64) -> (usize, usize) {
    let pixels = |mm: f64| ((mm * SCALE * zoom).round() as usize).max(1);
    (pixels(area.w), pixels(area.h))
}

/// Grey levels of `plane` over `area` (mm), row by row at [`SCALE`] times `zoom`.
pub fn grey(plane: &GrayImage, map: &PageMap, area: RectMm, zoom: f64) -> (usize, usize, Vec<f32>) {
    let scale = SCALE * zoom;
    let (width, height) = patch_size(area, zoom);
    let across = |x: f64, y: f64| map.to_px(PointMm { x: area.x + x / scale, y: area.y + y / scale });
    let taps = taps(&across);
    let mut pixels = vec![0.0; width * height];
    for (row, out) in pixels.chunks_exact_mut(width).enumerate() {
        // The map bends too little within one row of a patch to need more than its two ends.
        let y = row as f64 + 0.5;
        let (from, to) = (across(0.0, y), across(width as f64, y));
        if light_within(plane, from, to, taps, out) {
            continue;
        }
        let step = along(from, to, width);
        for (column, value) in out.iter_mut().enumerate() {
            let t = column as f64 + 0.5;
            *value = averaged(plane, PointPx { x: from.x + step.x * t, y: from.y + step.y * t }, step, taps);
        }
    }
    (width, height, pixels)
}

/// The light along a straight line, each value (0 before) the mean of `taps` by `taps` samples of its part of it. False,
/// and nothing done, where the line does not lie well within the picture.
pub fn light_within(plane: &GrayImage, from: PointPx, to: PointPx, taps: usize, values: &mut [f32]) -> bool {
    let step = along(from, to, values.len());
    if ![from, to].iter().all(|p| is_inside(plane, p, &step)) {
        return false;
    }
    for tap in offsets(taps, step) {
        add_row(plane, PointPx { x: from.x + step.x / 2.0 + tap.x, y: from.y + step.y / 2.0 + tap.y }, step, values);
    }
    let share = 1.0 / (taps * taps) as f32;
    for value in values {
        *value *= share;
    }
    true
}

/// One of `count` equal steps from a point to another.
fn along(from: PointPx, to: PointPx, count: usize) -> PointPx {
    PointPx { x: (to.x - from.x) / count as f64, y: (to.y - from.y) / count as f64 }
}

/// Samples per patch pixel and axis, so that a fine scan is averaged rather than skipped through.
fn taps(across: &impl Fn(f64, f64) -> PointPx) -> usize {
    let (a, b) = (across(0.0, 0.0), across(1.0, 0.0));
    ((b.x - a.x).hypot(b.y - a.y) / 1.25).round().clamp(1.0, 6.0) as usize
}

/// Where the samples of a patch pixel lie around its middle.
fn offsets(taps: usize, step: PointPx) -> impl Iterator<Item = PointPx> {
    let part = move |i: usize| (i as f64 + 0.5) / taps as f64 - 0.5;
    let at = move |u: f64, v: f64| PointPx { x: step.x * u - step.y * v, y: step.y * u + step.x * v };
    (0..taps).flat_map(move |i| (0..taps).map(move |j| at(part(i), part(j))))
}

/// Whether a point lies so far inside that all its samples have four pixels around them.
fn is_inside(plane: &GrayImage, p: &PointPx, step: &PointPx) -> bool {
    let margin = 2.0 + step.x.abs() + step.y.abs();
    let (w, h) = (f64::from(plane.width()), f64::from(plane.height()));
    p.x > margin && p.y > margin && p.x < w - margin && p.y < h - margin
}

/// Values of a line worked on together.
const RUN: usize = 16;

/// Pixels of a row that are looked at together: a run of a line along it, at up to 1.9 px a step.
const SPAN: usize = 2 * RUN;

/// Adds to each value the light at a point further along a line that lies inside. In fixed point, between pixels in 256ths:
/// this is run for a million points of a page.
fn add_row(plane: &GrayImage, from: PointPx, step: PointPx, values: &mut [f32]) {
    let (width, raw) = (plane.width() as usize, plane.as_raw().as_slice());
    let fixed = |v: f64| (v * 4_294_967_296.0) as i64;
    let (x, y) = (fixed(from.x - 0.5), fixed(from.y - 0.5));
    let (right, down) = (fixed(step.x), fixed(step.y));
    dispatch!(Level::new(), simd => {
        for (values, first) in values.chunks_mut(RUN).zip((0_i64..).step_by(RUN)) {
            let (x, y) = (x.wrapping_add(right.wrapping_mul(first)), y.wrapping_add(down.wrapping_mul(first)));
            let run = Run::new((x, y), (right, down), width as i32);
            let around = run.along_a_row(simd, raw, width).unwrap_or_else(|| run.one_by_one(raw, width, values.len()));
            let light = run.light(&around);
            if let Ok(values) = <&mut [f32; RUN]>::try_from(&mut *values) {
                for i in 0..RUN {
                    values[i] += light[i];
                }
            } else {
                values.iter_mut().zip(light).for_each(|(value, light)| *value += light);
            }
        }
    });
}

/// Where the values of a run lie: the pixel above and left of each, counted from the first's, and how far it lies beyond, in
/// 256ths.
struct Run {
    first: usize,
    /// The last one's pixel, counted so.
    last: (i32, i32),
    x: [i32; RUN],
    y: [i32; RUN],
    right: [i32; RUN],
    down: [i32; RUN],
}

/// The pixels around each value of a run.
struct Around {
    above: Pairs,
    below: Pairs,
}

/// The left ones, then the right ones.
type Pairs = [u8; 2 * RUN];

#[expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]
impl Run {
    /// From its first place and its step, in 32.32 fixed point. Within the run places are counted from the first's pixel on, in
    /// 12.20: a step is at most 100 px.
    #[inline(always)]
    fn new((x, y): (i64, i64), (right, down): (i64, i64), width: i32) -> Self {
        let first = ((y >> 32) as i32).wrapping_mul(width).wrapping_add((x >> 32) as i32) as usize;
        let beyond = |v: i64| ((v & 0xFFFF_FFFF) >> 12) as i32;
        let (x, y, right, down) = (beyond(x), beyond(y), (right >> 12) as i32, (down >> 12) as i32);
        let place = |i: usize| (x.wrapping_add(right.wrapping_mul(i as i32)), y.wrapping_add(down.wrapping_mul(i as i32)));
        let (x, y) = place(RUN - 1);
        let mut run = Self { first, last: (x >> 20, y >> 20), x: [0; RUN], y: [0; RUN], right: [0; RUN], down: [0; RUN] };
        for i in 0..RUN {
            let (x, y) = place(i);
            (run.x[i], run.y[i]) = (x >> 20, y >> 20);
            (run.right[i], run.down[i]) = (x >> 12 & 255, y >> 12 & 255);
        }
        run
    }

    /// The pixels around each, where all lie between the same two rows and near enough to each other.
    #[inline(always)]
    fn along_a_row<S: Simd>(&self, simd: S, raw: &[u8], width: usize) -> Option<Around> {
        // A line goes one way: its ends are its extremes.
        let (left, right) = (self.last.0.min(0), self.last.0.max(0));
        if self.last.1 != 0 || right.wrapping_sub(left) as usize > SPAN - 2 {
            return None;
        }
        let from = self.first.wrapping_add(left as usize);
        let (above, below) =
            (raw.get(from..)?.first_chunk::<SPAN>()?, raw.get(from.wrapping_add(width)..)?.first_chunk::<SPAN>()?);
        let mut places: Pairs = [0; 2 * RUN];
        for i in 0..RUN {
            let place = self.x[i].wrapping_sub(left) as u8;
            (places[i], places[RUN + i]) = (place, place.wrapping_add(1));
        }
        let places = u8x32::from_slice(simd, &places);
        let taken = |row: &[u8; SPAN]| {
            let mut pairs: Pairs = [0; 2 * RUN];
            pairs.copy_from_slice(u8x32::from_slice(simd, row).swizzle_dyn(places).as_slice());
            pairs
        };
        Some(Around { above: taken(above), below: taken(below) })
    }

    /// The pixels around the first values of the run.
    #[inline(always)]
    fn one_by_one(&self, raw: &[u8], width: usize, values: usize) -> Around {
        let mut around = Around { above: [0; 2 * RUN], below: [0; 2 * RUN] };
        for i in 0..values.min(RUN) {
            let at = self.first.wrapping_add((self.y[i] as usize).wrapping_mul(width)).wrapping_add(self.x[i] as usize);
            let Some(&[a, b, .., c, d]) = raw.get(at..at.wrapping_add(width).wrapping_add(2)) else { continue };
            (around.above[i], around.above[RUN + i]) = (a, b);
            (around.below[i], around.below[RUN + i]) = (c, d);
        }
        around
    }

    /// The light between the four pixels around each value.
    #[inline(always)]
    fn light(&self, around: &Around) -> [f32; RUN] {
        let mut light = [0.0; RUN];
        for i in 0..RUN {
            // All under 2²⁴.
            let mixed = |a: i32, b: i32, t: i32| a.wrapping_shl(8).wrapping_add(b.wrapping_sub(a).wrapping_mul(t));
            let row = |pairs: &Pairs| mixed(i32::from(pairs[i]), i32::from(pairs[RUN + i]), self.right[i]);
            light[i] = mixed(row(&around.above), row(&around.below), self.down[i]) as f32 / 65_536.0;
        }
        light
    }
}

/// The light at a point; beyond the edge of the scan, that of the edge. White beyond a grey sheet's edge would be taken
/// for the paper, and the sheet itself for ink.
fn light(plane: &GrayImage, p: PointPx) -> f32 {
    let within = |v: f64, side: u32| v.clamp(0.5, (f64::from(side) - 0.5).max(0.5));
    sample(plane, PointPx { x: within(p.x, plane.width()), y: within(p.y, plane.height()) })
}

fn averaged(plane: &GrayImage, centre: PointPx, step: PointPx, taps: usize) -> f32 {
    let each = offsets(taps, step).map(|o| light(plane, PointPx { x: centre.x + o.x, y: centre.y + o.y }));
    each.sum::<f32>() / (taps * taps) as f32
}

/// The ink over `area`: grey levels against the local paper, in units of a contrast.
pub fn ink(plane: &GrayImage, map: &PageMap, area: RectMm, contrast: f64) -> Patch {
    let (width, height, pixels) = grey(plane, map, area, 1.0);
    let mut ink = local_paper(&pixels, width, height);
    let contrast = contrast as f32;
    dispatch!(Level::new(), _width => {
        for (ink, v) in ink.iter_mut().zip(&pixels) {
            *ink = ((*ink - v) / contrast).clamp(0.0, 1.5);
        }
    });
    Patch { area, width, height, ink }
}

/// Darkest that paper is taken to be: what is darker over half a centimetre is printed so.
const DARKEST_PAPER: f32 = 96.0;

/// A picture at [`SCALE`] with its paper, which may be grey and unevenly lit, made white.
pub fn on_white(picture: &GrayImage) -> GrayImage {
    let pixels: Vec<f32> = picture.as_raw().iter().map(|v| f32::from(*v)).collect();
    let (width, height) = (picture.width(), picture.height());
    let paper = local_paper(&pixels, width as usize, height as usize);
    let light = |(v, paper): (f32, f32)| (v / paper.max(DARKEST_PAPER) * 255.0).min(255.0) as u8;
    let whitened = pixels.into_iter().zip(paper).map(light).collect();
    GrayImage::from_raw(width, height, whitened).unwrap_or_else(|| picture.clone())
}

/// A picture on white paper with its lines, which may be of any colour, made dark. Tinted panels stay as they are.
pub fn in_black(picture: &GrayImage) -> GrayImage {
    let width = picture.width() as usize;
    let ink: Vec<f32> = picture.as_raw().iter().map(|v| 1.0 - f32::from(*v) / 255.0).collect();
    // What is left when everything narrower than a window has been taken away.
    let panels = extreme_around(&extreme_around(&ink, width, f32::min), width, f32::max);
    let lines: Vec<f32> = ink.iter().zip(&panels).map(|(ink, panel)| ink - panel).collect();
    let darkest = extreme_around(&lines, width, f32::max);
    let darkened = |((panel, line), darkest): ((f32, f32), f32)| {
        panel + line * if darkest < LIGHTEST_LINE { 1.0 } else { (DARK / darkest).max(1.0) }
    };
    let levels = panels.into_iter().zip(lines).zip(darkest).map(|all| (255.0 - 255.0 * darkened(all)) as u8).collect();
    GrayImage::from_raw(picture.width(), picture.height(), levels).unwrap_or_else(|| picture.clone())
}

/// Least ink of a line beyond what is around it, 0..1: a hairline in pale pink has 0.15, the grain of a panel less than 0.1.
const LIGHTEST_LINE: f32 = 0.12;

/// Ink that lines have in their middle, at least, when they have been made dark: more than print is told by.
const DARK: f32 = 0.75;

/// How far a line's rim lies from its middle, and lines are told from panels: patch pixels.
const LINE: usize = 3;

/// The most or least within [`LINE`] of every pixel, across and down.
fn extreme_around(values: &[f32], width: usize, extreme: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let beside = |out: &mut [f32], of: &[f32], by: usize| {
        if by < of.len() {
            out[by..].iter_mut().zip(of).for_each(|(most, v)| *most = extreme(*most, *v));
            out.iter_mut().zip(&of[by..]).for_each(|(most, v)| *most = extreme(*most, *v));
        }
    };
    let mut across = values.to_vec();
    for (out, row) in across.chunks_exact_mut(width).zip(values.chunks_exact(width)) {
        (1..=LINE).for_each(|by| beside(out, row, by));
    }
    let mut around = across.clone();
    (1..=LINE).for_each(|rows| beside(&mut around, &across, rows * width));
    around
}

/// Side of the tiles whose paper level is measured: 5 mm, wider than any pen mark's solid part, narrower than a fold's shadow is long.
const TILE: usize = 2 * BLOCK;

/// Side of the blocks in which light is counted, once for all the tiles around which they lie.
const BLOCK: usize = 20;

/// Paper level per pixel: the 80th percentile of each tile and half of its neighbours, interpolated between tile centres.
fn local_paper(pixels: &[f32], width: usize, height: usize) -> Vec<f32> {
    let (columns, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
    let levels = tile_levels(pixels, (width, height), (columns, rows));
    let place = |v: usize, most: usize| -> (usize, usize, f32) {
        let t = ((v as f32 + 0.5) / TILE as f32 - 0.5).max(0.0);
        let low = (t as usize).min(most - 1);
        (low, (low + 1).min(most - 1), (t - low as f32).min(1.0))
    };
    let across: Vec<(usize, usize, f32)> = (0..width).map(|x| place(x, columns)).collect();
    let along = |row: usize| -> Vec<f32> {
        let levels = &levels[row * columns..(row + 1) * columns];
        across.iter().map(|(c0, c1, fx)| levels[*c0] * (1.0 - fx) + levels[*c1] * fx).collect()
    };
    let tiles: Vec<Vec<f32>> = (0..rows).map(along).collect();
    let mut paper = vec![0.0; pixels.len()];
    dispatch!(Level::new(), _width => {
        for (y, paper) in paper.chunks_exact_mut(width).enumerate() {
            let (r0, r1, fy) = place(y, rows);
            for (paper, (top, bottom)) in paper.iter_mut().zip(tiles[r0].iter().zip(&tiles[r1])) {
                *paper = top * (1.0 - fy) + bottom * fy;
            }
        }
    });
    paper
}

/// How many pixels have each level; of every second pixel in every second row.
type Histogram = [u16; 256];

/// The paper level of every tile, row by row.
fn tile_levels(pixels: &[f32], (width, height): (usize, usize), (columns, rows): (usize, usize)) -> Vec<f32> {
    let (across, down) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let mut blocks: Vec<Histogram> = vec![[0; 256]; across * down];
    for (row, pixels) in pixels.chunks_exact(width).enumerate().step_by(2) {
        let blocks = &mut blocks[row / BLOCK * across..][..across];
        for (histogram, pixels) in blocks.iter_mut().zip(pixels.chunks(BLOCK)) {
            for light in pixels.iter().step_by(2) {
                let count = &mut histogram[usize::from(*light as u8)];
                *count = count.wrapping_add(1);
            }
        }
    }
    // The tile's own blocks and one more on each side.
    let around = |tile: usize, most: usize| (2 * tile).saturating_sub(1)..(2 * tile + 3).min(most);
    let tiles = (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c)));
    tiles.map(|(r, c)| paper_level(around(r, down).flat_map(|row| &blocks[row * across..][around(c, across)]))).collect()
}

/// The level that a fifth of the pixels exceed.
fn paper_level<'a>(blocks: impl Iterator<Item = &'a Histogram>) -> f32 {
    let mut all: Histogram = [0; 256];
    for block in blocks {
        dispatch!(Level::new(), _width => {
            for (sum, count) in all.iter_mut().zip(block) {
                *sum = sum.wrapping_add(*count);
            }
        });
    }
    let mut above = all.iter().fold(0, |sum: u16, count| sum.wrapping_add(*count)) / 5;
    for (level, &count) in all.iter().enumerate().rev() {
        if count > above {
            return level as f32 + 0.5;
        }
        above -= count;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn identity_at(dpi: f64) -> PageMap {
        let s = dpi / 25.4;
        PageMap::new([s, 0.0, 0.0, 0.0, s, 0.0, 0.0, 0.0, 1.0])
    }

    #[test]
    fn a_shadow_is_paper_and_a_stroke_is_ink() {
        let mut page = GrayImage::from_fn(600, 600, |x, _| Luma([255 - (x / 6) as u8]));
        for y in 290..310 {
            for x in 100..500 {
                page.put_pixel(x, y, Luma([40]));
            }
        }
        let patch = ink(&page, &identity_at(300.0), RectMm::new(5.0, 5.0, 40.0, 40.0), 160.0);
        let (x, y) = patch.to_patch(PointMm { x: 25.0, y: 25.4 });
        assert!(patch.at(x as i64, y as i64) > 0.6);
        assert!(patch.at(x as i64, y as i64 + 60) < 0.1);
    }

    #[test]
    fn grey_paper_becomes_white_and_print_on_it_stays_print() {
        let print = |x: u32, y: u32| y % 80 == 40 && x > 40;
        // Lit from the left: 210 falls to 150.
        let page = GrayImage::from_fn(400, 400, |x, y| Luma([if print(x, y) { 50 } else { (210 - x * 3 / 20) as u8 }]));
        let white = on_white(&page);
        for (x, y, v) in white.enumerate_pixels() {
            if print(x, y) {
                assert!(v[0] < 100, "{x} {y}: {}", v[0]);
            } else {
                assert!(v[0] > 235, "{x} {y}: {}", v[0]);
            }
        }
    }

    #[test]
    fn lines_of_any_colour_are_made_dark_and_a_tinted_panel_with_its_grain_stays() {
        let panel = |x: u32, y: u32| if x > 100 { 232 + (x * 7 + y * 5) as u8 % 6 } else { 255 };
        let picture = GrayImage::from_fn(200, 200, |x, y| match y {
            40..43 => Luma([205]),
            80..83 => Luma([110]),
            120..123 => Luma([10]),
            _ => Luma([panel(x, y)]),
        });
        for (x, y, v) in in_black(&picture).enumerate_pixels() {
            match y {
                40..43 | 80..83 if x <= 100 => assert!(v[0] < 70, "{x} {y}: {}", v[0]),
                120..123 => assert_eq!(v[0], 10, "{x} {y}"),
                // Beside a line there is nothing to make dark.
                _ if !(30..130).contains(&y) => assert!(v[0].abs_diff(panel(x, y)) <= 1, "{x} {y}: {}", v[0]),
                _ => {}
            }
        }
    }

    #[test]
    fn light_along_a_line_is_that_of_its_points() {
        let page = GrayImage::from_fn(200, 160, |x, y| Luma([(x * 7 % 101 + y * 5 % 97) as u8]));
        let lines = [
            ((20.0, 30.0), (160.0, 33.5)),
            ((170.0, 90.0), (30.0, 88.0)),
            ((50.5, 20.0), (52.0, 140.0)),
            ((60.0, 150.0), (60.0, 12.0)),
        ];
        for ((x0, y0), (x1, y1)) in lines {
            let (from, to) = (PointPx { x: x0, y: y0 }, PointPx { x: x1, y: y1 });
            let mut values = [0.0; 37];
            assert!(light_within(&page, from, to, 1, &mut values));
            let step = along(from, to, values.len());
            for (i, value) in values.iter().enumerate() {
                let t = i as f64 + 0.5;
                let expected = sample(&page, PointPx { x: x0 + step.x * t, y: y0 + step.y * t });
                // A 256th of a pixel, and at most 198 levels from one to the next.
                assert!((value - expected).abs() < 1.7, "{value} for {expected}");
            }
        }
    }

    #[test]
    fn the_paper_of_a_grey_sheet_is_paper_up_to_the_edge_of_the_scan() {
        let page = GrayImage::from_pixel(600, 600, Luma([200]));
        let patch = ink(&page, &identity_at(300.0), RectMm::new(-6.0, 20.0, 12.0, 12.0), 70.0);
        assert!(patch.ink.iter().all(|&v| v < 0.1));
    }
}
