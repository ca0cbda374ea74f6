//! Sets paragraphs and tables down a page, and goes on to a further page where one is full. Characters the typefaces lack
//! (gaiji of facility names) become 〓 and are reported. Does not know what a letter says.

use super::lines::broken;
use crate::geometry::RectMm;
use crate::sheet::{Align, Font, Item, Sheet, TextItem, typeface};
use ::image::GrayImage;
use std::collections::BTreeSet;

/// A4, mm.
pub(super) const PAGE: [f64; 2] = [210.0, 297.0];
/// Left edge of the text, mm.
pub(super) const LEFT: f64 = 22.0;
/// Right edge of the text, mm.
pub(super) const RIGHT: f64 = 188.0;
/// Lowest edge of the text, mm: below are page number and the operator's note.
pub(super) const BOTTOM: f64 = 279.0;
/// Where the text begins on a further page, mm.
const FURTHER_TOP: f64 = 26.0;
/// Distance of baselines as a share of the size: the opened-up setting of official letters.
const LEADING: f64 = 1.5;
/// Space between a cell's frame and what is in it, mm.
const PADDING: f64 = 1.1;
/// Stroke of table rules, mm.
const RULE: f64 = 0.15;
/// The geta mark, set where a character is missing.
const GETA: char = '〓';

/// Something in a table cell.
#[derive(Debug, Clone)]
pub(super) enum Block {
    /// Text.
    Text(String),
    /// A picture, scaled to the cell's width, at most so many mm high.
    Picture(GrayImage, f64),
}

/// A table cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Width, mm.
    pub width: f64,
    /// What is in it, top to bottom.
    pub blocks: Vec<Block>,
    /// Shaded and in Gothic: a heading.
    pub heading: bool,
}

impl Cell {
    pub(super) fn text(width: f64, text: impl Into<String>) -> Self {
        Self { width, blocks: vec![Block::Text(text.into())], heading: false }
    }

    pub(super) fn heading(width: f64, text: impl Into<String>) -> Self {
        Self { heading: true, ..Self::text(width, text) }
    }

    fn font(&self) -> Font {
        if self.heading { Font::Gothic } else { Font::Mincho }
    }
}

/// The pages of a letter as they fill.
#[derive(Debug)]
pub(super) struct Flow {
    full: Vec<Vec<Item>>,
    items: Vec<Item>,
    /// Where the next thing goes, mm from the top.
    pub y: f64,
    scale: f64,
    head: String,
    substituted: BTreeSet<char>,
}

impl Flow {
    /// An empty first page on which text begins at `top`. Sizes and gaps are multiplied by `scale`; further pages carry `head`.
    pub(super) fn new(top: f64, scale: f64, head: String) -> Self {
        Self { full: Vec::new(), items: Vec::new(), y: top, scale, head, substituted: BTreeSet::new() }
    }

    /// Pages so far.
    pub(super) fn pages(&self) -> usize {
        self.full.len() + 1
    }

    /// Draws on the page as it is.
    pub(super) fn draw(&mut self, items: impl IntoIterator<Item = Item>) {
        self.items.extend(items);
    }

    /// One line of text at a place of its own, not scaled.
    pub(super) fn place(&mut self, text: &str, at: [f64; 2], size: f64, font: Font, align: Align) {
        let text = self.printable(text, font);
        self.items.push(Item::Text(TextItem { text, at, size, font, align, spacing: 0.0, wrap: None, leading: 0.0 }));
    }

    /// Leaves `mm` free.
    pub(super) fn gap(&mut self, mm: f64) {
        self.y += mm * self.scale;
    }

    /// Goes on to a further page unless `mm` are free on this one.
    pub(super) fn need(&mut self, mm: f64) {
        if self.y + mm > BOTTOM {
            self.turn();
        }
    }

    /// Goes on to a further page.
    pub(super) fn turn(&mut self) {
        self.full.push(std::mem::take(&mut self.items));
        let head = self.head.clone();
        self.place(&head, [RIGHT, 17.0], 9.0, Font::Mincho, Align::Right);
        self.items.push(Item::Line { line: [LEFT, 20.0, RIGHT, 20.0], width: RULE, dash: None });
        self.y = FURTHER_TOP;
    }

    /// A paragraph between the margins, `indent` mm in.
    pub(super) fn paragraph(&mut self, text: &str, size: f64, font: Font, indent: f64) {
        let size = size * self.scale;
        let text = self.printable(text, font);
        self.need(height(&text, RIGHT - LEFT - indent, size, font));
        self.y += self.set(&text, [LEFT + indent, self.y], RIGHT - LEFT - indent, size, font, Align::Left);
    }

    /// A line in the middle or at the right margin.
    pub(super) fn line(&mut self, text: &str, size: f64, font: Font, align: Align) {
        let size = size * self.scale;
        let x = match align {
            Align::Left => LEFT,
            Align::Centre => PAGE[0] / 2.0,
            Align::Right => RIGHT,
        };
        let text = self.printable(text, font);
        self.need(line_height(size));
        self.y += self.set(&text, [x, self.y], RIGHT - LEFT, size, font, align);
    }

    /// A paragraph with its number or sign hung out to the left.
    pub(super) fn hung(&mut self, sign: &str, text: &str, size: f64, indent: f64) {
        let hang = size * self.scale * typeface::MM_PER_PT * 1.6;
        let set = size * self.scale;
        self.need(height(text, RIGHT - LEFT - indent - hang, set, Font::Mincho));
        let y = self.y;
        self.set(sign, [LEFT + indent, y], hang, set, Font::Mincho, Align::Left);
        self.paragraph(text, size, Font::Mincho, indent + hang);
    }

    /// A heading of a numbered section.
    pub(super) fn section(&mut self, text: &str) {
        self.need(22.0 * self.scale);
        self.gap(2.2);
        self.paragraph(text, 10.5, Font::Gothic, 0.0);
        self.gap(0.8);
    }

    /// Whether a row would go on to a further page.
    pub(super) fn would_turn(&self, cells: &[Cell], size: f64) -> bool {
        self.y + self.row_height(cells, size * self.scale) > BOTTOM
    }

    fn row_height(&self, cells: &[Cell], size: f64) -> f64 {
        cells.iter().map(|c| self.cell_height(c, size)).fold(0.0, f64::max)
    }

    /// A table row; a row is never broken over pages.
    pub(super) fn row(&mut self, cells: &[Cell], size: f64, indent: f64) {
        let size = size * self.scale;
        let tallest = self.row_height(cells, size);
        self.need(tallest);
        let mut x = LEFT + indent;
        for cell in cells {
            let rect = RectMm::new(x, self.y, cell.width, tallest);
            self.items.push(Item::Rect { rect, width: RULE, fill: cell.heading.then_some(0.93) });
            self.fill(cell, &rect, size);
            x += cell.width;
        }
        self.y += tallest;
    }

    fn fill(&mut self, cell: &Cell, rect: &RectMm, size: f64) {
        let inner = rect.w - 2.0 * PADDING;
        let content = self.cell_height(cell, size) - 2.0 * PADDING;
        let mut y = if cell.heading { rect.y + (rect.h - content) / 2.0 } else { rect.y + PADDING };
        for block in &cell.blocks {
            match block {
                Block::Text(text) => {
                    let text = self.printable(text, cell.font());
                    y += self.set(&text, [rect.x + PADDING, y], inner, size, cell.font(), Align::Left);
                }
                Block::Picture(pixels, most) => {
                    let [w, h] = fitted(pixels, inner, *most);
                    let place = RectMm::new(rect.x + PADDING, y, w, h);
                    self.items.push(Item::Picture { rect: place, pixels: pixels.clone() });
                    y += h + PADDING;
                }
            }
        }
    }

    fn cell_height(&self, cell: &Cell, size: f64) -> f64 {
        let inner = cell.width - 2.0 * PADDING;
        let block = |b: &Block| match b {
            Block::Text(text) => height(text, inner, size, cell.font()),
            Block::Picture(pixels, most) => fitted(pixels, inner, *most)[1] + PADDING,
        };
        cell.blocks.iter().map(block).sum::<f64>() + 2.0 * PADDING * self.scale.max(0.8)
    }

    /// Sets text wrapped to `width` with its top at `at`; how high it is.
    fn set(&mut self, text: &str, at: [f64; 2], width: f64, size: f64, font: Font, align: Align) -> f64 {
        let leading = line_height(size);
        let at = [at[0], at[1] + baseline(size)];
        let lines = broken(text, width, size, font);
        let text = lines.join("\n");
        self.items.push(Item::Text(TextItem { text, at, size, font, align, spacing: 0.0, wrap: None, leading }));
        lines.len() as f64 * leading
    }

    /// The text with characters that cannot be drawn replaced: spaces for control characters, 〓 for gaiji.
    fn printable(&mut self, text: &str, font: Font) -> String {
        let lacking = typeface::missing(text, font);
        let replaced = text.chars().map(|c| match c {
            '\n' => c,
            c if c.is_control() => ' ',
            c if lacking.contains(&c) => GETA,
            c => c,
        });
        let replaced = replaced.collect();
        self.substituted.extend(lacking);
        replaced
    }

    /// The address in its window: the largest size at which it fits. Whether it fits at all.
    pub(super) fn address(&mut self, lines: &[String], block: &RectMm) -> bool {
        let text = self.printable(&lines.join("\n"), Font::Mincho);
        let sizes = (0..=8).map(|i| 10.5 - 0.5 * f64::from(i));
        let set = |size: f64| TextItem {
            text: broken(&text, block.w, size, Font::Mincho).join("\n"),
            at: [block.x, block.y + baseline(size)],
            size,
            font: Font::Mincho,
            align: Align::Left,
            spacing: 0.0,
            wrap: None,
            leading: size * typeface::MM_PER_PT * 1.25,
        };
        let fits = |item: &TextItem| item.lines().len() as f64 * item.leading <= block.h;
        let largest = sizes.map(set).find(fits);
        let found = largest.is_some();
        self.items.extend(largest.map(Item::Text));
        found
    }

    /// The pages as sheets, and the characters that were replaced by 〓.
    pub(super) fn finish(mut self) -> (Vec<Sheet>, BTreeSet<char>) {
        self.full.push(self.items);
        let sheet = |items| Sheet { width_mm: PAGE[0], height_mm: PAGE[1], items };
        (self.full.into_iter().map(sheet).collect(), self.substituted)
    }
}

fn line_height(size: f64) -> f64 {
    size * typeface::MM_PER_PT * LEADING
}

/// From the top of a line to its baseline: the em square (0.88 above, 0.12 below) in the middle of the line.
fn baseline(size: f64) -> f64 {
    line_height(size) / 2.0 + 0.38 * size * typeface::MM_PER_PT
}

fn height(text: &str, width: f64, size: f64, font: Font) -> f64 {
    broken(text, width, size, font).len() as f64 * line_height(size)
}

fn fitted(pixels: &GrayImage, width: f64, most: f64) -> [f64; 2] {
    let (w, h) = (f64::from(pixels.width().max(1)), f64::from(pixels.height().max(1)));
    let scale = (width / w).min(most / h);
    [w * scale, h * scale]
}
