//! Fills a fresh ledger aside and puts it in place when it is complete. Entries are chained as they are appended; the
//! same calls give the same file, byte for byte.

use super::chain::{Entry, GENESIS, Head, link};
use super::entry::{CloseEntry, CropEntry, ExceptionEntry, ReceiptEntry, RecordEntry, Said};
use super::{FILE_NAME, LedgerError, SCHEMA};
use crate::provenance::{InputFile, Provenance};
use crate::record::{PageException, Record};
use crate::tally::Tally;
use crate::whole;
use rusqlite::{Connection, OpenFlags, params};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// A ledger being filled. It takes its place in the folder on [`finish`](Self::finish); dropped before that, the one that
/// was there before stays.
#[derive(Debug)]
pub struct LedgerWriter {
    path: PathBuf,
    /// None for a ledger that is kept in memory.
    aside: Option<PathBuf>,
    db: Option<Connection>,
    head: Head,
    taken: BTreeSet<u64>,
}

impl LedgerWriter {
    /// Starts the ledger of a batch in the folder `dir`, which must exist.
    pub fn create(dir: &Path, provenance: &Provenance) -> Result<Self, LedgerError> {
        let mut writer = Self::aside(dir)?;
        writer.append_settings(provenance)?;
        Ok(writer)
    }

    /// An empty one, aside in the folder `dir`.
    pub(super) fn aside(dir: &Path) -> Result<Self, LedgerError> {
        let path = dir.join(FILE_NAME);
        let aside = whole::aside(&path);
        let placed = |source| LedgerError::Place { path: path.clone(), source };
        sweep(&aside).map_err(placed)?;
        whole::private_file().open(&aside).map_err(placed)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::begin(path, Some(aside.clone()), Connection::open_with_flags(&aside, flags))
    }

    /// An empty one in memory, standing for the file at `path`.
    pub(super) fn in_memory(path: &Path) -> Result<Self, LedgerError> {
        Self::begin(path.to_owned(), None, Connection::open_in_memory())
    }

    fn begin(path: PathBuf, aside: Option<PathBuf>, opened: rusqlite::Result<Connection>) -> Result<Self, LedgerError> {
        let begun = opened.and_then(|db| {
            // One transaction from here to `finish`: the file is worth nothing before that, so it needs no journal.
            db.pragma_update(None, "journal_mode", "OFF")?;
            db.pragma_update(None, "synchronous", "OFF")?;
            db.execute_batch(&format!("BEGIN; {SCHEMA}"))?;
            Ok(db)
        });
        match begun {
            Ok(db) => {
                let head = Head { entries: 0, sha256: GENESIS.to_owned() };
                Ok(Self { path, aside, db: Some(db), head, taken: BTreeSet::new() })
            }
            Err(source) => Err(LedgerError::Write { path, source }),
        }
    }

    pub(super) fn append_settings(&mut self, provenance: &Provenance) -> Result<(), LedgerError> {
        self.append(&Said::Settings(provenance))
    }

    /// Adds an input file; call in input order.
    pub fn append_input(&mut self, input: &InputFile) -> Result<(), LedgerError> {
        self.append(&Said::Scan(input))
    }

    /// Adds a submission. `position` is the place of its first page among all pages of the batch, from 0.
    pub fn append_record(&mut self, position: u64, record: &Record) -> Result<(), LedgerError> {
        self.take(position)?;
        self.append(&Said::Record(&RecordEntry { position, record: record.clone() }))
    }

    /// Adds a page that is in no record. `position` is its place among all pages of the batch, from 0.
    pub fn append_exception(&mut self, position: u64, exception: &PageException) -> Result<(), LedgerError> {
        self.take(position)?;
        self.append(&Said::Exception(&ExceptionEntry { position, exception: exception.clone() }))
    }

    /// Adds the picture of a field.
    pub fn append_crop(&mut self, crop: &CropEntry) -> Result<(), LedgerError> {
        self.append(&Said::Crop(crop))
    }

    /// Adds a letter that goes out.
    pub fn append_receipt(&mut self, receipt: &ReceiptEntry) -> Result<(), LedgerError> {
        self.append(&Said::Receipt(receipt))
    }

    /// Adds the closing entry with the counts, and gives the head of the chain.
    pub fn close(&mut self, counts: &Tally) -> Result<Head, LedgerError> {
        self.close_as(counts, None)
    }

    pub(super) fn close_as(&mut self, counts: &Tally, migrated_from: Option<i64>) -> Result<Head, LedgerError> {
        self.append(&Said::Close(&CloseEntry { counts: counts.clone(), migrated_from }))?;
        Ok(self.head.clone())
    }

    /// Flushes it to the disk and puts it in place. One file is left, nothing beside it.
    pub fn finish(mut self) -> Result<(), LedgerError> {
        self.flush()?;
        let Some(aside) = &self.aside else { return Ok(()) };
        whole::settle(aside, &self.path).map_err(|source| LedgerError::Place { path: self.path.clone(), source })
    }

    /// Flushes it to the disk, still aside: what is left for [`finish`](Self::finish) is to give it its name.
    pub fn flush(&mut self) -> Result<(), LedgerError> {
        let Some(db) = self.db.take() else { return Ok(()) };
        let closed = db.execute_batch("COMMIT").and_then(|()| db.close().map_err(|(_, e)| e));
        closed.map_err(|e| self.write_error(e))?;
        let flushed = self.aside.as_ref().map_or(Ok(()), |aside| std::fs::File::open(aside)?.sync_all());
        flushed.map_err(|source| LedgerError::Place { path: self.path.clone(), source })
    }

    /// The filled database of a ledger that is kept in memory.
    pub(super) fn into_memory(mut self) -> Result<Connection, LedgerError> {
        let db = self.db.take().ok_or_else(|| self.write_error(rusqlite::Error::InvalidQuery))?;
        db.execute_batch("COMMIT").map_err(|e| self.write_error(e))?;
        Ok(db)
    }

    fn take(&mut self, position: u64) -> Result<(), LedgerError> {
        if self.taken.insert(position) { Ok(()) } else { Err(LedgerError::Twice { position }) }
    }

    fn append(&mut self, said: &Said) -> Result<(), LedgerError> {
        let Some(db) = &self.db else { return Err(self.write_error(rusqlite::Error::InvalidQuery)) };
        let appended = append(db, &self.head, said);
        self.head = appended.map_err(|e| self.write_error(e))?;
        Ok(())
    }

    /// Adds an entry with the hash it has.
    pub(super) fn append_as_it_is(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        let Some(db) = &self.db else { return Err(self.write_error(rusqlite::Error::InvalidQuery)) };
        let Entry { seq, kind, body, hash } = entry;
        let stored = db.execute("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)", params![*seq as i64, kind, body, hash]);
        stored.map(drop).map_err(|e| self.write_error(e))
    }

    fn write_error(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::Write { path: self.path.clone(), source }
    }
}

impl Drop for LedgerWriter {
    fn drop(&mut self) {
        drop(self.db.take());
        if let Some(aside) = &self.aside {
            let _ = sweep(aside);
        }
    }
}

/// Appends one entry behind `head`; gives the new head.
pub(super) fn append(db: &Connection, head: &Head, said: &Said) -> rusqlite::Result<Head> {
    // JSON that cannot be made cannot be stored.
    let (kind, body) = said.stored().map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    let seq = head.entries + 1;
    let sha256 = link(&head.sha256, seq, kind, &body);
    let mut insert = db.prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)")?;
    insert.execute(params![seq as i64, kind, body, sha256])?;
    Ok(Head { entries: seq, sha256 })
}

/// Removes an unfinished ledger and what `SQLite` keeps beside it.
fn sweep(aside: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = aside.as_os_str().to_owned();
        name.push(suffix);
        whole::remove_if_there(Path::new(&name))?;
    }
    Ok(())
}
