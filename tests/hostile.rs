//! Hostile input is normal input: whatever lies among good scans costs itself and nothing else, is accounted for with a
//! reason, and shows nothing of what it holds.

mod batch;

use batch::{finish, finished, records, scans, text, uketsuke};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Files that are no scans, or are damaged: everything committed for the loader, and names made to do harm.
fn rubbish(dir: &Path) -> usize {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/load/invalid");
    let mut count = 0;
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, dir.join(path.file_name().expect("a name"))).expect("copied");
        count += 1;
    }
    for name in ["line\nbreak.png", "=cmd('x').png", "-rf", "bell\u{7}.tif", "名前 太郎.jpg", "$(reboot).pdf", "a;b`c`.png"] {
        fs::write(dir.join(name), "no picture").expect("written");
        count += 1;
    }
    count
}

/// Records without what hangs on what else is in the batch.
fn alone(dir: &Path) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for mut record in records(dir) {
        record.as_object_mut().expect("a record").remove("receipt_no");
        for page in record["pages"].as_array_mut().expect("pages") {
            let source = page["source"].as_str().expect("a source").trim_start_matches("good/").to_owned();
            page["source"] = source.into();
        }
        all.insert(record["id"].as_str().expect("an id").to_owned(), record);
    }
    all
}

#[test]
fn rubbish_among_good_scans_costs_itself_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let given = dir.path().join("given");
    fs::create_dir_all(given.join("bad")).expect("made");
    std::os::unix::fs::symlink(scans(), given.join("good")).expect("linked");
    std::os::unix::fs::symlink(&given, given.join("bad/loop")).expect("linked");
    std::os::unix::fs::symlink("/no/such/file", given.join("bad/dangling.png")).expect("linked");
    let count = rubbish(&given.join("bad"));
    let out = dir.path().join("out");
    finish(run_quietly(&given, &out));
    let mut clean = alone(finished());
    // Among other files a sheet may come before its copy; which of the two is the first is all that changes.
    let mut now = alone(&out);
    for records in [&mut clean, &mut now] {
        records.retain(|id, _| !id.contains('-'));
        for record in records.values_mut() {
            record["pages"] = Value::Null;
            record["findings"] = Value::Null;
        }
    }
    assert_eq!(clean, now);
    let manifest: Value =
        serde_json::from_str(&fs::read_to_string(out.join("manifest.json")).expect("a manifest")).expect("JSON");
    assert_eq!(manifest["counts"]["identity_holds"], true);
    let mut table = csv::Reader::from_path(out.join("exceptions.csv")).expect("a table");
    let rows: Vec<csv::StringRecord> = table.records().map(|r| r.expect("a row")).collect();
    let bad = rows.iter().filter(|r| r[0].contains("bad/")).count();
    // One row for each bad file, one for the loop, one for the link to nowhere; damaged files may have more pages.
    assert!(bad >= count + 2, "{bad} rows for {count} files");
    assert!(rows.iter().all(|r| !r[4].is_empty() && !r[5].is_empty()), "every one has its reason");
    assert!(rows.iter().all(|r| !r[0].starts_with('=')), "no cell is a formula");
}

fn run_quietly(scans: &Path, out: &Path) -> std::process::Command {
    batch::run(scans, out)
}

#[test]
fn ten_thousand_files_in_a_folder_are_each_accounted_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let given = dir.path().join("given");
    fs::create_dir(&given).expect("made");
    for n in 0..10_000 {
        fs::write(given.join(format!("{n:05}.png")), format!("no picture {n}")).expect("written");
    }
    let (out, start) = (dir.path().join("out"), Instant::now());
    let output = uketsuke().arg("run").arg(&given).arg("--out").arg(&out).args(["--json"]).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&summary["counts"]["pages_in"], &summary["counts"]["pages"]["refused"]), (&10_000.into(), &10_000.into()));
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}

#[cfg(unix)]
#[test]
fn what_is_no_ordinary_file_is_told_and_not_waited_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let pipe = dir.path().join("pipe.png");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let out = dir.path().join("out");
    let output = uketsuke().arg("run").arg(&pipe).arg("/dev/zero").arg("--out").arg(&out).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    let table = fs::read_to_string(out.join("exceptions.csv")).expect("a table");
    assert_eq!(table.matches("unreadable-file").count(), 2, "{table}");
}

#[test]
fn nothing_that_was_written_on_a_form_is_on_the_terminal_or_in_a_name() {
    let read: Vec<String> = records(finished())
        .iter()
        .flat_map(|r| {
            r["fields"]
                .as_object()
                .expect("fields")
                .values()
                .filter_map(|f| f["value"].as_str().map(str::to_owned))
                .collect::<Vec<_>>()
        })
        .filter(|v| v.chars().count() >= 6)
        .collect();
    assert!(!read.is_empty());
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = uketsuke();
    command.arg("run").arg(scans()).arg("--out").arg(dir.path().join("out"));
    let output = command.output().expect("the program runs");
    let audit = uketsuke().arg("audit").arg(dir.path().join("out")).output().expect("the program runs");
    let said = [output.stdout, output.stderr, audit.stdout, audit.stderr].map(|b| text(&b)).concat();
    let names: Vec<String> = batch::contents(&dir.path().join("out")).into_keys().collect();
    for value in read {
        assert!(!said.contains(&value), "a value is on the terminal");
        assert!(names.iter().all(|n| !n.contains(&value)), "a value is in a file name");
    }
}
