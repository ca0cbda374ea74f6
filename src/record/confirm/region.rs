//! What the prefecture in a facility code says of the postal codes on its page: one in that prefecture is likelier than one
//! elsewhere. Settles digits that were not clear and doubts clear ones as the list of postal codes does
//! (`decide::decide_within`); puts no other digit in place of a clear one.

use super::postal_fields;
use crate::codes::Prefecture;
use crate::form::{FieldId, Form};
use crate::read::Reading;
use crate::record::decide::decide_within;
use crate::record::{FieldRecord, State, Value};

/// Decides the postal codes of a page once more, where the prefecture of its facility code is sure.
pub(super) fn decide_postal(form: &Form, code: &[FieldId; 3], readings: &[Reading], fields: &mut [(FieldId, FieldRecord)]) {
    let Some(prefecture) = prefecture(&code[0], fields) else { return };
    for field in postal_fields(form) {
        let Some(reading) = readings.iter().find(|r| r.field == field.id) else { continue };
        if let Some((_, record)) = fields.iter_mut().find(|(id, _)| *id == field.id) {
            *record = decide_within(prefecture, field, reading, &form.policy);
        }
    }
}

/// The prefecture (1 to 47) that a field says for sure.
fn prefecture(id: &FieldId, fields: &[(FieldId, FieldRecord)]) -> Option<u8> {
    let (_, record) = fields.iter().find(|(field, record)| field == id && record.state == State::Read)?;
    let Some(Value::One(text)) = &record.value else { return None };
    Prefecture::of_number(text.parse().ok()?).map(|prefecture| prefecture.number)
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

    /// What was seen in a field of cells, of which the first is a `first` as often as a `second`.
    fn seen(id: &str, [first, second]: [u8; 2], rest: &str) -> Reading {
        let cell = |digits: &[u8]| {
            let mut logits = [-30.0_f32; 13];
            for digit in digits {
                logits[usize::from(*digit)] = 0.0;
            }
            CellScore::plain(DigitScores::from_logits(&logits, 1.0))
        };
        let cells = std::iter::once(cell(&[first, second])).chain(rest.bytes().map(|digit| cell(&[digit - b'0']))).collect();
        Reading {
            field: FieldId(id.to_owned()),
            page: 1,
            box_mm: RectMm::new(0.0, 0.0, 1.0, 1.0),
            placement: Placement::Unchecked,
            evidence: Evidence::Digits(cells),
            pen: Pen::Sound,
        }
    }

    #[test]
    fn a_digit_of_a_postal_code_is_settled_by_a_prefecture_that_is_sure_and_by_no_other() {
        let catalogue = Catalogue::built_in().expect("built-in forms");
        let form = catalogue.forms().iter().find(|f| f.id.to_string() == "usage-application").expect("the form");
        let code = form.facility_code.clone().expect("a facility code");
        // 060-0001 is Sapporo's (prefecture 01), 860-0001 Kumamoto's (43).
        let postal = |prefecture: [u8; 2], rest| {
            let readings = [seen("prefecture_code", prefecture, rest), seen("postal_code", [8, 0], "600001")];
            let decided = |r: &Reading| (r.field.clone(), decide(form.field(&r.field).expect("of the form"), r, &form.policy));
            let mut fields: Vec<_> = readings.iter().map(decided).collect();
            decide_postal(form, &code, &readings, &mut fields);
            fields[1].1.value.clone()
        };
        let read = |digits: &str| Some(Value::One(digits.to_owned()));
        assert_eq!(postal([4, 4], "3"), read("8600001"));
        assert_eq!(postal([0, 0], "1"), read("0600001"));
        assert_eq!(postal([4, 4], "4"), None, "44 has neither");
        assert_eq!(postal([4, 2], "3"), None, "43 or 23");
    }
}
