//! Opens the files of a run: bytes and hash, or why a file cannot be read. A file costs no more than its budget, and a
//! file that cannot be opened costs one page. Decodes nothing.

use super::inputs::Input;
use super::patience::{PAGE_SECONDS, within};
use super::sheet::Sheet;
use crate::pipeline::{Origin, unreadable};
use crate::provenance::InputFile;
use crate::record::{ExceptionKind, PageException};
use crate::scan::{Budgets, Scan, ScanError};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A file after opening.
pub(super) struct Opened {
    /// The file, as the batch counts it.
    pub input: InputFile,
    /// Its pages, or the one exception it counts for.
    pub pages: Result<Vec<Sheet>, PageException>,
}

/// Opens a file.
pub(super) fn open(input: &Input) -> Opened {
    let file = |sha256: &str, bytes: u64, pages: u64| InputFile {
        source: input.source.clone(),
        sha256: sha256.to_owned(),
        bytes,
        pages,
    };
    let budgets = Budgets::default();
    let bytes = match read_within(&input.path, budgets.file_bytes) {
        Ok(bytes) => bytes,
        Err(why) => return Opened { input: file("", 0, 1), pages: Err(no_file(&input.source, &why)) },
    };
    let length = bytes.len() as u64;
    let opened = within(Duration::from_secs(PAGE_SECONDS), move || {
        let bytes: Arc<[u8]> = bytes.into();
        let scan = Scan::open(Arc::clone(&bytes), &budgets).and_then(with_pages);
        scan.map_err(|error| (crate::scan::sha256(&bytes), error))
    });
    match opened.unwrap_or_else(|| Err((hash(&input.path), ScanError::TooSlow { seconds: PAGE_SECONDS }))) {
        Ok(scan) => Opened { input: file(scan.sha256(), length, u64::from(scan.page_count())), pages: Ok(sheets(input, scan)) },
        Err((sha256, error)) => {
            let origin = Origin { source: &input.source, sha256: &sha256, number: 0 };
            Opened { input: file(&sha256, length, 1), pages: Err(unreadable(origin, &error)) }
        }
    }
}

fn with_pages(scan: Scan) -> Result<Scan, ScanError> {
    if scan.page_count() > 0 { Ok(scan) } else { Err(ScanError::EmptyFile) }
}

fn sheets(input: &Input, scan: Scan) -> Vec<Sheet> {
    let (pages, scan, source) = (scan.page_count(), Arc::new(scan), Arc::from(input.source.as_str()));
    let sheet = |number| Sheet { scan: Arc::clone(&scan), source: Arc::clone(&source), number };
    (1..=pages).map(sheet).collect()
}

/// A block of memory this large comes from the system and goes back there (`cli::environment` sets the limit). Smaller ones, of the many
/// sizes that files have, would leave holes between what stays of the pages; what of a block is not used takes no memory.
const OF_THE_SYSTEM: usize = 4 << 20;

/// The hash of a file as a run would state it: empty where it cannot be read.
pub fn hash(path: &Path) -> String {
    read_within(path, Budgets::default().file_bytes).map_or_else(|_| String::new(), |bytes| crate::scan::sha256(&bytes))
}

/// The bytes of a file, read only where it is an ordinary file of no more than `most` bytes.
fn read_within(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let about = std::fs::metadata(path).map_err(|e| e.to_string())?;
    if !about.is_file() {
        return Err("not an ordinary file".to_owned());
    }
    let mut bytes = Vec::with_capacity(OF_THE_SYSTEM);
    // One byte more than may be: a file that grows meanwhile is found out as well.
    let read = File::open(path)
        .and_then(|file| if about.len() <= most { file.take(most.saturating_add(1)).read_to_end(&mut bytes) } else { Ok(0) });
    read.map_err(|e| e.to_string())?;
    let length = about.len().max(bytes.len() as u64);
    if length > most { Err(format!("{length} bytes, the limit is {most}")) } else { Ok(bytes) }
}

/// The exception of a path that could not be read.
pub(super) fn no_file(source: &str, why: &str) -> PageException {
    PageException {
        source: source.to_owned(),
        page: 0,
        sha256: String::new(),
        kind: ExceptionKind::Refused,
        reason: "unreadable-file".to_owned(),
        message: format!("ファイルを開けませんでした（{why}）。ファイルと読み取り権限を確認してください。"),
    }
}
