//! The three small charts of the report as numbers: bars with their places in SVG units. Does not know HTML.

use crate::tally::SubmissionCounts;

/// Height of a histogram's tallest bar.
pub(super) const PLOT_HEIGHT: f64 = 72.0;
/// Distance from one bar of a histogram to the next.
pub(super) const BAR_STEP: f64 = 36.0;

/// One part of a stacked bar.
pub(super) struct Segment {
    /// Status, as a class name.
    pub(super) class: &'static str,
    /// What it is, for the pointer.
    pub(super) name: &'static str,
    /// Submissions.
    pub(super) count: u64,
    /// Left edge in percent of the longest bar.
    pub(super) x: f64,
    /// Width in percent.
    pub(super) w: f64,
}

/// One bar of a histogram, in two parts: what needs a look below, the rest above.
pub(super) struct Bin {
    /// Its lower bound, as written under it.
    pub(super) label: &'static str,
    /// Left edge.
    pub(super) x: f64,
    /// How many in all.
    pub(super) count: u64,
    /// How many need a look.
    pub(super) look: u64,
    /// Height of all.
    pub(super) h: f64,
    /// Their top edge.
    pub(super) top: f64,
    /// Height of the part that needs a look.
    pub(super) look_h: f64,
    /// Its top edge.
    pub(super) look_top: f64,
}

impl Bin {
    /// Where the text under and over the bar is centred.
    pub(super) fn middle(&self) -> f64 {
        self.x + (BAR_STEP - 4.0) / 2.0
    }
}

/// A form's submissions as a stacked bar; `longest` is the number of submissions that fills the width.
pub(super) fn stack(counts: &SubmissionCounts, longest: u64) -> Vec<Segment> {
    let per_submission = 100.0 / longest.max(1) as f64;
    let mut x = 0.0;
    let parts = [
        ("review", "要確認", counts.review),
        ("deficient", "不備", counts.deficient),
        ("duplicate", "重複", counts.duplicate),
        ("accepted", "受付", counts.accepted),
    ];
    let mut segments = Vec::new();
    for (class, name, count) in parts {
        let w = count as f64 * per_submission;
        if count > 0 {
            segments.push(Segment { class, name, count, x, w });
        }
        x += w;
    }
    segments
}

/// Counts of values by the last bound they reach, and how many of those an operator should look at.
pub(super) struct Histogram {
    bounds: &'static [(f64, &'static str)],
    counts: Vec<(u64, u64)>,
}

/// Fields by confidence. For heights that are logarithmic, because nearly all lie in the last bar and the first ones
/// matter most.
pub(super) fn confidence() -> Histogram {
    Histogram::new(&[
        (0.0, "0"),
        (0.5, ".5"),
        (0.8, ".8"),
        (0.9, ".9"),
        (0.95, ".95"),
        (0.98, ".98"),
        (0.99, ".99"),
        (0.995, ".995"),
        (0.999, ".999"),
    ])
}

/// Pages by misfit of their print, mm.
pub(super) fn residuals() -> Histogram {
    Histogram::new(&[
        (0.0, "0"),
        (0.05, ".05"),
        (0.1, ".1"),
        (0.15, ".15"),
        (0.2, ".2"),
        (0.3, ".3"),
        (0.4, ".4"),
        (0.5, ".5"),
        (1.0, "1"),
    ])
}

impl Histogram {
    fn new(bounds: &'static [(f64, &'static str)]) -> Self {
        Self { bounds, counts: vec![(0, 0); bounds.len()] }
    }

    /// Counts a value, and whether it is one to look at.
    pub(super) fn add(&mut self, value: f64, look: bool) {
        let bin = self.bounds.iter().rposition(|(from, _)| value >= *from).unwrap_or(0);
        self.counts[bin].0 += 1;
        self.counts[bin].1 += u64::from(look);
    }

    /// Its bars, with heights by `scale`.
    pub(super) fn bins(&self, scale: impl Fn(u64) -> f64) -> Vec<Bin> {
        let tallest = self.counts.iter().map(|c| scale(c.0)).fold(f64::MIN_POSITIVE, f64::max);
        let bar = |(i, &(count, look)): (usize, &(u64, u64))| {
            let h = tenth(scale(count) / tallest * PLOT_HEIGHT);
            let look_h = if count == 0 { 0.0 } else { tenth(h * look as f64 / count as f64) };
            let (label, x, top, look_top) = (self.bounds[i].1, i as f64 * BAR_STEP, PLOT_HEIGHT - h, PLOT_HEIGHT - look_h);
            Bin { label, x, count, look, h, top: tenth(top), look_h, look_top: tenth(look_top) }
        };
        self.counts.iter().enumerate().map(bar).collect()
    }
}

fn tenth(v: f64) -> f64 {
    (v * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_falls_into_the_last_bin_it_reaches() {
        let mut counts = Histogram::new(&[(0.0, "0"), (0.5, "5")]);
        for (value, look) in [(0.0, false), (0.5, true), (0.49, false), (7.0, false)] {
            counts.add(value, look);
        }
        let bins = counts.bins(|n| n as f64);
        assert_eq!(bins.iter().map(|b| (b.count, b.look)).collect::<Vec<_>>(), [(2, 0), (2, 1)]);
        assert!((bins[1].look_h - PLOT_HEIGHT / 2.0).abs() < 1e-9);
    }
}
