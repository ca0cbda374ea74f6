//! `forms show ID --json`: the resolved form for other programs that fill it in, lengths in mm from the top left of the
//! sheet. Says where to write and what is offered; rules and thresholds stay in the form's file.

use crate::form::{Field, FieldKind, Form, Select};
use crate::geometry::RectMm;
use serde_json::{Value, json};

/// The JSON of a form, one field per line, with a newline at the end.
pub fn form_json(form: &Form) -> String {
    let pages: Vec<Value> =
        form.pages.iter().map(|p| json!({"width_mm": micron(p.width_mm), "height_mm": micron(p.height_mm)})).collect();
    let fields: Vec<String> = form.fields.iter().map(|f| field(f).to_string()).collect();
    format!(
        "{{\"id\":{},\"edition\":{},\"title\":{},\"pages\":{},\n \"fields\":[{}]}}\n",
        json!(form.id),
        json!(form.edition),
        json!(form.title),
        Value::Array(pages),
        fields.join(",\n           ")
    )
}

fn field(field: &Field) -> Value {
    let mut out = json!({
        "id": field.id, "label": field.label, "kind": kind_name(&field.kind), "page": field.page, "required": field.required,
    });
    match &field.kind {
        FieldKind::Choice { mark, select, options } => {
            out["mark"] = json!(mark);
            out["select"] = select_json(*select);
            let option = |o: &crate::form::ChoiceOption| json!({"value": o.value, "label": o.label, "box": rect(o.area)});
            out["options"] = options.iter().map(option).collect();
        }
        FieldKind::Digits { cells, .. } => out["cells"] = cells.iter().map(|c| rect(*c)).collect(),
        FieldKind::Number { area, .. } | FieldKind::Text { area, .. } | FieldKind::Presence { area } => out["box"] = rect(*area),
    }
    out
}

/// The kind as `form.toml` calls it.
pub const fn kind_name(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Choice { .. } => "choice",
        FieldKind::Digits { .. } => "digits",
        FieldKind::Number { .. } => "number",
        FieldKind::Text { .. } => "text",
        FieldKind::Presence { .. } => "presence",
    }
}

fn select_json(select: Select) -> Value {
    match select {
        Select::One => json!("one"),
        Select::Many => json!("many"),
        Select::AtMost(n) => json!({"at_most": n}),
    }
}

fn rect(r: RectMm) -> Value {
    json!([micron(r.x), micron(r.y), micron(r.w), micron(r.h)])
}

/// Rounded to a thousandth of a millimetre, so that sums of cell widths carry no digits of floating point.
fn micron(mm: f64) -> f64 {
    (mm * 1e3).round() / 1e3
}
