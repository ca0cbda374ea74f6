//! A run over a pile of scans: files to pages in parallel, submissions in input order, and the batch folder they fill.
//! The work on a page is `pipeline`'s; this is order, memory and files.

pub mod duplicates;
pub mod folder;
pub mod inputs;
pub mod letters;
pub mod pictures;

use crate::form::Form;
use crate::pipeline::{Desk, Origin, PageOutcome, Placed, Unread, unreadable};
use crate::provenance::InputFile;
use crate::receipt::Letters;
use crate::receipt::number::ReceiptNumber;
use crate::record::join::{DecidedPage, Joiner, Submission};
use crate::record::{ExceptionKind, PageException, Status};
use crate::scan::{Budgets, Scan};
use crate::tally::Tally;
use folder::{Folder, FolderError};
use inputs::{Input, Inputs};
use letters::Written;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

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
}

/// Pages read at the same time per thread: enough that a slow page does not leave the other threads idle, few enough
/// that pages in flight (9 MB each in grey, 300 dpi) stay below 100 MB on two cores.
const PAGES_PER_THREAD: usize = 4;

/// Runs all inputs into a batch folder.
///
/// Results do not depend on the number of threads of the current rayon pool: pages are read in any order and settled in
/// input order.
///
/// # Errors
/// Only what concerns the whole batch: its folder cannot be written. A bad file or page costs that file or page.
pub fn run(
    desk: &Desk,
    letters: &Letters,
    given: &Inputs,
    mut folder: Folder,
    progress: &dyn Progress,
) -> Result<Outcome, FolderError> {
    let chunk = rayon::current_num_threads().max(1) * PAGES_PER_THREAD;
    let mut settling = Settling::new(desk, &mut folder);
    for (path, why) in &given.unreadable {
        settling.file(no_file(path, why))?;
    }
    let mut queue: VecDeque<Task> = VecDeque::new();
    let mut files = given.files.iter();
    loop {
        while queue.len() < chunk {
            let Some(input) = files.next() else { break };
            let opened = open(input);
            progress.pages_known(opened.input.pages);
            queue.extend(opened.tasks());
            settling.input(&opened.input)?;
        }
        if queue.is_empty() {
            break;
        }
        let now: Vec<Task> = queue.drain(..chunk.min(queue.len())).collect();
        let outcomes: Vec<PageOutcome> = now.par_iter().map(|task| task.run(desk)).collect();
        for outcome in outcomes {
            settling.page(outcome)?;
            progress.pages_done(1);
        }
    }
    let (tally, met_a_bug) = settling.finish()?;
    let any_input = folder.any_opened();
    let written = folder.finish(desk, letters, &tally)?;
    Ok(Outcome { tally, left_alone: given.left_alone.len(), met_a_bug, any_input, written })
}

/// One page to read, or a file that could not be opened and counts as one.
enum Task {
    Page { scan: Arc<Scan>, source: String, number: u32 },
    Failed(PageException),
}

/// A placed page and its place among all pages of the batch, from 0.
#[derive(Debug, Clone)]
pub struct InBatch {
    /// The page.
    pub placed: Placed,
    /// Its place.
    pub position: u64,
}

impl Task {
    fn run(&self, desk: &Desk) -> PageOutcome {
        match self {
            Self::Page { scan, source, number } => desk.page(scan, source, *number),
            Self::Failed(exception) => Err(Unread::without_picture(exception.clone())),
        }
    }
}

/// A file after opening.
struct Opened {
    input: InputFile,
    scan: Result<Arc<Scan>, PageException>,
}

impl Opened {
    fn tasks(&self) -> Vec<Task> {
        match &self.scan {
            Ok(scan) => (1..=scan.page_count())
                .map(|number| Task::Page { scan: Arc::clone(scan), source: self.input.source.clone(), number })
                .collect(),
            Err(exception) => vec![Task::Failed(exception.clone())],
        }
    }
}

fn open(input: &Input) -> Opened {
    let file = |sha256: &str, bytes: u64, pages: u64| InputFile {
        source: input.source.clone(),
        sha256: sha256.to_owned(),
        bytes,
        pages,
    };
    let budgets = Budgets::default();
    let bytes = match read_within(&input.path, budgets.file_bytes) {
        Ok(bytes) => bytes,
        Err(why) => return Opened { input: file("", 0, 1), scan: Err(no_file(&input.source, &why)) },
    };
    let length = bytes.len() as u64;
    let sha256 = crate::scan::sha256(&bytes);
    match Scan::open(bytes, &budgets) {
        Ok(scan) if scan.page_count() > 0 => {
            Opened { input: file(&sha256, length, u64::from(scan.page_count())), scan: Ok(Arc::new(scan)) }
        }
        Ok(_) => {
            let origin = Origin { source: &input.source, sha256: &sha256, number: 0 };
            let none = crate::scan::ScanError::EmptyFile;
            Opened { input: file(&sha256, length, 1), scan: Err(unreadable(origin, &none)) }
        }
        Err(error) => {
            let origin = Origin { source: &input.source, sha256: &sha256, number: 0 };
            Opened { input: file(&sha256, length, 1), scan: Err(unreadable(origin, &error)) }
        }
    }
}

/// The bytes of a file, read only where it is an ordinary file of no more than `most` bytes.
fn read_within(path: &std::path::Path, most: u64) -> Result<Vec<u8>, String> {
    let about = std::fs::metadata(path).map_err(|e| e.to_string())?;
    if !about.is_file() {
        return Err("not an ordinary file".to_owned());
    }
    if about.len() > most {
        return Err(format!("{} bytes, the limit is {most}", about.len()));
    }
    std::fs::read(path).map_err(|e| e.to_string())
}

fn no_file(source: &str, why: &str) -> PageException {
    PageException {
        source: source.to_owned(),
        page: 0,
        sha256: String::new(),
        kind: ExceptionKind::Refused,
        reason: "unreadable-file".to_owned(),
        message: format!("ファイルを開けませんでした（{why}）。ファイルと読み取り権限を確認してください。"),
    }
}

/// Settles pages in input order: joins, validates, marks duplicates, numbers, and hands records to the folder.
struct Settling<'a> {
    desk: &'a Desk<'a>,
    folder: &'a mut Folder,
    joiner: Joiner<InBatch>,
    seen: duplicates::Seen,
    tally: Tally,
    position: u64,
    serial: u32,
    met_a_bug: bool,
}

impl<'a> Settling<'a> {
    fn new(desk: &'a Desk<'a>, folder: &'a mut Folder) -> Self {
        Self {
            desk,
            folder,
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

    fn input(&mut self, input: &InputFile) -> Result<(), FolderError> {
        self.tally.add_pages_in(input.pages);
        self.folder.add_input(input)
    }

    /// A path that is not even a file: counted as one page in, and refused.
    fn file(&mut self, exception: PageException) -> Result<(), FolderError> {
        self.input(&InputFile { source: exception.source.clone(), sha256: String::new(), bytes: 0, pages: 1 })?;
        self.page(Err(Unread::without_picture(exception)))
    }

    fn page(&mut self, outcome: PageOutcome) -> Result<(), FolderError> {
        let position = self.position;
        self.position += 1;
        match outcome {
            Ok(page) => {
                for submission in self.joiner.push(in_batch(page, position), self.forms()) {
                    self.submission(&submission)?;
                }
                Ok(())
            }
            Err(unread) => {
                self.met_a_bug |= unread.exception.reason == "internal-error";
                self.tally.add_exception(&unread.exception);
                self.folder.add_exception(position, *unread)
            }
        }
    }

    fn submission(&mut self, submission: &Submission<InBatch>) -> Result<(), FolderError> {
        let form = &self.forms()[submission.form];
        let mut record = self.desk.record(submission);
        self.seen.mark(&mut record, form);
        if !form.anonymous && record.status != Status::Duplicate {
            self.serial += 1;
            record.receipt_no = Some(ReceiptNumber::new(record.received_on, form.letter, self.serial).to_string());
        }
        self.tally.add_record(&record);
        self.folder.add_record(submission, record, form)
    }

    fn finish(mut self) -> Result<(Tally, bool), FolderError> {
        for submission in std::mem::take(&mut self.joiner).finish(self.forms()) {
            self.submission(&submission)?;
        }
        Ok((self.tally, self.met_a_bug))
    }
}

fn in_batch(page: DecidedPage<Placed>, position: u64) -> DecidedPage<InBatch> {
    DecidedPage {
        form: page.form,
        form_page: page.form_page,
        record: page.record,
        fields: page.fields,
        code: page.code,
        payload: InBatch { placed: page.payload, position },
    }
}
