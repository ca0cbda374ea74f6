//! The words printed beside what was found: to the right of a box, in the frame to the left, on the line before, above.

use super::frames::Frames;
use super::ink::Ink;
use super::straight::DPI;
use crate::geometry::RectMm;
use crate::read::typed::{TypedText, tidy};
use image::imageops::{crop_imm, replace};
use image::{GrayImage, Luma};

/// White that ends the words beside a box, mm: more than the space between two words.
const GAP_MM: f64 = 4.5;
/// Farthest words are looked for to the side and above, mm.
const SIDE_MM: f64 = 60.0;
const ABOVE_MM: f64 = 9.0;
/// Widest white between a place and the words before it, mm.
const REACH_MM: f64 = 28.0;
/// Tallest row of a table, mm.
const ROW_MM: f64 = 15.0;
/// White put round a line before it is read: tight crops are misread.
const MARGIN_PX: u32 = 20;
/// Longest name kept, characters.
const LONGEST: usize = 40;

/// Whether a text says something: a rule or a dot is read as a sign.
fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// What is printed on a page and where.
pub(super) struct Words<'a> {
    pub(super) picture: &'a GrayImage,
    pub(super) ink: &'a Ink,
    pub(super) frames: &'a Frames,
    pub(super) typed: &'a dyn TypedText,
}

impl Words<'_> {
    /// Each box with the words to its right; where there are none, with those at the head of its column.
    pub(super) fn beside(&self, boxes: &[RectMm]) -> Vec<(RectMm, String)> {
        let words = |area: &RectMm| {
            let from = area.right() + 0.2;
            let others = boxes.iter().filter(|o| o.x > area.right() && (o.y - area.y).abs() < 2.0).map(|o| o.x - 0.6);
            let frame = self.frames.frame_of(area).map(RectMm::right);
            let until = others.chain(frame).fold(from + SIDE_MM, f64::min);
            let strip = RectMm::new(from, area.y - 0.6, 0.0, area.h + 1.2);
            self.read(&RectMm { w: self.run(&strip, until), ..strip })
        };
        // The full stop of a number is no part of the words after it.
        let bare = |text: String| text.trim_start_matches(['.', '．', '・', ',', ' ']).to_owned();
        let named = |area: &RectMm| Some(bare(words(area))).filter(|text| is_name(text)).unwrap_or_else(|| self.head(area));
        boxes.iter().map(|area| (*area, named(area))).collect()
    }

    /// What is printed in the uppermost cell of a table's column.
    fn head(&self, place: &RectMm) -> String {
        self.frames.column_above(place).last().map(|frame| self.read(frame)).filter(|text| is_name(text)).unwrap_or_default()
    }

    /// The words that name a field: in the frame to its left, before it on its line, or above it.
    pub(super) fn heading(&self, boxes: &[RectMm]) -> String {
        let Some(all) = boxes.iter().copied().reduce(|a, b| a.union(&b)) else { return String::new() };
        let own = self.frames.frame_of(&all);
        let frame = self.frame_to_the_left(own.unwrap_or(&all)).map(|f| self.read(f)).filter(|text| is_name(text));
        // Between a frame that names it and an empty frame there is nothing; inside one frame, each field has its own name.
        let alone = frame.is_none() || own.is_some();
        // In a row of a table its name may stand at the row's other end.
        let row = own.filter(|f| f.h < ROW_MM);
        let (start, reach) = row.map_or((own.map_or(0.0, |f| f.x).max(all.x - SIDE_MM).max(0.0), REACH_MM), |f| (f.x, f.w));
        let before = if alone { self.before(&all, start, reach).filter(|text| is_name(text)) } else { None };
        let unit = if alone { self.unit(&all).filter(|text| is_name(text)) } else { None };
        let names: Vec<String> = [frame, before, unit].into_iter().flatten().collect();
        if names.is_empty() { self.above(&all).filter(|text| is_name(text)).unwrap_or_default() } else { names.join("　") }
    }

    /// A word of one or two letters right after a place: 年, 月, 台.
    fn unit(&self, place: &RectMm) -> Option<String> {
        let strip = RectMm::new(place.right() + 0.6, place.y, 0.0, place.h);
        let width = self.run(&strip, strip.x + 12.0);
        (width > 1.5 && width < 9.5).then(|| self.read(&RectMm { w: width, ..strip }))
    }

    fn frame_to_the_left(&self, place: &RectMm) -> Option<&RectMm> {
        let beside = |f: &&RectMm| {
            let overlap = f.bottom().min(place.bottom()) - f.y.max(place.y);
            let gap = place.x - f.right();
            overlap > 0.5 * place.h.min(f.h) && (-0.5..SIDE_MM).contains(&gap) && *f != place
        };
        self.frames.printed.iter().filter(beside).max_by(|a, b| a.right().total_cmp(&b.right()))
    }

    /// Words that end just before a place, on its line.
    fn before(&self, place: &RectMm, start: f64, reach: f64) -> Option<String> {
        let mut from = place.x - 1.0;
        let column = |x: f64| self.ink.share(&RectMm::new(x, place.y, 0.5, place.h)) > 0.0;
        let (mut white, mut inked) = (0.0, false);
        while from > start + 0.5 {
            from -= 0.5;
            if column(from) {
                (white, inked) = (0.0, true);
            } else {
                white += 0.5;
                if inked && white > GAP_MM || !inked && white > reach {
                    break;
                }
            }
        }
        let from = from + white;
        inked.then(|| self.read(&RectMm::new(from, place.y - 0.3, place.x - 0.7 - from, place.h + 0.6)))
    }

    /// The nearest line of words above a place.
    fn above(&self, place: &RectMm) -> Option<String> {
        let near = |y: f64| self.ink.share(&RectMm::new(place.x - 12.0, y, place.w.max(30.0) + 12.0, 0.2)) > 0.0;
        let rows = (4..(ABOVE_MM / 0.2) as usize).map(|i| place.y - i as f64 * 0.2);
        let bottom = rows.clone().find(|y| near(*y))?;
        let top = rows.filter(|y| *y < bottom).find(|y| !near(*y)).unwrap_or(bottom - 5.0);
        let column = |x: f64| self.ink.share(&RectMm::new(x, top, 0.5, bottom - top + 0.2)) > 0.0;
        let begin = (0..160).map(|i| place.x - 12.0 + f64::from(i) * 0.5).find(|x| column(*x))?;
        let reach = |step: f64| {
            let (mut at, mut end) = (begin, begin);
            while (at - end).abs() < GAP_MM && (at - begin).abs() < SIDE_MM {
                at += step;
                end = if column(at) { at } else { end };
            }
            end
        };
        let (left, right) = (reach(-0.5), reach(0.5));
        Some(self.read(&RectMm::new(left - 0.5, top - 0.3, right - left + 1.5, bottom - top + 0.8)))
    }

    /// Width of the print that begins at a strip's left edge, until a gap or `until`.
    fn run(&self, strip: &RectMm, until: f64) -> f64 {
        let (mut at, mut end, mut begun) = (strip.x, strip.x, false);
        while at < until {
            if self.ink.share(&RectMm::new(at, strip.y, 0.5, strip.h)) > 0.0 {
                (end, begun) = (at + 0.5, true);
            } else if begun && at - end > GAP_MM || !begun && at - strip.x > 6.0 {
                break;
            }
            at += 0.5;
        }
        if begun { (end - strip.x + 0.4).min(until - strip.x) } else { 0.0 }
    }

    /// What is printed in a place, line by line.
    pub(super) fn read(&self, place: &RectMm) -> String {
        let inside = place.grown(-0.2);
        let row = |y: f64| self.ink.share(&RectMm::new(inside.x, y, inside.w, 0.2)) > 0.0;
        let (mut lines, mut start) = (Vec::new(), None);
        let steps = (inside.h / 0.2) as usize;
        for i in 0..=steps {
            let y = inside.y + i as f64 * 0.2;
            match (start, i < steps && row(y)) {
                (None, true) => start = Some(y),
                (Some(from), false) => {
                    lines.push((from, y));
                    start = None;
                }
                _ => {}
            }
        }
        // Dots and bars of one line may stand apart by less than lines do.
        lines.dedup_by(|next, last| {
            let near = next.0 - last.1 < 0.7 && next.1 - last.0 < 5.5;
            last.1 = if near { next.1 } else { last.1 };
            near
        });
        let text = |(from, to): &(f64, f64)| self.line(&RectMm::new(inside.x, from - 0.5, inside.w, to - from + 1.0));
        let all: String = lines.iter().filter(|(from, to)| to - from > 1.0).filter_map(text).collect();
        all.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
    }

    fn line(&self, place: &RectMm) -> Option<String> {
        let (sx, sy) = DPI.px_per_mm();
        let px = |mm: f64, scale: f64, most: u32| (mm * scale).round().clamp(0.0, f64::from(most)) as u32;
        let (w, h) = self.picture.dimensions();
        let (x0, x1) = (px(place.x, sx, w), px(place.right(), sx, w));
        let (y0, y1) = (px(place.y, sy, h), px(place.bottom(), sy, h));
        if x1 < x0 + 8 || y1 < y0 + 8 {
            return None;
        }
        let mut picture = GrayImage::from_pixel(x1 - x0 + 2 * MARGIN_PX, y1 - y0 + 2 * MARGIN_PX, Luma([255]));
        replace(&mut picture, &*crop_imm(self.picture, x0, y0, x1 - x0, y1 - y0), i64::from(MARGIN_PX), i64::from(MARGIN_PX));
        let (text, _) = self.typed.read_line(&picture, DPI.x as u32)?;
        Some(tidy(&text))
    }
}
