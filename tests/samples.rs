//! The day's post in samples/, run as a user runs it: every page ends where it should, nothing is read wrong, nothing is
//! joined wrongly, every record satisfies its form's schema. A new sample is a file and needs no code.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

type PageKey = (String, u64);

struct Post {
    dir: PathBuf,
    code: i32,
    records: Vec<Value>,
    exceptions: BTreeMap<PageKey, (String, String)>,
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_uketsuke"))
}

fn post() -> &'static Post {
    static POST: OnceLock<Post> = OnceLock::new();
    POST.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("samples");
        let _ = fs::remove_dir_all(&dir);
        let mut run = program();
        run.arg("run").arg(samples()).arg("--out").arg(&dir).arg("--master").arg(samples().join("master.csv"));
        run.args(["--received", "2021-03-26", "--postmarked", "2021-03-25", "--batch", "test", "--quiet"]);
        let code = run.status().expect("the program runs").code().expect("an exit code");
        let text = fs::read_to_string(dir.join("records.ndjson")).expect("records");
        let records = text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
        let exceptions = read_exceptions(&dir.join("exceptions.csv"));
        Post { dir, code, records, exceptions }
    })
}

/// Kind and reason by file and page.
fn read_exceptions(path: &Path) -> BTreeMap<PageKey, (String, String)> {
    let mut reader = csv::Reader::from_path(path).expect("exceptions.csv");
    let row = |r: csv::StringRecord| {
        ((r[0].trim_start_matches('\'').to_owned(), r[1].parse().expect("a page")), (r[3].to_owned(), r[4].to_owned()))
    };
    reader.records().map(|r| row(r.expect("a row"))).collect()
}

fn pages(record: &Value) -> Vec<PageKey> {
    let page = |p: &Value| (p["source"].as_str().expect("a source").to_owned(), p["page"].as_u64().expect("a page"));
    record["pages"].as_array().expect("pages").iter().map(page).collect()
}

fn record_of(key: &PageKey) -> Option<&'static Value> {
    post().records.iter().find(|r| pages(r).contains(key))
}

/// What is expected of every page, from the files beside the samples.
fn expected() -> Vec<(PageKey, Value)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(samples()).expect("samples") {
        let path = entry.expect("an entry").path();
        if !path.to_string_lossy().ends_with(".expected.json") {
            continue;
        }
        let whole: Value = serde_json::from_str(&fs::read_to_string(&path).expect("a file")).expect("JSON");
        for page in whole["pages"].as_array().expect("pages") {
            all.push((
                (whole["source"].as_str().expect("a source").to_owned(), page["page"].as_u64().expect("a page")),
                page.clone(),
            ));
        }
    }
    assert!(all.len() >= 40, "a day's post has at least 40 pages, not {}", all.len());
    all
}

#[test]
fn every_page_ends_where_it_should() {
    let mut wrong = Vec::new();
    for (key, page) in expected() {
        let status = page["status"].as_str().expect("a status");
        let ended = match (record_of(&key), post().exceptions.get(&key)) {
            (Some(record), None) => record["status"].as_str().expect("a status").to_owned(),
            (None, Some((kind, reason))) => format!("{kind} {reason}"),
            (record, exception) => {
                panic!("{key:?} is accounted for {} times", usize::from(record.is_some()) + usize::from(exception.is_some()))
            }
        };
        // A person may be asked where the machine was not sure; a wrong end may not be.
        let met = match status {
            "blank" => ended == "blank blank",
            "refused" => page["reason"].as_str().is_none_or(|r| ended == format!("refused {r}")),
            "duplicate" => ended == "duplicate" || ended == "review",
            _ => ended == status || ended == "review",
        };
        if !met {
            wrong.push(format!("{key:?}: expected {status}, ended {ended}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn most_of_what_needs_no_person_reaches_none() {
    let clean: Vec<PageKey> = expected().into_iter().filter(|(_, p)| p["status"] == "accepted").map(|(k, _)| k).collect();
    let accepted = clean.iter().filter(|k| record_of(k).is_some_and(|r| r["status"] == "accepted")).count();
    assert!(accepted * 2 >= clean.len(), "{accepted} of {} accepted", clean.len());
}

#[test]
fn files_that_cannot_be_opened_are_refused_with_their_reason() {
    let reason = |name: &str| post().exceptions.iter().find(|(k, _)| k.0 == name).map(|(_, e)| e.1.clone());
    assert_eq!(reason("encrypted.pdf").as_deref(), Some("encrypted"));
    assert_eq!(reason("cut-off.jpg").as_deref(), Some("damaged-file"));
}

#[test]
fn nothing_is_read_wrong() {
    let text = fs::read_to_string(samples().join("truth.ndjson")).expect("truth");
    let (mut judged, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let truth: Value = serde_json::from_str(line).expect("JSON");
        for key in pages(&truth) {
            let Some(record) = record_of(&key) else { continue };
            for (id, meant) in truth["fields"].as_object().expect("fields") {
                let field = &record["fields"][id];
                let given = matches!(field["state"].as_str(), Some("read" | "blank"));
                judged += 1;
                if given && !says_the_same(&field["value"], meant) {
                    wrong.push(format!("{key:?} {id}: meant {meant}, given {}", field["value"]));
                }
            }
        }
    }
    assert!(judged > 300, "only {judged} fields judged");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether two values say the same: nobody can tell a space between Japanese characters from a wide gap.
fn says_the_same(given: &Value, meant: &Value) -> bool {
    let is_japanese = |text: &str| !text.is_ascii();
    match (given.as_str(), meant.as_str()) {
        (Some(given), Some(meant)) if is_japanese(meant) => given.replace(' ', "") == meant.replace(' ', ""),
        _ => given == meant,
    }
}

#[test]
fn no_two_submissions_are_joined() {
    let names: BTreeMap<PageKey, Value> = expected().into_iter().map(|(k, p)| (k, p["submission"].clone())).collect();
    for record in &post().records {
        let keys = pages(record);
        let of: Vec<&Value> = keys.iter().filter_map(|k| names.get(k)).collect();
        assert!(of.windows(2).all(|w| w[0] == w[1]), "{keys:?} are pages of {of:?}");
    }
}

#[test]
fn some_wait_for_a_person_and_the_exit_code_says_so() {
    assert_eq!(post().code, 1);
}

#[test]
fn the_identity_holds() {
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(post().dir.join("manifest.json")).expect("manifest")).expect("JSON");
    assert_eq!(manifest["counts"]["identity_holds"], true);
    let listed: usize = post().records.iter().map(|r| pages(r).len()).sum::<usize>() + post().exceptions.len();
    assert_eq!(manifest["counts"]["pages_in"], listed);
}

#[test]
fn every_record_satisfies_its_schema() {
    for form in ["reader-request", "usage-application", "intent-survey"] {
        let shown = program().args(["forms", "show", form, "--schema"]).output().expect("the program runs");
        let schema: Value = serde_json::from_slice(&shown.stdout).expect("a schema");
        let validator = jsonschema::validator_for(&schema).expect("a valid schema");
        let of_form: Vec<&Value> = post().records.iter().filter(|r| r["form"] == form).collect();
        assert!(!of_form.is_empty());
        for record in of_form {
            let errors: Vec<String> = validator.iter_errors(record).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{}", errors.join("\n"));
        }
    }
}

#[test]
fn surveys_get_no_number_and_no_letter() {
    let surveys: Vec<&Value> = post().records.iter().filter(|r| r["form"] == "intent-survey").collect();
    assert!(!surveys.is_empty());
    assert!(surveys.iter().all(|r| r["receipt_no"].is_null()));
}
