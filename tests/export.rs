//! What the files of a batch folder promise.
#![allow(clippy::unwrap_used)]

#[path = "export/fixture.rs"]
mod fixture;

use fixture::{Batch, Drawn, accepted, blank, busy, deficient, form, id, review};
use std::io::Write as _;
use std::path::Path;
use uketsuke::export::form_json::form_json;
use uketsuke::export::manifest::{Manifest, listed_files, manifest};
use uketsuke::export::ndjson;
use uketsuke::export::report::{ACCEPTED_PICTURES, NoPictures, Pictures, ReportInput, write_report};
use uketsuke::export::schema::schema;
use uketsuke::export::table::{Encoding, Rows, Table, exceptions_csv};
use uketsuke::form::Form;
use uketsuke::ledger::chain::Head;
use uketsuke::record::{Record, State, Value};
use uketsuke::whole::{Together, WholeFile, private_folder, write_whole};

fn reader() -> Form {
    form("reader-request", "提供申請書")
}

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn table_of(form: &Form, record: &Record, encoding: Encoding) -> Table {
    let mut rows = Rows::new(form).unwrap();
    rows.add(record).unwrap();
    rows.finish(encoding).unwrap()
}

fn page(batch: &Batch, pictures: &dyn Pictures) -> String {
    let tally = batch.tally();
    let (provenance, forms) = (&batch.provenance, &batch.forms);
    let input =
        ReportInput { provenance, tally: &tally, forms, records: &batch.records, exceptions: &batch.exceptions, pictures };
    let mut html = Vec::new();
    write_report(&mut html, &input).unwrap();
    String::from_utf8(html).unwrap()
}

#[test]
fn a_record_comes_back_from_its_line_and_gives_the_same_line() {
    let form = reader();
    let records: Vec<Record> = (0..50).map(|n| review(&form, n)).collect();
    let lines = ndjson(&records).unwrap();
    let back: Vec<Record> = String::from_utf8(lines.clone()).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((back.len(), ndjson(&back).unwrap()), (50, lines));
}

#[test]
fn the_csv_has_a_mark_labels_and_no_formula() {
    let form = reader();
    let mut record = accepted(&form, 1);
    record.fields.get_mut(&id("name")).unwrap().value = Some(Value::One("=HYPERLINK(\"http://x\")".to_owned()));
    record.fields.get_mut(&id("telephone")).unwrap().value = Some(Value::One("+81-3-1234-5678".to_owned()));
    let table = table_of(&form, &record, Encoding::Utf8Bom);
    let text = String::from_utf8(table.bytes).unwrap();
    assert!(text.starts_with("\u{feff}受付番号,記録ID,状態,"));
    assert!(text.contains("西暦 年 (claims_year),西暦 年 (records_year)"));
    assert!(text.contains("\"'=HYPERLINK(\"\"http://x\"\")\",'+81-3-1234-5678,"));
    assert!(text.contains(",0150269,") && text.contains(",1;3,"));
    assert!(text.lines().count() == 2 && text.ends_with("\r\n"));
}

#[test]
fn an_unsure_field_is_not_taken_for_a_blank_one() {
    let form = reader();
    let table = table_of(&form, &review(&form, 2), Encoding::Utf8Bom);
    let text = String::from_utf8(table.bytes).unwrap();
    assert!(text.contains("保険医療機関等コード;メールアドレス;レセプトのオンライン請求,[要確認] 医療機関等コードの検証番号"));
}

#[test]
fn cp932_says_how_many_characters_it_lost() {
    let form = reader();
    let mut record = accepted(&form, 1);
    record.fields.get_mut(&id("name")).unwrap().value = Some(Value::One("𠮷田髙橋医院".to_owned()));
    let table = table_of(&form, &record, Encoding::Cp932);
    assert_eq!(table.replaced, 1);
    let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(&table.bytes);
    assert!(!broken && text.contains("〓田髙橋医院") && !text.contains("&#"));
}

#[test]
fn every_exception_is_a_row() {
    let batch = busy();
    let text = String::from_utf8(exceptions_csv(&batch.exceptions, Encoding::Utf8Bom).unwrap().bytes).unwrap();
    assert_eq!(text.lines().count(), 1 + batch.exceptions.len());
    assert!(text.contains("0402-午後/fax-17.tif,7,") && text.contains(",refused,other-edition,旧版"));
}

#[test]
fn a_write_that_fails_leaves_the_old_file_and_nothing_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("records.ndjson");
    write_whole(&path, b"old").unwrap();
    let mut half = WholeFile::create(&path).unwrap();
    half.write_all(b"ne").unwrap();
    half.flush().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    drop(half);
    assert_eq!(names_in(dir.path()), ["records.ndjson"]);
    write_whole(&path, b"new").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
}

#[test]
fn what_cannot_be_put_in_place_is_said_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let taken = dir.path().join("report.html");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("inside"), b"").unwrap();
    let error = write_whole(&taken, b"x").unwrap_err();
    assert!(error.to_string().contains("report.html"));
    assert_eq!(names_in(dir.path()), ["report.html"]);
}

#[cfg(unix)]
#[test]
fn files_and_folders_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out/csv");
    private_folder(&out).unwrap();
    write_whole(&out.join("a.csv"), b"x").unwrap();
    let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&out), mode(out.parent().unwrap())), (0o700, 0o700));
    assert_eq!(mode(&out.join("a.csv")), 0o600);
}

#[test]
fn the_identity_fails_when_a_page_is_lost_or_counted_twice() {
    let mut batch = busy();
    assert!(batch.tally().holds());
    assert!(batch.tally().needs_a_person());
    batch.inputs[0].pages += 1;
    assert!(!batch.tally().holds());
    assert!(page(&batch, &NoPictures).contains("1 ページの行方が分かりません"));
    batch.inputs[0].pages -= 2;
    assert!(page(&batch, &NoPictures).contains("1 ページが二重に数えられています"));
}

#[test]
fn every_record_meets_its_schema() {
    let form = reader();
    let validator = jsonschema::draft202012::new(&serde_json::from_str(&schema(&form)).unwrap()).unwrap();
    let duplicate = fixture::duplicate(&form, 9, &accepted(&form, 1));
    for record in [accepted(&form, 1), review(&form, 2), review(&form, 3), deficient(&form, 4), duplicate] {
        let json = serde_json::to_value(&record).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn a_wrong_record_fails_its_schema() {
    let form = reader();
    let validator = jsonschema::draft202012::new(&serde_json::from_str(&schema(&form)).unwrap()).unwrap();
    let broken = |change: &dyn Fn(&mut Record)| {
        let mut record = accepted(&form, 1);
        change(&mut record);
        !validator.is_valid(&serde_json::to_value(&record).unwrap())
    };
    let set = |record: &mut Record, name: &str, value: Option<Value>| record.fields.get_mut(&id(name)).unwrap().value = value;
    let one = |v: &str| Some(Value::One(v.to_owned()));
    assert!(!broken(&|_| ()));
    assert!(broken(&|r| set(r, "claims_online", one("perhaps"))));
    assert!(broken(&|r| set(r, "claims_online", Some(Value::Many(vec!["done".to_owned()])))));
    assert!(broken(&|r| set(r, "reasons", one("1"))));
    assert!(broken(&|r| set(r, "institution_code", one("01_0268"))));
    assert!(broken(&|r| set(r, "prefecture_code", None)));
    assert!(broken(&|r| r.fields.get_mut(&id("prefecture_code")).unwrap().state = State::Uncertain));
    assert!(broken(&|r| set(r, "seal", one("perhaps"))));
    assert!(broken(&|r| set(r, "telephone", one("no"))));
    assert!(broken(&|r| r.edition = "1999-01".to_owned()));
    assert!(broken(&|r| r.pages.clear()));
    assert!(broken(&|r| {
        let copy = r.fields.get(&id("name")).unwrap().clone();
        r.fields.insert(id("unknown"), copy);
    }));
    let mut json = serde_json::to_value(accepted(&form, 1)).unwrap();
    json["extra"] = true.into();
    assert!(!validator.is_valid(&json));
}

#[test]
fn a_form_is_shown_with_lengths_free_of_floating_point_dust() {
    let shown = form_json(&reader());
    let json: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(json["pages"], serde_json::json!([{"width_mm": 210.0, "height_mm": 297.0}]));
    assert_eq!(json["fields"][1]["cells"][6], serde_json::json!([112.6, 54.0, 7.1, 9.0]));
    assert_eq!(json["fields"][8]["select"], serde_json::json!({"at_most": 2}));
    assert_eq!(json["fields"][5]["options"][1]["value"], "planned");
    assert_eq!((&json["fields"][5]["mark"], &json["fields"][5]["select"]), (&"box".into(), &"one".into()));
    assert_eq!(json["fields"][2]["box"], serde_json::json!([70.0, 68.0, 100.0, 9.0]));
    assert_eq!(shown.lines().count(), 11);
}

#[test]
fn the_manifest_is_the_same_for_the_same_batch_and_lists_its_files() {
    let (dir, batch) = (tempfile::tempdir().unwrap(), busy());
    let mut files = Together::new(dir.path());
    files.write("b.csv", b"1").unwrap();
    files.write("a.csv", b"").unwrap();
    let head = Head { entries: 7, sha256: "c".repeat(64) };
    let make = || {
        let (provenance, inputs, tally, listed) = (&batch.provenance, &batch.inputs, &batch.tally(), files.listed());
        manifest(&Manifest { provenance, ledger: &head, inputs, tally, files: &listed }).unwrap()
    };
    assert_eq!(make(), make());
    let json: serde_json::Value = serde_json::from_slice(&make()).unwrap();
    assert_eq!((&json["counts"]["identity_holds"], &json["counts"]["pages_in"]), (&true.into(), &99.into()));
    assert_eq!(json["inputs"][0]["sha256"], "1".repeat(64));
    assert_eq!(json["forms"][0]["edition"], "2021-03");
    assert_eq!(json["ledger"], serde_json::json!({"entries": 7, "sha256": "c".repeat(64)}));
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(json["files"][0], serde_json::json!({"path": "a.csv", "bytes": 0, "sha256": empty}));
    assert_eq!(listed_files(&make()).unwrap(), files.listed());
}

#[test]
fn files_written_together_appear_together_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let write = || {
        let mut files = Together::new(dir.path());
        files.write("a", b"1").unwrap();
        files.write("b", b"2").unwrap();
        files
    };
    drop(write());
    assert!(names_in(dir.path()).is_empty());
    let files = write();
    assert_eq!(names_in(dir.path()), [".a.part", ".b.part"]);
    files.finish().unwrap();
    assert_eq!(names_in(dir.path()), ["a", "b"]);
}

/// Also leaves the pages in the target folder's `tmp`, to be looked at.
#[test]
fn the_report_is_one_file_that_asks_nothing_of_the_network() {
    let busy = busy();
    let form = reader();
    let finished = Batch::new(vec![form.clone()], (0..30).map(|n| accepted(&form, n)).collect(), vec![blank(2)]);
    let empty = Batch::new(Vec::new(), Vec::new(), Vec::new());
    for (name, batch) in [("busy", &busy), ("finished", &finished), ("empty", &empty)] {
        let html = page(batch, &Drawn(&form));
        assert!(!html.contains("http:") && !html.contains("https:") && !html.contains(" style="), "{name}");
        std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.html")), html).unwrap();
    }
}

#[test]
fn the_report_shows_a_form_from_outside_as_text_never_as_markup() {
    let form = reader();
    let mut record = review(&form, 1);
    record.pages[0].source = "<script>alert(1)</script>\".tif".to_owned();
    record.fields.get_mut(&id("institution_code")).unwrap().first_reading = Some("<img src=x>".to_owned());
    let html = page(&Batch::new(vec![form.clone()], vec![record], vec![]), &Drawn(&form));
    assert!(!html.contains("<script>alert") && !html.contains("<img src=x>"));
    assert_eq!(html.matches("<script>").count(), 1);
    let doubted = page(&Batch::new(vec![form.clone()], vec![review(&form, 2)], vec![]), &NoPictures);
    assert!(doubted.contains("読み：導入している、未導入(導入予定あり)"));
}

#[test]
fn the_report_asks_only_for_the_pictures_it_shows_and_says_so() {
    let form = reader();
    let many = Batch::new(vec![form.clone()], (0..60).map(|n| accepted(&form, n)).collect(), vec![]);
    let html = page(&many, &Drawn(&form));
    assert_eq!(html.matches("class=\"sheet\"").count(), ACCEPTED_PICTURES);
    assert_eq!(html.matches("<table class=\"fields\">").count(), ACCEPTED_PICTURES);
    assert_eq!(html.matches("<dl class=\"values\">").count(), 60 - ACCEPTED_PICTURES, "the others say only what is not blank");
    assert!(html.contains(&format!("受付の先頭 {ACCEPTED_PICTURES} 件")));
}
