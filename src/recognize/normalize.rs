//! From an ink patch of any size to the 32x32 picture the network sees.
//!
//! The meaning is that of `training/normalise.py`; change both or neither. It does not judge what the ink is.

use super::patch::InkPatch;

/// Side of the normalised picture, pixels.
pub const SIDE: usize = 32;
/// Longer side of the ink after scaling, pixels: leaves 5 px of surroundings, so that frame pieces stay visible as such.
const TARGET: f32 = 22.0;
/// Ink above this counts for the bounding box. Bleed-through stays below it, a faint pencil above.
const INK: f32 = 0.35;
/// Connected pieces below this share of the squared cell height are ignored for the box: 8 px in a 64 px cell.
const SPECK_SHARE: f32 = 0.002;
/// Ink shorter than this share of the cell is not blown up to a digit's size.
const SMALLEST: f32 = 0.5;
/// Output values above this are "ink pixels" for the contrast.
const EVIDENT: f32 = 0.1;
/// The contrast divisor never falls below this, so that noise is not blown up.
const FLOOR: f32 = 0.3;

/// Bounding box in pixels, ends excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InkBox {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

/// The picture the network sees: 32x32, row-major, 0.0 paper .. 1.0 pen, the ink's longer side 22 px (less where the ink is
/// smaller than half a cell), its box centred. A patch without ink is shown whole and its contrast is left alone.
pub fn normalize(patch: &InkPatch) -> [f32; SIDE * SIDE] {
    let found = ink_box(patch);
    let shown = found.unwrap_or(InkBox { left: 0, top: 0, right: patch.width(), bottom: patch.height() });
    let longer = (shown.right - shown.left).max(shown.bottom - shown.top) as f32;
    let scale = TARGET / longer.max(SMALLEST * patch.cell_height_px());
    let across = taps(patch.width(), (shown.left + shown.right) as f32 / 2.0, scale);
    let down = taps(patch.height(), (shown.top + shown.bottom) as f32 / 2.0, scale);
    let mut picture = resample(patch, &across, &down);
    let divisor = if found.is_some() { contrast(&picture) } else { 1.0 };
    for value in &mut picture {
        *value = (*value / divisor).clamp(0.0, 1.0);
    }
    picture
}

/// The box around all pieces of ink that are no specks.
fn ink_box(patch: &InkPatch) -> Option<InkBox> {
    let smallest = SPECK_SHARE * patch.cell_height_px() * patch.cell_height_px();
    let mut waiting: Vec<bool> = patch.ink().iter().map(|&v| v > INK).collect();
    let mut stack = Vec::new();
    let mut all: Option<InkBox> = None;
    for start in 0..waiting.len() {
        if !waiting[start] {
            continue;
        }
        let (piece, area) = piece_at(patch, start, &mut waiting, &mut stack);
        if area as f32 >= smallest {
            all = Some(all.map_or(piece, |b| union(b, piece)));
        }
    }
    all
}

/// Takes one eight-connected piece out of `waiting`: its box and its area in pixels.
fn piece_at(patch: &InkPatch, start: usize, waiting: &mut [bool], stack: &mut Vec<usize>) -> (InkBox, usize) {
    let (width, height) = (patch.width(), patch.height());
    let mut piece = InkBox { left: start % width, top: start / width, right: start % width + 1, bottom: start / width + 1 };
    let mut area = 0;
    waiting[start] = false;
    stack.push(start);
    while let Some(at) = stack.pop() {
        let (x, y) = (at % width, at / width);
        area += 1;
        let here = InkBox { left: x, top: y, right: x + 1, bottom: y + 1 };
        piece = union(piece, here);
        for ny in y.saturating_sub(1)..(y + 2).min(height) {
            for nx in x.saturating_sub(1)..(x + 2).min(width) {
                let next = ny * width + nx;
                if waiting[next] {
                    waiting[next] = false;
                    stack.push(next);
                }
            }
        }
    }
    (piece, area)
}

fn union(a: InkBox, b: InkBox) -> InkBox {
    InkBox { left: a.left.min(b.left), top: a.top.min(b.top), right: a.right.max(b.right), bottom: a.bottom.max(b.bottom) }
}

/// Which input pixels one output pixel takes, from `first` on, with what weights.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// Output pixel `o` covers `centre + (o - 16) / scale` to one output pixel further; outside is paper.
/// Area average when shrinking, bilinear at the pixel's centre when enlarging.
fn taps(length: usize, centre: f32, scale: f32) -> Vec<Taps> {
    (0..SIDE)
        .map(|o| {
            let low = centre + (o as f32 - SIDE as f32 / 2.0) / scale;
            let high = centre + (o as f32 + 1.0 - SIDE as f32 / 2.0) / scale;
            let middle = f32::midpoint(low, high) - 0.5;
            let (from, to) = if scale < 1.0 { (low, high) } else { (middle, middle + 1.0) };
            let first = (from.floor().max(0.0) as usize).min(length);
            let end = (to.ceil().max(0.0) as usize + 1).clamp(first, length);
            let weight = |i: usize| {
                if scale < 1.0 {
                    (high.min(i as f32 + 1.0) - low.max(i as f32)).max(0.0) * scale
                } else {
                    (1.0 - (middle - i as f32).abs()).max(0.0)
                }
            };
            Taps { first, weights: (first..end).map(weight).collect() }
        })
        .collect()
}

/// Rows first, then columns.
fn resample(patch: &InkPatch, across: &[Taps], down: &[Taps]) -> [f32; SIDE * SIDE] {
    let first = down.iter().map(|t| t.first).min().unwrap_or(0);
    let end = down.iter().map(|t| t.first + t.weights.len()).max().unwrap_or(0);
    let narrow: Vec<[f32; SIDE]> = (first..end)
        .map(|y| {
            let row = &patch.ink()[y * patch.width()..(y + 1) * patch.width()];
            std::array::from_fn(|o| dot(&across[o].weights, &row[across[o].first..]))
        })
        .collect();
    let mut picture = [0.0; SIDE * SIDE];
    for (row, tap) in picture.chunks_exact_mut(SIDE).zip(down) {
        for (line, weight) in narrow[tap.first - first..].iter().zip(&tap.weights) {
            for (value, ink) in row.iter_mut().zip(line) {
                *value += ink * weight;
            }
        }
    }
    picture
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The 95th percentile of ink pixels, not below [`FLOOR`]; 1 where there are none.
fn contrast(picture: &[f32]) -> f32 {
    let mut ink: Vec<f32> = picture.iter().copied().filter(|&v| v > EVIDENT).collect();
    if ink.is_empty() {
        return 1.0;
    }
    ink.sort_by(f32::total_cmp);
    ink[(ink.len() - 1) * 95 / 100].max(FLOOR)
}
