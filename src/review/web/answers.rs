//! Answers from the screen: what was pressed or typed, made calls of the station, and the next question in return. The
//! rules of what may be answered are the station's.

use super::App;
use super::pane::{Place, correction, show};
use super::session::Session;
use crate::form::FieldId;
use crate::review::entry::Entry;
use crate::review::group::compare;
use crate::review::station::{Refusal, Reply, Signed};
use crate::review::task::{Lane, TaskId, What};
use axum::Extension;
use axum::extract::{Form, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The longest name of an operator.
const LONGEST_NAME: usize = 40;

/// Most characters of a text that is being typed.
const LONGEST_DRAFT: usize = 400;

/// A form's fields, in order and as often as they come.
pub(super) type Fields = Form<Vec<(String, String)>>;

fn one<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

fn all(fields: &[(String, String)], name: &str) -> Vec<String> {
    fields.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
}

fn place(fields: &[(String, String)], task: &str) -> Place {
    let query = serde_json::json!({
        "lane": one(fields, "lane"), "form": one(fields, "form"), "rule": one(fields, "rule"), "task": task, "step": 0,
    });
    serde_json::from_value(query).unwrap_or_default()
}

/// Why an answer was not taken, for the operator: 409 where somebody else was first, 422 where it cannot be.
pub(super) fn refused(refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::Gone | Refusal::Changed | Refusal::SamePerson | Refusal::BuiltUpon => StatusCode::CONFLICT,
        Refusal::Folder(_) => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::NoName => StatusCode::UNAUTHORIZED,
        Refusal::Entry(_) | Refusal::NothingToUndo => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let said = match refusal {
        Refusal::Folder(error) => format!("処理分のフォルダーに書き込めません。確定されていません。（{error}）"),
        other => other.to_string(),
    };
    (status, said).into_response()
}

/// Who sits there.
pub(super) async fn name(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Form(fields): Fields,
) -> Response {
    let name: String = one(&fields, "name").chars().filter(|c| !c.is_control()).collect();
    let name = name.trim_matches([' ', '　']).to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return refused(&Refusal::Entry(format!("担当者名を{LONGEST_NAME}文字以内で入力してください。")));
    }
    app.sessions.change(&session.id, |s| s.operator = name);
    StatusCode::NO_CONTENT.into_response()
}

/// The screen's language.
pub(super) async fn language(Shared(app): Shared<Arc<App>>, Extension(session): Extension<Arc<Session>>) -> Response {
    app.sessions.change(&session.id, |s| s.english = !s.english);
    StatusCode::NO_CONTENT.into_response()
}

fn entry(fields: &[(String, String)]) -> Entry {
    match one(fields, "reply") {
        "blank" => Entry::Blank,
        "cancelled" => Entry::Cancelled,
        _ => Entry::Says(all(fields, "value")),
    }
}

/// An answer to the question that is shown; gives the next one.
pub(super) async fn answer(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Form(fields): Fields,
) -> Response {
    let Ok(id) = one(&fields, "task").parse::<TaskId>() else { return refused(&Refusal::Gone) };
    let reply = match one(&fields, "reply") {
        "pass-on" => Reply::PassOn,
        "deficient" => Reply::Deficient,
        "passes" => Reply::Passes,
        _ => Reply::Field(entry(&fields)),
    };
    let version = one(&fields, "version").parse().unwrap_or(usize::MAX);
    let signed = Signed { who: &session.operator, when: (app.setup.clock)().0 };
    let answered = {
        let mut station = app.station();
        station.answer(signed, &id, version, &reply).map(|()| station.lane(Lane::Waiting) == 0)
    };
    match answered {
        Ok(finished) => {
            app.drafts().remove(&(session.operator.clone(), id.to_string()));
            if finished {
                app.write_out();
            }
            show(&app, &session, &place(&fields, &id.to_string()))
        }
        Err(refusal) => refused(&refusal),
    }
}

/// A field of a finding is corrected; gives the finding again, or what follows it.
pub(super) async fn correct(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Form(fields): Fields,
) -> Response {
    let Ok(TaskId { record, what: What::Field(field) }) = one(&fields, "task").parse::<TaskId>() else {
        return refused(&Refusal::Gone);
    };
    let version = one(&fields, "version").parse().unwrap_or(usize::MAX);
    let signed = Signed { who: &session.operator, when: (app.setup.clock)().0 };
    let corrected = {
        let mut station = app.station();
        station.correct(signed, &record, &field, version, &entry(&fields)).map(|()| station.lane(Lane::Waiting) == 0)
    };
    match corrected {
        Ok(finished) => {
            if finished {
                app.write_out();
            }
            show(&app, &session, &place(&fields, one(&fields, "back")))
        }
        Err(refusal) => refused(&refusal),
    }
}

/// Keeps what an operator has typed so far, so that a browser that is closed loses nothing.
pub(super) async fn draft(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Form(fields): Fields,
) -> Response {
    let text: String = one(&fields, "text").chars().take(LONGEST_DRAFT).collect();
    let waits = one(&fields, "task").parse::<TaskId>().is_ok_and(|id| app.station().task(&id).is_some());
    let key = (session.operator.clone(), one(&fields, "task").to_owned());
    if text.is_empty() || !waits {
        app.drafts().remove(&key);
    } else {
        app.drafts().insert(key, text);
    }
    StatusCode::NO_CONTENT.into_response()
}

/// Takes back what this operator did last; gives the question it was about.
pub(super) async fn undo(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Form(fields): Fields,
) -> Response {
    let signed = Signed { who: &session.operator, when: (app.setup.clock)().0 };
    let undone = app.station().undo(signed);
    match undone {
        Ok(id) => show(&app, &session, &place(&fields, &id.to_string())),
        Err(refusal) => refused(&refusal),
    }
}

/// Opens personal fields, and notes who did; gives the question again.
pub(super) async fn open(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Form(fields): Fields,
) -> Response {
    let record = one(&fields, "record");
    let signed = Signed { who: &session.operator, when: (app.setup.clock)().0 };
    let opened = {
        let mut station = app.station();
        all(&fields, "field").into_iter().try_for_each(|field| station.open_field(signed, record, &FieldId(field)))
    };
    match opened {
        Ok(()) => {
            let (task, back) = (one(&fields, "task"), one(&fields, "back"));
            match task.parse::<TaskId>() {
                Ok(id) if !back.is_empty() => correction(&app, &session, &place(&fields, task), &id, back),
                _ => show(&app, &session, &place(&fields, task)),
            }
        }
        Err(refusal) => refused(&refusal),
    }
}

/// What was seen of the parts shown on one screen.
pub(super) async fn group(
    Shared(app): Shared<Arc<App>>,
    Extension(session): Extension<Arc<Session>>,
    Form(fields): Fields,
) -> Response {
    let part = |text: &String| {
        let (record, rest) = text.split_once('.')?;
        let (field, number) = rest.split_once('.')?;
        Some((record.to_owned(), FieldId(field.to_owned()), number.parse().ok()?))
    };
    let parts = |name| all(&fields, name).iter().map(part).collect::<Option<Vec<_>>>();
    let (Some(shown), Some(wrong)) = (parts("shown"), parts("wrong")) else { return refused(&Refusal::Gone) };
    if session.operator.is_empty() {
        return refused(&Refusal::NoName);
    }
    let signed = Signed { who: &session.operator, when: (app.setup.clock)().0 };
    let compared = {
        let mut station = app.station();
        compare(&mut station, signed, &shown, &wrong).map(|settled| (settled, station.lane(Lane::Waiting) == 0))
    };
    match compared {
        Ok((settled, finished)) => {
            if finished {
                app.write_out();
            }
            settled.to_string().into_response()
        }
        Err(refusal) => refused(&refusal),
    }
}

/// Writes the files again.
pub(super) async fn write(Shared(app): Shared<Arc<App>>) -> Response {
    app.write_out();
    StatusCode::ACCEPTED.into_response()
}
