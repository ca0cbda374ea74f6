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
                "同じ医療機関等から、この様式の書類がすでに届いています（記録 {first}）。内容が異なる場合は消印の新しいものを有効としますので、両方の内容と消印をご確認ください。"
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FieldId;
    use crate::form::catalogue::Catalogue;
    use crate::geometry::RectMm;
    use crate::record::{FieldRecord, FieldRecords};
    use crate::score::Score;

    const CODE: [(&str, &str); 3] = [("prefecture_code", "27"), ("score_table_code", "4"), ("institution_code", "0099656")];

    fn form(id: &str) -> Form {
        Catalogue::built_in().expect("sound form files").current(id).expect("is built in").clone()
    }

    fn field(state: State, value: Option<&str>) -> FieldRecord {
        FieldRecord {
            value: value.map(|v| Value::One(v.to_owned())),
            state,
            confidence: Score::ONE,
            threshold: Score::ONE,
            first_reading: None,
            note: None,
            page: 1,
            box_mm: RectMm::new(0.0, 0.0, 5.0, 5.0),
            residual_mm: None,
            crop: None,
        }
    }

    /// A record of the form with the facility code of [`CODE`] and what is changed.
    fn record(id: &str, form: &Form, changed: &[(&str, State, Option<&str>)]) -> Record {
        let mut fields = FieldRecords::default();
        for known in &form.fields {
            fields.insert(known.id.clone(), field(State::Blank, None));
        }
        let code = CODE.iter().map(|(name, value)| (*name, State::Read, Some(*value)));
        for (name, state, value) in code.chain(changed.iter().copied()).filter(|c| form.field(&FieldId(c.0.to_owned())).is_some())
        {
            fields.insert(FieldId(name.to_owned()), field(state, value));
        }
        Record {
            id: id.to_owned(),
            form: form.id.clone(),
            edition: form.edition.clone(),
            status: Status::Accepted,
            duplicate_of: None,
            received_on: None,
            postmarked_on: None,
            receipt_no: None,
            pages: Vec::new(),
            fields,
            findings: Vec::new(),
        }
    }

    /// What is said of the second of two records: rule and severity, and what becomes of it.
    fn second(form: &Form, first: &Record, mut second: Record) -> (Vec<(String, Severity)>, Status) {
        let mut seen = Seen::default();
        seen.mark(&mut first.clone(), form);
        seen.mark(&mut second, form);
        (second.findings.iter().map(|f| (f.rule.clone(), f.severity)).collect(), second.status)
    }

    #[test]
    fn the_same_content_again_is_a_duplicate_and_other_content_a_question() {
        let form = form("reader-request");
        let first = record("a", &form, &[("units_fujitsu", State::Read, Some("1"))]);
        let same = record("b", &form, &[("units_fujitsu", State::Read, Some("1"))]);
        let other = record("b", &form, &[("units_canon", State::Read, Some("1"))]);
        assert_eq!(second(&form, &first, same), (vec![("same-content".to_owned(), Severity::Info)], Status::Duplicate));
        assert_eq!(second(&form, &first, other), (vec![("same-applicant".to_owned(), Severity::Confirm)], Status::Review));
    }

    #[test]
    fn what_is_not_settled_is_never_taken_for_the_same() {
        let form = form("reader-request");
        for state in [State::Picture, State::Uncertain, State::Cancelled] {
            let unsettled = |id| record(id, &form, &[("facility_name", state, None)]);
            assert_eq!(second(&form, &unsettled("a"), unsettled("b")).1, Status::Review, "{state:?}");
        }
    }

    #[test]
    fn two_codes_at_one_address_and_anonymous_answers_are_no_repeats() {
        let form = self::form("reader-request");
        let dental = record("b", &form, &[("score_table_code", State::Read, Some("3"))]);
        assert_eq!(second(&form, &record("a", &form, &[]), dental), (Vec::new(), Status::Accepted));
        let survey = self::form("intent-survey");
        assert_eq!(second(&survey, &record("a", &survey, &[]), record("b", &survey, &[])), (Vec::new(), Status::Accepted));
    }
}
