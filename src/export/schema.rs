//! `forms show ID --schema`: the JSON Schema (draft 2020-12) of one form's records: every field by name, every choice by
//! value. Describes what this program writes, not what applicants may write: over-marked lists and odd numbers are kept.

use crate::form::{Field, FieldKind, Form, Meaning, Select};
use serde_json::{Map, Value, json};

/// The schema of a form's records, indented, with a newline at the end.
pub fn schema(form: &Form) -> String {
    format!("{:#}\n", schema_value(form))
}

/// The schema of a form's records.
pub fn schema_value(form: &Form) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, property, always) in record_properties(form) {
        if always {
            required.push(json!(name));
        }
        properties.insert(name.to_owned(), property);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("{} ({} {})", form.title, form.id, form.edition),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "$defs": {
            "date": {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "score": {"type": "number", "minimum": 0, "maximum": 1},
            "field_id": {"enum": form.fields.iter().map(|f| json!(f.id)).collect::<Value>()},
            "page": page(form),
            "finding": finding(),
        },
    })
}

/// Name, schema, and whether the key is always there; in the order records have them.
fn record_properties(form: &Form) -> Vec<(&'static str, Value, bool)> {
    let receipt_no = if form.anonymous { json!({"type": "null"}) } else { json!({"type": ["string", "null"], "minLength": 1}) };
    vec![
        ("id", json!({"type": "string", "minLength": 1}), true),
        ("form", json!({"const": form.id}), true),
        ("edition", json!({"const": form.edition}), true),
        ("status", json!({"enum": ["accepted", "deficient", "review", "duplicate"]}), true),
        ("duplicate_of", json!({"type": "string", "minLength": 1}), false),
        ("received_on", reference("date"), true),
        ("postmarked_on", reference("date"), true),
        ("receipt_no", receipt_no, true),
        ("pages", json!({"type": "array", "minItems": 1, "items": reference("page")}), true),
        ("fields", fields(form), true),
        ("findings", json!({"type": "array", "items": reference("finding")}), true),
    ]
}

fn page(form: &Form) -> Value {
    closed(&[
        ("source", json!({"type": "string", "minLength": 1})),
        ("page", json!({"type": "integer", "minimum": 1})),
        ("sha256", reference("sha256")),
        ("pixels_sha256", reference("sha256")),
        ("form_page", json!({"type": "integer", "minimum": 1, "maximum": form.pages.len()})),
        ("dpi", json!({"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}, "minItems": 2, "maxItems": 2})),
        ("residual_mm", json!({"type": "number", "minimum": 0})),
        ("rotation", json!({"enum": [0, 90, 180, 270]})),
        ("skew_deg", json!({"type": "number"})),
    ])
}

fn finding() -> Value {
    let mut finding = closed(&[
        ("rule", json!({"type": "string", "minLength": 1})),
        ("severity", json!({"enum": ["deficiency", "confirm", "warning", "info"]})),
        ("fields", json!({"type": "array", "items": reference("field_id")})),
        ("message", json!({"type": "string", "minLength": 1})),
    ]);
    finding["properties"]["ask"] = json!({"type": "string"});
    finding
}

fn fields(form: &Form) -> Value {
    let all: Vec<(&str, Value)> = form.fields.iter().map(|f| (f.id.0.as_str(), field(f))).collect();
    closed(&all)
}

/// One field: a value exactly where it is read or keyed.
fn field(field: &Field) -> Value {
    let mut out = closed(&[
        ("value", json!({})),
        ("state", json!({"enum": ["read", "blank", "uncertain", "cancelled", "picture", "keyed"]})),
        ("confidence", reference("score")),
        ("threshold", reference("score")),
        ("page", json!({"const": field.page})),
        ("box_mm", json!({"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4})),
    ]);
    out["title"] = json!(field.label);
    for (name, schema) in [
        ("first_reading", json!({"type": "string"})),
        ("note", json!({"type": "string"})),
        ("residual_mm", json!({"type": "number", "minimum": 0})),
        ("crop", json!({"type": "string", "minLength": 1})),
    ] {
        out["properties"][name] = schema;
    }
    out["oneOf"] = json!([
        {"properties": {"state": {"enum": ["read", "keyed"]}, "value": value(&field.kind)}},
        {"properties": {"state": {"enum": ["blank", "uncertain", "cancelled", "picture"]}, "value": {"type": "null"}}},
    ]);
    out
}

/// What a value of this kind looks like.
fn value(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Choice { select, options, .. } => {
            let one = json!({"enum": options.iter().map(|o| json!(o.value)).collect::<Value>()});
            match select {
                Select::One => one,
                Select::Many | Select::AtMost(_) => json!({"type": "array", "items": one, "uniqueItems": true}),
            }
        }
        FieldKind::Digits { cells, min, .. } => {
            json!({"type": "string", "pattern": format!("^[0-9]{{{},{}}}$", (*min).max(1), cells.len())})
        }
        FieldKind::Number { meaning: Meaning::Telephone, .. } => json!({"type": "string", "pattern": "^[0-9()+-]+$"}),
        FieldKind::Number { max_digits, .. } => json!({"type": "string", "pattern": format!("^[0-9]{{1,{max_digits}}}$")}),
        FieldKind::Text { .. } => json!({"type": "string", "minLength": 1}),
        FieldKind::Presence { .. } => json!({"const": "present"}),
    }
}

/// An object with exactly these keys.
fn closed(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let map: Map<String, Value> = properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": map, "required": required, "additionalProperties": false})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}
