//! Files that appear whole or not at all: written aside in the same folder, flushed to the disk, then renamed into place.
//! Does not know what is written. Everything made here is readable by its owner alone, because it may hold names.

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
        Ok(Self { path: path.to_owned(), aside, out: Some(BufWriter::new(file)) })
    }

    /// Flushes it to the disk and gives it its name.
    pub fn finish(mut self) -> Result<(), OutputError> {
        let out = self.out.take();
        let settle = || {
            let file =
                out.ok_or_else(|| io::Error::other("already finished"))?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            drop(file);
            settle(&self.aside, &self.path)
        };
        settle().map_err(|source| OutputError { path: self.path.clone(), source })
    }

    /// The error that says this file could not be written.
    pub fn error(&self, source: io::Error) -> OutputError {
        OutputError { path: self.path.clone(), source }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.as_mut().map_or_else(|| Err(io::Error::other("already finished")), |out| out.write(bytes))
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

/// Writes all of `bytes` to `path`, or leaves what was there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes).map_err(|source| file.error(source))?;
    file.finish()
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
}
