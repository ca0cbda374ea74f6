//! What people have done about one record so far, and what of it still holds. Reads rows of the ledger; adds none.

use crate::form::FieldId;
use crate::ledger::act::{Answer, Deed};
use crate::ledger::decision::{Change, Standing};
use crate::ledger::live::{Entered, Row};
use crate::record::{Finding, State};
use std::collections::{BTreeMap, BTreeSet};

/// What still holds of what people did about a record.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Rows about it: changes with every row, so that a page that shows an older state is told from a newer one.
    pub version: usize,
    /// Answers to findings: rule and fields, and the answer.
    pub answers: Vec<(String, Vec<FieldId>, Answer)>,
    /// Fields that were passed on to a supervisor, with who did and why.
    pub passed_on: BTreeMap<FieldId, (String, String)>,
    /// Findings that were passed on, by rule.
    pub passed_findings: BTreeMap<String, (String, String)>,
    /// Independent keyings of a field: who, and what.
    pub keyed: BTreeMap<FieldId, Vec<(String, Standing)>>,
    /// Personal fields that were opened, with who did.
    pub opened: BTreeSet<(String, FieldId)>,
    /// Parts of fields that were compared with others of their kind: right and wrong ones.
    pub compared: BTreeMap<FieldId, (BTreeSet<usize>, BTreeSet<usize>)>,
    /// Fields that people decided about.
    pub decided: BTreeSet<FieldId>,
}

impl History {
    /// Of the rows about one record, in their order.
    pub fn of<'a>(rows: impl Iterator<Item = &'a Row> + Clone, taken_back: impl Fn(usize) -> bool) -> Self {
        let mut history = Self::default();
        for (at, row) in rows.enumerate() {
            history.version += 1;
            if !taken_back(at) {
                history.take(row);
            }
        }
        history
    }

    /// The same of entries, with what was taken back left out.
    pub fn of_record(log: &[Entered], record: &str) -> Self {
        let of_record: Vec<&Entered> = log.iter().filter(|e| e.row.record() == record).collect();
        let gone = taken_back(of_record.iter().copied());
        Self::of(of_record.iter().map(|e| &e.row), |at| gone.contains(&of_record[at].seq))
    }

    /// Takes in a row.
    pub fn take(&mut self, row: &Row) {
        match row {
            Row::Decision(decision) => {
                if let Change::Field { field, to, .. } = &decision.change {
                    self.forget(field);
                    if matches!(to.state, State::Keyed | State::Blank) {
                        self.decided.insert(field.clone());
                    } else {
                        self.decided.remove(field);
                    }
                }
            }
            Row::Act(act) => self.take_deed(&act.who, act.field.as_ref(), &act.deed),
        }
    }

    /// A decision about a field ends what was said of it before.
    fn forget(&mut self, field: &FieldId) {
        self.passed_on.remove(field);
        self.keyed.remove(field);
        self.compared.remove(field);
        self.answers.retain(|(_, fields, _)| !fields.contains(field));
    }

    fn take_deed(&mut self, who: &str, field: Option<&FieldId>, deed: &Deed) {
        match (deed, field) {
            (Deed::Opened, Some(field)) => {
                self.opened.insert((who.to_owned(), field.clone()));
            }
            (Deed::Keyed { to }, Some(field)) => {
                self.keyed.entry(field.clone()).or_default().push((who.to_owned(), to.clone()));
            }
            (Deed::PassedOn { why, .. }, Some(field)) => {
                self.passed_on.insert(field.clone(), (who.to_owned(), why.clone()));
            }
            (Deed::PassedOn { rule, why }, None) => {
                self.passed_findings.insert(rule.clone(), (who.to_owned(), why.clone()));
            }
            (Deed::Settled { rule, fields, answer }, _) => self.answers.push((rule.clone(), fields.clone(), *answer)),
            (Deed::Compared { right, wrong }, Some(field)) => {
                let (known_right, known_wrong) = self.compared.entry(field.clone()).or_default();
                known_right.extend(right);
                known_wrong.extend(wrong);
            }
            _ => {}
        }
    }

    /// The answer to a finding, where one was given for just these fields.
    pub fn answer(&self, finding: &Finding) -> Option<Answer> {
        let to = |(rule, fields, _): &&(String, Vec<FieldId>, Answer)| *rule == finding.rule && *fields == finding.fields;
        self.answers.iter().rfind(to).map(|(_, _, answer)| *answer)
    }

    /// Whether this person has opened this field.
    pub fn has_opened(&self, who: &str, field: &FieldId) -> bool {
        self.opened.contains(&(who.to_owned(), field.clone()))
    }
}

/// Places of the entries that were taken back.
pub fn taken_back<'a>(entries: impl Iterator<Item = &'a Entered>) -> BTreeSet<u64> {
    let of = |e: &'a Entered| match &e.row {
        Row::Act(act) => match &act.deed {
            Deed::TakenBack { entries } => entries.as_slice(),
            _ => &[],
        },
        Row::Decision(_) => &[],
    };
    entries.flat_map(of).copied().collect()
}
