//! The facility behind a form: its code, what the master says of it, and whether the form says the same.

use super::case::Case;
use super::known::Known;
use crate::codes::{CheckDigit, FacilityCode, FacilityKind, is_extended};
use crate::form::{Check, FieldId, FieldKind, MasterColumn, Severity};
use crate::master::Facility;
use crate::record::Finding;

/// What the master says of the form's facility.
#[derive(Debug, Clone, Copy)]
pub(super) enum Listing<'a> {
    /// The form's code is not certain, or it has none.
    Unread,
    /// There is no master, or the facility is not in it.
    Unlisted,
    /// Its entry.
    Listed(&'a Facility),
}

impl Listing<'_> {
    /// The kind of facility the master gives; none where the code is not certain.
    pub(super) fn kind(&self) -> Option<FacilityKind> {
        match self {
            Self::Unread => None,
            Self::Unlisted => Some(FacilityKind::Unknown),
            Self::Listed(facility) => Some(facility.kind),
        }
    }
}

/// Looks the form's facility up.
pub(super) fn listing<'a>(case: &Case<'a>) -> Listing<'a> {
    let Some(ids) = &case.form.facility_code else { return Listing::Unread };
    let master = case.submission.master;
    match (is_read(case, ids), code(case, ids).zip(master).and_then(|(code, master)| master.get(&code))) {
        (_, Some(facility)) => Listing::Listed(facility),
        (true, None) => Listing::Unlisted,
        (false, None) => Listing::Unread,
    }
}

fn is_read(case: &Case, ids: &[FieldId; 3]) -> bool {
    ids.iter().all(|id| matches!(case.known(id), Known::Values(_)))
}

/// The code in three fields, where all are certain and make ten digits.
pub(super) fn code(case: &Case, [a, b, c]: &[FieldId; 3]) -> Option<FacilityCode> {
    FacilityCode::from_parts([case.text(a)?, case.text(b)?, case.text(c)?]).ok()
}

/// Whether the check digit fits; nothing is said where a part is missing or nobody knows the rule. Digits that are not
/// ten, or a prefecture that does not exist, are no code at all.
pub(super) fn check_digit(case: &Case, ids: &[FieldId; 3]) -> Option<bool> {
    if !is_read(case, ids) {
        return None;
    }
    let Some(code) = code(case, ids) else { return Some(false) };
    match code.check() {
        CheckDigit::RuleUnknown => None,
        check => Some(check == CheckDigit::Right && code.prefecture().is_some()),
    }
}

/// Whether the facility is in the master; nothing is said where there is none or a part is missing.
pub(super) fn in_master(case: &Case, ids: &[FieldId; 3]) -> Option<bool> {
    let master = case.submission.master.filter(|_| is_read(case, ids))?;
    Some(code(case, ids).is_some_and(|code| master.get(&code).is_some()))
}

/// Whether a text agrees with the master; nothing is said where either has nothing.
pub(super) fn as_in_master(case: &Case, id: &FieldId, column: MasterColumn) -> Option<bool> {
    let Listing::Listed(facility) = case.listing else { return None };
    let written = case.text(id)?;
    listed(case, column)?;
    Some(match column {
        MasterColumn::Name => facility.is_named(written),
        MasterColumn::Telephone => facility.has_telephone(written),
        MasterColumn::Postal => facility.has_postal(written),
    })
}

/// What the master has in a column for the form's facility; none where it has nothing.
pub(super) fn listed<'a>(case: &Case<'a>, column: MasterColumn) -> Option<&'a str> {
    let Listing::Listed(facility) = case.listing else { return None };
    let listed = match column {
        MasterColumn::Name => &facility.name,
        MasterColumn::Telephone => &facility.telephone,
        MasterColumn::Postal => &facility.postal,
    };
    (!listed.is_empty()).then_some(listed)
}

/// Whether any text or number of the form is the facility's name or telephone number.
pub(super) fn agrees(case: &Case, facility: &Facility) -> bool {
    says(case, |text| facility.is_named(text)) || says(case, |text| facility.has_telephone(text))
}

fn says(case: &Case, is_it: impl Fn(&str) -> bool) -> bool {
    let is_written =
        |kind: &FieldKind| matches!(kind, FieldKind::Text { .. } | FieldKind::Number { .. } | FieldKind::Digits { .. });
    let written = case.form.fields.iter().filter(|f| is_written(&f.kind));
    written.filter_map(|f| case.text(&f.id)).any(is_it)
}

/// What is to be said of the facility beside the form's rules.
pub(super) fn findings(case: &Case) -> Vec<Finding> {
    let Some(ids) = &case.form.facility_code else { return Vec::new() };
    let mut findings: Vec<Finding> = code(case, ids).map_or_else(Vec::new, |code| of_the_code(case, ids, &code));
    if let Listing::Listed(facility) = case.listing {
        findings.extend(of_the_entry(case, ids, facility));
    }
    findings
}

fn of_the_code(case: &Case, ids: &[FieldId; 3], code: &FacilityCode) -> Vec<Finding> {
    let mut findings = Vec::new();
    if is_extended(code.prefecture_number()) {
        let message = format!("都道府県コード「{:02}」は、通常使われない51以降の番号です。", code.prefecture_number());
        findings.push(finding("prefecture-reserve", Severity::Warning, &ids[..1], message));
    }
    let is_checked = case.form.rules.iter().any(|r| matches!(r.check, Check::CheckDigit(_)));
    if is_checked && code.check() == CheckDigit::RuleUnknown {
        let message = "この都道府県コードの検証番号の決まりが公表されていないため、検証番号は確認していません。".to_owned();
        findings.push(finding("check-digit-unknown", Severity::Info, ids, message));
    }
    findings
}

fn of_the_entry(case: &Case, ids: &[FieldId; 3], facility: &Facility) -> Vec<Finding> {
    let by_name = says(case, |text| facility.is_named(text)).then_some("名称");
    let by_telephone = says(case, |text| facility.has_telephone(text)).then_some("電話番号");
    let agreeing: Vec<&str> = [by_name, by_telephone].into_iter().flatten().collect();
    let mut findings = Vec::new();
    if !agreeing.is_empty() {
        let message = format!("医療機関等コードと{}が、名簿と一致しています。", agreeing.join("・"));
        findings.push(finding("master-agrees", Severity::Info, ids, message));
    }
    if facility.suspended {
        let message = "名簿では休止中の医療機関等です。".to_owned();
        findings.push(finding("master-suspended", Severity::Info, ids, message));
    }
    findings
}

fn finding(rule: &str, severity: Severity, fields: &[FieldId], message: String) -> Finding {
    Finding { rule: rule.to_owned(), severity, fields: fields.to_vec(), message, ask: None }
}
