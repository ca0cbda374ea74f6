//! コード内容別医療機関一覧表: a print layout in a workbook, several rows for each facility. Its columns are found by their
//! headings where it has any, else where they always stand; prefecture and category come from names and titles.

use super::flat::postal;
use super::title;
use super::{Listed, Table, beds, code, digits, kind, paired};
use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// Columns as they always stand: running number, 医療機関番号, name, address, telephone, beds, kind.
#[derive(Clone, Copy)]
struct Columns {
    running: usize,
    number: usize,
    name: usize,
    address: usize,
    telephone: usize,
    beds: usize,
    kind: usize,
}

const USUAL: Columns = Columns { running: 0, number: 1, name: 2, address: 3, telephone: 4, beds: 8, kind: 9 };

impl Columns {
    fn of(table: &Table) -> Self {
        let plain = |c: &String| c.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
        let headings =
            |row: &&Vec<String>| row.iter().any(|c| plain(c).contains("医療機関名称") || plain(c).contains("薬局名称"));
        let Some(row) = table.rows.iter().take(30).find(headings) else { return USUAL };
        let at = |words: &[&str], else_at: usize| {
            row.iter().position(|c| words.iter().any(|w| plain(c).contains(w))).unwrap_or(else_at)
        };
        Self {
            running: at(&["項番"], USUAL.running),
            number: at(&["医療機関番号", "薬局番号"], USUAL.number),
            name: at(&["医療機関名称", "薬局名称"], USUAL.name),
            address: at(&["所在地"], USUAL.address),
            telephone: at(&["電話番号"], USUAL.telephone),
            beds: at(&["病床数"], USUAL.beds),
            kind: at(&["備考", "種別"], USUAL.kind),
        }
    }
}

/// Its facilities, and how many it says it has; none where the sheet is no such list.
#[expect(clippy::type_complexity, reason = "day, facilities, and the count the list states: three things of one sheet")]
pub(super) fn read(table: &Table) -> Option<(Option<Date>, Vec<Result<Listed, String>>, Option<usize>)> {
    let titled = table.rows.iter().take(12).any(|row| {
        let line: String = row.concat().nfkc().filter(|c| !c.is_whitespace()).collect();
        line.contains("コード内容別") || line.contains("項番") && line.contains("医療機関番号")
    });
    let columns = Columns::of(table);
    let starts: Vec<usize> = (0..table.rows.len()).filter(|&at| begins(&table.rows[at], columns)).collect();
    if !titled && starts.len() < 2 || starts.is_empty() {
        return None;
    }
    let addresses = || starts.iter().map(|&at| address(cell(&table.rows[at], columns.address)).0);
    let told = title::prefecture(table).or_else(|| region(addresses())).zip(title::score_table(table));
    let ends = starts.iter().skip(1).copied().chain([table.rows.len()]);
    let listed = starts.iter().zip(ends).map(|(&from, to)| {
        let (prefecture, score) = told.ok_or_else(|| format!("{}: prefecture or category is not named", table.place))?;
        let rows = &table.rows[from..to];
        let next_page = rows.iter().position(|row| is_heading(row)).unwrap_or(rows.len());
        facility(&rows[..next_page], columns, prefecture, score).map_err(|why| format!("{} row {}: {why}", table.place, from + 1))
    });
    let stated = starts.iter().filter_map(|&at| digits(cell(&table.rows[at], columns.running)).parse().ok()).max();
    Some((title::as_of(table), listed.collect(), stated))
}

/// Whether a row stands above the list, on whatever page: a title, the day, the headings.
fn is_heading(row: &[String]) -> bool {
    let line: String = row.concat().nfkc().filter(|c| !c.is_whitespace()).collect();
    ["コード内容別", "医療機関名称", "薬局名称"].iter().any(|words| line.contains(words))
        || line.contains("現在") && line.contains("現存/休止")
}

fn cell(row: &[String], at: usize) -> &str {
    row.get(at).map_or("", |c| c.trim())
}

/// The prefecture in which nearly all of these postal codes lie: 北海道 names its files by number.
fn region(codes: impl Iterator<Item = String>) -> Option<u8> {
    let mut tally = [0_usize; 48];
    codes.filter_map(|code| crate::postal::region(&code)).for_each(|prefecture| tally[usize::from(prefecture)] += 1);
    let (most, count) = tally.iter().enumerate().max_by_key(|(_, count)| **count)?;
    (*count > 0 && count * 10 >= tally.iter().sum::<usize>() * 8).then_some(most as u8)
}

/// A facility begins where there is a running number and something in the column of numbers.
fn begins(row: &[String], columns: Columns) -> bool {
    let running: String = cell(row, columns.running).nfkc().collect();
    let numbered = !running.is_empty() && running.bytes().all(|b| b.is_ascii_digit());
    numbered && !digits(cell(row, columns.number)).is_empty() && !cell(row, columns.name).is_empty()
}

fn facility(rows: &[Vec<String>], columns: Columns, prefecture: u8, score: u8) -> Result<Listed, String> {
    let first = |at: usize| cell(&rows[0], at);
    let numbers: Vec<String> =
        rows.iter().flat_map(|r| cell(r, columns.number).lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let seven = numbers.first().map(|line| digits(line)).unwrap_or_default();
    if seven.len() != 7 {
        return Err(format!("`{}` is no number of seven digits", first(columns.number)));
    }
    let own = code(prefecture, score, &seven).ok_or_else(|| "no facility code".to_owned())?;
    let other = numbers.iter().skip(1).map(|line| digits(line)).find(|d| d.len() == 7);
    let (zip, address) = address(&column(rows, columns.address));
    let called = column(rows, columns.kind);
    Ok(Listed {
        code: Some(own),
        kind: kind(own.digits()[2], &called),
        name: column(rows, columns.name),
        postal: zip,
        address,
        telephone: first(columns.telephone).lines().next().unwrap_or_default().trim().nfkc().collect(),
        fax: String::new(),
        beds: beds(&rows.iter().map(|r| cell(r, columns.beds)).collect::<Vec<_>>().join("／")),
        suspended: called.contains("休止"),
        paired: other.and_then(|seven| paired(prefecture, &own, &seven)),
    })
}

/// The lines of a column put together.
fn column(rows: &[Vec<String>], at: usize) -> String {
    rows.iter().flat_map(|row| cell(row, at).lines()).map(str::trim).collect()
}

/// `〒005－0813札幌市南区…`: postal code, and the rest.
fn address(text: &str) -> (String, String) {
    let plain = text.trim_start_matches(['〒', ' ', '　']);
    let mut digits = 0;
    let rest = plain.char_indices().find(|(_, c)| {
        let folded: char = c.to_string().nfkc().next().unwrap_or(*c);
        digits += usize::from(folded.is_ascii_digit());
        !(folded.is_ascii_digit() && digits <= 7 || matches!(folded, '-' | '−' | '‐' | '―' | 'ー' | ' '))
    });
    let at = rest.map_or(plain.len(), |(at, _)| at);
    let code = postal(&plain[..at]);
    if code.is_empty() { (code, text.to_owned()) } else { (code, plain[at..].trim().to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_begins_with_its_postal_code_or_has_none() {
        assert_eq!(address("〒005－0813札幌市南区川沿3条"), ("005-0813".to_owned(), "札幌市南区川沿3条".to_owned()));
        assert_eq!(address("札幌市南区"), (String::new(), "札幌市南区".to_owned()));
    }
}
