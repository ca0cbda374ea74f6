//! `records.ndjson` and the tables of a batch folder, record by record. What a line or a row says is `export`'s.

use crate::export::ndjson_line;
use crate::export::table::{Encoding, Rows, Table, exceptions_csv};
use crate::form::Form;
use crate::record::{PageException, Record};
use crate::whole::{OutputError, Together, WholeFile};
use std::io;
use std::path::PathBuf;

/// `records.ndjson` and the tables, record by record.
pub(super) struct Listing<'a> {
    lines: WholeFile,
    tables: Tables<'a>,
}

impl<'a> Listing<'a> {
    /// Begins them.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(super) fn new(files: &Together, forms: &'a [Form], encoding: Encoding) -> Result<Self, OutputError> {
        Ok(Self { lines: files.create("records.ndjson")?, tables: Tables::new(forms, encoding) })
    }

    /// Adds the next record.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(super) fn add(&mut self, record: &Record) -> Result<(), OutputError> {
        ndjson_line(&mut self.lines, record).and_then(|()| self.tables.add(record)).map_err(|e| self.lines.error(e))
    }

    /// Hands over `records.ndjson`, `csv/<form>.csv` for every form that has records, and `exceptions.csv`; gives back the
    /// number of characters the encoding does not have.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub(super) fn finish(self, files: &mut Together, exceptions: &[PageException]) -> Result<usize, OutputError> {
        files.add("records.ndjson", self.lines)?;
        let mut replaced = 0;
        for (name, table) in self.tables.finish(exceptions) {
            let table = table.map_err(|source| OutputError { path: PathBuf::from(&name), source })?;
            replaced += table.replaced;
            files.write(&name, &table.bytes)?;
        }
        Ok(replaced)
    }
}

/// The tables of a batch, record by record.
pub struct Tables<'a> {
    /// Of each form: its rows, where it has any.
    forms: Vec<(&'a Form, Option<Rows<'a>>)>,
    encoding: Encoding,
}

impl<'a> Tables<'a> {
    /// None yet.
    pub fn new(forms: &'a [Form], encoding: Encoding) -> Self {
        Self { forms: forms.iter().filter(|f| f.superseded_by.is_none()).map(|form| (form, None)).collect(), encoding }
    }

    /// Adds the next record.
    ///
    /// # Errors
    /// Where its row cannot be written.
    pub fn add(&mut self, record: &Record) -> io::Result<()> {
        let own = self.forms.iter_mut().find(|(form, _)| form.id == record.form && form.edition == record.edition);
        let Some((form, rows)) = own else { return Ok(()) };
        if rows.is_none() {
            *rows = Some(Rows::new(form)?);
        }
        rows.as_mut().map_or(Ok(()), |rows| rows.add(record))
    }

    /// Their names and contents, and those of `exceptions.csv`.
    pub fn finish(self, exceptions: &[PageException]) -> impl Iterator<Item = (String, io::Result<Table>)> {
        let encoding = self.encoding;
        let of_form = move |(form, rows): (&Form, Option<Rows>)| Some((format!("csv/{}.csv", form.id), rows?.finish(encoding)));
        let exceptions = ("exceptions.csv".to_owned(), exceptions_csv(exceptions, encoding));
        self.forms.into_iter().filter_map(of_form).chain([exceptions])
    }
}
