//! A small smooth displacement over the sheet: folds, paper stretched by a feeder or held in the hand. Bilinear between nodes.
//! Does not fit itself (`fit`).

use crate::geometry::PointMm;

/// Nodes at equal distances over a sheet, from edge to edge.
#[derive(Debug)]
pub(super) struct Lattice<const NODES: usize> {
    columns: usize,
    rows: usize,
}

/// The inner rows at the thirds, where letters are folded.
pub(super) const THIRDS: Lattice<12> = Lattice { columns: 3, rows: 4 };
/// Rows at the thirds and at half, columns at the quarters.
pub(super) const SIXTHS: Lattice<35> = Lattice { columns: 5, rows: 7 };

impl<const NODES: usize> Lattice<NODES> {
    /// The four nodes around a point and their shares, which add up to one.
    pub(super) fn shares(&self, p: PointMm, size: (f64, f64)) -> [(usize, f64); 4] {
        let cell = |v: f64, length: f64, count: usize| {
            let at = (v / length).clamp(0.0, 1.0) * (count - 1) as f64;
            let low = (at as usize).min(count - 2);
            (low, at - low as f64)
        };
        let ((c, a), (r, b)) = (cell(p.x, size.0, self.columns), cell(p.y, size.1, self.rows));
        let i = r * self.columns + c;
        [(i, (1.0 - a) * (1.0 - b)), (i + 1, a * (1.0 - b)), (i + self.columns, (1.0 - a) * b), (i + self.columns + 1, a * b)]
    }

    /// Every node with one on either side of it, across or down.
    pub(super) fn threes(&self) -> impl Iterator<Item = [usize; 3]> {
        let three = |inside: bool, i: usize, step: usize| inside.then(|| [i - step, i, i + step]);
        let (columns, rows) = (self.columns, self.rows);
        (0..NODES).flat_map(move |i| {
            let (c, r) = (i % columns, i / columns);
            [three(c > 0 && c + 1 < columns, i, 1), three(r > 0 && r + 1 < rows, i, columns)].into_iter().flatten()
        })
    }
}

/// Displacements in mm at the nodes of `SIXTHS`; nothing where the sheet lay flat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bend {
    size: (f64, f64),
    nodes: [(f32, f32); 35],
}

impl Bend {
    /// A flat sheet.
    pub(super) const NONE: Self = Self { size: (0.0, 0.0), nodes: [(0.0, 0.0); 35] };

    /// From the displacements at the nodes of a lattice all of whose nodes are nodes of `SIXTHS` as well.
    pub(super) fn of<const NODES: usize>(lattice: &Lattice<NODES>, size: (f64, f64), x: &[f64; NODES], y: &[f64; NODES]) -> Self {
        let mut nodes = [(0.0, 0.0); 35];
        for (i, n) in nodes.iter_mut().enumerate() {
            let along = |i: usize, count: usize, length: f64| i as f64 / (count - 1) as f64 * length;
            let (c, r) = (i % SIXTHS.columns, i / SIXTHS.columns);
            let p = PointMm { x: along(c, SIXTHS.columns, size.0), y: along(r, SIXTHS.rows, size.1) };
            let sum = |v: &[f64]| lattice.shares(p, size).iter().map(|(i, share)| share * v[*i]).sum::<f64>() as f32;
            *n = (sum(x), sum(y));
        }
        Self { size, nodes }
    }

    /// Down by so many mm at each node, for tests.
    #[cfg(test)]
    pub(super) fn down(size: (f64, f64), by: impl Fn(PointMm) -> f64) -> Self {
        let mut y = [0.0; 35];
        for (i, y) in y.iter_mut().enumerate() {
            let along = |i: usize, count: usize, length: f64| i as f64 / (count - 1) as f64 * length;
            *y = by(PointMm {
                x: along(i % SIXTHS.columns, SIXTHS.columns, size.0),
                y: along(i / SIXTHS.columns, SIXTHS.rows, size.1),
            });
        }
        Self::of(&SIXTHS, size, &[0.0; 35], &y)
    }

    /// The displacements of both.
    pub(super) fn and(&self, more: &Self) -> Self {
        let mut nodes = more.nodes;
        nodes.iter_mut().zip(&self.nodes).for_each(|(n, o)| *n = (n.0 + o.0, n.1 + o.1));
        Self { size: more.size, nodes }
    }

    pub(super) fn moved(&self, p: PointMm) -> PointMm {
        if self.size.0 <= 0.0 {
            return p;
        }
        let (mut x, mut y) = (p.x, p.y);
        for (i, share) in SIXTHS.shares(p, self.size) {
            x += share * f64::from(self.nodes[i].0);
            y += share * f64::from(self.nodes[i].1);
        }
        PointMm { x, y }
    }
}
