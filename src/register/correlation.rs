//! Normalised cross-correlation of a small square template with every place of a window: the innermost loops of
//! registration, in whole numbers, compiled for each width of vectors. Knows neither planes nor maps.

#![expect(
    clippy::inline_always,
    reason = "compiled for the caller's width of vectors, and sums stay in registers, only as a part of it"
)]

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, i16x16, i32x8};

/// Values worked on together; rows of a template are filled up to a multiple. Sixteen take fewer steps than eight although
/// rows of 12 and 24 leave a quarter empty.
const LANES: usize = 16;

/// What is sought: values less their mean, some of them perhaps masked.
#[derive(Debug)]
pub(super) struct Template {
    side: usize,
    /// Row by row, each filled up with zeros: value less mean, 0 where masked.
    values: Vec<i16>,
    /// Likewise, all bits set where seen; none where all is seen.
    mask: Option<Vec<i16>>,
    seen: f32,
    /// Sum of the values, which is not quite 0 because each is rounded.
    sum: f32,
    norm: f32,
}

impl Template {
    /// Of `side` × `side` values of 0 to 255, `side` at most 32.
    pub(super) fn of(values: &[i16], seen: &[bool], side: usize) -> Self {
        let count = seen.iter().filter(|s| **s).count() as f32;
        let shown = || values.iter().zip(seen);
        let mean = shown().map(|(v, s)| if *s { i32::from(*v) } else { 0 }).sum::<i32>() as f32 / count.max(1.0);
        let values: Vec<i16> = shown().map(|(v, s)| if *s { rounded(f32::from(*v) - mean) } else { 0 }).collect();
        let norm = values.iter().map(|t| f32::from(*t) * f32::from(*t)).sum::<f32>().sqrt();
        let sum = values.iter().map(|t| i32::from(*t)).sum::<i32>() as f32;
        let mask: Vec<i16> = seen.iter().map(|s| -i16::from(*s)).collect();
        let mask = seen.contains(&false).then(|| filled_up(&mask, side));
        Self { side, values: filled_up(&values, side), mask, seen: count, sum, norm }
    }

    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// Values that are not masked.
    pub(super) fn seen(&self) -> f32 {
        self.seen
    }

    /// Root mean square distance of the seen values from their mean.
    pub(super) fn spread(&self) -> f32 {
        self.norm / self.seen.max(1.0).sqrt()
    }
}

/// To the nearest whole number, halves away from zero; `round` is a call into a library where the processor is taken for an old one.
fn rounded(value: f32) -> i16 {
    (value + 0.5_f32.copysign(value)) as i16
}

/// Rows of `side` with zeros after each, up to a whole number of vectors.
fn filled_up(values: &[i16], side: usize) -> Vec<i16> {
    let mut out = Vec::with_capacity(side * side.next_multiple_of(LANES));
    for row in values.chunks_exact(side) {
        out.extend_from_slice(row);
        out.resize(out.len().next_multiple_of(LANES), 0);
    }
    out
}

/// The correlation, −1 to 1, at each place of a window of `side + 2 * reach` squared, row by row; 0 where there is nothing
/// to correlate with.
pub(super) fn correlations(template: &Template, window: &[i16], reach: usize) -> Vec<f32> {
    // The number of vectors a row has, known to the compiler: faster than one it must ask for.
    match template.side.div_ceil(LANES) {
        1 => dispatch!(Level::new(), simd => correlated::<_, 1>(simd, template, window, reach)),
        _ => dispatch!(Level::new(), simd => correlated::<_, 2>(simd, template, window, reach)),
    }
}

#[inline(always)]
fn correlated<S: Simd, const N: usize>(simd: S, template: &Template, window: &[i16], reach: usize) -> Vec<f32> {
    let wide = template.side + 2 * reach;
    // The last row's last vector reaches beyond the window.
    let mut roomy = Vec::with_capacity(window.len() + LANES);
    roomy.extend_from_slice(window);
    roomy.resize(window.len() + LANES, 0);
    let sums = if template.mask.is_none() { sums_within(window, wide, template.side) } else { Vec::new() };
    let mut out = Vec::with_capacity((2 * reach + 1) * (2 * reach + 1));
    for y in 0..=2 * reach {
        for x in 0..=2 * reach {
            let here = &roomy[y * wide + x..];
            let [sum, square] = match &template.mask {
                Some(mask) => masked_sums::<_, N>(simd, here, wide, mask),
                None => sums[out.len()],
            };
            let (sum, square) = (sum as f32, square as f32);
            let variance = square - sum * sum / template.seen;
            // Below a spread of 10 grey levels the window is empty paper: nothing to correlate with.
            let blank = variance < 100.0 * template.seen;
            let product = || product::<_, N>(simd, here, wide, &template.values) as f32 - template.sum * sum / template.seen;
            out.push(if blank { 0.0 } else { product() / (template.norm * variance.sqrt()) });
        }
    }
    out
}

/// Sum of the products of template and window, the latter from its first place on.
#[inline(always)]
fn product<S: Simd, const N: usize>(simd: S, window: &[i16], wide: usize, template: &[i16]) -> i32 {
    let mut sums = [i32x8::splat(simd, 0); N];
    for (r, row) in template.chunks_exact(N * LANES).enumerate() {
        let from = &window[r * wide..][..N * LANES];
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += sixteen(simd, from, i).pairwise_dot_product(sixteen(simd, row, i));
        }
    }
    total(sums)
}

/// Sum and sum of squares of what a mask shows of the window.
#[inline(always)]
fn masked_sums<S: Simd, const N: usize>(simd: S, window: &[i16], wide: usize, mask: &[i16]) -> [i32; 2] {
    let one = i16x16::splat(simd, 1);
    let (mut sums, mut squares) = ([i32x8::splat(simd, 0); N], [i32x8::splat(simd, 0); N]);
    for (r, row) in mask.chunks_exact(N * LANES).enumerate() {
        let from = &window[r * wide..][..N * LANES];
        for i in 0..N {
            let shown = sixteen(simd, from, i) & sixteen(simd, row, i);
            sums[i] += shown.pairwise_dot_product(one);
            squares[i] += shown.pairwise_dot_product(shown);
        }
    }
    [total(sums), total(squares)]
}

#[inline(always)]
fn sixteen<S: Simd>(simd: S, values: &[i16], i: usize) -> i16x16<S> {
    i16x16::from_slice(simd, &values[i * LANES..][..LANES])
}

#[inline(always)]
fn total<S: Simd, const N: usize>(sums: [i32x8<S>; N]) -> i32 {
    // At most 24 × 24 × 255², far from an overflow.
    sums.into_iter().fold(0, |t, sum| sum.as_slice().iter().fold(t, |t, v| t.wrapping_add(*v)))
}

/// Sum and sum of squares of the window under a square of `side`, at each of its places, row by row.
#[inline(always)]
fn sums_within(window: &[i16], wide: usize, side: usize) -> Vec<[i32; 2]> {
    let span = wide - side + 1;
    let row = |y: usize| &window[y * wide..][..wide];
    // Of every column, over the rows under the square.
    let mut columns = vec![[0_i32; 2]; wide];
    let add = |columns: &mut [[i32; 2]], y: usize, sign: i32| {
        for (column, v) in columns.iter_mut().zip(row(y)) {
            let v = i32::from(*v);
            let (sum, square) = (v.wrapping_mul(sign), v.wrapping_mul(v).wrapping_mul(sign));
            *column = [column[0].wrapping_add(sum), column[1].wrapping_add(square)];
        }
    };
    (0..side - 1).for_each(|y| add(&mut columns, y, 1));
    let mut out = Vec::with_capacity(span * span);
    for y in 0..span {
        add(&mut columns, y + side - 1, 1);
        let mut within = columns[..side].iter().fold([0; 2], plus);
        out.push(within);
        for x in 1..span {
            within = plus(within, &columns[x + side - 1]);
            within = [0, 1].map(|i| within[i] - columns[x - 1][i]);
            out.push(within);
        }
        add(&mut columns, y, -1);
    }
    out
}

#[inline(always)]
fn plus(a: [i32; 2], b: &[i32; 2]) -> [i32; 2] {
    [a[0].wrapping_add(b[0]), a[1].wrapping_add(b[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values without any order.
    fn noise(n: usize, seed: u32) -> Vec<i16> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as i16
        };
        (0..n).map(|_| next()).collect()
    }

    /// The textbook's correlation of a template with one place of a window.
    fn plainly(values: &[i16], seen: &[bool], side: usize, window: &[i16], wide: usize, place: usize) -> f32 {
        let pairs: Vec<(f64, f64)> = (0..side * side)
            .filter(|i| seen[*i])
            .map(|i| (f64::from(values[i]), f64::from(window[place + i / side * wide + i % side])))
            .collect();
        let n = pairs.len() as f64;
        let mean = pairs.iter().fold((0.0, 0.0), |m, p| (m.0 + p.0 / n, m.1 + p.1 / n));
        let s = pairs.iter().fold((0.0, 0.0, 0.0), |s, p| {
            let (a, b) = (p.0 - mean.0, p.1 - mean.1);
            (s.0 + a * b, s.1 + a * a, s.2 + b * b)
        });
        (s.0 / (s.1 * s.2).sqrt()) as f32
    }

    #[test]
    fn correlations_are_those_of_the_definition_masked_or_not() {
        for (side, reach, masked) in [(12, 2, false), (12, 5, true), (24, 3, false), (24, 2, true)] {
            let wide = side + 2 * reach;
            let window = noise(wide * wide, 7);
            let values = noise(side * side, 11);
            let seen: Vec<bool> = (0..side * side).map(|i| !masked || i % 5 != 0).collect();
            let found = correlations(&Template::of(&values, &seen, side), &window, reach);
            let span = 2 * reach + 1;
            assert_eq!(found.len(), span * span);
            for (i, score) in found.iter().enumerate() {
                let expected = plainly(&values, &seen, side, &window, wide, i / span * wide + i % span);
                // A template's values are rounded to whole grey levels.
                assert!((score - expected).abs() < 2e-3, "{side} {masked} {i}: {score} for {expected}");
            }
        }
    }

    #[test]
    fn empty_paper_correlates_with_nothing() {
        let values = noise(144, 3);
        let template = Template::of(&values, &[true; 144], 12);
        assert!(correlations(&template, &[200; 16 * 16], 2).iter().all(|s| *s == 0.0));
    }
}
