//! The facility list an office would have beside the sheets: who sent them as far as the list knows them, and others whose
//! codes and telephone numbers are near enough to be taken for theirs. Like any list it lags behind: some who write are not
//! on it yet, or have moved since. Does not read a list (`master` does).

use super::dice::Dice;
use super::phrases;
use super::values::{Answers, check_digit};
use crate::codes::FacilityKind;
use crate::form::MasterColumn;
use std::collections::BTreeMap;

/// Share of senders the list does not have yet.
const NEW: f64 = 0.03;

/// Share of senders whose telephone number, postal code or name (each) is another on the list.
const CHANGED: f64 = 0.03;

/// Share of senders with a second facility at the same telephone (併設).
const PAIRED: f64 = 0.1;

/// Others of the same district and score table, whose codes differ from the sender's in a few digits.
const NEIGHBOURS: usize = 30;

/// A facility of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: FacilityKind,
    name: String,
    postal: String,
    telephone: String,
}

/// The list, by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Roll(BTreeMap<[u8; 10], Entry>);

impl Roll {
    /// Adds the facilities of one submission: none where the form has no facility code, or it was left out or miswritten.
    /// Senders stand before their neighbours where codes meet.
    pub(super) fn add(&mut self, answers: &Answers<'_>, dice: &mut Dice) {
        let code = answers.form.facility_code.as_ref().and_then(|ids| answers.code(ids));
        let Some(code) = code.filter(|code| check_digit(code) == code[9]) else { return };
        let sender = sender(&code, answers, dice);
        if dice.chance(PAIRED) {
            let table = *dice.pick(&[1, 3, 4]);
            let other = another(&[&code[..2], &[table], &code[3..5]].concat(), dice);
            let entry = Entry { telephone: sender.telephone.clone(), postal: sender.postal.clone(), ..any(other[2], dice) };
            self.0.entry(other).or_insert(entry);
        }
        for _ in 0..NEIGHBOURS {
            let other = another(&code[..5], dice);
            if other != code {
                self.0.entry(other).or_insert_with(|| any(other[2], dice));
            }
        }
        if !dice.chance(NEW) {
            self.0.insert(code, sender);
        }
    }

    /// As the CSV that `--master` takes; none where it is empty.
    pub(super) fn csv(&self) -> Option<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["code10", "kind", "name", "postal", "tel"]).ok()?;
        for (code, entry) in &self.0 {
            let code: String = code.iter().map(|d| char::from(b'0' + d)).collect();
            writer.write_record([&code, entry.kind.as_str(), &entry.name, &entry.postal, &entry.telephone]).ok()?;
        }
        if self.0.is_empty() { None } else { writer.into_inner().ok() }
    }
}

/// Who sent a form, as the list has them.
fn sender(code: &[u8; 10], answers: &Answers<'_>, dice: &mut Dice) -> Entry {
    let listed = any(code[2], dice);
    let mut said = |column: MasterColumn, otherwise: String| {
        let changed = dice.chance(CHANGED);
        answers.column(column).filter(|_| !changed).unwrap_or(otherwise)
    };
    let [name, postal, telephone] = [
        said(MasterColumn::Name, listed.name),
        said(MasterColumn::Postal, listed.postal),
        said(MasterColumn::Telephone, listed.telephone),
    ];
    Entry { kind: kind(code[2], answers), name, postal, telephone }
}

/// A facility of a score table that nobody asked about.
fn any(table: u8, dice: &mut Dice) -> Entry {
    let kind = match table {
        3 => FacilityKind::Dental,
        4 => FacilityKind::Pharmacy,
        _ => FacilityKind::Clinic,
    };
    let name = phrases::for_label("名称", dice);
    Entry { kind, name, postal: phrases::postal_code(dice), telephone: phrases::telephone(dice) }
}

/// A code that begins with these five digits: prefecture, score table, district.
fn another(first: &[u8], dice: &mut Dice) -> [u8; 10] {
    let mut code = [0; 10];
    code[..5].copy_from_slice(&first[..5]);
    code[5..9].iter_mut().for_each(|d| *d = dice.below(10) as u8);
    code[9] = check_digit(&code);
    code
}

/// What the sender is. The code does not tell hospitals from clinics: what the answers allow.
fn kind(table: u8, answers: &Answers<'_>) -> FacilityKind {
    match table {
        3 => FacilityKind::Dental,
        4 => FacilityKind::Pharmacy,
        _ if answers.are_those_of(FacilityKind::Clinic) => FacilityKind::Clinic,
        _ => FacilityKind::Hospital,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::FacilityCode;
    use crate::form::catalogue::Catalogue;
    use crate::master::Master;

    #[test]
    fn the_list_can_be_imported_and_has_most_who_write_and_many_who_do_not() {
        let catalogue = Catalogue::built_in().expect("the built-in forms are sound");
        let form = catalogue.current("reader-request").expect("a built-in form");
        let (mut roll, mut senders) = (Roll::default(), Vec::new());
        for number in 0..100 {
            let answers = Answers::new(form, jiff::civil::date(2021, 3, 25), &mut Dice::new(3, number, "values"));
            roll.add(&answers, &mut Dice::new(3, number, "roll"));
            let code = answers.code(form.facility_code.as_ref().expect("it has one")).expect("ten digits");
            let text: String = code.iter().map(|d| char::from(b'0' + d)).collect();
            senders.push((text.parse::<FacilityCode>().expect("a code"), answers.column(MasterColumn::Telephone)));
        }
        let master = Master::from_csv(&roll.csv().expect("it is not empty")).expect("a sound master");
        let listed: Vec<_> = senders.iter().filter_map(|(code, tel)| Some((master.get(code)?, tel))).collect();
        let same = listed.iter().filter(|(f, tel)| tel.as_ref().is_some_and(|tel| f.has_telephone(tel))).count();
        assert!((90..100).contains(&listed.len()), "{} of 100 are listed", listed.len());
        assert!((80..listed.len()).contains(&same), "{same} of them with their telephone number");
        assert!(master.version().facilities > 2500, "{}", master.version().facilities);
    }

    #[test]
    fn a_form_without_a_facility_code_has_no_list() {
        let catalogue = Catalogue::built_in().expect("the built-in forms are sound");
        let form = catalogue.current("intent-survey").expect("a built-in form");
        let mut roll = Roll::default();
        roll.add(
            &Answers::new(form, jiff::civil::date(2021, 3, 25), &mut Dice::new(3, 0, "values")),
            &mut Dice::new(3, 0, "roll"),
        );
        assert_eq!(roll.csv(), None);
    }
}
