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
        let (fx, fy) = (x - 0.5, y - 0.5);
        let (x0, y0) = (fx.floor(), fy.floor());
        let (ax, ay) = (fx - x0, fy - y0);
        let (x0, y0) = (x0 as i32, y0 as i32);
        if x0 >= 0 && y0 >= 0 && (x0 as usize) + 1 < self.w && (y0 as usize) + 1 < self.h {
            let i = y0 as usize * self.w + x0 as usize;
            let (top, bottom) = (&self.px[i..i + 2], &self.px[i + self.w..i + self.w + 2]);
            return mix(mix(top[0].into(), top[1].into(), ax), mix(bottom[0].into(), bottom[1].into(), ax), ay);
        }
        let get = |x: i32, y: i32| f32::from(self.get(x, y));
        mix(mix(get(x0, y0), get(x0 + 1, y0), ax), mix(get(x0, y0 + 1), get(x0 + 1, y0 + 1), ax), ay)
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
    let scale = reciprocal(K * ky);
    reduce_rows(scan, K, ky, |sums, px| {
        px.extend(sums.chunks_exact(K).map(|c| (c.iter().map(|s| u32::from(*s)).sum::<u32>() * scale >> 16) as u8));
    })
}

fn reduce_any(scan: &GrayImage, kx: usize, ky: usize) -> Plane {
    let scale = reciprocal(kx * ky);
    reduce_rows(scan, kx, ky, |sums, px| {
        let mean = |c: &[u16]| (c.iter().map(|s| u64::from(*s)).sum::<u64>() * u64::from(scale) >> 16) as u8;
        px.extend(sums.chunks_exact(kx).map(mean));
    })
}

/// 65536 / n, rounded up so that a white block stays 255.
fn reciprocal(n: usize) -> u32 {
    65_536_u32.div_ceil(n as u32)
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
        for k in [1, 2, 3, 4, 5, 6, 7] {
            let plane = reduce(&GrayImage::from_pixel(43, 41, image::Luma([255])), k, k);
            assert_eq!((plane.w, plane.h), (43 / k, 41 / k));
            assert!(plane.px.iter().all(|v| *v == 255), "{k}");
        }
        let ramp = GrayImage::from_fn(4, 2, |x, _| image::Luma([x as u8 * 10]));
        assert_eq!(reduce(&ramp, 2, 2).px, [5, 25]);
    }
}
