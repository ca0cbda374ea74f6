//! The rules of a form file: `check` names one of the closed vocabulary, the other keys are its arguments.

use super::Mistake;
use super::shape::nearest;
use crate::form::{Check, Condition, DateExpr, FieldId, MasterColumn, Rule, Severity};
use jiff::civil::Date;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct RuleFile {
    id: String,
    check: String,
    severity: Severity,
    message: String,
    ask: Option<String>,
    field: Option<FieldId>,
    fields: Option<Vec<FieldId>>,
    min: Option<i64>,
    max: Option<i64>,
    patterns: Option<Vec<String>>,
    list: Option<Vec<String>>,
    column: Option<MasterColumn>,
    date: Option<DateFile>,
    than: Option<DateFile>,
    #[serde(default)]
    when: Vec<WhenFile>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

/// `{ month = ["year_field", "month_field"] }`, `{ day = [year, month, day] }`, `{ on = "2023-03-31" }`,
/// `"application"` or `"received"`.
#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum DateFile {
    Word(String),
    Month { month: [FieldId; 2] },
    Day { day: [FieldId; 3] },
    On { on: Date },
}

#[derive(Deserialize)]
struct WhenFile {
    field: Option<FieldId>,
    fields: Option<Vec<FieldId>>,
    is: Option<Vec<String>>,
    is_not: Option<Vec<String>>,
    filled: Option<bool>,
    sum: Option<Vec<FieldId>>,
    min: Option<i64>,
    max: Option<i64>,
    facility: Option<Vec<String>>,
}

/// The vocabulary, as files write it.
const CHECKS: &[&str] = &[
    "required",
    "blank",
    "exactly-one",
    "at-most",
    "range",
    "sum",
    "pattern",
    "check-digit",
    "in-list",
    "not-like",
    "in-master",
    "as-in-master",
    "not-before",
    "not-after",
    "distinct",
    "same",
    "count-of",
    "length",
];

/// The rule a file describes; mistakes are added to the list and give none.
pub(super) fn resolve(raw: RuleFile, mistakes: &mut Vec<Mistake>) -> Option<Rule> {
    let check =
        check(&raw).map_err(|message| mistakes.push(Mistake { line: None, message: format!("rule `{}`: {message}", raw.id) }));
    let when: Result<Vec<Condition>, String> = raw.when.into_iter().map(condition).collect();
    let when = when.map_err(|message| mistakes.push(Mistake { line: None, message: format!("rule `{}`: {message}", raw.id) }));
    Some(Rule {
        check: check.ok()?,
        when: when.ok()?,
        id: raw.id,
        severity: raw.severity,
        message: raw.message,
        ask: raw.ask,
        valid_from: raw.valid_from,
        valid_to: raw.valid_to,
    })
}

fn check(raw: &RuleFile) -> Result<Check, String> {
    let field = || raw.field.clone().ok_or("needs `field`");
    let fields = || raw.fields.clone().ok_or("needs `fields`");
    let most = || usize::try_from(raw.max.ok_or("needs `max`")?).map_err(|_| "`max` is not negative");
    let three = || -> Result<[FieldId; 3], String> {
        fields()?.try_into().map_err(|_| "needs three `fields`: prefecture, score table, institution".to_owned())
    };
    let dates = || -> Result<(DateExpr, DateExpr), String> {
        let (a, b) = (raw.date.clone().ok_or("needs `date`")?, raw.than.clone().ok_or("needs `than`")?);
        Ok((date(a)?, date(b)?))
    };
    Ok(match raw.check.as_str() {
        "required" => Check::Required(field()?),
        "blank" => Check::Blank(field()?),
        "exactly-one" => Check::ExactlyOne(field()?),
        "at-most" => Check::AtMost(field()?, most()?),
        "range" => Check::Range(field()?, raw.min, raw.max),
        "sum" => Check::Sum(fields()?, raw.min, raw.max),
        "pattern" => Check::Pattern(field()?, raw.patterns.clone().ok_or("needs `patterns`")?),
        "check-digit" => Check::CheckDigit(three()?),
        "in-list" => Check::InList(field()?, raw.list.clone().ok_or("needs `list`")?),
        "not-like" => Check::NotLike(field()?, raw.list.clone().ok_or("needs `list`")?),
        "in-master" => Check::InMaster(three()?),
        "as-in-master" => Check::AsInMaster(field()?, raw.column.ok_or("needs `column`: name, telephone or postal")?),
        "not-before" => dates().map(|(a, b)| Check::NotBefore(a, b))?,
        "not-after" => dates().map(|(a, b)| Check::NotAfter(a, b))?,
        "distinct" => Check::Distinct(fields()?),
        "same" => match fields()?.as_slice() {
            [a, b] => Check::Same(a.clone(), b.clone()),
            _ => return Err("needs two `fields`".to_owned()),
        },
        "count-of" => Check::CountOf(field()?, fields()?),
        "length" => Check::Length(field()?, most()?),
        other => return Err(format!("`check = \"{other}\"` is not known{}", nearest(other, CHECKS))),
    })
}

fn date(raw: DateFile) -> Result<DateExpr, String> {
    Ok(match raw {
        DateFile::Word(word) if word == "application" => DateExpr::Application,
        DateFile::Word(word) if word == "received" => DateExpr::Received,
        DateFile::Word(word) => return Err(format!("date `{word}` is neither \"application\" nor \"received\"")),
        DateFile::Month { month: [y, m] } => DateExpr::Month(y, m),
        DateFile::Day { day: [y, m, d] } => DateExpr::Day(y, m, d),
        DateFile::On { on } => DateExpr::On(on),
    })
}

fn condition(raw: WhenFile) -> Result<Condition, String> {
    Ok(match raw {
        WhenFile { field: Some(f), is: Some(values), .. } => Condition::Is(f, values),
        WhenFile { field: Some(f), is_not: Some(values), .. } => Condition::IsNot(f, values),
        WhenFile { field: Some(f), filled: Some(filled), .. } => Condition::Filled(vec![f], filled),
        WhenFile { fields: Some(fields), filled: Some(filled), .. } => Condition::Filled(fields, filled),
        WhenFile { sum: Some(fields), min, max, .. } => Condition::Sum(fields, min, max),
        WhenFile { facility: Some(kinds), .. } => Condition::Facility(kinds),
        _ => {
            return Err(
                "a condition is `field` with `is`, `is_not` or `filled`, `fields` with `filled`, `sum`, or `facility`".to_owned()
            );
        }
    })
}
