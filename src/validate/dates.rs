//! Months and days written in fields or known of the delivery, compared; what is no date of the calendar, and years
//! that may mean two things.

use super::case::Case;
use super::known::number;
use crate::calendar::{Written, WrittenYear, parse_year};
use crate::form::{Check, DateExpr, FieldId, Severity};
use crate::record::Finding;
use jiff::civil::Date;
use std::cmp::Ordering;

/// A date as precise as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Year and month.
    Month(i16, i8),
    /// A day.
    Day(Date),
}

impl Moment {
    fn month(self) -> (i16, i8) {
        match self {
            Self::Month(year, month) => (year, month),
            Self::Day(day) => (day.year(), day.month()),
        }
    }
}

/// How two dates lie to each other: by day where both are days, else by month. None where one is not known.
pub(super) fn compare(case: &Case, a: &DateExpr, b: &DateExpr) -> Option<Ordering> {
    match (moment(case, a)?, moment(case, b)?) {
        (Moment::Day(a), Moment::Day(b)) => Some(a.cmp(&b)),
        (a, b) => Some(a.month().cmp(&b.month())),
    }
}

fn moment(case: &Case, date: &DateExpr) -> Option<Moment> {
    match date {
        DateExpr::Month(y, m) => month_of(clear_year(case, y)?, small(case, m)?),
        DateExpr::Day(y, m, d) => day_of(clear_year(case, y)?, small(case, m)?, small(case, d)?),
        DateExpr::Application => case.application.map(Moment::Day),
        DateExpr::Received => case.submission.received_on.map(Moment::Day),
        DateExpr::On(day) => Some(Moment::Day(*day)),
    }
}

fn month_of(year: i16, month: i64) -> Option<Moment> {
    i8::try_from(month).ok().filter(|m| (1..=12).contains(m)).map(|m| Moment::Month(year, m))
}

fn day_of(year: i16, month: i64, day: i64) -> Option<Moment> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().map(Moment::Day)
}

fn year(case: &Case, id: &FieldId) -> Option<WrittenYear> {
    case.text(id).and_then(parse_year)
}

fn clear_year(case: &Case, id: &FieldId) -> Option<i16> {
    year(case, id).filter(|y| y.written != Written::Unclear).map(|y| y.western)
}

fn small(case: &Case, id: &FieldId) -> Option<i64> {
    case.text(id).and_then(number)
}

/// What is to be said of the dates that the form's rules compare.
pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let mut dates: Vec<&DateExpr> = Vec::new();
    for rule in &case.form.rules {
        if let Check::NotBefore(a, b) | Check::NotAfter(a, b) = &rule.check {
            dates.extend([a, b]);
        }
    }
    let mut findings: Vec<Finding> = Vec::new();
    for new in dates.into_iter().filter_map(|date| unclear(case, date).or_else(|| impossible(case, date))) {
        if !findings.contains(&new) {
            findings.push(new);
        }
    }
    findings
}

fn unclear(case: &Case, date: &DateExpr) -> Option<Finding> {
    let id = *date.fields().first()?;
    year(case, id).filter(|y| y.written == Written::Unclear)?;
    let message = format!("{}の年「{}」が、西暦か令和か分かりません。", case.named(id), case.text(id)?);
    Some(finding("year-unclear", vec![id], message))
}

fn impossible(case: &Case, date: &DateExpr) -> Option<Finding> {
    let fields = date.fields();
    let id = *fields.first()?;
    let all_read = fields.iter().all(|id| case.text(id).is_some());
    let message = format!("{}に書かれた日付は、暦にない日付です。", case.named(id));
    (all_read && moment(case, date).is_none()).then(|| finding("no-such-date", fields, message))
}

fn finding(rule: &str, fields: Vec<&FieldId>, message: String) -> Finding {
    let fields = fields.into_iter().cloned().collect();
    Finding { rule: rule.to_owned(), severity: Severity::Confirm, fields, message, ask: None }
}
