//! Combs of a blank: equal cells side by side, frames parted by dotted lines or by short strokes at their foot, and lines on
//! which short strokes stand.

use super::frames::{EMPTY, MOST_TICK_MM};
use super::ink::{Ink, SCALE};
use crate::geometry::RectMm;

/// Sides of a cell for one digit, mm.
const CELL_MM: std::ops::RangeInclusive<f64> = 3.8..=14.0;
/// How far a cell's sides may differ from its neighbour's, and their tops, mm.
const ALIKE_MM: f64 = 0.5;
/// How far a line may be found from where equal cells have it and count as theirs, mm.
const EVEN_MM: f64 = 0.25;
/// Widest gap between cells of one comb, mm, and between such as are too tall to be boxes to tick.
const GAP_MM: (f64, f64) = (1.6, 3.0);
/// Share of a column of 0.3 mm that a dotted line covers, and that a stroke of a hairline does.
const DOTTED: f64 = 0.12;
const STROKE: f64 = 0.3;
/// Height of a stroke that parts cells from their foot, at the least, mm.
const STROKE_MM: f64 = 1.0;
/// Heights of cells without a top, mm: the first for which there is room above the line.
const OPEN_MM: [f64; 4] = [8.0, 7.0, 6.0, 5.0];
/// Fewest cells that strokes at the foot part: two words on a line have one between them.
const LEAST_FOOTED: usize = 3;

/// Whether a frame has the size of a cell for one digit.
pub(super) fn is_cell(inside: &RectMm) -> bool {
    CELL_MM.contains(&inside.w) && CELL_MM.contains(&inside.h)
}

/// Rows of equal cells side by side, and the frames that are in none.
pub(super) fn side_by_side(mut cells: Vec<RectMm>) -> (Vec<Vec<RectMm>>, Vec<RectMm>) {
    cells.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut used = vec![false; cells.len()];
    let mut combs = Vec::new();
    for first in 0..cells.len() {
        if used[first] || !is_cell(&cells[first]) {
            continue;
        }
        let mut row = vec![first];
        for next in first + 1..cells.len() {
            let last = &cells[row[row.len() - 1]];
            if !used[next] && follows(last, &cells[next]) {
                row.push(next);
            }
        }
        if row.len() > 1 {
            for &i in &row {
                used[i] = true;
            }
            combs.push(row.into_iter().map(|i| cells[i]).collect());
        }
    }
    (combs, cells.into_iter().zip(used).filter(|(_, used)| !used).map(|(cell, _)| cell).collect())
}

fn follows(last: &RectMm, next: &RectMm) -> bool {
    let gap = next.x - last.right();
    let alike = (last.w - next.w).abs() < ALIKE_MM && (last.h - next.h).abs() < ALIKE_MM && (last.y - next.y).abs() < ALIKE_MM;
    let widest = if last.h > MOST_TICK_MM { GAP_MM.1 } else { GAP_MM.0 };
    alike && (0.0..widest).contains(&gap)
}

/// The cells of a frame that dotted lines part from top to bottom, or short strokes from its foot.
pub(super) fn parted(ink: &Ink, inside: &RectMm) -> Option<Vec<RectMm>> {
    if !CELL_MM.contains(&inside.h) || inside.w < 1.6 * inside.h {
        return None;
    }
    let column = |x: f64, y: f64, h: f64| ink.share(&RectMm::new(x - 0.15, y, 0.3, h));
    let third = inside.h / 3.0;
    let dotted = |x: f64| (0..3).all(|i| column(x, inside.y + f64::from(i) * third, third) > DOTTED);
    let footed = |x: f64| column(x, inside.bottom() - STROKE_MM, STROKE_MM) > STROKE;
    let empty = |cells: &Vec<RectMm>| cells.iter().all(|c| ink.share(&c.grown(-0.35)) < EMPTY);
    let ends = (inside.x, inside.right());
    let dotted = regular(ends, &places(ends, dotted)).map(|edges| cells(&edges, inside.y, inside.h)).filter(&empty);
    let footed = || regular(ends, &places(ends, footed)).map(|edges| cells(&edges, inside.y, inside.h)).filter(&empty);
    dotted.or_else(|| footed().filter(|cells| cells.len() >= LEAST_FOOTED))
}

/// The cells above a line on which short strokes stand; `line` is the place above it.
pub(super) fn on_line(ink: &Ink, line: &RectMm) -> Option<Vec<RectMm>> {
    let foot = line.bottom() - 0.3;
    let footed = |x: f64| ink.share(&RectMm::new(x - 0.15, foot - STROKE_MM, 0.3, STROKE_MM)) > STROKE;
    // A stroke at the line's very end stands half beyond it.
    let ends = (line.x, line.right());
    let edges = regular(ends, &places((line.x - 0.5, line.right() + 0.5), footed))?;
    let at_height = |h: &f64| cells(&edges, foot - h, *h);
    let free = |cells: &Vec<RectMm>| cells.iter().all(|c| ink.share(&c.grown(-0.35)) < EMPTY);
    let found = OPEN_MM.iter().map(at_height).find(free);
    found.filter(|cells| cells.len() >= LEAST_FOOTED)
}

/// Middles of the places along a row where something parts it.
fn places((from, to): (f64, f64), parts: impl Fn(f64) -> bool) -> Vec<f64> {
    let steps = ((to - from) * SCALE) as usize;
    let mut found: Vec<Vec<f64>> = Vec::new();
    for x in (0..=steps).map(|i| from + i as f64 / SCALE).filter(|x| parts(*x)) {
        match found.last_mut() {
            Some(part) if x - part[part.len() - 1] < 0.5 => part.push(x),
            _ => found.push(vec![x]),
        }
    }
    found.into_iter().map(|part| part.iter().sum::<f64>() / part.len() as f64).collect()
}

/// The edges of equal cells from one end to the other, where what parts them makes such.
fn regular((from, to): (f64, f64), parts: &[f64]) -> Option<Vec<f64>> {
    let between = parts.iter().copied().filter(|x| *x > from + CELL_MM.start() / 2.0 && *x < to - CELL_MM.start() / 2.0);
    let edges: Vec<f64> = std::iter::once(from).chain(between).chain([to]).collect();
    let mean = (to - from) / (edges.len() - 1) as f64;
    let alike = edges.windows(2).all(|e| (e[1] - e[0] - mean).abs() < ALIKE_MM);
    let even: Vec<f64> = (0..edges.len()).map(|i| from + i as f64 * mean).collect();
    let drawn_even = edges.iter().zip(&even).all(|(edge, even)| (edge - even).abs() < EVEN_MM);
    (edges.len() > 2 && CELL_MM.contains(&mean) && alike).then_some(if drawn_even { even } else { edges })
}

fn cells(edges: &[f64], y: f64, h: f64) -> Vec<RectMm> {
    edges.windows(2).map(|e| RectMm::new(e[0] + 0.15, y, e[1] - e[0] - 0.3, h)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::frames::Frames;
    use crate::geometry::Dpi;
    use crate::sheet::{Item, Sheet, raster};

    fn line(line: [f64; 4], dash: Option<[f64; 2]>) -> Item {
        Item::Line { line, width: 0.15, dash }
    }

    /// Combs and lines to write on of a sheet of 100 × 60 mm.
    fn found(items: Vec<Item>) -> (Vec<Vec<RectMm>>, usize) {
        let sheet = Sheet { width_mm: 100.0, height_mm: 60.0, items };
        let frames = Frames::of(&Ink::of(&raster::draw(&sheet, Dpi::square(300.0)), [100.0, 60.0]));
        (frames.combs, frames.lines.len() + frames.empty.len() + frames.printed.len())
    }

    /// Lines at these places across, from `top` to `bottom`.
    fn upright(across: &[f64], top: f64, bottom: f64, dash: Option<[f64; 2]>) -> Vec<Item> {
        across.iter().map(|x| line([*x, top, *x, bottom], dash)).collect()
    }

    const FRAME: Item = Item::Rect { rect: RectMm { x: 10.0, y: 10.0, w: 42.0, h: 8.0 }, width: 0.15, fill: None };
    const PARTS: [f64; 5] = [17.0, 24.0, 31.0, 38.0, 45.0];

    #[test]
    fn dotted_lines_and_strokes_at_the_foot_part_a_frame() {
        for parts in [upright(&PARTS, 10.0, 18.0, Some([0.5, 0.6])), upright(&PARTS, 15.5, 18.0, None)] {
            let (combs, others) = found([vec![FRAME], parts].concat());
            assert_eq!((combs.iter().map(Vec::len).collect::<Vec<_>>(), others), (vec![6], 0));
            let cell = combs[0][2];
            assert!((cell.x - 24.15).abs() < 0.15 && (cell.w - 6.7).abs() < 0.2 && (cell.h - 7.85).abs() < 0.25, "{cell:?}");
        }
    }

    #[test]
    fn strokes_that_stand_on_a_line_make_cells_without_a_top() {
        let ends = [10.0, 52.0];
        for across in [PARTS.to_vec(), [&ends[..1], &PARTS[..], &ends[1..]].concat()] {
            let (combs, others) =
                found([vec![line([10.0, 30.0, 52.0, 30.0], None)], upright(&across, 27.0, 30.0, None)].concat());
            assert_eq!((combs.iter().map(Vec::len).collect::<Vec<_>>(), others), (vec![6], 0));
            let cell = combs[0][5];
            assert!((cell.right() - 51.85).abs() < 0.3 && (cell.bottom() - 29.6).abs() < 0.5, "{cell:?}");
        }
    }

    #[test]
    fn strokes_at_odd_places_part_nothing() {
        let (combs, _) = found([vec![FRAME], upright(&[15.0, 31.0, 34.0], 15.5, 18.0, None)].concat());
        assert!(combs.is_empty(), "{combs:?}");
    }
}
