//! Every file of a batch folder against its ledger: by its hash, and where a file can be written again from the ledger, by
//! its bytes. A forged manifest does not vouch for a forged file.

use super::fault::shown;
use super::{Fault, Findings, Means, Note, differences};
use crate::batch::letters;
use crate::batch::listing::Tables;
use crate::export::manifest::{Manifest, listed_files, manifest};
use crate::export::ndjson;
use crate::export::table::Encoding;
use crate::ledger::chain::{Entry, Head};
use crate::ledger::{Ledger, LedgerError};
use crate::receipt::cover::Cover;
use crate::record::Record;
use crate::scan::sha256;
use crate::tally::Tally;
use crate::whole::FileHash;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A batch folder and what its ledger says.
pub(super) struct Folder<'a> {
    dir: &'a Path,
    ledger: &'a Ledger,
    manifest: Option<Vec<u8>>,
    listed: BTreeMap<String, FileHash>,
    /// Records as they stand, and as they were read: a file was written from the one or the other.
    records: [Vec<Record>; 2],
    decided: bool,
}

impl<'a> Folder<'a> {
    pub(super) fn of(dir: &'a Path, ledger: &'a Ledger) -> Result<Self, LedgerError> {
        let manifest = fs::read(dir.join("manifest.json")).ok();
        let listed = manifest.as_deref().and_then(listed_files).unwrap_or_default();
        Ok(Self {
            dir,
            ledger,
            manifest,
            listed: listed.into_iter().map(|f| (f.path.clone(), f)).collect(),
            records: [ledger.records()?, ledger.as_read()?],
            decided: ledger.is_touched()?,
        })
    }

    pub(super) fn check(&self, entries: &[Entry], means: &Means, findings: &mut Findings) -> Result<(), LedgerError> {
        self.manifest(entries, findings)?;
        self.crops(findings)?;
        self.listed_files(findings);
        self.written_again("records.ndjson", findings, |records| ndjson(records).ok());
        self.tables(means, findings)?;
        if means.same {
            self.letters(entries, means, findings)?;
        } else {
            findings.note(Note::LettersNotDrawn);
        }
        self.unknown(findings)
    }

    /// Part by part, so that what was edited is named.
    fn manifest(&self, entries: &[Entry], findings: &mut Findings) -> Result<(), LedgerError> {
        let Some(bytes) = &self.manifest else {
            findings.fault(Fault::FileMissing { path: "manifest.json".to_owned() });
            return Ok(());
        };
        let stored: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let head = self.head_of(&stored, entries, findings)?;
        let files: Vec<FileHash> = self.listed.values().cloned().collect();
        let expected = |tally: &Tally| -> Result<Vec<u8>, LedgerError> {
            let (provenance, inputs) = (self.ledger.provenance()?, self.ledger.inputs()?);
            let about = Manifest { provenance: &provenance, ledger: &head, inputs: &inputs, tally, files: &files };
            Ok(manifest(&about).unwrap_or_default())
        };
        let now = expected(&self.tally(0)?)?;
        if *bytes == now || *bytes == expected(&self.tally(1)?)? {
            return Ok(());
        }
        let now: Value = serde_json::from_slice(&now).unwrap_or_default();
        let parts = parts_that_differ(&stored, &now);
        let whole = parts.is_empty().then(|| "layout".to_owned());
        for part in parts.into_iter().chain(whole) {
            findings.fault(Fault::Manifest { part });
        }
        Ok(())
    }

    /// The head the manifest speaks of, where the chain has it and only decisions stand behind it.
    fn head_of(&self, stored: &Value, entries: &[Entry], findings: &mut Findings) -> Result<Head, LedgerError> {
        let stated: Option<Head> = stored.get("ledger").and_then(|head| serde_json::from_value(head.clone()).ok());
        let Some(stated) = stated else { return self.ledger.head() };
        let behind = entries.iter().filter(|e| e.seq > stated.entries);
        let known = entries.iter().any(|e| e.seq == stated.entries && e.hash == stated.sha256);
        if known && behind.into_iter().all(|e| matches!(e.kind.as_str(), "decision" | "act")) {
            return Ok(stated);
        }
        findings.fault(Fault::Head { entries: stated.entries });
        Ok(stated)
    }

    fn tally(&self, of: usize) -> Result<Tally, LedgerError> {
        Ok(Tally::of(&self.ledger.inputs()?, &self.ledger.exceptions()?, &self.records[of]))
    }

    /// Pictures that people decide by: their hashes are in the chain.
    fn crops(&self, findings: &mut Findings) -> Result<(), LedgerError> {
        for crop in self.ledger.crops()? {
            self.one_file(&crop.path, &crop.sha256, "", findings);
            if self.listed.get(&crop.path).is_none_or(|f| f.sha256 != crop.sha256) && !self.listed.is_empty() {
                findings.fault(Fault::Manifest { part: format!("files: {}", shown(&crop.path)) });
            }
        }
        Ok(())
    }

    fn listed_files(&self, findings: &mut Findings) {
        let crops: BTreeSet<String> = self.ledger.crops().unwrap_or_default().into_iter().map(|c| c.path).collect();
        for file in self.listed.values().filter(|f| !crops.contains(&f.path)) {
            self.one_file(&file.path, &file.sha256, &self.place(&file.path), findings);
        }
        for name in ["records.ndjson", "exceptions.csv", "receipts.pdf", "notices.pdf", "report.html"] {
            if !self.listed.contains_key(name) && !self.dir.join(name).is_file() {
                findings.fault(Fault::FileMissing { path: name.to_owned() });
            }
        }
    }

    fn one_file(&self, path: &str, hash: &str, place: &str, findings: &mut Findings) {
        findings.looked_at.files += 1;
        match fs::read(self.dir.join(path)) {
            Err(_) => findings.fault(Fault::FileMissing { path: shown(path) }),
            Ok(bytes) if sha256(&bytes) == hash => {}
            Ok(_) => findings.fault(Fault::FileChanged { path: shown(path), place: place.to_owned() }),
        }
    }

    /// Where `records.ndjson` differs from the ledger; empty for other files.
    fn place(&self, path: &str) -> String {
        if path != "records.ndjson" {
            return String::new();
        }
        let text = fs::read_to_string(self.dir.join(path)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let mut places = Vec::new();
        for (i, record) in self.records[0].iter().enumerate() {
            let mine = serde_json::to_value(record).unwrap_or_default();
            let theirs: Value = lines.get(i).and_then(|l| serde_json::from_str(l).ok()).unwrap_or_default();
            if mine != theirs {
                places.push(format!("line {} record {}: {}", i + 1, record.id, differences(&mine, &theirs).join(", ")));
            }
        }
        if lines.len() != self.records[0].len() {
            places.push(format!("{} lines for {} records", lines.len(), self.records[0].len()));
        }
        places.truncate(3);
        places.join("; ")
    }

    /// A file that the ledger gives byte for byte.
    fn written_again(&self, path: &str, findings: &mut Findings, write: impl Fn(&[Record]) -> Option<Vec<u8>>) {
        let Ok(there) = fs::read(self.dir.join(path)) else {
            return findings.fault(Fault::FileMissing { path: path.to_owned() });
        };
        if self.records.iter().any(|records| write(records).as_deref() == Some(&there)) {
            return;
        }
        let as_listed = self.listed.get(path).is_some_and(|f| f.sha256 == sha256(&there));
        if self.decided && as_listed {
            return findings.note(Note::NotYetWritten { path: path.to_owned() });
        }
        findings.fault(Fault::FileChanged { path: path.to_owned(), place: self.place(path) });
    }

    fn tables(&self, means: &Means, findings: &mut Findings) -> Result<(), LedgerError> {
        let exceptions = self.ledger.exceptions()?;
        let of = |records: &[Record], encoding| -> BTreeMap<String, Vec<u8>> {
            let mut all = Tables::new(means.forms, encoding);
            let added = records.iter().try_for_each(|record| all.add(record));
            let tables = all.finish(&exceptions).filter(|_| added.is_ok());
            tables.filter_map(|(name, table)| Some((name, table.ok()?.bytes))).collect()
        };
        let names: Vec<String> = of(&self.records[0], Encoding::Utf8Bom).into_keys().collect();
        for name in names {
            let there = fs::read(self.dir.join(&name)).unwrap_or_default();
            // Either encoding will do: `export` may have written the other one.
            let cp932 = |records: &[Record]| of(records, Encoding::Cp932).remove(&name).filter(|bytes| *bytes == there);
            self.written_again(&name, findings, |records| {
                cp932(records).or_else(|| of(records, Encoding::Utf8Bom).remove(&name))
            });
        }
        Ok(())
    }

    fn letters(&self, entries: &[Entry], means: &Means, findings: &mut Findings) -> Result<(), LedgerError> {
        let (provenance, closing) = (self.ledger.provenance()?, closing_head(entries));
        let tally = self.tally(1)?;
        let again = letters::draw(self.dir, means.forms, &self.records[1], means.letters).and_then(|drawn| {
            let cover = Cover { provenance: &provenance, tally: &tally, head: &closing, written: drawn.counts() };
            letters::pdfs(drawn, &cover)
        });
        // Letters that cannot be drawn are no letters that a run wrote.
        let again = again.map_or_else(|_| BTreeMap::new(), BTreeMap::from);
        for name in letters::FILES {
            let there = fs::read(self.dir.join(name)).unwrap_or_default();
            let as_listed = self.listed.get(name).is_some_and(|f| f.sha256 == sha256(&there));
            // After decisions the letters were drawn from records as they stood at some time: their hash vouches for them.
            let same = again.get(name).is_some_and(|bytes| *bytes == there);
            if !(same || self.decided && as_listed) {
                findings.fault(Fault::FileChanged { path: name.to_owned(), place: String::new() });
            }
        }
        Ok(())
    }

    /// Files among the pictures and tables that no run wrote.
    fn unknown(&self, findings: &mut Findings) -> Result<(), LedgerError> {
        let crops: BTreeSet<String> = self.ledger.crops()?.into_iter().map(|c| c.path).collect();
        for below in ["crops", "csv"] {
            let mut names: Vec<String> = fs::read_dir(self.dir.join(below))
                .into_iter()
                .flatten()
                .filter_map(|e| e.ok().map(|e| format!("{below}/{}", e.file_name().to_string_lossy())))
                .collect();
            names.sort();
            for path in names {
                if !self.listed.contains_key(&path) && !crops.contains(&path) && !self.listed.is_empty() {
                    findings.fault(Fault::FileUnknown { path: shown(&path) });
                }
            }
        }
        Ok(())
    }
}

/// Where the chain stood when the batch was closed.
fn closing_head(entries: &[Entry]) -> Head {
    let close = entries.iter().find(|e| e.kind == "close");
    close.map_or_else(|| Head { entries: 0, sha256: String::new() }, |e| Head { entries: e.seq, sha256: e.hash.clone() })
}

/// The parts of a manifest that are not as they should be, files and inputs by name.
fn parts_that_differ(stored: &Value, expected: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let (stored, expected) = (stored.as_object().unwrap_or(&empty), expected.as_object().unwrap_or(&empty));
    let keys: BTreeSet<&String> = stored.keys().chain(expected.keys()).collect();
    let differing = keys.into_iter().filter(|key| stored.get(*key) != expected.get(*key));
    differing.flat_map(|key| named(key, stored.get(key), expected.get(key))).collect()
}

fn named(key: &str, stored: Option<&Value>, expected: Option<&Value>) -> Vec<String> {
    match (stored, expected) {
        (Some(Value::Array(stored)), Some(Value::Array(expected))) => {
            let pairs = (0..stored.len().max(expected.len())).filter(|i| stored.get(*i) != expected.get(*i));
            let name = |i: usize| {
                let one = expected.get(i).or_else(|| stored.get(i));
                let name = one.and_then(|v| v.get("source").or_else(|| v.get("path")).or_else(|| v.get("id")));
                format!("{key}: {}", shown(name.and_then(Value::as_str).unwrap_or("?")))
            };
            pairs.take(5).map(name).collect()
        }
        (Some(Value::Object(stored)), Some(Value::Object(expected))) => {
            let keys: BTreeSet<&String> = stored.keys().chain(expected.keys()).collect();
            let differing = keys.into_iter().filter(|k| stored.get(*k) != expected.get(*k));
            differing.map(|k| format!("{key}.{k}")).collect()
        }
        _ => vec![key.to_owned()],
    }
}
