//! The one policy: scores become states and values, against the thresholds of the form. Does not check rules.

use super::{FieldRecord, State, Value};
use crate::form::{ChoiceOption, Field, FieldKind, Mark, Meaning, Policy, Select};
use crate::read::fading::Pen;
use crate::read::number::WHOLE;
use crate::read::{CellScore, Evidence, Glyph, InkScore, MarkScore, NumberScore, Placement, Reading, TextScore};
use crate::recognize::{DigitClass, DigitScores};
use crate::score::Score;

mod candidates;
mod meaning;
mod ways;

pub use candidates::{BEYOND_DOUBT, candidates};
use meaning::Expected;

/// Largest distance a field's print may lie from where the page's fit expects it, mm. Frames move by up to 1 mm on
/// real paper; beyond that it may be the neighbour's frame.
pub(super) const MOST_RESIDUAL_MM: f64 = 1.0;

/// What the field holds, and whether that is sure.
pub fn decide(field: &Field, reading: &Reading, policy: &Policy) -> FieldRecord {
    decide_expecting(Expected::of(field), field, reading, policy)
}

/// The same of an applicant whose prefecture (1 to 47) is known: a postal code there is likelier than one elsewhere.
pub fn decide_within(prefecture: u8, field: &Field, reading: &Reading, policy: &Policy) -> FieldRecord {
    decide_expecting(Expected { prefecture: Some(prefecture), ..Expected::of(field) }, field, reading, policy)
}

/// The same where a rule of the form objects to some numbers: another reading is likelier.
pub fn decide_against(broken: &[String], field: &Field, reading: &Reading, policy: &Policy) -> FieldRecord {
    decide_expecting(Expected { broken, ..Expected::of(field) }, field, reading, policy)
}

fn decide_expecting(expected: Expected<'_>, field: &Field, reading: &Reading, policy: &Policy) -> FieldRecord {
    let mut verdict = match (&field.kind, &reading.evidence) {
        (FieldKind::Choice { mark, select, options }, Evidence::Choice(marks)) => {
            choice((*mark, *select), options, marks, policy)
        }
        (FieldKind::Digits { min, .. }, Evidence::Digits(cells)) => digits(cells, *min, expected, policy),
        (FieldKind::Number { max_digits, .. }, Evidence::Number(score)) => number(score, *max_digits, expected, policy),
        (FieldKind::Text { .. }, Evidence::Text(score)) => text(score, policy),
        (FieldKind::Presence { .. }, Evidence::Presence(score)) => presence(*score, policy),
        _ => Verdict::unsure(policy.mark, "読み取りの種類が項目と一致しません"),
    };
    match reading.placement {
        Placement::Lost => verdict.doubt("印刷された枠が見つかりません"),
        Placement::CutOff => verdict.doubt("記入欄の一部が画像の外にあります"),
        Placement::Found(mm) if mm > MOST_RESIDUAL_MM => verdict.doubt("印刷された枠の位置がずれています"),
        Placement::Found(_) | Placement::Unchecked => {}
    }
    let unseen = match reading.pen {
        Pen::Broken => Some("この用紙の筆跡は薄く途切れており、空欄かどうかはっきりしません"),
        Pen::Absent => Some("この用紙には記入がまったく見当たりません（薄くて写らなかったかもしれません）"),
        Pen::Pale => Some("ごく薄い筆跡のようなものがあり、空欄かどうかはっきりしません"),
        Pen::Sound => None,
    };
    if let Some(why) = unseen.filter(|_| verdict.leaves_out()) {
        verdict.doubt(why);
    }
    verdict.into_record(reading)
}

/// A decision in the making.
#[derive(Debug, Clone)]
struct Verdict {
    state: State,
    value: Option<Value>,
    confidence: Score,
    threshold: f64,
    first: Option<String>,
    note: Option<String>,
}

impl Verdict {
    fn sure(state: State, value: Option<Value>, confidence: f64, threshold: f64) -> Self {
        Self { state, value, confidence: Score::new(confidence), threshold, first: None, note: None }
    }

    fn unsure(threshold: f64, note: &str) -> Self {
        let mut verdict = Self::sure(State::Uncertain, None, 0.0, threshold);
        verdict.note = Some(note.to_owned());
        verdict
    }

    fn picture(confidence: f64, threshold: f64, note: &str) -> Self {
        let mut verdict = Self::sure(State::Picture, None, confidence, threshold);
        verdict.note = Some(note.to_owned());
        verdict
    }

    fn with_confidence(mut self, confidence: f64) -> Self {
        self.confidence = Score::new(confidence);
        self
    }

    fn first(mut self, reading: impl Into<String>) -> Self {
        let reading = reading.into();
        self.first = (!reading.is_empty()).then_some(reading);
        self
    }

    /// Takes certainty back: whatever was read, a person must look.
    fn doubt(&mut self, why: &str) {
        if self.state != State::Picture {
            self.state = State::Uncertain;
        }
        self.value = None;
        self.confidence = self.confidence.min(Score::new(0.5));
        self.note = Some(why.to_owned());
    }

    /// Whether it says of anything that it was not filled in.
    const fn leaves_out(&self) -> bool {
        matches!(self.state, State::Blank) || matches!(self.value, Some(Value::Many(_)))
    }

    fn into_record(self, reading: &Reading) -> FieldRecord {
        let residual_mm = match reading.placement {
            Placement::Found(mm) => Some((mm * 100.0).round() / 100.0),
            Placement::Lost | Placement::CutOff | Placement::Unchecked => None,
        };
        FieldRecord {
            value: self.value,
            state: self.state,
            confidence: self.confidence,
            threshold: Score::new(self.threshold),
            first_reading: self.first,
            note: self.note,
            page: reading.page,
            box_mm: reading.box_mm,
            residual_mm,
            crop: None,
        }
    }
}

/// How one option stands.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Marked,
    Unmarked,
    Cancelled,
    Unsure,
}

fn standing(mark: &MarkScore, least: f64, asks_what_it_means: bool) -> Standing {
    if mark.cancelled.get() >= 0.5 {
        Standing::Cancelled
    } else if mark.cancelled.get() > 1.0 - least || asks_what_it_means && mark.marked.get() > 1.0 - least {
        Standing::Unsure
    } else if mark.marked.get() >= least {
        Standing::Marked
    } else if mark.marked.get() <= 1.0 - least {
        Standing::Unmarked
    } else {
        Standing::Unsure
    }
}

fn choice((mark, select): (Mark, Select), options: &[ChoiceOption], marks: &[MarkScore], policy: &Policy) -> Verdict {
    let least = policy.mark;
    let asks = |m: &MarkScore| m.ambiguous && !(mark == Mark::Box && policy.cross_counts);
    let stands: Vec<Standing> = marks.iter().map(|m| standing(m, least, asks(m))).collect();
    let values = |which: Standing| -> Vec<String> {
        options.iter().zip(&stands).filter(|(_, s)| **s == which).map(|(o, _)| o.value.clone()).collect()
    };
    let marked = values(Standing::Marked);
    let seen: Vec<&str> = options
        .iter()
        .zip(marks)
        .filter(|(_, m)| m.marked.get() >= 0.5 || m.cancelled.get() >= 0.5)
        .map(|(o, _)| o.value.as_str())
        .collect();
    let confidence: f64 = marks.iter().map(|m| m.marked.get().max(1.0 - m.marked.get() - m.cancelled.get())).product();
    let verdict = if !values(Standing::Cancelled).is_empty() {
        cancelled_choice(&marked, least)
    } else if stands.contains(&Standing::Unsure) {
        Verdict::unsure(least, "印があるかどうか、またはどの選択肢の印か、はっきりしません")
            .with_confidence(confidence.min(least - 0.001))
    } else if marked.is_empty() {
        Verdict::sure(State::Blank, None, confidence, least)
    } else {
        marked_choice(select, marked, confidence, least)
    };
    verdict.first(seen.join(","))
}

fn cancelled_choice(marked: &[String], least: f64) -> Verdict {
    if marked.is_empty() {
        let mut verdict = Verdict::unsure(least, "印が取り消されています");
        verdict.state = State::Cancelled;
        verdict
    } else {
        Verdict::unsure(least, "印が取り消され、別の選択肢に印があります")
    }
}

fn marked_choice(select: Select, marked: Vec<String>, confidence: f64, least: f64) -> Verdict {
    match (select, marked.as_slice()) {
        (Select::One, [only]) => Verdict::sure(State::Read, Some(Value::One(only.clone())), confidence, least),
        (Select::One, _) => Verdict::unsure(least, "1つだけ選ぶ項目で、2つ以上の選択肢に印があります").with_confidence(0.5),
        (Select::Many | Select::AtMost(_), _) => Verdict::sure(State::Read, Some(Value::Many(marked)), confidence, least),
    }
}

fn digits(cells: &[CellScore], min: usize, expected: Expected<'_>, policy: &Policy) -> Verdict {
    let least = policy.digit;
    let first: String = cells.iter().map(|c| as_seen(c.scores.best().0)).collect();
    let threshold = least.powi(cells.len() as i32);
    let confidence: f64 = cells.iter().map(|c| f64::from(c.scores.best().1)).product();
    let all_blank = cells.iter().all(|c| c.scores.best().0 == DigitClass::Blank);
    let slashed = cells.iter().any(|c| c.slash) && !expected.needs_ones(cells);
    // First: what replaces a struck digit stands above it or beside it, and disturbs it.
    let verdict = if cells.iter().any(|c| c.scores.best().0 == DigitClass::Struck && c.scores.best().1 > 0.5) {
        let mut verdict = Verdict::unsure(threshold, "記入が取り消されています").with_confidence(confidence);
        verdict.state = State::Cancelled;
        verdict
    } else if slashed || cells.iter().any(|c| c.disturbed) {
        Verdict::unsure(threshold, "記入欄に余分な線や薄い文字があります").with_confidence(confidence.min(0.5))
    } else if all_blank && cells.iter().all(|c| f64::from(c.scores.best().1) >= least) {
        return Verdict::sure(State::Blank, None, confidence, threshold);
    } else {
        written_digits(cells, min, expected, least)
    };
    verdict.first(first)
}

/// One character per cell as the machine saw it: `_` blank, `×` struck out, `?` no digit.
fn as_seen(class: DigitClass) -> char {
    match class {
        DigitClass::Digit(d) => char::from(b'0' + d),
        DigitClass::Blank => '_',
        DigitClass::Struck => '×',
        DigitClass::Rubbish => '?',
    }
}

fn written_digits(cells: &[CellScore], min: usize, expected: Expected<'_>, least: f64) -> Verdict {
    let threshold = least.powi(cells.len() as i32);
    let scores: Vec<&DigitScores> = cells.iter().map(|c| &c.scores).collect();
    let classes = expected.weighed(&scores, least);
    let confidence: f64 = classes.iter().map(|(_, p)| *p).product();
    // Each cell is held against the threshold; what one of them fails never shows a confidence above the whole's.
    let below = confidence.min(threshold - 0.001);
    if classes.iter().any(|(class, p)| *p < least || matches!(class, DigitClass::Struck | DigitClass::Rubbish)) {
        return Verdict::unsure(threshold, "数字をはっきり読み取れません").with_confidence(below);
    }
    let text: String = classes.iter().map(|(class, _)| as_seen(*class)).collect();
    let value = text.trim_matches('_');
    if value.contains('_') {
        return Verdict::unsure(threshold, "数字の途中に空欄があります").with_confidence(below);
    }
    if value.len() < min {
        return Verdict::unsure(threshold, "桁数が足りません").with_confidence(below);
    }
    let is_date = matches!(expected.meaning, Meaning::Year | Meaning::Month | Meaning::Day);
    if is_date && !meaning::possible(value, expected.meaning) {
        // A slash through an unused cell looks like nothing so much as a 1: a month 13.
        return Verdict::unsure(threshold, "この項目に書ける値ではありません").with_confidence(below);
    }
    // Alone in a comb, a line of the frame, a scratch or a streak looks like nothing so much as a 1.
    let free = cells.iter().all(|c| c.free || c.scores.best().0 == DigitClass::Blank);
    if value == "1" && cells.len() > 1 && !free {
        return Verdict::unsure(threshold, "数字の1か、余分な線か、はっきりしません").with_confidence(below);
    }
    let mut verdict = Verdict::sure(State::Read, Some(Value::One(value.to_owned())), confidence, threshold);
    if classes.iter().zip(cells).any(|((class, _), cell)| *class != cell.scores.best().0) {
        verdict.note = Some("記入できる値から判断しました".to_owned());
    }
    verdict
}

fn number(score: &NumberScore, max_digits: usize, expected: Expected<'_>, policy: &Policy) -> Verdict {
    if let Some(verdict) = no_ink(score.ink, policy.number) {
        return verdict;
    }
    let least = policy.number;
    let raw: String = score.glyphs.iter().map(glyph_as_seen).collect();
    if score.glyphs.iter().any(|g| matches!(g, Glyph::Digit(s) if s.best().0 == DigitClass::Struck && s.best().1 > 0.5)) {
        let mut verdict = Verdict::unsure(least, "記入が取り消されています").first(raw);
        verdict.state = State::Cancelled;
        return verdict;
    }
    let is_telephone = expected.meaning == Meaning::Telephone;
    let written: Vec<&DigitScores> = score.glyphs.iter().filter_map(as_digit).collect();
    let weighed = expected.weighed(&written, least);
    let digits: String = weighed.iter().map(|(class, _)| as_seen(*class)).filter(char::is_ascii_digit).collect();
    let framed = score.glyphs.first().and_then(as_digit).is_some() && score.glyphs.last().and_then(as_digit).is_some();
    let all_digits = digits.len() == weighed.len() && (is_telephone || written.len() == score.glyphs.len());
    let clear = framed && all_digits && score.segmentation.get() >= WHOLE && weighed.iter().all(|(_, p)| *p >= least);
    let confidence: f64 = score.segmentation.get() * weighed.iter().map(|(_, p)| *p).product::<f64>();
    let grouped = !is_telephone || meaning::grouped_as_telephone(&raw);
    if !clear || !grouped || digits.len() > max_digits || !meaning::possible(&digits, expected.meaning) {
        return Verdict::picture(confidence.min(least - 0.001), least, "手書きの数字を確実に読み取れません").first(raw);
    }
    // A telephone number keeps the hyphens it was written with; any other number is its digits.
    let value = if is_telephone { raw.clone() } else { digits };
    Verdict::sure(State::Read, Some(Value::One(value)), confidence, least).first(raw)
}

fn glyph_as_seen(glyph: &Glyph) -> char {
    match glyph {
        Glyph::Digit(scores) => as_seen(scores.best().0),
        Glyph::Separator(c) => *c,
    }
}

const fn as_digit(glyph: &Glyph) -> Option<&DigitScores> {
    match glyph {
        Glyph::Digit(scores) => Some(scores),
        Glyph::Separator(_) => None,
    }
}

/// What is settled by ink alone: nothing written, not sure whether, or struck out.
fn no_ink(ink: InkScore, least: f64) -> Option<Verdict> {
    if ink.present.get() <= 1.0 - least {
        return Some(Verdict::sure(State::Blank, None, 1.0 - ink.present.get(), least));
    }
    if ink.present.get() < least {
        return Some(Verdict::unsure(least, "記入があるかどうかはっきりしません").with_confidence(0.5));
    }
    (ink.cancelled.get() >= 0.5).then(|| {
        let mut verdict = Verdict::unsure(least, "記入が取り消されているようです");
        verdict.state = State::Cancelled;
        verdict
    })
}

fn text(score: &TextScore, policy: &Policy) -> Verdict {
    // A struck line in a text field is common (医療法人~~社団~~): the picture shows it.
    let ink = InkScore { cancelled: Score::ZERO, ..score.ink };
    let read = score.read.as_ref().map(|(text, _)| text.clone()).unwrap_or_default();
    if score.layer_disagrees {
        return Verdict::picture(0.0, policy.text, "PDFの文字情報と画像が一致しません").first(read);
    }
    if let Some(verdict) = no_ink(ink, policy.mark) {
        return verdict;
    }
    match &score.read {
        Some((text, sure)) if sure.get() >= policy.text => {
            Verdict::sure(State::Read, Some(Value::One(text.clone())), sure.get(), policy.text).first(read)
        }
        Some((_, sure)) => Verdict::picture(sure.get(), policy.text, "活字を確実に読み取れません").first(read),
        None => Verdict::picture(score.ink.present.get(), policy.mark, "手書きのため画像で保存しています"),
    }
}

fn presence(ink: InkScore, policy: &Policy) -> Verdict {
    let ink = InkScore { cancelled: Score::ZERO, ..ink };
    no_ink(ink, policy.mark)
        .unwrap_or_else(|| Verdict::sure(State::Read, Some(Value::One("present".to_owned())), ink.present.get(), policy.mark))
}

#[cfg(test)]
mod tests;
