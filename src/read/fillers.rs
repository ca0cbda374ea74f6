//! Dashes that fill the unused leading cells of a comb: "- - 7". One dash before a number may be a minus sign; it says that a place is
//! not used where everybody can see that this hand fills all of them so. Looks at the cells of a whole page.

use super::{CellScore, Evidence, Reading};
use crate::recognize::{DigitClass, DigitScores};

/// Numbers with leading dashes from which they are somebody's habit.
const HABIT: usize = 3;

/// Takes leading dashes for unused cells where a page shows that they are: several numbers have them, at least one more than a single
/// one, and no number has a leading cell that was left blank.
pub(super) fn take_out(readings: &mut [Reading]) {
    let leading = |cells: &[CellScore]| {
        let dashes = cells.iter().take_while(|cell| cell.dash).count();
        let is_number = cells.get(dashes).is_some_and(is_digit) && !cells[dashes..].iter().any(|cell| cell.dash);
        if is_number { dashes } else { 0 }
    };
    let is_left_blank = |cells: &[CellScore]| {
        let blank = cells.iter().take_while(|cell| cell.scores.best().0 == DigitClass::Blank).count();
        blank > 0 && cells.get(blank).is_some_and(|cell| cell.dash || is_digit(cell))
    };
    let combs = || readings.iter().filter_map(|reading| cells_of(&reading.evidence));
    let dashes: Vec<usize> = combs().map(leading).filter(|dashes| *dashes > 0).collect();
    if dashes.len() < HABIT || dashes.iter().all(|dashes| *dashes == 1) || combs().any(is_left_blank) {
        return;
    }
    for reading in readings {
        let Evidence::Digits(cells) = &mut reading.evidence else { continue };
        let dashes = leading(cells);
        for cell in &mut cells[..dashes] {
            // What else there is in the cell stays a doubt.
            cell.scores = DigitScores::certain(DigitClass::Blank);
            cell.slash = false;
        }
    }
}

fn cells_of(evidence: &Evidence) -> Option<&[CellScore]> {
    if let Evidence::Digits(cells) = evidence { Some(cells) } else { None }
}

fn is_digit(cell: &CellScore) -> bool {
    matches!(cell.scores.best().0, DigitClass::Digit(_)) && !cell.dash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FieldId;
    use crate::geometry::RectMm;
    use crate::read::{Pen, Placement};

    /// A comb of which `-` is a dash, `_` a blank cell and any other a digit.
    fn comb(seen: &str) -> Reading {
        let cell = |c: char| match c {
            '-' => CellScore { dash: true, ..CellScore::plain(DigitScores::certain(DigitClass::Rubbish)) },
            '_' => CellScore::plain(DigitScores::certain(DigitClass::Blank)),
            digit => CellScore::plain(DigitScores::certain(DigitClass::Digit(digit as u8 - b'0'))),
        };
        Reading {
            field: FieldId("n".to_owned()),
            page: 1,
            box_mm: RectMm::new(0.0, 0.0, 21.0, 8.0),
            placement: Placement::Unchecked,
            pen: Pen::Sound,
            evidence: Evidence::Digits(seen.chars().map(cell).collect()),
        }
    }

    fn after(page: &[&str]) -> Vec<String> {
        let mut readings: Vec<Reading> = page.iter().map(|seen| comb(seen)).collect();
        take_out(&mut readings);
        let as_seen = |cell: &CellScore| match cell.scores.best().0 {
            DigitClass::Digit(d) => char::from(b'0' + d),
            DigitClass::Blank => '_',
            DigitClass::Struck | DigitClass::Rubbish => '-',
        };
        readings.iter().filter_map(|r| cells_of(&r.evidence)).map(|cells| cells.iter().map(as_seen).collect()).collect()
    }

    #[test]
    fn dashes_fill_what_is_not_used_where_all_of_a_page_is_filled_so() {
        assert_eq!(after(&["--7", "-12", "345", "-60"]), ["__7", "_12", "345", "_60"]);
        assert_eq!(after(&["-27", "-12", "-45", "345"]), ["-27", "-12", "-45", "345"], "three numbers below nought");
        assert_eq!(after(&["--7", "-12", "_-4", "-60"]), ["--7", "-12", "_-4", "-60"], "a minus beside a blank cell");
        assert_eq!(after(&["--7", "-12", "_24", "-60"]), ["--7", "-12", "_24", "-60"], "who leaves cells blank");
        assert_eq!(after(&["--7", "-12"]), ["--7", "-12"], "no habit");
    }

    #[test]
    fn a_dash_anywhere_else_stays() {
        assert_eq!(after(&["--7", "-12", "-60", "1-2", "---", "3--"]), ["__7", "_12", "_60", "1-2", "---", "3--"]);
    }
}
