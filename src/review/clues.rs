//! What the rules and the facility list would say of a field if it said this: shown beside each candidate, so that a
//! wrong one stands out before it is taken. Decides nothing.

use super::check::Rules;
use crate::codes::{CheckDigit, FacilityCode};
use crate::form::FieldId;
use crate::ledger::decision::Standing;
use crate::master::Facility;
use crate::record::Record;

/// What speaks for and against a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clues {
    /// Whether the check digit of the facility code fits; none where the code is not complete or nobody knows the rule.
    pub check_digit: Option<bool>,
    /// Name of the facility in the list.
    pub facility: Option<String>,
    /// Whether a facility list was there to look in, and the code complete.
    pub looked_up: bool,
}

/// What speaks for and against a field saying this, where it is part of the facility code.
pub fn clues(rules: &Rules, record: &Record, field: &FieldId, says: &Standing) -> Clues {
    let Some(ids) = rules.form(record).and_then(|form| form.facility_code.as_ref()).filter(|ids| ids.contains(field)) else {
        return Clues::default();
    };
    let mut as_if = record.clone();
    if let Some(known) = as_if.fields.get_mut(field) {
        known.value.clone_from(&says.value);
    }
    let Some(code) = code_of(&as_if, ids) else { return Clues::default() };
    let check_digit = match code.check() {
        CheckDigit::RuleUnknown => None,
        check => Some(check == CheckDigit::Right),
    };
    let facility = rules.master.and_then(|master| master.get(&code)).map(|f| f.name.clone());
    Clues { check_digit, facility, looked_up: rules.master.is_some() }
}

/// The ten digits of a record, where all three parts have a value.
pub fn code_of(record: &Record, [a, b, c]: &[FieldId; 3]) -> Option<FacilityCode> {
    let part = |id: &FieldId| record.fields.one(id);
    FacilityCode::from_parts([part(a)?, part(b)?, part(c)?]).ok()
}

/// One line of the facility list beside what the form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// What it is: 名称, 電話番号, 郵便番号, 所在地.
    pub what: &'static str,
    /// What the list says.
    pub listed: String,
    /// What the form says; none where nothing was read.
    pub written: Option<String>,
    /// Whether they agree; none where there is nothing to compare.
    pub agrees: Option<bool>,
}

/// What the list says of the facility, beside what the form says of itself. Columns are matched by the names of fields
/// that letters are addressed from.
pub fn beside(record: &Record, facility: &Facility) -> Vec<Beside> {
    let written = |id: &str| record.fields.one(&FieldId(id.to_owned())).map(str::to_owned);
    let line = |what, listed: &str, id: &str, same: &dyn Fn(&str) -> bool| {
        let written = written(id);
        let agrees = written.as_deref().filter(|_| !listed.is_empty()).map(same);
        Beside { what, listed: listed.to_owned(), written, agrees }
    };
    vec![
        line("名称", &facility.name, "facility_name", &|w| facility.is_named(w)),
        line("電話番号", &facility.telephone, "telephone", &|w| facility.has_telephone(w)),
        line("郵便番号", &facility.postal, "postal_code", &|w| facility.has_postal(w)),
        line("所在地", &facility.address, "address", &|w| {
            let plain = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            plain(w).ends_with(&plain(&facility.address))
        }),
    ]
}
