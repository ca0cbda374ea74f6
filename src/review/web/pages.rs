//! Whole pages and pictures of the screen. Shows; takes no answer.

use super::pane::Place;
use super::session::Session;
use super::{App, Writing};
use crate::form::FieldId;
use crate::record::{Record, State};
use crate::review::group::{self, Class, MOST_SHOWN, Part};
use crate::review::station::{Filter, Station};
use crate::review::stats::{Machine, Operator, Progress, machine, operators, progress};
use crate::review::task::{Lane, Task, What};
use crate::sheet::{Font, typeface};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Questions listed on the first page: enough to see what there is; the rest is counted.
const LISTED: usize = 60;

/// The language of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tongue {
    pub english: bool,
}

impl Tongue {
    /// The words in the language of the session.
    pub(super) const fn say<'a>(self, japanese: &'a str, english: &'a str) -> &'a str {
        if self.english { english } else { japanese }
    }
}

impl From<&Session> for Tongue {
    fn from(session: &Session) -> Self {
        Self { english: session.english }
    }
}

/// A state in a word.
pub(super) const fn status_of(state: State) -> &'static str {
    match state {
        State::Read => "読取",
        State::Blank => "空欄",
        State::Uncertain => "未確定",
        State::Cancelled => "取り消し",
        State::Picture => "画像",
        State::Keyed => "入力",
    }
}

/// What every page has around its content.
struct Frame {
    tongue: Tongue,
    csrf: String,
    operator: String,
    batch: String,
    here: &'static str,
    lacks_master: bool,
}

impl Frame {
    fn of(session: &Session, station: &Station, here: &'static str) -> Self {
        Self {
            tongue: session.into(),
            csrf: session.csrf.clone(),
            operator: session.operator.clone(),
            batch: station.provenance().batch.clone(),
            here,
            lacks_master: station.lacks_master(),
        }
    }
}

#[derive(Template)]
#[template(path = "review/name.html")]
struct Name {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "review/queue.html")]
struct Queue {
    frame: Frame,
    progress: Progress,
    percent: usize,
    due: Option<(String, bool)>,
    remaining: Option<String>,
    filter: Filter,
    forms: Vec<(String, String, usize)>,
    rules: Vec<(String, usize)>,
    rows: Vec<Row>,
    more: usize,
    unwritten: usize,
    writing: Option<(&'static str, String)>,
}

impl Queue {
    fn address(&self) -> String {
        let form = self.filter.form.as_deref().unwrap_or_default();
        let rule = self.filter.rule.as_deref().unwrap_or_default();
        format!("/work?lane={}&form={form}&rule={rule}", self.filter.lane.name())
    }

    fn is_lane(&self, name: &str) -> bool {
        self.filter.lane.name() == name
    }

    fn is_form(&self, id: &str) -> bool {
        self.filter.form.as_deref() == Some(id)
    }

    fn is_rule(&self, id: &str) -> bool {
        self.filter.rule.as_deref() == Some(id)
    }
}

struct Row {
    task: String,
    number: String,
    form: String,
    what: String,
    message: String,
    taken: bool,
}

#[derive(Template)]
#[template(path = "review/work.html")]
struct Work {
    frame: Frame,
    filter: Filter,
    task: String,
}

#[derive(Template)]
#[template(path = "review/group.html")]
struct Group {
    frame: Frame,
    classes: Vec<(String, String, usize, usize)>,
    named: String,
    parts: Vec<Part>,
    more: usize,
}

#[derive(Template)]
#[template(path = "review/figures.html")]
struct Figures {
    frame: Frame,
    progress: Progress,
    operators: BTreeMap<String, Operator>,
    machine: Machine,
}

pub(super) fn html(page: &impl Template) -> Response {
    page.render().map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), |text| Html(text).into_response())
}

/// What waits, or who sits there.
pub(super) async fn queue(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(place): Query<Place>,
) -> Response {
    let mut station = app.station();
    if let Err(refusal) = station.catch_up() {
        return super::answers::refused(&refusal);
    }
    let station = &*station;
    if session.operator.is_empty() {
        return html(&Name { frame: Frame::of(&session, station, "name") });
    }
    let filter = place.filter();
    let progress = progress(station);
    let all: Vec<&Task> = station.queue(&filter, &session.operator).collect();
    let total = progress.answered + progress.waiting + progress.supervisor;
    let writing = app.writing().clone();
    let written = if let Writing::Done(_, entries) = &writing { *entries } else { 0 };
    let page = Queue {
        frame: Frame::of(&session, station, "queue"),
        percent: (progress.answered * 100).checked_div(total).unwrap_or(100),
        due: due(&app),
        remaining: progress.per_hour.filter(|n| *n > 0).map(|n| minutes((progress.waiting * 60).div_ceil(n))),
        forms: forms(station, filter.lane),
        rules: rules(station, filter.lane),
        rows: all.iter().take(LISTED).filter_map(|t| row(&app, &session, station, t)).collect(),
        more: all.len().saturating_sub(LISTED),
        unwritten: station.log().len().saturating_sub(written),
        writing: said(&writing),
        filter,
        progress,
    };
    html(&page)
}

fn minutes(n: usize) -> String {
    if n >= 60 { format!("{}時間{:02}分", n / 60, n % 60) } else { format!("{n}分") }
}

/// The day by which the batch must be done, and whether it is past.
fn due(app: &App) -> Option<(String, bool)> {
    let due = app.setup.due?;
    let today = (app.setup.clock)().1;
    Some((format!("{}月{}日", due.month(), due.day()), today > due))
}

fn said(writing: &Writing) -> Option<(&'static str, String)> {
    match writing {
        Writing::Not => None,
        Writing::Now => Some(("now", "書き出しています…".to_owned())),
        Writing::Done(said, _) => Some(("done", said.clone())),
        Writing::Failed(why) => Some(("failed", why.clone())),
    }
}

fn tasks_of(station: &Station, lane: Lane) -> impl Iterator<Item = (&Record, &Task)> {
    let of = move |record: &'_ Record| station.record(&record.id).map(|(_, case)| &case.tasks);
    station.records().iter().flat_map(move |r| of(r).into_iter().flatten().filter(move |t| t.lane == lane).map(move |t| (r, t)))
}

fn forms(station: &Station, lane: Lane) -> Vec<(String, String, usize)> {
    let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for (record, _) in tasks_of(station, lane) {
        let title = || station.form(record).map_or_else(|| record.form.0.clone(), |f| f.title.clone());
        counts.entry(record.form.0.clone()).or_insert_with(|| (title(), 0)).1 += 1;
    }
    counts.into_iter().map(|(id, (title, n))| (id, title, n)).collect()
}

fn rules(station: &Station, lane: Lane) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, task) in tasks_of(station, lane) {
        *counts.entry(task.rule.clone()).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn row(app: &App, session: &Session, station: &Station, task: &Task) -> Option<Row> {
    let (record, _) = station.record(&task.id.record)?;
    let form = station.form(record);
    let label = |id: &FieldId| form.and_then(|f| f.field(id)).map_or_else(|| id.0.clone(), |f| f.label.clone());
    let what = match &task.id.what {
        What::Field(field) => label(field),
        What::Finding(_, fields) if fields.is_empty() => "記録全体".to_owned(),
        What::Finding(_, fields) => fields.iter().map(label).collect::<Vec<_>>().join("、"),
    };
    Some(Row {
        task: task.id.to_string(),
        number: record.receipt_no.clone().unwrap_or_else(|| record.id.chars().take(10).collect()),
        form: form.map(|f| f.title.clone()).unwrap_or_default(),
        what,
        message: task.message.clone(),
        taken: app.is_claimed(&task.id, &session.id),
    })
}

/// The page on which one question after the other is answered.
pub(super) async fn work(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(place): Query<Place>,
) -> Response {
    if session.operator.is_empty() {
        return (StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response();
    }
    let station = app.station();
    html(&Work { frame: Frame::of(&session, &station, "work"), filter: place.filter(), task: place.task })
}

/// Which cells or marks to compare.
#[derive(Deserialize)]
pub(super) struct Grouped {
    #[serde(default)]
    class: String,
}

/// Cells read as the same digit, or marks of one kind, side by side.
pub(super) async fn group(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(wanted): Query<Grouped>,
) -> Response {
    if session.operator.is_empty() {
        return (StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response();
    }
    let mut station = app.station();
    if let Err(refusal) = station.catch_up() {
        return super::answers::refused(&refusal);
    }
    let station = &*station;
    let mut found = group::parts(station);
    let tongue = Tongue::from(&*session);
    let counted = |class: &Class, parts: &Vec<Part>| {
        (class.name(), class_in_words(*class, tongue), parts.len(), parts.iter().filter(|p| p.waits).count())
    };
    let classes = found.iter().map(|(class, parts)| counted(class, parts)).collect();
    let class = Class::named(&wanted.class).or_else(|| found.keys().next().copied());
    let mut parts = class.and_then(|class| found.remove(&class)).unwrap_or_default();
    let more = parts.len().saturating_sub(MOST_SHOWN);
    parts.truncate(MOST_SHOWN);
    let named = class.map(|class| class_in_words(class, tongue)).unwrap_or_default();
    html(&Group { frame: Frame::of(&session, station, "group"), classes, named, parts, more })
}

fn class_in_words(class: Class, tongue: Tongue) -> String {
    match class {
        Class::Digit(digit) => digit.to_string(),
        Class::Empty => tongue.say("空欄", "empty").to_owned(),
        Class::Marked => tongue.say("印あり", "marked").to_owned(),
        Class::Unmarked => tongue.say("印なし", "unmarked").to_owned(),
    }
}

/// Figures of operators and of the machine.
pub(super) async fn figures(Shared(app): Shared<Arc<App>>, Extension(session): Extension<Arc<Session>>) -> Response {
    let mut station = app.station();
    if let Err(refusal) = station.catch_up() {
        return super::answers::refused(&refusal);
    }
    let station = &*station;
    let frame = Frame::of(&session, station, "figures");
    html(&Figures { frame, progress: progress(station), operators: operators(station), machine: machine(station) })
}

/// How far the work and the writing are, for the script.
pub(super) async fn state(Shared(app): Shared<Arc<App>>) -> Response {
    let progress = progress(&app.station());
    let (writing, said) = said(&app.writing()).unwrap_or(("not", String::new()));
    let body = serde_json::json!({"progress": progress, "writing": writing, "said": said});
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Japanese on machines that have no typeface for it. It is the same for as long as the station runs.
pub(super) async fn typeface() -> Response {
    let headers = [(CONTENT_TYPE, "font/ttf"), (CACHE_CONTROL, "private, max-age=3600")];
    (headers, typeface::bytes(Font::Gothic)).into_response()
}

pub(super) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../../templates/review/review.css")).into_response()
}

pub(super) async fn icon() -> Response {
    ([(CONTENT_TYPE, "image/svg+xml")], include_str!("../../../templates/review/review.svg")).into_response()
}

pub(super) async fn script() -> Response {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../../../templates/review/review.js")).into_response()
}
