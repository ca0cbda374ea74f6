//! A made-up form, records and pictures for the promises of the exports.

use image::{GrayImage, Luma};
use std::io::Cursor;
use uketsuke::export::report::{Outline, PagePicture, Pictures};
use uketsuke::form::{
    Care, ChoiceOption, Field, FieldId, FieldKind, Form, FormId, FormPage, Frame, Mark, Meaning, Policy, Select, Severity,
    Transcribe,
};
use uketsuke::geometry::RectMm;
use uketsuke::provenance::{FormVersion, InputFile, Provenance};
use uketsuke::record::{
    ExceptionKind, FieldRecord, FieldRecords, Finding, PageException, PageRecord, Record, State, Status, Value,
};
use uketsuke::score::Score;
use uketsuke::tally::Tally;

pub(crate) fn id(name: &str) -> FieldId {
    FieldId(name.to_owned())
}

fn field(name: &str, label: &str, required: bool, kind: FieldKind) -> Field {
    Field {
        id: id(name),
        label: label.to_owned(),
        page: 1,
        required,
        kind,
        likely: Vec::new(),
        frame: Frame::None,
        care: Care::default(),
    }
}

fn area(row: usize) -> RectMm {
    RectMm::new(70.0, 40.0 + 14.0 * row as f64, 100.0, 9.0)
}

fn options(row: usize, all: &[(&str, &str)]) -> Vec<ChoiceOption> {
    let option = |(i, (value, label)): (usize, &(&str, &str))| ChoiceOption {
        value: (*value).to_owned(),
        label: (*label).to_owned(),
        area: RectMm::new(70.0 + 34.0 * i as f64, area(row).y, 5.0, 5.0),
    };
    all.iter().enumerate().map(option).collect()
}

/// One page with a field of every kind.
pub(crate) fn form(name: &str, title: &str) -> Form {
    let cells = |row: usize, n: usize| (0..n).map(|i| RectMm::new(70.0 + 7.1 * i as f64, area(row).y, 7.1, 9.0)).collect();
    let claims = [("done", "導入している"), ("planned", "未導入(導入予定あり)"), ("none", "導入予定なし")];
    let reasons = [("1", "継続して費用がかかる"), ("2", "利用ができない"), ("3", "メリットが少ない")];
    let fields = vec![
        field(
            "prefecture_code",
            "都道府県コード",
            true,
            FieldKind::Digits { cells: cells(0, 2), min: 2, meaning: Meaning::Prefecture },
        ),
        field(
            "institution_code",
            "保険医療機関等コード",
            true,
            FieldKind::Digits { cells: cells(1, 7), min: 7, meaning: Meaning::Plain },
        ),
        field("name", "保険医療機関等名称", true, FieldKind::Text { area: area(2), transcribe: Transcribe::Optional }),
        field(
            "telephone",
            "電話番号",
            true,
            FieldKind::Number { area: area(3), max_digits: 11, meaning: Meaning::Telephone, transcribe: Transcribe::Optional },
        ),
        field("email", "メールアドレス", false, FieldKind::Text { area: area(4), transcribe: Transcribe::Required }),
        field(
            "claims_online",
            "レセプトのオンライン請求",
            true,
            FieldKind::Choice { mark: Mark::Box, select: Select::One, options: options(5, &claims) },
        ),
        field("claims_year", "西暦 年", false, FieldKind::Digits { cells: cells(6, 4), min: 4, meaning: Meaning::Year }),
        field("records_year", "西暦 年", false, FieldKind::Digits { cells: cells(7, 4), min: 4, meaning: Meaning::Year }),
        field(
            "reasons",
            "申込みをしない理由",
            false,
            FieldKind::Choice { mark: Mark::Circle, select: Select::AtMost(2), options: options(8, &reasons) },
        ),
        field("seal", "受付印", false, FieldKind::Presence { area: area(10) }),
    ];
    Form {
        id: FormId(name.to_owned()),
        edition: "2021-03".to_owned(),
        title: title.to_owned(),
        letter: 'R',
        valid_from: None,
        valid_to: None,
        superseded_by: None,
        received_counts_until: None,
        anonymous: false,
        pages: vec![FormPage {
            width_mm: 210.0,
            height_mm: 297.0,
            print: Vec::new(),
            blank: None,
            filled: false,
            mask: Vec::new(),
        }],
        csv: fields.iter().map(|f| f.id.clone()).collect(),
        fields,
        rules: Vec::new(),
        policy: Policy::default(),
        join_on: Vec::new(),
        facility_code: None,
        receipt: Vec::new(),
        sha256: "f".repeat(64),
        warnings: Vec::new(),
    }
}

/// A sequence of numbers below `n` that only looks random.
pub(crate) fn scatter(i: usize, n: usize) -> usize {
    (i * 7919 + 104_729) % 10_007 * 31 % n
}

fn page(n: usize) -> PageRecord {
    PageRecord {
        source: format!("0402-午前/batch-{:02}.tif", n / 40 + 1),
        page: n as u32 % 40 + 1,
        sha256: format!("{:064x}", n / 40 + 1),
        pixels_sha256: format!("{n:064x}"),
        form_page: 1,
        dpi: [300.0, 300.0],
        residual_mm: 0.041 + scatter(n, 97) as f64 / 400.0,
        rotation: if n % 7 == 3 { 180 } else { 0 },
        skew_deg: 0.1 + 0.2,
    }
}

fn read(form: &Form, name: &str, value: Option<Value>, n: usize) -> (FieldId, FieldRecord) {
    let field = form.field(&id(name)).expect("a field of the form");
    let state = if value.is_some() { State::Read } else { State::Blank };
    let first_reading = match &value {
        Some(Value::One(v)) => Some(v.clone()),
        _ => None,
    };
    let confidence = Score::new(1.0 - scatter(n, 83) as f64 / 9000.0);
    let threshold = Score::new(0.99);
    let residual_mm = Some(0.07);
    let box_mm = field.bounds();
    (
        field.id.clone(),
        FieldRecord { value, state, confidence, threshold, first_reading, note: None, page: 1, box_mm, residual_mm, crop: None },
    )
}

/// Everything read, nothing wrong.
pub(crate) fn accepted(form: &Form, n: usize) -> Record {
    let one = |v: &str| Some(Value::One(v.to_owned()));
    let mut fields = FieldRecords::default();
    for (i, (name, value)) in [
        ("prefecture_code", one("13")),
        ("institution_code", one(&format!("0{:06}", 150_268 + n))),
        ("name", one("医療法人社団 霞ヶ関クリニック")),
        ("telephone", one("03-1234-5678")),
        ("email", None),
        ("claims_online", one("planned")),
        ("claims_year", one("2021")),
        ("records_year", None),
        ("reasons", Some(Value::Many(vec!["1".to_owned(), "3".to_owned()]))),
        ("seal", one("present")),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, field) = read(form, name, value, n * 10 + i);
        fields.insert(id, field);
    }
    Record {
        id: format!("{:016x}", n * 2_654_435_761),
        form: form.id.clone(),
        edition: form.edition.clone(),
        status: Status::Accepted,
        duplicate_of: None,
        received_on: Some(jiff::civil::date(2021, 4, 2)),
        postmarked_on: Some(jiff::civil::date(2021, 3, 31)),
        receipt_no: Some(format!("R03-R-0402-{n:05}-7")),
        pages: vec![page(n)],
        fields,
        findings: Vec::new(),
    }
}

fn finding(rule: &str, severity: Severity, fields: &[&str], message: &str, ask: Option<&str>) -> Finding {
    let fields = fields.iter().map(|f| id(f)).collect();
    Finding { rule: rule.to_owned(), severity, fields, message: message.to_owned(), ask: ask.map(str::to_owned) }
}

fn doubt(record: &mut Record, name: &str, state: State, confidence: f64, first: &str, note: &str) {
    let field = record.fields.get_mut(&id(name)).expect("a field of the form");
    field.value = None;
    field.state = state;
    field.confidence = Score::new(confidence);
    field.first_reading = Some(first.to_owned());
    field.note = Some(note.to_owned());
    field.crop = Some(format!("crops/{}-{name}.png", record.id));
}

/// Something a person must look at.
pub(crate) fn review(form: &Form, n: usize) -> Record {
    let mut record = accepted(form, n);
    record.status = Status::Review;
    doubt(&mut record, "institution_code", State::Uncertain, 0.614, "01?0268", "3桁目が読み取れません。1 か 7 に見えます。");
    if n.is_multiple_of(2) {
        doubt(&mut record, "claims_online", State::Cancelled, 0.871, "done,planned", "二重線で消された印があります。");
        doubt(&mut record, "email", State::Picture, 0.993, "", "手書きのため、画像を見て入力してください。");
    }
    record.findings = vec![
        finding(
            "check-digit",
            Severity::Confirm,
            &["prefecture_code", "institution_code"],
            "医療機関等コードの検証番号が合いません。",
            None,
        ),
        finding("claims-month", Severity::Warning, &["claims_year"], "導入予定の年月が消印の月より前です。", None),
    ];
    record
}

/// The applicant left something out.
pub(crate) fn deficient(form: &Form, n: usize) -> Record {
    let mut record = accepted(form, n);
    record.status = Status::Deficient;
    let (name, blank) = read(form, "claims_year", None, n);
    record.fields.insert(name, blank);
    record.findings = vec![finding(
        "claims-when",
        Severity::Deficiency,
        &["claims_year", "claims_online"],
        "「導入予定あり」を選んでいますが、導入予定の年月が書かれていません。",
        Some("導入予定の年と月を書いて、お送りください。"),
    )];
    record
}

/// The same as `first`, again.
pub(crate) fn duplicate(form: &Form, n: usize, first: &Record) -> Record {
    let mut record = accepted(form, n);
    record.status = Status::Duplicate;
    record.duplicate_of = Some(first.id.clone());
    record
}

pub(crate) fn refused(n: u32, reason: &str, message: &str) -> PageException {
    let source = "0402-午後/fax-17.tif".to_owned();
    let (reason, message) = (reason.to_owned(), message.to_owned());
    PageException { source, page: n, sha256: "a".repeat(64), kind: ExceptionKind::Refused, reason, message }
}

pub(crate) fn blank(n: u32) -> PageException {
    PageException {
        kind: ExceptionKind::Blank, ..refused(n, "blank", "白紙です。用紙の裏面であれば、そのままで構いません。")
    }
}

/// A batch and its counts.
pub(crate) struct Batch {
    pub(crate) provenance: Provenance,
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) forms: Vec<Form>,
    pub(crate) records: Vec<Record>,
    pub(crate) exceptions: Vec<PageException>,
}

impl Batch {
    pub(crate) fn new(forms: Vec<Form>, records: Vec<Record>, exceptions: Vec<PageException>) -> Self {
        let day = Some(jiff::civil::date(2021, 3, 31));
        let provenance = Provenance {
            batch: "2021-04-02 午前便".to_owned(),
            program: "uketsuke 0.1.0".to_owned(),
            model: "digits-1".to_owned(),
            received_on: Some(jiff::civil::date(2021, 4, 2)),
            postmarked_on: day,
            forms: forms.iter().map(|f| FormVersion::of(f, day)).collect(),
            master: None,
            settings: serde_json::json!({"residual_limit_mm": 1.0}),
        };
        let pages = records.iter().map(|r| r.pages.len()).sum::<usize>() + exceptions.len();
        let input = InputFile { source: "batch-01.tif".to_owned(), sha256: "1".repeat(64), bytes: 12, pages: pages as u64 };
        Self { provenance, inputs: vec![input], forms, records, exceptions }
    }

    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.inputs.iter().for_each(|i| tally.add_pages_in(i.pages));
        self.records.iter().for_each(|r| tally.add_record(r));
        self.exceptions.iter().for_each(|e| tally.add_exception(e));
        tally
    }
}

/// A day with everything in it.
pub(crate) fn busy() -> Batch {
    let reader = form("reader-request", "オンライン資格確認等顔認証付きカードリーダー提供申請書");
    let survey = form("intent-survey", "「オンライン資格確認」導入意向調査");
    let mut records: Vec<Record> = (0..84).map(|n| accepted(if n % 3 == 0 { &survey } else { &reader }, n)).collect();
    records.extend((84..90).map(|n| review(if n % 4 == 0 { &survey } else { &reader }, n)));
    records.extend((90..93).map(|n| deficient(&reader, n)));
    records.push(duplicate(&reader, 93, &records[1]));
    let exceptions = vec![
        refused(3, "unknown-form", "登録されている様式のどれでもありません。別の書類が混ざっていないか確かめてください。"),
        refused(7, "other-edition", "旧版（2020年8月）の提供申請書です。現行の様式で書き直しをお願いしてください。"),
        refused(0, "encrypted", "パスワードのかかったPDFで、開けません。解除したファイルで、もう一度取り込んでください。"),
        blank(4),
        blank(6),
    ];
    Batch::new(vec![reader, survey], records, exceptions)
}

/// Grey sheets with lines, and crops with strokes.
pub(crate) struct Drawn<'a>(pub(crate) &'a Form);

impl Pictures for Drawn<'_> {
    fn page(&self, _: &str, page: u32, _: &str) -> Option<PagePicture> {
        let (width, height) = (480, 679);
        let px = f64::from(width) / 210.0;
        let outlines = self.0.fields.iter().flat_map(|f| f.boxes().into_iter().map(|b| (f.id.clone(), b)));
        let outlines: Vec<Outline> = outlines
            .map(|(field, b)| Outline { field, polygon: b.corners().iter().map(|p| [p.x * px, p.y * px]).collect() })
            .collect();
        let mut sheet = GrayImage::from_fn(width, height, |x, y| Luma([if y % 32 == 9 && x > 40 && x < 150 { 90 } else { 250 }]));
        image::imageops::replace(&mut sheet, &GrayImage::from_pixel(200, 6, Luma([60])), 140, 40);
        (page > 0).then(|| PagePicture { image: png(&sheet), width, height, outlines })
    }

    fn crop(&self, _: &str) -> Option<Vec<u8>> {
        Some(png(&GrayImage::from_fn(300, 44, |x, y| Luma([if (x / 3 + y) % 43 < 4 || x % 43 == 0 { 70 } else { 250 }]))))
    }
}

fn png(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a small picture");
    bytes.into_inner()
}
