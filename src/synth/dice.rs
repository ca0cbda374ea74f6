//! Seeded chance: every random choice of a synthetic page comes from here, and is the same on every machine.
//! Does not use the platform's mathematics (`libm` throughout) and keeps no state beyond one stream.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// One stream of chance.
#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream for one part (`values`, `writer`, `page-1`, …) of submission `number` under `seed`.
    pub(crate) fn new(seed: u64, number: usize, part: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(seed.to_le_bytes());
        hasher.update((number as u64).to_le_bytes());
        hasher.update(part.as_bytes());
        Self(ChaCha8Rng::from_seed(hasher.finalize().into()))
    }

    /// Uniform in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform between two bounds.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Normal with a mean and a standard deviation, by the transform of Box and Muller, cut off at three deviations.
    pub(crate) fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        let z = radius * libm::cos(std::f64::consts::TAU * self.unit());
        mean + deviation * z.clamp(-3.0, 3.0)
    }

    /// True in a share `p` of cases.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A whole number below `n`; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    /// A whole number between two bounds, both included.
    pub(crate) fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0) as usize + 1) as i64
    }

    /// One of a list.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One of a list of weights and things.
    pub(crate) fn weighted<T: Copy>(&mut self, list: &[(f64, T)]) -> T {
        let total: f64 = list.iter().map(|(w, _)| w).sum();
        let mut at = self.unit() * total;
        for (weight, thing) in list {
            at -= weight;
            if at < 0.0 {
                return *thing;
            }
        }
        list[list.len() - 1].1
    }

    /// Eight random bytes.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Fills a buffer with random bytes.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_streams_of_their_own() {
        let (mut a, mut b, mut c) = (Dice::new(1, 2, "x"), Dice::new(1, 2, "x"), Dice::new(1, 2, "y"));
        assert_eq!(a.bits(), b.bits());
        assert_ne!(a.bits(), c.bits());
    }

    #[test]
    fn normal_numbers_have_the_mean_and_spread_asked_for() {
        let mut dice = Dice::new(7, 0, "test");
        let sample: Vec<f64> = (0..20_000).map(|_| dice.normal(3.0, 2.0)).collect();
        let mean = sample.iter().sum::<f64>() / 20_000.0;
        let spread = (sample.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 20_000.0).sqrt();
        assert!((mean - 3.0).abs() < 0.06 && (spread - 2.0).abs() < 0.06, "{mean} {spread}");
    }
}
