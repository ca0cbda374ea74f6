//! validate: readings become findings and a status. All violations are told at once. Does not read, does not change a
//! value, and never guesses: a rule that needs a value nobody is sure of is left alone, and the page waits for a person.
//!
//! Which rule of the forms is enforced where:
//!
//! | demand | where |
//! |---|---|
//! | must be filled in | `Field::required`, `Check::Required`: `check::required`; picture or unsure ink counts |
//! | one box, at most n | `Select`, `Check::ExactlyOne`, `Check::AtMost`: `check::counted`, `states` |
//! | 都道府県, 点数表 | `Check::InList` with `@prefecture-codes`; the reserve 51–97: `prefecture-reserve`, `facility` |
//! | 検証番号; its unknown rule for 61–64 is said and warned of | `Check::CheckDigit`: `facility`, `codes::check_digit` |
//! | 名簿, 仮コード, name and telephone agree | `Check::InMaster`, `Check::AsInMaster`: `facility`, `master::agreement` |
//! | 台数 by kind of facility | `Check::Sum` with `Condition::Facility`, `Condition::Is`: `check::sum` |
//! | telephone, postal, お客さまID, mail address shapes | `Check::Pattern`: `pattern`; `Check::NotLike` for taken-for characters |
//! | longest name, contact, mail address | `Check::Length` |
//! | a ring or tick in the place of 台数 | `Check::Sum` with `Condition::Filled`: a person confirms, no notice |
//! | month or day before or after another | `Check::NotBefore`, `Check::NotAfter`: `dates`; 令和 and month granularity there |
//! | a year written 21 | `year-unclear`: `dates` |
//! | a day that no calendar has | `no-such-date`: `dates` |
//! | 予定あり needs its month, others forbid it | `Check::Required`, `Check::Blank` with `Condition::Is` |
//! | 端末名称 distinct, as many as 発行枚数, no OS name | `Check::Distinct`, `Check::CountOf`, `Check::NotLike` |
//! | rules that the authorities changed | `Rule::valid_from`, `Rule::valid_to` against `Submission::application_date` |
//! | 消印 missing or illegible after the deadline | `application-date-unknown`, here: it holds the record back |
//! | 消印 after 受付 | `postmark-after-received`, here |
//! | edition used outside its dates | `edition-not-in-force`, here |
//! | unsure, struck out, to be keyed | `unsure`, `cancelled`, `to-be-keyed`: `states` |
//! | pages that do not belong together | handed in ready: `Submission::joining` |
//! | the same form twice, 併設, R and S in one envelope, U without R | needs the whole batch: not here |

mod case;
mod check;
mod condition;
mod dates;
mod facility;
mod known;
mod message;
mod pattern;
mod states;

use crate::calendar::japanese;
use crate::form::{Check, DateExpr, Form, Rule, Severity};
use crate::master::{Facility, Master};
use crate::record::{FieldRecords, Finding, Status};
use case::Case;
use jiff::civil::Date;

/// What is known of a submission beside its fields.
#[derive(Debug, Clone, Default)]
pub struct Submission<'a> {
    /// Day it arrived.
    pub received_on: Option<Date>,
    /// Day of the postmark.
    pub postmarked_on: Option<Date>,
    /// A sheet received by this day has that day for its application date even without postmark; one received later
    /// has none. Where no such day is set, the received date always serves.
    pub received_counts_until: Option<Date>,
    /// Facility list, where one was given.
    pub master: Option<&'a Master>,
    /// What joining pages had to say.
    pub joining: Vec<Finding>,
    /// Pages of the form (from 1) that are not there.
    pub missing_pages: Vec<usize>,
}

impl Submission<'_> {
    /// The day the rules are chosen by: the postmark, else the received date where that may stand for it; none where
    /// neither settles it or the two contradict each other.
    pub fn application_date(&self) -> Option<Date> {
        let serves = |received: &Date| self.received_counts_until.is_none_or(|until| *received <= until);
        match (self.postmarked_on, self.received_on) {
            (Some(_), _) if self.contradicts_itself() => None,
            (Some(postmark), _) => Some(postmark),
            (None, received) => received.filter(serves),
        }
    }

    fn contradicts_itself(&self) -> bool {
        matches!((self.postmarked_on, self.received_on), (Some(postmark), Some(received)) if postmark > received)
    }
}

/// What is to be said of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Everything worth saying, gravest first; within one severity in the order of the paper.
    pub findings: Vec<Finding>,
    /// What becomes of it: accepted, deficient or review.
    pub status: Status,
}

/// Holds a submission against its form: states of fields, rules in force on its application date, facility master.
pub fn validate(form: &Form, fields: &FieldRecords, submission: &Submission) -> Verdict {
    let case = Case::new(form, fields, submission);
    let mut findings = submission.joining.clone();
    findings.extend(states::findings(&case));
    let violated = violations(&case);
    findings.extend(states::unmet_by_kind(&case, &violated));
    findings.extend(violated);
    add_new(&mut findings, dates::findings(&case));
    add_new(&mut findings, facility::findings(&case));
    findings.extend(of_the_delivery(&case));
    findings.sort_by_key(|f| f.severity);
    let status = status(&findings);
    Verdict { findings, status }
}

/// The master's facility, where its code was read and the name or telephone number on the form agrees with it. Only to
/// such a facility may a letter be addressed.
pub fn confirmed_facility<'a>(form: &Form, fields: &FieldRecords, master: &'a Master) -> Option<&'a Facility> {
    let submission = Submission { master: Some(master), ..Submission::default() };
    let case = Case::new(form, fields, &submission);
    let code = facility::code(&case, form.facility_code.as_ref()?)?;
    master.get(&code).filter(|facility| facility::agrees(&case, facility))
}

/// What becomes of a submission of which this is to be said.
pub fn status(findings: &[Finding]) -> Status {
    let any = |severity| findings.iter().any(|f| f.severity == severity);
    match (any(Severity::Confirm), any(Severity::Deficiency)) {
        (true, _) => Status::Review,
        (false, true) => Status::Deficient,
        (false, false) => Status::Accepted,
    }
}

/// Findings of the form's own rules in force, in the form's order.
fn violations(case: &Case) -> Vec<Finding> {
    let in_force = case.form.rules.iter().filter(|rule| is_in_force(rule, case.application));
    in_force.filter_map(|rule| violation(case, rule)).collect()
}

/// Whether a rule is in force; a dated rule is not, where the application date is not known.
fn is_in_force(rule: &Rule, application: Option<Date>) -> bool {
    match application {
        Some(day) => rule.valid_from.is_none_or(|from| from <= day) && rule.valid_to.is_none_or(|to| day <= to),
        None => !is_dated(rule),
    }
}

fn is_dated(rule: &Rule) -> bool {
    rule.valid_from.is_some() || rule.valid_to.is_some()
}

fn violation(case: &Case, rule: &Rule) -> Option<Finding> {
    let applies = rule.when.iter().all(|c| condition::holds(case, c) == Some(true));
    let violated = applies && check::is_met(case, &rule.check) == Some(false);
    violated.then(|| Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        fields: rule.check.fields().into_iter().cloned().collect(),
        message: message::rendered(case, rule),
        ask: rule.ask.clone(),
    })
}

/// Adds what the form's own rules have not said already, at least as gravely, of one of the same fields.
fn add_new(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    for new in more {
        let said = |old: &Finding| {
            old.rule == new.rule || old.severity <= new.severity && old.fields.iter().any(|id| new.fields.contains(id))
        };
        if new.severity == Severity::Info || !findings.iter().any(said) {
            findings.push(new);
        }
    }
}

/// What the dates of the delivery have to do with the form.
fn of_the_delivery(case: &Case) -> Vec<Finding> {
    let mut findings = Vec::new();
    if case.submission.contradicts_itself() {
        let message = "消印日が受付日より後の日付になっています。日付をご確認ください。";
        findings.push(plain("postmark-after-received", Severity::Confirm, message));
    }
    match case.application {
        None => findings.extend(application_date_unknown(case)),
        Some(day) if !is_edition_of(case.form, day) => {
            let message = "申請日が、この様式の使用期間に含まれていません。";
            findings.push(plain("edition-not-in-force", Severity::Warning, message));
        }
        Some(_) => {}
    }
    findings
}

fn is_edition_of(form: &Form, day: Date) -> bool {
    form.valid_from.is_none_or(|from| from <= day) && form.valid_to.is_none_or(|to| day <= to)
}

/// Said once where rules depend on the application date and it is not known. It holds the record back where the sheet
/// came after the last day that needs no postmark and has none, and where a dated rule would be violated: then the date
/// decides.
fn application_date_unknown(case: &Case) -> Option<Finding> {
    if let Some(until) = postmark_wanted(case.submission) {
        let message = format!(
            "{}より後に届いた書類ですが、消印日が分かりません。申請日は消印で決まりますので、封筒の消印をご確認ください。",
            japanese(until)
        );
        return Some(plain("application-date-unknown", Severity::Confirm, &message));
    }
    let rules = &case.form.rules;
    let decides =
        rules.iter().filter(|r| is_dated(r)).filter_map(|r| violation(case, r)).any(|f| f.severity <= Severity::Confirm);
    if decides {
        let message =
            "申請日（消印日）が分からないため、申請日によって変わる決まりを確認できません。封筒の消印をご確認ください。";
        return Some(plain("application-date-unknown", Severity::Confirm, message));
    }
    let message = "申請日（消印日）が分からないため、申請日に関わる確認の一部を省略しました。";
    let depends = rules.iter().any(|r| is_dated(r) || asks_for_application(&r.check));
    depends.then(|| plain("application-date-unknown", Severity::Warning, message))
}

/// The last day that needed no postmark, where the sheet came after it without one.
fn postmark_wanted(submission: &Submission) -> Option<Date> {
    let until = submission.received_counts_until.filter(|_| submission.postmarked_on.is_none())?;
    submission.received_on.filter(|received| *received > until).map(|_| until)
}

fn asks_for_application(check: &Check) -> bool {
    matches!(check, Check::NotBefore(a, b) | Check::NotAfter(a, b) if *a == DateExpr::Application || *b == DateExpr::Application)
}

fn plain(rule: &str, severity: Severity, message: &str) -> Finding {
    Finding { rule: rule.to_owned(), severity, fields: Vec::new(), message: message.to_owned(), ask: None }
}
