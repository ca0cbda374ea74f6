//! A sheet of paper to be printed: text, lines, rectangles and pictures in mm, for forms, receipts and notices alike.
//! Does not know what they mean; [`raster`] draws it as pixels and `pdf` as PDF from the same list.

use crate::geometry::RectMm;
use ::image::GrayImage;
use serde::{Deserialize, Serialize};

/// A page to print.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Width in mm.
    pub width_mm: f64,
    /// Height in mm.
    pub height_mm: f64,
    /// What is drawn, first to last.
    pub items: Vec<Item>,
}

/// Something drawn on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Text on one baseline, or wrapped to `width`.
    Text(TextItem),
    /// A straight line from `(x1, y1)` to `(x2, y2)`.
    Line {
        /// `[x1, y1, x2, y2]` in mm.
        line: [f64; 4],
        /// Stroke width in mm.
        width: f64,
        /// Length of a dash and of the gap after it in mm; none is a solid line.
        dash: Option<[f64; 2]>,
    },
    /// A rectangle.
    Rect {
        /// Where.
        rect: RectMm,
        /// Stroke width in mm; 0 draws no outline.
        width: f64,
        /// Grey of the inside, 0 black to 1 white; none leaves the paper.
        fill: Option<f64>,
    },
    /// A picture, stretched to its rectangle.
    Picture {
        /// Where.
        rect: RectMm,
        /// The pixels.
        pixels: GrayImage,
    },
}

/// Text to print.
#[derive(Debug, Clone, PartialEq)]
pub struct TextItem {
    /// The text; `\n` starts a new line.
    pub text: String,
    /// Anchor: x by `align`, y the baseline of the first line; mm.
    pub at: [f64; 2],
    /// Size in points.
    pub size: f64,
    /// Typeface.
    pub font: Font,
    /// Which end of the line `at` is.
    pub align: Align,
    /// Extra space after each character in mm.
    pub spacing: f64,
    /// Wrap at this width in mm.
    pub wrap: Option<f64>,
    /// Distance of baselines in mm.
    pub leading: f64,
}

/// The two typefaces that travel with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Font {
    /// 明朝: the running text of an authority's form.
    #[default]
    Mincho,
    /// ゴシック: headings and notes.
    Gothic,
}

/// Which point of a line of text is its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// The anchor is the left end.
    #[default]
    Left,
    /// The anchor is the middle.
    Centre,
    /// The anchor is the right end.
    Right,
}

pub mod raster;
pub mod typeface;

impl TextItem {
    /// The lines as they are drawn: split at `\n`, wrapped to `wrap` where set. Every line with its baseline start in mm.
    ///
    /// Wrapping breaks between any two characters except before closing punctuation (行頭禁則).
    pub fn lines(&self) -> Vec<PlacedLine> {
        let mut texts = Vec::new();
        for paragraph in self.text.split('\n') {
            self.wrap_paragraph(paragraph, &mut texts);
        }
        let place = |(i, text): (usize, String)| {
            let width = typeface::width_mm(&text, self.font, self.size, self.spacing);
            let x = match self.align {
                Align::Left => self.at[0],
                Align::Centre => self.at[0] - width / 2.0,
                Align::Right => self.at[0] - width,
            };
            PlacedLine { text, x, y: self.at[1] + i as f64 * self.leading }
        };
        texts.into_iter().enumerate().map(place).collect()
    }

    fn wrap_paragraph(&self, paragraph: &str, into: &mut Vec<String>) {
        let Some(limit) = self.wrap else {
            into.push(paragraph.to_owned());
            return;
        };
        let mut line = String::new();
        for c in paragraph.chars() {
            let mut longer = line.clone();
            longer.push(c);
            let fits = typeface::width_mm(&longer, self.font, self.size, self.spacing) <= limit;
            if fits || line.is_empty() || "、。，．」』）)】〕・ー～".contains(c) {
                line = longer;
            } else {
                into.push(std::mem::replace(&mut line, c.to_string()));
            }
        }
        into.push(line);
    }
}

/// One line of text on its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLine {
    /// The text.
    pub text: String,
    /// Left end, mm.
    pub x: f64,
    /// Baseline, mm.
    pub y: f64,
}
