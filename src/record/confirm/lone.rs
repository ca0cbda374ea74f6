//! A stroke that leans like a slash, alone in one of the places for numbers of which a form wants at least one: where the others
//! are left empty it is a 1. Who strikes out what is not wanted strikes out more than one place, and leaves another to say what is.

use super::{FieldRecord, Score, State, Value};
use crate::form::{Check, FieldId, Form};
use crate::read::{Evidence, Glyph, NumberScore, Reading};
use crate::recognize::DigitClass;

/// How often such a stroke is a 1: a cautious guess.
const IS_ONE: f64 = 0.99;

/// Settles such strokes on a page.
pub fn confirm_lone_strokes(form: &Form, readings: &[Reading], fields: &mut [(FieldId, FieldRecord)]) {
    for group in form.rules.iter().filter_map(|rule| wanted(&rule.check)) {
        let state = |id: &FieldId| fields.iter().find(|(field, _)| field == id).map(|(_, record)| record.state);
        let (empty, written): (Vec<&FieldId>, Vec<&FieldId>) = group.iter().partition(|id| state(id) == Some(State::Blank));
        let ([id], false) = (written.as_slice(), empty.is_empty()) else { continue };
        let Some(one) = readings.iter().find(|reading| reading.field == **id).and_then(leaning_one) else { continue };
        let record = fields.iter_mut().find(|(field, record)| field == *id && record.state == State::Picture);
        if let Some((_, record)) = record.filter(|_| one >= form.policy.number) {
            record.state = State::Read;
            record.value = Some(Value::One("1".to_owned()));
            record.confidence = Score::new(one);
            record.note = Some("ほかの欄が空欄のため、斜線ではなく「1」と読みました".to_owned());
        }
    }
}

/// The fields whose numbers must come to something.
fn wanted(check: &Check) -> Option<&[FieldId]> {
    match check {
        Check::Sum(fields, Some(1..), _) => Some(fields),
        _ => None,
    }
}

/// How sure it is that a number is a 1, of which nothing is doubtful but that it may be a slash.
fn leaning_one(reading: &Reading) -> Option<f64> {
    let Evidence::Number(NumberScore { glyphs, slash: true, .. }) = &reading.evidence else { return None };
    let [Glyph::Digit(scores)] = glyphs.as_slice() else { return None };
    let (class, sure) = scores.best();
    (class == DigitClass::Digit(1)).then_some(f64::from(sure) * IS_ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::catalogue::Catalogue;
    use crate::geometry::RectMm;
    use crate::read::fading::Pen;
    use crate::read::{InkScore, Placement};
    use crate::recognize::DigitScores;
    use crate::record::decide::decide;

    const UNITS: [&str; 4] = ["units_fujitsu", "units_panasonic", "units_almex", "units_canon"];

    fn seen(id: &str, stroke: bool) -> Reading {
        let mut logits = [-30.0_f32; 13];
        logits[1] = 0.0;
        let present = Score::new(if stroke { 0.9995 } else { 0.0005 });
        let ink = InkScore { present, coverage: 0.0, cancelled: Score::ZERO };
        let glyphs = if stroke { vec![Glyph::Digit(DigitScores::from_logits(&logits, 1.0))] } else { Vec::new() };
        Reading {
            field: FieldId(id.to_owned()),
            page: 1,
            box_mm: RectMm::new(0.0, 0.0, 1.0, 1.0),
            placement: Placement::Unchecked,
            evidence: Evidence::Number(NumberScore { ink, glyphs, segmentation: Score::new(0.3), slash: stroke }),
            pen: Pen::Sound,
        }
    }

    /// States and values of the four numbers, of which some hold a stroke that leans.
    fn said(strokes: &[&str]) -> Vec<(State, Option<Value>)> {
        let catalogue = Catalogue::built_in().expect("built-in forms");
        let form = catalogue.forms().iter().find(|f| f.id.to_string().starts_with("reader-request") && f.superseded_by.is_none());
        let form = form.expect("a form");
        let readings: Vec<Reading> = UNITS.iter().map(|id| seen(id, strokes.contains(id))).collect();
        let field = |id: &FieldId| form.fields.iter().find(|f| f.id == *id).expect("a field");
        let decided = readings.iter().map(|r| (r.field.clone(), decide(field(&r.field), r, &form.policy)));
        let mut fields: Vec<(FieldId, FieldRecord)> = decided.collect();
        confirm_lone_strokes(form, &readings, &mut fields);
        fields.into_iter().map(|(_, record)| (record.state, record.value)).collect()
    }

    #[test]
    fn one_stroke_among_empty_places_is_a_one_and_two_are_asked_about() {
        let one = (State::Read, Some(Value::One("1".to_owned())));
        let (empty, asked) = ((State::Blank, None), (State::Picture, None));
        assert_eq!(said(&UNITS[1..2]), [empty.clone(), one, empty.clone(), empty.clone()]);
        assert_eq!(said(&UNITS[1..3]), [empty.clone(), asked.clone(), asked, empty]);
    }
}
