//! What was measured as Markdown: legible on a terminal, and the body of docs/accuracy.md.

use super::figures::{CellFigures, Counts, CurvePoint, Measured, Share};
use super::judge::Kind;
use std::fmt::Write;

/// Fields wrong in silence that are listed; all of them are in the JSON.
const MOST_LISTED: usize = 40;

/// The figures as Markdown.
pub fn markdown(measured: &Measured) -> String {
    let mut out = String::new();
    records(&mut out, measured);
    kinds(&mut out, measured);
    cells(&mut out, measured);
    curves(&mut out, measured);
    calibration(&mut out, measured);
    fields(&mut out, measured);
    wrong(&mut out, measured);
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

macro_rules! say {
    ($out:expr, $($arg:tt)*) => { line($out, format_args!($($arg)*)) };
}

fn percent(share: Share) -> String {
    let (low, high) = share.interval();
    format!("{:.2} ({low:.2}–{high:.2})", share.percent())
}

fn records(out: &mut String, m: &Measured) {
    say!(out, "### Records\n");
    say!(out, "{} submissions, {} pages. Percentages with 95 % intervals (Wilson).\n", m.submissions, m.pages);
    say!(out, "| what | n |\n|---|---|");
    for (status, n) in &m.statuses {
        say!(out, "| {status} | {n} |");
    }
    for (reason, n) in &m.unread {
        say!(out, "| not read: {reason} | {n} |");
    }
    say!(out, "| read as a form the label does not name | {} |", m.other_form);
    say!(out, "| accepted or deficient with a wrong field | {} of {} |", m.records_wrong.hits, m.records_wrong.of);
    say!(out, "| every judged field sure (pictures aside), % | {} |", percent(m.fields_all_sure));
    say!(out, "| – of single pages, % | {} |", percent(m.pages_sure()));
    for (form, pages) in &m.pages_all_sure {
        for (page, share) in pages {
            say!(out, "| – {form}, page {page}, % | {} |", percent(*share));
        }
    }
    say!(out, "");
}

fn counts_row(out: &mut String, name: &str, c: &Counts) {
    say!(
        out,
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
        c.judged,
        c.right,
        c.wrong,
        percent(c.wrong_of_sure()),
        percent(c.to_review()),
        c.cancelled,
        c.picture,
        c.unread
    );
}

const COUNTS_HEAD: &str = "judged | right | wrong and silent | wrong of sure, % | to review, % | of these struck out | pictures | on unread pages |\n|---|---|---|---|---|---|---|---|---|";

fn kinds(out: &mut String, m: &Measured) {
    say!(out, "### Kinds of field\n\n| kind | {COUNTS_HEAD}");
    for (kind, counts) in &m.kinds {
        counts_row(out, name(*kind), counts);
    }
    let guessed: Vec<_> = m.kinds.iter().filter(|(_, c)| c.guesses.of > 0).collect();
    say!(out, "\nBest guess right, sure or not, %:");
    for (kind, counts) in guessed {
        say!(out, "- {}: {} of {}", name(*kind), percent(counts.guesses), counts.guesses.of);
    }
    let struck = m
        .kinds
        .values()
        .fold(Share::default(), |a, c| Share { hits: a.hits + c.struck_found.hits, of: a.of + c.struck_found.of });
    if struck.of > 0 {
        say!(out, "\nFields with something struck out: {} found, {} missed.", struck.hits, struck.of - struck.hits);
    }
    say!(out, "");
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Boxes => "boxes",
        Kind::Rings => "rings",
        Kind::Digits => "digits",
        Kind::Number => "number",
        Kind::Text => "text",
        Kind::Presence => "presence",
    }
}

fn cell_row(out: &mut String, name: &str, c: &CellFigures) {
    say!(
        out,
        "| {name} | {} | {} | {} | {} | {} of {} |",
        c.right.of,
        percent(c.right),
        percent(c.rejected),
        percent(c.wrong_of_sure),
        c.blank_as_digit.hits,
        c.blank_as_digit.of
    );
}

fn cells(out: &mut String, m: &Measured) {
    if m.cells.right.of == 0 {
        return;
    }
    say!(out, "### Digit cells\n");
    say!(out, "| writer | digits | right before rejection, % | held back, % | wrong of accepted, % | blank taken for a digit |");
    say!(out, "|---|---|---|---|---|---|");
    cell_row(out, "all", &m.cells);
    for (writer, cells) in &m.writers {
        cell_row(out, writer, cells);
    }
    say!(out, "");
}

fn curve_row(out: &mut String, name: &str, points: &[CurvePoint]) {
    let values: Vec<String> = points.iter().map(|p| format!("{:.2} (≥ {:.3})", p.wrong.percent(), p.threshold)).collect();
    say!(out, "| {name} | {} |", values.join(" | "));
}

fn curves(out: &mut String, m: &Measured) {
    say!(out, "### Error against rejection\n");
    say!(out, "Wrong among the rest, %, when the least sure are held back (and the confidence of the last one kept).\n");
    say!(out, "| | 0 % | 0.5 % | 1 % | 2 % | 5 % | 10 % |\n|---|---|---|---|---|---|---|");
    if !m.cell_curve.is_empty() {
        curve_row(out, "digit cells", &m.cell_curve);
    }
    for (kind, points) in &m.curves {
        curve_row(out, name(*kind), points);
    }
    say!(out, "");
}

fn calibration(out: &mut String, m: &Measured) {
    say!(
        out,
        "### Calibration\n\nExpected calibration error over fields given as sure, percentage points (10 bins of equal count):"
    );
    for (kind, c) in &m.calibration {
        say!(out, "- {}: {:.2}", name(*kind), c.ece_points);
    }
    if !m.cell_calibration.bins.is_empty() {
        say!(out, "\nDigit cells that hold a digit, sure or not: {:.2} points.\n", m.cell_calibration.ece_points);
        say!(out, "| confidence | mean, % | right, % | n |\n|---|---|---|---|");
        for bin in &m.cell_calibration.bins {
            say!(out, "| {:.3}–{:.3} | {:.2} | {} | {} |", bin.from, bin.to, 100.0 * bin.mean, percent(bin.right), bin.right.of);
        }
    }
    say!(out, "");
}

fn fields(out: &mut String, m: &Measured) {
    for (form, fields) in &m.fields {
        say!(out, "### Fields of {form}\n\n| field | {COUNTS_HEAD}");
        for (field, counts) in fields {
            counts_row(out, field, counts);
        }
        say!(out, "");
    }
}

fn wrong(out: &mut String, m: &Measured) {
    say!(out, "### Wrong and silent: {}\n", m.wrong.len());
    for w in m.wrong.iter().take(MOST_LISTED) {
        let status = w.status.map_or("not read", crate::record::Status::name);
        say!(
            out,
            "- {} page {} ({status}): {} is `{}`, read `{}` at {:.4}",
            w.source,
            w.page,
            w.field.field,
            w.field.truth,
            w.field.read,
            w.field.confidence
        );
    }
    if m.wrong.len() > MOST_LISTED {
        say!(out, "- and {} more", m.wrong.len() - MOST_LISTED);
    }
}
