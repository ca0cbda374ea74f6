//! Group verification: cells that were read as the same digit, or marks of one kind, seen side by side, so that the odd
//! one out strikes the eye. A field all of whose parts were seen to be right is settled; one with a wrong part waits.

use super::rows::decided;
use super::station::{Refusal, Signed, Station};
use crate::form::{Field, FieldId, FieldKind, Select};
use crate::geometry::RectMm;
use crate::ledger::act::{Act, Deed};
use crate::ledger::decision::Standing;
use crate::ledger::live::Row;
use crate::record::{FieldRecord, Record, State, Status, Value};
use std::collections::BTreeMap;

/// Parts shown at a time: more than fit on two screens are not looked at with care.
pub const MOST_SHOWN: usize = 96;

/// What parts were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// This digit in a cell.
    Digit(u8),
    /// Nothing in a cell.
    Empty,
    /// An option that is marked.
    Marked,
    /// An option that is not.
    Unmarked,
}

impl Class {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..10).map(Self::Digit).chain([Self::Empty, Self::Marked, Self::Unmarked])
    }

    /// Its name in addresses.
    pub fn name(self) -> String {
        match self {
            Self::Digit(d) => d.to_string(),
            Self::Empty => "empty".to_owned(),
            Self::Marked => "marked".to_owned(),
            Self::Unmarked => "unmarked".to_owned(),
        }
    }

    /// The class of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|class| class.name() == name)
    }
}

/// One cell or option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Record.
    pub record: String,
    /// Field.
    pub field: FieldId,
    /// Which part of it, from 0.
    pub number: usize,
    /// Whether its field waits for a person; else it was read for sure.
    pub waits: bool,
}

/// What the parts of a field were taken for; none where it has no parts that can be compared, or a person has settled it.
fn classes(field: &Field, read: &FieldRecord) -> Option<Vec<Class>> {
    if field.care.personal || matches!(read.state, State::Keyed | State::Picture | State::Cancelled) {
        return None;
    }
    let first = read.first_reading.as_deref();
    match &field.kind {
        FieldKind::Digits { cells, .. } => {
            let seen: Vec<char> = first.map_or_else(|| vec!['_'; cells.len()], |text| text.chars().collect());
            (seen.len() == cells.len()).then(|| seen.iter().map(|c| class_of(*c)).collect::<Option<Vec<_>>>())?
        }
        FieldKind::Choice { options, .. } => {
            let marked: Vec<&str> = first.unwrap_or_default().split(',').collect();
            let class = |value: &str| if marked.contains(&value) { Class::Marked } else { Class::Unmarked };
            Some(options.iter().map(|o| class(&o.value)).collect())
        }
        _ => None,
    }
}

fn class_of(seen: char) -> Option<Class> {
    match seen {
        '_' => Some(Class::Empty),
        digit => digit.to_digit(10).map(|d| Class::Digit(d as u8)),
    }
}

/// The area of a part on the form.
pub fn area(field: &Field, number: usize) -> Option<RectMm> {
    field.boxes().get(number).copied()
}

/// Every part of a record in review that nobody has compared yet, by what it was taken for; those that wait first.
pub fn parts(station: &Station) -> BTreeMap<Class, Vec<Part>> {
    let mut found: BTreeMap<Class, Vec<Part>> = BTreeMap::new();
    for (at, record) in station.records().iter().enumerate().filter(|(_, r)| r.status == Status::Review) {
        let Some((form, as_read)) = station.form(record).zip(station.as_read().get(at)) else { continue };
        for field in &form.fields {
            for (class, part) in parts_of(station, record, as_read, field) {
                found.entry(class).or_default().push(part);
            }
        }
    }
    for parts in found.values_mut() {
        parts.sort_by_key(|p| !p.waits);
    }
    found
}

fn parts_of(station: &Station, record: &Record, as_read: &Record, field: &Field) -> Vec<(Class, Part)> {
    let Some((now, first)) = record.fields.get(&field.id).zip(as_read.fields.get(&field.id)) else { return Vec::new() };
    let Some(classes) = (now == first).then(|| classes(field, first)).flatten() else { return Vec::new() };
    let shown = now.crop.is_some() || super::pictures::has_sheet(station, record, now.page);
    let compared = station.record(&record.id).and_then(|(_, case)| case.history.compared.get(&field.id));
    let open = |n: &usize| compared.is_none_or(|(right, wrong)| !right.contains(n) && !wrong.contains(n));
    let waits = now.state == State::Uncertain;
    let part = |number| Part { record: record.id.clone(), field: field.id.clone(), number, waits };
    let numbered = classes.into_iter().enumerate().filter(|(n, _)| shown && open(n));
    numbered.map(|(number, class)| (class, part(number))).collect()
}

/// Takes what somebody saw: of the parts shown, which are wrong. Records are answered one by one; gives how many fields
/// were settled.
///
/// # Errors
/// Where an answer is not taken; those before it hold.
pub fn compare(
    station: &mut Station,
    signed: Signed,
    shown: &[(String, FieldId, usize)],
    wrong: &[(String, FieldId, usize)],
) -> Result<usize, Refusal> {
    station.catch_up()?;
    let mut by_record: BTreeMap<&String, BTreeMap<&FieldId, Vec<usize>>> = BTreeMap::new();
    for (record, field, number) in shown {
        by_record.entry(record).or_default().entry(field).or_default().push(*number);
    }
    let mut settled = 0;
    for (record, fields) in by_record {
        let (known, case) = station.record(record).ok_or(Refusal::Gone)?;
        let version = case.history.version;
        let mut rows = Vec::new();
        for (id, numbers) in fields {
            let is_wrong = |n: &usize| wrong.iter().any(|(r, f, m)| r == record && f == id && m == n);
            let (bad, good): (Vec<usize>, Vec<usize>) = numbers.iter().partition(|n| is_wrong(n));
            let said = standing(station, known, id, &good, &bad);
            let deed = Deed::Compared { right: good, wrong: bad };
            let (who, when) = (signed.who.to_owned(), signed.when);
            rows.push(Row::Act(Act { who, when, record: record.clone(), field: Some(id.clone()), deed }));
            if let Some((to, why)) = said {
                settled += usize::from(to.state != State::Uncertain);
                rows.extend(decided(signed, known, id, &to, why.to_owned()));
            }
        }
        station.store(record, version, rows)?;
    }
    Ok(settled)
}

/// How a field stands once these parts of it were seen too; none where that does not change how it stands.
fn standing(station: &Station, record: &Record, id: &FieldId, good: &[usize], bad: &[usize]) -> Option<(Standing, &'static str)> {
    let known = record.fields.get(id)?;
    let field = station.form(record)?.field(id)?;
    if !bad.is_empty() {
        let open = Standing { state: State::Uncertain, value: None };
        return (known.state != State::Uncertain).then_some((open, "一覧照合で誤りの指摘"));
    }
    if known.state != State::Uncertain || field.care.double_key {
        return None;
    }
    let classes = classes(field, known)?;
    let case = station.record(&record.id)?.1;
    let seen = case.history.compared.get(id);
    let right = |n: usize| good.contains(&n) || seen.is_some_and(|(right, _)| right.contains(&n));
    let any_wrong = seen.is_some_and(|(_, wrong)| !wrong.is_empty());
    let all = !any_wrong && (0..classes.len()).all(right);
    Some((all.then(|| together(field, &classes))??, "一覧照合で確定"))
}

/// How a field stands whose parts are these; none where they make no value together.
fn together(field: &Field, classes: &[Class]) -> Option<Standing> {
    let keyed = |value| Some(Standing { state: State::Keyed, value: Some(value) });
    let blank = Standing { state: State::Blank, value: None };
    match &field.kind {
        FieldKind::Digits { min, .. } => {
            let text: String = classes.iter().map(|c| if let Class::Digit(d) = c { char::from(b'0' + d) } else { '_' }).collect();
            match text.trim_matches('_') {
                "" => Some(blank),
                value if value.len() >= *min && !value.contains('_') => keyed(Value::One(value.to_owned())),
                _ => None,
            }
        }
        FieldKind::Choice { select, options, .. } => {
            let marked: Vec<String> =
                options.iter().zip(classes).filter(|(_, c)| **c == Class::Marked).map(|(o, _)| o.value.clone()).collect();
            match (select, marked.as_slice()) {
                (_, []) => Some(blank),
                (Select::One, [one]) => keyed(Value::One(one.clone())),
                (Select::One, _) => None,
                (Select::Many | Select::AtMost(_), _) => keyed(Value::Many(marked)),
            }
        }
        _ => None,
    }
}
