//! The frames of a blank: closed rectangles of rules, sorted into boxes to tick, combs, empty frames and frames that hold
//! print, and lines to write on.

use super::ink::{Ink, SCALE, bounds};
use crate::geometry::RectMm;
use image::{GrayImage, Luma};
use imageproc::distance_transform::Norm;
use imageproc::morphology::dilate;
use imageproc::region_labelling::Connectivity;

/// Smallest inside of a frame, mm: a box to tick of 10-point type is 2.4.
const LEAST_MM: f64 = 2.0;
/// Largest inside of a box to tick, mm; a larger square is a cell for a digit.
const MOST_TICK_MM: f64 = 5.2;
/// Sides of a cell for one digit, mm.
const CELL_MM: std::ops::RangeInclusive<f64> = 3.8..=14.0;
/// How far a cell's sides may differ from its neighbour's, and their tops, mm.
const ALIKE_MM: f64 = 0.5;
/// Widest gap between cells of one comb, mm.
const GAP_MM: f64 = 1.6;
/// Least share of each side of a frame that is ink.
const RULED: f64 = 0.9;
/// Most ink inside a frame that counts as empty.
const EMPTY: f64 = 0.004;
/// Smallest inside of a frame that holds print, mm.
const LEAST_PRINTED_MM: (f64, f64) = (5.0, 3.5);
/// Shortest line to write on, mm.
const LINE_MM: f64 = 12.0;
/// Room above a line to write in, mm.
const ABOVE_MM: f64 = 7.0;

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
        frames.printed = roomy.filter(|inside| !frames.take_dotted(ink, inside)).collect();
        for inside in frames.take_combs(empty) {
            let square = (inside.w - inside.h).abs() < 0.25 * inside.w.max(inside.h);
            if square && inside.w.max(inside.h) <= MOST_TICK_MM {
                if stands_alone(ink, &inside) {
                    frames.boxes.push(inside);
                }
            } else if CELL_MM.contains(&inside.w) && CELL_MM.contains(&inside.h) && inside.h > 0.7 * inside.w {
                frames.combs.push(vec![inside]);
            } else if inside.w >= 6.0 && inside.h >= 3.5 {
                frames.empty.push(inside);
            }
        }
        frames.lines = lines(ink, &thick, &frames);
        frames
    }

    /// Rows of equal cells side by side become combs; gives back the rest.
    fn take_combs(&mut self, mut cells: Vec<RectMm>) -> Vec<RectMm> {
        cells.sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut used = vec![false; cells.len()];
        for first in 0..cells.len() {
            let is_cell = CELL_MM.contains(&cells[first].w) && CELL_MM.contains(&cells[first].h);
            if used[first] || !is_cell {
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
                self.combs.push(row.into_iter().map(|i| cells[i]).collect());
            }
        }
        cells.into_iter().zip(used).filter(|(_, used)| !used).map(|(cell, _)| cell).collect()
    }

    /// A frame parted by dotted lines, as many combs are.
    fn take_dotted(&mut self, ink: &Ink, inside: &RectMm) -> bool {
        if !CELL_MM.contains(&inside.h) || inside.w < 1.6 * inside.h {
            return false;
        }
        let dotted = |x: f64| {
            let part = |i: f64| ink.share(&RectMm::new(x - 0.15, inside.y + i * inside.h / 3.0, 0.3, inside.h / 3.0)) > 0.12;
            part(0.0) && part(1.0) && part(2.0)
        };
        let steps = (inside.w * SCALE) as usize;
        let found: Vec<f64> = (6..steps.saturating_sub(6)).map(|i| inside.x + i as f64 / SCALE).filter(|x| dotted(*x)).collect();
        let mut parts: Vec<Vec<f64>> = Vec::new();
        for x in found {
            match parts.last_mut() {
                Some(part) if x - part[part.len() - 1] < 0.5 => part.push(x),
                _ => parts.push(vec![x]),
            }
        }
        let middle = |part: &Vec<f64>| part.iter().sum::<f64>() / part.len() as f64;
        let mut edges = vec![inside.x];
        edges.extend(parts.iter().map(middle));
        edges.push(inside.right());
        let widths: Vec<f64> = edges.windows(2).map(|e| e[1] - e[0]).collect();
        let mean = inside.w / widths.len() as f64;
        let regular = widths.len() > 1 && CELL_MM.contains(&mean) && widths.iter().all(|w| (w - mean).abs() < ALIKE_MM);
        let cell = |e: &[f64]| RectMm::new(e[0] + 0.15, inside.y, e[1] - e[0] - 0.3, inside.h);
        let cells: Vec<RectMm> = edges.windows(2).map(cell).collect();
        let is_comb = regular && cells.iter().all(|c| ink.share(&c.grown(-0.35)) < EMPTY);
        if is_comb {
            self.combs.push(cells);
        }
        is_comb
    }

    /// Boxes to tick, those that belong together: in one frame, else side by side or one below the other.
    pub(super) fn ticks(&self) -> Vec<Vec<RectMm>> {
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
        groups
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

fn follows(last: &RectMm, next: &RectMm) -> bool {
    let gap = next.x - last.right();
    let alike = (last.w - next.w).abs() < ALIKE_MM && (last.h - next.h).abs() < ALIKE_MM && (last.y - next.y).abs() < ALIKE_MM;
    alike && (0.0..GAP_MM).contains(&gap)
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

/// Places above lines that belong to no frame.
fn lines(ink: &Ink, thick: &GrayImage, frames: &Frames) -> Vec<RectMm> {
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
    let is_free = |line: &RectMm| ink.share(&RectMm::new(line.x, line.y + 0.5, line.w, ABOVE_MM - 1.0)) < EMPTY;
    found.retain(|line| !is_side(line) && is_free(line));
    found.into_iter().map(|l| RectMm::new(l.x, l.y + 0.3, l.w, l.h - 0.6)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Dpi;
    use crate::sheet::{Item, Sheet, raster};

    fn frames(items: Vec<Item>) -> Frames {
        let sheet = Sheet { width_mm: 100.0, height_mm: 60.0, items };
        Frames::of(&Ink::of(&raster::draw(&sheet, Dpi::square(300.0)), [100.0, 60.0]))
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
        let found = frames(items);
        assert_eq!(found.combs.iter().map(Vec::len).collect::<Vec<_>>(), [5]);
        assert_eq!(found.ticks().len(), 1);
        let cell = found.combs[0][2];
        assert!((cell.x - 24.1).abs() < 0.15 && (cell.w - 6.85).abs() < 0.25, "{cell:?}");
    }

    #[test]
    fn dotted_lines_part_a_comb_too() {
        let mut items = vec![rect(10.0, 10.0, 42.0, 8.0)];
        items.extend((1..6).map(|i| 10.0 + 7.0 * f64::from(i)).map(|x| line([x, 10.0, x, 18.0], Some([0.5, 0.6]))));
        let found = frames(items);
        assert_eq!(found.combs.iter().map(Vec::len).collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn an_empty_frame_and_a_line_are_places_to_write_and_a_table_s_rules_are_not() {
        let found =
            frames(vec![rect(10.0, 5.0, 80.0, 20.0), line([10.0, 15.0, 90.0, 15.0], None), line([20.0, 45.0, 60.0, 45.0], None)]);
        assert_eq!((found.empty.len(), found.lines.len()), (2, 1));
        assert!((found.lines[0].bottom() - 44.6).abs() < 0.5 && (found.lines[0].w - 40.0).abs() < 0.5, "{:?}", found.lines);
    }
}
