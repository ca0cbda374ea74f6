//! Finds a field's own print again after the global fit, and takes the print out of the ink so that only the pen is
//! left; strokes that cross a printed line stay whole. Does not know what the pen wrote.

use super::patch::{Patch, SCALE, ink};
use super::tone::Tone;
use crate::geometry::RectMm;
use crate::register::PageMap;
use image::GrayImage;

/// How far a field's print may lie from where the global fit expects it: printed frames move by up to 1 mm against
/// each other on real sheets (folds, rollers, copies).
const SEARCH_MM: f64 = 1.25;

/// Least difference between ink on the print's pixels and ink beside them at which the print counts as found.
/// Drawn lines on clean scans give 0.7 and more, broken fax lines 0.35, unrelated text below 0.2.
const FOUND: f32 = 0.28;

/// Least printed pixels that can be looked for: about 1 mm² of ink.
const LEAST_PRINT: usize = 60;

/// A field's neighbourhood, aligned on its own print.
#[derive(Debug, Clone)]
pub struct Aligned {
    /// All ink: print and pen.
    pub all: Patch,
    /// Ink of the pen alone.
    pub pen: Patch,
    /// What the blank prints there.
    pub print: Patch,
    /// How far the print lay from where it was expected, mm; none where there is too little print to look for, or it was not found.
    pub residual_mm: Option<f64>,
    /// Whether there was print to look for and it was not there.
    pub lost: bool,
}

/// The blank's own ink over an area, 0..1, from its picture at [`SCALE`].
pub fn blank_ink(blank: &GrayImage, area: RectMm) -> Patch {
    let (width, height) = (((area.w * SCALE).round() as usize).max(1), ((area.h * SCALE).round() as usize).max(1));
    let (left, top) = ((area.x * SCALE).round() as i64, (area.y * SCALE).round() as i64);
    let at = |x: i64, y: i64| {
        let inside = x >= 0 && y >= 0 && x < i64::from(blank.width()) && y < i64::from(blank.height());
        if inside { 1.0 - f32::from(blank.get_pixel(x as u32, y as u32)[0]) / 255.0 } else { 0.0 }
    };
    let ink =
        (0..height as i64).flat_map(|y| (0..width as i64).map(move |x| (x, y))).map(|(x, y)| at(left + x, top + y)).collect();
    Patch { area, width, height, ink }
}

/// The neighbourhood `area` of the page, aligned on the print the blank has there.
pub fn align(plane: &GrayImage, map: &PageMap, area: RectMm, blank: &GrayImage, tone: &Tone) -> Aligned {
    // Rounded to whole patch pixels, so that the blank's picture and the page's patch share one grid.
    let snap = |v: f64| (v * SCALE).round() / SCALE;
    let area = RectMm::new(snap(area.x), snap(area.y), snap(area.w), snap(area.h));
    let print = blank_ink(blank, area);
    let wide = ink(plane, map, area.grown(SEARCH_MM), tone);
    let reach = (SEARCH_MM * SCALE).round() as i64;
    let found = find(&print, &wide, reach);
    let (dx, dy) = found.map_or((0, 0), |(dx, dy)| (dx, dy));
    let all = crop(&wide, &print, reach + dx, reach + dy);
    let pen = all.with_ink(without_print(&all, &print, tone.threshold()));
    let looked_for = print.ink.iter().filter(|&&v| v > 0.5).count() >= LEAST_PRINT;
    let residual_mm = found.map(|(dx, dy)| (dx as f64).hypot(dy as f64) / SCALE);
    Aligned { all, pen, print, residual_mm, lost: looked_for && found.is_none() }
}

/// Least share of an option's own print that must be seen where it is printed. Lines that lost a quarter of their pixels
/// are still seen whole within [`PRINT_REACH`]; a hole of 6 mm or correction tape over half of a box leaves half and less.
const PRINT_SEEN: f64 = 0.75;

/// How far from its place a printed pixel may be seen, patch pixels: 0.25 mm.
const PRINT_REACH: i64 = 2;

impl Aligned {
    /// Whether the print in an area is gone: punched out, taped over, torn off. Whatever was written there is gone too.
    pub fn is_obscured(&self, area: &RectMm) -> bool {
        let w = self.print.window(area);
        let width = self.print.width;
        let printed: Vec<(i64, i64)> = (w.y0..w.y1)
            .flat_map(|y| (w.x0..w.x1).map(move |x| (x, y)))
            .filter(|(x, y)| self.print.ink[y * width + x] > 0.5)
            .map(|(x, y)| (x as i64, y as i64))
            .collect();
        let near = |x: i64, y: i64| {
            let reach = -PRINT_REACH..=PRINT_REACH;
            reach.clone().flat_map(|dy| reach.clone().map(move |dx| (dx, dy))).any(|(dx, dy)| self.all.at(x + dx, y + dy) > 0.3)
        };
        let seen = printed.iter().filter(|(x, y)| near(*x, *y)).count();
        printed.len() >= 20 && (seen as f64) < PRINT_SEEN * printed.len() as f64
    }
}

fn crop(wide: &Patch, like: &Patch, x0: i64, y0: i64) -> Patch {
    let mut ink = Vec::with_capacity(like.ink.len());
    for y in 0..like.height as i64 {
        for x in 0..like.width as i64 {
            ink.push(wide.at(x + x0, y + y0));
        }
    }
    like.with_ink(ink)
}

/// The shift (in patch pixels) at which the page's ink lies best on the print, if it lies on it well.
fn find(print: &Patch, wide: &Patch, reach: i64) -> Option<(i64, i64)> {
    let (on, beside) = points(print);
    if on.len() < LEAST_PRINT {
        return None;
    }
    let fit = |dx: i64, dy: i64, every: usize| {
        let mean = |points: &[(i64, i64)]| {
            let taken = points.iter().step_by(every);
            let count = taken.len().max(1) as f32;
            taken.map(|&(x, y)| wide.at(x + reach + dx, y + reach + dy).min(1.0)).sum::<f32>() / count
        };
        mean(&on) - mean(&beside)
    };
    let every = (on.len() / 400).max(1);
    let coarse = (-reach..=reach).step_by(2).flat_map(|dy| (-reach..=reach).step_by(2).map(move |dx| (dx, dy)));
    let near = best(coarse, |dx, dy| fit(dx, dy, every) - nearness(dx, dy));
    let fine = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (near.0 + dx, near.1 + dy)));
    let (dx, dy) = best(fine, |dx, dy| fit(dx, dy, every.div_ceil(3)) - nearness(dx, dy));
    let at_edge = dx.abs() >= reach || dy.abs() >= reach;
    (fit(dx, dy, 1) >= FOUND && !at_edge).then_some((dx, dy))
}

/// A slight preference for the global fit, so that a line without features along it does not slide.
fn nearness(dx: i64, dy: i64) -> f32 {
    0.002 * ((dx * dx + dy * dy) as f32).sqrt()
}

fn best(shifts: impl Iterator<Item = (i64, i64)>, score: impl Fn(i64, i64) -> f32) -> (i64, i64) {
    let mut top = ((0, 0), f32::NEG_INFINITY);
    for (dx, dy) in shifts {
        let s = score(dx, dy);
        if s > top.1 {
            top = ((dx, dy), s);
        }
    }
    top.0
}

/// Pixels on the print, and paper pixels 4 to 7 px (0.5–0.9 mm) beside it.
#[allow(clippy::type_complexity)]
fn points(print: &Patch) -> (Vec<(i64, i64)>, Vec<(i64, i64)>) {
    let core: Vec<bool> = print.ink.iter().map(|&v| v > 0.5).collect();
    let near = dilate(&core, print.width, 3);
    let far = dilate(&core, print.width, 7);
    let at = |i: usize| ((i % print.width) as i64, (i / print.width) as i64);
    let on = (0..core.len()).filter(|&i| core[i]).map(at).collect();
    let beside = (0..core.len()).filter(|&i| far[i] && !near[i]).map(at).collect();
    (on, beside)
}

/// The mask grown by `r` pixels in every direction (a square).
pub fn dilate(mask: &[bool], width: usize, r: usize) -> Vec<bool> {
    let height = mask.len() / width.max(1);
    let mut rows = vec![false; mask.len()];
    for y in 0..height {
        let line = &mask[y * width..(y + 1) * width];
        for (x, _) in line.iter().enumerate().filter(|(_, set)| **set) {
            rows[y * width + x.saturating_sub(r)..=y * width + (x + r).min(width - 1)].fill(true);
        }
    }
    let mut out = vec![false; mask.len()];
    for y in 0..height {
        let (from, to) = (y.saturating_sub(r), (y + r).min(height - 1));
        for x in 0..width {
            if rows[y * width + x] {
                for row in from..=to {
                    out[row * width + x] = true;
                }
            }
        }
    }
    out
}

/// Ink with the print taken out. Under the print the pen is where there is pen on both sides of it.
fn without_print(all: &Patch, print: &Patch, threshold: f32) -> Vec<f32> {
    let core: Vec<bool> = print.ink.iter().map(|&v| v > 0.25).collect();
    let masked = dilate(&core, all.width, swelling(all, &core, threshold));
    (0..all.ink.len()).map(|i| if masked[i] { bridged(all, &masked, i) } else { all.ink[i] }).collect()
}

/// How many pixels the print on this page is fatter than the blank's: copies and 1-bit scans thicken lines.
fn swelling(all: &Patch, core: &[bool], threshold: f32) -> usize {
    let mut inner = dilate(core, all.width, 1);
    for r in 2..=5 {
        let outer = dilate(core, all.width, r);
        let (mut ring, mut inked) = (0_usize, 0_usize);
        for i in (0..outer.len()).filter(|&i| outer[i] && !inner[i]) {
            ring += 1;
            inked += usize::from(all.ink[i] > threshold);
        }
        // Handwriting crosses a frame here and there; a fatter line inks most of its rim.
        if inked * 4 < ring {
            return r;
        }
        inner = outer;
    }
    5
}

/// Longest way across masked print, in pixels: the fattest line plus its swelling on both sides (1.5 mm).
const BRIDGE: i64 = 12;

/// Directions a stroke may cross a line in.
const WAYS: [(i64, i64); 8] = [(1, 0), (0, 1), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)];

fn bridged(all: &Patch, masked: &[bool], i: usize) -> f32 {
    let (x, y) = ((i % all.width) as i64, (i / all.width) as i64);
    let reach = |dx: i64, dy: i64| -> f32 {
        for step in 1..=BRIDGE {
            let (px, py) = (x + dx * step, y + dy * step);
            if px < 0 || py < 0 || px >= all.width as i64 || py >= all.height as i64 {
                return 0.0;
            }
            if !masked[py as usize * all.width + px as usize] {
                // The rim itself may hold the line's blur: look one pixel further as well.
                return all.at(px, py).min(all.at(px + dx, py + dy).max(all.at(px, py) * 0.8));
            }
        }
        0.0
    };
    let across = WAYS.iter().map(|&(dx, dy)| reach(dx, dy).min(reach(-dx, -dy))).fold(0.0, f32::max);
    across.min(all.ink[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn exact() -> PageMap {
        PageMap::new([SCALE, 0.0, 0.0, 0.0, SCALE, 0.0, 0.0, 0.0, 1.0])
    }

    fn frame(at: (u32, u32)) -> GrayImage {
        let mut page = GrayImage::from_pixel(400, 400, Luma([255]));
        for i in 0..80 {
            for (x, y) in [(i, 0), (i, 64), (0, i.min(64)), (80, i.min(64))] {
                page.put_pixel(at.0 + x, at.1 + y, Luma([30]));
            }
        }
        page
    }

    #[test]
    fn a_frame_moved_by_half_a_millimetre_is_found_and_removed() {
        let tone = Tone { contrast: 225.0, noise: 1.0 };
        let area = RectMm::new(10.0, 10.0, 20.0, 20.0);
        let aligned = align(&frame((124, 118)), &exact(), area, &frame((120, 120)), &tone);
        assert!((aligned.residual_mm.unwrap_or(9.0) - 0.56).abs() < 0.1, "{:?}", aligned.residual_mm);
        assert!(aligned.pen.ink.iter().all(|&v| v < 0.1));
    }

    #[test]
    fn a_stroke_across_the_frame_stays_whole() {
        let tone = Tone { contrast: 225.0, noise: 1.0 };
        let mut page = frame((120, 120));
        for y in 100..150 {
            for x in 150..153 {
                page.put_pixel(x, y, Luma([30]));
            }
        }
        let aligned = align(&page, &exact(), RectMm::new(10.0, 10.0, 20.0, 20.0), &frame((120, 120)), &tone);
        let column: Vec<f32> = (104..146).map(|y| aligned.pen.at(151 - 80, y - 80)).collect();
        assert!(column.iter().all(|&v| v > 0.5), "{column:?}");
    }

    #[test]
    fn a_frame_that_is_not_there_is_lost() {
        let tone = Tone { contrast: 225.0, noise: 1.0 };
        let page = GrayImage::from_pixel(400, 400, Luma([255]));
        assert!(align(&page, &exact(), RectMm::new(10.0, 10.0, 20.0, 20.0), &frame((120, 120)), &tone).lost);
    }
}
