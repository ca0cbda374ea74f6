//! Connected components of ink in a patch (8-neighbourhood), with their extent. Does not say what they mean.

use super::patch::Window;
use fearless_simd::{Level, dispatch};

/// One connected piece of ink.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Pixel indices, row-major in the patch.
    pub pixels: Vec<usize>,
    /// Smallest window that holds it.
    pub bounds: Window,
}

impl Component {
    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.bounds.x1 - self.bounds.x0, self.bounds.y1 - self.bounds.y0)
    }

    /// How many of its pixels lie in a window.
    pub fn inside(&self, w: &Window, width: usize) -> usize {
        self.pixels.iter().filter(|&&i| w.holds(i % width, i / width)).count()
    }
}

/// Components of the pixels where `mask` is set, in the order of their first pixel.
pub fn components(mask: &[bool], width: usize) -> Vec<Component> {
    let height = mask.len() / width.max(1);
    let mut seen = vec![false; mask.len()];
    let mut found = Vec::new();
    for start in places(mask) {
        if !seen[start] {
            found.push(flood(mask, &mut seen, start, (width, height)));
        }
    }
    found
}

/// Pixels that are asked at once whether any of them is set: most of a patch is paper.
const CHUNK: usize = 32;

/// Where a mask is set.
fn places(mask: &[bool]) -> impl Iterator<Item = usize> {
    let chunks = mask.chunks(CHUNK).zip((0..).step_by(CHUNK)).filter(|(chunk, _)| **chunk != [false; CHUNK][..chunk.len()]);
    chunks.flat_map(|(chunk, first)| (first..).zip(chunk).filter(|(_, set)| **set).map(|(i, _)| i))
}

fn flood(mask: &[bool], seen: &mut [bool], start: usize, (width, height): (usize, usize)) -> Component {
    let mut pixels = vec![start];
    seen[start] = true;
    let mut next = 0;
    let mut b = Window { x0: start % width, x1: start % width + 1, y0: start / width, y1: start / width + 1 };
    while next < pixels.len() {
        let (x, y) = (pixels[next] % width, pixels[next] / width);
        next += 1;
        b = Window { x0: b.x0.min(x), x1: b.x1.max(x + 1), y0: b.y0.min(y), y1: b.y1.max(y + 1) };
        for ny in y.saturating_sub(1)..(y + 2).min(height) {
            for nx in x.saturating_sub(1)..(x + 2).min(width) {
                let i = ny * width + nx;
                if mask[i] && !seen[i] {
                    seen[i] = true;
                    pixels.push(i);
                }
            }
        }
    }
    Component { pixels, bounds: b }
}

/// The mask grown by `r` pixels in every direction (a square).
pub fn dilate(mask: &[bool], width: usize, r: usize) -> Vec<bool> {
    let mut across = mask.to_vec();
    dispatch!(Level::new(), _width => {
        for (to, from) in across.chunks_mut(width.max(1)).zip(mask.chunks(width.max(1))) {
            for by in 1..=r.min(from.len()) {
                add(&mut to[by..], from);
                add(to, &from[by..]);
            }
        }
        let mut grown = across.clone();
        for by in (1..=r).map(|rows| (rows * width).min(mask.len())) {
            add(&mut grown[by..], &across);
            add(&mut grown, &across[by..]);
        }
        grown
    })
}

/// Sets what is set in the other mask, as far as both reach.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]
fn add(to: &mut [bool], from: &[bool]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to |= *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_grows_to_a_square_that_ends_at_the_edges() {
        let mut mask = vec![false; 7 * 5];
        (mask[3 * 7 + 2], mask[6]) = (true, true);
        let grown = dilate(&mask, 7, 2);
        let expected = |x: usize, y: usize| (x <= 4 && y >= 1) || (x >= 4 && y <= 2);
        assert!((0..35).all(|i| grown[i] == expected(i % 7, i / 7)), "{grown:?}");
        assert_eq!(dilate(&mask, 7, 0), mask);
    }

    #[test]
    fn diagonal_neighbours_are_one_piece_and_gaps_part() {
        let mask = [true, false, false, true, false, true, false, true, false, false, false, true];
        let found = components(&mask, 4);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].pixels.len(), 2);
        assert_eq!(found[1].size(), (1, 3));
    }
}
