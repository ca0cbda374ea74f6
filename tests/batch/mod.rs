//! Scans, runs and folders for the promises about batches, made with the program itself.
#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The program, silent about the user's language.
pub(crate) fn uketsuke() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
    command.env("LC_ALL", "C").env("OMP_THREAD_LIMIT", "1");
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A few filled sheets of every form, a file that is no scan, and a sheet twice. Made once.
pub(crate) fn scans() -> &'static Path {
    static SCANS: OnceLock<PathBuf> = OnceLock::new();
    SCANS.get_or_init(|| {
        // Each test file is a program of its own, and all may run at once.
        let own = std::env::current_exe().expect("a program").file_name().expect("a name").to_owned();
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(own).join("scans");
        let _ = fs::remove_dir_all(&dir);
        for (form, count, damage) in
            [("reader-request", "3", "hard"), ("usage-application", "1", "scan"), ("intent-survey", "2", "none")]
        {
            let out = dir.join(form);
            let mut made = uketsuke();
            made.args(["synth", "--seed", "11", "--form", form, "--count", count, "--damage", damage, "--out"]).arg(&out);
            let made = made.output().expect("the program runs");
            assert!(made.status.success(), "{}", text(&made.stderr));
        }
        fs::write(dir.join("notes.jpg"), "no picture").expect("written");
        fs::write(dir.join("empty.pdf"), "").expect("written");
        let first = first_file(&dir.join("reader-request"));
        fs::copy(&first, dir.join("zz-again").with_extension(first.extension().expect("an ending"))).expect("copied");
        dir
    })
}

/// The first scan in a folder.
pub(crate) fn first_file(dir: &Path) -> PathBuf {
    let mut all: Vec<PathBuf> = fs::read_dir(dir).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    all.retain(|p| p.extension().is_some_and(|e| e != "ndjson" && e != "json"));
    all.sort();
    all.swap_remove(0)
}

/// `run` over the scans into `out`, not yet started.
pub(crate) fn run(scans: &Path, out: &Path) -> Command {
    let mut command = uketsuke();
    command.arg("run").arg(scans).arg("--out").arg(out);
    command.args(["--batch", "b", "--received", "2021-03-26", "--postmarked", "2021-03-25", "--quiet"]);
    command
}

/// Runs to the end; some pages are always refused.
pub(crate) fn finish(mut command: Command) -> Output {
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    output
}

/// The finished batch of [`scans`]. Made once.
pub(crate) fn finished() -> &'static Path {
    static FINISHED: OnceLock<PathBuf> = OnceLock::new();
    FINISHED.get_or_init(|| {
        let out = scans().with_file_name("finished");
        let _ = fs::remove_dir_all(&out);
        finish(run(scans(), &out));
        out
    })
}

/// Every file below a folder with its bytes.
pub(crate) fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).expect("below").to_string_lossy().into_owned();
                all.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    all
}

/// Says which files differ.
pub(crate) fn assert_same(a: &Path, b: &Path, when: &str) {
    let (a, b) = (contents(a), contents(b));
    let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let differing: Vec<&&String> = names.iter().filter(|n| a.get(**n) != b.get(**n)).collect();
    assert!(differing.is_empty(), "{when}: {differing:?} differ");
}

/// A copy of a batch folder.
pub(crate) fn copy(dir: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("a folder");
    for (name, bytes) in contents(dir) {
        let path = to.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
    to
}

/// Records of a batch folder.
pub(crate) fn records(dir: &Path) -> Vec<Value> {
    let text = fs::read_to_string(dir.join("records.ndjson")).expect("records");
    text.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect()
}

/// A folder with the reader request as it is, but that what people say of its digits is keyed by two.
pub(crate) fn double_keyed_forms() -> PathBuf {
    static FORMS: OnceLock<PathBuf> = OnceLock::new();
    let made = FORMS.get_or_init(|| {
        let dir = scans().with_file_name("forms");
        let own = dir.join("reader-request");
        fs::create_dir_all(&own).expect("made");
        let text = include_str!("../../forms/reader-request/form.toml");
        let text = text.replace("kind = \"digits\"\n", "kind = \"digits\"\ndouble_key = true\n");
        fs::write(own.join("form.toml"), text).expect("written");
        dir
    });
    made.clone()
}
