//! The ways to answer what a field says: candidates with what speaks for each, options to tick, and how it is typed.

use super::pages::status_of;
use crate::form::{Field, FieldKind, Meaning, Select};
use crate::ledger::decision::Standing;
use crate::record::{Candidate, Record, State, Value};
use crate::review::clues::Clues;
use crate::review::station::Station;
use crate::score::Score;

/// A way to answer.
pub(super) struct Way {
    /// What is sent: `says`, `blank` or `cancelled`, and values.
    pub reply: &'static str,
    pub values: Vec<String>,
    pub shown: String,
    pub percent: Option<String>,
    pub clues: Vec<(&'static str, String)>,
}

/// What a field says, as the paper would.
pub(super) fn shown(field: &Field, standing: &Standing) -> String {
    let one = |value: &str| match &field.kind {
        FieldKind::Choice { options, .. } => {
            options.iter().find(|o| o.value == value).map_or(value.to_owned(), |o| format!("{}　{value}", o.label))
        }
        FieldKind::Presence { .. } => "あり".to_owned(),
        _ => value.to_owned(),
    };
    match (&standing.value, standing.state) {
        (Some(Value::One(value)), _) => one(value),
        (Some(Value::Many(values)), _) => values.iter().map(|v| one(v)).collect::<Vec<_>>().join("、"),
        (None, state) => status_of(state).to_owned(),
    }
}

pub(super) fn said_by_a_person(said: &Standing) -> Candidate {
    let state = if said.value.is_some() { State::Read } else { State::Blank };
    Candidate { state, value: said.value.clone(), confidence: Score::ZERO }
}

/// Candidates, then the options that are none of them.
pub(super) fn ways(station: &Station, record: &Record, field: &Field, found: &[Candidate], by_people: bool) -> Vec<Way> {
    let mut ways: Vec<Way> = found.iter().map(|c| way(station, record, field, c, !by_people)).collect();
    let further: Vec<&str> = match &field.kind {
        FieldKind::Choice { select: Select::One, options, .. } => options.iter().map(|o| o.value.as_str()).collect(),
        FieldKind::Presence { .. } => vec!["present"],
        _ => Vec::new(),
    };
    for value in further {
        if !ways.iter().any(|w| w.values == [value]) {
            let candidate = Candidate { state: State::Read, value: Some(Value::One(value.to_owned())), confidence: Score::ZERO };
            ways.push(way(station, record, field, &candidate, false));
        }
    }
    ways.truncate(9);
    ways
}

fn way(station: &Station, record: &Record, field: &Field, candidate: &Candidate, with_percent: bool) -> Way {
    let standing = Standing { state: candidate.state, value: candidate.value.clone() };
    let values = match &candidate.value {
        Some(Value::One(value)) => vec![value.clone()],
        Some(Value::Many(values)) => values.clone(),
        None => Vec::new(),
    };
    let reply = match candidate.state {
        State::Blank => "blank",
        State::Cancelled => "cancelled",
        _ => "says",
    };
    let percent = with_percent.then(|| format!("{:.1}", candidate.confidence.get() * 100.0));
    Way { reply, values, shown: shown(field, &standing), percent, clues: told(&station.clues(record, &field.id, &standing)) }
}

fn told(clues: &Clues) -> Vec<(&'static str, String)> {
    let digit = match clues.check_digit {
        Some(true) => Some(("good", "検証番号 ○".to_owned())),
        Some(false) => Some(("bad", "検証番号 ×".to_owned())),
        None => None,
    };
    let listed = match (&clues.facility, clues.looked_up) {
        (Some(name), _) => Some(("good", format!("名簿: {name}"))),
        (None, true) => Some(("bad", "名簿になし".to_owned())),
        (None, false) => None,
    };
    [digit, listed].into_iter().flatten().collect()
}

/// Options to tick, where several may be marked.
pub(super) fn ticks(field: &Field) -> Vec<(String, String)> {
    match &field.kind {
        FieldKind::Choice { select: Select::Many | Select::AtMost(_), options, .. } => {
            options.iter().map(|o| (o.value.clone(), o.label.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// How a field is typed, and its shape in words.
pub(super) fn typing(field: &Field) -> (&'static str, String) {
    match &field.kind {
        FieldKind::Digits { cells, min, .. } if *min == cells.len() => ("digits", format!("{min}桁の数字")),
        FieldKind::Digits { cells, min, .. } => ("digits", format!("{min}～{}桁の数字", cells.len())),
        FieldKind::Number { meaning: Meaning::Telephone, .. } => ("tel", "数字とハイフン".to_owned()),
        FieldKind::Number { max_digits, .. } => ("digits", format!("{max_digits}桁までの数字")),
        FieldKind::Text { .. } => ("text", "見えるとおりに".to_owned()),
        FieldKind::Choice { .. } | FieldKind::Presence { .. } => ("", String::new()),
    }
}
