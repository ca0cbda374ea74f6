//! What the entries of a ledger say, as JSON. One type per kind.

use super::act::Act;
use super::decision::Decision;
use crate::provenance::{InputFile, Provenance};
use crate::record::{Candidate, PageException, Record};
use crate::tally::Tally;
use serde::{Deserialize, Serialize};

/// A page that is in no record, and its place among all pages of the batch, from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ExceptionEntry {
    pub position: u64,
    pub exception: PageException,
}

/// A submission, and the place of its first page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RecordEntry {
    pub position: u64,
    pub record: Record,
}

/// A picture of a field, or of a whole page, that a person must see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CropEntry {
    /// Its file, relative to the batch folder.
    pub path: String,
    /// Hex SHA-256 of the file.
    pub sha256: String,
    /// Of a field: ways to read it, likeliest first, where there is more to say than its reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
}

/// Kinds of letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LetterKind {
    /// 受付のお知らせ.
    Receipt,
    /// 不備のお知らせ.
    Notice,
}

/// A letter that was written when the batch was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptEntry {
    /// Id of the record.
    pub record: String,
    /// Its receipt number.
    pub receipt_no: Option<String>,
    /// Kind of letter.
    pub letter: LetterKind,
    /// What the operator should know before it is posted.
    pub notes: Vec<String>,
}

/// The end of a run: the counts, with the identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CloseEntry {
    pub counts: Tally,
    /// Schema of the ledger this one was taken over from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrated_from: Option<i64>,
}

/// What an entry says.
#[derive(Debug)]
pub(super) enum Said<'a> {
    Settings(&'a Provenance),
    Scan(&'a InputFile),
    Exception(&'a ExceptionEntry),
    Record(&'a RecordEntry),
    Crop(&'a CropEntry),
    Receipt(&'a ReceiptEntry),
    Close(&'a CloseEntry),
    Decision(&'a Decision),
    Act(&'a Act),
}

impl Said<'_> {
    /// Its kind and JSON.
    pub(super) fn stored(&self) -> serde_json::Result<(&'static str, String)> {
        Ok(match self {
            Self::Settings(p) => ("settings", serde_json::to_string(p)?),
            Self::Scan(s) => ("scan", serde_json::to_string(s)?),
            Self::Exception(e) => ("exception", serde_json::to_string(e)?),
            Self::Record(r) => ("record", serde_json::to_string(r)?),
            Self::Crop(c) => ("crop", serde_json::to_string(c)?),
            Self::Receipt(r) => ("receipt", serde_json::to_string(r)?),
            Self::Close(c) => ("close", serde_json::to_string(c)?),
            Self::Decision(d) => ("decision", serde_json::to_string(d)?),
            Self::Act(a) => ("act", serde_json::to_string(a)?),
        })
    }
}
