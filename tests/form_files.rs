//! A form file that can be used is used; every mistake in one that cannot is told, with its line and what to do.
//! Each mistake is a file in tests/data/forms/invalid whose `# expect:` lines name it; a new one needs no code here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use uketsuke::form::catalogue::Catalogue;
use uketsuke::form::file::parse;

fn files(kind: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forms").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(dir).expect("the folder").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn valid_form_files_are_read() {
    for file in files("valid") {
        let text = fs::read_to_string(&file).expect("a file");
        let form = parse(&file.display().to_string(), &text, &BTreeMap::new()).unwrap_or_else(|e| panic!("{e}"));
        let said: Vec<String> = form.warnings.iter().map(|w| format!("{}: {}", w.line.unwrap_or(0), w.message)).collect();
        let expected: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("# warns: ")).collect();
        assert_eq!(said.len(), expected.len(), "{}: {said:#?}", file.display());
        for line in expected {
            assert!(said.iter().any(|s| s.contains(line)), "{}: expected\n  {line}\nin\n{said:#?}", file.display());
        }
    }
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    for file in files("invalid") {
        let text = fs::read_to_string(&file).expect("a file");
        let error = parse("f", &text, &BTreeMap::new()).expect_err(&file.display().to_string()).to_string();
        let expected: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("# expect: ")).collect();
        assert!(!expected.is_empty(), "{} expects nothing", file.display());
        for line in expected {
            assert!(error.contains(line), "{}: expected\n  {line}\nin\n{error}", file.display());
        }
    }
}

#[test]
fn the_built_in_forms_have_no_mistake() {
    let catalogue = Catalogue::built_in().unwrap_or_else(|errors| panic!("{}", errors[0]));
    assert!(!catalogue.forms().is_empty());
}
