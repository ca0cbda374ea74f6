//! What only the names of files and sheets and the title lines say: prefecture, category, and the day a list is true on.

use super::{Table, digits};
use crate::calendar::parse_date;
use crate::codes::PREFECTURES;
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// Rows at the top in which a title may stand.
const TITLE_ROWS: usize = 12;

/// Prefectures as file names spell them in Latin letters, in the order of their numbers.
const ROMAJI: [&str; 47] = [
    "hokkaido",
    "aomori",
    "iwate",
    "miyagi",
    "akita",
    "yamagata",
    "fukushima",
    "ibaraki",
    "tochigi",
    "gunma",
    "saitama",
    "chiba",
    "tokyo",
    "kanagawa",
    "niigata",
    "toyama",
    "ishikawa",
    "fukui",
    "yamanashi",
    "nagano",
    "gifu",
    "shizuoka",
    "aichi",
    "mie",
    "shiga",
    "kyoto",
    "osaka",
    "hyogo",
    "nara",
    "wakayama",
    "tottori",
    "shimane",
    "okayama",
    "hiroshima",
    "yamaguchi",
    "tokushima",
    "kagawa",
    "ehime",
    "kochi",
    "fukuoka",
    "saga",
    "nagasaki",
    "kumamoto",
    "oita",
    "miyazaki",
    "kagoshima",
    "okinawa",
];

/// Score tables by the words that name them; longer words first.
const TABLES: [(&str, u8); 9] =
    [("医科", 1), ("歯科", 3), ("調剤", 4), ("薬局", 4), ("yakkyoku", 4), ("yakyoku", 4), ("shika", 3), ("sika", 3), ("ika", 1)];

/// The lines above a list. What stands in its rows says nothing: a hospital in 福井 may belong to a body in 東京都.
fn titles(table: &Table) -> Vec<String> {
    let above = table.rows.iter().take(TITLE_ROWS).take_while(|row| !is_listed(row));
    above.map(|row| row.concat().nfkc().collect()).collect()
}

/// Whether a row begins a facility: a running number, and a number of seven digits.
fn is_listed(row: &[String]) -> bool {
    let mut cells = row.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let plain = |cell: &str| cell.nfkc().collect::<String>();
    let running = cells.next().is_some_and(|first| plain(first).bytes().all(|b| b.is_ascii_digit()));
    running && cells.any(|cell| digits(cell).len() == 7 && !plain(cell).contains(char::is_alphabetic))
}

/// The prefecture a sheet is of: as it is named nearest to the cells, or by the number its file begins with.
pub(super) fn prefecture(table: &Table) -> Option<u8> {
    let titles = titles(table);
    let texts = || table.names.iter().take(1).chain(&titles).chain(table.names.iter().skip(1));
    texts().find_map(|text| named(text)).or_else(|| table.names.iter().find_map(|name| numbered(name)).map(|(number, _)| number))
}

fn named(text: &str) -> Option<u8> {
    let plain = text.to_lowercase();
    let full = PREFECTURES.iter().find(|p| plain.contains(p.name));
    // 京都 stands in 東京都, which has been looked for by then.
    let short = || PREFECTURES.iter().find(|p| plain.contains(p.short_name()));
    // A long vowel is written out or not: ooita, hyougo.
    let short_vowels = |word: &str| word.replace("ou", "o").replace("oo", "o");
    let latin = || ROMAJI.iter().position(|name| words(&plain).any(|w| short_vowels(w) == *name)).map(|n| n as u8 + 1);
    full.or_else(short).map(|p| p.number).or_else(latin)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_lowercase()).filter(|w| !w.is_empty())
}

/// Three digits at the beginning of a name: prefecture and score table.
fn numbered(name: &str) -> Option<(u8, u8)> {
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    let number = digits.get(..2)?.parse().ok().filter(|n| (1..=47).contains(n))?;
    let table = digits.get(2..3)?.parse().ok().filter(|t| matches!(t, 1 | 3 | 4))?;
    (digits.len() == 3).then_some((number, table))
}

/// The score table a sheet is of.
pub(super) fn score_table(table: &Table) -> Option<u8> {
    let titles = titles(table);
    let texts = || table.names.iter().take(1).chain(&titles).chain(table.names.iter().skip(1));
    let called = |text: &String| {
        let plain = text.to_lowercase();
        let named = |word: &str| if word.is_ascii() { words(&plain).any(|w| w == word) } else { plain.contains(word) };
        TABLES.iter().find(|(word, _)| named(word)).map(|(_, table)| *table)
    };
    texts().find_map(called).or_else(|| table.names.iter().find_map(|name| numbered(name)).map(|(_, table)| table))
}

/// The day it is true on: `令和 8年 9月 1日現在`.
pub(super) fn as_of(table: &Table) -> Option<Date> {
    titles(table).iter().find_map(|line| {
        let before = line.split("現在").next().filter(|_| line.contains("現在"))?;
        let from = ["令和", "平成"].iter().filter_map(|era| before.rfind(era)).max()?;
        let date: String = before[from..].chars().filter(|c| !c.is_whitespace()).collect();
        parse_date(&date)
    })
}
