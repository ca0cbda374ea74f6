//! Takes a ledger of an older schema over, whole and in its order. Schema 2 had the same entries without acts: they are
//! carried over as they are, hashes and all. Schema 1 had a table each for settings, scans,
//! records and exceptions, and no chain; the chain begins with the takeover and says so in its closing entry.

use super::chain::Entry;
use super::{LedgerError, LedgerWriter};
use crate::provenance::{InputFile, Provenance};
use crate::record::{ExceptionKind, PageException, Record};
use crate::tally::Tally;
use rusqlite::Connection;
use std::path::Path;

/// Schema versions that can be taken over.
pub(super) const FROM: i64 = 1;

/// The first schema with a chain of entries.
pub(super) const CHAINED: i64 = 2;

/// The entries of a ledger of schema 2, put into `into` as they are.
pub(super) fn carry_over(entries: &[Entry], mut into: LedgerWriter) -> Result<LedgerWriter, LedgerError> {
    entries.iter().try_for_each(|entry| into.append_as_it_is(entry))?;
    Ok(into)
}

/// An old ledger being read.
struct Old<'a> {
    path: &'a Path,
    db: &'a Connection,
}

/// Everything of a ledger of schema 1, put into `into` and closed.
pub(super) fn take_over(path: &Path, db: &Connection, mut into: LedgerWriter) -> Result<LedgerWriter, LedgerError> {
    let old = Old { path, db };
    let settings = old.json("SELECT 0, json FROM provenance")?;
    let (_, settings) = settings.first().ok_or_else(|| LedgerError::Foreign { path: path.to_owned() })?;
    into.append_settings(&old.parsed::<Provenance>("the description of the batch", 0, settings)?)?;
    let inputs = old.inputs()?;
    inputs.iter().try_for_each(|input| into.append_input(input))?;
    let (places, exceptions): (Vec<u64>, Vec<PageException>) = old.exceptions()?.into_iter().unzip();
    places.iter().zip(&exceptions).try_for_each(|(position, e)| into.append_exception(*position, e))?;
    let mut records = Vec::new();
    for (position, json) in old.json("SELECT position, json FROM records ORDER BY position")? {
        let record: Record = old.parsed("the record", position, &json)?;
        into.append_record(position, &record)?;
        records.push(record);
    }
    into.close_as(&Tally::of(&inputs, &exceptions, &records), Some(FROM))?;
    Ok(into)
}

impl Old<'_> {
    fn inputs(&self) -> Result<Vec<InputFile>, LedgerError> {
        self.rows("SELECT source, sha256, bytes, pages FROM inputs ORDER BY position", |row| {
            Ok(InputFile {
                source: row.get(0)?,
                sha256: row.get(1)?,
                bytes: row.get::<_, i64>(2)? as u64,
                pages: row.get::<_, i64>(3)? as u64,
            })
        })
    }

    fn exceptions(&self) -> Result<Vec<(u64, PageException)>, LedgerError> {
        let sql = "SELECT position, source, page, sha256, kind, reason, message FROM exceptions ORDER BY position";
        self.rows(sql, |row| {
            let kind = if row.get::<_, String>(4)? == "blank" { ExceptionKind::Blank } else { ExceptionKind::Refused };
            let (source, page, sha256) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let (reason, message) = (row.get(5)?, row.get(6)?);
            Ok((row.get::<_, i64>(0)? as u64, PageException { source, page, sha256, kind, reason, message }))
        })
    }

    fn json(&self, sql: &str) -> Result<Vec<(u64, String)>, LedgerError> {
        self.rows(sql, |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&rusqlite::Row) -> rusqlite::Result<T>) -> Result<Vec<T>, LedgerError> {
        let all = self.db.prepare(sql).and_then(|mut s| s.query_map([], read)?.collect());
        all.map_err(|source| LedgerError::Read { path: self.path.to_owned(), source })
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, what: &'static str, position: u64, json: &str) -> Result<T, LedgerError> {
        let path = || self.path.to_owned();
        serde_json::from_str(json).map_err(|source| LedgerError::Damaged { path: path(), what, position, source })
    }
}
