//! The command line as a user meets it: exit codes, streams, messages.

use std::fs;
use std::process::{Command, Output};

fn uketsuke(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_uketsuke")).args(args).env("LC_ALL", "C").output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn forms_check_fills_in_and_reads_back_every_field_of_a_form() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/forms/reader-request");
    let output = uketsuke(&["forms", "check", dir, "--sheets", "1"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", text(&output.stderr));
    let line = said.lines().find(|l| l.trim_start().starts_with("institution_code")).expect("a line per field");
    assert!(line.contains("1 /  0 /  0"), "{line}");
    let none = text(&uketsuke(&["forms", "check", dir, "--sheets", "0"]).stdout);
    assert!(!none.contains("institution_code"), "no sheets, no table: {none}");
}

#[test]
fn a_blank_too_small_to_measure_is_an_error_that_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let blank = dir.path().join("one.png");
    image::GrayImage::new(1, 1).save(&blank).expect("saved");
    let path = |p: &std::path::Path| p.display().to_string();
    let output = uketsuke(&["forms", "new", &path(&blank), "--id", "one", "--out", &path(dir.path())]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("too small"), "{output:?}");
}

#[test]
fn wrong_usage_ends_with_2() {
    assert_eq!(uketsuke(&["run"]).status.code(), Some(2));
    let unknown = uketsuke(&["forms", "show", "reader-reqest"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("reader-request"), "the known forms are named");
}

#[test]
fn a_wrong_form_file_ends_with_3_and_names_the_line() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("form.toml"), "id = \"x\"\ntitel = \"誤\"\n").expect("written");
    let checked = uketsuke(&["forms", "check", &dir.path().display().to_string()]);
    assert_eq!(checked.status.code(), Some(3));
    assert!(text(&checked.stderr).contains("form.toml:2: unknown key `titel`"), "{}", text(&checked.stderr));
}

#[test]
fn no_readable_input_ends_with_4_and_is_accounted_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let run = uketsuke(&["run", "/no/such/scan.png", "--out", &out.display().to_string()]);
    assert_eq!(run.status.code(), Some(4));
    assert!(fs::read_to_string(out.join("exceptions.csv")).expect("exceptions").contains("scan.png"));
}

#[test]
fn an_output_that_cannot_be_written_ends_with_5() {
    let dir = tempfile::tempdir().expect("a folder");
    let in_the_way = dir.path().join("file");
    fs::write(&in_the_way, b"x").expect("written");
    fs::write(dir.path().join("a.png"), b"x").expect("written");
    let scan = dir.path().join("a.png").display().to_string();
    let out = in_the_way.join("out").display().to_string();
    assert_eq!(uketsuke(&["run", &scan, "--out", &out]).status.code(), Some(5));
}

#[test]
fn messages_follow_the_locale() {
    let run = |locale: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        command.args(["forms", "check"]).env("LC_ALL", locale);
        text(&command.output().expect("the program runs").stdout)
    };
    assert!(run("ja_JP.UTF-8").contains("様式"));
    assert!(run("C").contains("forms"));
}

#[test]
fn help_teaches() {
    let help = text(&uketsuke(&["--help"]).stdout);
    for word in ["run", "read", "forms", "explain", "export", "receipts", "audit", "synth", "Exit codes"] {
        assert!(help.contains(word), "--help does not say `{word}`");
    }
}

#[test]
fn what_synth_writes_run_reads_and_export_writes_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let synth = uketsuke(&["synth", "--form", "intent-survey", "--count", "2", "--damage", "none", "--out", &path("scans")]);
    assert_eq!(synth.status.code(), Some(0), "{}", text(&synth.stderr));
    let run = uketsuke(&["run", &path("scans"), "--out", &path("out"), "--json"]);
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", text(&run.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&run.stdout).expect("a JSON summary");
    assert_eq!(summary["identity_holds"], true);
    let records = fs::read(dir.path().join("out/records.ndjson")).expect("records");
    fs::remove_file(dir.path().join("out/records.ndjson")).expect("removed");
    assert_eq!(uketsuke(&["export", &path("out")]).status.code(), Some(0));
    assert_eq!(fs::read(dir.path().join("out/records.ndjson")).expect("records"), records, "the same bytes again");
    assert_eq!(uketsuke(&["receipts", &path("out")]).status.code(), Some(0));
}

#[test]
fn of_the_same_sheets_twice_the_later_is_a_duplicate_and_the_earlier_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    let sheets = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/2021-03-26-usage.pdf");
    fs::create_dir(path("scans")).expect("a folder");
    for name in ["scans/1.pdf", "scans/2.pdf"] {
        fs::copy(sheets, path(name)).expect("a copy");
    }
    let run = uketsuke(&["run", &path("scans"), "--out", &path("out"), "--received", "2021-04-02"]);
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", text(&run.stderr));
    let records = fs::read_to_string(path("out/records.ndjson")).expect("records");
    let records: Vec<serde_json::Value> = records.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (former, later) = records.split_at(records.len() / 2);
    assert!(!former.is_empty() && former.len() == later.len());
    for (former, later) in former.iter().zip(later) {
        assert_eq!((&later["status"], &later["duplicate_of"]), (&"duplicate".into(), &former["id"]));
        let id = later["id"].as_str().expect("an id");
        let findings = former["findings"].as_array().expect("findings");
        let told = |f: &serde_json::Value| f["rule"] == "came-again" && f["message"].as_str().is_some_and(|m| m.contains(id));
        assert!(findings.iter().any(told), "{findings:?}");
    }
}

#[test]
fn a_blank_is_printed_as_pdf_and_as_pictures() {
    let dir = tempfile::tempdir().expect("a folder");
    let pdf = dir.path().join("f.pdf").display().to_string();
    assert_eq!(uketsuke(&["forms", "print", "usage-application", "--out", &pdf]).status.code(), Some(0));
    assert!(fs::read(dir.path().join("f.pdf")).expect("a PDF").starts_with(b"%PDF"));
    let png = dir.path().join("f.png").display().to_string();
    assert_eq!(uketsuke(&["forms", "print", "usage-application", "--png", "--dpi", "60", "--out", &png]).status.code(), Some(0));
    assert!(dir.path().join("f-1.png").exists() && dir.path().join("f-2.png").exists());
}
