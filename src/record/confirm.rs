//! What the check digit of a facility code says of its digits: of the ten as read, how likely is it that all are right, now
//! that they fit together, or do not? It confirms digits that were not clear enough one by one, and takes back digits that
//! seemed clear where a misreading explains better than a slip of the pen why they do not fit. Puts no other digit in place
//! of what was read. What only the check digit could complete needs the master to agree (`listed`); a code that is asked
//! for on two sheets is read twice (`twice`). A postal code is weighed by the code's prefecture (`region`);
//! what may be a slash among numbers, by those beside it (`lone`); other short numbers, by the form's own rules (`ruled`).

mod listed;
mod lone;
mod region;
mod ruled;
mod twice;

pub use lone::confirm_lone_strokes;
pub use ruled::confirm_by_rules;
pub use twice::{Agreed, CodeSeen};

use super::{FieldRecord, State, Value};
use crate::codes::{CheckDigit, FacilityCode, checks_institution_alone};
use crate::form::{Field, FieldId, FieldKind, Form, Meaning};
use crate::master::Master;
use crate::read::{CellScore, Evidence, Placement, Reading};
use crate::recognize::{DigitClass, DigitScores};
use crate::score::Score;

/// How many of a thousand codes people write do not fit their check digit (slips of the pen, provisional codes): a
/// cautious guess; the authorities publish none.
const MISWRITTEN: f64 = 0.01;

/// What a code that does not fit weighs against one that does. One code in ten fits by chance: a code that was
/// miswritten is one of the other nine.
const MISWRITTEN_WEIGHT: f64 = MISWRITTEN / (1.0 - MISWRITTEN) / 9.0;

/// A digit read with less than this is no reading to confirm.
const LEAST_EVIDENCE: f32 = 0.4;

/// Ways to read the code that are less likely than this are not looked at one by one.
const NEGLIGIBLE: f64 = 1e-7;

/// How what was not looked at weighs against codes that fit: one code in ten fits by chance.
const OTHERWISE: f64 = 0.1;

/// How a code with a cell that holds no digit weighs against codes that fit. To the networks such ink is as often no digit as
/// one; people leave out or strike out a place of a code far less often: a cautious guess.
const LEFT_OUT: f64 = 0.1;

/// Stands for a digit where a cell holds none.
const NO_DIGIT: u8 = 10;

/// What a stroke that leans like a slash is in a cell of a code, which needs all of its cells: a 1, a place left out that would
/// hold a nought (that of 02, say), or else no digit. A cautious guess.
const SLASH: [(u8, f32); 3] = [(1, 0.5), (0, 0.48), (NO_DIGIT, 0.02)];

/// Confirms the facility codes on a page, where the form has them there: by their check digit, then by the master.
pub fn confirm_codes(form: &Form, readings: &[Reading], fields: &mut [(FieldId, FieldRecord)], master: Option<&Master>) {
    for ids in codes_of(form) {
        confirm(&ids, readings, fields, form.policy.confirmed);
        if let Some(master) = master {
            listed::confirm(&ids, readings, fields, &form.policy, master);
        }
        region::decide_postal(form, &ids, readings, fields);
        if let Some(master) = master {
            listed::confirm_postal(form, &ids, readings, fields, master);
        }
    }
}

/// The three fields of the facility code, and those in which it is asked again.
fn codes_of(form: &Form) -> Vec<[FieldId; 3]> {
    let Some(code) = &form.facility_code else { return Vec::new() };
    let again = |id: &FieldId| form.join_on.iter().find(|(first, _)| first == id).map(|(_, again)| again.clone());
    let repeated = match code.clone().map(|id| again(&id)) {
        [Some(a), Some(b), Some(c)] => Some([a, b, c]),
        _ => None,
    };
    std::iter::once(code.clone()).chain(repeated).collect()
}

/// Fields for a postal code in cells.
fn postal_fields(form: &Form) -> impl Iterator<Item = &Field> {
    form.fields.iter().filter(|f| matches!(f.kind, FieldKind::Digits { meaning: Meaning::Postal, .. }))
}

fn confirm(ids: &[FieldId; 3], readings: &[Reading], fields: &mut [(FieldId, FieldRecord)], least: f64) {
    let Some(combs) = ids.iter().map(|id| clear_comb(readings, id)).collect::<Option<Vec<_>>>() else { return };
    let lengths = [combs[0].len(), combs[1].len(), combs[2].len()];
    let read: Vec<u8> = combs.iter().flatten().filter_map(|c| as_digit(c)).collect();
    if fits(&read) && !ids.iter().any(|id| is_unsure(id, fields)) {
        return;
    }
    let Some(sure) = probabilities(&combs.concat(), lengths) else { return };
    for ((id, comb), sure) in ids.iter().zip(&combs).zip(sure) {
        match sure {
            Sure::Fits(sure) if sure >= least => {
                let digits: Vec<u8> = comb.iter().filter_map(|c| as_digit(c)).collect();
                settle(id, fields, &digits, (sure, least), "検証番号により確認しました");
            }
            Sure::Fits(_) => {}
            Sure::FitsNot(sure) => doubt(id, fields, (sure, least)),
        }
    }
}

/// The probability that a part of a code is what was written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sure {
    /// As the digits read fit their check digit.
    Fits(f64),
    /// As they do not.
    FitsNot(f64),
}

/// Takes back a reading that is less sure than a code must be, now that it does not fit.
fn doubt(id: &FieldId, fields: &mut [(FieldId, FieldRecord)], (sure, least): (f64, f64)) {
    let Some((_, record)) = fields.iter_mut().find(|(f, r)| f == id && r.state == State::Read) else { return };
    record.confidence = record.confidence.min(Score::new(sure));
    if sure < least {
        record.threshold = Score::new(least);
        record.state = State::Uncertain;
        record.value = None;
        record.note = Some("検証番号と合わないため、数字の読み取りが確かではありません".to_owned());
    }
}

fn is_unsure(id: &FieldId, fields: &[(FieldId, FieldRecord)]) -> bool {
    fields.iter().any(|(f, record)| f == id && record.state == State::Uncertain)
}

/// Gives an unsure field its digits, with how sure they are and the least that is asked for.
fn settle(id: &FieldId, fields: &mut [(FieldId, FieldRecord)], digits: &[u8], sure: (f64, f64), why: &str) {
    if let Some((_, record)) = fields.iter_mut().find(|(f, r)| f == id && r.state == State::Uncertain) {
        set(record, digits, sure, why);
    }
}

fn set(record: &mut FieldRecord, digits: &[u8], (sure, least): (f64, f64), why: &str) {
    record.state = State::Read;
    record.value = Some(Value::One(as_text(digits)));
    record.confidence = Score::new(sure);
    record.threshold = Score::new(least);
    record.note = Some(why.to_owned());
}

fn as_text(digits: &[u8]) -> String {
    digits.iter().map(|d| char::from(b'0' + d)).collect()
}

/// The cells of a field in which nothing but its digits, or what may be a slash, is in the way; none where anything else is.
fn clear_comb<'a>(readings: &'a [Reading], id: &FieldId) -> Option<Vec<&'a CellScore>> {
    let cells = placed(readings, id)?;
    let clear = |c: &CellScore| as_digit(c).is_some() && c.scores.best().1 >= LEAST_EVIDENCE && !c.disturbed;
    cells.iter().all(clear).then(|| cells.iter().collect())
}

/// The cells of a field that was found where it should be, with no stray ink and no slash in any of them.
fn comb<'a>(readings: &'a [Reading], id: &FieldId) -> Option<Vec<&'a CellScore>> {
    let cells = placed(readings, id)?;
    cells.iter().all(|c| !c.disturbed && !c.slash).then(|| cells.iter().collect())
}

/// The cells of a field that was found where it should be.
fn placed<'a>(readings: &'a [Reading], id: &FieldId) -> Option<&'a [CellScore]> {
    let reading = readings.iter().find(|r| r.field == *id)?;
    let Evidence::Digits(cells) = &reading.evidence else { return None };
    let placed = match reading.placement {
        Placement::Found(mm) => mm <= super::decide::MOST_RESIDUAL_MM,
        Placement::Unchecked => true,
        Placement::Lost | Placement::CutOff => false,
    };
    placed.then_some(cells)
}

fn as_digit(cell: &CellScore) -> Option<u8> {
    match cell.scores.best().0 {
        DigitClass::Digit(d) => Some(d),
        _ => None,
    }
}

/// For each of the three parts, the probability that it is what was written, given that the ten digits fit their check
/// digit, or do not; none where they are not ten, or where nobody knows the rule. In prefectures whose check digit leaves the
/// first three digits out, these gain and lose nothing by it; a slash among them stays one.
fn probabilities(cells: &[&CellScore], lengths: [usize; 3]) -> Option<[Sure; 3]> {
    let read: Vec<u8> = cells.iter().filter_map(|c| as_digit(c)).collect();
    if cells.len() != 10 || read.len() != 10 {
        return None;
    }
    let fit = fits(&read);
    if !fit && !is_miswritten(&read) || is_beyond_its_check(cells, &read) {
        return None;
    }
    let parts = [0..lengths[0], lengths[0]..lengths[0] + lengths[1], lengths[0] + lengths[1]..10];
    let (mut total, mut counted, mut agreeing) = (0.0, 0.0, [0.0; 3]);
    let choices: Vec<_> = cells.iter().map(|c| if c.slash { SLASH.to_vec() } else { choices(&c.scores) }).collect();
    each_way(&choices, &mut Vec::with_capacity(10), 1.0, &mut |digits, likelihood| {
        counted += likelihood;
        let weight = likelihood * weight(digits);
        total += weight;
        for (sum, part) in agreeing.iter_mut().zip(&parts) {
            *sum += if digits[part.clone()] == read[part.clone()] { weight } else { 0.0 };
        }
    });
    // What was too unlikely to look at: nothing is known of whether it would fit.
    total += (1.0 - counted).max(0.0) * OTHERWISE;
    Some(agreeing.map(|sum| if fit { Sure::Fits(sum / total) } else { Sure::FitsNot(sum / total) }))
}

/// Whether what may be a slash stands for the score table, in a prefecture whose check digit leaves that out.
fn is_beyond_its_check(cells: &[&CellScore], read: &[u8]) -> bool {
    cells[2].slash && checks_institution_alone(read[0] * 10 + read[1])
}

fn fits(digits: &[u8]) -> bool {
    fitting(digits).is_some()
}

/// The code that ten digits make, where there can be one: with a right check digit, of a prefecture that exists, and of
/// a score table whose facilities may apply.
fn fitting(digits: &[u8]) -> Option<FacilityCode> {
    let code: FacilityCode = as_text(digits).parse().ok()?;
    let eligible = code.score_table().is_some_and(|table| table.eligible);
    (code.check() == CheckDigit::Right && code.prefecture().is_some() && eligible).then_some(code)
}

/// Whether ten digits have another check digit than they should.
fn is_miswritten(digits: &[u8]) -> bool {
    as_text(digits).parse::<FacilityCode>().is_ok_and(|code| code.check() == CheckDigit::Wrong)
}

/// What a cell may hold: each digit, or none, the likeliest first.
fn choices(cell: &DigitScores) -> Vec<(u8, f32)> {
    let mut choices = cell.ranked_digits().to_vec();
    choices.push((NO_DIGIT, 1.0 - choices.iter().map(|(_, p)| p).sum::<f32>()));
    choices.sort_by(|a, b| b.1.total_cmp(&a.1));
    choices
}

/// How often people write a code, next to one that fits. Whether one with a place left out would fit by chance is asked only
/// of places that the check digit looks at.
fn weight(digits: &[u8]) -> f64 {
    if digits.contains(&NO_DIGIT) {
        let is_checked =
            !digits[..2].contains(&NO_DIGIT) && (digits[2] != NO_DIGIT || !checks_institution_alone(digits[0] * 10 + digits[1]));
        LEFT_OUT * if is_checked { OTHERWISE } else { 1.0 }
    } else if fits(digits) {
        1.0
    } else {
        MISWRITTEN_WEIGHT
    }
}

/// Every way to read cells of which each may be some digits, likeliest first, with its likelihood; but for negligible ones.
fn each_way(cells: &[Vec<(u8, f32)>], so_far: &mut Vec<u8>, likelihood: f64, found: &mut impl FnMut(&[u8], f64)) {
    let Some((cell, later)) = cells.split_first() else { return found(so_far, likelihood) };
    for &(digit, p) in cell {
        let likelihood = likelihood * f64::from(p);
        if likelihood < NEGLIGIBLE {
            return;
        }
        so_far.push(digit);
        each_way(later, so_far, likelihood, found);
        so_far.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell read as `digit` with probability `p`, the rest on `other`.
    fn cell(digit: u8, p: f32, other: u8) -> CellScore {
        let mut logits = [-30.0; 13];
        logits[usize::from(digit)] = p.ln();
        logits[usize::from(other)] = (1.0 - p).max(1e-9).ln();
        CellScore::plain(DigitScores::from_logits(&logits, 1.0))
    }

    fn cells(digits: &str, unclear: &[(usize, f32, u8)]) -> Vec<CellScore> {
        let mut cells: Vec<CellScore> = digits.bytes().map(|b| cell(b - b'0', 0.999, (b - b'0' + 1) % 10)).collect();
        for &(place, p, other) in unclear {
            cells[place] = cell(digits.as_bytes()[place] - b'0', p, other);
        }
        cells
    }

    fn chances_of(cells: &[CellScore]) -> Option<[f64; 3]> {
        let sure = probabilities(&cells.iter().collect::<Vec<_>>(), [2, 1, 7])?;
        Some(sure.map(|sure| match sure {
            Sure::Fits(sure) | Sure::FitsNot(sure) => sure,
        }))
    }

    fn chances(digits: &str, unclear: &[(usize, f32, u8)]) -> Option<[f64; 3]> {
        chances_of(&cells(digits, unclear))
    }

    fn chance(digits: &str, unclear: &[(usize, f32, u8)]) -> Option<f64> {
        chances(digits, unclear).map(|parts| parts[2])
    }

    // A worked example of the notices.
    const CODE: &str = "0110113719";

    #[test]
    fn one_unclear_digit_is_confirmed_by_the_check_digit() {
        let sure = chance(CODE, &[(5, 0.6, 7)]).expect("fits");
        assert!(sure > 0.99, "{sure}");
    }

    #[test]
    fn where_the_check_digit_leaves_the_score_table_out_it_confirms_the_institution_alone() {
        // Tokyo, whose sum runs over the institution's own digits.
        let [_, table, institution] = chances("1340150268", &[(2, 0.8, 3), (5, 0.6, 7)]).expect("fits");
        assert!(table < 0.85 && institution > 0.99, "{table} {institution}");
    }

    #[test]
    fn ink_that_may_be_no_digit_is_one_where_the_check_digit_looks_at_it() {
        let rubbish = 12;
        let sure = chance(CODE, &[(5, 0.76, rubbish)]).expect("fits");
        assert!(sure > 0.99, "{sure}");
        let [_, table, institution] = chances("1340150268", &[(2, 0.76, rubbish)]).expect("fits");
        assert!(table < 0.98 && institution > 0.99, "Tokyo's check digit says nothing of the score table: {table} {institution}");
    }

    /// How sure the parts of a code are of whose ones that at `place` may be a slash.
    fn slashed(code: &str, place: usize) -> Option<[f64; 3]> {
        assert_eq!(code.as_bytes()[place], b'1');
        let mut cells = cells(code, &[]);
        cells[place].slash = true;
        chances_of(&cells)
    }

    #[test]
    fn of_a_code_of_another_length_nothing_is_said() {
        for length in [0, 1, 3, 9] {
            assert_eq!(chances_of(&cells(&CODE[..length], &[])), None);
        }
    }

    #[test]
    fn what_may_be_a_slash_is_a_1_where_the_check_digit_needs_one() {
        for place in [1, 2, 4, 5, 8] {
            let sure = slashed(CODE, place).expect("fits");
            assert!(sure.iter().all(|sure| *sure > 0.99), "{place}: {sure:?}");
        }
        let [.., institution] = slashed("1311100254", 3).expect("fits");
        assert!(institution > 0.99, "{institution}");
        assert_eq!(slashed("1311100254", 2), None, "Tokyo's check digit says nothing of the score table");
    }

    #[test]
    fn of_digits_that_do_not_fit_the_one_that_would_fit_otherwise_is_taken_back() {
        let mut wrong = CODE.to_owned();
        wrong.replace_range(5..6, "7");
        let sure = |p: f32| chances(&wrong, &[(5, p, 1)]).expect("ten digits");
        let [prefecture, table, institution] = sure(0.97);
        assert!(institution < 0.05 && prefecture > 0.99 && table > 0.99, "{prefecture} {table} {institution}");
        let [.., institution] = sure(0.999_999);
        assert!(institution > 0.9, "a slip of the pen, read for certain: {institution}");
        let [.., institution] = chances(&wrong, &[(5, 0.97, 2)]).expect("ten digits");
        assert!(institution > 0.9, "the other digit does not fit either: {institution}");
    }

    #[test]
    fn two_unclear_digits_whose_other_readings_fit_too_stay_unclear() {
        let others = (0..100_u8).map(|n| (n / 10, n % 10)).filter(|&(a, b)| {
            let mut digits: Vec<u8> = CODE.bytes().map(|c| c - b'0').collect();
            (digits[5], digits[6]) = (a, b);
            a != 1 && b != 3 && fits(&digits)
        });
        let (a, b) = others.into_iter().next().expect("such a pair exists");
        let sure = chance(CODE, &[(5, 0.7, a), (6, 0.7, b)]).expect("fits");
        assert!(sure < 0.9, "{sure}");
    }
}
