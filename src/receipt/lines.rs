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
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let measured = |text: &str| typeface::width_mm(text, font, size, 0.0);
        let mut line = Line { text: String::new(), wide: 0.0, width: width + 1e-6 };
        for unit in units(paragraph) {
            let wide = measured(&unit);
            if line.takes(&unit, wide) {
                continue;
            }
            lines.extend(line.ended());
            if line.takes(&unit, wide) {
                continue;
            }
            // Wider than a line: cut anywhere; its last piece begins the next line.
            let mut buffer = [0; 4];
            for c in unit.chars() {
                let c: &str = c.encode_utf8(&mut buffer);
                let wide = measured(c);
                if !line.takes(c, wide) {
                    lines.extend(line.ended());
                    line.push(c, wide);
                }
            }
        }
        lines.push(line.text);
    }
    lines
}

/// A line being filled.
struct Line {
    text: String,
    /// Its width so far, mm.
    wide: f64,
    /// What it may have, mm.
    width: f64,
}

impl Line {
    /// Adds a piece of that width, where it still fits.
    fn takes(&mut self, piece: &str, wide: f64) -> bool {
        let fits = self.wide + wide <= self.width;
        if fits {
            self.push(piece, wide);
        }
        fits
    }

    /// Adds a piece whether it fits or not.
    fn push(&mut self, piece: &str, wide: f64) {
        self.text.push_str(piece);
        self.wide += wide;
    }

    /// The finished line, where there is anything on it; the next one begins empty.
    fn ended(&mut self) -> Option<String> {
        self.wide = 0.0;
        Some(std::mem::take(&mut self.text)).filter(|line| !line.is_empty())
    }
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
