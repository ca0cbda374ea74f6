//! One axis of a page and one of a form as profiles, and the search for the one in the other: first at 2 mm in small
//! integers, over all scales and shifts, then the few best at 1 mm. Knows neither rotations nor the other axis (`profile`).

#![expect(clippy::inline_always, reason = "compiled for the caller's width of vectors only as a part of it")]

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, i16x16, i32x8};

/// Scales searched: 85–115 % and room for a nominal resolution slightly off. Step 1 %: at the edge of an A4 sheet
/// half a step is 0.7 mm, well within the reach of the coarse anchors.
const SCALES: (f32, f32, f32) = (0.83, 1.17, 0.01);
/// How far the middle of the form may lie from the middle of the picture beyond what a larger picture allows, mm:
/// 20 mm of shift, and a page cut off by up to 30 mm at an edge.
const SHIFT_MM: usize = 36;
/// Millimetres per entry of the coarse search.
const COARSE_MM: usize = 2;
/// Length of a form's axis in the coarse search: 97 million as a product with any page stays within 32 bits.
const UNIT: f32 = 4096.0;
/// Entries of 1 mm without ink kept on either side of the page.
const PAD: usize = 400;
/// Entries of the coarse search worked on together.
const LANES: usize = 16;

/// Ink per mm along one axis, square-rooted so that one long rule does not outweigh ten rows of text.
/// Entry `i` covers `i - n/2` to `i - n/2 + 1` mm from the middle; their number is even.
#[derive(Debug, Clone)]
pub(super) struct Profile(Vec<f32>);

/// A form's axis, ready to be sought: its profile, and the same at every scale for the coarse search.
#[derive(Debug)]
pub(super) struct Outline {
    profile: Profile,
    scaled: Vec<Scaled>,
}

/// A form's axis at one scale.
#[derive(Debug)]
struct Scaled {
    scale: f32,
    /// Entries of the coarse search.
    length: usize,
    /// Them, filled up with zeros to a multiple of [`LANES`].
    values: Vec<i16>,
}

/// A form's axis laid on the page's: page mm from its middle = scale × form mm from its middle + shift.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub(super) score: f32,
    pub(super) scale: f32,
    pub(super) shift: f32,
}

impl Profile {
    /// From a profile in pixels whose middle is the middle of the picture.
    pub(super) fn of(pixels: &[f32], mm_per_px: f64) -> Self {
        let half = (pixels.len() as f64 * mm_per_px / 2.0).ceil();
        let mut bins = vec![0.0_f32; 2 * half as usize + 1];
        for (i, v) in pixels.iter().enumerate() {
            let left = (i as f64 - pixels.len() as f64 / 2.0) * mm_per_px + half;
            let (a, b) = (left.max(0.0), left + mm_per_px);
            let first = a as usize;
            // A pixel is at most one bin wide: it lies in one bin or two.
            let over = ((b - (first + 1) as f64) / (b - a)).clamp(0.0, 1.0) as f32;
            bins[first] += v * (1.0 - over);
            if over > 0.0 && first + 1 < bins.len() {
                bins[first + 1] += v * over;
            }
        }
        bins.truncate(2 * half as usize);
        for v in &mut bins {
            *v = v.sqrt();
        }
        Self(bins)
    }

    /// The other way round.
    pub(super) fn reversed(&self) -> Self {
        Self(self.0.iter().rev().copied().collect())
    }

    /// Stretched about its middle to entries of `mm`, mean taken off, length one.
    fn scaled(&self, scale: f32, mm: usize) -> Vec<f32> {
        let n = self.0.len();
        let per_entry = mm as f32 / scale;
        let wide = (n as f32 / per_entry).round() as usize;
        // Entries of several mm hold all that falls on them.
        let parts = mm as f32;
        let mut out: Vec<f32> = (0..wide)
            .map(|k| {
                let part = |p: f32| {
                    let at = (k as f32 + (p + 0.5) / parts - wide as f32 / 2.0) * per_entry + n as f32 / 2.0 - 0.5;
                    let low = (at.max(0.0) as usize).min(n - 2);
                    let t = (at - low as f32).clamp(0.0, 1.0);
                    self.0[low] + (self.0[low + 1] - self.0[low]) * t
                };
                (0..mm).map(|p| part(p as f32)).sum::<f32>()
            })
            .collect();
        let mean = out.iter().sum::<f32>() / wide as f32;
        let norm = out.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>().sqrt().max(1e-6);
        for v in &mut out {
            *v = (*v - mean) / norm;
        }
        out
    }
}

impl Outline {
    pub(super) fn new(profile: Profile) -> Self {
        let steps = ((SCALES.1 - SCALES.0) / SCALES.2).round() as usize;
        let at = |step: usize| SCALES.0 + step as f32 * SCALES.2;
        let whole = |scale: f32| {
            let mut values: Vec<i16> = profile.scaled(scale, COARSE_MM).iter().map(|v| (v * UNIT).round() as i16).collect();
            let length = values.len();
            values.resize(length.next_multiple_of(LANES), 0);
            Scaled { scale, length, values }
        };
        let scaled = (0..=steps).map(|step| whole(at(step))).collect();
        Self { profile, scaled }
    }
}

/// One axis of the page in one direction, with sums ready for correlation.
pub(super) struct Side {
    padded: Vec<f32>,
    sums: Vec<f32>,
    squares: Vec<f32>,
    /// Entries of the coarse search; a form's axis filled up reaches up to [`LANES`] zeros beyond them.
    coarse: Vec<i16>,
    entries: usize,
    /// Sums of the entries before each, and of their squares. They wrap around; differences over a window do not.
    totals: Vec<[u32; 2]>,
    /// Where forms of one length are sought.
    places: Vec<Places>,
    extent: usize,
}

/// Where a form's axis of one length may lie in the coarse search.
struct Places {
    length: usize,
    /// How far its middle may lie from the page's, entries.
    slack: usize,
    /// The first place where it lies on what is padded, and how many before it do not.
    first: usize,
    left_out: usize,
    /// 1 ÷ (spread of the page under it × length of a form's axis), from the first place on.
    spreads: Vec<f32>,
}

impl Side {
    /// Forward and reversed; `extent` is the picture's, mm.
    pub(super) fn both(profile: &Profile, extent: usize) -> [Self; 2] {
        [Self::new(profile, extent), Self::new(&profile.reversed(), extent)]
    }

    fn new(profile: &Profile, extent: usize) -> Self {
        let mut padded = vec![0.0; PAD];
        padded.extend_from_slice(&profile.0);
        padded.resize(padded.len() + PAD, 0.0);
        let mut sums = vec![0.0];
        let mut squares = vec![0.0];
        for (i, v) in padded.iter().enumerate() {
            sums.push(sums[i] + v);
            squares.push(squares[i] + v * v);
        }
        // The darkest millimetre of a picture of any size becomes 1000: two of them, 150 times 4096 ÷ √150 each, stay small.
        let top = padded.iter().fold(1.0_f32, |m, v| m.max(*v));
        let whole = |mm: &[f32]| (mm.iter().sum::<f32>() * 500.0 / top).round() as i16;
        let mut coarse: Vec<i16> = padded.chunks(COARSE_MM).map(whole).collect();
        let entries = coarse.len();
        let mut totals = vec![[0_u32; 2]];
        for (i, v) in coarse.iter().enumerate() {
            let v = u32::from(v.unsigned_abs());
            totals.push([totals[i][0].wrapping_add(v), totals[i][1].wrapping_add(v.wrapping_mul(v))]);
        }
        coarse.resize(entries + LANES, 0);
        Self { padded, sums, squares, coarse, entries, totals, places: Vec::new(), extent }
    }

    /// The best `most` fits that differ by more than the anchors' reach, to 2 mm.
    pub(super) fn fits(&mut self, form: &Outline, most: usize) -> Vec<Fit> {
        let mut found: Vec<Fit> = Vec::new();
        for scaled in &form.scaled {
            self.peaks(scaled, &mut found);
        }
        let mut out: Vec<Fit> = Vec::new();
        let apart = |a: &Fit, b: &Fit| (a.shift - b.shift).abs() >= 4.0 || (a.scale - b.scale).abs() >= 0.025;
        while out.len() < most {
            let others = found.iter().filter(|f| out.iter().all(|o| apart(o, f)));
            let Some(best) = others.copied().reduce(|best, f| if f.score > best.score { f } else { best }) else { break };
            out.push(best);
        }
        out
    }

    fn peaks(&mut self, form: &Scaled, into: &mut Vec<Fit>) {
        let (entries, length) = (self.entries, form.length);
        let known = self.places.iter().position(|places| places.length == length);
        let known = known.unwrap_or_else(|| {
            self.places.push(self.places_of(length));
            self.places.len() - 1
        });
        let places = &self.places[known];
        // Where the middle of the window in the middle lies from the middle of the page, entries.
        let aside = (entries / 2) as f32 - (length / 2) as f32 + (length as f32 - entries as f32) / 2.0;
        // Places at the ends where the form would leave what is padded score −1.
        let mut scores = vec![-1.0; 2 * places.slack + 1];
        if let Some(scores) = scores.get_mut(places.left_out..) {
            let page = &self.coarse[places.first..];
            dispatch!(Level::new(), simd => products(simd, &form.values, page, &places.spreads, scores));
        }
        for i in 1..scores.len() - 1 {
            if scores[i] >= scores[i - 1] && scores[i] > scores[i + 1] && scores[i] > 0.1 {
                let shift = (i as f32 - places.slack as f32 + aside) * COARSE_MM as f32;
                into.push(Fit { score: scores[i], scale: form.scale, shift });
            }
        }
    }

    /// Where forms of that length may lie: the same for all of them.
    fn places_of(&self, length: usize) -> Places {
        let slack = (self.extent / COARSE_MM).saturating_sub(length) / 2 + SHIFT_MM / COARSE_MM;
        let first = (self.entries / 2) as i64 - (length / 2) as i64 - slack as i64;
        let (left_out, first) = ((-first).max(0) as usize, first.max(0) as usize);
        let end = (self.entries + 1).saturating_sub(length).min(first + (2 * slack + 1).saturating_sub(left_out));
        let spread = |at: usize| {
            let [sum, square] = [0, 1].map(|i| self.totals[at + length][i].wrapping_sub(self.totals[at][i]));
            let variance = square as f32 - (u64::from(sum) * u64::from(sum)) as f32 / length as f32;
            if variance < 100.0 { 0.0 } else { 1.0 / (UNIT * variance.sqrt()) }
        };
        Places { length, slack, first, left_out, spreads: (first..end).map(spread).collect() }
    }

    /// A fit to 1 mm.
    pub(super) fn refined(&self, form: &Outline, fit: Fit) -> Fit {
        let scaled = form.profile.scaled(fit.scale, 1);
        let odd = if scaled.len() % 2 == 1 { 0.5 } else { 0.0 };
        let start = (self.padded.len() / 2) as i64 - scaled.len() as i64 / 2;
        let near = (fit.shift - odd).round() as i64;
        let tried = (near - 2..=near + 2).map(|t| {
            let score = usize::try_from(start + t).map_or(-1.0, |at| self.correlation(&scaled, at));
            Fit { score, shift: t as f32 + odd, ..fit }
        });
        tried.max_by(|a, b| a.score.total_cmp(&b.score)).unwrap_or(fit)
    }

    fn correlation(&self, form: &[f32], at: usize) -> f32 {
        let end = at + form.len();
        if end > self.padded.len() {
            return -1.0;
        }
        let n = form.len() as f32;
        let (sum, square) = (self.sums[end] - self.sums[at], self.squares[end] - self.squares[at]);
        let variance = square - sum * sum / n;
        if variance < 1.0 {
            return -1.0;
        }
        dot(form, &self.padded[at..end]) / variance.sqrt()
    }
}

/// At each place of the page as far as both reach: its product with the form, times what is in `spreads`.
#[inline(always)]
fn products<S: Simd>(simd: S, form: &[i16], page: &[i16], spreads: &[f32], into: &mut [f32]) {
    for (i, (score, spread)) in into.iter_mut().zip(spreads).enumerate() {
        *score = product(simd, form, &page[i..][..form.len()]) as f32 * spread;
    }
}

/// Sum of the products of values of one length, a multiple of [`LANES`]. Bounded by construction (see [`UNIT`]), so that
/// nothing wraps.
#[inline(always)]
fn product<S: Simd>(simd: S, a: &[i16], b: &[i16]) -> i32 {
    let mut sums = i32x8::splat(simd, 0);
    for (x, y) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        sums += i16x16::from_slice(simd, x).pairwise_dot_product(i16x16::from_slice(simd, y));
    }
    sums.as_slice().iter().fold(0, |s, v| s.wrapping_add(*v))
}

/// Eight running sums, so that the compiler may use wide registers; the order of additions is fixed.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (mut ca, mut cb) = (a.chunks_exact(8), b.chunks_exact(8));
    for (x, y) in (&mut ca).zip(&mut cb) {
        for i in 0..8 {
            lanes[i] += x[i] * y[i];
        }
    }
    let rest: f32 = ca.remainder().iter().zip(cb.remainder()).map(|(x, y)| x * y).sum();
    lanes.iter().sum::<f32>() + rest
}
