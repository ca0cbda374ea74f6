//! From a scan to where its ink is: reduced once to about 100 dpi, the paper's own brightness divided out, black scanner
//! borders removed, contrast stretched. Does not know any form.

#![expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]

use super::plane::{Plane, reduce};
use crate::geometry::{Dpi, MM_PER_INCH};
use fearless_simd::{Level, dispatch};
use image::GrayImage;

/// Resolution of the finest ink plane, dpi. Reducing turns the scan's own pixels into grey edges, 1-bit scans included, so
/// that a single match is good to 0.02 mm and a page to 0.006 mm in the median (`examples/locate_probe`): nothing is left
/// for a finer plane to win, and time grows with its square.
pub(super) const WORKING_DPI: f64 = 100.0;

/// Side of a block, in pixels of the finest plane: about 1 mm. Borders and blankness are judged in blocks.
pub(super) const BLOCK: usize = 4;

/// Side of a tile in blocks, about 5 mm: the least distance over which paper brightness is followed. It must hold a block
/// of bare paper even in dense text (a row and its gap: 4 mm) and be no wider than a fold's shadow (3–8 mm). Chosen by
/// that reasoning; 5 mm is the value the probe's fold and noise rows were measured with, others were not.
const TILE: usize = 5;

/// The ink of one scan at four resolutions, each half of the one before.
#[derive(Debug, Clone)]
pub(super) struct Ink {
    /// About 100, 50, 25 and 12.5 dpi.
    pub(super) planes: [Plane; 4],
    /// Scan pixels per pixel of the finest plane.
    pub(super) reduction: (usize, usize),
    /// Pixels of the finest plane per mm by the assumed resolution.
    pub(super) px_per_mm: (f64, f64),
    /// Per block: the darkest relative darkness in it, 0 to 255, before the contrast was stretched.
    pub(super) peaks: Plane,
    /// Per block: 255 where the scan shows no paper (black border), 0 elsewhere.
    pub(super) void: Plane,
}

impl Ink {
    /// The ink of a scan whose resolution is taken to be `dpi`; none where the picture is too small to hold a form.
    pub(super) fn of(scan: &GrayImage, dpi: Dpi) -> Option<Self> {
        // No scanner works below or above; a file may say anything.
        if ![dpi.x, dpi.y].iter().all(|d| (20.0..=4800.0).contains(d)) {
            return None;
        }
        let k = |dpi: f64| ((dpi / WORKING_DPI).round() as usize).clamp(1, 64);
        let reduction = (k(dpi.x), k(dpi.y));
        let grey = reduce(scan, reduction.0, reduction.1);
        // Less than 4 cm of paper holds no form.
        if grey.w < 160 || grey.h < 160 {
            return None;
        }
        let px_per_mm = (dpi.x / MM_PER_INCH / reduction.0 as f64, dpi.y / MM_PER_INCH / reduction.1 as f64);
        let blocks = grey.halved().halved();
        let paper = Paper::of(&blocks);
        let void = border(&blocks, paper.white);
        let mut dark = paper.darkness(&grey);
        let peaks = peaks(&dark, &void);
        clear(&mut dark, &void);
        stretch(&mut dark);
        let half = dark.halved();
        let quarter = half.halved();
        let eighth = quarter.halved();
        Some(Self { planes: [dark, half, quarter, eighth], reduction, px_per_mm, peaks, void })
    }

    /// Whether a point of the scan, in pixels of the finest plane, shows paper.
    pub(super) fn shows(&self, x: f64, y: f64) -> bool {
        let (w, h) = (self.planes[0].w as f64, self.planes[0].h as f64);
        if x < 0.0 || y < 0.0 || x >= w || y >= h {
            return false;
        }
        let (bx, by) = ((x as usize / BLOCK).min(self.void.w - 1), (y as usize / BLOCK).min(self.void.h - 1));
        self.void.at(bx, by) == 0
    }
}

/// How bright the paper is, tile by tile.
struct Paper {
    tiles: Plane,
    white: u8,
}

impl Paper {
    fn of(blocks: &Plane) -> Self {
        let (w, h) = (blocks.w.div_ceil(TILE), blocks.h.div_ceil(TILE));
        let mut tiles = Plane::new(w, h, 0);
        for y in 0..blocks.h {
            for (x, v) in blocks.row(y).iter().enumerate() {
                let tile = &mut tiles.px[(y / TILE) * w + x / TILE];
                *tile = (*tile).max(*v);
            }
        }
        let white = percentile(&tiles.px, 0.8).max(32);
        // Below 40 % of the sheet's white there is no paper but black border or solid print: that stays dark.
        let least = (f64::from(white) * 0.4) as u8;
        tiles.px.iter_mut().for_each(|t| *t = (*t).max(least));
        Self { tiles, white }
    }

    /// 255 × (1 − brightness ÷ paper), by tiles' reciprocals interpolated between their centres.
    fn darkness(&self, grey: &Plane) -> Plane {
        dispatch!(Level::new(), _width => self.darkness_in_place(grey))
    }

    #[inline(always)]
    fn darkness_in_place(&self, grey: &Plane) -> Plane {
        let side = TILE * BLOCK;
        let inverse: Vec<f32> = self.tiles.px.iter().map(|t| 255.0 * 256.0 / f32::from(*t)).collect();
        let mut px = vec![0_u8; grey.w * grey.h];
        let mut line = vec![0.0_f32; self.tiles.w + 1];
        for (y, out) in px.chunks_exact_mut(grey.w).enumerate() {
            let (y0, y1, ay) = between(y, side, self.tiles.h);
            for (x, slot) in line.iter_mut().enumerate() {
                let x = x.min(self.tiles.w - 1);
                let (a, b) = (inverse[y0 * self.tiles.w + x], inverse[y1 * self.tiles.w + x]);
                *slot = a + (b - a) * ay;
            }
            darken(grey.row(y), out, &line, side);
        }
        Plane { w: grey.w, h: grey.h, px }
    }
}

/// The two tile centres that pixel `i` lies between, and how far along.
fn between(i: usize, side: usize, count: usize) -> (usize, usize, f32) {
    let at = ((i as f32 + 0.5) / side as f32 - 0.5).clamp(0.0, (count - 1) as f32);
    let low = at as usize;
    (low, (low + 1).min(count - 1), at - low as f32)
}

#[inline(always)]
fn darken(grey: &[u8], out: &mut [u8], line: &[f32], side: usize) {
    let half = side / 2;
    let mut start = 0;
    for tile in 0..line.len() {
        // Spans from centre to centre; the first and the last reach to the edge.
        let end = if tile + 1 == line.len() { grey.len() } else { (tile * side + half).min(grey.len()) };
        let (a, b) = (line[tile.saturating_sub(1)], line[tile]);
        // 24.8 fixed point: at most 2²⁹ with a white pixel, so that nothing wraps and whole registers can be worked on.
        let (mut factor, step) = ((a * 256.0) as i32, ((b - a) * 256.0 / side as f32) as i32);
        for (v, o) in grey[start..end].iter().zip(&mut out[start..end]) {
            *o = 255 - (i32::from(*v).wrapping_mul(factor) >> 16).clamp(0, 255) as u8;
            factor = factor.wrapping_add(step);
        }
        start = end;
    }
}

/// The value that `share` of the pixels do not exceed.
pub(super) fn percentile(px: &[u8], share: f64) -> u8 {
    at_share(&counted(px), px.len(), share)
}

fn at_share(counts: &[usize; 256], total: usize, share: f64) -> u8 {
    let wanted = (total as f64 * share) as usize;
    let mut seen = 0;
    let found = counts.iter().position(|n| {
        seen += n;
        seen > wanted
    });
    found.unwrap_or(255) as u8
}

/// Blocks that are solid dark and connected to the edge of the scan: the lid, the glass beside the sheet, a desk.
/// A ruled line running off the page covers a third of a block at most and does not conduct.
fn border(blocks: &Plane, white: u8) -> Plane {
    let limit = (f64::from(white) * 0.5) as u8;
    let (w, h) = (blocks.w, blocks.h);
    let mut void = Plane::new(w, h, 0);
    let mut open: Vec<(usize, usize)> =
        (0..w).flat_map(|x| [(x, 0), (x, h - 1)]).chain((0..h).flat_map(|y| [(0, y), (w - 1, y)])).collect();
    while let Some((x, y)) = open.pop() {
        let i = y * w + x;
        if void.px[i] != 0 || blocks.px[i] >= limit {
            continue;
        }
        void.px[i] = 255;
        if x > 0 {
            open.push((x - 1, y));
        }
        if y > 0 {
            open.push((x, y - 1));
        }
        if x + 1 < w {
            open.push((x + 1, y));
        }
        if y + 1 < h {
            open.push((x, y + 1));
        }
    }
    grown(&void)
}

/// Every void block with its neighbours: the border's soft edge.
fn grown(void: &Plane) -> Plane {
    if void.px.iter().all(|v| *v == 0) {
        return void.clone();
    }
    let mut out = void.clone();
    for y in 0..void.h {
        for x in 0..void.w {
            if void.at(x, y) == 0 {
                continue;
            }
            for ny in y.saturating_sub(1)..=(y + 1).min(void.h - 1) {
                let row = ny * void.w;
                out.px[row + x.saturating_sub(1)..=row + (x + 1).min(void.w - 1)].fill(255);
            }
        }
    }
    out
}

fn peaks(dark: &Plane, void: &Plane) -> Plane {
    let mut out = dispatch!(Level::new(), _width => darkest(dark, void.w, void.h));
    out.px.iter_mut().zip(&void.px).for_each(|(p, v)| {
        if *v != 0 {
            *p = 0;
        }
    });
    out
}

/// The darkest pixel of each block.
#[inline(always)]
fn darkest(dark: &Plane, w: usize, h: usize) -> Plane {
    let mut out = Plane::new(w, h, 0);
    let mut columns = vec![0_u8; dark.w];
    for (y, to) in out.px.chunks_exact_mut(w).enumerate() {
        columns.copy_from_slice(dark.row(y * BLOCK));
        for row in 1..BLOCK {
            columns.iter_mut().zip(dark.row(y * BLOCK + row)).for_each(|(m, v)| *m = (*m).max(*v));
        }
        for (slot, four) in to.iter_mut().zip(columns.as_chunks::<BLOCK>().0) {
            *slot = four[0].max(four[1]).max(four[2]).max(four[3]);
        }
    }
    out
}

fn clear(dark: &mut Plane, void: &Plane) {
    if void.px.iter().all(|v| *v == 0) {
        return;
    }
    for y in 0..dark.h {
        let blocks = void.row((y / BLOCK).min(void.h - 1));
        let row = &mut dark.px[y * dark.w..(y + 1) * dark.w];
        for (x, v) in row.iter_mut().enumerate() {
            if blocks[(x / BLOCK).min(void.w - 1)] != 0 {
                *v = 0;
            }
        }
    }
}

/// Puts the paper's grain at 0 and the darkest 1.5 % at 255. A form's print covers 3 to 8 % of the sheet at 100 dpi, so
/// that share reaches solid strokes on every form.
fn stretch(dark: &mut Plane) {
    let counts = counted(&dark.px);
    let at = |share| u32::from(at_share(&counts, dark.px.len(), share));
    let median = at(0.5);
    // One standard deviation of the grain lies between the 50th and the 84th percentile; dense print is kept out by the cap.
    let floor = (median + 2 * (at(0.84) - median).min(12)).min(90);
    let top = at(0.985).max(floor + 24);
    // 16.16 fixed point, rounded up so that what is at the top becomes 255.
    let scale = (255_u32 << 16).div_ceil(top - floor);
    dispatch!(Level::new(), _width => {
        for v in &mut dark.px {
            *v = (u32::from(*v).saturating_sub(floor).wrapping_mul(scale) >> 16).min(255) as u8;
        }
    });
}

/// How many pixels there are of each value. In four tables, so that an addition need not wait for the one before.
fn counted(px: &[u8]) -> [usize; 256] {
    let mut tables = [[0_u32; 256]; 4];
    let (fours, rest) = px.as_chunks::<4>();
    for four in fours {
        for (table, v) in tables.iter_mut().zip(four) {
            table[usize::from(*v)] = table[usize::from(*v)].wrapping_add(1);
        }
    }
    let mut counts: [usize; 256] = std::array::from_fn(|v| tables.iter().map(|t| t[v] as usize).sum());
    for v in rest {
        counts[usize::from(*v)] += 1;
    }
    counts
}
