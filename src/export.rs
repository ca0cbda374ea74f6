//! export: records and exceptions become the files of the batch folder. Pure functions from values to bytes; writing them
//! is [`crate::whole`]'s part, and the receipts are printed elsewhere.

pub mod form_json;
pub mod manifest;
pub mod report;
pub mod schema;
pub mod table;

use crate::record::Record;
use std::io::{self, Write};

/// Writes one record as a line of `records.ndjson`.
pub fn ndjson_line(out: &mut impl Write, record: &Record) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

/// `records.ndjson`: one line per submission, in the order given.
pub fn ndjson<'a>(records: impl IntoIterator<Item = &'a Record>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    records.into_iter().try_for_each(|record| ndjson_line(&mut bytes, record))?;
    Ok(bytes)
}
