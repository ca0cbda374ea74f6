//! To whom a letter goes. The forms ask for no postal address, so it comes from the facility master, and only where the
//! name or the telephone number on the sheet says that the code is really this facility's. Does not lay anything out.

use crate::codes::{FacilityCode, FacilityKind};
use crate::form::{FieldId, Form};
use crate::master::{Facility, Master};
use crate::record::Record;

/// Names by which forms call the fields that tell who the applicant is.
const NAME: &str = "facility_name";
const TELEPHONE: &str = "telephone";
const CONTACT: &str = "contact_name";

/// What the master says of the applicant, confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addressee {
    /// Postal code, `105-0004`, or empty.
    pub postal: String,
    /// Address, or empty.
    pub address: String,
    /// Name of the facility.
    pub name: String,
    /// Person in charge, where it is known in characters.
    pub contact: Option<String>,
}

/// Why a letter has no address, for the operator; never shown in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// No master was given.
    NoMaster,
    /// The code is not read, or not in the master.
    UnknownCode,
    /// Neither name nor telephone number agrees with the master.
    Unconfirmed,
    /// The master has no address for the facility.
    NotListed,
}

impl NoAddress {
    /// What to do, in Japanese.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::NoMaster => "医療機関等の名簿が指定されていないため、宛名を印字していません。送付先を確認してください。",
            Self::UnknownCode => "医療機関等コードが名簿で確認できないため、宛名を印字していません。送付先を確認してください。",
            Self::Unconfirmed => {
                "名簿の名称・電話番号と申請書の記載との一致が確認できないため、宛名を印字していません。送付先を確認してください。"
            }
            Self::NotListed => "名簿に所在地がないため、宛名を印字していません。送付先を確認してください。",
        }
    }
}

/// The addressee of a record, or why there is none.
pub(super) fn addressee(record: &Record, form: &Form, master: Option<&Master>) -> Result<Addressee, NoAddress> {
    let facility = confirmed(record, form, master)?;
    if facility.address.trim().is_empty() {
        return Err(NoAddress::NotListed);
    }
    Ok(Addressee {
        postal: postal(&facility.postal),
        address: facility.address.trim().to_owned(),
        name: facility.name.trim().to_owned(),
        contact: one(record, CONTACT).map(str::to_owned),
    })
}

/// The facility of the master whose code is on the sheet, where name or telephone number agrees.
pub(super) fn confirmed<'m>(record: &Record, form: &Form, master: Option<&'m Master>) -> Result<&'m Facility, NoAddress> {
    let master = master.ok_or(NoAddress::NoMaster)?;
    let facility = code(record, form).and_then(|code| master.get(&code)).ok_or(NoAddress::UnknownCode)?;
    let named = one(record, NAME).is_some_and(|name| facility.is_named(name));
    let called = one(record, TELEPHONE).is_some_and(|number| facility.has_telephone(number));
    if named || called { Ok(facility) } else { Err(NoAddress::Unconfirmed) }
}

/// What the applicant is: by the confirmed master, else by the score table as far as that tells (医科 is hospitals and
/// clinics alike).
pub(super) fn kind(record: &Record, form: &Form, master: Option<&Master>) -> FacilityKind {
    let listed = confirmed(record, form, master).map_or(FacilityKind::Unknown, |f| f.kind);
    match (listed, code(record, form).map(|c| c.digits()[2])) {
        (FacilityKind::Unknown, Some(3)) => FacilityKind::Dental,
        (FacilityKind::Unknown, Some(4)) => FacilityKind::Pharmacy,
        (kind, _) => kind,
    }
}

fn code(record: &Record, form: &Form) -> Option<FacilityCode> {
    let ids = form.facility_code.as_ref()?;
    let [pp, t, rest] = [0, 1, 2].map(|i| record.fields.one(&ids[i]));
    FacilityCode::from_parts([pp?, t?, rest?]).ok()
}

fn one<'r>(record: &'r Record, id: &str) -> Option<&'r str> {
    record.fields.one(&FieldId(id.to_owned())).map(str::trim).filter(|text| !text.is_empty())
}

fn postal(listed: &str) -> String {
    let digits: String = listed.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 7 { format!("{}-{}", &digits[..3], &digits[3..]) } else { String::new() }
}
