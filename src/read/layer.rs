//! What a PDF's own text says of a field, and whether the page shows it so. A program that fills a form in leaves text that
//! was covered up, struck out, drawn twice or painted white in the file; on paper it is not, or not so.

use super::components::Component;
use super::patch::{Patch, SCALE, Window};
use crate::geometry::{PointMm, RectMm};
use crate::image::Raster;
use crate::register::PageMap;
use crate::scan::TextRun;

/// How far a piece of text may reach past the field and still belong to it alone, mm; half a letter.
const OVER_MM: f64 = 1.5;

/// Share of a line's height from which it lies in the field as well as beside it: boxes of type are higher than its letters.
const LIES_IN: f64 = 0.4;

/// Share of the smaller of two pieces of text from which one lies over the other.
const COVERED: f64 = 0.25;

/// Share of a piece of text that has to show ink, along its line.
const SHOWN: f64 = 0.5;

/// How many letters long a line through text is at least: a dash is as long as one.
const LETTERS: f64 = 1.4;

/// How far from its text ink may lie, mm: letters rise above and hang below their type's box.
const BESIDE_MM: f64 = 0.8;

/// What the text layer says.
pub(super) struct Said {
    /// Its text in the field, line by line, left to right; empty where there is none.
    pub(super) text: String,
    /// Whether ink stands where the text does and nowhere else, and no text lies over other text or past the field's end.
    pub(super) shown: bool,
}

/// What a layer says in `area`, where `pieces` of ink were found on `pen`.
pub(super) fn said(
    layer: &[TextRun],
    (raster, map): (&Raster, &PageMap),
    area: &RectMm,
    (pen, pieces): (&Patch, &[Component]),
) -> Said {
    let frame = Frame::of(area, raster, map);
    let near: Vec<(RectMm, &str)> = layer.iter().map(|run| (frame.on_form(&run.area), run.text.as_str())).collect();
    let near: Vec<(RectMm, &str)> = near.into_iter().filter(|(rect, _)| rect.overlaps(area)).collect();
    let (inside, beside): (Vec<_>, Vec<_>) = near.into_iter().partition(|(rect, _)| area.contains(rect.centre()));
    let rects: Vec<RectMm> = inside.iter().map(|(rect, _)| *rect).collect();
    let reaches_in = |(rect, _): &(RectMm, &str)| {
        let (w, h) = shared(rect, area);
        w > OVER_MM && h > LIES_IN * rect.h
    };
    let reaches_out = |rect: &RectMm| rect.x < area.x - OVER_MM || rect.right() > area.right() + OVER_MM;
    let covered = |(k, a): (usize, &RectMm)| rects[..k].iter().any(|b| lies_over(a, b));
    let is_inked = |rect: &RectMm| inked(pen, pieces, &pen.window(rect));
    let has_text = |piece: &Component| {
        let at = pen.point(piece.bounds.middle());
        rects.iter().any(|rect| rect.grown(BESIDE_MM).contains(at))
    };
    let shown = !beside.iter().any(reaches_in)
        && !rects.iter().any(reaches_out)
        && !rects.iter().enumerate().any(covered)
        && rects.iter().all(is_inked)
        && !rects.iter().any(|rect| is_struck(pen, pieces, rect))
        && pieces.iter().all(has_text);
    let text = in_order(inside);
    Said { shown: shown && text.chars().all(is_known), text }
}

/// From millimetres on the page to millimetres on the form, near a field.
struct Frame {
    page: PointMm,
    form: PointMm,
    /// Page per form along x and along y.
    along: [(f64, f64); 2],
}

impl Frame {
    fn of(area: &RectMm, raster: &Raster, map: &PageMap) -> Self {
        let (sx, sy) = raster.dpi().px_per_mm();
        let [a, b, _, d] = area.corners().map(|c| map.to_px(c)).map(|p| PointMm { x: p.x / sx, y: p.y / sy });
        let step = |to: PointMm, mm: f64| ((to.x - a.x) / mm, (to.y - a.y) / mm);
        Self { page: a, form: PointMm { x: area.x, y: area.y }, along: [step(b, area.w), step(d, area.h)] }
    }

    fn on_form(&self, rect: &RectMm) -> RectMm {
        let [(ax, ay), (bx, by)] = self.along;
        let whole = ax * by - ay * bx;
        let at = |p: PointMm| {
            let (x, y) = (p.x - self.page.x, p.y - self.page.y);
            PointMm { x: self.form.x + (x * by - y * bx) / whole, y: self.form.y + (y * ax - x * ay) / whole }
        };
        let (p, q) = (at(PointMm { x: rect.x, y: rect.y }), at(PointMm { x: rect.right(), y: rect.bottom() }));
        RectMm::new(p.x.min(q.x), p.y.min(q.y), (p.x - q.x).abs(), (p.y - q.y).abs())
    }
}

/// Width and height of what two rectangles share; negative where they do not.
fn shared(a: &RectMm, b: &RectMm) -> (f64, f64) {
    (a.right().min(b.right()) - a.x.max(b.x), a.bottom().min(b.bottom()) - a.y.max(b.y))
}

fn lies_over(a: &RectMm, b: &RectMm) -> bool {
    let (w, h) = shared(a, b);
    w > 0.0 && h > LIES_IN * a.h.min(b.h) && w > COVERED * a.w.min(b.w)
}

/// Whether ink stands along most of a window.
fn inked(pen: &Patch, pieces: &[Component], window: &Window) -> bool {
    let columns = pieces.iter().flat_map(|p| &p.pixels).map(|i| (i % pen.width, i / pen.width));
    let columns = columns.filter(|(x, y)| window.holds(*x, *y)).map(|(x, _)| x);
    let (first, last) = columns.fold((usize::MAX, 0), |(first, last), x| (first.min(x), last.max(x)));
    first <= last && (last - first) as f64 + 0.3 * SCALE >= SHOWN * (window.x1 - window.x0) as f64
}

/// Whether a line runs through a piece of text, longer than any of its letters is wide, above its feet.
fn is_struck(pen: &Patch, pieces: &[Component], rect: &RectMm) -> bool {
    let middle = pen.window(&RectMm::new(rect.x, rect.y + 0.2 * rect.h, rect.w, 0.6 * rect.h));
    let longest = LETTERS * rect.h * SCALE;
    let mut rows = vec![vec![false; middle.x1 - middle.x0]; middle.y1 - middle.y0];
    for (x, y) in pieces.iter().flat_map(|p| &p.pixels).map(|i| (i % pen.width, i / pen.width)) {
        if middle.holds(x, y) {
            rows[y - middle.y0][x - middle.x0] = true;
        }
    }
    rows.iter().any(|row| row.split(|inked| !inked).any(|run| run.len() as f64 > longest))
}

/// The lines from top to bottom, each from left to right; files hold them in any order.
fn in_order(mut inside: Vec<(RectMm, &str)>) -> String {
    inside.sort_by(|(a, _), (b, _)| a.centre().y.total_cmp(&b.centre().y));
    let mut lines: Vec<Vec<(RectMm, &str)>> = Vec::new();
    for run in inside {
        match lines.last_mut().filter(|line| run.0.centre().y - line[0].0.centre().y < 0.5 * run.0.h.min(line[0].0.h)) {
            Some(line) => line.push(run),
            None => lines.push(vec![run]),
        }
    }
    for line in &mut lines {
        line.sort_by(|(a, _), (b, _)| a.x.total_cmp(&b.x));
    }
    super::typed::tidy(&lines.concat().iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" "))
}

/// Whether a character is told by the file: one of a font's own, or none at all, is not.
fn is_known(c: char) -> bool {
    !(c.is_control() || c == '\u{FFFD}' || ('\u{E000}'..='\u{F8FF}').contains(&c) || c >= '\u{F0000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELD: RectMm = RectMm { x: 20.0, y: 30.0, w: 60.0, h: 8.0 };

    /// What is said of runs given as text, left edge and top (mm), 4 mm high and 3 mm a letter, where ink stands below
    /// these of them; lines of ink besides from x to x.
    fn told(runs: &[(&str, f64, f64)], inked: &[usize], besides: &[(f64, f64)]) -> Said {
        let layer: Vec<TextRun> = runs
            .iter()
            .map(|(text, x, y)| TextRun {
                text: (*text).to_owned(),
                area: RectMm::new(*x, *y, 3.0 * text.chars().count() as f64, 4.0),
            })
            .collect();
        let area = FIELD.grown(5.0);
        let (width, height) = ((area.w * SCALE) as usize, (area.h * SCALE) as usize);
        let pen = Patch { area, width, height, ink: vec![0.0; width * height] };
        let line = |x0: f64, x1: f64, y: f64| {
            let window = pen.window(&RectMm::new(x0, y, x1 - x0, 0.5));
            let row = |y: usize| (window.x0..window.x1).map(move |x| y * width + x);
            Component { pixels: (window.y0..window.y1).flat_map(row).collect(), bounds: window }
        };
        let letters = |r: RectMm| (0..(r.w / 3.0) as usize).map(move |k| (r.x + 3.0 * k as f64, r.y + 2.0));
        let written = inked.iter().flat_map(|k| letters(layer[*k].area)).map(|(x, y)| (x + 0.2, x + 2.8, y));
        let lines = written.chain(besides.iter().map(|(x0, x1)| (*x0, *x1, 33.0)));
        let pieces: Vec<Component> = lines.map(|(x0, x1, y)| line(x0, x1, y)).collect();
        let raster = Raster::grey(image::GrayImage::new(10, 10), crate::geometry::Dpi { x: 25.4, y: 25.4 });
        let map = PageMap::new([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        said(&layer, (&raster, &map), &FIELD, (&pen, &pieces))
    }

    #[test]
    fn text_is_read_line_by_line_whatever_its_order_in_the_file() {
        let said = told(&[("太郎", 40.0, 31.0), ("山田", 30.0, 31.2)], &[0, 1], &[]);
        assert!(said.shown && said.text == "山田太郎", "{}", said.text);
        assert_eq!(told(&[("二行目", 21.0, 34.5), ("一行目", 21.0, 30.0)], &[0, 1], &[]).text, "一行目二行目");
    }

    #[test]
    fn text_that_the_page_shows_otherwise_is_not_shown() {
        let name = ("山田太郎", 21.0, 31.0);
        assert!(told(&[name], &[0], &[]).shown);
        assert!(told(&[], &[], &[]).shown && told(&[], &[], &[]).text.is_empty());
        assert!(!told(&[name], &[], &[]).shown, "white, or clipped away");
        assert!(!told(&[name, ("山田花子", 21.1, 31.0)], &[0, 1], &[]).shown, "covered up, and written over");
        assert!(!told(&[name], &[0], &[(45.0, 60.0)]).shown, "something else stands beside it");
        let struck = told(&[name], &[0], &[(21.2, 32.0)]);
        assert!(!struck.shown, "struck out");
        assert!(!told(&[("山\u{FFFD}太郎", 21.0, 31.0)], &[0], &[]).shown);
        assert!(!told(&[("氏名：山田太郎", 15.0, 31.0)], &[0], &[]).shown, "the label is in it");
        assert!(!told(&[name, ("と続く住所", 72.0, 31.0)], &[0, 1], &[]).shown, "it runs off");
        assert!(told(&[name, ("次の欄", 21.0, 37.2)], &[0], &[]).shown, "the next line's box reaches in a little");
    }
}
