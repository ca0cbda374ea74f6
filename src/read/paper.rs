//! Paper in a picture: how light it is at every place, and pictures of blanks with their paper made white and the lines on it
//! dark. Knows nothing of pens.

use fearless_simd::{Level, dispatch};
use image::GrayImage;

/// Darkest that paper is taken to be: what is darker over half a centimetre is printed so.
const DARKEST_PAPER: f32 = 96.0;

/// A picture at [`SCALE`](super::light::SCALE) with its paper, which may be grey and unevenly lit, made white.
pub fn on_white(picture: &GrayImage) -> GrayImage {
    let pixels: Vec<f32> = picture.as_raw().iter().map(|v| f32::from(*v)).collect();
    let (width, height) = (picture.width(), picture.height());
    let paper = local_paper(&pixels, width as usize, height as usize);
    let light = |(v, paper): (f32, f32)| (v / paper.max(DARKEST_PAPER) * 255.0).min(255.0) as u8;
    let whitened = pixels.into_iter().zip(paper).map(light).collect();
    GrayImage::from_raw(width, height, whitened).unwrap_or_else(|| picture.clone())
}

/// A picture on white paper with its lines, which may be of any colour, made dark. Tinted panels stay as they are.
pub fn in_black(picture: &GrayImage) -> GrayImage {
    let width = picture.width() as usize;
    let ink: Vec<f32> = picture.as_raw().iter().map(|v| 1.0 - f32::from(*v) / 255.0).collect();
    // What is left when everything narrower than a window has been taken away.
    let panels = extreme_around(&extreme_around(&ink, width, f32::min), width, f32::max);
    let lines: Vec<f32> = ink.iter().zip(&panels).map(|(ink, panel)| ink - panel).collect();
    let darkest = extreme_around(&lines, width, f32::max);
    let darkened = |((panel, line), darkest): ((f32, f32), f32)| {
        panel + line * if darkest < LIGHTEST_LINE { 1.0 } else { (DARK / darkest).max(1.0) }
    };
    let levels = panels.into_iter().zip(lines).zip(darkest).map(|all| (255.0 - 255.0 * darkened(all)) as u8).collect();
    GrayImage::from_raw(picture.width(), picture.height(), levels).unwrap_or_else(|| picture.clone())
}

/// Least ink of a line beyond what is around it, 0..1: a hairline in pale pink has 0.15, the grain of a panel less than 0.1.
const LIGHTEST_LINE: f32 = 0.12;

/// Ink that lines have in their middle, at least, when they have been made dark: more than print is told by.
const DARK: f32 = 0.75;

/// How far a line's rim lies from its middle, and lines are told from panels: patch pixels.
const LINE: usize = 3;

/// The most or least within [`LINE`] of every pixel, across and down.
fn extreme_around(values: &[f32], width: usize, extreme: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let beside = |out: &mut [f32], of: &[f32], by: usize| {
        if by < of.len() {
            out[by..].iter_mut().zip(of).for_each(|(most, v)| *most = extreme(*most, *v));
            out.iter_mut().zip(&of[by..]).for_each(|(most, v)| *most = extreme(*most, *v));
        }
    };
    let mut across = values.to_vec();
    for (out, row) in across.chunks_exact_mut(width).zip(values.chunks_exact(width)) {
        (1..=LINE).for_each(|by| beside(out, row, by));
    }
    let mut around = across.clone();
    (1..=LINE).for_each(|rows| beside(&mut around, &across, rows * width));
    around
}

/// Side of the tiles whose paper level is measured: 5 mm, wider than any pen mark's solid part, narrower than a fold's shadow is long.
const TILE: usize = 2 * BLOCK;

/// Side of the blocks in which light is counted, once for all the tiles around which they lie.
const BLOCK: usize = 20;

/// Paper level per pixel: the 80th percentile of each tile and half of its neighbours, interpolated between tile centres.
pub(super) fn local_paper(pixels: &[f32], width: usize, height: usize) -> Vec<f32> {
    let (columns, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
    let levels = tile_levels(pixels, (width, height), (columns, rows));
    let place = |v: usize, most: usize| -> (usize, usize, f32) {
        let t = ((v as f32 + 0.5) / TILE as f32 - 0.5).max(0.0);
        let low = (t as usize).min(most - 1);
        (low, (low + 1).min(most - 1), (t - low as f32).min(1.0))
    };
    let across: Vec<(usize, usize, f32)> = (0..width).map(|x| place(x, columns)).collect();
    let along = |row: usize| -> Vec<f32> {
        let levels = &levels[row * columns..(row + 1) * columns];
        across.iter().map(|(c0, c1, fx)| levels[*c0] * (1.0 - fx) + levels[*c1] * fx).collect()
    };
    let tiles: Vec<Vec<f32>> = (0..rows).map(along).collect();
    let mut paper = vec![0.0; pixels.len()];
    dispatch!(Level::new(), _width => {
        for (y, paper) in paper.chunks_exact_mut(width).enumerate() {
            let (r0, r1, fy) = place(y, rows);
            for (paper, (top, bottom)) in paper.iter_mut().zip(tiles[r0].iter().zip(&tiles[r1])) {
                *paper = top * (1.0 - fy) + bottom * fy;
            }
        }
    });
    paper
}

/// How many pixels have each level; of every second pixel in every second row.
type Histogram = [u16; 256];

/// The paper level of every tile, row by row.
fn tile_levels(pixels: &[f32], (width, height): (usize, usize), (columns, rows): (usize, usize)) -> Vec<f32> {
    let (across, down) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let mut blocks: Vec<Histogram> = vec![[0; 256]; across * down];
    for (row, pixels) in pixels.chunks_exact(width).enumerate().step_by(2) {
        let blocks = &mut blocks[row / BLOCK * across..][..across];
        for (histogram, pixels) in blocks.iter_mut().zip(pixels.chunks(BLOCK)) {
            for light in pixels.iter().step_by(2) {
                let count = &mut histogram[usize::from(*light as u8)];
                *count = count.wrapping_add(1);
            }
        }
    }
    // The tile's own blocks and one more on each side.
    let around = |tile: usize, most: usize| (2 * tile).saturating_sub(1)..(2 * tile + 3).min(most);
    let tiles = (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c)));
    tiles.map(|(r, c)| paper_level(around(r, down).flat_map(|row| &blocks[row * across..][around(c, across)]))).collect()
}

/// The level that a fifth of the pixels exceed.
fn paper_level<'a>(blocks: impl Iterator<Item = &'a Histogram>) -> f32 {
    let mut all: Histogram = [0; 256];
    for block in blocks {
        dispatch!(Level::new(), _width => {
            for (sum, count) in all.iter_mut().zip(block) {
                *sum = sum.wrapping_add(*count);
            }
        });
    }
    let mut above = all.iter().fold(0, |sum: u16, count| sum.wrapping_add(*count)) / 5;
    for (level, &count) in all.iter().enumerate().rev() {
        if count > above {
            return level as f32 + 0.5;
        }
        above -= count;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn grey_paper_becomes_white_and_print_on_it_stays_print() {
        let print = |x: u32, y: u32| y % 80 == 40 && x > 40;
        // Lit from the left: 210 falls to 150.
        let page = GrayImage::from_fn(400, 400, |x, y| Luma([if print(x, y) { 50 } else { (210 - x * 3 / 20) as u8 }]));
        let white = on_white(&page);
        for (x, y, v) in white.enumerate_pixels() {
            if print(x, y) {
                assert!(v[0] < 100, "{x} {y}: {}", v[0]);
            } else {
                assert!(v[0] > 235, "{x} {y}: {}", v[0]);
            }
        }
    }

    #[test]
    fn lines_of_any_colour_are_made_dark_and_a_tinted_panel_with_its_grain_stays() {
        let panel = |x: u32, y: u32| if x > 100 { 232 + (x * 7 + y * 5) as u8 % 6 } else { 255 };
        let picture = GrayImage::from_fn(200, 200, |x, y| match y {
            40..43 => Luma([205]),
            80..83 => Luma([110]),
            120..123 => Luma([10]),
            _ => Luma([panel(x, y)]),
        });
        for (x, y, v) in in_black(&picture).enumerate_pixels() {
            match y {
                40..43 | 80..83 if x <= 100 => assert!(v[0] < 70, "{x} {y}: {}", v[0]),
                120..123 => assert_eq!(v[0], 10, "{x} {y}"),
                // Beside a line there is nothing to make dark.
                _ if !(30..130).contains(&y) => assert!(v[0].abs_diff(panel(x, y)) <= 1, "{x} {y}: {}", v[0]),
                _ => {}
            }
        }
    }
}
