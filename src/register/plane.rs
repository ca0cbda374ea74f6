//! A plane of ink: one byte per pixel, 0 paper, 255 full ink. Halving, sampling, reduction from a scan.
//! Does not know millimetres and does not decide what is ink (`ink`).

use image::GrayImage;

/// One byte per pixel, row by row.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) w: usize,
    pub(super) h: usize,
    pub(super) px: Vec<u8>,
}

impl Plane {
    pub(super) fn new(w: usize, h: usize, value: u8) -> Self {
        Self { w, h, px: vec![value; w * h] }
    }

    pub(super) fn at(&self, x: usize, y: usize) -> u8 {
        self.px[y * self.w + x]
    }

    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.px[y * self.w..(y + 1) * self.w]
    }

    /// Half the size, each pixel the mean of four.
    pub(super) fn halved(&self) -> Self {
        let (w, h) = ((self.w / 2).max(1), (self.h / 2).max(1));
        let mut px = Vec::with_capacity(w * h);
        for y in 0..h {
            let (top, bottom) = (self.row((2 * y).min(self.h - 1)), self.row((2 * y + 1).min(self.h - 1)));
            if self.w < 2 {
                px.push(top[0]);
                continue;
            }
            let pairs = top.chunks_exact(2).zip(bottom.chunks_exact(2)).take(w);
            px.extend(
                pairs.map(|(a, b)| ((u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]) + 2) / 4) as u8),
            );
        }
        Self { w, h, px }
    }

    /// Bilinear sample at a point in pixels (centres at .5); outside there is no ink.
    pub(super) fn sample(&self, x: f32, y: f32) -> f32 {
        // Shifted so that truncation rounds down; `floor` is a library call without SSE 4.1.
        const OFFSET: f32 = 1024.0;
        let (fx, fy) = ((x - 0.5 + OFFSET).clamp(0.0, 1e6), (y - 0.5 + OFFSET).clamp(0.0, 1e6));
        let (x0, y0) = (fx as i32, fy as i32);
        let (ax, ay) = (fx - x0 as f32, fy - y0 as f32);
        let (x0, y0) = (x0 - OFFSET as i32, y0 - OFFSET as i32);
        if x0 >= 0 && y0 >= 0 && (x0 as usize) + 1 < self.w && (y0 as usize) + 1 < self.h {
            let i = y0 as usize * self.w + x0 as usize;
            let (top, bottom) = (&self.px[i..i + 2], &self.px[i + self.w..i + self.w + 2]);
            return mix(mix(top[0].into(), top[1].into(), ax), mix(bottom[0].into(), bottom[1].into(), ax), ay);
        }
        let get = |x: i32, y: i32| f32::from(self.get(x, y));
        mix(mix(get(x0, y0), get(x0 + 1, y0), ax), mix(get(x0, y0 + 1), get(x0 + 1, y0 + 1), ax), ay)
    }

    /// A square of `wide` × `wide` bilinear samples from `from` in steps `right` and `down`, all in pixels.
    pub(super) fn window(&self, from: (f64, f64), right: (f64, f64), down: (f64, f64), wide: usize) -> Vec<i16> {
        let reach = (wide - 1) as f64;
        let corner = |a: f64, b: f64| (from.0 + a * right.0 + b * down.0 - 0.5, from.1 + a * right.1 + b * down.1 - 0.5);
        // 30,000 pixels are what 16 bits before the point hold.
        let small = self.w < 30_000 && self.h < 30_000;
        let inside = |(x, y): (f64, f64)| small && x >= 1.0 && y >= 1.0 && x < self.w as f64 - 2.0 && y < self.h as f64 - 2.0;
        let mut out = Vec::with_capacity(wide * wide);
        if ![corner(0.0, 0.0), corner(reach, 0.0), corner(0.0, reach), corner(reach, reach)].into_iter().all(inside) {
            let at = |r: usize, c: usize| corner(c as f64, r as f64);
            let all = (0..wide * wide).map(|i| at(i / wide, i % wide));
            out.extend(all.map(|(x, y)| self.sample(x as f32 + 0.5, y as f32 + 0.5) as i16));
            return out;
        }
        // 16.16 fixed point; the corners lie a pixel inside, which covers its rounding.
        let fixed = |v: f64| (v * 65_536.0) as i32;
        let (sx, sy) = (fixed(right.0), fixed(right.1));
        for r in 0..wide {
            let (x, y) = corner(0.0, r as f64);
            let (mut x, mut y) = (fixed(x), fixed(y));
            for _ in 0..wide {
                out.push(self.blend(x, y));
                x += sx;
                y += sy;
            }
        }
        out
    }

    fn blend(&self, x: i32, y: i32) -> i16 {
        let i = (y >> 16) as usize * self.w + (x >> 16) as usize;
        let (ax, ay) = ((x >> 8) & 255, (y >> 8) & 255);
        let (top, bottom) = (&self.px[i..i + 2], &self.px[i + self.w..i + self.w + 2]);
        let across = |row: &[u8]| i32::from(row[0]) * (256 - ax) + i32::from(row[1]) * ax;
        ((across(top) * (256 - ay) + across(bottom) * ay) >> 16) as i16
    }

    fn get(&self, x: i32, y: i32) -> u8 {
        if x < 0 || y < 0 || x as usize >= self.w || y as usize >= self.h { 0 } else { self.at(x as usize, y as usize) }
    }
}

fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// The scan with every `kx` × `ky` pixels replaced by their mean: the only pass over full-resolution pixels.
pub(super) fn reduce(scan: &GrayImage, kx: usize, ky: usize) -> Plane {
    match kx {
        1 => reduce_by::<1>(scan, ky),
        2 => reduce_by::<2>(scan, ky),
        3 => reduce_by::<3>(scan, ky),
        4 => reduce_by::<4>(scan, ky),
        6 => reduce_by::<6>(scan, ky),
        _ => reduce_any(scan, kx, ky),
    }
}

fn reduce_by<const K: usize>(scan: &GrayImage, ky: usize) -> Plane {
    // 65536 / n, rounded up so that a white block stays 255.
    let scale = 65_536_u32.div_ceil((K * ky) as u32);
    reduce_rows(scan, K, ky, |sums, px| {
        px.extend(sums.chunks_exact(K).map(|c| ((c.iter().map(|s| u32::from(*s)).sum::<u32>() * scale) >> 16).min(255) as u8));
    })
}

fn reduce_any(scan: &GrayImage, kx: usize, ky: usize) -> Plane {
    let n = (kx * ky) as u32;
    reduce_rows(scan, kx, ky, |sums, px| {
        let mean = |c: &[u16]| (c.iter().map(|s| u32::from(*s)).sum::<u32>() / n) as u8;
        px.extend(sums.chunks_exact(kx).map(mean));
    })
}

fn reduce_rows(scan: &GrayImage, kx: usize, ky: usize, mut across: impl FnMut(&[u16], &mut Vec<u8>)) -> Plane {
    let width = scan.width() as usize;
    let (w, h) = (width / kx, scan.height() as usize / ky);
    let mut px = Vec::with_capacity(w * h);
    let mut sums = vec![0_u16; width];
    for block in scan.as_raw().chunks_exact(width * ky).take(h) {
        let (first, rest) = block.split_at(width);
        for (s, v) in sums.iter_mut().zip(first) {
            *s = u16::from(*v);
        }
        for row in rest.chunks_exact(width) {
            for (s, v) in sums.iter_mut().zip(row) {
                *s += u16::from(*v);
            }
        }
        across(&sums[..w * kx], &mut px);
    }
    Plane { w, h, px }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_stays_white_and_means_are_means() {
        for k in [1, 2, 3, 4, 5, 6, 7, 20] {
            let plane = reduce(&GrayImage::from_pixel(43, 41, image::Luma([255])), k, k);
            assert_eq!((plane.w, plane.h), (43 / k, 41 / k));
            assert!(plane.px.iter().all(|v| *v == 255), "{k}");
        }
        let ramp = GrayImage::from_fn(4, 2, |x, _| image::Luma([x as u8 * 10]));
        assert_eq!(reduce(&ramp, 2, 2).px, [5, 25]);
    }
}
