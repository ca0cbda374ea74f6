//! The lists that the regional bureaus publish, made one master: workbooks, alone or in ZIP files, of both kinds (コード内容別
//! 医療機関一覧表 and 届出受理医療機関名簿). Every facility of a list comes into the master or is told with its reason. Judges no
//! form.

mod archive;
mod flat;
mod printed;
mod title;

use super::COLUMNS;
use crate::codes::{CheckDigit, FacilityCode};
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A list that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Neither a workbook nor an archive of such.
    #[error("{name}: {what}; give the Excel or ZIP file as the bureau publishes it")]
    Unreadable {
        /// The file, and the entry within it.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A sheet that is none of the two lists.
    #[error(
        "{name}: no list of facilities was found in it; the lists are コード内容別医療機関一覧表 and 届出受理医療機関名簿（全体）"
    )]
    NoList {
        /// The file.
        name: String,
    },
}

/// One sheet: where it stands, and its cells as text.
pub(super) struct Table {
    /// File, entry and sheet.
    pub place: String,
    /// What tells prefecture and category, most telling first: sheet, entry, file.
    pub names: Vec<String>,
    /// Rows of cells.
    pub rows: Vec<Vec<String>>,
    /// Hex SHA-256 of the file that was given.
    pub sha256: String,
}

/// One facility as a list has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub code: Option<FacilityCode>,
    pub kind: &'static str,
    pub name: String,
    pub postal: String,
    pub address: String,
    pub telephone: String,
    pub fax: String,
    pub beds: Option<u32>,
    pub suspended: bool,
    pub paired: Option<FacilityCode>,
}

/// What came of one sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// File, entry and sheet.
    pub place: String,
    /// Day it is true on.
    pub as_of: Option<Date>,
    /// Facilities taken.
    pub taken: usize,
    /// Facilities by the list's own numbers; none where it has no numbers.
    pub stated: Option<usize>,
    /// Rows that could not be taken, and why.
    pub left_out: Vec<String>,
    /// Codes whose check digit does not fit.
    pub unchecked: Vec<String>,
}

/// A master made of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The master, CSV in UTF-8.
    pub csv: Vec<u8>,
    /// Facilities in it.
    pub facilities: usize,
    /// What came of each sheet.
    pub sheets: Vec<Sheet>,
}

/// A row of the master in the making.
struct Row {
    listed: Listed,
    as_of: Option<Date>,
    source: String,
    sha256: String,
}

/// Makes a master of published lists: names and bytes of the files. A facility that is in several lists has one row; what
/// one list leaves empty another fills.
///
/// # Errors
/// Where a file is no such list.
pub fn import(files: &[(String, Vec<u8>)]) -> Result<Imported, ImportError> {
    let mut rows: BTreeMap<FacilityCode, Row> = BTreeMap::new();
    let mut sheets = Vec::new();
    for (name, bytes) in files {
        let sha256 = format!("{:x}", Sha256::digest(bytes));
        let before = sheets.len();
        for table in archive::tables(name, bytes, &sha256)? {
            sheets.extend(take(&table, &mut rows));
        }
        if sheets.len() == before {
            return Err(ImportError::NoList { name: name.clone() });
        }
    }
    Ok(Imported { csv: csv(&rows), facilities: rows.len(), sheets })
}

/// Takes the facilities of one sheet; none where it is no list.
fn take(table: &Table, rows: &mut BTreeMap<FacilityCode, Row>) -> Option<Sheet> {
    let (as_of, listed, stated) = flat::read(table).or_else(|| printed::read(table))?;
    let mut sheet = Sheet { place: table.place.clone(), as_of, taken: 0, stated, left_out: Vec::new(), unchecked: Vec::new() };
    for listed in listed {
        match listed {
            Ok(listed) => {
                let Some(code) = listed.code else { continue };
                sheet.taken += 1;
                if code.check() == CheckDigit::Wrong {
                    sheet.unchecked.push(code.to_string());
                }
                let row = Row { listed, as_of, source: table.place.clone(), sha256: table.sha256.clone() };
                match rows.get_mut(&code) {
                    Some(known) => fill(known, row),
                    None => drop(rows.insert(code, row)),
                }
            }
            Err(why) => sheet.left_out.push(why),
        }
    }
    Some(sheet)
}

/// Fills what one list leaves empty from another. Of what both say, the first given holds.
fn fill(known: &mut Row, other: Row) {
    let (known, other) = (&mut known.listed, other.listed);
    let fill = |to: &mut String, from: String| {
        if to.is_empty() {
            *to = from;
        }
    };
    fill(&mut known.name, other.name);
    fill(&mut known.postal, other.postal);
    fill(&mut known.address, other.address);
    fill(&mut known.telephone, other.telephone);
    fill(&mut known.fax, other.fax);
    known.beds = known.beds.or(other.beds);
    known.paired = known.paired.or(other.paired);
    known.suspended |= other.suspended;
    if known.kind == "unknown" {
        known.kind = other.kind;
    }
}

fn csv(rows: &BTreeMap<FacilityCode, Row>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail; a row that could not be written would be missed by the count that is told.
    let _ = writer.write_record(COLUMNS);
    for (code, row) in rows {
        let digits = code.compact();
        let listed = &row.listed;
        let beds = listed.beds.map(|n| n.to_string()).unwrap_or_default();
        let paired = listed.paired.map(|c| c.compact()).unwrap_or_default();
        let as_of = row.as_of.map(|d| d.to_string()).unwrap_or_default();
        let _ = writer.write_record([
            digits.as_str(),
            &digits[..2],
            &digits[2..3],
            &digits[3..],
            listed.kind,
            &listed.name,
            &listed.postal,
            &listed.address,
            &listed.telephone,
            &listed.fax,
            &beds,
            if listed.suspended { "休止" } else { "現存" },
            &paired,
            &as_of,
            &row.source,
            &row.sha256,
        ]);
    }
    writer.into_inner().unwrap_or_default()
}

/// The code of seven digits in a prefecture and category; a dental code in a medical list (and the reverse) is told by its
/// check digit.
pub(super) fn code(prefecture: u8, table: u8, seven: &str) -> Option<FacilityCode> {
    let of = |table: u8| format!("{prefecture:02}{table}{seven}").parse::<FacilityCode>().ok();
    let own = of(table)?;
    if own.check() != CheckDigit::Wrong {
        return Some(own);
    }
    let others = [1, 3].into_iter().filter(|t| *t != table && table != 4).filter_map(of);
    others.into_iter().find(|code| code.check() == CheckDigit::Right).or(Some(own))
}

/// The code of the other half of a site (併設): of another category at the same prefecture, told by its check digit. None
/// where that is not certain.
pub(super) fn paired(prefecture: u8, own: &FacilityCode, seven: &str) -> Option<FacilityCode> {
    let of = |table: u8| format!("{prefecture:02}{table}{seven}").parse::<FacilityCode>().ok();
    let fitting = [1, 3].into_iter().filter_map(of).filter(|c| c.check() == CheckDigit::Right && c != own);
    let all: Vec<FacilityCode> = fitting.collect();
    if let [only] = all.as_slice() { Some(*only) } else { None }
}

/// Kind of a facility by its score table and what the list calls it.
pub(super) fn kind(table: u8, called: &str) -> &'static str {
    match table {
        4 => "pharmacy",
        3 => "dental",
        _ if called.contains("病院") => "hospital",
        _ if called.contains("診療所") => "clinic",
        _ => "unknown",
    }
}

/// The digits of a text of any width.
pub(super) fn digits(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().filter(char::is_ascii_digit).collect()
}

/// Beds of all kinds together, as lists write them (`一般　　16／療養　4`); none where no number is given.
pub(super) fn beds(text: &str) -> Option<u32> {
    use unicode_normalization::UnicodeNormalization;
    const KINDS: [&str; 6] = ["一般", "療養", "精神", "結核", "感染", "その他"];
    if !KINDS.iter().any(|kind| text.contains(kind)) {
        return None;
    }
    let plain: String = text.nfkc().filter(|c| *c != ',').collect();
    let numbers = plain.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u32>().ok());
    let all: Vec<u32> = numbers.collect();
    (!all.is_empty()).then(|| all.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dental_code_in_a_medical_list_is_told_by_its_check_digit() {
        // 大阪大学歯学部附属病院, listed among the medical ones.
        assert_eq!(code(27, 1, "9900021").map(|c| c.compact()), Some("2739900021".to_owned()));
        assert_eq!(code(1, 1, "0113719").map(|c| c.compact()), Some("0110113719".to_owned()));
    }

    #[test]
    fn beds_of_all_kinds_are_added_up() {
        assert_eq!(beds("一般　一般　15／療養　療養　４"), Some(19));
        assert_eq!(beds("一般　　1,200"), Some(1200));
        assert_eq!((beds("一般　　"), beds("内科　外科")), (None, None));
    }
}
