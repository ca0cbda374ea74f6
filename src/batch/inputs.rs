//! Which files a run is given: files as named, folders walked in the order of their names. Opens nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders this deep are walked; deeper ones are told, not followed.
const MOST_DEPTH: usize = 32;

/// Endings of files that lie beside scans and are none: walked past in folders, and told.
const NO_SCANS: &[&str] = &["csv", "json", "md", "ndjson", "toml"];

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name in records: relative to what was given.
    pub source: String,
    /// Where it is.
    pub path: PathBuf,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Files to read, in order.
    pub files: Vec<Input>,
    /// Files in folders that are no scans by their ending, left alone.
    pub left_alone: Vec<String>,
    /// Paths that could not be looked at, with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// Lists the files of the paths given, in the order given; names within a folder in byte order.
pub fn list(given: &[PathBuf]) -> Inputs {
    let mut inputs = Inputs::default();
    let mut taken = BTreeSet::new();
    for (place, path) in given.iter().enumerate() {
        let before = (inputs.files.len(), inputs.unreadable.len());
        if path.is_dir() {
            let mut trail = Vec::new();
            walk(path, path, &mut trail, &mut inputs);
        } else {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            inputs.files.push(Input { source: name, path: path.clone() });
        }
        for file in &mut inputs.files[before.0..] {
            if !taken.insert(file.source.clone()) {
                // The same name from two arguments: told apart by the argument's number.
                file.source = format!("{}/{}", place + 1, file.source);
                taken.insert(file.source.clone());
            }
        }
    }
    inputs
}

fn walk(root: &Path, dir: &Path, trail: &mut Vec<PathBuf>, inputs: &mut Inputs) {
    let canonical = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    if trail.contains(&canonical) || trail.len() >= MOST_DEPTH {
        inputs.unreadable.push((relative(root, dir), "a folder that contains itself, or lies too deep".to_owned()));
        return;
    }
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) => return inputs.unreadable.push((relative(root, dir), e.to_string())),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    trail.push(canonical);
    for path in paths {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            walk(root, &path, trail, inputs);
        } else if hidden || no_scan(&path) {
            inputs.left_alone.push(relative(root, &path));
        } else {
            inputs.files.push(Input { source: relative(root, &path), path });
        }
    }
    trail.pop();
}

fn no_scan(path: &Path) -> bool {
    path.extension().is_some_and(|e| NO_SCANS.contains(&e.to_string_lossy().to_lowercase().as_str()))
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = below.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_a_loop_is_told() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("b")).expect("made");
        for name in ["b/2.png", "a.tif", "b/10.png", "truth.ndjson"] {
            fs::write(dir.path().join(name), b"x").expect("written");
        }
        std::os::unix::fs::symlink(dir.path(), dir.path().join("b/loop")).expect("linked");
        let inputs = list(&[dir.path().to_owned()]);
        let names: Vec<&str> = inputs.files.iter().map(|f| f.source.as_str()).collect();
        assert_eq!(names, ["a.tif", "b/10.png", "b/2.png"]);
        assert_eq!(inputs.left_alone, ["truth.ndjson"]);
        assert_eq!(inputs.unreadable.len(), 1);
    }
}
