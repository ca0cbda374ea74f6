//! The picture of a page: its grey plane, its pen plane where the scan has colour, and how to sample both.
//! Does not decode files (`scan`), does not find the form on the page (`register`).

use crate::geometry::{Dpi, PointPx};
use image::{GrayImage, RgbImage};

/// A decoded page. 0 is black, 255 is white. Square pixels are not assumed; `dpi` says what they are.
#[derive(Debug, Clone)]
pub struct Raster {
    luma: GrayImage,
    pen: Option<GrayImage>,
    dpi: Dpi,
}

impl Raster {
    /// A grey page.
    pub fn grey(luma: GrayImage, dpi: Dpi) -> Self {
        Self { luma, pen: None, dpi }
    }

    /// A colour page: the grey plane, and a pen plane in which red ink (seals, received stamps) is as light as paper.
    ///
    /// The pen plane is the red channel: red ink reflects red light as paper does, black and blue ink do not.
    pub fn colour(rgb: &RgbImage, dpi: Dpi) -> Self {
        let (w, h) = rgb.dimensions();
        let mut luma = Vec::with_capacity((w * h) as usize);
        let mut pen = Vec::with_capacity((w * h) as usize);
        for p in rgb.as_raw().chunks_exact(3) {
            // ITU-R BT.601 luma in 8-bit fixed point, as JPEG uses it.
            luma.push(((77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]) + 128) >> 8) as u8);
            pen.push(p[0]);
        }
        Self { luma: plane(w, h, luma), pen: Some(plane(w, h, pen)), dpi }
    }

    /// The grey plane: everything on the paper.
    pub fn luma(&self) -> &GrayImage {
        &self.luma
    }

    /// The plane to read pen marks in: without red ink where the scan has colour, else the grey plane.
    pub fn pen(&self) -> &GrayImage {
        self.pen.as_ref().unwrap_or(&self.luma)
    }

    /// Whether the scan has colour, so that red ink can be told from the pen.
    pub fn has_colour(&self) -> bool {
        self.pen.is_some()
    }

    /// Resolution.
    pub fn dpi(&self) -> Dpi {
        self.dpi
    }

    /// Width and height in pixels.
    pub fn dimensions(&self) -> (u32, u32) {
        self.luma.dimensions()
    }

    /// The same page turned clockwise by quarter turns and mirrored, as a file's orientation tag asks.
    #[must_use]
    pub fn oriented(mut self, orientation: image::metadata::Orientation) -> Self {
        let turn = |plane: GrayImage| {
            let mut dynamic = image::DynamicImage::ImageLuma8(plane);
            dynamic.apply_orientation(orientation);
            dynamic.into_luma8()
        };
        let before = self.luma.dimensions();
        self.luma = turn(self.luma);
        self.pen = self.pen.map(turn);
        if before != self.luma.dimensions() {
            self.dpi = Dpi { x: self.dpi.y, y: self.dpi.x };
        }
        self
    }
}

fn plane(w: u32, h: u32, pixels: Vec<u8>) -> GrayImage {
    GrayImage::from_raw(w, h, pixels).expect("one byte per pixel was pushed")
}

/// Bilinear sample at `p`; outside the picture the paper goes on (white).
pub fn sample(plane: &GrayImage, p: PointPx) -> f32 {
    let (fx, fy) = (p.x - 0.5, p.y - 0.5);
    let (x0, y0) = (fx.floor(), fy.floor());
    let (ax, ay) = ((fx - x0) as f32, (fy - y0) as f32);
    let (x0, y0) = (x0 as i64, y0 as i64);
    let at = |x: i64, y: i64| -> f32 {
        if x < 0 || y < 0 || x >= i64::from(plane.width()) || y >= i64::from(plane.height()) {
            return 255.0;
        }
        f32::from(plane.as_raw()[(y * i64::from(plane.width()) + x) as usize])
    };
    let top = at(x0, y0) * (1.0 - ax) + at(x0 + 1, y0) * ax;
    let bottom = at(x0, y0 + 1) * (1.0 - ax) + at(x0 + 1, y0 + 1) * ax;
    top * (1.0 - ay) + bottom * ay
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, Rgb};

    #[test]
    fn red_ink_vanishes_from_the_pen_plane_and_blue_ink_stays() {
        let mut rgb = RgbImage::from_pixel(3, 1, Rgb([255, 255, 255]));
        rgb.put_pixel(0, 0, Rgb([220, 30, 30]));
        rgb.put_pixel(1, 0, Rgb([30, 40, 160]));
        let raster = Raster::colour(&rgb, Dpi::square(300.0));
        assert!(raster.pen().get_pixel(0, 0)[0] > 200);
        assert!(raster.pen().get_pixel(1, 0)[0] < 60);
        assert!(raster.luma().get_pixel(0, 0)[0] < 120);
    }

    #[test]
    fn samples_at_pixel_centres_are_the_pixels() {
        let mut g = GrayImage::from_pixel(2, 2, Luma([255]));
        g.put_pixel(1, 0, Luma([10]));
        assert!((sample(&g, PointPx { x: 1.5, y: 0.5 }) - 10.0).abs() < 1e-3);
        assert!((sample(&g, PointPx { x: 1.0, y: 0.5 }) - 132.5).abs() < 1e-3);
    }
}
