//! Samples a neighbourhood of the form through the page map into an upright patch of fixed scale, as ink from 0
//! (paper) to 1 (as dark as the form's own print). Knows nothing of fields.

use super::light::grey;
use super::paper::local_paper;
use crate::geometry::{PointMm, RectMm};
use crate::register::PageMap;
use fearless_simd::{Level, dispatch};
use image::GrayImage;

pub use super::light::SCALE;

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

    /// The point of the form at the middle of a pixel.
    pub fn point(&self, (x, y): (usize, usize)) -> PointMm {
        PointMm { x: self.area.x + (x as f64 + 0.5) / SCALE, y: self.area.y + (y as f64 + 0.5) / SCALE }
    }

    /// The pixels `[x0, x1) × [y0, y1)` that a rectangle of the form covers, clipped to the patch.
    pub fn window(&self, r: &RectMm) -> Window {
        let clip = |v: f64, most: usize| (v.round().max(0.0) as usize).min(most);
        let (l, t) = self.to_patch(PointMm { x: r.x, y: r.y });
        let (rr, b) = self.to_patch(PointMm { x: r.right(), y: r.bottom() });
        Window { x0: clip(l, self.width), x1: clip(rr, self.width), y0: clip(t, self.height), y1: clip(b, self.height) }
    }

    /// The rectangle of the form that some pixels cover.
    pub fn rect(&self, w: &Window) -> RectMm {
        let (x, y) = (self.area.x + w.x0 as f64 / SCALE, self.area.y + w.y0 as f64 / SCALE);
        RectMm::new(x, y, (w.x1 - w.x0) as f64 / SCALE, (w.y1 - w.y0) as f64 / SCALE)
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

    /// Whether it shares a pixel with another.
    pub const fn overlaps(&self, other: &Self) -> bool {
        self.x0 < other.x1 && other.x0 < self.x1 && self.y0 < other.y1 && other.y0 < self.y1
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
    fn the_paper_of_a_grey_sheet_is_paper_up_to_the_edge_of_the_scan() {
        let page = GrayImage::from_pixel(600, 600, Luma([200]));
        let patch = ink(&page, &identity_at(300.0), RectMm::new(-6.0, 20.0, 12.0, 12.0), 70.0);
        assert!(patch.ink.iter().all(|&v| v < 0.1));
    }
}
