//! Japanese eras: years and days read from what people write, and written as letters write them.
//! Knows no clock: what day it is comes in from outside.

use jiff::civil::{Date, date};
use unicode_normalization::UnicodeNormalization;

/// An era.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Era {
    /// Name: 令和.
    pub name: &'static str,
    /// Letter used for it: R.
    pub letter: char,
    /// Its first day; it ends the day before the next begins.
    pub first_day: Date,
}

/// The eras since the Western calendar came into use in 1873, newest first.
pub const ERAS: [Era; 5] = [
    Era { name: "令和", letter: 'R', first_day: date(2019, 5, 1) },
    Era { name: "平成", letter: 'H', first_day: date(1989, 1, 8) },
    Era { name: "昭和", letter: 'S', first_day: date(1926, 12, 25) },
    Era { name: "大正", letter: 'T', first_day: date(1912, 7, 30) },
    Era { name: "明治", letter: 'M', first_day: date(1868, 10, 23) },
];

/// The year 令和 0 would be: 令和N年 is 2018 + N.
const REIWA_ZERO: i16 = 2018;

/// From here on a year of two digits may be the last two of a Western year: 令和21年 is 2039, and 21 is 2021 to many.
const UNCLEAR_FROM: i16 = 19;

impl Era {
    /// The era a day lies in; none before 明治.
    pub fn of(day: Date) -> Option<&'static Self> {
        ERAS.iter().find(|e| e.first_day <= day)
    }

    /// The year of the Western calendar in which the era's year `n` (from 1) lies.
    pub fn western(&self, n: i16) -> i16 {
        self.first_day.year() + n - 1
    }

    /// The era's year in which a year of the Western calendar lies.
    pub fn year(&self, western: i16) -> i16 {
        western - self.first_day.year() + 1
    }
}

/// The year of 令和 in which a year of the Western calendar lies: 3 for 2021, below 1 before 2019.
pub const fn reiwa_year(western: i16) -> i16 {
    western - REIWA_ZERO
}

/// The Western year of a year of 令和: 2021 for 3.
pub const fn from_reiwa(year: i16) -> i16 {
    REIWA_ZERO + year
}

/// A day as letters write it: `令和3年3月31日`, `令和元年5月1日`.
pub fn japanese(day: Date) -> String {
    format!("{}{}月{}日", year_text(day), day.month(), day.day())
}

/// A month as letters write it: `令和3年4月`. A month out of range is written as it is.
pub fn japanese_month(year: i16, month: i8) -> String {
    let within = Date::new(year, month.clamp(1, 12), 1).unwrap_or(Date::MIN);
    format!("{}{month}月", year_text(within.last_of_month()))
}

fn year_text(day: Date) -> String {
    match Era::of(day).map(|e| (e.name, e.year(day.year()))) {
        Some((name, 1)) => format!("{name}元年"),
        Some((name, year)) => format!("{name}{year}年"),
        None => format!("{}年", day.year()),
    }
}

/// How a year was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Four digits of the Western calendar.
    Western,
    /// With the name or letter of an era.
    Era,
    /// One or two digits alone, taken for a year of 令和.
    Bare,
    /// Two digits alone that may as well be the last two of a Western year: not to be used without asking.
    Unclear,
}

/// A year as somebody wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenYear {
    /// The year of the Western calendar it stands for.
    pub western: i16,
    /// How it was written.
    pub written: Written,
}

/// The year meant by `2021`, `R3`, `令和３年`, `令和三`, `3` or `西暦2021`; none where it is no year.
pub fn parse_year(text: &str) -> Option<WrittenYear> {
    let plain = plain(text);
    let (prefix, number) = plain.split_at(plain.find(is_numeral)?);
    let number = numeral(number.trim_end_matches(['頃', '年']))?;
    match prefix {
        "" => bare_year(number),
        "西暦" => bare_year(number).filter(|y| y.written == Written::Western),
        era => era_year(era, number),
    }
}

fn era_year(prefix: &str, number: i16) -> Option<WrittenYear> {
    let prefix = prefix.trim_end_matches('.');
    let letter = prefix.to_ascii_uppercase();
    let is_meant = |era: &&Era| era.name.starts_with(prefix) || letter == era.letter.to_string();
    let era = ERAS.iter().find(is_meant).filter(|_| !prefix.is_empty() && (1..100).contains(&number))?;
    Some(WrittenYear { western: era.western(number), written: Written::Era })
}

fn bare_year(number: i16) -> Option<WrittenYear> {
    let (western, written) = match number {
        1..UNCLEAR_FROM => (from_reiwa(number), Written::Bare),
        UNCLEAR_FROM..100 => (from_reiwa(number), Written::Unclear),
        1868..3000 => (number, Written::Western),
        _ => return None,
    };
    Some(WrittenYear { western, written })
}

/// The day meant by `令和3年3月31日`, `R3.3.31`, `3.-3.31` (a postmark), `2021-03-31` or `2021/3/31`; none where it is no
/// day of the calendar or its year is unclear.
pub fn parse_date(text: &str) -> Option<Date> {
    let plain = plain(text);
    let starts = |part: &&str| !part.is_empty();
    let head = plain.find(is_numeral)?;
    let parts: Vec<&str> = plain[head..].split(|c| !is_numeral(c)).filter(starts).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let year = parse_year(&format!("{}{year}", &plain[..head]))?;
    let clear = year.written != Written::Unclear;
    clear.then(|| Date::new(year.western, i8::try_from(numeral(month)?).ok()?, i8::try_from(numeral(day)?).ok()?).ok())?
}

/// Half-width digits, no spaces.
fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

const KANJI_DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

fn is_numeral(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '元' | '十' | '零') || KANJI_DIGITS.contains(&c)
}

/// A whole number up to four digits in Arabic or kanji digits: `31`, `三十一`, `二〇二一`, `元` (1).
pub fn numeral(text: &str) -> Option<i16> {
    let text: String = text.nfkc().collect();
    match text.split_once('十') {
        _ if text == "元" => Some(1),
        None => positional(&text),
        Some((tens, units)) => Some(one_digit(tens, 1)? * 10 + one_digit(units, 0)?),
    }
}

fn one_digit(text: &str, if_empty: i16) -> Option<i16> {
    if text.is_empty() { Some(if_empty) } else { positional(text).filter(|n| *n < 10) }
}

fn positional(text: &str) -> Option<i16> {
    if text.is_empty() || text.chars().count() > 4 {
        return None;
    }
    text.chars().try_fold(0, |n, c| Some(n * 10 + digit(c)?))
}

fn digit(c: char) -> Option<i16> {
    let kanji = || if c == '零' { Some(0) } else { KANJI_DIGITS.iter().position(|k| *k == c) };
    c.to_digit(10).map(|d| d as usize).or_else(kanji).map(|d| d as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(text: &str) -> Option<(i16, Written)> {
        parse_year(text).map(|y| (y.western, y.written))
    }

    #[test]
    fn years_are_read_as_people_write_them() {
        for text in ["R3", "r３", "令和3", "令和３年", "令 三", "R.3", "㋿3"] {
            assert_eq!(year(text), Some((2021, Written::Era)), "{text}");
        }
        assert_eq!(year("令和元年"), Some((2019, Written::Era)));
        assert_eq!(year("平成三十一"), Some((2019, Written::Era)));
        assert_eq!(year("H31"), Some((2019, Written::Era)));
        assert_eq!(year("昭47"), Some((1972, Written::Era)));
        assert_eq!(year("2021"), Some((2021, Written::Western)));
        assert_eq!(year("二〇二一年"), Some((2021, Written::Western)));
        assert_eq!(year("西暦２０２１年頃"), Some((2021, Written::Western)));
        assert_eq!(year("03"), Some((2021, Written::Bare)));
    }

    #[test]
    fn a_year_of_two_digits_that_may_be_western_is_called_unclear() {
        assert_eq!(year("18"), Some((2036, Written::Bare)));
        assert_eq!(year("21"), Some((2039, Written::Unclear)));
        assert_eq!(parse_date("21.3.31"), None);
    }

    #[test]
    fn what_is_no_year_gives_none() {
        for text in ["", "0", "年内", "秋頃", "202", "20211", "X3", "令和", "西暦3", "3月"] {
            assert_eq!(year(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_read_as_people_and_postmarks_write_them() {
        for text in ["令和3年3月31日", "R3.3.31", "3.-3.31", "2021-03-31", "２０２１／３／３１", "令和三年三月三十一日"]
        {
            assert_eq!(parse_date(text), Some(date(2021, 3, 31)), "{text}");
        }
        for text in ["令和3年2月30日", "2021-03", "3月31日", ""] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn letters_write_the_era_and_its_first_year() {
        assert_eq!(japanese(date(2021, 3, 31)), "令和3年3月31日");
        assert_eq!(japanese(date(2019, 5, 1)), "令和元年5月1日");
        assert_eq!(japanese(date(2019, 4, 30)), "平成31年4月30日");
        assert_eq!(japanese(date(1800, 1, 1)), "1800年1月1日");
        assert_eq!(japanese_month(2021, 4), "令和3年4月");
    }

    #[test]
    fn reiwa_goes_both_ways() {
        for western in 2019..2100 {
            assert_eq!(from_reiwa(reiwa_year(western)), western);
            assert_eq!(ERAS[0].western(ERAS[0].year(western)), western);
        }
    }

    #[test]
    fn every_written_day_is_read_back() {
        let mut day = date(1990, 1, 1);
        while day < date(2037, 1, 1) {
            assert_eq!(parse_date(&japanese(day)), Some(day));
            day = day.tomorrow().expect("a day after");
        }
    }
}
