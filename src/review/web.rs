//! The station's screen: pages from the server for one operator at a time, on loopback. Routes and what they share; who
//! may ask is `guard`'s, what is shown `pages`', what is answered `answers`'.

mod answers;
mod guard;
mod pages;
mod pane;
mod session;
mod sheets;
mod tls;
mod ways;

pub use guard::Access;
pub use tls::{Identity, TlsError};

use super::station::Station;
use super::task::TaskId;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::civil::Date;
use session::Sessions;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Most bytes of a request: an answer has a few hundred, a screen of compared cells some ten thousand.
const MOST_BYTES: usize = 128 << 10;

/// How long a question stays with the operator it was shown to, while others are offered the next ones.
const CLAIM: Duration = Duration::from_mins(2);

/// Writes the files that follow from decisions; says what was written, or why it could not be.
pub type WriteOut = Box<dyn Fn() -> Result<String, String> + Send + Sync>;

/// What a station is opened with, beside its batch folder.
pub struct Setup {
    /// Who may ask.
    pub access: Access,
    /// The day by which the batch must be done.
    pub due: Option<Date>,
    /// What day it is there, and the hour.
    pub clock: fn() -> (Timestamp, Date),
    /// Random bytes nobody can guess.
    pub random: fn() -> [u8; 32],
    /// Writes the files again.
    pub write_out: WriteOut,
}

/// How the writing of files stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Writing {
    /// Nothing was written since the station was opened.
    #[default]
    Not,
    /// Under way.
    Now,
    /// Done: what was written, and how many entries the ledger had.
    Done(String, usize),
    /// It failed, and why.
    Failed(String),
}

/// What all requests share.
struct App {
    station: Mutex<Station>,
    setup: Setup,
    sessions: Sessions,
    claims: Mutex<HashMap<TaskId, (String, Instant)>>,
    drafts: Mutex<HashMap<(String, String), String>>,
    writing: Mutex<Writing>,
}

impl App {
    fn station(&self) -> MutexGuard<'_, Station> {
        self.station.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claims(&self) -> MutexGuard<'_, HashMap<TaskId, (String, Instant)>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each operator has typed and not yet answered, by question.
    fn drafts(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.drafts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a question for this session a while.
    fn claim(&self, id: &TaskId, session: &str) {
        let mut claims = self.claims();
        claims.retain(|_, (by, since)| by != session && since.elapsed() < CLAIM);
        claims.insert(id.clone(), (session.to_owned(), Instant::now()));
    }

    /// Whether a question is in the hands of another session.
    fn is_claimed(&self, id: &TaskId, session: &str) -> bool {
        self.claims().get(id).is_some_and(|(by, since)| by != session && since.elapsed() < CLAIM)
    }

    /// Writes the files in the background, unless that is under way. Once more where people went on deciding meanwhile.
    fn write_out(self: &Arc<Self>) {
        if std::mem::replace(&mut *self.writing(), Writing::Now) == Writing::Now {
            return;
        }
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            loop {
                let entries = app.station().log().len();
                let now = match (app.setup.write_out)() {
                    Ok(said) => Writing::Done(said, entries),
                    Err(why) => Writing::Failed(why),
                };
                let failed = matches!(now, Writing::Failed(_));
                if failed || app.station().log().len() == entries {
                    *app.writing() = now;
                    return;
                }
            }
        });
    }
}

/// Serves until `stop` comes. `identity` is the certificate where the station is reached over the network.
///
/// # Errors
/// Where the address cannot be served.
pub async fn serve(
    station: Station,
    setup: Setup,
    listener: TcpListener,
    identity: Option<Identity>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = Arc::new(App {
        station: Mutex::new(station),
        sessions: Sessions::new(setup.random),
        setup,
        claims: Mutex::default(),
        drafts: Mutex::default(),
        writing: Mutex::default(),
    });
    let routes = router(app);
    match identity {
        None => axum::serve(listener, routes).with_graceful_shutdown(stop).await,
        Some(identity) => axum::serve(tls::Encrypted::over(listener, identity), routes).with_graceful_shutdown(stop).await,
    }
}

fn router(app: Arc<App>) -> Router {
    let inside = Router::new()
        .route("/", get(pages::queue))
        .route("/name", post(answers::name))
        .route("/language", post(answers::language))
        .route("/work", get(pages::work))
        .route("/pane", get(pane::pane))
        .route("/answer", post(answers::answer))
        .route("/correct", post(answers::correct))
        .route("/undo", post(answers::undo))
        .route("/draft", post(answers::draft))
        .route("/show", post(answers::open))
        .route("/sheet", get(sheets::sheet))
        .route("/picture/field", get(sheets::field_picture))
        .route("/picture/part", get(sheets::part_picture))
        .route("/picture/sheet", get(sheets::sheet_picture))
        .route("/group", get(pages::group).post(answers::group))
        .route("/figures", get(pages::figures))
        .route("/write", post(answers::write))
        .route("/state", get(pages::state))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), guard::inside));
    Router::new()
        .route("/open", get(guard::open))
        .route("/assets/review.css", get(pages::style))
        .route("/assets/review.js", get(pages::script))
        .route("/assets/review.svg", get(pages::icon))
        .route("/assets/gothic.ttf", get(pages::typeface))
        .merge(inside)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&app), guard::outside))
        .with_state(app)
}
