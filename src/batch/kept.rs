//! Records of a run until they are written: packed, in input order, each given as it stands at the end. Decides nothing.

use super::output::Position;
use super::packed::Packed;
use crate::record::{Finding, Record, Records};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;

/// Records of a batch in input order, each with its place, packed until they are asked for.
pub(super) struct Kept {
    placed: Vec<(Position, Packed<Record>)>,
    /// What only a later record could tell of an earlier one, by the earlier one's id.
    late: HashMap<String, Vec<Finding>>,
}

impl Kept {
    /// In the order of their places.
    pub(super) fn of(mut placed: Vec<(Position, Packed<Record>)>, late: HashMap<String, Vec<Finding>>) -> Self {
        placed.sort_by_key(|(position, _)| *position);
        Self { placed, late }
    }

    fn unpacked(&self, packed: &Packed<Record>) -> Record {
        let mut record = packed.unpacked();
        if let Some(late) = self.late.get(&record.id) {
            record.findings.extend_from_slice(late);
            record.findings.sort_by_key(|f| f.severity);
        }
        record
    }

    /// All of them, so many at a time, with their places.
    pub(super) fn parts(&self, together: usize) -> impl Iterator<Item = (Vec<Position>, Vec<Record>)> {
        self.placed.chunks(together).map(|part| part.par_iter().map(|(at, packed)| (*at, self.unpacked(packed))).unzip())
    }
}

impl Records for Kept {
    fn count(&self) -> usize {
        self.placed.len()
    }

    fn record(&self, i: usize) -> Cow<'_, Record> {
        Cow::Owned(self.unpacked(&self.placed[i].1))
    }
}
