//! A ledger that several people write to at a time: records as they stand and what people did, kept in memory and brought
//! up to date with what others appended before anything is added. Judges nothing but whether a decision still fits.

use super::act::Act;
use super::chain::Head;
use super::decision::Decision;
use super::entry::Said;
use super::{FILE_NAME, Ledger, LedgerError, fit, head, writer};
use crate::record::Record;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;

/// What a person did, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A decision.
    Decision(Decision),
    /// Anything else.
    Act(Act),
}

impl Row {
    /// Who did it.
    pub fn who(&self) -> &str {
        match self {
            Self::Decision(d) => &d.who,
            Self::Act(a) => &a.who,
        }
    }

    /// When.
    pub const fn when(&self) -> jiff::Timestamp {
        match self {
            Self::Decision(d) => d.when,
            Self::Act(a) => a.when,
        }
    }

    /// Id of the record.
    pub fn record(&self) -> &str {
        match self {
            Self::Decision(d) => &d.record,
            Self::Act(a) => &a.record,
        }
    }

    fn said(&self) -> Said<'_> {
        match self {
            Self::Decision(d) => Said::Decision(d),
            Self::Act(a) => Said::Act(a),
        }
    }

    fn is_signed(&self) -> bool {
        let why = match self {
            Self::Decision(d) => d.why.as_str(),
            Self::Act(_) => "-",
        };
        !self.who().trim().is_empty() && !why.trim().is_empty()
    }
}

/// A row and its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// Place in the chain, from 1.
    pub seq: u64,
    /// What was done.
    pub row: Row,
}

/// The records of a ledger as they stand, and everything people did, in order.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    records: Vec<Record>,
    place: HashMap<String, usize>,
    log: Vec<Entered>,
    seen: u64,
}

impl Standing {
    /// Records in input order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Place of a record among them.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.place.get(id).copied()
    }

    /// The record of that id.
    pub fn record(&self, id: &str) -> Option<&Record> {
        self.place(id).map(|at| &self.records[at])
    }

    /// What people did, in the order of the chain.
    pub fn log(&self) -> &[Entered] {
        &self.log
    }

    fn take(&mut self, entered: Entered) -> Result<(), LedgerError> {
        if let Row::Decision(decision) = &entered.row {
            fit(decision, self.place(&decision.record).map(|at| &mut self.records[at]))?;
        }
        self.seen = entered.seq;
        self.log.push(entered);
        Ok(())
    }
}

/// A ledger that is kept open.
#[derive(Debug)]
pub struct Live {
    ledger: Ledger,
    inode: u64,
    as_read: Vec<Record>,
    standing: Standing,
}

impl Live {
    /// Takes a ledger that was opened to append to.
    ///
    /// # Errors
    /// Where it cannot be read, or holds decisions that do not follow from each other.
    pub fn of(ledger: Ledger) -> Result<Self, LedgerError> {
        let as_read = ledger.as_read()?;
        let place = as_read.iter().enumerate().map(|(at, r)| (r.id.clone(), at)).collect();
        let standing = Standing { records: as_read.clone(), place, ..Standing::default() };
        let inode = inode(&ledger)?;
        let mut live = Self { ledger, inode, as_read, standing };
        live.catch_up()?;
        Ok(live)
    }

    /// The ledger itself.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Records as the machine left them, in input order.
    pub fn as_read(&self) -> &[Record] {
        &self.as_read
    }

    /// Records as they stand, and what people did.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Takes in what others appended; gives the places of the records they concern.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no longer the one that was opened.
    pub fn catch_up(&mut self) -> Result<BTreeSet<usize>, LedgerError> {
        self.same_file()?;
        let news = rows_behind(&self.ledger, self.standing.seen)?;
        let touched = news.iter().filter_map(|e| self.standing.place(e.row.record())).collect();
        news.into_iter().try_for_each(|entered| self.standing.take(entered))?;
        Ok(touched)
    }

    /// Appends what `decide` gives for how things stand now: all of it or nothing. While it decides, nobody else can
    /// append. Gives the places of records that changed.
    ///
    /// # Errors
    /// What `decide` refuses, or why nothing could be stored.
    pub fn append<E: From<LedgerError>>(
        &mut self,
        decide: impl FnOnce(&Standing, &[Record]) -> Result<Vec<Row>, E>,
    ) -> Result<BTreeSet<usize>, E> {
        let path = self.ledger.path.clone();
        let failed = |source| LedgerError::Write { path: path.clone(), source };
        self.same_file()?;
        let hold = Transaction::new_unchecked(&self.ledger.db, TransactionBehavior::Immediate).map_err(failed)?;
        let mut touched = BTreeSet::new();
        for entered in rows_behind(&self.ledger, self.standing.seen)? {
            touched.extend(self.standing.place(entered.row.record()));
            self.standing.take(entered)?;
        }
        let rows = decide(&self.standing, &self.as_read)?;
        fits(&self.standing, &rows)?;
        let mut entered = Vec::new();
        let mut at = head(&hold).map_err(failed)?;
        for row in rows {
            at = writer::append(&hold, &at, &row.said()).map_err(failed)?;
            entered.push(Entered { seq: at.entries, row });
        }
        hold.commit().map_err(failed)?;
        touched.extend(entered.iter().filter_map(|e| self.standing.place(e.row.record())));
        entered.into_iter().try_for_each(|e| self.standing.take(e))?;
        Ok(touched)
    }

    /// Where the chain ends.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn head(&self) -> Result<Head, LedgerError> {
        self.ledger.head()
    }

    /// A run that made the folder anew has put another file in this one's place: what is appended here would be lost.
    fn same_file(&self) -> Result<(), LedgerError> {
        if inode(&self.ledger)? == self.inode {
            return Ok(());
        }
        Err(LedgerError::Broken { path: self.ledger.path.clone(), what: format!("another {FILE_NAME} was put in its place") })
    }
}

fn inode(ledger: &Ledger) -> Result<u64, LedgerError> {
    let about = std::fs::metadata(&ledger.path);
    about.map(|m| m.ino()).map_err(|source| LedgerError::Place { path: ledger.path.clone(), source })
}

/// Tries rows on copies of the records they concern.
fn fits(standing: &Standing, rows: &[Row]) -> Result<(), LedgerError> {
    let mut copies: HashMap<&str, Record> = HashMap::new();
    for row in rows {
        if !row.is_signed() {
            return Err(LedgerError::Unsigned);
        }
        let known = standing.record(row.record()).ok_or_else(|| LedgerError::NoRecord { record: row.record().to_owned() })?;
        if let Row::Decision(decision) = row {
            fit(decision, Some(copies.entry(&decision.record).or_insert_with(|| known.clone())))?;
        }
    }
    Ok(())
}

/// What people appended behind a place of the chain.
fn rows_behind(ledger: &Ledger, seen: u64) -> Result<Vec<Entered>, LedgerError> {
    let sql = "SELECT seq, kind, body FROM entries WHERE seq > ?1 AND kind IN ('decision', 'act') ORDER BY seq";
    let read = |row: &rusqlite::Row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?));
    let stored =
        |db: &Connection| -> rusqlite::Result<Vec<_>> { db.prepare_cached(sql)?.query_map([seen as i64], read)?.collect() };
    let parse = |(seq, kind, body): (i64, String, String)| {
        let row = if kind == "act" {
            serde_json::from_str(&body).map(Row::Act)
        } else {
            serde_json::from_str(&body).map(Row::Decision)
        };
        let damaged =
            |source| LedgerError::Damaged { path: ledger.path.clone(), what: "the decision", position: seq as u64, source };
        row.map(|row| Entered { seq: seq as u64, row }).map_err(damaged)
    };
    stored(&ledger.db).map_err(|e| ledger.read_error(e))?.into_iter().map(parse).collect()
}
