//! What a batch folder holds before a run: nothing, this very batch finished already, or another one. A finished batch is
//! never written over by another; the same one again does no work.

use super::folder::{Folder, FolderError};
use super::inputs::Inputs;
use super::letters::Written;
use super::{Outcome, open};
use crate::export::manifest::{Manifest, listed_files, manifest};
use crate::ledger::chain::Head;
use crate::ledger::{FILE_NAME, Ledger};
use crate::provenance::{InputFile, Provenance};
use crate::whole::FileHash;
use rayon::prelude::*;
use std::fs;
use std::path::Path;

/// What was found.
pub(super) enum Before {
    /// No finished batch.
    Nothing,
    /// This batch, with all its files.
    Done(Box<Outcome>),
    /// This batch, but a file of it is gone or changed: to be made again, and to come to this head.
    Incomplete(Head),
}

/// Looks whether the folder holds this batch already.
pub(super) fn before(folder: &Folder, given: &Inputs) -> Result<Before, FolderError> {
    let dir = folder.dir();
    if !dir.join(FILE_NAME).exists() {
        return Ok(Before::Nothing);
    }
    let ledger = Ledger::open(dir)?.sound()?;
    let inputs = ledger.inputs()?;
    if let Some(what) = difference(&ledger.provenance()?, folder.provenance(), &inputs, given) {
        return Err(FolderError::Finished { dir: dir.to_owned(), what });
    }
    match first_changed(dir, &ledger)? {
        None => Ok(Before::Done(Box::new(outcome(&ledger, given)?))),
        Some(_) if !ledger.is_touched()? => Ok(Before::Incomplete(ledger.head()?)),
        Some(file) => Err(FolderError::Changed { dir: dir.to_owned(), file }),
    }
}

fn outcome(ledger: &Ledger, given: &Inputs) -> Result<Outcome, FolderError> {
    Ok(Outcome {
        tally: ledger.tally()?,
        left_alone: given.left_alone.len(),
        met_a_bug: ledger.exceptions()?.iter().any(|e| e.reason == "internal-error"),
        any_input: ledger.inputs()?.iter().any(|i| !i.sha256.is_empty()),
        written: Written::of(&ledger.receipts()?),
        again: true,
    })
}

/// What is other about a run, in a word.
fn difference(was: &Provenance, is: &Provenance, inputs: &[InputFile], given: &Inputs) -> Option<String> {
    let json = |p: &Provenance| serde_json::to_value(p).unwrap_or_default();
    let (was, is) = (json(was), json(is));
    let keys = was.as_object().into_iter().flatten().map(|(key, _)| key);
    let other: Vec<&str> = keys.filter(|key| was[*key] != is[*key]).map(String::as_str).collect();
    if !other.is_empty() {
        return Some(other.join(", "));
    }
    let unreadable = given.unreadable.iter().map(|(path, _)| (path.clone(), String::new()));
    let files: Vec<_> = given.files.par_iter().map(|f| (f.source.clone(), open::hash(&f.path))).collect();
    let now: Vec<_> = unreadable.chain(files).collect();
    let then: Vec<_> = inputs.iter().map(|i| (i.source.clone(), i.sha256.clone())).collect();
    (now != then).then(|| "scans".to_owned())
}

/// The first file of the folder that is gone or not what was written.
fn first_changed(dir: &Path, ledger: &Ledger) -> Result<Option<String>, FolderError> {
    let stored = fs::read(dir.join("manifest.json")).unwrap_or_default();
    let Some(files) = listed_files(&stored) else { return Ok(Some("manifest.json".to_owned())) };
    let (provenance, head, inputs, tally) = (ledger.provenance()?, ledger.head()?, ledger.inputs()?, ledger.tally()?);
    let about = Manifest { provenance: &provenance, ledger: &head, inputs: &inputs, tally: &tally, files: &files };
    if manifest(&about).is_ok_and(|bytes| bytes != stored) {
        return Ok(Some("manifest.json".to_owned()));
    }
    let crops = ledger.crops()?;
    let unlisted = crops.iter().find(|crop| !files.iter().any(|f| f.path == crop.path && f.sha256 == crop.sha256));
    let changed = files.par_iter().find_first(|file| !is_as_written(dir, file));
    Ok(changed.map(|f| f.path.clone()).or_else(|| unlisted.map(|crop| crop.path.clone())))
}

/// Whether a file of the folder is what was written.
pub(super) fn is_as_written(dir: &Path, file: &FileHash) -> bool {
    fs::read(dir.join(&file.path)).is_ok_and(|bytes| crate::scan::sha256(&bytes) == file.sha256)
}

/// The files of a finished batch folder, as its manifest lists them, and the manifest itself.
pub fn finished_files(dir: &Path) -> Vec<String> {
    let listed = fs::read(dir.join("manifest.json")).ok().and_then(|m| listed_files(&m)).unwrap_or_default();
    listed.into_iter().map(|f| f.path).chain(["manifest.json".to_owned()]).collect()
}
