//! Pictures for the screen: fields, parts of them, and whole pages with every field outlined. What is personal is shown to
//! whoever has opened it.

use super::App;
use super::pages::{Tongue, html};
use super::pane::is_masked;
use super::session::Session;
use super::ways::shown;
use crate::form::{FieldId, Form};
use crate::ledger::decision::Standing;
use crate::record::{Record, State};
use crate::review::station::Station;
use crate::review::{group, pictures};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "review/sheet.html")]
struct Sheet {
    tongue: Tongue,
    record: String,
    page: usize,
    pages: Vec<usize>,
    width: f64,
    height: f64,
    fields: Vec<Outlined>,
    masked: Vec<String>,
}

struct Outlined {
    class: &'static str,
    label: String,
    shown: String,
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

/// A picture that is asked for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    record: String,
    #[serde(default)]
    field: String,
    #[serde(default)]
    number: usize,
    #[serde(default)]
    page: usize,
}

fn picture(kind: &'static str, bytes: Option<Vec<u8>>) -> Response {
    match bytes {
        Some(bytes) => ([(CONTENT_TYPE, kind)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The field asked for, where this operator may see it.
fn seen<'a>(station: &'a Station, session: &Session, wanted: &Wanted) -> Option<(&'a Record, FieldId)> {
    let (record, case) = station.record(&wanted.record)?;
    let field = station.form(record)?.field(&FieldId(wanted.field.clone()))?;
    (!is_masked(field, session, case)).then(|| (record, field.id.clone()))
}

pub(super) async fn field_picture(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let station = app.station();
    let found = seen(&station, &session, &wanted);
    picture("image/png", found.and_then(|(record, field)| pictures::field(&station, record, &field)))
}

pub(super) async fn part_picture(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let station = app.station();
    let found = seen(&station, &session, &wanted).and_then(|(record, id)| {
        let area = group::area(station.form(record)?.field(&id)?, wanted.number)?;
        pictures::part(&station, record, &id, area)
    });
    picture("image/png", found)
}

pub(super) async fn sheet_picture(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let station = app.station();
    let found = station.record(&wanted.record).and_then(|(record, case)| {
        let form = station.form(record)?;
        let masked = form.fields.iter().filter(|f| is_masked(f, &session, case)).map(|f| f.id.clone()).collect::<Vec<_>>();
        pictures::sheet(&station, record, form, wanted.page, &masked)
    });
    picture("image/jpeg", found)
}

/// The whole page, every field outlined, with what was read written in.
pub(super) async fn sheet(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let station = app.station();
    let Some((record, case)) = station.record(&wanted.record) else { return StatusCode::NOT_FOUND.into_response() };
    let Some(form) = station.form(record) else { return StatusCode::NOT_FOUND.into_response() };
    let Some(about) = wanted.page.checked_sub(1).and_then(|n| form.pages.get(n)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let masked = |f: &&crate::form::Field| is_masked(f, &session, case);
    html(&Sheet {
        tongue: (&*session).into(),
        record: record.id.clone(),
        page: wanted.page,
        pages: (1..=form.pages.len()).filter(|n| pictures::has_sheet(&station, record, *n)).collect(),
        width: about.width_mm,
        height: about.height_mm,
        fields: outlined(form, record, wanted.page, &wanted.field, &masked),
        masked: form.fields_on(wanted.page).filter(masked).map(|f| f.id.0.clone()).collect(),
    })
}

fn outlined(
    form: &Form,
    record: &Record,
    page: usize,
    here: &str,
    masked: &dyn Fn(&&crate::form::Field) -> bool,
) -> Vec<Outlined> {
    let known = form.fields_on(page).filter_map(|f| record.fields.get(&f.id).map(|r| (f, r)));
    known
        .map(|(field, read)| {
            let standing = Standing { state: read.state, value: read.value.clone() };
            let area = field.bounds();
            let class = match read.state {
                _ if field.id.0 == here => "here",
                State::Read => "read",
                State::Blank => "blank",
                State::Uncertain | State::Cancelled => "open",
                State::Picture => "picture",
                State::Keyed => "keyed",
            };
            Outlined {
                class,
                label: field.label.clone(),
                shown: if masked(&field) { "＊＊＊".to_owned() } else { shown(field, &standing) },
                x: area.x,
                y: area.y,
                w: area.w,
                h: area.h,
            }
        })
        .collect()
}
