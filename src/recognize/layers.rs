//! The layers of the network, in whole numbers: weights are rounded once to 16 bits, values before every layer to 13, and
//! sums are exact, so that every machine gives the same bytes at whatever width of vectors it has. Reads no files.
//!
//! Channels come last, and every layer works through blocks of sixteen output channels and pairs of inputs.

#![expect(
    clippy::inline_always,
    reason = "compiled for the caller's width of vectors, and sums stay in registers, only as a part of it"
)]

use fearless_simd::prelude::*;
use fearless_simd::{i16x32, i32x16};
use serde::Deserialize;

use super::tiled::Tiled;

/// Output channels worked on together: a vector of sums.
pub(super) const BLOCK: usize = 16;
/// Pixels worked on together: their sums fill half of the vector registers, weights and inputs part of the rest.
pub(super) const PIXELS: usize = 4;
/// What the largest value before a layer is rounded to.
pub(super) const TOP: f32 = 8191.0;

#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// 3x3, padded by one, followed by `ReLU`.
    Conv,
    /// Maximum of 2x2.
    Pool,
    /// Fully connected; `ReLU` unless it is the last layer.
    Dense,
}

/// What a layer takes and gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// Side and channels of what comes in; a dense layer sees side 1 and all values as channels.
    pub(super) side: usize,
    pub(super) channels: usize,
    pub(super) outputs: usize,
    pub(super) stride: usize,
}

impl Shape {
    /// Weights of each output channel.
    pub(super) fn rows(&self) -> usize {
        match self.kind {
            Kind::Conv => 9 * self.channels,
            Kind::Dense => self.channels,
            Kind::Pool => 0,
        }
    }

    /// Side of what goes out.
    pub(super) fn out_side(&self) -> usize {
        match self.kind {
            Kind::Conv => self.side.div_ceil(self.stride),
            Kind::Pool => self.side / 2,
            Kind::Dense => 1,
        }
    }
}

/// One layer with its weights.
pub(super) struct Layer {
    shape: Shape,
    weights: Weights,
}

/// Weights of a layer, as it works with them.
enum Weights {
    /// For inputs as they lie.
    Plain(Vec<Block>),
    /// For a convolution by tiles.
    Tiled(Tiled),
}

/// Weights of sixteen output channels: a row for every two inputs that lie side by side, in the order they lie in memory,
/// and in it for each channel its two weights. Spare channels and inputs are 0.
pub(super) struct Block {
    pub(super) rows: Vec<[i16; 2 * BLOCK]>,
    /// What a weight of 1 stands for, per channel.
    pub(super) units: [f32; BLOCK],
    pub(super) bias: [f32; BLOCK],
}

/// Values rounded to whole numbers, two to an entry, and what 1 stands for.
pub(super) struct Rounded {
    pub(super) pairs: Vec<i32>,
    pub(super) unit: f32,
}

impl Layer {
    /// A layer with its weights (inputs × outputs) and one bias per output.
    pub(super) fn new(shape: Shape, weights: &[f32], bias: &[f32]) -> Self {
        if Tiled::is_for(&shape) {
            return Self { shape, weights: Weights::Tiled(Tiled::new(shape, weights, bias)) };
        }
        Self { shape, weights: Weights::Plain(Block::all(&shape, weights, bias, TOP)) }
    }

    pub(super) fn kind(&self) -> Kind {
        self.shape.kind
    }

    /// What the layer makes of `values`, before any `ReLU`.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, values: &[f32]) -> Vec<f32> {
        match (self.shape.kind, &self.weights) {
            (Kind::Conv, Weights::Plain(blocks)) => self.conv(simd, blocks, values),
            (Kind::Dense, Weights::Plain(blocks)) => self.dense(simd, blocks, values),
            (_, Weights::Tiled(tiled)) => tiled.run(simd, values),
            (Kind::Pool, _) => self.pool(values),
        }
    }

    /// 3x3 convolution with a border of zeros: the nine neighbours of a pixel are three runs of `3 * channels` values.
    #[inline(always)]
    fn conv<S: Simd>(&self, simd: S, blocks: &[Block], values: &[f32]) -> Vec<f32> {
        let Shape { side, channels, outputs, stride, .. } = self.shape;
        let (input, pairs) = (Rounded::bordered(values, side, channels), channels.div_ceil(2));
        let (line, run, step) = ((side + 2) * pairs, 3 * pairs, stride * pairs);
        let out_side = self.shape.out_side();
        let mut out = vec![0.0; out_side * out_side * outputs];
        for (y, out_line) in out.chunks_exact_mut(out_side * outputs).enumerate() {
            let top = y * stride * line;
            for (b, block) in blocks.iter().enumerate() {
                for group in 0..out_side.div_ceil(PIXELS) {
                    // Pixels beyond the last are the last once more rather than a loop of their own.
                    let x: [usize; PIXELS] = std::array::from_fn(|p| (group * PIXELS + p).min(out_side - 1));
                    let mut sums = [i32x16::splat(simd, 0); PIXELS];
                    for (dy, rows) in block.rows.chunks_exact(run).enumerate() {
                        let mut at: [&[i32]; PIXELS] = [&[]; PIXELS];
                        for (at, x) in at.iter_mut().zip(x) {
                            *at = &input.pairs[top + dy * line + x * step..][..run];
                        }
                        add_products(simd, &mut sums, at, rows);
                    }
                    for (x, sums) in x.into_iter().zip(&sums) {
                        block.store(sums, input.unit, &mut out_line[x * outputs..][..outputs], b * BLOCK);
                    }
                }
            }
        }
        out
    }

    /// Maximum of each 2x2 square, per channel.
    #[inline(always)]
    fn pool(&self, values: &[f32]) -> Vec<f32> {
        let Shape { side, channels, .. } = self.shape;
        let half = side / 2;
        let mut out = vec![f32::NEG_INFINITY; half * half * channels];
        for (y, from) in values.chunks_exact(side * channels).enumerate() {
            let to = &mut out[y / 2 * half * channels..][..half * channels];
            for (x, pixel) in from.chunks_exact(channels).enumerate() {
                let best = &mut to[x / 2 * channels..][..channels];
                for (b, v) in best.iter_mut().zip(pixel) {
                    *b = b.max(*v);
                }
            }
        }
        out
    }

    #[inline(always)]
    fn dense<S: Simd>(&self, simd: S, blocks: &[Block], values: &[f32]) -> Vec<f32> {
        let input = Rounded::of(values);
        let mut out = vec![0.0; self.shape.outputs];
        for (b, block) in blocks.iter().enumerate() {
            let mut sums = [i32x16::splat(simd, 0)];
            add_products(simd, &mut sums, [&input.pairs], &block.rows);
            block.store(&sums[0], input.unit, &mut out, b * BLOCK);
        }
        out
    }
}

impl Block {
    /// All output channels of a layer (inputs × outputs) whose whole inputs are no larger than `largest`.
    pub(super) fn all(shape: &Shape, weights: &[f32], bias: &[f32], largest: f32) -> Vec<Self> {
        (0..bias.len()).step_by(BLOCK).map(|first| Self::new(shape, weights, bias, (first, largest))).collect()
    }

    /// The sixteen channels from `first` on.
    fn new(shape: &Shape, weights: &[f32], bias: &[f32], (first, largest): (usize, f32)) -> Self {
        let outputs = shape.outputs;
        let used = BLOCK.min(outputs - first);
        let column = |c: usize| weights.iter().skip(first + c).step_by(outputs);
        let mut units = [1.0_f32; BLOCK];
        for (c, unit) in units.iter_mut().enumerate().take(used) {
            let (most, all) = column(c).fold((0.0_f32, 0.0_f32), |(most, all), w| (most.max(w.abs()), all + w.abs()));
            // As fine as 16 bits allow, and as no sum with any values can leave 32 bits: each weight may round up by ½.
            let room = (i32::MAX as f32 / largest - shape.rows() as f32) * 0.99;
            *unit = (most / f32::from(i16::MAX)).max(all / room).max(f32::MIN_POSITIVE);
        }
        // Odd channels of a pixel are filled up with a zero.
        let (channels, pairs) = (shape.channels, shape.channels.div_ceil(2));
        let weight = |row: usize, c: usize| {
            let (pixel, channel) = (row / (2 * pairs), row % (2 * pairs));
            let there = c < used && channel < channels;
            if there { (weights[(pixel * channels + channel) * outputs + first + c] / units[c]).round() as i16 } else { 0 }
        };
        let row = |pair: usize| std::array::from_fn(|i| weight(2 * pair + i % 2, i / 2));
        let mut biases = [0.0; BLOCK];
        biases[..used].copy_from_slice(&bias[first..first + used]);
        Self { rows: (0..shape.rows() / channels * pairs).map(row).collect(), units, bias: biases }
    }

    /// Writes the sums to one pixel's channels from `first` on, leaving out spare ones.
    #[inline(always)]
    fn store<S: Simd>(&self, sums: &i32x16<S>, unit: f32, pixel: &mut [f32], first: usize) {
        let mut values = self.bias;
        for (c, sum) in sums.as_slice().iter().enumerate() {
            values[c] += *sum as f32 * (self.units[c] * unit);
        }
        let used = BLOCK.min(pixel.len() - first);
        pixel[first..first + used].copy_from_slice(&values[..used]);
    }
}

impl Rounded {
    /// What values are multiplied by, and what 1 stands for afterwards.
    #[inline(always)]
    fn scale(values: &[f32]) -> (f32, f32) {
        let most = values.iter().fold(0.0_f32, |m, v| m.max(*v));
        if most > 0.0 { (TOP / most, most / TOP) } else { (0.0, 0.0) }
    }

    /// Values of 0 and more, side by side.
    #[inline(always)]
    fn of(values: &[f32]) -> Self {
        let (by, unit) = Self::scale(values);
        let mut pairs = vec![0; values.len().div_ceil(2)];
        pack(values, by, &mut pairs);
        Self { pairs, unit }
    }

    /// A picture with a border of one pixel of zeros, the channels of each pixel filled up to an even number.
    #[inline(always)]
    pub(super) fn bordered(values: &[f32], side: usize, channels: usize) -> Self {
        let (by, unit) = Self::scale(values);
        let each = channels.div_ceil(2);
        let wide = (side + 2) * each;
        let mut pairs = vec![0; (side + 2) * wide];
        for (from, to) in values.chunks_exact(side * channels).zip(pairs.chunks_exact_mut(wide).skip(1)) {
            let to = &mut to[each..each + side * each];
            if channels.is_multiple_of(2) {
                pack(from, by, to);
            } else {
                from.chunks_exact(channels).zip(to.chunks_exact_mut(each)).for_each(|(from, to)| pack(from, by, to));
            }
        }
        Self { pairs, unit }
    }
}

/// Values times `by`, rounded, two to an entry.
#[inline(always)]
fn pack(values: &[f32], by: f32, into: &mut [i32]) {
    let whole = |v: f32| (v * by + 0.5) as i32;
    let (twos, odd) = values.as_chunks::<2>();
    for (pair, two) in into.iter_mut().zip(twos) {
        *pair = whole(two[0]) | whole(two[1]) << 16;
    }
    if let ([last], Some(pair)) = (odd, into.last_mut()) {
        *pair = whole(*last);
    }
}

/// `sums[p] += inputs[p][k] * rows[k]` for all k. All slices have one length.
#[inline(always)]
pub(super) fn add_products<S: Simd, const P: usize>(
    simd: S,
    sums: &mut [i32x16<S>; P],
    inputs: [&[i32]; P],
    rows: &[[i16; 2 * BLOCK]],
) {
    let mut local = *sums;
    let inputs = inputs.map(|i| &i[..rows.len()]);
    for (k, row) in rows.iter().enumerate() {
        let weights = i16x32::from_slice(simd, row);
        for p in 0..P {
            let pair: i16x32<S> = i32x16::splat(simd, inputs[p][k]).bitcast();
            local[p] += pair.pairwise_dot_product(weights);
        }
    }
    *sums = local;
}
