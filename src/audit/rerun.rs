//! A batch read again, against what its ledger says of it: record by record, page by page.

use super::fault::shown;
use super::{Archive, Fault, Findings, Note};
use crate::batch::finished_files;
use crate::ledger::{Ledger, LedgerError};
use crate::provenance::Provenance;
use crate::record::{PageException, PageRecord, Record};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Holds the folder of a batch against the folder of the same scans read again.
///
/// # Errors
/// Where a ledger cannot be read.
pub fn compare(dir: &Path, again: &Path, archive: &Archive, findings: &mut Findings) -> Result<(), LedgerError> {
    let (then, now) = (Ledger::open(dir)?, Ledger::open(again)?);
    let before = findings.faults.len();
    records(&then.as_read()?, &now.as_read()?, archive, findings);
    exceptions(&then.exceptions()?, &now.exceptions()?, archive, findings);
    let same = why_otherwise(&then.provenance()?, &now.provenance()?, findings);
    let unchanged = findings.faults.len() == before && archive.lost.is_empty() && same;
    if unchanged && !then.is_touched()? && then.head()? == now.head()? {
        files(dir, again, findings);
    }
    Ok(())
}

/// What the two batches were run with, where that differs. True where nothing does.
fn why_otherwise(was: &Provenance, is: &Provenance, findings: &mut Findings) -> bool {
    let before = findings.notes.len();
    let json = |p: &Provenance| serde_json::to_value(p).unwrap_or_default();
    let (was, is) = (json(was), json(is));
    for (key, was) in was.as_object().into_iter().flatten() {
        match (was, &is[key]) {
            (was, is) if was == is => {}
            (Value::Array(was), Value::Array(is)) => editions(was, is, findings),
            (was, is) => {
                let what = key.clone();
                findings.note(Note::Other { what, was: short(was), is: short(is) });
            }
        }
    }
    findings.notes.len() == before
}

fn editions(was: &[Value], is: &[Value], findings: &mut Findings) {
    let name = |v: &Value| format!("form {} {}", v["id"].as_str().unwrap_or("?"), v["edition"].as_str().unwrap_or("?"));
    let by_name = |all: &[Value]| all.iter().map(|v| (name(v), v.clone())).collect::<BTreeMap<_, _>>();
    let (was, is) = (by_name(was), by_name(is));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for what in names {
        let hash = |all: &BTreeMap<String, Value>| all.get(what).map_or("-".to_owned(), |v| short(&v["sha256"]));
        if was.get(what) != is.get(what) {
            findings.note(Note::Other { what: what.clone(), was: hash(&was), is: hash(&is) });
        }
    }
}

/// A value in few characters: hashes by their beginning.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(16).collect(),
        Value::Null => "-".to_owned(),
        Value::Object(map) if map.contains_key("sha256") => short(&map["sha256"]),
        other => other.to_string().chars().take(60).collect(),
    }
}

/// File and page, by which a record is the same one.
fn place(pages: &[PageRecord]) -> Vec<(String, u32)> {
    pages.iter().map(|p| (p.source.clone(), p.page)).collect()
}

fn records(then: &[Record], now: &[Record], archive: &Archive, findings: &mut Findings) {
    let by_place: BTreeMap<_, &Record> = now.iter().map(|r| (place(&r.pages), r)).collect();
    let was: BTreeSet<_> = then.iter().map(|r| place(&r.pages)).collect();
    for record in then.iter().filter(|r| r.pages.iter().all(|p| !archive.lost.contains(&p.source))) {
        findings.looked_at.records += 1;
        let Some(again) = by_place.get(&place(&record.pages)) else {
            let parts = vec!["its pages are no longer one submission".to_owned()];
            findings.fault(Fault::RecordDiffers { record: record.id.clone(), parts });
            continue;
        };
        let json = |r: &Record| serde_json::to_value(r).unwrap_or_default();
        let mut parts = differences(&json(record), &json(again));
        // Running numbers move up where a scan is gone.
        parts.retain(|part| part != "receipt_no" || archive.lost.is_empty());
        if !parts.is_empty() {
            findings.fault(Fault::RecordDiffers { record: record.id.clone(), parts });
        }
    }
    let lost = |r: &Record| r.pages.iter().any(|p| archive.lost.contains(&p.source));
    for new in now.iter().filter(|r| !was.contains(&place(&r.pages)) && !lost(r)) {
        let at = place(&new.pages).into_iter().map(|(s, p)| format!("{} p.{p}", shown(&s))).collect::<Vec<_>>();
        findings.fault(Fault::PageDiffers { page: at.join(", ") });
    }
}

fn exceptions(then: &[PageException], now: &[PageException], archive: &Archive, findings: &mut Findings) {
    // Why a file could not be opened is the day's affair, and what a time limit cost the machine's.
    let ours = |e: &&PageException| !archive.lost.contains(&e.source) && e.reason != "unreadable-file";
    let now: BTreeSet<(&str, u32, &str, &str)> = now.iter().filter(ours).map(key).collect();
    let then: BTreeSet<_> = then.iter().filter(ours).map(key).collect();
    for (source, page, ..) in then.symmetric_difference(&now) {
        findings.fault(Fault::PageDiffers { page: format!("{} p.{page}", shown(source)) });
    }
}

fn key(e: &PageException) -> (&str, u32, &str, &str) {
    (&e.source, e.page, &e.reason, &e.message)
}

/// Every file that both folders must have alike.
fn files(dir: &Path, again: &Path, findings: &mut Findings) {
    for path in finished_files(again) {
        let (then, now) = (fs::read(dir.join(&path)), fs::read(again.join(&path)));
        if let (Ok(then), Ok(now)) = (then, now)
            && then != now
            && !findings.faults.iter().any(|f| matches!(f, Fault::FileChanged { path: known, .. } if *known == path))
        {
            findings.fault(Fault::FileChanged { path, place: "read again it comes out otherwise".to_owned() });
        }
    }
}

/// The parts of a record that differ, fields by name; nothing of what stands in them.
pub fn differences(a: &Value, b: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let of = |v: &'_ Value| v.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (a, b) = (of(a), of(b));
    let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let mut parts = Vec::new();
    for key in keys.into_iter().filter(|key| a.get(*key) != b.get(*key)) {
        match (key.as_str(), a.get(key), b.get(key)) {
            ("fields", Some(x), Some(y)) => parts.extend(differences(x, y).into_iter().map(|f| format!("field {f}"))),
            _ => parts.push(key.clone()),
        }
    }
    parts
}
