//! One form as the rest of the program sees it: pages, what is printed on them, fields, rules, columns, receipt lines;
//! every default filled in, every length in mm. Built only by [`mod@file`], which reads and checks `form.toml`.
//! Does not look at scans and holds no reading.

pub mod catalogue;
pub mod draw;
pub mod file;

use crate::geometry::RectMm;
use crate::sheet::Item;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a form, as its folder is called: `reader-request`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormId(pub String);

/// The name of a field within its form: `institution_code`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldId(pub String);

impl fmt::Display for FormId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One edition of one form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Name, the same for all editions.
    pub id: FormId,
    /// Edition, such as `2021-03`.
    pub edition: String,
    /// Title as printed.
    pub title: String,
    /// The letter of its receipt numbers, such as `R`.
    pub letter: char,
    /// First day this edition may be used, where one is set.
    pub valid_from: Option<Date>,
    /// Last day this edition may be used, where one is set.
    pub valid_to: Option<Date>,
    /// The edition that took this one's place: pages of an edition that has one are recognised and refused by name.
    pub superseded_by: Option<String>,
    /// A sheet received by this day counts as applied for on the day it was received, even without a postmark; later
    /// ones need one. Where none is set, the received date always serves.
    pub received_counts_until: Option<Date>,
    /// Answers are anonymous: no receipt is addressed, nothing is joined to other forms, no duplicates by applicant.
    pub anonymous: bool,
    /// Pages in order.
    pub pages: Vec<FormPage>,
    /// Fields in reading order.
    pub fields: Vec<Field>,
    /// Rules in the order findings are reported.
    pub rules: Vec<Rule>,
    /// When a reading is sure enough to leave without a person.
    pub policy: Policy,
    /// Pairs of fields (first page, later page) that must agree for pages to be one submission.
    pub join_on: Vec<(FieldId, FieldId)>,
    /// The three fields of the facility code, where the form has one: prefecture, score table, institution.
    pub facility_code: Option<[FieldId; 3]>,
    /// Columns of its CSV after the fixed ones; every field unless the file says otherwise.
    pub csv: Vec<FieldId>,
    /// Lines of its receipt.
    pub receipt: Vec<ReceiptLine>,
    /// Hex SHA-256 of `form.toml` and the files it names: what `manifest.json` records as the form's version.
    pub sha256: String,
    /// What is no mistake in its file and will still cost readings, for `forms check`.
    pub warnings: Vec<file::Mistake>,
}

/// One page of a form.
#[derive(Debug, Clone)]
pub struct FormPage {
    /// Width in mm.
    pub width_mm: f64,
    /// Height in mm.
    pub height_mm: f64,
    /// What is printed, for forms drawn by us.
    pub print: Vec<Item>,
    /// The bytes of `blank.png`, `blank.jpg` or `blank.pdf` with the page in it (from 1), for somebody else's form.
    pub blank: Option<Blank>,
    /// Whether that file shows a page that somebody has filled in: what lies inside its fields is then no print.
    pub filled: bool,
    /// What else on the blank is no print, mm: a stamp, a note, handwriting outside the fields.
    pub mask: Vec<RectMm>,
}

/// A blank that came as a file.
#[derive(Debug, Clone)]
pub struct Blank {
    /// File name, for messages.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Page within the file, from 1.
    pub page: u32,
}

/// One thing to read on a page.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name.
    pub id: FieldId,
    /// What the paper calls it.
    pub label: String,
    /// Page, from 1.
    pub page: usize,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it is and where.
    pub kind: FieldKind,
    /// Of digits and numbers: first and last of each range the form expects (none: any). Others are read too, where they
    /// are very clear.
    pub likely: Vec<[u64; 2]>,
    /// Whether the printed frame (cells, boxes, underline) is drawn with the form; false where `print` draws it.
    pub frame: Frame,
    /// What people who look at it must mind.
    pub care: Care,
}

/// What people who look at a field must mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Care {
    /// It says something of a person: masked until it is opened, and the opening is noted.
    pub personal: bool,
    /// What a person decides of it counts only when a second one, blind to the first, says the same.
    pub double_key: bool,
}

/// How a drawn form shows where to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    /// Cells or boxes outlined (the default for `digits` and box choices).
    Boxes,
    /// A line under the area.
    Underline,
    /// Nothing: the printed items already show it (the default for everything else).
    #[default]
    None,
}

/// What kind of field, and its boxes.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// Marks beside, in or around printed options.
    Choice {
        /// Tick a box, or ring a printed number.
        mark: Mark,
        /// How many may be marked.
        select: Select,
        /// The options in printed order.
        options: Vec<ChoiceOption>,
    },
    /// One handwritten digit per printed cell.
    Digits {
        /// The inside of each cell, left to right.
        cells: Vec<RectMm>,
        /// Fewest cells that must hold a digit; the rest may stay blank at either end, never in between.
        min: usize,
        /// What the number is, where that restricts it.
        meaning: Meaning,
    },
    /// A handwritten number without cells of its own.
    Number {
        /// Where it is written.
        area: RectMm,
        /// Most digits it may have.
        max_digits: usize,
        /// What the number is, where that restricts it.
        meaning: Meaning,
        /// Whether a record waits until a picture of it has been keyed.
        transcribe: Transcribe,
    },
    /// Printed, typed or handwritten text.
    Text {
        /// Where it is written.
        area: RectMm,
        /// Whether a record waits until a picture of it has been keyed.
        transcribe: Transcribe,
    },
    /// Whether there is ink at all: a seal, a signature, a received stamp.
    Presence {
        /// Where.
        area: RectMm,
    },
}

/// How an option is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// A mark in a printed box (□).
    Box,
    /// A ring around a printed number (丸囲み).
    Circle,
}

/// How many options may be marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// Exactly one, or none where not required.
    One,
    /// Any number.
    Many,
    /// Up to this many.
    AtMost(usize),
}

/// One printed option.
#[derive(Debug, Clone)]
pub struct ChoiceOption {
    /// Its value in records.
    pub value: String,
    /// What is printed beside it.
    pub label: String,
    /// The inside of its box, or the printed number to be ringed.
    pub area: RectMm,
}

/// What a number is: re-ranks candidates and says how to write the value, never overwrites a digit read with confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// Any digits.
    #[default]
    Plain,
    /// A prefecture number, 01 to 47 (51 to 97 with a warning).
    Prefecture,
    /// A score table number: 1, 3 or 4 on these forms.
    ScoreTable,
    /// A year of the Western calendar, or of an era where written so.
    Year,
    /// A month, 1 to 12.
    Month,
    /// A day of the month, 1 to 31.
    Day,
    /// A telephone number: digits, hyphens, brackets.
    Telephone,
    /// A postal code of 7 digits.
    Postal,
}

/// Whether a record waits for a field to be keyed: `optional` unless the form says otherwise for text, `required` for
/// numbers, which rules and letters depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Transcribe {
    /// A picture is enough.
    #[default]
    Optional,
    /// The record waits in review until it is keyed.
    Required,
}

/// Thresholds of a form: what counts as sure. All are confidences from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Least confidence of a mark's presence or absence.
    pub mark: f64,
    /// Least confidence of each digit in a cell.
    pub digit: f64,
    /// Least confidence of a number without cells.
    pub number: f64,
    /// Least confidence of typed text.
    pub text: f64,
    /// Least confidence of a part of a code, given that its ten digits fit their check digit, or do not.
    pub confirmed: f64,
    /// Whether a × in a box is a mark like any other. It is asked about otherwise: some mean "not" by it.
    pub cross_counts: bool,
}

impl Default for Policy {
    fn default() -> Self {
        // digit, number: on clean digits of writers kept apart, 0.11 % of those given at 0.95 were wrong while 3 % were
        // held back; at 0.90 0.16 % were, at 0.99 7 % were held back (models/README.md).
        // text: of handwriting that passed for print, lines up to 0.995 were seen (docs/accuracy.md, seed 3605, at 0.98 then).
        Self { mark: 0.99, digit: 0.95, number: 0.95, text: 0.997, confirmed: 0.99, cross_counts: false }
    }
}

/// How grave a finding is, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 不備: goes back to the applicant in a notice.
    Deficiency,
    /// An operator must look.
    Confirm,
    /// Said in the record, holds nothing back.
    Warning,
    /// Told for completeness.
    Info,
}

/// One rule, in force between two application dates.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Name, unique within the form.
    pub id: String,
    /// What is checked.
    pub check: Check,
    /// How grave a violation is.
    pub severity: Severity,
    /// What is wrong, in Japanese that could be read out on the telephone; `{field_id}` stands for a value.
    pub message: String,
    /// What the applicant is asked to do, for the notice.
    pub ask: Option<String>,
    /// All of these must hold for the rule to apply.
    pub when: Vec<Condition>,
    /// First application date it holds for.
    pub valid_from: Option<Date>,
    /// Last application date it holds for.
    pub valid_to: Option<Date>,
}

/// The closed vocabulary of rules.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// The field must be filled in.
    Required(FieldId),
    /// The field must be left blank.
    Blank(FieldId),
    /// Exactly one option must be marked.
    ExactlyOne(FieldId),
    /// At most so many options may be marked.
    AtMost(FieldId, usize),
    /// The number lies between two bounds, both included.
    Range(FieldId, Option<i64>, Option<i64>),
    /// The sum of the numbers (a blank, or what is no number, counts 0) lies between two bounds, both included.
    Sum(Vec<FieldId>, Option<i64>, Option<i64>),
    /// The value has one of these shapes: `9` a digit, `A` a capital letter, `*` one character or more, anything else
    /// itself. Numbers are compared without their hyphens, brackets and spaces too.
    Pattern(FieldId, Vec<String>),
    /// The ten digits (prefecture, score table, institution code) satisfy their check digit.
    CheckDigit([FieldId; 3]),
    /// The value is one of a list: literal values or `@prefectures` (names), `@prefecture-codes` (01 to 47).
    InList(FieldId, Vec<String>),
    /// The value contains none of these words (NFKC, case ignored).
    NotLike(FieldId, Vec<String>),
    /// The ten digits are in the facility master (nothing is said where there is no master).
    InMaster([FieldId; 3]),
    /// The text agrees with what the master says of the facility (nothing is said where the master says nothing).
    AsInMaster(FieldId, MasterColumn),
    /// The first date is not before the second.
    NotBefore(DateExpr, DateExpr),
    /// The first date is not after the second.
    NotAfter(DateExpr, DateExpr),
    /// The filled-in values differ from each other.
    Distinct(Vec<FieldId>),
    /// The two values are equal where both are read.
    Same(FieldId, FieldId),
    /// The number equals how many of the fields are filled in.
    CountOf(FieldId, Vec<FieldId>),
    /// The text has at most so many characters.
    Length(FieldId, usize),
}

/// What a text can be held against in the master.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MasterColumn {
    /// The facility's name, without legal form, in old or new characters.
    Name,
    /// Its telephone number, by digits.
    Telephone,
    /// Its postal code, by digits.
    Postal,
}

/// When a rule applies.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The field's value (or one of its values) is one of these.
    Is(FieldId, Vec<String>),
    /// The field has a value, and it is none of these.
    IsNot(FieldId, Vec<String>),
    /// At least one of the fields is filled in (true), or all are blank (false).
    Filled(Vec<FieldId>, bool),
    /// The sum of the numbers (blank counts 0) lies between two bounds, both included.
    Sum(Vec<FieldId>, Option<i64>, Option<i64>),
    /// The master says the facility is one of these kinds: `hospital`, `clinic`, `dental`, `pharmacy`, `unknown`.
    Facility(Vec<String>),
}

/// A month or a day, from fields or from the submission.
#[derive(Debug, Clone, PartialEq)]
pub enum DateExpr {
    /// Month written in two fields, year then month; a year under 100 is of 令和.
    Month(FieldId, FieldId),
    /// Day written in three fields, year of 令和, month, day.
    Day(FieldId, FieldId, FieldId),
    /// The application date (postmark, else received date).
    Application,
    /// The received date.
    Received,
    /// A fixed day.
    On(Date),
}

/// A line of the receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiptLine {
    /// What the line is about.
    pub label: String,
    /// What it says; `{field_id}` stands for the value as a person would write it. Left out when all its fields are blank.
    pub text: String,
}

impl Check {
    /// The fields it looks at, in its own order.
    pub fn fields(&self) -> Vec<&FieldId> {
        match self {
            Self::Required(f)
            | Self::Blank(f)
            | Self::ExactlyOne(f)
            | Self::AtMost(f, _)
            | Self::Range(f, ..)
            | Self::Pattern(f, _)
            | Self::InList(f, _)
            | Self::NotLike(f, _)
            | Self::AsInMaster(f, _)
            | Self::Length(f, _) => vec![f],
            Self::Sum(fields, ..) | Self::Distinct(fields) => fields.iter().collect(),
            Self::CheckDigit(three) | Self::InMaster(three) => three.iter().collect(),
            Self::NotBefore(a, b) | Self::NotAfter(a, b) => [a.fields(), b.fields()].concat(),
            Self::Same(a, b) => vec![a, b],
            Self::CountOf(f, fields) => std::iter::once(f).chain(fields).collect(),
        }
    }
}

impl Condition {
    /// The fields it looks at.
    pub fn fields(&self) -> Vec<&FieldId> {
        match self {
            Self::Is(f, _) | Self::IsNot(f, _) => vec![f],
            Self::Filled(fields, _) | Self::Sum(fields, ..) => fields.iter().collect(),
            Self::Facility(_) => Vec::new(),
        }
    }
}

impl DateExpr {
    /// The fields it is written in.
    pub fn fields(&self) -> Vec<&FieldId> {
        match self {
            Self::Month(y, m) => vec![y, m],
            Self::Day(y, m, d) => vec![y, m, d],
            Self::Application | Self::Received | Self::On(_) => Vec::new(),
        }
    }
}

impl Form {
    /// The field of that name.
    pub fn field(&self, id: &FieldId) -> Option<&Field> {
        self.fields.iter().find(|f| f.id == *id)
    }

    /// Fields of one page (from 1), in reading order.
    pub fn fields_on(&self, page: usize) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |f| f.page == page)
    }
}

impl Field {
    /// The smallest rectangle that holds all of the field's boxes.
    pub fn bounds(&self) -> RectMm {
        let boxes = self.boxes();
        boxes.iter().skip(1).fold(boxes[0], |all, b| all.union(b))
    }

    /// Every box of the field: cells, options, or its one area. Never empty.
    pub fn boxes(&self) -> Vec<RectMm> {
        match &self.kind {
            FieldKind::Choice { options, .. } => options.iter().map(|o| o.area).collect(),
            FieldKind::Digits { cells, .. } => cells.clone(),
            FieldKind::Number { area, .. } | FieldKind::Text { area, .. } | FieldKind::Presence { area } => vec![*area],
        }
    }
}
