//! What the network says of one cell, and how to ask it. Holds probabilities; takes no decision.

use serde::{Deserialize, Serialize};

/// Classes of the network: ten digits, blank, struck, rubbish.
pub const CLASSES: usize = 13;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DigitClass {
    /// A digit, 0..=9.
    Digit(u8),
    /// No ink, specks, paper noise, faint bleed-through.
    Blank,
    /// One or more crossed-out digits.
    Struck,
    /// Ink that is no digit: frame pieces, check marks, letters, two digits in one cell.
    Rubbish,
}

impl DigitClass {
    /// The class at `index` of the probabilities; anything from 12 on is `Rubbish`.
    pub fn from_index(index: usize) -> Self {
        match index {
            0..=9 => Self::Digit(index as u8),
            10 => Self::Blank,
            11 => Self::Struck,
            _ => Self::Rubbish,
        }
    }

    /// Index into the probabilities, 0..[`CLASSES`]. A `Digit` above 9 counts as 9.
    pub fn index(self) -> usize {
        match self {
            Self::Digit(digit) => usize::from(digit.min(9)),
            Self::Blank => 10,
            Self::Struck => 11,
            Self::Rubbish => 12,
        }
    }
}

/// Scores of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigitScores {
    probabilities: [f32; CLASSES],
    energy: f32,
    max_logit: f32,
}

impl DigitScores {
    /// Softmax of `logits / temperature`; `temperature` is above 0.
    pub fn from_logits(logits: &[f32; CLASSES], temperature: f32) -> Self {
        let max_logit = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut probabilities = logits.map(|v| libm::expf((v - max_logit) / temperature));
        let sum: f32 = probabilities.iter().sum();
        for p in &mut probabilities {
            *p /= sum;
        }
        let raw: f32 = logits.iter().map(|v| libm::expf(v - max_logit)).sum();
        Self { probabilities, energy: max_logit + libm::logf(raw), max_logit }
    }

    /// All mass on one class with high evidence: for fakes in tests, and for cells whose content is known.
    pub fn certain(class: DigitClass) -> Self {
        let mut logits = [0.0; CLASSES];
        logits[class.index()] = 20.0;
        Self::from_logits(&logits, 1.0)
    }

    /// Calibrated probabilities in 0..=1 that sum to 1: digits 0 to 9, blank, struck, rubbish.
    pub fn probabilities(&self) -> &[f32; CLASSES] {
        &self.probabilities
    }

    /// Probability of one class, 0..=1.
    pub fn probability(&self, class: DigitClass) -> f32 {
        self.probabilities[class.index()]
    }

    /// The same scores where one class is known to be rarer (`factor` below 1) or commoner than the network was taught.
    #[must_use]
    pub fn weighed(mut self, class: DigitClass, factor: f32) -> Self {
        self.probabilities[class.index()] *= factor;
        let sum: f32 = self.probabilities.iter().sum();
        for p in &mut self.probabilities {
            *p /= sum;
        }
        self
    }

    /// What two independent readings of the same class say together. Says nothing of whether they contradict each other:
    /// the likeliest of what both hold unlikely can come out as sure.
    #[must_use]
    pub fn together(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for (p, q) in both.probabilities.iter_mut().zip(&other.probabilities) {
            *p *= q;
        }
        let sum: f32 = both.probabilities.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        both.probabilities = both.probabilities.map(|p| p / sum);
        both
    }

    /// The scores of ink that is one of two pictures, the other one with the given probability.
    #[must_use]
    pub fn or(&self, other: &Self, probability: f32) -> Self {
        let mut either = self.clone();
        for (p, q) in either.probabilities.iter_mut().zip(&other.probabilities) {
            *p = *p * (1.0 - probability) + q * probability;
        }
        either
    }

    /// The likeliest of the thirteen classes and its probability; the lower index wins a tie.
    pub fn best(&self) -> (DigitClass, f32) {
        let mut at = 0;
        for index in 1..CLASSES {
            if self.probabilities[index] > self.probabilities[at] {
                at = index;
            }
        }
        (DigitClass::from_index(at), self.probabilities[at])
    }

    /// The ten digits with their probabilities (shares of all thirteen classes), likeliest first, then by value.
    pub fn ranked_digits(&self) -> [(u8, f32); 10] {
        let mut ranked: [(u8, f32); 10] = std::array::from_fn(|digit| (digit as u8, self.probabilities[digit]));
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }

    /// The likeliest class other than the best, and its probability.
    pub fn second_best(&self) -> (DigitClass, f32) {
        let best = self.best().0.index();
        let mut at = usize::from(best == 0);
        for index in 0..CLASSES {
            if index != best && self.probabilities[index] > self.probabilities[at] {
                at = index;
            }
        }
        (DigitClass::from_index(at), self.probabilities[at])
    }

    /// Log of the sum of exponentials of the raw logits: the evidence for *any* class. Low values mean unlike all training.
    pub fn energy(&self) -> f32 {
        self.energy
    }

    /// The highest raw logit, before the temperature.
    pub fn max_logit(&self) -> f32 {
        self.max_logit
    }
}
