//! What validation promises: everything at once, by the application date, and never accepted while anything is unsure.

use jiff::civil::{Date, date};
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{
    Care, Check, ChoiceOption, Condition, DateExpr, Field, FieldId, FieldKind, Form, FormId, Frame, Mark, MasterColumn, Meaning,
    Policy, Rule, Select, Severity, Transcribe,
};
use uketsuke::geometry::RectMm;
use uketsuke::master::Master;
use uketsuke::record::{FieldRecord, FieldRecords, Finding, State, Status, Value};
use uketsuke::score::Score;
use uketsuke::validate::{Submission, Verdict, confirmed_facility, validate};

const BOX: RectMm = RectMm::new(0.0, 0.0, 5.0, 5.0);

fn id(name: &str) -> FieldId {
    FieldId(name.to_owned())
}

fn ids<const N: usize>(names: [&str; N]) -> [FieldId; N] {
    names.map(id)
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|w| (*w).to_owned()).collect()
}

/// A form in the making.
struct Draft(Form);

impl Draft {
    fn new() -> Self {
        Self(Form {
            id: FormId("test".to_owned()),
            edition: "1".to_owned(),
            title: "試験".to_owned(),
            letter: 'T',
            valid_from: None,
            valid_to: None,
            superseded_by: None,
            received_counts_until: None,
            anonymous: false,
            pages: Vec::new(),
            fields: Vec::new(),
            rules: Vec::new(),
            policy: Policy::default(),
            join_on: Vec::new(),
            facility_code: None,
            csv: Vec::new(),
            receipt: Vec::new(),
            sha256: String::new(),
            warnings: Vec::new(),
        })
    }

    fn field(mut self, name: &str, kind: FieldKind) -> Self {
        let label = format!("項目{name}");
        let (likely, care) = (Vec::new(), Care::default());
        self.0.fields.push(Field { id: id(name), label, page: 1, required: false, kind, likely, frame: Frame::None, care });
        self
    }

    fn number(self, name: &str) -> Self {
        self.field(
            name,
            FieldKind::Number { area: BOX, max_digits: 9, meaning: Meaning::Plain, transcribe: Transcribe::Required },
        )
    }

    fn text(self, name: &str) -> Self {
        self.field(name, FieldKind::Text { area: BOX, transcribe: Transcribe::Optional })
    }

    fn choice(self, name: &str, select: Select, values: &[&str]) -> Self {
        let option = |v: &&str| ChoiceOption { value: (*v).to_owned(), label: format!("選択肢{v}"), area: BOX };
        self.field(name, FieldKind::Choice { mark: Mark::Box, select, options: values.iter().map(option).collect() })
    }

    fn required(mut self) -> Self {
        self.0.fields.last_mut().expect("a field").required = true;
        self
    }

    /// The three fields of the facility code.
    fn code(self) -> Self {
        let mut draft = self.number("pp").number("t").number("code");
        draft.0.facility_code = Some(ids(["pp", "t", "code"]));
        draft
    }

    fn rule(mut self, name: &str, severity: Severity, check: Check) -> Self {
        let message = format!("{name}に反します。");
        let (ask, when, valid_from, valid_to) = (None, Vec::new(), None, None);
        self.0.rules.push(Rule { id: name.to_owned(), check, severity, message, ask, when, valid_from, valid_to });
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Rule)) -> Self {
        change(self.0.rules.last_mut().expect("a rule"));
        self
    }

    fn when(self, condition: Condition) -> Self {
        self.last(|rule| rule.when.push(condition))
    }

    fn dated(self, from: Option<Date>, to: Option<Date>) -> Self {
        self.last(|rule| (rule.valid_from, rule.valid_to) = (from, to))
    }

    fn message(self, text: &str) -> Self {
        self.last(|rule| text.clone_into(&mut rule.message))
    }
}

fn record(state: State, value: Option<Value>) -> FieldRecord {
    FieldRecord {
        value,
        state,
        confidence: Score::ONE,
        threshold: Score::ONE,
        first_reading: None,
        note: None,
        page: 1,
        box_mm: BOX,
        residual_mm: None,
        crop: None,
    }
}

/// Fields as `name=value`, `name=` for blank, `name=a|b` for several; `name?`, `name×`, `name▨` for unsure, struck out,
/// picture.
fn filled(what: &[&str]) -> FieldRecords {
    let mut fields = FieldRecords::default();
    for said in what {
        let (name, record) = if let Some((name, value)) = said.split_once('=') {
            let value = match value {
                "" => None,
                many if many.contains('|') => Some(Value::Many(many.split('|').map(str::to_owned).collect())),
                one => Some(Value::One(one.to_owned())),
            };
            (name, record(if value.is_some() { State::Read } else { State::Blank }, value))
        } else {
            let state = if said.ends_with('?') {
                State::Uncertain
            } else if said.ends_with('×') {
                State::Cancelled
            } else {
                State::Picture
            };
            (said.trim_end_matches(['?', '×', '▨']), record(state, None))
        };
        fields.insert(id(name), record);
    }
    fields
}

fn judge(draft: &Draft, what: &[&str]) -> Verdict {
    validate(&draft.0, &filled(what), &Submission::default())
}

fn names(verdict: &Verdict) -> Vec<&str> {
    verdict.findings.iter().map(|f| f.rule.as_str()).collect()
}

fn postmarked(day: Date) -> Submission<'static> {
    Submission { received_on: Some(date(2021, 4, 5)), postmarked_on: Some(day), ..Submission::default() }
}

#[test]
fn every_violation_is_told_at_once_gravest_first() {
    let draft = Draft::new()
        .text("a")
        .required()
        .number("n")
        .rule("range", Severity::Warning, Check::Range(id("n"), Some(1), Some(3)))
        .rule("at-odds", Severity::Confirm, Check::Blank(id("n")))
        .rule("no-nine", Severity::Deficiency, Check::NotLike(id("n"), words(&["9"])));
    let verdict = judge(&draft, &["a=", "n=9"]);
    assert_eq!(names(&verdict), ["required", "no-nine", "at-odds", "range"]);
    assert_eq!(verdict.status, Status::Review);
    assert_eq!(verdict.findings[0].message, "「項目a」が記入されていません。");
}

#[test]
fn sure_and_unbroken_is_accepted_and_sure_and_broken_deficient() {
    let draft = Draft::new().text("a").required();
    assert_eq!(judge(&draft, &["a=x"]).status, Status::Accepted);
    assert_eq!(judge(&draft, &["a="]).status, Status::Deficient);
}

#[test]
fn a_field_that_is_not_sure_is_never_accepted_nor_sent_back() {
    let kinds = Draft::new()
        .text("t")
        .required()
        .number("n")
        .choice("c", Select::One, &["x"])
        .field("p", FieldKind::Presence { area: BOX });
    for field in ["t", "n", "c", "p"] {
        for mark in ["?", "×"] {
            let mut what = vec!["t=".to_owned(), "n=1".to_owned(), "c=x".to_owned(), "p=".to_owned()];
            what.retain(|w| !w.starts_with(field));
            what.push(format!("{field}{mark}"));
            let what: Vec<&str> = what.iter().map(String::as_str).collect();
            let verdict = judge(&kinds, &what);
            assert_eq!(verdict.status, Status::Review, "{field}{mark}");
            let expected = if mark == "?" { "unsure" } else { "cancelled" };
            assert!(names(&verdict).contains(&expected), "{field}{mark}");
            assert_eq!(names(&verdict).contains(&"required"), field != "t", "the deficiency elsewhere is told too");
        }
    }
}

#[test]
fn a_field_nobody_read_is_never_accepted() {
    assert_eq!(judge(&Draft::new().text("a"), &[]).status, Status::Review);
    let mut fields = FieldRecords::default();
    fields.insert(id("a"), record(State::Read, None));
    assert_eq!(validate(&Draft::new().text("a").0, &fields, &Submission::default()).status, Status::Review);
}

#[test]
fn a_picture_of_text_is_enough_where_the_form_does_not_ask_for_more() {
    assert_eq!(judge(&Draft::new().text("a").required(), &["a▨"]).status, Status::Accepted);
    let must = Draft::new().field("a", FieldKind::Text { area: BOX, transcribe: Transcribe::Required });
    assert_eq!(names(&judge(&must, &["a▨"])), ["to-be-keyed"]);
    assert_eq!(judge(&must, &["a▨"]).status, Status::Review);
    assert_eq!(judge(&Draft::new().number("n"), &["n▨"]).status, Status::Review, "a number must be keyed");
}

#[test]
fn a_rule_that_needs_an_unsure_value_says_nothing_but_what_is_certain_holds() {
    let draft = Draft::new().number("a").number("b").rule(
        "sum",
        Severity::Deficiency,
        Check::Sum(ids(["a", "b"]).to_vec(), Some(1), Some(3)),
    );
    assert_eq!(names(&judge(&draft, &["a?", "b=1"])), ["unsure"]);
    assert_eq!(names(&judge(&draft, &["a?", "b="])), ["unsure"]);
    assert_eq!(names(&judge(&draft, &["a?", "b=4"])), ["sum", "unsure"]);
    assert_eq!(names(&judge(&draft, &["a=", "b="])), ["sum"]);
    let condition = Draft::new().number("a").text("t").rule("t", Severity::Deficiency, Check::Blank(id("t")));
    let condition = condition.when(Condition::Is(id("a"), words(&["1"])));
    assert_eq!(names(&judge(&condition, &["a?", "t▨"])), ["unsure"]);
    assert_eq!(names(&judge(&condition, &["a=1", "t▨"])), ["t"]);
}

#[test]
fn the_application_date_chooses_the_rule_whatever_the_day_of_arrival() {
    let (last, first) = (date(2021, 3, 31), date(2021, 4, 1));
    let draft = Draft::new()
        .number("n")
        .rule("old", Severity::Deficiency, Check::Range(id("n"), None, Some(3)))
        .dated(None, Some(last))
        .rule("new", Severity::Deficiency, Check::Range(id("n"), None, Some(1)))
        .dated(Some(first), None);
    let judge = |what, day| names(&validate(&draft.0, &filled(&[what]), &postmarked(day))).join(" ");
    assert_eq!(judge("n=2", last), "");
    assert_eq!(judge("n=2", first), "new");
    assert_eq!(judge("n=4", last), "old");
}

#[test]
fn without_postmark_the_received_date_serves_only_up_to_the_deadline() {
    let received =
        |day| Submission { received_on: Some(day), received_counts_until: Some(date(2021, 3, 31)), ..Submission::default() };
    assert_eq!(received(date(2021, 3, 31)).application_date(), Some(date(2021, 3, 31)));
    assert_eq!(received(date(2021, 4, 1)).application_date(), None);
    let contradiction = postmarked(date(2021, 4, 6));
    assert_eq!(contradiction.application_date(), None);
    let verdict = validate(&Draft::new().0, &FieldRecords::default(), &contradiction);
    assert_eq!((names(&verdict), verdict.status), (vec!["postmark-after-received"], Status::Review));
}

#[test]
fn an_unknown_application_date_is_said_and_holds_back_where_it_decides() {
    let draft = Draft::new()
        .number("n")
        .rule("dated", Severity::Deficiency, Check::Range(id("n"), None, Some(1)))
        .dated(Some(date(2021, 4, 1)), None);
    let harmless = judge(&draft, &["n=1"]);
    assert_eq!((names(&harmless), harmless.status), (vec!["application-date-unknown"], Status::Accepted));
    let decisive = judge(&draft, &["n=2"]);
    assert_eq!((names(&decisive), decisive.status), (vec!["application-date-unknown"], Status::Review));
    assert!(names(&judge(&Draft::new().number("n"), &["n=1"])).is_empty(), "no rule depends on it");
}

#[test]
fn a_code_is_checked_only_when_all_of_it_is_read() {
    let draft = Draft::new().code().rule("check-digit", Severity::Confirm, Check::CheckDigit(ids(["pp", "t", "code"])));
    let judge = |what: [&str; 3]| names(&judge(&draft, &what)).join(" ");
    assert_eq!(judge(["pp=13", "t=4", "code=0150268"]), "");
    assert_eq!(judge(["pp=13", "t=4", "code=0150267"]), "check-digit");
    assert_eq!(judge(["pp=13", "t=4", "code?"]), "unsure");
    assert_eq!(judge(["pp=13", "t=4", "code="]), "");
    assert_eq!(judge(["pp=13", "t=4", "code=150268"]), "check-digit");
    assert_eq!(judge(["pp=63", "t=4", "code=0150268"]), "prefecture-reserve check-digit-unknown");
}

const LISTED: &str = "code10,kind,name,tel\n\
    1340150268,pharmacy,株式会社　龍閑堂　龍閑堂薬局,03-1234-5678\n\
    0110113719,hospital,札幌病院,\n";

#[test]
fn a_code_outside_the_master_may_be_provisional_and_only_agreement_confirms_one() {
    let master = Master::from_csv(LISTED.as_bytes()).expect("a good master");
    let draft = Draft::new().code().text("name").number("tel");
    let draft = draft.rule("in-master", Severity::Confirm, Check::InMaster(ids(["pp", "t", "code"])));
    let draft = draft.rule("name", Severity::Confirm, Check::AsInMaster(id("name"), MasterColumn::Name));
    let submission = Submission { master: Some(&master), ..Submission::default() };
    let judge = |what: &[&str]| validate(&draft.0, &filled(what), &submission);

    let absent = judge(&["pp=13", "t=4", "code=0150267", "name=", "tel="]);
    assert!(absent.findings[0].message.contains("仮コード"), "{}", absent.findings[0].message);

    let agreeing = ["pp=13", "t=4", "code=0150268", "name=竜閑堂薬局", "tel=0312345678"];
    let verdict = judge(&agreeing);
    assert_eq!((names(&verdict), verdict.status), (vec!["master-agrees"], Status::Accepted));
    assert_eq!(verdict.findings[0].message, "医療機関等コードと名称・電話番号が、名簿と一致しています。");
    assert!(confirmed_facility(&draft.0, &filled(&agreeing), &master).is_some());

    let other = ["pp=13", "t=4", "code=0150268", "name=神田薬局", "tel▨"];
    assert_eq!(names(&judge(&other)), ["to-be-keyed", "name"]);
    assert!(confirmed_facility(&draft.0, &filled(&other), &master).is_none());
}

#[test]
fn what_the_master_calls_a_hospital_may_ask_for_three() {
    let master = Master::from_csv(LISTED.as_bytes()).expect("a good master");
    let draft = Draft::new().code().number("n").rule("clinic", Severity::Confirm, Check::Range(id("n"), None, Some(1)));
    let draft = draft.when(Condition::Facility(words(&["unknown", "clinic"])));
    let with = Submission { master: Some(&master), ..Submission::default() };
    let what = filled(&["pp=01", "t=1", "code=0113719", "n=3"]);
    assert!(names(&validate(&draft.0, &what, &with)).is_empty());
    assert_eq!(names(&validate(&draft.0, &what, &Submission::default())), ["clinic"], "no master: the kind is not known");
    let unread = filled(&["pp=01", "t=1", "code?", "n=3"]);
    assert_eq!(names(&validate(&draft.0, &unread, &with)), ["unsure"]);
}

fn month_rule(than: DateExpr) -> Draft {
    let month = DateExpr::Month(id("y"), id("m"));
    Draft::new().number("y").number("m").rule("early", Severity::Deficiency, Check::NotBefore(month, than))
}

#[test]
fn a_month_is_compared_with_a_day_by_its_month() {
    let draft = month_rule(DateExpr::Application);
    let judge = |what: [&str; 2]| names(&validate(&draft.0, &filled(&what), &postmarked(date(2021, 3, 31)))).join(" ");
    assert_eq!(judge(["y=2021", "m=3"]), "");
    assert_eq!(judge(["y=2021", "m=2"]), "early");
    assert_eq!(judge(["y=3", "m=02"]), "early", "令和3年");
    assert_eq!(judge(["y=令和3", "m=4"]), "");
    assert_eq!(judge(["y=", "m=2"]), "");
}

#[test]
fn a_year_that_may_mean_two_things_and_a_day_that_is_none_wait_for_a_person() {
    let draft = month_rule(DateExpr::On(date(2021, 1, 1)));
    assert_eq!(names(&judge(&draft, &["y=21", "m=2"])), ["year-unclear"]);
    assert_eq!(names(&judge(&draft, &["y=2021", "m=13"])), ["no-such-date"]);
    let range = Check::Range(id("m"), Some(1), Some(12));
    let draft = draft.rule("month", Severity::Deficiency, range);
    assert_eq!(names(&judge(&draft, &["y=2021", "m=13"])), ["month"], "once is enough");
}

#[test]
fn a_day_is_read_in_reiwa_and_compared_by_day() {
    let day = DateExpr::Day(id("y"), id("m"), id("d"));
    let draft = Draft::new().number("y").number("m").number("d");
    let draft = draft.rule("late", Severity::Deficiency, Check::NotAfter(day, DateExpr::Received));
    let judge = |d: &str| names(&validate(&draft.0, &filled(&["y=03", "m=04", d]), &postmarked(date(2021, 4, 1)))).join(" ");
    assert_eq!(judge("d=05"), "");
    assert_eq!(judge("d=06"), "late");
    assert_eq!(judge("d=31"), "no-such-date");
}

#[test]
fn marks_are_counted_and_options_called_by_their_labels() {
    let draft = Draft::new()
        .choice("one", Select::One, &["a", "b"])
        .required()
        .choice("two", Select::AtMost(2), &["a", "b", "c"])
        .rule("none", Severity::Deficiency, Check::ExactlyOne(id("one")))
        .message("「{one}」では困ります。");
    let over = judge(&draft, &["one=a|b", "two=a|b|c"]);
    assert_eq!(names(&over), ["none", "too-many-marks"]);
    assert_eq!(over.findings[0].message, "「選択肢a、選択肢b」では困ります。");
    assert_eq!(names(&judge(&draft, &["one=", "two="])), ["none"], "left out is told once");
}

#[test]
fn lists_shapes_counts_and_repeats() {
    let five = ids(["a", "b", "c", "n", "m"]);
    let mut draft = five.iter().fold(Draft::new(), |d, f| d.text(&f.0));
    let rules = [
        ("prefecture", Check::InList(id("a"), words(&["@prefectures"]))),
        ("shape", Check::Pattern(id("b"), words(&["CAF9999999999", "COP99999999"]))),
        ("count", Check::CountOf(id("n"), ids(["a", "b", "c"]).to_vec())),
        ("distinct", Check::Distinct(ids(["a", "c"]).to_vec())),
        ("same", Check::Same(id("n"), id("m"))),
        ("os", Check::NotLike(id("c"), words(&["Windows"]))),
    ];
    for (name, check) in rules {
        draft = draft.rule(name, Severity::Warning, check);
    }
    assert_eq!(names(&judge(&draft, &["a=東京", "b=ＣＡＦ0123456789", "c=受付1号機", "n=3", "m=３"])), [""; 0]);
    let wrong = judge(&draft, &["a=江戸", "b=0123456789", "c=江戸", "n=2", "m=3"]);
    assert_eq!(names(&wrong), ["prefecture", "shape", "count", "distinct", "same"]);
    assert_eq!(names(&judge(&draft, &["a=", "b=", "c=ｗｉｎｄｏｗｓ10", "n=1", "m="])), ["os"]);
    assert_eq!(names(&judge(&draft, &["a▨", "b=", "c=", "n=2", "m="])), ["count"], "one picture is one");
}

#[test]
fn characters_are_counted_not_bytes_and_a_picture_has_none() {
    let draft = Draft::new().text("t").rule("long", Severity::Confirm, Check::Length(id("t"), 3));
    assert_eq!(names(&judge(&draft, &["t=診療所"])), [""; 0]);
    assert_eq!(names(&judge(&draft, &["t=診療所前"])), ["long"]);
    assert_eq!(names(&judge(&draft, &["t= 診療所 "])), [""; 0], "space around it is not written");
    assert_eq!(names(&judge(&draft, &["t▨"])), [""; 0]);
}

#[test]
fn one_of_several_fields_is_filled_in_or_none_is_as_far_as_that_is_certain() {
    let draft = |filled| {
        let draft = Draft::new().text("a").text("b").text("t").rule("t", Severity::Deficiency, Check::Required(id("t")));
        draft.when(Condition::Filled(ids(["a", "b"]).to_vec(), filled))
    };
    for (what, any, none) in [
        (["a=", "b=x", "t="], true, false),
        (["a?", "b▨", "t="], true, false),
        (["a=", "b=", "t="], false, true),
        (["a=", "b?", "t="], false, false),
    ] {
        let said = |filled| names(&judge(&draft(filled), &what)).contains(&"t");
        assert_eq!((said(true), said(false)), (any, none), "{what:?}");
    }
}

#[test]
fn what_is_no_number_adds_nothing_to_a_sum() {
    let sum = Check::Sum(ids(["a", "b"]).to_vec(), Some(1), None);
    let draft = Draft::new().number("a").number("b").rule("sum", Severity::Confirm, sum);
    assert_eq!(names(&judge(&draft, &["a=未定", "b="])), ["sum"]);
    assert_eq!(names(&judge(&draft, &["a=未定", "b=1"])), [""; 0]);
    assert_eq!(names(&judge(&draft, &["a▨", "b="])), ["to-be-keyed"]);
}

#[test]
fn a_sheet_that_came_too_late_to_do_without_a_postmark_waits_for_a_person() {
    let until = date(2021, 3, 31);
    let judge = |received, postmarked_on| {
        let received_on = Some(received);
        let submission = Submission { received_on, postmarked_on, received_counts_until: Some(until), ..Submission::default() };
        let verdict = validate(&Draft::new().0, &FieldRecords::default(), &submission);
        (names(&verdict).join(" "), verdict.status)
    };
    let (late, waits) = (date(2021, 4, 1), "application-date-unknown".to_owned());
    assert_eq!(judge(late, None), (waits, Status::Review));
    assert_eq!(judge(until, None), (String::new(), Status::Accepted));
    assert_eq!(judge(late, Some(until)), (String::new(), Status::Accepted));
}

#[test]
fn what_joining_found_decides_too() {
    let problem = Finding {
        rule: "page-missing".to_owned(),
        severity: Severity::Confirm,
        fields: Vec::new(),
        message: "2枚中2枚目の用紙が見当たりません。".to_owned(),
        ask: None,
    };
    let submission = Submission { joining: vec![problem], ..Submission::default() };
    assert_eq!(validate(&Draft::new().0, &FieldRecords::default(), &submission).status, Status::Review);
}

/// A reader request without fault; `instead` replaces single fields.
fn reader_request(instead: &[&str]) -> FieldRecords {
    let good = [
        "prefecture_code=13",
        "score_table_code=4",
        "institution_code=0150268",
        "facility_name▨",
        "contact_name▨",
        "telephone=0312345678",
        "email▨",
        "units_fujitsu=1",
        "units_panasonic=",
        "units_almex=",
        "units_canon=",
        "start_year=2021",
        "start_month=10",
        "claims_online=planned",
        "claims_year=2021",
        "claims_month=9",
        "emr=",
        "emr_year=",
        "emr_month=",
    ];
    let name = |said: &str| said.split(['=', '?', '×', '▨']).next().map(str::to_owned);
    let replaced = |said: &str| instead.iter().find(|i| name(i) == name(said)).copied();
    let what: Vec<&str> = good.iter().map(|said| replaced(said).unwrap_or(said)).collect();
    filled(&what)
}

fn request(instead: &[&str], day: Date) -> Verdict {
    let catalogue = Catalogue::built_in().expect("sound form files");
    let form = catalogue.current("reader-request").expect("is built in");
    validate(form, &reader_request(instead), &postmarked(day))
}

#[test]
fn a_faultless_reader_request_is_accepted_and_a_faulty_one_told_every_fault() {
    let last = date(2021, 3, 31);
    let good = request(&[], last);
    assert_eq!((good.status, good.findings), (Status::Accepted, Vec::new()));
    let bad = request(&["units_canon=1", "contact_name=", "telephone=1234", "claims_month="], last);
    assert_eq!(bad.status, Status::Deficient);
    let told = ["required", "telephone-shape", "units-one-pharmacy", "claims-month-missing"];
    assert!(told.iter().all(|rule| names(&bad).contains(rule)), "{:?}", names(&bad));
    assert_eq!(request(&["institution_code=0150267"], last).status, Status::Review);
}

#[test]
fn a_request_without_any_reader_is_never_accepted_whatever_is_known_of_its_date() {
    let none = ["units_fujitsu="];
    for day in [date(2021, 1, 31), date(2021, 3, 31), date(2021, 4, 1)] {
        assert_eq!(request(&none, day).status, Status::Deficient, "{day}");
    }
    let catalogue = Catalogue::built_in().expect("sound form files");
    let form = catalogue.current("reader-request").expect("is built in");
    assert_eq!(validate(form, &reader_request(&none), &Submission::default()).status, Status::Review);
}
