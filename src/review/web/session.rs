//! Sessions of the browsers at a station: who sits there and in which language. In memory only: when the station ends,
//! so do they.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most browsers at a station; the oldest has to open the address again.
const MOST: usize = 64;

/// One browser's session.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    /// Its secret, as the cookie has it.
    pub id: String,
    /// What its forms and requests must carry.
    pub csrf: String,
    /// Who sits there; empty until said.
    pub operator: String,
    /// Whether the screen is in English.
    pub english: bool,
}

/// All sessions, and the one word that opens a new one.
pub(super) struct Sessions {
    random: fn() -> [u8; 32],
    all: Mutex<(Vec<String>, HashMap<String, Session>)>,
}

impl Sessions {
    pub(super) fn new(random: fn() -> [u8; 32]) -> Self {
        Self { random, all: Mutex::default() }
    }

    /// Begins a session.
    pub(super) fn begin(&self) -> Session {
        let session = Session { id: word((self.random)()), csrf: word((self.random)()), ..Session::default() };
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.0.len() >= MOST {
            let oldest = all.0.remove(0);
            all.1.remove(&oldest);
        }
        all.0.push(session.id.clone());
        all.1.insert(session.id.clone(), session.clone());
        session
    }

    /// The session of a cookie.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Session>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.1.get(id).cloned().map(Arc::new)
    }

    /// Changes a session.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Session)) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = all.1.get_mut(id) {
            change(session);
        }
    }
}

/// Random bytes as a word for addresses and cookies.
pub(super) fn word(bytes: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
