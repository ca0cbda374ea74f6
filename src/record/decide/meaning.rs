//! What a number is restricts what it can be: how sure each digit is, given that. Confirms or doubts what was read, and
//! takes another class for a cell that was not clear; never overwrites one read with confidence.

use super::ways::likeliest;
use crate::codes::is_extended;
use crate::form::{Field, FieldKind, Meaning};
use crate::postal;
use crate::read::CellScore;
use crate::recognize::{DigitClass, DigitScores};

/// How often people write a value that cannot be, or that the form does not expect, for each time they write one that
/// can: weighs the one against the other. A month 13 must be very clear to be believed.
const IMPOSSIBLE: f64 = 0.02;

/// The same for a postal code of another prefecture than the applicant's. Of 142,920 codes 95 % or more lie in the prefecture
/// that their first two digits stand for (`postal::region`); few facilities name an address elsewhere.
const ELSEWHERE: f64 = 0.05;

/// The same for a number that a rule of the form objects to: a cautious guess.
const AGAINST_A_RULE: f64 = 0.05;

/// Numbers longer than this are returned as read: no meaning restricts them by much, but for a postal code.
const MOST_DIGITS: usize = 4;

/// Classes of a cell less likely than this are not weighed.
const NEGLIGIBLE: f32 = 0.0005;

/// Ways to read all cells that are weighed, the likeliest first. Seven cells of which three are unclear have about a hundred.
const MOST_WAYS: usize = 512;

/// Digits beside an odd cell that say what it must be.
const LEAST_BESIDE: usize = 3;

/// What a field's number is expected to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// What it is.
    pub meaning: Meaning,
    /// First and last of each range the form expects; any where there is none.
    pub likely: &'a [[u64; 2]],
    /// Where the applicant is (1 to 47), if that is known.
    pub prefecture: Option<u8>,
    /// Numbers that a rule of the form objects to.
    pub broken: &'a [String],
}

impl<'a> Expected<'a> {
    pub(super) fn of(field: &'a Field) -> Self {
        let meaning = match field.kind {
            FieldKind::Digits { meaning, .. } | FieldKind::Number { meaning, .. } => meaning,
            _ => Meaning::Plain,
        };
        Self::new(meaning, &field.likely)
    }

    /// Nothing but what the number is, and the ranges the form expects.
    pub(super) const fn new(meaning: Meaning, likely: &'a [[u64; 2]]) -> Self {
        Self { meaning, likely, prefecture: None, broken: &[] }
    }

    /// Each cell's class with its probability, given what the number means. A cell read with at least `least` keeps its
    /// class; the others take the classes of the likeliest number.
    pub(super) fn weighed(&self, cells: &[&DigitScores], least: f64) -> Vec<(DigitClass, f64)> {
        let as_read: Vec<(DigitClass, f64)> = cells.iter().map(|c| (c.best().0, f64::from(c.best().1))).collect();
        let long = cells.len() > MOST_DIGITS && self.meaning != Meaning::Postal;
        if long || self.meaning == Meaning::Plain && self.likely.is_empty() && self.broken.is_empty() {
            return as_read;
        }
        let ways: Vec<(Vec<DigitClass>, f64)> = combinations(cells)
            .into_iter()
            .map(|(classes, p)| {
                let weight = self.weight(&classes);
                (classes, p * weight)
            })
            .collect();
        let total: f64 = ways.iter().map(|(_, p)| p).sum();
        let kept = |classes: &[DigitClass]| classes.iter().zip(&as_read).all(|(class, (read, p))| class == read || *p < least);
        let likeliest = ways.iter().filter(|(classes, _)| kept(classes)).max_by(|(_, a), (_, b)| a.total_cmp(b));
        let Some((likeliest, _)) = likeliest else { return as_read };
        let share = |(place, class): (usize, &DigitClass)| {
            let agreeing: f64 = ways.iter().filter(|(classes, _)| classes[place] == *class).map(|(_, p)| p).sum();
            (*class, agreeing / total)
        };
        likeliest.iter().enumerate().map(share).collect()
    }

    /// Whether what leans like slashes through unused cells are ones: with them the number is one that may be written here,
    /// without them it is none.
    pub(super) fn needs_ones(&self, cells: &[CellScore]) -> bool {
        let class = |c: &CellScore| c.scores.best().0;
        let with: Vec<DigitClass> = cells.iter().map(class).collect();
        let without: Vec<DigitClass> = cells.iter().filter(|c| !c.slash).map(class).collect();
        self.weight(&with) > self.weight(&without)
    }

    /// How often a number is meant, next to one that is to be expected here. That something is struck out, or is no digit at all,
    /// is as likely whatever number was meant: a slash for "none" looks like a 1, and a crossing out is not read for what was
    /// expected. But where one cell of four or more is odd, and the others are those of a number to be expected, its ink was
    /// meant as the digit that completes it, and not as any of ten.
    pub(super) fn weight(&self, classes: &[DigitClass]) -> f64 {
        let odd = |c: &DigitClass| matches!(c, DigitClass::Struck | DigitClass::Rubbish);
        if let Some(at) = classes.iter().position(odd) {
            return if classes[at] == DigitClass::Rubbish { self.weight_of_all_but(at, classes) } else { 1.0 };
        }
        let digit = |c: &DigitClass| if let DigitClass::Digit(d) = c { Some(char::from(b'0' + d)) } else { None };
        let digits: String = classes.iter().filter_map(digit).collect();
        match self.is_expected(&digits) {
            false => IMPOSSIBLE,
            true if self.is_elsewhere(&digits) => ELSEWHERE,
            true if self.broken.contains(&digits) => AGAINST_A_RULE,
            true => 1.0,
        }
    }

    /// The weight of digits of which the one at `at` cannot be made out: how many of the numbers it may be are to be expected.
    fn weight_of_all_but(&self, at: usize, classes: &[DigitClass]) -> f64 {
        let digits = classes.iter().filter(|c| matches!(c, DigitClass::Digit(_))).count();
        let odd = classes.iter().filter(|c| matches!(c, DigitClass::Struck | DigitClass::Rubbish)).count();
        if odd > 1 || digits < LEAST_BESIDE {
            return 1.0;
        }
        let mut filled = classes.to_vec();
        let weights = (0..10).map(|digit| {
            filled[at] = DigitClass::Digit(digit);
            self.weight(&filled)
        });
        let mean = weights.sum::<f64>() / 10.0;
        if mean > IMPOSSIBLE { mean } else { 1.0 }
    }

    fn is_expected(&self, digits: &str) -> bool {
        possible(digits, self.meaning) && self.is_likely(digits) && self.is_listed(digits) && !self.is_reserve(digits)
    }

    /// Prefecture numbers that may be given out one day, and have not been seen.
    fn is_reserve(&self, digits: &str) -> bool {
        self.meaning == Meaning::Prefecture && digits.parse().is_ok_and(is_extended)
    }

    /// One postal code in 70 is in use, and of those that differ from one in use by one digit one in four (of the last
    /// digit six in ten): a list that may lag behind makes the others unlikely, no more. No digits at all are as they should be.
    fn is_listed(&self, digits: &str) -> bool {
        self.meaning != Meaning::Postal || digits.is_empty() || postal::is_listed(digits)
    }

    /// A postal code of another prefecture than the applicant's.
    fn is_elsewhere(&self, digits: &str) -> bool {
        let another = |prefecture| postal::region(digits).is_some_and(|region| region != prefecture);
        self.meaning == Meaning::Postal && self.prefecture.is_some_and(another)
    }

    fn is_likely(&self, digits: &str) -> bool {
        let within = |n: u64| self.likely.iter().any(|[first, last]| (*first..=*last).contains(&n));
        self.likely.is_empty() || digits.parse().map_or(digits.is_empty(), within)
    }
}

/// Every way to read the cells that is not negligible, with its likelihood; the likeliest first.
fn combinations(cells: &[&DigitScores]) -> Vec<(Vec<DigitClass>, f64)> {
    let likely = |cell: &&DigitScores| {
        let classes = cell.probabilities().iter().enumerate().filter(|(_, p)| **p >= NEGLIGIBLE);
        classes.map(|(index, p)| (DigitClass::from_index(index), f64::from(*p))).collect()
    };
    likeliest(cells.iter().map(likely), MOST_WAYS)
}

/// Whether digits can be what the number means. No digits at all is always possible.
pub(super) fn possible(digits: &str, meaning: Meaning) -> bool {
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

/// Whether a telephone number's groups, as hyphens and brackets part them, are groups of a Japanese number: at most three;
/// an area code, service or network of two to five digits first (03, 0466, 01267, 090, 0120); at most four digits in the
/// middle; last four, or three as in 0120-123-456. A number written with other groups had a digit taken for a hyphen, or a
/// hyphen for a digit.
pub(super) fn grouped_as_telephone(written: &str) -> bool {
    let groups: Vec<usize> = written.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|n| *n > 0).collect();
    // Mobile and internet numbers have eleven digits.
    let is_mobile = ["050-", "070-", "080-", "090-"].iter().any(|start| written.starts_with(start));
    match groups.as_slice() {
        [_, rest @ ..] if is_mobile => rest == [4, 4] || rest == [8],
        [_] => true,
        [first, last] => (2..=8).contains(first) && *last >= 4,
        [first, middle, last] => (2..=5).contains(first) && *middle <= 4 && (*last == 4 || *last == 3 && *first == 4),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell whose classes have these probabilities.
    fn cell(classes: &[(usize, f32)]) -> DigitScores {
        let mut logits = [-30.0_f32; 13];
        for &(class, p) in classes {
            logits[class] = p.ln();
        }
        DigitScores::from_logits(&logits, 1.0)
    }

    fn weighed(expected: Expected<'_>, cells: &[DigitScores]) -> (String, f64) {
        let classes = expected.weighed(&cells.iter().collect::<Vec<_>>(), 0.95);
        let text = classes.iter().map(|(c, _)| if let DigitClass::Digit(d) = c { char::from(b'0' + d) } else { '_' }).collect();
        (text, classes.iter().map(|(_, p)| p).product())
    }

    const YEAR: Expected<'static> = Expected::new(Meaning::Year, &[[2, 9], [2020, 2029]]);

    fn year(third: &[(usize, f32)]) -> Vec<DigitScores> {
        vec![cell(&[(2, 0.999), (7, 0.001)]), cell(&[(0, 0.998), (6, 0.002)]), cell(third), cell(&[(1, 0.999), (7, 0.001)])]
    }

    #[test]
    fn an_unclear_digit_becomes_the_one_the_form_expects() {
        let (text, sure) = weighed(YEAR, &year(&[(7, 0.55), (2, 0.45)]));
        assert!(text == "2021" && sure > 0.95, "{text} {sure}");
    }

    #[test]
    fn a_clear_digit_stays_though_nobody_expects_it() {
        let (text, sure) = weighed(YEAR, &year(&[(7, 0.97), (2, 0.03)]));
        assert!(text == "2071" && sure < 0.95, "{text} {sure}");
    }

    #[test]
    fn a_slash_is_a_1_where_the_number_needs_one() {
        // Digits, and / for a 1 that leans like a slash.
        let needs = |expected: &Expected<'_>, written: &str| {
            let scores = |c: char| c.to_digit(10).map_or(DigitClass::Digit(1), |d| DigitClass::Digit(d as u8));
            let cell = |c: char| CellScore { slash: c == '/', ..CellScore::plain(DigitScores::certain(scores(c))) };
            expected.needs_ones(&written.chars().map(cell).collect::<Vec<_>>())
        };
        assert!(needs(&YEAR, "202/"), "nobody expects a year 202");
        assert!(!needs(&YEAR, "/3"), "the year 13 is not expected, the year 3 is");
        assert!(!needs(&Expected::new(Meaning::Month, &[]), "/2"), "February or December");
        assert!(!needs(&Expected::new(Meaning::Plain, &[]), "4/2"));
        assert!(needs(&POSTAL, "/008916") && !needs(&POSTAL, "/00891"));
        assert!(!needs(&Expected::new(Meaning::ScoreTable, &[]), "/"), "left out, or a 1");
    }

    #[test]
    fn what_no_month_can_be_is_doubted_and_what_it_can_be_is_confirmed() {
        let month = Expected::new(Meaning::Month, &[]);
        let (text, sure) = weighed(month, &[cell(&[(1, 0.9), (7, 0.1)]), cell(&[(0, 1.0)])]);
        assert!(text == "10" && sure > 0.99, "{text} {sure}");
        let (text, sure) = weighed(month, &[cell(&[(1, 1.0)]), cell(&[(4, 0.96), (1, 0.04)])]);
        assert!(text == "14" && sure < 0.5, "{text} {sure}");
    }

    #[test]
    fn what_may_be_struck_out_becomes_none_because_one_is_expected() {
        let (_, sure) = weighed(YEAR, &year(&[(11, 0.45), (2, 0.55)]));
        assert!(sure < 0.6, "{sure}");
        let (text, sure) = weighed(YEAR, &year(&[(11, 0.6), (2, 0.4)]));
        assert!(text == "20_1" && sure < 0.95, "{text} {sure}");
    }

    #[test]
    fn odd_ink_is_the_digit_that_is_expected_where_it_looks_like_it() {
        let (text, sure) = weighed(YEAR, &year(&[(12, 0.25), (2, 0.75)]));
        assert!(text == "2021" && sure > 0.95, "{text} {sure}");
        let (_, sure) = weighed(YEAR, &year(&[(12, 0.45), (2, 0.55)]));
        assert!(sure < 0.95, "{sure}");
        let units = Expected::new(Meaning::Plain, &[[0, 3]]);
        let (_, sure) = weighed(units, &[cell(&[(1, 0.94), (12, 0.06)])]);
        assert!(sure < 0.95, "a slash says that there are none: {sure}");
        let written = [cell(&[(0, 1.0)]), cell(&[(2, 0.94), (12, 0.06)]), cell(&[(1, 1.0)]), cell(&[(10, 1.0)])];
        assert_eq!(weighed(YEAR, &written).0, "0_1_", "nobody expects a year 021");
    }

    #[test]
    fn a_prefecture_number_that_nobody_has_is_doubted_where_another_reading_is_one() {
        let prefecture = Expected::new(Meaning::Prefecture, &[]);
        let (text, sure) = weighed(prefecture, &[cell(&[(6, 0.8), (4, 0.2)]), cell(&[(7, 1.0)])]);
        assert!(text == "47" && sure < 0.95, "{text} {sure}");
        let (text, sure) = weighed(prefecture, &[cell(&[(4, 0.9), (6, 0.1)]), cell(&[(7, 1.0)])]);
        assert!(text == "47" && sure > 0.99, "{text} {sure}");
        let (text, sure) = weighed(prefecture, &[cell(&[(9, 0.9999), (4, 0.0001)]), cell(&[(7, 1.0)])]);
        assert!(text == "97" && sure > 0.95, "{text} {sure}");
    }

    const POSTAL: Expected<'static> = Expected::new(Meaning::Postal, &[]);

    /// Cells read as these digits, clear but for the one at `place`.
    fn code(digits: [usize; 7], place: usize, unclear: &[(usize, f32)]) -> Vec<DigitScores> {
        (digits.iter().enumerate()).map(|(at, d)| if at == place { cell(unclear) } else { cell(&[(*d, 0.999)]) }).collect()
    }

    #[test]
    fn an_unclear_digit_of_a_postal_code_becomes_the_one_that_makes_a_code_there_is() {
        // 100-8916 is the ministry's; there is no 700-8916, no 170-8916 and no 400-8916.
        let (text, sure) = weighed(POSTAL, &code([1, 0, 0, 8, 9, 1, 6], 0, &[(7, 0.6), (1, 0.4)]));
        assert!(text == "1008916" && sure > 0.95, "{text} {sure}");
        let (text, sure) = weighed(POSTAL, &code([1, 0, 0, 8, 9, 1, 6], 0, &[(7, 0.4), (4, 0.6)]));
        assert!(text == "4008916" && sure < 0.7, "what tells nothing changes nothing: {text} {sure}");
    }

    #[test]
    fn a_postal_code_in_the_applicants_prefecture_is_likelier_than_one_elsewhere() {
        // 060-0001 is Sapporo's (1), 860-0001 Kumamoto's (43).
        let within = |prefecture| Expected { prefecture: Some(prefecture), ..POSTAL };
        let unclear = code([0, 6, 0, 0, 0, 0, 1], 0, &[(8, 0.5), (0, 0.5)]);
        let (_, sure) = weighed(POSTAL, &unclear);
        assert!(sure < 0.6, "both are codes: {sure}");
        for (prefecture, expected) in [(1, "0600001"), (43, "8600001")] {
            let (text, sure) = weighed(within(prefecture), &unclear);
            assert!(text == expected && sure > 0.94, "{text} {sure}");
        }
        let (text, sure) = weighed(within(43), &code([0, 6, 0, 0, 0, 0, 1], 0, &[(0, 0.97), (8, 0.03)]));
        assert!(text == "0600001" && sure < 0.95, "a clear digit stays, and is no longer sure: {text} {sure}");
        let (text, sure) = weighed(within(43), &code([0, 6, 0, 0, 0, 0, 1], 0, &[(0, 0.9999), (8, 0.0001)]));
        assert!(text == "0600001" && sure > 0.98, "an owner may live elsewhere: {text} {sure}");
    }

    #[test]
    fn a_postal_code_that_is_not_one_is_doubted_where_another_reading_is() {
        let (text, sure) = weighed(POSTAL, &code([1, 0, 0, 8, 9, 1, 6], 0, &[(7, 0.97), (1, 0.03)]));
        assert!(text == "7008916" && sure < 0.7, "a clear digit stays, and is no longer sure: {text} {sure}");
        let (text, sure) = weighed(POSTAL, &code([7, 0, 0, 8, 9, 1, 6], 6, &[(6, 0.999)]));
        assert!(text == "7008916" && sure > 0.98, "where nothing else can be meant, the list may lag behind: {text} {sure}");
    }

    #[test]
    fn groups_that_no_telephone_number_has_are_none() {
        for right in [
            "0312345678",
            "03-1234-5678",
            "(03)1234-5678",
            "0466-12-3456",
            "01267-1-2345",
            "090-1234-5678",
            "0120-123-456",
            "052(546)0020",
            "03-12345678",
        ] {
            assert!(grouped_as_telephone(right), "{right}");
        }
        for wrong in [
            "080-451-9394",
            "090-1234567",
            "0-57-546-0020",
            "0-3123-4567",
            "052-546-00-20",
            "052-54-60020",
            "052-54600-20",
            "03-1234-567",
            "-",
            "0-521234567",
        ] {
            assert!(!grouped_as_telephone(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_number_without_meaning_is_as_read() {
        let (text, sure) = weighed(Expected::new(Meaning::Plain, &[]), &[cell(&[(7, 0.6), (1, 0.4)])]);
        assert!(text == "7" && (sure - 0.6).abs() < 1e-4, "{text} {sure}");
    }
}
