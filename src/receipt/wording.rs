//! What letters say: `forms/letters.toml`, with its placeholders filled in from the programme's facts.
//! Does not lay anything out.

use super::Letters;
use crate::calendar::japanese;
use crate::form::FieldId;
use crate::programme::Programme;
use crate::record::{FieldRecords, Value};
use jiff::civil::Date;
use serde::Deserialize;
use std::sync::LazyLock;

const BUILT_IN: &str = include_str!("../../forms/letters.toml");

/// The texts of letters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Who sends the letters.
    pub issuer: Issuer,
    /// Forms that ask for a subsidised reader.
    #[serde(default)]
    subsidy: Vec<SubsidisedForm>,
    /// What happens next.
    #[serde(default)]
    step: Vec<Step>,
}

/// Who sends the letters, and whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Name of the authority.
    pub name: String,
    /// Department and section, a line each.
    pub unit: Vec<String>,
    /// What stands in the place of the seal.
    pub seal: String,
    /// Postal code.
    pub postal: String,
    /// Address.
    pub address: String,
    /// The telephone of `programme.toml` to call.
    pub telephone: String,
    /// The mail address of `programme.toml` to write to.
    pub mail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubsidisedForm {
    form: String,
    readers: Vec<FieldId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    form: Option<String>,
    text: String,
    otherwise: Option<String>,
    #[serde(default)]
    all_blank: Vec<FieldId>,
    #[serde(default)]
    any_filled: Vec<FieldId>,
}

/// A file of texts that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("letters.toml: {0}")]
pub struct WordingError(String);

static WORDING: LazyLock<Result<Wording, WordingError>> = LazyLock::new(|| Wording::from_toml(BUILT_IN));

impl Wording {
    /// The texts built into the program.
    pub fn built_in() -> Result<&'static Self, WordingError> {
        WORDING.as_ref().map_err(Clone::clone)
    }

    /// Reads texts; unknown keys are errors.
    pub fn from_toml(text: &str) -> Result<Self, WordingError> {
        toml::from_str(text).map_err(|e| WordingError(e.to_string()))
    }

    /// What happens next for a submission, in order.
    pub(super) fn steps(&self, form: &str, fields: &FieldRecords, days: &Days) -> Vec<String> {
        let own = |step: &&Step| step.form.as_deref() == Some(form);
        let has_own = self.step.iter().any(|step| own(&step));
        let meant = |step: &&Step| if has_own { own(step) } else { step.form.is_none() };
        let applies = |step: &&Step| step.applies(fields);
        self.step.iter().filter(meant).filter(applies).filter_map(|step| step.said(days)).collect()
    }

    /// How many readers a submission asks for; none where the form is not about readers.
    pub(super) fn readers(&self, form: &str, fields: &FieldRecords) -> Option<u32> {
        let subsidised = self.subsidy.iter().find(|s| s.form == form)?;
        Some(subsidised.readers.iter().filter_map(|id| fields.one(id)?.parse::<u32>().ok()).sum())
    }
}

impl Step {
    fn applies(&self, fields: &FieldRecords) -> bool {
        let none = self.all_blank.iter().all(|id| !is_filled(fields, id));
        none && (self.any_filled.is_empty() || self.any_filled.iter().any(|id| is_filled(fields, id)))
    }

    fn said(&self, days: &Days) -> Option<String> {
        days.fill(&self.text).or_else(|| days.fill(self.otherwise.as_deref()?))
    }
}

fn is_filled(fields: &FieldRecords, id: &FieldId) -> bool {
    match fields.get(id).and_then(|f| f.value.as_ref()) {
        Some(Value::One(value)) => !value.trim_start_matches('0').is_empty(),
        Some(Value::Many(values)) => !values.is_empty(),
        None => false,
    }
}

/// The days of a submission, and the facts that hold for them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days<'a> {
    /// Day the sheets arrived.
    pub received: Option<Date>,
    /// Day of the postmark.
    pub postmarked: Option<Date>,
    programme: &'a Programme,
}

impl<'a> Days<'a> {
    pub(super) fn of(letters: &Letters<'a>, record: &crate::record::Record) -> Self {
        Self { received: record.received_on, postmarked: record.postmarked_on, programme: letters.programme }
    }

    /// The day that counts as the day of application: the postmark's; without one, the day of arrival where it lies in
    /// the time of the increased subsidy, because what had arrived had been posted. Else nobody knows.
    pub(super) fn applied(&self) -> Option<Date> {
        let in_time = |day: &Date| self.programme.increased_subsidy_until().is_some_and(|last| *day <= last);
        self.postmarked.or(self.received.filter(in_time))
    }

    /// The day whose facts a letter quotes: of application, else of arrival, else the newest.
    pub(super) fn facts(&self) -> Date {
        self.applied().or(self.received).unwrap_or(Date::MAX)
    }

    /// The text with its placeholders filled in; none where one of them is not known.
    pub(super) fn fill(&self, text: &str) -> Option<String> {
        let mut parts = text.split('{');
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}')?;
            filled.push_str(&self.fact(name)?);
            filled.push_str(rest);
        }
        Some(filled)
    }

    fn fact(&self, name: &str) -> Option<String> {
        let day = self.facts();
        let (kind, id) = name.split_once(':').unwrap_or((name, ""));
        match kind {
            "received" => self.received.map(japanese),
            "applied" => self.applied().map(japanese),
            "lead" => match id.split_once(':') {
                None => self.programme.lead_time(id, day).map(crate::programme::LeadTime::text),
                Some((id, _)) => self.programme.lead_time(id, day)?.after(self.received?).map(japanese),
            },
            "deadline" => self.programme.deadline(id, day).map(|d| japanese(d.on)),
            "contact" => self.programme.contact(id, day).map(|c| c.value.clone()),
            "telephone" => self.programme.telephone(id, day).map(|t| t.number.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_of_the_built_in_texts_is_known() {
        let wording = Wording::built_in().expect("the built-in texts can be read");
        let programme = Programme::built_in().expect("the built-in facts can be read");
        let day = jiff::civil::date(2021, 3, 20);
        let days = Days { received: Some(day), postmarked: Some(day), programme };
        for step in &wording.step {
            assert!(days.fill(&step.text).is_some(), "{}", step.text);
            assert!(step.otherwise.as_deref().is_none_or(|text| days.fill(text).is_some()));
        }
        assert!(programme.telephone(&wording.issuer.telephone, day).is_some());
        assert!(programme.contact(&wording.issuer.mail, day).is_some());
    }

    #[test]
    fn without_a_postmark_only_an_early_arrival_is_an_application_date() {
        let programme = Programme::built_in().expect("the built-in facts can be read");
        let days = |m, d| Days { received: Some(jiff::civil::date(2021, m, d)), postmarked: None, programme };
        assert!(days(3, 31).applied().is_some());
        assert!(days(4, 1).applied().is_none());
    }
}
