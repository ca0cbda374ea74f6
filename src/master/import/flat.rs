//! 届出受理医療機関名簿（全体）: a flat table with one row for each filed standard of a facility. Columns are found by their
//! headings.

use super::title;
use super::{Listed, Table, beds, code, digits, kind, paired};
use jiff::civil::Date;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// Rows at the top in which the headings may stand.
const HEADING_ROWS: usize = 20;

/// Where the columns are.
struct Columns {
    prefecture: usize,
    category: usize,
    number: usize,
    paired: Option<usize>,
    name: usize,
    postal: Option<usize>,
    address: Option<usize>,
    telephone: Option<usize>,
    fax: Option<usize>,
    beds: Option<usize>,
    kind: Option<usize>,
}

impl Columns {
    fn of(row: &[String]) -> Option<Self> {
        let plain: Vec<String> = row.iter().map(|c| c.nfkc().filter(|c| !c.is_whitespace()).collect()).collect();
        let at = |heading: &str| plain.iter().position(|c| c == heading);
        Some(Self {
            prefecture: at("都道府県コード")?,
            category: at("区分")?,
            number: at("医療機関番号")?,
            paired: at("併設医療機関番号"),
            name: at("医療機関名称")?,
            postal: at("医療機関所在地(郵便番号)"),
            address: at("医療機関所在地(住所)"),
            telephone: at("電話番号"),
            fax: at("FAX番号"),
            beds: at("病床数"),
            kind: at("種別"),
        })
    }
}

/// Its facilities, each once; none where the sheet is no such list.
#[expect(clippy::type_complexity, reason = "day, facilities, and the count the list states: three things of one sheet")]
pub(super) fn read(table: &Table) -> Option<(Option<Date>, Vec<Result<Listed, String>>, Option<usize>)> {
    let heading = table.rows.iter().take(HEADING_ROWS).position(|row| Columns::of(row).is_some())?;
    let columns = Columns::of(&table.rows[heading])?;
    let mut seen = BTreeSet::new();
    let mut listed = Vec::new();
    for (at, row) in table.rows.iter().enumerate().skip(heading + 1) {
        if row.get(columns.number).is_none_or(|cell| cell.trim().is_empty()) {
            continue;
        }
        match facility(&columns, row) {
            Ok(facility) if !seen.insert(facility.code) => {}
            Ok(facility) => listed.push(Ok(facility)),
            Err(why) => listed.push(Err(format!("{} row {}: {why}", table.place, at + 1))),
        }
    }
    // Its running numbers count filed standards, not facilities.
    Some((title::as_of(table), listed, None))
}

fn facility(columns: &Columns, row: &[String]) -> Result<Listed, String> {
    let cell = |at: usize| row.get(at).map_or("", |c| c.trim());
    let some = |at: Option<usize>| at.map_or("", cell);
    let prefecture: u8 = digits(cell(columns.prefecture)).parse().map_err(|_| "no prefecture code".to_owned())?;
    let category = cell(columns.category);
    let table = match category {
        c if c.contains("医科") => 1,
        c if c.contains("歯科") => 3,
        c if c.contains("薬局") || c.contains("調剤") => 4,
        other => return Err(format!("category `{other}`")),
    };
    let seven = format!("{:0>7}", digits(cell(columns.number)));
    let own =
        code(prefecture, table, &seven).ok_or_else(|| format!("`{}` is no number of seven digits", cell(columns.number)))?;
    let other = digits(some(columns.paired));
    let called = some(columns.kind);
    let beds = beds(some(columns.beds));
    Ok(Listed {
        code: Some(own),
        kind: by_beds(kind(own.digits()[2], called), beds),
        name: cell(columns.name).to_owned(),
        postal: postal(some(columns.postal)),
        address: some(columns.address).to_owned(),
        telephone: some(columns.telephone).nfkc().collect(),
        fax: some(columns.fax).nfkc().collect(),
        beds,
        suspended: false,
        paired: (other.len() == 7).then(|| paired(prefecture, &own, &other)).flatten(),
    })
}

/// 種別 is left empty for most; from 20 beds on a facility is a hospital (医療法 1条の5).
fn by_beds(kind: &'static str, beds: Option<u32>) -> &'static str {
    match (kind, beds) {
        ("unknown", Some(20..)) => "hospital",
        ("unknown", Some(_)) => "clinic",
        (kind, _) => kind,
    }
}

/// Seven digits with their hyphen.
pub(super) fn postal(text: &str) -> String {
    let digits = digits(text);
    if digits.len() == 7 { format!("{}-{}", &digits[..3], &digits[3..]) } else { String::new() }
}
