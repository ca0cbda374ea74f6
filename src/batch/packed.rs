//! What waits for the end of a run, packed: a record takes 12 kB as it is worked with and 1 kB like this. What comes out is
//! what went in, as the journal and the ledger would give it back.

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Something packed.
#[derive(Debug)]
pub(super) struct Packed<T>(Box<[u8]>, PhantomData<fn() -> T>);

impl<T: Serialize + DeserializeOwned> Packed<T> {
    /// Packs it.
    ///
    /// # Panics
    /// Where it is of a type that JSON cannot say. Nothing that a record is made of is.
    pub(super) fn of(what: &T) -> Self {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        serde_json::to_writer(&mut packed, what).expect("memory takes what JSON can say");
        Self(packed.finish().expect("memory takes it").into_boxed_slice(), PhantomData)
    }

    /// As it was.
    ///
    /// # Panics
    /// Never: what was packed can be unpacked.
    pub(super) fn unpacked(&self) -> T {
        serde_json::from_reader(ZlibDecoder::new(&*self.0)).expect("it was packed here")
    }
}
