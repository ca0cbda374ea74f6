//! The convolutional network: reads its weights file and runs it on one normalised picture.
//!
//! It does not train; `training/finish.py` writes the file. What the layers compute is in `layers`.

use std::sync::OnceLock;

use fearless_simd::{Level, Simd, dispatch};
use serde::Deserialize;
use thiserror::Error;

use super::layers::{Kind, Layer, Shape};
use super::normalize::SIDE;
use super::scores::CLASSES;

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

impl Header {
    fn label(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerHeader {
    kind: Kind,
    inputs: usize,
    outputs: usize,
    stride: usize,
}

/// The trained network.
pub struct Network {
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
        let (header, body) = read_header(bytes)?;
        Ok(Self { temperature: header.temperature, layers: read_layers(&header.layers, body)? })
    }

    /// The weights file that travels inside the program.
    pub(super) const BUILT_IN: &[u8] = include_bytes!("../../models/digits.bin");

    /// Name and version in a weights file, for example `uketsuke-digits-1`; its weights are not read.
    pub(super) fn label_of(bytes: &[u8]) -> Result<String, ModelError> {
        read_header(bytes).map(|(header, _)| header.label())
    }

    /// The network that travels inside the program, read once.
    ///
    /// # Panics
    /// Never in a release: a test reads the same bytes.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Network> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            Self::from_bytes(Self::BUILT_IN).unwrap_or_else(|error| panic!("models/digits.bin inside the program: {error}"))
        })
    }

    /// Outputs for one normalised picture (32x32, row-major, 0.0 paper .. 1.0 pen), at a temperature of 1.
    pub(super) fn tempered(&self, picture: &[f32; SIDE * SIDE]) -> [f32; CLASSES] {
        self.logits(picture).map(|v| v / self.temperature)
    }

    /// The raw outputs, one per class.
    pub(super) fn logits(&self, picture: &[f32; SIDE * SIDE]) -> [f32; CLASSES] {
        dispatch!(Level::new(), simd => self.logits_in_place(simd, picture))
    }

    /// The same; what it calls is compiled with it, once for each width of vectors.
    #[expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]
    #[inline(always)]
    fn logits_in_place<S: Simd>(&self, simd: S, picture: &[f32; SIDE * SIDE]) -> [f32; CLASSES] {
        let mut values = picture.to_vec();
        for (at, layer) in self.layers.iter().enumerate() {
            values = layer.run(simd, &values);
            if layer.kind() != Kind::Pool && at + 1 < self.layers.len() {
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

/// The header of a weights file, and what follows it.
fn read_header(bytes: &[u8]) -> Result<(Header, &[u8]), ModelError> {
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
    Ok((header, body))
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
        let shape = Shape { kind: header.kind, side, channels, outputs: header.outputs, stride: header.stride };
        let (weights, bias) = take_weights(&mut body, &shape, layer)?;
        layers.push(Layer::new(shape, &weights, &bias));
        side = shape.out_side();
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

/// Takes a layer's weights and biases off the body.
fn take_weights(body: &mut &[u8], shape: &Shape, layer: usize) -> Result<(Vec<f32>, Vec<f32>), ModelError> {
    let rows = shape.rows();
    if rows == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    let need = 4 * (rows + 1) * shape.outputs;
    let Some((mine, rest)) = body.split_at_checked(need) else {
        let have = body.len();
        return Err(ModelError::Length { need, have });
    };
    *body = rest;
    let mut weights: Vec<f32> = mine.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect();
    if weights.iter().any(|v| !v.is_finite()) {
        return Err(ModelError::NotFinite { layer });
    }
    let bias = weights.split_off(rows * shape.outputs);
    Ok((weights, bias))
}
