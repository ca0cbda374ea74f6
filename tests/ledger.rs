//! What the ledger promises: nothing lost, nothing changed without a trace, older ones taken over whole.
#![allow(clippy::unwrap_used)]

#[path = "export/fixture.rs"]
#[allow(dead_code, reason = "shared with the tests of the exports, which use more of it")]
mod fixture;

use fixture::{Batch, blank, busy, id};
use rusqlite::{Connection, params};
use std::path::Path;
use uketsuke::export::ndjson;
use uketsuke::ledger::chain::Break;
use uketsuke::ledger::decision::{Change, Decision, Standing};
use uketsuke::ledger::{CropEntry, FILE_NAME, Ledger, LedgerError, LedgerWriter, LetterKind, ReceiptEntry};
use uketsuke::record::{ExceptionKind, State, Status, Value};

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Stores a batch; its pages in any order.
fn keep(batch: &Batch, dir: &Path) {
    let mut ledger = LedgerWriter::create(dir, &batch.provenance).unwrap();
    batch.inputs.iter().for_each(|i| ledger.append_input(i).unwrap());
    for (n, e) in batch.exceptions.iter().enumerate() {
        ledger.append_exception((batch.records.len() + n) as u64, e).unwrap();
    }
    for (n, r) in batch.records.iter().enumerate().rev() {
        ledger.append_record(n as u64, r).unwrap();
    }
    ledger.close(&batch.tally()).unwrap();
    ledger.finish().unwrap();
}

/// The file opened past the triggers that keep honest programs from changing it.
fn forced(dir: &Path) -> Connection {
    let db = Connection::open(dir.join(FILE_NAME)).unwrap();
    db.execute_batch("DROP TRIGGER entries_are_not_changed; DROP TRIGGER entries_are_not_removed").unwrap();
    db
}

fn kept() -> (tempfile::TempDir, Batch) {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    keep(&batch, dir.path());
    (dir, batch)
}

#[test]
fn the_ledger_gives_back_what_was_put_in_in_input_order() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    keep(&batch, dir.path());
    assert_eq!(names_in(dir.path()), [FILE_NAME]);
    let ledger = Ledger::open(dir.path()).unwrap();
    assert_eq!(ndjson(&ledger.records().unwrap()).unwrap(), ndjson(&batch.records).unwrap());
    assert_eq!(ledger.exceptions().unwrap(), batch.exceptions);
    assert_eq!(ledger.inputs().unwrap(), batch.inputs);
    assert_eq!(ledger.provenance().unwrap(), batch.provenance);
    assert_eq!(ledger.tally().unwrap(), batch.tally());
    assert_eq!(ledger.closed_with().unwrap(), Some(batch.tally()));
    assert_eq!(ledger.breaks().unwrap(), []);
    assert_eq!(names_in(dir.path()), [FILE_NAME]);
}

#[test]
fn the_same_batch_again_gives_the_same_ledger_byte_for_byte() {
    let (dir, other, batch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), busy());
    keep(&batch, dir.path());
    keep(&batch, dir.path());
    keep(&batch, other.path());
    let bytes = |d: &Path| std::fs::read(d.join(FILE_NAME)).unwrap();
    assert!(bytes(dir.path()) == bytes(other.path()));
    assert_eq!(Ledger::open(dir.path()).unwrap().records().unwrap().len(), batch.records.len());
}

#[test]
fn an_unfinished_ledger_leaves_the_old_one() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    keep(&batch, dir.path());
    let mut second = LedgerWriter::create(dir.path(), &batch.provenance).unwrap();
    second.append_record(0, &batch.records[0]).unwrap();
    drop(second);
    assert_eq!(names_in(dir.path()), [FILE_NAME]);
    assert_eq!(Ledger::open(dir.path()).unwrap().records().unwrap().len(), batch.records.len());
}

#[test]
fn a_page_cannot_have_two_outcomes() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    let mut ledger = LedgerWriter::create(dir.path(), &batch.provenance).unwrap();
    ledger.append_record(4, &batch.records[0]).unwrap();
    assert!(matches!(ledger.append_exception(4, &blank(1)), Err(LedgerError::Twice { position: 4 })));
    let again = ledger.append_record(4, &batch.records[1]).unwrap_err();
    assert_eq!(again.exit_code(), 70);
}

#[test]
fn a_ledger_of_a_newer_program_and_a_foreign_file_are_refused() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    assert!(matches!(Ledger::open(dir.path()), Err(LedgerError::Missing { .. })));
    keep(&batch, dir.path());
    let path = dir.path().join(FILE_NAME);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 4).unwrap();
    drop(db);
    let newer = Ledger::open(dir.path()).unwrap_err();
    assert!(matches!(newer, LedgerError::Newer { found: 4, known: 3, .. }), "{newer}");
    std::fs::write(&path, "not a database, though long enough to be looked at as one, and a little longer still").unwrap();
    assert!(matches!(Ledger::open(dir.path()), Err(LedgerError::Foreign { .. })));
}

#[test]
fn the_views_of_the_ledger_have_every_page_and_field_on_a_row() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    keep(&batch, dir.path());
    let db = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    assert_eq!(count("SELECT count(*) FROM pages WHERE source LIKE '0402%' AND residual_mm > 0"), batch.records.len());
    assert_eq!(count("SELECT count(*) FROM pages WHERE outcome IN ('blank', 'refused')"), batch.exceptions.len());
    assert_eq!(count("SELECT count(*) FROM scans"), batch.inputs.len());
    assert_eq!(count("SELECT count(*) FROM versions WHERE what = 'form' AND length(sha256) = 64"), batch.forms.len());
    assert_eq!(count("SELECT count(*) FROM settings WHERE batch = '2021-04-02 午前便'"), 1);
    assert_eq!(count("SELECT count(*) FROM readings"), batch.records.len() * 10);
    assert_eq!(count("SELECT count(*) FROM readings WHERE state = 'uncertain' AND first_reading = '01?0268'"), 6);
}

#[test]
fn a_ledger_that_cannot_be_made_says_so_with_exit_code_5() {
    let gone = Path::new("/nonexistent-folder");
    assert_eq!(LedgerWriter::create(gone, &busy().provenance).unwrap_err().exit_code(), 5);
}

#[cfg(unix)]
#[test]
fn it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, _) = kept();
    assert_eq!(std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_entry_is_never_changed_or_removed_by_the_way() {
    let (dir, _) = kept();
    let db = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    for sql in ["UPDATE entries SET body = '{}' WHERE seq = 3", "DELETE FROM entries WHERE seq = 3"] {
        assert!(db.execute(sql, []).unwrap_err().to_string().contains("never"), "{sql}");
    }
}

#[test]
fn a_row_changed_by_force_is_named() {
    let (dir, batch) = kept();
    let sql = "UPDATE entries SET body = replace(body, '\"accepted\"', '\"deficient\"') WHERE body -> 'record' ->> 'id' = ?1";
    assert_eq!(forced(dir.path()).execute(sql, [&batch.records[1].id]).unwrap(), 1);
    let breaks = Ledger::open(dir.path()).unwrap().breaks().unwrap();
    assert!(matches!(&breaks[..], [Break::Changed { subject, .. }] if *subject == batch.records[1].id));
    assert!(matches!(Ledger::open(dir.path()).unwrap().sound(), Err(LedgerError::Broken { .. })));
}

#[test]
fn rows_removed_by_force_are_named_at_the_end_too() {
    let (dir, _) = kept();
    let last = Ledger::open(dir.path()).unwrap().head().unwrap().entries;
    forced(dir.path()).execute("DELETE FROM entries WHERE seq IN (5, 6) OR seq = ?1", params![last as i64]).unwrap();
    let breaks = Ledger::open(dir.path()).unwrap().breaks().unwrap();
    assert_eq!(breaks, [Break::Missing { from: 5, to: 6 }, Break::Open { last: last - 1 }]);
}

fn keyed(record: &str, from: Standing, to: &str) -> Decision {
    let to = Standing { state: State::Keyed, value: Some(Value::One(to.to_owned())) };
    Decision {
        who: "検証担当 1".to_owned(),
        when: "2021-04-05T01:02:03Z".parse().unwrap(),
        record: record.to_owned(),
        change: Change::Field { field: id("institution_code"), from, to },
        why: "原本を確認".to_owned(),
    }
}

#[test]
fn a_correction_is_a_new_row_and_what_was_read_stays() {
    let (dir, batch) = kept();
    let review = batch.records.iter().find(|r| r.status == Status::Review).unwrap();
    let open = Standing { state: State::Uncertain, value: None };
    let before = Ledger::open(dir.path()).unwrap().head().unwrap();
    let mut ledger = Ledger::open_to_append(dir.path()).unwrap();
    let head = ledger.append_decision(&keyed(&review.id, open.clone(), "0150268")).unwrap();
    assert_eq!((head.entries, &head), (before.entries + 1, &ledger.head().unwrap()));
    let status = Change::Status { from: Status::Review, to: Status::Accepted, findings: None };
    let accepted = Decision { change: status, ..keyed(&review.id, open.clone(), "") };
    ledger.append_decision(&accepted).unwrap();
    let read = |all: Vec<uketsuke::record::Record>| all.into_iter().find(|r| r.id == review.id).unwrap();
    assert_eq!(ndjson(&[read(ledger.as_read().unwrap())]).unwrap(), ndjson([review]).unwrap());
    let now = read(ledger.records().unwrap());
    let field = now.fields.get(&id("institution_code")).unwrap();
    assert_eq!(
        (now.status, field.state, now.fields.one(&id("institution_code"))),
        (Status::Accepted, State::Keyed, Some("0150268"))
    );
    assert_eq!(field.first_reading.as_deref(), Some("01?0268"));
    assert_eq!(ledger.decisions().unwrap().len(), 2);
    assert_eq!(ledger.breaks().unwrap(), []);
    assert_eq!(ledger.tally().unwrap().pages.accepted, batch.tally().pages.accepted + 1);
    let db = Connection::open(dir.path().join(FILE_NAME)).unwrap();
    let sql = "SELECT who || ' ' || \"when\" || ' ' || field || ' ' || why FROM decisions WHERE field IS NOT NULL";
    let row: String = db.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(row, "検証担当 1 2021-04-05T01:02:03Z institution_code 原本を確認");
}

#[test]
fn a_decision_that_starts_from_what_no_longer_stands_is_not_taken() {
    let (dir, batch) = kept();
    let review = batch.records.iter().find(|r| r.status == Status::Review).unwrap();
    let open = Standing { state: State::Uncertain, value: None };
    let mut ledger = Ledger::open_to_append(dir.path()).unwrap();
    let head = ledger.append_decision(&keyed(&review.id, open.clone(), "0150268")).unwrap();
    let again = ledger.append_decision(&keyed(&review.id, open.clone(), "0150277"));
    assert!(matches!(again, Err(LedgerError::Stale { .. })));
    assert!(matches!(ledger.append_decision(&keyed("nobody", open.clone(), "1")), Err(LedgerError::NoRecord { .. })));
    let unsigned = Decision { who: " ".to_owned(), ..keyed(&review.id, open.clone(), "1") };
    assert!(matches!(ledger.append_decision(&unsigned), Err(LedgerError::Unsigned)));
    let nowhere = Change::Field { field: id("nowhere"), from: open.clone(), to: open };
    let nowhere = Decision { change: nowhere, ..unsigned };
    assert!(matches!(ledger.append_decision(&Decision { who: "a".to_owned(), ..nowhere }), Err(LedgerError::NoField { .. })));
    assert_eq!(ledger.head().unwrap(), head);
}

#[test]
fn pictures_and_letters_are_kept_with_the_batch() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    let mut writer = LedgerWriter::create(dir.path(), &batch.provenance).unwrap();
    let crop = CropEntry { path: "crops/a-name.png".to_owned(), sha256: "d".repeat(64), candidates: Vec::new() };
    let (receipt_no, notes) = (Some("R03-R-0402-00001-7".to_owned()), vec!["宛名なし".to_owned()]);
    let receipt = ReceiptEntry { record: "a".to_owned(), receipt_no, letter: LetterKind::Receipt, notes };
    writer.append_crop(&crop).unwrap();
    writer.append_receipt(&receipt).unwrap();
    writer.close(&batch.tally()).unwrap();
    writer.finish().unwrap();
    let ledger = Ledger::open(dir.path()).unwrap();
    assert_eq!((ledger.crops().unwrap(), ledger.receipts().unwrap()), (vec![crop], vec![receipt]));
}

/// A ledger as schema 1 had it: tables, no chain.
fn version_1(batch: &Batch, dir: &Path) {
    let db = Connection::open(dir.join(FILE_NAME)).unwrap();
    db.execute_batch(include_str!("data/ledger/schema-1.sql")).unwrap();
    let json = serde_json::to_string(&batch.provenance).unwrap();
    db.execute("INSERT INTO provenance VALUES (1, ?1)", [json]).unwrap();
    for (n, i) in batch.inputs.iter().enumerate() {
        let row = params![n as i64, i.source, i.sha256, i.bytes as i64, i.pages as i64];
        db.execute("INSERT INTO inputs VALUES (?1, ?2, ?3, ?4, ?5)", row).unwrap();
    }
    for (n, e) in batch.exceptions.iter().enumerate() {
        let position = (batch.records.len() + n) as i64;
        let kind = if e.kind == ExceptionKind::Blank { "blank" } else { "refused" };
        let row = params![position, e.source, e.page, e.sha256, kind, e.reason, e.message];
        db.execute("INSERT INTO exceptions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", row).unwrap();
    }
    for (n, r) in batch.records.iter().enumerate() {
        let json = serde_json::to_string(r).unwrap();
        let sql = "INSERT INTO records SELECT ?1, json ->> 'id', json ->> 'form', json ->> 'edition', json ->> 'status',
                   json ->> 'receipt_no', json ->> 'duplicate_of', json FROM (SELECT ?2 AS json)";
        db.execute(sql, params![n as i64, json]).unwrap();
    }
}

#[test]
fn a_ledger_of_schema_2_is_carried_over_with_every_hash() {
    let (dir, _) = kept();
    let entries = Ledger::open(dir.path()).unwrap().entries().unwrap();
    let path = dir.path().join(FILE_NAME);
    std::fs::remove_file(&path).unwrap();
    let db = Connection::open(&path).unwrap();
    let schema =
        include_str!("../src/ledger/schema.sql").replace(", 'act'))", "))").replace("user_version = 3", "user_version = 2");
    db.execute_batch(&schema).unwrap();
    for e in &entries {
        db.execute("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)", params![e.seq as i64, e.kind, e.body, e.hash]).unwrap();
    }
    drop(db);
    assert_eq!(Ledger::open(dir.path()).unwrap().entries().unwrap(), entries);
    let now = Ledger::open_to_append(dir.path()).unwrap();
    assert_eq!((now.entries().unwrap(), now.breaks().unwrap()), (entries, Vec::new()));
    let version: i64 = Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 3);
}

#[test]
fn a_ledger_of_schema_1_is_taken_over_without_loss() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    version_1(&batch, dir.path());
    let same = |ledger: &Ledger| {
        assert_eq!(ndjson(&ledger.records().unwrap()).unwrap(), ndjson(&batch.records).unwrap());
        assert_eq!(ledger.exceptions().unwrap(), batch.exceptions);
        assert_eq!(ledger.inputs().unwrap(), batch.inputs);
        assert_eq!(ledger.provenance().unwrap(), batch.provenance);
        assert_eq!(ledger.tally().unwrap(), batch.tally());
        assert_eq!(ledger.breaks().unwrap(), []);
    };
    let bytes = || std::fs::read(dir.path().join(FILE_NAME)).unwrap();
    let before = bytes();
    same(&Ledger::open(dir.path()).unwrap());
    assert!(before == bytes(), "only reading changes nothing");
    same(&Ledger::open_to_append(dir.path()).unwrap());
    assert!(before != bytes());
    assert_eq!(names_in(dir.path()), [FILE_NAME]);
    let ledger = Ledger::open(dir.path()).unwrap();
    let close = ledger.entries().unwrap().pop().unwrap();
    assert!(close.kind == "close" && close.body.contains("\"migrated_from\":1"), "{}", close.body);
}
