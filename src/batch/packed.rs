//! What waits for the end of a run, packed: a record takes 12 kB as it is worked with and 1 kB like this. What comes out is
//! what went in, as the journal and the ledger would give it back.

use flate2::read::ZlibDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
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
        PACKER.with_borrow_mut(|packer| {
            packer.said.clear();
            serde_json::to_writer(&mut packer.said, what).expect("JSON can say it");
            Self(packer.packed(), PhantomData)
        })
    }

    /// As it was.
    ///
    /// # Panics
    /// Never: what was packed can be unpacked.
    pub(super) fn unpacked(&self) -> T {
        serde_json::from_reader(ZlibDecoder::new(&*self.0)).expect("it was packed here")
    }
}

/// What packing takes: some hundred kB. Taken anew for every record, it would leave holes between records that stay.
struct Packer {
    deflate: Compress,
    said: Vec<u8>,
    out: Vec<u8>,
}

thread_local! {
    static PACKER: RefCell<Packer> =
        RefCell::new(Packer { deflate: Compress::new(Compression::fast(), true), said: Vec::new(), out: Vec::new() });
}

impl Packer {
    fn packed(&mut self) -> Box<[u8]> {
        self.deflate.reset();
        self.out.clear();
        loop {
            self.out.reserve(self.said.len() / 2 + 64);
            let rest = &self.said[self.deflate.total_in() as usize..];
            let status = self.deflate.compress_vec(rest, &mut self.out, FlushCompress::Finish);
            if status.expect("deflating takes all bytes") == Status::StreamEnd {
                return self.out.as_slice().into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_out_is_what_went_in() {
        // The second does not shrink: more room is needed than was thought.
        let noise: String = (0..40_000u32).filter_map(|i| char::from_u32(i.wrapping_mul(2_654_435_761) >> 15)).collect();
        for text in [String::new(), noise, "受付".repeat(1000)] {
            assert_eq!(Packed::of(&text).unpacked(), text);
        }
        assert!(Packed::of(&"受付".repeat(1000)).0.len() < 100);
    }
}
