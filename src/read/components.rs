//! Connected components of ink in a patch (8-neighbourhood), with their extent. Does not say what they mean.

use super::patch::Window;
use super::print::away;

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
    for (chunk, first) in mask.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        // Most of a patch is paper.
        if chunk == &[false; CHUNK][..chunk.len()] {
            continue;
        }
        for start in first..first + chunk.len() {
            if mask[start] && !seen[start] {
                found.push(flood(mask, &mut seen, start, (width, height)));
            }
        }
    }
    found
}

/// Pixels that are asked at once whether any of them is set.
const CHUNK: usize = 32;

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
pub fn dilate(mask: &[bool], width: usize, r: u8) -> Vec<bool> {
    away(mask, width).iter().map(|d| *d <= r).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagonal_neighbours_are_one_piece_and_gaps_part() {
        let mask = [true, false, false, true, false, true, false, true, false, false, false, true];
        let found = components(&mask, 4);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].pixels.len(), 2);
        assert_eq!(found[1].size(), (1, 3));
    }
}
