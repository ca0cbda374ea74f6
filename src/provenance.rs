//! What a batch was made from and with: input files, forms and their rules, facility master, digit model, program, settings.
//! Enough to run it again years later and to say why a result differs. No clock: days are those the operator gave.

use crate::form::{Form, FormId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One file that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Path, relative to the inputs given.
    pub source: String,
    /// Hex SHA-256; empty where the file could not be read.
    pub sha256: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Pages it counts for; 1 where it could not be opened at all.
    pub pages: u64,
}

/// What a batch was run with. The same for every page of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the batch.
    pub batch: String,
    /// Program and version, such as `uketsuke 0.1.0`.
    pub program: String,
    /// Name and version of the digit model.
    pub model: String,
    /// Day the batch arrived.
    pub received_on: Option<Date>,
    /// Day of the postmark, where one was given for the batch.
    pub postmarked_on: Option<Date>,
    /// Forms it was held against, with the rules in force.
    pub forms: Vec<FormVersion>,
    /// The facility master, where one was given.
    pub master: Option<MasterVersion>,
    /// Everything else that can change a result.
    pub settings: serde_json::Value,
}

/// One edition of a form, and its rules on the batch's application date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormVersion {
    /// Form.
    pub id: FormId,
    /// Edition.
    pub edition: String,
    /// Hex SHA-256 of `form.toml` and the files it names; rules, columns and thresholds are in it.
    pub sha256: String,
    /// Ids of the rules in force on the application date, in the order findings are reported.
    pub rules: Vec<String>,
}

/// A facility master.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterVersion {
    /// File name.
    pub source: String,
    /// Hex SHA-256 of the file.
    pub sha256: String,
    /// Day it states the facilities of, where it says so.
    pub as_of: Option<Date>,
}

impl FormVersion {
    /// The version of a form as it holds for applications of `application_date` (undated rules only where none is known).
    pub fn of(form: &Form, application_date: Option<Date>) -> Self {
        let in_force = |from: Option<Date>, to: Option<Date>| match application_date {
            Some(day) => from.is_none_or(|f| f <= day) && to.is_none_or(|t| day <= t),
            None => from.is_none() && to.is_none(),
        };
        let rules = form.rules.iter().filter(|r| in_force(r.valid_from, r.valid_to)).map(|r| r.id.clone()).collect();
        Self { id: form.id.clone(), edition: form.edition.clone(), sha256: form.sha256.clone(), rules }
    }
}
