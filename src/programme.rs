//! Dated facts of the programme that letters quote: numbers to call, makers, subsidies, lead times, deadlines.
//! The facts are in `forms/programme.toml`, each with its source; the application date chooses among them. Does not
//! decide who gets what: it says what was published.

use crate::codes::FacilityKind;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const BUILT_IN: &str = include_str!("../forms/programme.toml");

/// The application dates a fact holds for, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First.
    pub from: Date,
    /// Last; open where none.
    pub to: Option<Date>,
}

impl Validity {
    /// Whether a fact holds for that application date.
    pub fn covers(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// A fact: what it is about, when it holds, and who said so.
trait Fact {
    fn key(&self) -> String;
    fn validity(&self) -> Validity;
}

macro_rules! fact {
    ($kind:ty, |$fact:ident| $key:expr) => {
        impl Fact for $kind {
            fn key(&self) -> String {
                let $fact = self;
                $key
            }

            fn validity(&self) -> Validity {
                Validity { from: self.valid_from, to: self.valid_to }
            }
        }
    };
}

/// A number to call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telephone {
    /// Name within the file, such as `call-centre`.
    pub id: String,
    /// Who answers.
    pub name: String,
    /// The number as published.
    pub number: String,
    /// When somebody answers.
    pub hours: String,
    /// First application date.
    pub valid_from: Date,
    /// Last application date.
    pub valid_to: Option<Date>,
    /// Who said so.
    pub source: String,
}

fact!(Telephone, |fact| format!("telephone {}", fact.id));

/// A mail address or site.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name within the file: `mail`, `policy-mail`, `portal`.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// The address.
    pub value: String,
    /// First application date.
    pub valid_from: Date,
    /// Last application date.
    pub valid_to: Option<Date>,
    /// Who said so.
    pub source: String,
}

fact!(Contact, |fact| format!("contact {}", fact.id));

/// A reader on offer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Name within the file.
    pub id: String,
    /// Maker as the form prints it.
    pub maker: String,
    /// Model as the form prints it, without the spacing.
    pub model: String,
    /// First application date.
    pub valid_from: Date,
    /// Last application date.
    pub valid_to: Option<Date>,
    /// Who said so.
    pub source: String,
}

fact!(Vendor, |fact| format!("vendor {}", fact.id));

/// The kinds of facility that subsidies distinguish. Whether a pharmacy is of a large chain stands on no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubsidyClass {
    /// 病院.
    Hospital,
    /// 大型チェーン薬局: of a group with 40,000 prescriptions a month or more.
    LargeChainPharmacy,
    /// 診療所 and every other 薬局.
    Other,
}

impl SubsidyClass {
    /// The classes a facility may belong to: two for a pharmacy, all where its kind is not known.
    pub fn of(kind: FacilityKind) -> &'static [Self] {
        match kind {
            FacilityKind::Hospital => &[Self::Hospital],
            FacilityKind::Clinic | FacilityKind::Dental => &[Self::Other],
            FacilityKind::Pharmacy => &[Self::Other, Self::LargeChainPharmacy],
            FacilityKind::Unknown => &[Self::Hospital, Self::Other, Self::LargeChainPharmacy],
        }
    }
}

/// How many readers are free of charge.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeReaders {
    /// For whom.
    pub facility: SubsidyClass,
    /// At most so many.
    pub most: u32,
    /// First application date.
    pub valid_from: Date,
    /// Last application date.
    pub valid_to: Option<Date>,
    /// Who said so.
    pub source: String,
}

fact!(FreeReaders, |fact| format!("readers {:?}", fact.facility));

/// A subsidy. Amounts are in yen with tax.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsidy {
    /// For whom.
    pub facility: SubsidyClass,
    /// With so many readers.
    pub readers: u32,
    /// Project cost taken into account at most.
    pub cost: u32,
    /// Share of the cost: `10/10` is the cost itself.
    pub rate: String,
    /// Paid at most.
    pub most: u32,
    /// First application date.
    pub valid_from: Date,
    /// Last application date.
    pub valid_to: Option<Date>,
    /// Who said so.
    pub source: String,
}

fact!(Subsidy, |fact| format!("subsidy {:?} with {} readers", fact.facility, fact.readers));

/// How long something takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadTime {
    /// Name within the file, such as `certificate-paper`.
    pub id: String,
    /// What takes so long.
    pub name: String,
    /// How many.
    pub amount: i64,
    /// Of what.
    pub unit: TimeUnit,
    /// First application date.
    pub valid_from: Date,
    /// Last application date.
    pub valid_to: Option<Date>,
    /// Who said so.
    pub source: String,
}

fact!(LeadTime, |fact| format!("lead time {}", fact.id));

/// Units of a lead time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeUnit {
    /// 日.
    Days,
    /// 営業日.
    BusinessDays,
    /// か月.
    Months,
}

impl LeadTime {
    /// As letters write it: `15日`, `2か月`.
    pub fn text(&self) -> String {
        let unit = match self.unit {
            TimeUnit::Days => "日",
            TimeUnit::BusinessDays => "営業日",
            TimeUnit::Months => "か月",
        };
        format!("{}{unit}", self.amount)
    }

    /// The day it is over when it starts on `start`; none for business days, which need a calendar of holidays.
    pub fn after(&self, start: Date) -> Option<Date> {
        let span: Span = match self.unit {
            TimeUnit::Days => self.amount.days(),
            TimeUnit::Months => self.amount.months(),
            TimeUnit::BusinessDays => return None,
        };
        start.checked_add(span).ok()
    }
}

/// A day by which something must be done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Name within the file, such as `increased-subsidy`.
    pub id: String,
    /// What must be done.
    pub name: String,
    /// The last day.
    pub on: Date,
    /// First application date.
    pub valid_from: Date,
    /// Last application date.
    pub valid_to: Option<Date>,
    /// Who said so.
    pub source: String,
}

fact!(Deadline, |fact| format!("deadline {}", fact.id));

/// All facts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    telephone: Vec<Telephone>,
    contact: Vec<Contact>,
    vendor: Vec<Vendor>,
    readers: Vec<FreeReaders>,
    subsidy: Vec<Subsidy>,
    lead_time: Vec<LeadTime>,
    deadline: Vec<Deadline>,
}

/// A programme file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgrammeError {
    /// Not the file's shape.
    #[error("programme.toml: {0}")]
    Syntax(String),
    /// Facts of one name that overlap, leave a gap, or end before they begin.
    #[error("programme.toml: {}", .0.join("; "))]
    Validity(Vec<String>),
}

static PROGRAMME: LazyLock<Result<Programme, ProgrammeError>> = LazyLock::new(|| Programme::from_toml(BUILT_IN));

impl Programme {
    /// The facts built into the program.
    pub fn built_in() -> Result<&'static Self, ProgrammeError> {
        PROGRAMME.as_ref().map_err(Clone::clone)
    }

    /// Reads facts; periods of one name that overlap or leave a gap are errors, all told at once.
    pub fn from_toml(text: &str) -> Result<Self, ProgrammeError> {
        let programme: Self = toml::from_str(text).map_err(|e| ProgrammeError::Syntax(e.to_string()))?;
        let mistakes = programme.mistakes();
        if mistakes.is_empty() { Ok(programme) } else { Err(ProgrammeError::Validity(mistakes)) }
    }

    fn mistakes(&self) -> Vec<String> {
        let mut periods: BTreeMap<String, Vec<Validity>> = BTreeMap::new();
        gather(&self.telephone, &mut periods);
        gather(&self.contact, &mut periods);
        gather(&self.vendor, &mut periods);
        gather(&self.readers, &mut periods);
        gather(&self.subsidy, &mut periods);
        gather(&self.lead_time, &mut periods);
        gather(&self.deadline, &mut periods);
        periods.into_iter().flat_map(|(key, periods)| unsound(&key, periods)).collect()
    }

    /// The number to call, by name within the file.
    pub fn telephone(&self, id: &str, day: Date) -> Option<&Telephone> {
        self.telephone.iter().find(|f| f.id == id && f.validity().covers(day))
    }

    /// A mail address or site, by name within the file.
    pub fn contact(&self, id: &str, day: Date) -> Option<&Contact> {
        self.contact.iter().find(|f| f.id == id && f.validity().covers(day))
    }

    /// The readers on offer, in the file's order.
    pub fn vendors(&self, day: Date) -> impl Iterator<Item = &Vendor> {
        self.vendor.iter().filter(move |f| f.validity().covers(day))
    }

    /// How many readers are free of charge.
    pub fn free_readers(&self, facility: SubsidyClass, day: Date) -> Option<u32> {
        self.readers.iter().find(|f| f.facility == facility && f.validity().covers(day)).map(|f| f.most)
    }

    /// The subsidy for a facility with so many readers.
    pub fn subsidy(&self, facility: SubsidyClass, readers: u32, day: Date) -> Option<&Subsidy> {
        self.subsidy.iter().find(|f| f.facility == facility && f.readers == readers && f.validity().covers(day))
    }

    /// How long something takes, by name within the file.
    pub fn lead_time(&self, id: &str, day: Date) -> Option<&LeadTime> {
        self.lead_time.iter().find(|f| f.id == id && f.validity().covers(day))
    }

    /// A deadline, by name within the file, as it held for that application date.
    pub fn deadline(&self, id: &str, day: Date) -> Option<&Deadline> {
        self.deadline.iter().find(|f| f.id == id && f.validity().covers(day))
    }

    /// The last postmark with the increased subsidy: a sheet received by then was posted by then, whatever its postmark.
    pub fn increased_subsidy_until(&self) -> Option<Date> {
        self.deadline.iter().filter(|f| f.id == "increased-subsidy").map(|f| f.on).max()
    }
}

fn gather<F: Fact>(facts: &[F], periods: &mut BTreeMap<String, Vec<Validity>>) {
    for fact in facts {
        periods.entry(fact.key()).or_default().push(fact.validity());
    }
}

/// What is wrong with the periods of one name.
fn unsound(key: &str, mut periods: Vec<Validity>) -> Vec<String> {
    periods.sort_by_key(|p| p.from);
    let backwards = periods.iter().filter(|p| p.to.is_some_and(|to| to < p.from));
    let backwards = backwards.map(|p| format!("{key}: the period from {} ends before it begins", p.from));
    let broken = periods.windows(2).filter_map(|pair| match pair[0].to {
        Some(to) if to.tomorrow().ok() == Some(pair[1].from) => None,
        Some(to) if to < pair[1].from => Some(format!("{key}: nothing holds between {to} and {}", pair[1].from)),
        _ => Some(format!("{key}: two hold on {}", pair[1].from)),
    });
    backwards.chain(broken).collect()
}

#[cfg(test)]
mod tests;
