//! Whether a rule's condition holds; none where that is not certain.

use super::case::Case;
use super::known::{Known, folded, within};
use crate::form::{Condition, FieldId};

/// Whether it holds.
pub(super) fn holds(case: &Case, condition: &Condition) -> Option<bool> {
    match condition {
        Condition::Is(id, list) => match case.known(id) {
            Known::Values(values) => Some(any_of(values, list)),
            Known::Blank => Some(false),
            Known::Ink | Known::Nothing => None,
        },
        Condition::IsNot(id, list) => match case.known(id) {
            Known::Values(values) => Some(!any_of(values, list)),
            Known::Blank => Some(false),
            Known::Ink | Known::Nothing => None,
        },
        Condition::Filled(ids, filled) => any_filled(case, ids).map(|is| is == *filled),
        Condition::Sum(ids, least, most) => within(case.sum(ids), *least, *most),
        Condition::Facility(kinds) => case.listing.kind().map(|kind| kinds.iter().any(|k| k == kind.as_str())),
    }
}

fn any_filled(case: &Case, ids: &[FieldId]) -> Option<bool> {
    let each: Vec<Option<bool>> = ids.iter().map(|id| case.is_filled(id)).collect();
    let certain = each.iter().all(Option::is_some);
    if each.contains(&Some(true)) { Some(true) } else { certain.then_some(false) }
}

fn any_of(values: &[String], list: &[String]) -> bool {
    values.iter().any(|v| list.iter().any(|l| folded(l) == folded(v)))
}
