//! What people decide after the machine: who, when, of what, from, to, why. A decision is a further entry of the ledger;
//! what was read stays as it was. Does not judge whether a decision is right.

use crate::form::FieldId;
use crate::record::{Finding, Record, State, Status, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who decided; not empty.
    pub who: String,
    /// When, as the caller's clock said.
    pub when: Timestamp,
    /// Id of the record.
    pub record: String,
    /// What was decided.
    pub change: Change,
    /// Why, in words; not empty.
    pub why: String,
}

/// What a decision changes. `from` is how things stood for whoever decided; where they stand otherwise by now, the
/// decision is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Change {
    /// One field.
    Field {
        /// Which.
        field: FieldId,
        /// How it stood.
        from: Standing,
        /// How it stands now.
        to: Standing,
    },
    /// The status of the whole record.
    Status {
        /// What it was.
        from: Status,
        /// What it is now.
        to: Status,
        /// What is to be said of the record from now on, where that is other than the machine said: the letters are
        /// written from it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        findings: Option<Vec<Finding>>,
    },
}

/// How a field stands: its state, and its value where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// State.
    pub state: State,
    /// Value; none unless `read` or `keyed`.
    pub value: Option<Value>,
}

/// Why a decision does not fit a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misfit {
    /// The record has no such field.
    NoField(FieldId),
    /// It stands otherwise by now.
    Stale,
}

impl Decision {
    /// Brings a record to where it stands after this decision; first reading, confidence and picture stay.
    pub(super) fn apply(&self, record: &mut Record) -> Result<(), Misfit> {
        match &self.change {
            Change::Field { field, from, to } => {
                let known = record.fields.get_mut(field).ok_or_else(|| Misfit::NoField(field.clone()))?;
                if (known.state, &known.value) != (from.state, &from.value) {
                    return Err(Misfit::Stale);
                }
                known.state = to.state;
                known.value.clone_from(&to.value);
            }
            Change::Status { from, .. } if record.status != *from => return Err(Misfit::Stale),
            Change::Status { to, findings, .. } => {
                record.status = *to;
                if let Some(findings) = findings {
                    record.findings.clone_from(findings);
                }
            }
        }
        Ok(())
    }
}
