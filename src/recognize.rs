//! Digit recogniser (being trained; replaced by the recogniser branch).

/// Number of classes.
pub const CLASSES: usize = 13;

/// Ink of one cell: 0.0 paper .. 1.0 pen, row-major.
#[derive(Debug, Clone)]
pub struct InkPatch {
    /// Pixels per row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Ink per pixel.
    pub ink: Vec<f32>,
    /// Height of the printed cell in pixels of this patch.
    pub cell_height_px: f32,
}

/// What a glyph is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitClass {
    /// A digit 0 to 9.
    Digit(u8),
    /// Nothing written.
    Blank,
    /// Struck out.
    Struck,
    /// Ink that is no digit.
    Rubbish,
}

/// Probabilities of one glyph.
#[derive(Debug, Clone, PartialEq)]
pub struct DigitScores {
    /// 0–9, blank, struck, rubbish; they sum to 1.
    pub probabilities: [f32; CLASSES],
    /// Energy (log-sum-exp of the logits): low for ink unlike anything seen in training.
    pub energy: f32,
}

/// The recogniser: two methods, so that tests can use an exact fake.
pub trait DigitModel: Send + Sync {
    /// Name and version, for the manifest.
    fn version(&self) -> &str;
    /// Scores of each patch.
    fn score(&self, patches: &[InkPatch]) -> Vec<DigitScores>;
}
