//! The same again: the same pages, or the same applicant's same form with the same or other content (DOMAIN: later
//! sheets of one applicant). Marks records, drops none.

use super::packed::Packed;
use crate::form::{FieldId, Form, Severity};
use crate::record::{Finding, Record, State, Status, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rules of the findings that comparing records makes.
pub const RULES: &[&str] = &["same-file", "same-pages", "same-content", "same-applicant", "came-again"];

/// What earlier records of a batch were made of.
#[derive(Debug, Default)]
pub struct Seen {
    by_id: BTreeMap<String, (u32, Arc<Side>)>,
    /// By form and facility code.
    by_applicant: BTreeMap<(String, String), Vec<Known>>,
}

/// An earlier record, and what it says.
type Known = (Arc<Side>, Packed<Content>);

/// What a record says, without where it says it.
type Content = Vec<(FieldId, State, Option<Value>)>;

/// How an earlier record is told from others: its id, and the file and page it begins on.
#[derive(Debug)]
struct Side {
    id: String,
    place: String,
    files: Vec<String>,
}

/// The other side of a repeat: the earlier record, and what is to be said there.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    /// Its id.
    pub id: String,
    /// What to add to its findings.
    pub finding: Finding,
}

impl Seen {
    /// Compares a record with the earlier ones, marks it, and remembers it. Gives what is to be said on the other side.
    pub fn mark(&mut self, record: &mut Record, form: &Form) -> Option<Earlier> {
        let own = Arc::new(Side::of(record));
        if let Some((times, first)) = self.by_id.get_mut(&record.id) {
            *times += 1;
            record.id = format!("{}-{times}", first.id);
            let (rule, what) = if first.files == own.files {
                ("same-file", "同じファイルが、もう一度渡されています。")
            } else {
                ("same-pages", "同じ画像がすでに処理されています。")
            };
            return Some(repeat(record, first, rule, what));
        }
        self.by_id.insert(record.id.clone(), (1, Arc::clone(&own)));
        let code = applicant(record, form)?;
        let earlier = self.by_applicant.entry((form.id.0.clone(), code)).or_default();
        let content = content(record);
        let mut last = None;
        for (side, packed) in earlier.iter() {
            let other = packed.unpacked();
            let fields = differing(&content, &other);
            if fields.is_empty() && settled(&content) && settled(&other) {
                let what = "同じ医療機関等から、同じ内容の書類がすでに届いています。";
                return Some(repeat(record, side, "same-content", what));
            }
            last = Some((side, fields));
        }
        let told = last.map(|(first, fields)| another(record, form, first, &fields));
        earlier.push((own, Packed::of(&content)));
        told
    }
}

impl Side {
    fn of(record: &Record) -> Self {
        let place = record.pages.first().map(|p| format!("{} {}ページ目", p.source, p.page)).unwrap_or_default();
        Self { id: record.id.clone(), place, files: record.pages.iter().map(|p| p.sha256.clone()).collect() }
    }
}

/// The same again: shown beside the first, for a person to see.
fn repeat(record: &mut Record, first: &Side, rule: &str, what: &str) -> Earlier {
    add(record, rule, Severity::Info, &format!("{what}先の記録は {}（{}）です。", first.id, first.place), Vec::new());
    record.status = Status::Duplicate;
    record.duplicate_of = Some(first.id.clone());
    other_side(record, first)
}

/// The same applicant's same form with other content: which of the two holds is a person's to say.
fn another(record: &mut Record, form: &Form, first: &Side, fields: &[FieldId]) -> Earlier {
    let label = |id: &FieldId| form.field(id).map_or(id.0.clone(), |f| f.label.clone());
    let labels: Vec<String> = fields.iter().map(label).collect();
    let message = format!(
        "同じ医療機関等から、この様式の書類がすでに届いています（記録 {}、{}）。異なるか、確かでない項目: {}。内容が異なる場合は消印の新しいものを有効としますので、両方の内容と消印をご確認ください。",
        first.id,
        first.place,
        labels.join("、")
    );
    add(record, "same-applicant", Severity::Confirm, &message, fields.to_vec());
    record.status = Status::Review;
    other_side(record, first)
}

fn other_side(record: &Record, first: &Side) -> Earlier {
    let own = Side::of(record);
    let message =
        format!("同じ書類、または同じ医療機関等の同じ様式の書類が、後から届いています（記録 {}、{}）。", own.id, own.place);
    Earlier { id: first.id.clone(), finding: finding("came-again", Severity::Info, &message, Vec::new()) }
}

fn add(record: &mut Record, rule: &str, severity: Severity, message: &str, fields: Vec<FieldId>) {
    record.findings.push(finding(rule, severity, message, fields));
    record.findings.sort_by_key(|f| f.severity);
}

fn finding(rule: &str, severity: Severity, message: &str, fields: Vec<FieldId>) -> Finding {
    Finding { rule: rule.to_owned(), severity, fields, message: message.to_owned(), ask: None }
}

/// The ten digits of the facility, where all of them were read. Two codes at one address (併設) are two applicants.
fn applicant(record: &Record, form: &Form) -> Option<String> {
    if form.anonymous {
        return None;
    }
    let code: Option<String> = form.facility_code.as_ref()?.iter().map(|id| record.fields.one(id)).collect();
    code
}

/// What the record says.
fn content(record: &Record) -> Content {
    record.fields.iter().map(|(id, f)| (id.clone(), f.state, f.value.clone())).collect()
}

/// Whether nothing of it is open: what is not sure is never taken for the same.
fn settled(content: &Content) -> bool {
    content.iter().all(|(_, state, _)| !state.is_open())
}

/// Fields that say something else, or may. One that only one of two editions has says something where it is not blank.
fn differing(own: &Content, other: &Content) -> Vec<FieldId> {
    let others: BTreeMap<_, _> = other.iter().map(|(id, state, value)| (id, (*state, value))).collect();
    let differs = |(id, state, value): &&(FieldId, State, Option<Value>)| {
        let known = others.get(id);
        known.map_or(*state != State::Blank, |(other, said)| state.is_open() || other.is_open() || value != *said)
    };
    let both: BTreeSet<_> = own.iter().map(|(id, ..)| id).collect();
    let only_there = other.iter().filter(|(id, state, _)| *state != State::Blank && !both.contains(id));
    own.iter().filter(differs).chain(only_there).map(|(id, ..)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn both_sides_are_told_and_what_differs_is_named() {
        let form = form("reader-request");
        let mut seen = Seen::default();
        let mut first = record("a", &form, &[("units_fujitsu", State::Read, Some("1"))]);
        let mut second = record("b", &form, &[("units_fujitsu", State::Read, Some("2"))]);
        assert_eq!(seen.mark(&mut first, &form), None);
        let earlier = seen.mark(&mut second, &form).expect("another of the same applicant");
        assert_eq!((earlier.id.as_str(), earlier.finding.rule.as_str()), ("a", "came-again"));
        assert!(earlier.finding.message.contains("記録 b"));
        assert_eq!(second.findings[0].fields, [FieldId("units_fujitsu".to_owned())]);
        assert!(second.findings[0].message.contains("記録 a"));
    }

    #[test]
    fn editions_are_compared_field_by_field() {
        let form = form("reader-request");
        let without = |id, changed: &[_], lacking: &str| {
            let whole = record(id, &form, changed);
            let mut fields = FieldRecords::default();
            whole.fields.iter().filter(|(id, _)| id.0 != lacking).for_each(|(id, f)| fields.insert(id.clone(), f.clone()));
            Record { fields, ..whole }
        };
        let fujitsu = [("units_fujitsu", State::Read, Some("1"))];
        let both = second(&form, &without("a", &fujitsu, "units_canon"), record("b", &form, &fujitsu));
        assert_eq!(both.1, Status::Duplicate, "what one edition lacks is blank in the other");
        for (first, again) in [("units_fujitsu", "units_canon"), ("units_canon", "units_fujitsu")] {
            let one = second(&form, &without("a", &fujitsu, first), without("b", &fujitsu, again));
            assert_eq!(one.1, Status::Review, "one says what the other has no field for");
        }
    }

    #[test]
    fn the_same_bytes_are_told_from_the_same_picture() {
        let form = form("intent-survey");
        let on = |file: &str| {
            let mut record = record("a", &form, &[]);
            record.pages.push(crate::record::PageRecord {
                source: file.to_owned(),
                page: 1,
                sha256: file.to_owned(),
                pixels_sha256: "p".to_owned(),
                form_page: 1,
                dpi: [300.0, 300.0],
                residual_mm: 0.0,
                rotation: 0,
                skew_deg: 0.0,
            });
            record
        };
        for (again, rule) in [("x.png", "same-file"), ("y.png", "same-pages")] {
            let (mut seen, mut second) = (Seen::default(), on(again));
            seen.mark(&mut on("x.png"), &form);
            let earlier = seen.mark(&mut second, &form).expect("the same again");
            assert_eq!((second.findings[0].rule.as_str(), earlier.id.as_str(), second.id.as_str()), (rule, "a", "a-2"));
            assert!(second.findings[0].message.contains("x.png 1ページ目"));
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
