//! A run that is ended at any instant, or meets a full disk, is gone on with by the same command, and ends with the bytes
//! of one that was not; the same command again does nothing; two at once do not meet.

mod batch;

use batch::{assert_same, contents, finish, finished, records, run, scans, text, uketsuke};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a run takes here, for choosing instants inside it.
fn duration() -> Duration {
    let dir = tempfile::tempdir().expect("a folder");
    let start = Instant::now();
    finish(run(scans(), &dir.path().join("out")));
    start.elapsed()
}

#[test]
fn killed_at_any_instant_it_ends_with_the_same_bytes() {
    let all = duration();
    for twelfth in [4, 7, 10, 11] {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        for _ in 0..2 {
            let mut child = run(scans(), &out).stderr(Stdio::null()).spawn().expect("the program runs");
            sleep(all * twelfth / 12);
            let _ = child.kill();
            let _ = child.wait();
        }
        finish(run(scans(), &out));
        assert_same(finished(), &out, &format!("killed after {twelfth} twelfths of a run"));
    }
}

#[test]
fn stopped_by_ctrl_c_it_says_how_to_go_on_and_does() {
    let all = duration();
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let mut stopped = 0;
    for sixth in 2..=5 {
        let child = run(scans(), &out).arg("--jobs").arg("1").stderr(Stdio::piped()).spawn().expect("the program runs");
        sleep(all * sixth / 6);
        let _ = Command::new("kill").arg("-INT").arg(child.id().to_string()).status();
        let ended = child.wait_with_output().expect("it ends");
        if ended.status.code() == Some(130) {
            stopped += 1;
            assert!(text(&ended.stderr).contains("Run the same command again"), "{}", text(&ended.stderr));
            assert!(!out.join("records.ndjson").exists() && out.join(".journal.sqlite").exists());
        }
    }
    assert!(stopped > 0, "no signal met a run");
    finish(run(scans(), &out));
    assert_same(finished(), &out, "stopped by Ctrl-C");
}

#[test]
fn a_disk_without_room_costs_nothing_but_time() {
    let mut failed = 0;
    // Blocks of 512 bytes: room for a part of the journal, for pictures, for some of the files.
    for blocks in [8, 400, 1000] {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        let inner = run(scans(), &out);
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("ulimit -f {blocks}; exec \"$@\""), "sh"]).arg(inner.get_program()).args(inner.get_args());
        let ended = limited.env("LC_ALL", "C").output().expect("a shell");
        let code = ended.status.code();
        assert!(matches!(code, Some(1 | 5)), "{blocks} blocks: {code:?} {}", text(&ended.stderr));
        if code == Some(5) {
            failed += 1;
            assert!(text(&ended.stderr).contains("run again"), "{}", text(&ended.stderr));
            let whole: BTreeSet<String> = contents(&out).into_keys().filter(|n| !n.contains("journal")).collect();
            assert!(whole.iter().all(|n| n.starts_with("crops/")), "{blocks} blocks: {whole:?}");
        }
        finish(run(scans(), &out));
        assert_same(finished(), &out, &format!("{blocks} blocks"));
    }
    assert!(failed >= 2, "only {failed} limits were met");
}

#[test]
fn the_same_command_again_does_nothing_and_says_so() {
    let dir = batch::copy(finished());
    let before = fs::metadata(dir.path().join("ledger.sqlite")).expect("a ledger").modified().expect("a time");
    let output = finish({
        let mut again = run(scans(), dir.path());
        again.arg("--json");
        again
    });
    let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&summary["nothing_new"], &summary["identity_holds"]), (&Value::Bool(true), &Value::Bool(true)));
    assert_eq!(fs::metadata(dir.path().join("ledger.sqlite")).expect("a ledger").modified().expect("a time"), before);
    assert_same(finished(), dir.path(), "again");
}

#[test]
fn what_was_lost_of_a_finished_batch_is_made_again() {
    let dir = batch::copy(finished());
    let crop = contents(dir.path()).into_keys().find(|n| n.starts_with("crops/")).expect("a picture");
    for name in ["report.html", "manifest.json", crop.as_str()] {
        fs::remove_file(dir.path().join(name)).expect("removed");
    }
    finish(run(scans(), dir.path()));
    assert_same(finished(), dir.path(), "three files lost");
}

#[test]
fn a_finished_batch_is_not_written_over_by_another() {
    let dir = batch::copy(finished());
    let other = |change: &dyn Fn(&mut Command)| {
        let mut command = run(scans(), dir.path());
        change(&mut command);
        let output = command.output().expect("the program runs");
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = other(&|c| {
        c.arg(finished().join("notices.pdf"));
    });
    assert!(code == Some(2) && said.contains("(scans)"), "{code:?} {said}");
    let (code, said) = other(&|c| {
        c.args(["--csv-encoding", "cp932"]);
    });
    assert!(code == Some(2) && said.contains("settings"), "{code:?} {said}");
    assert_same(finished(), dir.path(), "refused");
}

#[test]
fn the_second_run_into_a_folder_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let held = fs::File::open(dir.path()).expect("a folder");
    held.try_lock().expect("nobody else");
    let busy = run(scans(), dir.path()).output().expect("the program runs");
    assert_eq!(busy.status.code(), Some(5));
    assert!(text(&busy.stderr).contains("in use by another run"), "{}", text(&busy.stderr));
    drop(held);
    finish(run(scans(), dir.path()));
    assert_same(finished(), dir.path(), "after the first had gone");
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    for jobs in ["1", "8"] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut command = run(scans(), dir.path());
        command.args(["--jobs", jobs]);
        finish(command);
        assert_same(finished(), dir.path(), jobs);
    }
}

/// What is said of each page, but for running numbers, and names that hang on the order files came in.
fn said(dir: &Path) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for mut record in records(dir) {
        let pages: Vec<String> =
            record["pages"].as_array().expect("pages").iter().map(|p| format!("{} {}", p["sha256"], p["page"])).collect();
        record.as_object_mut().expect("a record").remove("receipt_no");
        for page in record["pages"].as_array_mut().expect("pages") {
            page.as_object_mut().expect("a page").remove("source");
        }
        all.insert(pages.join(" "), record);
    }
    all
}

#[test]
fn the_order_of_files_does_not_change_what_is_read() {
    let folders = ["intent-survey", "usage-application", "reader-request"].map(|f| scans().join(f));
    let read = |order: [usize; 3]| {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        let mut command = uketsuke();
        command.arg("run").args(order.map(|i| &folders[i])).arg("--out").arg(&out).args(["--batch", "b", "--quiet"]);
        let code = command.status().expect("the program runs").code();
        assert!(matches!(code, Some(0 | 1)));
        said(&out)
    };
    let first = read([0, 1, 2]);
    assert!(first.len() >= 6);
    assert_eq!(first, read([2, 0, 1]));
}

#[cfg(unix)]
#[test]
fn everything_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut open = vec![finished().to_owned()];
    while let Some(path) = open.pop() {
        let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        if path.is_dir() {
            open.extend(fs::read_dir(&path).expect("a folder").map(|e| e.expect("an entry").path()));
        }
    }
    assert!(
        fs::read_dir(finished()).expect("a folder").all(|e| !e.expect("an entry").file_name().to_string_lossy().starts_with('.'))
    );
}
