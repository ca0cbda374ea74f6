//! Who may ask: a browser that was opened with the station's own address, from the station's own pages. Everything else
//! is refused before anything is looked up: foreign hosts (DNS rebinding), foreign origins, requests without the session's
//! word. Says on every answer that nothing may be kept, framed or loaded from elsewhere.

use super::App;
use super::session::{Session, word};
use axum::extract::{Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderName, HeaderValue, LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Only what comes from the station itself; styles, scripts and pictures included, and nothing inline.
const POLICY: &str = "default-src 'none'; img-src 'self' blob:; style-src 'self'; font-src 'self'; script-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of every answer.
const HEADERS: [(HeaderName, &str); 8] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The header that carries the session's word.
const CSRF: &str = "x-csrf-token";

/// From where a station may be reached, and the word that opens it.
#[derive(Debug, Clone)]
pub struct Access {
    /// Address it listens on.
    pub at: SocketAddr,
    /// Whether it speaks TLS.
    pub encrypted: bool,
    /// Further host names it may be called by.
    pub names: Vec<String>,
    token: String,
}

impl Access {
    /// A station at that address; `random` becomes its opening word.
    pub fn new(at: SocketAddr, encrypted: bool, names: Vec<String>, random: [u8; 32]) -> Self {
        Self { at, encrypted, names, token: word(random) }
    }

    /// The address that opens the station; to be given to the operator's browser and to nobody else.
    pub fn address(&self) -> String {
        let host = match self.at.ip() {
            ip if ip.is_unspecified() => self.names.first().cloned().unwrap_or_else(|| "localhost".to_owned()),
            IpAddr::V6(ip) => format!("[{ip}]"),
            IpAddr::V4(ip) => ip.to_string(),
        };
        let scheme = if self.encrypted { "https" } else { "http" };
        format!("{scheme}://{host}:{}/open?token={}", self.at.port(), self.token)
    }

    /// Cookies know no ports: two stations on one machine must not overwrite each other's.
    fn cookie(&self) -> String {
        format!("uketsuke-{}", self.at.port())
    }

    /// Whether a host is one of the station's own. A name that an attacker points here is none; an address cannot be
    /// pointed anywhere.
    fn is_own(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        if port != self.at.port().to_string() {
            return false;
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback() || !self.at.ip().is_loopback(),
            Err(_) => name == "localhost" || self.names.iter().any(|n| n.eq_ignore_ascii_case(name)),
        }
    }

    fn is_own_origin(&self, origin: &str) -> bool {
        let scheme = if self.encrypted { "https://" } else { "http://" };
        origin.strip_prefix(scheme).is_some_and(|host| self.is_own(host))
    }
}

/// Refuses foreign hosts, and puts the headers on whatever is answered.
pub(super) async fn outside(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let mut response = if app.setup.access.is_own(host) { next.run(request).await } else { refused() };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Lets a browser in that has a session; what changes something must come from the station's own pages.
pub(super) async fn inside(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let access = &app.setup.access;
    let Some(session) = session(request.headers(), access).and_then(|id| app.sessions.find(id)) else { return locked() };
    let headers = request.headers();
    let from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    if from_elsewhere || changes && !is_ours(headers, access, &session) {
        return refused();
    }
    request.extensions_mut().insert(session);
    next.run(request).await
}

fn is_ours(headers: &HeaderMap, access: &Access, session: &Session) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    access.is_own_origin(text(ORIGIN.as_str())) && same(text(CSRF), &session.csrf)
}

fn session<'a>(headers: &'a HeaderMap, access: &Access) -> Option<&'a str> {
    let name = access.cookie();
    let cookies = headers.get_all(COOKIE).iter().filter_map(|c| c.to_str().ok()).flat_map(|c| c.split(';'));
    cookies.filter_map(|c| c.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, value)| value)
}

/// Compared to the end, wherever they differ: how long it takes tells nothing.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
}

#[derive(Deserialize)]
pub(super) struct Opening {
    #[serde(default)]
    token: String,
}

/// Exchanges the word of the address for a cookie, and leaves the word behind.
pub(super) async fn open(State(app): State<Arc<App>>, Query(opening): Query<Opening>) -> Response {
    let access = &app.setup.access;
    if !same(&opening.token, &access.token) {
        return locked();
    }
    let session = app.sessions.begin();
    let secure = if access.encrypted { "; Secure" } else { "" };
    let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/{secure}", access.cookie(), session.id);
    (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie.as_str()), (LOCATION, "/")]).into_response()
}

fn refused() -> Response {
    (StatusCode::FORBIDDEN, "403").into_response()
}

fn locked() -> Response {
    (StatusCode::FORBIDDEN, Html(include_str!("../../../templates/review/locked.html"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(at: &str) -> Access {
        Access::new(at.parse().expect("an address"), false, vec!["desk.example".to_owned()], [7; 32])
    }

    #[test]
    fn only_the_stations_own_hosts_are_answered() {
        let here = access("127.0.0.1:8080");
        for own in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "desk.example:8080"] {
            assert!(here.is_own(own), "{own}");
        }
        for other in ["127.0.0.1", "127.0.0.1:80", "evil.example:8080", "192.0.2.1:8080", "localhost.evil.example:8080", ""] {
            assert!(!here.is_own(other), "{other}");
        }
        assert!(access("0.0.0.0:8080").is_own("192.0.2.1:8080"));
    }

    #[test]
    fn an_origin_is_scheme_and_host() {
        let here = access("127.0.0.1:8080");
        assert!(here.is_own_origin("http://127.0.0.1:8080"));
        for other in ["https://127.0.0.1:8080", "http://evil.example:8080", "null", ""] {
            assert!(!here.is_own_origin(other), "{other}");
        }
    }

    #[test]
    fn words_are_compared_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }
}
