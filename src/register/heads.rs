//! The heads of a table's columns: whether a page has the head of one column over another. Another edition may have YES and NO, or the
//! ends of a scale, the other way round, and every row as before. Knows nothing of the page's fit but its map.

use super::fit::Map;
use super::ink::Ink;
use super::patch::Patch;
use super::reference::{PX_PER_MM, Reference};
use super::words::has_words;
use crate::form::{Field, FieldKind};
use crate::geometry::{PointMm, RectMm};
use std::sync::OnceLock;

/// How far the places of a column may lie apart sideways, and the tops of a table's columns in height, mm.
const IN_LINE_MM: f64 = 0.8;
/// Fewest places one below the other that are a column.
const ROWS: usize = 3;

/// Most that two rows of a table lie apart, mm, and how many times as far as the nearest two any of them does, at most.
const MOST_GAP_MM: f64 = 15.0;
const FARTHER: f64 = 2.0;
/// How far above the first row its heads are looked for, mm: a line or two, under a rule and the row's own margin.
const ABOVE_MM: [f64; 7] = [3.0, 4.5, 6.0, 7.5, 9.0, 10.5, 12.0];
/// Finest plane, pixels: 6 mm of a head.
const SIDE: usize = 24;
/// How far above and below its middle a line of a head reaches, mm: rules are as alike as the heads between them differ.
const LINE_MM: f64 = 1.9;
/// How far to either side a head of one letter reaches, mm: A, B, C over bubbles are no words, and a dark band around them is the same over
/// all columns. Reasoned: columns lie 5 mm apart and more.
const LETTER_MM: f64 = 1.9;
/// Correlation below which two heads can be told from each other. "Stock (t)" and "Sold (t)" have 0.75.
const TELLS: f32 = 0.9;
/// How much better each of two heads must be found over the other's column than the other one, and the share of what the page's
/// print correlates in the median that it must have there. Both must: words under a stamp are not found over another column.
const BETTER: f32 = 0.1;
const SEEN: f32 = 0.85;
/// How far from its place a head is looked for, pixels.
const REACH: usize = 2;

/// The tables of a page.
#[derive(Debug)]
pub(super) struct Tables(Vec<Table>);

/// Columns that begin at one height.
#[derive(Debug)]
struct Table {
    /// The first place of each.
    tops: Vec<RectMm>,
    /// Fields, in the order of `Form::fields_on`, that have a place in one of them.
    fields: Vec<usize>,
    /// What is printed over them, height by height, cut when the first such page is seen.
    heads: OnceLock<Vec<Heads>>,
}

/// Places one below the other.
struct Column {
    places: Vec<(usize, RectMm)>,
}

impl Column {
    /// Parted where it goes on much farther below than row after row: another table, or another question.
    fn parts(mut self) -> Vec<Vec<(usize, RectMm)>> {
        self.places.sort_by(|a, b| a.1.y.total_cmp(&b.1.y));
        let mut parts: Vec<Vec<(usize, RectMm)>> = Vec::new();
        for place in self.places {
            let gap = |part: &[(usize, RectMm)]| place.1.y - part[part.len() - 1].1.y;
            let usual = |part: &[(usize, RectMm)]| part.windows(2).map(|two| two[1].1.y - two[0].1.y).fold(MOST_GAP_MM, f64::min);
            match parts.last_mut().filter(|part| gap(part) < FARTHER * usual(part)) {
                Some(part) => part.push(place),
                None => parts.push(vec![place]),
            }
        }
        parts
    }
}

impl Tables {
    /// Of a page with these fields.
    pub(super) fn of(fields: &[&Field]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        for (at, place) in fields.iter().enumerate().flat_map(|(at, field)| places(field).into_iter().map(move |p| (at, p))) {
            let is_in = |column: &&mut Column| {
                let own = column.places[0].1;
                (own.centre().x - place.centre().x).abs() < IN_LINE_MM && (own.w - place.w).abs() < 2.0 * IN_LINE_MM
            };
            match columns.iter_mut().find(is_in) {
                Some(column) => column.places.push((at, place)),
                None => columns.push(Column { places: vec![(at, place)] }),
            }
        }
        let mut tables: Vec<Table> = Vec::new();
        for places in columns.into_iter().flat_map(Column::parts).filter(|places| places.len() >= ROWS) {
            let top = places[0].1;
            let begins = |table: &&mut Table| (table.tops[0].centre().y - top.centre().y).abs() < IN_LINE_MM;
            let own = places.iter().map(|(at, _)| *at);
            match tables.iter_mut().find(begins) {
                Some(table) => {
                    table.tops.push(top);
                    table.fields.extend(own);
                }
                None => tables.push(Table { tops: vec![top], fields: own.collect(), heads: OnceLock::new() }),
            }
        }
        tables.retain(|table| table.tops.len() > 1);
        Self(tables)
    }

    /// The fields whose columns may be others: the page has the head of one over another. `usual` is what its print correlates in the
    /// median.
    pub(super) fn exchanged(&self, form: &Reference, ink: &Ink, map: &Map, usual: f32) -> Vec<usize> {
        let is_exchanged = |table: &&Table| {
            let over = |letters| ABOVE_MM.into_iter().map(move |away| Heads::over(form, &table.tops, away, letters));
            let heads = || over(false).chain(over(true)).filter(|heads| !heads.pairs.is_empty()).collect();
            let heads: &Vec<Heads> = table.heads.get_or_init(heads);
            heads.iter().any(|heads| heads.are_exchanged(ink, map, usual))
        };
        self.0.iter().filter(is_exchanged).flat_map(|table| table.fields.iter().copied()).collect()
    }
}

/// What is printed at one height over the columns of a table.
#[derive(Debug)]
struct Heads {
    each: Vec<(PointMm, Patch)>,
    /// Those that can be told from each other.
    pairs: Vec<(usize, usize)>,
}

impl Heads {
    /// What stands so far above the first row: words, or single letters.
    fn over(form: &Reference, tops: &[RectMm], away: f64, letters: bool) -> Self {
        let cut = |top: &RectMm| {
            let at = PointMm { x: top.centre().x, y: top.y - away };
            let beside = |p: PointMm| letters && (p.x - at.x).abs() > LETTER_MM;
            let hidden = |p: PointMm| form.hides(p) || (p.y - at.y).abs() > LINE_MM || beside(p);
            let patch = Patch::seen(at, &form.ink, &Reference::own_map(), hidden, SIDE, PX_PER_MM);
            patch.filter(|_| letters || has_words(&form.ink.planes[2], at)).map(|patch| (at, patch))
        };
        let each: Vec<(PointMm, Patch)> = tops.iter().filter_map(cut).collect();
        let differ = |&(i, j): &(usize, usize)| score(&each[j].1, each[i].0, &form.ink, &Reference::own_map()) < TELLS;
        let pairs = (0..each.len()).flat_map(|j| (0..j).map(move |i| (i, j))).filter(differ).collect();
        Self { each, pairs }
    }

    /// Whether the page shows two of them the other way round.
    fn are_exchanged(&self, ink: &Ink, map: &Map, usual: f32) -> bool {
        let found = |patch: usize, at: usize| score(&self.each[patch].1, self.each[at].0, ink, map);
        let own: Vec<f32> = (0..self.each.len()).map(|i| found(i, i)).collect();
        let is_other = |at: usize, other: usize| {
            let there = own[at] + BETTER;
            there < 1.0 && found(other, at) >= there.max(SEEN * usual)
        };
        self.pairs.iter().any(|&(i, j)| is_other(i, j) && is_other(j, i))
    }
}

/// How well a head is found at a place.
fn score(patch: &Patch, at: PointMm, ink: &Ink, map: &Map) -> f32 {
    patch.find(at, ink, map, REACH).map_or(0.0, |found| found.score)
}

/// What stands under a head of its own: each option of a choice, and all cells of a number together.
fn places(field: &Field) -> Vec<RectMm> {
    match &field.kind {
        FieldKind::Choice { .. } => field.boxes(),
        _ => vec![field.bounds()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_ends_where_another_question_begins() {
        let place = |y: f64| (0, RectMm::new(80.0, y, 3.0, 3.0));
        let parts = |ys: &[f64]| {
            let column = Column { places: ys.iter().map(|y| place(*y)).collect() };
            column.parts().iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(parts(&[173.0, 181.0, 189.0, 60.0, 220.0]), [1, 3, 1]);
        assert_eq!(parts(&[50.0, 56.0, 62.0, 71.0, 77.0]), [5], "a row of two lines");
    }
}
