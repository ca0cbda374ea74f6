use super::*;
use crate::recognize::DigitScores;

const PLAIN: Expected<'static> = Expected::new(Meaning::Plain, &[]);
const MONTH: Expected<'static> = Expected::new(Meaning::Month, &[]);

fn cell(class: DigitClass) -> CellScore {
    CellScore::plain(DigitScores::certain(class))
}

fn mark(marked: f64) -> MarkScore {
    MarkScore { marked: Score::new(marked), cancelled: Score::ZERO, coverage: 0.1, ambiguous: false }
}

fn options() -> Vec<ChoiceOption> {
    let area = crate::geometry::RectMm::new(0.0, 0.0, 4.0, 4.0);
    ["1", "2"].map(|v| ChoiceOption { value: v.to_owned(), label: v.to_owned(), area }).to_vec()
}

#[test]
fn positions_never_collapse() {
    let cells = [cell(DigitClass::Digit(1)), cell(DigitClass::Blank), cell(DigitClass::Digit(3))];
    let verdict = digits(&cells, 1, PLAIN, &Policy::default());
    assert_eq!((verdict.state, verdict.value), (State::Uncertain, None));
    assert_eq!(verdict.first.as_deref(), Some("1_3"));
}

#[test]
fn blanks_at_the_ends_are_left_out_where_the_form_allows_fewer() {
    let cells = [cell(DigitClass::Blank), cell(DigitClass::Digit(4))];
    let verdict = digits(&cells, 1, MONTH, &Policy::default());
    assert_eq!(verdict.value, Some(Value::One("4".to_owned())));
    assert_eq!(digits(&cells, 2, MONTH, &Policy::default()).state, State::Uncertain);
}

#[test]
fn a_month_that_cannot_be_is_asked_about_however_clear() {
    let thirteen = [cell(DigitClass::Digit(1)), cell(DigitClass::Digit(3))];
    assert_eq!(digits(&thirteen, 1, MONTH, &Policy::default()).state, State::Uncertain);
    assert_eq!(digits(&thirteen, 1, PLAIN, &Policy::default()).state, State::Read);
}

#[test]
fn a_struck_cell_is_cancelled_not_a_digit() {
    let cells = [cell(DigitClass::Digit(1)), cell(DigitClass::Struck)];
    let verdict = digits(&cells, 2, PLAIN, &Policy::default());
    assert_eq!((verdict.state, verdict.value), (State::Cancelled, None));
}

#[test]
fn a_struck_cell_is_cancelled_though_its_correction_disturbs_it() {
    let corrected = CellScore { disturbed: true, ..cell(DigitClass::Struck) };
    assert_eq!(digits(&[cell(DigitClass::Digit(1)), corrected], 2, PLAIN, &Policy::default()).state, State::Cancelled);
}

#[test]
fn two_marks_where_one_is_asked_are_for_a_person() {
    let verdict = choice((Mark::Box, Select::One), &options(), &[mark(0.999), mark(0.999)], &Policy::default());
    assert_eq!((verdict.state, verdict.value), (State::Uncertain, None));
}

#[test]
fn half_a_mark_is_for_a_person_and_none_is_blank() {
    assert_eq!(
        choice((Mark::Box, Select::One), &options(), &[mark(0.999), mark(0.4)], &Policy::default()).state,
        State::Uncertain
    );
    assert_eq!(choice((Mark::Box, Select::One), &options(), &[mark(0.001), mark(0.001)], &Policy::default()).state, State::Blank);
}

#[test]
fn a_cross_is_asked_about_unless_the_form_counts_it_and_a_ring_round_two_numbers_always_is() {
    let cross = MarkScore { ambiguous: true, ..mark(0.999) };
    let said = |kind, policy: &Policy| choice((kind, Select::One), &options(), &[cross, mark(0.001)], policy).state;
    let counts = Policy { cross_counts: true, ..Policy::default() };
    assert_eq!((said(Mark::Box, &Policy::default()), said(Mark::Box, &counts)), (State::Uncertain, State::Read));
    assert_eq!(said(Mark::Circle, &counts), State::Uncertain);
}

#[test]
fn a_replaced_mark_is_always_confirmed() {
    let struck = MarkScore { cancelled: Score::new(0.9), ..mark(0.05) };
    let verdict = choice((Mark::Box, Select::One), &options(), &[struck, mark(0.999)], &Policy::default());
    assert_eq!((verdict.state, verdict.value), (State::Uncertain, None));
}
