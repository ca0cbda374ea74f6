//! The light of a page where a rectangle of the form lies on it, through the page map: upright, at a fixed scale. Knows neither
//! ink nor paper.

use crate::geometry::{PointMm, PointPx, RectMm};
use crate::image::sample;
use crate::register::PageMap;
use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x32};
use image::GrayImage;

/// Pixels per mm of every patch. 8 px/mm is 203 dpi: a ball-point stroke (0.3 mm and more) is 2–3 px wide, and scans
/// of 200 dpi, the least that archives accept, are not enlarged.
pub const SCALE: f64 = 8.0;

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
    // A flat sheet is straight along a row of a patch.
    let piece = if map.is_flat() { width } else { ((STRAIGHT_MM * scale) as usize).clamp(1, width) };
    let mut pixels = vec![0.0; width * height];
    for (row, out) in pixels.chunks_exact_mut(width).enumerate() {
        let y = row as f64 + 0.5;
        let mut from = across(0.0, y);
        for (first, out) in (0..).step_by(piece).zip(out.chunks_mut(piece)) {
            let to = across((first + out.len()) as f64, y);
            light_along(plane, (from, to), taps, out);
            from = to;
        }
    }
    (width, height, pixels)
}

/// How far a sheet that is bent is taken to be straight, mm: one that bows by a tenth of 200 mm is within 0.05 mm of it.
const STRAIGHT_MM: f64 = 8.0;

/// The light along a straight line (each value 0 before); outside the picture that of its rim.
fn light_along(plane: &GrayImage, (from, to): (PointPx, PointPx), taps: usize, values: &mut [f32]) {
    if light_within(plane, from, to, taps, values) {
        return;
    }
    let step = along(from, to, values.len());
    for (column, value) in values.iter_mut().enumerate() {
        let t = column as f64 + 0.5;
        *value = averaged(plane, PointPx { x: from.x + step.x * t, y: from.y + step.y * t }, step, taps);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn a_row_of_a_bent_sheet_is_followed_along_its_bend() {
        // A line along a form of 200 mm that bows by 6 mm on the page, at 4 px/mm.
        let bow = |x: f64| 6.0 * 4.0 * (x / 200.0) * (1.0 - x / 200.0);
        let page = GrayImage::from_fn(800, 200, |x, y| {
            let middle = 4.0 * (20.0 + bow(f64::from(x) / 4.0));
            Luma([if (f64::from(y) + 0.5 - middle).abs() < 2.0 { 20 } else { 240 }])
        });
        let map = PageMap::bowed([4.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 1.0], (200.0, 50.0), |p| bow(p.x));
        assert!(!map.is_flat());
        let (width, height, pixels) = grey(&page, &map, RectMm::new(20.0, 18.0, 160.0, 4.0), 1.0);
        let darkest = |x: usize| (0..height).min_by(|a, b| pixels[a * width + x].total_cmp(&pixels[b * width + x])).unwrap_or(0);
        let off = (8..width - 8).map(|x| darkest(x).abs_diff(height / 2)).max();
        assert!(off.is_some_and(|off| off <= 5), "{off:?} pixels of an eighth of a millimetre");
    }

    #[test]
    fn light_along_a_line_is_that_of_its_points() {
        let page = GrayImage::from_fn(200, 160, |x, y| Luma([(x * 7 % 101 + y * 5 % 97) as u8]));
        let lines = [
            ((20.0, 30.0), (160.0, 33.5)),
            ((170.0, 90.0), (30.0, 88.0)),
            ((50.5, 20.0), (52.0, 140.0)),
            ((60.0, 150.0), (60.0, 12.0)),
            // Within two rows of pixels, both ways, from those into the next, and beside the last pixels of the picture.
            ((20.0, 30.7), (75.0, 31.3)),
            ((75.0, 30.9), (20.0, 30.6)),
            ((20.0, 30.2), (75.0, 33.0)),
            ((140.0, 156.2), (195.0, 156.3)),
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
}
