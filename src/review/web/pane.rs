//! One question as the screen shows it: its picture, the ways to answer with their keys, and what speaks for each. Takes
//! no answer.

use super::App;
use super::pages::Tongue;
use super::session::Session;
use super::ways::{Way, said_by_a_person, shown, ticks, typing, ways};
use crate::form::{Field, FieldId, Form};
use crate::ledger::decision::Standing;
use crate::record::{Candidate, Record};
use crate::review::clues::{Beside, beside, code_of};
use crate::review::pictures::has_sheet;
use crate::review::station::{Case, Filter, Refusal, Station};
use crate::review::task::{Lane, TaskId, What};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

/// What of the queue is gone through, and where in it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    lane: String,
    #[serde(default)]
    form: String,
    #[serde(default)]
    rule: String,
    /// The question that is shown.
    #[serde(default)]
    pub task: String,
    /// The finding for whose sake a settled field is looked at again.
    #[serde(default)]
    back: String,
    /// -1 for the one before it, 1 for the one behind, 0 for itself.
    #[serde(default)]
    pub step: i32,
}

impl Place {
    pub(super) fn filter(&self) -> Filter {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let lane = Lane::ALL.iter().find(|(_, name)| *name == self.lane).map_or(Lane::Waiting, |(lane, _)| *lane);
        Filter { lane, form: some(&self.form), rule: some(&self.rule) }
    }
}

/// A field that a finding speaks of.
struct Concerned {
    id: String,
    label: String,
    shown: String,
    picture: Option<String>,
}

/// What is asked, for the template.
enum Asked {
    /// A field.
    Field {
        picture: Option<String>,
        masked: bool,
        ways: Vec<Way>,
        /// Options to tick, where several may be marked.
        options: Vec<(String, String)>,
        /// `text`, `digits`, `tel`, or empty where nothing is typed.
        typed: &'static str,
        hint: String,
        /// What this operator has typed before and not answered.
        draft: String,
        /// Which of several keyings this is, from 1; 0 where one is enough.
        keying: usize,
    },
    /// A finding.
    Finding(Vec<Concerned>),
}

#[derive(Template)]
#[template(path = "review/pane.html")]
struct Pane<'a> {
    tongue: Tongue,
    task: String,
    version: usize,
    number: String,
    title: &'a str,
    source: String,
    at: usize,
    of: usize,
    label: String,
    message: String,
    /// The question to come back to after a correction; empty where this is no correction.
    back: String,
    supervisor: Option<String>,
    asked: Asked,
    beside: Vec<Beside>,
    code: String,
    sheet: Option<usize>,
    next_picture: Option<String>,
}

/// Nothing waits here.
#[derive(Template)]
#[template(path = "review/done.html")]
struct Done {
    tongue: Tongue,
    /// Whether nothing waits in the whole batch.
    all: bool,
    supervisor: usize,
    /// Questions that others have before them now.
    with_others: usize,
}

pub(super) async fn pane(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(place): Query<Place>,
) -> Response {
    if let Err(refusal) = app.station().catch_up() {
        return super::answers::refused(&refusal);
    }
    match place.task.parse::<TaskId>() {
        Ok(id) if !place.back.is_empty() => correction(&app, &session, &place, &id, &place.back),
        _ => show(&app, &session, &place),
    }
}

/// The pane in which a field of a finding is corrected.
pub(super) fn correction(app: &Arc<App>, session: &Session, place: &Place, id: &TaskId, back: &str) -> Response {
    match of(app, session, place, id, back) {
        Some(pane) => Html(pane).into_response(),
        None => super::answers::refused(&Refusal::Gone),
    }
}

/// The pane for a place in the queue.
pub(super) fn show(app: &Arc<App>, session: &Session, place: &Place) -> Response {
    let id = {
        let station = app.station();
        choose(app, session, &station, place)
    };
    match id {
        Some(id) => {
            app.claim(&id, &session.id);
            Html(of(app, session, place, &id, "").unwrap_or_default()).into_response()
        }
        None => Html(done(app, session, place)).into_response(),
    }
}

/// The question to show: the one named, its neighbour, or the first that waits behind the record it was about.
fn choose(app: &App, session: &Session, station: &Station, place: &Place) -> Option<TaskId> {
    let filter = place.filter();
    let all: Vec<TaskId> = station.queue(&filter, &session.operator).map(|t| t.id.clone()).collect();
    // What others have before them is offered last, not never: a browser that was closed must not keep a question.
    let first = |ids: &mut dyn Iterator<Item = &TaskId>| {
        let ids: Vec<TaskId> = ids.cloned().collect();
        ids.iter().find(|id| !app.is_claimed(id, &session.id)).or_else(|| ids.first()).cloned()
    };
    let Ok(current) = place.task.parse::<TaskId>() else { return first(&mut all.iter()) };
    let here = all.iter().position(|id| *id == current);
    match (here, place.step) {
        (Some(here), 0) => return Some(all[here].clone()),
        (Some(here), 1..) => return first(&mut all[here + 1..].iter().chain(&all[..=here])),
        (Some(here), _) => return first(&mut all[..here].iter().rev().chain(all[here..].iter().rev())),
        (None, _) => {}
    }
    let place_of: HashMap<&str, usize> = station.records().iter().enumerate().map(|(at, r)| (r.id.as_str(), at)).collect();
    let from = place_of.get(current.record.as_str());
    let (before, behind): (Vec<&TaskId>, Vec<&TaskId>) = all.iter().partition(|id| place_of.get(id.record.as_str()) < from);
    first(&mut behind.into_iter().chain(before))
}

fn done(app: &Arc<App>, session: &Session, place: &Place) -> String {
    let station = app.station();
    let waiting = station.lane(Lane::Waiting);
    let with_others = station.queue(&place.filter(), &session.operator).count();
    let page = Done { tongue: session.into(), all: waiting == 0, supervisor: station.lane(Lane::Supervisor), with_others };
    page.render().unwrap_or_default()
}

/// The pane of one question; `back` names the finding for whose sake a settled field is looked at again.
pub(super) fn of(app: &Arc<App>, session: &Session, place: &Place, id: &TaskId, back: &str) -> Option<String> {
    let station = app.station();
    let filter = place.filter();
    let all: Vec<&TaskId> = station.queue(&filter, &session.operator).map(|t| &t.id).collect();
    let here = all.iter().position(|other| *other == id);
    let next = here.and_then(|here| all.get(here + 1)).copied().or_else(|| all.first().copied());
    let (record, case) = station.record(&id.record)?;
    let form = station.form(record)?;
    let task = station.task(id);
    let (label, page, asked) = match &id.what {
        What::Field(field) => {
            let about = form.field(field)?;
            (about.label.clone(), about.page, field_asked(&station, session, record, case, about))
        }
        What::Finding(_, fields) => {
            let page = fields.first().and_then(|f| form.field(f)).map_or(1, |f| f.page);
            (String::new(), page, Asked::Finding(concerned(&station, session, record, case, form, fields)))
        }
    };
    let asked = match asked {
        Asked::Field { picture, masked, ways, options, typed, hint, keying, .. } => {
            let draft = app.drafts().get(&(session.operator.clone(), id.to_string())).cloned().unwrap_or_default();
            Asked::Field { picture, masked, ways, options, typed, hint, draft, keying }
        }
        finding @ Asked::Finding(_) => finding,
    };
    let code = form.facility_code.as_ref().and_then(|ids| code_of(record, ids));
    let facility = code.and_then(|code| station.master()?.get(&code));
    let passed = match &id.what {
        What::Field(field) => case.history.passed_on.get(field),
        What::Finding(rule, _) => case.history.passed_findings.get(rule),
    };
    let page = Pane {
        tongue: session.into(),
        task: id.to_string(),
        version: case.history.version,
        number: record.receipt_no.clone().unwrap_or_else(|| record.id.chars().take(10).collect()),
        title: &form.title,
        source: record
            .pages
            .iter()
            .find(|p| p.form_page == page)
            .map(|p| format!("{} p.{}", p.source, p.page))
            .unwrap_or_default(),
        at: here.map_or(0, |n| n + 1),
        of: all.len(),
        message: task.map(|t| t.message.clone()).unwrap_or_default(),
        back: back.to_owned(),
        supervisor: passed.map(|(who, _)| who.clone()),
        asked,
        beside: facility.map(|f| beside_unmasked(record, form, session, case, f)).unwrap_or_default(),
        code: code.map(|c| c.compact()).unwrap_or_default(),
        sheet: (has_sheet(&station, record, page)).then_some(page),
        next_picture: next.and_then(|id| first_picture(&station, session, id)),
        label,
    };
    page.render().ok()
}

/// The list beside the form, without what is personal and not opened.
fn beside_unmasked(
    record: &Record,
    form: &Form,
    session: &Session,
    case: &Case,
    facility: &crate::master::Facility,
) -> Vec<Beside> {
    let mut bare = record.clone();
    for field in form.fields.iter().filter(|f| is_masked(f, session, case)) {
        if let Some(known) = bare.fields.get_mut(&field.id) {
            known.value = None;
        }
    }
    beside(&bare, facility)
}

/// Whether a field is personal and this operator has not opened it.
pub(super) fn is_masked(field: &Field, session: &Session, case: &Case) -> bool {
    field.care.personal && !case.history.has_opened(&session.operator, &field.id)
}

fn picture_of(record: &Record, field: &FieldId) -> String {
    format!("/picture/field?record={}&field={field}", record.id)
}

/// The first picture of a question, to be fetched before it is asked for.
fn first_picture(station: &Station, session: &Session, id: &TaskId) -> Option<String> {
    let (record, case) = station.record(&id.record)?;
    let field = match &id.what {
        What::Field(field) => field,
        What::Finding(_, fields) => fields.first()?,
    };
    let about = station.form(record)?.field(field)?;
    (!is_masked(about, session, case)).then(|| picture_of(record, field))
}

fn concerned(
    station: &Station,
    session: &Session,
    record: &Record,
    case: &Case,
    form: &Form,
    fields: &[FieldId],
) -> Vec<Concerned> {
    let known = fields.iter().filter_map(|id| form.field(id).zip(record.fields.get(id)));
    known
        .map(|(about, field)| {
            let masked = is_masked(about, session, case);
            let standing = Standing { state: field.state, value: field.value.clone() };
            let there = field.crop.is_some() || has_sheet(station, record, field.page);
            Concerned {
                id: TaskId { record: record.id.clone(), what: What::Field(about.id.clone()) }.to_string(),
                label: about.label.clone(),
                shown: if masked { "＊＊＊".to_owned() } else { shown(about, &standing) },
                picture: (there && !masked).then(|| picture_of(record, &about.id)),
            }
        })
        .collect()
}

fn field_asked(station: &Station, session: &Session, record: &Record, case: &Case, field: &Field) -> Asked {
    let masked = is_masked(field, session, case);
    let keyed = case.history.keyed.get(&field.id).map_or(&[][..], Vec::as_slice);
    let keying = if field.care.double_key { keyed.len() + 1 } else { 0 };
    let found: Vec<Candidate> = match keying {
        0 => station.candidates(record, &field.id).to_vec(),
        // What the machine thought would be the same hint for both; the third decides between what the two said.
        1 | 2 => Vec::new(),
        _ => keyed.iter().map(|(_, said)| said_by_a_person(said)).collect(),
    };
    let (typed, hint) = typing(field);
    let there = record.fields.get(&field.id).is_some_and(|f| f.crop.is_some() || has_sheet(station, record, f.page));
    Asked::Field {
        picture: (there && !masked).then(|| picture_of(record, &field.id)),
        masked,
        ways: if masked { Vec::new() } else { ways(station, record, field, &found, keying > 2) },
        options: ticks(field),
        typed,
        hint,
        draft: String::new(),
        keying,
    }
}
