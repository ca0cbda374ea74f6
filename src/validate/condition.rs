//! Whether a rule's condition holds; none where that is not certain.

use super::case::Case;
use super::known::{Known, folded, within};
use crate::form::Condition;

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
        Condition::Filled(id, filled) => case.is_filled(id).map(|is| is == *filled),
        Condition::Sum(ids, least, most) => within(case.sum(ids), *least, *most),
        Condition::Facility(kinds) => case.listing.kind().map(|kind| kinds.iter().any(|k| k == kind.as_str())),
    }
}

fn any_of(values: &[String], list: &[String]) -> bool {
    values.iter().any(|v| list.iter().any(|l| folded(l) == folded(v)))
}
