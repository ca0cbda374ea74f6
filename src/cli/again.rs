//! `uketsuke export` and `uketsuke receipts`: files of a batch folder again, from its ledger.

use super::args::{ExportArgs, ReceiptsArgs};
use super::messages::say;
use super::run::{encoding, folder_failure, letters};
use super::{Failure, catalogue, print};
use crate::batch::again::Again;
use crate::master::Master;

/// Writes `records.ndjson`, `csv/` and `exceptions.csv` again.
pub(super) fn export(args: &ExportArgs) -> Result<u8, Failure> {
    let catalogue = catalogue(&args.forms)?;
    let again = Again::open(&args.batch).map_err(|e| folder_failure(&e))?;
    let (records, replaced) = again.export(catalogue.forms(), encoding(args.csv_encoding)).map_err(|e| folder_failure(&e))?;
    print(&format!("{}: {records}\n", say("records written", "書き出した記録")))?;
    if replaced > 0 {
        print(&format!("{}: {replaced}\n", say("characters CP932 does not have, written as 〓", "CP932にないため〓とした文字")))?;
    }
    Ok(0)
}

/// Writes `receipts.pdf` and `notices.pdf` again.
pub(super) fn receipts(args: &ReceiptsArgs) -> Result<u8, Failure> {
    let catalogue = catalogue(&args.forms)?;
    let again = Again::open(&args.batch).map_err(|e| folder_failure(&e))?;
    let master: Option<Master> = args.master.as_deref().map(super::run::open_master).transpose()?;
    let written = again.receipts(catalogue.forms(), &letters(master.as_ref())?).map_err(|e| folder_failure(&e))?;
    let (r, n) = (written.receipts, written.notices);
    print(&format!("{} {r}, {} {n}\n", say("receipts", "受付のお知らせ"), say("notices", "不備のお知らせ")))?;
    for note in &written.notes {
        print(&format!("{note}\n"))?;
    }
    Ok(0)
}
