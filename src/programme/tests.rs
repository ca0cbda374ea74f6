use super::*;
use jiff::civil::date;

fn built_in() -> &'static Programme {
    Programme::built_in().expect("the built-in facts are sound")
}

#[test]
fn the_application_date_chooses_the_number_to_call() {
    let number = |day| built_in().telephone("call-centre", day).map(|t| t.number.as_str());
    assert_eq!(number(date(2021, 3, 2)), Some("0800-8007121"));
    assert_eq!(number(date(2021, 3, 3)), Some("0800-0804583"));
    assert_eq!(number(date(2020, 1, 1)), None);
}

#[test]
fn a_fourth_maker_joins_in_march_2021() {
    assert_eq!(built_in().vendors(date(2021, 3, 2)).count(), 3);
    assert_eq!(built_in().vendors(date(2021, 3, 3)).count(), 4);
}

#[test]
fn one_day_halves_the_subsidy_of_a_hospital() {
    let most = |class, readers, day| built_in().subsidy(class, readers, day).map(|s| s.most);
    let (last, after) = (date(2021, 3, 31), date(2021, 4, 1));
    assert_eq!(most(SubsidyClass::Hospital, 3, last), Some(1_903_000));
    assert_eq!(most(SubsidyClass::Hospital, 3, after), Some(951_000));
    assert_eq!(most(SubsidyClass::Other, 1, after), Some(321_000));
    assert_eq!(most(SubsidyClass::LargeChainPharmacy, 1, after), Some(214_000));
    assert_eq!(most(SubsidyClass::Other, 2, last), None);
}

#[test]
fn every_amount_follows_from_its_cost_and_rate() {
    for subsidy in &built_in().subsidy {
        let (part, whole) = subsidy.rate.split_once('/').expect("a fraction");
        let (part, whole): (u32, u32) = (part.parse().expect("a number"), whole.parse().expect("a number"));
        let due = subsidy.cost / whole * part + subsidy.cost % whole * part / whole;
        assert_eq!(subsidy.most, due / 1000 * 1000, "{subsidy:?}");
    }
}

#[test]
fn a_paper_application_for_certificates_is_answered_in_fifteen_days() {
    let lead = built_in().lead_time("certificate-paper", date(2021, 4, 1)).expect("a lead time");
    assert_eq!((lead.text().as_str(), lead.after(date(2021, 4, 1))), ("15日", Some(date(2021, 4, 16))));
    let early = built_in().lead_time("certificate-web", date(2020, 12, 1)).expect("a lead time");
    assert_eq!((early.text().as_str(), early.after(date(2020, 12, 1))), ("5営業日", None));
}

#[test]
fn the_extended_day_for_choosing_a_model_holds_for_those_it_was_given_to() {
    let on = |day| built_in().deadline("model-selection", day).map(|d| d.on);
    assert_eq!(on(date(2021, 3, 15)), Some(date(2021, 8, 1)));
    assert_eq!(on(date(2021, 4, 1)), None);
    assert_eq!(built_in().increased_subsidy_until(), Some(date(2021, 3, 31)));
}

fn with_second_number(from: &str) -> Result<Programme, ProgrammeError> {
    Programme::from_toml(&BUILT_IN.replace("valid_to = \"2021-03-02\"", &format!("valid_to = \"{from}\"")))
}

#[test]
fn periods_that_overlap_or_leave_a_gap_are_refused() {
    assert!(matches!(with_second_number("2021-03-03"), Err(ProgrammeError::Validity(m)) if m[0].contains("two hold")));
    assert!(matches!(with_second_number("2021-03-01"), Err(ProgrammeError::Validity(m)) if m[0].contains("nothing holds")));
    let error = with_second_number("2020-10-01").expect_err("ends before it begins");
    assert!(error.to_string().contains("ends before it begins"), "{error}");
}

#[test]
fn an_unknown_key_is_refused() {
    assert!(matches!(Programme::from_toml(&BUILT_IN.replace("hours =", "ours =")), Err(ProgrammeError::Syntax(_))));
}
