//! Digits of a code that nobody could be sure of, completed from the facility master: where the digits that are clear,
//! the check digit, and the name or telephone number on the sheet all point to one facility and no other. One unclear digit
//! is what the check digit makes of it, whatever it looks like most; of two, and where the check digit does not look, the
//! list says no more than that they are what they look like: the sender may not be in it, and a neighbour of the same
//! telephone number may.

use super::{as_digit, comb, fitting, is_unsure, postal_fields, settle};
use crate::codes::{FacilityCode, checks_institution_alone};
use crate::form::{FieldId, Form, Policy};
use crate::master::{Facility, Master};
use crate::read::{CellScore, Reading};
use crate::recognize::DigitClass;
use crate::record::{FieldRecord, State, Value};

/// Most unclear cells in a code: with two, a code that fits and is listed is unique for six facilities of ten, and
/// needs the name or the telephone number to be told from the others.
const MOST_UNCLEAR: usize = 2;

/// Digits of a code before the institution's own: of the prefecture and the score table.
const PREFIX: usize = 3;

/// Least share of a digit among all digits for an unclear cell to be completed with it. What looks like another digit
/// altogether may be a slip of the pen, which a person must see.
const LEAST_SHARE: f32 = 0.02;

/// How sure a code is that the master completes: its other digits, its check digit and its name or telephone number
/// agree. What remains is a sheet that names another facility than its own (a neighbour at the same telephone whose
/// code differs only where this one is unclear, and that is not listed); no figures are published, this is a guess.
const SURE: f64 = 0.999;

/// Completes the unsure parts of a code.
pub(super) fn confirm(
    ids: &[FieldId; 3],
    readings: &[Reading],
    fields: &mut [(FieldId, FieldRecord)],
    policy: &Policy,
    master: &Master,
) {
    if !ids.iter().any(|id| is_unsure(id, fields)) || policy.confirmed > SURE {
        return;
    }
    let Some(combs) = ids.iter().map(|id| comb(readings, id)).collect::<Option<Vec<_>>>() else { return };
    let Some(code) = completed(&combs.concat(), policy.digit, fields, master) else { return };
    let mut from = 0;
    for (id, comb) in ids.iter().zip(&combs) {
        let digits = &code[from..from + comb.len()];
        from += comb.len();
        settle(id, fields, digits, (SURE, policy.confirmed), "検証番号と名簿の名称または電話番号により確認しました");
    }
}

/// Completes an unsure postal code from the entry of the facility whose code is sure, where every digit looks like it: a
/// list may be older than the facility's last move, which is often within the town.
pub(super) fn confirm_postal(
    form: &Form,
    ids: &[FieldId; 3],
    readings: &[Reading],
    fields: &mut [(FieldId, FieldRecord)],
    master: &Master,
) {
    let Some(facility) = code_read(ids, fields).and_then(|code| master.get(&code)) else { return };
    let listed: Vec<u8> = facility.postal.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    for field in postal_fields(form) {
        if !is_unsure(&field.id, fields) {
            continue;
        }
        let Some(cells) = comb(readings, &field.id) else { continue };
        if cells.len() == listed.len() && allows(&cells, form.policy.digit, &listed) {
            let why = "名簿の郵便番号により確認しました";
            settle(&field.id, fields, &listed, (SURE, form.policy.confirmed), why);
        }
    }
}

/// The facility code of a page whose three parts are read.
fn code_read(ids: &[FieldId; 3], fields: &[(FieldId, FieldRecord)]) -> Option<FacilityCode> {
    let read = |id: &FieldId| {
        let (_, record) = fields.iter().find(|(f, r)| f == id && r.state == State::Read)?;
        if let Some(Value::One(text)) = &record.value { Some(text.as_str()) } else { None }
    };
    let [a, b, c] = ids;
    FacilityCode::from_parts([read(a)?, read(b)?, read(c)?]).ok()
}

/// Whether cells look like these digits, most of them for certain.
fn allows(cells: &[&CellScore], least: f64, digits: &[u8]) -> bool {
    let choices = cells.iter().map(|c| choice(c, least)).collect::<Option<Vec<_>>>();
    choices.is_some_and(|choices| {
        let unclear = choices.iter().filter(|c| c.len() > 1).count();
        unclear <= MOST_UNCLEAR && cells.iter().zip(digits).all(|(cell, digit)| looks_like(cell, *digit))
    })
}

/// The one code that the clear digits, the check digit and the master allow.
fn completed(cells: &[&CellScore], least: f64, fields: &[(FieldId, FieldRecord)], master: &Master) -> Option<Vec<u8>> {
    let choices = choices(cells, least)?;
    let mut agreeing = ways(&choices).into_iter().filter(|code| is_listed(code, fields, master));
    let code = agreeing.next()?;
    (agreeing.next().is_none() && is_backed(cells, &choices, &code)).then_some(code)
}

/// Whether more than the list speaks for a code: its check digit for a lone unclear digit that it looks at, and for others
/// what they look like.
fn is_backed(cells: &[&CellScore], choices: &[Vec<u8>], code: &[u8]) -> bool {
    let unclear: Vec<usize> = (0..code.len()).filter(|&at| choices[at].len() > 1).collect();
    let blind = checks_institution_alone(code[0] * 10 + code[1]) && unclear.iter().any(|at| *at < PREFIX);
    let lone = unclear.len() <= 1 && !blind;
    lone || unclear.iter().all(|&at| looks_like(cells[at], code[at]))
}

fn looks_like(cell: &CellScore, digit: u8) -> bool {
    cell.scores.ranked_digits()[0].0 == digit
}

/// The digits each cell may hold; none where the cells are not ten, too many are unclear, or one holds no digit at all.
fn choices(cells: &[&CellScore], least: f64) -> Option<Vec<Vec<u8>>> {
    let choices = cells.iter().map(|c| choice(c, least)).collect::<Option<Vec<_>>>()?;
    (choices.len() == 10 && choices.iter().filter(|c| c.len() > 1).count() <= MOST_UNCLEAR).then_some(choices)
}

/// A clear digit alone; of an unclear one every digit that is not out of the question.
fn choice(cell: &CellScore, least: f64) -> Option<Vec<u8>> {
    if matches!(cell.scores.best().0, DigitClass::Blank | DigitClass::Struck) {
        return None;
    }
    if let Some(digit) = as_digit(cell).filter(|_| f64::from(cell.scores.best().1) >= least) {
        return Some(vec![digit]);
    }
    let ranked = cell.scores.ranked_digits();
    let all: f32 = ranked.iter().map(|(_, p)| p).sum();
    Some(ranked.into_iter().filter(|(_, p)| *p >= LEAST_SHARE * all).map(|(digit, _)| digit).collect())
}

/// Every code that the choices allow and that can be one.
fn ways(choices: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let longer = |so_far: Vec<Vec<u8>>, choice: &Vec<u8>| -> Vec<Vec<u8>> {
        so_far.iter().flat_map(|digits| choice.iter().map(move |d| [digits.as_slice(), &[*d]].concat())).collect()
    };
    choices.iter().fold(vec![Vec::new()], longer)
}

fn is_listed(digits: &[u8], fields: &[(FieldId, FieldRecord)], master: &Master) -> bool {
    fitting(digits).and_then(|code| master.get(&code)).is_some_and(|facility| is_named(facility, fields))
}

/// Whether anything that was read on the page is the facility's name or telephone number.
fn is_named(facility: &Facility, fields: &[(FieldId, FieldRecord)]) -> bool {
    fields.iter().filter(|(_, record)| record.state == State::Read).any(|(_, record)| match &record.value {
        Some(Value::One(text)) => facility.is_named(text) || facility.has_telephone(text),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::RectMm;
    use crate::recognize::DigitScores;
    use crate::score::Score;

    /// A cell whose digits have these probabilities; what is left is rubbish.
    fn cell(digits: &[(u8, f32)]) -> CellScore {
        let mut probabilities = [1e-9_f32; 13];
        for &(digit, p) in digits {
            probabilities[usize::from(digit)] = p;
        }
        probabilities[12] = (1.0 - digits.iter().map(|(_, p)| p).sum::<f32>()).max(1e-9);
        CellScore::plain(DigitScores::from_logits(&probabilities.map(f32::ln), 1.0))
    }

    fn code(digits: &str, unclear: &[(usize, &[(u8, f32)])]) -> Vec<CellScore> {
        let mut cells: Vec<CellScore> = digits.bytes().map(|b| cell(&[(b - b'0', 0.999)])).collect();
        for &(place, digits) in unclear {
            cells[place] = cell(digits);
        }
        cells
    }

    // 併設: two codes of one site, whose table and last digits differ.
    const LIST: &str = "code10,kind,name,tel\n0110113719,clinic,みどり医院,011-123-4567\n\
        0130113715,dental,みどり歯科,011-123-4567\n1340150268,pharmacy,みなと薬局,03-1234-5678\n";

    fn completed_with(cells: &[CellScore], field: &str, text: &str) -> Option<String> {
        let master = Master::from_csv(LIST.as_bytes()).expect("a master");
        let record = FieldRecord {
            value: Some(Value::One(text.to_owned())),
            state: State::Read,
            confidence: Score::ONE,
            threshold: Score::ONE,
            first_reading: None,
            note: None,
            page: 1,
            box_mm: RectMm::new(0.0, 0.0, 1.0, 1.0),
            residual_mm: None,
            crop: None,
        };
        let fields = [(FieldId(field.to_owned()), record)];
        let code = completed(&cells.iter().collect::<Vec<_>>(), 0.95, &fields, &master)?;
        Some(code.iter().map(|d| char::from(b'0' + d)).collect())
    }

    const RUBBISH: &[(u8, f32)] = &[(0, 0.02), (1, 0.02), (4, 0.02), (6, 0.02), (9, 0.02)];

    #[test]
    fn a_digit_nobody_can_read_is_completed_where_the_telephone_number_agrees() {
        let cells = code("0110113719", &[(4, RUBBISH)]);
        assert_eq!(completed_with(&cells, "telephone", "011(123)4567").as_deref(), Some("0110113719"));
        assert_eq!(completed_with(&cells, "facility_name", "医療法人 みどり医院").as_deref(), Some("0110113719"));
    }

    #[test]
    fn without_an_agreeing_name_or_number_the_check_digit_alone_completes_nothing() {
        assert_eq!(completed_with(&code("0110113719", &[(4, RUBBISH)]), "telephone", "011-123-4568"), None);
    }

    #[test]
    fn of_two_unclear_digits_both_must_look_like_the_listed_code() {
        let other = code("0110113719", &[(4, &[(7, 0.5), (1, 0.4)]), (8, &[(1, 0.9), (7, 0.05)])]);
        assert_eq!(completed_with(&other, "telephone", "011-123-4567"), None, "the sender may be a neighbour that is not listed");
        let same = code("0110113719", &[(4, &[(1, 0.5), (7, 0.4)]), (8, &[(1, 0.9), (7, 0.05)])]);
        assert_eq!(completed_with(&same, "telephone", "011-123-4567").as_deref(), Some("0110113719"));
        let lone = code("0110113719", &[(4, &[(7, 0.5), (1, 0.4)])]);
        assert_eq!(completed_with(&lone, "telephone", "011-123-4567").as_deref(), Some("0110113719"), "no other digit fits");
    }

    #[test]
    fn where_the_check_digit_does_not_look_the_list_completes_only_what_looks_like_it() {
        let cells = code("1340150268", &[(4, &[(1, 0.5), (7, 0.4)])]);
        assert_eq!(completed_with(&cells, "telephone", "03-1234-5678").as_deref(), Some("1340150268"));
        for (place, unclear) in [(1, &[(2, 0.6), (3, 0.3)]), (2, &[(1, 0.6), (4, 0.3)])] {
            assert_eq!(completed_with(&code("1340150268", &[(place, unclear)]), "telephone", "03-1234-5678"), None, "{place}");
        }
        let cells = code("1340150268", &[(1, &[(3, 0.6), (2, 0.3)])]);
        assert_eq!(completed_with(&cells, "telephone", "03-1234-5678").as_deref(), Some("1340150268"));
    }

    #[test]
    fn a_clear_digit_is_never_replaced() {
        let slip = code("0110213719", &[(8, &[(1, 0.6), (7, 0.3)])]);
        assert_eq!(completed_with(&slip, "telephone", "011-123-4567"), None);
    }

    #[test]
    fn what_looks_like_another_digit_altogether_is_left_to_a_person() {
        let cells = code("0110113719", &[(4, &[(7, 0.90), (4, 0.09)])]);
        assert_eq!(completed_with(&cells, "telephone", "011-123-4567"), None);
    }

    #[test]
    fn a_postal_code_may_be_the_listed_one_where_nothing_clear_speaks_against_it() {
        let listed = [0, 6, 0, 8, 5, 4, 3];
        let mut cells: Vec<CellScore> = listed.iter().map(|d| cell(&[(*d, 0.999)])).collect();
        let allowed = |cells: &[CellScore]| allows(&cells.iter().collect::<Vec<_>>(), 0.95, &listed);
        assert!(allowed(&cells));
        cells[3] = cell(&[(8, 0.6), (3, 0.3)]);
        assert!(allowed(&cells));
        cells[3] = cell(&[(3, 0.6), (8, 0.3)]);
        assert!(!allowed(&cells), "the facility may have moved within the town");
        cells[3] = cell(&[(3, 0.97), (8, 0.03)]);
        assert!(!allowed(&cells), "a clear digit stands");
        cells[3] = cell(&[(3, 0.9), (8, 0.01)]);
        assert!(!allowed(&cells), "what looks like another digit altogether is for a person");
    }

    #[test]
    fn two_codes_of_one_site_that_both_fit_leave_it_open() {
        let cells = code("0110113719", &[(2, &[(1, 0.5), (3, 0.4)]), (9, &[(9, 0.5), (5, 0.4)])]);
        assert_eq!(completed_with(&cells, "telephone", "011-123-4567"), None);
        assert_eq!(completed_with(&cells, "facility_name", "みどり医院").as_deref(), Some("0110113719"));
    }
}
