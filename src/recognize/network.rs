//! The convolutional network: reads its weights file and runs it on one normalised picture.
//!
//! Channels come last and every layer works through blocks of sixteen output channels, which the compiler turns into vector
//! instructions of the width the machine has; the order of additions is fixed by the loops and no product is fused with its
//! addition, so that every machine gives the same bytes.
//! It does not train; `training/train.py` writes the file.

#![expect(
    clippy::inline_always,
    reason = "compiled for the caller's width of vectors, and sums stay in registers, only as a part of it"
)]

use std::sync::OnceLock;

use fearless_simd::{Level, dispatch};
use serde::Deserialize;
use thiserror::Error;

use super::normalize::SIDE;
use super::scores::{CLASSES, DigitScores};

/// Output channels worked on together: two pixels' sums fill half of the sixteen SSE registers, weights and inputs the rest.
const BLOCK: usize = 16;
/// A weights file larger than this is not ours.
const MAX_BYTES: usize = 3 << 20;
const MAGIC: &[u8; 4] = b"UKN1";
const NAMES: [&str; CLASSES] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "blank", "struck", "rubbish"];

/// Why a weights file was refused. Each of these means: take the file of the release again, or train it again.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The file does not begin with `UKN1` and a header length, or is larger than 3 MiB.
    #[error("not a digit model: {bytes} bytes without the UKN1 mark; use models/digits.bin of this release")]
    NotAModel {
        /// Length of the file.
        bytes: usize,
    },
    /// The header is cut off or is not the JSON expected.
    #[error("header of the digit model cannot be read: {0}; use models/digits.bin of this release")]
    Header(#[from] serde_json::Error),
    /// The header ends after the file does.
    #[error("digit model ends inside its header: {need} bytes needed, {have} there; copy it again")]
    HeaderCut {
        /// Bytes the header claims.
        need: usize,
        /// Bytes that follow.
        have: usize,
    },
    /// The classes are not the thirteen known ones in their order.
    #[error("digit model names the classes {0:?}; this program needs 0-9, blank, struck, rubbish")]
    Classes(Vec<String>),
    /// Side of the input other than 32, or temperature not in 0.05..=20.
    #[error("digit model wants pictures of {side} px and temperature {temperature}; 32 px and 0.05 to 20 are possible")]
    Range {
        /// Side of the input, pixels.
        side: usize,
        /// Softmax temperature.
        temperature: f32,
    },
    /// A layer does not fit the one before it.
    #[error("layer {layer} of the digit model takes {inputs} values where the layer before gives {given}")]
    Chain {
        /// Layer, counted from 0; one past the last means the output.
        layer: usize,
        /// Inputs the layer states.
        inputs: usize,
        /// Outputs of the layer before.
        given: usize,
    },
    /// The weights are more or fewer than the layers need.
    #[error("digit model has {have} bytes of weights where its layers need {need}; copy it again")]
    Length {
        /// Bytes needed.
        need: usize,
        /// Bytes there.
        have: usize,
    },
    /// A weight is not a finite number.
    #[error("layer {layer} of the digit model has a weight that is not a number; copy the file again")]
    NotFinite {
        /// Layer, counted from 0.
        layer: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
    version: String,
    side: usize,
    classes: Vec<String>,
    temperature: f32,
    layers: Vec<LayerHeader>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerHeader {
    kind: Kind,
    inputs: usize,
    outputs: usize,
    stride: usize,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// 3x3, padded by one, followed by `ReLU`.
    Conv,
    /// Maximum of 2x2.
    Pool,
    /// Fully connected; `ReLU` unless it is the last layer.
    Dense,
}

struct Layer {
    kind: Kind,
    outputs: usize,
    stride: usize,
    /// Side and channels of what comes in; a dense layer sees side 1 and all values as channels.
    side: usize,
    channels: usize,
    blocks: Vec<Block>,
}

/// Weights of sixteen output channels: one row per input value, in the order the inputs lie in memory. Spare channels are 0.
struct Block {
    rows: Vec<[f32; BLOCK]>,
    bias: [f32; BLOCK],
}

/// The trained network.
pub struct Network {
    label: String,
    temperature: f32,
    layers: Vec<Layer>,
}

impl Network {
    /// Reads a weights file: `UKN1`, u32 header length, JSON header, then per layer weights (inputs x outputs) and biases
    /// as f32, all little endian.
    ///
    /// # Errors
    /// [`ModelError`] where the file is damaged, does not fit together, or is for other classes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let not_a_model = ModelError::NotAModel { bytes: bytes.len() };
        let Some((&[a, b, c, d], rest)) =
            bytes.strip_prefix(MAGIC).filter(|_| bytes.len() <= MAX_BYTES).and_then(<[u8]>::split_first_chunk::<4>)
        else {
            return Err(not_a_model);
        };
        let need = u32::from_le_bytes([a, b, c, d]) as usize;
        let Some((header, body)) = rest.split_at_checked(need) else {
            let have = rest.len();
            return Err(ModelError::HeaderCut { need, have });
        };
        let header: Header = serde_json::from_slice(header)?;
        check_header(&header)?;
        Ok(Self {
            label: format!("{}-{}", header.name, header.version),
            temperature: header.temperature,
            layers: read_layers(&header.layers, body)?,
        })
    }

    /// The network that travels inside the program, read once.
    ///
    /// # Panics
    /// Never in a release: a test reads the same bytes.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Network> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            Self::from_bytes(include_bytes!("../../models/digits.bin"))
                .unwrap_or_else(|error| panic!("models/digits.bin inside the program: {error}"))
        })
    }

    /// Name and version from the header, for example `uketsuke-digits-1`.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// Scores of one normalised picture: 32x32, row-major, 0.0 paper .. 1.0 pen.
    pub fn classify(&self, picture: &[f32; SIDE * SIDE]) -> DigitScores {
        DigitScores::from_logits(&self.logits(picture), self.temperature)
    }

    /// The raw outputs, one per class.
    pub(super) fn logits(&self, picture: &[f32; SIDE * SIDE]) -> [f32; CLASSES] {
        dispatch!(Level::new(), _width => self.logits_in_place(picture))
    }

    /// The same; what it calls is compiled with it, once for each width of vectors.
    #[inline(always)]
    fn logits_in_place(&self, picture: &[f32; SIDE * SIDE]) -> [f32; CLASSES] {
        let mut values = picture.to_vec();
        for (at, layer) in self.layers.iter().enumerate() {
            values = match layer.kind {
                Kind::Conv => layer.conv(&values),
                Kind::Pool => layer.pool(&values),
                Kind::Dense => layer.dense(&values),
            };
            if layer.kind != Kind::Pool && at + 1 < self.layers.len() {
                for value in &mut values {
                    *value = value.max(0.0);
                }
            }
        }
        let mut logits = [0.0; CLASSES];
        logits.copy_from_slice(&values);
        logits
    }
}

fn check_header(header: &Header) -> Result<(), ModelError> {
    if header.classes != NAMES {
        return Err(ModelError::Classes(header.classes.clone()));
    }
    let (side, temperature) = (header.side, header.temperature);
    if side != SIDE || !(0.05..=20.0).contains(&temperature) {
        return Err(ModelError::Range { side, temperature });
    }
    Ok(())
}

/// Follows the shape through the layers and takes each one's weights from the body.
fn read_layers(headers: &[LayerHeader], mut body: &[u8]) -> Result<Vec<Layer>, ModelError> {
    let (mut side, mut channels) = (SIDE, 1);
    let mut layers = Vec::with_capacity(headers.len());
    for (layer, header) in headers.iter().enumerate() {
        if header.kind == Kind::Dense {
            channels *= side * side;
            side = 1;
        }
        let fits = header.inputs == channels
            && (1..=4096).contains(&header.outputs)
            && (1..=2).contains(&header.stride)
            && (header.kind != Kind::Pool || (side.is_multiple_of(2) && header.outputs == channels));
        if !fits {
            let (inputs, given) = (header.inputs, channels);
            return Err(ModelError::Chain { layer, inputs, given });
        }
        let rows = match header.kind {
            Kind::Conv => 9 * channels,
            Kind::Dense => channels,
            Kind::Pool => 0,
        };
        let blocks = take_blocks(&mut body, rows, header.outputs, layer)?;
        layers.push(Layer { kind: header.kind, outputs: header.outputs, stride: header.stride, side, channels, blocks });
        side = match header.kind {
            Kind::Conv => side.div_ceil(header.stride),
            Kind::Pool => side / 2,
            Kind::Dense => 1,
        };
        channels = header.outputs;
    }
    check_end(headers, side * side * channels, body)?;
    Ok(layers)
}

/// The last layer is dense and gives one value per class, and nothing is left of the file.
fn check_end(headers: &[LayerHeader], given: usize, rest: &[u8]) -> Result<(), ModelError> {
    if given != CLASSES || headers.last().is_none_or(|h| h.kind != Kind::Dense) {
        return Err(ModelError::Chain { layer: headers.len(), inputs: CLASSES, given });
    }
    if !rest.is_empty() {
        return Err(ModelError::Length { need: 0, have: rest.len() });
    }
    Ok(())
}

/// Takes `rows * outputs` weights and `outputs` biases off the body, in blocks of sixteen outputs.
fn take_blocks(body: &mut &[u8], rows: usize, outputs: usize, layer: usize) -> Result<Vec<Block>, ModelError> {
    if rows == 0 {
        return Ok(Vec::new());
    }
    let need = 4 * (rows + 1) * outputs;
    let Some((mine, rest)) = body.split_at_checked(need) else {
        let have = body.len();
        return Err(ModelError::Length { need, have });
    };
    *body = rest;
    let values: Vec<f32> = mine.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    if values.iter().any(|v| !v.is_finite()) {
        return Err(ModelError::NotFinite { layer });
    }
    let row = |r: usize, first: usize| {
        let last = (first + BLOCK).min(outputs);
        let mut sixteen = [0.0; BLOCK];
        sixteen[..last - first].copy_from_slice(&values[r * outputs + first..r * outputs + last]);
        sixteen
    };
    Ok((0..outputs)
        .step_by(BLOCK)
        .map(|first| Block { rows: (0..rows).map(|r| row(r, first)).collect(), bias: row(rows, first) })
        .collect())
}

impl Layer {
    /// 3x3 convolution with a border of zeros: the nine neighbours of a pixel are three runs of `3 * channels` values.
    #[inline(always)]
    fn conv(&self, values: &[f32]) -> Vec<f32> {
        let padded = self.padded(values);
        let line = (self.side + 2) * self.channels;
        let run = 3 * self.channels;
        let out_side = self.side.div_ceil(self.stride);
        let step = self.stride * self.channels;
        let mut out = vec![0.0; out_side * out_side * self.outputs];
        for (y, out_line) in out.chunks_exact_mut(out_side * self.outputs).enumerate() {
            let top = y * self.stride * line;
            for (b, block) in self.blocks.iter().enumerate() {
                let channel = b * BLOCK;
                for pair in 0..out_side.div_ceil(2) {
                    // An odd last pixel is computed twice rather than by a loop of its own.
                    let x = [2 * pair, (2 * pair + 1).min(out_side - 1)];
                    let mut sums = [block.bias; 2];
                    for (dy, rows) in block.rows.chunks_exact(run).enumerate() {
                        let at = x.map(|x| top + dy * line + x * step);
                        add_products(&mut sums, [&padded[at[0]..at[0] + run], &padded[at[1]..at[1] + run]], rows);
                    }
                    for (x, sum) in x.into_iter().zip(&sums) {
                        store(&mut out_line[x * self.outputs..], channel, self.outputs, sum);
                    }
                }
            }
        }
        out
    }

    /// The values with one pixel of zeros around them.
    fn padded(&self, values: &[f32]) -> Vec<f32> {
        let line = self.side * self.channels;
        let wide = line + 2 * self.channels;
        let mut padded = vec![0.0; (self.side + 2) * wide];
        for (from, to) in values.chunks_exact(line).zip(padded.chunks_exact_mut(wide).skip(1)) {
            to[self.channels..self.channels + line].copy_from_slice(from);
        }
        padded
    }

    /// Maximum of each 2x2 square, per channel.
    #[inline(always)]
    fn pool(&self, values: &[f32]) -> Vec<f32> {
        let half = self.side / 2;
        let line = self.side * self.channels;
        let mut out = vec![f32::NEG_INFINITY; half * half * self.channels];
        for (y, from) in values.chunks_exact(line).enumerate() {
            let to = &mut out[y / 2 * half * self.channels..][..half * self.channels];
            for (x, pixel) in from.chunks_exact(self.channels).enumerate() {
                let best = &mut to[x / 2 * self.channels..][..self.channels];
                for (b, v) in best.iter_mut().zip(pixel) {
                    *b = b.max(*v);
                }
            }
        }
        out
    }

    #[inline(always)]
    fn dense(&self, values: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.outputs];
        for (b, block) in self.blocks.iter().enumerate() {
            let mut sums = [block.bias];
            add_products(&mut sums, [values], &block.rows);
            store(&mut out, b * BLOCK, self.outputs, &sums[0]);
        }
        out
    }
}

/// `sums[p] += inputs[p][k] * rows[k]` for all k in order. All slices have one length.
#[inline(always)]
fn add_products<const P: usize>(sums: &mut [[f32; BLOCK]; P], inputs: [&[f32]; P], rows: &[[f32; BLOCK]]) {
    let mut local = *sums;
    let inputs = inputs.map(|i| &i[..rows.len()]);
    for (k, row) in rows.iter().enumerate() {
        for p in 0..P {
            let value = inputs[p][k];
            for c in 0..BLOCK {
                local[p][c] += value * row[c];
            }
        }
    }
    *sums = local;
}

/// Writes a block's sums to one pixel's channels, leaving out spare ones.
fn store(pixel: &mut [f32], channel: usize, outputs: usize, sums: &[f32; BLOCK]) {
    let n = BLOCK.min(outputs - channel);
    pixel[channel..channel + n].copy_from_slice(&sums[..n]);
}
