//! What every letter has: address window, receipt number with its barcode, date, sender, folds, contact, page numbers.
//! Does not know what the letter is about.

use super::addressee::{Addressee, addressee};
use super::flow::{Cell, Flow, LEFT, PAGE, RIGHT};
use super::window::FOLDS_MM;
use super::wording::Days;
use super::{Letter, Letters, barcode};
use crate::calendar::japanese;
use crate::form::Form;
use crate::geometry::RectMm;
use crate::record::Record;
use crate::sheet::{Align, Font, Item, Sheet, TextItem};

/// Where the page number stands, mm from the top.
const FOOT: f64 = 285.0;
/// Where the operator's note stands.
const NOTE: f64 = 290.0;

/// A letter being written: its pages and what the operator must know.
pub(super) struct Draft<'a> {
    pub letters: &'a Letters<'a>,
    pub record: &'a Record,
    pub form: &'a Form,
    pub days: Days<'a>,
    pub flow: Flow,
    notes: Vec<String>,
}

impl<'a> Draft<'a> {
    /// A first page with everything above the title; type and gaps below are multiplied by `scale`.
    pub(super) fn new(letters: &'a Letters<'a>, record: &'a Record, form: &'a Form, scale: f64) -> Self {
        let days = Days::of(letters, record);
        let head = format!("受付番号　{}　（続き）", number(record));
        let top = (letters.terms.window.quiet().bottom() + 5.0).max(66.0);
        let flow = Flow::new(top, scale, head);
        let mut draft = Self { letters, record, form, days, flow, notes: Vec::new() };
        draft.address();
        draft.reference();
        draft.sender();
        draft
    }

    fn address(&mut self) {
        let block = self.letters.terms.window.block();
        match addressee(self.record, self.form, self.letters.master) {
            Ok(to) if self.flow.address(&lines(&to), &block) => {}
            Ok(_) => self.notes.push("宛名が窓に収まらないため、印字していません。別に宛名を用意してください。".to_owned()),
            Err(why) => self.notes.push(why.message().to_owned()),
        }
    }

    fn reference(&mut self) {
        let number = number(self.record);
        self.flow.draw(barcode::bars(number, RIGHT, 11.0, 9.0));
        self.flow.place(&format!("受付番号　{number}"), [RIGHT, 24.6], 9.5, Font::Mincho, Align::Right);
        let date = self.days.received.map_or_else(|| "令和　　年　　月　　日".to_owned(), japanese);
        self.flow.place(&date, [RIGHT, 32.0], 10.5, Font::Mincho, Align::Right);
    }

    fn sender(&mut self) {
        let issuer = &self.letters.wording.issuer;
        let names = std::iter::once(&issuer.name).chain(&issuer.unit).chain([&issuer.seal]);
        for (i, name) in names.enumerate() {
            let size = if i == 0 { 10.5 } else { 9.0 };
            self.flow.place(name, [RIGHT, 39.5 + 5.2 * i as f64], size, Font::Mincho, Align::Right);
        }
    }

    /// Title of the form and what the letter is, in the middle.
    pub(super) fn title(&mut self, what: &str) {
        let title = self.form.title.clone();
        self.flow.line(&title, 12.5, Font::Mincho, Align::Centre);
        self.flow.line(what, 12.5, Font::Mincho, Align::Centre);
        self.flow.gap(3.0);
    }

    /// A two-column table of labels and values.
    pub(super) fn facts(&mut self, rows: &[(String, String)]) {
        for (label, value) in rows {
            let width = RIGHT - LEFT - 4.0 - 46.0;
            self.flow.row(&[Cell::heading(46.0, label), Cell::text(width, value)], 9.0, 4.0);
        }
    }

    /// Whom to ask, as it held on the application date, in a frame.
    pub(super) fn contact(&mut self) {
        let issuer = &self.letters.wording.issuer;
        let (programme, day) = (self.letters.programme, self.days.facts());
        let call = programme.telephone(&issuer.telephone, day);
        let mail = programme.contact(&issuer.mail, day);
        let mut text = vec![format!("{}　{}", issuer.name, issuer.unit.join("　"))];
        text.push(format!("〒{}　{}", issuer.postal, issuer.address));
        text.extend(call.map(|c| format!("{}　電話　{}（{}）", c.name, c.number, c.hours)));
        text.extend(mail.map(|m| format!("メール　{}", m.value)));
        text.push("お問い合わせの際は、受付番号をお知らせください。".to_owned());
        let text = text.join("\n");
        self.flow.gap(3.0);
        self.flow.row(&[Cell::heading(28.0, "お問い合わせ先"), Cell::text(RIGHT - LEFT - 28.0, text)], 9.0, 0.0);
    }

    /// Pages so far.
    pub(super) fn pages(&self) -> usize {
        self.flow.pages()
    }

    /// The letter, with folds, page numbers and the operator's note.
    pub(super) fn finish(self) -> Letter {
        let (mut sheets, substituted) = self.flow.finish();
        let mut notes = self.notes;
        if !substituted.is_empty() {
            let codes: Vec<String> = substituted.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
            notes
                .push(format!("印字できない文字（外字など {}）を〓に置き換えました。手書きで補ってください。", codes.join("、")));
        }
        let count = sheets.len();
        for (i, sheet) in sheets.iter_mut().enumerate() {
            sheet.items.extend(FOLDS_MM.map(fold));
            if count > 1 {
                sheet.items.push(line(&format!("{}／{count}", i + 1), [PAGE[0] / 2.0, FOOT], 9.0, Align::Centre));
            }
        }
        remark(&mut sheets[0], &notes);
        Letter { sheets, notes }
    }
}

/// The receipt number, or a dash where the batch gave none.
pub(super) fn number(record: &Record) -> &str {
    record.receipt_no.as_deref().unwrap_or("－")
}

/// 〒, 所在地, 名称, 担当者: nothing else may show.
fn lines(to: &Addressee) -> Vec<String> {
    let mut lines = Vec::new();
    if !to.postal.is_empty() {
        lines.push(format!("〒{}", to.postal));
    }
    lines.push(to.address.clone());
    match &to.contact {
        Some(contact) => lines.extend([to.name.clone(), format!("　{contact}　様")]),
        None => lines.push(format!("{}　御中", to.name)),
    }
    lines
}

fn fold(y: f64) -> Item {
    Item::Line { line: [5.0, y, 9.0, y], width: 0.1, dash: None }
}

fn line(text: &str, at: [f64; 2], size: f64, align: Align) -> Item {
    let (text, font) = (text.to_owned(), Font::Mincho);
    Item::Text(TextItem { text, at, size, font, align, spacing: 0.0, wrap: None, leading: 0.0 })
}

/// The operator's note, at the foot of the sheet: the third panel never lies behind the window.
fn remark(sheet: &mut Sheet, notes: &[String]) {
    if notes.is_empty() {
        return;
    }
    let text = format!("【発送担当者へ】{}", notes.join(""));
    let at = [LEFT, NOTE];
    let wrap = Some(RIGHT - LEFT);
    let size = 6.5;
    let rect = RectMm::new(LEFT - 1.0, NOTE - 3.2, RIGHT - LEFT + 2.0, 7.4);
    sheet.items.push(Item::Rect { rect, width: 0.1, fill: None });
    let (font, align) = (Font::Gothic, Align::Left);
    sheet.items.push(Item::Text(TextItem { text, at, size, font, align, spacing: 0.0, wrap, leading: 3.0 }));
}
