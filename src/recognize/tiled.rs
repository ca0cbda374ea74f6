//! A 3x3 convolution by tiles of 2x2 outputs (Winograd's F(2x2, 3x3): Lavin and Gray, "Fast Algorithms for Convolutional Neural
//! Networks", 2016): 16 products for every four outputs and input instead of 36. Sums are exact, as in `layers`.
//! Does not decide which layers are computed so, beyond saying which can be.

#![expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]

use fearless_simd::prelude::*;
use fearless_simd::{i16x8, i32x4, i32x16};

use super::layers::{BLOCK, Block, Kind, PIXELS, Rounded, Shape, TOP, add_products};

/// Side of a tile's inputs.
const SIDE: usize = 4;
/// Inputs of a tile and channel, and what becomes of them.
const PLACES: usize = SIDE * SIDE;
/// Channels that are turned into tiles together.
const LANES: usize = 8;

/// A convolution with its weights as tiles need them.
pub(super) struct Tiled {
    shape: Shape,
    /// Blocks of output channels, each with its weights for every place of a tile.
    blocks: Vec<[Block; PLACES]>,
    bias: Vec<f32>,
}

impl Tiled {
    /// Whether a layer can be computed like this.
    pub(super) fn is_for(shape: &Shape) -> bool {
        shape.kind == Kind::Conv
            && shape.stride == 1
            && shape.side.is_multiple_of(2)
            && (shape.side / 2).pow(2).is_multiple_of(PIXELS)
            && shape.channels.is_multiple_of(LANES)
            && shape.outputs.is_multiple_of(BLOCK)
    }

    /// From the weights of the nine neighbours (inputs × outputs) and one bias per output.
    pub(super) fn new(shape: Shape, weights: &[f32], bias: &[f32]) -> Self {
        let dense = Shape { kind: Kind::Dense, side: 1, ..shape };
        let each = shape.channels * shape.outputs;
        let (none, mut places) = (vec![0.0; shape.outputs], Vec::with_capacity(PLACES));
        for place in 0..PLACES {
            let (down, across) = (SHARES[place / SIDE], SHARES[place % SIDE]);
            let mut own = vec![0.0; each];
            for (neighbour, weights) in weights.chunks_exact(each).enumerate() {
                let share = down[neighbour / 3] * across[neighbour % 3];
                own.iter_mut().zip(weights).for_each(|(own, w)| *own += share * w);
            }
            // Sums of two values of 0 and more are never negative; a difference of what has either sign doubles it.
            let largest = TOP * if (place / SIDE, place % SIDE) == (1, 1) { 4.0 } else { 2.0 };
            places.push(Block::all(&dense, &own, &none, largest).into_iter());
        }
        let blocks = (0..shape.outputs / BLOCK).map(|_| std::array::from_fn(|place| places[place].next().expect("a block")));
        Self { shape, blocks: blocks.collect(), bias: bias.to_vec() }
    }

    /// What the layer makes of `values`, before any `ReLU`.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, values: &[f32]) -> Vec<f32> {
        let Shape { side, channels, outputs, .. } = self.shape;
        let input = Rounded::bordered(values, side, channels);
        let tiles = (side / 2).pow(2);
        let turned = self.turned(simd, &input);
        let pairs = channels / 2;
        let mut out = vec![0.0; side * side * outputs];
        let mut sums = vec![[[0.0; BLOCK]; PLACES]; tiles];
        for (b, places) in self.blocks.iter().enumerate() {
            for (place, (block, turned)) in places.iter().zip(turned.chunks_exact(tiles * pairs)).enumerate() {
                let units = block.units.map(|unit| unit * input.unit);
                for (turned, sums) in turned.chunks_exact(PIXELS * pairs).zip(sums.chunks_exact_mut(PIXELS)) {
                    let mut whole = [i32x16::splat(simd, 0); PIXELS];
                    add_products(simd, &mut whole, std::array::from_fn(|p| &turned[p * pairs..][..pairs]), &block.rows);
                    for (sums, whole) in sums.iter_mut().zip(&whole) {
                        for (c, whole) in whole.as_slice().iter().enumerate() {
                            sums[place][c] = *whole as f32 * units[c];
                        }
                    }
                }
            }
            for (tile, sums) in sums.iter().enumerate() {
                let (y, x) = (tile / (side / 2) * 2, tile % (side / 2) * 2);
                let at = |dy: usize, dx: usize| ((y + dy) * side + x + dx) * outputs + b * BLOCK;
                let four = turned_back(sums, &self.bias[b * BLOCK..][..BLOCK]);
                for (four, at) in four.iter().zip([at(0, 0), at(0, 1), at(1, 0), at(1, 1)]) {
                    out[at..at + BLOCK].copy_from_slice(four);
                }
            }
        }
        out
    }

    /// The inputs of every tile, turned: for each place of a tile, tile by tile, the channels in pairs.
    #[inline(always)]
    fn turned<S: Simd>(&self, simd: S, input: &Rounded) -> Vec<i32> {
        let Shape { side, channels, .. } = self.shape;
        let (half, pairs) = (side / 2, channels / 2);
        let mut turned = vec![0; PLACES * half * half * pairs];
        for tile in 0..half * half {
            let corner = (tile / half * 2 * (side + 2) + tile % half * 2) * pairs;
            for first in (0..pairs).step_by(LANES / 2) {
                let mut places = [i16x8::splat(simd, 0); PLACES];
                for (place, value) in places.iter_mut().enumerate() {
                    let at = corner + (place / SIDE * (side + 2) + place % SIDE) * pairs + first;
                    *value = i32x4::from_slice(simd, &input.pairs[at..at + LANES / 2]).bitcast();
                }
                for row in 0..SIDE {
                    turn(&mut places, row * SIDE, 1);
                }
                for column in 0..SIDE {
                    turn(&mut places, column, SIDE);
                }
                for (place, value) in places.iter().enumerate() {
                    let value: i32x4<S> = value.bitcast();
                    turned[(place * half * half + tile) * pairs + first..][..LANES / 2].copy_from_slice(value.as_slice());
                }
            }
        }
        turned
    }
}

/// How the three weights of a line go into each place of a tile's line.
const SHARES: [[f32; 3]; SIDE] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];

/// Turns four inputs of a line, `step` apart. Twice, what is at most [`TOP`] stays within 16 bits.
#[inline(always)]
fn turn<S: Simd>(places: &mut [i16x8<S>; PLACES], first: usize, step: usize) {
    let [a, b, c, d] = std::array::from_fn(|i| places[first + i * step]);
    for (i, value) in [a - c, b + c, c - b, b - d].into_iter().enumerate() {
        places[first + i * step] = value;
    }
}

/// The four outputs of a tile from what its places sum up to, for sixteen channels.
#[inline(always)]
fn turned_back(sums: &[[f32; BLOCK]; PLACES], bias: &[f32]) -> [[f32; BLOCK]; 4] {
    let mut out = [[0.0; BLOCK]; 4];
    for c in 0..BLOCK {
        let line = |i: usize| {
            let [a, b, c, d] = std::array::from_fn(|k| sums[SIDE * k + i][c]);
            (a + b + c, b - c - d)
        };
        let [first, second, third, fourth] = [line(0), line(1), line(2), line(3)];
        out[0][c] = bias[c] + (first.0 + second.0 + third.0);
        out[1][c] = bias[c] + (second.0 - third.0 - fourth.0);
        out[2][c] = bias[c] + (first.1 + second.1 + third.1);
        out[3][c] = bias[c] + (second.1 - third.1 - fourth.1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    const SHAPE: Shape = Shape { kind: Kind::Conv, side: 8, channels: 96, outputs: 16, stride: 1 };

    /// The same in floating point, neighbour by neighbour.
    fn plain(weights: &[f32], bias: &[f32], values: &[f32]) -> Vec<f64> {
        let Shape { side, channels, outputs, .. } = SHAPE;
        let at = |y: i64, x: i64, c: usize| {
            let inside = (0..side as i64).contains(&y) && (0..side as i64).contains(&x);
            if inside { f64::from(values[(y as usize * side + x as usize) * channels + c]) } else { 0.0 }
        };
        let sum = |y: i64, x: i64, o: usize| {
            let each = (0..9 * channels).map(|i| {
                let (neighbour, c) = (i / channels, i % channels);
                at(y + neighbour as i64 / 3 - 1, x + neighbour as i64 % 3 - 1, c) * f64::from(weights[i * outputs + o])
            });
            f64::from(bias[o]) + each.sum::<f64>()
        };
        (0..side * side * outputs).map(|i| sum((i / outputs / side) as i64, (i / outputs % side) as i64, i % outputs)).collect()
    }

    fn differs(weights: &[f32], bias: &[f32], values: &[f32]) -> f64 {
        let tiled = Tiled::new(SHAPE, weights, bias);
        let out = dispatch!(Level::new(), simd => tiled.run(simd, values));
        let expected = plain(weights, bias, values);
        let largest = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        out.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max) / largest
    }

    #[test]
    fn tiles_give_what_the_neighbours_give() {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0
        };
        let weights: Vec<f32> = (0..9 * SHAPE.channels * SHAPE.outputs).map(|_| next() - 0.5).collect();
        let bias: Vec<f32> = (0..SHAPE.outputs).map(|_| next()).collect();
        let values: Vec<f32> = (0..SHAPE.side * SHAPE.side * SHAPE.channels).map(|_| next()).collect();
        let off = differs(&weights, &bias, &values);
        assert!(off < 1e-3, "{off}");
    }

    #[test]
    fn no_sum_leaves_its_32_bits() {
        // One neighbour's weights, and every second pixel of every second row: the largest differences there are.
        let (mut weights, mut values) = (vec![0.0; 9 * SHAPE.channels * SHAPE.outputs], Vec::new());
        weights[..SHAPE.channels * SHAPE.outputs].fill(1.0);
        for pixel in 0..SHAPE.side * SHAPE.side {
            let (y, x) = (pixel / SHAPE.side, pixel % SHAPE.side);
            values.resize(values.len() + SHAPE.channels, f32::from(u8::from(y % 4 == x % 4 && y % 2 == 1)));
        }
        let off = differs(&weights, &[0.0; 16], &values);
        assert!(off < 1e-3, "{off}");
    }
}
