//! Lines of words on a form's page, and those in place of which a page has others: another edition, or another form on the same
//! rules. In a table the words that say what a row asks may stand far from its cells, with other columns between.

use super::fit::Map;
use super::ink::Ink;
use super::plane::Plane;
use super::witness::reach;
use super::words::{Words, has_words, limit};
use crate::geometry::{PointMm, RectMm};

/// Distance of the places along a line, mm, and of lines where there are no fields: two lines of print.
const STEP_MM: f64 = 4.0;
const ROWS_MM: f64 = 3.0;
/// Fewest places of a line, 12 mm, that other words stand in one after the other, and most that are asked.
const LEAST: usize = 3;
const ASKED: usize = 6;
/// Lines kept that are on no field's row, those with most ink.
const ELSEWHERE: usize = 24;
/// How far from a field's middle a line is on its row, mm.
const ON_ROW_MM: f64 = 2.5;

/// The lines of a page.
#[derive(Debug)]
pub(super) struct Lines(Vec<Line>);

/// A line of words, or a part of it between fields.
#[derive(Debug)]
pub(super) struct Line {
    y: f64,
    words: Vec<Words>,
}

impl Lines {
    /// Of a page with these fields; `planes` and `masks` at `PX_PER_MM` and its halves.
    pub(super) fn of((width, height): (f64, f64), fields: &[RectMm], planes: &[Plane; 4], masks: &[Plane; 4]) -> Self {
        let apart = |at: &PointMm| fields.iter().all(|f| !f.grown(1.0).overlaps(&RectMm::new(at.x, at.y, 0.0, 0.0).grown(3.0)));
        let line = |y: f64| {
            let all = (1..(width / STEP_MM) as usize).map(move |i| PointMm { x: i as f64 * STEP_MM, y });
            runs(all.filter(apart).filter(|at| has_words(&planes[2], *at)).collect())
        };
        let cut = |places: Vec<PointMm>| {
            let n = places.len().min(ASKED);
            let some = (0..n).map(|i| places[i * (places.len() - 1) / (n - 1).max(1)]);
            let words: Vec<Words> = some.filter_map(|at| Words::cut(at, &planes[0], &masks[0])).collect();
            (words.len() >= LEAST).then(|| Line { y: places[0].y, words })
        };
        let mut rows: Vec<f64> = fields.iter().map(|f| f.centre().y).collect();
        rows.sort_by(f64::total_cmp);
        rows.dedup_by(|b, a| *b - *a < ROWS_MM / 2.0);
        let between = (2..(height / ROWS_MM) as usize).map(|i| i as f64 * ROWS_MM);
        let between = between.filter(|y| rows.iter().all(|row| (row - y).abs() >= ROWS_MM / 2.0));
        let mut elsewhere: Vec<Line> = between.flat_map(line).filter_map(cut).collect();
        elsewhere.sort_by(|a, b| b.ink().total_cmp(&a.ink()));
        elsewhere.truncate(ELSEWHERE);
        let mut lines: Vec<Line> = rows.iter().copied().flat_map(line).filter_map(cut).collect();
        lines.extend(elsewhere);
        Self(lines)
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Those in place of which the page has others; `usual` is what its print correlates in the median.
    pub(super) fn replaced(&self, ink: &Ink, map: &Map, usual: f32) -> Vec<&Line> {
        self.0.iter().filter(|line| line.is_replaced(ink, map, limit(usual))).collect()
    }
}

impl Line {
    /// Whether it stands on the row of a field.
    pub(super) fn is_on_row_of(&self, field: &RectMm) -> bool {
        let near = |words: &Words| words.at.x > field.x - reach(field) && words.at.x < field.right() + reach(field);
        (self.y - field.centre().y).abs() < ON_ROW_MM && self.words.iter().any(near)
    }

    /// Mean spread of its words' ink.
    fn ink(&self) -> f64 {
        self.words.iter().map(Words::spread).sum::<f64>() / self.words.len() as f64
    }

    /// Whether the page has other words in place of it, or of a part of it: beside them may stand a number that stays.
    fn is_replaced(&self, ink: &Ink, map: &Map, limit: f32) -> bool {
        let mut run = 0;
        self.words.iter().filter_map(|words| words.are_replaced(ink, map, limit)).any(|replaced| {
            run = if replaced { run + 1 } else { 0 };
            run >= LEAST
        })
    }
}

/// Places of a row that follow each other.
fn runs(places: Vec<PointMm>) -> Vec<Vec<PointMm>> {
    let mut runs: Vec<Vec<PointMm>> = Vec::new();
    for at in places {
        match runs.last_mut().filter(|run| at.x - run[run.len() - 1].x < 1.5 * STEP_MM) {
            Some(run) => run.push(at),
            None => runs.push(vec![at]),
        }
    }
    runs.into_iter().filter(|run| run.len() >= LEAST).collect()
}
