//! The cover page of a batch: what came in and what became of it, the identity, and where the chain of the ledger ends, so
//! that paper in a file binder can vouch for the folder on the disk. Goes to the file, not to an applicant.

use super::flow::{Cell, Flow, LEFT, RIGHT};
use crate::calendar::japanese;
use crate::ledger::chain::Head;
use crate::provenance::Provenance;
use crate::sheet::{Align, Font, Sheet};
use crate::tally::Tally;

/// Where the text begins, mm from the top.
const TOP: f64 = 30.0;

/// What the cover page says.
#[derive(Debug, Clone, Copy)]
pub struct Cover<'a> {
    /// What the batch was run with.
    pub provenance: &'a Provenance,
    /// Its counts.
    pub tally: &'a Tally,
    /// Where the chain of its ledger ends.
    pub head: &'a Head,
    /// Receipts and notices written.
    pub written: (usize, usize),
}

impl Cover<'_> {
    /// The page.
    pub fn sheets(&self) -> Vec<Sheet> {
        let mut flow = Flow::new(TOP, 1.0, "受付処理票（続き）".to_owned());
        flow.line("受付処理票", 14.0, Font::Mincho, Align::Centre);
        flow.gap(2.0);
        flow.paragraph("この処理分の控えです。お知らせとともに発送せず、保管してください。", 9.5, Font::Mincho, 0.0);
        flow.section("１　処理分");
        rows(&mut flow, &self.about());
        flow.section("２　件数");
        rows(&mut flow, &self.counts());
        flow.gap(1.5);
        let sum = if self.tally.holds() {
            "全ページの行方が確認されています。"
        } else {
            "ページ数が一致していません。"
        };
        flow.paragraph(&format!("{}　{sum}", self.identity()), 9.5, Font::Mincho, 0.0);
        flow.section("３　台帳");
        rows(&mut flow, &self.ledger());
        flow.gap(1.5);
        let how = "台帳（ledger.sqlite）の末尾のハッシュ値です。manifest.json の値と一致することを確かめ、「uketsuke audit」で検証できます。";
        flow.paragraph(how, 8.5, Font::Mincho, 0.0);
        flow.finish().0
    }

    fn about(&self) -> Vec<(&'static str, String)> {
        let p = self.provenance;
        let day = |day: Option<jiff::civil::Date>| day.map_or_else(|| "（指定なし）".to_owned(), japanese);
        let forms: Vec<String> = p.forms.iter().map(|f| format!("{} {}", f.id, f.edition)).collect();
        let mut rows = vec![
            ("処理分", p.batch.clone()),
            ("受付日", day(p.received_on)),
            ("消印日", day(p.postmarked_on)),
            ("プログラム", format!("{}　読取モデル {}", p.program, p.model)),
            ("様式", forms.join("、")),
        ];
        rows.extend(p.master.as_ref().map(|m| ("医療機関等マスター", format!("{}　SHA-256 {}", m.source, m.sha256))));
        rows
    }

    fn counts(&self) -> Vec<(&'static str, String)> {
        let (p, s) = (&self.tally.pages, self.tally.submissions());
        let both = |submissions: u64, pages: u64| format!("{submissions} 件（{pages} ページ）");
        vec![
            ("受付", both(s.accepted, p.accepted)),
            ("要確認", both(s.review, p.review)),
            ("不備", both(s.deficient, p.deficient)),
            ("重複", both(s.duplicate, p.duplicate)),
            ("受付外", format!("{} ページ", p.refused)),
            ("白紙", format!("{} ページ", p.blank)),
            ("発送", format!("受付のお知らせ {} 通、不備のお知らせ {} 通", self.written.0, self.written.1)),
        ]
    }

    fn identity(&self) -> String {
        let p = &self.tally.pages;
        format!(
            "入力 {} ページ ＝ 受付 {} ＋ 要確認 {} ＋ 不備 {} ＋ 受付外 {} ＋ 重複 {} ＋ 白紙 {}",
            self.tally.pages_in, p.accepted, p.review, p.deficient, p.refused, p.duplicate, p.blank
        )
    }

    fn ledger(&self) -> Vec<(&'static str, String)> {
        vec![("記載の数", self.head.entries.to_string()), ("末尾のハッシュ値", self.head.sha256.clone())]
    }
}

fn rows(flow: &mut Flow, rows: &[(&str, String)]) {
    for (label, value) in rows {
        flow.row(&[Cell::heading(40.0, *label), Cell::text(RIGHT - LEFT - 44.0, value.as_str())], 9.0, 4.0);
    }
}
