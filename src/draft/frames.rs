//! The frames of a blank: closed rectangles of rules, sorted into boxes to tick, combs, empty frames and frames that hold
//! print, and lines to write on.

use super::combs;
use super::ink::{Ink, SCALE, bounds};
use crate::geometry::RectMm;
use image::{GrayImage, Luma};
use imageproc::distance_transform::Norm;
use imageproc::morphology::dilate;
use imageproc::region_labelling::Connectivity;

/// Smallest inside of a frame, mm: a box to tick of 10-point type is 2.4.
const LEAST_MM: f64 = 2.0;
/// Largest inside of a box to tick, mm; a larger square is a cell for a digit.
pub(super) const MOST_TICK_MM: f64 = 5.2;
/// How far sides of a table's cells may differ in one row or column, mm.
const ALIKE_MM: f64 = 0.5;
/// Widest rule, single or double, between cells of a table, mm.
const RULE_MM: f64 = 1.5;
/// Least share of each side of a frame that is ink.
const RULED: f64 = 0.9;
/// Most ink inside a frame that counts as empty.
pub(super) const EMPTY: f64 = 0.004;
/// Smallest inside of a frame that holds print, mm.
const LEAST_PRINTED_MM: (f64, f64) = (5.0, 3.5);
/// Shortest line to write on, mm.
const LINE_MM: f64 = 12.0;
/// Room above a line to write in, mm.
pub(super) const ABOVE_MM: f64 = 7.0;

/// What frames there are.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Insides of boxes to tick.
    boxes: Vec<RectMm>,
    /// Cells of combs, left to right.
    pub(super) combs: Vec<Vec<RectMm>>,
    /// Insides of empty frames.
    pub(super) empty: Vec<RectMm>,
    /// Insides of frames that hold print.
    pub(super) printed: Vec<RectMm>,
    /// Places above lines.
    pub(super) lines: Vec<RectMm>,
}

impl Frames {
    pub(super) fn of(ink: &Ink) -> Self {
        let thick = dilate(&ink.mask, Norm::LInf, 1);
        let (empty, printed): (Vec<RectMm>, Vec<RectMm>) =
            closed(&thick).into_iter().partition(|inside| ink.share(&inside.grown(-0.35)) < EMPTY);
        let mut frames = Self::default();
        // The inside of a 回 or a 国 is no frame.
        let roomy = printed.into_iter().filter(|inside| inside.w >= LEAST_PRINTED_MM.0 && inside.h >= LEAST_PRINTED_MM.1);
        let mut parted = |inside: &RectMm| combs::parted(ink, inside).map(|comb| frames.combs.push(comb)).is_some();
        let empty: Vec<RectMm> = empty.into_iter().filter(|inside| !parted(inside)).collect();
        let printed: Vec<RectMm> = roomy.filter(|inside| !parted(inside)).collect();
        frames.printed = printed;
        let (side_by_side, others) = combs::side_by_side(empty);
        frames.combs.extend(side_by_side);
        for inside in others {
            let square = (inside.w - inside.h).abs() < 0.25 * inside.w.max(inside.h);
            if square && inside.w.max(inside.h) <= MOST_TICK_MM {
                if stands_alone(ink, &inside) {
                    frames.boxes.push(inside);
                }
            } else if combs::is_cell(&inside) && inside.h > 0.7 * inside.w {
                frames.combs.push(vec![inside]);
            } else if inside.w >= 6.0 && inside.h >= 3.5 {
                frames.empty.push(inside);
            }
        }
        let lines = lines(&thick, &frames);
        let (combs, lines): (Vec<_>, Vec<_>) =
            lines.into_iter().map(|line| (combs::on_line(ink, &line), line)).partition(|(comb, _)| comb.is_some());
        frames.combs.extend(combs.into_iter().filter_map(|(comb, _)| comb));
        let is_free = |line: &RectMm| ink.share(&RectMm::new(line.x, line.y + 0.5, line.w, ABOVE_MM - 1.0)) < EMPTY;
        let free = lines.into_iter().map(|(_, line)| line).filter(is_free);
        frames.lines = free.map(|l| RectMm::new(l.x, l.y + 0.3, l.w, l.h - 0.6)).collect();
        frames
    }

    /// Boxes to tick, those that belong together: in one frame, else side by side or one below the other; row by row where
    /// they are the places of a matrix.
    pub(super) fn ticks(&self, ink: &Ink) -> Vec<Vec<RectMm>> {
        let mut groups: Vec<Vec<RectMm>> = Vec::new();
        let mut boxes = self.boxes.clone();
        super::in_reading_order(&mut boxes, |area| *area);
        for area in boxes {
            let home = groups.iter_mut().find(|group| group.iter().any(|other| self.together(other, &area)));
            match home {
                Some(group) => group.push(area),
                None => groups.push(vec![area]),
            }
        }
        let groups = groups.into_iter().flat_map(|group| rows_of_a_matrix(ink, &group).unwrap_or_else(|| vec![group]));
        self.along_rows(groups.collect())
    }

    /// Boxes that stand one by one in neighbouring cells of a table's row are one question.
    fn along_rows(&self, groups: Vec<Vec<RectMm>>) -> Vec<Vec<RectMm>> {
        let mut joined: Vec<Vec<RectMm>> = Vec::new();
        for group in groups {
            let [area] = group.as_slice() else {
                joined.push(group);
                continue;
            };
            let before = |question: &&mut Vec<RectMm>| question.last().is_some_and(|last| self.are_neighbours(last, area));
            match joined.iter_mut().find(before) {
                Some(question) => question.push(*area),
                None => joined.push(group),
            }
        }
        joined
    }

    /// Whether two places stand in cells of a table of which the second is to the right of the first.
    pub(super) fn are_neighbours(&self, left: &RectMm, right: &RectMm) -> bool {
        let (Some(a), Some(b)) = (self.frame_of(left), self.frame_of(right)) else { return false };
        let same_row = (a.y - b.y).abs() < ALIKE_MM && (a.h - b.h).abs() < ALIKE_MM;
        same_row && (0.0..RULE_MM).contains(&(b.x - a.right()))
    }

    /// Whether there is room to write in between two places of a line.
    pub(super) fn has_room_between(&self, left: &RectMm, right: &RectMm) -> bool {
        let level = |area: &RectMm| area.y < left.bottom() && left.y < area.bottom();
        let between = |area: &RectMm| level(area) && area.x > left.right() && area.right() < right.x;
        self.empty.iter().chain(&self.lines).chain(self.combs.iter().flatten()).any(between)
    }

    /// Frames of the column that a place stands in, from the one right above it upwards.
    pub(super) fn column_above(&self, place: &RectMm) -> Vec<&RectMm> {
        let Some(mut at) = self.frame_of(place) else { return Vec::new() };
        let mut column = Vec::new();
        let is_above = |below: &RectMm, f: &&RectMm| {
            (f.x - below.x).abs() < ALIKE_MM
                && (f.w - below.w).abs() < ALIKE_MM
                && (0.0..RULE_MM).contains(&(below.y - f.bottom()))
        };
        while let Some(above) = self.printed.iter().find(|f| is_above(at, f)) {
            column.push(above);
            at = above;
        }
        column
    }

    fn together(&self, a: &RectMm, b: &RectMm) -> bool {
        match (self.frame_of(a), self.frame_of(b)) {
            (Some(x), Some(y)) => x == y,
            (None, None) => {
                let (dx, dy) = ((a.x - b.x).abs(), (a.y - b.y).abs());
                dy < 1.5 && dx < 70.0 || dx < 1.5 && dy < 12.0
            }
            _ => false,
        }
    }

    /// The smallest frame with print around a place.
    pub(super) fn frame_of(&self, place: &RectMm) -> Option<&RectMm> {
        let around = self.printed.iter().filter(|f| f.contains(place.centre()) && f.w * f.h > place.w * place.h * 1.5);
        around.min_by(|a, b| (a.w * a.h).total_cmp(&(b.w * b.h)))
    }
}

/// The rows of boxes that stand below each other with nothing printed between those of a row: people answer row by row.
fn rows_of_a_matrix(ink: &Ink, boxes: &[RectMm]) -> Option<Vec<Vec<RectMm>>> {
    let mut rows: Vec<Vec<RectMm>> = Vec::new();
    for area in boxes {
        match rows.iter_mut().find(|row| (row[0].y - area.y).abs() < ALIKE_MM) {
            Some(row) => row.push(*area),
            None => rows.push(vec![*area]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    let first = rows.first().filter(|row| row.len() > 1)?;
    let below = |row: &Vec<RectMm>| row.len() == first.len() && row.iter().zip(first).all(|(a, b)| (a.x - b.x).abs() < ALIKE_MM);
    let between = |two: &[RectMm]| {
        let (left, right) = (two[0].grown(0.7), two[1].grown(0.7));
        ink.share(&RectMm::new(left.right(), two[0].y, right.x - left.right(), two[0].h)) < EMPTY
    };
    let bare = |row: &Vec<RectMm>| row.windows(2).all(between);
    (rows.len() > 1 && rows.iter().all(|row| below(row) && bare(row))).then_some(rows)
}

/// Nothing is printed close to its left, above and below: the inside of a kanji is no box.
pub(super) fn stands_alone(ink: &Ink, inside: &RectMm) -> bool {
    let frame = inside.grown(0.7);
    let clear = |place: RectMm| ink.share(&place) < 0.02;
    clear(RectMm::new(frame.x - 0.7, frame.y, 0.7, frame.h))
        && clear(RectMm::new(frame.x, frame.y - 0.6, frame.w, 0.6))
        && clear(RectMm::new(frame.x, frame.bottom(), frame.w, 0.6))
}

/// Insides of all closed rectangles of rules.
fn closed(thick: &GrayImage) -> Vec<RectMm> {
    let (w, h) = thick.dimensions();
    let paper = GrayImage::from_fn(w, h, |x, y| Luma([255 - thick.get_pixel(x, y)[0]]));
    let inside = |b: &[u32; 4]| {
        let mm = b.map(|v| f64::from(v) / SCALE);
        // The mask was made thicker by one pixel on every side.
        RectMm::new(mm[0], mm[1], mm[2] - mm[0], mm[3] - mm[1]).grown(1.0 / SCALE)
    };
    let large = |b: &[u32; 4]| b[0] > 1 && b[1] > 1 && b[2] + 1 < w && b[3] + 1 < h;
    let long = |r: &RectMm| r.w >= LEAST_MM && r.h >= LEAST_MM;
    let areas = bounds(&paper, Connectivity::Four);
    areas.iter().filter(|b| large(b) && is_ruled(thick, b)).map(inside).filter(long).collect()
}

/// Whether all four sides just outside are ink.
fn is_ruled(thick: &GrayImage, [x0, y0, x1, y1]: &[u32; 4]) -> bool {
    let share = |line: &mut dyn Iterator<Item = (u32, u32)>| {
        let (mut all, mut inked) = (0, 0);
        for (x, y) in line {
            all += 1;
            inked += u32::from(thick.get_pixel(x, y)[0] > 0);
        }
        f64::from(inked) / f64::from(all.max(1))
    };
    share(&mut (*x0..*x1).map(|x| (x, y0 - 1))) > RULED
        && share(&mut (*x0..*x1).map(|x| (x, *y1))) > RULED
        && share(&mut (*y0..*y1).map(|y| (x0 - 1, y))) > RULED
        && share(&mut (*y0..*y1).map(|y| (*x1, y))) > RULED
}

/// Places above lines that belong to no frame; their lower edges are the lines.
fn lines(thick: &GrayImage, frames: &Frames) -> Vec<RectMm> {
    let mut found: Vec<RectMm> = Vec::new();
    for y in 0..thick.height() {
        let mut start = None;
        for x in 0..=thick.width() {
            let inked = x < thick.width() && thick.get_pixel(x, y)[0] > 0;
            match (start, inked) {
                (None, true) => start = Some(x),
                (Some(from), false) => {
                    start = None;
                    let (x0, length, y) = (f64::from(from) / SCALE, f64::from(x - from) / SCALE, f64::from(y) / SCALE);
                    if length < LINE_MM {
                        continue;
                    }
                    let here = RectMm::new(x0, y - ABOVE_MM, length, ABOVE_MM);
                    let same = |line: &&mut RectMm| (line.bottom() - y).abs() < 1.2 && line.x < here.right() && x0 < line.right();
                    match found.iter_mut().find(same) {
                        // A line that leans a little is several rows.
                        Some(line) => (line.x, line.w) = (line.x.min(x0), line.right().max(here.right()) - line.x.min(x0)),
                        None => found.push(here),
                    }
                }
                _ => {}
            }
        }
    }
    let all: Vec<RectMm> = frames.combs.iter().flatten().chain(&frames.empty).chain(&frames.printed).copied().collect();
    let is_side = |line: &RectMm| {
        all.iter().any(|f| {
            let along = line.x < f.right() && f.x < line.right();
            along && ((f.y - line.bottom()).abs() < 1.0 || (f.bottom() - line.bottom()).abs() < 1.0)
        })
    };
    found.retain(|line| !is_side(line));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Dpi;
    use crate::sheet::{Item, Sheet, raster};

    fn frames(items: Vec<Item>) -> (Ink, Frames) {
        let sheet = Sheet { width_mm: 100.0, height_mm: 60.0, items };
        let ink = Ink::of(&raster::draw(&sheet, Dpi::square(300.0)), [100.0, 60.0]);
        let frames = Frames::of(&ink);
        (ink, frames)
    }

    fn rect(x: f64, y: f64, w: f64, h: f64) -> Item {
        Item::Rect { rect: RectMm::new(x, y, w, h), width: 0.15, fill: None }
    }

    fn line(line: [f64; 4], dash: Option<[f64; 2]>) -> Item {
        Item::Line { line, width: 0.15, dash }
    }

    #[test]
    fn cells_side_by_side_are_a_comb_and_a_lone_square_is_a_box() {
        let mut items: Vec<Item> = (0..5).map(|i| rect(10.0 + 7.0 * f64::from(i), 10.0, 7.0, 8.0)).collect();
        items.push(rect(60.0, 12.0, 3.5, 3.5));
        let (ink, found) = frames(items);
        assert_eq!(found.combs.iter().map(Vec::len).collect::<Vec<_>>(), [5]);
        assert_eq!(found.ticks(&ink).len(), 1);
        let cell = found.combs[0][2];
        assert!((cell.x - 24.1).abs() < 0.15 && (cell.w - 6.85).abs() < 0.25, "{cell:?}");
    }

    #[test]
    fn a_matrix_of_boxes_is_a_question_to_a_row_and_a_list_in_two_columns_is_one() {
        let at = |(row, column): (i32, i32)| rect(40.0 + 12.0 * f64::from(column), 10.0 + 8.0 * f64::from(row), 3.5, 3.5);
        let places = || (0..3).flat_map(|row| (0..4).map(move |column| (row, column)));
        let sizes = |items: Vec<Item>| {
            let (ink, found) = frames(items);
            found.ticks(&ink).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(places().map(at).collect()), [4, 4, 4]);
        let word = |(row, column): (i32, i32)| {
            line(
                [
                    46.0 + 12.0 * f64::from(column),
                    12.0 + 8.0 * f64::from(row),
                    49.0 + 12.0 * f64::from(column),
                    12.0 + 8.0 * f64::from(row),
                ],
                None,
            )
        };
        assert_eq!(sizes(places().map(at).chain(places().map(word)).collect()), [12]);
    }

    #[test]
    fn an_empty_frame_and_a_line_are_places_to_write_and_a_table_s_rules_are_not() {
        let (_, found) =
            frames(vec![rect(10.0, 5.0, 80.0, 20.0), line([10.0, 15.0, 90.0, 15.0], None), line([20.0, 45.0, 60.0, 45.0], None)]);
        assert_eq!((found.empty.len(), found.lines.len()), (2, 1));
        assert!((found.lines[0].bottom() - 44.6).abs() < 0.5 && (found.lines[0].w - 40.0).abs() < 0.5, "{:?}", found.lines);
    }
}
