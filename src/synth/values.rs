//! What the writer wants to say: an answer for every field of any form, plausible by what the field means and repaired
//! until the form's own rules hold. Does not write it down (`fill`) and makes no mistakes on purpose (`faults`).

use super::dice::Dice;
use super::phrases;
use crate::codes::FacilityKind;
use crate::form::{Check, Condition, DateExpr, Field, FieldId, FieldKind, Form, MasterColumn, Meaning, Rule, Select, Severity};
use crate::postal;
use jiff::civil::Date;

/// What stands in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing.
    Blank,
    /// Marked options by their place in the form's list.
    Options(Vec<usize>),
    /// One digit or nothing per cell.
    Digits(Vec<Option<u8>>),
    /// A number written freely.
    Number(String),
    /// Text.
    Text(String),
    /// A seal or signature.
    Ink,
}

/// Answers in the order of the form's fields, and what is known of the day they were given.
pub(crate) struct Answers<'a> {
    /// The form.
    pub(crate) form: &'a Form,
    /// One per field.
    pub(crate) given: Vec<Answer>,
    /// The day the form was posted.
    pub(crate) applied: Date,
    /// What a facility list says the sender is.
    facility: FacilityKind,
}

impl<'a> Answers<'a> {
    /// Plausible answers that keep the form's rules.
    pub(crate) fn new(form: &'a Form, applied: Date, dice: &mut Dice) -> Self {
        let given = form.fields.iter().map(|f| first_answer(form, f, dice)).collect();
        let mut answers = Self { form, given, applied, facility: FacilityKind::Unknown };
        // Twice: what agrees afterwards may bring a rule into play that was silent before.
        for _ in 0..2 {
            answers.repair(dice);
            answers.agree();
        }
        answers
    }

    fn place(&self, id: &FieldId) -> Option<usize> {
        self.form.fields.iter().position(|f| f.id == *id)
    }

    fn get(&self, id: &FieldId) -> &Answer {
        self.place(id).map_or(&Answer::Blank, |i| &self.given[i])
    }

    fn set(&mut self, id: &FieldId, answer: Answer) {
        if let Some(i) = self.place(id) {
            self.given[i] = answer;
        }
    }

    fn again(&mut self, id: &FieldId, dice: &mut Dice) {
        if let Some(i) = self.place(id) {
            self.given[i] = some_answer(&self.form.fields[i], dice);
        }
    }

    /// The value of a field as truth has it.
    pub(crate) fn values(&self, id: &FieldId) -> Vec<String> {
        let Some(i) = self.place(id) else { return Vec::new() };
        match (&self.given[i], &self.form.fields[i].kind) {
            (Answer::Options(marked), FieldKind::Choice { options, .. }) => {
                marked.iter().map(|o| options[*o].value.clone()).collect()
            }
            (Answer::Digits(cells), _) => vec![cells.iter().flatten().map(|d| char::from(b'0' + d)).collect()],
            (Answer::Number(s) | Answer::Text(s), _) => vec![s.clone()],
            _ => Vec::new(),
        }
    }

    fn number(&self, id: &FieldId) -> Option<i64> {
        self.values(id).first()?.parse().ok()
    }

    fn filled(&self, id: &FieldId) -> bool {
        *self.get(id) != Answer::Blank && *self.get(id) != Answer::Options(Vec::new())
    }

    /// Mends broken rules one after the other; rules mend each other's side effects, so a few rounds are needed, and a form
    /// whose rules contradict each other ends with what it has.
    pub(crate) fn repair(&mut self, dice: &mut Dice) {
        let form = self.form;
        for _ in 0..60 {
            let Some(rule) = form.rules.iter().find(|r| self.broken(r)) else { return };
            self.mend(rule, dice);
        }
    }

    /// What holds on every form without a rule of its own: the facility code satisfies its check digit, the sender's
    /// address lies in its prefecture, and what is asked again on a later page is answered the same.
    fn agree(&mut self) {
        if let Some(ids) = &self.form.facility_code {
            self.close(ids);
            self.be_at_home(&ids[0]);
        }
        for rule in &self.form.rules {
            if let Check::Distinct(rows) = &rule.check {
                self.close_ranks(rows);
            }
        }
        for (first, again) in &self.form.join_on {
            self.set(again, self.get(first).clone());
        }
    }

    /// Rows of a list are filled from the top.
    fn close_ranks(&mut self, rows: &[FieldId]) {
        let filled: Vec<Answer> = rows.iter().filter(|id| self.filled(id)).map(|id| self.get(id).clone()).collect();
        for (i, id) in rows.iter().enumerate() {
            self.set(id, filled.get(i).cloned().unwrap_or(Answer::Blank));
        }
    }

    /// Blanks the named fields, as an applicant forgets them.
    pub(crate) fn leave_out(&mut self, ids: &[String]) {
        for id in ids {
            self.set(&FieldId(id.clone()), Answer::Blank);
        }
    }

    /// Makes the check digit wrong.
    pub(crate) fn break_code(&mut self) {
        let Some(ids) = &self.form.facility_code else { return };
        if let Some(i) = self.place(&ids[2])
            && let Answer::Digits(cells) = &mut self.given[i]
            && let Some(Some(last)) = cells.last_mut()
        {
            *last = (*last + 1) % 10;
        }
    }

    /// Ends a facility code with its check digit.
    fn close(&mut self, ids: &[FieldId; 3]) {
        if let Some(code) = self.code(ids)
            && let Some(i) = self.place(&ids[2])
            && let Answer::Digits(cells) = &mut self.given[i]
            && let Some(last) = cells.last_mut()
        {
            *last = Some(check_digit(&code));
        }
    }

    /// Takes another postal code where it lies in another prefecture than the facility: all but one in twenty, as an owner's may.
    fn be_at_home(&mut self, prefecture: &FieldId) {
        let Some(prefecture) = self.number(prefecture).and_then(|n| u8::try_from(n).ok()) else { return };
        for field in self.form.fields.iter().filter(|f| matches!(f.kind, FieldKind::Digits { meaning: Meaning::Postal, .. })) {
            let Some(code) = self.values(&field.id).pop().filter(|code| code.len() == 7) else { continue };
            let number: usize = code.parse().unwrap_or_default();
            if !number.is_multiple_of(20) && postal::region(&code) != Some(prefecture) {
                let at_home: Vec<u32> = postal::codes_in(prefecture).collect();
                let taken = at_home.get(number % at_home.len().max(1)).map(|code| format!("{code:07}"));
                self.set(&field.id, in_cells(&taken.unwrap_or(code), 7, true));
            }
        }
    }

    fn broken(&self, rule: &Rule) -> bool {
        let in_force = rule.valid_from.is_none_or(|d| d <= self.applied) && rule.valid_to.is_none_or(|d| d >= self.applied);
        rule.severity != Severity::Info && in_force && rule.when.iter().all(|c| self.holds(c)) && self.violated(&rule.check)
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Is(id, list) => self.values(id).iter().any(|v| list.contains(v)),
            Condition::IsNot(id, list) => self.filled(id) && !self.values(id).iter().any(|v| list.contains(v)),
            Condition::Filled(ids, wanted) => ids.iter().any(|id| self.filled(id)) == *wanted,
            Condition::Sum(ids, low, high) => within(self.sum(ids), *low, *high),
            Condition::Facility(kinds) => kinds.iter().any(|k| k == self.facility.as_str()),
        }
    }

    fn sum(&self, ids: &[FieldId]) -> i64 {
        ids.iter().filter_map(|id| self.number(id)).sum()
    }

    fn violated(&self, check: &Check) -> bool {
        match check {
            Check::Required(id) => !self.filled(id),
            Check::Blank(id) => self.filled(id),
            Check::ExactlyOne(id) => !matches!(self.get(id), Answer::Options(o) if o.len() == 1),
            Check::AtMost(id, most) => matches!(self.get(id), Answer::Options(o) if o.len() > *most),
            Check::Range(id, low, high) => self.number(id).is_some_and(|n| !within(n, *low, *high)),
            Check::Sum(ids, low, high) => !within(self.sum(ids), *low, *high),
            Check::Pattern(id, patterns) => {
                self.values(id).first().is_some_and(|v| !patterns.iter().any(|p| phrases::matches(&bare(v), p)))
            }
            Check::CheckDigit(ids) => self.code(ids).is_some_and(|code| check_digit(&code) != code[9]),
            Check::InList(id, list) => self.values(id).iter().any(|v| !phrases::in_list(v, list)),
            Check::NotLike(id, words) => self.values(id).iter().any(|v| words.iter().any(|w| v.contains(w))),
            Check::InMaster(_) | Check::AsInMaster(..) => false,
            Check::NotBefore(a, b) => self.ordered(a, b, false),
            Check::NotAfter(a, b) => self.ordered(a, b, true),
            Check::Distinct(ids) => {
                let values: Vec<Vec<String>> = ids.iter().map(|id| self.values(id)).filter(|v| !v.is_empty()).collect();
                values.iter().enumerate().any(|(i, v)| values[..i].contains(v))
            }
            Check::Same(a, b) => self.filled(a) && self.filled(b) && self.values(a) != self.values(b),
            Check::CountOf(id, ids) => self.number(id).is_some_and(|n| n != ids.iter().filter(|f| self.filled(f)).count() as i64),
            Check::Length(id, most) => self.values(id).iter().any(|v| v.chars().count() > *most),
        }
    }

    /// Whether `a` lies before `b` (or after it, when `after`), where both are known.
    fn ordered(&self, a: &DateExpr, b: &DateExpr, after: bool) -> bool {
        let (Some(a), Some(b)) = (self.date(a), self.date(b)) else { return false };
        if after { a > b } else { a < b }
    }

    /// Year, month and day; a month without a day compares by its first day.
    fn date(&self, expression: &DateExpr) -> Option<(i64, i64, i64)> {
        let of = |d: Date| (i64::from(d.year()), i64::from(d.month()), i64::from(d.day()));
        let year = |id: &FieldId| self.number(id).map(|y| if y < 100 { 2018 + y } else { y });
        Some(match expression {
            DateExpr::Month(y, m) => (year(y)?, self.number(m)?, 1),
            DateExpr::Day(y, m, d) => (year(y)?, self.number(m)?, self.number(d)?),
            DateExpr::Application | DateExpr::Received => of(self.applied),
            DateExpr::On(date) => of(*date),
        })
    }

    /// Whether the answers keep the form's rules though a list says the sender is of that kind.
    pub(super) fn are_those_of(&self, facility: FacilityKind) -> bool {
        let listed = Self { given: self.given.clone(), facility, ..*self };
        !self.form.rules.iter().any(|rule| listed.broken(rule))
    }

    /// The answer that a rule of the form holds against a column of the facility list.
    pub(super) fn column(&self, column: MasterColumn) -> Option<String> {
        let held =
            |rule: &Rule| if let Check::AsInMaster(id, c) = &rule.check { (*c == column).then(|| id.clone()) } else { None };
        self.values(&self.form.rules.iter().find_map(held)?).pop().filter(|value| !value.is_empty())
    }

    /// The ten digits of a facility code.
    pub(super) fn code(&self, ids: &[FieldId; 3]) -> Option<[u8; 10]> {
        let digits: String = ids.iter().flat_map(|id| self.values(id)).collect();
        let digits: Vec<u8> = digits.bytes().map(|b| b.wrapping_sub(b'0')).collect();
        digits.try_into().ok()
    }

    fn mend(&mut self, rule: &Rule, dice: &mut Dice) {
        match &rule.check {
            Check::Required(id) | Check::ExactlyOne(id) | Check::NotLike(id, _) | Check::Length(id, _) => self.again(id, dice),
            Check::Blank(id) => self.set(id, Answer::Blank),
            Check::AtMost(id, most) => {
                if let Answer::Options(marked) = self.get(id) {
                    let fewer = marked[..*most].to_vec();
                    self.set(id, Answer::Options(fewer));
                }
            }
            Check::Range(id, low, high) => self.draw_number(id, low.unwrap_or(1), high.unwrap_or(99), dice),
            Check::Sum(ids, low, high) => {
                for id in ids {
                    self.set(id, Answer::Blank);
                }
                let total = dice.whole(low.unwrap_or(1).max(1), high.unwrap_or(1).min(3));
                self.draw_number(&ids[dice.below(ids.len())].clone(), total, total, dice);
            }
            Check::Pattern(id, patterns) => {
                let shape = dice.pick(patterns).clone();
                let text = phrases::fitting(&shape, dice);
                self.write(id, text);
            }
            Check::CheckDigit(ids) => self.close(ids),
            Check::InList(id, list) => {
                let text = phrases::from_list(list, dice);
                self.write(id, text);
            }
            Check::InMaster(_) | Check::AsInMaster(..) => {}
            Check::NotBefore(a, b) | Check::NotAfter(a, b) => {
                for id in date_fields(a).into_iter().chain(date_fields(b)) {
                    self.again(&id, dice);
                }
            }
            Check::Distinct(ids) => {
                for id in ids.iter().filter(|id| self.filled(id)).cloned().collect::<Vec<_>>() {
                    self.again(&id, dice);
                }
            }
            Check::Same(a, b) => self.set(b, self.get(a).clone()),
            Check::CountOf(id, ids) => {
                let count = ids.iter().filter(|f| self.filled(f)).count() as i64;
                self.draw_number(id, count, count, dice);
            }
        }
    }

    fn write(&mut self, id: &FieldId, text: String) {
        let Some(i) = self.place(id) else { return };
        self.given[i] = match &self.form.fields[i].kind {
            FieldKind::Digits { cells, .. } => in_cells(&text, cells.len(), false),
            FieldKind::Number { .. } => Answer::Number(text),
            _ => Answer::Text(text),
        };
    }

    fn draw_number(&mut self, id: &FieldId, low: i64, high: i64, dice: &mut Dice) {
        let most = self.place(id).map_or(9, |i| match &self.form.fields[i].kind {
            FieldKind::Digits { cells, .. } => cells.len() as u32,
            FieldKind::Number { max_digits, .. } => *max_digits as u32,
            _ => 9,
        });
        let high = high.min(10i64.saturating_pow(most.min(9)) - 1);
        self.write(id, dice.whole(low, high.max(low)).to_string());
    }
}

/// A telephone number without its hyphens and brackets; anything else as it is.
fn bare(value: &str) -> String {
    let number = value.chars().all(|c| c.is_ascii_digit() || "-()".contains(c));
    if number { value.replace(['-', '(', ')'], "") } else { value.to_owned() }
}

fn date_fields(expression: &DateExpr) -> Vec<FieldId> {
    match expression {
        DateExpr::Month(y, m) => vec![y.clone(), m.clone()],
        DateExpr::Day(y, m, d) => vec![y.clone(), m.clone(), d.clone()],
        DateExpr::Application | DateExpr::Received | DateExpr::On(_) => Vec::new(),
    }
}

fn within(n: i64, low: Option<i64>, high: Option<i64>) -> bool {
    low.is_none_or(|l| n >= l) && high.is_none_or(|h| n <= h)
}

/// A first answer: required fields are filled, fields that a rule fills on a condition are left to the rule.
fn first_answer(form: &Form, field: &Field, dice: &mut Dice) -> Answer {
    let conditional = form.rules.iter().any(|r| match &r.check {
        Check::Required(id) | Check::Blank(id) => *id == field.id && !r.when.is_empty(),
        Check::Sum(ids, ..) => ids.contains(&field.id),
        _ => false,
    });
    let share = if field.required {
        1.0
    } else if conditional {
        0.0
    } else {
        0.55
    };
    if dice.chance(share) { some_answer(field, dice) } else { Answer::Blank }
}

/// A plausible answer for a field by itself.
fn some_answer(field: &Field, dice: &mut Dice) -> Answer {
    match &field.kind {
        FieldKind::Choice { select, options, .. } => {
            let most = match select {
                Select::One => 1,
                Select::Many => options.len().min(3),
                Select::AtMost(n) => *n,
            };
            let mut marked: Vec<usize> = (0..dice.whole(1, most as i64)).map(|_| dice.below(options.len())).collect();
            marked.sort_unstable();
            marked.dedup();
            Answer::Options(marked)
        }
        FieldKind::Digits { cells, min, meaning } => some_digits(cells.len(), *min, *meaning, dice),
        FieldKind::Number { max_digits, meaning, .. } => Answer::Number(some_number(*max_digits, *meaning, dice)),
        FieldKind::Text { .. } => Answer::Text(phrases::for_label(&field.label, dice)),
        FieldKind::Presence { .. } => Answer::Ink,
    }
}

fn some_digits(cells: usize, min: usize, meaning: Meaning, dice: &mut Dice) -> Answer {
    let text = some_number(cells, meaning, dice);
    let padded = dice.chance(0.55) || text.len() < min;
    let text = if padded && meaning != Meaning::Plain { format!("{text:0>cells$}") } else { text };
    let text = if text.len() < min { format!("{text:0>min$}") } else { text };
    in_cells(&text, cells, dice.chance(0.3))
}

/// Digits one per cell, at the right unless `left`.
fn in_cells(text: &str, cells: usize, left: bool) -> Answer {
    let digits: Vec<Option<u8>> = text.chars().filter_map(|c| c.to_digit(10)).map(|d| Some(d as u8)).take(cells).collect();
    let empty = vec![None; cells - digits.len()];
    Answer::Digits(if left { [digits, empty].concat() } else { [empty, digits].concat() })
}

fn some_number(most: usize, meaning: Meaning, dice: &mut Dice) -> String {
    match meaning {
        Meaning::Prefecture => format!("{:02}", dice.whole(1, 47)),
        Meaning::ScoreTable => (*dice.pick(&["1", "1", "3", "4"])).to_owned(),
        Meaning::Year if most >= 4 => (*dice.pick(&["2021", "2021", "2022"])).to_owned(),
        Meaning::Year => (*dice.pick(&["3", "3", "4"])).to_owned(),
        Meaning::Month => dice.whole(1, 12).to_string(),
        Meaning::Day => dice.whole(1, 28).to_string(),
        Meaning::Telephone => phrases::telephone(dice),
        Meaning::Postal => phrases::postal_code(dice),
        Meaning::Plain if most >= 5 => phrases::digits(most, dice),
        Meaning::Plain => dice.whole(1, 10i64.pow(most.min(3) as u32) - 1).to_string(),
    }
}

/// The check digit of a facility code (DOMAIN 1.4): over nine digits, in prefectures 11 to 14 over the six before it.
pub(crate) fn check_digit(code: &[u8; 10]) -> u8 {
    let prefecture = code[0] * 10 + code[1];
    let body = if (11..=14).contains(&prefecture) { &code[3..9] } else { &code[..9] };
    let weigh = |(i, d): (usize, &u8)| {
        let product = u32::from(*d) * if i % 2 == 0 { 2 } else { 1 };
        product / 10 + product % 10
    };
    ((10 - body.iter().rev().enumerate().map(weigh).sum::<u32>() % 10) % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::catalogue::Catalogue;

    #[test]
    fn answers_keep_the_rules_of_every_built_in_form() {
        let catalogue = Catalogue::built_in().expect("the built-in forms are sound");
        for form in catalogue.forms() {
            for number in 0..300 {
                let answers = Answers::new(form, jiff::civil::date(2021, 3, 25), &mut Dice::new(11, number, "values"));
                let broken: Vec<&str> = form.rules.iter().filter(|r| answers.broken(r)).map(|r| r.id.as_str()).collect();
                assert!(broken.is_empty(), "{} {}, submission {number}: {broken:?}", form.id, form.edition);
            }
        }
    }

    #[test]
    fn check_digits_follow_both_rules() {
        let code = |s: &str| -> [u8; 10] { s.bytes().map(|b| b - b'0').collect::<Vec<_>>().try_into().expect("ten digits") };
        for good in ["3410712362", "0110113719", "3340101470", "1330181867", "1340150268"] {
            assert_eq!(check_digit(&code(good)), code(good)[9], "{good}");
        }
    }
}
