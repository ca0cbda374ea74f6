//! Mistakes applicants make: a field left out, two boxes where one is asked, a wrong check digit, a month that is none.

use super::dice::Dice;
use super::values::{Answer, Answers};
use crate::form::{FieldKind, Meaning, Select};

/// In a share of submissions, makes one mistake. Gives the field whose answer can no longer be told, where there is one.
pub(crate) fn commit(answers: &mut Answers<'_>, share: f64, dice: &mut Dice) -> Option<String> {
    if !dice.chance(share) {
        return None;
    }
    match dice.below(4) {
        0 => two_options(answers, dice),
        1 => {
            answers.break_code();
            None
        }
        2 => impossible_month(answers, dice),
        _ => leave_out(answers, dice),
    }
}

fn two_options(answers: &mut Answers<'_>, dice: &mut Dice) -> Option<String> {
    let single = places(answers, |kind, answer| {
        matches!(kind, FieldKind::Choice { select: Select::One, .. }) && matches!(answer, Answer::Options(o) if o.len() == 1)
    });
    let i = *some(&single, dice)?;
    let count = answers.form.fields[i].boxes().len();
    if let Answer::Options(marked) = &mut answers.given[i] {
        marked.push((marked[0] + 1 + dice.below(count - 1)) % count);
        marked.sort_unstable();
    }
    Some(answers.form.fields[i].id.0.clone())
}

fn impossible_month(answers: &mut Answers<'_>, dice: &mut Dice) -> Option<String> {
    let months = places(answers, |kind, answer| match kind {
        FieldKind::Digits { meaning: Meaning::Month, cells, .. } => cells.len() == 2 && *answer != Answer::Blank,
        _ => false,
    });
    if let Some(i) = some(&months, dice) {
        answers.given[*i] = Answer::Digits(vec![Some(1), Some(dice.whole(3, 9) as u8)]);
    }
    None
}

fn leave_out(answers: &mut Answers<'_>, dice: &mut Dice) -> Option<String> {
    let filled: Vec<usize> =
        (0..answers.given.len()).filter(|i| answers.form.fields[*i].required && answers.given[*i] != Answer::Blank).collect();
    if let Some(i) = some(&filled, dice) {
        answers.given[*i] = Answer::Blank;
    }
    None
}

fn places(answers: &Answers<'_>, wanted: impl Fn(&FieldKind, &Answer) -> bool) -> Vec<usize> {
    let fields = answers.form.fields.iter().zip(&answers.given).enumerate();
    fields.filter(|(_, (field, answer))| wanted(&field.kind, answer)).map(|(i, _)| i).collect()
}

fn some<'a>(list: &'a [usize], dice: &mut Dice) -> Option<&'a usize> {
    if list.is_empty() { None } else { Some(dice.pick(list)) }
}
