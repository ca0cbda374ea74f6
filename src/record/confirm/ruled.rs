//! What a form's own rules say of digits that are not clear: of two ways to read a number, the one that no rule objects to is
//! likelier (as many certificates as terminals are named, a date that is not after the day of receipt). Doubts what would break a
//! rule where another reading would not; puts no other digit in place of a clear one.

use crate::form::{Field, FieldId, FieldKind, Form, Severity};
use crate::read::Reading;
use crate::record::decide::{BEYOND_DOUBT, candidates, decide_against};
use crate::record::{FieldRecord, FieldRecords, Finding, State, Value};

/// Cells of the longest numbers that rules speak of; longer ones are codes, which have check digits and lists.
const MOST_CELLS: usize = 4;

/// Decides the unclear numbers of a page once more, by what `findings` says of the page's fields with each way to read one.
pub fn confirm_by_rules(
    form: &Form,
    readings: &[Reading],
    fields: &mut [(FieldId, FieldRecord)],
    findings: impl Fn(&FieldRecords) -> Vec<Finding>,
) {
    for field in form.fields.iter().filter(|field| is_ruled(form, field)) {
        let Some(reading) = readings.iter().find(|reading| reading.field == field.id) else { continue };
        let Some(at) = fields.iter().position(|(id, record)| *id == field.id && is_open(record)) else { continue };
        let values = ways(field, reading);
        if values.len() < 2 {
            continue;
        }
        let mut known = FieldRecords::default();
        for (id, record) in fields.iter() {
            known.insert(id.clone(), record.clone());
        }
        let mut breaks = |value: &String| {
            if let Some(record) = known.get_mut(&field.id) {
                (record.state, record.value) = (State::Read, Some(Value::One(value.clone())));
            }
            findings(&known).iter().any(|finding| objects(finding) && finding.fields.contains(&field.id))
        };
        let (broken, kept): (Vec<String>, Vec<String>) = values.into_iter().partition(|value| breaks(value));
        if !broken.is_empty() && !kept.is_empty() {
            fields[at].1 = decide_against(&broken, field, reading, &form.policy);
        }
    }
}

/// Whether rules may speak of a number's digits: a facility code is confirmed by its check digit.
fn is_ruled(form: &Form, field: &Field) -> bool {
    let short = matches!(&field.kind, FieldKind::Digits { cells, .. } if cells.len() <= MOST_CELLS);
    let of_the_code = form.facility_code.iter().flatten().any(|id| *id == field.id);
    let joins = form.join_on.iter().any(|(first, again)| *first == field.id || *again == field.id);
    short && !of_the_code && !joins
}

/// Whether a finding holds a record back: what is only said is no objection.
fn objects(finding: &Finding) -> bool {
    matches!(finding.severity, Severity::Deficiency | Severity::Confirm)
}

fn is_open(record: &FieldRecord) -> bool {
    match record.state {
        State::Uncertain => true,
        State::Read => record.confidence.get() < BEYOND_DOUBT,
        _ => false,
    }
}

/// The numbers that a field may hold.
fn ways(field: &Field, reading: &Reading) -> Vec<String> {
    let number = |value| match value {
        Some(Value::One(number)) => Some(number),
        _ => None,
    };
    candidates(field, reading).into_iter().filter_map(|candidate| number(candidate.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::catalogue::Catalogue;
    use crate::geometry::RectMm;
    use crate::read::fading::Pen;
    use crate::read::{CellScore, Evidence, Placement};
    use crate::recognize::DigitScores;
    use crate::record::decide::decide;

    /// What becomes of the number of certificates, of which a 2 and a 7 are as likely as given, where `right` are wanted.
    fn said(two: f32, seven: f32, right: &'static str) -> (State, Option<Value>) {
        said_of((two, seven), right, Severity::Deficiency)
    }

    /// The same where any other number is worth a finding of that severity.
    fn said_of((two, seven): (f32, f32), right: &'static str, severity: Severity) -> (State, Option<Value>) {
        let catalogue = Catalogue::built_in().expect("built-in forms");
        let form = catalogue.forms().iter().find(|f| f.id.to_string().starts_with("usage-application")).expect("a form");
        let id = FieldId("certificate_count".to_owned());
        let field = form.field(&id).expect("a field");
        let mut logits = [-30.0_f32; 13];
        (logits[2], logits[7]) = (two.ln(), seven.ln());
        let cells = vec![
            CellScore::plain(DigitScores::certain(crate::recognize::DigitClass::Blank)),
            CellScore { free: true, ..CellScore::plain(DigitScores::from_logits(&logits, 1.0)) },
        ];
        let reading = Reading {
            field: id.clone(),
            page: 2,
            box_mm: RectMm::new(0.0, 0.0, 1.0, 1.0),
            placement: Placement::Unchecked,
            evidence: Evidence::Digits(cells),
            pen: Pen::Sound,
        };
        // Numbers of which the form expects none more than another, so that the rule alone speaks.
        let field = &Field { likely: Vec::new(), ..field.clone() };
        let form = &Form { fields: vec![field.clone()], ..form.clone() };
        let mut fields = vec![(id.clone(), decide(field, &reading, &form.policy))];
        confirm_by_rules(form, &[reading], &mut fields, |known| {
            let broken = known.one(&id) != Some(right);
            let finding = || Finding {
                rule: "certificates-and-terminals".to_owned(),
                severity,
                fields: vec![id.clone()],
                message: String::new(),
                ask: None,
            };
            broken.then(finding).into_iter().collect()
        });
        let (_, record) = fields.remove(0);
        (record.state, record.value)
    }

    #[test]
    fn an_unclear_number_is_the_one_that_no_rule_objects_to() {
        assert_eq!(said(0.7, 0.3, "2"), (State::Read, Some(Value::One("2".to_owned()))));
        assert_eq!(said(0.4, 0.6, "2"), (State::Uncertain, None), "a 7 as soon as a slip of the pen");
        assert_eq!(said(0.7, 0.3, "5"), (State::Uncertain, None), "no rule tells the two apart");
    }

    #[test]
    fn what_is_only_said_is_no_objection() {
        for severity in [Severity::Warning, Severity::Info] {
            assert_eq!(said_of((0.7, 0.3), "2", severity), (State::Uncertain, None), "{severity:?}");
        }
        assert_eq!(said_of((0.7, 0.3), "2", Severity::Confirm), (State::Read, Some(Value::One("2".to_owned()))));
    }

    #[test]
    fn a_clear_number_that_breaks_a_rule_stays_and_one_less_clear_is_asked_about() {
        assert_eq!(said(0.03, 0.97, "2"), (State::Uncertain, None));
        assert_eq!(said(0.0001, 0.9999, "2"), (State::Read, Some(Value::One("7".to_owned()))), "somebody may err");
    }
}
