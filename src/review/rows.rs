//! Entries of the ledger that follow from answers. Builds them; appends none.

use super::station::Signed;
use super::task::{Task, What};
use crate::form::FieldId;
use crate::ledger::act::{Act, Answer, Deed};
use crate::ledger::decision::{Change, Decision, Standing};
use crate::ledger::live::Row;
use crate::record::{Record, Status};
use crate::validate::Verdict;

pub(super) fn act(signed: Signed, record: &str, field: Option<FieldId>, deed: Deed) -> Act {
    Act { who: signed.who.to_owned(), when: signed.when, record: record.to_owned(), field, deed }
}

pub(super) fn decision(signed: Signed, record: &str, change: Change, why: String) -> Row {
    Row::Decision(Decision { who: signed.who.to_owned(), when: signed.when, record: record.to_owned(), change, why })
}

/// The decision that a field stands so now.
pub(super) fn decided(signed: Signed, record: &Record, field: &FieldId, to: &Standing, why: String) -> Option<Row> {
    let known = record.fields.get(field)?;
    let from = Standing { state: known.state, value: known.value.clone() };
    Some(decision(signed, &record.id, Change::Field { field: field.clone(), from, to: to.clone() }, why))
}

pub(super) fn passed_on(signed: Signed, task: &Task) -> Row {
    let field = if let What::Field(field) = &task.id.what { Some(field.clone()) } else { None };
    let deed = Deed::PassedOn { rule: task.rule.clone(), why: "判断できないため責任者へ".to_owned() };
    Row::Act(act(signed, &task.id.record, field, deed))
}

pub(super) fn settled(signed: Signed, task: &Task, rule: &str, fields: Vec<FieldId>, answer: Answer) -> Row {
    Row::Act(act(signed, &task.id.record, None, Deed::Settled { rule: rule.to_owned(), fields, answer }))
}

/// The move of a record to where its verdict puts it; also where its letter has to say something else now.
pub(super) fn followed(first: &Row, now: &Record, after: &Record, verdict: Verdict) -> Option<Row> {
    let says_otherwise = verdict.status != Status::Review && verdict.findings != now.findings;
    if now.status == Status::Duplicate || verdict.status == after.status && !says_otherwise {
        return None;
    }
    let change = Change::Status { from: now.status, to: verdict.status, findings: Some(verdict.findings) };
    let signed = Signed { who: first.who(), when: first.when() };
    Some(decision(signed, &now.id, change, "規則による再判定".to_owned()))
}

/// Brings the fields of a record to where they stand after a row.
pub(super) fn stand(record: &mut Record, row: &Row) {
    if let Row::Decision(Decision { change: Change::Field { field, to, .. }, .. }) = row
        && let Some(known) = record.fields.get_mut(field)
    {
        known.state = to.state;
        known.value.clone_from(&to.value);
    }
}

pub(super) fn stands_as(record: &Record, field: &FieldId, as_it: &Standing) -> bool {
    record.fields.get(field).is_some_and(|f| f.state == as_it.state && f.value == as_it.value)
}
