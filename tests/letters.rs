//! The promise of the letters: the right facts on both sides of 2021-03-31, 受付 and never the word for having examined,
//! an address only where the code is confirmed, nothing else in the window, and the same bytes every time.
//! The letters are left in the test's folder (`CARGO_TARGET_TMPDIR`) for people to look at.

use ::image::{GrayImage, Luma};
use jiff::civil::{Date, date};
use std::path::Path;
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::{FieldId, Form, FormId, Severity};
use uketsuke::geometry::RectMm;
use uketsuke::master::Master;
use uketsuke::pdf;
use uketsuke::programme::Programme;
use uketsuke::receipt::number::ReceiptNumber;
use uketsuke::receipt::window::Window;
use uketsuke::receipt::wording::Wording;
use uketsuke::receipt::{Letter, Letters, Terms};
use uketsuke::record::{FieldRecord, FieldRecords, Finding, Record, State, Status, Value};
use uketsuke::score::Score;
use uketsuke::sheet::{Item, Sheet, typeface};

const MASTER: &str = "\
code10,kind,name,postal,address,tel
1340150268,pharmacy,龍閑堂薬局,101-0047,千代田区内神田1-2-3,03-1234-5678
0110113719,hospital,ＮＴＴ東日本札幌病院,060-0061,札幌市中央区南一条西15丁目,011-623-7000
1310000017,unknown,医療法人社団とても長い名称の法人会　とても長い名称であることで知られる総合診療クリニック附属第二分院駅前,1000001,千代田区千代田1-1-1とても長い名前のビルディング新館東棟12階1201号室,03-0000-0000
1330181867,dental,神田デンタルクリニック,,,03-5555-5555
";

fn forms() -> Catalogue {
    Catalogue::built_in().expect("the built-in forms have no mistake")
}

fn form(id: &str) -> Form {
    forms().current(id).expect("a built-in form").clone()
}

fn master() -> Master {
    Master::from_csv(MASTER.as_bytes()).expect("the master can be read")
}

fn letters(master: Option<&Master>) -> Letters<'_> {
    Letters {
        programme: Programme::built_in().expect("the facts can be read"),
        wording: Wording::built_in().expect("the texts can be read"),
        master,
        terms: Terms::default(),
    }
}

fn field(form: &Form, id: &str, value: Option<&str>, state: State) -> FieldRecord {
    let field = form.field(&FieldId(id.to_owned())).expect("a field of the form");
    FieldRecord {
        value: value.map(|v| Value::One(v.to_owned())),
        state,
        confidence: Score::new(1.0),
        threshold: Score::new(0.99),
        first_reading: None,
        note: None,
        page: field.page,
        box_mm: field.bounds(),
        residual_mm: None,
        crop: None,
    }
}

/// An accepted record with these values; other fields are blank.
fn record(form: &Form, values: &[(&str, &str)], received: Option<Date>, postmarked: Option<Date>) -> Record {
    let mut fields = FieldRecords::default();
    for f in &form.fields {
        let value = values.iter().find(|(id, _)| *id == f.id.0).map(|(_, value)| *value);
        let state = if value.is_some() { State::Read } else { State::Blank };
        fields.insert(f.id.clone(), field(form, &f.id.0, value, state));
    }
    Record {
        id: "0".repeat(20),
        form: FormId(form.id.0.clone()),
        edition: form.edition.clone(),
        status: Status::Accepted,
        duplicate_of: None,
        received_on: received,
        postmarked_on: postmarked,
        receipt_no: Some(ReceiptNumber::new(received, form.letter, 1).to_string()),
        pages: Vec::new(),
        fields,
        findings: Vec::new(),
    }
}

const PHARMACY: &[(&str, &str)] = &[
    ("prefecture_code", "13"),
    ("score_table_code", "4"),
    ("institution_code", "0150268"),
    ("telephone", "0312345678"),
    ("units_canon", "1"),
    ("start_year", "2021"),
    ("start_month", "07"),
    ("claims_online", "planned"),
    ("claims_year", "2021"),
    ("claims_month", "09"),
];

fn with<'a>(base: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = base.iter().filter(|(id, _)| more.iter().all(|(other, _)| other != id));
    kept.chain(more).copied().collect()
}

fn pdf(name: &str, sheets: &[Sheet]) -> Vec<u8> {
    let bytes = pdf::write(sheets, name).expect("the letter can be written");
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pdf")), &bytes).expect("the folder is there");
    bytes
}

/// The text of a letter as a person would copy it from the PDF, without spaces.
fn text(name: &str, letter: &Letter) -> String {
    let text = pdf_extract::extract_text_from_mem(&pdf(name, &letter.sheets)).expect("the PDF has text");
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

/// Everything drawn where the window may show, and the text among it.
fn in_window(sheet: &Sheet, window: &Window) -> (usize, String) {
    let quiet = window.quiet();
    let mut count = 0;
    let mut shown = String::new();
    for item in &sheet.items {
        let (boxes, text): (Vec<RectMm>, &str) = match item {
            Item::Text(text) => {
                let height = text.size * typeface::MM_PER_PT;
                let boxed = |l: uketsuke::sheet::PlacedLine| {
                    RectMm::new(l.x, l.y - height, typeface::width_mm(&l.text, text.font, text.size, text.spacing), height * 1.1)
                };
                (text.lines().into_iter().map(boxed).collect(), &text.text)
            }
            Item::Line { line: [x1, y1, x2, y2], .. } => {
                (vec![RectMm::new(x1.min(*x2), y1.min(*y2), (x1 - x2).abs() + 0.1, (y1 - y2).abs() + 0.1)], "line")
            }
            Item::Rect { rect, .. } | Item::Picture { rect, .. } => (vec![*rect], "rect"),
        };
        if boxes.iter().any(|b| b.overlaps(&quiet)) {
            let block = window.block().grown(0.01);
            assert!(boxes.iter().all(|b| b.x >= block.x && b.right() <= block.right() && b.bottom() <= block.bottom()), "{text}");
            count += 1;
            shown.push_str(text);
        }
    }
    (count, shown)
}

#[test]
fn a_receipt_before_the_turn_says_the_increased_subsidy() {
    let (form, master) = (form("reader-request"), master());
    let record = record(&form, PHARMACY, Some(date(2021, 4, 2)), Some(date(2021, 3, 31)));
    let letter = letters(Some(&master)).receipt(&record, &form).expect("a receipt is due");
    assert_eq!((letter.sheets.len(), letter.notes.len()), (1, 0), "{:?}", letter.notes);
    let text = text("receipt-before", &letter);
    let number = record.receipt_no.as_deref().expect("numbered");
    assert_has(&text, &["令和3年4月2日", "令和3年3月31日", number, "13-4-0150268", "受付完了のお知らせ", "0800-0804583"]);
    assert_has(&text, &["補助の増額の対象です", "薬局：実費を補助（上限429,000円）", "Hi-CARA1台", "2か月程度", "西暦2021年7月"]);
    assert_has(&text, &["保証するものではありません", "社会保険診療報酬支払基金", "公印省略", "未導入（導入予定あり）"]);
    assert_has(&text, &["〒101-0047", "千代田区内神田1-2-3", "龍閑堂薬局御中"]);
}

#[test]
fn a_receipt_after_the_turn_says_the_lower_subsidy_and_both_cases_of_a_pharmacy() {
    let (form, master) = (form("reader-request"), master());
    let record = record(&form, PHARMACY, Some(date(2021, 4, 2)), Some(date(2021, 4, 1)));
    let text = text("receipt-after", &letters(Some(&master)).receipt(&record, &form).expect("a receipt is due"));
    assert_has(&text, &["増額の対象外です", "4分の3を補助（上限321,000円）", "大型チェーン薬局：2分の1を補助（上限214,000円）"]);
    assert!(!text.contains("429,000"));
}

#[test]
fn without_a_postmark_both_cases_are_said() {
    let form = form("reader-request");
    let values = with(PHARMACY, &[("prefecture_code", "01"), ("score_table_code", "1"), ("institution_code", "0113719")]);
    let record = record(&form, &values, Some(date(2021, 4, 2)), None);
    let letter = letters(None).receipt(&record, &form).expect("a receipt is due");
    let text = text("receipt-no-postmark", &letter);
    assert_has(&text, &["確認中です", "診療所：実費を補助（上限429,000円）", "診療所：4分の3を補助（上限321,000円）"]);
    assert_has(&text, &["病院（カードリーダー1台）：実費を補助（上限2,101,000円）", "2分の1を補助（上限1,050,000円）"]);
}

#[test]
fn the_number_to_call_is_the_one_of_the_application_date() {
    let form = form("reader-request");
    let record = record(&form, PHARMACY, Some(date(2021, 3, 5)), Some(date(2021, 3, 1)));
    let text = text("receipt-early", &letters(None).receipt(&record, &form).expect("a receipt is due"));
    assert_has(&text, &["0800-8007121"]);
    assert!(!text.contains("0800-0804583"));
}

#[test]
fn a_request_without_a_model_is_told_until_when_to_choose() {
    let form = form("reader-request");
    let values = with(PHARMACY, &[("units_canon", "0")]);
    let record = record(&form, &values, Some(date(2021, 4, 2)), Some(date(2021, 3, 31)));
    let text = text("receipt-undecided", &letters(None).receipt(&record, &form).expect("a receipt is due"));
    assert_has(&text, &["機種が未定", "令和3年8月1日まで"]);
}

#[test]
fn a_usage_application_is_told_when_its_certificate_comes() {
    let (form, master) = (form("usage-application"), master());
    let values = [
        ("prefecture_code", "01"),
        ("score_table_code", "1"),
        ("institution_code", "0113719"),
        ("application_year", "03"),
        ("application_month", "04"),
        ("application_day", "01"),
        ("postal_code", "0600061"),
        ("telephone", "0116237000"),
        ("certificate_count", "2"),
        ("start_year", "2021"),
        ("start_month", "10"),
        ("test_year", "2021"),
        ("test_month", "09"),
        ("claims_year", "2021"),
        ("claims_month", "12"),
    ];
    let mut record = record(&form, &values, Some(date(2021, 4, 2)), Some(date(2021, 4, 1)));
    for id in ["facility_name", "contact_name", "department", "founder_name", "address", "email", "customer_id"] {
        record.fields.insert(FieldId(id.to_owned()), field(&form, id, None, State::Picture));
    }
    let letter = letters(Some(&master)).receipt(&record, &form).expect("a receipt is due");
    assert_eq!(letter.sheets.len(), 1);
    let text = text("receipt-usage", &letter);
    assert_has(&text, &["令和3年4月17日頃", "15日", "令和3年4月1日", "ご記入のとおり", "2枚"]);
}

#[test]
fn letters_speak_of_receiving_and_of_nothing_more() {
    let master = master();
    for id in ["reader-request", "usage-application"] {
        let form = form(id);
        let record = record(&form, PHARMACY_CODE, Some(date(2021, 4, 2)), Some(date(2021, 3, 31)));
        let receipt = letters(Some(&master)).receipt(&record, &form).expect("a receipt is due");
        let notice = letters(Some(&master)).notice(&deficient(&form, record, 10), &form, &picture).expect("a notice is due");
        for letter in [receipt, notice] {
            let text = text("words", &letter);
            for word in ["受理", "承認", "交付決定"] {
                assert!(!text.contains(word), "{word} in: {text}");
            }
            assert!(text.contains("受付"));
        }
    }
}

const PHARMACY_CODE: &[(&str, &str)] =
    &[("prefecture_code", "13"), ("score_table_code", "4"), ("institution_code", "0150268"), ("telephone", "0312345678")];

/// The same record with so many deficiencies.
fn deficient(form: &Form, mut record: Record, count: usize) -> Record {
    record.status = Status::Deficient;
    record.findings =
        form.fields.iter().cycle().take(count).enumerate().map(|(i, field)| finding(i, vec![field.id.clone()])).collect();
    record
}

fn finding(i: usize, fields: Vec<FieldId>) -> Finding {
    Finding {
        rule: format!("rule-{i}"),
        severity: Severity::Deficiency,
        fields,
        message: format!("不備{i}番です。この欄の記入が、申請の要件と合いません。"),
        ask: Some("正しい内容をご記入のうえ、ご提出ください。".to_owned()),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the shape of a source of pictures")]
fn picture(_: &Record, id: &FieldId) -> Option<GrayImage> {
    let width = if id.0.contains("code") { 260 } else { 600 };
    Some(GrayImage::from_fn(width, 90, |x, y| Luma([if (x / 7 + y / 9) % 5 == 0 { 40 } else { 250 }])))
}

#[test]
fn a_notice_lists_every_deficiency_and_goes_on_over_the_page() {
    let (form, master) = (form("reader-request"), master());
    let record = record(&form, PHARMACY, Some(date(2021, 4, 2)), Some(date(2021, 3, 31)));
    let mut record = deficient(&form, record, 10);
    record.findings[0].fields = form.facility_code.clone().expect("the form has a code").to_vec();
    let letter = letters(Some(&master)).notice(&record, &form, &picture).expect("a notice is due");
    assert!(letter.sheets.len() > 1);
    let text = text("notice", &letter);
    for i in 0..10 {
        assert!(text.contains(&format!("不備{i}番")));
    }
    assert_has(
        &text,
        &["令和3年4月16日（金）（必着）", "当初の消印日（令和3年3月31日）を申請日として", "返信用封筒", "返戻", "お願いする対応"],
    );
    let number = record.receipt_no.expect("numbered");
    assert!(text.matches(&number).count() >= letter.sheets.len(), "every page names the receipt number");
}

#[test]
fn a_notice_of_little_is_one_page_and_may_drop_the_postmark() {
    let (form, master) = (form("reader-request"), master());
    let record = deficient(&form, record(&form, PHARMACY, Some(date(2021, 4, 2)), Some(date(2021, 3, 31))), 1);
    let mut letters = letters(Some(&master));
    letters.terms.keep_postmark = false;
    letters.terms.answer_days = 30;
    let letter = letters.notice(&record, &form, &|_, _| None).expect("a notice is due");
    assert_eq!(letter.sheets.len(), 1);
    assert_has(&text("notice-short", &letter), &["補正いただいた書類の消印日を申請日", "令和3年5月3日（月）（必着）"]);
}

#[test]
fn nothing_but_the_address_shows_in_the_window() {
    let (form, master) = (form("reader-request"), master());
    let long = with(
        PHARMACY,
        &[
            ("score_table_code", "1"),
            ("institution_code", "0000017"),
            ("telephone", "0300000000"),
            ("contact_name", "受付　花子"),
        ],
    );
    for (values, address) in [(PHARMACY.to_vec(), "龍閑堂薬局"), (long, "受付　花子　様")] {
        let record = record(&form, &values, Some(date(2021, 4, 2)), Some(date(2021, 3, 31)));
        let letters = letters(Some(&master));
        let receipt = letters.receipt(&record, &form).expect("a receipt is due");
        let notice = letters.notice(&deficient(&form, record, 3), &form, &picture).expect("a notice is due");
        pdf(&format!("receipt-{}", values.len()), &receipt.sheets);
        for letter in [receipt, notice] {
            assert!(letter.notes.is_empty(), "{:?}", letter.notes);
            let (count, shown) = in_window(&letter.sheets[0], &letters.terms.window);
            assert_eq!(count, 1);
            assert!(shown.contains(address) && !shown.contains("0150268") && !shown.contains('@'), "{shown}");
        }
    }
}

#[test]
fn no_address_is_printed_for_a_code_that_is_not_confirmed() {
    let (form, master) = (form("reader-request"), master());
    let cases = [
        (PHARMACY.to_vec(), None),
        (with(PHARMACY, &[("telephone", "0312345679")]), Some(&master)),
        (with(PHARMACY, &[("institution_code", "0150269")]), Some(&master)),
        (
            with(PHARMACY, &[("score_table_code", "3"), ("institution_code", "0181867"), ("telephone", "0355555555")]),
            Some(&master),
        ),
    ];
    for (i, (values, master)) in cases.into_iter().enumerate() {
        let record = record(&form, &values, Some(date(2021, 4, 2)), Some(date(2021, 3, 31)));
        let letter = letters(master).receipt(&record, &form).expect("a receipt is due");
        let (count, shown) = in_window(&letter.sheets[0], &Window::default());
        assert_eq!((count, shown.as_str()), (0, ""), "case {i}");
        assert!(letter.notes[0].contains("宛名を印字していません"));
        assert!(!text("receipt-unconfirmed", &letter).contains("内神田"));
    }
}

#[test]
fn a_name_that_agrees_confirms_the_code_as_a_number_does() {
    let (form, master) = (form("reader-request"), master());
    let values = with(PHARMACY, &[("telephone", "0999999999"), ("facility_name", "龍閑堂 薬局")]);
    let record = record(&form, &values, Some(date(2021, 4, 2)), None);
    let letter = letters(Some(&master)).receipt(&record, &form).expect("a receipt is due");
    assert!(in_window(&letter.sheets[0], &Window::default()).1.contains("千代田区内神田"));
}

#[test]
fn gaiji_become_geta_and_are_reported() {
    let form = form("reader-request");
    let values = with(PHARMACY, &[("facility_name", "\u{e001}田薬局"), ("contact_name", "\u{20bb7}野")]);
    let record = record(&form, &values, Some(date(2021, 4, 2)), None);
    let letter = letters(None).receipt(&record, &form).expect("a receipt is due");
    assert_has(&text("receipt-gaiji", &letter), &["〓田薬局"]);
    assert!(letter.notes.iter().any(|note| note.contains("U+E001")));
}

#[test]
fn anonymous_answers_and_other_states_get_no_letter() {
    let survey = form("intent-survey");
    let mut answers = record(&survey, &[], Some(date(2021, 4, 2)), None);
    assert_eq!(letters(None).receipt(&answers, &survey), None);
    answers.status = Status::Deficient;
    assert_eq!(letters(None).notice(&answers, &survey, &|_, _| None), None);
    let form = form("reader-request");
    let mut waiting = record(&form, PHARMACY, Some(date(2021, 4, 2)), None);
    waiting.status = Status::Review;
    assert_eq!(letters(None).receipt(&waiting, &form), None);
    assert_eq!(letters(None).notice(&waiting, &form, &|_, _| None), None);
}

#[test]
fn without_a_received_date_the_day_is_left_to_be_written() {
    let form = form("reader-request");
    let record = record(&form, PHARMACY, None, None);
    assert!(record.receipt_no.as_deref().is_some_and(|n| n.starts_with("R00-R-0000-")));
    let text = text("receipt-undated", &letters(None).receipt(&record, &form).expect("a receipt is due"));
    assert_has(&text, &["令和年月日", "確認できませんでした"]);
}

#[test]
fn the_same_letter_is_the_same_bytes() {
    let (form, master) = (form("reader-request"), master());
    let record = deficient(&form, record(&form, PHARMACY, Some(date(2021, 4, 2)), None), 3);
    let write = || letters(Some(&master)).notice(&record, &form, &picture).map(|letter| pdf("notice-twice", &letter.sheets));
    let first = write();
    assert!(first == write());
}
