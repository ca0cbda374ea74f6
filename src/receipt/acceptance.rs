//! The receipt: that a submission has been taken in, what was read from it, what happens next. Says 受付, never that it was
//! examined, and promises nothing.

use super::page::Draft;
use super::{Letter, Letters, addressee, subsidy, values};
use crate::calendar::japanese;
use crate::form::Form;
use crate::record::Record;
use crate::sheet::{Align, Font};

/// Shares of the type size tried until the letter is one page: below 0.76 the table would be under 7 points.
const SCALES: [f64; 5] = [1.0, 0.94, 0.88, 0.82, 0.76];

pub(super) fn letter(letters: &Letters, record: &Record, form: &Form) -> Letter {
    let smallest = SCALES[SCALES.len() - 1];
    let on_one_page = SCALES.into_iter().map(|scale| write(letters, record, form, scale)).find(|draft| draft.pages() == 1);
    on_one_page.unwrap_or_else(|| write(letters, record, form, smallest)).finish()
}

fn write<'a>(letters: &'a Letters<'a>, record: &'a Record, form: &'a Form, scale: f64) -> Draft<'a> {
    let mut draft = Draft::new(letters, record, form, scale);
    draft.title("受付完了のお知らせ");
    let greeting = "　平素より、オンライン資格確認の導入に御理解と御協力を賜り、厚く御礼申し上げます。";
    draft.flow.paragraph(greeting, 10.5, Font::Mincho, 0.0);
    let said = "　御提出いただきました標記の書類を下記のとおり受け付けましたので、お知らせいたします。";
    draft.flow.paragraph(said, 10.5, Font::Mincho, 0.0);
    draft.flow.gap(1.0);
    draft.flow.line("記", 10.5, Font::Mincho, Align::Centre);
    draft.flow.section("１　受付の内容");
    let rows = rows(&draft);
    draft.facts(&rows);
    next_steps(&mut draft);
    draft.flow.section("３　留意事項");
    let caution = "本書は、書類を受け付けたことをお知らせするもので、審査の結果及び補助金の交付を保証するものではありません。";
    draft.flow.hung("・", caution, 9.5, 4.0);
    draft.flow.hung("・", "記載の内容に誤りがある場合は、下記までお知らせください。", 9.5, 4.0);
    draft.flow.line("以上", 10.5, Font::Mincho, Align::Right);
    draft.contact();
    draft
}

fn rows(draft: &Draft) -> Vec<(String, String)> {
    let (record, form, days) = (draft.record, draft.form, &draft.days);
    let mut rows = vec![("受付年月日".to_owned(), days.received.map_or_else(|| "（記載なし）".to_owned(), japanese))];
    let postmark = match (days.postmarked, days.applied()) {
        (Some(day), _) => format!("{}（申請日として取り扱います。）", japanese(day)),
        (None, Some(day)) => format!("確認できませんでした（到達日の{}を申請日として取り扱います。）", japanese(day)),
        (None, None) => "確認できませんでした".to_owned(),
    };
    rows.push(("消印日".to_owned(), postmark));
    rows.extend(values::lines(record, form));
    if let Some(readers) = draft.letters.wording.readers(&form.id.0, &record.fields) {
        let kind = addressee::kind(record, form, draft.letters.master);
        rows.push(("補助区分".to_owned(), subsidy::lines(draft.letters.programme, days, kind, readers).join("\n")));
    }
    rows
}

fn next_steps(draft: &mut Draft) {
    draft.flow.section("２　今後の手続");
    let steps = draft.letters.wording.steps(&draft.form.id.0, &draft.record.fields, &draft.days);
    for (i, step) in steps.iter().enumerate() {
        draft.flow.hung(&format!("({})", i + 1), step, 9.5, 4.0);
    }
}
