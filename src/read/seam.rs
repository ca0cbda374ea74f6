//! Where two digits that touch across the border of their cells are best taken apart: from top to bottom where there is least ink of
//! them, near the border. Does not say which digits they are.

use crate::read::components::Component;
use crate::read::patch::{SCALE, Window};

/// How far from the border the seam may run, mm: what people overshoot it by.
const ASIDE_MM: f64 = 1.2;

/// What a pixel of ink costs, and one beside the border.
const INK: u32 = 16;
const ASIDE: u32 = 1;

/// The seams of a piece, between each of its cells and the next: the first column to the right, row by row.
pub(super) struct Seams {
    width: usize,
    /// The piece's first row.
    top: usize,
    /// For each border from left to right.
    columns: Vec<Vec<usize>>,
    /// Place of each cell from left to right.
    order: Vec<usize>,
}

impl Seams {
    /// Through a piece of a picture of that width.
    pub(super) fn through(piece: &Component, windows: &[Window], width: usize) -> Self {
        let mut cells: Vec<usize> = (0..windows.len()).collect();
        cells.sort_by_key(|&c| windows[c].x0);
        let mut order = vec![0; windows.len()];
        cells.iter().enumerate().for_each(|(place, &cell)| order[cell] = place);
        let borders = cells.windows(2).map(|pair| usize::midpoint(windows[pair[0]].x1, windows[pair[1]].x0));
        let columns = borders.map(|border| seam(piece, border, width)).collect();
        Self { width, top: piece.bounds.y0, columns, order }
    }

    /// Whether a pixel of the piece lies between the seams of a cell.
    pub(super) fn is_within(&self, cell: usize, pixel: usize) -> bool {
        let (x, y, place) = (pixel % self.width, pixel / self.width - self.top, self.order[cell]);
        let left = place.checked_sub(1).is_none_or(|border| x >= self.columns[border][y]);
        left && self.columns.get(place).is_none_or(|seam| x < seam[y])
    }
}

/// The way from a piece's first row to its last that crosses least of it, a column aside at most from row to row.
fn seam(piece: &Component, border: usize, width: usize) -> Vec<usize> {
    let aside = (ASIDE_MM * SCALE) as usize;
    let (first, rows) = (border.saturating_sub(aside), piece.bounds.y1 - piece.bounds.y0);
    let columns = border + aside + 1 - first;
    let mut cost = vec![vec![0_u32; columns]; rows];
    for row in &mut cost {
        row.iter_mut().enumerate().for_each(|(x, cost)| *cost = ASIDE * (first + x).abs_diff(border) as u32);
    }
    for &pixel in &piece.pixels {
        let (x, y) = (pixel % width, pixel / width - piece.bounds.y0);
        if let Some(cost) = x.checked_sub(first).and_then(|x| cost[y].get_mut(x)) {
            *cost += INK;
        }
    }
    let near = |x: usize| x.saturating_sub(1)..(x + 2).min(columns);
    for y in 1..rows {
        for x in 0..columns {
            let before = near(x).map(|x| cost[y - 1][x]).min().unwrap_or(0);
            cost[y][x] += before;
        }
    }
    let cheapest =
        |y: usize, among: std::ops::Range<usize>| among.min_by_key(|&x| (cost[y][x], (first + x).abs_diff(border))).unwrap_or(0);
    let mut at = cheapest(rows - 1, 0..columns);
    let mut seam = vec![first + at; rows];
    for y in (0..rows - 1).rev() {
        at = cheapest(y, near(at));
        seam[y] = first + at;
    }
    seam
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::components::components;

    #[test]
    fn a_foot_that_reaches_into_the_next_cell_stays_with_its_digit() {
        // Two cells of 40 px; an upright stroke at 18 with a foot to 46, and another stroke at 52 that it touches by a hair.
        let width = 80;
        let mut mask = vec![false; width * 30];
        let mut fill = |xs: std::ops::Range<usize>, ys: std::ops::Range<usize>| {
            for y in ys {
                xs.clone().for_each(|x| mask[y * width + x] = true);
            }
        };
        fill(18..22, 2..28);
        fill(18..46, 24..28);
        fill(46..52, 24..25);
        fill(52..56, 2..28);
        let piece = components(&mask, width).into_iter().next().expect("one piece");
        let cell = |x0: usize| Window { x0, x1: x0 + 40, y0: 0, y1: 30 };
        let seams = Seams::through(&piece, &[cell(0), cell(40)], width);
        let at = |x: usize, y: usize| y * width + x;
        assert!(seams.is_within(0, at(45, 26)) && !seams.is_within(1, at(45, 26)));
        assert!(seams.is_within(1, at(52, 4)) && !seams.is_within(0, at(52, 4)));
        // The cells may be named from right to left.
        let seams = Seams::through(&piece, &[cell(40), cell(0)], width);
        assert!(seams.is_within(1, at(45, 26)) && seams.is_within(0, at(52, 26)));
    }
}
