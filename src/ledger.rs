//! ledger: the store of one batch, from which every file of its folder can be written again, and whose entries form a
//! chain of hashes. A [`LedgerWriter`] fills a fresh one; a [`Ledger`] reads, and appends decisions. Does not decide or
//! export anything.

pub mod act;
pub mod chain;
pub mod decision;
mod entry;
mod error;
pub mod live;
mod migrate;
mod writer;

pub use entry::{CropEntry, LetterKind, ReceiptEntry};
pub use error::LedgerError;
pub use writer::LedgerWriter;

use crate::provenance::{InputFile, Provenance};
use crate::record::{PageException, Record};
use crate::tally::Tally;
use chain::{Break, Entry, GENESIS, Head};
use decision::{Decision, Misfit};
use entry::{CloseEntry, ExceptionEntry, RecordEntry, Said};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// Name of the ledger in its batch folder.
pub const FILE_NAME: &str = "ledger.sqlite";

const SCHEMA: &str = include_str!("ledger/schema.sql");
const APPLICATION_ID: i64 = 0x554B_5453;
const SCHEMA_VERSION: i64 = 3;

/// A finished ledger, to read from and to append decisions to.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    db: Connection,
}

impl Ledger {
    /// Opens the ledger in a batch folder, and refuses what this program does not understand. Writes nothing: one of an
    /// older schema is taken over in memory.
    pub fn open(dir: &Path) -> Result<Self, LedgerError> {
        let path = dir.join(FILE_NAME);
        match open_any(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)? {
            // Schema 2 has the same entries, and none of the kind that came with 3.
            (db, migrate::CHAINED..) => Ok(Self { path, db }),
            (old, _) => {
                let db = migrate::take_over(&path, &old, LedgerWriter::in_memory(&path)?)?.into_memory()?;
                Ok(Self { path, db })
            }
        }
    }

    /// Opens it to append decisions. One of an older schema is taken over first, in the file.
    pub fn open_to_append(dir: &Path) -> Result<Self, LedgerError> {
        let path = dir.join(FILE_NAME);
        let (db, version) = open_any(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if version == SCHEMA_VERSION {
            return Ok(Self { path, db });
        }
        let aside = LedgerWriter::aside(dir)?;
        if version == migrate::CHAINED {
            migrate::carry_over(&Self { path: path.clone(), db }.entries()?, aside)?.finish()?;
            return Self::open_to_append(dir);
        }
        migrate::take_over(&path, &db, aside)?.finish()?;
        drop(db);
        Self::open_to_append(dir)
    }

    /// What the batch was run with.
    pub fn provenance(&self) -> Result<Provenance, LedgerError> {
        let all = self.said::<Provenance>("settings", "the description of the batch")?;
        all.into_iter().next().ok_or_else(|| LedgerError::Foreign { path: self.path.clone() })
    }

    /// Input files, in input order.
    pub fn inputs(&self) -> Result<Vec<InputFile>, LedgerError> {
        self.said("scan", "the file")
    }

    /// All submissions in input order, as the machine left them.
    pub fn as_read(&self) -> Result<Vec<Record>, LedgerError> {
        let mut all = self.said::<RecordEntry>("record", "the record")?;
        all.sort_by_key(|r| r.position);
        Ok(all.into_iter().map(|r| r.record).collect())
    }

    /// All submissions in input order, as they stand: as the machine left them, and then as people decided.
    pub fn records(&self) -> Result<Vec<Record>, LedgerError> {
        let mut records = self.as_read()?;
        for decision in self.decisions()? {
            decided(&mut records, &decision)?;
        }
        Ok(records)
    }

    /// Pages that are in no record, in input order.
    pub fn exceptions(&self) -> Result<Vec<PageException>, LedgerError> {
        let mut all = self.said::<ExceptionEntry>("exception", "the exception")?;
        all.sort_by_key(|e| e.position);
        Ok(all.into_iter().map(|e| e.exception).collect())
    }

    /// Pictures of fields, each with the hash of its file.
    pub fn crops(&self) -> Result<Vec<CropEntry>, LedgerError> {
        self.said("crop", "the picture of a field")
    }

    /// Letters written when the batch was closed.
    pub fn receipts(&self) -> Result<Vec<ReceiptEntry>, LedgerError> {
        self.said("receipt", "the letter")
    }

    /// Decisions of people, in their order.
    pub fn decisions(&self) -> Result<Vec<Decision>, LedgerError> {
        self.said("decision", "the decision")
    }

    /// Whether people have done anything at the batch since it was closed.
    pub fn is_touched(&self) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM entries WHERE kind IN ('decision', 'act'))";
        self.db.query_row(sql, [], |row| row.get(0)).map_err(|e| self.read_error(e))
    }

    /// The counts the batch was closed with; none where its closing entry is gone.
    pub fn closed_with(&self) -> Result<Option<Tally>, LedgerError> {
        Ok(self.said::<CloseEntry>("close", "the closing entry")?.into_iter().next().map(|c| c.counts))
    }

    /// The counts of the batch as records stand: pages in from the input files, outcomes from records and exceptions.
    pub fn tally(&self) -> Result<Tally, LedgerError> {
        Ok(Tally::of(&self.inputs()?, &self.exceptions()?, &self.records()?))
    }

    /// Every entry as it is stored, in its order.
    pub fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        let read = |row: &rusqlite::Row| {
            let seq: i64 = row.get(0)?;
            Ok(Entry { seq: seq as u64, kind: row.get(1)?, body: row.get(2)?, hash: row.get(3)? })
        };
        let sql = "SELECT seq, kind, body, hash FROM entries ORDER BY seq";
        let all = self.db.prepare(sql).and_then(|mut s| s.query_map([], read)?.collect());
        all.map_err(|e| self.read_error(e))
    }

    /// Where the chain ends.
    pub fn head(&self) -> Result<Head, LedgerError> {
        head(&self.db).map_err(|e| self.read_error(e))
    }

    /// Every break of the chain; none where nothing was changed.
    pub fn breaks(&self) -> Result<Vec<Break>, LedgerError> {
        Ok(chain::breaks(&self.entries()?))
    }

    /// A copy in memory, to which nothing that is appended from now on comes.
    pub fn at_this_moment(self) -> Result<Self, LedgerError> {
        let db = migrate::carry_over(&self.entries()?, LedgerWriter::in_memory(&self.path)?)?.into_memory()?;
        Ok(Self { path: self.path, db })
    }

    /// Refuses a ledger whose chain does not hold.
    pub fn sound(self) -> Result<Self, LedgerError> {
        match self.breaks()?.first() {
            None => Ok(self),
            Some(first) => Err(LedgerError::Broken { path: self.path.clone(), what: first.to_string() }),
        }
    }

    /// Appends a decision and gives the new head, which belongs into `manifest.json` next. Nothing is stored where the
    /// decision is not signed, speaks of what is not there, or starts from what no longer stands.
    pub fn append_decision(&mut self, decision: &Decision) -> Result<Head, LedgerError> {
        if decision.who.trim().is_empty() || decision.why.trim().is_empty() {
            return Err(LedgerError::Unsigned);
        }
        let path = self.path.clone();
        let failed = |source| LedgerError::Write { path: path.clone(), source };
        // Taken before anything is read, so that of two deciders the second sees what the first decided.
        let hold = rusqlite::Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).map_err(failed)?;
        let mut records = self.records()?;
        decided(&mut records, decision)?;
        let appended = head(&hold).and_then(|head| writer::append(&hold, &head, &Said::Decision(decision)));
        let head = appended.map_err(failed)?;
        hold.commit().map_err(failed)?;
        Ok(head)
    }

    /// What all entries of a kind say, in their order.
    fn said<T: DeserializeOwned>(&self, kind: &str, what: &'static str) -> Result<Vec<T>, LedgerError> {
        let sql = "SELECT seq, body FROM entries WHERE kind = ?1 ORDER BY seq";
        let read = |row: &rusqlite::Row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        let rows: rusqlite::Result<Vec<_>> = self.db.prepare_cached(sql).and_then(|mut s| s.query_map([kind], read)?.collect());
        let rows = rows.map_err(|e| self.read_error(e))?;
        let parse = |(seq, body): (i64, String)| {
            let damaged = |source| LedgerError::Damaged { path: self.path.clone(), what, position: seq as u64, source };
            serde_json::from_str(&body).map_err(damaged)
        };
        rows.into_iter().map(parse).collect()
    }

    fn read_error(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::Read { path: self.path.clone(), source }
    }
}

/// Brings the record that a decision speaks of to where it stands after it.
fn decided(records: &mut [Record], decision: &Decision) -> Result<(), LedgerError> {
    let id = &decision.record;
    let record = records.iter_mut().find(|r| r.id == *id);
    fit(decision, record)
}

/// Brings a record to where it stands after a decision; none is there where the decision speaks of another one.
fn fit(decision: &Decision, record: Option<&mut Record>) -> Result<(), LedgerError> {
    let id = &decision.record;
    let record = record.ok_or_else(|| LedgerError::NoRecord { record: id.clone() })?;
    decision.apply(record).map_err(|misfit| match misfit {
        Misfit::NoField(field) => LedgerError::NoField { record: id.clone(), field: field.0 },
        Misfit::Stale => LedgerError::Stale { record: id.clone() },
    })
}

fn head(db: &Connection) -> rusqlite::Result<Head> {
    let read = |row: &rusqlite::Row| Ok(Head { entries: row.get::<_, i64>(0)? as u64, sha256: row.get(1)? });
    match db.query_row("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1", [], read) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(Head { entries: 0, sha256: GENESIS.to_owned() }),
        head => head,
    }
}

/// Opens a ledger of any schema up to ours.
fn open_any(path: &Path, access: OpenFlags) -> Result<(Connection, i64), LedgerError> {
    let path = path.to_owned();
    if !path.is_file() {
        return Err(LedgerError::Missing { path });
    }
    let opened = Connection::open_with_flags(&path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .and_then(|db| Ok((number(&db, "application_id")?, number(&db, "user_version")?, db)));
    match opened {
        Ok((APPLICATION_ID, version @ migrate::FROM..=SCHEMA_VERSION, db)) => Ok((db, version)),
        Ok((APPLICATION_ID, found, _)) if found > SCHEMA_VERSION => {
            Err(LedgerError::Newer { path, found, known: SCHEMA_VERSION })
        }
        Ok(_) => Err(LedgerError::Foreign { path }),
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => Err(LedgerError::Foreign { path }),
        Err(source) => Err(LedgerError::Read { path, source }),
    }
}

fn number(db: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}
