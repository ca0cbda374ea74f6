//! How dark a page's print is and how noisy its paper, measured once per page, so that faint pages shift as a whole.

use super::components::dilate;
use super::patch::{grey, patch_size};
use super::print::blank_ink;
use crate::form::Field;
use crate::geometry::RectMm;
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

/// Where around a field its print and bare paper lie: what a page's tone is measured on, the same for every page of a form.
#[derive(Debug)]
pub struct Swatch {
    area: RectMm,
    /// Indices of the area's patch pixels that are print, thinned out.
    print: Vec<usize>,
    /// Likewise of paper well away from it.
    paper: Vec<usize>,
}

impl Swatch {
    /// Around some of the fields of a page; `blank` is its picture at the scale of patches.
    pub fn all(blank: &GrayImage, fields: &[&Field]) -> Vec<Self> {
        let every = fields.len().div_ceil(MOST_FIELDS).max(1);
        fields.iter().step_by(every).map(|field| Self::of(blank, field)).collect()
    }

    fn of(blank: &GrayImage, field: &Field) -> Self {
        let b = field.bounds().grown(2.0);
        let area = RectMm::new(b.x, b.y, b.w.min(40.0), b.h.min(25.0));
        let core: Vec<bool> = blank_ink(blank, area).iter().map(|&v| v > 0.7).collect();
        let near = dilate(&core, patch_size(area, 1.0).0, 6);
        let print = (0..core.len()).step_by(3).filter(|&i| core[i]).collect();
        let paper = (0..core.len()).step_by(7).filter(|&i| !near[i]).collect();
        Self { area, print, paper }
    }
}

/// Print contrast and paper noise at a form's swatches.
pub fn measure(raster: &Raster, map: &PageMap, swatches: &[Swatch]) -> Tone {
    let (mut print, mut paper) = (Vec::new(), Vec::new());
    for swatch in swatches {
        let (w, h, pixels) = grey(raster.pen(), map, swatch.area, 1.0);
        print.extend(swatch.print.iter().map(|&i| darkest(&pixels, (w, h), i)));
        paper.extend(swatch.paper.iter().map(|&i| pixels[i]));
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

/// The darkest within 0.4 mm of where print should be.
fn darkest(pixels: &[f32], (w, h): (usize, usize), i: usize) -> f32 {
    let (x, y) = (i % w, i / w);
    let rows = y.saturating_sub(3)..(y + 4).min(h);
    rows.flat_map(|y| &pixels[y * w + x.saturating_sub(3)..y * w + (x + 4).min(w)]).copied().fold(255.0, f32::min)
}

/// The middle one of some values, which are not empty.
pub(super) fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
