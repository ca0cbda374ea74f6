//! What a number is restricts what it can be: how sure each digit is, given that. Confirms or doubts what was read,
//! never puts another digit in its place.

use crate::form::Meaning;
use crate::read::CellScore;
use crate::recognize::DigitClass;

/// How often people write a value that cannot be, for each time they write one that can: weighs what is impossible
/// against what is possible. A month 13 must be very clear to be believed.
const IMPOSSIBLE: f64 = 0.02;

/// Combs longer than this are returned as read: no meaning restricts them by much.
const MOST_CELLS: usize = 4;

/// Classes of a cell less likely than this are not weighed.
const NEGLIGIBLE: f32 = 0.0005;

/// Each cell's class as read, with its probability given what the number means.
pub(super) fn weighed(cells: &[CellScore], meaning: Meaning) -> Vec<(DigitClass, f64)> {
    let as_read: Vec<(DigitClass, f64)> = cells.iter().map(|c| (c.scores.best().0, f64::from(c.scores.best().1))).collect();
    if cells.len() > MOST_CELLS || meaning == Meaning::Plain {
        return as_read;
    }
    let mut total = 0.0;
    let mut agreeing = vec![0.0; cells.len()];
    for (classes, likelihood) in combinations(cells) {
        let digits: String =
            classes.iter().filter_map(|c| if let DigitClass::Digit(d) = c { Some(char::from(b'0' + d)) } else { None }).collect();
        let weight = likelihood * if plausible(&digits, meaning) { 1.0 } else { IMPOSSIBLE };
        total += weight;
        for (sum, _) in agreeing.iter_mut().zip(classes.iter().zip(&as_read)).filter(|(_, (class, (read, _)))| *class == read) {
            *sum += weight;
        }
    }
    as_read.into_iter().zip(agreeing).map(|((class, _), sum)| (class, sum / total)).collect()
}

/// Every way to read the cells that is not negligible, with its likelihood.
fn combinations(cells: &[CellScore]) -> Vec<(Vec<DigitClass>, f64)> {
    let mut all = vec![(Vec::new(), 1.0)];
    for cell in cells {
        let likely: Vec<(DigitClass, f64)> = (cell.scores.probabilities().iter().enumerate())
            .filter(|(_, p)| **p >= NEGLIGIBLE)
            .map(|(index, p)| (DigitClass::from_index(index), f64::from(*p)))
            .collect();
        let longer = |(classes, p): &(Vec<DigitClass>, f64)| {
            let (classes, p) = (classes.clone(), *p);
            likely.clone().into_iter().map(move |(class, q)| ([classes.as_slice(), &[class]].concat(), p * q))
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// Whether digits can be what the number means. No digits at all is always possible.
pub(super) fn plausible(digits: &str, meaning: Meaning) -> bool {
    let Ok(n) = digits.parse::<u64>() else { return digits.is_empty() };
    match meaning {
        Meaning::Plain => true,
        Meaning::Prefecture => (1..=47).contains(&n) || (51..=97).contains(&n),
        Meaning::ScoreTable => matches!(n, 1 | 3 | 4),
        Meaning::Year => (1..=99).contains(&n) || (1989..=2099).contains(&n),
        Meaning::Month => (1..=12).contains(&n),
        Meaning::Day => (1..=31).contains(&n),
        Meaning::Telephone => (10..=11).contains(&digits.len()) && digits.starts_with('0'),
        Meaning::Postal => digits.len() == 7,
    }
}
