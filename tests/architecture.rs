//! The house rules that no compiler holds: modules depend in one direction, `main` is thin, files stay readable.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The path of a sheet. A module may use those before it, and itself.
const ORDER: &[&str] = &[
    "geometry",
    "score",
    "codes",
    "calendar",
    "postal",
    "image",
    "sheet",
    "pdf",
    "form",
    "master",
    "programme",
    "scan",
    "register",
    "recognize",
    "read",
    "draft",
    "record",
    "validate",
    "settings",
    "pipeline",
    "provenance",
    "tally",
    "whole",
    "ledger",
    "export",
    "receipt",
    "synth",
    "evaluate",
    "batch",
    "audit",
    "review",
    "cli",
];

fn sources(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src is there") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// Module of a file below src: its first path component without `.rs`.
fn module_of(path: &Path, src: &Path) -> String {
    let first = path.strip_prefix(src).expect("below src").components().next().expect("has a name");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// Every `crate::module` a text names, in paths or in braces.
fn named_modules(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in text.split("crate::").skip(1) {
        let names = part.strip_prefix('{').map_or_else(|| vec![part], |list| list.split(['}', ',']).collect());
        for name in names {
            let word: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push(word);
        }
    }
    found
}

#[test]
fn modules_depend_in_one_direction_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rank: BTreeMap<&str, usize> = ORDER.iter().enumerate().map(|(i, m)| (*m, i)).collect();
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let module = module_of(file, &src);
        if module == "lib" || module == "main" {
            continue;
        }
        let own = *rank.get(module.as_str()).unwrap_or_else(|| panic!("module `{module}` has no place in the order"));
        let text = fs::read_to_string(file).expect("a source file");
        for other in named_modules(&text) {
            if rank.get(other.as_str()).is_some_and(|r| *r > own) {
                wrong.push(format!("{} uses {other}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the order of modules:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_sees_an_import_in_braces() {
    assert_eq!(named_modules("use crate::{cli, form::Form};"), ["cli", "form", ""]);
}

#[test]
fn the_binary_is_thin() {
    let main = include_str!("../src/main.rs");
    assert!(main.lines().count() < 40);
}
