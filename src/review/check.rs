//! The rules, run again on a record as people have left it: what is to be said of it now, and what becomes of it. What
//! only the run could see (how pages were joined, the same again) is carried over; what people answered holds.

use super::history::History;
use crate::batch::duplicates::{self, Seen};
use crate::form::catalogue::Catalogue;
use crate::form::{Check, Condition, FieldId, Form, Severity};
use crate::ledger::act::Answer;
use crate::master::Master;
use crate::record::{Finding, Record, Status, join};
use crate::validate::{Submission, Verdict, status, validate};

/// What records are held against.
pub struct Rules<'a> {
    /// Forms.
    pub catalogue: &'a Catalogue,
    /// The facility list, where it was given.
    pub master: Option<&'a Master>,
    /// Whether the batch was run with one.
    pub had_master: bool,
}

impl<'a> Rules<'a> {
    /// The form of a record.
    pub fn form(&self, record: &Record) -> Option<&'a Form> {
        self.catalogue.forms().iter().find(|f| f.id == record.form && f.edition == record.edition)
    }

    /// What is to be said of a record now; none where its form is not here.
    pub fn verdict(&self, now: &Record, as_read: &Record, others: &[Record], history: &History) -> Option<Verdict> {
        let form = self.form(now)?;
        let kept = |rules: &[&str]| as_read.findings.iter().filter(|f| rules.contains(&f.rule.as_str())).cloned().collect();
        let missing = |n: &usize| now.pages.iter().all(|p| p.form_page != *n);
        let about = Submission {
            received_on: now.received_on,
            postmarked_on: now.postmarked_on,
            received_counts_until: form.received_counts_until,
            master: self.master,
            joining: kept(join::RULES),
            missing_pages: (1..=form.pages.len()).filter(missing).collect(),
        };
        let mut findings = validate(form, &now.fields, &about).findings;
        findings.extend::<Vec<_>>(kept(duplicates::RULES));
        findings.extend(self.without_master(form, as_read, &findings, history));
        findings.extend(came_to_be_the_same(form, now, others, history));
        for finding in &mut findings {
            answered(finding, history);
        }
        if form.anonymous {
            // Nobody can be asked to correct an anonymous answer.
            for finding in findings.iter_mut().filter(|f| f.severity == Severity::Deficiency) {
                finding.severity = if history.answer(finding).is_some() { Severity::Warning } else { Severity::Confirm };
            }
        }
        findings.sort_by_key(|f| f.severity);
        let status = status(&findings);
        Some(Verdict { findings, status })
    }

    /// A batch that was run with a facility list is looked at without it: what the list said of the code as read still
    /// holds, and what it would say of another code nobody knows.
    fn without_master(&self, form: &Form, as_read: &Record, said: &[Finding], history: &History) -> Vec<Finding> {
        if self.master.is_some() || !self.had_master {
            return Vec::new();
        }
        let by_list = |f: &&Finding| needs_master(form, &f.rule) && !said.iter().any(|s| s.rule == f.rule);
        let mut found: Vec<Finding> = as_read.findings.iter().filter(by_list).cloned().collect();
        let code: Vec<FieldId> = form.facility_code.iter().flatten().cloned().collect();
        if code.iter().any(|id| history.decided.contains(id)) {
            let message = "名簿が指定されていないため、確定したコードを名簿と照合できません。名簿をお手元で確認してください。";
            found.push(confirm("master-not-given", code, message.to_owned()));
        }
        found
    }
}

fn confirm(rule: &str, fields: Vec<FieldId>, message: String) -> Finding {
    Finding { rule: rule.to_owned(), severity: Severity::Confirm, fields, message, ask: None }
}

fn needs_master(form: &Form, rule: &str) -> bool {
    let by_list = |check: &Check| matches!(check, Check::InMaster(_) | Check::AsInMaster(..));
    let by_kind = |when: &[Condition]| when.iter().any(|c| matches!(c, Condition::Facility(_)));
    rule.starts_with("master-") || form.rules.iter().any(|r| r.id == rule && (by_list(&r.check) || by_kind(&r.when)))
}

/// A finding as a person has answered it.
fn answered(finding: &mut Finding, history: &History) {
    if finding.severity != Severity::Confirm {
        return;
    }
    match history.answer(finding) {
        Some(Answer::Passes) => finding.severity = Severity::Info,
        Some(Answer::Deficient) => {
            finding.severity = Severity::Deficiency;
            finding.ask.get_or_insert_with(|| "該当する欄をご確認のうえ、はっきりとご記入ください。".to_owned());
        }
        None => {}
    }
}

/// A code that a person settled may turn out to be one that came already; the run could not see that.
fn came_to_be_the_same(form: &Form, now: &Record, others: &[Record], history: &History) -> Option<Finding> {
    let code: Vec<&str> = form.facility_code.iter().flatten().filter_map(|id| now.fields.one(id)).collect();
    let settled = form.facility_code.iter().flatten().any(|id| history.decided.contains(id));
    if form.anonymous || code.len() != 3 || !settled {
        return None;
    }
    let same = |other: &&Record| {
        let theirs: Vec<&str> = form.facility_code.iter().flatten().filter_map(|id| other.fields.one(id)).collect();
        other.id != now.id && other.form == now.form && other.status != Status::Duplicate && theirs == code
    };
    let other = others.iter().find(same)?;
    let (mut seen, mut again) = (Seen::default(), now.clone());
    again.findings.clear();
    seen.mark(&mut other.clone(), form);
    seen.mark(&mut again, form)?;
    let told = again.findings.into_iter().next()?;
    Some(confirm("same-applicant", told.fields, told.message))
}
