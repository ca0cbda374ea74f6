//! One labelled submission against what was read of it: an outcome per field and per digit cell. Counts nothing.

use super::Seen;
use super::truth::{Labelled, Truth};
use crate::form::{Field, FieldKind, Form, Mark};
use crate::read::{CellScore, Evidence};
use crate::recognize::DigitClass;
use crate::record::{FieldRecord, State, Status, Value};
use unicode_normalization::UnicodeNormalization;

/// Kinds of field as figures are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Marks in boxes.
    Boxes,
    /// Ringed numbers.
    Rings,
    /// Digits in cells.
    Digits,
    /// Numbers without cells.
    Number,
    /// Text.
    Text,
    /// Ink or none.
    Presence,
}

impl Kind {
    /// The kind of a field.
    pub fn of(field: &Field) -> Self {
        match &field.kind {
            FieldKind::Choice { mark: Mark::Box, .. } => Self::Boxes,
            FieldKind::Choice { mark: Mark::Circle, .. } => Self::Rings,
            FieldKind::Digits { .. } => Self::Digits,
            FieldKind::Number { .. } => Self::Number,
            FieldKind::Text { .. } => Self::Text,
            FieldKind::Presence { .. } => Self::Presence,
        }
    }
}

/// How a field came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Given as sure, and right.
    Right,
    /// Given as sure, and wrong: nobody would have looked.
    Wrong,
    /// Not sure: a person looks.
    Review,
    /// Said to be struck out: a person looks.
    Cancelled,
    /// Kept as a picture for keying.
    Picture,
    /// The page was not read at all.
    Unread,
}

/// A field against its label.
#[derive(Debug, Clone, serde::Serialize)]
pub struct JudgedField {
    /// Field id.
    pub field: String,
    /// Page of the form it is on, from 1.
    pub form_page: usize,
    /// Its kind.
    pub kind: Kind,
    /// How it came out.
    pub outcome: Outcome,
    /// The label, as text.
    pub truth: String,
    /// What was read, as text: the value, or the machine's first reading where it was not sure.
    pub read: String,
    /// Confidence, 0..1.
    pub confidence: f64,
    /// Whether the machine's best guess was right, sure of it or not; none where it makes no guess.
    pub guess_right: Option<bool>,
    /// Whether the label says that something was struck out here.
    pub struck: bool,
}

impl JudgedField {
    /// Whether nobody needs to look at it for its reading: it was given as sure, or is to be keyed from its picture.
    pub fn is_settled(&self) -> bool {
        matches!(self.outcome, Outcome::Right | Outcome::Wrong | Outcome::Picture)
    }
}

/// A digit cell against its label.
#[derive(Debug, Clone, Copy)]
pub struct JudgedCell {
    /// The digit that stands there; none where the cell is blank.
    pub truth: Option<u8>,
    /// The likeliest class.
    pub class: DigitClass,
    /// Its probability, 0..1.
    pub probability: f64,
    /// Whether it reaches the form's threshold and nothing else runs through the cell.
    pub sure: bool,
}

impl JudgedCell {
    /// Whether the likeliest class is what stands there.
    pub fn is_right(&self) -> bool {
        match self.truth {
            Some(digit) => self.class == DigitClass::Digit(digit),
            None => self.class == DigitClass::Blank,
        }
    }
}

/// A labelled submission, judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Form as the label names it.
    pub form: String,
    /// File and page of its first page.
    pub at: (String, u32),
    /// Number of its pages.
    pub pages: usize,
    /// Who filled it in, where the label says.
    pub writer: Option<String>,
    /// The record's status; none where it was not read.
    pub status: Option<Status>,
    /// Why it was not read.
    pub why_not: Option<String>,
    /// Read as a form that the label does not name.
    pub other_form: bool,
    /// Its fields.
    pub fields: Vec<JudgedField>,
    /// Its digit cells, where every cell of the field is known.
    pub cells: Vec<JudgedCell>,
}

/// Judges one submission. Fields the form does not have are not judged.
pub fn judge(label: &Labelled, form: Option<&Form>, seen: &Seen) -> Judged {
    let mut judged = Judged {
        form: label.form.clone(),
        at: label.pages.first().map(|p| (p.source.clone(), p.page)).unwrap_or_default(),
        pages: label.pages.len(),
        writer: label.writer.clone(),
        status: seen.read.as_ref().map(|(_, record)| record.status),
        why_not: seen.why_not.clone(),
        other_form: seen.other_form,
        fields: Vec::new(),
        cells: Vec::new(),
    };
    for field in form.iter().flat_map(|f| &f.fields) {
        let Some(truth) = label.fields.get(&field.id.0) else { continue };
        let struck = label.cancelled.contains(&field.id.0);
        let record = seen.read.as_ref().and_then(|(submission, record)| {
            let was_read = submission.pages.iter().any(|p| p.form_page == field.page);
            record.fields.get(&field.id).filter(|_| was_read)
        });
        judged.fields.push(judge_field(field, truth, record, struck));
        judged.cells.extend(cells_of(field, truth, seen, form.map_or(1.0, |f| f.policy.digit)));
    }
    judged
}

fn judge_field(field: &Field, truth: &Truth, record: Option<&FieldRecord>, struck: bool) -> JudgedField {
    let kind = Kind::of(field);
    let wanted = wanted(truth, kind);
    let unknown = *truth == Truth::One("?".to_owned());
    let said = record.and_then(|r| r.value.as_ref()).map(|value| said(value, kind)).unwrap_or_default();
    let first = record.and_then(|r| r.first_reading.as_deref()).map(|first| guess(first, kind));
    let outcome = match record.map(|r| r.state) {
        None => Outcome::Unread,
        Some(State::Read | State::Keyed | State::Blank) if !unknown && said == wanted => Outcome::Right,
        Some(State::Read | State::Keyed | State::Blank) => Outcome::Wrong,
        Some(State::Uncertain) => Outcome::Review,
        Some(State::Cancelled) => Outcome::Cancelled,
        Some(State::Picture) => Outcome::Picture,
    };
    let guess_right = match outcome {
        _ if unknown => None,
        Outcome::Right => Some(true),
        Outcome::Wrong => Some(false),
        Outcome::Review => first.as_ref().map(|g| *g == wanted),
        Outcome::Picture if kind == Kind::Number => first.as_ref().map(|g| *g == wanted),
        Outcome::Picture | Outcome::Cancelled | Outcome::Unread => None,
    };
    let sure = matches!(outcome, Outcome::Right | Outcome::Wrong);
    JudgedField {
        field: field.id.0.clone(),
        form_page: field.page,
        kind,
        outcome,
        truth: wanted,
        read: if sure { said } else { first.unwrap_or_default() },
        confidence: record.map_or(0.0, |r| r.confidence.get()),
        guess_right,
        struck,
    }
}

/// The label as text that equal answers share.
fn wanted(truth: &Truth, kind: Kind) -> String {
    match truth {
        Truth::Blank => String::new(),
        Truth::One(text) => folded(text, kind),
        Truth::Many(values) => sorted(values.iter().map(String::as_str)),
    }
}

fn said(value: &Value, kind: Kind) -> String {
    match value {
        Value::One(text) => folded(text, kind),
        Value::Many(values) => sorted(values.iter().map(String::as_str)),
    }
}

/// The machine's first reading as text that equal answers share.
fn guess(first: &str, kind: Kind) -> String {
    match kind {
        Kind::Boxes | Kind::Rings => sorted(first.split(',').filter(|v| !v.is_empty())),
        Kind::Digits => first.trim_matches('_').to_owned(),
        _ => folded(first, kind),
    }
}

fn sorted<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut values: Vec<&str> = values.collect();
    values.sort_unstable();
    values.join(",")
}

/// Numbers by their digits alone; text in NFKC without spaces, where print and label differ freely.
fn folded(text: &str, kind: Kind) -> String {
    match kind {
        Kind::Number if text != "?" => text.nfkc().filter(char::is_ascii_digit).collect(),
        Kind::Text => text.nfkc().filter(|c| !c.is_whitespace()).collect(),
        _ => text.to_owned(),
    }
}

/// The cells of a comb with what stands in each; none where the label does not say.
fn cells_of(field: &Field, truth: &Truth, seen: &Seen, least: f64) -> Vec<JudgedCell> {
    let Some((submission, _)) = &seen.read else { return Vec::new() };
    let mut readings = submission.pages.iter().flat_map(|p| &p.payload.readings).filter(|r| r.field == field.id);
    let Some(Evidence::Digits(cells)) = readings.next().map(|r| &r.evidence) else { return Vec::new() };
    let digits: Vec<u8> = match truth {
        Truth::Blank => Vec::new(),
        Truth::One(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.bytes().map(|b| b - b'0').collect(),
        _ => return Vec::new(),
    };
    let Some(spare) = cells.len().checked_sub(digits.len()) else { return Vec::new() };
    let judged = |cell: &CellScore, truth: Option<u8>| {
        let (class, probability) = cell.scores.best();
        let probability = f64::from(probability);
        JudgedCell { truth, class, probability, sure: probability >= least && !cell.disturbed && !cell.slash }
    };
    // A short number may stand at either end of its comb: where it fits what was seen best.
    let placed = (0..=spare).map(|before| {
        let truths = (0..cells.len()).map(|i| i.checked_sub(before).and_then(|i| digits.get(i)).copied());
        cells.iter().zip(truths).map(|(cell, truth)| judged(cell, truth)).collect::<Vec<_>>()
    });
    placed.max_by_key(|cells| cells.iter().filter(|c| c.is_right()).count()).unwrap_or_default()
}
