//! A plane of ink: one byte per pixel, 0 paper, 255 full ink. Halving, sampling, reduction from a scan.
//! Does not know millimetres and does not decide what is ink (`ink`).

#![expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]

use fearless_simd::{Level, dispatch};
use image::GrayImage;

/// Pixels along a side that 16 bits before the point hold, with room for a margin.
pub(super) const MOST_FIXED: usize = 30_000;

/// How far a sample may lie from where it is asked for, pixels, at the corners of a window; in its middle it does not.
const STRAYS: f64 = 0.2;

/// Mean ink from which a square is inked all over. Reasoned: strokes of bold print cover less than half of 3 mm.
const SOLID: f64 = 140.0;

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
        dispatch!(Level::new(), _width => self.halved_in_place())
    }

    #[inline(always)]
    fn halved_in_place(&self) -> Self {
        let (w, h) = ((self.w / 2).max(1), (self.h / 2).max(1));
        let mut px = vec![0; w * h];
        for (y, out) in px.chunks_exact_mut(w).enumerate() {
            let (top, bottom) = (self.row((2 * y).min(self.h - 1)), self.row((2 * y + 1).min(self.h - 1)));
            if self.w < 2 {
                out[0] = top[0];
                continue;
            }
            for (out, (a, b)) in out.iter_mut().zip(top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0)) {
                *out = (pair(*a).wrapping_add(pair(*b)).wrapping_add(2) / 4) as u8;
            }
        }
        Self { w, h, px }
    }

    /// Without what is inked all over, squares of `side` pixels, and what lies within one of these of it.
    pub(super) fn without_solids(&self, side: usize) -> Self {
        let (across, down) = (self.w.div_ceil(side), self.h.div_ceil(side));
        let mut sums = vec![0_u32; across * down];
        for y in 0..self.h {
            let row = &mut sums[y / side * across..][..across];
            row.iter_mut().zip(self.row(y).chunks(side)).for_each(|(sum, part)| {
                *sum += part.iter().map(|v| u32::from(*v)).sum::<u32>();
            });
        }
        let most = (SOLID * (side * side) as f64) as u32;
        let solid = |x: usize, y: usize| {
            let around = |v: usize, count: usize| v.saturating_sub(1)..(v + 2).min(count);
            around(y, down).any(|y| around(x, across).any(|x| sums[y * across + x] > most))
        };
        let mut out = self.clone();
        for (x, y) in (0..down).flat_map(|y| (0..across).map(move |x| (x, y))).filter(|(x, y)| solid(*x, *y)) {
            for row in y * side..((y + 1) * side).min(self.h) {
                out.px[row * self.w + x * side..row * self.w + ((x + 1) * side).min(self.w)].fill(0);
            }
        }
        out
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

    /// A square of `wide` × `wide` bilinear samples from `from` in steps `right` and `down`, all in pixels. Steps that
    /// stay near the plane's own pixels are taken to be these pixels.
    pub(super) fn window(&self, from: (f64, f64), right: (f64, f64), down: (f64, f64), wide: usize) -> Vec<i16> {
        let reach = (wide - 1) as f64;
        let strays = [right.0 - 1.0, right.1, down.0, down.1 - 1.0].into_iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        if strays * reach / 2.0 < STRAYS {
            let middle = |from: f64, right: f64, down: f64| from + (right + down - 1.0) * reach / 2.0 - 0.5;
            let corner = (middle(from.0, right.0, down.0), middle(from.1, right.1, down.1));
            if let Some(window) = self.upright(corner, wide) {
                return window;
            }
        }
        let corner = |a: f64, b: f64| (from.0 + a * right.0 + b * down.0 - 0.5, from.1 + a * right.1 + b * down.1 - 0.5);
        let small = self.w <= MOST_FIXED && self.h <= MOST_FIXED;
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
            out.extend((0..wide).map(|_| {
                let blended = self.blend(x, y);
                (x, y) = (x.wrapping_add(sx), y.wrapping_add(sy));
                blended
            }));
        }
        out
    }

    /// A square of `wide` × `wide` pixels moved by a fraction of one; `corner` is the first sample's place. None beyond the edge.
    fn upright(&self, (x, y): (f64, f64), wide: usize) -> Option<Vec<i16>> {
        if x < 0.0 || y < 0.0 || x as usize + wide >= self.w || y as usize + wide >= self.h {
            return None;
        }
        let (left, top) = (x as usize, y as usize);
        let part = |v: f64| (v.fract() * 256.0) as u32;
        Some(dispatch!(Level::new(), _width => self.moved((left, top), (part(x), part(y)), wide)))
    }

    /// The square whose first pixel is `corner`, moved by `ax` and `ay` 256ths of a pixel.
    #[inline(always)]
    fn moved(&self, (left, top): (usize, usize), (ax, ay): (u32, u32), wide: usize) -> Vec<i16> {
        let mut out = vec![0; wide * wide];
        let row = |y: usize| &self.px[(top + y) * self.w + left..][..=wide];
        for (y, out) in out.chunks_exact_mut(wide).enumerate() {
            let (upper, lower) = (row(y), row(y + 1));
            let (left, right) = (upper.iter().zip(lower), upper[1..].iter().zip(&lower[1..]));
            for (out, ((a, c), (b, d))) in out.iter_mut().zip(left.zip(right)) {
                // All under 2²⁴.
                let mixed = |a: u8, b: u8, t: u32| {
                    u32::from(a).wrapping_mul(256_u32.wrapping_sub(t)).wrapping_add(u32::from(b).wrapping_mul(t))
                };
                let (upper, lower) = (mixed(*a, *b, ax), mixed(*c, *d, ax));
                *out = (upper.wrapping_mul(256_u32.wrapping_sub(ay)).wrapping_add(lower.wrapping_mul(ay)) >> 16) as i16;
            }
        }
        out
    }

    /// The bilinear sample at a point given in 16.16 fixed point from the middle of the first pixel; none outside.
    #[inline(always)]
    pub(super) fn sample_fixed(&self, x: i32, y: i32) -> Option<u8> {
        let inside = |v: i32, side: usize| v >= 0 && ((v >> 16) as usize).wrapping_add(1) < side;
        (inside(x, self.w) && inside(y, self.h)).then(|| self.blend(x, y) as u8)
    }

    /// The bilinear sample at a point inside, 16.16 fixed point. All products stay under 2²⁴; wrapping spares a check of
    /// each in the innermost loop of registration.
    #[inline(always)]
    fn blend(&self, x: i32, y: i32) -> i16 {
        let i = ((y >> 16) as usize).wrapping_mul(self.w).wrapping_add((x >> 16) as usize);
        let (ax, ay) = ((x >> 8) & 255, (y >> 8) & 255);
        let Some(four) = self.px.get(i..i.wrapping_add(self.w).wrapping_add(2)) else { return 0 };
        let mixed = |a: i32, b: i32, t: i32| a.wrapping_shl(8).wrapping_add(b.wrapping_sub(a).wrapping_mul(t));
        let [.., c, d] = *four else { return 0 };
        let (a, b) = (four[0], four[1]);
        let (top, bottom) = (mixed(a.into(), b.into(), ax), mixed(c.into(), d.into(), ax));
        (mixed(top, bottom, ay) >> 16) as i16
    }

    /// Correlation of the plane with itself moved right and down by whole pixels, of every second row; −1 to 1.
    pub(super) fn likeness_shifted(&self, right: usize, down: usize) -> f32 {
        if right >= self.w || down >= self.h {
            return -1.0;
        }
        let n = ((self.h - down).div_ceil(2) * (self.w - right)) as f64;
        let sums = dispatch!(Level::new(), _width => self.sums_shifted(right, down));
        let [a, b, aa, bb, ab] = sums.map(|s| s as f64);
        let spread = (aa - a * a / n) * (bb - b * b / n);
        if spread <= 0.0 { -1.0 } else { ((ab - a * b / n) / spread.sqrt()) as f32 }
    }

    /// Sums of a, b, aa, bb, ab over the pixels a and those b right and down of them, of every second row.
    #[inline(always)]
    fn sums_shifted(&self, right: usize, down: usize) -> [i64; 5] {
        let wide = self.w - right;
        let mut sums = [0_i64; 5];
        for y in (0..self.h - down).step_by(2) {
            // A row at a time in 32 bits, which the 255² of 66,000 pixels fill.
            let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
            for (a, b) in self.row(y)[..wide].iter().zip(&self.row(y + down)[right..]) {
                let (a, b) = (u32::from(*a), u32::from(*b));
                sa = sa.wrapping_add(a);
                sb = sb.wrapping_add(b);
                saa = saa.wrapping_add(a.wrapping_mul(a));
                sbb = sbb.wrapping_add(b.wrapping_mul(b));
                sab = sab.wrapping_add(a.wrapping_mul(b));
            }
            for (sum, row) in sums.iter_mut().zip([sa, sb, saa, sbb, sab]) {
                *sum += i64::from(row);
            }
        }
        sums
    }

    fn get(&self, x: i32, y: i32) -> u8 {
        if x < 0 || y < 0 || x as usize >= self.w || y as usize >= self.h { 0 } else { self.at(x as usize, y as usize) }
    }
}

fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// Sum of two neighbours, which the compiler finds in one 16-bit value of many.
#[inline(always)]
fn pair(two: [u8; 2]) -> u16 {
    let both = u16::from_le_bytes(two);
    (both & 255).wrapping_add(both >> 8)
}

/// The scan with every `kx` × `ky` pixels replaced by their mean: the only pass over full-resolution pixels.
pub(super) fn reduce(scan: &GrayImage, kx: usize, ky: usize) -> Plane {
    match kx {
        1 => dispatch!(Level::new(), _width => reduce_by::<1>(scan, ky)),
        2 => dispatch!(Level::new(), _width => reduce_by::<2>(scan, ky)),
        3 => dispatch!(Level::new(), _width => reduce_by::<3>(scan, ky)),
        4 => dispatch!(Level::new(), _width => reduce_by::<4>(scan, ky)),
        6 => dispatch!(Level::new(), _width => reduce_by::<6>(scan, ky)),
        _ => reduce_any(scan, kx, ky),
    }
}

#[inline(always)]
fn reduce_by<const K: usize>(scan: &GrayImage, ky: usize) -> Plane {
    if K * ky > 257 {
        return reduce_any(scan, K, ky);
    }
    // 65536 / n, rounded up so that a white block stays 255.
    let scale = 65_536_u32.div_ceil((K * ky) as u32);
    let width = scan.width() as usize;
    let (w, h) = (width / K, scan.height() as usize / ky);
    let mut px = vec![0_u8; w * h];
    let (mut sums, mut means) = (vec![0_u16; width], vec![0_u8; width]);
    for (out, block) in px.chunks_exact_mut(w).zip(scan.as_raw().chunks_exact(width * ky)) {
        add_rows(&mut sums, block, width);
        // Sums fit 16 bits, and so many can be worked on at once: the mean from every pixel on, of which every K-th is wanted.
        for (mean, c) in means.iter_mut().zip(sums.windows(K)) {
            let sum = c.iter().fold(0_u16, |t, s| t.wrapping_add(*s));
            *mean = (u32::from(sum).wrapping_mul(scale) >> 16) as u8;
        }
        for (out, mean) in out.iter_mut().zip(means.as_chunks::<K>().0) {
            *out = mean[0];
        }
    }
    Plane { w, h, px }
}

fn reduce_any(scan: &GrayImage, kx: usize, ky: usize) -> Plane {
    let n = (kx * ky) as u32;
    let width = scan.width() as usize;
    let (w, h) = (width / kx, scan.height() as usize / ky);
    let mut px = Vec::with_capacity(w * h);
    let mut sums = vec![0_u16; width];
    for block in scan.as_raw().chunks_exact(width * ky).take(h) {
        add_rows(&mut sums, block, width);
        // Of 64 × 64 pixels at most: far from an overflow.
        px.extend(sums.chunks_exact(kx).map(|c| (c.iter().fold(0_u32, |t, s| t.wrapping_add(u32::from(*s))) / n) as u8));
    }
    Plane { w, h, px }
}

/// Sums of the rows of a block, column by column.
#[inline(always)]
fn add_rows(sums: &mut [u16], block: &[u8], width: usize) {
    let (first, rest) = block.split_at(width);
    for (s, v) in sums.iter_mut().zip(first) {
        *s = u16::from(*v);
    }
    for row in rest.chunks_exact(width) {
        for (s, v) in sums.iter_mut().zip(row) {
            *s = s.wrapping_add(u16::from(*v));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_goes_and_print_stays() {
        let mut plane = Plane::new(120, 120, 0);
        (30..42).for_each(|y| (10..110).for_each(|x| plane.px[y * 120 + x] = 250));
        (80..84).for_each(|y| (10..110).filter(|x| x % 3 > 0).for_each(|x| plane.px[y * 120 + x] = 250));
        let left = plane.without_solids(6);
        assert!((20..50).all(|y| left.row(y).iter().all(|v| *v == 0)), "the bar");
        assert_eq!(left.row(81), plane.row(81), "a line of print");
    }

    #[test]
    fn white_stays_white_and_means_are_means() {
        for k in [1, 2, 3, 4, 5, 6, 7, 20] {
            let plane = reduce(&GrayImage::from_pixel(43, 41, image::Luma([255])), k, k);
            assert_eq!((plane.w, plane.h), (43 / k, 41 / k));
            assert!(plane.px.iter().all(|v| *v == 255), "{k}");
        }
        let quarter = Plane { w: 5, h: 3, px: vec![0, 1, 9, 8, 7, 0, 1, 9, 9, 7, 3, 3, 3, 3, 3] }.halved();
        assert_eq!((quarter.w, quarter.h, quarter.px), (2, 1, vec![1, 9]), "rounded, what is left over left out");
        let ramp = GrayImage::from_fn(4, 2, |x, _| image::Luma([x as u8 * 10]));
        assert_eq!(reduce(&ramp, 2, 2).px, [5, 25]);
    }
}
