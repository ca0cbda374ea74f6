//! The outline of a `form.toml`: its tables one by one, with their lines, so that a mistake in one of them does not
//! hide the mistakes in the others; and keys that are not known, with the nearest that is. Does not know what keys mean.

use super::Mistake;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// Keys each kind of table may have.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "id",
            "edition",
            "title",
            "letter",
            "valid_from",
            "valid_to",
            "superseded_by",
            "received_counts_until",
            "anonymous",
            "policy",
            "facility_code",
            "join_on",
            "csv",
            "page",
            "field",
            "rule",
            "receipt",
        ],
    ),
    ("policy", &["mark", "digit", "number", "text", "confirmed", "cross_counts"]),
    ("page", &["size", "blank", "blank_page", "filled", "mask", "print"]),
    (
        "page.print",
        &["text", "line", "rect", "at", "size", "font", "align", "spacing", "wrap", "leading", "width", "dash", "fill"],
    ),
    (
        "field",
        &[
            "id",
            "label",
            "kind",
            "page",
            "required",
            "frame",
            "box",
            "cells",
            "min",
            "max_digits",
            "meaning",
            "likely",
            "mark",
            "select",
            "options",
            "transcribe",
            "personal",
            "double_key",
        ],
    ),
    ("field.cells", &["at", "size", "count", "gap"]),
    ("field.select", &["at_most"]),
    ("field.options", &["value", "label", "box"]),
    (
        "rule",
        &[
            "id",
            "check",
            "severity",
            "message",
            "ask",
            "field",
            "fields",
            "min",
            "max",
            "patterns",
            "column",
            "list",
            "date",
            "than",
            "when",
            "valid_from",
            "valid_to",
        ],
    ),
    ("rule.when", &["field", "fields", "is", "is_not", "filled", "sum", "min", "max", "facility"]),
    ("rule.date", &["month", "day", "on"]),
    ("rule.than", &["month", "day", "on"]),
    ("receipt", &["label", "text"]),
];

/// A piece of the file and the line it begins on.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    /// The piece.
    pub(super) value: T,
    /// Line, from 1.
    pub(super) line: usize,
}

/// A file taken apart.
pub(super) struct Outline<'t> {
    text: &'t str,
    /// Where each line ends: counted from the top for every table, a form's lines were a third of the time it takes to start.
    ends: Vec<usize>,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Outline<'t> {
    /// Reads the file's tables; mistakes of syntax and unknown keys are added to the list.
    pub(super) fn read(text: &'t str, mistakes: &mut Vec<Mistake>) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        mistakes.extend(errors.iter().map(|e| mistake(text, e)));
        unknown_keys(text, "", root.get_ref(), mistakes);
        Self { text, ends: text.match_indices('\n').map(|(at, _)| at).collect(), root }
    }

    /// The elements of the array of tables called `key`; those that cannot be read are added to the mistakes.
    pub(super) fn take_all<T: DeserializeOwned>(&mut self, key: &str, mistakes: &mut Vec<Mistake>) -> Vec<At<T>> {
        let Some(value) = self.remove(key) else { return Vec::new() };
        let line = self.line_of(value.span().start);
        let DeValue::Array(elements) = value.into_inner() else {
            mistakes.push(Mistake { line: Some(line), message: format!("`{key}` is a list of tables: write [[{key}]]") });
            return Vec::new();
        };
        elements.into_iter().filter_map(|element| self.take(element, mistakes)).collect()
    }

    /// What is left: the keys before the first table.
    pub(super) fn take_rest<T: DeserializeOwned>(self, mistakes: &mut Vec<Mistake>) -> Option<T> {
        let text = self.text;
        T::deserialize(toml::de::Deserializer::from(self.root)).map_err(|e| mistakes.push(mistake(text, &e))).ok()
    }

    fn take<T: DeserializeOwned>(&self, element: Spanned<DeValue<'t>>, mistakes: &mut Vec<Mistake>) -> Option<At<T>> {
        let line = self.line_of(element.span().start);
        match T::deserialize(ValueDeserializer::from(element)) {
            Ok(value) => Some(At { value, line }),
            Err(e) => {
                mistakes.push(Mistake { line: mistake(self.text, &e).line.or(Some(line)), message: e.message().to_owned() });
                None
            }
        }
    }

    fn line_of(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }

    fn remove(&mut self, key: &str) -> Option<Spanned<DeValue<'t>>> {
        self.root.get_mut().remove(key)
    }
}

fn mistake(text: &str, error: &toml::de::Error) -> Mistake {
    Mistake { line: error.span().map(|span| line_of(text, span.start)), message: error.message().to_owned() }
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}

fn unknown_keys(text: &str, path: &str, table: &DeTable, mistakes: &mut Vec<Mistake>) {
    let Some((_, known)) = KNOWN.iter().find(|(p, _)| *p == path) else { return };
    for (key, value) in table {
        let name: &str = key.get_ref();
        if known.contains(&name) {
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            within(text, &below, value.get_ref(), mistakes);
        } else {
            let place = if path.is_empty() { "at the top of the file".to_owned() } else { format!("in `{path}`") };
            let message = format!("unknown key `{name}` {place}{}", nearest(name, known));
            mistakes.push(Mistake { line: Some(line_of(text, key.span().start)), message });
        }
    }
}

fn within(text: &str, path: &str, value: &DeValue, mistakes: &mut Vec<Mistake>) {
    match value {
        DeValue::Table(table) => unknown_keys(text, path, table, mistakes),
        DeValue::Array(elements) => elements.iter().for_each(|e| within(text, path, e.get_ref(), mistakes)),
        _ => {}
    }
}

/// `; did you mean …?` where something near is known, else what is known.
pub(super) fn nearest<S: AsRef<str>>(word: &str, known: &[S]) -> String {
    let close = known.iter().map(|k| (strsim::jaro_winkler(word, k.as_ref()), k.as_ref()));
    match close.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((score, near)) if score > 0.7 => format!("; did you mean `{near}`?"),
        _ => format!("; known are {}", known.iter().map(|k| format!("`{}`", k.as_ref())).collect::<Vec<_>>().join(", ")),
    }
}
