//! Blank forms laid askew, stretched, copied, soiled and cut, with the truth kept. Made for the tests of registration only.
#![allow(dead_code, unreachable_pub, reason = "each test and example uses its own part of it")]

use image::{GrayImage, Luma};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uketsuke::form::{Form, draw};
use uketsuke::geometry::{Dpi, PointMm, RectMm};
use uketsuke::image::Raster;
use uketsuke::register::PageMap;
use uketsuke::sheet::raster;

/// How a page is laid on the glass and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct Damage {
    pub quarter_turns: u32,
    pub skew_deg: f64,
    pub scale: (f64, f64),
    pub shift_mm: (f64, f64),
    /// Keystone, per 300 mm.
    pub tilt: (f64, f64),
    pub dpi: f64,
    /// Size of the scanned area, mm.
    pub glass_mm: (f64, f64),
    /// What lies outside the sheet.
    pub surround: u8,
    /// Darkness of print, 0 to 1.
    pub contrast: f64,
    pub noise: f64,
    /// Share of pixels flipped.
    pub pepper: f64,
    /// Pixels of box blur.
    pub blur: u32,
    /// Threshold of a 1-bit scan.
    pub bitonal: Option<u8>,
    /// Vertical resolution halved and back, as a standard fax does.
    pub fax: bool,
    /// Pixels by which strokes grow (copies of copies) or shrink.
    pub thicken: i32,
    /// Share of stroke pixels lost in specks.
    pub broken: f64,
    /// Whether fields are scribbled in.
    pub filled: bool,
    /// Shadows along the thirds, 0 to 1 dark.
    pub fold_shadow: f64,
    /// Vertical displacement at the folds, mm.
    pub fold_mm: f64,
    /// How far the foot of the sheet, which curls, comes up towards the head, mm.
    pub curl_mm: f64,
    /// How far the middle of the sheet, which bulges, lies below its left and right edge, mm.
    pub bow_mm: f64,
    /// Share of the light that is lost from one corner of the picture to the other.
    pub dusk: f64,
    /// Share of the light that is lost beyond a slanting line through the middle of the picture.
    pub shadow: f64,
}

impl Default for Damage {
    fn default() -> Self {
        Self {
            quarter_turns: 0,
            skew_deg: 0.0,
            scale: (1.0, 1.0),
            shift_mm: (0.0, 0.0),
            tilt: (0.0, 0.0),
            dpi: 300.0,
            glass_mm: (210.0, 297.0),
            surround: 255,
            contrast: 1.0,
            noise: 0.0,
            pepper: 0.0,
            blur: 0,
            bitonal: None,
            fax: false,
            thicken: 0,
            broken: 0.0,
            filled: true,
            fold_shadow: 0.0,
            fold_mm: 0.0,
            curl_mm: 0.0,
            bow_mm: 0.0,
            dusk: 0.0,
            shadow: 0.0,
        }
    }
}

/// A damaged page and where the form's points really lie on it.
pub struct Scan {
    pub raster: Raster,
    map: PageMap,
    fold_mm: f64,
    curl_mm: f64,
    bow_mm: f64,
}

impl Scan {
    /// Where a point of the form lies on the scan.
    pub fn truth(&self, p: PointMm) -> (f64, f64) {
        let q = self
            .map
            .to_px(PointMm { x: p.x, y: p.y + fold(p.y, self.fold_mm) - curl(p.y, self.curl_mm) + bow(p.x, self.bow_mm) });
        (q.x, q.y)
    }
}

fn curl(y: f64, mm: f64) -> f64 {
    mm * (y / 297.0).powi(3)
}

fn bow(x: f64, mm: f64) -> f64 {
    4.0 * mm * (x / 210.0) * (1.0 - x / 210.0)
}

fn fold(y: f64, mm: f64) -> f64 {
    // Highest at the first fold, lowest at the second, nothing at the sheet's ends.
    let knots = [(0.0, 0.0), (99.0, mm), (198.0, -mm), (297.0, 0.0)];
    let i = if y < 99.0 {
        0
    } else if y < 198.0 {
        1
    } else {
        2
    };
    let ((y0, a), (y1, b)) = (knots[i], knots[i + 1]);
    a + (b - a) * ((y - y0) / (y1 - y0)).clamp(0.0, 1.0)
}

/// A form's page drawn at 300 dpi, its fields scribbled in or not.
pub fn drawn(form: &Form, page: usize, filled: Option<u64>) -> GrayImage {
    let mut picture = raster::draw(&draw::blank(form, page), Dpi::square(300.0));
    if let Some(seed) = filled {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for field in form.fields_on(page) {
            for area in field.boxes() {
                if rng.random_bool(0.8) {
                    scribble(&mut picture, &area.grown(0.3), &mut rng);
                }
            }
        }
    }
    picture
}

/// A few strokes of a pen 0.5 mm wide.
pub fn scribble(picture: &mut GrayImage, area: &RectMm, rng: &mut ChaCha8Rng) {
    let mut from = (area.x + rng.random::<f64>() * area.w, area.y + rng.random::<f64>() * area.h);
    for _ in 0..(2.0 + area.w / 4.0) as usize {
        let step = 5.0_f64.min(area.w);
        let to = ((from.0 + rng.random_range(-step..=step)).clamp(area.x, area.right()), area.y + rng.random::<f64>() * area.h);
        stroke(picture, from, to);
        from = to;
    }
}

fn stroke(picture: &mut GrayImage, from: (f64, f64), to: (f64, f64)) {
    let steps = ((to.0 - from.0).hypot(to.1 - from.1) * 8.0) as usize + 1;
    for i in 0..=steps {
        let t = i as f64 / steps as f64;
        let (x, y) = ((from.0 + (to.0 - from.0) * t) * 11.811, (from.1 + (to.1 - from.1) * t) * 11.811);
        for dy in -3..=3_i64 {
            for dx in -3..=3_i64 {
                let (px, py) = (x as i64 + dx, y as i64 + dy);
                if dx * dx + dy * dy <= 9
                    && px >= 0
                    && py >= 0
                    && px < i64::from(picture.width())
                    && py < i64::from(picture.height())
                {
                    picture.put_pixel(px as u32, py as u32, Luma([40]));
                }
            }
        }
    }
}

type M = [[f64; 3]; 3];

fn times(a: M, b: M) -> M {
    let mut out = [[0.0; 3]; 3];
    for r in 0..3 {
        for c in 0..3 {
            out[r][c] = (0..3).map(|k| a[r][k] * b[k][c]).sum();
        }
    }
    out
}

fn inverse(m: M) -> M {
    let c = |a: usize, b: usize, c: usize, d: usize| m[a][b] * m[c][d] - m[a][d] * m[c][b];
    let adj = [
        [c(1, 1, 2, 2), -c(0, 1, 2, 2), c(0, 1, 1, 2)],
        [-c(1, 0, 2, 2), c(0, 0, 2, 2), -c(0, 0, 1, 2)],
        [c(1, 0, 2, 1), -c(0, 0, 2, 1), c(0, 0, 1, 1)],
    ];
    let det = m[0][0] * adj[0][0] + m[0][1] * adj[1][0] + m[0][2] * adj[2][0];
    adj.map(|r| r.map(|v| v / det))
}

fn laid(d: &Damage, sheet: (f64, f64)) -> (M, u32, u32) {
    let k = d.dpi / 25.4;
    let (gw, gh) = if d.quarter_turns % 2 == 1 { (d.glass_mm.1, d.glass_mm.0) } else { d.glass_mm };
    let angle = (f64::from(d.quarter_turns) * 90.0 + d.skew_deg).to_radians();
    let (s, c) = angle.sin_cos();
    let centre = [[1.0, 0.0, -sheet.0 / 2.0], [0.0, 1.0, -sheet.1 / 2.0], [0.0, 0.0, 1.0]];
    let stretch = [[d.scale.0, 0.0, 0.0], [0.0, d.scale.1, 0.0], [d.tilt.0 / 300.0, d.tilt.1 / 300.0, 1.0]];
    let turn = [[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]];
    let place = [[k, 0.0, k * (gw / 2.0 + d.shift_mm.0)], [0.0, k, k * (gh / 2.0 + d.shift_mm.1)], [0.0, 0.0, 1.0]];
    (times(place, times(turn, times(stretch, centre))), (gw * k).round() as u32, (gh * k).round() as u32)
}

/// Lays a picture drawn at 300 dpi on the glass and damages it.
pub fn scanned(picture: &GrayImage, d: &Damage, seed: u64) -> Scan {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let sheet = (f64::from(picture.width()) / 300.0 * 25.4, f64::from(picture.height()) / 300.0 * 25.4);
    let (m, w, h) = laid(d, sheet);
    let flat = [m[0][0], m[0][1], m[0][2], m[1][0], m[1][1], m[1][2], m[2][0], m[2][1], m[2][2]].map(|v| v / m[2][2]);
    let thick = thickened(picture, d.thicken);
    let mut out = warped(&thick, inverse(m), (w, h), d);
    copied(&mut out, d, &mut rng);
    Scan {
        raster: Raster::grey(out, Dpi::square(d.dpi)),
        map: PageMap::new(flat),
        fold_mm: d.fold_mm,
        curl_mm: d.curl_mm,
        bow_mm: d.bow_mm,
    }
}

fn warped(picture: &GrayImage, back: M, (w, h): (u32, u32), d: &Damage) -> GrayImage {
    let k = 300.0 / 25.4;
    let mut out = GrayImage::from_pixel(w, h, Luma([d.surround]));
    let (pw, ph) = (picture.width() as usize, picture.height() as usize);
    let from = picture.as_raw();
    for (y, row) in out.as_mut().chunks_exact_mut(w as usize).enumerate() {
        let fy = y as f64 + 0.5;
        let mut v = [0, 1, 2].map(|r| back[r][0] * 0.5 + back[r][1] * fy + back[r][2]);
        for pixel in row {
            let (mx, my) = (v[0] / v[2], v[1] / v[2]);
            // The fold is small: where it came from is where it went to, less the same displacement.
            let my = my - fold(my, d.fold_mm) - bow(mx, d.bow_mm);
            let my = if d.curl_mm == 0.0 { my } else { (0..6).fold(my, |y, _| my + curl(y, d.curl_mm)) };
            let (x, y) = (mx * k - 0.5, my * k - 0.5);
            let (x0, y0) = (x.floor(), y.floor());
            if x0 >= 0.0 && y0 >= 0.0 && (x0 as usize) + 1 < pw && (y0 as usize) + 1 < ph {
                let (ax, ay) = ((x - x0) as f32, (y - y0) as f32);
                let i = y0 as usize * pw + x0 as usize;
                let f = |i: usize| f32::from(from[i]);
                let top = f(i) + (f(i + 1) - f(i)) * ax;
                let bottom = f(i + pw) + (f(i + pw + 1) - f(i + pw)) * ax;
                let shadow = 1.0 - d.fold_shadow as f32 * crease(my);
                *pixel = ((255.0 - (255.0 - (top + (bottom - top) * ay)) * d.contrast as f32) * shadow) as u8;
            }
            (0..3).for_each(|r| v[r] += back[r][0]);
        }
    }
    out
}

fn crease(y: f64) -> f32 {
    let near = (y - 99.0).abs().min((y - 198.0).abs());
    (1.0 - near / 4.0).max(0.0) as f32
}

fn thickened(picture: &GrayImage, by: i32) -> GrayImage {
    let mut now = picture.clone();
    for _ in 0..by.abs() {
        let before = now.clone();
        for y in 1..now.height() - 1 {
            for x in 1..now.width() - 1 {
                let around = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
                    .map(|(dx, dy)| before.get_pixel((x as i32 + dx) as u32, (y as i32 + dy) as u32)[0]);
                let v = if by > 0 { around.iter().min() } else { around.iter().max() };
                now.put_pixel(x, y, Luma([*v.expect("five")]));
            }
        }
    }
    now
}

fn copied(out: &mut GrayImage, d: &Damage, rng: &mut ChaCha8Rng) {
    if d.dusk > 0.0 {
        let far = f64::from(out.width() + out.height());
        for (x, y, v) in out.enumerate_pixels_mut() {
            v[0] = (f64::from(v[0]) * (1.0 - d.dusk * f64::from(x + y) / far)) as u8;
        }
    }
    if d.shadow > 0.0 {
        let middle = f64::from(out.width()) / 2.0 + f64::from(out.height()) / 8.0;
        for (x, y, v) in out.enumerate_pixels_mut() {
            if f64::from(x) + f64::from(y) / 4.0 > middle {
                v[0] = (f64::from(v[0]) * (1.0 - d.shadow)) as u8;
            }
        }
    }
    if d.blur > 0 {
        *out = image::imageops::fast_blur(out, d.blur as f32);
    }
    if d.fax {
        let (w, h) = out.dimensions();
        let low = image::imageops::resize(out, w, h / 2, image::imageops::FilterType::Triangle);
        *out = image::imageops::resize(&low, w, h, image::imageops::FilterType::Nearest);
    }
    for v in out.as_mut().iter_mut() {
        if d.noise > 0.0 {
            // Sum of three uniforms: near enough to a normal.
            let n = (rng.random::<f32>() + rng.random::<f32>() + rng.random::<f32>() - 1.5) * 2.0 * d.noise as f32;
            *v = (f32::from(*v) + n).clamp(0.0, 255.0) as u8;
        }
        if d.broken > 0.0 && *v < 128 && rng.random_bool(d.broken) {
            *v = 255;
        }
        if d.pepper > 0.0 && rng.random_bool(d.pepper) {
            *v = if rng.random_bool(0.5) { 0 } else { 255 };
        }
        if let Some(t) = d.bitonal {
            *v = if *v < t { 0 } else { 255 };
        }
    }
}

/// CPU time this thread has used, ms.
pub fn cpu_ms() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    used.tv_sec as f64 * 1e3 + used.tv_nsec as f64 / 1e6
}
