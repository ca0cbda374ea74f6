//! What the templates under `templates/` show, worded and ordered. Does not count (`tally`) and does not lay out (CSS).

use super::charts::{self, Bin, Histogram, Segment};
use super::{ACCEPTED_PICTURES, LOOK_PICTURES, Outline, PagePicture, Pictures, ReportInput, csp_hash, data_uri};
use crate::export::table::severity_name;
use crate::form::{Field, FieldId, FieldKind, Form, FormId, Severity};
use crate::record::{ExceptionKind, FieldRecord, Finding, PageException, PageRecord, Record, State, Status, Value};
use askama::Template;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const STYLE: &str = include_str!("../../../templates/report/report.css");
const SCRIPT: &str = include_str!("../../../templates/report/report.js");

/// The whole page.
#[derive(Template)]
#[template(path = "report/report.html")]
pub(super) struct Page<'a> {
    input: ReportInput<'a>,
    forms: BTreeMap<&'a FormId, &'a Form>,
    review: Vec<Place>,
    deficient: Vec<Place>,
    duplicate: Vec<Place>,
    accepted: Vec<Place>,
    /// Where each submission that is no duplicate came from, by its id.
    sources: HashMap<String, String>,
    confidence: Histogram,
    residuals: Histogram,
    refused: Vec<Refused<'a>>,
    blank: Vec<&'a PageException>,
}

/// A record's number, and whether it is shown with pictures.
type Place = (usize, bool);

impl<'a> Page<'a> {
    pub(super) fn of(input: &ReportInput<'a>) -> Self {
        let forms: BTreeMap<_, _> = input.forms.iter().map(|f| (&f.id, f)).collect();
        let (mut confidence, mut residuals) = (charts::confidence(), charts::residuals());
        let mut sources = HashMap::new();
        let mut statuses = Vec::with_capacity(input.records.count());
        for i in 0..input.records.count() {
            let record = input.records.record(i);
            record.fields.iter().for_each(|(_, f)| confidence.add(f64::from(f.confidence), f.state.is_open()));
            // Half a millimetre is half the margin inside a printed cell: beyond it an operator wants to see the page.
            record.pages.iter().for_each(|p| residuals.add(p.residual_mm, p.residual_mm >= 0.5));
            if record.status != Status::Duplicate {
                sources.insert(record.id.clone(), whence(&record));
            }
            statuses.push(record.status);
        }
        let mut look = LOOK_PICTURES;
        let mut few = ACCEPTED_PICTURES;
        let mut of_status = |status: Status| -> Vec<Place> {
            let budget = if status == Status::Accepted { &mut few } else { &mut look };
            let with = statuses.iter().enumerate().filter(|(_, s)| **s == status);
            with.map(|(i, _)| (i, take(budget))).collect()
        };
        let (review, deficient) = (of_status(Status::Review), of_status(Status::Deficient));
        let (duplicate, accepted) = (of_status(Status::Duplicate), of_status(Status::Accepted));
        let of_kind = |kind| input.exceptions.iter().filter(move |e| e.kind == kind);
        let refused = of_kind(ExceptionKind::Refused);
        let refused = refused.map(|e| Refused { exception: e, pictures: take(&mut look).then_some(input.pictures) }).collect();
        let blank = of_kind(ExceptionKind::Blank).collect();
        Self { input: *input, forms, review, deficient, duplicate, accepted, sources, confidence, residuals, refused, blank }
    }

    /// The submissions at these places, one at a time.
    fn cards(&self, places: &[Place]) -> impl Iterator<Item = Card<'a>> {
        let input = self.input;
        places.iter().map(move |(i, with_pictures)| {
            let record = input.records.record(*i);
            let form = self.forms.get(&record.form).copied();
            Card { record, form, pictures: input.pictures, with_pictures: *with_pictures }
        })
    }

    fn style() -> &'static str {
        STYLE
    }

    fn script() -> &'static str {
        SCRIPT
    }

    fn policy() -> String {
        let (style, script) = (csp_hash(STYLE), csp_hash(SCRIPT));
        format!(
            "default-src 'none'; img-src data:; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
        )
    }

    /// The numerals at the top, those that need a person first: class, name, pages, submissions (none for lone pages).
    fn tiles(&self) -> [(&'static str, &'static str, u64, Option<u64>); 6] {
        let (p, s) = (&self.input.tally.pages, self.input.tally.submissions());
        [
            ("review", "要確認", p.review, Some(s.review)),
            ("deficient", "不備", p.deficient, Some(s.deficient)),
            ("refused", "受付外", p.refused, None),
            ("duplicate", "重複", p.duplicate, Some(s.duplicate)),
            ("accepted", "受付", p.accepted, Some(s.accepted)),
            ("blank", "白紙", p.blank, None),
        ]
    }

    /// How far the identity is off: pages without an outcome, or with more than one.
    fn gap(&self) -> String {
        let (pages_in, pages_out) = (self.input.tally.pages_in, self.input.tally.pages_out());
        if pages_in > pages_out {
            format!("{} ページの行方が分かりません", pages_in - pages_out)
        } else {
            format!("{} ページが二重に数えられています", pages_out - pages_in)
        }
    }

    fn days(&self) -> Vec<String> {
        let p = self.input.provenance;
        let day = |name: &str, d: Option<Date>| d.map(|d| format!("{name} {}年{}月{}日", d.year(), d.month(), d.day()));
        [day("受付日", p.received_on), day("消印日", p.postmarked_on)].into_iter().flatten().collect()
    }

    /// Id, title, submissions and stacked bar of each form of the batch.
    fn stacks(&self) -> Vec<(&'a FormId, &'a str, u64, Vec<Segment>)> {
        let counts = &self.input.tally.forms;
        let longest = counts.values().map(crate::tally::SubmissionCounts::total).max().unwrap_or(0);
        counts.iter().map(|(id, c)| (id, self.title(id), c.total(), charts::stack(c, longest))).collect()
    }

    fn title(&self, id: &'a FormId) -> &'a str {
        self.forms.get(id).map_or(&id.0, |f| &f.title)
    }

    fn histograms(&self) -> [(&'static str, &'static str, Vec<Bin>); 2] {
        [
            ("項目の確信度", "橙は未確定。高さは対数", self.confidence.bins(|n| (1.0 + n as f64).log10())),
            ("位置合わせの残差 (mm)", "橙は 0.5 mm 以上のページ", self.residuals.bins(|n| n as f64)),
        ]
    }

    /// Whether pages came in and none of them waits for a person.
    fn is_done(&self) -> bool {
        self.input.tally.pages_in > 0 && !self.input.tally.needs_a_person() && self.duplicate.is_empty()
    }

    fn pictures_left_out(&self) -> bool {
        let look = self.review.len() + self.deficient.len() + self.duplicate.len() + self.refused.len();
        look > LOOK_PICTURES || self.accepted.len() > ACCEPTED_PICTURES
    }

    fn look_pictures() -> usize {
        LOOK_PICTURES
    }

    fn accepted_pictures() -> usize {
        ACCEPTED_PICTURES
    }

    fn source_of(&self, id: &str) -> Option<&String> {
        self.sources.get(id)
    }
}

/// Spends one of a budget.
fn take(budget: &mut usize) -> bool {
    let some = *budget > 0;
    *budget = budget.saturating_sub(1);
    some
}

/// One submission.
#[derive(Template)]
#[template(path = "report/card.html")]
struct Card<'a> {
    record: Cow<'a, Record>,
    form: Option<&'a Form>,
    pictures: &'a dyn Pictures,
    with_pictures: bool,
}

impl Card<'_> {
    fn title(&self) -> &str {
        self.form.map_or(&self.record.form.0, |f| &f.title)
    }

    fn status(&self) -> (&'static str, &'static str) {
        match self.record.status {
            Status::Accepted => ("accepted", "受付"),
            Status::Deficient => ("deficient", "不備"),
            Status::Review => ("review", "要確認"),
            Status::Duplicate => ("duplicate", "重複"),
        }
    }

    /// What names it: its receipt number, or its id where it has none.
    fn name(&self) -> &str {
        self.record.receipt_no.as_deref().unwrap_or(&self.record.id)
    }

    fn whence(&self) -> String {
        whence(&self.record)
    }

    /// Everything the search box looks in.
    fn search_text(&self) -> String {
        format!("{} {} {}", self.name(), self.record.id, self.whence()).to_lowercase()
    }

    fn is_compact(&self) -> bool {
        self.record.status == Status::Accepted
    }

    /// Whether only what it says is listed. With tables of all fields the report of 10,001 pages had 69 MB and took a
    /// browser 10 to 12 s to open; the same report rewritten like this had 38 MB and took 7 s.
    fn is_brief(&self) -> bool {
        self.is_compact() && !self.with_pictures
    }

    fn lowest_confidence(&self) -> String {
        let lowest = self.record.fields.iter().map(|(_, f)| f64::from(f.confidence)).fold(1.0, f64::min);
        confidence(lowest)
    }

    fn worst_residual(&self) -> String {
        format!("{:.2}", self.record.pages.iter().map(|p| p.residual_mm).fold(0.0, f64::max))
    }

    fn findings(&self) -> Vec<FindingLine<'_>> {
        self.record.findings.iter().map(|finding| FindingLine { finding, card: self.form }).collect()
    }

    fn pages(&self) -> Vec<PageLine<'_>> {
        let pages = if self.with_pictures { self.record.pages.as_slice() } else { &[] };
        pages.iter().map(|page| PageLine { page, card: self }).collect()
    }

    /// Fields to look at: not sure, cropped, or named by a finding that holds the record back; all of them when compact, and
    /// when brief those that are not blank.
    fn lines(&self) -> Vec<FieldLine<'_>> {
        let grave = |f: &&Finding| matches!(f.severity, Severity::Deficiency | Severity::Confirm);
        let named: BTreeSet<&FieldId> = self.record.findings.iter().filter(grave).flat_map(|f| &f.fields).collect();
        let wanted = |id: &FieldId, f: &FieldRecord| f.state.is_open() || f.crop.is_some() || named.contains(id);
        let shown = |id: &FieldId, f: &FieldRecord| {
            if self.is_brief() { f.state != State::Blank } else { self.is_compact() || wanted(id, f) }
        };
        let fields = self.record.fields.iter().filter(|(id, f)| shown(id, f));
        fields.map(|(id, read)| FieldLine { id, read, field: self.form.and_then(|f| f.field(id)) }).collect()
    }

    fn crop(&self, line: &FieldLine) -> Option<String> {
        let path = line.read.crop.as_deref().filter(|_| self.with_pictures)?;
        self.pictures.crop(path).map(|image| data_uri(&image))
    }
}

/// One finding in words.
struct FindingLine<'a> {
    finding: &'a Finding,
    card: Option<&'a Form>,
}

impl<'a> FindingLine<'a> {
    fn class(&self) -> &'static str {
        match self.finding.severity {
            Severity::Deficiency => "deficient",
            Severity::Confirm => "review",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }

    fn gravity(&self) -> &'static str {
        severity_name(self.finding.severity)
    }

    fn fields(&self) -> String {
        let label = |id: &'a FieldId| self.card.and_then(|f| f.field(id)).map_or(id.0.as_str(), |f| &f.label);
        self.finding.fields.iter().map(label).collect::<Vec<_>>().join("・")
    }
}

/// One field in words.
struct FieldLine<'a> {
    id: &'a FieldId,
    read: &'a FieldRecord,
    field: Option<&'a Field>,
}

impl<'a> FieldLine<'a> {
    fn label(&self) -> &'a str {
        self.field.map_or(&self.id.0, |f| &f.label)
    }

    fn state(&self) -> (&'static str, &'static str) {
        state_name(self.read.state)
    }

    fn value(&self) -> String {
        self.read.value.as_ref().map(|v| spoken(v, self.field)).unwrap_or_default()
    }

    /// The machine's first reading, where it says more than the value.
    fn first_reading(&self) -> Option<String> {
        let first = self.read.first_reading.as_ref().filter(|first| !first.is_empty())?;
        let said = match self.field.map(|f| &f.kind) {
            // The machine notes the options it saw marked by value, with commas between.
            Some(FieldKind::Choice { .. }) => spoken(&Value::Many(first.split(',').map(str::to_owned).collect()), self.field),
            _ => first.clone(),
        };
        (said != self.value()).then_some(said)
    }

    fn confidence(&self) -> String {
        confidence(f64::from(self.read.confidence))
    }

    fn is_below(&self) -> bool {
        f64::from(self.read.confidence) < f64::from(self.read.threshold)
    }

    fn threshold(&self) -> String {
        confidence(f64::from(self.read.threshold))
    }
}

/// One page of a submission.
struct PageLine<'a> {
    page: &'a PageRecord,
    card: &'a Card<'a>,
}

impl PageLine<'_> {
    fn picture(&self) -> Option<Picture> {
        let PageRecord { source, page, sha256, .. } = self.page;
        let picture = self.card.pictures.page(source, *page, sha256)?;
        let outlines = picture.outlines.iter().map(|o| self.outline(o)).collect();
        Some(Picture::of(&picture, format!("{source} {page}ページ"), outlines))
    }

    fn outline(&self, outline: &Outline) -> Shape {
        let read = self.card.record.fields.get(&outline.field);
        let field = self.card.form.and_then(|f| f.field(&outline.field));
        let (class, state) = state_name(read.map_or(State::Blank, |r| r.state));
        let label = field.map_or(outline.field.0.as_str(), |f| &f.label);
        let value = read.and_then(|r| r.value.as_ref()).map(|v| format!(" {}", spoken(v, field))).unwrap_or_default();
        let points: Vec<String> = outline.polygon.iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
        Shape { field: outline.field.0.clone(), class, title: format!("{label}：{state}{value}"), points: points.join(" ") }
    }
}

/// A thumbnail, ready to be placed.
#[derive(Template)]
#[template(path = "report/picture.html")]
struct Picture {
    uri: String,
    width: u32,
    height: u32,
    alt: String,
    shapes: Vec<Shape>,
}

impl Picture {
    fn of(picture: &PagePicture, alt: String, shapes: Vec<Shape>) -> Self {
        Self { uri: data_uri(&picture.image), width: picture.width, height: picture.height, alt, shapes }
    }
}

/// A field's outline.
struct Shape {
    field: String,
    class: &'static str,
    title: String,
    points: String,
}

/// A page that was refused.
struct Refused<'a> {
    exception: &'a PageException,
    pictures: Option<&'a dyn Pictures>,
}

impl Refused<'_> {
    fn picture(&self) -> Option<Picture> {
        let PageException { source, page, sha256, .. } = self.exception;
        let picture = self.pictures?.page(source, *page, sha256)?;
        Some(Picture::of(&picture, place(source, *page), Vec::new()))
    }

    fn place(&self) -> String {
        place(&self.exception.source, self.exception.page)
    }
}

/// A field's value as the paper words it.
fn spoken(value: &Value, field: Option<&Field>) -> String {
    let option = |v: &str| match field.map(|f| &f.kind) {
        Some(FieldKind::Choice { options, .. }) => options.iter().find(|o| o.value == v).map(|o| o.label.clone()),
        Some(FieldKind::Presence { .. }) => Some("あり".to_owned()),
        _ => None,
    };
    let say = |v: &String| option(v).unwrap_or_else(|| v.clone());
    match value {
        Value::One(v) => say(v),
        Value::Many(v) => v.iter().map(say).collect::<Vec<_>>().join("、"),
    }
}

/// A state as a class name and in words.
const fn state_name(state: State) -> (&'static str, &'static str) {
    match state {
        State::Read => ("read", "読取済"),
        State::Blank => ("empty", "空欄"),
        State::Uncertain => ("uncertain", "不確か"),
        State::Cancelled => ("cancelled", "取消線"),
        State::Picture => ("picture", "画像のみ"),
        State::Keyed => ("keyed", "入力済"),
    }
}

/// A confidence with the three decimals an operator can use, rounded down so that 0.9996 is never shown as certain.
fn confidence(value: f64) -> String {
    format!("{:.3}", (value * 1e3 + 1e-9).floor() / 1e3)
}

/// File and pages of a submission.
fn whence(record: &Record) -> String {
    let page = |(i, p): (usize, &PageRecord)| match i.checked_sub(1).map(|before| record.pages[before].source == p.source) {
        None => place(&p.source, p.page),
        Some(true) => format!("・{}", p.page),
        Some(false) => format!("、{}", place(&p.source, p.page)),
    };
    record.pages.iter().enumerate().map(page).collect()
}

fn place(source: &str, page: u32) -> String {
    if page == 0 { source.to_owned() } else { format!("{source} p.{page}") }
}
