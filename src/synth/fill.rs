//! Fills in a page: every answer is written, marked, typed or stamped on the sheet by one writer.
//! Does not choose the answers (`values`) and does not scan the sheet (`scanner`).

use super::dice::Dice;
use super::digits::DigitSource;
use super::marks::{self, Shape};
use super::paper::Paper;
use super::pen::Pen;
use super::script;
use super::stroke::{Stroke, ring};
use super::values::Answer;
use super::writer::{Writer, bounds};
use crate::form::{Field, FieldKind, Mark};
use crate::geometry::RectMm;
use crate::sheet::{Align, Font, Item, Sheet, TextItem, raster, typeface};

/// How one submission is filled in, the same for all its pages.
#[derive(Debug, Clone)]
pub(crate) struct Habit<'a> {
    /// The hand and the pen.
    pub(crate) writer: Writer,
    /// Digits from pictures instead of strokes, and whose.
    pub(crate) source: Option<(&'a DigitSource, usize)>,
    /// The mark this person uses in boxes.
    pub(crate) box_mark: Shape,
    /// The mark this person uses at printed numbers.
    pub(crate) ring_mark: Shape,
    /// Text fields are typed, not written by hand, in this typeface.
    pub(crate) typed: Option<Font>,
    /// Share of answers that are first given wrongly and struck out.
    pub(crate) corrections: f64,
    /// Share of digits that leave their cell.
    pub(crate) sprawl: f64,
}

impl<'a> Habit<'a> {
    /// A person drawn from the population.
    pub(crate) fn new(source: Option<&'a DigitSource>, hard: bool, dice: &mut Dice) -> Self {
        let pen = Pen::new(dice, hard);
        let writer = Writer::new(pen, dice);
        let source = source.map(|s| (s, dice.below(s.writers())));
        Self {
            writer,
            source,
            box_mark: if hard { dice.weighted(&marks::ANY_BOX) } else { dice.weighted(&marks::PLAIN_BOX) },
            ring_mark: if hard { dice.weighted(&marks::ANY_RING) } else { dice.weighted(&marks::PLAIN_RING) },
            typed: if dice.chance(0.3) { Some(*dice.pick(&[Font::Mincho, Font::Gothic])) } else { None },
            corrections: if hard { 0.04 } else { 0.0 },
            sprawl: if hard { 0.08 } else { 0.0 },
        }
    }
}

/// Whether a field is the box for the post desk's received stamp.
pub(crate) fn is_post_desk(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Presence { .. }) && field.label.contains("受付")
}

/// A page being filled in.
pub(crate) struct Desk<'p, 'a> {
    /// The sheet.
    pub(crate) paper: &'p mut Paper,
    /// The person.
    pub(crate) habit: &'p Habit<'a>,
    /// Chance.
    pub(crate) dice: &'p mut Dice,
}

impl Desk<'_, '_> {
    /// Puts an answer where its field is.
    pub(crate) fn answer(&mut self, field: &Field, answer: &Answer) {
        match (&field.kind, answer) {
            (FieldKind::Choice { mark, options, .. }, Answer::Options(marked)) => {
                let areas: Vec<RectMm> = options.iter().map(|o| o.area).collect();
                self.choose(*mark, &areas, marked);
            }
            (FieldKind::Digits { cells, .. }, Answer::Digits(digits)) => {
                for (cell, digit) in cells.iter().zip(digits) {
                    if let Some(value) = digit {
                        self.digit(*value, cell);
                    }
                }
            }
            (FieldKind::Number { area, .. }, Answer::Number(text)) => self.number(text, area),
            (FieldKind::Text { area, .. }, Answer::Text(text)) => self.text(text, area),
            (FieldKind::Presence { area }, Answer::Ink) if is_post_desk(field) => {
                let radius = area.w.min(area.h) * self.dice.between(0.4, 0.48);
                let c = area.centre();
                super::wear::received_stamp_at(self, (c.x, c.y), radius);
            }
            (FieldKind::Presence { area }, Answer::Ink) => self.seal(area),
            _ => {}
        }
    }

    fn draw(&mut self, strokes: &[Stroke]) {
        self.habit.writer.pen.draw(strokes, self.paper, self.dice);
    }

    fn choose(&mut self, mark: Mark, areas: &[RectMm], marked: &[usize]) {
        let wrong = (0..areas.len()).find(|i| !marked.contains(i));
        if let Some(wrong) = wrong
            && !marked.is_empty()
            && self.dice.chance(self.habit.corrections)
        {
            self.mark(mark, &areas[wrong]);
            self.cancel(&areas[wrong]);
        }
        for i in marked {
            self.mark(mark, &areas[*i]);
        }
    }

    fn mark(&mut self, mark: Mark, area: &RectMm) {
        let shape = match mark {
            Mark::Box => self.habit.box_mark,
            Mark::Circle => self.habit.ring_mark,
        };
        let strokes = marks::mark(shape, area, &self.habit.writer, self.dice);
        self.draw(&strokes);
    }

    /// Strikes out what stands in `area`, with or without a small red seal over it.
    pub(crate) fn cancel(&mut self, area: &RectMm) {
        let strokes =
            if self.dice.chance(0.75) { marks::double_line(area, self.dice) } else { marks::scribble_out(area, self.dice) };
        self.draw(&strokes);
        if self.dice.chance(0.3) {
            let c = area.centre();
            let at = (c.x + self.dice.normal(0.0, 1.0), c.y + self.dice.normal(0.0, 0.8));
            self.seal_at(at, self.dice.clone().between(3.0, 4.5));
        }
    }

    fn digit(&mut self, value: u8, cell: &RectMm) {
        let cell = if self.dice.chance(self.habit.sprawl) {
            let by = self.dice.between(0.3, 1.0);
            let grown = cell.grown(by);
            RectMm { x: grown.x + self.dice.normal(0.0, 0.5), y: grown.y + self.dice.normal(0.0, 0.4), ..grown }
        } else {
            *cell
        };
        if self.dice.chance(self.habit.corrections * 0.3) {
            return self.corrected_digit(value, &cell);
        }
        if let Some((source, writer)) = self.habit.source {
            return source.paste(value, writer, &cell, self.paper, &self.habit.writer.pen, self.dice);
        }
        let strokes = self.habit.writer.digit_in(value, &cell, self.dice);
        self.draw(&strokes);
    }

    /// A wrong digit struck out, and the right one written small above the cell.
    fn corrected_digit(&mut self, value: u8, cell: &RectMm) {
        let wrong = (value + 1 + self.dice.below(9) as u8) % 10;
        let strokes = self.habit.writer.digit_in(wrong, cell, self.dice);
        self.draw(&strokes);
        self.cancel(&cell.grown(-cell.w * 0.15));
        let height = cell.h * 0.6;
        let (strokes, _) =
            self.habit.writer.free(char::from(b'0' + value), (cell.x + cell.w * 0.3, cell.y - height * 1.05), height, self.dice);
        self.draw(&strokes);
    }

    /// A number on a line: as large as the room and the hand allow, never wider than the room.
    fn number(&mut self, text: &str, area: &RectMm) {
        let writer = &self.habit.writer;
        let mut height = writer.height(area.h);
        let mut glyphs = Vec::new();
        for _ in 0..6 {
            glyphs = self.set(text, height);
            let wide = bounds(&glyphs.concat()).map_or(0.0, |b| b.w);
            if wide <= area.w * 0.94 {
                break;
            }
            height *= (area.w * 0.9 / wide).min(0.95);
        }
        let strokes: Vec<Stroke> = glyphs.concat();
        let Some(b) = bounds(&strokes) else { return };
        let free = (area.w - b.w).max(0.0);
        let x = area.x + free * self.dice.normal(0.5, 0.13).clamp(0.08, 0.92) - b.x;
        let spare = (area.h - b.h).max(0.0);
        let y = area.y + spare * self.dice.normal(0.55, 0.15).clamp(0.1, 0.95) - b.y;
        let placed: Vec<Stroke> = strokes.iter().map(|s| s.map(|p| (p.0 + x, p.1 + y))).collect();
        self.draw(&placed);
    }

    /// The glyphs of a text side by side from the origin.
    fn set(&mut self, text: &str, height: f64) -> Vec<Vec<Stroke>> {
        let mut x = 0.0;
        let mut glyphs = Vec::new();
        for c in text.chars() {
            let (strokes, width) = self.habit.writer.free(c, (x, 0.0), height, self.dice);
            x += width + self.habit.writer.gap(height, self.dice);
            glyphs.push(strokes);
        }
        glyphs
    }

    fn text(&mut self, text: &str, area: &RectMm) {
        if let Some(font) = self.habit.typed {
            return self.type_in(text, area, font);
        }
        let (strokes, size) = script::line(text, area, &self.habit.writer, self.dice);
        self.habit.writer.pen.fine(size * 0.13).draw(&strokes, self.paper, self.dice);
    }

    /// Types a text at the size of an office document, smaller where the room is short.
    fn type_in(&mut self, text: &str, area: &RectMm, font: Font) {
        let size = (area.h * 0.8 / typeface::MM_PER_PT).min(10.5);
        let wide = typeface::width_mm(text, font, size, 0.0);
        let size = size * ((area.w - 1.5) / wide.max(0.1)).min(1.0);
        let em = size * typeface::MM_PER_PT;
        let at = [1.0, f64::midpoint(area.h, em * 0.76)];
        let item = TextItem { text: text.to_owned(), at, size, font, align: Align::Left, spacing: 0.0, wrap: None, leading: em };
        let slip = Sheet { width_mm: area.w, height_mm: area.h, items: vec![Item::Text(item)] };
        let drawn = raster::draw(&slip, super::paper::COMPOSE_DPI);
        let ink: Vec<f32> = drawn.as_raw().iter().map(|v| 0.9 * f32::from(255 - v) / 255.0).collect();
        let (left, top) = ((area.x * self.paper.scale).round() as i64, (area.y * self.paper.scale).round() as i64);
        self.paper.lay(left, top, drawn.width() as usize, &ink, [0.08, 0.08, 0.08]);
    }

    fn seal(&mut self, area: &RectMm) {
        let c = area.centre();
        let size = area.w.min(area.h).min(13.0) * self.dice.between(0.65, 0.9);
        let at = (c.x + self.dice.normal(0.0, 0.5), c.y + self.dice.normal(0.0, 0.5));
        self.seal_at(at, size / 2.0);
    }

    /// A round red seal (認印) with two characters one above the other.
    pub(crate) fn seal_at(&mut self, at: (f64, f64), radius: f64) {
        let mut ink = Pen::stamp(self.dice);
        ink.width_mm = (radius * 0.13).clamp(0.25, 0.6);
        let mut strokes = vec![ring(at, (radius, radius), 0.0, 360.0, 0.0, 0.004, self.dice)];
        let name: Vec<char> = super::phrases::family(self.dice).chars().collect();
        let size = radius * 0.8;
        for (i, c) in name.iter().take(2).enumerate() {
            let top = at.1 - size * 0.98 + i as f64 * size * 1.02;
            strokes.extend(script::sign(*c, (at.0 - size / 2.0, top), size * 0.94, self.dice));
        }
        ink.draw(&strokes, self.paper, self.dice);
    }
}
