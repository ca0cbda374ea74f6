//! Files that appear whole or not at all: written aside in the same folder, flushed to the disk, then renamed into place. Many
//! small ones may be renamed first and flushed together.
//! Does not know what is written. Everything made here is readable by its owner alone, because it may hold names.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Something could not be written; the file that was there before, if any, still is.
#[derive(Debug, thiserror::Error)]
#[error("{path} could not be written: {source}; check that the folder exists, may be written to and has room, then run again", path = path.display())]
pub struct OutputError {
    /// What was to be written.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// A file being written aside. Nothing is seen under its name until [`finish`](Self::finish); dropped before that, it leaves no trace.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    aside: PathBuf,
    out: Option<BufWriter<File>>,
    hash: Sha256,
    bytes: u64,
}

/// A file as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHash {
    /// Path, relative to the batch folder, with `/` between its parts.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Hex SHA-256.
    pub sha256: String,
}

impl WholeFile {
    /// Starts a file that will appear at `path`. What an interrupted run left aside is thrown away.
    pub fn create(path: &Path) -> Result<Self, OutputError> {
        let aside = aside(path);
        let open = || {
            remove_if_there(&aside)?;
            private_file().open(&aside)
        };
        let file = open().map_err(|source| OutputError { path: path.to_owned(), source })?;
        let out = Some(BufWriter::new(file));
        Ok(Self { path: path.to_owned(), aside, out, hash: Sha256::new(), bytes: 0 })
    }

    /// Flushes it to the disk and gives it its name.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.flush_to_disk()?;
        self.settle()
    }

    /// Flushes it to the disk, still aside.
    fn flush_to_disk(&mut self) -> Result<(), OutputError> {
        let out = self.out.take();
        let flush = || {
            let out = out.ok_or_else(|| io::Error::other("already finished"))?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        };
        flush().map_err(|source| self.error(source))
    }

    fn settle(self) -> Result<(), OutputError> {
        settle(&self.aside, &self.path).map_err(|source| self.error(source))
    }

    /// The error that says this file could not be written.
    pub fn error(&self, source: io::Error) -> OutputError {
        OutputError { path: self.path.clone(), source }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = self.out.as_mut().ok_or_else(|| io::Error::other("already finished"))?;
        let written = out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some(out) = self.out.take() {
            let _ = out.into_parts();
        }
        let _ = remove_if_there(&self.aside);
    }
}

/// Files of one folder that take their places one after the other, once all of them are on the disk. Dropped before
/// [`finish`](Self::finish), none of them does.
#[derive(Debug)]
pub struct Together {
    dir: PathBuf,
    ready: Vec<WholeFile>,
    listed: Vec<FileHash>,
}

impl Together {
    /// None yet, of the folder `dir`.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), ready: Vec::new(), listed: Vec::new() }
    }

    /// Starts the file of that name below the folder; hand it back to [`add`](Self::add) when it is written.
    pub fn create(&self, name: &str) -> Result<WholeFile, OutputError> {
        WholeFile::create(&self.dir.join(name))
    }

    /// Takes a written file.
    pub fn add(&mut self, name: &str, mut file: WholeFile) -> Result<(), OutputError> {
        file.flush_to_disk()?;
        let sha256 = format!("{:x}", std::mem::take(&mut file.hash).finalize());
        self.listed.push(FileHash { path: name.to_owned(), bytes: file.bytes, sha256 });
        self.ready.push(file);
        Ok(())
    }

    /// Writes a file of these bytes.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let mut file = self.create(name)?;
        file.write_all(bytes).map_err(|source| file.error(source))?;
        self.add(name, file)
    }

    /// The files taken so far, by name.
    pub fn listed(&self) -> Vec<FileHash> {
        let mut listed = self.listed.clone();
        listed.sort_by(|a, b| a.path.cmp(&b.path));
        listed
    }

    /// Gives all of them their names, in the order they were added.
    pub fn finish(self) -> Result<(), OutputError> {
        self.ready.into_iter().try_for_each(WholeFile::settle)
    }
}

/// Writes all of `bytes` to `path`, or leaves what was there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes).map_err(|source| file.error(source))?;
    file.finish()
}

/// Writes all of `bytes` to `path`, or leaves what was there; a power cut may still spoil it until it is [`flush`]ed.
pub fn write_unflushed(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)
        .and_then(|()| file.flush())
        .and_then(|()| fs::rename(&file.aside, path))
        .map_err(|source| file.error(source))
}

/// Makes files and their names last through a power cut.
pub fn flush(paths: &[PathBuf]) -> Result<(), OutputError> {
    let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    let flushed = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    let failed = |path: &Path, source| OutputError { path: path.to_owned(), source };
    paths.par_iter().try_for_each(|path| flushed(path).map_err(|source| failed(path, source)))?;
    if cfg!(unix) {
        folders.into_iter().try_for_each(|folder| flushed(folder).map_err(|source| failed(folder, source)))?;
    }
    Ok(())
}

/// Makes a folder and those above it where they are missing, each for its owner alone.
pub fn private_folder(path: &Path) -> Result<(), OutputError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| OutputError { path: path.to_owned(), source })
}

/// Where a file waits until it is whole: hidden, beside its final name. Always the same, so that the next run finds and
/// removes what a killed one left.
pub fn aside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}

/// Removes what killed runs left waiting in a folder.
pub fn sweep(folder: &Path) -> Result<(), OutputError> {
    let failed = |source| OutputError { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(".part") && entry.file_type().is_ok_and(|t| t.is_file()) {
            remove_if_there(&entry.path()).map_err(failed)?;
        }
    }
    Ok(())
}

/// How files are made: new, never through somebody else's link, for the owner alone.
pub(crate) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Renames a finished file into place, and makes the new name last through a power cut.
pub(crate) fn settle(aside: &Path, path: &Path) -> io::Result<()> {
    fs::rename(aside, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Removes a file; that there is none is as good.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_aside_is_hidden_and_beside() {
        assert_eq!(aside(Path::new("out/records.ndjson")), Path::new("out/.records.ndjson.part"));
        assert_eq!(aside(Path::new("a.csv")), Path::new(".a.csv.part"));
    }

    #[test]
    fn only_what_waits_is_swept() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in [".a.csv.part", "b.part", ".c"] {
            fs::write(dir.path().join(name), "x").expect("written");
        }
        sweep(dir.path()).expect("swept");
        let there = |name: &str| dir.path().join(name).exists();
        assert!(!there(".a.csv.part") && there("b.part") && there(".c"));
    }
}
