//! The archived scans of a batch: which file is which, by content first and name second. Reads nothing else of them.

use super::fault::shown;
use super::{Fault, Findings};
use crate::batch::inputs::{Input, Inputs, list};
use crate::batch::open::hash;
use crate::provenance::InputFile;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Archived scans, found again.
#[derive(Debug, Clone, Default)]
pub struct Archive {
    /// The files of the batch under their names in it, in its order.
    pub given: Inputs,
    /// Names of those that are gone or replaced.
    pub lost: BTreeSet<String>,
}

impl Archive {
    /// Finds the input files of a batch among the files of `dir`; those that are gone or replaced are told.
    pub fn find(dir: &Path, inputs: &[InputFile], findings: &mut Findings) -> Self {
        let there = list(&[dir.to_owned()]).files;
        let hashes: Vec<String> = there.par_iter().map(|file| hash(&file.path)).collect();
        let mut by_hash: BTreeMap<&str, Vec<&Input>> = BTreeMap::new();
        for (file, hash) in there.iter().zip(&hashes) {
            by_hash.entry(hash).or_default().push(file);
        }
        let mut archive = Self::default();
        for input in inputs {
            findings.looked_at.scans += 1;
            let same = if input.sha256.is_empty() { None } else { by_hash.get(input.sha256.as_str()) };
            let named = there.iter().find(|f| is_called(&f.source, &input.source));
            let path = match (same, named) {
                (Some(same), _) => same.iter().find(|f| is_called(&f.source, &input.source)).unwrap_or(&same[0]).path.clone(),
                // It could not be read then; whatever is there now is not held against that.
                (None, _) if input.sha256.is_empty() => nowhere(dir),
                (None, Some(other)) => {
                    findings.fault(Fault::ScanReplaced { source: shown(&input.source) });
                    archive.lost.insert(input.source.clone());
                    other.path.clone()
                }
                (None, None) => {
                    findings.fault(Fault::ScanMissing { source: shown(&input.source) });
                    archive.lost.insert(input.source.clone());
                    nowhere(dir)
                }
            };
            archive.given.files.push(Input { source: input.source.clone(), path });
        }
        archive
    }
}

/// Whether a file of the archive goes by that name, in this folder or one below.
fn is_called(there: &str, source: &str) -> bool {
    there == source || there.strip_suffix(source).is_some_and(|before| before.ends_with('/'))
}

/// A path at which no file can be.
fn nowhere(dir: &Path) -> PathBuf {
    dir.join("\u{1}nothing").join("here")
}
