//! The first draft of a form's file from its empty sheet: finds the frames people write into, the boxes they tick, the
//! numbers they ring, and the words printed beside them. What it finds is a proposal for a person to correct; nothing is
//! read from filled sheets here.

mod bubbles;
mod combs;
mod either;
mod frames;
mod glyphs;
mod ink;
mod names;
mod numbers;
mod straight;
mod words;
mod write;

pub use write::{numbered_picture, toml};

use crate::geometry::RectMm;
use crate::image::Raster;
use crate::read::typed::TypedText;
use crate::recognize::DigitModel;
use frames::Frames;
use image::GrayImage;
use ink::Ink;
use words::Words;

/// A page of the blank with what was found on it.
#[derive(Debug, Clone)]
pub struct DraftPage {
    /// Width and height of the sheet, mm.
    pub size_mm: [f64; 2],
    /// The page, straight, filling the sheet, at 300 dpi: what becomes the form's blank.
    pub picture: GrayImage,
    /// Fields in reading order.
    pub fields: Vec<DraftField>,
}

/// A proposed field.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftField {
    /// What seems to be printed for it; empty where nothing was read.
    pub label: String,
    /// What it seems to be.
    pub kind: DraftKind,
}

/// What a proposed field seems to be.
#[derive(Debug, Clone, PartialEq)]
pub enum DraftKind {
    /// Boxes to tick, with what stands beside each.
    Boxes(Vec<(RectMm, String)>),
    /// Bubbles to fill in, with what stands beside each.
    Bubbles(Vec<(RectMm, String)>),
    /// Printed numbers to ring, with what stands beside each, and the first of them.
    Rings(u8, Vec<(RectMm, String)>),
    /// Printed words to ring: 有・無.
    Words(Vec<(RectMm, String)>),
    /// Cells of a comb, left to right.
    Comb(Vec<RectMm>),
    /// An empty frame.
    Frame(RectMm),
    /// The place above a line.
    Line(RectMm),
    /// The place between two brackets.
    Brackets(RectMm),
}

impl DraftField {
    /// Every box of the field, mm.
    pub fn boxes(&self) -> Vec<RectMm> {
        match &self.kind {
            DraftKind::Boxes(options)
            | DraftKind::Bubbles(options)
            | DraftKind::Rings(_, options)
            | DraftKind::Words(options) => options.iter().map(|(area, _)| *area).collect(),
            DraftKind::Comb(cells) => cells.clone(),
            DraftKind::Frame(area) | DraftKind::Line(area) | DraftKind::Brackets(area) => vec![*area],
        }
    }
}

/// Proposes the fields of a blank page. `typed` reads the printed words, `digits` the printed numbers that may be ringed.
pub fn page(blank: &Raster, typed: &dyn TypedText, digits: &dyn DigitModel) -> DraftPage {
    let (size_mm, picture) = straight::straight(blank);
    let ink = Ink::of(&picture, size_mm);
    let frames = Frames::of(&ink);
    let (only_words, without_rules) = ink.words_of(&picture);
    let words = Words { picture: &without_rules, ink: &only_words, frames: &frames, typed };
    let glyphs = glyphs::glyphs(&ink);
    let mut fields: Vec<DraftField> = Vec::new();
    fields.extend(frames.ticks(&ink).into_iter().map(|boxes| {
        let label = words.heading(&boxes);
        DraftField { label, kind: DraftKind::Boxes(words.beside(&boxes)) }
    }));
    fields.extend(bubbles::bubbles(&ink).into_iter().map(|bubbles| {
        let options =
            if roomy(&bubbles) { words.beside(&bubbles) } else { bubbles.iter().map(|b| (*b, String::new())).collect() };
        DraftField { label: words.heading(&bubbles), kind: DraftKind::Bubbles(options) }
    }));
    let to_mark: Vec<RectMm> = fields.iter().flat_map(DraftField::boxes).collect();
    let rings = numbers::to_ring(&ink, &glyphs, &frames, digits).into_iter();
    fields.extend(rings.filter(|count| !count_questions(&count.places, &to_mark)).map(|count| DraftField {
        label: words.heading(&count.places),
        kind: DraftKind::Rings(count.from, words.beside(&count.places)),
    }));
    fields.extend(either::to_ring(&ink, &glyphs, &words).into_iter().map(|options| {
        let places: Vec<RectMm> = options.iter().map(|(area, _)| *area).collect();
        DraftField { label: words.heading(&places), kind: DraftKind::Words(options) }
    }));
    fields.extend(
        frames.combs.iter().map(|cells| DraftField { label: words.heading(cells), kind: DraftKind::Comb(cells.clone()) }),
    );
    fields.extend(frames.empty.iter().map(|area| DraftField { label: words.heading(&[*area]), kind: DraftKind::Frame(*area) }));
    fields.extend(frames.lines.iter().map(|area| DraftField { label: words.heading(&[*area]), kind: DraftKind::Line(*area) }));
    let rooms = glyphs::between_brackets(&ink, &glyphs);
    fields.extend(rooms.into_iter().map(|area| DraftField { label: words.heading(&[area]), kind: DraftKind::Brackets(area) }));
    in_reading_order(&mut fields, |f| f.boxes().first().copied().unwrap_or(RectMm::new(0.0, 0.0, 0.0, 0.0)));
    DraftPage { size_mm, picture, fields }
}

/// Whether there is room for words between a bubble and the next.
fn roomy(bubbles: &[RectMm]) -> bool {
    bubbles.windows(2).all(|two| two[1].x - two[0].right() > two[0].w)
}

/// Farthest a box or a bubble begins after the number of its question or option, mm.
const NUMBERED_MM: f64 = 10.0;

/// Whether numbers count boxes or bubbles that stand after them, and are not to be ringed themselves.
fn count_questions(numbers: &[RectMm], to_mark: &[RectMm]) -> bool {
    let counts = |number: &&RectMm| {
        let after = |area: &RectMm| (0.0..NUMBERED_MM).contains(&(area.x - number.right()));
        to_mark.iter().any(|area| after(area) && (area.centre().y - number.centre().y).abs() < ROW_MM / 2.0)
    };
    2 * numbers.iter().filter(counts).count() > numbers.len()
}

/// Rows closer than this are one row, mm.
const ROW_MM: f64 = 3.0;

/// Row by row, each from left to right; tops of one row differ by what a scan and a pixel make of them.
fn in_reading_order<T>(items: &mut [T], place: impl Fn(&T) -> RectMm) {
    let top = |item: &T| place(item).centre().y;
    items.sort_by(|a, b| top(a).total_cmp(&top(b)));
    let mut from = 0;
    while from < items.len() {
        let first = top(&items[from]);
        let row = items[from..].iter().take_while(|item| top(item) - first < ROW_MM).count();
        items[from..from + row].sort_by(|a, b| place(a).x.total_cmp(&place(b).x));
        from += row;
    }
}
