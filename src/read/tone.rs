//! How dark a page's print is and how noisy its paper, measured once per page, so that faint pages shift as a whole.

use super::components::dilate;
use super::patch::grey;
use super::print::blank_ink;
use crate::form::Field;
use crate::image::Raster;
use crate::register::PageMap;
use image::GrayImage;

/// How dark the page's print and how noisy its paper is, in grey levels, measured once per page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Paper minus print, grey levels; at least 1.
    pub contrast: f64,
    /// Standard deviation of clean paper, grey levels.
    pub noise: f64,
}

impl Tone {
    /// Ink from which a pixel counts as written on, 0..1: a third of the print's darkness finds a faint pencil
    /// (about 0.4) and skips bleed-through (about 0.2), and never below four deviations of the paper's own noise.
    pub fn threshold(&self) -> f32 {
        (4.0 * self.noise / self.contrast).clamp(0.30, 0.6) as f32
    }
}

/// Most fields whose neighbourhoods are measured: enough print for a median, cheap beside reading them.
const MOST_FIELDS: usize = 6;

/// Print contrast and paper noise around some of the page's fields.
pub fn measure(raster: &Raster, map: &PageMap, blank: &GrayImage, fields: &[&Field]) -> Tone {
    let every = fields.len().div_ceil(MOST_FIELDS).max(1);
    let (mut print, mut paper) = (Vec::new(), Vec::new());
    for field in fields.iter().step_by(every) {
        collect(raster, map, blank, field, &mut print, &mut paper);
    }
    if print.is_empty() || paper.is_empty() {
        return Tone { contrast: 128.0, noise: 4.0 };
    }
    let white = median(&mut paper);
    let mut off: Vec<f32> = paper.iter().map(|v| (v - white).abs()).collect();
    // 1.4826 × the median absolute deviation estimates a normal deviation.
    let noise = 1.4826 * f64::from(median(&mut off));
    Tone { contrast: f64::from(white - median(&mut print)).max(8.0), noise }
}

/// Grey levels on the print (the darkest within 0.4 mm of where it should be) and on paper well away from it.
fn collect(raster: &Raster, map: &PageMap, blank: &GrayImage, field: &Field, print: &mut Vec<f32>, paper: &mut Vec<f32>) {
    let b = field.bounds().grown(2.0);
    let area = crate::geometry::RectMm::new(b.x, b.y, b.w.min(40.0), b.h.min(25.0));
    let drawn = blank_ink(blank, area);
    let (w, h, pixels) = grey(raster.pen(), map, area, 1.0);
    if w * h != drawn.len() {
        return;
    }
    let core: Vec<bool> = drawn.iter().map(|&v| v > 0.7).collect();
    let near = dilate(&core, w, 6);
    for i in 0..pixels.len() {
        if core[i] && i % 3 == 0 {
            print.push(darkest(&pixels, (w, h), i));
        } else if !near[i] && i % 7 == 0 {
            paper.push(pixels[i]);
        }
    }
}

fn darkest(pixels: &[f32], (w, h): (usize, usize), i: usize) -> f32 {
    let (x, y) = (i % w, i / w);
    let rows = y.saturating_sub(3)..(y + 4).min(h);
    rows.flat_map(|y| &pixels[y * w + x.saturating_sub(3)..y * w + (x + 4).min(w)]).copied().fold(255.0, f32::min)
}

fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
