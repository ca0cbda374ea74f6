//! The sheet of paper while it is being filled in: upright pixels at a fixed fine resolution, one plane (grey) or three
//! (colour), and ways to put ink on it. Does not know pens or fields.

use crate::geometry::{Dpi, RectMm};
use image::{GrayImage, Luma};

/// Resolution at which sheets are composed, before the one warp to the scan.
pub(crate) const COMPOSE_DPI: Dpi = Dpi::square(300.0);

/// Colour of ink or paper as reflectance of red, green and blue, 0 to 1.
pub(crate) type Reflectance = [f64; 3];

/// A sheet being composed.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    /// One grey plane, or red, green and blue.
    pub(crate) planes: Vec<GrayImage>,
    /// Pixels per mm, the same both ways.
    pub(crate) scale: f64,
}

impl Paper {
    /// A printed sheet, as a colour scanner (`colour`) or a grey one sees it.
    pub(crate) fn new(printed: &GrayImage, colour: bool) -> Self {
        let planes = if colour { vec![printed.clone(), printed.clone(), printed.clone()] } else { vec![printed.clone()] };
        Self { planes, scale: COMPOSE_DPI.px_per_mm().0 }
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.planes[0].dimensions()
    }

    /// What a colour looks like in each plane.
    pub(crate) fn seen(&self, colour: Reflectance) -> Vec<f64> {
        if self.planes.len() == 3 { colour.to_vec() } else { vec![luma(colour)] }
    }

    /// Lays ink over every pixel of a patch whose top left is at (`left`, `top`) px; `ink` is the opacity, row-major.
    pub(crate) fn lay(&mut self, left: i64, top: i64, width: usize, ink: &[f32], colour: Reflectance) {
        let seen = self.seen(colour);
        let (w, h) = (i64::from(self.size().0), i64::from(self.size().1));
        for (i, opacity) in ink.iter().enumerate().filter(|(_, o)| **o > 0.003) {
            let (x, y) = (left + (i % width) as i64, top + (i / width) as i64);
            if x < 0 || y < 0 || x >= w || y >= h {
                continue;
            }
            for (plane, reflectance) in self.planes.iter_mut().zip(&seen) {
                let pixel = plane.get_pixel_mut(x as u32, y as u32);
                let now = f64::from(pixel[0]);
                *pixel = Luma([(now * (1.0 - f64::from(*opacity) * (1.0 - reflectance))).round() as u8]);
            }
        }
    }

    /// Sets every pixel of a region by a function of its place in mm: the factor on the light it reflects.
    pub(crate) fn shade(&mut self, region: &RectMm, factor: impl Fn(f64, f64) -> f64) {
        let (w, h) = (i64::from(self.size().0), i64::from(self.size().1));
        let px = |mm: f64, most: i64| ((mm * self.scale) as i64).clamp(0, most);
        let (l, r, t, b) = (px(region.x, w), px(region.right(), w), px(region.y, h), px(region.bottom(), h));
        for y in t..b {
            for x in l..r {
                let f = factor((x as f64 + 0.5) / self.scale, (y as f64 + 0.5) / self.scale);
                for plane in &mut self.planes {
                    let pixel = plane.get_pixel_mut(x as u32, y as u32);
                    *pixel = Luma([(f64::from(pixel[0]) * f).clamp(0.0, 255.0).round() as u8]);
                }
            }
        }
    }
}

/// Luma of a colour (ITU-R BT.601).
pub(crate) fn luma([r, g, b]: Reflectance) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Repeatable roughness of paper at a pixel, 0 to 1, without a table: a hash of place and seed.
pub(crate) fn roughness(x: i64, y: i64, seed: u64) -> f64 {
    let mut h = seed ^ (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    h = (h ^ (h >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    h = (h ^ (h >> 32)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((h ^ (h >> 31)) >> 40) as f64 / (1u64 << 24) as f64
}
