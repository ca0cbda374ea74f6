//! Settles pages in input order: joins, validates, marks duplicates, numbers, and hands records to the folder.

use super::duplicates;
use super::folder::{Folder, FolderError};
use super::journal::Journal;
use super::pictured::{Pictured, ToPicture};
use super::sheet::{InBatch, Settled};
use crate::form::Form;
use crate::pipeline::Desk;
use crate::provenance::InputFile;
use crate::receipt::number::ReceiptNumber;
use crate::record::join::{Joiner, Submission};
use crate::record::{PageException, Status};
use crate::tally::Tally;

/// Settles pages in input order: joins, validates, marks duplicates, numbers, and hands records to the folder.
pub(super) struct Settling<'a> {
    desk: &'a Desk<'a>,
    folder: &'a mut Folder,
    journal: &'a Journal,
    joiner: Joiner<InBatch>,
    seen: duplicates::Seen,
    tally: Tally,
    position: u64,
    serial: u32,
    met_a_bug: bool,
}

impl<'a> Settling<'a> {
    /// Nothing settled yet.
    pub(super) fn new(desk: &'a Desk<'a>, folder: &'a mut Folder, journal: &'a Journal) -> Self {
        Self {
            desk,
            folder,
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

    /// Takes a file that was opened.
    pub(super) fn input(&mut self, input: InputFile) {
        self.tally.add_pages_in(input.pages);
        self.folder.add_input(input);
    }

    /// A path that is not even a file: counted as one page in, and refused.
    pub(super) fn file(&mut self, exception: PageException) -> Result<(), FolderError> {
        self.input(InputFile { source: exception.source.clone(), sha256: String::new(), bytes: 0, pages: 1 });
        self.outside(exception)
    }

    /// Position of the page to come.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Takes the next page, and says which pictures are wanted now.
    pub(super) fn page(&mut self, settled: Settled) -> Result<Vec<ToPicture<'a>>, FolderError> {
        match settled {
            Settled::Decided(page) => {
                self.position += 1;
                let submissions = self.joiner.push(*page, self.forms());
                Ok(self.submissions(submissions))
            }
            Settled::Outside(exception) => self.outside(exception).map(|()| Vec::new()),
        }
    }

    fn outside(&mut self, exception: PageException) -> Result<(), FolderError> {
        let position = self.position;
        self.position += 1;
        self.met_a_bug |= exception.reason == "internal-error";
        self.tally.add_exception(&exception);
        self.folder.add_exception(position, exception, self.journal)
    }

    /// Takes pictures that were made.
    pub(super) fn pictured(&mut self, made: Pictured) {
        self.folder.add_pictures(made);
    }

    /// Counts, and whether a page met a bug of ours.
    pub(super) fn sums(self) -> (Tally, bool) {
        (self.tally, self.met_a_bug)
    }

    /// Settles what still waited for a page when the input ended.
    pub(super) fn rest(&mut self) -> Vec<ToPicture<'a>> {
        let submissions = std::mem::take(&mut self.joiner).finish(self.forms());
        self.submissions(submissions)
    }

    fn submissions(&mut self, submissions: Vec<Submission<InBatch>>) -> Vec<ToPicture<'a>> {
        submissions.into_iter().flat_map(|submission| self.submission(submission)).collect()
    }

    fn submission(&mut self, submission: Submission<InBatch>) -> Vec<ToPicture<'a>> {
        let form = &self.forms()[submission.form];
        let mut record = self.desk.record(&submission);
        if let Some(earlier) = self.seen.mark(&mut record, form) {
            self.folder.add_finding(earlier.id, earlier.finding);
        }
        if !form.anonymous && record.status != Status::Duplicate {
            self.serial += 1;
            record.receipt_no = Some(ReceiptNumber::new(record.received_on, form.letter, self.serial).to_string());
        }
        self.tally.add_record(&record);
        self.folder.add_record(submission, record, form)
    }
}
