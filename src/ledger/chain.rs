//! The chain of entries: how one is bound to the one before it, and what breaks it. Does not know what entries say.

use sha2::{Digest, Sha256};

/// What the first entry follows.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the chain, from 1.
    pub seq: u64,
    /// Kind, as the schema lists them.
    pub kind: String,
    /// What it says, JSON.
    pub body: String,
    /// Its hash.
    pub hash: String,
}

/// Where a chain ends.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// Entries.
    pub entries: u64,
    /// Hash of the last one, hex SHA-256.
    pub sha256: String,
}

/// The hash of an entry (schema.sql says over what).
pub fn link(before: &str, seq: u64, kind: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    for part in [before, "\n", &seq.to_string(), "\n", kind, "\n", body] {
        hash.update(part.as_bytes());
    }
    format!("{:x}", hash.finalize())
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// The entry is not what was hashed when it was written.
    Changed {
        /// Which.
        seq: u64,
        /// Its kind now.
        kind: String,
        /// What it speaks of: a record id, a file, a field picture.
        subject: String,
    },
    /// The entry is where another one was written.
    Moved {
        /// Where it stands now.
        seq: u64,
        /// Where it was written.
        from: u64,
        /// Its kind.
        kind: String,
        /// What it speaks of.
        subject: String,
    },
    /// Entries are gone.
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The chain ends before the batch was closed.
    Open {
        /// The last entry there is.
        last: u64,
    },
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed { seq, kind, subject } => write!(f, "entry {seq} ({kind} {subject}) is not what was written"),
            Self::Moved { seq, from, kind, subject } => {
                write!(f, "entry {seq} ({kind} {subject}) was written as entry {from}")
            }
            Self::Missing { from, to } if from == to => write!(f, "entry {from} is missing"),
            Self::Missing { from, to } => write!(f, "entries {from} to {to} are missing"),
            Self::Open { last } => write!(f, "the entries behind {last} are missing: the batch is not closed"),
        }
    }
}

/// Every break of a chain, in its order. Each entry is held against the stored hash before it, so that one change is
/// told once and where it was made.
pub fn breaks(entries: &[Entry]) -> Vec<Break> {
    let mut found = Vec::new();
    let mut expected = 1;
    let mut before = GENESIS.to_owned();
    let mut closed = false;
    for entry in entries {
        if entry.seq > expected {
            found.push(Break::Missing { from: expected, to: entry.seq - 1 });
        }
        let known = entry.seq == expected;
        if known && link(&before, entry.seq, &entry.kind, &entry.body) != entry.hash {
            found.push(changed_or_moved(entry, entries));
        }
        closed |= entry.kind == "close";
        expected = entry.seq + 1;
        before.clone_from(&entry.hash);
    }
    if !closed {
        found.push(Break::Open { last: expected - 1 });
    }
    found
}

/// Looks for the place that the entry's content was hashed for.
fn changed_or_moved(entry: &Entry, entries: &[Entry]) -> Break {
    let subject = subject(&entry.body);
    let kind = entry.kind.clone();
    let mut before = GENESIS;
    for other in entries {
        let its_place = link(before, other.seq, &entry.kind, &entry.body);
        if other.seq != entry.seq && entries.iter().any(|e| e.hash == its_place) {
            return Break::Moved { seq: entry.seq, from: other.seq, kind, subject };
        }
        before = &other.hash;
    }
    Break::Changed { seq: entry.seq, kind, subject }
}

/// What an entry speaks of, without anything that was written on a form.
pub fn subject(body: &str) -> String {
    let Ok(json) = serde_json::from_str::<serde_json::Value>(body) else { return "?".to_owned() };
    let paths: [&[&str]; 7] =
        [&["record", "id"], &["exception", "source"], &["path"], &["source"], &["receipt_no"], &["record"], &["batch"]];
    let at = |path: &[&str]| path.iter().try_fold(&json, |v, key| v.get(key)).and_then(|v| v.as_str()).map(str::to_owned);
    let subject = paths.iter().find_map(|p| at(p)).unwrap_or_default();
    subject.chars().map(|c| if c.is_control() { '�' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(bodies: &[&str]) -> Vec<Entry> {
        let mut before = GENESIS.to_owned();
        let last = bodies.len();
        let entry = |(i, body): (usize, &&str)| {
            let kind = if i + 1 == last { "close" } else { "scan" };
            let seq = i as u64 + 1;
            let hash = link(&before, seq, kind, body);
            before.clone_from(&hash);
            Entry { seq, kind: kind.to_owned(), body: (*body).to_owned(), hash }
        };
        bodies.iter().enumerate().map(entry).collect()
    }

    const BODIES: [&str; 5] = [r#"{"source":"a"}"#, r#"{"source":"b"}"#, r#"{"source":"c"}"#, r#"{"source":"d"}"#, "{}"];

    #[test]
    fn a_sound_chain_has_no_breaks() {
        assert_eq!(breaks(&chain(&BODIES)), []);
    }

    #[test]
    fn a_change_is_told_once_and_where_it_was_made() {
        let mut entries = chain(&BODIES);
        entries[1].body = r#"{"source":"x"}"#.to_owned();
        let changed = Break::Changed { seq: 2, kind: "scan".to_owned(), subject: "x".to_owned() };
        assert_eq!(breaks(&entries), [changed]);
    }

    #[test]
    fn a_change_with_a_new_hash_shows_in_the_next_entry() {
        let mut entries = chain(&BODIES);
        entries[1].body = r#"{"source":"x"}"#.to_owned();
        entries[1].hash = link(&entries[0].hash, 2, "scan", &entries[1].body);
        assert!(matches!(breaks(&entries)[..], [Break::Changed { seq: 3, .. }]));
    }

    #[test]
    fn what_is_exchanged_is_told_with_where_it_was() {
        let mut entries = chain(&BODIES);
        let (b, c) = (entries[1].body.clone(), entries[2].body.clone());
        (entries[1].body, entries[2].body) = (c, b);
        assert!(matches!(breaks(&entries)[..], [Break::Moved { seq: 2, from: 3, .. }, Break::Moved { seq: 3, from: 2, .. }]));
    }

    #[test]
    fn what_is_removed_in_the_middle_or_at_the_end_is_missing() {
        let mut entries = chain(&BODIES);
        entries.remove(2);
        assert_eq!(breaks(&entries), [Break::Missing { from: 3, to: 3 }]);
        let mut entries = chain(&BODIES);
        entries.pop();
        assert_eq!(breaks(&entries), [Break::Open { last: 4 }]);
    }
}
