//! The notice of deficiencies: what was found wanting, field by field with its picture, what to do, until when, and what
//! happens otherwise. A request for correction (補正): the original stays; nothing is refused here.

use super::flow::{Block, Cell};
use super::page::Draft;
use super::{Letter, Letters, values};
use crate::calendar::japanese;
use crate::form::{FieldId, Form, Severity};
use crate::record::{Finding, Record, State};
use crate::sheet::{Align, Font};
use ::image::GrayImage;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Widths of the table's columns, mm.
const COLUMNS: [f64; 4] = [28.0, 44.0, 49.0, 45.0];
const HEADINGS: [&str; 4] = ["項目", "ご記入内容", "不備の内容", "お願いする対応"];
/// Highest picture of a field, mm.
const PICTURE: f64 = 9.0;
/// Type size of the table, points.
const SIZE: f64 = 8.5;

/// The picture of a field as it was filled in, where there is one.
pub(super) type Crop<'c> = &'c dyn Fn(&Record, &FieldId) -> Option<GrayImage>;

/// Shares of the type size at which a short notice may still be one page.
const SCALES: [f64; 3] = [1.0, 0.94, 0.88];

pub(super) fn letter(letters: &Letters, record: &Record, form: &Form, crop: Crop) -> Letter {
    let mut drafts = SCALES.into_iter().map(|scale| write(letters, record, form, crop, scale));
    let on_one_page = drafts.find(|draft| draft.pages() == 1);
    on_one_page.unwrap_or_else(|| write(letters, record, form, crop, 1.0)).finish()
}

fn write<'a>(letters: &'a Letters<'a>, record: &'a Record, form: &'a Form, crop: Crop, scale: f64) -> Draft<'a> {
    let mut draft = Draft::new(letters, record, form, scale);
    draft.title("不備のお知らせ（補正のお願い）");
    let said = "　平素より、オンライン資格確認の導入に御理解と御協力を賜り、厚く御礼申し上げます。";
    draft.flow.paragraph(said, 10.5, Font::Mincho, 0.0);
    let asked = "　御提出いただきました標記の書類を確認しましたところ、下記のとおり記載に不備がありました。お手数をおかけしますが、\
                 回答期限までに補正くださいますようお願いいたします。";
    draft.flow.paragraph(asked, 10.5, Font::Mincho, 0.0);
    draft.flow.gap(1.0);
    draft.flow.line("記", 10.5, Font::Mincho, Align::Centre);
    draft.flow.section("１　対象の書類");
    let rows = rows(&draft);
    draft.facts(&rows);
    draft.flow.section("２　不備の内容");
    table(&mut draft, crop);
    terms(&mut draft);
    draft.flow.line("以上", 10.5, Font::Mincho, Align::Right);
    draft.contact();
    draft
}

fn rows(draft: &Draft) -> Vec<(String, String)> {
    let days = &draft.days;
    let unknown = || "確認できませんでした".to_owned();
    let mut rows = vec![
        ("申請書名".to_owned(), draft.form.title.clone()),
        ("受付年月日".to_owned(), days.received.map_or_else(|| "（記載なし）".to_owned(), japanese)),
        ("消印日".to_owned(), days.postmarked.map_or_else(unknown, japanese)),
    ];
    rows.extend(code(draft.record, draft.form).map(|code| ("医療機関等コード".to_owned(), code)));
    rows
}

/// The facility code as it was read, `13-4-0150268`.
fn code(record: &Record, form: &Form) -> Option<String> {
    let parts: Option<Vec<&str>> = form.facility_code.as_ref()?.iter().map(|id| record.fields.one(id)).collect();
    parts.map(|parts| parts.join("-"))
}

fn table(draft: &mut Draft, crop: Crop) {
    let headings: Vec<Cell> = COLUMNS.iter().zip(HEADINGS).map(|(w, text)| Cell::heading(*w, text)).collect();
    draft.flow.need(40.0);
    draft.flow.row(&headings, SIZE, 0.0);
    for finding in draft.record.findings.iter().filter(|f| f.severity == Severity::Deficiency) {
        let cells = cells(draft.record, draft.form, finding, crop);
        if draft.flow.would_turn(&cells, SIZE) {
            draft.flow.turn();
            draft.flow.row(&headings, SIZE, 0.0);
        }
        draft.flow.row(&cells, SIZE, 0.0);
    }
}

fn cells(record: &Record, form: &Form, finding: &Finding, crop: Crop) -> [Cell; 4] {
    let labels: Vec<&str> = finding.fields.iter().filter_map(|id| form.field(id)).map(|f| f.label.as_str()).collect();
    let label = if labels.is_empty() { "書類全体".to_owned() } else { labels.join("\n") };
    let seen = finding.fields.iter().flat_map(|id| seen(record, form, id, crop)).collect();
    let ask = finding.ask.as_deref().unwrap_or("正しい内容をお知らせください。");
    [
        Cell::text(COLUMNS[0], label),
        Cell { width: COLUMNS[1], blocks: seen, heading: false },
        Cell::text(COLUMNS[2], finding.message.clone()),
        Cell::text(COLUMNS[3], ask),
    ]
}

/// The field as the applicant filled it in: its picture, else its value, else that there is nothing.
fn seen(record: &Record, form: &Form, id: &FieldId, crop: Crop) -> Vec<Block> {
    if let Some(pixels) = crop(record, id).filter(|p| p.width() > 0 && p.height() > 0) {
        return vec![Block::Picture(pixels, PICTURE)];
    }
    let Some(field) = form.field(id) else { return Vec::new() };
    let blank = record.fields.get(id).is_none_or(|f| f.state == State::Blank);
    let nothing = if blank { "（記入なし）" } else { "（ご記入のとおり）" };
    vec![Block::Text(values::value(record, field, false).unwrap_or_else(|| nothing.to_owned()))]
}

fn terms(draft: &mut Draft) {
    let terms = draft.letters.terms;
    let until = draft.days.received.and_then(|day| answer_by(day, terms.answer_days));
    let until = until.map_or_else(|| "令和　　年　　月　　日（必着）".to_owned(), |day| format!("{}（必着）", with_weekday(day)));
    draft.flow.section("３　回答期限");
    draft.flow.paragraph(&until, 10.5, Font::Gothic, 6.0);
    let how =
        "同封の書類の写しに正しい内容を記入（訂正する箇所は二重線で消し、余白に記入）し、同封の返信用封筒で御提出ください。";
    let call = "記載の追加・確認のみの場合は、お電話でも承ります。";
    section(draft, "４　提出方法", &[how, call]);
    section(draft, "５　同封物", &["御提出いただいた書類の写し　１部、返信用封筒　１通"]);
    let else_ = "回答期限までに補正いただけない場合は、手続を進めることができないため、御提出いただいた書類を返戻することがあります。期限までの補正が難しい場合は、お早めに御相談ください。";
    section(draft, "６　期限までに補正がない場合", &[else_]);
    let kept = kept(draft);
    section(draft, "７　申請日の取扱い", &[&kept]);
}

fn kept(draft: &Draft) -> String {
    if !draft.letters.terms.keep_postmark {
        return "補正いただいた書類の消印日を申請日として取り扱います。".to_owned();
    }
    let day = draft.days.applied().map(|day| format!("（{}）", japanese(day))).unwrap_or_default();
    format!("回答期限までに補正いただいた場合は、当初の消印日{day}を申請日として取り扱います。")
}

fn section(draft: &mut Draft, heading: &str, paragraphs: &[&str]) {
    draft.flow.section(heading);
    for text in paragraphs {
        draft.flow.paragraph(text, 9.5, Font::Mincho, 6.0);
    }
}

/// The last day for an answer: a Saturday or Sunday moves to the Monday after (行政機関の休日に関する法律 第2条).
fn answer_by(from: Date, days: u16) -> Option<Date> {
    let day = from.checked_add(i64::from(days).days()).ok()?;
    let more = match day.weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    day.checked_add(more.days()).ok()
}

fn with_weekday(day: Date) -> String {
    let name = ["月", "火", "水", "木", "金", "土", "日"][usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())];
    format!("{}（{name}）", japanese(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_answer_is_never_due_on_a_weekend() {
        assert_eq!(answer_by(date(2021, 4, 2), 14), Some(date(2021, 4, 16)));
        assert_eq!(answer_by(date(2021, 4, 3), 14), Some(date(2021, 4, 19)));
        assert_eq!(answer_by(date(2021, 4, 4), 14), Some(date(2021, 4, 19)));
        assert_eq!(with_weekday(date(2021, 4, 16)), "令和3年4月16日（金）");
    }
}
