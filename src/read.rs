//! read: what stands in each field of a registered page, as scores and evidence. Does not decide: the policy in
//! `record::decide` holds the thresholds.

pub mod components;
pub mod frame;
pub mod patch;

use crate::form::FieldId;
use crate::geometry::RectMm;
use crate::recognize::DigitScores;
use crate::score::Score;

/// What was seen in one field.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Which field.
    pub field: FieldId,
    /// Page of the form, from 1.
    pub page: usize,
    /// Where on the form.
    pub box_mm: RectMm,
    /// Distance in mm between where the field's print was expected and found; none where nothing could be checked.
    pub residual_mm: Option<f64>,
    /// What was seen.
    pub evidence: Evidence,
}

/// Scores per kind of field.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// One per option, in printed order.
    Choice(Vec<MarkScore>),
    /// One per cell, left to right.
    Digits(Vec<CellScore>),
    /// A number without cells.
    Number(NumberScore),
    /// Printed, typed or handwritten text.
    Text(TextScore),
    /// Ink or none.
    Presence(InkScore),
}

/// What was seen at one option.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarkScore {
    /// Probability that the option is marked and the mark stands.
    pub marked: Score,
    /// Probability that it was marked and the mark was struck out.
    pub cancelled: Score,
    /// Share of the box (or ring zone) covered by the pen, beyond what the blank prints there.
    pub coverage: f64,
    /// Whether the shape is one that some people use for "not" (×), or a tick or underline where a ring is asked.
    pub ambiguous: bool,
}

/// What was seen in one cell.
#[derive(Debug, Clone)]
pub struct CellScore {
    /// The recogniser's scores; a cell without ink scores blank.
    pub scores: DigitScores,
    /// Share of the cell covered by ink, frame removed.
    pub coverage: f64,
}

/// What was seen where a number may be written.
#[derive(Debug, Clone)]
pub struct NumberScore {
    /// Ink or none.
    pub ink: InkScore,
    /// The digits in reading order, with separators; empty where segmentation found no plausible reading.
    pub glyphs: Vec<Glyph>,
    /// How sure the cutting into glyphs is.
    pub segmentation: Score,
}

/// One glyph of a number.
#[derive(Debug, Clone)]
pub enum Glyph {
    /// A digit with its scores.
    Digit(DigitScores),
    /// A hyphen, bracket, comma or dot.
    Separator(char),
}

/// What was seen where text may stand.
#[derive(Debug, Clone, PartialEq)]
pub struct TextScore {
    /// Ink or none.
    pub ink: InkScore,
    /// The text read from print or taken from the text layer, with its confidence; none for handwriting.
    pub read: Option<(String, Score)>,
    /// A text layer was there and disagreed with the pixels.
    pub layer_disagrees: bool,
}

/// How sure it is that there is ink, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InkScore {
    /// Probability that a pen or stamp was here.
    pub present: Score,
    /// Share of the area covered.
    pub coverage: f64,
    /// Whether two parallel strokes or a scribble run through all of it.
    pub cancelled: Score,
}
