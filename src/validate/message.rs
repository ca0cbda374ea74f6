//! Sentences: the values that stand in a rule's message, and fields by the names the paper gives them.

use super::case::Case;
use super::facility;
use super::known::Known;
use crate::form::{Check, FieldId, FieldKind, Rule};

/// Said of a code that the master does not have, where the rule's own message does not say it.
const PROVISIONAL: &str = "新規開設等による仮コードの可能性があります。";

/// The rule's message, each `{field_id}` replaced by what the field says. Where the form and the master disagree, what
/// the master says is added: it is what a person compares.
pub(super) fn rendered(case: &Case, rule: &Rule) -> String {
    let mut text = filled_in(case, &rule.message);
    match &rule.check {
        Check::InMaster(_) if !text.contains("仮コード") => text.push_str(PROVISIONAL),
        Check::AsInMaster(_, column) => {
            text.extend(facility::listed(case, *column).map(|listed| format!("名簿では「{listed}」です。")));
        }
        _ => {}
    }
    text
}

fn filled_in(case: &Case, message: &str) -> String {
    let mut text = message.to_owned();
    for field in &case.form.fields {
        let place = format!("{{{}}}", field.id);
        if text.contains(&place) {
            text = text.replace(&place, &case.said(&field.id));
        }
    }
    text
}

impl Case<'_> {
    /// What a field says, as a person would write it: options by their labels.
    fn said(&self, id: &FieldId) -> String {
        match self.known(id) {
            Known::Values(values) => values.iter().map(|v| self.label_of(id, v)).collect::<Vec<_>>().join("、"),
            Known::Blank => "（空欄）".to_owned(),
            Known::Ink | Known::Nothing => "（判読できません）".to_owned(),
        }
    }

    fn label_of(&self, id: &FieldId, value: &str) -> String {
        let options = match self.form.field(id).map(|f| &f.kind) {
            Some(FieldKind::Choice { options, .. }) => options.as_slice(),
            _ => &[],
        };
        options.iter().find(|o| o.value == value).map_or_else(|| value.to_owned(), |o| o.label.clone())
    }

    /// The field as the paper calls it, in brackets.
    pub(super) fn named(&self, id: &FieldId) -> String {
        let label = self.form.field(id).map_or(id.0.as_str(), |f| f.label.as_str());
        format!("「{label}」")
    }
}
