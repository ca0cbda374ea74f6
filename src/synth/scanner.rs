//! The scanner: one warp from the composed sheet to the scan, then what optics, sensor and thresholding do to it.
//! Does not put anything on the paper (`fill`, `wear`) and does not write files (`file`).

use super::dice::Dice;
use super::paper::{COMPOSE_DPI, Paper};
use crate::geometry::{Dpi, Rotation};
use crate::register::PageMap;
use image::GrayImage;

/// How a sheet goes through the scanner.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    /// Resolution of the scan.
    pub(crate) dpi: Dpi,
    /// Skew, degrees clockwise.
    pub(crate) skew_deg: f64,
    /// Scale, 1 for true size.
    pub(crate) scale: f64,
    /// Shift of the sheet's middle in mm.
    pub(crate) shift_mm: (f64, f64),
    /// Which way up the sheet lay.
    pub(crate) rotation: Rotation,
    /// Displacement in mm of the parts beyond each fold: (fold at y mm, shift along x, shift along y).
    pub(crate) folds: Vec<(f64, f64, f64)>,
    /// Standard deviation of the blur in px of the scan.
    pub(crate) blur_px: f64,
    /// Standard deviation of the noise in grey levels.
    pub(crate) noise: f64,
    /// Grey level of black and of paper, per plane.
    pub(crate) tone: Vec<(f64, f64)>,
    /// What lies beside the sheet, grey level.
    pub(crate) lid: u8,
    /// Vertical streaks: column in share of the width, width in px, change in grey levels.
    pub(crate) streaks: Vec<(f64, f64, f64)>,
    /// Share of pixels turned black or white.
    pub(crate) specks: f64,
    /// Level below which a pixel is black, for scans of one bit.
    pub(crate) threshold: Option<u8>,
}

impl Pass {
    /// A perfect scan.
    pub(crate) fn crisp(planes: usize) -> Self {
        Self {
            dpi: COMPOSE_DPI,
            skew_deg: 0.0,
            scale: 1.0,
            shift_mm: (0.0, 0.0),
            rotation: Rotation::R0,
            folds: Vec::new(),
            blur_px: 0.0,
            noise: 0.0,
            tone: vec![(0.0, 255.0); planes],
            lid: 255,
            streaks: Vec::new(),
            specks: 0.0,
            threshold: None,
        }
    }

    /// Whether the scan's pixels are the sheet's own.
    fn is_crisp(&self) -> bool {
        self.skew_deg.abs() < f64::EPSILON
            && (self.scale - 1.0).abs() < f64::EPSILON
            && self.shift_mm == (0.0, 0.0)
            && self.dpi == COMPOSE_DPI
            && self.folds.is_empty()
    }

    /// From mm on the form to px on the scan, for a sheet of that size (folds left out).
    pub(crate) fn map(&self, size_mm: (f64, f64)) -> PageMap {
        PageMap::new(self.matrix(size_mm))
    }

    /// The same as a row-major matrix.
    pub(crate) fn matrix(&self, (w, h): (f64, f64)) -> [f64; 9] {
        let angle = self.skew_deg.to_radians();
        let (sin, cos) = (libm::sin(angle) * self.scale, libm::cos(angle) * self.scale);
        let (cx, cy) = (w / 2.0, h / 2.0);
        let tx = cx + self.shift_mm.0 - cos * cx + sin * cy;
        let ty = cy + self.shift_mm.1 - sin * cx - cos * cy;
        // Rows give x and y in mm on the upright scan; then the quarter turns; then px.
        let (x, y) = ([cos, -sin, tx], [sin, cos, ty]);
        let from = |edge: f64, row: [f64; 3]| [-row[0], -row[1], edge - row[2]];
        let (x, y) = match self.rotation {
            Rotation::R0 => (x, y),
            Rotation::R90 => (from(h, y), x),
            Rotation::R180 => (from(w, x), from(h, y)),
            Rotation::R270 => (y, from(w, x)),
        };
        let (px, py) = self.dpi.px_per_mm();
        [x[0] * px, x[1] * px, x[2] * px, y[0] * py, y[1] * py, y[2] * py, 0.0, 0.0, 1.0]
    }

    /// The scan: one plane, or three.
    pub(crate) fn scan(&self, paper: &Paper, dice: &mut Dice) -> Vec<GrayImage> {
        let mut planes = if self.is_crisp() && self.rotation == Rotation::R0 { paper.planes.clone() } else { self.warp(paper) };
        for (plane, tone) in planes.iter_mut().zip(&self.tone) {
            blur(plane, self.blur_px);
            tone_in(plane, *tone);
        }
        self.streak(&mut planes);
        for plane in &mut planes {
            add_noise(plane, self.noise, dice);
        }
        self.speckle(&mut planes, dice);
        if let Some(level) = self.threshold {
            planes.truncate(1);
            planes[0].iter_mut().for_each(|p| *p = if *p < level { 0 } else { 255 });
        }
        planes
    }

    fn warp(&self, paper: &Paper) -> Vec<GrayImage> {
        let (w, h) = paper.size();
        let size_mm = (f64::from(w) / paper.scale, f64::from(h) / paper.scale);
        let turned = matches!(self.rotation, Rotation::R90 | Rotation::R270);
        let (out_mm_w, out_mm_h) = if turned { (size_mm.1, size_mm.0) } else { size_mm };
        let (px, py) = self.dpi.px_per_mm();
        let size = ((out_mm_w * px).round() as u32, (out_mm_h * py).round() as u32);
        let inverse = inverse(&self.matrix(size_mm));
        // Coarser scans average over the area of their pixel.
        let taps = |dpi: f64| (COMPOSE_DPI.x / dpi / self.scale - 0.25).ceil().max(1.0) as u32;
        let grid = (taps(self.dpi.x), taps(self.dpi.y));
        paper.planes.iter().map(|plane| self.warp_plane(plane, paper.scale, size, &inverse, grid)).collect()
    }

    fn warp_plane(&self, plane: &GrayImage, scale: f64, size: (u32, u32), inverse: &[f64; 6], grid: (u32, u32)) -> GrayImage {
        let mut out = GrayImage::new(size.0, size.1);
        let share = 1.0 / f64::from(grid.0 * grid.1);
        for (row, pixels) in out.chunks_exact_mut(size.0 as usize).enumerate() {
            for (column, pixel) in pixels.iter_mut().enumerate() {
                let mut sum = 0.0;
                for i in 0..grid.1 {
                    let y = row as f64 + (f64::from(i) + 0.5) / f64::from(grid.1);
                    for j in 0..grid.0 {
                        let x = column as f64 + (f64::from(j) + 0.5) / f64::from(grid.0);
                        let mm = (inverse[0] * x + inverse[1] * y + inverse[2], inverse[3] * x + inverse[4] * y + inverse[5]);
                        let (dx, dy) = self.folded(mm.1);
                        sum += sample(plane, (mm.0 - dx) * scale, (mm.1 - dy) * scale, self.lid);
                    }
                }
                *pixel = (sum * share).round() as u8;
            }
        }
        out
    }

    fn folded(&self, y: f64) -> (f64, f64) {
        let beyond = self.folds.iter().filter(|f| y > f.0);
        beyond.fold((0.0, 0.0), |(x, y), f| (x + f.1, y + f.2))
    }

    fn streak(&self, planes: &mut [GrayImage]) {
        for (at, width, change) in &self.streaks {
            for plane in planes.iter_mut() {
                let (w, h) = plane.dimensions();
                let left = (at * f64::from(w)) as u32;
                for x in left..(left + width.ceil() as u32).min(w) {
                    for y in 0..h {
                        let pixel = plane.get_pixel_mut(x, y);
                        pixel[0] = (f64::from(pixel[0]) + change).clamp(0.0, 255.0) as u8;
                    }
                }
            }
        }
    }

    fn speckle(&self, planes: &mut [GrayImage], dice: &mut Dice) {
        let (w, h) = planes[0].dimensions();
        for _ in 0..(self.specks * f64::from(w) * f64::from(h)) as usize {
            let (x, y) = (dice.below(w as usize) as u32, dice.below(h as usize) as u32);
            let value = if dice.chance(0.6) { 20 } else { 250 };
            for plane in planes.iter_mut() {
                plane.get_pixel_mut(x, y)[0] = value;
            }
        }
    }
}

/// From px back to mm: the first two rows of the inverse of an affine map.
fn inverse(m: &[f64; 9]) -> [f64; 6] {
    let determinant = m[0] * m[4] - m[1] * m[3];
    let (a, b, c, d) = (m[4] / determinant, -m[1] / determinant, -m[3] / determinant, m[0] / determinant);
    [a, b, -(a * m[2] + b * m[5]), c, d, -(c * m[2] + d * m[5])]
}

fn sample(plane: &GrayImage, x: f64, y: f64, outside: u8) -> f64 {
    let (fx, fy) = (x - 0.5, y - 0.5);
    let (x0, y0) = (fx.floor(), fy.floor());
    let (ax, ay) = (fx - x0, fy - y0);
    let (w, h) = (i64::from(plane.width()), i64::from(plane.height()));
    let (x0, y0) = (x0 as i64, y0 as i64);
    let raw = plane.as_raw();
    if x0 >= 0 && y0 >= 0 && x0 + 1 < w && y0 + 1 < h {
        let i = (y0 * w + x0) as usize;
        let (row, below) = (&raw[i..i + 2], &raw[i + w as usize..i + w as usize + 2]);
        let top = f64::from(row[0]) * (1.0 - ax) + f64::from(row[1]) * ax;
        let bottom = f64::from(below[0]) * (1.0 - ax) + f64::from(below[1]) * ax;
        return top * (1.0 - ay) + bottom * ay;
    }
    if x < 0.0 || y < 0.0 || x >= w as f64 || y >= h as f64 {
        return f64::from(outside);
    }
    f64::from(raw[(y as i64 * w + x as i64) as usize])
}

/// Gaussian blur, separable, of three or five or seven taps.
pub(crate) fn blur(plane: &mut GrayImage, sigma: f64) {
    if sigma < 0.2 {
        return;
    }
    let reach = (sigma * 2.2).ceil().clamp(1.0, 9.0) as i64;
    let weights: Vec<f64> = (-reach..=reach).map(|i| libm::exp(-((i * i) as f64) / (2.0 * sigma * sigma))).collect();
    let total: f64 = weights.iter().sum();
    // Fixed point, so that the sum cannot depend on the order of additions.
    let weights: Vec<u32> = weights.iter().map(|w| (w / total * 65536.0).round() as u32).collect();
    let total: u32 = weights.iter().sum();
    let (w, h) = (plane.width() as usize, plane.height() as usize);
    let mut across = vec![0u8; w * h];
    for (from, to) in plane.as_raw().chunks_exact(w).zip(across.chunks_exact_mut(w)) {
        for (x, pixel) in to.iter_mut().enumerate() {
            let at = |i: usize| from[(x as i64 + i as i64 - reach).clamp(0, w as i64 - 1) as usize];
            let sum: u32 = weights.iter().enumerate().map(|(i, k)| k * u32::from(at(i))).sum();
            *pixel = ((sum + total / 2) / total) as u8;
        }
    }
    let mut sums = vec![0u32; w];
    for y in 0..h {
        sums.fill(0);
        for (i, k) in weights.iter().enumerate() {
            let row = (y as i64 + i as i64 - reach).clamp(0, h as i64 - 1) as usize;
            for (sum, v) in sums.iter_mut().zip(&across[row * w..(row + 1) * w]) {
                *sum += k * u32::from(*v);
            }
        }
        for (pixel, sum) in plane.iter_mut().skip(y * w).take(w).zip(&sums) {
            *pixel = ((sum + total / 2) / total) as u8;
        }
    }
}

fn tone_in(plane: &mut GrayImage, (black, paper): (f64, f64)) {
    if (black, paper) == (0.0, 255.0) {
        return;
    }
    let table: Vec<u8> =
        (0..256).map(|v| (black + (paper - black) * f64::from(v) / 255.0).round().clamp(0.0, 255.0) as u8).collect();
    plane.iter_mut().for_each(|p| *p = table[usize::from(*p)]);
}

fn add_noise(plane: &mut GrayImage, deviation: f64, dice: &mut Dice) {
    if deviation <= 0.0 {
        return;
    }
    let table: Vec<i16> = (0..4096).map(|_| dice.normal(0.0, deviation).round() as i16).collect();
    let mut bits = vec![0u8; plane.width() as usize * 2];
    let width = plane.width() as usize;
    for row in plane.chunks_exact_mut(width) {
        dice.fill(&mut bits);
        for (pixel, b) in row.iter_mut().zip(bits.chunks_exact(2)) {
            let i = usize::from(u16::from_le_bytes([b[0], b[1]]) & 4095);
            *pixel = (i16::from(*pixel) + table[i]).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::PointMm;
    use image::Luma;

    #[test]
    fn ink_lands_where_the_map_says() {
        for rotation in Rotation::ALL {
            let mut printed = GrayImage::from_pixel(600, 900, Luma([255]));
            for (x, y) in (0..9).flat_map(|x| (0..9).map(move |y| (x, y))) {
                printed.put_pixel(150 + x, 700 + y, Luma([0]));
            }
            let paper = Paper::new(&printed, false);
            let pass = Pass {
                rotation,
                skew_deg: 4.0,
                scale: 1.05,
                shift_mm: (1.0, -2.0),
                dpi: Dpi { x: 204.0, y: 196.0 },
                ..Pass::crisp(1)
            };
            let scan = &pass.scan(&paper, &mut Dice::new(0, 0, ""))[0];
            let size = (600.0 / paper.scale, 900.0 / paper.scale);
            let centre = pass.map(size).to_px(PointMm { x: 154.5 / paper.scale, y: 704.5 / paper.scale });
            let dark = scan.get_pixel(centre.x as u32, centre.y as u32)[0];
            let ink: usize = scan.iter().filter(|p| **p < 128).count();
            assert!(dark < 60 && (20..80).contains(&ink), "{rotation:?}: {dark} at {centre:?}, {ink} dark");
        }
    }
}
