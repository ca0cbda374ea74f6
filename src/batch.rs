//! A run over a pile of scans: files to pages in parallel, submissions in input order, and the batch folder they fill.
//! The work on a page is `pipeline`'s; this is order, memory, files, and going on where an earlier run was ended.

pub mod again;
mod crew;
pub mod duplicates;
mod finished;
pub mod folder;
pub mod inputs;
pub mod journal;
mod kept;
pub mod letters;
pub mod listing;
pub mod lock;
pub mod open;
pub mod output;
mod packed;
pub mod patience;
pub mod pictured;
pub mod pictures;
mod reading;
mod settling;
pub mod sheet;

pub use finished::finished_files;

use crate::pipeline::Desk;
use crate::read::tesseract::Tesseract;
use crate::receipt::Letters;
use crate::tally::Tally;
use finished::Before;
use folder::{Folder, FolderError};
use inputs::Inputs;
use letters::Written;
use rayon::ThreadPool;
use reading::{Place, read_all};
use settling::Settling;
use sheet::Bench;
use std::sync::atomic::AtomicBool;

/// How the run goes on, for whoever watches.
pub trait Progress: Sync {
    /// A file was opened: so many more pages are known.
    fn pages_known(&self, pages: u64);
    /// So many pages are done.
    fn pages_done(&self, pages: u64);
}

/// Nobody watches.
pub struct Unwatched;

impl Progress for Unwatched {
    fn pages_known(&self, _: u64) {}
    fn pages_done(&self, _: u64) {}
}

/// What became of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Counts and the identity.
    pub tally: Tally,
    /// Files found in folders that are no scans by their ending.
    pub left_alone: usize,
    /// Whether a page met a bug of ours.
    pub met_a_bug: bool,
    /// Whether any input file could be opened.
    pub any_input: bool,
    /// Letters written.
    pub written: Written,
    /// Whether the folder held this very batch already, and nothing was done.
    pub again: bool,
}

/// What a run is made with.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Who works on pages.
    pub threads: &'a ThreadPool,
    /// Where pages are worked on.
    pub desk: &'a Desk<'a>,
    /// What letters are written from.
    pub letters: &'a Letters<'a>,
    /// The files.
    pub given: &'a Inputs,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Set by whoever wants the run to stop: pages in flight are finished, and the folder can be gone on with.
    pub stop: &'a AtomicBool,
}

/// Runs all inputs into a batch folder. What an earlier run of the same batch has done is not done again.
///
/// Results do not depend on the number of threads, nor on where an earlier run was ended: pages are read in any order and
/// settled in input order, by the calling thread, which must be none of them: it waits for what they do.
///
/// # Errors
/// Only what concerns the whole batch: its folder cannot be written, holds another batch, or the run was asked to stop.
/// A bad file or page costs that file or page.
pub fn run(run: &Run, mut folder: Folder) -> Result<Outcome, FolderError> {
    let must_be = match finished::before(&folder, run.given)? {
        Before::Done(outcome) => {
            let dir = folder.dir();
            journal::remove(dir).map_err(|source| crate::whole::OutputError { path: dir.join(journal::FILE_NAME), source })?;
            return Ok(*outcome);
        }
        Before::Incomplete(head) => Some(head),
        Before::Nothing => None,
    };
    let journal = folder.begin(must_be)?;
    let dir = folder.dir().to_owned();
    let place = Place { dir: &dir, bench: &Bench::new(run.desk, &journal), journal: &journal };
    let mut settling = Settling::new(run.desk, &mut folder, &journal);
    for (path, why) in &run.given.unreadable {
        settling.file(open::no_file(path, why))?;
    }
    read_all(run, place, &mut settling)?;
    let (tally, met_a_bug) = settling.sums();
    let any_input = folder.any_opened();
    // Nothing is read any more: what reading held is room for the records.
    run.threads.broadcast(|_| Tesseract::leave_thread());
    let write = || {
        let (output, lock) = folder.settled();
        Ok::<_, FolderError>((output.write(run.desk.catalogue.forms(), run.letters, &tally, &journal)?, lock))
    };
    let (written, lock) = run.threads.install(write)?;
    drop(journal);
    journal::remove(&dir).map_err(|source| crate::whole::OutputError { path: dir.join(journal::FILE_NAME), source })?;
    drop(lock);
    Ok(Outcome { tally, left_alone: run.given.left_alone.len(), met_a_bug, any_input, written, again: false })
}
