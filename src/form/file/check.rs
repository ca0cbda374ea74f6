//! What a form must be as a whole: names that exist, fields that lie on their page and not on each other, rules that
//! speak of fields. Every mistake is told, with its line where it has one.

use super::Mistake;
use super::shape::nearest;
use crate::form::{Condition, Field, FieldId, FieldKind, Form, FormPage, Mark, Rule};
use std::collections::BTreeMap;

/// Two fields' boxes nearer than this deserve a warning, mm: a stroke's width more than people overshoot a line by.
const LEAST_GAP_MM: f64 = 0.5;
/// Smallest side of a cell that deserves no warning, mm; forms that are made to be read by machines have 5 and more.
const ROOMY_CELL_MM: f64 = 3.5;
/// Smallest side of a box to tick that deserves no warning, mm; □ of 10-point type has 2.4.
const ROOMY_BOX_MM: f64 = 2.0;
/// Along the edges of a sheet scanners cut off, feeders smear and copiers print nothing, mm.
const EDGE_MM: f64 = 4.0;

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

/// What is no mistake and will still cost readings.
pub(super) fn warnings(form: &Form, lines: &Lines) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (i, field) in form.fields.iter().enumerate() {
        let line = lines.fields.get(i).copied();
        let mut say = |message: String| found.push(Mistake { line, message: format!("field `{}`: {message}", field.id) });
        for earlier in form.fields[..i].iter().filter(|earlier| near(earlier, field, LEAST_GAP_MM)) {
            say(format!(
                "its boxes lie within {LEAST_GAP_MM} mm of those of `{}`; measure the insides of the printed frames, or a stroke across the line between them is read in both",
                earlier.id
            ));
        }
        let least = field.boxes().iter().map(|b| b.w.min(b.h)).fold(f64::MAX, f64::min);
        match &field.kind {
            FieldKind::Digits { .. } if least < ROOMY_CELL_MM => say(format!(
                "a cell of {least:.1} mm is small for a handwritten digit; where the form can be changed, make it {ROOMY_CELL_MM} mm or more"
            )),
            FieldKind::Choice { mark: Mark::Box, .. } if least < ROOMY_BOX_MM => say(format!(
                "a box of {least:.1} mm is small for a tick; where the form can be changed, make it {ROOMY_BOX_MM} mm or more"
            )),
            _ => {}
        }
        let b = field.bounds();
        let edge = |page: &FormPage| b.x.min(b.y).min(page.width_mm - b.right()).min(page.height_mm - b.bottom());
        if form.pages.get(field.page - 1).is_some_and(|page| edge(page) < EDGE_MM) {
            say(format!(
                "it lies within {EDGE_MM} mm of the sheet's edge, which scans often cut off; move it inward where that can be done"
            ));
        }
    }
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
                say(format!(
                    "its boxes reach outside page {} of {} × {} mm; boxes are [x, y, width, height] in mm from the top left",
                    field.page, page.width_mm, page.height_mm
                ));
            }
            if field.boxes().iter().any(|b| b.w < 1.5 || b.h < 1.5) {
                say("a box is smaller than 1.5 mm; nobody can write in it: measure the inside of the frame in mm".to_owned());
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
        for earlier in form.fields[..i].iter().filter(|earlier| near(earlier, field, -ROUNDING_MM)) {
            say(format!("its boxes lie on those of `{}`; move or shrink one of them", earlier.id));
        }
        let boxes = field.boxes();
        let twice = |i: usize| boxes[..i].iter().any(|earlier| earlier.grown(-ROUNDING_MM).overlaps(&boxes[i]));
        if let Some(second) = (1..boxes.len()).find(|i| twice(*i)) {
            say(format!("its box {} lies on an earlier one of its own; move or shrink one of them", second + 1));
        }
    }
}

/// What boxes side by side may overlap by because their corners are sums of decimal fractions, mm.
const ROUNDING_MM: f64 = 0.001;

/// Whether boxes of the two share any area, or come nearer than so many mm.
fn near(a: &Field, b: &Field, mm: f64) -> bool {
    let theirs = b.boxes();
    a.page == b.page && a.boxes().iter().any(|x| theirs.iter().any(|y| x.grown(mm).overlaps(y)))
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
