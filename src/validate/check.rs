//! Whether a check is met; none where that is not certain. What is blank breaks no rule but those that ask for ink.

use super::case::Case;
use super::known::{Known, folded, number, within};
use super::{dates, facility, pattern};
use crate::codes::Prefecture;
use crate::form::{Check, FieldId};
use std::cmp::Ordering;
use unicode_normalization::UnicodeNormalization;

/// Whether it is met.
pub(super) fn is_met(case: &Case, check: &Check) -> Option<bool> {
    match check {
        Check::Required(id) => Some(required(case, id)),
        Check::Blank(id) => case.is_filled(id).map(|filled| !filled),
        Check::ExactlyOne(id) => counted(case, id, |n| n == 1),
        Check::AtMost(id, most) => counted(case, id, |n| n <= *most),
        Check::Range(id, least, most) => value(case, id, |v| number(v).is_some_and(|n| lies_within(n, *least, *most))),
        Check::Sum(ids, least, most) => sum(case, ids, *least, *most),
        Check::Pattern(id, patterns) => value(case, id, |v| patterns.iter().any(|p| pattern::fits(p, v))),
        Check::CheckDigit(ids) => facility::check_digit(case, ids),
        Check::InList(id, list) => value(case, id, |v| list.iter().any(|entry| is_entry(entry, v))),
        Check::NotLike(id, words) => value(case, id, |v| !words.iter().any(|word| contains(v, word))),
        Check::InMaster(ids) => facility::in_master(case, ids),
        Check::AsInMaster(id, column) => facility::as_in_master(case, id, *column),
        Check::NotBefore(a, b) => dates::compare(case, a, b).map(Ordering::is_ge),
        Check::NotAfter(a, b) => dates::compare(case, a, b).map(Ordering::is_le),
        Check::Distinct(ids) => distinct(case, ids),
        Check::Same(a, b) => Some(folded(case.text(a)?) == folded(case.text(b)?)),
        Check::CountOf(id, ids) => count_of(case, id, ids),
        Check::Length(id, most) => value(case, id, |v| v.trim().chars().count() <= *most),
    }
}

/// Ink that is unsure or struck out counts: it is a matter for the review, not for a notice.
fn required(case: &Case, id: &FieldId) -> bool {
    case.is_filled(id).unwrap_or(true)
}

fn counted(case: &Case, id: &FieldId, is_right: impl Fn(usize) -> bool) -> Option<bool> {
    match case.known(id) {
        Known::Values(values) => Some(is_right(values.len())),
        Known::Blank => Some(is_right(0)),
        Known::Ink | Known::Nothing => None,
    }
}

/// Whether every value is right; a blank is.
fn value(case: &Case, id: &FieldId, is_right: impl Fn(&str) -> bool) -> Option<bool> {
    match case.known(id) {
        Known::Values(values) => Some(values.iter().all(|v| is_right(v))),
        Known::Blank => Some(true),
        Known::Ink | Known::Nothing => None,
    }
}

fn lies_within(n: i64, least: Option<i64>, most: Option<i64>) -> bool {
    within((n, true), least, most) == Some(true)
}

fn sum(case: &Case, ids: &[FieldId], least: Option<i64>, most: Option<i64>) -> Option<bool> {
    within(case.sum(ids), least, most)
}

fn is_entry(entry: &str, value: &str) -> bool {
    match entry {
        "@prefectures" => Prefecture::named(value).is_some(),
        "@prefecture-codes" => folded(value).len() == 2 && number(value).is_some_and(|n| (1..=47).contains(&n)),
        literal => folded(literal) == folded(value),
    }
}

/// A space may be the word: only the value is trimmed.
fn contains(value: &str, word: &str) -> bool {
    lower(value).contains(&word.nfkc().collect::<String>().to_lowercase())
}

fn lower(text: &str) -> String {
    folded(text).to_lowercase()
}

fn distinct(case: &Case, ids: &[FieldId]) -> Option<bool> {
    let texts: Vec<String> = ids.iter().filter_map(|id| case.text(id)).map(lower).collect();
    let repeats = texts.iter().enumerate().any(|(i, t)| texts[..i].contains(t));
    let certain = ids.iter().all(|id| matches!(case.known(id), Known::Values(_) | Known::Blank));
    if repeats { Some(false) } else { certain.then_some(true) }
}

fn count_of(case: &Case, id: &FieldId, ids: &[FieldId]) -> Option<bool> {
    let Some(said) = case.text(id) else { return (case.known(id) == Known::Blank).then_some(true) };
    let Some(said) = number(said) else { return Some(false) };
    let filled = ids.iter().filter(|id| case.is_filled(id) == Some(true)).count() as i64;
    let unsure = ids.iter().filter(|id| case.is_filled(id).is_none()).count() as i64;
    let possible = (filled..=filled + unsure).contains(&said);
    if possible { (unsure == 0).then_some(true) } else { Some(false) }
}
