//! The journal of a run: what became of each page, by the hash of its file, as soon as it is known. A run that is ended
//! at any instant goes on from here; when the batch is finished the journal is gone. Decides nothing.
//!
//! A page comes out of the journal as it went in, and every page goes through it, so a run that was interrupted sees the
//! same as one that was not.

use super::pictures::Thumbnail;
use crate::form::{FieldId, Form, FormId};
use crate::pipeline::Origin;
use crate::record::confirm::CodeSeen;
use crate::record::{Candidate, FieldRecord, Finding, PageException, PageRecord};
use crate::whole;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Its name in the batch folder.
pub const FILE_NAME: &str = ".journal.sqlite";

/// Number of this layout; a journal of another one is begun anew.
const VERSION: i64 = 2;

const SCHEMA: &str = "
    CREATE TABLE run (key TEXT NOT NULL) STRICT;
    CREATE TABLE pages (
        sha256  TEXT    NOT NULL,
        page    INTEGER NOT NULL,
        outcome TEXT    NOT NULL,
        PRIMARY KEY (sha256, page)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE thumbnails (
        sha256 TEXT    NOT NULL,
        page   INTEGER NOT NULL,
        width  INTEGER NOT NULL,
        height INTEGER NOT NULL,
        scale  REAL    NOT NULL,
        jpeg   BLOB    NOT NULL,
        PRIMARY KEY (sha256, page)
    ) STRICT;
    CREATE TABLE crops (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT;
";

/// The journal cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("{path} could not be written: {source}; check that the folder may be written to and has room, then run again: it goes on from here", path = path.display())]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What became of a page, by what it holds alone: the name of its file is not in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Kept {
    /// Its fields.
    Decided(Box<KeptPage>),
    /// Why it is in no record.
    Outside(PageException),
}

/// A page whose fields are decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptPage {
    /// Form.
    pub form: FormId,
    /// Edition.
    pub edition: String,
    /// Page of the form, from 1.
    pub form_page: usize,
    /// Where it came from and how it lay.
    pub record: PageRecord,
    /// Its fields.
    pub fields: Vec<(FieldId, FieldRecord)>,
    /// The facility code seen on it.
    pub code: Option<CodeSeen>,
    /// Ways to read the fields that may be read otherwise.
    pub candidates: Vec<(FieldId, Vec<Candidate>)>,
    /// What there is to say of the page as a whole.
    pub findings: Vec<Finding>,
}

impl KeptPage {
    /// Place of its form among these.
    pub fn form_in(&self, forms: &[Form]) -> Option<usize> {
        forms.iter().position(|f| f.id == self.form && f.edition == self.edition)
    }
}

/// The journal of a batch folder.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    db: Mutex<Connection>,
}

impl Journal {
    /// Opens the journal of the batch folder `dir` for a run that `key` describes: forms, versions, settings. What a run
    /// of another description left is removed, with its pictures.
    pub fn open(dir: &Path, key: &str) -> Result<Self, JournalError> {
        let path = dir.join(FILE_NAME);
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| JournalError { path: path.clone(), source };
        if path.exists() {
            match connect(&path).and_then(|db| Ok((described(&db)?, db))) {
                Ok((Some(known), db)) if known == key => return Ok(Self { path, db: Mutex::new(db) }),
                Ok((_, db)) => remove_crops(dir, &db).map_err(|e| failed(e.into()))?,
                // Not a journal that can be read: what it knew is worked out again.
                Err(_) => {}
            }
        }
        remove(dir).map_err(|e| failed(e.into()))?;
        whole::private_file().open(&path).map_err(|e| failed(e.into()))?;
        let begun = connect(&path).and_then(|db| begin(db, key));
        let db = begun.map_err(|e| failed(e.into()))?;
        Ok(Self { path, db: Mutex::new(db) })
    }

    /// What became of this page, where that is known.
    pub fn page(&self, origin: Origin) -> Result<Option<Kept>, JournalError> {
        let sql = "SELECT outcome FROM pages WHERE sha256 = ?1 AND page = ?2";
        let found: Option<String> =
            self.ask(|db| db.prepare_cached(sql)?.query_row(params![origin.sha256, origin.number], |row| row.get(0)).optional())?;
        Ok(found.and_then(|json| serde_json::from_str(&json).ok()).map(|kept| under_name(kept, origin.source)))
    }

    /// Keeps what became of a page, and gives it back as it is kept.
    pub fn keep_page(&self, origin: Origin, kept: &Kept) -> Result<Kept, JournalError> {
        let json = serde_json::to_string(kept).map_err(|e| self.failed(e))?;
        let sql = "INSERT OR REPLACE INTO pages VALUES (?1, ?2, ?3)";
        self.ask(|db| db.prepare_cached(sql)?.execute(params![origin.sha256, origin.number, json]))?;
        serde_json::from_str(&json).map_err(|e| self.failed(e))
    }

    /// The thumbnail of a page, where one was made.
    pub fn thumbnail(&self, sha256: &str, page: u32) -> Result<Option<Thumbnail>, JournalError> {
        let read = |row: &rusqlite::Row| {
            Ok(Thumbnail { width: row.get(0)?, height: row.get(1)?, scale: row.get(2)?, jpeg: row.get(3)? })
        };
        let sql = "SELECT width, height, scale, jpeg FROM thumbnails WHERE sha256 = ?1 AND page = ?2";
        self.ask(|db| db.prepare_cached(sql)?.query_row(params![sha256, page], read).optional())
    }

    /// Keeps the thumbnail of a page.
    pub fn keep_thumbnail(&self, sha256: &str, page: u32, made: &Thumbnail) -> Result<(), JournalError> {
        let sql = "INSERT OR REPLACE INTO thumbnails VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let Thumbnail { jpeg, width, height, scale } = made;
        self.ask(|db| db.prepare_cached(sql)?.execute(params![sha256, page, width, height, scale, jpeg]))?;
        Ok(())
    }

    /// The hash of the picture of a field that was, or was about to be, written at `path`.
    pub fn crop(&self, path: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT sha256 FROM crops WHERE path = ?1";
        self.ask(|db| db.prepare_cached(sql)?.query_row([path], |row| row.get(0)).optional())
    }

    /// Notes that the picture of a field is about to be written at `path`.
    pub fn keep_crop(&self, path: &str, sha256: &str) -> Result<(), JournalError> {
        self.ask(|db| db.prepare_cached("INSERT OR REPLACE INTO crops VALUES (?1, ?2)")?.execute([path, sha256]))?;
        Ok(())
    }

    fn ask<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, JournalError> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&db).map_err(|e| self.failed(e))
    }

    fn failed(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> JournalError {
        JournalError { path: self.path.clone(), source: source.into() }
    }
}

/// Removes the journal of a folder, if it has one.
pub fn remove(dir: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        whole::remove_if_there(&dir.join(format!("{FILE_NAME}{suffix}")))?;
    }
    Ok(())
}

/// Each change is one write to the log; the exclusive mode keeps the log's index in memory instead of in a mapped file,
/// which a full disk would turn into a crash.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(db)
}

fn begin(db: Connection, key: &str) -> rusqlite::Result<Connection> {
    db.execute_batch(&format!("BEGIN; PRAGMA user_version = {VERSION}; {SCHEMA}"))?;
    db.execute("INSERT INTO run VALUES (?1)", [key])?;
    db.execute_batch("COMMIT")?;
    Ok(db)
}

/// What the journal's run was, where it was begun in this layout.
fn described(db: &Connection) -> rusqlite::Result<Option<String>> {
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version != VERSION {
        return Ok(None);
    }
    db.query_row("SELECT key FROM run", [], |row| row.get(0)).optional()
}

fn remove_crops(dir: &Path, db: &Connection) -> io::Result<()> {
    let listed = db.prepare("SELECT path FROM crops").and_then(|mut s| s.query_map([], |row| row.get(0))?.collect());
    let listed: Vec<String> = listed.unwrap_or_default();
    listed.iter().try_for_each(|path| whole::remove_if_there(&dir.join(path)))
}

/// The same bytes may be given under another name.
fn under_name(kept: Kept, source: &str) -> Kept {
    match kept {
        Kept::Decided(mut page) => {
            source.clone_into(&mut page.record.source);
            Kept::Decided(page)
        }
        Kept::Outside(exception) => Kept::Outside(PageException { source: source.to_owned(), ..exception }),
    }
}
