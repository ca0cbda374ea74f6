//! Maps from the form to the ink planes, and their robust fit to matched anchors: affine, then projective, then a smooth
//! bend for folds and stretched paper, each only where it predicts anchors it was not fitted to better than the one before.
//! Does not match anything itself.

use super::PageMap;
use super::bend::{Bend, Lattice, SIXTHS, THIRDS};
use crate::geometry::PointMm;

/// A projective map from form mm to pixels of the finest ink plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Map {
    h: [f64; 9],
    bend: Bend,
}

/// Where an anchor was found: the place on the form, how far off the map predicted it (form mm), how well it matched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) at: PointMm,
    pub(super) off: (f64, f64),
    pub(super) weight: f64,
}

impl Map {
    pub(super) const fn new(h: [f64; 9]) -> Self {
        Self { h, bend: Bend::NONE }
    }

    pub(super) fn at(&self, p: PointMm) -> (f64, f64) {
        let h = &self.h;
        let p = self.bend.moved(p);
        let w = h[6] * p.x + h[7] * p.y + h[8];
        ((h[0] * p.x + h[1] * p.y + h[2]) / w, (h[3] * p.x + h[4] * p.y + h[5]) / w)
    }

    /// Pixels per mm around a point: the columns are the steps for 1 mm to the right and 1 mm down.
    pub(super) fn steps(&self, p: PointMm) -> [(f64, f64); 2] {
        let d = |dx: f64, dy: f64| {
            let (a, b) = (self.at(PointMm { x: p.x - dx, y: p.y - dy }), self.at(PointMm { x: p.x + dx, y: p.y + dy }));
            ((b.0 - a.0) / 2.0, (b.1 - a.1) / 2.0)
        };
        [d(1.0, 0.0), d(0.0, 1.0)]
    }

    /// This map after `correction`, which moves points of the form.
    fn after(&self, correction: &[f64; 9]) -> Self {
        let h = times(&self.h, correction);
        Self { h: h.map(|v| v / h[8]), bend: self.bend }
    }

    fn bent(&self, bend: &Bend) -> Self {
        Self { h: self.h, bend: self.bend.and(bend) }
    }

    /// The same matches as this map sees them, given the map they were sought with.
    pub(super) fn sees(&self, before: &Self, seen: &[Seen]) -> Vec<Seen> {
        seen.iter().map(|s| Seen { off: self.off(before, s), ..*s }).collect()
    }

    /// How far from where this map puts it a match lies, mm on the form, given the map it was sought with.
    pub(super) fn off(&self, before: &Self, s: &Seen) -> (f64, f64) {
        let (was, is, [right, down]) = (before.at(s.at), self.at(s.at), self.steps(s.at));
        let (dx, dy) = (is.0 - was.0, is.1 - was.1);
        // Pixels to mm of the form: the inverse of the two steps.
        let det = right.0 * down.1 - right.1 * down.0;
        let mm = ((dx * down.1 - dy * down.0) / det, (dy * right.0 - dx * right.1) / det);
        (s.off.0 - mm.0, s.off.1 - mm.1)
    }

    /// How far apart, in mm, the sheet's bend moves two points of it.
    pub(super) fn bends(&self, points: [(f64, f64); 2]) -> f64 {
        let [a, b] = points.map(|(x, y)| {
            let moved = self.bend.moved(PointMm { x, y });
            (moved.x - x, moved.y - y)
        });
        (a.0 - b.0).hypot(a.1 - b.1)
    }

    /// The map to pixels of the scan, given scan pixels per pixel of the finest plane.
    pub(super) fn to_scan(self, reduction: (usize, usize)) -> PageMap {
        let (kx, ky) = (reduction.0 as f64, reduction.1 as f64);
        let mut h = self.h;
        h[..3].iter_mut().for_each(|v| *v *= kx);
        h[3..6].iter_mut().for_each(|v| *v *= ky);
        PageMap { h, bend: self.bend, view: None }
    }

    /// From this form's mm to `planes` of another form, for a page on which this map and `other` both lie; bends left out.
    pub(super) fn onto(&self, other: &Self, planes: &Self) -> Option<Self> {
        let through = times(&times(&planes.h, &inverse(&other.h)?), &self.h);
        (through[8].abs() > 1e-12).then(|| Self::new(through.map(|v| v / through[8])))
    }

    /// The same map shifted by mm on the form.
    pub(super) fn shifted(&self, dx: f64, dy: f64) -> Self {
        self.after(&[1.0, 0.0, dx, 0.0, 1.0, dy, 0.0, 0.0, 1.0])
    }
}

/// The affine correction most anchors agree on, by trying triples (a fixed sequence), within `tolerance` mm.
/// None where fewer than `least` agree.
pub(super) fn consensus(map: &Map, seen: &[Seen], tolerance: f64, least: usize) -> Option<Map> {
    let mut best: Option<(f64, [f64; 9])> = None;
    let mut state = 0x2545_f491_u32;
    let mut draw = |n: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % n
    };
    if seen.len() < least.max(3) {
        return None;
    }
    for _ in 0..240 {
        let triple = [seen[draw(seen.len())], seen[draw(seen.len())], seen[draw(seen.len())]];
        let Some(a) = affine(&triple).filter(plausible) else { continue };
        let support: f64 = seen.iter().map(|s| s.weight * closeness(&a, s, tolerance)).sum();
        if best.is_none_or(|(b, _)| support > b) {
            best = Some((support, a));
        }
    }
    let (_, a) = best?;
    let near: Vec<Seen> = seen.iter().filter(|s| miss(&a, s) < tolerance).copied().collect();
    if near.len() < least {
        return None;
    }
    affine(&near).map(|a| map.after(&a))
}

/// Of an affine correction.
fn closeness(a: &[f64; 9], s: &Seen, tolerance: f64) -> f64 {
    let (dx, dy) =
        (a[0] * s.at.x + a[1] * s.at.y + a[2] - s.at.x - s.off.0, a[3] * s.at.x + a[4] * s.at.y + a[5] - s.at.y - s.off.1);
    (1.0 - (dx * dx + dy * dy) / (tolerance * tolerance)).max(0.0)
}

/// A correction of a candidate turns it by under 4° and scales it by under 7 %: the candidates are that good, and what
/// three wrong matches suggest seldom is.
fn plausible(a: &[f64; 9]) -> bool {
    [a[0] - 1.0, a[1], a[3], a[4] - 1.0].iter().all(|v| v.abs() < 0.07)
}

fn miss(a: &[f64; 9], s: &Seen) -> f64 {
    let (x, y) = moved(a, s.at);
    (x - s.at.x - s.off.0).hypot(y - s.at.y - s.off.1)
}

fn moved(a: &[f64; 9], p: PointMm) -> (f64, f64) {
    let w = a[6] * p.x + a[7] * p.y + a[8];
    ((a[0] * p.x + a[1] * p.y + a[2]) / w, (a[3] * p.x + a[4] * p.y + a[5]) / w)
}

fn affine(seen: &[Seen]) -> Option<[f64; 9]> {
    let (mut m, mut n) = ([[0.0; 4]; 3], [[0.0; 4]; 3]);
    for s in seen {
        let row = [s.at.x, s.at.y, 1.0];
        for i in 0..3 {
            for j in 0..3 {
                m[i][j] += s.weight * row[i] * row[j];
                n[i][j] += s.weight * row[i] * row[j];
            }
            m[i][3] += s.weight * row[i] * (s.at.x + s.off.0);
            n[i][3] += s.weight * row[i] * (s.at.y + s.off.1);
        }
    }
    let (a, b) = (solve(m)?, solve(n)?);
    Some([a[0], a[1], a[2], b[0], b[1], b[2], 0.0, 0.0, 1.0])
}

/// Least squares for eight unknowns, linear in the denominator: exact where matches are.
fn projective(seen: &[Seen]) -> Option<[f64; 9]> {
    // Coordinates near one, so that the equations are well conditioned; undone at the end.
    const SIZE: f64 = 150.0;
    let mut m = [[0.0; 9]; 8];
    for s in seen {
        let (x, y) = (s.at.x / SIZE - 1.0, s.at.y / SIZE - 1.0);
        let (u, v) = ((s.at.x + s.off.0) / SIZE - 1.0, (s.at.y + s.off.1) / SIZE - 1.0);
        let rows = [[x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y, u], [0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y, v]];
        for row in rows {
            for i in 0..8 {
                for j in 0..9 {
                    m[i][j] += s.weight * row[i] * row[j];
                }
            }
        }
    }
    let h = solve(m)?;
    let inner = [h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], 1.0];
    let there = [1.0 / SIZE, 0.0, -1.0, 0.0, 1.0 / SIZE, -1.0, 0.0, 0.0, 1.0];
    let back = [SIZE, 0.0, SIZE, 0.0, SIZE, SIZE, 0.0, 0.0, 1.0];
    let product = times(&back, &times(&inner, &there));
    (product[8].abs() > 1e-9).then(|| product.map(|v| v / product[8]))
}

pub(super) fn inverse(m: &[f64; 9]) -> Option<[f64; 9]> {
    let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
    let adjugate = [
        minor(4, 5, 7, 8),
        -minor(1, 2, 7, 8),
        minor(1, 2, 4, 5),
        -minor(3, 5, 6, 8),
        minor(0, 2, 6, 8),
        -minor(0, 2, 3, 5),
        minor(3, 4, 6, 7),
        -minor(0, 1, 6, 7),
        minor(0, 1, 3, 4),
    ];
    let det = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
    (det.abs() > 1e-12).then(|| adjugate.map(|v| v / det))
}

pub(super) fn times(a: &[f64; 9], b: &[f64; 9]) -> [f64; 9] {
    let mut out = [0.0; 9];
    for r in 0..3 {
        for c in 0..3 {
            out[3 * r + c] = (0..3).map(|k| a[3 * r + k] * b[3 * k + c]).sum();
        }
    }
    out
}

/// Gaussian elimination with pivoting on `N` equations with the right side in the last column.
pub(super) fn solve<const N: usize, const M: usize>(mut m: [[f64; M]; N]) -> Option<[f64; N]> {
    for c in 0..N {
        let pivot = (c..N).max_by(|a, b| m[*a][c].abs().total_cmp(&m[*b][c].abs()))?;
        m.swap(c, pivot);
        if m[c][c].abs() < 1e-12 {
            return None;
        }
        for r in 0..N {
            if r != c {
                let f = m[r][c] / m[c][c];
                let pivot = m[c];
                m[r].iter_mut().zip(&pivot).skip(c).for_each(|(v, p)| *v -= f * p);
            }
        }
    }
    let mut out = [0.0; N];
    (0..N).for_each(|i| out[i] = m[i][N] / m[i][i]);
    Some(out)
}

/// The map improved by robust fits to where its anchors were found. Models compete on the anchors they were not fitted to.
/// Returned with it: the same anchors as the improved map sees them.
pub(super) fn improved(map: &Map, seen: &[Seen]) -> (Map, Vec<Seen>) {
    let flat = blind_error(seen, FIFTH, |s| robust(affine, s));
    let tilted = blind_error(seen, FIFTH, |s| robust(projective, s));
    // A projective map must earn its two numbers.
    let model = if tilted < 0.93 * flat { projective } else { affine };
    let a = robust(model, seen).unwrap_or(IDENTITY);
    let left = |s: &Seen| {
        let (x, y) = moved(&a, s.at);
        Seen { off: (s.at.x + s.off.0 - x, s.at.y + s.off.1 - y), ..*s }
    };
    (map.after(&a), seen.iter().map(left).collect())
}

/// The map bent to follow folds and stretched paper, where that predicts unseen anchors clearly better.
pub(super) fn bent(map: &Map, seen: &[Seen], size: (f64, f64)) -> Map {
    curved(map, seen, FIFTH, |seen| bend_for(seen, |weighted| bend_once(weighted, size)))
}

/// The map bent to follow a sheet that curls, or is folded elsewhere than at its thirds, on the same condition. Where there are
/// no anchors, the sheet is taken to go on as it does beside them.
pub(super) fn followed(map: &Map, seen: &[Seen], size: (f64, f64)) -> Map {
    // What lifts off may be a tenth of the sheet.
    curved(map, seen, TWENTIETH, |seen| bend_for(seen, |weighted| mesh_once(weighted, size)))
}

/// The map with a bend fitted to what was seen, where it predicts the half of it that it was not fitted to clearly better.
fn curved(map: &Map, seen: &[Seen], left_out: f64, fit: impl Fn(&[Seen]) -> Option<Bend>) -> Map {
    let plain = blind_error(seen, left_out, |_| Some(IDENTITY));
    let error = halves(seen).map(|(known, blind)| {
        let bend = fit(&known);
        trimmed(blind.iter().map(|s| bend.map_or(f64::MAX, |b| bend_miss(&b, s))).collect(), left_out)
    });
    let curved = error.iter().sum::<f64>() / 2.0;
    if curved < 0.85 * plain && plain - curved > 0.02 { fit(seen).map_or(*map, |b| map.bent(&b)) } else { *map }
}

/// Shares of the worst misses that are left out where models are compared.
const FIFTH: f64 = 0.2;
const TWENTIETH: f64 = 0.05;
/// What a kink of a millimetre costs, as a share of what all anchors together cost that lie a millimetre off.
const STIFF: f64 = 0.0002;
const IDENTITY: [f64; 9] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

fn halves(seen: &[Seen]) -> [(Vec<Seen>, Vec<Seen>); 2] {
    let part = |odd: usize| seen.iter().enumerate().filter(|(i, _)| i % 2 == odd).map(|(_, s)| *s).collect::<Vec<_>>();
    [(part(0), part(1)), (part(1), part(0))]
}

/// Mean miss of each half of the anchors under the fit to the other half, a share of the worst left out.
fn blind_error(seen: &[Seen], left_out: f64, fit: impl Fn(&[Seen]) -> Option<[f64; 9]>) -> f64 {
    let each = halves(seen).map(|(known, blind)| match fit(&known) {
        Some(a) => trimmed(blind.iter().map(|s| miss(&a, s)).collect(), left_out),
        None => f64::MAX / 4.0,
    });
    each.iter().sum::<f64>() / 2.0
}

fn trimmed(mut misses: Vec<f64>, left_out: f64) -> f64 {
    misses.sort_by(f64::total_cmp);
    let kept = ((misses.len() as f64 * (1.0 - left_out)) as usize).max(1).min(misses.len());
    misses[..kept].iter().sum::<f64>() / kept.max(1) as f64
}

/// Iteratively reweighted least squares with Tukey's biweight.
fn robust(model: fn(&[Seen]) -> Option<[f64; 9]>, seen: &[Seen]) -> Option<[f64; 9]> {
    let mut weighted = seen.to_vec();
    let mut a = model(&weighted)?;
    for _ in 0..6 {
        let misses: Vec<f64> = seen.iter().map(|s| miss(&a, s)).collect();
        reweigh(&mut weighted, seen, &misses);
        a = model(&weighted)?;
    }
    Some(a)
}

/// Weights fall to nothing at four times the spread; the spread is never taken below 0.04 mm, a match's own error.
fn reweigh(weighted: &mut [Seen], seen: &[Seen], misses: &[f64]) {
    let mut ordered = misses.to_vec();
    let middle = ordered.len() / 2;
    let median = if ordered.is_empty() { 0.0 } else { *ordered.select_nth_unstable_by(middle, f64::total_cmp).1 };
    let spread = (1.4826 * median).max(0.04);
    for ((w, s), m) in weighted.iter_mut().zip(seen).zip(misses) {
        let r = m / (4.0 * spread);
        w.weight = if r < 1.0 { s.weight * (1.0 - r * r).powi(2) } else { 0.0 };
    }
}

fn bend_miss(bend: &Bend, s: &Seen) -> f64 {
    let p = bend.moved(s.at);
    (p.x - s.at.x - s.off.0).hypot(p.y - s.at.y - s.off.1)
}

fn bend_for(seen: &[Seen], once: impl Fn(&[Seen]) -> Option<Bend>) -> Option<Bend> {
    let mut weighted = seen.to_vec();
    let mut bend = once(&weighted)?;
    for _ in 0..4 {
        let misses: Vec<f64> = seen.iter().map(|s| bend_miss(&bend, s)).collect();
        reweigh(&mut weighted, seen, &misses);
        bend = once(&weighted)?;
    }
    Some(bend)
}

/// Ridge regression of the bend's nodes: a node that no anchor supports stays near nought and near its neighbours.
fn bend_once(seen: &[Seen], size: (f64, f64)) -> Option<Bend> {
    let [mut x, mut y] = normal::<12, 13>(seen, &THIRDS, size);
    // 0.4 % of all anchors' weight per node: half an anchor in a hundred and fifty.
    let least = 0.004 * total(seen) + 1e-9;
    (0..12).for_each(|i| [&mut x, &mut y].into_iter().for_each(|m| m[i][i] += least));
    Some(Bend::of(&THIRDS, size, &solve(x)?, &solve(y)?))
}

/// Penalised regression of the nodes: what is dear is a kink, and a node that no anchor supports goes on as its neighbours do.
fn mesh_once(seen: &[Seen], size: (f64, f64)) -> Option<Bend> {
    let [mut x, mut y] = normal::<35, 36>(seen, &SIXTHS, size);
    let (kink, least) = (STIFF * total(seen), 1e-6 * total(seen) + 1e-9);
    for m in [&mut x, &mut y] {
        for three in SIXTHS.threes() {
            for (i, a) in three.into_iter().zip([1.0, -2.0, 1.0]) {
                three.into_iter().zip([1.0, -2.0, 1.0]).for_each(|(j, b)| m[i][j] += kink * a * b);
            }
        }
        (0..35).for_each(|i| m[i][i] += least);
    }
    Some(Bend::of(&SIXTHS, size, &solve(x)?, &solve(y)?))
}

fn total(seen: &[Seen]) -> f64 {
    seen.iter().map(|s| s.weight).sum()
}

/// The normal equations of the displacements at a lattice's nodes, across and down, with the right sides in the last column.
fn normal<const NODES: usize, const WIDE: usize>(
    seen: &[Seen],
    lattice: &Lattice<NODES>,
    size: (f64, f64),
) -> [[[f64; WIDE]; NODES]; 2] {
    let mut m = [[0.0; WIDE]; NODES];
    let mut n = m;
    for s in seen {
        let row = lattice.shares(s.at, size);
        for (i, a) in row {
            for (j, b) in row {
                m[i][j] += s.weight * a * b;
                n[i][j] += s.weight * a * b;
            }
            m[i][NODES] += s.weight * a * s.off.0;
            n[i][NODES] += s.weight * a * s.off.1;
        }
    }
    [m, n]
}
