//! The ten-digit facility code (保険医療機関番号): prefecture, score table, institution code, check digit.
//! Does not look a facility up: that is `master`.
//!
//! Structure `PP T GG NNNN C` and the check digit follow 保険者番号等設定要領 第1-5 and 第4.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization;

/// A prefecture by its number (= JIS X 0401).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefecture {
    /// Number, 1 to 47.
    pub number: u8,
    /// Full name, such as `東京都`.
    pub name: &'static str,
    /// Reading of the full name in hiragana.
    pub reading: &'static str,
}

const fn prefecture(number: u8, name: &'static str, reading: &'static str) -> Prefecture {
    Prefecture { number, name, reading }
}

/// The 47 prefectures in the order of their numbers.
pub const PREFECTURES: [Prefecture; 47] = [
    prefecture(1, "北海道", "ほっかいどう"),
    prefecture(2, "青森県", "あおもりけん"),
    prefecture(3, "岩手県", "いわてけん"),
    prefecture(4, "宮城県", "みやぎけん"),
    prefecture(5, "秋田県", "あきたけん"),
    prefecture(6, "山形県", "やまがたけん"),
    prefecture(7, "福島県", "ふくしまけん"),
    prefecture(8, "茨城県", "いばらきけん"),
    prefecture(9, "栃木県", "とちぎけん"),
    prefecture(10, "群馬県", "ぐんまけん"),
    prefecture(11, "埼玉県", "さいたまけん"),
    prefecture(12, "千葉県", "ちばけん"),
    prefecture(13, "東京都", "とうきょうと"),
    prefecture(14, "神奈川県", "かながわけん"),
    prefecture(15, "新潟県", "にいがたけん"),
    prefecture(16, "富山県", "とやまけん"),
    prefecture(17, "石川県", "いしかわけん"),
    prefecture(18, "福井県", "ふくいけん"),
    prefecture(19, "山梨県", "やまなしけん"),
    prefecture(20, "長野県", "ながのけん"),
    prefecture(21, "岐阜県", "ぎふけん"),
    prefecture(22, "静岡県", "しずおかけん"),
    prefecture(23, "愛知県", "あいちけん"),
    prefecture(24, "三重県", "みえけん"),
    prefecture(25, "滋賀県", "しがけん"),
    prefecture(26, "京都府", "きょうとふ"),
    prefecture(27, "大阪府", "おおさかふ"),
    prefecture(28, "兵庫県", "ひょうごけん"),
    prefecture(29, "奈良県", "ならけん"),
    prefecture(30, "和歌山県", "わかやまけん"),
    prefecture(31, "鳥取県", "とっとりけん"),
    prefecture(32, "島根県", "しまねけん"),
    prefecture(33, "岡山県", "おかやまけん"),
    prefecture(34, "広島県", "ひろしまけん"),
    prefecture(35, "山口県", "やまぐちけん"),
    prefecture(36, "徳島県", "とくしまけん"),
    prefecture(37, "香川県", "かがわけん"),
    prefecture(38, "愛媛県", "えひめけん"),
    prefecture(39, "高知県", "こうちけん"),
    prefecture(40, "福岡県", "ふくおかけん"),
    prefecture(41, "佐賀県", "さがけん"),
    prefecture(42, "長崎県", "ながさきけん"),
    prefecture(43, "熊本県", "くまもとけん"),
    prefecture(44, "大分県", "おおいたけん"),
    prefecture(45, "宮崎県", "みやざきけん"),
    prefecture(46, "鹿児島県", "かごしまけん"),
    prefecture(47, "沖縄県", "おきなわけん"),
];

impl Prefecture {
    /// The prefecture of a prefecture number: 1 to 47, or 51 to 97, which stand for the same when numbers run out.
    pub fn of_number(number: u8) -> Option<&'static Self> {
        let number = if is_extended(number) { number - 50 } else { number };
        PREFECTURES.iter().find(|p| p.number == number)
    }

    /// The prefecture a person means: with or without 都・道・府・県, in kanji or in kana.
    pub fn named(text: &str) -> Option<&'static Self> {
        let said: String = text.nfkc().filter(|c| !c.is_whitespace()).map(hiragana).collect();
        PREFECTURES.iter().find(|p| said == p.name || said == p.reading || said == p.short_name() || said == p.short_reading())
    }

    /// The name without 都・府・県; 北海道 stays whole.
    pub fn short_name(&self) -> &'static str {
        if self.number == 1 { self.name } else { without_last(self.name) }
    }

    fn short_reading(&self) -> &'static str {
        match self.number {
            1 => self.reading,
            // と and ふ are one character, けん two.
            13 | 26 | 27 => without_last(self.reading),
            _ => without_last(without_last(self.reading)),
        }
    }
}

fn without_last(text: &'static str) -> &'static str {
    text.char_indices().next_back().map_or(text, |(at, _)| &text[..at])
}

fn hiragana(c: char) -> char {
    if ('ァ'..='ヶ').contains(&c) { char::from_u32(u32::from(c) - 0x60).unwrap_or(c) } else { c }
}

/// Whether a prefecture number is one of the reserve, 51 to 97: allowed, and seen nowhere so far.
pub fn is_extended(number: u8) -> bool {
    (51..=97).contains(&number)
}

/// A score table (点数表) by its digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreTable {
    /// Digit in the code.
    pub digit: u8,
    /// Name.
    pub name: &'static str,
    /// Whether such a facility may send in these forms.
    pub eligible: bool,
}

/// The score tables known, in the order of their digits.
pub const SCORE_TABLES: [ScoreTable; 9] = [
    ScoreTable { digit: 1, name: "医科", eligible: true },
    ScoreTable { digit: 2, name: "健診等機関", eligible: false },
    ScoreTable { digit: 3, name: "歯科", eligible: true },
    ScoreTable { digit: 4, name: "調剤", eligible: true },
    ScoreTable { digit: 5, name: "老健", eligible: false },
    ScoreTable { digit: 6, name: "訪問看護", eligible: false },
    ScoreTable { digit: 7, name: "柔道整復", eligible: false },
    ScoreTable { digit: 8, name: "鍼灸マッサージ", eligible: false },
    ScoreTable { digit: 9, name: "保険外", eligible: false },
];

impl ScoreTable {
    /// The score table of a digit.
    pub fn of_digit(digit: u8) -> Option<&'static Self> {
        SCORE_TABLES.iter().find(|t| t.digit == digit)
    }
}

/// What a facility is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FacilityKind {
    /// 病院.
    Hospital,
    /// 医科診療所.
    Clinic,
    /// 歯科診療所.
    Dental,
    /// 薬局.
    Pharmacy,
    /// Not known.
    Unknown,
}

impl FacilityKind {
    /// Its name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hospital => "hospital",
            Self::Clinic => "clinic",
            Self::Dental => "dental",
            Self::Pharmacy => "pharmacy",
            Self::Unknown => "unknown",
        }
    }

    /// Its name in letters.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Hospital => "病院",
            Self::Clinic => "医科診療所",
            Self::Dental => "歯科診療所",
            Self::Pharmacy => "薬局",
            Self::Unknown => "種別不明",
        }
    }
}

/// Whether the check digit of a prefecture number's codes runs over the institution's own digits alone: 11 to 14.
pub fn checks_institution_alone(prefecture_number: u8) -> bool {
    (11..=14).contains(&prefecture_number)
}

/// The tenth digit that belongs to the first nine of `code` (0 to 9 each); the tenth is not looked at.
///
/// 設定要領 第1-5, 第4-5: from the right the digits count 2, 1, 2, 1, … times; the digits of the products are added up;
/// the check digit fills the sum up to a multiple of ten. The sum runs over all nine digits, except in 11 埼玉, 12 千葉,
/// 13 東京 and 14 神奈川, where it runs over the institution's own six (the scheme of 1967, kept there in 1976).
pub fn check_digit(code: &[u8; 10]) -> u8 {
    let body = if checks_institution_alone(number_of(code)) { &code[3..9] } else { &code[..9] };
    let sum: u32 = body.iter().rev().enumerate().map(|(i, &d)| digit_sum(u32::from(d) * if i % 2 == 0 { 2 } else { 1 })).sum();
    ((10 - sum % 10) % 10) as u8
}

fn digit_sum(product: u32) -> u32 {
    product / 10 + product % 10
}

fn number_of(code: &[u8; 10]) -> u8 {
    code[0] * 10 + code[1]
}

/// What the check digit says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDigit {
    /// It fits.
    Right,
    /// It does not fit.
    Wrong,
    /// Prefecture numbers 61 to 64 (the reserve of 11 to 14): nobody has published which of the two rules holds.
    RuleUnknown,
}

/// The ten digits of a facility. All ten are needed: the last seven repeat between prefectures and score tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FacilityCode([u8; 10]);

/// A text that is no facility code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no facility code: ten digits are needed, such as 13-4-0150268")]
pub struct CodeError(pub String);

impl FacilityCode {
    /// The code from its three parts as forms ask for them; together they must have ten digits.
    pub fn from_parts(parts: [&str; 3]) -> Result<Self, CodeError> {
        parts.concat().parse()
    }

    /// The ten digits, 0 to 9 each.
    pub const fn digits(&self) -> &[u8; 10] {
        &self.0
    }

    /// Prefecture number, 0 to 99.
    pub fn prefecture_number(&self) -> u8 {
        number_of(&self.0)
    }

    /// Its prefecture, if there is one of that number.
    pub fn prefecture(&self) -> Option<&'static Prefecture> {
        Prefecture::of_number(self.prefecture_number())
    }

    /// Its score table, if there is one of that digit.
    pub fn score_table(&self) -> Option<&'static ScoreTable> {
        ScoreTable::of_digit(self.0[2])
    }

    /// The institution's own seven digits.
    pub fn institution(&self) -> String {
        text_of(&self.0[3..])
    }

    /// The ten digits without hyphens.
    pub fn compact(&self) -> String {
        text_of(&self.0)
    }

    /// What its check digit says.
    pub fn check(&self) -> CheckDigit {
        match self.prefecture_number() {
            61..=64 => CheckDigit::RuleUnknown,
            _ if check_digit(&self.0) == self.0[9] => CheckDigit::Right,
            _ => CheckDigit::Wrong,
        }
    }
}

fn text_of(digits: &[u8]) -> String {
    digits.iter().map(|d| char::from(b'0' + d)).collect()
}

impl FromStr for FacilityCode {
    type Err = CodeError;

    /// Ten digits, half or full width; hyphens and spaces may stand between them.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let wrong = || CodeError(text.to_owned());
        let plain = text.nfkc().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '−' | '–' | 'ー'));
        let digits = plain.map(|c| c.to_digit(10).map(|d| d as u8)).collect::<Option<Vec<u8>>>().ok_or_else(wrong)?;
        digits.try_into().map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for FacilityCode {
    /// As letters write it: `13-4-0150268`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", text_of(&self.0[..2]), self.0[2], self.institution())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: [&str; 8] =
        ["3410712362", "0110113719", "1810115202", "4710111107", "3340101470", "2739900021", "1330181867", "1340150268"];

    fn code(text: &str) -> FacilityCode {
        text.parse().expect("ten digits")
    }

    #[test]
    fn published_codes_satisfy_their_check_digit() {
        for text in PUBLISHED {
            assert_eq!(code(text).check(), CheckDigit::Right, "{text}");
        }
    }

    #[test]
    fn a_dental_code_fails_under_the_medical_score_table() {
        assert_eq!(check_digit(code("2719900021").digits()), 5);
    }

    #[test]
    fn the_two_rules_differ_where_the_examples_say_so() {
        // The same institution digits under a prefecture of rule A.
        assert_eq!(check_digit(code("1530181867").digits()), 4);
        assert_eq!(check_digit(code("1340150268").digits()), 8);
    }

    #[test]
    fn every_wrong_digit_among_the_last_seven_is_noticed() {
        for text in PUBLISHED {
            let right = code(text);
            for place in 3..10 {
                for wrong in (0..10).filter(|d| *d != right.0[place]) {
                    let mut digits = right.0;
                    digits[place] = wrong;
                    assert_eq!(FacilityCode(digits).check(), CheckDigit::Wrong, "{text} at {place}");
                }
            }
        }
    }

    #[test]
    fn one_missing_digit_among_the_last_seven_has_exactly_one_completion() {
        for text in PUBLISHED {
            for place in 3..10 {
                let complete = |d: u8| {
                    let mut digits = code(text).0;
                    digits[place] = d;
                    FacilityCode(digits).check() == CheckDigit::Right
                };
                assert_eq!((0..10).filter(|d| complete(*d)).count(), 1, "{text} at {place}");
            }
        }
    }

    #[test]
    fn the_rule_of_the_reserve_of_the_four_prefectures_is_not_guessed() {
        for pp in 61..=64 {
            assert_eq!(code(&format!("{pp}10150268")).check(), CheckDigit::RuleUnknown);
        }
    }

    #[test]
    fn codes_are_written_in_three_groups_and_read_in_any_dress() {
        assert_eq!(code("1340150268").to_string(), "13-4-0150268");
        assert_eq!(code("13-4-0150268"), code("１３４０１５０２６８"));
        assert_eq!(FacilityCode::from_parts(["13", "4", "0150268"]), Ok(code("1340150268")));
        assert!(FacilityCode::from_parts(["13", "4", "150268"]).is_err());
        assert!("13401502_8".parse::<FacilityCode>().is_err());
    }

    #[test]
    fn prefectures_are_known_by_number_name_and_reading() {
        assert_eq!(Prefecture::of_number(13).map(|p| p.name), Some("東京都"));
        assert_eq!(Prefecture::of_number(63).map(|p| p.name), Some("東京都"));
        for number in [0, 48, 49, 50, 98, 99] {
            assert_eq!(Prefecture::of_number(number), None);
        }
        for (said, number) in [("京都", 26), ("東京", 13), ("北海道", 1), ("ｶﾅｶﾞﾜ", 14), ("おおさかふ", 27), (" 和歌山 県", 30)]
        {
            assert_eq!(Prefecture::named(said).map(|p| p.number), Some(number), "{said}");
        }
        for said in ["", "県", "京", "東京県", "江戸"] {
            assert_eq!(Prefecture::named(said), None, "{said}");
        }
        assert!(PREFECTURES.iter().enumerate().all(|(i, p)| usize::from(p.number) == i + 1));
    }

    #[test]
    fn three_score_tables_are_eligible() {
        let eligible: Vec<u8> = SCORE_TABLES.iter().filter(|t| t.eligible).map(|t| t.digit).collect();
        assert_eq!(eligible, [1, 3, 4]);
    }
}
