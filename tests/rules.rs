//! What the built-in forms demand of what is written in them: each case in `tests/data/rules` is what breaks one rule, and
//! what nearly does. A rule without a case fails here, and a new case needs no code.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value as Said};
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{Check, Condition, Form, Rule, Severity};
use uketsuke::geometry::RectMm;
use uketsuke::master::Master;
use uketsuke::record::{FieldRecord, FieldRecords, Finding, State, Status, Value};
use uketsuke::score::Score;
use uketsuke::validate::{Submission, Verdict, validate};

/// Beside the fields: days of the delivery, and whether there is a facility list.
const DELIVERY: [&str; 3] = ["received", "postmarked", "master"];

/// The cases of one form, all its editions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    form: String,
    /// Answers without fault: `""` blank, `"?"` doubtful, `"▨"` a picture, a list several options, `"あ*60"` sixty あ.
    good: Table,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    rule: String,
    severity: Severity,
    /// The one edition it holds for; every one where not given.
    edition: Option<String>,
    /// Changes that break the rule, each by itself.
    fires: Vec<Table>,
    /// Changes that do not.
    #[serde(default)]
    silent: Vec<Table>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rules")
}

fn books() -> Vec<Book> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder()).expect("the folder").map(|e| e.expect("an entry").path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    let read = |p: &PathBuf| toml::from_str(&fs::read_to_string(p).expect("a file"));
    paths.iter().map(|p| read(p).unwrap_or_else(|e| panic!("{}: {e}", p.display()))).collect()
}

fn forms() -> Vec<Form> {
    Catalogue::built_in().expect("sound form files").forms().to_vec()
}

fn name(form: &Form) -> String {
    format!("{}@{}", form.id, form.edition)
}

/// Every case with every edition it holds for.
fn each(mut see: impl FnMut(&Book, &Case, &Form)) {
    let forms = forms();
    for book in books() {
        for case in &book.case {
            let holds = |f: &&Form| f.id.0 == book.form && case.edition.as_ref().is_none_or(|e| *e == f.edition);
            forms.iter().filter(holds).for_each(|form| see(&book, case, form));
        }
    }
}

fn record(said: &Said) -> FieldRecord {
    let (state, value) = match said {
        Said::String(text) => match text.as_str() {
            "" => (State::Blank, None),
            "?" => (State::Uncertain, None),
            "▨" => (State::Picture, None),
            text => (State::Read, Some(Value::One(spelt_out(text)))),
        },
        Said::Array(options) => {
            (State::Read, Some(Value::Many(options.iter().filter_map(Said::as_str).map(str::to_owned).collect())))
        }
        other => panic!("{other} is no answer"),
    };
    FieldRecord {
        value,
        state,
        confidence: Score::ONE,
        threshold: Score::ONE,
        first_reading: None,
        note: None,
        page: 1,
        box_mm: RectMm::new(0.0, 0.0, 5.0, 5.0),
        residual_mm: None,
        crop: None,
    }
}

/// `あ*60` is sixty あ; what follows the number stays.
fn spelt_out(text: &str) -> String {
    let Some((character, rest)) = text.split_once('*') else { return text.to_owned() };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    format!("{}{}", character.repeat(digits.parse().expect("a number")), &rest[digits.len()..])
}

/// The faultless answers with some changed.
fn changed(good: &Table, change: &Table) -> Table {
    let mut all = good.clone();
    all.extend(change.clone());
    all
}

fn judge(form: &Form, answers: &Table) -> Verdict {
    let mut fields = FieldRecords::default();
    for field in &form.fields {
        let said = answers.get(&field.id.0).unwrap_or_else(|| panic!("{}: nothing said of {}", name(form), field.id));
        fields.insert(field.id.clone(), record(said));
    }
    let day = |key: &str| answers.get(key)?.as_str().filter(|d| !d.is_empty()).map(|d| d.parse().expect("a day"));
    let master = Master::from_csv(&fs::read(folder().join("master.csv")).expect("the list")).expect("a good list");
    let submission = Submission {
        received_on: day("received"),
        postmarked_on: day("postmarked"),
        received_counts_until: form.received_counts_until,
        master: answers.get("master").is_none().then_some(&master),
        ..Submission::default()
    };
    validate(form, &fields, &submission)
}

fn found<'v>(verdict: &'v Verdict, case: &Case) -> Option<&'v Finding> {
    verdict.findings.iter().find(|f| f.rule == case.rule && f.severity == case.severity)
}

#[test]
fn faultless_answers_are_accepted_and_nothing_but_the_agreement_with_the_list_is_said() {
    for book in books() {
        for form in forms().iter().filter(|f| f.id.0 == book.form && f.superseded_by.is_none()) {
            let verdict = judge(form, &book.good);
            let said: Vec<&str> = verdict.findings.iter().map(|f| f.rule.as_str()).collect();
            assert!(said.is_empty() || said == ["master-agrees"], "{}: {said:?}", name(form));
            assert_eq!(verdict.status, Status::Accepted, "{}", name(form));
        }
    }
}

#[test]
fn every_rule_speaks_up_at_its_fault_with_its_severity() {
    each(|book, case, form| {
        for change in &case.fires {
            let verdict = judge(form, &changed(&book.good, change));
            let said = found(&verdict, case);
            assert!(
                said.is_some(),
                "{}: {} ({:?}) is silent about {change}: {:#?}",
                name(form),
                case.rule,
                case.severity,
                verdict.findings
            );
            let expected = match case.severity {
                Severity::Confirm => verdict.status == Status::Review,
                Severity::Deficiency => verdict.status != Status::Accepted,
                Severity::Warning | Severity::Info => true,
            };
            assert!(expected, "{}: {} at {change} ends in {:?}", name(form), case.rule, verdict.status);
        }
    });
}

#[test]
fn no_rule_speaks_up_beside_its_fault() {
    each(|book, case, form| {
        let faultless = Table::new();
        let as_is = (!case.fires.contains(&faultless)).then_some(&faultless);
        for change in case.silent.iter().chain(as_is) {
            let verdict = judge(form, &changed(&book.good, change));
            assert_eq!(found(&verdict, case), None, "{}: {} at {change}", name(form), case.rule);
        }
    });
}

#[test]
fn every_rule_has_a_case_and_every_change_names_a_field() {
    let books = books();
    for form in forms() {
        let book = books.iter().find(|b| b.form == form.id.0).unwrap_or_else(|| panic!("{} has no cases", name(&form)));
        let cases: BTreeSet<&str> = book.case.iter().map(|c| c.rule.as_str()).collect();
        for rule in &form.rules {
            assert!(cases.contains(rule.id.as_str()), "{}: no case for {}", name(&form), rule.id);
        }
        if form.superseded_by.is_some() {
            continue;
        }
        let known = |key: &String| DELIVERY.contains(&key.as_str()) || form.fields.iter().any(|f| f.id.0 == *key);
        let changes = book.case.iter().flat_map(|c| c.fires.iter().chain(&c.silent)).chain([&book.good]);
        for key in changes.flat_map(Table::keys) {
            assert!(known(key), "{}: {key} is no field", name(&form));
        }
    }
}

#[test]
fn what_must_be_there_is_asked_for_by_name() {
    for book in books() {
        for form in forms().iter().filter(|f| f.id.0 == book.form) {
            for field in form.fields.iter().filter(|f| f.required) {
                let change = Table::from_iter([(field.id.0.clone(), Said::String(String::new()))]);
                let verdict = judge(form, &changed(&book.good, &change));
                let asked = verdict.findings.iter().any(|f| {
                    f.severity == Severity::Deficiency && f.fields == [field.id.clone()] && f.message.contains(&field.label)
                });
                assert!(asked, "{}: {} may be left out", name(form), field.id);
            }
        }
    }
}

#[test]
fn no_notice_is_due_for_what_the_machine_could_not_read() {
    for book in books() {
        for form in forms().iter().filter(|f| f.id.0 == book.form) {
            for field in form.fields.iter().filter(|f| book.good[&f.id.0].as_str() != Some("")) {
                for state in ["?", "▨"] {
                    let change = Table::from_iter([(field.id.0.clone(), Said::String(state.to_owned()))]);
                    let verdict = judge(form, &changed(&book.good, &change));
                    let sent = verdict.findings.iter().find(|f| f.severity == Severity::Deficiency);
                    assert_eq!(sent, None, "{}: {} {state}", name(form), field.id);
                }
            }
        }
    }
}

#[test]
fn an_anonymous_form_sends_no_notice_and_a_notice_says_what_to_do() {
    for form in forms() {
        for rule in &form.rules {
            let deficient = rule.severity == Severity::Deficiency;
            assert!(!(form.anonymous && deficient), "{}: {}", name(&form), rule.id);
            assert!(!deficient || rule.ask.is_some(), "{}: {} asks for nothing", name(&form), rule.id);
            assert!(rule.message.ends_with('。'), "{}: {}", name(&form), rule.message);
            assert!(rule.ask.as_ref().is_none_or(|a| a.ends_with('。')), "{}: {:?}", name(&form), rule.ask);
        }
        assert!(!form.anonymous || form.fields.iter().all(|f| !f.required), "{}", name(&form));
    }
}

#[test]
fn the_list_is_quoted_where_it_disagrees() {
    for book in books().iter().filter(|b| b.good.contains_key("facility_name")) {
        let change = Table::from_iter([("facility_name".to_owned(), Said::String("ことり薬局".to_owned()))]);
        let form = forms().into_iter().rfind(|f| f.id.0 == book.form).expect("the form");
        let verdict = judge(&form, &changed(&book.good, &change));
        let message = &verdict.findings.iter().find(|f| f.rule == "name-not-as-listed").expect("a finding").message;
        assert!(
            message.contains("「ことり薬局」") && message.contains("名簿では「株式会社さくら　さくら調剤薬局」です。"),
            "{message}"
        );
    }
}

#[test]
fn the_older_reader_request_has_the_rules_of_the_one_in_use_for_its_three_makers() {
    let forms = forms();
    let edition = |e: &str| forms.iter().find(|f| f.id.0 == "reader-request" && f.edition == e).expect("an edition");
    let (older, in_use) = (edition("2020-11"), edition("2021-03"));
    assert_eq!(older.rules.len(), in_use.rules.len());
    for (a, b) in older.rules.iter().zip(&in_use.rules) {
        assert_eq!(*a, without(b, "units_canon"));
    }
    assert_eq!(older.received_counts_until, in_use.received_counts_until);
}

/// The rule without a field in its lists.
fn without(rule: &Rule, field: &str) -> Rule {
    let mut rule = rule.clone();
    if let Check::Sum(fields, ..) = &mut rule.check {
        fields.retain(|f| f.0 != field);
    }
    for condition in &mut rule.when {
        if let Condition::Sum(fields, ..) | Condition::Filled(fields, _) = condition {
            fields.retain(|f| f.0 != field);
        }
    }
    rule
}
