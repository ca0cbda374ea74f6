//! The shape of a tick, whatever its size: ✓ or レ in one stroke, which runs down and then up to the right. Does not say whose
//! mark it is.

use crate::read::components::Component;
use crate::read::patch::SCALE;
use crate::read::strokes::is_straight;

/// Least height of a tick as a share of its width: a line that strikes a box out and sags is flatter.
const STEEP: f64 = 0.5;

/// Least height of a tick's shorter arm, mm, and of the arm on the right as a share of the whole.
const HOOK_MM: f64 = 0.7;
const RISES: f64 = 0.5;

/// How far a hand trembles, mm.
const TREMBLE_MM: f64 = 0.35;

/// How much may be missing from the run of ink in a column, mm, and in what share of the columns: where a printed line was taken
/// out of the stroke.
const GAP_MM: f64 = 1.25;
const PRINTED: f64 = 0.2;

/// Whether a piece has the shape of a tick: one stroke, of which every column holds one run, lowest left of its middle, and rising
/// from there to both sides, to the right by half its height or more.
pub(super) fn is_tick(piece: &Component, width: usize) -> bool {
    let (w, h) = piece.size();
    if is_straight(&piece.pixels, width) || (h as f64) < STEEP * w as f64 {
        return false;
    }
    let mut columns = vec![(usize::MAX, 0, 0_usize); w];
    for &i in &piece.pixels {
        let (x, y) = (i % width - piece.bounds.x0, i / width - piece.bounds.y0);
        let (top, bottom, ink) = &mut columns[x];
        (*top, *bottom, *ink) = ((*top).min(y), (*bottom).max(y), *ink + 1);
    }
    columns.retain(|column| column.2 > 0);
    let missing = |&(top, bottom, ink): &(usize, usize, usize)| ((bottom + 1 - top) - ink) as f64 / SCALE;
    let parted = columns.iter().filter(|column| missing(column) > TREMBLE_MM).count();
    if parted as f64 > PRINTED * w as f64 || columns.iter().any(|column| missing(column) > GAP_MM) {
        return false;
    }
    let lowest = columns.iter().map(|c| c.1).max().unwrap_or(0);
    let at_foot: Vec<usize> = (0..columns.len()).filter(|&x| columns[x].1 == lowest).collect();
    let foot = at_foot[at_foot.len() / 2];
    let hook = columns[..=foot].iter().map(|c| c.0).min().map_or(0, |top| lowest - top);
    let rises = lowest - columns.last().map_or(lowest, |c| c.0);
    let lower_edge: Vec<usize> = columns.iter().map(|c| c.1).collect();
    foot * 2 < columns.len()
        && goes_up(lower_edge[foot..].iter())
        && goes_up(lower_edge[..=foot].iter().rev())
        && hook as f64 >= HOOK_MM * SCALE
        && rises as f64 >= RISES * h as f64
}

/// Whether rows, one after another, never go down again by more than a hand trembles.
fn goes_up<'a>(mut rows: impl Iterator<Item = &'a usize>) -> bool {
    let mut highest = usize::MAX;
    rows.all(|&row| {
        highest = highest.min(row);
        row <= highest + (TREMBLE_MM * SCALE) as usize
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::components::components;

    /// A stroke 3 px (0.4 mm) broad through some points, mm.
    fn stroke(lines: &[&[(f64, f64)]]) -> Component {
        let width = 160;
        let near = |x: f64, y: f64, (x0, y0): (f64, f64), (x1, y1): (f64, f64)| {
            let t = (((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0).powi(2) + (y1 - y0).powi(2))).clamp(0.0, 1.0);
            (x - x0 - t * (x1 - x0)).hypot(y - y0 - t * (y1 - y0)) <= 0.2
        };
        let inked = |i: usize| {
            let (x, y) = ((i % width) as f64 / SCALE, (i / width) as f64 / SCALE);
            lines.iter().any(|line| line.windows(2).any(|ends| near(x, y, ends[0], ends[1])))
        };
        let mask: Vec<bool> = (0..width * 160).map(inked).collect();
        components(&mask, width).swap_remove(0)
    }

    #[test]
    fn a_stroke_down_and_up_to_the_right_is_a_tick_and_lines_that_cancel_are_none() {
        let is = |lines: &[&[(f64, f64)]]| is_tick(&stroke(lines), 160);
        assert!(is(&[&[(2.0, 8.0), (4.0, 11.0), (10.0, 3.0)]]), "✓");
        assert!(is(&[&[(4.0, 4.0), (4.2, 12.0), (10.0, 7.0)]]), "レ");
        assert!(is(&[&[(2.0, 8.0), (3.0, 8.5), (4.0, 11.0), (7.0, 6.0), (12.0, 1.0)]]), "a large one");
        assert!(!is(&[&[(2.0, 10.0), (12.0, 4.0)]]), "a slash");
        assert!(!is(&[&[(2.0, 6.0), (7.0, 7.0), (14.0, 6.0)]]), "a line that sags");
        assert!(!is(&[&[(2.0, 8.0), (5.0, 5.0), (8.0, 9.0), (12.0, 3.0)]]), "a wave");
        assert!(!is(&[&[(2.0, 3.0), (8.0, 11.0), (10.0, 9.0)]]), "a stroke down to the right");
        assert!(!is(&[&[(2.0, 8.0), (4.0, 11.0), (10.0, 3.0)], &[(2.0, 7.0), (11.0, 7.5)]]), "a tick struck out");
        assert!(!is(&[&[(2.0, 8.0), (4.0, 11.0), (10.0, 3.0)], &[(3.0, 3.0), (8.0, 10.0)]]), "a tick crossed out");
    }
}
