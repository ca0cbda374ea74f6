//! Reads one handwritten digit per cell: ink map in, thirteen calibrated probabilities out.
//!
//! It does not find cells, remove frames or decide anything: thresholds belong to the policy that sees these scores.
//! Blank cells, struck-out digits and rubbish are classes of their own, and every score carries an `energy` by which ink that
//! resembles nothing seen in training can be told.
//!
//! Results are the same bytes on every machine: the network's sums are of whole numbers, all others have a fixed order on one
//! thread, no multiplication is fused with an addition, and the exponentials are those of `libm`.

mod layers;
mod network;
mod normalize;
mod pair;
mod patch;
mod scores;
mod tiled;

pub use network::{ModelError, Network};
pub use normalize::{SIDE, normalize};
pub use pair::Pair;
pub use patch::{InkPatch, PatchError};
pub use scores::{CLASSES, DigitClass, DigitScores};

/// Scores digit cells. [`Pair`] is the real one; tests may use an exact fake.
pub trait DigitModel: Send + Sync {
    /// Name of the weights; stored with every result so that it can be repeated.
    fn version(&self) -> &str;

    /// One score per patch, in the order given.
    fn score(&self, patches: &[InkPatch]) -> Vec<DigitScores>;
}

#[cfg(test)]
mod tests;
