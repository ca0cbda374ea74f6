//! A confidence or score between 0 and 1. Does not decide anything: thresholds live with the forms and settings.

use serde::{Deserialize, Serialize};

/// A number from 0 (no support at all) to 1 (certain). As a confidence it is meant as a probability of being right.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

impl Score {
    /// No support.
    pub const ZERO: Self = Self(0.0);
    /// Certain.
    pub const ONE: Self = Self(1.0);

    /// A score, clamped into 0..=1; not-a-number becomes 0, because what cannot be computed supports nothing.
    pub fn new(value: f64) -> Self {
        if value.is_nan() { Self::ZERO } else { Self(value.clamp(0.0, 1.0)) }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The lesser of the two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        if other.0 < self.0 { other } else { self }
    }

    /// The probability that both of two independent things hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl TryFrom<f64> for Score {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(format!("a score lies between 0 and 1, not {value}")) }
    }
}

impl From<Score> for f64 {
    /// Rounded to four decimals, so that files carry no digits below what calibration can support.
    fn from(score: Score) -> Self {
        (score.0 * 1e4).round() / 1e4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_supports_nothing() {
        assert_eq!(Score::new(f64::NAN), Score::ZERO);
        assert_eq!(Score::new(7.0), Score::ONE);
        assert!(Score::try_from(1.5).is_err());
    }
}
