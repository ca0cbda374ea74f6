//! Two networks, learnt apart: what the first is not sure of is shown to the second as well. They seldom err alike, and few
//! cells of a hundred need both.

use std::sync::OnceLock;

use super::network::Network;
use super::normalize::{SIDE, normalize};
use super::patch::InkPatch;
use super::scores::{CLASSES, DigitScores};
use super::{DigitModel, ModelError};

/// Probability of its likeliest class below which the first network's scores are not taken alone. From here on up to always
/// asking both the figures of models/README.md do not change.
const SURE: f32 = 0.99;

/// The two networks that travel inside the program.
pub struct Pair {
    second: OnceLock<Network>,
    label: String,
}

impl Pair {
    /// The pair, named after its files; each network is read when a cell first needs it.
    ///
    /// # Panics
    /// Never in a release: a test reads the same bytes.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Pair> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            let [first, second] = [Network::BUILT_IN, SECOND].map(|file| or_panic(Network::label_of(file)));
            Self { second: OnceLock::new(), label: format!("{first} {second}") }
        })
    }

    /// Scores of one normalised picture: 32x32, row-major, 0.0 paper .. 1.0 pen.
    pub fn classify(&self, picture: &[f32; SIDE * SIDE]) -> DigitScores {
        let first = Network::built_in().tempered(picture);
        let scores = DigitScores::from_logits(&first, 1.0);
        if scores.best().1 >= SURE {
            return scores;
        }
        let second = self.second.get_or_init(|| or_panic(Network::from_bytes(SECOND))).tempered(picture);
        let both: [f32; CLASSES] = std::array::from_fn(|class| f32::midpoint(first[class], second[class]));
        DigitScores::from_logits(&both, 1.0)
    }
}

const SECOND: &[u8] = include_bytes!("../../models/digits-second.bin");

fn or_panic<T>(read: Result<T, ModelError>) -> T {
    read.unwrap_or_else(|error| panic!("weights inside the program: {error}"))
}

impl DigitModel for Pair {
    fn version(&self) -> &str {
        &self.label
    }

    fn score(&self, patches: &[InkPatch]) -> Vec<DigitScores> {
        patches.iter().map(|patch| self.classify(&normalize(patch))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An upright stroke with another across it at a height of its own: a 1, a 4, a 7, or nothing.
    fn crossed(at: usize) -> [f32; SIDE * SIDE] {
        std::array::from_fn(|i| {
            let (x, y) = (i % SIDE, i / SIDE);
            let (stem, bar) = ((14..17).contains(&x) && (5..27).contains(&y), (7..24).contains(&x) && (at..at + 3).contains(&y));
            if stem || bar { 1.0 } else { 0.0 }
        })
    }

    #[test]
    fn the_second_is_asked_where_the_first_is_unsure_and_there_only() {
        let pair = Pair::built_in();
        let second = Network::from_bytes(SECOND).expect("weights of this release");
        let (mut alone, mut both) = (0, 0);
        for picture in (3..27).map(crossed).chain([[0.0; SIDE * SIDE]]) {
            let (a, b) = (Network::built_in().tempered(&picture), second.tempered(&picture));
            let first = DigitScores::from_logits(&a, 1.0);
            let scores = pair.classify(&picture);
            if first.best().1 >= SURE {
                alone += 1;
                assert_eq!(scores, first);
                continue;
            }
            both += 1;
            // The geometric mean of what the two say, to within rounding.
            let mean: Vec<f32> = a.iter().zip(&b).map(|(a, b)| ((a + b) / 2.0).exp()).collect();
            let sum: f32 = mean.iter().sum();
            for (class, mean) in mean.iter().enumerate() {
                assert!((scores.probabilities()[class] - mean / sum).abs() < 1e-4);
            }
        }
        assert!(alone > 0 && both > 0, "{alone} {both}");
    }

    #[test]
    fn a_result_names_both() {
        assert_eq!(Pair::built_in().version(), "uketsuke-digits-6 uketsuke-digits-4");
    }
}
