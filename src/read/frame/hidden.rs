//! What of a digit may lie on a printed line that was taken out: the foot of a 2 along the frame leaves a 7.

use super::{Aligned, LEAST_PRINT};
use crate::read::patch::{SCALE, Window};
use crate::read::tone::median;
use std::ops::Range;

/// How far from the ends of a digit a printed line is looked at, mm: the line, and what it is fatter by.
const ACROSS_MM: f64 = 0.9;

/// Shortest stroke along a line that is a foot or a bar: mm, and share of the digit's height. A felt pen's stem that
/// crosses the line is a millimetre wide.
const FOOT: (f64, f64) = (0.9, 0.3);

/// Ink that only a pen gives the very rim of a line, where the rim's mean is less than half of it.
const DARK: f32 = 0.8;

/// How much thicker than elsewhere a line is where a stroke lies on it: patch pixels, and median deviations of its thickness.
const THICKER: f32 = 1.0;
const NOISE: f32 = 3.0;

impl Aligned<'_> {
    /// What a digit may have lost of a bar to a printed line above it, and of a foot to one below: the pixels there, none where
    /// there is none. At the rim of the line there is ink then, for longer than any stroke takes that crosses it.
    pub fn hidden_along_print(&self, digit: &Window, threshold: f32) -> [Vec<usize>; 2] {
        if self.is_dropped {
            return [Vec::new(), Vec::new()];
        }
        let Window { x0, x1, y0, y1 } = *digit;
        let across = (ACROSS_MM * SCALE) as usize;
        let least = (FOOT.0 * SCALE).max(FOOT.1 * (y1 - y0) as f64);
        let rim = &self.print.near[1];
        let rim_is_dark = rim.iter().map(|&i| self.all.ink[i as usize]).sum::<f32>() > DARK / 2.0 * rim.len() as f32;
        let dark = |x: usize, y: usize| {
            let i = y * self.all.width + x;
            let (away, ink) = (usize::from(self.print.away[i]), self.all.ink[i]);
            away == self.swelling && ink > threshold || away == 1 && ink > DARK && !rim_is_dark
        };
        [y0, y1].map(|y| {
            let rows = y.saturating_sub(across)..(y + across).min(self.all.height);
            let mut stroke = runs((x0..x1).map(|x| rows.clone().any(|y| dark(x, y))), least);
            stroke.extend(self.thicker(&rows, x0..x1, least));
            let columns: Vec<usize> = (x0..x1).filter(|x| stroke.iter().any(|run| run.contains(&(x - x0)))).collect();
            let places = rows.flat_map(|y| columns.iter().map(move |x| y * self.all.width + x));
            places.filter(|&i| self.all.ink[i] > threshold && usize::from(self.print.away[i]) <= self.swelling).collect()
        })
    }

    /// Where, of some columns, the printed line in some rows is thicker for so many pixels than it is elsewhere: a foot that lies on
    /// the line and hardly leaves it, on a scan in black and white whose lines have no pale rim.
    fn thicker(&self, rows: &Range<usize>, columns: Range<usize>, least: f64) -> Vec<Range<usize>> {
        let thickness = |x: usize| {
            let column =
                rows.clone().map(|y| y * self.all.width + x).filter(|&i| usize::from(self.print.away[i]) <= self.swelling + 1);
            let is_printed = column.clone().any(|i| self.print.away[i] == 0);
            is_printed.then(|| column.map(|i| self.all.ink[i].min(1.0)).sum::<f32>())
        };
        let mut all: Vec<f32> = (0..self.all.width).filter_map(thickness).collect();
        if all.len() < LEAST_PRINT {
            return Vec::new();
        }
        let usual = median(&mut all);
        let mut off: Vec<f32> = all.iter().map(|v| (v - usual).abs()).collect();
        let most = usual + (NOISE * median(&mut off)).max(THICKER);
        runs(columns.map(|x| thickness(x).is_some_and(|thick| thick > most)), least)
    }
}

/// The runs of so many and more that are true.
fn runs(all: impl Iterator<Item = bool>, least: f64) -> Vec<Range<usize>> {
    let (mut runs, mut start) = (Vec::new(), None);
    for (at, is) in all.chain(std::iter::once(false)).enumerate() {
        match (is, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                runs.extend(((at - from) as f64 >= least).then_some(from..at));
                start = None;
            }
            _ => {}
        }
    }
    runs
}
