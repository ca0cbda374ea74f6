//! The same again: the same pages, or the same applicant's same form with the same or other content (DOMAIN: later
//! sheets of one applicant). Marks records, drops none.

use crate::form::{Form, Severity};
use crate::record::{Finding, Record, State, Status, Value};
use std::collections::BTreeMap;

/// What earlier records of a batch were made of.
#[derive(Debug, Default)]
pub struct Seen {
    by_id: BTreeMap<String, u32>,
    by_applicant: BTreeMap<(String, String), Vec<(String, Content)>>,
}

/// What a record says, without where it says it.
type Content = Vec<(String, Option<Value>)>;

impl Seen {
    /// Compares a record with the earlier ones, marks it, and remembers it.
    pub fn mark(&mut self, record: &mut Record, form: &Form) {
        let times = self.by_id.entry(record.id.clone()).or_insert(0);
        *times += 1;
        if *times > 1 {
            let first = record.id.clone();
            record.id = format!("{first}-{times}");
            return repeat(record, first, "same-pages", "同じ画像がすでに処理されています。");
        }
        let Some(code) = applicant(record, form) else { return };
        let earlier = self.by_applicant.entry((form.id.0.clone(), code)).or_default();
        let content = content(record);
        let same = content.as_ref().and_then(|c| earlier.iter().find(|(_, other)| other == c).map(|(id, _)| id.clone()));
        if let Some(first) = same {
            return repeat(record, first, "same-content", "同じ医療機関等から、同じ内容の書類がすでに届いています。");
        }
        if let Some((first, _)) = earlier.last() {
            let message = format!(
                "同じ医療機関等から、この様式の書類がすでに届いています（記録 {first}）。どちらを有効とするか確認してください。"
            );
            add(record, "same-applicant", Severity::Confirm, &message);
            record.status = Status::Review;
        }
        earlier.push((record.id.clone(), content.unwrap_or_default()));
    }
}

fn repeat(record: &mut Record, first: String, rule: &str, message: &str) {
    add(record, rule, Severity::Info, message);
    record.status = Status::Duplicate;
    record.duplicate_of = Some(first);
}

fn add(record: &mut Record, rule: &str, severity: Severity, message: &str) {
    record.findings.push(Finding { rule: rule.to_owned(), severity, fields: Vec::new(), message: message.to_owned(), ask: None });
    record.findings.sort_by_key(|f| f.severity);
}

/// The ten digits of the facility, where all of them were read. Two codes at one address (併設) are two applicants.
fn applicant(record: &Record, form: &Form) -> Option<String> {
    if form.anonymous {
        return None;
    }
    let code: Option<String> = form.facility_code.as_ref()?.iter().map(|id| record.fields.one(id)).collect();
    code
}

/// What the record says; none where a field is not settled, so that nothing unsure is taken for the same.
fn content(record: &Record) -> Option<Content> {
    let settled = |state: State| matches!(state, State::Read | State::Keyed | State::Blank);
    record.fields.iter().map(|(id, f)| settled(f.state).then(|| (id.0.clone(), f.value.clone()))).collect()
}
