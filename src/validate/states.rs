//! What follows from how fields stand, before any rule of the form: unsure, struck out, to be keyed, left out, too many
//! marks. A field in none of these states is sure.

use super::case::Case;
use super::known::Known;
use crate::form::{Check, Field, FieldId, FieldKind, Select, Severity, Transcribe};
use crate::record::{FieldRecord, Finding, State};

/// A finding for every field that a person must look at.
pub(super) fn findings(case: &Case) -> Vec<Finding> {
    // A missing page is one finding of joining, not one for each of its fields.
    let fields = case.form.fields.iter().filter(|f| !case.submission.missing_pages.contains(&f.page));
    fields
        .filter_map(|field| doubt(case, field).map(|(rule, message)| finding(rule, field, Severity::Confirm, message)))
        .collect()
}

/// Why a field is not settled, if it is not: rule and message.
fn doubt(case: &Case, field: &Field) -> Option<(&'static str, String)> {
    let name = case.named(&field.id);
    let Some(record) = case.fields.get(&field.id) else {
        return Some(("unsure", format!("{name}が読み取られていません。用紙をご確認ください。")));
    };
    let why = reason(record);
    match record.state {
        State::Cancelled => Some(("cancelled", format!("{name}の記入が取り消されているようです。{why}画像をご確認ください。"))),
        State::Picture if needs_keying(&field.kind) => {
            Some(("to-be-keyed", format!("{name}を機械で読み取れません。{why}画像を見て入力してください。")))
        }
        State::Picture => None,
        _ if case.known(&field.id) == Known::Nothing => {
            Some(("unsure", format!("{name}がはっきり読み取れません。{why}画像をご確認ください。")))
        }
        _ => None,
    }
}

fn reason(record: &FieldRecord) -> String {
    record.note.as_ref().map_or_else(String::new, |note| format!("（{}）", note.trim_end_matches('。')))
}

/// Only text and numbers may stay a picture, and only where the form does not ask for them to be keyed.
fn needs_keying(kind: &FieldKind) -> bool {
    let optional = Transcribe::Optional;
    !matches!(kind, FieldKind::Text { transcribe, .. } | FieldKind::Number { transcribe, .. } if *transcribe == optional)
}

/// What a field's own definition demands, where no rule of the form has said so already: that it be filled in, and how
/// many options may be marked.
pub(super) fn unmet_by_kind(case: &Case, said: &[Finding]) -> Vec<Finding> {
    let is_said = |id: &FieldId, by: fn(&Check) -> bool| {
        let rules = said.iter().filter(|f| f.fields.contains(id)).map(|f| &f.rule);
        rules.into_iter().any(|name| case.form.rules.iter().any(|r| r.id == *name && by(&r.check)))
    };
    let mut findings = Vec::new();
    for field in &case.form.fields {
        let known = case.known(&field.id);
        if field.required && known == Known::Blank && !is_said(&field.id, asks_for_ink) {
            findings.push(left_out(case, field));
        }
        if is_overmarked(&field.kind, known) && !is_said(&field.id, counts_marks) {
            let message = format!("{}に、選べる数を超える印があります。", case.named(&field.id));
            findings.push(finding("too-many-marks", field, Severity::Confirm, message));
        }
    }
    findings
}

fn asks_for_ink(check: &Check) -> bool {
    matches!(check, Check::Required(_) | Check::ExactlyOne(_))
}

fn counts_marks(check: &Check) -> bool {
    matches!(check, Check::AtMost(..) | Check::ExactlyOne(_))
}

fn left_out(case: &Case, field: &Field) -> Finding {
    let name = case.named(&field.id);
    let mut finding = finding("required", field, Severity::Deficiency, format!("{name}が記入されていません。"));
    finding.ask = Some(format!("{name}をご記入ください。"));
    finding
}

fn is_overmarked(kind: &FieldKind, known: Known) -> bool {
    let marked = if let Known::Values(values) = known { values.len() } else { 0 };
    match kind {
        FieldKind::Choice { select: Select::One, .. } => marked > 1,
        FieldKind::Choice { select: Select::AtMost(most), .. } => marked > *most,
        _ => false,
    }
}

fn finding(rule: &str, field: &Field, severity: Severity, message: String) -> Finding {
    Finding { rule: rule.to_owned(), severity, fields: vec![field.id.clone()], message, ask: None }
}
