//! ledger: the store of one batch, from which every file of its folder can be written again. A [`LedgerWriter`] fills a
//! fresh one aside and puts it in place when it is complete; a [`Ledger`] reads. Does not decide or export anything.

use crate::provenance::{InputFile, Provenance};
use crate::record::{ExceptionKind, PageException, Record};
use crate::tally::Tally;
use crate::whole;
use rusqlite::{Connection, OpenFlags, params};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the ledger in its batch folder.
pub const FILE_NAME: &str = "ledger.sqlite";

const SCHEMA: &str = include_str!("ledger/schema.sql");
const APPLICATION_ID: i64 = 0x554B_5453;
const SCHEMA_VERSION: i64 = 1;

/// Why a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The folder has none.
    #[error("{path} is not there; give the folder that `uketsuke run --out` wrote", path = path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is not a ledger of uketsuke; give the folder that `uketsuke run --out` wrote", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error("{path} has schema {found}, this program knows up to {known}; use the version that wrote it, or a newer one", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// It cannot be read to the end.
    #[error("{path} could not be read: {source}; restore it from a copy, or run the batch again", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// It cannot be written.
    #[error("{path} could not be written: {source}; check that the folder may be written to and has room, then run again", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// Its file cannot be made, flushed or put in place.
    #[error("{path} could not be written: {source}; check that the folder may be written to and has room, then run again", path = path.display())]
    Place {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A row holds what no version of this program wrote.
    #[error("{path}: {what} at position {position} is damaged ({source}); restore the ledger from a copy, or run the batch again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Kind of row.
        what: &'static str,
        /// Which row.
        position: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Two outcomes for one page: a bug of this program.
    #[error("page at position {position} of the batch was given two outcomes; nothing was stored twice, please report this")]
    Twice {
        /// Place among all pages of the batch, from 0.
        position: u64,
    },
}

impl LedgerError {
    /// The exit code of the command that meets it: 5 cannot be written, 2 the wrong folder or version was given, 70 our bug.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Missing { .. } | Self::Foreign { .. } | Self::Newer { .. } => 2,
            Self::Read { .. } | Self::Write { .. } | Self::Place { .. } | Self::Damaged { .. } => 5,
            Self::Twice { .. } => 70,
        }
    }
}

/// A ledger being filled. It takes its place in the folder on [`finish`](Self::finish); dropped before that, the one that
/// was there before stays.
#[derive(Debug)]
pub struct LedgerWriter {
    path: PathBuf,
    aside: PathBuf,
    db: Option<Connection>,
    inputs: u64,
}

impl LedgerWriter {
    /// Starts the ledger of a batch in the folder `dir`, which must exist.
    pub fn create(dir: &Path, provenance: &Provenance) -> Result<Self, LedgerError> {
        let path = dir.join(FILE_NAME);
        let aside = whole::aside(&path);
        let placed = |source| LedgerError::Place { path: path.clone(), source };
        sweep(&aside).map_err(placed)?;
        whole::private_file().open(&aside).map_err(placed)?;
        let written = |source| LedgerError::Write { path: path.clone(), source };
        let json = serde_json::to_string(provenance).map_err(|e| written(unspeakable(e)))?;
        let db = open_fresh(&aside, &json).map_err(written)?;
        Ok(Self { path, aside, db: Some(db), inputs: 0 })
    }

    /// Adds an input file; call in input order.
    pub fn append_input(&mut self, input: &InputFile) -> Result<(), LedgerError> {
        let sql = "INSERT INTO inputs VALUES (?1, ?2, ?3, ?4, ?5)";
        let (bytes, pages) = (input.bytes as i64, input.pages as i64);
        self.insert(sql, self.inputs, params![self.inputs as i64, input.source, input.sha256, bytes, pages])?;
        self.inputs += 1;
        Ok(())
    }

    /// Adds a submission. `position` is the place of its first page among all pages of the batch, from 0; the order of
    /// calls does not matter.
    pub fn append_record(&mut self, position: u64, record: &Record) -> Result<(), LedgerError> {
        let json = serde_json::to_string(record).map_err(|e| self.write_error(unspeakable(e)))?;
        let sql = "INSERT INTO records SELECT ?1, json ->> 'id', json ->> 'form', json ->> 'edition', json ->> 'status',
                   json ->> 'receipt_no', json ->> 'duplicate_of', json FROM (SELECT ?2 AS json)
                   WHERE NOT EXISTS (SELECT 1 FROM exceptions WHERE position = ?1)";
        self.insert(sql, position, params![position as i64, json])
    }

    /// Adds a page that is in no record. `position` is its place among all pages of the batch, from 0.
    pub fn append_exception(&mut self, position: u64, exception: &PageException) -> Result<(), LedgerError> {
        let PageException { source, page, sha256, kind, reason, message } = exception;
        let kind = match kind {
            ExceptionKind::Blank => "blank",
            ExceptionKind::Refused => "refused",
        };
        let sql = "INSERT INTO exceptions SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                   WHERE NOT EXISTS (SELECT 1 FROM records WHERE position = ?1)";
        self.insert(sql, position, params![position as i64, source, page, sha256, kind, reason, message])
    }

    /// Closes it, flushes it to the disk and puts it in place. One file is left, nothing beside it.
    pub fn finish(mut self) -> Result<(), LedgerError> {
        if let Some(db) = self.db.take() {
            let closed = db.pragma_update(None, "journal_mode", "DELETE").and_then(|()| db.close().map_err(|(_, e)| e));
            closed.map_err(|e| self.write_error(e))?;
        }
        let place = || {
            std::fs::File::open(&self.aside)?.sync_all()?;
            whole::settle(&self.aside, &self.path)
        };
        place().map_err(|source| LedgerError::Place { path: self.path.clone(), source })
    }

    /// One row, in a transaction of its own.
    fn insert(&self, sql: &str, position: u64, row: impl rusqlite::Params) -> Result<(), LedgerError> {
        let Some(db) = &self.db else { return Err(self.write_error(rusqlite::Error::InvalidQuery)) };
        match db.prepare_cached(sql).and_then(|mut s| s.execute(row)) {
            Ok(1) => Ok(()),
            Ok(_) => Err(LedgerError::Twice { position }),
            Err(e) if is_primary_key_taken(&e) => Err(LedgerError::Twice { position }),
            Err(e) => Err(self.write_error(e)),
        }
    }

    fn write_error(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::Write { path: self.path.clone(), source }
    }
}

impl Drop for LedgerWriter {
    fn drop(&mut self) {
        drop(self.db.take());
        let _ = sweep(&self.aside);
    }
}

/// A finished ledger, to read from.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    db: Connection,
}

impl Ledger {
    /// Opens the ledger in a batch folder, and refuses what this program does not understand. Writes nothing.
    pub fn open(dir: &Path) -> Result<Self, LedgerError> {
        let path = dir.join(FILE_NAME);
        if !path.is_file() {
            return Err(LedgerError::Missing { path });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags)
            .and_then(|db| Ok((number(&db, "application_id")?, number(&db, "user_version")?, db)));
        match opened {
            Ok((APPLICATION_ID, 1..=SCHEMA_VERSION, db)) => Ok(Self { path, db }),
            Ok((APPLICATION_ID, found, _)) if found > SCHEMA_VERSION => {
                Err(LedgerError::Newer { path, found, known: SCHEMA_VERSION })
            }
            Ok(_) => Err(LedgerError::Foreign { path }),
            Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => Err(LedgerError::Foreign { path }),
            Err(source) => Err(LedgerError::Read { path, source }),
        }
    }

    /// What the batch was run with.
    pub fn provenance(&self) -> Result<Provenance, LedgerError> {
        let json: String =
            self.db.query_row("SELECT json FROM provenance", [], |row| row.get(0)).map_err(|e| self.read_error(e))?;
        serde_json::from_str(&json).map_err(|e| self.damaged("the description of the batch", 0, e))
    }

    /// Input files, in input order.
    pub fn inputs(&self) -> Result<Vec<InputFile>, LedgerError> {
        self.rows("SELECT source, sha256, bytes, pages FROM inputs ORDER BY position", |row| {
            Ok(InputFile {
                source: row.get(0)?,
                sha256: row.get(1)?,
                bytes: row.get::<_, i64>(2)? as u64,
                pages: row.get::<_, i64>(3)? as u64,
            })
        })
    }

    /// Hands every submission to `visit`, in input order, one at a time: a batch of any size fits in memory.
    pub fn each_record<E: From<LedgerError>>(&self, mut visit: impl FnMut(Record) -> Result<(), E>) -> Result<(), E> {
        let failed = |e| E::from(self.read_error(e));
        let mut rows = self.db.prepare("SELECT position, json FROM records ORDER BY position").map_err(failed)?;
        let mut rows = rows.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let (position, json): (i64, String) = (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?);
            let record = serde_json::from_str(&json).map_err(|e| self.damaged("the record", position as u64, e))?;
            visit(record)?;
        }
        Ok(())
    }

    /// All submissions, in input order.
    pub fn records(&self) -> Result<Vec<Record>, LedgerError> {
        let mut all = Vec::new();
        self.each_record(|record| {
            all.push(record);
            Ok::<(), LedgerError>(())
        })?;
        Ok(all)
    }

    /// Pages that are in no record, in input order.
    pub fn exceptions(&self) -> Result<Vec<PageException>, LedgerError> {
        self.rows("SELECT source, page, sha256, kind, reason, message FROM exceptions ORDER BY position", |row| {
            let kind = if row.get::<_, String>(3)? == "blank" { ExceptionKind::Blank } else { ExceptionKind::Refused };
            Ok(PageException {
                source: row.get(0)?,
                page: row.get(1)?,
                sha256: row.get(2)?,
                kind,
                reason: row.get(4)?,
                message: row.get(5)?,
            })
        })
    }

    /// The counts of the batch: pages in from the input files, outcomes from records and exceptions.
    pub fn tally(&self) -> Result<Tally, LedgerError> {
        let mut tally = Tally::default();
        self.inputs()?.iter().for_each(|input| tally.add_pages_in(input.pages));
        self.exceptions()?.iter().for_each(|e| tally.add_exception(e));
        self.each_record(|record| {
            tally.add_record(&record);
            Ok::<(), LedgerError>(())
        })?;
        Ok(tally)
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&rusqlite::Row) -> rusqlite::Result<T>) -> Result<Vec<T>, LedgerError> {
        let all = self.db.prepare(sql).and_then(|mut s| s.query_map([], read)?.collect());
        all.map_err(|e| self.read_error(e))
    }

    fn read_error(&self, source: rusqlite::Error) -> LedgerError {
        LedgerError::Read { path: self.path.clone(), source }
    }

    fn damaged(&self, what: &'static str, position: u64, source: serde_json::Error) -> LedgerError {
        LedgerError::Damaged { path: self.path.clone(), what, position, source }
    }
}

/// A new database at `path`. It logs ahead (WAL) while it is filled, so that a row costs one write; `finish` folds that in.
fn open_fresh(path: &Path, provenance: &str) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;"))?;
    db.execute("INSERT INTO provenance VALUES (1, ?1)", [provenance])?;
    Ok(db)
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

fn number(db: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}

fn is_primary_key_taken(e: &rusqlite::Error) -> bool {
    e.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
}

/// JSON that cannot be made cannot be stored.
fn unspeakable(e: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(e))
}
