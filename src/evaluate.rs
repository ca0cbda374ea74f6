//! Measures reading against labels: what was right, what was wrong in silence, what went to a person, and whether
//! confidence means what it says. Works on anybody's scans with a truth file beside them. Changes nothing it measures:
//! every page goes the way of `run`, up to its record.

pub mod figures;
pub mod judge;
pub mod table;
pub mod truth;

use crate::form::Form;
use crate::pipeline::{Desk, PageOutcome, Placed};
use crate::record::Record;
use crate::record::join::{Joiner, Submission};
use crate::scan::{Budgets, Scan};
use figures::Measured;
use judge::{Judged, judge};
use rayon::prelude::*;
use std::path::Path;
use truth::Labelled;

/// One labelled submission after the way of `run`.
#[derive(Debug)]
pub struct Seen {
    /// Its record and pages, where all of them were read as one submission of the form the label names.
    pub read: Option<(Submission<Placed>, Record)>,
    /// Why not, for whoever looks: a reason of `exceptions.csv`, or another form.
    pub why_not: Option<String>,
    /// Whether pages were read as a form the label does not name: worse than any wrong field.
    pub other_form: bool,
}

/// Measures every labelled submission, in parallel, and sums up in the order of the labels.
pub fn evaluate(desk: &Desk, dir: &Path, labels: &[Labelled]) -> Measured {
    let judged: Vec<Judged> = labels.par_iter().map(|label| judge_one(desk, dir, label)).collect();
    Measured::of(&judged)
}

fn judge_one(desk: &Desk, dir: &Path, label: &Labelled) -> Judged {
    let seen = see(desk, dir, label);
    judge(label, desk.catalogue.named(&label.form), &seen)
}

/// Takes the pages of one label the way of `run`. Joining is asked only whether these pages belong together.
fn see(desk: &Desk, dir: &Path, label: &Labelled) -> Seen {
    let forms = desk.catalogue.forms();
    let mut joiner = Joiner::default();
    let mut submissions = Vec::new();
    let mut why_not = None;
    for page in &label.pages {
        match page_outcome(desk, dir, &page.source, page.page) {
            Ok(Ok(page)) => submissions.extend(joiner.push(page, forms)),
            Ok(Err(unread)) => why_not = Some(unread.exception.reason.clone()),
            Err(reason) => why_not = Some(reason),
        }
    }
    submissions.extend(joiner.finish(forms));
    let named = desk.catalogue.named(&label.form);
    let other = |form: &Form| named.is_none_or(|n| n.id != form.id || n.edition != form.edition);
    let other_form = submissions.iter().any(|s| other(&forms[s.form]));
    match (submissions.len(), other_form) {
        (1, false) => {
            let read = submissions.pop().map(|s| (desk.record(&s), s)).map(|(record, s)| (s, record));
            Seen { read, why_not, other_form }
        }
        (0, _) => Seen { read: None, why_not, other_form },
        (_, true) => Seen { read: None, why_not: Some("read-as-another-form".to_owned()), other_form },
        _ => Seen { read: None, why_not: Some("pages-not-joined".to_owned()), other_form },
    }
}

fn page_outcome(desk: &Desk, dir: &Path, source: &str, number: u32) -> Result<PageOutcome, String> {
    let bytes = std::fs::read(dir.join(source)).map_err(|_| "unreadable-file".to_owned())?;
    let scan = Scan::open(bytes, &Budgets::default()).map_err(|e| e.reason().to_owned())?;
    Ok(desk.page(&scan, source, number))
}
