//! What a number is restricts what it can be: candidates are weighed again, confident digits stay as they were read.

use crate::form::Meaning;
use crate::read::CellScore;
use crate::recognize::DigitClass;

/// How often people write a value that cannot be: weighs impossible candidates against possible ones.
const IMPOSSIBLE: f64 = 0.02;

/// Each cell's class and probability after weighing whole values by what the number means.
///
/// Only combs of one or two cells gain by it; longer ones are returned as read.
pub(super) fn rerank(cells: &[CellScore], meaning: Meaning, least: f64) -> Vec<(DigitClass, f64)> {
    let as_read: Vec<(DigitClass, f64)> = cells.iter().map(|c| (c.scores.best().0, f64::from(c.scores.best().1))).collect();
    let sure = as_read.iter().all(|(_, p)| *p >= least);
    if sure || cells.len() > 2 || meaning == Meaning::Plain {
        return as_read;
    }
    let weighed = weigh(cells, meaning);
    // A digit that was read with confidence is never overwritten by what would fit better.
    let kept = as_read.iter().zip(&weighed).all(|((class, p), (other, _))| class == other || *p < least);
    if kept { weighed } else { as_read }
}

/// The best whole value, each cell with its probability given what the number means.
fn weigh(cells: &[CellScore], meaning: Meaning) -> Vec<(DigitClass, f64)> {
    let mut total = 0.0;
    let mut values: Vec<(Vec<DigitClass>, f64)> = Vec::new();
    for value in combinations(cells) {
        let text: String =
            value.0.iter().filter_map(|c| if let DigitClass::Digit(d) = c { Some(char::from(b'0' + d)) } else { None }).collect();
        let weight = value.1 * if plausible(&text, meaning) { 1.0 } else { IMPOSSIBLE };
        total += weight;
        values.push((value.0, weight));
    }
    let mut best = 0;
    for i in 1..values.len() {
        if values[i].1 > values[best].1 {
            best = i;
        }
    }
    let share = |cell: usize, class: DigitClass| values.iter().filter(|v| v.0[cell] == class).map(|v| v.1).sum::<f64>() / total;
    values[best].0.iter().enumerate().map(|(i, class)| (*class, share(i, *class))).collect()
}

fn combinations(cells: &[CellScore]) -> Vec<(Vec<DigitClass>, f64)> {
    let mut all = vec![(Vec::new(), 1.0)];
    for cell in cells {
        let mut longer = Vec::with_capacity(all.len() * 13);
        for (classes, p) in &all {
            for (index, q) in cell.scores.probabilities().iter().enumerate() {
                let mut classes: Vec<DigitClass> = classes.clone();
                classes.push(DigitClass::from_index(index));
                longer.push((classes, p * f64::from(*q)));
            }
        }
        all = longer;
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
