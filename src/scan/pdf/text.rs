//! The words of a drawn page: glyphs joined to runs, with their places in mm.
//! Does not read pixels, and does not guess order beyond the file's own.

use super::Sheet;
use super::filters;
use super::survey::PlacedGlyph;
use crate::geometry::RectMm;
use crate::scan::{Budgets, TextRun};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::Object;
use hayro::kurbo::Rect;
use std::panic::catch_unwind;
use unicode_normalization::UnicodeNormalization;

/// Stands for a glyph whose character the file does not tell.
const UNKNOWN: char = '\u{FFFD}';

/// Largest file that is read a second time for the sake of characters it does not tell.
const SECOND_READING: usize = 32 << 20;

/// Joins glyphs that stand side by side on one line.
pub(super) fn runs(glyphs: &[PlacedGlyph], sheet: &Sheet) -> Vec<TextRun> {
    let page = Rect::new(0.0, 0.0, sheet.width, sheet.height);
    let mut runs: Vec<(String, Rect)> = Vec::new();
    let mut last: Option<&PlacedGlyph> = None;
    for glyph in glyphs.iter().filter(|g| g.area.overlaps(page)) {
        let unknown = UNKNOWN.to_string();
        let text = glyph.text.as_ref().unwrap_or(&unknown);
        match (runs.last_mut(), last.and_then(|before| gap(before, glyph))) {
            (Some((run, area)), Some(gap)) => {
                // A quarter of the type's height is more than any kerning, and less than any word space.
                if gap > 0.25 && !run.ends_with(' ') && !text.starts_with(' ') {
                    run.push(' ');
                }
                run.push_str(text);
                *area = area.union(glyph.area);
            }
            _ => runs.push((text.clone(), glyph.area)),
        }
        last = Some(glyph);
    }
    let runs = runs.into_iter().map(|(text, area)| TextRun { text: normalised(&text), area: mm(area, sheet) });
    runs.filter(|run| !run.text.is_empty()).collect()
}

/// The gap between two glyphs of one line, in heights of the type; none where the second starts a run of its own.
fn gap(before: &PlacedGlyph, glyph: &PlacedGlyph) -> Option<f64> {
    let size = before.size.max(0.1);
    let line = before.to - before.from;
    let step = glyph.from - before.to;
    let along = if line.hypot() > 0.0 { step.dot(line) / line.hypot() } else { step.x };
    let across = if line.hypot() > 0.0 { step.cross(line).abs() / line.hypot() } else { step.y.abs() };
    let same_line = across < 0.2 * size && (glyph.size / size - 1.0).abs() < 0.2;
    // Beyond 0.6 of the height (1.5 where the file shows both in one go) the next cell or column begins.
    let most = if glyph.starts_run { 0.6 } else { 1.5 };
    (same_line && along > -0.3 * size && along < most * size).then_some(along / size)
}

/// NFKC without variation selectors (they ask for a glyph's shape, not for another character), trimmed.
fn normalised(text: &str) -> String {
    let plain = text.chars().filter(|c| !matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'));
    plain.nfkc().collect::<String>().trim().to_owned()
}

fn mm(area: Rect, sheet: &Sheet) -> RectMm {
    let k = sheet.mm();
    RectMm::new(area.x0 * k, area.y0 * k, area.width() * k, area.height() * k)
}

/// Whether some glyph's character is not known.
pub(super) fn has_gaps(runs: &[TextRun]) -> bool {
    runs.iter().any(|run| run.text.contains(UNKNOWN))
}

/// Asks a second extractor for the characters the first could not name.
///
/// Its answer counts only where it reads the page as exactly as many characters, spaces aside, and agrees on every one
/// that is known; else the unknown ones stay marked. It panics on some files and inflates all streams of a file on
/// loading, so it runs guarded and only on files whose streams have been measured.
pub(super) fn second_opinion(runs: Vec<TextRun>, pdf: &Pdf, page: u32, budgets: &Budgets) -> Vec<TextRun> {
    let bytes = pdf.data().as_ref();
    if bytes.len() > SECOND_READING || !is_small(pdf, budgets) {
        return runs;
    }
    let pages = catch_unwind(|| pdf_extract::extract_text_from_mem_by_pages(bytes).ok());
    let theirs = pages.ok().flatten().and_then(|pages| pages.into_iter().nth(page as usize - 1));
    theirs.and_then(|text| filled(&runs, &normalised(&text))).unwrap_or(runs)
}

fn is_small(pdf: &Pdf, budgets: &Budgets) -> bool {
    let mut total = 0;
    for object in pdf.objects() {
        if let Object::Stream(stream) = object {
            match filters::bare(&stream, budgets) {
                Ok(bare) => total += bare.data.len() as u64,
                Err(_) => return false,
            }
        }
        if total > budgets.decoded_bytes / 4 {
            return false;
        }
    }
    true
}

/// The runs with their unknown characters named by `theirs`, if the two texts agree in everything else.
fn filled(runs: &[TextRun], theirs: &str) -> Option<Vec<TextRun>> {
    let mut theirs = theirs.chars().filter(|c| !c.is_whitespace());
    let mut filled = runs.to_vec();
    for run in &mut filled {
        let text: Option<String> = run
            .text
            .chars()
            .map(|c| match c {
                c if c.is_whitespace() => Some(c),
                UNKNOWN => theirs.next(),
                c => theirs.next().filter(|t| *t == c),
            })
            .collect();
        run.text = text?;
    }
    theirs.next().is_none().then_some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> TextRun {
        TextRun { text: text.to_owned(), area: RectMm::new(0.0, 0.0, 1.0, 1.0) }
    }

    #[test]
    fn a_second_opinion_counts_only_where_it_agrees() {
        let ours = [run("医\u{FFFD}機関"), run("コード")];
        let told = |theirs| filled(&ours, theirs).map(|r| r[0].text.clone());
        assert_eq!(told("医療機関 コード"), Some("医療機関".to_owned()));
        assert_eq!(told("医療機構 コード"), None);
        assert_eq!(told("医療機関 コード表"), None);
        assert_eq!(told("医療機関"), None);
    }

    #[test]
    fn variation_selectors_and_half_widths_are_folded() {
        assert_eq!(normalised(" 﨑\u{E0101}ｶﾅ１ "), "﨑カナ1");
    }
}
