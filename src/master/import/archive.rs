//! Opens what a bureau publishes: a workbook, or a ZIP of workbooks, or a ZIP of such. Names inside are CP932 more often than
//! not. Reads no list.

use super::{ImportError, Table};
use calamine::{Data, Reader, Sheets, open_workbook_auto_from_rs};
use encoding_rs::SHIFT_JIS;
use std::io::{Cursor, Read};
use unicode_normalization::UnicodeNormalization;

/// Most bytes of one entry: the largest published workbook has some 40 MB.
const MOST_BYTES: u64 = 256 << 20;

/// Most entries of an archive, and how deep archives lie in each other.
const MOST_ENTRIES: usize = 1000;
const DEEPEST: usize = 3;

/// Every sheet of a file.
pub(super) fn tables(name: &str, bytes: &[u8], sha256: &str) -> Result<Vec<Table>, ImportError> {
    let mut found = Vec::new();
    open(&[name.to_owned()], bytes, sha256, &mut found)?;
    Ok(found)
}

fn open(names: &[String], bytes: &[u8], sha256: &str, found: &mut Vec<Table>) -> Result<(), ImportError> {
    let unreadable = |what: &dyn std::fmt::Display| ImportError::Unreadable { name: names.join(" › "), what: what.to_string() };
    // A modern workbook is a ZIP too: it is told by what is in it.
    if let Ok(workbook) = open_workbook_auto_from_rs(Cursor::new(bytes)) {
        return sheets(names, workbook, sha256, found);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable(&"neither a workbook nor a ZIP file"))?;
    if names.len() > DEEPEST || archive.len() > MOST_ENTRIES {
        return Err(unreadable(&"too many files in it, or too deep"));
    }
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(|e| unreadable(&e))?;
        let own = entry_name(entry.name_raw());
        let lower = own.to_lowercase();
        if entry.is_dir() || ![".xlsx", ".xls", ".xlsm", ".zip"].iter().any(|ending| lower.ends_with(ending)) {
            continue;
        }
        let mut inside = Vec::new();
        entry.take(MOST_BYTES + 1).read_to_end(&mut inside).map_err(|e| unreadable(&e))?;
        if inside.len() as u64 > MOST_BYTES {
            return Err(unreadable(&format!("{own} is larger than {MOST_BYTES} bytes")));
        }
        open(&[names, &[own]].concat(), &inside, sha256, found)?;
    }
    Ok(())
}

/// UTF-8 where it is that, else CP932, which the archivers of the trade write without saying so.
fn entry_name(raw: &[u8]) -> String {
    let name = std::str::from_utf8(raw).map_or_else(|_| SHIFT_JIS.decode(raw).0.into_owned(), str::to_owned);
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn sheets<R: Read + std::io::Seek>(
    names: &[String],
    mut workbook: Sheets<R>,
    sha256: &str,
    found: &mut Vec<Table>,
) -> Result<(), ImportError> {
    for sheet in workbook.sheet_names() {
        let range = workbook
            .worksheet_range(&sheet)
            .map_err(|e| ImportError::Unreadable { name: format!("{} › {sheet}", names.join(" › ")), what: e.to_string() })?;
        let rows = range.rows().map(|row| row.iter().map(text).collect()).collect();
        let told = std::iter::once(&sheet).chain(names.iter().rev()).map(|n| n.nfkc().collect()).collect();
        let place = format!("{} › {sheet}", names.join(" › "));
        found.push(Table { place, names: told, rows, sha256: sha256.to_owned() });
    }
    Ok(())
}

/// A cell as it shows: whole numbers without a point.
fn text(cell: &Data) -> String {
    match cell {
        Data::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
        other => other.to_string(),
    }
}
