//! A small smooth displacement over the sheet: folds at the thirds, paper stretched by a feeder. Bilinear between 3 × 4
//! nodes, the inner rows of nodes at the thirds, where letters are folded. Does not fit itself (`fit`).

use crate::geometry::PointMm;

const COLUMNS: usize = 3;
const ROWS: usize = 4;

/// Displacements in mm at the nodes; nothing where the sheet lay flat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bend {
    size: (f64, f64),
    nodes: [(f32, f32); COLUMNS * ROWS],
}

impl Bend {
    pub(super) const NODES: usize = COLUMNS * ROWS;
    /// A flat sheet.
    pub(super) const NONE: Self = Self { size: (0.0, 0.0), nodes: [(0.0, 0.0); COLUMNS * ROWS] };

    pub(super) fn from_nodes(size: (f64, f64), x: &[f64; Self::NODES], y: &[f64; Self::NODES]) -> Self {
        let mut nodes = [(0.0, 0.0); Self::NODES];
        nodes.iter_mut().enumerate().for_each(|(i, n)| *n = (x[i] as f32, y[i] as f32));
        Self { size, nodes }
    }

    /// The four nodes around a point and their shares, which add up to one.
    pub(super) fn shares(p: PointMm, size: (f64, f64)) -> [(usize, f64); 4] {
        let cell = |v: f64, length: f64, count: usize| {
            let at = (v / length).clamp(0.0, 1.0) * (count - 1) as f64;
            let low = (at as usize).min(count - 2);
            (low, at - low as f64)
        };
        let ((c, a), (r, b)) = (cell(p.x, size.0, COLUMNS), cell(p.y, size.1, ROWS));
        let i = r * COLUMNS + c;
        [(i, (1.0 - a) * (1.0 - b)), (i + 1, a * (1.0 - b)), (i + COLUMNS, (1.0 - a) * b), (i + COLUMNS + 1, a * b)]
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
        for (i, share) in Self::shares(p, self.size) {
            x += share * f64::from(self.nodes[i].0);
            y += share * f64::from(self.nodes[i].1);
        }
        PointMm { x, y }
    }
}
