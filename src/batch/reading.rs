//! All pages of all files: opened as they are needed, read by all threads, so many at a time, and handed over in input
//! order to be settled; the pictures then wanted are work like any other.

use super::crew::Crew;
use super::folder::FolderError;
use super::inputs::Input;
use super::journal::{Journal, JournalError};
use super::pictured::{Pictured, ToPicture};
use super::settling::Settling;
use super::sheet::{Bench, Settled, Sheet};
use super::{Run, open};
use crate::record::PageException;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Pages that may be worked on or wait to be settled, per thread: enough that a slow page does not leave the other
/// threads idle, few enough that what is kept of pages in flight stays small.
const PAGES_PER_THREAD: usize = 4;

/// Where the work of a run is done.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The batch folder.
    pub dir: &'a Path,
    /// Where pages are worked on.
    pub bench: &'a Bench<'a>,
    /// What becomes of each.
    pub journal: &'a Journal,
}

/// Work for a thread.
enum Work<'a> {
    /// The page at this position.
    Read(u64, Task),
    /// Pictures of a settled page.
    Picture(Box<ToPicture<'a>>),
}

/// What came of it.
enum Done {
    Read(u64, Result<Settled, JournalError>),
    Pictured(Result<Pictured, FolderError>),
    /// Nothing: the run is to stop.
    Nothing,
}

impl Work<'_> {
    fn done(self, place: Place) -> Done {
        match self {
            Self::Read(position, task) => Done::Read(position, task.run(position, place.bench)),
            Self::Picture(page) => Done::Pictured(page.make(place.dir, place.bench, place.journal)),
        }
    }
}

/// Reads all pages, settles them in input order, and has the pictures made that are wanted of them.
///
/// # Errors
/// Where the folder cannot be written, or the run is asked to stop. What was begun is finished first.
pub(super) fn read_all<'a>(run: &'a Run, place: Place<'a>, settling: &mut Settling<'a>) -> Result<(), FolderError> {
    let given_up = AtomicBool::new(false);
    let stops = || run.stop.load(Ordering::Relaxed) || given_up.load(Ordering::Relaxed);
    let work = |work: Work| if stops() { Done::Nothing } else { work.done(place) };
    run.threads.in_place_scope_fifo(|threads| {
        let reading = Reading { run, settling, files: Files::new(run), ahead: BTreeMap::new() };
        let result = reading.all(Crew::new(threads, &work));
        given_up.store(true, Ordering::Relaxed);
        result
    })
}

/// What one thread sees of it.
struct Reading<'r, 'a> {
    run: &'a Run<'a>,
    settling: &'r mut Settling<'a>,
    files: Files<'a>,
    /// Pages that were read before one that comes before them, by position.
    ahead: BTreeMap<u64, Settled>,
}

impl<'a> Reading<'_, 'a> {
    fn all<'scope>(mut self, mut crew: Crew<'_, 'scope, Work<'a>, Done>) -> Result<(), FolderError>
    where
        'a: 'scope,
    {
        let at_most = self.run.threads.current_num_threads() * PAGES_PER_THREAD;
        let mut positions = self.settling.position()..;
        loop {
            while crew.under_way() + self.ahead.len() < at_most
                && let Some(page) = self.files.page(self.settling)
                && let Some(position) = positions.next()
            {
                crew.give(Work::Read(position, page));
            }
            let wanted = match crew.take() {
                Some(Done::Read(position, page)) => {
                    self.ahead.insert(position, page?);
                    self.settle()?
                }
                Some(Done::Pictured(made)) => {
                    self.settling.pictured(made?);
                    Vec::new()
                }
                Some(Done::Nothing) => return Err(FolderError::Stopped { done: self.settling.position() }),
                // All pages are in. The last submissions may have waited for one more.
                None => match self.settling.rest() {
                    rest if rest.is_empty() => return Ok(()),
                    rest => rest,
                },
            };
            for page in wanted {
                crew.give(Work::Picture(Box::new(page)));
            }
        }
    }

    /// Settles the pages whose turn it is, and says which pictures are wanted now.
    fn settle(&mut self) -> Result<Vec<ToPicture<'a>>, FolderError> {
        let mut wanted = Vec::new();
        while let Some(page) = self.ahead.remove(&self.settling.position()) {
            wanted.extend(self.settling.page(page)?);
            self.run.progress.pages_done(1);
        }
        Ok(wanted)
    }
}

/// The pages of all files, opened as they are needed.
struct Files<'a> {
    run: &'a Run<'a>,
    to_open: std::slice::Iter<'a, Input>,
    opened: VecDeque<Task>,
}

impl<'a> Files<'a> {
    fn new(run: &'a Run<'a>) -> Self {
        Self { run, to_open: run.given.files.iter(), opened: VecDeque::new() }
    }

    /// The next page. Files opened for it are made known.
    fn page(&mut self, settling: &mut Settling) -> Option<Task> {
        while self.opened.is_empty() {
            let opened = open::open(self.to_open.next()?);
            self.run.progress.pages_known(opened.input.pages);
            self.opened.extend(Task::of(opened.pages));
            settling.input(opened.input);
        }
        self.opened.pop_front()
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

    /// What became of it.
    fn run(self, position: u64, bench: &Bench) -> Result<Settled, JournalError> {
        match self {
            Self::Page(sheet) => bench.settle(&sheet, position),
            Self::Failed(exception) => Ok(Settled::Outside(exception)),
        }
    }
}
