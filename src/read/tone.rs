//! How dark a page's print is and how noisy its paper, measured once per page, so that faint pages shift as a whole.

use super::components::dilate;
use super::light::{grey, patch_size};
use super::print::{TINTED, blank_ink};
use crate::form::Field;
use crate::geometry::RectMm;
use crate::image::Raster;
use crate::register::PageMap;
use image::GrayImage;

/// How dark the page's print and how noisy its paper is, in grey levels, measured once per page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// What the pen's ink is measured in, grey levels: paper minus print, or half of what black print would have where it is
    /// lighter.
    pub contrast: f64,
    /// Paper minus print as it looks, grey levels; at least 8.
    pub print: f64,
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

/// Ink of the blank from which a pixel lies well inside its print.
const CORE: f32 = 0.7;

/// Fewest pixels that tell how paper is.
const LEAST_PAPER: usize = 60;

/// Where around a field its print and bare paper lie: what a page's tone is measured on, the same for every page of a form.
#[derive(Debug)]
pub struct Swatch {
    area: RectMm,
    /// Indices of the area's patch pixels that are print, thinned out.
    print: Vec<usize>,
    /// Likewise of paper well away from it.
    paper: Vec<usize>,
    /// How dark the blank's print is there, 0..1: less than black where it is printed in colour.
    darkness: f32,
}

impl Swatch {
    /// Around some of the fields of a page; `blank` is its picture at the scale of patches, its paper white and its print black,
    /// `white` the same with its print as it is.
    pub fn all(blank: &GrayImage, white: &GrayImage, fields: &[&Field]) -> Vec<Self> {
        let every = fields.len().div_ceil(MOST_FIELDS).max(1);
        fields.iter().step_by(every).map(|field| Self::of(blank, white, field)).collect()
    }

    fn of(blank: &GrayImage, white: &GrayImage, field: &Field) -> Self {
        let b = field.bounds().grown(2.0);
        let area = RectMm::new(b.x, b.y, b.w.min(40.0), b.h.min(25.0));
        let core: Vec<bool> = blank_ink(blank, area).iter().map(|&v| v > CORE).collect();
        let near = dilate(&core, patch_size(area, 1.0).0, 6);
        let print: Vec<usize> = (0..core.len()).step_by(3).filter(|&i| core[i]).collect();
        let bare: Vec<usize> = (0..core.len()).step_by(7).filter(|&i| !near[i]).collect();
        // A tinted panel is no paper: beside white cells it would be noise.
        let tints = blank_ink(white, area);
        let untinted: Vec<usize> = bare.iter().copied().filter(|&i| tints[i] < TINTED).collect();
        let paper = if untinted.len() < LEAST_PAPER { bare } else { untinted };
        let light: Vec<f32> = blank_ink(white, area).into_iter().map(|ink| 255.0 * (1.0 - ink)).collect();
        let dark = |&i: &usize| 1.0 - darkest(&light, patch_size(area, 1.0), i) / 255.0;
        let darkness = print.iter().map(dark).sum::<f32>() / print.len().max(1) as f32;
        Self { area, print, paper, darkness }
    }
}

/// Share of what black print would have that the pen's ink is measured in where print is lighter than [`CORE`]: by the look
/// of pale frames what shines through from the back would be ink, and by that of black ones pencil would be none.
const HALF_BLACK: f64 = 0.5;

/// Print contrast and paper noise at a form's swatches. The contrast is that of the print as it looks, whatever of it the
/// pen's plane shows; the noise is that of the plane.
pub fn measure(raster: &Raster, map: &PageMap, swatches: &[Swatch]) -> Tone {
    let tone = measure_in(raster.pen(), map, swatches);
    if !raster.has_colour() {
        return tone;
    }
    Tone { noise: tone.noise, ..measure_in(raster.luma(), map, swatches) }
}

fn measure_in(plane: &GrayImage, map: &PageMap, swatches: &[Swatch]) -> Tone {
    let (mut print, mut paper) = (Vec::new(), Vec::new());
    for swatch in swatches {
        let (w, h, pixels) = grey(plane, map, swatch.area, 1.0);
        print.extend(swatch.print.iter().map(|&i| (darkest(&pixels, (w, h), i), swatch.darkness)));
        paper.extend(swatch.paper.iter().map(|&i| pixels[i]));
    }
    if print.is_empty() || paper.is_empty() {
        return Tone { contrast: 128.0, print: 128.0, noise: 4.0 };
    }
    let white = median(&mut paper);
    let mut off: Vec<f32> = paper.iter().map(|v| (v - white).abs()).collect();
    // 1.4826 × the median absolute deviation estimates a normal deviation.
    let noise = 1.4826 * f64::from(median(&mut off));
    let (mut looks, mut black): (Vec<f32>, Vec<f32>) =
        print.into_iter().map(|(v, darkness)| (white - v, (white - v) / darkness)).unzip();
    let (print, black) = (f64::from(median(&mut looks)).max(8.0), f64::from(median(&mut black).min(white)));
    let is_light = print < f64::from(CORE) * black;
    Tone { contrast: if is_light { HALF_BLACK * black } else { print }, print, noise }
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
