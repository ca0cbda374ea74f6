//! Records that wait for the end of a run, packed: one takes 12 kB as it is worked with and 1 kB like this. What comes out
//! is what went in, as the journal and the ledger would give it back.

use crate::record::Record;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io;

/// A packed record.
#[derive(Debug)]
pub(super) struct Packed(Box<[u8]>);

impl Packed {
    /// Packs a record.
    pub(super) fn of(record: &Record) -> io::Result<Self> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        serde_json::to_writer(&mut packed, record)?;
        Ok(Self(packed.finish()?.into_boxed_slice()))
    }

    /// The record.
    pub(super) fn record(&self) -> io::Result<Record> {
        Ok(serde_json::from_reader(ZlibDecoder::new(&*self.0))?)
    }
}
