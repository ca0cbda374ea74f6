//! Counts every page of a batch once, and says whether none was lost: the one home of the identity
//! pages in = accepted + review + deficient + refused + duplicate + blank. Does not print it.

use crate::form::FormId;
use crate::provenance::InputFile;
use crate::record::{ExceptionKind, PageException, Record, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pages in and what became of them, and submissions per form.
///
/// `pages_in` must be counted where pages come in, never from outcomes: otherwise the identity could not fail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Pages that came in; a file that could not be opened counts as one.
    pub pages_in: u64,
    /// What became of them.
    pub pages: PageCounts,
    /// Submissions of each form.
    pub forms: BTreeMap<FormId, SubmissionCounts>,
}

/// Pages by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCounts {
    /// Pages of accepted submissions.
    pub accepted: u64,
    /// Pages of submissions a person must look at.
    pub review: u64,
    /// Pages of deficient submissions.
    pub deficient: u64,
    /// Pages that are none of our forms, unreadable or damaged.
    pub refused: u64,
    /// Pages of submissions seen before.
    pub duplicate: u64,
    /// Blank backs.
    pub blank: u64,
}

/// Submissions by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionCounts {
    /// Accepted.
    pub accepted: u64,
    /// Waiting for a person.
    pub review: u64,
    /// Deficient.
    pub deficient: u64,
    /// Seen before.
    pub duplicate: u64,
}

impl Tally {
    /// The counts of a stored batch: pages in from its files, what became of them from its records and exceptions.
    pub fn of(inputs: &[InputFile], exceptions: &[PageException], records: &[Record]) -> Self {
        let mut tally = Self::default();
        for input in inputs {
            tally.add_pages_in(input.pages);
        }
        for exception in exceptions {
            tally.add_exception(exception);
        }
        for record in records {
            tally.add_record(record);
        }
        tally
    }

    /// Counts pages where they come in.
    pub fn add_pages_in(&mut self, pages: u64) {
        self.pages_in += pages;
    }

    /// Counts a submission and its pages.
    pub fn add_record(&mut self, record: &Record) {
        let pages = record.pages.len() as u64;
        let form = self.forms.entry(record.form.clone()).or_default();
        let (of_pages, of_form) = match record.status {
            Status::Accepted => (&mut self.pages.accepted, &mut form.accepted),
            Status::Review => (&mut self.pages.review, &mut form.review),
            Status::Deficient => (&mut self.pages.deficient, &mut form.deficient),
            Status::Duplicate => (&mut self.pages.duplicate, &mut form.duplicate),
        };
        *of_pages += pages;
        *of_form += 1;
    }

    /// Counts a page that is in no record.
    pub fn add_exception(&mut self, exception: &PageException) {
        match exception.kind {
            ExceptionKind::Blank => self.pages.blank += 1,
            ExceptionKind::Refused => self.pages.refused += 1,
        }
    }

    /// Pages whose outcome is known.
    pub fn pages_out(&self) -> u64 {
        let p = &self.pages;
        p.accepted + p.review + p.deficient + p.refused + p.duplicate + p.blank
    }

    /// Whether every page that came in is accounted for exactly once.
    pub fn holds(&self) -> bool {
        self.pages_in == self.pages_out()
    }

    /// Whether a person is needed: something waits for review or was refused.
    pub fn needs_a_person(&self) -> bool {
        self.pages.review + self.pages.refused > 0
    }

    /// Submissions of all forms together.
    pub fn submissions(&self) -> SubmissionCounts {
        self.forms.values().fold(SubmissionCounts::default(), |sum, of_form| SubmissionCounts {
            accepted: sum.accepted + of_form.accepted,
            review: sum.review + of_form.review,
            deficient: sum.deficient + of_form.deficient,
            duplicate: sum.duplicate + of_form.duplicate,
        })
    }
}

impl SubmissionCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.accepted + self.review + self.deficient + self.duplicate
    }
}
