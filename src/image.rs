//! The picture of a page: its grey plane, its pen plane where the scan has colour, and how to sample both.
//! Does not decode files (`scan`), does not find the form on the page (`register`).

use crate::geometry::{Dpi, PointPx};
use fearless_simd::{Level, dispatch};
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
        let pixels = rgb.as_raw().as_chunks::<3>().0;
        let (mut luma, mut pen) = (vec![0; pixels.len()], vec![0; pixels.len()]);
        dispatch!(Level::new(), _width => {
            for ((luma, pen), p) in luma.iter_mut().zip(&mut pen).zip(pixels) {
                // ITU-R BT.601 luma in 8-bit fixed point, as JPEG uses it.
                *luma = ((77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2]) + 128) >> 8) as u8;
                *pen = p[0];
            }
        });
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
    let (width, height) = (plane.width() as usize, plane.height() as usize);
    // No rounding function and one range check each row: this is run for a million points of a page.
    let (x, y) = (fx as usize, fy as usize);
    if fx >= 0.0 && fy >= 0.0 && x + 1 < width && y + 1 < height {
        let (ax, ay) = ((fx - x as f64) as f32, (fy - y as f64) as f32);
        let at = y * width + x;
        let raw = plane.as_raw();
        if let (&[a, b], &[c, d]) = (&raw[at..at + 2], &raw[at + width..at + width + 2]) {
            let (a, b, c, d) = (f32::from(a), f32::from(b), f32::from(c), f32::from(d));
            return (a * (1.0 - ax) + b * ax) * (1.0 - ay) + (c * (1.0 - ax) + d * ax) * ay;
        }
    }
    sample_at_edge(plane, fx, fy)
}

#[cold]
fn sample_at_edge(plane: &GrayImage, fx: f64, fy: f64) -> f32 {
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

/// The picture at a whole fraction of its size, at most 257: each pixel the mean of `factor` × `factor`; what is left over at
/// the right and at the bottom is left out.
pub fn reduced(plane: &GrayImage, factor: u32) -> GrayImage {
    // Scans at 200 to 600 dpi: several times faster where the compiler knows the factor.
    match factor {
        0 | 1 => plane.clone(),
        2 => dispatch!(Level::new(), _width => reduced_by(plane, 2)),
        3 => dispatch!(Level::new(), _width => reduced_by(plane, 3)),
        4 => dispatch!(Level::new(), _width => reduced_by(plane, 4)),
        5 => dispatch!(Level::new(), _width => reduced_by(plane, 5)),
        8 => dispatch!(Level::new(), _width => reduced_by(plane, 8)),
        n => reduced_by(plane, n as usize),
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled for the caller's width of vectors and its factor only as a part of it")]
fn reduced_by(plane: &GrayImage, n: usize) -> GrayImage {
    let (across, down) = (plane.width() as usize / n, plane.height() as usize / n);
    let area = (n * n) as u32;
    let mut pixels = vec![0; across * down];
    let mut sums = vec![0_u16; across * n];
    let rows = plane.as_raw().chunks_exact(plane.width().max(1) as usize * n);
    for (rows, pixels) in rows.zip(pixels.chunks_exact_mut(across.max(1))) {
        sums.fill(0);
        for row in rows.chunks_exact(plane.width() as usize) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum = sum.wrapping_add(u16::from(*v)));
        }
        for (pixel, block) in pixels.iter_mut().zip(sums.chunks_exact(n)) {
            let sum = block.iter().fold(0_u32, |sum, v| sum.wrapping_add(u32::from(*v)));
            *pixel = (sum.wrapping_add(area / 2) / area) as u8;
        }
    }
    crate::image::plane(across as u32, down as u32, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, Rgb};

    #[test]
    fn a_reduced_picture_has_the_means_of_its_blocks() {
        let g = GrayImage::from_fn(7, 5, |x, y| Luma([(10 * x + y) as u8]));
        let small = reduced(&g, 2);
        assert_eq!(small.dimensions(), (3, 2));
        assert_eq!(small.as_raw(), &[6, 26, 46, 8, 28, 48]);
        assert_eq!(reduced(&g, 1), g);
        let wide = GrayImage::from_fn(60, 40, |x, y| Luma([(17 * x + 31 * y) as u8]));
        for n in 2..=9 {
            let mean = |x: u32, y: u32| {
                let sum: u32 = (0..n * n).map(|i| u32::from(wide.get_pixel(x * n + i % n, y * n + i / n)[0])).sum();
                Luma([((sum + n * n / 2) / (n * n)) as u8])
            };
            assert_eq!(reduced(&wide, n), GrayImage::from_fn(60 / n, 40 / n, mean), "{n}");
        }
    }

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
