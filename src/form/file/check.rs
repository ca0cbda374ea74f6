//! What a form must be as a whole: names that exist, fields that lie on their page and not on each other, rules that
//! speak of fields. Every mistake is told, with its line where it has one.

use super::Mistake;
use super::shape::nearest;
use crate::form::{Condition, Field, FieldId, FieldKind, Form, Rule};
use std::collections::BTreeMap;

/// Nearest two fields' boxes may be to each other, mm: a stroke's width more than people overshoot a line by.
const LEAST_GAP_MM: f64 = 0.5;

/// Lines of the parts of a form file, in the order of [`Form`]'s lists.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) fields: Vec<usize>,
    pub(super) rules: Vec<usize>,
    pub(super) receipt: Vec<usize>,
}

/// Every mistake of the resolved form.
pub(super) fn check(form: &Form, lines: &Lines) -> Vec<Mistake> {
    let mut found = Vec::new();
    if form.pages.is_empty() {
        found.push(Mistake { line: None, message: "a form has at least one [[page]]".to_owned() });
    }
    if form.fields.is_empty() {
        found.push(Mistake { line: None, message: "a form has at least one [[field]]".to_owned() });
    }
    fields(form, lines, &mut found);
    rules(form, lines, &mut found);
    names(form, lines, &mut found);
    found
}

fn fields(form: &Form, lines: &Lines, found: &mut Vec<Mistake>) {
    let mut seen: BTreeMap<&FieldId, usize> = BTreeMap::new();
    for (i, field) in form.fields.iter().enumerate() {
        let line = lines.fields.get(i).copied();
        let mut say = |message: String| found.push(Mistake { line, message: format!("field `{}`: {message}", field.id) });
        if let Some(first) = seen.insert(&field.id, i) {
            say(format!("the name is taken by the field of line {}; give it another", lines.fields.get(first).unwrap_or(&0)));
        }
        if field.boxes().is_empty() {
            say("it has no box to read".to_owned());
        } else if let Some(page) = field.page.checked_sub(1).and_then(|p| form.pages.get(p)) {
            let b = field.bounds();
            if b.x < 0.0 || b.y < 0.0 || b.right() > page.width_mm || b.bottom() > page.height_mm {
                say(format!("its boxes reach outside page {} of {} × {} mm", field.page, page.width_mm, page.height_mm));
            }
            if field.boxes().iter().any(|b| b.w < 1.5 || b.h < 1.5) {
                say("a box is smaller than 1.5 mm; nobody can write in it".to_owned());
            }
        } else {
            say(format!("page {} does not exist; the form has {}", field.page, form.pages.len()));
        }
        if !field.likely.is_empty() && !matches!(field.kind, FieldKind::Digits { .. } | FieldKind::Number { .. }) {
            say("`likely` is for `digits` and `number`; leave it out".to_owned());
        }
        if let Some([first, last]) = field.likely.iter().find(|[first, last]| first > last) {
            say(format!("the range [{first}, {last}] of `likely` holds nothing; write the smaller number first"));
        }
        for earlier in &form.fields[..i] {
            if too_near(earlier, field) {
                say(format!("its boxes lie on or within {LEAST_GAP_MM} mm of those of `{}`", earlier.id));
            }
        }
    }
}

fn too_near(a: &Field, b: &Field) -> bool {
    a.page == b.page && a.boxes().iter().any(|x| b.boxes().iter().any(|y| x.grown(LEAST_GAP_MM).overlaps(y)))
}

fn rules(form: &Form, lines: &Lines, found: &mut Vec<Mistake>) {
    let ids: Vec<&str> = form.fields.iter().map(|f| f.id.0.as_str()).collect();
    for (i, rule) in form.rules.iter().enumerate() {
        let line = lines.rules.get(i).copied();
        let mut say = |message: String| found.push(Mistake { line, message: format!("rule `{}`: {message}", rule.id) });
        if form.rules[..i].iter().any(|r| r.id == rule.id && overlapping(r, rule)) {
            say("the name is taken by an earlier rule that holds on the same days; give it another".to_owned());
        }
        for id in named(rule).into_iter().filter(|id| !ids.contains(&id.0.as_str())) {
            say(format!("there is no field `{id}`{}", nearest(&id.0, &ids)));
        }
        for id in placeholders(&rule.message).into_iter().filter(|id| !ids.contains(&id.as_str())) {
            say(format!("the message names `{{{id}}}`, which is no field{}", nearest(&id, &ids)));
        }
    }
}

fn overlapping(a: &Rule, b: &Rule) -> bool {
    let before = |x: &Rule, y: &Rule| matches!((x.valid_to, y.valid_from), (Some(to), Some(from)) if to < from);
    !before(a, b) && !before(b, a)
}

fn named(rule: &Rule) -> Vec<&FieldId> {
    let conditions = rule.when.iter().flat_map(Condition::fields);
    rule.check.fields().into_iter().chain(conditions).collect()
}

/// Field names between braces.
pub(super) fn placeholders(text: &str) -> Vec<String> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned())).collect()
}

fn names(form: &Form, lines: &Lines, found: &mut Vec<Mistake>) {
    let ids: Vec<&str> = form.fields.iter().map(|f| f.id.0.as_str()).collect();
    let mut say = |line: Option<usize>, place: &str, id: &str| {
        if !ids.contains(&id) {
            found.push(Mistake { line, message: format!("{place} names `{id}`, which is no field{}", nearest(id, &ids)) });
        }
    };
    form.csv.iter().for_each(|id| say(None, "csv", &id.0));
    form.facility_code.iter().flatten().for_each(|id| say(None, "facility_code", &id.0));
    form.join_on.iter().flat_map(|(a, b)| [a, b]).for_each(|id| say(None, "join_on", &id.0));
    for (i, line) in form.receipt.iter().enumerate() {
        for id in placeholders(&line.text) {
            say(lines.receipt.get(i).copied(), "receipt", &id);
        }
    }
}
