//! What people do at a batch that changes no record by itself: open a personal field, key one of two independent readings,
//! pass a question on, settle a finding, take something back. Each is a further entry of the ledger, never a change.

use super::decision::Standing;
use crate::form::FieldId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who; not empty.
    pub who: String,
    /// When, as the caller's clock said.
    pub when: Timestamp,
    /// Id of the record.
    pub record: String,
    /// Field, where it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldId>,
    /// What was done.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "kebab-case")]
pub enum Deed {
    /// A personal field was opened to be seen.
    Opened,
    /// One of two independent keyings of a field; blind to the other.
    Keyed {
        /// How the field stands for whoever keyed it.
        to: Standing,
    },
    /// Whoever looked could not tell; a supervisor is asked.
    PassedOn {
        /// The rule that asked.
        rule: String,
        /// Why, in words.
        why: String,
    },
    /// A finding that asked a person was answered.
    Settled {
        /// Its rule.
        rule: String,
        /// Fields it speaks of.
        fields: Vec<FieldId>,
        /// The answer.
        answer: Answer,
    },
    /// Parts of a field (cells, options) were seen among many of their kind.
    Compared {
        /// Parts that are what they were taken for, from 0.
        right: Vec<usize>,
        /// Parts that are not.
        wrong: Vec<usize>,
    },
    /// Earlier entries, by their place in the chain, no longer hold.
    TakenBack {
        /// Which.
        entries: Vec<u64>,
    },
}

/// How a finding that asked a person is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It holds nothing back.
    Passes,
    /// The applicant must correct it: it goes into a notice.
    Deficient,
}
