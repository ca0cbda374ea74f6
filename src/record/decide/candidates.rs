//! Every likely way to read a field, for a person to choose from. Ranks; does not decide, and leaves out what cannot be
//! a value (digits with a gap, two options where one may be marked).

use super::meaning::Expected;
use super::ways::likeliest;
use super::{as_seen, glyph_as_seen};
use crate::form::{ChoiceOption, Field, FieldKind, Meaning, Select};
use crate::read::{CellScore, Evidence, Glyph, MarkScore, NumberScore, Reading};
use crate::recognize::{CLASSES, DigitClass, DigitScores};
use crate::record::{Candidate, State, Value};
use crate::score::Score;

/// Candidates offered: with more, finding the right one takes longer than typing it.
const MOST: usize = 5;

/// Ways followed at a time. Ten cells with two likely classes each have 1,024 ways; the five best are among the first 64
/// of each prefix.
const BREADTH: usize = 64;

/// Confidence from which no other way to read a field is worth a look: the next one has less than a thousandth.
pub const BEYOND_DOUBT: f64 = 0.999;

/// What is less likely than this is not worth a line.
const LEAST: f64 = 0.005;

/// Of handwriting that is taken for print no word is right; a guess at it only has to be deleted.
const LEAST_TEXT: f64 = 0.5;

/// Ways to read a field, likeliest first. Confidences are shares of everything the field may hold, so they sum to at
/// most 1.
pub fn candidates(field: &Field, reading: &Reading) -> Vec<Candidate> {
    let ways = match (&field.kind, &reading.evidence) {
        (FieldKind::Choice { select, options, .. }, Evidence::Choice(marks)) => choice(*select, options, marks),
        (FieldKind::Digits { min, .. }, Evidence::Digits(cells)) => digits(cells, *min, Expected::of(field)),
        (FieldKind::Number { max_digits, .. }, Evidence::Number(score)) => number(score, *max_digits, Expected::of(field)),
        (FieldKind::Text { .. }, Evidence::Text(score)) => {
            let likely = score.read.iter().filter(|(_, sure)| sure.get() >= LEAST_TEXT);
            likely.map(|(text, sure)| (State::Read, Some(Value::One(text.clone())), sure.get())).collect()
        }
        (FieldKind::Presence { .. }, Evidence::Presence(ink)) => {
            let present = ink.present.get();
            vec![(State::Read, Some(Value::One("present".to_owned())), present), (State::Blank, None, 1.0 - present)]
        }
        _ => Vec::new(),
    };
    ranked(ways)
}

/// A way to read a field: what it would be, and how likely that is.
type Way = (State, Option<Value>, f64);

fn ranked(ways: Vec<Way>) -> Vec<Candidate> {
    let mut all: Vec<Way> = Vec::new();
    for (state, value, p) in ways {
        match all.iter_mut().find(|(s, v, _)| *s == state && *v == value) {
            Some((_, _, sum)) => *sum += p,
            None => all.push((state, value, p)),
        }
    }
    all.retain(|(_, _, p)| *p >= LEAST);
    all.sort_by(|a, b| b.2.total_cmp(&a.2));
    all.truncate(MOST);
    all.into_iter().map(|(state, value, p)| Candidate { state, value, confidence: Score::new(p) }).collect()
}

/// The ways to read cells, weighed by what the number can be; together with what was not followed they make 1.
fn readings(cells: &[&DigitScores], expected: Expected<'_>) -> Vec<(Vec<DigitClass>, f64)> {
    let classes = |cell: &&DigitScores| {
        (0..CLASSES).map(|i| (DigitClass::from_index(i), f64::from(cell.probabilities()[i]))).collect::<Vec<_>>()
    };
    let ways = likeliest(cells.iter().map(classes), BREADTH);
    let followed: f64 = ways.iter().map(|(_, p)| p).sum();
    let weighed: Vec<_> = ways.into_iter().map(|(classes, p)| (expected.weight(&classes) * p, classes)).collect();
    let all = weighed.iter().map(|(p, _)| p).sum::<f64>() + (1.0 - followed).max(0.0);
    weighed.into_iter().map(|(p, classes)| (classes, p / all.max(f64::MIN_POSITIVE))).collect()
}

fn digits(cells: &[CellScore], min: usize, expected: Expected<'_>) -> Vec<Way> {
    let scores: Vec<&DigitScores> = cells.iter().map(|c| &c.scores).collect();
    let way = |(classes, p): (Vec<DigitClass>, f64)| {
        if classes.contains(&DigitClass::Struck) {
            return Some((State::Cancelled, None, p));
        }
        let text: String = classes.iter().map(|class| as_seen(*class)).collect();
        match text.trim_matches('_') {
            "" => Some((State::Blank, None, p)),
            value if value.len() >= min && value.bytes().all(|b| b.is_ascii_digit()) => {
                Some((State::Read, Some(Value::One(value.to_owned())), p))
            }
            _ => None,
        }
    };
    readings(&scores, expected).into_iter().filter_map(way).collect()
}

fn number(score: &NumberScore, max_digits: usize, expected: Expected<'_>) -> Vec<Way> {
    let mut ways = vec![
        (State::Blank, None, 1.0 - score.ink.present.get()),
        (State::Cancelled, None, score.ink.present.get() * score.ink.cancelled.get()),
    ];
    let there = score.segmentation.get() * score.ink.present.get() * (1.0 - score.ink.cancelled.get());
    let cells: Vec<&DigitScores> = score.glyphs.iter().filter_map(super::as_digit).collect();
    if cells.is_empty() {
        return ways;
    }
    for (classes, p) in readings(&cells, expected) {
        let mut digits = classes.iter();
        let glyph = |glyph: &Glyph| match glyph {
            Glyph::Digit(_) => digits.next().map_or('?', |class| as_seen(*class)),
            Glyph::Separator(_) => glyph_as_seen(glyph),
        };
        let text: String = score.glyphs.iter().map(glyph).collect();
        let plain: String = text.chars().filter(char::is_ascii_digit).collect();
        if plain.len() == classes.len() && plain.len() <= max_digits {
            let value = if expected.meaning == Meaning::Telephone { text } else { plain };
            ways.push((State::Read, Some(Value::One(value)), p * there));
        }
    }
    ways
}

/// How an option may stand.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Stands,
    Struck,
    Absent,
}

fn choice(select: Select, options: &[ChoiceOption], marks: &[MarkScore]) -> Vec<Way> {
    let stands = |mark: &MarkScore| {
        let (marked, struck) = (mark.marked.get(), mark.cancelled.get());
        vec![(Mark::Stands, marked), (Mark::Struck, struck), (Mark::Absent, (1.0 - marked - struck).max(0.0))]
    };
    let way = |(stands, p): (Vec<Mark>, f64)| {
        let marked: Vec<String> =
            options.iter().zip(&stands).filter(|(_, s)| **s == Mark::Stands).map(|(o, _)| o.value.clone()).collect();
        match (select, marked.len()) {
            (_, 0) if stands.contains(&Mark::Struck) => Some((State::Cancelled, None, p)),
            (_, 0) => Some((State::Blank, None, p)),
            (Select::One, 1) => Some((State::Read, marked.into_iter().next().map(Value::One), p)),
            (Select::One, _) => None,
            (Select::Many | Select::AtMost(_), _) => Some((State::Read, Some(Value::Many(marked)), p)),
        }
    };
    likeliest(marks.iter().map(stands), BREADTH).into_iter().filter_map(way).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(classes: &[(usize, f32)]) -> CellScore {
        let mut logits = [-30.0_f32; CLASSES];
        for &(class, p) in classes {
            logits[class] = p.ln();
        }
        CellScore::plain(DigitScores::from_logits(&logits, 1.0))
    }

    fn said(ways: Vec<Way>) -> Vec<(State, Option<String>, i32)> {
        let text = |v: Option<Value>| match v {
            Some(Value::One(v)) => Some(v),
            Some(Value::Many(v)) => Some(v.join("+")),
            None => None,
        };
        ranked(ways).into_iter().map(|c| (c.state, text(c.value), (c.confidence.get() * 100.0).round() as i32)).collect()
    }

    #[test]
    fn digits_are_ranked_and_what_is_no_value_is_left_out() {
        let cells = [cell(&[(1, 0.7), (7, 0.3)]), cell(&[(0, 0.9), (10, 0.1)])];
        let month = Expected::new(Meaning::Month, &[]);
        let found = said(digits(&cells, 1, month));
        assert_eq!(found[0], (State::Read, Some("10".to_owned()), 86));
        assert!(found.iter().any(|(_, v, _)| v.as_deref() == Some("7")), "{found:?}");
        let gap = said(digits(&[cell(&[(1, 1.0)]), cell(&[(10, 1.0)]), cell(&[(3, 1.0)])], 1, month));
        assert_eq!(gap, []);
    }

    #[test]
    fn what_may_be_struck_out_or_blank_is_offered_as_such() {
        let plain = Expected::new(Meaning::Plain, &[]);
        let found = said(digits(&[cell(&[(3, 0.5), (11, 0.3), (10, 0.2)])], 1, plain));
        assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), [State::Read, State::Cancelled, State::Blank]);
    }

    #[test]
    fn of_options_of_which_one_may_be_marked_two_are_never_offered() {
        let option = |v: &str| ChoiceOption {
            value: v.to_owned(),
            label: v.to_owned(),
            area: crate::geometry::RectMm::new(0.0, 0.0, 3.0, 3.0),
        };
        let mark = |p: f64| MarkScore { marked: Score::new(p), cancelled: Score::ZERO, coverage: 0.1, ambiguous: false };
        let (options, marks) = ([option("a"), option("b")], [mark(0.9), mark(0.4)]);
        let one = said(choice(Select::One, &options, &marks));
        assert_eq!(one.iter().map(|(_, v, _)| v.clone()).collect::<Vec<_>>(), [Some("a".to_owned()), None, Some("b".to_owned())]);
        let many = said(choice(Select::Many, &options, &marks));
        assert_eq!(many[1], (State::Read, Some("a+b".to_owned()), 36));
    }
}
