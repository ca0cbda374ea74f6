//! What every decoder hands on, and how it becomes a raster: upright, with square pixels and a resolution that can be true.
//! Does not decode anything.

use super::{Budgets, ScanError};
use crate::geometry::{Dpi, MM_PER_INCH};
use crate::image::Raster;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image};
use image::metadata::Orientation;
use image::{GrayImage, RgbImage};
use serde::{Deserialize, Serialize};

/// A decoded picture with what its file says about it.
pub(super) struct Picture {
    pub(super) pixels: Pixels,
    pub(super) density: Density,
    pub(super) orientation: Orientation,
}

/// Decoded samples.
pub(super) enum Pixels {
    Grey(GrayImage),
    Rgb(RgbImage),
}

/// What a file says about its resolution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Density {
    /// Nothing.
    Unknown,
    /// Only the shape of a pixel: relative densities along x and y.
    Aspect { x: f64, y: f64 },
    /// Dots per inch.
    Stated(Dpi),
}

impl Density {
    /// Dots per inch, or nothing where the numbers are no numbers of dots.
    pub(super) fn stated(x: f64, y: f64) -> Self {
        let usable = |v: f64| v.is_finite() && v > 1.0;
        if usable(x) && usable(y) { Self::Stated(Dpi { x, y }) } else { Self::Unknown }
    }

    /// A ratio only, as files without a unit give it.
    pub(super) fn aspect(x: f64, y: f64) -> Self {
        let usable = |v: f64| v.is_finite() && v > 0.0;
        if usable(x) && usable(y) { Self::Aspect { x, y } } else { Self::Unknown }
    }

    /// Dots per inch of a picture of `width` × `height` px: as stated where a sheet of paper can be that large, else guessed.
    ///
    /// Software without a scanner behind it writes 72 or 96 dpi into pictures of any size; a 2480 px wide page would then be
    /// 656 mm wide. Between 85 mm (below a postcard's long side) and 450 mm (above A3's) the file is believed.
    fn dpi(self, width: u32, height: u32) -> Dpi {
        let (ratio, stated) = match self {
            Self::Unknown => (1.0, None),
            Self::Aspect { x, y } => (x / y, None),
            Self::Stated(dpi) => (dpi.x / dpi.y, Some(dpi)),
        };
        // No device writes pixels eight times as long as wide; such a ratio is a mistake, not a fax.
        let ratio = if (0.125..=8.0).contains(&ratio) { ratio } else { 1.0 };
        stated.filter(|dpi| is_paper(*dpi, width, height)).unwrap_or_else(|| guess(width, height, ratio))
    }
}

fn is_paper(dpi: Dpi, width: u32, height: u32) -> bool {
    let (w, h) = (f64::from(width) / dpi.x * MM_PER_INCH, f64::from(height) / dpi.y * MM_PER_INCH);
    (85.0..=450.0).contains(&w.max(h)) && (0.125..=8.0).contains(&(dpi.x / dpi.y))
}

/// A4 where the proportions are A4's within 3 % (scanners crop or add a few mm), else 300 dpi. `ratio` is dpi x over dpi y.
fn guess(width: u32, height: u32, ratio: f64) -> Dpi {
    // In units of the pixel height.
    let (w, h) = (f64::from(width) / ratio, f64::from(height));
    let (short, long) = (w.min(h), w.max(h));
    let y = if (long / short / (297.0 / 210.0) - 1.0).abs() <= 0.03 { long / 297.0 * MM_PER_INCH } else { 300.0 };
    Dpi { x: y * ratio, y }
}

impl Picture {
    /// An upright picture of unknown resolution.
    pub(super) fn new(pixels: Pixels) -> Self {
        Self { pixels, density: Density::Unknown, orientation: Orientation::NoTransforms }
    }

    /// The raster: colour only where there is colour, square pixels, turned upright.
    pub(super) fn into_raster(self, budgets: &Budgets) -> Result<Raster, ScanError> {
        let (width, height) = self.pixels.dimensions();
        let dpi = self.density.dpi(width, height);
        let (pixels, dpi) = squared(self.pixels.without_false_colour(), dpi, budgets)?;
        let raster = match pixels {
            Pixels::Grey(grey) => Raster::grey(grey, dpi),
            Pixels::Rgb(rgb) => Raster::colour(&rgb, dpi),
        };
        Ok(if self.orientation == Orientation::NoTransforms { raster } else { raster.oriented(self.orientation) })
    }
}

impl Pixels {
    /// Wraps decoded grey bytes.
    pub(super) fn grey(width: u32, height: u32, bytes: Vec<u8>) -> Result<Self, ScanError> {
        GrayImage::from_raw(width, height, bytes).map(Self::Grey).ok_or_else(|| ScanError::damaged("pixels are missing"))
    }

    /// Wraps decoded RGB bytes.
    pub(super) fn rgb(width: u32, height: u32, bytes: Vec<u8>) -> Result<Self, ScanError> {
        RgbImage::from_raw(width, height, bytes).map(Self::Rgb).ok_or_else(|| ScanError::damaged("pixels are missing"))
    }

    pub(super) fn dimensions(&self) -> (u32, u32) {
        match self {
            Self::Grey(grey) => grey.dimensions(),
            Self::Rgb(rgb) => rgb.dimensions(),
        }
    }

    /// RGB in which every pixel is grey has no colour to tell red ink by; ends at the first coloured pixel.
    fn without_false_colour(self) -> Self {
        match self {
            Self::Rgb(rgb) if rgb.as_raw().chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]) => {
                let (width, height) = rgb.dimensions();
                let grey = rgb.as_raw().chunks_exact(3).map(|p| p[0]).collect();
                GrayImage::from_raw(width, height, grey).map_or(Self::Rgb(rgb), Self::Grey)
            }
            other => other,
        }
    }
}

/// Stretches the coarser axis of fax pixels (204 × 98, 204 × 196 dpi) to the finer one's resolution.
fn squared(pixels: Pixels, dpi: Dpi, budgets: &Budgets) -> Result<(Pixels, Dpi), ScanError> {
    let (width, height) = pixels.dimensions();
    // Below 1 % (0.3 mm over a field's width) registration takes the difference up; above it a stroke changes its slope.
    if (dpi.x / dpi.y - 1.0).abs() <= 0.01 {
        return Ok((pixels, dpi));
    }
    let finer = dpi.x.max(dpi.y);
    let to = |side: u32, dpi: f64| (f64::from(side) * finer / dpi).round().max(1.0) as u32;
    let (new_width, new_height) = (to(width, dpi.x), to(height, dpi.y));
    budgets.admit(new_width, new_height, 1)?;
    let dpi = Dpi { x: dpi.x * f64::from(new_width) / f64::from(width), y: dpi.y * f64::from(new_height) / f64::from(height) };
    let pixels = match pixels {
        Pixels::Grey(grey) => {
            let bytes = resize(grey.into_raw(), (width, height), (new_width, new_height), PixelType::U8)?;
            Pixels::grey(new_width, new_height, bytes)?
        }
        Pixels::Rgb(rgb) => {
            let bytes = resize(rgb.into_raw(), (width, height), (new_width, new_height), PixelType::U8x3)?;
            Pixels::rgb(new_width, new_height, bytes)?
        }
    };
    Ok((pixels, dpi))
}

fn resize(bytes: Vec<u8>, from: (u32, u32), to: (u32, u32), kind: PixelType) -> Result<Vec<u8>, ScanError> {
    let failed = |_| ScanError::unsupported(format!("a picture of {} x {} pixels with oblong pixels", from.0, from.1));
    let source = Image::from_vec_u8(from.0, from.1, bytes, kind).map_err(failed)?;
    let mut target = Image::new(to.0, to.1, kind);
    let bilinear = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new()
        .resize(&source, &mut target, &bilinear)
        .map_err(|_| ScanError::unsupported(format!("a picture of {} x {} pixels with oblong pixels", from.0, from.1)))?;
    Ok(target.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_density_no_paper_can_have_is_not_believed() {
        let near = |d: Dpi, dpi: f64| (d.x - dpi).abs() < 0.1 && (d.y - dpi).abs() < 0.1;
        assert!(near(Density::stated(96.0, 96.0).dpi(2480, 3508), 300.0), "A4 proportions at 96 dpi are 656 mm wide");
        assert!(near(Density::stated(72.0, 72.0).dpi(4032, 3024), 300.0), "a photo is not A4");
        assert!(near(Density::stated(200.0, 200.0).dpi(1654, 2339), 200.0));
        assert!(near(Density::stated(400.0, 400.0).dpi(4677, 6614), 400.0), "A3");
        assert!(near(Density::Unknown.dpi(1654, 2339), 200.0));
        assert!(near(Density::stated(0.0, f64::NAN).dpi(3508, 2480), 300.0));
    }

    #[test]
    fn a_pixel_shape_without_a_unit_keeps_the_shape() {
        let dpi = Density::aspect(204.0, 98.0).dpi(1728, 1143);
        assert!((dpi.x / dpi.y - 204.0 / 98.0).abs() < 1e-9);
    }
}
