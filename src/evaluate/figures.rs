//! Sums up judged submissions: counts with their intervals, error against rejection, calibration. Prints nothing.

use super::judge::{Judged, JudgedCell, JudgedField, Kind, Outcome};
use crate::recognize::DigitClass;
use crate::record::Status;
use serde::Serialize;
use std::collections::BTreeMap;

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
}

impl Share {
    fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u64::from(hit);
    }

    /// In percent; 0 of nothing is 0.
    pub fn percent(self) -> f64 {
        100.0 * self.hits as f64 / self.of.max(1) as f64
    }

    /// Wilson's 95 % interval of the share, in percent; 0 to 100 of nothing.
    pub fn interval(self) -> (f64, f64) {
        const Z: f64 = 1.959_964;
        if self.of == 0 {
            return (0.0, 100.0);
        }
        let n = self.of as f64;
        let p = self.hits as f64 / n;
        let middle = p + Z * Z / (2.0 * n);
        let reach = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 100.0 / (1.0 + Z * Z / n);
        (((middle - reach) * scale).max(0.0), ((middle + reach) * scale).min(100.0))
    }
}

/// Outcomes of some fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Fields with a label.
    pub judged: u64,
    /// Given as sure, and right.
    pub right: u64,
    /// Given as sure, and wrong.
    pub wrong: u64,
    /// Not sure: to a person.
    pub review: u64,
    /// Said to be struck out: to a person.
    pub cancelled: u64,
    /// Kept as a picture.
    pub picture: u64,
    /// On pages that were not read.
    pub unread: u64,
    /// The machine's best guess, sure or not.
    pub guesses: Share,
    /// Labelled as struck out, and not given as sure.
    pub struck_found: Share,
}

impl Counts {
    fn add(&mut self, field: &JudgedField) {
        self.judged += 1;
        match field.outcome {
            Outcome::Right => self.right += 1,
            Outcome::Wrong => self.wrong += 1,
            Outcome::Review => self.review += 1,
            Outcome::Cancelled => self.cancelled += 1,
            Outcome::Picture => self.picture += 1,
            Outcome::Unread => self.unread += 1,
        }
        if let Some(right) = field.guess_right {
            self.guesses.count(right);
        }
        if field.struck && field.outcome != Outcome::Unread {
            self.struck_found.count(!matches!(field.outcome, Outcome::Right | Outcome::Wrong));
        }
    }

    /// Wrong of those given as sure.
    pub fn wrong_of_sure(&self) -> Share {
        Share { hits: self.wrong, of: self.right + self.wrong }
    }

    /// Sent to a person for being unsure or struck out, of those read (pictures and unread pages aside).
    pub fn to_review(&self) -> Share {
        let sent = self.review + self.cancelled;
        Share { hits: sent, of: self.right + self.wrong + sent }
    }
}

/// Figures of digit cells.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CellFigures {
    /// Cells with a digit whose likeliest class is that digit, before anything is rejected.
    pub right: Share,
    /// Wrong among those above the form's threshold.
    pub wrong_of_sure: Share,
    /// Cells with a digit below the threshold.
    pub rejected: Share,
    /// Blank cells taken for a digit above the threshold.
    pub blank_as_digit: Share,
}

impl CellFigures {
    fn add(&mut self, cell: &JudgedCell) {
        let sure = cell.sure && matches!(cell.class, DigitClass::Digit(_));
        if cell.truth.is_none() {
            self.blank_as_digit.count(sure);
            return;
        }
        self.right.count(cell.is_right());
        self.rejected.count(!sure);
        if sure {
            self.wrong_of_sure.count(!cell.is_right());
        }
    }
}

/// Error when the least sure are held back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Share held back, percent.
    pub rejected_percent: f64,
    /// Confidence of the last one kept.
    pub threshold: f64,
    /// Wrong among the rest.
    pub wrong: Share,
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Least and greatest confidence in it.
    pub from: f64,
    /// Greatest.
    pub to: f64,
    /// Mean confidence.
    pub mean: f64,
    /// Right ones.
    pub right: Share,
}

/// A reliability diagram: bins of equal count, and the expected calibration error.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// Bins by rising confidence.
    pub bins: Vec<Bin>,
    /// Mean distance between confidence and share right over the bins, weighted by their counts, in percentage points.
    pub ece_points: f64,
}

/// A field that was given as sure and is not what the label says.
#[derive(Debug, Clone, Serialize)]
pub struct WrongField {
    /// File of the submission's first page.
    pub source: String,
    /// Page within it, from 1.
    pub page: u32,
    /// Status of its record.
    pub status: Option<Status>,
    /// The field and what was read.
    #[serde(flatten)]
    pub field: JudgedField,
}

/// Everything measured.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Measured {
    /// Submissions labelled.
    pub submissions: u64,
    /// Their pages.
    pub pages: u64,
    /// Records by status.
    pub statuses: BTreeMap<String, u64>,
    /// Submissions that were not read, by reason.
    pub unread: BTreeMap<String, u64>,
    /// Submissions read as another form than the label names.
    pub other_form: u64,
    /// Records accepted or deficient, and those of them with a wrong field.
    pub records_wrong: Share,
    /// Records in which everything judged is sure but for pictures, of all submissions.
    pub fields_all_sure: Share,
    /// The same per page: form, then page of the form from 1.
    pub pages_all_sure: BTreeMap<String, BTreeMap<usize, Share>>,
    /// Per kind of field.
    pub kinds: BTreeMap<Kind, Counts>,
    /// Per form and field.
    pub fields: BTreeMap<String, BTreeMap<String, Counts>>,
    /// Digit cells.
    pub cells: CellFigures,
    /// Digit cells per writer.
    pub writers: BTreeMap<String, CellFigures>,
    /// Error against rejection of digit cells that hold a digit.
    pub cell_curve: Vec<CurvePoint>,
    /// Error against rejection per kind, where the machine makes a guess.
    pub curves: BTreeMap<Kind, Vec<CurvePoint>>,
    /// Calibration of digit cells, sure or not.
    pub cell_calibration: Calibration,
    /// Calibration of fields given as sure, per kind.
    pub calibration: BTreeMap<Kind, Calibration>,
    /// Every field wrong in silence.
    pub wrong: Vec<WrongField>,
}

/// Shares held back that curves are read at, percent.
const REJECTED: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 5.0, 10.0];

impl Measured {
    /// Pages of all forms on which everything judged is sure but for pictures.
    pub fn pages_sure(&self) -> Share {
        let pages = self.pages_all_sure.values().flat_map(BTreeMap::values);
        pages.fold(Share::default(), |sum, page| Share { hits: sum.hits + page.hits, of: sum.of + page.of })
    }

    /// Sums up.
    pub fn of(judged: &[Judged]) -> Self {
        let mut sum = Self::default();
        let mut cells: Vec<(f64, bool)> = Vec::new();
        let mut guesses: BTreeMap<Kind, Vec<(f64, bool)>> = BTreeMap::new();
        let mut sure: BTreeMap<Kind, Vec<(f64, bool)>> = BTreeMap::new();
        for one in judged {
            sum.submission(one);
            for field in &one.fields {
                if let Some(right) = field.guess_right {
                    guesses.entry(field.kind).or_default().push((field.confidence, right));
                }
                if matches!(field.outcome, Outcome::Right | Outcome::Wrong) {
                    sure.entry(field.kind).or_default().push((field.confidence, field.outcome == Outcome::Right));
                }
            }
            cells.extend(one.cells.iter().filter(|c| c.truth.is_some()).map(|c| (c.probability, c.is_right())));
        }
        sum.cell_curve = curve(&mut cells);
        sum.cell_calibration = calibration(&cells);
        sum.calibration = sure.iter_mut().map(|(kind, values)| (*kind, sorted_calibration(values))).collect();
        sum.curves = guesses.iter_mut().map(|(kind, values)| (*kind, curve(values))).collect();
        sum
    }

    fn submission(&mut self, one: &Judged) {
        self.submissions += 1;
        self.pages += one.pages as u64;
        self.other_form += u64::from(one.other_form);
        let wrong = one.fields.iter().any(|f| f.outcome == Outcome::Wrong);
        match one.status {
            Some(status) => {
                *self.statuses.entry(status.name().to_owned()).or_default() += 1;
                if matches!(status, Status::Accepted | Status::Deficient) {
                    self.records_wrong.count(wrong);
                }
            }
            None => *self.unread.entry(one.why_not.clone().unwrap_or_default()).or_default() += 1,
        }
        self.fields_all_sure.count(one.status.is_some() && one.fields.iter().all(JudgedField::is_settled));
        let mut pages: BTreeMap<usize, bool> = BTreeMap::new();
        for field in &one.fields {
            *pages.entry(field.form_page).or_insert(one.status.is_some()) &= field.is_settled();
        }
        for (page, settled) in pages {
            self.pages_all_sure.entry(one.form.clone()).or_default().entry(page).or_default().count(settled);
        }
        for field in &one.fields {
            self.kinds.entry(field.kind).or_default().add(field);
            let form = self.fields.entry(one.form.clone()).or_default();
            form.entry(field.field.clone()).or_default().add(field);
            if field.outcome == Outcome::Wrong {
                let (source, page) = one.at.clone();
                self.wrong.push(WrongField { source, page, status: one.status, field: field.clone() });
            }
        }
        for cell in &one.cells {
            self.cells.add(cell);
            if let Some(writer) = &one.writer {
                self.writers.entry(writer.clone()).or_default().add(cell);
            }
        }
    }
}

/// Sorts by falling confidence and reads the error at the usual shares held back.
fn curve(values: &mut [(f64, bool)]) -> Vec<CurvePoint> {
    values.sort_by(|a, b| b.0.total_cmp(&a.0));
    let point = |rejected: f64| {
        let kept = values.len() - (values.len() as f64 * rejected / 100.0).round() as usize;
        let wrong = values[..kept].iter().filter(|(_, right)| !right).count() as u64;
        let threshold = values[..kept].last().map_or(1.0, |v| v.0);
        CurvePoint { rejected_percent: rejected, threshold, wrong: Share { hits: wrong, of: kept as u64 } }
    };
    if values.is_empty() { Vec::new() } else { REJECTED.map(point).to_vec() }
}

fn sorted_calibration(values: &mut [(f64, bool)]) -> Calibration {
    values.sort_by(|a, b| b.0.total_cmp(&a.0));
    calibration(values)
}

/// Bins of a reliability diagram.
const BINS: usize = 10;

/// The diagram of values sorted by falling confidence.
fn calibration(values: &[(f64, bool)]) -> Calibration {
    let mut bins: Vec<Bin> = values.chunks(values.len().div_ceil(BINS).max(1)).map(bin).collect();
    bins.reverse();
    let off = |b: &Bin| b.right.of as f64 * (100.0 * b.mean - b.right.percent()).abs();
    let ece_points = bins.iter().map(off).sum::<f64>() / values.len().max(1) as f64;
    Calibration { bins, ece_points }
}

fn bin(values: &[(f64, bool)]) -> Bin {
    let right = values.iter().filter(|v| v.1).count() as u64;
    let mean = values.iter().map(|v| v.0).sum::<f64>() / values.len().max(1) as f64;
    let (to, from) = (values.first().map_or(0.0, |v| v.0), values.last().map_or(0.0, |v| v.0));
    Bin { from, to, mean, right: Share { hits: right, of: values.len() as u64 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilsons_interval_as_in_the_tables() {
        // Newcombe 1998, table I: 15 of 148 and 0 of 20.
        let (low, high) = Share { hits: 15, of: 148 }.interval();
        assert!((low - 6.24).abs() < 0.01 && (high - 16.05).abs() < 0.01, "{low} {high}");
        let (low, high) = Share { hits: 0, of: 20 }.interval();
        assert!(low.abs() < 1e-9 && (high - 16.11).abs() < 0.01, "{high}");
    }

    #[test]
    fn the_curve_drops_the_least_sure_first() {
        let mut values: Vec<(f64, bool)> = (0..100).map(|i| (f64::from(i) / 100.0, i >= 5)).collect();
        let points = curve(&mut values);
        assert_eq!(points[0].wrong, Share { hits: 5, of: 100 });
        assert_eq!(points[4].wrong, Share { hits: 0, of: 95 });
    }

    #[test]
    fn confidence_that_means_what_it_says_has_no_error() {
        let honest: Vec<(f64, bool)> = (0..1000).map(|i| (0.9, i % 10 != 0)).collect();
        assert!(calibration(&honest).ece_points < 1e-6);
        let boasting: Vec<(f64, bool)> = (0..1000).map(|i| (1.0, i % 10 != 0)).collect();
        assert!((calibration(&boasting).ece_points - 10.0).abs() < 1e-6);
    }
}
