//! Which subsidy an application date opens, and its ceilings, in words. What is not known is said plainly: both dates
//! where the postmark is missing, every case where the kind of facility is not known. Decides nothing: it quotes.

use super::wording::Days;
use crate::calendar::japanese;
use crate::codes::FacilityKind;
use crate::programme::{Programme, Subsidy, SubsidyClass};
use jiff::civil::Date;

/// The lines that say what subsidy applies to `readers` readers (0 where no model has been chosen yet).
pub(super) fn lines(programme: &Programme, days: &Days, kind: FacilityKind, readers: u32) -> Vec<String> {
    let Some(last) = programme.increased_subsidy_until() else { return Vec::new() };
    let until = japanese(last);
    let next = last.tomorrow().unwrap_or(last);
    let at = |day| ceilings(programme, kind, readers, day);
    match days.applied() {
        Some(day) if day <= last => with(format!("{until}消印有効の補助の増額の対象です。"), at(day)),
        Some(day) => with(format!("{until}消印有効の補助の増額の対象外です。"), at(day)),
        None => {
            let mut all = vec!["消印日が確認できないため、次のいずれに当たるかは確認中です。".to_owned()];
            all.push(format!("{until}以前の消印の場合"));
            all.extend(at(last).iter().map(|line| format!("　{line}")));
            all.push(format!("{}以後の消印の場合", japanese(next)));
            all.extend(at(next).iter().map(|line| format!("　{line}")));
            all
        }
    }
}

fn with(first: String, rest: Vec<String>) -> Vec<String> {
    std::iter::once(first).chain(rest).collect()
}

/// A line for every class the facility may belong to.
fn ceilings(programme: &Programme, kind: FacilityKind, readers: u32, day: Date) -> Vec<String> {
    let cases = cases(kind, readers).into_iter().filter_map(|(class, readers)| programme.subsidy(class, readers, day));
    let mut lines = Vec::new();
    let found: Vec<&Subsidy> = cases.collect();
    let alike = found.windows(2).all(|pair| pair[0].rate == pair[1].rate && pair[0].most == pair[1].most);
    if kind == FacilityKind::Pharmacy && alike {
        lines.extend(found.first().map(|s| format!("薬局：{}", amount(s))));
    } else {
        lines.extend(found.iter().map(|s| format!("{}：{}", name(kind, s), amount(s))));
    }
    lines
}

fn cases(kind: FacilityKind, readers: u32) -> Vec<(SubsidyClass, u32)> {
    let hospital: Vec<u32> = if (1..=3).contains(&readers) { vec![readers] } else { vec![1, 2, 3] };
    let hospital = hospital.into_iter().map(|n| (SubsidyClass::Hospital, n));
    match kind {
        FacilityKind::Hospital => hospital.collect(),
        FacilityKind::Clinic | FacilityKind::Dental => vec![(SubsidyClass::Other, 1)],
        FacilityKind::Pharmacy => vec![(SubsidyClass::Other, 1), (SubsidyClass::LargeChainPharmacy, 1)],
        // Pharmacies and dentists are told by their score table; what is left is 医科.
        FacilityKind::Unknown => hospital.chain([(SubsidyClass::Other, 1)]).collect(),
    }
}

fn name(kind: FacilityKind, subsidy: &Subsidy) -> String {
    match (subsidy.facility, kind) {
        (SubsidyClass::Hospital, FacilityKind::Hospital | FacilityKind::Unknown) => {
            format!("病院（カードリーダー{}台）", subsidy.readers)
        }
        (SubsidyClass::LargeChainPharmacy, _) => "大型チェーン薬局".to_owned(),
        (_, FacilityKind::Pharmacy) => "薬局（大型チェーン薬局以外）".to_owned(),
        _ => "診療所".to_owned(),
    }
}

fn amount(subsidy: &Subsidy) -> String {
    let share = match subsidy.rate.split_once('/') {
        Some((whole, of)) if whole == of => "実費を補助".to_owned(),
        Some((part, of)) => format!("{of}分の{part}を補助"),
        None => subsidy.rate.clone(),
    };
    format!("{share}（上限{}円）", grouped(subsidy.most))
}

fn grouped(yen: u32) -> String {
    let digits = yen.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        assert_eq!(grouped(2_101_000), "2,101,000");
        assert_eq!(grouped(951), "951");
    }

    #[test]
    fn a_clinic_before_and_after_the_turn() {
        let programme = Programme::built_in().expect("the built-in facts can be read");
        let at = |m, d| ceilings(programme, FacilityKind::Clinic, 1, jiff::civil::date(2021, m, d)).join("");
        assert_eq!(at(3, 31), "診療所：実費を補助（上限429,000円）");
        assert_eq!(at(4, 1), "診療所：4分の3を補助（上限321,000円）");
    }
}
