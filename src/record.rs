//! What is said of a submission: values, states, findings, status, and where each page came from, as `records.ndjson` has it.
//! Does not judge (that is `validate`) and does not write files (that is `export`).

pub mod confirm;
pub mod decide;
pub mod join;

use crate::form::{FieldId, FormId, Severity};
use crate::geometry::RectMm;
use crate::score::Score;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Read, and sure.
    Read,
    /// Nothing is written there, and that is sure.
    Blank,
    /// Something is there, or may be, and it is not sure what.
    Uncertain,
    /// What was written has been struck out.
    Cancelled,
    /// Ink that no machine should guess at: kept as a picture for a person to key.
    Picture,
    /// Keyed by a person.
    Keyed,
}

impl State {
    /// Whether the field's value is not known: what is there waits for a person, or was taken back.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Uncertain | Self::Cancelled | Self::Picture)
    }
}

/// A value: one string, or a list where several options may be marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A single value.
    One(String),
    /// The marked options in printed order.
    Many(Vec<String>),
}

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldRecord {
    /// The value; none unless `read` or `keyed`.
    pub value: Option<Value>,
    /// How it stands.
    pub state: State,
    /// How likely the state and value are right.
    pub confidence: Score,
    /// The threshold that confidence was held against.
    pub threshold: Score,
    /// What the machine read before any knowledge was applied; kept whatever is decided later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_reading: Option<String>,
    /// Why it is not simply read: a short reason in Japanese for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Page of the form, from 1.
    pub page: usize,
    /// Where on the form.
    pub box_mm: RectMm,
    /// Distance in mm between where its frame was expected and found, where that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual_mm: Option<f64>,
    /// Picture of the field, relative to the batch folder, where a person must see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<String>,
}

/// One way to read a field, and how likely it is: what a person chooses from where the machine was not sure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// `read`, `blank` or `cancelled`.
    pub state: State,
    /// The value; none unless `read`.
    pub value: Option<Value>,
    /// How likely it is.
    pub confidence: Score,
}

/// Where a page of a record came from and how it lay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageRecord {
    /// File, relative to the inputs given.
    pub source: String,
    /// Page within the file, from 1.
    pub page: u32,
    /// Hex SHA-256 of the file.
    pub sha256: String,
    /// Hex SHA-256 of the decoded page.
    pub pixels_sha256: String,
    /// Page of the form, from 1.
    pub form_page: usize,
    /// Resolution the file states, dots per inch along x and y.
    pub dpi: [f64; 2],
    /// Misfit of the form's print on the page, mm.
    pub residual_mm: f64,
    /// Quarter turns clockwise the page was found at: 0, 90, 180, 270.
    pub rotation: u16,
    /// Skew found, degrees, clockwise positive.
    pub skew_deg: f64,
}

/// A rule that was not met, or something else worth saying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Rule id.
    pub rule: String,
    /// How grave.
    pub severity: Severity,
    /// Fields concerned.
    pub fields: Vec<FieldId>,
    /// What is wrong, in Japanese.
    pub message: String,
    /// What the applicant is asked to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// What becomes of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every field sure, no rule broken: a receipt goes out.
    Accepted,
    /// Every field sure, but the applicant left something out or wrong: a deficiency notice goes out.
    Deficient,
    /// A person must look first.
    Review,
    /// The same again; shown, never dropped silently.
    Duplicate,
}

impl Status {
    /// Its name in records and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Deficient => "deficient",
            Self::Review => "review",
            Self::Duplicate => "duplicate",
        }
    }
}

/// One submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Name made from the content of its pages: the same pages give the same id on any day.
    pub id: String,
    /// Form.
    pub form: FormId,
    /// Edition.
    pub edition: String,
    /// What becomes of it.
    pub status: Status,
    /// The record this one repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// Day it arrived, `YYYY-MM-DD`.
    pub received_on: Option<jiff::civil::Date>,
    /// Day of the postmark, `YYYY-MM-DD`.
    pub postmarked_on: Option<jiff::civil::Date>,
    /// Receipt number; none for anonymous forms.
    pub receipt_no: Option<String>,
    /// Its pages, in the form's order.
    pub pages: Vec<PageRecord>,
    /// Every field of the form, in the form's order.
    pub fields: FieldRecords,
    /// Everything worth saying, gravest first.
    pub findings: Vec<Finding>,
}

/// Records that are asked for one at a time, however they are kept.
pub trait Records {
    /// How many.
    fn count(&self) -> usize;
    /// One of them, from 0.
    fn record(&self, i: usize) -> Cow<'_, Record>;
}

impl Records for Vec<Record> {
    fn count(&self) -> usize {
        self.len()
    }

    fn record(&self, i: usize) -> Cow<'_, Record> {
        Cow::Borrowed(&self[i])
    }
}

/// The fields of a record by name, kept in the form's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldRecords {
    order: Vec<FieldId>,
    by_id: BTreeMap<FieldId, FieldRecord>,
}

impl FieldRecords {
    /// Adds a field, or replaces the one of that name in its place.
    pub fn insert(&mut self, id: FieldId, field: FieldRecord) {
        if self.by_id.insert(id.clone(), field).is_none() {
            self.order.push(id);
        }
    }

    /// The field of that name.
    pub fn get(&self, id: &FieldId) -> Option<&FieldRecord> {
        self.by_id.get(id)
    }

    /// The field of that name, to complete it.
    pub fn get_mut(&mut self, id: &FieldId) -> Option<&mut FieldRecord> {
        self.by_id.get_mut(id)
    }

    /// Fields in the form's order.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldId, &FieldRecord)> {
        self.order.iter().filter_map(|id| self.by_id.get(id).map(|f| (id, f)))
    }

    /// The single value of a field that is read or keyed.
    pub fn one(&self, id: &FieldId) -> Option<&str> {
        match self.get(id)?.value.as_ref()? {
            Value::One(v) => Some(v),
            Value::Many(_) => None,
        }
    }
}

impl Serialize for FieldRecords {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldRecords {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = FieldRecords;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map of fields")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<FieldRecords, A::Error> {
                let mut fields = FieldRecords::default();
                while let Some((id, field)) = map.next_entry()? {
                    fields.insert(id, field);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Why a page is in no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageException {
    /// File, relative to the inputs given.
    pub source: String,
    /// Page within the file, from 1; 0 where the file could not be opened at all (it counts as one page).
    pub page: u32,
    /// Hex SHA-256 of the file, empty where it could not be read.
    pub sha256: String,
    /// Blank, or refused with its reason.
    pub kind: ExceptionKind,
    /// Machine-readable reason, such as `unknown-form`, `other-edition`, `damaged-file`, `encrypted`.
    pub reason: String,
    /// What happened and what to do, for the operator.
    pub message: String,
}

/// The two ways a page ends outside the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExceptionKind {
    /// Nothing on it: the back of a sheet.
    Blank,
    /// Not one of our forms, unreadable, damaged.
    Refused,
}
