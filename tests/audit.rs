//! `uketsuke audit`: a sound folder has no faults, with its scans read again and for any number of threads; every kind of
//! tampering is found and named.

mod batch;

use batch::{contents, copy, finished, first_file, records, scans, text, uketsuke};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::Path;
use uketsuke::ledger::chain::link;
use uketsuke::ledger::decision::{Change, Decision};
use uketsuke::ledger::{FILE_NAME, Ledger};
use uketsuke::record::Status;

/// Exit code and faults: code and message of each.
fn audit(dir: &Path, more: &[&str]) -> (i32, Vec<(String, String)>) {
    let output = uketsuke().arg("audit").arg(dir).args(["--json", "--quiet"]).args(more).output().expect("the program runs");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let word = |v: &Value| v.as_str().expect("a word").to_owned();
    let faults = found["faults"].as_array().expect("faults").iter().map(|f| (word(&f["code"]), word(&f["message"]))).collect();
    (output.status.code().expect("a code"), faults)
}

/// The copy of a finished batch after that was done to it has a fault of that code that names this.
fn tampered(what: &str, code: &str, names: &str, with: impl Fn(&Path)) {
    let dir = copy(finished());
    with(dir.path());
    assert_found(what, code, names, &audit(dir.path(), &[]));
}

fn assert_found(what: &str, code: &str, names: &str, (exit, faults): &(i32, Vec<(String, String)>)) {
    let found = faults.iter().any(|(c, message)| c == code && message.contains(names));
    assert!(found && *exit == 1, "{what}: no {code} with {names} in {faults:#?} (exit code {exit})");
}

/// The ledger past the triggers that keep honest programs from changing it.
fn forced(dir: &Path) -> Connection {
    let db = Connection::open(dir.join(FILE_NAME)).expect("a ledger");
    db.execute_batch("DROP TRIGGER entries_are_not_changed; DROP TRIGGER entries_are_not_removed").expect("dropped");
    db
}

fn edit(path: &Path, change: impl Fn(&str) -> String) {
    let before = fs::read_to_string(path).expect("a text");
    let after = change(&before);
    assert_ne!(before, after);
    fs::write(path, after).expect("written");
}

/// Makes the manifest vouch for a file as it is now.
fn vouch(dir: &Path, name: &str) {
    let bytes = fs::read(dir.join(name)).expect("a file");
    edit(&dir.join("manifest.json"), |text| {
        let mut json: Value = serde_json::from_str(text).expect("JSON");
        let files = json["files"].as_array_mut().expect("files");
        let file = files.iter_mut().find(|f| f["path"] == name).expect("listed");
        file["sha256"] = uketsuke::scan::sha256(&bytes).into();
        file["bytes"] = bytes.len().into();
        format!("{}\n", serde_json::to_string_pretty(&json).expect("JSON"))
    });
}

fn crops(dir: &Path) -> Vec<String> {
    contents(dir).into_keys().filter(|n| n.starts_with("crops/")).collect()
}

fn first_record(dir: &Path) -> String {
    records(dir)[0]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_sound_folder_has_no_faults_and_its_scans_give_it_again() {
    for jobs in ["1", "3"] {
        let scans = scans().to_string_lossy().into_owned();
        let (code, faults) = audit(finished(), &["--scans", &scans, "--jobs", jobs]);
        assert_eq!((code, faults), (0, Vec::new()), "--jobs {jobs}");
    }
}

#[test]
fn an_audit_changes_nothing() {
    let dir = copy(finished());
    audit(dir.path(), &[]);
    batch::assert_same(finished(), dir.path(), "after an audit");
}

#[test]
fn an_edited_row_is_named() {
    let id = first_record(finished());
    tampered("edited row", "entry-changed", &id, |dir| {
        let sql =
            "UPDATE entries SET body = replace(body, '\"form_page\":1', '\"form_page\": 1') WHERE body -> 'record' ->> 'id' = ?1";
        assert_eq!(forced(dir).execute(sql, [&id]).expect("changed"), 1);
    });
}

#[test]
fn a_chain_written_anew_is_not_the_one_in_the_manifest() {
    tampered("chain written anew", "head-differs", "manifest.json", |dir| {
        let entries = Ledger::open(dir).expect("a ledger").entries().expect("entries");
        let db = forced(dir);
        let mut before = uketsuke::ledger::chain::GENESIS.to_owned();
        for e in entries {
            let forge = e.kind == "record";
            let body = if forge { e.body.replace("\"rotation\":", "\"rotation\":9") } else { e.body };
            before = link(&before, e.seq, &e.kind, &body);
            db.execute("UPDATE entries SET body = ?1, hash = ?2 WHERE seq = ?3", (body, &before, e.seq as i64)).expect("changed");
        }
    });
}

#[test]
fn exchanged_rows_are_named() {
    let id = first_record(finished());
    tampered("exchanged rows", "entry-moved", &id, |dir| {
        let db = forced(dir);
        let rows: Vec<(i64, String)> = {
            let mut select = db.prepare("SELECT seq, body FROM entries WHERE kind = 'record' ORDER BY seq LIMIT 2").expect("SQL");
            select.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).expect("rows").map(|r| r.expect("a row")).collect()
        };
        for (to, from) in [(0, 1), (1, 0)] {
            db.execute("UPDATE entries SET body = ?1 WHERE seq = ?2", (&rows[from].1, rows[to].0)).expect("changed");
        }
    });
}

#[test]
fn a_removed_page_is_named() {
    let last = |dir: &Path| Ledger::open(dir).expect("a ledger").head().expect("a head").entries;
    let sql = "SELECT seq FROM entries WHERE kind = 'exception' LIMIT 1";
    let seq: i64 = Connection::open(finished().join(FILE_NAME)).expect("a ledger").query_row(sql, [], |r| r.get(0)).expect("one");
    assert!(seq > 1 && (seq as u64) < last(finished()));
    for (code, names) in [("entry-missing", format!("entry {seq}")), ("identity-broken", "pages in".to_owned())] {
        tampered("removed page", code, &names, |dir| {
            assert_eq!(forced(dir).execute("DELETE FROM entries WHERE seq = ?1", [seq]).expect("removed"), 1);
        });
    }
}

#[test]
fn a_row_removed_at_the_end_is_named() {
    tampered("removed end", "ledger-cut-short", "missing", |dir| {
        let sql = "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)";
        assert_eq!(forced(dir).execute(sql, []).expect("removed"), 1);
    });
}

#[test]
fn a_decision_removed_at_the_end_is_named() {
    let decided = |dir: &Path| {
        let record = Ledger::open(dir).expect("a ledger").as_read().expect("records").swap_remove(0);
        let to = if record.status == Status::Review { Status::Accepted } else { Status::Review };
        let decision = Decision {
            who: "検証担当".to_owned(),
            when: "2021-04-05T01:02:03Z".parse().expect("a time"),
            record: record.id,
            change: Change::Status { from: record.status, to, findings: None },
            why: "原本を確認".to_owned(),
        };
        Ledger::open_to_append(dir).expect("a ledger").append_decision(&decision).expect("appended");
        assert!(uketsuke().arg("export").arg(dir).status().expect("the program runs").success());
    };
    let dir = copy(finished());
    decided(dir.path());
    let (code, faults) = audit(dir.path(), &[]);
    assert_eq!((code, faults), (0, Vec::new()), "a decision is no fault");
    tampered("removed decision", "head-differs", "manifest.json", |dir| {
        decided(dir);
        assert_eq!(forced(dir).execute("DELETE FROM entries WHERE kind = 'decision'", []).expect("removed"), 1);
    });
}

#[test]
fn exchanged_missing_and_added_pictures_are_named() {
    let names = crops(finished());
    let (a, b) = (
        names[0].clone(),
        names.iter().find(|n| contents(finished())[*n] != contents(finished())[&names[0]]).expect("another").clone(),
    );
    for name in [&a, &b] {
        tampered("exchanged pictures", "file-changed", name, |dir| {
            let (x, y) = (fs::read(dir.join(&a)).expect("a picture"), fs::read(dir.join(&b)).expect("a picture"));
            fs::write(dir.join(&a), y).expect("written");
            fs::write(dir.join(&b), x).expect("written");
        });
    }
    tampered("exchanged picture, vouched for", "file-changed", &a, |dir| {
        fs::copy(dir.join(&b), dir.join(&a)).expect("copied");
        vouch(dir, &a);
    });
    tampered("missing picture", "file-missing", &a, |dir| fs::remove_file(dir.join(&a)).expect("removed"));
    tampered("added picture", "file-unknown", "crops/x.png", |dir| fs::write(dir.join("crops/x.png"), "x").expect("written"));
}

#[test]
fn an_edited_line_of_the_records_is_named_with_its_part() {
    let id = first_record(finished());
    for (what, vouched) in [("edited records", false), ("edited records, vouched for", true)] {
        let names = format!("line 1 record {id}: form");
        tampered(what, "file-changed", &names, |dir| {
            edit(&dir.join("records.ndjson"), |t| t.replacen("\"form\":\"", "\"form\":\"x", 1));
            if vouched {
                vouch(dir, "records.ndjson");
            }
        });
    }
}

#[test]
fn edited_tables_and_letters_are_named_though_the_manifest_vouches_for_them() {
    for name in ["csv/reader-request.csv", "exceptions.csv", "receipts.pdf", "notices.pdf"] {
        for vouched in [false, true] {
            tampered(name, "file-changed", name, |dir| {
                let path = dir.join(name);
                let mut bytes = fs::read(&path).expect("a file");
                let at = bytes.len() * 3 / 4;
                bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
                fs::write(&path, bytes).expect("written");
                if vouched {
                    vouch(dir, name);
                }
            });
        }
    }
    tampered("edited report", "file-changed", "report.html", |dir| {
        edit(&dir.join("report.html"), |t| t.replacen("受付", "受け付け", 1));
    });
}

#[test]
fn an_edited_manifest_is_named_with_its_part() {
    for (from, to, names) in [
        ("\"identity_holds\": true", "\"identity_holds\": false", "counts.identity_holds"),
        ("\"batch\": \"b\"", "\"batch\": \"c\"", "batch"),
        ("\"source\": \"empty.pdf\"", "\"source\": \"full.pdf\"", "inputs: empty.pdf"),
        ("\"received_on\": \"2021-03-26\"", "\"received_on\": \"2021-03-25\"", "received_on"),
    ] {
        tampered("edited manifest", "manifest-changed", names, |dir| {
            edit(&dir.join("manifest.json"), |t| t.replacen(from, to, 1));
        });
    }
    tampered("edited head", "head-differs", "manifest.json", |dir| {
        let head = Ledger::open(dir).expect("a ledger").head().expect("a head").sha256;
        edit(&dir.join("manifest.json"), |t| t.replace(&head, &"0".repeat(64)));
    });
}

#[test]
fn replaced_and_missing_scans_are_named() {
    let archive = copy(scans());
    let scan = first_file(&archive.path().join("intent-survey"));
    let name = format!("intent-survey/{}", scan.file_name().expect("a name").to_string_lossy());
    let given = archive.path().to_string_lossy().into_owned();
    fs::copy(first_file(&archive.path().join("reader-request")), &scan).expect("copied");
    assert_found("replaced scan", "scan-replaced", &name, &audit(finished(), &["--scans", &given]));
    fs::remove_file(&scan).expect("removed");
    let (code, faults) = audit(finished(), &["--scans", &given]);
    assert_found("missing scan", "scan-missing", &name, &(code, faults.clone()));
    assert_eq!(faults.len(), 1, "what else there is comes out the same: {faults:#?}");
}

#[test]
fn a_record_that_the_scans_do_not_give_is_named() {
    let dir = copy(finished());
    let id = first_record(dir.path());
    // Everything written anew to fit one changed record, as somebody with the program and time could.
    let entries = Ledger::open(dir.path()).expect("a ledger").entries().expect("entries");
    let db = forced(dir.path());
    let mut before = uketsuke::ledger::chain::GENESIS.to_owned();
    for e in entries {
        let body = if e.kind == "record" && e.body.contains(&id) {
            e.body.replacen("\"rotation\":", "\"rotation\":9", 1)
        } else {
            e.body
        };
        before = link(&before, e.seq, &e.kind, &body);
        db.execute("UPDATE entries SET body = ?1, hash = ?2 WHERE seq = ?3", (body, &before, e.seq as i64)).expect("changed");
    }
    drop(db);
    for command in ["export", "receipts"] {
        assert!(uketsuke().arg(command).arg(dir.path()).status().expect("the program runs").success());
    }
    let (_, faults) = audit(dir.path(), &[]);
    assert!(faults.iter().all(|(code, _)| code != "entry-changed"), "{faults:#?}");
    let scans = scans().to_string_lossy().into_owned();
    assert_found("forged record", "record-differs", &id, &audit(dir.path(), &["--scans", &scans]));
}

#[test]
fn no_folder_of_a_batch_is_wrong_usage() {
    let dir = tempfile::tempdir().expect("a folder");
    let output = uketsuke().arg("audit").arg(dir.path()).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("ledger.sqlite is not there"));
}
