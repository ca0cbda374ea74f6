//! What waits for a person: the questions of one record, in the order in which they are best asked. Answers none.

use super::history::History;
use crate::form::{FieldId, Form, Severity};
use crate::record::{Finding, Record, State, Status};
use std::fmt;
use std::str::FromStr;

/// Rules of findings that ask what one field says.
const OF_A_FIELD: [&str; 3] = ["unsure", "cancelled", "to-be-keyed"];

/// The rule of the question that is left where nothing else is.
pub const NOTHING_OPEN: &str = "nothing-open";

/// One question: of which record, and what is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// Record.
    pub record: String,
    /// What is asked.
    pub what: What,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// What a field says.
    Field(FieldId),
    /// What becomes of a finding: its rule and fields.
    Finding(String, Vec<FieldId>),
}

/// `record.field`, or `record~rule~field,field`. Ids are hex digits and hyphens, fields have neither dot nor tilde.
impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Field(field) => write!(f, "{}.{field}", self.record),
            What::Finding(rule, fields) => {
                let fields: Vec<&str> = fields.iter().map(|id| id.0.as_str()).collect();
                write!(f, "{}~{rule}~{}", self.record, fields.join(","))
            }
        }
    }
}

impl FromStr for TaskId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some((record, rest)) = text.split_once('~') {
            let (rule, fields) = rest.split_once('~').ok_or(())?;
            let fields = fields.split(',').filter(|f| !f.is_empty()).map(|f| FieldId(f.to_owned())).collect();
            return Ok(Self { record: record.to_owned(), what: What::Finding(rule.to_owned(), fields) });
        }
        let (record, field) = text.split_once('.').ok_or(())?;
        Ok(Self { record: record.to_owned(), what: What::Field(FieldId(field.to_owned())) })
    }
}

/// Who a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Holds its record back: for whoever is at the station.
    Waiting,
    /// Could not be told; for a supervisor.
    Supervisor,
    /// A picture that may be keyed and holds nothing back.
    Key,
}

impl Lane {
    /// All of them, by name.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Waiting, "waiting"), (Self::Supervisor, "supervisor"), (Self::Key, "key")];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(lane, _)| *lane == self).map_or("", |(_, name)| name)
    }
}

/// A question that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Which.
    pub id: TaskId,
    /// For whom.
    pub lane: Lane,
    /// The rule that asks.
    pub rule: String,
    /// What is asked, in Japanese.
    pub message: String,
}

/// The questions of a record as it stands. Those about findings come when its fields are settled: they may be gone then.
pub fn tasks(record: &Record, form: Option<&Form>, findings: &[Finding], history: &History) -> Vec<Task> {
    let mut tasks = Vec::new();
    if record.status == Status::Review {
        let open = || findings.iter().filter(|f| f.severity == Severity::Confirm);
        let fields = open().filter_map(|f| of_field(record, f, history));
        tasks.extend(fields);
        if tasks.is_empty() {
            tasks.extend(open().map(|f| of_finding(record, f, history)));
        }
        if tasks.is_empty() {
            let message = "確認事項は残っていません。このまま確定してください。".to_owned();
            let nothing =
                Finding { rule: NOTHING_OPEN.to_owned(), severity: Severity::Confirm, fields: vec![], message, ask: None };
            tasks.push(of_finding(record, &nothing, history));
        }
    }
    if let Some(form) = form.filter(|_| record.status != Status::Duplicate) {
        let asked: Vec<TaskId> = tasks.iter().map(|t| t.id.clone()).collect();
        tasks.extend(to_key(record, form).filter(|t| !asked.contains(&t.id)));
    }
    tasks
}

fn of_field(record: &Record, finding: &Finding, history: &History) -> Option<Task> {
    let [field] = finding.fields.as_slice() else { return None };
    let lane = if history.passed_on.contains_key(field) { Lane::Supervisor } else { Lane::Waiting };
    let what = What::Field(field.clone());
    OF_A_FIELD.contains(&finding.rule.as_str()).then(|| task(record, what, lane, &finding.rule, &finding.message))
}

fn of_finding(record: &Record, finding: &Finding, history: &History) -> Task {
    let lane = if history.passed_findings.contains_key(&finding.rule) { Lane::Supervisor } else { Lane::Waiting };
    let what = What::Finding(finding.rule.clone(), finding.fields.clone());
    task(record, what, lane, &finding.rule, &finding.message)
}

/// Pictures of a record that nobody has to key.
fn to_key<'a>(record: &'a Record, form: &'a Form) -> impl Iterator<Item = Task> + 'a {
    let pictures = form.fields.iter().filter(|f| record.fields.get(&f.id).is_some_and(|r| r.state == State::Picture));
    pictures.map(move |field| {
        let message = format!("「{}」は手書きのため画像で保存されています。必要なときだけ入力してください。", field.label);
        task(record, What::Field(field.id.clone()), Lane::Key, "picture", &message)
    })
}

fn task(record: &Record, what: What, lane: Lane, rule: &str, message: &str) -> Task {
    let id = TaskId { record: record.id.clone(), what };
    Task { id, lane, rule: rule.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_found_again_by_its_name() {
        for name in ["a0b1-2.institution_code", "a0b1~check-digit~prefecture_code,institution_code", "a0~join-unsure~"] {
            assert_eq!(name.parse::<TaskId>().map(|id| id.to_string()), Ok(name.to_owned()));
        }
        for wrong in ["", "a0b1", "a0b1~check-digit"] {
            assert!(wrong.parse::<TaskId>().is_err(), "{wrong}");
        }
    }
}
