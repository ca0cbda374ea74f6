//! A run over a pile of scans: files to pages in parallel, submissions in input order, and the batch folder they fill.
//! The work on a page is `pipeline`'s; this is order, memory, files, and going on where an earlier run was ended.

pub mod again;
pub mod duplicates;
mod finished;
pub mod folder;
pub mod inputs;
pub mod journal;
pub mod letters;
pub mod lock;
pub mod open;
pub mod output;
pub mod patience;
pub mod pictures;
pub mod sheet;

pub use finished::finished_files;

use crate::form::Form;
use crate::pipeline::Desk;
use crate::provenance::InputFile;
use crate::receipt::Letters;
use crate::receipt::number::ReceiptNumber;
use crate::record::join::{Joiner, Submission};
use crate::record::{PageException, Status};
use crate::tally::Tally;
use finished::Before;
use folder::{Folder, FolderError};
use inputs::Inputs;
use journal::{Journal, JournalError};
use letters::Written;
use rayon::prelude::*;
use sheet::{Bench, InBatch, Settled, Sheet};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Pages read at the same time per thread: enough that a slow page does not leave the other threads idle, few enough
/// that what is kept of pages in flight stays small.
const PAGES_PER_THREAD: usize = 4;

/// Runs all inputs into a batch folder. What an earlier run of the same batch has done is not done again.
///
/// Results do not depend on the number of threads of the current rayon pool, nor on where an earlier run was ended: pages
/// are read in any order and settled in input order.
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
    let bench = Bench::new(run.desk, &journal);
    let mut settling = Settling::new(run.desk, &mut folder, &bench, &journal);
    for (path, why) in &run.given.unreadable {
        settling.file(open::no_file(path, why))?;
    }
    read_all(run, &bench, &mut settling)?;
    let (tally, met_a_bug) = settling.finish()?;
    let any_input = folder.any_opened();
    let (output, lock) = folder.settled();
    let dir = output.dir.clone();
    let written = output.write(run.desk.catalogue.forms(), run.letters, &tally)?;
    drop(journal);
    journal::remove(&dir).map_err(|source| crate::whole::OutputError { path: dir.join(journal::FILE_NAME), source })?;
    drop(lock);
    Ok(Outcome { tally, left_alone: run.given.left_alone.len(), met_a_bug, any_input, written, again: false })
}

/// Reads all pages of all files, some at a time.
fn read_all(run: &Run, bench: &Bench, settling: &mut Settling) -> Result<(), FolderError> {
    let chunk = rayon::current_num_threads().max(1) * PAGES_PER_THREAD;
    let mut queue: VecDeque<Task> = VecDeque::new();
    let mut files = run.given.files.iter();
    loop {
        while queue.len() < chunk {
            let Some(input) = files.next() else { break };
            let opened = open::open(input);
            run.progress.pages_known(opened.input.pages);
            queue.extend(Task::of(opened.pages));
            settling.input(opened.input);
        }
        if queue.is_empty() {
            return Ok(());
        }
        let now: Vec<(u64, Task)> = (settling.position..).zip(queue.drain(..chunk.min(queue.len()))).collect();
        let outcomes: Vec<_> = now.into_par_iter().map(|(position, task)| task.run(position, bench, run.stop)).collect();
        for outcome in outcomes {
            let Some(settled) = outcome? else { return Err(FolderError::Stopped { done: settling.position }) };
            settling.page(settled)?;
            run.progress.pages_done(1);
        }
    }
}

/// One page to read, or a file that could not be opened and counts as one.
enum Task {
    Page(Sheet),
    Failed(PageException),
}

impl Task {
    fn of(pages: Result<Vec<Sheet>, PageException>) -> Vec<Self> {
        match pages {
            Ok(sheets) => sheets.into_iter().map(Self::Page).collect(),
            Err(exception) => vec![Self::Failed(exception)],
        }
    }

    /// What became of it; none where the run is to stop and it was not begun.
    fn run(self, position: u64, bench: &Bench, stop: &AtomicBool) -> Result<Option<Settled>, JournalError> {
        match self {
            _ if stop.load(Ordering::Relaxed) => Ok(None),
            Self::Page(sheet) => bench.settle(&sheet, position).map(Some),
            Self::Failed(exception) => Ok(Some(Settled::Outside(exception))),
        }
    }
}

/// Settles pages in input order: joins, validates, marks duplicates, numbers, and hands records to the folder.
struct Settling<'a> {
    desk: &'a Desk<'a>,
    folder: &'a mut Folder,
    bench: &'a Bench<'a>,
    journal: &'a Journal,
    joiner: Joiner<InBatch>,
    seen: duplicates::Seen,
    tally: Tally,
    position: u64,
    serial: u32,
    met_a_bug: bool,
}

impl<'a> Settling<'a> {
    fn new(desk: &'a Desk<'a>, folder: &'a mut Folder, bench: &'a Bench<'a>, journal: &'a Journal) -> Self {
        Self {
            desk,
            folder,
            bench,
            journal,
            joiner: Joiner::default(),
            seen: duplicates::Seen::default(),
            tally: Tally::default(),
            position: 0,
            serial: 0,
            met_a_bug: false,
        }
    }

    fn forms(&self) -> &'a [Form] {
        self.desk.catalogue.forms()
    }

    fn input(&mut self, input: InputFile) {
        self.tally.add_pages_in(input.pages);
        self.folder.add_input(input);
    }

    /// A path that is not even a file: counted as one page in, and refused.
    fn file(&mut self, exception: PageException) -> Result<(), FolderError> {
        self.input(InputFile { source: exception.source.clone(), sha256: String::new(), bytes: 0, pages: 1 });
        self.page(Settled::Outside(exception))
    }

    fn page(&mut self, settled: Settled) -> Result<(), FolderError> {
        let position = self.position;
        self.position += 1;
        match settled {
            Settled::Decided(page) => {
                for submission in self.joiner.push(*page, self.forms()) {
                    self.submission(&submission)?;
                }
                Ok(())
            }
            Settled::Outside(exception) => {
                self.met_a_bug |= exception.reason == "internal-error";
                self.tally.add_exception(&exception);
                self.folder.add_exception(position, exception, self.journal)
            }
        }
    }

    fn submission(&mut self, submission: &Submission<InBatch>) -> Result<(), FolderError> {
        let form = &self.forms()[submission.form];
        let mut record = self.desk.record(submission);
        if let Some(earlier) = self.seen.mark(&mut record, form) {
            self.folder.add_finding(&earlier.id, earlier.finding);
        }
        if !form.anonymous && record.status != Status::Duplicate {
            self.serial += 1;
            record.receipt_no = Some(ReceiptNumber::new(record.received_on, form.letter, self.serial).to_string());
        }
        self.tally.add_record(&record);
        self.folder.add_record(submission, record, form, self.bench, self.journal)
    }

    fn finish(mut self) -> Result<(Tally, bool), FolderError> {
        for submission in std::mem::take(&mut self.joiner).finish(self.forms()) {
            self.submission(&submission)?;
        }
        Ok((self.tally, self.met_a_bug))
    }
}
