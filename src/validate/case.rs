//! One submission under examination: its form, fields and delivery, with what follows from them once.

use super::Submission;
use super::facility::{self, Listing};
use crate::form::Form;
use crate::record::FieldRecords;
use jiff::civil::Date;

/// Everything a rule may look at.
pub(super) struct Case<'a> {
    pub(super) form: &'a Form,
    pub(super) fields: &'a FieldRecords,
    pub(super) submission: &'a Submission<'a>,
    /// The day rules are chosen by, where it is known.
    pub(super) application: Option<Date>,
    /// What the master says of the facility.
    pub(super) listing: Listing<'a>,
}

impl<'a> Case<'a> {
    pub(super) fn new(form: &'a Form, fields: &'a FieldRecords, submission: &'a Submission<'a>) -> Self {
        let application = submission.application_date();
        let case = Self { form, fields, submission, application, listing: Listing::Unread };
        let listing = facility::listing(&case);
        Self { listing, ..case }
    }
}
