//! `uketsuke master import`: the published lists, made one master.

use super::args::{MasterCommand, MasterImportArgs};
use super::messages::say;
use super::{Failure, INPUT, OUTPUT, print};
use crate::master::Master;
use crate::master::import::{Sheet, import};
use crate::whole::write_whole;

/// Does what was asked.
pub(super) fn run(command: &MasterCommand) -> Result<u8, Failure> {
    match command {
        MasterCommand::Import(args) => lists(args),
    }
}

/// Imports lists: 0 where every facility of them is in the master, 1 where a row could not be taken.
fn lists(args: &MasterImportArgs) -> Result<u8, Failure> {
    let read = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).map_err(|e| Failure::new(INPUT, format!("{}: {e}", path.display())))?;
        Ok((path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(), bytes))
    };
    let files = args.files.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    let imported = import(&files).map_err(|e| Failure::new(INPUT, e))?;
    // What is written must be what `--master` reads.
    let master = Master::from_csv(&imported.csv).map_err(|e| Failure::new(INPUT, e))?;
    write_whole(&args.out, &imported.csv).map_err(|e| Failure::new(OUTPUT, e))?;
    for sheet in &imported.sheets {
        print(&told(sheet))?;
    }
    let hash = &master.version().sha256;
    print(&format!("{} {}  {} {hash}\n", say("facilities in the master:", "名簿の件数:"), imported.facilities, "sha256"))?;
    Ok(u8::from(imported.sheets.iter().any(|s| !s.left_out.is_empty() || !counts(s))))
}

/// Whether as many facilities were taken as the list numbers.
fn counts(sheet: &Sheet) -> bool {
    sheet.stated.is_none_or(|stated| stated == sheet.taken)
}

fn told(sheet: &Sheet) -> String {
    let day = sheet.as_of.map_or_else(|| say("no date", "日付なし").to_owned(), |d| d.to_string());
    let stated = sheet.stated.map(|n| format!(" / {n}")).unwrap_or_default();
    let mark = if sheet.left_out.is_empty() && counts(sheet) { "✓" } else { "✗" };
    let first = format!("{mark} {}: {day}, {}{stated}\n", sheet.place, sheet.taken);
    let left_out = sheet.left_out.iter().map(|why| format!("    {} {why}\n", say("left out:", "取り込めない行:")));
    let codes = || sheet.unchecked.join(", ");
    let unchecked = (!sheet.unchecked.is_empty())
        .then(|| format!("    {} {}\n", say("check digit does not fit:", "検証番号が合わないコード:"), codes()));
    std::iter::once(first).chain(left_out).chain(unchecked).collect()
}
