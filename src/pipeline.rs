//! The path of a sheet in one place: load, locate, read, decide; then, per submission, join, validate, record.
//! Every function is pure: bytes and settings in, values out. Files, folders and threads are `batch`'s.

use crate::form::catalogue::Catalogue;
use crate::form::{FieldId, Form, Severity};
use crate::master::Master;
use crate::read::{Reader, Reading};
use crate::record::confirm::{CodeSeen, confirm_by_rules, confirm_codes, confirm_lone_strokes};
use crate::record::decide::{BEYOND_DOUBT, candidates, decide};
use crate::record::join::{self, DecidedPage, Submission};
use crate::record::{Candidate, ExceptionKind, FieldRecord, Finding, PageException, PageRecord, Record, Status};
use crate::register::{PageMap, References, RegisterSettings, Registered, Unplaced, another_sheet, locate};
use crate::scan::{Page, Scan, ScanError};
use crate::settings::Settings;
use crate::validate::validate;
use sha2::{Digest, Sha256};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;

/// Everything a page's work needs beside its bytes.
pub struct Desk<'a> {
    /// All forms.
    pub catalogue: &'a Catalogue,
    /// Room for their print, prepared for registration when a page first needs it. Whoever takes forms from outside
    /// prepares it beforehand, to hear of what cannot be used.
    pub references: &'a OnceLock<References>,
    /// Reads fields.
    pub reader: &'a Reader<'a>,
    /// Facility list, where one was given.
    pub master: Option<&'a Master>,
    /// What is known of the delivery.
    pub settings: &'a Settings,
}

/// Where a page came from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// File, relative to the inputs given.
    pub source: &'a str,
    /// Hex SHA-256 of the file.
    pub sha256: &'a str,
    /// Page within the file, from 1.
    pub number: u32,
}

/// A page and where the form lies on it: what pictures of its fields are cut from.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The decoded page.
    pub page: Page,
    /// From mm on the form to px on the page.
    pub map: PageMap,
    /// What was seen in its fields, before it was decided.
    pub readings: Vec<Reading>,
}

/// A page that is in no record, with its picture where it could be decoded.
#[derive(Debug, Clone)]
pub struct Unread {
    /// Why.
    pub exception: PageException,
    /// The decoded page.
    pub page: Option<Page>,
}

impl Unread {
    /// A page that could not even be decoded.
    pub fn without_picture(exception: PageException) -> Box<Self> {
        Box::new(Self { exception, page: None })
    }
}

/// A page's own outcome: its fields and its picture, or why it is in no record.
pub type PageOutcome = Result<DecidedPage<Placed>, Box<Unread>>;

/// A page after the work on it: where it lies, what was seen, what was decided.
type Worked = (Registered, Vec<Reading>, Vec<(FieldId, FieldRecord)>);

impl Desk<'_> {
    /// A page of a scan, from pixels to decided fields. A panic in here is our bug and costs this page alone.
    pub fn page(&self, scan: &Scan, source: &str, number: u32) -> PageOutcome {
        let origin = Origin { source, sha256: scan.sha256(), number };
        self.decoded(scan.page(number), origin)
    }

    /// The same for a page that the caller has decoded, or failed to decode.
    pub fn decoded(&self, page: Result<Page, ScanError>, origin: Origin) -> PageOutcome {
        let work = || self.page_unguarded(page, origin);
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Unread::without_picture(our_bug(origin))))
    }

    fn page_unguarded(&self, page: Result<Page, ScanError>, origin: Origin) -> PageOutcome {
        let page = page.map_err(|e| Unread::without_picture(unreadable(origin, &e)))?;
        match self.fields(&page, origin) {
            Ok((registered, readings, fields)) => Ok(DecidedPage {
                findings: self.about(&page, &registered),
                code: CodeSeen::on_page(&self.catalogue.forms()[registered.form], &readings),
                candidates: self.otherwise(registered.form, &readings, &fields),
                form: registered.form,
                form_page: registered.page,
                record: page_record(origin, &page, &registered),
                fields,
                payload: Placed { map: registered.map, page, readings },
            }),
            Err(exception) => Err(Box::new(Unread { exception, page: Some(page) })),
        }
    }

    /// What there is to say of a page as a whole.
    fn about(&self, page: &Page, registered: &Registered) -> Vec<Finding> {
        let sheet = &self.catalogue.forms()[registered.form].pages[registered.page - 1];
        let another = another_sheet(page.raster.luma(), &registered.map, (sheet.width_mm, sheet.height_mm));
        let others = registered.reworded.then(join::other_words);
        another.then(join::another_sheet).into_iter().chain(others).collect()
    }

    /// The forms' print: a batch of nothing but damaged files never needs it.
    ///
    /// # Panics
    /// Where a form cannot be used and nobody looked beforehand.
    pub fn references(&self) -> &References {
        self.references.get_or_init(|| {
            // By another thread: one of a pool that waits for the others takes up other pages, which would wait for it.
            let prepared = std::thread::scope(|threads| threads.spawn(|| References::prepare(self.catalogue)).join());
            prepared.unwrap_or_else(|panic| resume_unwind(panic)).unwrap_or_else(|unusable| panic!("{unusable}"))
        })
    }

    /// Ways to read each field that a person may be asked about: none where it is beyond doubt.
    fn otherwise(&self, form: usize, readings: &[Reading], fields: &[(FieldId, FieldRecord)]) -> Vec<(FieldId, Vec<Candidate>)> {
        let form = &self.catalogue.forms()[form];
        let doubtful = |record: &FieldRecord| record.value.is_none() || record.confidence.get() < BEYOND_DOUBT;
        let ways = readings.iter().zip(fields).filter(|(_, (_, record))| doubtful(record)).filter_map(|(reading, (id, _))| {
            let ways = candidates(form.field(id)?, reading);
            (!ways.is_empty()).then(|| (id.clone(), ways))
        });
        ways.collect()
    }

    /// Locates, reads and decides.
    fn fields(&self, page: &Page, origin: Origin) -> Result<Worked, PageException> {
        let registered =
            locate(&page.raster, self.references(), &RegisterSettings::default()).map_err(|why| unplaced(origin, &why))?;
        let form = &self.catalogue.forms()[registered.form];
        if let Some(newer) = &form.superseded_by {
            return Err(superseded(origin, form, newer));
        }
        let readings = self.reader.read(page, &registered);
        let fields = form.fields_on(registered.page).zip(&readings);
        let mut fields: Vec<(FieldId, FieldRecord)> =
            fields.map(|(field, reading)| (field.id.clone(), decide(field, reading, &form.policy))).collect();
        confirm_codes(form, &readings, &mut fields, self.master);
        confirm_lone_strokes(form, &readings, &mut fields);
        let others = (1..=form.pages.len()).filter(|page| *page != registered.page).collect();
        let about = self.delivery(form, Vec::new(), others);
        confirm_by_rules(form, &readings, &mut fields, |known| validate(form, known, &about).findings);
        Ok((registered, readings, fields))
    }

    /// What is known of a submission beside its fields.
    fn delivery(&self, form: &Form, joining: Vec<Finding>, missing_pages: Vec<usize>) -> crate::validate::Submission<'_> {
        crate::validate::Submission {
            received_on: self.settings.received_on,
            postmarked_on: self.settings.postmarked_on,
            received_counts_until: form.received_counts_until,
            master: self.master,
            joining,
            missing_pages,
        }
    }

    /// A submission's record, without receipt number, crops and what only the whole batch can tell (duplicates).
    pub fn record<P>(&self, submission: &Submission<P>) -> Record {
        let form = &self.catalogue.forms()[submission.form];
        let fields = submission.fields(form);
        let about = self.delivery(form, submission.findings.clone(), submission.missing(form));
        let verdict = validate(form, &fields, &about);
        let mut findings = verdict.findings;
        let mut status = verdict.status;
        if form.anonymous {
            answers_not_notices(&mut findings, &mut status);
        }
        Record {
            id: record_id(form, submission),
            form: form.id.clone(),
            edition: form.edition.clone(),
            status,
            duplicate_of: None,
            received_on: self.settings.received_on,
            postmarked_on: self.settings.postmarked_on,
            receipt_no: None,
            pages: submission.pages.iter().map(|p| p.record.clone()).collect(),
            fields,
            findings,
        }
    }
}

/// Nobody can be asked to correct an anonymous answer: what would be a deficiency is for an operator to confirm.
fn answers_not_notices(findings: &mut [Finding], status: &mut Status) {
    for finding in findings.iter_mut().filter(|f| f.severity == Severity::Deficiency) {
        finding.severity = Severity::Confirm;
        *status = Status::Review;
    }
}

/// The same pages of the same form give the same id, on any day and in any batch.
fn record_id<P>(form: &Form, submission: &Submission<P>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(form.id.0.as_bytes());
    hasher.update([0]);
    hasher.update(form.edition.as_bytes());
    for page in &submission.pages {
        hasher.update([0]);
        hasher.update(page.record.pixels_sha256.as_bytes());
    }
    format!("{:x}", hasher.finalize())[..20].to_owned()
}

fn page_record(origin: Origin, page: &Page, registered: &Registered) -> PageRecord {
    let dpi = page.raster.dpi();
    PageRecord {
        source: origin.source.to_owned(),
        page: origin.number,
        sha256: origin.sha256.to_owned(),
        pixels_sha256: page.pixels_sha256.clone(),
        form_page: registered.page,
        dpi: [rounded(dpi.x, 10.0), rounded(dpi.y, 10.0)],
        residual_mm: rounded(registered.residual_mm, 1000.0),
        rotation: registered.rotation.degrees(),
        skew_deg: rounded(registered.skew_deg, 1000.0),
    }
}

fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit
}

fn refused(origin: Origin, reason: &str, message: String) -> PageException {
    PageException {
        source: origin.source.to_owned(),
        page: origin.number,
        sha256: origin.sha256.to_owned(),
        kind: ExceptionKind::Refused,
        reason: reason.to_owned(),
        message,
    }
}

/// The exception for a page or file that could not be decoded.
pub fn unreadable(origin: Origin, error: &ScanError) -> PageException {
    refused(origin, error.reason(), format!("{}（{error}）", in_japanese(error)))
}

/// What happened to a file or page that could not be decoded, and what to do.
fn in_japanese(error: &ScanError) -> &'static str {
    match error {
        ScanError::EmptyFile => "ファイルが空です。スキャナーからコピーし直してください。",
        ScanError::NotAnImage { .. } => "スキャン画像ではありません。JPEG、PNG、TIFF、PDFのいずれかで保存し直してください。",
        ScanError::Unsupported { .. } => {
            "対応していない形式です。通常のJPEG、PNG、TIFF、PDFで保存し直すか、もう一度スキャンしてください。"
        }
        ScanError::DamagedFile { .. } => {
            "ファイルが壊れているか、途中で切れています。コピーし直すか、もう一度スキャンしてください。"
        }
        ScanError::Encrypted => "パスワードのかかったPDFです。パスワードを外して保存し直してください。",
        ScanError::TooLarge { .. } => "大きすぎて処理できません。解像度を下げるか、ファイルを分けてください。",
        ScanError::TooSlow { .. } => {
            "画像の展開に時間がかかりすぎるため、処理を打ち切りました。通常の形式で保存し直すか、もう一度スキャンしてください。"
        }
        ScanError::TooMuchDrawing { .. } => {
            "描画に時間またはメモリがかかりすぎるため、処理を打ち切りました。PDFに出力し直すか、印刷してスキャンしてください。"
        }
        ScanError::NoSuchPage { .. } => "ファイルにそのページがありません。",
        ScanError::DecoderCrash => "画像を展開できませんでした。もう一度スキャンしてください。",
    }
}

fn our_bug(origin: Origin) -> PageException {
    let message = "プログラムの不具合によりこのページを処理できませんでした。開発元へお知らせください。";
    refused(origin, "internal-error", message.to_owned())
}

fn superseded(origin: Origin, form: &Form, newer: &str) -> PageException {
    let message =
        format!("「{}」の旧様式（{}版）です。現行様式（{newer}版）での再提出をご案内ください。", form.title, form.edition);
    refused(origin, "other-edition", message)
}

fn unplaced(origin: Origin, why: &Unplaced) -> PageException {
    match why {
        Unplaced::Blank => PageException {
            kind: ExceptionKind::Blank,
            ..refused(origin, "blank", "何も書かれていないページです（裏面など）。".to_owned())
        },
        Unplaced::UnknownForm => refused(
            origin,
            "unknown-form",
            "登録されているどの様式とも一致しません。内容を確認し、該当する窓口へ回してください。".to_owned(),
        ),
        Unplaced::OtherEdition { title } => {
            let message = format!(
                "「{title}」に似ていますが、登録されている版と一致しません。様式の版を確認してください。写真や折れた紙の場合は、平らにしてスキャンし直してください。"
            );
            refused(origin, "other-edition", message)
        }
        Unplaced::Misfit { title, residual_mm } => {
            let message = format!(
                "「{title}」と思われますが、位置のずれが{residual_mm:.1}mmあり読み取れません。別の紙が重なっていないか、折れていないかを確かめ、スキャンし直してください。"
            );
            refused(origin, "misfit", message)
        }
    }
}
