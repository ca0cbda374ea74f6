//! Values as a person would write them: labels of options, years with their era where the line says 令和, no leading zeros.
//! Does not decide what is said of them.

use crate::calendar::{from_reiwa, reiwa_year};
use crate::form::{Field, FieldId, FieldKind, Form, Meaning, ReceiptLine};
use crate::record::{Record, State, Value};

/// Stands for handwriting that was kept as a picture.
pub(super) const AS_WRITTEN: &str = "ご記入のとおり";

/// The lines of a form's receipt with their values; lines without any are left out, lines of one label put together.
pub(super) fn lines(record: &Record, form: &Form) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for line in &form.receipt {
        let Some(text) = filled(line, record, form) else { continue };
        match lines.last_mut().filter(|(label, _)| *label == line.label) {
            Some((_, before)) => *before = format!("{before}\n{text}"),
            None => lines.push((line.label.clone(), text)),
        }
    }
    lines
}

fn filled(line: &ReceiptLine, record: &Record, form: &Form) -> Option<String> {
    let mut parts = line.text.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut values = Vec::new();
    for part in parts {
        let (id, rest) = part.split_once('}').unwrap_or((part, ""));
        let value = form.field(&FieldId(id.to_owned())).and_then(|field| value(record, field, text.ends_with("令和")));
        text.push_str(value.as_deref().unwrap_or(""));
        text.push_str(rest);
        values.push(value);
    }
    let said: Vec<&String> = values.iter().flatten().collect();
    let nothing = !values.is_empty() && said.is_empty();
    let only_pictures = !said.is_empty() && said.iter().all(|v| *v == AS_WRITTEN);
    if nothing {
        return None;
    }
    Some(if only_pictures { AS_WRITTEN.to_owned() } else { text.trim_matches(['　', ' ']).to_owned() })
}

/// What a field says; none where it is blank.
pub(super) fn value(record: &Record, field: &Field, of_reiwa: bool) -> Option<String> {
    let stored = record.fields.get(&field.id)?;
    match (&stored.value, stored.state) {
        (Some(Value::One(value)), _) => Some(one(field, value, of_reiwa)),
        (Some(Value::Many(values)), _) if values.is_empty() => None,
        (Some(Value::Many(values)), _) => Some(values.iter().map(|v| one(field, v, of_reiwa)).collect::<Vec<_>>().join("、")),
        (None, State::Picture) => Some(AS_WRITTEN.to_owned()),
        (None, _) => None,
    }
}

fn one(field: &Field, value: &str, of_reiwa: bool) -> String {
    match &field.kind {
        FieldKind::Choice { options, .. } => {
            options.iter().find(|o| o.value == value).map_or(value, |o| o.label.as_str()).to_owned()
        }
        FieldKind::Digits { meaning, .. } | FieldKind::Number { meaning, .. } => number(*meaning, value, of_reiwa),
        FieldKind::Text { .. } => value.to_owned(),
        FieldKind::Presence { .. } => "あり".to_owned(),
    }
}

fn number(meaning: Meaning, value: &str, of_reiwa: bool) -> String {
    match meaning {
        Meaning::Year => year(value, of_reiwa),
        Meaning::Month | Meaning::Day => without_zeros(value),
        Meaning::Postal if value.len() == 7 && value.is_ascii() => format!("{}-{}", &value[..3], &value[3..]),
        _ => value.to_owned(),
    }
}

/// A year under 100 is of 令和; the line says which calendar it wants.
fn year(value: &str, of_reiwa: bool) -> String {
    match value.parse::<i16>() {
        Ok(1 | 2019) if of_reiwa => "元".to_owned(),
        Ok(n @ 2020..3000) if of_reiwa => reiwa_year(n).to_string(),
        Ok(n @ 0..100) if of_reiwa => n.to_string(),
        Ok(n @ 1..100) => from_reiwa(n).to_string(),
        _ => value.to_owned(),
    }
}

fn without_zeros(value: &str) -> String {
    let plain = value.trim_start_matches('0');
    if plain.is_empty() { value.to_owned() } else { plain.to_owned() }
}
