//! What replaces a digit that was struck out is written above or below it, and may run into a cell of the row there: joined to its
//! digit, or alone where the rows lie close. Such cells are doubted. Does not read the correction.

use super::{CellScore, Evidence, Reading};
use crate::form::Form;
use crate::geometry::RectMm;
use crate::recognize::DigitClass;

/// How far from a struck cell the cells lie that its correction may run into, mm: the gap between two rows.
const NEAR_MM: f64 = 4.0;

/// How far ink goes on past its cell, towards the struck one, for it to be in doubt, mm. A digit's tail passes a frame by less as a
/// rule; here more is asked about.
const PAST_MM: f64 = 0.5;

/// Gap between rows under which a correction may lie within the cell above, mm.
const CLOSE_MM: f64 = 1.0;

/// Height below which a digit there may be one that was squeezed in, as a share of the middle height of the page's digits.
const SMALL: f64 = 0.75;

/// A cell of a comb, with what was seen there.
#[derive(Clone, Copy)]
struct Seen {
    /// Which reading it is of.
    comb: usize,
    /// Which cell of that.
    at: usize,
    area: RectMm,
    class: DigitClass,
    dash: bool,
    ink: Option<RectMm>,
}

/// Doubts what may hold a correction of another row's digit.
pub(super) fn doubt(form: &Form, readings: &mut [Reading]) {
    let all: Vec<Seen> = readings.iter().enumerate().flat_map(|(comb, reading)| seen(form, comb, reading)).collect();
    let usual = usual_height(&all);
    let struck = all.iter().filter(|cell| matches!(cell.class, DigitClass::Struck | DigitClass::Rubbish) && !cell.dash);
    let doubted: Vec<(usize, usize)> = struck
        .flat_map(|struck| all.iter().filter(move |cell| may_hold_its_correction(struck, cell, usual)))
        .map(|cell| (cell.comb, cell.at))
        .collect();
    for (comb, at) in doubted {
        if let Evidence::Digits(cells) = &mut readings[comb].evidence {
            cells[at].disturbed = true;
        }
    }
}

fn seen(form: &Form, comb: usize, reading: &Reading) -> Vec<Seen> {
    let (Evidence::Digits(cells), Some(field)) = (&reading.evidence, form.field(&reading.field)) else { return Vec::new() };
    let one = |(at, (area, cell)): (usize, (RectMm, &CellScore))| Seen {
        comb,
        at,
        area,
        class: cell.scores.best().0,
        dash: cell.dash,
        ink: cell.ink,
    };
    field.boxes().into_iter().zip(cells).enumerate().map(one).collect()
}

/// The middle height of all digits, mm.
fn usual_height(all: &[Seen]) -> f64 {
    let digits = all.iter().filter(|cell| matches!(cell.class, DigitClass::Digit(_)));
    let mut heights: Vec<f64> = digits.filter_map(|cell| cell.ink.map(|ink| ink.h)).collect();
    heights.sort_by(f64::total_cmp);
    heights.get(heights.len() / 2).copied().unwrap_or(0.0)
}

/// Whether the ink of a cell in another row may be, in part or whole, what replaces a struck digit.
fn may_hold_its_correction(struck: &Seen, cell: &Seen, usual: f64) -> bool {
    let is_digit = matches!(cell.class, DigitClass::Digit(_));
    let Some(ink) = cell.ink.filter(|_| is_digit && cell.comb != struck.comb) else { return false };
    let beside = cell.area.x < struck.area.right() && struck.area.x < cell.area.right();
    let (above, below) = (struck.area.y - cell.area.bottom(), cell.area.y - struck.area.bottom());
    let gap = above.max(below);
    let past = if above > below { ink.bottom() - cell.area.bottom() } else { cell.area.y - ink.y };
    let squeezed_in = gap <= CLOSE_MM && ink.h < SMALL * usual;
    beside && (-PAST_MM..=NEAR_MM).contains(&gap) && (past > PAST_MM || squeezed_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the digit in a cell 7 x 8 mm is doubted whose ink lies at these heights (top and bottom, mm), where a cell that far
    /// below it is struck out.
    fn doubted(gap: f64, ink: (f64, f64), x: f64) -> bool {
        let cell = |comb, y, class, (top, bottom): (f64, f64), x| Seen {
            comb,
            at: 0,
            area: RectMm::new(x, y, 7.0, 8.0),
            class,
            dash: false,
            ink: Some(RectMm::new(x + 2.0, top, 3.0, bottom - top)),
        };
        let struck = cell(0, 58.0 + gap, DigitClass::Struck, (59.0 + gap, 65.0 + gap), 20.0);
        may_hold_its_correction(&struck, &cell(1, 50.0, DigitClass::Digit(3), ink, x), 5.0)
    }

    #[test]
    fn a_digit_that_goes_on_towards_a_struck_one_is_doubted() {
        assert!(doubted(2.3, (51.0, 59.5), 20.0));
        assert!(!doubted(2.3, (51.0, 57.0), 20.0), "within its cell");
        assert!(!doubted(2.3, (49.0, 57.0), 20.0), "past it on the other side");
        assert!(!doubted(2.3, (51.0, 59.5), 28.0), "in another column");
        assert!(!doubted(9.0, (51.0, 59.5), 20.0), "two rows above");
    }

    #[test]
    fn a_small_digit_right_above_a_struck_one_is_doubted() {
        assert!(doubted(0.0, (54.5, 57.5), 20.0));
        assert!(!doubted(0.0, (52.0, 57.0), 20.0), "as tall as the others");
        assert!(!doubted(2.3, (54.5, 57.5), 20.0), "rows apart");
    }

    #[test]
    fn cells_below_are_looked_at_like_those_above() {
        let cell = |comb, y, class, top, h| Seen {
            comb,
            at: 0,
            area: RectMm::new(20.0, y, 7.0, 8.0),
            class,
            dash: false,
            ink: Some(RectMm::new(22.0, top, 3.0, h)),
        };
        let struck = cell(0, 40.0, DigitClass::Struck, 41.0, 6.0);
        assert!(may_hold_its_correction(&struck, &cell(1, 50.0, DigitClass::Digit(3), 49.0, 7.0), 5.0));
        assert!(!may_hold_its_correction(&struck, &cell(1, 50.0, DigitClass::Digit(3), 51.0, 5.0), 5.0));
        assert!(!may_hold_its_correction(&struck, &cell(0, 50.0, DigitClass::Digit(3), 49.0, 7.0), 5.0), "of its own comb");
    }
}
