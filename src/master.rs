//! The facility master: the list of designated facilities an operator has imported to one normalised CSV.
//! Does not judge a form: it says what the list holds, and whether a name, number or address says the same.

pub mod agreement;
pub mod import;

use crate::codes::{FacilityCode, FacilityKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Its columns. `code10`, `kind` and `name` must be there; the others may be left out, in any order.
pub const COLUMNS: [&str; 16] = [
    "code10",
    "pref",
    "tensu",
    "code7",
    "kind",
    "name",
    "postal",
    "address",
    "tel",
    "fax",
    "beds",
    "status",
    "paired_code10",
    "as_of",
    "source",
    "source_sha256",
];

const NEEDED: [&str; 3] = ["code10", "kind", "name"];

/// Mistakes that are shown one by one: a column that a spreadsheet spoilt has as many as rows.
const MOST_SHOWN: usize = 20;

/// One facility of the master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facility {
    /// Its ten digits.
    pub code: FacilityCode,
    /// What it is.
    pub kind: FacilityKind,
    /// Name.
    pub name: String,
    /// Postal code as listed, or empty.
    pub postal: String,
    /// Address as listed, without the prefecture, or empty.
    pub address: String,
    /// Telephone as listed, or empty.
    pub telephone: String,
    /// Fax as listed, or empty.
    pub fax: String,
    /// Beds, where listed.
    pub beds: Option<u32>,
    /// Whether it is listed as closed for the time being (休止).
    pub suspended: bool,
    /// The other code of the same site (併設), where listed.
    pub paired: Option<FacilityCode>,
    /// Day the list was true on.
    pub as_of: Option<Date>,
}

/// What identifies a master: an auditor re-runs with the master of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterVersion {
    /// Hex SHA-256 of the file.
    pub sha256: String,
    /// Oldest day its rows were true on.
    pub as_of_from: Option<Date>,
    /// Newest day its rows were true on.
    pub as_of_to: Option<Date>,
    /// Facilities in it.
    pub facilities: usize,
}

/// The list.
#[derive(Debug, Clone)]
pub struct Master {
    facilities: BTreeMap<FacilityCode, Facility>,
    version: MasterVersion,
}

/// A master that cannot be used, with every mistake found in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct MasterError {
    /// Its mistakes in the order of their lines.
    pub mistakes: Vec<MasterMistake>,
}

/// One mistake in a master file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterMistake {
    /// Line, from 1.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for MasterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.mistakes.iter().take(MOST_SHOWN);
        let mut lines: Vec<String> = shown.map(|m| format!("line {}: {}", m.line, m.message)).collect();
        if let Some(more @ 1..) = self.mistakes.len().checked_sub(MOST_SHOWN) {
            lines.push(format!("and {more} more, of the same kinds or others"));
        }
        f.write_str(&lines.join("\n"))
    }
}

impl Master {
    /// Reads the master from CSV: UTF-8 with or without BOM, a header line with names of [`COLUMNS`]. All mistakes are
    /// reported at once.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, MasterError> {
        let text = text_of(bytes)?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let columns = Columns::of(reader.headers().map_err(|e| only(1, csv_message(&e)))?)?;
        let mut facilities = BTreeMap::new();
        let mut mistakes = Vec::new();
        for row in reader.records() {
            match row {
                Ok(row) => take(&columns, &row, line_of(row.position(), text), &mut facilities, &mut mistakes),
                Err(e) => mistakes.push(mistake(line_of(e.position(), text), csv_message(&e))),
            }
        }
        if facilities.is_empty() && mistakes.is_empty() {
            return Err(only(1, "no facility is listed below the header: give the whole list, or leave --master out".to_owned()));
        }
        if !mistakes.is_empty() {
            return Err(MasterError { mistakes });
        }
        Ok(Self { version: version(bytes, &facilities), facilities })
    }

    /// The facility of that code.
    pub fn get(&self, code: &FacilityCode) -> Option<&Facility> {
        self.facilities.get(code)
    }

    /// What identifies this master, for the manifest.
    pub fn version(&self) -> &MasterVersion {
        &self.version
    }
}

fn version(bytes: &[u8], facilities: &BTreeMap<FacilityCode, Facility>) -> MasterVersion {
    let days = || facilities.values().filter_map(|f| f.as_of);
    MasterVersion {
        sha256: format!("{:x}", Sha256::digest(bytes)),
        as_of_from: days().min(),
        as_of_to: days().max(),
        facilities: facilities.len(),
    }
}

fn text_of(bytes: &[u8]) -> Result<&str, MasterError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let line = bytes[..e.valid_up_to()].split(|b| *b == b'\n').count() as u64;
        only(line, "not UTF-8: save the file as CSV UTF-8".to_owned())
    })
}

fn only(line: u64, message: String) -> MasterError {
    MasterError { mistakes: vec![mistake(line, message)] }
}

fn mistake(line: u64, message: String) -> MasterMistake {
    MasterMistake { line, message }
}

fn csv_message(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns where the header has {expected_len}: quote cells that contain commas")
        }
        _ => format!("{error}: save the file as CSV UTF-8 again"),
    }
}

/// Where each of [`COLUMNS`] stands in the file.
struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, MasterError> {
        let mut places = [None; COLUMNS.len()];
        let mut mistakes = Vec::new();
        for (place, name) in header.iter().enumerate() {
            match COLUMNS.iter().position(|c| *c == name) {
                Some(column) if places[column].is_none() => places[column] = Some(place),
                Some(_) => mistakes.push(mistake(1, format!("column `{name}` is there twice: leave one"))),
                None if name.contains([';', '\t']) => {
                    mistakes.push(mistake(1, "columns are separated by commas: save the file as CSV UTF-8".to_owned()));
                }
                None => mistakes.push(mistake(1, format!("unknown column `{name}`: the columns are {}", COLUMNS.join(",")))),
            }
        }
        let missing = NEEDED.iter().filter(|n| !header.iter().any(|h| h == **n));
        mistakes.extend(missing.map(|n| mistake(1, format!("column `{n}` is missing: add it"))));
        if mistakes.is_empty() { Ok(Self(places)) } else { Err(MasterError { mistakes }) }
    }

    /// The cell of a column, empty where the file has no such column.
    fn cell<'r>(&self, row: &'r csv::StringRecord, column: &str) -> &'r str {
        let place = COLUMNS.iter().position(|c| *c == column).and_then(|c| self.0[c]);
        place.and_then(|p| row.get(p)).unwrap_or_default()
    }
}

/// The line a row begins on. After CR LF the reader counts from between the two.
fn line_of(row: Option<&csv::Position>, text: &str) -> u64 {
    row.map_or(0, |at| {
        let between = usize::try_from(at.byte()).is_ok_and(|byte| text.as_bytes().get(byte) == Some(&b'\n'));
        at.line() + u64::from(between)
    })
}

/// Adds a row to the list, or its mistakes to theirs.
fn take(
    columns: &Columns,
    row: &csv::StringRecord,
    line: u64,
    facilities: &mut BTreeMap<FacilityCode, Facility>,
    mistakes: &mut Vec<MasterMistake>,
) {
    match facility(|column| columns.cell(row, column)) {
        Ok(new) if facilities.contains_key(&new.code) => {
            mistakes.push(mistake(line, format!("{} is listed twice: leave one row", new.code)));
        }
        Ok(new) => {
            facilities.insert(new.code, new);
        }
        Err(messages) => mistakes.extend(messages.into_iter().map(|m| mistake(line, m))),
    }
}

fn facility<'r>(cell: impl Fn(&str) -> &'r str) -> Result<Facility, Vec<String>> {
    let mut wrong = Vec::new();
    let code = noted(code(cell("code10")), &mut wrong);
    let kind = noted(kind(cell("kind")), &mut wrong);
    let beds = noted(optional(cell("beds"), |t| t.parse().map_err(|_| format!("`{t}` is no number of beds"))), &mut wrong);
    let as_of =
        noted(optional(cell("as_of"), |t| t.parse().map_err(|_| format!("`{t}` is no day: write 2021-03-31"))), &mut wrong);
    let paired =
        noted(optional(cell("paired_code10"), |t| t.parse().map_err(|e: crate::codes::CodeError| e.to_string())), &mut wrong);
    let suspended = noted(suspended(cell("status")), &mut wrong);
    if cell("name").is_empty() {
        wrong.push("the name is missing".to_owned());
    }
    if let Some(code) = code {
        wrong.extend(contradictions(&code, &cell));
    }
    let (Some(code), Some(kind), Some(beds), Some(as_of), Some(paired), Some(suspended), true) =
        (code, kind, beds, as_of, paired, suspended, wrong.is_empty())
    else {
        return Err(wrong);
    };
    Ok(Facility {
        code,
        kind,
        name: cell("name").to_owned(),
        postal: cell("postal").to_owned(),
        address: cell("address").to_owned(),
        telephone: cell("tel").to_owned(),
        fax: cell("fax").to_owned(),
        beds,
        suspended,
        paired,
        as_of,
    })
}

fn code(text: &str) -> Result<FacilityCode, String> {
    text.parse().map_err(|e: crate::codes::CodeError| {
        let nine = text.len() == 9 && text.bytes().all(|b| b.is_ascii_digit());
        let lost = if nine { ": its leading 0 was lost, as spreadsheets do; keep the column as text" } else { "" };
        format!("{e}{lost}")
    })
}

fn noted<T>(result: Result<T, String>, wrong: &mut Vec<String>) -> Option<T> {
    result.map_err(|message| wrong.push(message)).ok()
}

fn optional<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn kind(text: &str) -> Result<FacilityKind, String> {
    use FacilityKind::{Clinic, Dental, Hospital, Pharmacy, Unknown};
    let all = [Hospital, Clinic, Dental, Pharmacy, Unknown];
    let found = all.into_iter().find(|k| k.as_str() == text).or(text.is_empty().then_some(Unknown));
    found.ok_or_else(|| format!("kind `{text}` is not one of hospital, clinic, dental, pharmacy, unknown"))
}

fn suspended(text: &str) -> Result<bool, String> {
    match text {
        "" | "現存" => Ok(false),
        "休止" => Ok(true),
        other => Err(format!("status `{other}` is neither 現存 nor 休止")),
    }
}

/// Columns that repeat part of the code must say the same: a spreadsheet that dropped leading zeros is noticed here.
fn contradictions<'r>(code: &FacilityCode, cell: &impl Fn(&str) -> &'r str) -> Vec<String> {
    let digits = code.compact();
    let parts = [("pref", &digits[..2]), ("tensu", &digits[2..3]), ("code7", &digits[3..])];
    let differs = |(column, part): &(&str, &str)| !cell(column).is_empty() && cell(column) != *part;
    parts
        .into_iter()
        .filter(differs)
        .map(|(column, part)| format!("{column} `{}` is not `{part}` of code10", cell(column)))
        .collect()
}

#[cfg(test)]
mod tests;
