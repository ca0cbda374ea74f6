//! Breaks Japanese text into lines by the part of JIS X 4051 that letters need: no line begins with closing marks, small
//! kana or a long-vowel mark, none ends with an opening bracket, words and numbers in Latin script stay whole.
//! No line is longer than asked. Does not draw.

use crate::sheet::{Font, typeface};

/// 行頭禁則: may not begin a line.
const NOT_FIRST: &str = "、。，．・：；？！ー〜～々％円」』）］｝〉》〕】ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ";
/// 行末禁則: may not end a line.
const NOT_LAST: &str = "「『（［｛〈《〔【〒";

/// The text in lines no wider than `width` mm at `size` points; `\n` always begins a new line.
pub(super) fn broken(text: &str, width: f64, size: f64, font: Font) -> Vec<String> {
    let fits = |line: &str| typeface::width_mm(line, font, size, 0.0) <= width + 1e-6;
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for unit in units(paragraph) {
            if fits(&format!("{line}{unit}")) {
                line.push_str(&unit);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line = longest_tail(&unit, &mut lines, &fits);
        }
        lines.push(line);
    }
    lines
}

/// A unit that is wider than a line is cut anywhere; its last piece begins the next line.
fn longest_tail(unit: &str, lines: &mut Vec<String>, fits: &impl Fn(&str) -> bool) -> String {
    let mut line = String::new();
    for c in unit.chars() {
        if !line.is_empty() && !fits(&format!("{line}{c}")) {
            lines.push(std::mem::take(&mut line));
        }
        line.push(c);
    }
    line
}

/// What must stay on one line.
fn units(paragraph: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut last = None;
    for c in paragraph.chars() {
        let joins = last.is_some_and(|before: char| {
            NOT_FIRST.contains(c) || NOT_LAST.contains(before) || (before.is_ascii_graphic() && c.is_ascii_graphic())
        });
        match units.last_mut().filter(|_| joins) {
            Some(unit) => unit.push(c),
            None => units.push(c.to_string()),
        }
        last = Some(c);
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten points are 3.53 mm: `count` full-width characters fit.
    fn lines(text: &str, count: u32) -> Vec<String> {
        broken(text, 3.528 * f64::from(count), 10.0, Font::Mincho)
    }

    #[test]
    fn marks_stay_with_what_they_belong_to() {
        assert_eq!(lines("カードリーダー", 3), ["カード", "リー", "ダー"]);
        assert_eq!(lines("受付（記）、終", 4), ["受付", "（記）、", "終"]);
        assert_eq!(lines("月曜16:00まで", 4), ["月曜", "16:00ま", "で"]);
    }

    #[test]
    fn what_is_wider_than_a_line_is_cut_and_breaks_are_kept() {
        assert_eq!(lines("abcdefgh", 2), ["abcd", "efgh"]);
        assert_eq!(lines("一\n\n二", 2), ["一", "", "二"]);
    }
}
