//! What is certain about a field: its value, that it is blank, that there is ink, or nothing.

use super::case::Case;
use crate::form::FieldId;
use crate::record::{State, Value};
use unicode_normalization::UnicodeNormalization;

/// What is certain about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// Its values: one, or several of a choice. Never empty.
    Values(&'a [String]),
    /// Nothing is written there.
    Blank,
    /// Something is written there, and it is not known what.
    Ink,
    /// Nothing is certain.
    Nothing,
}

impl<'a> Case<'a> {
    /// What is certain about a field.
    pub(super) fn known(&self, id: &FieldId) -> Known<'a> {
        let Some(field) = self.fields.get(id) else { return Known::Nothing };
        match (field.state, &field.value) {
            (State::Read | State::Keyed, Some(value)) => known_value(value),
            (State::Blank | State::Keyed, None) => Known::Blank,
            (State::Picture, _) => Known::Ink,
            _ => Known::Nothing,
        }
    }

    /// The one value of a field, where it is certain.
    pub(super) fn text(&self, id: &FieldId) -> Option<&'a str> {
        match self.known(id) {
            Known::Values([one]) => Some(one),
            _ => None,
        }
    }

    /// Whether something is written in a field, where that is certain.
    pub(super) fn is_filled(&self, id: &FieldId) -> Option<bool> {
        match self.known(id) {
            Known::Values(_) | Known::Ink => Some(true),
            Known::Blank => Some(false),
            Known::Nothing => None,
        }
    }

    /// The sum of numbers as far as it is certain, and whether that is all of it. A blank counts 0, and so does what a
    /// person keyed that is no number (未定).
    pub(super) fn sum(&self, ids: &[FieldId]) -> (i64, bool) {
        ids.iter().fold((0, true), |(sum, all), id| match self.known(id) {
            Known::Blank => (sum, all),
            Known::Values(values) => (values.iter().filter_map(|v| number(v)).fold(sum, i64::saturating_add), all),
            Known::Ink | Known::Nothing => (sum, false),
        })
    }
}

/// A person may key that nothing is there: an empty text or list.
fn known_value(value: &Value) -> Known<'_> {
    match value {
        Value::One(text) if text.trim().is_empty() => Known::Blank,
        Value::One(text) => Known::Values(std::slice::from_ref(text)),
        Value::Many(values) if values.is_empty() => Known::Blank,
        Value::Many(values) => Known::Values(values),
    }
}

/// The number a text is, in half or full width.
pub(super) fn number(text: &str) -> Option<i64> {
    let plain = folded(text);
    plain.bytes().all(|b| b.is_ascii_digit()).then(|| plain.parse().ok())?
}

/// A text without differences of width and of surrounding space.
pub(super) fn folded(text: &str) -> String {
    text.nfkc().collect::<String>().trim().to_owned()
}

/// Whether a sum lies between two bounds, as far as that is certain. What is not yet known can only add to it.
pub(super) fn within((sum, all): (i64, bool), least: Option<i64>, most: Option<i64>) -> Option<bool> {
    let reaches = least.is_none_or(|least| sum >= least);
    match most {
        Some(most) if sum > most => Some(false),
        _ if all => Some(reaches),
        None if reaches => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_of_a_sum_holds_though_one_part_is_not_known() {
        assert_eq!(within((4, false), None, Some(3)), Some(false));
        assert_eq!(within((1, false), Some(1), None), Some(true));
        assert_eq!(within((1, false), Some(1), Some(3)), None);
        assert_eq!(within((0, false), Some(1), None), None);
        assert_eq!(within((0, true), Some(1), None), Some(false));
    }

    #[test]
    fn a_number_is_all_digits() {
        assert_eq!(number("０3"), Some(3));
        assert_eq!(number("1_3"), None);
        assert_eq!(number("-1"), None);
        assert_eq!(number(""), None);
    }
}
