//! Taking back what was done last: further entries that restore what stood before, never removed ones.

use super::history::{History, taken_back};
use super::rows::{act, decision, stand, stands_as};
use super::station::{Refusal, Signed, Station};
use super::task::{TaskId, What};
use crate::ledger::act::{Act, Deed};
use crate::ledger::decision::{Change, Decision};
use crate::ledger::live::{Entered, Row};
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Station {
    /// Takes back what this person did last; gives the question it was about. A further entry, never a removed one.
    ///
    /// # Errors
    /// Where there is nothing, or somebody has built upon it.
    pub fn undo(&mut self, signed: Signed) -> Result<TaskId, Refusal> {
        self.catch_up()?;
        let last = self.last_of(signed.who).ok_or(Refusal::NothingToUndo)?;
        let record = last[0].row.record().to_owned();
        let (now, case) = self.record(&record).ok_or(Refusal::Gone)?;
        let mut after = now.clone();
        let mut rows = Vec::new();
        for entered in last.iter().rev() {
            let Row::Decision(Decision { change: Change::Field { field, from, to }, .. }) = &entered.row else { continue };
            let change = Change::Field { field: field.clone(), from: to.clone(), to: from.clone() };
            let back = decision(signed, &record, change, "元に戻す".to_owned());
            if !stands_as(&after, field, to) {
                return Err(Refusal::BuiltUpon);
            }
            stand(&mut after, &back);
            rows.push(back);
        }
        let entries = last.iter().map(|e| e.seq).collect();
        rows.push(Row::Act(act(signed, &record, None, Deed::TakenBack { entries })));
        let version = case.history.version;
        let id = asked(&record, &last);
        self.store(&record, version, rows)?;
        Ok(id)
    }

    /// What a person did last in one go and has not taken back; openings are no deeds to take back.
    fn last_of(&self, who: &str) -> Option<Vec<Entered>> {
        let gone = taken_back(self.log().iter());
        let is_undo = |e: &Entered| matches!(&e.row, Row::Act(Act { deed: Deed::TakenBack { .. }, .. }));
        let undone: BTreeSet<(Timestamp, &str)> =
            self.log().iter().filter(|e| is_undo(e)).map(|e| (e.row.when(), e.row.record())).collect();
        let counts = |e: &&Entered| {
            let opening = matches!(&e.row, Row::Act(Act { deed: Deed::Opened, .. }));
            e.row.who() == who && !opening && !gone.contains(&e.seq) && !undone.contains(&(e.row.when(), e.row.record()))
        };
        let last = self.log().iter().rfind(counts)?;
        let key = (last.row.when(), last.row.record());
        Some(self.log().iter().filter(|e| counts(e) && (e.row.when(), e.row.record()) == key).cloned().collect())
    }
}

pub(super) fn undone_by(row: &Row) -> Vec<u64> {
    match row {
        Row::Act(Act { deed: Deed::TakenBack { entries }, .. }) => entries.clone(),
        _ => Vec::new(),
    }
}

/// What holds of a record without these entries and those taken back before.
pub(super) fn without(log: &[Entered], record: &str, undone: &BTreeSet<u64>) -> History {
    let of_record: Vec<&Entered> = log.iter().filter(|e| e.row.record() == record).collect();
    let mut gone = taken_back(of_record.iter().copied());
    gone.extend(undone);
    History::of(of_record.iter().map(|e| &e.row), |at| gone.contains(&of_record[at].seq))
}

/// The question that rows answered.
fn asked(record: &str, rows: &[Entered]) -> TaskId {
    let what = rows.iter().find_map(|e| match &e.row {
        Row::Decision(Decision { change: Change::Field { field, .. }, .. }) | Row::Act(Act { field: Some(field), .. }) => {
            Some(What::Field(field.clone()))
        }
        Row::Act(Act { deed: Deed::Settled { rule, fields, .. }, .. }) => match (rule.as_str(), fields.as_slice()) {
            ("unsure" | "cancelled" | "to-be-keyed" | "picture", [field]) => Some(What::Field(field.clone())),
            _ => Some(What::Finding(rule.clone(), fields.clone())),
        },
        Row::Act(Act { deed: Deed::PassedOn { rule, .. }, .. }) => Some(What::Finding(rule.clone(), Vec::new())),
        _ => None,
    });
    TaskId { record: record.to_owned(), what: what.unwrap_or_else(|| What::Finding(String::new(), Vec::new())) }
}
