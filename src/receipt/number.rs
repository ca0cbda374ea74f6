//! Receipt numbers such as `R03-R-0331-00001-5`: made from the received date and the order in the batch, written,
//! read back and checked. Knows no clock and keeps no count.
//!
//! `R03` is the year of the era in which the sheets arrived (令和3年: the calendar year, not the fiscal year, so that
//! year and day together are the received date); then the letter of the form, the month and day of arrival, the
//! serial number in the batch (five digits, more from 100,000 on), and a check digit over all digits before it
//! (Luhn, ISO/IEC 7812-1 annex B). Where no received date was given, the year is `R00` and the day `0000`: no such
//! date exists, so such a number is never taken for a dated one.

use crate::calendar::Era;
use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

/// The number of one accepted or deficient submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceiptNumber {
    era: char,
    year: u8,
    letter: char,
    month: u8,
    day: u8,
    serial: u32,
}

/// A text that is no receipt number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not of the shape `R03-R-0331-00001-5`.
    #[error("`{0}` is no receipt number: it has the shape R03-R-0331-00001-5")]
    Shape(String),
    /// The check digit does not belong to the other digits.
    #[error("`{0}` has a wrong check digit: one of its digits has been misread or mistyped")]
    CheckDigit(String),
}

impl ReceiptNumber {
    /// The number of the `serial`th submission (from 1) of a batch that arrived on `received`, on a form of that letter.
    /// Days before 1873 count as no date.
    pub fn new(received: Option<Date>, letter: char, serial: u32) -> Self {
        let dated = received.and_then(|day| Some((Era::of(day)?, day)));
        match dated {
            Some((era, day)) => Self {
                era: era.letter,
                year: u8::try_from(era.year(day.year())).unwrap_or(0),
                letter,
                month: day.month().unsigned_abs(),
                day: day.day().unsigned_abs(),
                serial,
            },
            None => Self { era: 'R', year: 0, letter, month: 0, day: 0, serial },
        }
    }

    /// The order in the batch, from 1.
    pub fn serial(&self) -> u32 {
        self.serial
    }

    /// The letter of the form.
    pub fn letter(&self) -> char {
        self.letter
    }

    fn check_digit(&self) -> u32 {
        luhn(&format!("{:02}{:02}{:02}{:05}", self.year, self.month, self.day, self.serial))
    }
}

/// From the right the digits count 2, 1, 2, … times; the digits of the products are added up and filled up to ten.
fn luhn(digits: &str) -> u32 {
    let doubled = |(i, d): (usize, u32)| if i % 2 == 0 { d * 2 / 10 + d * 2 % 10 } else { d };
    let sum: u32 = digits.chars().rev().filter_map(|c| c.to_digit(10)).enumerate().map(doubled).sum();
    (10 - sum % 10) % 10
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { era, year, letter, month, day, serial } = self;
        write!(f, "{era}{year:02}-{letter}-{month:02}{day:02}-{serial:05}-{}", self.check_digit())
    }
}

impl FromStr for ReceiptNumber {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (number, check) = shape(text).ok_or_else(|| NumberError::Shape(text.to_owned()))?;
        if number.check_digit() == check { Ok(number) } else { Err(NumberError::CheckDigit(text.to_owned())) }
    }
}

fn shape(text: &str) -> Option<(ReceiptNumber, u32)> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, letter, day, serial, check] = parts.as_slice() else { return None };
    let era = year.chars().next().filter(char::is_ascii_uppercase)?;
    let letter = Some(*letter).filter(|l| l.chars().count() == 1)?.chars().next()?;
    let serial_long_enough = serial.len() == 5 || (serial.len() > 5 && !serial.starts_with('0'));
    let number = ReceiptNumber {
        era,
        year: digits(year.get(1..)?, 2)?,
        letter,
        month: digits(day.get(..2)?, 2)?,
        day: digits(day.get(2..)?, 2)?,
        serial: digits(serial, serial.len()).filter(|_| serial_long_enough)?,
    };
    Some((number, digits(check, 1)?))
}

fn digits<N: FromStr>(text: &str, length: usize) -> Option<N> {
    let plain = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_number_says_when_what_and_which() {
        let number = ReceiptNumber::new(Some(date(2021, 3, 31)), 'R', 1);
        assert_eq!(number.to_string(), "R03-R-0331-00001-5");
        assert_eq!(ReceiptNumber::new(Some(date(2019, 4, 30)), 'U', 123_456).to_string(), "H31-U-0430-123456-0");
        assert_eq!(ReceiptNumber::new(None, 'R', 7).to_string(), "R00-R-0000-00007-5");
    }

    #[test]
    fn a_number_is_read_back_and_any_single_wrong_digit_is_noticed() {
        let number = ReceiptNumber::new(Some(date(2021, 3, 31)), 'U', 40_321);
        let text = number.to_string();
        assert_eq!(text.parse(), Ok(number));
        for (i, c) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            let wrong = char::from(b'0' + (c as u8 - b'0' + 3) % 10);
            let mistyped = format!("{}{wrong}{}", &text[..i], &text[i + 1..]);
            assert_eq!(mistyped.parse::<ReceiptNumber>(), Err(NumberError::CheckDigit(mistyped)));
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in ["", "R03-R-0331-1-7", "R03-R-0331-00001", "03-R-0331-00001-5", "R03-RR-0331-00001-7", "R03-R-3３1-00001-7"]
        {
            assert!(matches!(text.parse::<ReceiptNumber>(), Err(NumberError::Shape(_))), "{text}");
        }
    }
}
