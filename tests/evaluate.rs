//! `evaluate` against pages whose truth is known, and against truths that were changed.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn uketsuke(args: &[&str]) -> (Option<i32>, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_uketsuke")).args(args).env("LC_ALL", "C").output().expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code(), text(&out.stdout), text(&out.stderr))
}

fn labelled(dir: &Path) -> Vec<Value> {
    let out = dir.to_str().expect("utf-8");
    let (code, _, said) =
        uketsuke(&["synth", "--form", "intent-survey", "--count", "4", "--seed", "77", "--damage", "none", "--out", out]);
    assert_eq!(code, Some(0), "{said}");
    let truth = std::fs::read_to_string(dir.join("truth.ndjson")).expect("truth");
    truth.lines().map(|l| serde_json::from_str(l).expect("a label")).collect()
}

fn measure(dir: &Path, labels: &[Value]) -> Value {
    let lines: Vec<String> = labels.iter().map(ToString::to_string).collect();
    std::fs::write(dir.join("labels.ndjson"), lines.join("\n")).expect("written");
    let truth = dir.join("labels.ndjson");
    let (code, out, said) =
        uketsuke(&["evaluate", dir.to_str().expect("utf-8"), "--truth", truth.to_str().expect("utf-8"), "--json"]);
    assert_eq!(code, Some(0), "{said}");
    serde_json::from_str(&out).expect("figures")
}

#[test]
fn what_is_right_counts_as_right_and_a_changed_truth_as_wrong_in_silence() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut labels = labelled(dir.path());
    let honest = measure(dir.path(), &labels);
    assert_eq!(honest["submissions"], 4);
    assert_eq!(honest["kinds"]["rings"]["wrong"], 0);
    let right = honest["kinds"]["rings"]["right"].as_u64().expect("a count");
    assert!(right >= 14, "{}", honest["kinds"]["rings"]);
    let pages = honest["pages_all_sure"]["intent-survey"].as_object().expect("pages");
    assert!(!pages.is_empty() && pages.values().all(|page| page["of"] == 4), "{pages:?}");

    let q1 = labels[0]["fields"]["q1"].clone();
    labels[0]["fields"]["q1"] = if q1 == json!("1") { json!("2") } else { json!("1") };
    let accused = measure(dir.path(), &labels);
    assert_eq!(accused["kinds"]["rings"]["wrong"], 1);
    assert_eq!(accused["kinds"]["rings"]["right"], right - 1);
    assert_eq!(accused["wrong"][0]["field"], "q1");
    assert_eq!(accused["wrong"][0]["source"], labels[0]["pages"][0]["source"]);
}

#[test]
fn what_no_one_can_read_is_wrong_only_where_it_was_accepted_and_what_is_left_out_is_not_judged() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut labels = labelled(dir.path());
    labels.truncate(1);
    labels[0]["fields"] = json!({ "q1": "?" });
    let m = measure(dir.path(), &labels);
    assert_eq!(m["kinds"].as_object().expect("kinds").len(), 1);
    assert_eq!((&m["kinds"]["rings"]["judged"], &m["kinds"]["rings"]["wrong"]), (&json!(1), &json!(1)));
}

#[test]
fn pages_that_are_not_read_and_other_forms_are_counted_not_skipped() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut labels = labelled(dir.path());
    labels[0]["pages"][0]["source"] = json!("nowhere.png");
    labels[1]["form"] = json!("reader-request");
    labels[1]["fields"] = json!({});
    let m = measure(dir.path(), &labels);
    assert_eq!(m["unread"]["unreadable-file"], 1);
    let page = &m["pages_all_sure"]["intent-survey"]["1"];
    assert_eq!(page["of"], 3, "a page that was not read is one that needs a person");
    assert!(page["hits"].as_u64().expect("a count") <= 2);
    assert_eq!(m["other_form"], 1);
}

#[test]
fn labels_that_are_none_are_named_by_line() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("truth.ndjson"), "\n{\"form\":1}\n").expect("written");
    let (code, _, said) = uketsuke(&["evaluate", dir.path().to_str().expect("utf-8")]);
    assert_eq!(code, Some(4));
    assert!(said.contains("line 2"), "{said}");
}
