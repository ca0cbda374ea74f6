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
use crate::synth::{Synth, SynthError, SynthRequest};
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
    let file = |source: &str| std::fs::read(dir.join(source)).map_err(|_| "unreadable-file".to_owned());
    let judged: Vec<Judged> = labels.par_iter().map(|label| judge_one(desk, &file, label)).collect();
    Measured::of(&judged)
}

/// Fills in a form as `request` says and measures how it reads back. Nothing is written.
///
/// # Errors
/// Where the form's blank cannot be drawn, or a page not be encoded.
pub fn read_back(desk: &Desk, request: &SynthRequest<'_>) -> Result<Measured, SynthError> {
    let synth = Synth::new(request.clone())?;
    let one = |number: usize| -> Result<Judged, SynthError> {
        let submission = synth.submission(number);
        let files = submission.files("sheet")?;
        let line = submission.truth(&format!("{}@{}", request.form.id, request.form.edition), &files);
        let label: Labelled = serde_json::from_value(line).map_err(|e| SynthError::Plan(e.to_string()))?;
        let file = |source: &str| {
            let found = files.files.iter().find(|(name, _)| name == source);
            found.map(|(_, bytes)| bytes.clone()).ok_or_else(|| "unreadable-file".to_owned())
        };
        Ok(judge_one(desk, &file, &label))
    };
    let judged: Result<Vec<Judged>, SynthError> = (0..request.count).into_par_iter().map(one).collect();
    Ok(Measured::of(&judged?))
}

/// The bytes of a file by its name, or why there are none.
type FileOf<'a> = &'a (dyn Fn(&str) -> Result<Vec<u8>, String> + Sync);

fn judge_one(desk: &Desk, file: FileOf<'_>, label: &Labelled) -> Judged {
    let seen = see(desk, file, label);
    judge(label, desk.catalogue.named(&label.form), &seen)
}

/// Takes the pages of one label the way of `run`. Joining is asked only whether these pages belong together.
fn see(desk: &Desk, file: FileOf<'_>, label: &Labelled) -> Seen {
    let forms = desk.catalogue.forms();
    let mut joiner = Joiner::default();
    let mut submissions = Vec::new();
    let mut why_not = None;
    for page in &label.pages {
        match page_outcome(desk, file, &page.source, page.page) {
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

fn page_outcome(desk: &Desk, file: FileOf<'_>, source: &str, number: u32) -> Result<PageOutcome, String> {
    let scan = Scan::open(file(source)?, &Budgets::default()).map_err(|e| e.reason().to_owned())?;
    Ok(desk.page(&scan, source, number))
}
