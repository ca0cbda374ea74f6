//! Committed samples with bytes changed at random, by seed: whatever comes of it is a page or an error, in time, and no
//! panic comes out. `scripts/fuzz` runs many more rounds.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use uketsuke::form::file::parse;
use uketsuke::scan::{Budgets, Scan, draw_apart};

/// Rounds over each sample, and the first seed: from the environment for long runs.
fn rounds() -> (u64, u64) {
    let number = |name: &str, default| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default);
    (number("UKETSUKE_FUZZ_ROUNDS", 2), number("UKETSUKE_FUZZ_SEED", 1))
}

fn samples(below: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    let mut all: Vec<PathBuf> = fs::read_dir(dir).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    all.retain(|p| p.is_file());
    all.sort();
    all
}

/// Changes bytes, cuts, repeats or exchanges pieces: a few of these at once.
fn mutated(bytes: &[u8], dice: &mut ChaCha8Rng) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..dice.random_range(1..6) {
        if out.is_empty() {
            return out;
        }
        let at = dice.random_range(0..out.len());
        let end = (at + dice.random_range(1..64)).min(out.len());
        match dice.random_range(0..6) {
            0 => out[at] ^= 1 << dice.random_range(0..8),
            1 => out[at] = [0, 1, 0x7F, 0x80, 0xFF][dice.random_range(0..5)],
            2 => out.truncate(at),
            3 => out.splice(at..at, bytes[at.min(bytes.len())..end.min(bytes.len())].to_vec()).for_each(drop),
            4 => out[at..end].fill(0xFF),
            _ => drop(out.drain(at..end)),
        }
    }
    out
}

/// Works on every mutation of every sample; tells those that take long or panic, with what makes them again.
fn each(files: &[PathBuf], work: impl Fn(&Path, Vec<u8>)) {
    std::panic::set_hook(Box::new(|_| {}));
    let (rounds, first) = rounds();
    let mut wrong = Vec::new();
    for path in files {
        let bytes = fs::read(path).expect("a sample");
        for seed in first..first + rounds {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let (changed, start) = (mutated(&bytes, &mut dice), Instant::now());
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(path, changed)));
            let took = start.elapsed();
            if outcome.is_err() || took > Duration::from_secs(5) {
                wrong.push(format!(
                    "{} seed {seed}: {took:?}{}",
                    path.display(),
                    if outcome.is_err() { ", panicked" } else { "" }
                ));
            }
        }
    }
    // The usual hook again: it is what prints the list.
    drop(std::panic::take_hook());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn changed_scans_are_pages_or_errors() {
    let mut files = samples("tests/data/load/valid");
    files.extend(samples("tests/data/load/invalid"));
    assert!(files.len() > 100);
    draw_apart(env!("CARGO_BIN_EXE_uketsuke").into());
    each(&files, |_, bytes| {
        if let Ok(scan) = Scan::open(bytes, &Budgets::default()) {
            (1..=scan.page_count().min(4)).for_each(|n| drop(scan.page(n)));
        }
    });
}

#[test]
fn changed_form_files_are_forms_or_mistakes() {
    let mut files = samples("tests/data/forms/valid");
    files.extend(samples("tests/data/forms/invalid"));
    let built_in = ["reader-request", "usage-application", "intent-survey"].map(|f| samples(&format!("forms/{f}")));
    files.extend(built_in.concat().into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml")));
    each(&files, |path, bytes| {
        let text = String::from_utf8_lossy(&bytes);
        drop(parse(&path.display().to_string(), &text, &BTreeMap::new()));
    });
}
